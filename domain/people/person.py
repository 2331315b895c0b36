"""Somebody, maybe without a name, phone, address or date of birth, whose identity is sealed under their own key.

What a guard needs to know of a person (age band, languages, whether there is a name, a home, an income) is recorded
beside it as a coarse open field, so that a decision can be made again after the identity was erased.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.codes import AgeBand, Ethnicity, IdentityConfidence, Sex
from domain.facts import (
    Command,
    Fact,
    HealthText,
    IdentityText,
    IntelligenceText,
    Line,
    Personal,
    Slug,
    Text,
)
from domain.ids import AgencyId, DetailId, MergeId, PersonId, SearchId
from domain.people.search import SearchAnswer

Reference = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$")]
"""A short random code by which workers speak of somebody. It says nothing about them, so it stands open."""

Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""A language as in BCP 47: `en`, `pl`, `bfi` for British Sign Language."""

ProvisionalReason = Literal["no-name-given", "no-signal"]
"""Why somebody was entered on the street without a search."""

Stay = Literal["custody", "hospital"]
"""Where no clock runs, no letter arrives and no ticket is issued."""

IdentityLine = Annotated[Line | None, Personal("identity")]
IdentityNote = Annotated[Text | None, Personal("identity")]


class PersonRegistered(Fact, type="person-registered", version=1, tags=("person", "reference", "search")):
    """Somebody is known to the partnership from now on, after a search or, on the street, provisionally.

    `synthetic` marks an individual made to match a published figure; it is shown wherever they are.
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
    """Whether somebody has a home and an income, from now on."""

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
