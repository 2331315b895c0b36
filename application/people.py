"""Decisions about people: who they are, what workers must know of them, and what may be shared about them."""

from application.deciding import Know, decides
from application.permitting import permit, permit_person
from domain.actors import Actor
from domain.facts import Facts, Instant
from domain.governance import sharing
from domain.governance.sharing import Resource
from domain.ids import PersonId
from domain.people import consent, flags, merging, person, search
from domain.people.consent import Bases
from domain.people.person import Person, existing
from domain.refusals import NotPermitted, Unknown


async def the_person(know: Know, one: PersonId, seen: frozenset[PersonId] = frozenset()) -> Person:
    """Everything known of a human, from each record that was merged into this one."""
    known = await know(person.person(one))
    for other in sorted(known.absorbed - seen - {one}):
        known = person.together(known, await the_person(know, other, seen | {one}))
    return known


async def the_bases(know: Know, known: Person) -> Bases:
    """Everything on which information about a human may be shared, from each of their records."""
    bases = await know(consent.bases(known.id))
    for other in sorted(known.absorbed):
        bases = consent.together(bases, await know(consent.bases(other)))
    return bases


async def kept_apart(know: Know, known: Person, at: Instant) -> frozenset[PersonId]:
    """Everybody whom a human was not to meet at a moment, by every id that they have."""
    apart: set[PersonId] = set()
    for other in sorted(known.kept_apart_from(at)):
        counterpart = await know(person.person(other))
        while counterpart.merged_into is not None and counterpart.id not in apart:
            apart.add(counterpart.id)
            counterpart = await know(person.person(counterpart.merged_into))
        apart |= (await the_person(know, counterpart.id)).ids
    return frozenset(apart)


async def _to_change(know: Know, by: Actor, one: PersonId) -> Person:
    """The person, for somebody who may write about them."""
    await permit_person(know, by, "write", "register", one)
    return existing(await the_person(know, one))


@decides(search.RecordSearch)
async def record_search(know: Know, command: search.RecordSearch, by: Actor) -> Facts:
    """Whoever may search records that they did."""
    await permit(know, by, "search", Resource(category="register"))
    return search.record(command, by, await know(search.searched(command.search)))


@decides(search.RecognisePerson)
async def recognise_person(know: Know, command: search.RecognisePerson, by: Actor) -> Facts:
    """Whoever searched may say which of those shown is the one, and works with them from then on."""
    await permit(know, by, "search", Resource(category="register"))
    facts = search.recognise(command, by, await know(search.searched(command.search)))
    existing(await know(person.person(command.person)))
    return facts


@decides(person.RegisterPerson)
async def register_person(know: Know, command: person.RegisterPerson, by: Actor) -> Facts:
    """Whoever may write in the register enters somebody new, who concerns their agency from then on."""
    await permit(know, by, "write", Resource(category="register", parties=frozenset({by.agency})))
    return person.register(
        command,
        by,
        await know(person.person(command.person)),
        await know(person.holder(command.reference)),
        await know(search.searched(command.search)),
    )


@decides(person.IdentifyPerson)
async def identify_person(know: Know, command: person.IdentifyPerson, by: Actor) -> Facts:
    """More of who somebody is, after a search where they get their first name."""
    known = await _to_change(know, by, command.person)
    return person.identify(command, by, known, await know(search.searched(command.search)))


@decides(person.AddAlias)
async def add_alias(know: Know, command: person.AddAlias, by: Actor) -> Facts:
    """Another name."""
    return person.add_alias(command, by, await _to_change(know, by, command.person))


@decides(person.DescribeEthnicity)
async def describe_ethnicity(know: Know, command: person.DescribeEthnicity, by: Actor) -> Facts:
    """What somebody says of themselves."""
    return person.describe_ethnicity(command, by, await _to_change(know, by, command.person))


@decides(person.ObserveEthnicity)
async def observe_ethnicity(know: Know, command: person.ObserveEthnicity, by: Actor) -> Facts:
    """What an officer thought."""
    return person.observe_ethnicity(command, by, await _to_change(know, by, command.person))


@decides(person.SetLanguages)
async def set_languages(know: Know, command: person.SetLanguages, by: Actor) -> Facts:
    """What somebody understands and reads."""
    return person.set_languages(command, by, await _to_change(know, by, command.person))


@decides(person.SetContact)
async def set_contact(know: Know, command: person.SetContact, by: Actor) -> Facts:
    """How somebody is reached without harm."""
    return person.set_contact(command, by, await _to_change(know, by, command.person))


@decides(person.RecordCircumstances)
async def record_circumstances(know: Know, command: person.RecordCircumstances, by: Actor) -> Facts:
    """Whether somebody has a home and an income."""
    return person.record_circumstances(command, by, await _to_change(know, by, command.person))


@decides(person.RecordDeath)
async def record_death(know: Know, command: person.RecordDeath, by: Actor) -> Facts:
    """Somebody died."""
    return person.record_death(command, by, await _to_change(know, by, command.person))


