"""Decisions about people: who they are, what workers must know of them, and what may be shared about them."""

from application.deciding import Know, decides
from application.permitting import permit, permit_person, standing
from application.relating import the_bases, the_relationship
from domain.actors import COORDINATORS, Actor
from domain.calendar import civil_date
from domain.facts import Facts, Instant
from domain.governance import sharing
from domain.governance.access import audience
from domain.governance.partnership import partnership
from domain.governance.scope import PROTECTS_DATA
from domain.governance.sharing import Resource
from domain.ids import MergeId, PersonId
from domain.people import (
    attributing,
    consent,
    consenting,
    describing,
    distinct,
    duplicates,
    dying,
    flags,
    merging,
    other_bases,
    person,
    registering,
    search,
    stays,
    trawling,
)
from domain.people.person import Person, existing, going_on
from domain.refusals import NotPermitted, Unknown, found


async def the_person(know: Know, one: PersonId) -> Person:
    """Everything known of a human, from all of their records, under the one that is named."""
    whole = await know(person.person(one))
    waiting, reached = _linked(whole), {one}
    while waiting:
        other = min(waiting)
        record = await know(person.person(other))
        reached.add(other)
        waiting = (waiting | _linked(record)) - reached
        whole = person.together(whole, record)
    return whole


def _linked(record: Person) -> frozenset[PersonId]:
    return record.others if record.merged_into is None else record.others | {record.merged_into}


async def kept_apart(know: Know, known: Person, at: Instant) -> frozenset[PersonId]:
    """Everybody whom a human was not to meet at a moment, by every id that they have."""
    apart: frozenset[PersonId] = frozenset()
    for other in sorted(known.kept_apart_from(at)):
        apart |= (await the_person(know, other)).ids
    return apart


async def known_records(know: Know, by: Actor, human: Person) -> frozenset[PersonId]:
    """The record of a human that was named, and those others whose entry the actor may see.

    What stands under the rest is not theirs to go on with, nor to be told of.
    """
    others = [one for one in sorted(human.others) if await _sees(know, by, one)]
    return frozenset({human.id, *others})


async def goes_on_under(know: Know, by: Actor, into: PersonId | None) -> PersonId | None:
    """Of the records that one was merged into, one into the other, the furthest whose entry the actor may see."""
    found: PersonId | None = None
    reached: set[PersonId] = set()
    while into is not None and into not in reached:
        reached.add(into)
        found = into if await _sees(know, by, into) else found
        into = (await know(person.person(into))).merged_into
    return found


async def _sees(know: Know, by: Actor, one: PersonId) -> bool:
    related, bases = await the_relationship(know, one), await the_bases(know, one)
    entry = Resource(category="register", relationship=related, basis=bases.standing_of(by.agency, know.now))
    return sharing.decide(await standing(know, by), "read", entry).permitted


async def _to_change(know: Know, by: Actor, one: PersonId) -> Person:
    """The person, for somebody who may write about them."""
    await permit_person(know, by, "write", "register", one)
    return existing(await the_person(know, one))


@decides(search.RecordSearch)
async def record_search(know: Know, command: search.RecordSearch, by: Actor) -> Facts:
    """Whoever may search records that they did; too much of it is told to who protects the data."""
    await permit(know, by, "search", Resource(category="register"))
    recorded = search.record(command, by, await know(search.searched(command.search)))
    if not recorded or not trawling.is_limited(by):
        return recorded  # an import's searches would else all rest on one another
    limits = (await know(partnership())).search_limits
    trawling.check_limit(by, command.at, await know(trawling.lately(by.worker, command.at)), limits)
    known = await know(trawling.looking(by.worker, civil_date(command.at)))
    return (*recorded, *trawling.signs(by, command.at, known, recorded, limits))


