"""The sheet is given back: rows as they stood, a row for everything entered since, and it can be imported elsewhere."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from api import sheets
from application.access import NotShown
from application.ports import Append, Appended, LogUnavailable, log_of
from application.published.partnerships import coordinator
from application.sheet_acts import sheet_id
from application.sheet_export import SheetExport
from domain.actors import Actor
from domain.engagement.encounter import RecordEncounter, VoidEncounter
from domain.facts import Command, QueryItem, Sealed
from domain.governance.access import Exported
from domain.governance.contact_sheet import SheetRowImported
from domain.governance.partnership import SetLegalProfile
from domain.ids import (
    AgencyId,
    DetailId,
    EncounterId,
    MergeId,
    PartnershipId,
    PersonId,
    ProcessingRestrictionId,
    ReferralId,
    WorkerId,
)
from domain.people.merging import DecideMerge, ProposeMerge
from domain.people.registering import IdentifyPerson, RegisterPerson
from domain.rights.restriction import RestrictProcessing
from domain.support.referral import AcceptReferral
from tests.application.sheet_world import FENLAND, Row, SheetWorld, green, met, row, sheet_world

pytestmark = pytest.mark.anyio

PETERBOROUGH = PartnershipId("peterborough")
OFFICER = Actor(
    worker=WorkerId("pc-2"), agency=AgencyId("police"), role="constable", partnership=FENLAND, by_command_line=True
)
NURSE = Actor(
    worker=WorkerId("nurse"), agency=AgencyId("health"), role="agency-worker", partnership=FENLAND, by_command_line=True
)
THEN = dt.datetime(2024, 6, 3, 10, tzinfo=dt.UTC)


@pytest.fixture
async def world() -> AsyncIterator[SheetWorld]:
    async with sheet_world() as made:
        yield made


def nobody_asked() -> str:
    raise AssertionError("nothing asks for a reason here")


async def exported(world: SheetWorld, sheet: str | None = None) -> list[Row]:
    hub = world.hub
    export = SheetExport(hub.decider.log, hub.codec, hub.unsealer)
    named = None if sheet is None else sheet_id(hub.pseudonym, FENLAND, sheet)
    return [one async for one in export.rows(FENLAND, NotShown(), named)]


async def does(world: SheetWorld, by: Actor, *act: Command) -> None:
    await world.hub.decider.decide(act, by)


def row_key(world: SheetWorld, row_id: str) -> str:
    return world.hub.pseudonym("row", FENLAND, "hub", row_id)


SHEET = (
    met("2024-05-13", row_id="R1", given_name="Anna", family_name="Synthetic", note="by the bench"),
    green("2024-05-13", row_id="R2", serial="A1"),
    row("instrument", "2024-05-14", instrument="fpn", worker="PC 1", row_id="R3", screen="none"),
    row("invitation", "2024-05-14", session="2024-05-22", row_id="R4"),
    row("attendance", "2024-05-22", session="2024-05-22", attended="yes", row_id="R5"),
    row("referral", "2024-05-22", agency="Health", need="gp-registration", row_id="R6"),
    row("outcome", "2024-06-22", outcome="engaged", row_id="R7"),
)


async def test_imported_rows_are_given_back_as_they_stood_and_once(world: SheetWorld) -> None:
    await world.imports(*SHEET)
    assert await exported(world) == list(SHEET)
    assert await exported(world, "hub") == list(SHEET)
    assert await exported(world, "other") == []


async def test_two_sheets_people_and_rows_are_told_apart(world: SheetWorld) -> None:
    await world.imports(met("2024-05-13", row_id="R1"), met("2024-05-13", "P02", row_id="R2"))
    await world.imports(met("2024-05-14", row_id="R1"), sheet="other")
    rows = await exported(world)
    assert len({one["person"] for one in rows}) == 3
    assert len({one["row_id"] for one in rows}) == 3
    assert rows[1] == met("2024-05-13", "P02", row_id="R2")
    assert await exported(world, "other") == [met("2024-05-14", row_id="R1")]


async def test_what_was_voided_since_is_left_out_unless_the_sheet_is_asked_for_as_it_stood(world: SheetWorld) -> None:
    await world.imports(*SHEET)
    void = VoidEncounter(
        at=THEN, encounter=EncounterId(row_key(world, "R1")), person=world.person("P01"), reason="recorded-twice"
    )
    await does(world, coordinator(FENLAND), void)
    assert await exported(world) == list(SHEET[1:])
    assert await exported(world, "hub") == list(SHEET)


async def test_what_was_entered_since_becomes_rows_that_can_be_imported_elsewhere(world: SheetWorld) -> None:
    await world.imports(*SHEET)
    somebody = PersonId("somebody")
    await does(
        world,
        OFFICER,
        RegisterPerson(
            at=THEN, person=somebody, reference="ABC-123", identity="unknown", provisional="no-name-given", sex="male"
        ),
        RecordEncounter(
            at=THEN, encounter=EncounterId("e"), person=somebody, kind="asb", asb_type="begging", place="Station"
        ),
        IdentifyPerson(
            at=THEN,
            person=somebody,
            detail=DetailId("d"),
            identity="stated",
            born=dt.date(1980, 2, 1),
            age_band="35-44",
            age_as_of=dt.date(2024, 6, 3),
        ),
    )
    await does(world, NURSE, AcceptReferral(at=THEN, referral=ReferralId(row_key(world, "R6"))))
    rows = await exported(world)
    assert rows[: len(SHEET)] == list(SHEET)
    assert rows[len(SHEET) :] == [
        {
            "kind": "encounter",
            "behaviour": "begging",
            "worker": "pc-2",
            "when": "2024-06-03T10:00:00+00:00",
            "person": "ABC-123",
            "sex": "male",
            "born": "1980-02-01",
            "age_band": "35-44",
            "place": "Station",
        },
        {
            "kind": "answer",
            "answers": "R6",
            "status": "accepted",
            "when": "2024-06-03T10:00:00+00:00",
            "person": "P01",
        },
    ]
    again = await world.imports(*rows, partnership=PETERBOROUGH)
    assert (again.applied, again.refused, again.identity_disagreements) == (len(rows), 0, [])
    there, here = await world.report(PETERBOROUGH), await world.report()
    assert there == here


async def test_there_is_no_sheet_until_the_access_ledger_says_whom_it_is_about(
    world: SheetWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.imports(*SHEET)
    path, log = tmp_path / "sheet.csv", world.hub.decider.log
    append = log.append

    async def refusing(one: Append) -> Appended:
        if one.log.endswith("/access"):
            assert not path.exists()
            raise LogUnavailable
        return await append(one)

    with monkeypatch.context() as patched:
        patched.setattr(log, "append", refusing)
        with pytest.raises(LogUnavailable):
            await sheets.export_sheet(world.hub, path, partnership=FENLAND, why=nobody_asked)
    left = await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
    assert left == [], "what cannot be recorded does not leave, nor lie about"
    assert await sheets.export_sheet(world.hub, path, partnership=FENLAND, why=nobody_asked) == len(SHEET)
    (stored,) = (await log.read(log_of(FENLAND, "access"), None)).events
    entry = world.hub.codec.recorded(stored)
    assert isinstance(entry.fact, Exported)
    assert (entry.fact.document, entry.fact.route) == ("contact-sheet", "hub export sheet")
    assert len(entry.fact.persons) == 1
    assert path.stat().st_mode & 0o777 == 0o600


async def test_where_the_legal_profile_asks_for_it_a_sheet_is_taken_out_for_a_typed_reason(
    world: SheetWorld, tmp_path: Path
) -> None:
    await world.imports(*SHEET)
    await does(world, coordinator(FENLAND), SetLegalProfile(at=THEN, justified=frozenset({"export"})))
    why = "The council moves to a system of its own"
    await sheets.export_sheet(world.hub, tmp_path / "sheet.csv", partnership=FENLAND, why=lambda: why)
    (stored,) = (await world.hub.decider.log.read(log_of(FENLAND, "access"), None, sealed=True)).events
    said = world.hub.codec.recorded(stored).fact
    assert isinstance(said, Exported)
    assert isinstance(said.justification, Sealed)
    assert world.hub.unsealer.open_all([said.justification]) == [why]


async def test_whose_record_is_restricted_is_left_out(world: SheetWorld) -> None:
    await world.imports(*SHEET, met("2024-05-15", "P02", row_id="R8"))
    query = (QueryItem(frozenset({"sheet-row-imported"})),)
    page = await world.hub.decider.log.read(log_of(FENLAND), query)
    first = world.hub.codec.fact(page.events[0])
    assert isinstance(first, SheetRowImported)
    privacy = msgspec.structs.replace(coordinator(FENLAND), role="privacy-officer", by_command_line=True)
    placed = RestrictProcessing(
        at=THEN,
        processing_restriction=ProcessingRestrictionId("r-1"),
        person=first.person,
        ground="accuracy-contested",
        rationale="It is checked.",
    )
    await does(world, privacy, placed)
    assert [one["row_id"] for one in await exported(world)] == ["R8"]
    assert [one["row_id"] for one in await exported(world, "hub")] == ["R8"]
    imported = [fact for fact in map(world.hub.codec.fact, page.events) if isinstance(fact, SheetRowImported)]
    (another,) = {fact.person for fact in imported} - {first.person}
    one = ProposeMerge(at=THEN, merge=MergeId("m-1"), person=another, other=first.person, reason="One man.")
    await does(world, coordinator(FENLAND), one)
    second = msgspec.structs.replace(coordinator(FENLAND), worker=WorkerId("second"))
    await does(world, second, DecideMerge(at=THEN, merge=one.merge, agree=True))
    assert await exported(world) == [], "whoever is restricted is so under each of their records"
