"""An encounter: a recorded street contact, for behaviour or for welfare, with facts and opinions told apart."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.codes import AsbQualifier, AsbType, EncounterKind
from domain.engagement.circumstances import issuer_of
from domain.engagement.overrides import AreaCode, Override, OverrideReason, Said, Where, named, settle
from domain.facts import Command, Fact, Facts, IntelligenceText, Knowledge, Slug, amended, knowing
from domain.ids import AgencyId, EncounterId, PersonId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, Refusal, found

Offer = Literal["hub", "outreach", "shelter", "health", "food-and-shower", "other"]
"""What was offered to somebody there and then."""
VoidReason = Literal["recorded-twice", "wrong-person", "did-not-happen", "wrongly-issued", "other"]


class EncounterRecorded(Fact, type="encounter-recorded", version=1, tags=("encounter", "person")):
    """Somebody was met in the street. `officer` is who met them, where that is known."""

    encounter: EncounterId
    person: PersonId
    kind: EncounterKind
    by_agency: AgencyId
    officer: WorkerId | None = None
    asb_type: AsbType | None = None
    qualifier: AsbQualifier | None = None
    area: AreaCode | None = None
    coercion_suspected: bool = False
    welfare_concern: bool = False
    offer: Offer | None = None
    offer_taken: bool | None = None
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None
    place: IntelligenceText = None
    facts_observed: IntelligenceText = None
    opinions: IntelligenceText = None


class EncounterCorrected(Fact, type="encounter-corrected", version=1, tags=("encounter", "person")):
    """What was recorded of an encounter was wrong; what is given here holds instead, the rest stands."""

    encounter: EncounterId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId
    kind: EncounterKind | None = None
    asb_type: AsbType | None = None
    qualifier: AsbQualifier | None = None
    area: AreaCode | None = None
    coercion_suspected: bool | None = None
    welfare_concern: bool | None = None
    offer: Offer | None = None
    offer_taken: bool | None = None
    place: IntelligenceText = None
    facts_observed: IntelligenceText = None
    opinions: IntelligenceText = None


class EncounterVoided(Fact, type="encounter-voided", version=1, tags=("encounter", "person")):
    """An encounter that should never have been recorded no longer counts; it stays to be seen."""

    encounter: EncounterId
    person: PersonId
    reason: VoidReason
    by_worker: WorkerId
    by_agency: AgencyId


BEHAVIOUR: Final[frozenset[EncounterKind]] = frozenset(
    {"asb", "alcohol-surrender", "alcohol-refusal", "urination", "begging-near-cash-machine"}
)


class Encounter(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of an encounter, as corrected."""

    encounter: EncounterId
    at: dt.datetime
    kind: EncounterKind
    asb_type: AsbType | None
    coercion_suspected: bool
    welfare_concern: bool
    offer: Offer | None
    voided: bool = False
    corrected_at: frozenset[dt.datetime] = frozenset()

    @property
    def behaviour(self) -> bool:
        """Whether it was about what somebody did. Being met for welfare or asleep is not behaviour."""
        return self.asb_type is not None or self.kind in BEHAVIOUR


Encounters = dict[EncounterId, Encounter]


def evolve_encounters(state: Encounters, fact: Fact) -> Encounters:
    """The encounters of a person, or one of them, as they stand after correction."""
    match fact:
        case EncounterRecorded():
            recorded = Encounter(
                encounter=fact.encounter,
                at=fact.at,
                kind=fact.kind,
                asb_type=fact.asb_type,
                coercion_suspected=fact.coercion_suspected,
                welfare_concern=fact.welfare_concern,
                offer=fact.offer,
            )
            return {**state, fact.encounter: recorded}
        case EncounterCorrected() if fact.encounter in state:
            return {**state, fact.encounter: _corrected(state[fact.encounter], fact)}
        case EncounterVoided():
            return amended(state, fact.encounter, voided=True)
        case _:
            return state


def _corrected(known: Encounter, fact: EncounterCorrected) -> Encounter:
    given = {
        name: value
        for name in ("kind", "asb_type", "coercion_suspected", "welfare_concern", "offer")
        if (value := getattr(fact, name)) is not None
    }
    return msgspec.structs.replace(known, corrected_at=known.corrected_at | {fact.at}, **given)


ENCOUNTER_FACTS: Final = (EncounterRecorded, EncounterCorrected, EncounterVoided)


def encounters_of(person: PersonId) -> Knowledge[Encounters]:
    """All encounters of a person."""
    return knowing({}, evolve_encounters, ENCOUNTER_FACTS, f"person:{person}")


def encounter(encounter: EncounterId) -> Knowledge[Encounters]:
    """One encounter by its id, whoever's it is."""
    return knowing({}, evolve_encounters, ENCOUNTER_FACTS, f"encounter:{encounter}")


