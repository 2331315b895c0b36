"""Somebody, maybe without a name, phone, address or date of birth, whose identity is sealed under their own key.

What a guard needs to know of a person (age band, languages, whether there is a name, a home, an income) is recorded
beside it as a coarse open field, so that a decision can be made again after the identity was erased.
"""

import datetime as dt
from bisect import bisect_right
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from domain.actors import Actor, Role
from domain.calendar import civil_date, end_of_day, noon
from domain.codes import AgeBand, Ethnicity, FlagKind, IdentityConfidence, Sex, age_band
from domain.facts import (
    Command,
    Fact,
    Facts,
    HealthText,
    IdentityText,
    Instant,
    IntelligenceText,
    Knowledge,
    Line,
    Personal,
    QueryItem,
    Slug,
    Text,
    knowing,
)
from domain.ids import AgencyId, DetailId, MergeId, PersonId, SearchId
from domain.people.flags import Flag, FlagEnded, FlagRaised
from domain.people.search import SearchAnswer, Searched, SearchFirst, check_answer, of_today
from domain.refusals import AlreadyExists, Conflict, Unknown, Unreadable

Reference = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$")]
"""A short random code by which workers speak of somebody. It says nothing about them, so it stands open."""

Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""A language as in BCP 47: `en`, `pl`, `bfi` for British Sign Language."""

ProvisionalReason = Literal["no-name-given", "no-signal", "from-sheet"]
"""Why somebody was entered without a search: on the street, or with a sheet that told its people apart already."""

SHEET_KEEPERS: Final[frozenset[Role]] = frozenset({"hub-coordinator", "problem-solving-coordinator", "system"})
"""Those who may say that a sheet told its people apart."""

Stay = Literal["custody", "hospital"]
"""Where no clock runs, no letter arrives and no ticket is issued."""

IdentityLine = Annotated[Line | None, Personal("identity")]
IdentityNote = Annotated[Text | None, Personal("identity")]


class PersonRegistered(Fact, type="person-registered", version=1, tags=("person", "reference", "search")):
    """Somebody is known to the partnership from now on, after a search or, on the street, provisionally.

    `age_as_of` is the day for which the age band holds, where it is not that of registering: guards judge by what was
    true when a thing happened. `synthetic` marks an individual made to match a published figure, wherever they are
    shown.
    """

    person: PersonId
    reference: str
    by_agency: AgencyId
    identity: IdentityConfidence
    search: SearchId | None = None
    answer: SearchAnswer | None = None
    provisional: ProvisionalReason | None = None
    has_name: bool = False
    age_band: AgeBand | None = None
    age_as_of: dt.date | None = None
    understands: tuple[str, ...] = ()
    needs_interpreter: bool | None = None
    no_fixed_abode: bool | None = None
    has_income: bool | None = None
    synthetic: bool = False
    given_name: IdentityText = None
    family_name: IdentityText = None
    nickname: IdentityText = None
    born: IdentityText = None
    sex: IdentityText = None
    description: IdentityText = None
    phone: IdentityText = None
    email: IdentityText = None
    address: IdentityText = None
    where_found: IdentityText = None


class PersonIdentified(Fact, type="person-identified", version=1, tags=("person", "search")):
    """More, or something else, is known of who somebody is. A field that is None says nothing new."""

    person: PersonId
    detail: DetailId
    by_agency: AgencyId
    identity: IdentityConfidence
    search: SearchId | None = None
    answer: SearchAnswer | None = None
    has_name: bool = False
    age_band: AgeBand | None = None
    age_as_of: dt.date | None = None
    given_name: IdentityText = None
    family_name: IdentityText = None
    nickname: IdentityText = None
    born: IdentityText = None
    sex: IdentityText = None
    description: IdentityText = None


class AliasAdded(Fact, type="alias-added", version=1, tags=("person",)):
    """Another name that somebody is known by."""

    person: PersonId
    detail: DetailId
    by_agency: AgencyId
    given_name: IdentityText = None
    family_name: IdentityText = None
    nickname: IdentityText = None


class EthnicityDescribed(Fact, type="ethnicity-described", version=1, tags=("person",)):
    """What somebody says of their own ethnicity (18+1 code). Never an input to a decision."""

    person: PersonId
    detail: DetailId
    by_agency: AgencyId
    ethnicity: IdentityText = None


class EthnicityObserved(Fact, type="ethnicity-observed", version=1, tags=("person",)):
    """What an officer took somebody's ethnicity to be, kept apart from what they say. Never an input to a decision."""

    person: PersonId
    detail: DetailId
    by_agency: AgencyId
    ethnicity: IntelligenceText = None