@decides(trawling.ReviewTrawling)
async def review_trawling(know: Know, command: trawling.ReviewTrawling, by: Actor) -> Facts:
    """Who protects the data of that agency, or of all, says what its worker's searches were for."""
    await permit(know, by, "read", Resource(category="ledger", of_person=False))
    whose = audience(by.role, (await know(partnership())).kind_of(by.agency))
    if not whose.of_agency:
        raise NotPermitted(role=by.role, category="ledger", action="read")
    known = await know(trawling.suspected_on(command.worker, command.on))
    mine = tuple(one for one in known if whose.of_all or one.sign.by_agency == by.agency)
    return trawling.review(command, by, mine)


@decides(search.RecognisePerson)
async def recognise_person(know: Know, command: search.RecognisePerson, by: Actor) -> Facts:
    """Whoever searched may say which of those shown is the one, and works with them from then on."""
    await permit(know, by, "search", Resource(category="register"))
    facts = search.recognise(command, by, await know(search.searched(command.search)))
    existing(await know(person.person(command.person)))
    return facts


@decides(registering.RegisterPerson)
async def register_person(know: Know, command: registering.RegisterPerson, by: Actor) -> Facts:
    """Whoever may write in the register enters somebody new, who concerns their agency from then on."""
    await permit(know, by, "write", Resource(category="register", parties=frozenset({by.agency})))
    return registering.register(
        command,
        by,
        await know(person.person(command.person)),
        await know(registering.holder(command.reference)),
        await know(search.searched(command.search)),
    )


@decides(registering.IdentifyPerson)
async def identify_person(know: Know, command: registering.IdentifyPerson, by: Actor) -> Facts:
    """More of who somebody is, after a search where they get their first name."""
    known = await _to_change(know, by, command.person)
    return registering.identify(command, by, known, await know(search.searched(command.search)))


@decides(describing.AddAlias)
async def add_alias(know: Know, command: describing.AddAlias, by: Actor) -> Facts:
    """Another name."""
    return describing.add_alias(command, by, await _to_change(know, by, command.person))


@decides(describing.DescribeEthnicity)
async def describe_ethnicity(know: Know, command: describing.DescribeEthnicity, by: Actor) -> Facts:
    """What somebody says of themselves."""
    return describing.describe_ethnicity(command, by, await _to_change(know, by, command.person))


@decides(describing.ObserveEthnicity)
async def observe_ethnicity(know: Know, command: describing.ObserveEthnicity, by: Actor) -> Facts:
    """What an officer thought."""
    return describing.observe_ethnicity(command, by, await _to_change(know, by, command.person))


@decides(describing.SetLanguages)
async def set_languages(know: Know, command: describing.SetLanguages, by: Actor) -> Facts:
    """What somebody understands and reads."""
    return describing.set_languages(command, by, await _to_change(know, by, command.person))


@decides(describing.SetContact)
async def set_contact(know: Know, command: describing.SetContact, by: Actor) -> Facts:
    """How somebody is reached without harm."""
    return describing.set_contact(command, by, await _to_change(know, by, command.person))


@decides(describing.RecordCircumstances)
async def record_circumstances(know: Know, command: describing.RecordCircumstances, by: Actor) -> Facts:
    """Whether somebody has a home and an income."""
    return describing.record_circumstances(command, by, await _to_change(know, by, command.person))


@decides(dying.RecordDeath)
async def record_death(know: Know, command: dying.RecordDeath, by: Actor) -> Facts:
    """Somebody died."""
    return dying.record_death(command, by, await _to_change(know, by, command.person))


@decides(dying.RetractDeath)
async def retract_death(know: Know, command: dying.RetractDeath, by: Actor) -> Facts:
    """Somebody did not die."""
    known = await _to_change(know, by, command.person)
    return dying.retract_death(command, by, known, await known_records(know, by, known))


@decides(stays.RecordCustody)
async def record_custody(know: Know, command: stays.RecordCustody, by: Actor) -> Facts:
    """Somebody was taken into custody."""
    return stays.begin_stay(command, by, await _to_change(know, by, command.person))


