"""One partnership with its people, as the stories of street work find it."""

# ruff: noqa: ANN401 - the fields of a fact or command, given on

import datetime as dt
from typing import Any

from domain.actors import Actor, Role
from domain.engagement.encounter import EncounterRecorded, RecordEncounter
from domain.engagement.episode import EpisodeOpened, TicketIssued
from domain.engagement.hub_session import InvitationMade, SessionScheduled
from domain.engagement.instrument import InstrumentServed
from domain.engagement.issuing import IssueTicket
from domain.engagement.ladder import Ladder, LadderAdopted, Step
from domain.engagement.published_ladders import CAMBRIDGESHIRE
from domain.facts import Fact
from domain.governance.agency import AgencyRegistered
from domain.ids import (
    AgencyId,
    EncounterId,
    EpisodeId,
    InstrumentId,
    InvitationId,
    LadderId,
    PartnershipId,
    PersonId,
    SessionId,
    TicketId,
    WorkerId,
)
from domain.people.person import PersonRegistered
from tests.scenario import When, given, london, sharing_agreement

POLICE = AgencyId("cambs-police")
COUNCIL = AgencyId("fenland-council")
CGL = AgencyId("change-grow-live")
ADA, BOB = PersonId("ada"), PersonId("bob")
EPISODE = EpisodeId("ep-1")
HUB = SessionId("hub-march")
START = london("2026-01-05T09:00")


def worker(name: str, role: Role, agency: AgencyId = POLICE) -> Actor:
    return Actor(worker=WorkerId(name), agency=agency, role=role, partnership=PartnershipId("fenland"))


CONSTABLE = worker("pc-1", "constable")
COLLEAGUE = worker("pc-2", "constable")
PCSO = worker("pcso-1", "pcso")
SERGEANT = worker("sgt-1", "supervisor")
COUNCIL_OFFICER = worker("co-1", "council-officer", COUNCIL)
COORDINATOR = worker("hub-1", "hub-coordinator", COUNCIL)
CGL_WORKER = worker("cgl-1", "agency-worker", CGL)
SYSTEM = worker("system", "system", AgencyId("hub"))

AGENCIES: tuple[Fact, ...] = (
    AgencyRegistered(at=START, agency=POLICE, name="Police", kind="police"),
    AgencyRegistered(at=START, agency=COUNCIL, name="Fenland", kind="district-council"),
    AgencyRegistered(at=START, agency=CGL, name="Change Grow Live", kind="drug-and-alcohol"),
    sharing_agreement(POLICE, COUNCIL, CGL),
)


def adopted(ladder: Ladder, at: dt.datetime = START) -> LadderAdopted:
    return LadderAdopted(
        at=at,
        ladder=ladder.ladder,
        ladder_version=ladder.version,
        operation=ladder.operation,
        steps=ladder.steps,
        missed_session_escalates=ladder.missed_session_escalates,
        refused_consent_escalates=ladder.refused_consent_escalates,
        first_step_needs_encounter=ladder.first_step_needs_encounter,
        source=ladder.source,
    )


def registered(person: PersonId = ADA, agency: AgencyId = POLICE, **more: Any) -> PersonRegistered:
    return PersonRegistered(
        at=START, person=person, reference=f"REF-{person.upper()}", by_agency=agency, identity="unknown", **more
    )


def opened(at: str = "2026-02-01T10:00", person: PersonId = ADA, episode: EpisodeId = EPISODE, **more: Any) -> Fact:
    return EpisodeOpened(
        **{
            "at": london(at),
            "episode": episode,
            "person": person,
            "operation": "Operation Luscombe",
            "ladder": CAMBRIDGESHIRE.ladder,
            "ladder_version": 1,
            "by_worker": CONSTABLE.worker,
            "by_agency": POLICE,
            **more,
        }
    )