class LanguagesSet(Fact, type="languages-set", version=1, tags=("person",)):
    """Which languages somebody understands when spoken, and which they read."""

    person: PersonId
    by_agency: AgencyId
    understands: tuple[str, ...]
    reads: tuple[str, ...] = ()
    needs_interpreter: bool = False


class ContactSet(Fact, type="contact-set", version=1, tags=("person",)):
    """How somebody can be reached without harm. None: nobody has asked; what is not allowed is not done."""

    person: PersonId
    detail: DetailId
    by_agency: AgencyId
    may_post: bool | None = None
    may_leave_message: bool | None = None
    may_text: bool | None = None
    phone: IdentityText = None
    email: IdentityText = None
    address: IdentityText = None
    where_found: IdentityText = None
    not_to_talk_to: IdentityText = None


class CircumstancesRecorded(Fact, type="circumstances-recorded", version=1, tags=("person",)):
    """Whether somebody has a home and an income, from now on. None says nothing new."""

    person: PersonId
    by_agency: AgencyId
    no_fixed_abode: bool | None
    has_income: bool | None


class PersonDied(Fact, type="person-died", version=1, tags=("person",)):
    """Somebody died. Clocks, letters and tickets stop."""

    person: PersonId
    by_agency: AgencyId
    source: IdentityText = None


class DeathRetracted(Fact, type="death-retracted", version=1, tags=("person",)):
    """The report of a death was wrong."""

    person: PersonId
    by_agency: AgencyId
    reason: IdentityText = None


class StayBegan(Fact, type="stay-began", version=1, tags=("person",)):
    """Somebody was taken into custody or admitted to hospital, until a day if that is known."""

    person: PersonId
    stay: Stay
    by_agency: AgencyId
    until: dt.date | None = None
    station: IntelligenceText = None
    hospital: HealthText = None


class PersonReleased(Fact, type="person-released", version=1, tags=("person",)):
    """Somebody left custody or hospital."""

    person: PersonId
    stay: Stay
    by_agency: AgencyId


class PersonsMerged(Fact, type="persons-merged", version=1, tags=("person", "person:{other}", "merge")):
    """Two people decided that two records are one human: `other` goes on under `person`.

    Whoever the one concerned, the other concerns now: `concerned` names these agencies.
    """

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: AgencyId
    concerned: tuple[AgencyId, ...] = ()


class PersonsUnmerged(Fact, type="persons-unmerged", version=1, tags=("person", "person:{other}", "merge")):
    """The two records are two humans after all."""

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: AgencyId
    reason: IdentityText = None


class RegisterPerson(Command):
    """Enter somebody: after a search made the same day, or provisionally with the reason why there was none."""

    person: Annotated[PersonId, Slug]
    reference: Reference
    identity: IdentityConfidence
    search: SearchId | None = None
    answer: SearchAnswer | None = None
    provisional: ProvisionalReason | None = None
    has_name: bool = False
    age_band: AgeBand | None = None
    age_as_of: dt.date | None = None
    understands: Annotated[tuple[Language, ...], msgspec.Meta(max_length=20)] = ()
    needs_interpreter: bool | None = None
    no_fixed_abode: bool | None = None
    has_income: bool | None = None
    synthetic: bool = False
    given_name: IdentityLine = None
    family_name: IdentityLine = None
    nickname: IdentityLine = None
    born: Annotated[dt.date | None, Personal("identity")] = None
    sex: Annotated[Sex | None, Personal("identity")] = None
    description: IdentityNote = None
    phone: IdentityLine = None
    email: IdentityLine = None
    address: IdentityLine = None
    where_found: IdentityLine = None