@decides(stays.RecordHospital)
async def record_hospital(know: Know, command: stays.RecordHospital, by: Actor) -> Facts:
    """Somebody was admitted to hospital."""
    return stays.begin_stay(command, by, await _to_change(know, by, command.person))


@decides(stays.RecordRelease)
async def record_release(know: Know, command: stays.RecordRelease, by: Actor) -> Facts:
    """Somebody left custody or hospital."""
    return stays.release(command, by, await _to_change(know, by, command.person))


@decides(flags.RaiseFlag)
async def raise_flag(know: Know, command: flags.RaiseFlag, by: Actor) -> Facts:
    """Both people of a keep-apart pair must concern whoever raises it."""
    known = await _to_change(know, by, command.person)
    if command.other is not None:
        await _to_change(know, by, command.other)
    return flags.raise_flag(command, by, known.flags)


@decides(flags.EndFlag)
async def end_flag(know: Know, command: flags.EndFlag, by: Actor) -> Facts:
    """A flag is ended under the person whose it is; their counterpart only sees it."""
    known = await _to_change(know, by, command.person)
    return flags.end_flag(command, by, tuple(flag for flag in known.flags if flag.person in known.ids))


async def _pair(know: Know, by: Actor, one: PersonId, other: PersonId) -> tuple[Person, Person]:
    """Two people of whom the actor may write, each by the record that goes on."""
    return going_on(await _to_change(know, by, one)), going_on(await _to_change(know, by, other))


@decides(merging.ProposeMerge)
async def propose_merge(know: Know, command: merging.ProposeMerge, by: Actor) -> Facts:
    """Both records must concern whoever proposes, and both must go on."""
    one, other = await _pair(know, by, command.person, command.other)
    waiting = await know(merging.proposals(one.id, other.id))
    return merging.propose(command, by, one, other, await know(merging.merge(command.merge)), waiting)


@decides(merging.DecideMerge)
async def decide_merge(know: Know, command: merging.DecideMerge, by: Actor) -> Facts:
    """Both records must concern whoever decides."""
    known = found(await know(merging.merge(command.merge)))
    pair = (known.person, known.other)
    for one in pair:
        await permit_person(know, by, "write", "register", one)
    return merging.decide(command, by, known, *[await the_person(know, one) for one in pair])


@decides(merging.ReviewMerge)
async def review_merge(know: Know, command: merging.ReviewMerge, by: Actor) -> Facts:
    """Whoever reviews must be allowed to see both entries; nobody is named whom neither record concerns."""
    known = found(await know(merging.merge(command.merge)))
    pair = (known.person, known.other)
    for one in pair:
        await permit_person(know, by, "read", "register", one)
    concerned = [(await the_relationship(know, one)).agencies for one in pair]
    return merging.review(command, by, known, COORDINATORS | PROTECTS_DATA, concerned[0] | concerned[1])


@decides(merging.UnmergePersons)
async def unmerge_persons(know: Know, command: merging.UnmergePersons, by: Actor) -> Facts:
    """Whoever either record concerns may take them apart."""
    return merging.unmerge(command, by, await _either_of(know, command.merge, by))


@decides(attributing.AttributeRecords)
async def attribute_records(know: Know, command: attributing.AttributeRecords, by: Actor) -> Facts:
    """Whoever either record concerns may say whose a thing is."""
    known = await _either_of(know, command.merge, by)
    one, other = [await know(attributing.story(record)) for record in (known.person, known.other)]
    return attributing.attribute(command, by, known, one, other)


async def _either_of(know: Know, merge: MergeId, by: Actor) -> merging.Merge:
    """A merge, for somebody whom either of its records concerns."""
    known = found(await know(merging.merge(merge)))
    try:
        await permit_person(know, by, "write", "register", known.person)
    except Unknown:
        await permit_person(know, by, "write", "register", known.other)
    return known


