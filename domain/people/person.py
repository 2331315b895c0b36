"""Somebody, maybe without a name, phone, address or date of birth, whose identity is sealed under their own key.

What a guard needs to know of a person (age band, languages, whether there is a name, a home, an income) is recorded
beside it as a coarse open field, so that a decision can be made again after the identity was erased.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from domain.calendar import end_of_day, noon
from domain.codes import AgeBand, FlagKind, IdentityConfidence
from domain.facts import (
    Fact,
    HealthText,
    IdentityText,
    Instant,
    IntelligenceText,
    Knowledge,
    Line,
    Personal,
    Text,
    asking,
    knowing,
)
from domain.ids import AgencyId, DetailId, MergeId, PersonId, SearchId, WorkerId
from domain.people.circumstances import Circumstances, Dated, Languages, Stay, StayFrom, V, dated, then
from domain.people.erased import ErasureOrdered
from domain.people.flags import Flag, FlagEnded, FlagRaised
from domain.people.search import SearchAnswer
from domain.refusals import Conflict, Unknown

ContactDetail = Literal[
    "may_post", "may_leave_message", "may_text", "phone", "email", "address", "where_found", "not_to_talk_to"
]
"""What is known of how somebody can be reached, piece by piece."""
ProvisionalReason = Literal["no-name-given", "no-signal", "from-sheet"]
"""Why somebody was entered without a search: on the street, or with a sheet that told its people apart already."""

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
    """How somebody can be reached without harm. None says nothing new; what is not allowed is not done.

    What is `cleared` is known no more: a number that was given up, a permission that has to be asked for anew.
    """

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
    cleared: tuple[ContactDetail, ...] = ()


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

    Somebody else reviews by the end of a day whom both concern from then on; until then it widens nobody's sight.
    `by_agency` is no `AgencyId` in what is said of two records: a person does not concern an agency because it said
    who is who.
    """

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: str
    by_worker: WorkerId | None = None
    review_by: dt.date | None = None


class PersonsUnmerged(Fact, type="persons-unmerged", version=1, tags=("person", "person:{other}", "merge")):
    """The two records are two humans after all."""

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: str
    reason: IdentityText = None


class PersonsDistinct(Fact, type="persons-distinct", version=1, tags=("person", "person:{other}")):
    """A human says that the two records are two humans, however alike: twins, a shared name, a shared address."""

    person: PersonId
    other: PersonId
    by_agency: str
    by_worker: WorkerId
    reason: IdentityText = None


class DistinctionWithdrawn(Fact, type="distinction-withdrawn", version=1, tags=("person", "person:{other}")):
    """That the two records are two humans is not certain after all."""

    person: PersonId
    other: PersonId
    by_agency: str
    by_worker: WorkerId
    reason: IdentityText = None


def _aged(story: Dated[AgeBand], fact: PersonRegistered | PersonIdentified) -> Dated[AgeBand]:
    if fact.age_band is None:
        return story
    return dated(story, noon(fact.age_as_of) if fact.age_as_of else fact.at, fact.age_band)