class IdentifyPerson(Command):
    """Add to or correct who somebody is. Whoever was entered provisionally is searched for before getting a name."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    identity: IdentityConfidence
    search: SearchId | None = None
    answer: SearchAnswer | None = None
    has_name: bool = False
    age_band: AgeBand | None = None
    age_as_of: dt.date | None = None
    given_name: IdentityLine = None
    family_name: IdentityLine = None
    nickname: IdentityLine = None
    born: Annotated[dt.date | None, Personal("identity")] = None
    sex: Annotated[Sex | None, Personal("identity")] = None
    description: IdentityNote = None


class AddAlias(Command):
    """Record another name that somebody is known by."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    given_name: IdentityLine = None
    family_name: IdentityLine = None
    nickname: IdentityLine = None


class DescribeEthnicity(Command):
    """Record what somebody says of their own ethnicity."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    ethnicity: Annotated[Ethnicity, Personal("identity")]


class ObserveEthnicity(Command):
    """Record what an officer took somebody's ethnicity to be."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    ethnicity: Annotated[Ethnicity, Personal("intelligence")]


class SetLanguages(Command):
    """Record which languages somebody understands and reads."""

    person: PersonId
    understands: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1, max_length=20)]
    reads: Annotated[tuple[Language, ...], msgspec.Meta(max_length=20)] = ()
    needs_interpreter: bool = False