def met(at: str, name: str = "", person: PersonId = ADA, **more: Any) -> EncounterRecorded:
    """Somebody was met, by default for street drinking."""
    fields = {"kind": "asb", "asb_type": "street-drinking", **more}
    return EncounterRecorded(
        at=london(at),
        encounter=EncounterId(name or f"met-{at[:10]}"),
        person=person,
        by_agency=POLICE,
        officer=CONSTABLE.worker,
        **fields,
    )


def meet(at: str, name: str = "met", **more: Any) -> RecordEncounter:
    fields = {"kind": "asb", "asb_type": "street-drinking", "person": ADA, **more}
    return RecordEncounter(at=london(at), encounter=EncounterId(name), **fields)


def ticket(at: str, step: str, rank: int, name: str = "", **more: Any) -> TicketIssued:
    """A ticket of the Cambridgeshire ladder."""
    fields = {
        "episode": EPISODE,
        "person": ADA,
        "operation": "Operation Luscombe",
        "ladder": CAMBRIDGESHIRE.ladder,
        "meaning": "invitation" if rank == 0 else "warning",
        "by_agency": POLICE,
        "officer": CONSTABLE.worker,
        "offers_hub": True,
        **more,
    }
    return TicketIssued(at=london(at), ticket=TicketId(name or f"t-{step}"), step=step, rank=rank, **fields)


def served(at: str, kind: str = "cpw", name: str = "", **more: Any) -> InstrumentServed:
    """An instrument was served; by default a warning for street drinking, with a fortnight to comply."""
    when = london(at)
    fields: dict[str, Any] = {
        "conduct": ("street-drinking",),
        "comply_by": when.date() + dt.timedelta(days=14),
        "review_on": when.date() + dt.timedelta(days=180),
        "person": ADA,
        **more,
    }
    return InstrumentServed(
        at=when,
        instrument=InstrumentId(name or f"i-{kind}"),
        kind=kind,  # type: ignore[arg-type]
        officer=CONSTABLE.worker,
        by_agency=POLICE,
        issued_on=when.date(),
        **fields,
    )


def session(day: str = "2026-03-10", name: SessionId = HUB, **more: Any) -> SessionScheduled:
    starts = london(f"{day}T10:00")
    fields = {"area": "E07000010", "venue": "queen-mary-centre", "expected": (CGL,), **more}
    return SessionScheduled(
        at=START,
        session=name,
        on=starts.date(),
        starts=starts,
        ends=starts + dt.timedelta(hours=3),
        place="Queen Mary Centre",
        by_agency=COUNCIL,
        **fields,
    )


def invited(at: str, person: PersonId = ADA, name: SessionId = HUB, **more: Any) -> InvitationMade:
    return InvitationMade(
        at=london(at),
        invitation=InvitationId(f"inv-{person}-{name}"),
        person=person,
        session=name,
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
        **more,
    )


def issue(at: str, step: str, name: str = "t-new", **more: Any) -> IssueTicket:
    return IssueTicket(**{"at": london(at), "ticket": TicketId(name), "episode": EPISODE, "step": step, **more})


def known(*facts: Fact, **person: Any) -> When:
    """The partnership with its ladder and Ada, and what happened since."""
    return given(*AGENCIES, adopted(CAMBRIDGESHIRE), registered(**person), *facts)


STRICT = Ladder(
    ladder=LadderId("strict"),
    version=1,
    operation="Operation Luscombe",
    steps=(
        Step(step="green", label="Green", meaning="invitation", offers_hub=True),
        Step(step="amber", label="Amber", offers_hub=True, authorised_by=("supervisor",)),
        Step(step="red", label="Red", meaning="exclusion", offers_hub=False, lasts_months=3),
    ),
    first_step_needs_encounter=True,
)
"""A ladder that a partnership could adopt: amber needs a supervisor, red offers no hub."""


def on_strict(*facts: Fact, ladder: Ladder = STRICT, **person: Any) -> When:
    """The same partnership on another ladder, with Ada's episode open."""
    return given(*AGENCIES, adopted(ladder), registered(**person), opened(ladder=ladder.ladder), *facts)