def between(known: Encounters, after: dt.datetime | None, until: dt.datetime) -> tuple[Encounter, ...]:
    """The encounters that count and happened after one moment and until another, in the order they happened."""
    found = [one for one in known.values() if not one.voided and one.at <= until and (after is None or one.at > after)]
    return tuple(sorted(found, key=lambda one: (one.at, one.encounter)))


class RecordEncounter(Command):
    """Record a street contact. Without `officer` the one who records it met the person."""

    encounter: Annotated[EncounterId, Slug]
    person: PersonId
    kind: EncounterKind
    asb_type: AsbType | None = None
    qualifier: AsbQualifier | None = None
    area: AreaCode | None = None
    coercion_suspected: bool = False
    welfare_concern: bool = False
    offer: Offer | None = None
    offer_taken: bool | None = None
    officer: WorkerId | None = None
    historic: Override | None = None
    place: Where = None
    facts_observed: Said = None
    opinions: Said = None


class CorrectEncounter(Command):
    """Say what was wrong in the record of an encounter. The first record stays."""

    encounter: EncounterId
    person: PersonId
    kind: EncounterKind | None = None
    asb_type: AsbType | None = None
    qualifier: AsbQualifier | None = None
    area: AreaCode | None = None
    coercion_suspected: bool | None = None
    welfare_concern: bool | None = None
    offer: Offer | None = None
    offer_taken: bool | None = None
    place: Where = None
    facts_observed: Said = None
    opinions: Said = None


class VoidEncounter(Command):
    """Take back an encounter that should never have been recorded."""

    encounter: EncounterId
    person: PersonId
    reason: VoidReason


class WelfareWithoutOffer(Guarded):
    """A welfare concern was met with nothing."""

    code = "welfare-without-offer"
    rule = "A welfare concern is always followed by an offer (ours)."
    permitted_by = "Say what was offered: the hub, outreach, shelter, health, food and a shower, or something else."


def record(command: RecordEncounter, known: Encounters, mine: Encounters, by: Actor) -> Facts:
    """An encounter is recorded once; a welfare concern says what was offered.

    `known` has whatever stands under this id; `mine` are the encounters of the person of this command.
    """
    if command.encounter in known:
        if command.encounter in mine:
            return ()
        raise AlreadyExists(encounter=command.encounter)
    welfare = command.kind == "welfare" or command.welfare_concern
    overridden = settle(_against_silence(welfare=welfare, offer=command.offer), command.historic, by)
    return (
        EncounterRecorded(
            at=command.at,
            encounter=command.encounter,
            person=command.person,
            kind=command.kind,
            by_agency=by.agency,
            officer=issuer_of(by, command.officer),
            asb_type=command.asb_type,
            qualifier=command.qualifier,
            area=command.area,
            coercion_suspected=command.coercion_suspected,
            welfare_concern=command.welfare_concern,
            offer=command.offer,
            offer_taken=command.offer_taken,
            place=command.place,
            facts_observed=command.facts_observed,
            opinions=command.opinions,
            **named(command.historic, overridden),
        ),
    )


def correct(command: CorrectEncounter, mine: Encounters, by: Actor) -> Facts:
    """A correction appends; the same correction again adds nothing; what is void is not corrected."""
    known = found(mine.get(command.encounter))
    if command.at in known.corrected_at:
        return ()
    if known.voided:
        raise Conflict(encounter=command.encounter)
    kind = command.kind or known.kind
    concern = known.welfare_concern if command.welfare_concern is None else command.welfare_concern
    settle(_against_silence(welfare=kind == "welfare" or concern, offer=command.offer or known.offer), None, by)
    return (
        EncounterCorrected(
            at=command.at,
            encounter=command.encounter,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
            kind=command.kind,
            asb_type=command.asb_type,
            qualifier=command.qualifier,
            area=command.area,
            coercion_suspected=command.coercion_suspected,
            welfare_concern=command.welfare_concern,
            offer=command.offer,
            offer_taken=command.offer_taken,
            place=command.place,
            facts_observed=command.facts_observed,
            opinions=command.opinions,
        ),
    )


def void(command: VoidEncounter, mine: Encounters, by: Actor) -> Facts:
    """A voided encounter counts no longer; voiding it again adds nothing."""
    known = found(mine.get(command.encounter))
    if known.voided:
        return ()
    return (
        EncounterVoided(
            at=command.at,
            encounter=command.encounter,
            person=command.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def _against_silence(*, welfare: bool, offer: Offer | None) -> Iterator[Refusal]:
    if welfare and offer is None:
        yield WelfareWithoutOffer()
