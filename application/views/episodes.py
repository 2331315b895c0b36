"""Street work: encounters, episodes with where a person stands on the ladder and why, instruments, restrictions."""

import datetime as dt
from typing import Literal

import msgspec

from application.ports import Recorded
from application.views.view import Place, View, by, its_person
from domain.actors import Role
from domain.codes import AsbQualifier, AsbType, EncounterKind, EpisodeOutcome, InstrumentKind, ScreenResult
from domain.engagement.encounter import EncounterCorrected, EncounterRecorded, EncounterVoided, Offer
from domain.engagement.encounter import VoidReason as EncounterVoidReason
from domain.engagement.episode import (
    DeclineReason,
    EpisodeClosed,
    EpisodeOpened,
    EpisodePaused,
    EpisodeResumed,
    EscalationAuthorised,
    EscalationDeclined,
    EscalationProposed,
    EscalationRefused,
    Ground,
    PauseReason,
    SteppedDown,
    TicketIssued,
    TicketVoided,
    Told,
)
from domain.engagement.episode import VoidReason as TicketVoidReason
from domain.engagement.instrument import (
    AppealDetermined,
    AppealGround,
    AppealResult,
    AppealRightsExplained,
    EndReason,
    InstrumentAppealed,
    InstrumentAuthorised,
    InstrumentBreached,
    InstrumentDrafted,
    InstrumentEnded,
    InstrumentRecorded,
    InstrumentServed,
    InstrumentVaried,
    InstrumentVoided,
    InstrumentWithdrawn,
)
from domain.engagement.ladder import Meaning
from domain.engagement.restrictions import RestrictionLifted, RestrictionRecorded, RestrictionSource
from domain.facts import Fact, Instant, IntelligenceText, declared
from domain.ids import (
    AgencyId,
    EncounterId,
    EpisodeId,
    InstrumentId,
    LadderId,
    PersonId,
    RestrictionId,
    TicketId,
    WorkerId,
)


def _utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat()


def _named(agencies: tuple[AgencyId, ...], fact: Fact) -> tuple[AgencyId, ...]:
    """The parties so far and those that a fact names."""
    for name in declared(type(fact)).agencies:
        value: AgencyId | tuple[AgencyId, ...] | None = getattr(fact, name)
        if isinstance(value, str):
            if value not in agencies:
                agencies = (*agencies, value)
        elif value:
            agencies = tuple(dict.fromkeys((*agencies, *value)))
    return agencies


class EncounterRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An encounter as it is known now; what was corrected stands in the timeline."""

    position: int
    encounter: EncounterId
    person: PersonId
    kind: EncounterKind
    happened: Instant
    officer: WorkerId | None
    by_agency: AgencyId
    agencies: tuple[AgencyId, ...]
    asb_type: AsbType | None = None
    qualifier: AsbQualifier | None = None
    area: str | None = None
    coercion_suspected: bool = False
    welfare_concern: bool = False
    offer: Offer | None = None
    offer_taken: bool | None = None
    offer_by_agency: AgencyId | None = None
    overridden: tuple[str, ...] = ()
    corrections: int = 0
    voided: EncounterVoidReason | None = None
    place: IntelligenceText = None
    facts_observed: IntelligenceText = None
    opinions: IntelligenceText = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The agencies that its facts name."""
        return frozenset(self.agencies)


