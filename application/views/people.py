"""People as the register shows them: identity, contact, languages, flags, and what else is known of them as a whole."""

import datetime as dt
from typing import Final, Literal

import msgspec

from application.ports import Recorded
from application.views.view import Place, View, by, its_person
from domain.codes import AgeBand, FlagKind, IdentityConfidence
from domain.facts import Fact, IdentityText, Instant, IntelligenceText
from domain.ids import AgencyId, FlagId, MergeId, PersonId, WorkerId
from domain.people.circumstances import Stay
from domain.people.erased import ErasureCompleted, ErasureOrdered
from domain.people.flags import FlagEnded, FlagRaised, FlagSource
from domain.people.merging import MergeProposed, MergeRefused, MergeReviewed
from domain.people.person import (
    AliasAdded,
    CircumstancesRecorded,
    ContactSet,
    DeathRetracted,
    DistinctionWithdrawn,
    EthnicityDescribed,
    EthnicityObserved,
    LanguagesSet,
    PersonDied,
    PersonIdentified,
    PersonRegistered,
    PersonReleased,
    PersonsDistinct,
    PersonsMerged,
    PersonsUnmerged,
    ProvisionalReason,
    StayBegan,
)


class Alias(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Another name that somebody is known by."""

    given_name: IdentityText = None
    family_name: IdentityText = None
    nickname: IdentityText = None


DESCRIBES: Final = frozenset(
    {
        "aliases",
        "given_name",
        "family_name",
        "nickname",
        "born",
        "age_band",
        "sex",
        "phone",
        "email",
        "address",
        "where_found",
    }
)
"""The fields by which two records are found to be alike."""


class Flag(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A warning. On the counterpart of a keep-apart pair it has no reason: that is never shown to the other."""

    flag: FlagId
    kind: FlagKind
    by_agency: AgencyId
    source: FlagSource
    raised_at: Instant
    expires_on: dt.date
    other: PersonId | None = None
    reason: IntelligenceText = None


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """In custody or in hospital, until a day where that is known. `stay` of None is for others to know."""

    stay: Stay | None
    by_agency: AgencyId
    since: Instant
    until: dt.date | None


class PersonRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person's entry in the register, personal values sealed. A record that goes on under another says which.

    `described_at` is when something of who they are was last recorded: a name, a date of birth, how they are reached.
    Of who was erased it says that, and since when: `erasure` is `ordered` until the keys are destroyed.
    """

    position: int
    person: PersonId
    reference: str
    registered_at: Instant
    by_agency: AgencyId
    identity: IdentityConfidence
    described_at: Instant
    provisional: ProvisionalReason | None = None
    synthetic: bool = False
    has_name: bool = False
    age_band: AgeBand | None = None
    understands: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    needs_interpreter: bool | None = None
    no_fixed_abode: bool | None = None
    has_income: bool | None = None
    merged_into: PersonId | None = None
    merged_from: tuple[PersonId, ...] = ()
    unreviewed: tuple[PersonId, ...] = ()
    """The records that it was merged with, in either direction, of which nobody has reviewed yet who may know both."""
    distinct_from: tuple[PersonId, ...] = ()
    erasure: Literal["ordered", "completed"] | None = None
    erased_at: Instant | None = None
    died_at: Instant | None = None
    stay: Whereabouts | None = None
    flags: tuple[Flag, ...] = ()
    aliases: tuple[Alias, ...] = ()
    may_post: bool | None = None
    may_leave_message: bool | None = None
    may_text: bool | None = None
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
    not_to_talk_to: IdentityText = None
    ethnicity: IdentityText = None
    ethnicity_observed: IntelligenceText = None

    @property
    def joined_with(self) -> PersonId | None:
        """The record that it goes on under, once that was reviewed."""
        return None if self.merged_into in self.unreviewed else self.merged_into

    @property
    def erased(self) -> bool:
        """Whether the person was erased, or is about to be."""
        return self.erasure is not None

    def on(self, day: dt.date) -> "PersonRow":
        """The entry on a civil day: without the flags and the stay of which the last day is over."""
        flags = tuple(one for one in self.flags if day <= one.expires_on)
        stay = None if self.stay and self.stay.until and self.stay.until < day else self.stay
        if (len(flags), stay) == (len(self.flags), self.stay):
            return self
        return msgspec.structs.replace(self, flags=flags, stay=stay)

    def emptied(self, at: Instant) -> "PersonRow":
        """What is left of who was erased: that there was a record, by which agency, and whose others are."""
        return PersonRow(
            **{name: getattr(self, name) for name in _LEFT}, erasure="ordered", erased_at=at, described_at=at
        )

    def by_name(self) -> "PersonRow":
        """Who it is, how to speak to them and what to mind: all that is told on a consent or basis alone."""
        return PersonRow(**{name: getattr(self, name) for name in _BY_NAME})


_BY_NAME: Final = (
    *("position", "person", "reference", "registered_at", "described_at", "by_agency", "identity", "provisional"),
    *("synthetic",),
    *("has_name", "given_name", "family_name", "nickname", "born", "age_band"),
    *("understands", "reads", "needs_interpreter", "merged_into", "merged_from", "died_at", "flags"),
    *("erasure", "erased_at"),
)
_LEFT: Final = (
    *("position", "person", "reference", "registered_at", "by_agency", "identity", "synthetic"),
    *("merged_into", "merged_from", "unreviewed", "distinct_from"),
)


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The person; both people of a merge, of those told apart, and of a keep-apart pair."""
    fact = recorded.fact
    match fact:
        case PersonsMerged() | MergeReviewed() | PersonsUnmerged() | PersonsDistinct() | DistinctionWithdrawn():
            return (fact.person, fact.other)
        case FlagRaised(other=str(other)) | FlagEnded(other=str(other)):
            return (fact.person, other)
        case _:
            return (fact.person,)  # type: ignore[attr-defined] # every fact of this view names a person


def evolve(row: PersonRow | None, recorded: Recorded, key: str) -> PersonRow | None:
    """The register entry after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, PersonRegistered):
        return PersonRow(
            position=position,
            person=fact.person,
            reference=fact.reference,
            registered_at=fact.at,
            by_agency=fact.by_agency,
            identity=fact.identity,
            described_at=recorded.envelope.recorded,
            provisional=fact.provisional,
            synthetic=fact.synthetic,
            has_name=fact.has_name,
            age_band=fact.age_band,
            understands=fact.understands,
            needs_interpreter=fact.needs_interpreter,
            no_fixed_abode=fact.no_fixed_abode,
            has_income=fact.has_income,
            given_name=fact.given_name,
            family_name=fact.family_name,
            nickname=fact.nickname,
            born=fact.born,
            sex=fact.sex,
            description=fact.description,
            phone=fact.phone,
            email=fact.email,
            address=fact.address,
            where_found=fact.where_found,
        )
    if row is None:
        return None
    if isinstance(fact, ErasureOrdered):
        return msgspec.structs.replace(row.emptied(recorded.envelope.recorded), position=position)
    changes = _changes(row, fact, key)
    if not DESCRIBES.isdisjoint(changes):
        changes["described_at"] = recorded.envelope.recorded
    return msgspec.structs.replace(row, position=position, **changes)


def _changes(row: PersonRow, fact: Fact, key: str) -> dict[str, object]:  # noqa: C901 - a table
    match fact:
        case PersonIdentified():
            return {
                "identity": fact.identity,
                "has_name": row.has_name or fact.has_name,
                "age_band": fact.age_band or row.age_band,
                "provisional": None if fact.search is not None else row.provisional,
                **_given(fact, "given_name", "family_name", "nickname", "born", "sex", "description"),
            }
        case AliasAdded():
            alias = Alias(given_name=fact.given_name, family_name=fact.family_name, nickname=fact.nickname)
            return {"aliases": (*row.aliases, alias)}
        case EthnicityDescribed():
            return {"ethnicity": fact.ethnicity}
        case EthnicityObserved():
            return {"ethnicity_observed": fact.ethnicity}
        case LanguagesSet():
            return {
                "understands": fact.understands,
                "reads": fact.reads,
                "needs_interpreter": fact.needs_interpreter,
            }
        case ContactSet():
            asked = ("may_post", "may_leave_message", "may_text")
            cleared: dict[str, object] = dict.fromkeys(fact.cleared)
            return cleared | _given(fact, *asked, "phone", "email", "address", "where_found", "not_to_talk_to")
        case CircumstancesRecorded():
            return {"no_fixed_abode": fact.no_fixed_abode, "has_income": fact.has_income}
        case PersonDied():
            return {"died_at": fact.at}
        case DeathRetracted():
            return {"died_at": None}
        case StayBegan():
            return {"stay": Whereabouts(stay=fact.stay, by_agency=fact.by_agency, since=fact.at, until=fact.until)}
        case PersonReleased():
            return {"stay": None}
        case PersonsMerged() if key == fact.person:
            merged_from = (*(one for one in row.merged_from if one != fact.other), fact.other)
            return {"merged_from": merged_from, "unreviewed": (*row.unreviewed, fact.other)}
        case PersonsMerged():
            return {"merged_into": fact.person, "unreviewed": (*row.unreviewed, fact.person)}
        case MergeReviewed():
            return {"unreviewed": _without(row.unreviewed, fact.person, fact.other)}
        case PersonsUnmerged() if key == fact.person:
            left = _without(row.merged_from, fact.other)
            return {"merged_from": left, "unreviewed": _without(row.unreviewed, fact.other)}
        case PersonsUnmerged():
            return {"merged_into": None, "unreviewed": _without(row.unreviewed, fact.person)}
        case PersonsDistinct():
            other = fact.other if key == fact.person else fact.person
            return {"distinct_from": (*row.distinct_from, other)}
        case DistinctionWithdrawn():
            return {"distinct_from": _without(row.distinct_from, fact.person, fact.other)}
        case ErasureCompleted():
            return {"erasure": "completed"}
        case FlagRaised():
            return {"flags": (*row.flags, _flag(fact, key))}
        case FlagEnded():
            return {"flags": tuple(one for one in row.flags if one.flag != fact.flag)}
        case _:
            return {}


def _without(people: tuple[PersonId, ...], *these: PersonId) -> tuple[PersonId, ...]:
    return tuple(one for one in people if one not in these)


def _given(fact: Fact, *names: str) -> dict[str, object]:
    """The fields that say something new."""
    return {name: value for name in names if (value := getattr(fact, name)) is not None}


def _flag(fact: FlagRaised, key: str) -> Flag:
    own = key == fact.person
    return Flag(
        flag=fact.flag,
        kind=fact.kind,
        by_agency=fact.by_agency,
        source=fact.source,
        raised_at=fact.at,
        expires_on=fact.expires_on,
        other=fact.other if own else fact.person,
        reason=fact.reason if own else None,
    )


def places(row: PersonRow) -> tuple[Place, ...]:
    """Found by reference, which is no personal data."""
    return (Place(f"reference:{row.reference}", ""),)


PEOPLE: View[PersonRow] = View(
    name="person",
    version=10,
    row=PersonRow,
    facts=frozenset(
        {
            PersonRegistered,
            PersonIdentified,
            AliasAdded,
            EthnicityDescribed,
            EthnicityObserved,
            LanguagesSet,
            ContactSet,
            CircumstancesRecorded,
            PersonDied,
            DeathRetracted,
            StayBegan,
            PersonReleased,
            PersonsMerged,
            MergeReviewed,
            PersonsUnmerged,
            PersonsDistinct,
            DistinctionWithdrawn,
            ErasureOrdered,
            ErasureCompleted,
            FlagRaised,
            FlagEnded,
        }
    ),
    keys=keys,
    evolve=evolve,
    about=its_person,
    places=places,
)


class MergeRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Two records that somebody thinks are one human, what was decided, and who reviewed whom both concern."""

    position: int
    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: str
    by_worker: WorkerId
    proposed_at: Instant
    status: Literal["proposed", "refused", "merged", "undone"] = "proposed"
    decided_at: Instant | None = None
    decided_by: WorkerId | None = None
    review_by: dt.date | None = None
    reviewed_at: Instant | None = None
    reviewed_by: WorkerId | None = None
    reason: IdentityText = None
    note: IdentityText = None

    @property
    def to_be_reviewed(self) -> bool:
        """Whether nobody has reviewed yet who may know of both records."""
        return self.status == "merged" and self.reviewed_at is None

    def overdue(self, on: dt.date) -> bool:
        """Whether its review should have been done."""
        return self.to_be_reviewed and self.review_by is not None and self.review_by < on


def evolve_merge(row: MergeRow | None, recorded: Recorded, _key: str) -> MergeRow | None:
    """A proposed merge, what a second worker made of it, and what a third did."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, MergeProposed):
        return MergeRow(
            position=position,
            merge=fact.merge,
            person=fact.person,
            other=fact.other,
            by_agency=fact.by_agency,
            by_worker=fact.by_worker,
            proposed_at=fact.at,
            reason=fact.reason,
        )
    return None if row is None else msgspec.structs.replace(row, position=position, **_changes_of_merge(fact))


def _changes_of_merge(fact: Fact) -> dict[str, object]:
    match fact:
        case MergeRefused():
            return {"status": "refused", "decided_at": fact.at}
        case PersonsMerged():
            return {
                "status": "merged",
                "decided_at": fact.at,
                "decided_by": fact.by_worker,
                "review_by": fact.review_by,
            }
        case MergeReviewed():
            return {"reviewed_at": fact.at, "reviewed_by": fact.by_worker, "note": fact.note}
        case PersonsUnmerged():
            return {"status": "undone", "decided_at": fact.at}
        case _:
            return {}


MERGES_WAITING: Final = "merges/waiting"
MERGES_TO_REVIEW: Final = "merges/to-review"


def places_of_merge(row: MergeRow) -> tuple[Place, ...]:
    """Waiting for a second worker, for a third one's review, or with its people."""
    sort = row.proposed_at.astimezone(dt.UTC).isoformat()
    waiting = (Place(MERGES_WAITING, sort),) if row.status == "proposed" else ()
    review = (Place(MERGES_TO_REVIEW, f"{row.review_by}"),) if row.to_be_reviewed else ()
    return (*waiting, *review, Place(f"person:{row.person}", sort), Place(f"person:{row.other}", sort))


MERGES: View[MergeRow] = View(
    name="merge",
    version=2,
    row=MergeRow,
    facts=frozenset({MergeProposed, MergeRefused, PersonsMerged, MergeReviewed, PersonsUnmerged}),
    keys=by("merge"),
    evolve=evolve_merge,
    about=its_person,
    places=places_of_merge,
)
