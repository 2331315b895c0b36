"""What a demo has in it: the published cases as synthetic people, a little of the present day, and its workers."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from api.demo_keeping import KEEPS_IN, keep_and_erase
from api.demo_life import NEIGHBOURS, live, neighbours, offer_somebody
from api.demo_panel import CHAIR, LAY, SITS_IN, Sitting
from api.demo_rights import ASKED_IN, ask_and_complain
from api.sheets import import_sheet
from api.wiring import write_sheet
from application.contact_sheet import COLUMNS
from application.identity import SECRET_BYTES, Token, TokenId, digest, written
from application.published import sheets
from application.published.partnerships import PARTNERSHIPS
from domain.actors import Actor, Role
from domain.ids import AgencyId, PartnershipId, WorkerId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from api.hub import Hub
    from application.published.sheets import Row

TOKEN_DAYS: Final = 7
BENCHES: Final = PartnershipId("peterborough")

WORKERS: Final[tuple[tuple[str, str, Role], ...]] = (
    ("coordinator", "csp", "hub-coordinator"),
    ("administrator", "csp", "administrator"),
    ("privacy-officer", "csp", "privacy-officer"),
    ("safeguarding-lead", "csp", "safeguarding-lead"),
    ("officer", "police", "constable"),
    ("treatment-worker", "drug-and-alcohol-service", "agency-worker"),
    ("housing-officer", "district-council", "agency-worker"),
    ("work-coach", "dwp", "agency-worker"),
    ("nurse", "health", "agency-worker"),
    ("support-worker", "housing-association", "agency-worker"),
)
"""The demo's workers: of one agency each, in one role."""
PANEL: Final[tuple[tuple[str, str, Role], ...]] = tuple((one, "csp", "panel-member") for one in (CHAIR, *LAY))
"""Who sits on the scrutiny panel, in the partnership that has one."""


class DemoToken(msgspec.Struct, frozen=True):
    """A token that opens the demo as one of its workers, for a week."""

    worker: str
    agency: str
    role: Role
    partnership: str
    token: str


class Loaded(msgspec.Struct, frozen=True):
    """What was loaded, and how to look at it first."""

    token: str
    path: str
    words: str
    tokens: tuple[DemoToken, ...]


async def load(hub: Hub, progress: Callable[[str], None]) -> Loaded:
    """Load what is not there yet, and make tokens for this run of the demo."""
    people = rows = 0
    for name, partnership, ladder, sheet in _cases():
        summary = await load_case(hub, name, partnership, ladder, sheet)
        rows += summary[0]
        people += summary[1]
        progress(f"{name}: {summary[0]} rows new, {summary[2]} known before")
    begun = sum(await asyncio.gather(*(live(hub, workers_of(partnership)) for partnership in PARTNERSHIPS)))
    progress(f"present-day life: {begun} acts new" if begun else "present-day life: lived before")
    for partnership in NEIGHBOURS:
        await neighbours(hub, workers_of(partnership))
    await offer_somebody(hub, workers_of(BENCHES))
    await keep_and_erase(hub, workers_of(KEEPS_IN))
    await ask_and_complain(hub, workers_of(ASKED_IN))
    sat = await Sitting(hub, workers_of(SITS_IN)).sit()
    progress(f"scrutiny panel: {sat} acts new" if sat else "scrutiny panel: sat before")
    tokens = [
        await _token(hub, partnership, worker, agency, role)
        for partnership in PARTNERSHIPS
        for worker, agency, role in workers_in(partnership)
    ]
    first = next(one for one in tokens if one.partnership == BENCHES and one.worker == "treatment-worker")
    words = (
        f"published cases loaded: {rows} rows about {people} synthetic people"
        if rows
        else "published cases: loaded before"
    )
    return Loaded(first.token, "/v1/referrals/incoming?box=ended", words, tuple(tokens))


def _cases() -> list[tuple[str, PartnershipId, str, list[Row]]]:
    cohorts = [(one.cohort, one.partnership, str(one.ladder), sheets.sheet_of(one)) for one in sheets.cohorts()]
    return [*cohorts, ("public-benches", BENCHES, "cambridgeshire-4-step", sheets.benches_sheet())]


async def load_case(
    hub: Hub, name: str, partnership: PartnershipId, ladder: str, rows: list[Row]
) -> tuple[int, int, int]:
    """Through the same import as any sheet: rows applied, people added, rows known before."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        await write_sheet(path, COLUMNS, _each(rows))
        summary, rejects = await import_sheet(hub, path, partnership=partnership, ladder=ladder)
    assert rejects is None, f"{name}: {summary.refused_by_reason}"
    return summary.applied, summary.people_added, summary.already_known


async def _each(rows: list[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


async def _token(hub: Hub, partnership: PartnershipId, worker: str, agency: str, role: Role) -> DemoToken:
    text = written(secrets.token_bytes(SECRET_BYTES))
    now = hub.clock.now()
    actor = demo_worker(partnership, AgencyId(agency), worker, role)
    token = Token(
        id=TokenId(f"t-{secrets.token_hex(6)}"),
        actor=actor,
        label="demo",
        made=now,
        expires=now + dt.timedelta(days=TOKEN_DAYS),
    )
    await hub.tokens.keep(token, digest(text))
    return DemoToken(worker, agency, role, partnership, text)


def workers_in(partnership: PartnershipId) -> tuple[tuple[str, str, Role], ...]:
    """The demo's workers in a partnership: name, agency, role."""
    return (*WORKERS, *PANEL) if partnership == SITS_IN else WORKERS


def workers_of(partnership: PartnershipId) -> dict[str, Actor]:
    """The demo's workers in a partnership, by name."""
    return {
        worker: demo_worker(partnership, AgencyId(agency), worker, role)
        for worker, agency, role in workers_in(partnership)
    }


def demo_worker(partnership: PartnershipId, agency: AgencyId, worker: str, role: Role) -> Actor:
    """A worker of the demo."""
    return Actor(worker=WorkerId(f"demo-{worker}"), agency=agency, role=role, partnership=partnership)