def evolve_encounter(row: EncounterRow | None, recorded: Recorded, _key: str) -> EncounterRow | None:
    """An encounter after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, EncounterRecorded):
        return EncounterRow(
            position=position,
            encounter=fact.encounter,
            person=fact.person,
            kind=fact.kind,
            happened=fact.at,
            officer=fact.officer,
            by_agency=fact.by_agency,
            agencies=(fact.by_agency,),
            asb_type=fact.asb_type,
            qualifier=fact.qualifier,
            area=fact.area,
            coercion_suspected=fact.coercion_suspected,
            welfare_concern=fact.welfare_concern,
            offer=fact.offer,
            offer_taken=fact.offer_taken,
            offer_by_agency=None if fact.offer is None else fact.by_agency,
            overridden=fact.overridden,
            place=fact.place,
            facts_observed=fact.facts_observed,
            opinions=fact.opinions,
        )
    if row is None:
        return None
    agencies = _named(row.agencies, fact)
    if isinstance(fact, EncounterVoided):
        return msgspec.structs.replace(row, position=position, agencies=agencies, voided=fact.reason)
    assert isinstance(fact, EncounterCorrected)
    given = {name: value for name in CORRECTABLE if (value := getattr(fact, name)) is not None}
    if fact.offer is not None:
        given["offer_by_agency"] = fact.by_agency
    corrections = row.corrections + 1
    return msgspec.structs.replace(row, position=position, agencies=agencies, corrections=corrections, **given)


CORRECTABLE = (
    "kind",
    "asb_type",
    "qualifier",
    "area",
    "coercion_suspected",
    "welfare_concern",
    "offer",
    "offer_taken",
    "place",
    "facts_observed",
    "opinions",
)


ENCOUNTERS: View[EncounterRow] = View(
    name="encounter",
    version=2,
    row=EncounterRow,
    facts=frozenset({EncounterRecorded, EncounterCorrected, EncounterVoided}),
    keys=by("encounter"),
    evolve=evolve_encounter,
    about=its_person,
    places=lambda row: (Place(f"person:{row.person}", _utc(row.happened)),),
)


class Ticket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A ticket of an episode, and what led to it."""

    ticket: TicketId
    step: str
    rank: int
    meaning: Meaning
    happened: Instant
    recorded: Instant
    officer: WorkerId | None
    by_agency: AgencyId
    ground: Ground
    serial: str | None = None
    encounters: tuple[EncounterId, ...] = ()
    skipped: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    authorised_by: WorkerId | None = None
    screen: ScreenResult | None = None
    instrument: InstrumentId | None = None
    instrument_kind: InstrumentKind | None = None
    offers_hub: bool = False
    language: str | None = None
    read_aloud: bool = False
    interpreter: bool = False
    understood: bool | None = None
    area: str | None = None
    lapses_on: dt.date | None = None
    voided: TicketVoidReason | None = None
    told: Told | None = None