class SetContact(Command):
    """Record how somebody can be reached without harm."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    may_post: bool | None = None
    may_leave_message: bool | None = None
    may_text: bool | None = None
    phone: IdentityLine = None
    email: IdentityLine = None
    address: IdentityLine = None
    where_found: IdentityLine = None
    not_to_talk_to: IdentityNote = None


class RecordCircumstances(Command):
    """Record whether somebody has a home and an income."""

    person: PersonId
    no_fixed_abode: bool | None = None
    has_income: bool | None = None


class RecordDeath(Command):
    """Record that somebody died at this moment."""

    person: PersonId
    source: Annotated[Text, Personal("identity")]


class RetractDeath(Command):
    """Say that a recorded death was wrong."""

    person: PersonId
    reason: Annotated[Text, Personal("identity")]


class RecordCustody(Command):
    """Record that somebody was taken into custody."""

    person: PersonId
    until: dt.date | None = None
    station: Annotated[Line | None, Personal("intelligence")] = None


class RecordHospital(Command):
    """Record that somebody was admitted to hospital."""

    person: PersonId
    until: dt.date | None = None
    hospital: Annotated[Line | None, Personal("health")] = None


class RecordRelease(Command):
    """Record that somebody left custody or hospital."""

    person: PersonId
    stay: Stay


V = TypeVar("V")

Dated = tuple[tuple[Instant, V], ...]
"""What was said, in the order of when it was true: paper is typed days later."""


def _dated(story: Dated[V], at: dt.datetime, value: V) -> Dated[V]:
    place = bisect_right(story, at, key=lambda one: one[0])
    return (*story[:place], (at, value), *story[place:])


def _then(story: Dated[V], at: dt.datetime) -> V | None:
    place = bisect_right(story, at, key=lambda one: one[0])
    return story[place - 1][1] if place else None


def _tongue(language: str) -> str:
    return language.partition("-")[0]


def _aged(story: Dated[AgeBand], fact: PersonRegistered | PersonIdentified) -> Dated[AgeBand]:
    if fact.age_band is None:
        return story
    return _dated(story, noon(fact.age_as_of) if fact.age_as_of else fact.at, fact.age_band)


class Languages(msgspec.Struct, frozen=True):
    """What somebody understands when spoken, and whether they need an interpreter. Empty: nobody has asked."""

    understands: tuple[str, ...] = ()
    needs_interpreter: bool | None = None
    reads: tuple[str, ...] = ()

    def reaches(self, language: str, *, interpreter: bool) -> bool:
        """Whether something said in a language is understood; where none is known, an interpreter settles it."""
        if self.understands:
            return _tongue(language) in {_tongue(one) for one in self.understands}
        return interpreter or not self.needs_interpreter


class Circumstances(msgspec.Struct, frozen=True):
    """Whether somebody has a home and an income; None: not known."""

    no_fixed_abode: bool | None = None
    has_income: bool | None = None

    def over(self, before: "Circumstances") -> "Circumstances":
        """What is said here, and of the rest what was said before."""
        return Circumstances(
            before.no_fixed_abode if self.no_fixed_abode is None else self.no_fixed_abode,
            before.has_income if self.has_income is None else self.has_income,
        )


class StayFrom(msgspec.Struct, frozen=True):
    """A stay in custody or hospital, until the end of a day if one was given."""

    stay: Stay
    until: dt.date | None


class Person(msgspec.Struct, frozen=True):
    """What decisions know of somebody."""

    id: PersonId
    registered: bool = False
    reference: str | None = None
    by_agency: AgencyId | None = None
    provisional: bool = False
    has_name: bool = False
    identity: IdentityConfidence = "unknown"
    synthetic: bool = False
    ages: Dated[AgeBand] = ()
    languages: Dated[Languages] = ()
    circumstances: Dated[Circumstances] = ()
    flags: tuple[Flag, ...] = ()
    stays: Dated[StayFrom] = ()
    releases: Dated[Stay] = ()
    died_at: Instant | None = None
    details: frozenset[DetailId] = frozenset()
    merged_into: PersonId | None = None
    absorbed: frozenset[PersonId] = frozenset()

    @property
    def ids(self) -> frozenset[PersonId]:
        """Every id of this human that is known here."""
        return self.absorbed | {self.id}

    def age_band_at(self, at: dt.datetime) -> AgeBand | None:
        """The band last recorded by then, or the first one ever. A band grows old: it errs towards the younger."""
        return _then(self.ages, at) or (self.ages[0][1] if self.ages else None)

    def languages_at(self, at: dt.datetime) -> Languages:
        """What was true by then, or what was learned first: whoever understands Polish today did so yesterday."""
        return _then(self.languages, at) or (self.languages[0][1] if self.languages else Languages())

    def circumstances_at(self, at: dt.datetime) -> Circumstances:
        """What was known to be true by then, of each the last that was said."""
        known = Circumstances()
        for said_at, said in self.circumstances:
            if said_at <= at:
                known = said.over(known)
        return known

    def has_no_income_or_home(self, at: dt.datetime) -> bool:
        """Whether it was known by then that somebody has no home, or no income."""
        known = self.circumstances_at(at)
        return known.no_fixed_abode is True or known.has_income is False

    def open_flags(self, at: dt.datetime) -> tuple[Flag, ...]:
        """The flags that stood at a moment."""
        return tuple(flag for flag in self.flags if flag.is_open(at))

    def has_open_flag(self, at: dt.datetime, *kinds: FlagKind) -> bool:
        """Whether a flag of one of these kinds stood at a moment."""
        return any(flag.kind in kinds for flag in self.open_flags(at))

    def kept_apart_from(self, at: dt.datetime) -> frozenset[PersonId]:
        """Whom this person was not to meet at a moment, by the ids that the flags name."""
        return frozenset(flag.other for flag in self.open_flags(at) if flag.other is not None)

    def is_dead(self, at: dt.datetime) -> bool:
        return self.died_at is not None and self.died_at <= at

    def is_staying(self, stay: Stay, at: dt.datetime) -> bool:
        """Whether somebody was in custody, or in hospital, at a moment."""
        started = [(begun, one.until) for begun, one in self.stays if one.stay == stay and begun <= at]
        if not started:
            return False
        begun, until = started[-1]
        released = any(one == stay and begun <= left <= at for left, one in self.releases)
        return not released and (until is None or at <= end_of_day(until))

    def is_stopped(self, at: dt.datetime) -> bool:
        """Whether clocks, letters and tickets stood still at a moment: died, in custody, in hospital."""
        return self.is_dead(at) or self.is_staying("custody", at) or self.is_staying("hospital", at)


def evolve(state: Person, fact: Fact) -> Person:  # noqa: C901 - one case for each kind of fact
    """What was recorded of one person. A keep-apart flag and a merge are seen from either side."""
    change = msgspec.structs.replace
    match fact:
        case PersonRegistered():
            tongues = Languages(fact.understands, fact.needs_interpreter)
            home = Circumstances(fact.no_fixed_abode, fact.has_income)
            return change(
                state,
                registered=True,
                reference=fact.reference,
                by_agency=fact.by_agency,
                provisional=fact.provisional is not None,
                has_name=fact.has_name,
                identity=fact.identity,
                synthetic=fact.synthetic,
                ages=_aged(state.ages, fact),
                languages=state.languages if tongues == Languages() else _dated(state.languages, fact.at, tongues),
                circumstances=state.circumstances
                if home == Circumstances()
                else _dated(state.circumstances, fact.at, home),
            )
        case PersonIdentified():
            return change(
                state,
                identity=fact.identity,
                has_name=state.has_name or fact.has_name,
                provisional=state.provisional and not fact.has_name,
                ages=_aged(state.ages, fact),
                details=state.details | {fact.detail},
            )
        case AliasAdded() | EthnicityDescribed() | EthnicityObserved() | ContactSet():
            return change(state, details=state.details | {fact.detail})
        case LanguagesSet():
            tongues = Languages(fact.understands, fact.needs_interpreter, fact.reads)
            return change(state, languages=_dated(state.languages, fact.at, tongues))
        case CircumstancesRecorded():
            home = Circumstances(fact.no_fixed_abode, fact.has_income)
            return change(state, circumstances=_dated(state.circumstances, fact.at, home))
        case FlagRaised():
            flag = Flag(
                fact.flag,
                fact.person,
                fact.kind,
                fact.by_agency,
                fact.at,
                fact.expires_on,
                fact.person if fact.other == state.id else fact.other,
            )
            return change(state, flags=(*state.flags, flag))
        case FlagEnded():
            return change(
                state,
                flags=tuple(change(flag, ended_at=fact.at) if flag.id == fact.flag else flag for flag in state.flags),
            )
        case PersonDied():
            return change(state, died_at=fact.at)
        case DeathRetracted():
            return change(state, died_at=None)
        case StayBegan():
            return change(state, stays=_dated(state.stays, fact.at, StayFrom(fact.stay, fact.until)))
        case PersonReleased():
            return change(state, releases=_dated(state.releases, fact.at, fact.stay))
        case PersonsMerged() if fact.other == state.id:
            return change(state, merged_into=fact.person)
        case PersonsMerged():
            return change(state, absorbed=state.absorbed | {fact.other})
        case PersonsUnmerged() if fact.other == state.id:
            return change(state, merged_into=None)
        case PersonsUnmerged():
            return change(state, absorbed=state.absorbed - {fact.other})
        case _:
            return state


_TOLD: Final = (
    PersonRegistered,
    PersonIdentified,
    AliasAdded,
    EthnicityDescribed,
    EthnicityObserved,
    ContactSet,
    LanguagesSet,
    CircumstancesRecorded,
    FlagRaised,
    FlagEnded,
    PersonDied,
    DeathRetracted,
    StayBegan,
    PersonReleased,
    PersonsMerged,
    PersonsUnmerged,
)


def person(person: PersonId) -> Knowledge[Person]:
    """One record of a person, with the flags that keep others apart from them.

    Whoever was merged has more than one record: `application.people.the_person` knows them together.
    """
    told = knowing(Person(person), evolve, _TOLD, f"person:{person}")
    apart = frozenset({FlagRaised.fact_type, FlagEnded.fact_type})
    counterpart = QueryItem(apart, frozenset({f"keep-apart:{person}"}))
    return Knowledge((*told.query, counterpart), told.initial, told.evolve)


def together(one: Person, other: Person) -> Person:
    """What is known of a human from two records, under the first one's id."""

    def merged(left: Dated[V], right: Dated[V]) -> Dated[V]:
        return tuple(sorted((*left, *right), key=lambda dated: dated[0]))

    deaths = [died for died in (one.died_at, other.died_at) if died is not None]
    return msgspec.structs.replace(
        one,
        has_name=one.has_name or other.has_name,
        synthetic=one.synthetic or other.synthetic,
        ages=merged(one.ages, other.ages),
        languages=merged(one.languages, other.languages),
        circumstances=merged(one.circumstances, other.circumstances),
        flags=one.flags + other.flags,
        stays=merged(one.stays, other.stays),
        releases=merged(one.releases, other.releases),
        died_at=min(deaths, default=None),
        details=one.details | other.details,
        absorbed=(one.absorbed | other.ids) - {one.id},
    )