@decides(person.RetractDeath)
async def retract_death(know: Know, command: person.RetractDeath, by: Actor) -> Facts:
    """Somebody did not die."""
    return person.retract_death(command, by, await _to_change(know, by, command.person))


@decides(person.RecordCustody)
async def record_custody(know: Know, command: person.RecordCustody, by: Actor) -> Facts:
    """Somebody was taken into custody."""
    return person.begin_stay(command, by, await _to_change(know, by, command.person))


@decides(person.RecordHospital)
async def record_hospital(know: Know, command: person.RecordHospital, by: Actor) -> Facts:
    """Somebody was admitted to hospital."""
    return person.begin_stay(command, by, await _to_change(know, by, command.person))


@decides(person.RecordRelease)
async def record_release(know: Know, command: person.RecordRelease, by: Actor) -> Facts:
    """Somebody left custody or hospital."""
    return person.release(command, by, await _to_change(know, by, command.person))


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


@decides(merging.ProposeMerge)
async def propose_merge(know: Know, command: merging.ProposeMerge, by: Actor) -> Facts:
    """Both records must concern whoever proposes, and both must go on."""
    one = await _to_change(know, by, command.person)
    other = await _to_change(know, by, command.other)
    return merging.propose(command, by, one, other, await know(merging.merge(command.merge)))


@decides(merging.DecideMerge)
async def decide_merge(know: Know, command: merging.DecideMerge, by: Actor) -> Facts:
    """Both records must concern whoever decides; whom the one concerns, the other concerns afterwards."""
    known = await know(merging.merge(command.merge))
    if known is None:
        raise Unknown
    pair = (known.person, known.other)
    for one in pair:
        await permit_person(know, by, "write", "register", one)
    concerned = [(await know(sharing.relationship(one))).agencies for one in pair]
    people = [await the_person(know, one) for one in pair]
    return merging.decide(command, by, known, people[0], people[1], concerned[0] | concerned[1])


@decides(merging.UnmergePersons)
async def unmerge_persons(know: Know, command: merging.UnmergePersons, by: Actor) -> Facts:
    """Whoever either record concerns may take them apart."""
    known = await know(merging.merge(command.merge))
    if known is None:
        raise Unknown
    await permit_person(know, by, "write", "register", known.person)
    return merging.unmerge(command, by, known)


@decides(consent.RequestConsent)
async def request_consent(know: Know, command: consent.RequestConsent, by: Actor) -> Facts:
    """Whoever somebody concerns may ask them.

    Consents are written by all whom the person concerns, as giving and withdrawing must be equally easy (UK GDPR art.
    7(3)); who reads them is decided for their categories.
    """
    known = await _to_change(know, by, command.person)
    bases = await the_bases(know, known)
    return consent.request(command, by, known, bases, taken=await know(consent.is_taken(command.consent)))


@decides(consent.GiveConsent)
async def give_consent(know: Know, command: consent.GiveConsent, by: Actor) -> Facts:
    """A yes, judged by what was known of the person's capacity and languages at that moment."""
    known = await _to_change(know, by, command.person)
    return consent.give(command, by, known, await the_bases(know, known))


@decides(consent.RefuseConsent)
async def refuse_consent(know: Know, command: consent.RefuseConsent, by: Actor) -> Facts:
    """A no."""
    known = await _to_change(know, by, command.person)
    return consent.refuse(command, by, await the_bases(know, known))


@decides(consent.NarrowConsent)
async def narrow_consent(know: Know, command: consent.NarrowConsent, by: Actor) -> Facts:
    """A smaller yes."""
    known = await _to_change(know, by, command.person)
    return consent.narrow(command, by, await the_bases(know, known))


@decides(consent.WithdrawConsent)
async def withdraw_consent(know: Know, command: consent.WithdrawConsent, by: Actor) -> Facts:
    """No longer a yes."""
    known = await _to_change(know, by, command.person)
    return consent.withdraw(command, by, await the_bases(know, known))


@decides(consent.RenewConsent)
async def renew_consent(know: Know, command: consent.RenewConsent, by: Actor) -> Facts:
    """The same yes again."""
    known = await _to_change(know, by, command.person)
    return consent.renew(command, by, known, await the_bases(know, known))


@decides(consent.ExpireConsent)
async def expire_consent(know: Know, command: consent.ExpireConsent, by: Actor) -> Facts:
    """The follow-up process, and nobody else, says that time has passed."""
    known = await _to_change(know, by, command.person)
    if by.role != "system":
        raise NotPermitted(role=by.role, category="support", action="write")
    return consent.expire(command, await the_bases(know, known))


@decides(consent.RecordBasis)
async def record_basis(know: Know, command: consent.RecordBasis, by: Actor) -> Facts:
    """Whoever somebody concerns may record why something is shared without consent."""
    known = await _to_change(know, by, command.person)
    return consent.record_basis(command, by, known, await the_bases(know, known))


@decides(consent.EndBasis)
async def end_basis(know: Know, command: consent.EndBasis, by: Actor) -> Facts:
    """Whoever somebody concerns may stop it."""
    known = await _to_change(know, by, command.person)
    return consent.end_basis(command, by, await the_bases(know, known))