class StepDown(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A step down the ladder."""

    step: str | None
    rank: int
    happened: Instant
    by_worker: WorkerId
    by_agency: AgencyId


class Proposal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A step that was proposed, and what became of it."""

    step: str
    ground: Ground
    happened: Instant
    by_worker: WorkerId
    by_agency: AgencyId
    encounters: tuple[EncounterId, ...] = ()
    screen: ScreenResult | None = None
    authorised_by: WorkerId | None = None
    authorised_as: Role | None = None
    declined_by: WorkerId | None = None
    declined_for: DeclineReason | None = None


class RefusedStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A step that a rule forbade: the code of the rule, who asked, and when."""

    step: str
    guard: str
    happened: Instant
    by_worker: WorkerId
    by_agency: AgencyId


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the person stands on the ladder, and why: which ticket or step down it comes from, and what that rested on.

    No `step` and a rank of -1: on no step.
    """

    step: str | None
    rank: int
    since: Instant | None = None
    because: Literal["no-ticket", "ticket", "stepped-down"] = "no-ticket"
    ticket: TicketId | None = None
    ground: Ground | None = None
    encounters: tuple[EncounterId, ...] = ()
    screen: ScreenResult | None = None
    authorised_by: WorkerId | None = None
    decided_by: WorkerId | None = None
    skipped: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    voided_tickets: tuple[TicketId, ...] = ()


class EpisodeRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An episode with its position on the pinned ladder and the reason for it, refused steps included."""

    position: int
    episode: EpisodeId
    person: PersonId
    operation: str
    ladder: LadderId
    ladder_version: int
    opened_at: Instant
    by_agency: AgencyId
    agencies: tuple[AgencyId, ...]
    standing: Standing = Standing(step=None, rank=-1)
    tickets: tuple[Ticket, ...] = ()
    steps_down: tuple[StepDown, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    refused: tuple[RefusedStep, ...] = ()
    paused_for: PauseReason | None = None
    paused_at: Instant | None = None
    paused_by_agency: AgencyId | None = None
    closed_at: Instant | None = None
    closed_by_agency: AgencyId | None = None
    outcome: EpisodeOutcome | None = None
    childrens_services_informed: dt.date | None = None
    overridden: tuple[str, ...] = ()

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The agencies that its facts name."""
        return frozenset(self.agencies)


def standing_of(tickets: tuple[Ticket, ...], steps_down: tuple[StepDown, ...]) -> Standing:
    """Where the tickets that count and the steps down come to, in the order in which they happened."""
    voided = tuple(one.ticket for one in tickets if one.voided is not None)
    stands = Standing(step=None, rank=-1, voided_tickets=voided)
    moves: list[Ticket | StepDown] = [one for one in tickets if one.voided is None]
    for move in sorted((*moves, *steps_down), key=lambda one: (one.happened, isinstance(one, Ticket))):
        match move:
            case Ticket() if move.rank >= stands.rank:
                stands = Standing(
                    step=move.step,
                    rank=move.rank,
                    since=move.happened,
                    because="ticket",
                    ticket=move.ticket,
                    ground=move.ground,
                    encounters=move.encounters,
                    screen=move.screen,
                    authorised_by=move.authorised_by,
                    decided_by=move.officer,
                    skipped=move.skipped,
                    overridden=move.overridden,
                    voided_tickets=voided,
                )
            case StepDown() if move.rank < stands.rank:
                stands = Standing(
                    step=move.step,
                    rank=move.rank,
                    since=move.happened,
                    because="stepped-down",
                    decided_by=move.by_worker,
                    voided_tickets=voided,
                )
            case _:
                pass
    return stands


def evolve_episode(row: EpisodeRow | None, recorded: Recorded, _key: str) -> EpisodeRow | None:
    """An episode after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, EpisodeOpened):
        return EpisodeRow(
            position=position,
            episode=fact.episode,
            person=fact.person,
            operation=fact.operation,
            ladder=fact.ladder,
            ladder_version=fact.ladder_version,
            opened_at=fact.at,
            by_agency=fact.by_agency,
            agencies=(fact.by_agency,),
            childrens_services_informed=fact.childrens_services_informed,
            overridden=fact.overridden,
        )
    if row is None:
        return None
    agencies = _named(row.agencies, fact)
    return msgspec.structs.replace(row, position=position, agencies=agencies, **_moved(row, fact, recorded))


def _moved(row: EpisodeRow, fact: Fact, recorded: Recorded) -> dict[str, object]:
    match fact:
        case TicketIssued():
            return _standing(row, tickets=(*row.tickets, _ticket(fact, recorded)))
        case TicketVoided():
            tickets = tuple(
                msgspec.structs.replace(one, voided=fact.reason, told=fact.told) if one.ticket == fact.ticket else one
                for one in row.tickets
            )
            return _standing(row, tickets=tickets)
        case SteppedDown():
            down = StepDown(
                step=fact.step,
                rank=fact.rank,
                happened=fact.at,
                by_worker=fact.by_worker,
                by_agency=fact.by_agency,
            )
            return _standing(row, steps_down=(*row.steps_down, down))
        case EscalationProposed():
            proposal = Proposal(
                step=fact.step,
                ground=fact.ground,
                happened=fact.at,
                by_worker=fact.by_worker,
                by_agency=fact.by_agency,
                encounters=fact.encounters,
                screen=fact.screen,
            )
            return {"proposals": (*row.proposals, proposal)}
        case EscalationAuthorised():
            return _answered(row, fact.step, authorised_by=fact.by_worker, authorised_as=fact.by_role)
        case EscalationDeclined():
            return _answered(row, fact.step, declined_by=fact.by_worker, declined_for=fact.reason)
        case EscalationRefused():
            refused = RefusedStep(
                step=fact.step,
                guard=fact.guard,
                happened=fact.at,
                by_worker=fact.by_worker,
                by_agency=fact.by_agency,
            )
            return {"refused": (*row.refused, refused)}
        case EpisodePaused():
            return {"paused_for": fact.reason, "paused_at": fact.at, "paused_by_agency": fact.by_agency}
        case EpisodeResumed():
            return {"paused_for": None, "paused_at": None, "paused_by_agency": None}
        case EpisodeClosed():
            return {"closed_at": fact.at, "outcome": fact.outcome, "closed_by_agency": fact.by_agency}
        case _:
            return {}


def _ticket(fact: TicketIssued, recorded: Recorded) -> Ticket:
    return Ticket(
        ticket=fact.ticket,
        step=fact.step,
        rank=fact.rank,
        meaning=fact.meaning,
        happened=fact.at,
        recorded=recorded.envelope.recorded,
        officer=fact.officer,
        by_agency=fact.by_agency,
        ground=fact.ground,
        serial=fact.serial,
        encounters=fact.encounters,
        skipped=fact.skipped,
        overridden=fact.overridden,
        override_by=fact.override_by,
        authorised_by=fact.authorised_by,
        screen=fact.screen,
        instrument=fact.instrument,
        instrument_kind=fact.instrument_kind,
        offers_hub=fact.offers_hub,
        language=fact.language,
        read_aloud=fact.read_aloud,
        interpreter=fact.interpreter,
        understood=fact.understood,
        area=fact.area,
        lapses_on=fact.lapses_on,
    )


def _standing(
    row: EpisodeRow, tickets: tuple[Ticket, ...] | None = None, steps_down: tuple[StepDown, ...] | None = None
) -> dict[str, object]:
    tickets = row.tickets if tickets is None else tickets
    steps_down = row.steps_down if steps_down is None else steps_down
    return {"tickets": tickets, "steps_down": steps_down, "standing": standing_of(tickets, steps_down)}


def _answered(row: EpisodeRow, step: str, **answer: object) -> dict[str, object]:
    """The answer to the latest proposal of a step that had none."""
    proposals = list(row.proposals)
    for index in reversed(range(len(proposals))):
        one = proposals[index]
        if one.step == step and one.authorised_by is None and one.declined_by is None:
            proposals[index] = msgspec.structs.replace(one, **answer)
            break
    return {"proposals": tuple(proposals)}


def _places_of_episode(row: EpisodeRow) -> tuple[Place, ...]:
    open_ones = () if row.closed_at else (Place("episodes/open", _utc(row.opened_at)),)
    return (Place(f"person:{row.person}", _utc(row.opened_at)), *open_ones)


EPISODES: View[EpisodeRow] = View(
    name="episode",
    version=2,
    row=EpisodeRow,
    facts=frozenset(
        {
            EpisodeOpened,
            TicketIssued,
            TicketVoided,
            SteppedDown,
            EscalationProposed,
            EscalationAuthorised,
            EscalationDeclined,
            EscalationRefused,
            EpisodePaused,
            EpisodeResumed,
            EpisodeClosed,
        }
    ),
    keys=by("episode"),
    evolve=evolve_episode,
    about=its_person,
    places=_places_of_episode,
)

InstrumentStatus = Literal[
    "drafted", "authorised", "served", "recorded", "appealed", "quashed", "withdrawn", "ended", "voided"
]


class Breach(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A breach of an instrument."""

    happened: Instant
    condition: Literal["prohibition", "requirement"]
    officer: WorkerId
    by_agency: AgencyId
    facts_observed: IntelligenceText = None


class InstrumentRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An instrument and how it stands."""

    position: int
    instrument: InstrumentId
    person: PersonId
    kind: InstrumentKind
    status: InstrumentStatus
    by_agency: AgencyId
    agencies: tuple[AgencyId, ...]
    drafted_at: Instant | None = None
    authorised_by: WorkerId | None = None
    issued_on: dt.date | None = None
    officer: WorkerId | None = None
    episode: EpisodeId | None = None
    ticket: TicketId | None = None
    application: InstrumentId | None = None
    conduct: tuple[AsbType, ...] = ()
    prohibitions: int = 0
    requirements: int = 0
    supervisors: tuple[AgencyId, ...] = ()
    forbids: tuple[str, ...] = ()
    comply_by: dt.date | None = None
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    indefinite: bool = False
    appeal_by: dt.date | None = None
    explains: tuple[int, ...] = ()
    informed_first: tuple[AgencyId, ...] = ()
    paper: bool = False
    language: str | None = None
    appeal_explained_in: tuple[str, ...] = ()
    appealed_at: Instant | None = None
    appeal_grounds: tuple[AppealGround, ...] = ()
    appeal_result: AppealResult | None = None
    breaches: tuple[Breach, ...] = ()
    ended_at: Instant | None = None
    end_reason: EndReason | None = None
    overridden: tuple[str, ...] = ()
    conditions: IntelligenceText = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The agencies that its facts name."""
        return frozenset(self.agencies)


_COPIED = {
    InstrumentDrafted: (
        "conduct",
        "prohibitions",
        "requirements",
        "supervisors",
        "forbids",
        "comply_by",
        "ends_on",
        "review_on",
        "explains",
        "informed_first",
        "paper",
        "overridden",
        "conditions",
        "episode",
    ),
    InstrumentRecorded: (
        "issued_on",
        "officer",
        "episode",
        "ticket",
        "authorised_by",
        "application",
        "supervisors",
        "forbids",
        "ends_on",
        "review_on",
        "indefinite",
        "paper",
        "overridden",
        "conditions",
    ),
    InstrumentVaried: (
        "prohibitions",
        "requirements",
        "supervisors",
        "forbids",
        "ends_on",
        "review_on",
        "conditions",
    ),
}
_COPIED[InstrumentServed] = (
    *_COPIED[InstrumentDrafted],
    "issued_on",
    "officer",
    "ticket",
    "authorised_by",
    "appeal_by",
    "language",
)


def evolve_instrument(row: InstrumentRow | None, recorded: Recorded, _key: str) -> InstrumentRow | None:
    """An instrument after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if row is None:
        if not isinstance(fact, InstrumentDrafted | InstrumentServed | InstrumentRecorded):
            return None
        row = InstrumentRow(
            position=position,
            instrument=fact.instrument,
            person=fact.person,
            kind=fact.kind,
            status="drafted",
            by_agency=fact.by_agency,
            agencies=(),
        )
    changes = {name: getattr(fact, name) for name in _COPIED.get(type(fact), ())}
    if changes.get("authorised_by", True) is None:
        del changes["authorised_by"]  # who authorised the draft stays
    changes.update(_became(row, fact))
    return msgspec.structs.replace(row, position=position, agencies=_named(row.agencies, fact), **changes)


def _became(row: InstrumentRow, fact: Fact) -> dict[str, object]:
    match fact:
        case InstrumentDrafted():
            return {"drafted_at": fact.at}
        case InstrumentAuthorised():
            return {"status": "authorised", "authorised_by": fact.by_worker}
        case InstrumentServed():
            return {"status": "served"}
        case InstrumentRecorded():
            return {"status": "recorded"}
        case AppealRightsExplained():
            return {"appeal_explained_in": tuple(dict.fromkeys((*row.appeal_explained_in, fact.language)))}
        case InstrumentAppealed():
            return {"status": "appealed", "appealed_at": fact.at, "appeal_grounds": fact.grounds}
        case AppealDetermined():
            return {"status": "quashed" if fact.result == "quashed" else "served", "appeal_result": fact.result}
        case InstrumentBreached():
            breach = Breach(
                happened=fact.at,
                condition=fact.condition,
                officer=fact.officer,
                by_agency=fact.by_agency,
                facts_observed=fact.facts_observed,
            )
            return {"breaches": (*row.breaches, breach)}
        case InstrumentWithdrawn():
            return {"status": "withdrawn", "ended_at": fact.at}
        case InstrumentEnded():
            return {"status": "ended", "ended_at": fact.at, "end_reason": fact.reason}
        case InstrumentVoided():
            return {"status": "voided", "ended_at": fact.at}
        case _:
            return {}


def _places_of_instrument(row: InstrumentRow) -> tuple[Place, ...]:
    at = row.issued_on.isoformat() if row.issued_on else _utc(row.drafted_at) if row.drafted_at else ""
    live = row.ended_at is None and row.status != "quashed"
    agency = (Place(f"agency:{row.by_agency}/instruments", f"{row.review_on or row.ends_on or ''}"),) if live else ()
    return (Place(f"person:{row.person}", at), *agency)


INSTRUMENTS: View[InstrumentRow] = View(
    name="instrument",
    version=1,
    row=InstrumentRow,
    facts=frozenset(
        {
            InstrumentDrafted,
            InstrumentAuthorised,
            InstrumentServed,
            InstrumentRecorded,
            AppealRightsExplained,
            InstrumentAppealed,
            AppealDetermined,
            InstrumentBreached,
            InstrumentVaried,
            InstrumentWithdrawn,
            InstrumentEnded,
            InstrumentVoided,
        }
    ),
    keys=by("instrument"),
    evolve=evolve_instrument,
    about=its_person,
    places=_places_of_instrument,
)


class RestrictionRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where somebody may not be, and until when."""

    position: int
    restriction: RestrictionId
    person: PersonId
    source: RestrictionSource
    forbids: tuple[str, ...]
    by_agency: AgencyId
    agencies: tuple[AgencyId, ...]
    since: Instant
    until: Instant | None = None
    lifted_at: Instant | None = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The agencies that its facts name."""
        return frozenset(self.agencies)


def evolve_restriction(row: RestrictionRow | None, recorded: Recorded, _key: str) -> RestrictionRow | None:
    """A restriction after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    match fact:
        case RestrictionRecorded():
            return RestrictionRow(
                position=position,
                restriction=fact.restriction,
                person=fact.person,
                source=fact.source,
                forbids=fact.forbids,
                by_agency=fact.by_agency,
                agencies=(fact.by_agency,),
                since=fact.at,
                until=fact.until,
            )
        case RestrictionLifted() if row is not None:
            agencies = _named(row.agencies, fact)
            return msgspec.structs.replace(row, position=position, agencies=agencies, lifted_at=fact.at)
        case _:
            return row


RESTRICTIONS: View[RestrictionRow] = View(
    name="restriction",
    version=1,
    row=RestrictionRow,
    facts=frozenset({RestrictionRecorded, RestrictionLifted}),
    keys=by("restriction"),
    evolve=evolve_restriction,
    about=its_person,
    places=lambda row: (Place(f"person:{row.person}", _utc(row.since)),),
)
