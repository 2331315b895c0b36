"""An encounter: a recorded street contact, for behaviour or for welfare, with facts and opinions told apart."""

from typing import Annotated, Literal

from domain.codes import AsbQualifier, AsbType, EncounterKind
from domain.engagement.overrides import AreaCode, Override, OverrideReason, Said, Where
from domain.facts import Command, Fact, IntelligenceText, Slug
from domain.ids import AgencyId, EncounterId, PersonId, WorkerId

Offer = Literal["hub", "outreach", "shelter", "health", "food-and-shower", "other"]
"""What was offered to somebody there and then."""
VoidReason = Literal["recorded-twice", "wrong-person", "did-not-happen", "wrongly-issued", "other"]


class EncounterRecorded(Fact, type="encounter-recorded", version=1, tags=("encounter", "person")):
    """Somebody was met in the street. `officer` is who met them."""

    encounter: EncounterId
    person: PersonId
    kind: EncounterKind
    officer: WorkerId
    by_agency: AgencyId
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