Pair = frozenset[PersonId]
"""Two records, in no order."""


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
    deaths: Mapping[PersonId, Instant] = {}
    """Under which record it stands that somebody died, and when."""
    details: frozenset[DetailId] = frozenset()
    merged_into: PersonId | None = None
    others: frozenset[PersonId] = frozenset()
    """The records that go on under this one; of a human who is known whole, all but this one."""
    distinct: frozenset[Pair] = frozenset()
    """The pairs of records, one of them of this human, of which somebody said that they are two people."""
    erased: bool = False

    @property
    def ids(self) -> frozenset[PersonId]:
        """Every id of this human that is known here."""
        return self.others | {self.id}

    @property
    def died_at(self) -> Instant | None:
        """When somebody died, as far as anybody said so."""
        return min(self.deaths.values(), default=None)

    def told_apart_from(self, other: "Person") -> frozenset[Pair]:
        """The pairs of records by which two humans are two."""
        return frozenset(pair for pair in self.distinct if pair & self.ids and pair & other.ids)

    def age_band_at(self, at: dt.datetime) -> AgeBand | None:
        """The band last recorded by then, or the first one ever. A band grows old: it errs towards the younger."""
        return then(self.ages, at) or (self.ages[0][1] if self.ages else None)

    def languages_at(self, at: dt.datetime) -> Languages:
        """What was true by then, or what was learned first: whoever understands Polish today did so yesterday."""
        return then(self.languages, at) or (self.languages[0][1] if self.languages else Languages())

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
        """Whether clocks, letters and tickets stood still at a moment: died, in custody, in hospital, erased since."""
        return self.erased or self.is_dead(at) or self.is_staying("custody", at) or self.is_staying("hospital", at)


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
                languages=state.languages if tongues == Languages() else dated(state.languages, fact.at, tongues),
                circumstances=state.circumstances
                if home == Circumstances()
                else dated(state.circumstances, fact.at, home),
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
            return change(state, languages=dated(state.languages, fact.at, tongues))
        case CircumstancesRecorded():
            home = Circumstances(fact.no_fixed_abode, fact.has_income)
            return change(state, circumstances=dated(state.circumstances, fact.at, home))
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
            return change(state, deaths={**state.deaths, fact.person: fact.at})
        case DeathRetracted():
            return change(state, deaths={one: at for one, at in state.deaths.items() if one != fact.person})
        case StayBegan():
            return change(state, stays=dated(state.stays, fact.at, StayFrom(fact.stay, fact.until)))
        case PersonReleased():
            return change(state, releases=dated(state.releases, fact.at, fact.stay))
        case PersonsMerged() if fact.other == state.id:
            return change(state, merged_into=fact.person)
        case PersonsMerged():
            return change(state, others=state.others | {fact.other})
        case PersonsUnmerged() if fact.other == state.id:
            return change(state, merged_into=None)
        case PersonsUnmerged():
            return change(state, others=state.others - {fact.other})
        case PersonsDistinct():
            return change(state, distinct=state.distinct | {frozenset({fact.person, fact.other})})
        case DistinctionWithdrawn():
            return change(state, distinct=state.distinct - {frozenset({fact.person, fact.other})})
        case ErasureOrdered():
            return change(state, erased=True)
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
    PersonsDistinct,
    DistinctionWithdrawn,
    ErasureOrdered,
)


def person(person: PersonId) -> Knowledge[Person]:
    """One record of a person, with the flags that keep others apart from them.

    Whoever was merged has more than one record: `application.people.the_person` knows them together.
    """
    told = knowing(Person(person), evolve, _TOLD, f"person:{person}")
    counterpart = asking((FlagRaised, FlagEnded), f"keep-apart:{person}")
    return Knowledge((*told.query, counterpart), told.initial, told.evolve)


def together(one: Person, other: Person) -> Person:
    """What is known of a human from two records, under the first one's id."""

    def merged(left: Dated[V], right: Dated[V]) -> Dated[V]:
        return tuple(sorted((*left, *right), key=lambda dated: dated[0]))

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
        deaths={**one.deaths, **other.deaths},
        details=one.details | other.details,
        others=(one.others | other.ids) - {one.id},
        distinct=one.distinct | other.distinct,
    )


class MergedIntoAnother(Conflict):
    """This record goes on under another one."""

    code = "merged-into-another"
    rule = "Of a human who has several records, the one that goes on is merged with another, or told apart (ours)."
    permitted_by = "Name the record that goes on, or undo the merge."


def existing(known: Person) -> Person:
    """The person, if there is one. Whoever knows one record of theirs alone goes on writing under it (ADR 0027)."""
    if not known.registered:
        raise Unknown
    return known


def going_on(known: Person) -> Person:
    """The person, if theirs is the record that goes on. If not, no other is named: it may not be theirs to know."""
    if existing(known).merged_into is not None:
        raise MergedIntoAnother
    return known