def evolve_holder(state: PersonId | None, fact: Fact) -> PersonId | None:
    """The first one who was given it."""
    return fact.person if isinstance(fact, PersonRegistered) and state is None else state


def holder(reference: str) -> Knowledge[PersonId | None]:
    """Who holds a reference."""
    return knowing(None, evolve_holder, (PersonRegistered,), f"reference:{reference}")


class ReferenceTaken(Conflict):
    """Another person is spoken of by this reference."""

    code = "reference-taken"
    rule = "A reference means one person (ours)."
    permitted_by = "Take another reference."


class OpenFieldsContradict(Unreadable):
    """The coarse open fields and the identity beside them say two things."""

    code = "open-fields-contradict"
    rule = "The age band is that of the date of birth on the day; `has_name` is true where a name is given."
    permitted_by = "Leave the coarse fields out, or correct them."


class BornInFuture(Unreadable):
    """The date of birth has not come yet."""

    code = "born-in-future"
    rule = "Nobody is met before they are born."
    permitted_by = "Correct the date of birth."


class MergedIntoAnother(Conflict):
    """This record goes on under another one."""

    code = "merged-into-another"
    rule = "After a merge, one record goes on (ours)."
    permitted_by = "Write under the record that goes on, or undo the merge."


class NothingSaid(Unreadable):
    """The command adds nothing to what is known."""

    code = "nothing-said"
    rule = "Whoever adds to a record says something."
    permitted_by = "Fill in at least one field."


