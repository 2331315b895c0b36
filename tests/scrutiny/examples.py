"""A partnership with a panel: an independent chair, two lay members, and decisions of the police."""

import datetime as dt

from domain.actors import Actor, Role
from domain.engagement.episode import TicketIssued
from domain.facts import Facts
from domain.governance.staff import WorkerPosted
from domain.ids import AgencyId, EpisodeId, LadderId, PanelId, PersonId, RecommendationId, SampleId, TicketId, WorkerId
from domain.scrutiny.draw import commitment_to
from domain.scrutiny.panel import FOUR_WAY, ConvenePanel, PanelConvened
from domain.scrutiny.sample import CastLot, CommitSample, DrawSample, LotCast, Stratum
from tests.governance.partners import CSP, FENLAND, PARTNERS, POLICE
from tests.scenario import LONG_AGO, london

NOON = london("2026-06-01T12:00")
PANEL, SAMPLE = PanelId("panel"), SampleId("sample")
RECOMMENDATION = RecommendationId("recommendation")
SEED = "dice 6 2 5 1 4 3 3 6 1 2 5 5 4 and a feather"
LOT = "forty-two"
GREEN = Stratum(stratum="green", kind="ticket-issued", of="green", take=3)
CPW = Stratum(stratum="cpw", kind="ticket-issued", of="cpw", take=2)


def somebody(role: Role, name: str, agency: AgencyId = CSP) -> Actor:
    return Actor(worker=WorkerId(name), agency=agency, role=role, partnership=FENLAND)


CHAIR, LAY, OTHER = (somebody("panel-member", one) for one in ("chair", "lay", "other"))
ADMINISTRATOR = somebody("administrator", "admin")
OFFICER = somebody("constable", "officer", POLICE)
SUPERVISOR = somebody("supervisor", "sergeant", POLICE)
MEMBERS = frozenset(one.worker for one in (CHAIR, LAY, OTHER))


def posted(*actors: Actor) -> Facts:
    return tuple(WorkerPosted(at=LONG_AGO, worker=one.worker, agency=one.agency, role=one.role) for one in actors)


def ticket(number: int, step: str = "green", officer: str = "officer", days_ago: int = 30) -> TicketIssued:
    return TicketIssued(
        at=NOON - dt.timedelta(days=days_ago),
        ticket=TicketId(f"t-{step}-{number}"),
        episode=EpisodeId(f"e-{number}"),
        person=PersonId(f"p-{number}"),
        operation="luscombe",
        ladder=LadderId("luscombe"),
        step=step,
        rank=0,
        meaning="invitation",
        by_agency=POLICE,
        officer=WorkerId(officer),
    )


TICKETS: Facts = (*(ticket(n) for n in range(12)), *(ticket(n, "cpw") for n in range(5)))
CONVENE = ConvenePanel(at=NOON, panel=PANEL, name="Luscombe panel", chair=CHAIR.worker, members=MEMBERS)
CONVENED = PanelConvened(
    at=NOON,
    panel=PANEL,
    name="Luscombe panel",
    chair=CHAIR.worker,
    members=MEMBERS,
    redaction="coded",
    grades=FOUR_WAY,
)
COMMIT = CommitSample(
    at=NOON,
    panel=PANEL,
    sample=SAMPLE,
    question="Were tickets fair?",
    commitment=commitment_to(SEED),
    strata=(GREEN, CPW),
    from_date=dt.date(2026, 4, 1),
    to_date=dt.date(2026, 5, 31),
)
CAST = CastLot(at=NOON, panel=PANEL, sample=SAMPLE, lot=LOT)
LOT_CAST = LotCast(at=NOON, panel=PANEL, sample=SAMPLE, by_worker=LAY.worker, lot=LOT)
DRAW = DrawSample(at=NOON, panel=PANEL, sample=SAMPLE, seed=SEED)
SITTING = PARTNERS.and_given(*posted(CHAIR, LAY, OTHER, ADMINISTRATOR, OFFICER, SUPERVISOR), *TICKETS, CONVENED)