@decides(distinct.MarkDistinct)
async def mark_distinct(know: Know, command: distinct.MarkDistinct, by: Actor) -> Facts:
    """Both records must concern whoever says so, and both must go on."""
    return distinct.mark(command, by, *await _pair(know, by, command.person, command.other))


@decides(distinct.WithdrawDistinction)
async def withdraw_distinction(know: Know, command: distinct.WithdrawDistinction, by: Actor) -> Facts:
    """Both records must concern whoever says so, and both must go on."""
    return distinct.withdraw(command, by, *await _pair(know, by, command.person, command.other))


@decides(duplicates.DeferDuplicate)
async def defer_duplicate(know: Know, command: duplicates.DeferDuplicate, by: Actor) -> Facts:
    """Both records must concern whoever was not sure, and both must go on."""
    one, other = await _pair(know, by, command.person, command.other)
    return duplicates.defer(command, by, one, other, await know(duplicates.deferral(one.id, other.id)))


@decides(consenting.RequestConsent)
async def request_consent(know: Know, command: consenting.RequestConsent, by: Actor) -> Facts:
    """Whoever somebody concerns may ask them.

    Consents are written by all whom the person concerns, as giving and withdrawing must be equally easy (UK GDPR art.
    7(3)); who reads them is decided for their categories.
    """
    known = await _to_change(know, by, command.person)
    bases = await the_bases(know, known.id)
    return consenting.request(command, by, known, bases, taken=await know(consent.is_taken(command.consent)))


@decides(consenting.GiveConsent)
async def give_consent(know: Know, command: consenting.GiveConsent, by: Actor) -> Facts:
    """A yes, judged by what was known of the person's capacity and languages at that moment."""
    known = await _to_change(know, by, command.person)
    return consenting.give(command, by, known, await the_bases(know, known.id))


@decides(consenting.RefuseConsent)
async def refuse_consent(know: Know, command: consenting.RefuseConsent, by: Actor) -> Facts:
    """A no."""
    known = await _to_change(know, by, command.person)
    return consenting.refuse(command, by, await the_bases(know, known.id))


@decides(consenting.NarrowConsent)
async def narrow_consent(know: Know, command: consenting.NarrowConsent, by: Actor) -> Facts:
    """A smaller yes."""
    known = await _to_change(know, by, command.person)
    return consenting.narrow(command, by, await the_bases(know, known.id))


@decides(consenting.WithdrawConsent)
async def withdraw_consent(know: Know, command: consenting.WithdrawConsent, by: Actor) -> Facts:
    """No longer a yes."""
    known = await _to_change(know, by, command.person)
    return consenting.withdraw(command, by, await the_bases(know, known.id))


@decides(consenting.RenewConsent)
async def renew_consent(know: Know, command: consenting.RenewConsent, by: Actor) -> Facts:
    """The same yes again."""
    known = await _to_change(know, by, command.person)
    return consenting.renew(command, by, known, await the_bases(know, known.id))


@decides(consenting.ExpireConsent)
async def expire_consent(know: Know, command: consenting.ExpireConsent, by: Actor) -> Facts:
    """The follow-up process, and nobody else, says that time has passed."""
    known = await _to_change(know, by, command.person)
    if by.role != "system":
        raise NotPermitted(role=by.role, category="support", action="write")
    return consenting.expire(command, await the_bases(know, known.id))


@decides(other_bases.RecordBasis)
async def record_basis(know: Know, command: other_bases.RecordBasis, by: Actor) -> Facts:
    """Whoever somebody concerns may record why something is shared without consent."""
    known = await _to_change(know, by, command.person)
    return other_bases.record_basis(command, by, known, await the_bases(know, known.id))


@decides(other_bases.EndBasis)
async def end_basis(know: Know, command: other_bases.EndBasis, by: Actor) -> Facts:
    """Whoever somebody concerns may stop it."""
    known = await _to_change(know, by, command.person)
    return other_bases.end_basis(command, by, await the_bases(know, known.id))