class DeathKnown(Conflict):
    """The death is recorded, at another moment."""

    code = "death-known"
    rule = "Nobody dies twice."
    permitted_by = "Retract the recorded death if it is wrong, and record it again."


class NotKnownDead(Conflict):
    """No death is recorded."""

    code = "not-known-dead"
    rule = "Only a recorded death is retracted."


class AlreadyThere(Conflict):
    """They are in custody, or in hospital, already."""

    code = "already-there"
    rule = "A stay begins once; another begins after a release."
    permitted_by = "Record the release first."


class NotThere(Conflict):
    """They were not in custody, or in hospital, then."""

    code = "not-there"
    rule = "Only who is in custody or hospital is released from it."
    permitted_by = "Record when they were taken in first."


class StayEndsBeforeItBegins(Unreadable):
    """The last day lies before the first."""

    code = "stay-ends-before-it-begins"
    rule = "A stay ends after it began."
    permitted_by = "Correct the date."


def existing(known: Person) -> Person:
    """The person, if there is one whose record goes on."""
    if not known.registered:
        raise Unknown
    if known.merged_into is not None:
        raise MergedIntoAnother(into=known.merged_into)
    return known


def _band(command: RegisterPerson | IdentifyPerson) -> AgeBand | None:
    return age_band(command.born, command.age_as_of or civil_date(command.at)) if command.born else None


def _check_open_fields(command: RegisterPerson | IdentifyPerson) -> None:
    """What is sealed may be gone when this is decided again: it may contradict, and is never needed."""
    if command.born is not None and command.born > civil_date(command.at):
        raise BornInFuture
    if command.born is not None and command.age_band != _band(command):
        raise OpenFieldsContradict(field="age_band")
    if (command.given_name or command.family_name) and not command.has_name:
        raise OpenFieldsContradict(field="has_name")


def register(
    command: RegisterPerson, by: Actor, known: Person, held_by: PersonId | None, search: Searched | None
) -> Facts:
    """A person is entered once, after a search of the same agency and day, or provisionally with a reason."""
    if known.registered:
        if (known.reference, known.by_agency) == (command.reference, by.agency):
            return ()
        raise AlreadyExists(person=command.person)
    if held_by is not None:
        raise ReferenceTaken(reference=command.reference)
    _check_open_fields(command)
    if command.provisional == "no-name-given" and command.has_name:
        raise OpenFieldsContradict(field="provisional")
    if command.search is not None:
        check_answer(
            command.answer, of_today(search, command.search, command.person, by.agency, command.at), command.person
        )
    elif command.provisional is None or (command.provisional == "from-sheet" and by.role not in SHEET_KEEPERS):
        raise SearchFirst
    return (
        PersonRegistered(
            at=command.at,
            person=command.person,
            reference=command.reference,
            by_agency=by.agency,
            identity=command.identity,
            search=command.search,
            answer=command.answer,
            provisional=command.provisional,
            has_name=command.has_name,
            age_band=command.age_band,
            age_as_of=command.age_as_of,
            understands=command.understands,
            needs_interpreter=command.needs_interpreter,
            no_fixed_abode=command.no_fixed_abode,
            has_income=command.has_income,
            synthetic=command.synthetic,
            given_name=command.given_name,
            family_name=command.family_name,
            nickname=command.nickname,
            born=command.born.isoformat() if command.born else None,
            sex=command.sex,
            description=command.description,
            phone=command.phone,
            email=command.email,
            address=command.address,
            where_found=command.where_found,
        ),
    )


def identify(command: IdentifyPerson, by: Actor, known: Person, search: Searched | None) -> Facts:
    """Who gets a first name, or was entered provisionally, is looked for first; the same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    _check_open_fields(command)
    if command.search is not None:
        check_answer(command.answer, of_today(search, command.search, known.id, by.agency, command.at), known.id)
    elif command.has_name and (known.provisional or not known.has_name):
        raise SearchFirst
    return (
        PersonIdentified(
            at=command.at,
            person=known.id,
            detail=command.detail,
            by_agency=by.agency,
            identity=command.identity,
            search=command.search,
            answer=command.answer,
            has_name=command.has_name,
            age_band=command.age_band,
            age_as_of=command.age_as_of,
            given_name=command.given_name,
            family_name=command.family_name,
            nickname=command.nickname,
            born=command.born.isoformat() if command.born else None,
            sex=command.sex,
            description=command.description,
        ),
    )


def add_alias(command: AddAlias, by: Actor, known: Person) -> Facts:
    """The same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    return (
        AliasAdded(
            at=command.at,
            person=known.id,
            detail=command.detail,
            by_agency=by.agency,
            given_name=command.given_name,
            family_name=command.family_name,
            nickname=command.nickname,
        ),
    )


def describe_ethnicity(command: DescribeEthnicity, by: Actor, known: Person) -> Facts:
    """What somebody says of themselves; the same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    return (
        EthnicityDescribed(
            at=command.at, person=known.id, detail=command.detail, by_agency=by.agency, ethnicity=command.ethnicity
        ),
    )


def observe_ethnicity(command: ObserveEthnicity, by: Actor, known: Person) -> Facts:
    """What an officer thought; the same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    return (
        EthnicityObserved(
            at=command.at, person=known.id, detail=command.detail, by_agency=by.agency, ethnicity=command.ethnicity
        ),
    )


def set_languages(command: SetLanguages, by: Actor, known: Person) -> Facts:
    """The same languages again add nothing."""
    if (command.at, Languages(command.understands, command.needs_interpreter, command.reads)) in known.languages:
        return ()
    return (
        LanguagesSet(
            at=command.at,
            person=known.id,
            by_agency=by.agency,
            understands=command.understands,
            reads=command.reads,
            needs_interpreter=command.needs_interpreter,
        ),
    )


def set_contact(command: SetContact, by: Actor, known: Person) -> Facts:
    """The same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    return (
        ContactSet(
            at=command.at,
            person=known.id,
            detail=command.detail,
            by_agency=by.agency,
            may_post=command.may_post,
            may_leave_message=command.may_leave_message,
            may_text=command.may_text,
            phone=command.phone,
            email=command.email,
            address=command.address,
            where_found=command.where_found,
            not_to_talk_to=command.not_to_talk_to,
        ),
    )


def record_circumstances(command: RecordCircumstances, by: Actor, known: Person) -> Facts:
    """What was known already adds nothing."""
    now = Circumstances(command.no_fixed_abode, command.has_income)
    if now == Circumstances():
        raise NothingSaid
    before = known.circumstances_at(command.at)
    if now.over(before) == before:
        return ()
    return (
        CircumstancesRecorded(
            at=command.at,
            person=known.id,
            by_agency=by.agency,
            no_fixed_abode=command.no_fixed_abode,
            has_income=command.has_income,
        ),
    )


def record_death(command: RecordDeath, by: Actor, known: Person) -> Facts:
    """Somebody dies once; the same moment again adds nothing."""
    if known.died_at is not None:
        if known.died_at == command.at:
            return ()
        raise DeathKnown
    return (PersonDied(at=command.at, person=known.id, by_agency=by.agency, source=command.source),)


def retract_death(command: RetractDeath, by: Actor, known: Person) -> Facts:
    """Only a recorded death is retracted: clocks, letters and tickets go on."""
    if known.died_at is None:
        raise NotKnownDead
    return (DeathRetracted(at=command.at, person=known.id, by_agency=by.agency, reason=command.reason),)


def begin_stay(command: RecordCustody | RecordHospital, by: Actor, known: Person) -> Facts:
    """A stay begins while there is none of its kind; the same one again adds nothing."""
    stay: Stay = "custody" if isinstance(command, RecordCustody) else "hospital"
    if command.until is not None and command.until < civil_date(command.at):
        raise StayEndsBeforeItBegins(until=command.until)
    if (command.at, StayFrom(stay, command.until)) in known.stays:
        return ()
    if known.is_staying(stay, command.at):
        raise AlreadyThere(stay=stay)
    return (
        StayBegan(
            at=command.at,
            person=known.id,
            stay=stay,
            by_agency=by.agency,
            until=command.until,
            station=command.station if isinstance(command, RecordCustody) else None,
            hospital=command.hospital if isinstance(command, RecordHospital) else None,
        ),
    )


def release(command: RecordRelease, by: Actor, known: Person) -> Facts:
    """Only who is there is released; the same release again adds nothing."""
    if (command.at, command.stay) in known.releases:
        return ()
    if not known.is_staying(command.stay, command.at):
        raise NotThere(stay=command.stay)
    return (PersonReleased(at=command.at, person=known.id, stay=command.stay, by_agency=by.agency),)
