"""A contact sheet is applied row by row, in the order of what happened, once; what a rule forbids is refused alone."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.deciding import Decided, Decider
from application.intake import Summary
from application.ports import LogBusy, log_of
from benchmarks.sheet_population import SheetPopulation
from domain.codes import AgeBand
from domain.engagement.episode import TicketIssued
from domain.people.search import SearchAnswered
from tests.application.sheet_world import FENLAND, NOW, Refused, Row, SheetWorld, green, met, row, sheet_world, warned

pytestmark = pytest.mark.anyio

SESSION = "2024-05-22"
CLIMBING: tuple[Row, ...] = (
    met("2024-05-13T16:00:00+01:00"),
    green("2024-05-13T16:10:00+01:00"),
    met("2024-05-20T16:00:00+01:00"),
)


@pytest.fixture
async def world() -> AsyncIterator[SheetWorld]:
    async with sheet_world() as made:
        yield made


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.applied, summary.already_known, summary.refused, summary.changed_since_imported


async def test_rows_are_applied_in_the_order_of_what_happened(world: SheetWorld) -> None:
    typed = [warned("2024-05-20T16:10:00+01:00"), *reversed(CLIMBING)]
    assert counts(await world.imports(*typed)) == (4, 0, 0, 0)
    assert (await world.report()).tickets_issued == {"green": 1, "cpw": 1}


async def test_rows_of_one_moment_are_applied_in_the_order_of_the_sheet(world: SheetWorld) -> None:
    step = {"authorised_by": "sergeant", "screen": "none"}
    day = [met("2024-05-13"), green("2024-05-13"), met("2024-05-14"), warned("2024-05-14", **step)]
    assert counts(await world.imports(*day)) == (4, 0, 0, 0)
    other = [warned("2024-05-14", "P02", **step), met("2024-05-14", "P02"), green("2024-05-13", "P02")]
    assert (await world.imports(*other, sheet="other")).refused_by_reason == {"no-new-encounter": 1}
    assert world.refused == [Refused(2, "step", "no-new-encounter")]


async def test_a_second_run_adds_nothing(world: SheetWorld) -> None:
    rows = (*CLIMBING, row("attendance", SESSION, session=SESSION, attended="yes", row_id="R9"))
    assert counts(await world.imports(*rows)) == (4, 0, 0, 0)
    head = await world.head()
    assert counts(await world.imports(*rows)) == (0, 4, 0, 0)
    assert await world.head() == head


async def test_a_refused_row_is_refused_again_and_adds_nothing(world: SheetWorld) -> None:
    rows = (*CLIMBING, warned("2024-05-20T16:10:00+01:00", screen=""))
    assert counts(await world.imports(*rows)) == (3, 0, 1, 0)
    head = await world.head()
    assert (await world.types()).count("escalation-refused") == 1
    assert counts(await world.imports(*rows)) == (0, 3, 1, 0)
    assert await world.head() == head


async def test_a_row_that_meets_a_busy_log_waits_for_its_turn(
    world: SheetWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide, busy = Decider.decide, [LogBusy(0.0), LogBusy(0.0)]

    async def now_and_then(self: Decider, *args: Any, **named: Any) -> Decided:  # noqa: ANN401 - handed on
        if busy and named.get("provenance") is not None:
            raise busy.pop()
        return await decide(self, *args, **named)

    monkeypatch.setattr(Decider, "decide", now_and_then)
    assert counts(await world.imports(*CLIMBING)) == (3, 0, 0, 0)
    assert not busy


async def test_a_row_id_stands_for_one_content_in_a_sheet(world: SheetWorld) -> None:
    first, other = met("2024-05-13", row_id="R1"), met("2024-05-14", row_id="R1")
    assert counts(await world.imports(first, other, first)) == (1, 1, 1, 0)
    assert world.refused == [Refused(3, "row_id", "row-id-reused")]


async def test_a_row_that_changed_since_it_was_imported_is_reported_and_not_applied(world: SheetWorld) -> None:
    await world.imports(met("2024-05-13", row_id="R1"), met("2024-05-14", row_id="R2"))
    head = await world.head()
    changed = met("2024-05-13", row_id="R1", behaviour="begging", given_name="Synthetic")
    summary = await world.imports(met("2024-05-14", row_id="R2"), changed)
    assert counts(summary) == (0, 1, 0, 1)
    assert summary.changed_lines == [3]
    assert await world.head() == head
    assert "given_name" not in (await world.known("P01")).said


async def test_without_a_row_id_the_content_is_the_row(world: SheetWorld) -> None:
    once = met("2024-05-13", note="by the bench")
    assert counts(await world.imports(once, once)) == (1, 1, 0, 0)
    assert counts(await world.imports(met("2024-05-13", note="by the gate"), once)) == (1, 1, 0, 0)


async def test_an_outcome_that_stands_twice_in_the_sheet_is_known_the_second_time(world: SheetWorld) -> None:
    outcome = row("outcome", "2024-06-13", outcome="engaged")
    assert counts(await world.imports(*CLIMBING, outcome, outcome)) == (4, 1, 0, 0)


async def test_another_sheets_person_and_row_id_are_others(world: SheetWorld) -> None:
    await world.imports(met("2024-05-13", row_id="R1"), sheet="north")
    summary = await world.imports(met("2024-05-14", row_id="R1"), sheet="south")
    assert (summary.applied, summary.people_added) == (1, 1)
    assert world.person("P01", "north") != world.person("P01", "south")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_ticket_and_the_instrument_that_its_step_is_are_one(world: SheetWorld, order: tuple[int, int]) -> None:
    said = {"screen": "none", "authorised_by": "sergeant", "worker": "PC 1"}
    pair = (
        warned("2024-05-20T16:10:00+01:00"),
        row("instrument", "2024-05-20T15:10:00+00:00", instrument="cpw", **said),
    )
    summary = await world.imports(*CLIMBING, *(pair[place] for place in order))
    assert counts(summary) == (4, 1, 0, 0)
    report = await world.report()
    assert report.tickets_issued == {"green": 1, "cpw": 1}
    assert report.instruments_issued == {"cpw": 1}


@pytest.mark.parametrize("historic", [False, True])
@pytest.mark.parametrize(
    "adverse",
    [
        green("2024-05-13T16:10:00+01:00", worker=""),
        row("instrument", "2024-05-13", instrument="fpn"),
        row("instrument", "2024-05-13", instrument="cpw", screen="none"),
    ],
)
async def test_an_adverse_row_names_a_worker_even_in_history(world: SheetWorld, adverse: Row, historic: bool) -> None:  # noqa: FBT001 - a case
    summary = await world.imports(met("2024-05-13"), adverse, historic=historic)
    assert counts(summary) == (1, 0, 1, 0)
    assert world.refused == [Refused(3, "worker", "adverse-step-names-no-human")]


async def test_history_against_todays_rules_goes_in_with_its_overrides(world: SheetWorld) -> None:
    rows = (met("2024-05-13"), warned("2024-05-13", screen=""))
    assert (await world.imports(*rows)).refused_by_reason == {"step-skipped": 1}
    summary = await world.imports(*rows, historic=True)
    assert counts(summary) == (1, 1, 0, 0)
    assert summary.overridden == 1
    assert summary.overridden_by_rule == {"not-screened": 1, "step-skipped": 1}
    page = await world.hub.decider.log.read(log_of(FENLAND))
    (ticket,) = [one for one in map(world.hub.codec.fact, page.events) if isinstance(one, TicketIssued)]
    assert set(ticket.overridden) == {"not-screened", "step-skipped"}
    assert (ticket.override_by, ticket.override_reason) == ("contact-sheet", "imported-history")


async def test_history_that_keeps_the_rules_overrides_nothing(world: SheetWorld) -> None:
    summary = await world.imports(*CLIMBING, historic=True)
    assert (summary.applied, summary.overridden, summary.overridden_by_rule) == (3, 0, {})


GUARDS: tuple[tuple[tuple[Row, ...], str, str], ...] = (
    ((*CLIMBING, warned("2024-05-20T17:00:00+01:00", screen="")), "screen", "not-screened"),
    ((*CLIMBING, warned("2024-05-20T17:00:00+01:00", screen="capacity")), "screen", "screen-found-need"),
    ((*CLIMBING[:2], warned("2024-05-20T17:00:00+01:00")), "step", "no-new-encounter"),
    ((met("2024-05-13"), warned("2024-05-13")), "step", "step-skipped"),
    ((green("2024-05-13", step="purple"),), "step", "no-such-step"),
    ((met("2024-05-13", age_band="16-17"), green("2024-05-13")), "born", "childrens-services-first"),
    (
        (
            met("2024-05-13", serial=""),
            green("2024-05-13", serial="A1"),
            green("2024-05-14", "P02", serial="A1"),
        ),
        "serial",
        "serial-taken",
    ),
    ((green("2024-05-13", serial="#!"),), "serial", "not-valid"),
    ((row("invitation", "2024-05-24", session=SESSION),), "session", "session-past"),
    ((row("attendance", "2024-05-20", session=SESSION, attended="yes"),), "session", "session-not-yet"),
    ((row("attendance", SESSION, session=SESSION, attended="no"),), "attended", "not-invited"),
    (
        (
            row("referral", "2024-05-22", agency="Health", need="gp-registration"),
            row("referral", "2024-05-23", agency="Health", need="gp-registration"),
        ),
        "need",
        "already-referred",
    ),
    (
        (row("referral", "2024-05-22", agency="Health", need="pets", service="GP registration"),),
        "service",
        "service-does-not-meet-need",
    ),
    ((row("referral", "2024-05-22", agency="...", need="pets"),), "agency", "unknown-agency"),
    ((row("answer", "2024-05-22", answers="R1", status="accepted"),), "answers", "no-such-referral"),
    (
        (
            row("referral", "2024-05-22", agency="Health", need="gp-registration", row_id="R1"),
            row("answer", "2024-05-23", "P02", answers="R1", status="accepted"),
        ),
        "person",
        "referral-of-another",
    ),
    (
        (
            row("referral", "2024-05-22", agency="Health", need="gp-registration", row_id="R1"),
            row("answer", "2024-05-23", answers="R1", status="rejected", reason="no-capacity"),
            row("answer", "2024-05-24", answers="R1", status="accepted"),
        ),
        "status",
        "illegal-transition",
    ),
    (
        (
            row("referral", "2024-05-22", agency="Health", need="gp-registration", row_id="R1"),
            row("answer", "2024-05-23", answers="R1", status="draft"),
        ),
        "status",
        "not-an-answer",
    ),
    ((met("2024-05-13"), row("outcome", "2024-05-14", outcome="engaged")), "person", "no-open-episode"),
    ((*CLIMBING, row("outcome", "2024-05-12", outcome="engaged")), "person", "no-open-episode"),
)


@pytest.mark.parametrize(("rows", "column", "reason"), GUARDS, ids=[one[2] for one in GUARDS])
async def test_a_row_that_a_rule_refuses_is_refused_alone(
    world: SheetWorld, rows: tuple[Row, ...], column: str, reason: str
) -> None:
    bystander = (
        met("2024-05-01", "P99"),
        green("2024-05-01", "P99"),
        row("outcome", "2025-11-01", "P99", outcome="engaged"),
    )
    summary = await world.imports(*bystander, *rows)
    assert summary.refused_by_reason == {reason: 1}
    assert [(one.column, one.reason) for one in world.refused] == [(column, reason)]
    assert summary.applied == len(bystander) + len(rows) - 1


async def test_of_two_tickets_with_one_serial_the_first_stands(world: SheetWorld) -> None:
    world.slow = True
    tickets = [green(f"2024-05-13T16:{minute}:00+01:00", f"P{minute}", serial="A1") for minute in range(10, 40)]
    assert (await world.imports(*tickets)).refused_by_reason == {"serial-taken": 29}
    assert [one.line for one in world.refused] == list(range(3, 32))


async def test_a_service_takes_no_more_than_it_has_places_for(world: SheetWorld) -> None:
    world.slow = True
    rows: list[Row] = []
    for number in range(14):
        person, asked = f"P{number:02}", f"R{number:02}"
        rows.append(row("referral", "2024-05-22", person, agency="Housing association", need="housing", row_id=asked))
        rows.append(row("answer", f"2024-05-23T10:{number:02}:00+01:00", person, answers=asked, status="accepted"))
    summary = await world.imports(*rows)
    assert summary.refused_by_reason == {"service-is-full": 2}
    assert world.refused == [Refused(27, "status", "service-is-full"), Refused(29, "status", "service-is-full")]


async def test_an_unknown_agency_is_entered_once_without_a_log_in(world: SheetWorld) -> None:
    said = {"need": "pets", "service": "Kennels"}
    rows = [
        row(
            "referral", f"2024-05-22T10:{number:02}:00+01:00", f"P{number:02}", agency=name, row_id=f"R{number}", **said
        )
        for number, name in enumerate(("Paws & Claws", "PAWS & CLAWS", "paws & claws"))
    ]
    answer = row("answer", "2024-05-23", "P01", answers="R1", status="accepted")
    debt = rows[0] | {"need": "debt", "person": "P09", "row_id": "R9"}
    summary = await world.imports(*rows, answer, debt)
    assert (summary.applied, summary.agencies_added) == (5, ["paws-claws"])


async def test_a_referral_of_an_earlier_import_is_answered(world: SheetWorld) -> None:
    await world.imports(row("referral", "2024-05-22", agency="Health", need="gp-registration", row_id="R1"))
    answers = [
        row("answer", f"2024-05-{day}", answers="R1", status=status)
        for day, status in ((23, "received"), (24, "accepted"), (25, "on-hold"), (26, "in-progress"), (27, "completed"))
    ]
    summary = await world.imports(*answers)
    assert counts(summary) == (5, 0, 0, 0), summary


async def test_an_outcome_before_the_episode_began_ends_nothing(world: SheetWorld) -> None:
    await world.imports(*CLIMBING)
    summary = await world.imports(row("outcome", "2024-05-12", outcome="engaged"))
    assert summary.refused_by_reason == {"no-open-episode": 1}


async def test_what_was_on_hold_goes_on_and_what_nobody_accepted_is_taken_back(world: SheetWorld) -> None:
    asked = [
        row("referral", "2024-05-22", person, agency="Health", need="gp-registration", row_id=f"R-{person}")
        for person in ("P01", "P02", "P03")
    ]
    answers = [
        row("answer", f"2024-05-{day}", person, answers=f"R-{person}", status=status)
        for day, person, status in (
            (23, "P01", "accepted"),
            (24, "P01", "on-hold"),
            (25, "P01", "completed"),
            (23, "P02", "cancelled"),
            (23, "P03", "accepted"),
            (24, "P03", "cancelled"),
        )
    ]
    summary = await world.imports(*asked, *answers)
    assert counts(summary) == (9, 0, 0, 0), summary
    assert {"referral-resumed", "referral-withdrawn", "referral-cancelled"} <= set(await world.types())


async def test_what_was_entered_in_error_is_marked_by_the_sender(world: SheetWorld) -> None:
    asked = row("referral", "2024-05-22", agency="Health", need="gp-registration", row_id="R1")
    error = row("answer", "2024-05-23", answers="R1", status="entered-in-error")
    assert counts(await world.imports(asked, error)) == (2, 0, 0, 0)
    assert "referral-entered-in-error" in await world.types()


async def test_what_is_said_first_of_a_person_holds_and_what_disagrees_is_reported(world: SheetWorld) -> None:
    rows = (
        met("2024-05-14", given_name="Ana", born="1980-02-01", language="Polish"),
        met("2024-05-13", given_name="Anna", family_name="Synthetic", age_band="35-44"),
        met("2024-05-15", given_name="Anna", language="pl", age_band="45-54", sex="female"),
    )
    summary = await world.imports(*rows)
    assert [(one.line, one.column) for one in summary.identity_disagreements] == [(2, "given_name"), (4, "age_band")]
    said = (await world.known("P01")).said
    assert (said["given_name"], said["family_name"], said["sex"]) == ("Anna", "Synthetic", "female")
    assert said["born"] == dt.date(1980, 2, 1)


async def test_whoever_grew_older_than_an_earlier_row_says_does_not_disagree(world: SheetWorld) -> None:
    first = met("2014-05-13", born="1980-02-01", age_band="25-34")
    summary = await world.imports(first, met("2024-05-13", age_band="35-44"), met("2024-05-14", age_band="25-34"))
    assert [(one.line, one.column) for one in summary.identity_disagreements] == [(4, "age_band")]


async def test_what_an_earlier_import_recorded_holds_and_what_is_new_is_added(world: SheetWorld) -> None:
    await world.imports(met("2024-05-13", given_name="Anna", family_name="Synthetic"))
    later = met(
        "2024-05-14", given_name="Ana", born="1980-02-01", sex="female", alias="Ann", language="pl", ethnicity="W9"
    )
    summary = await world.imports(later)
    assert [(one.line, one.column) for one in summary.identity_disagreements] == [(2, "given_name")]
    known = await world.known("P01")
    expected: AgeBand = "35-44"
    assert known.said == {
        "given_name": "Anna",
        "family_name": "Synthetic",
        "born": dt.date(1980, 2, 1),
        "age_band": expected,
        "sex": "female",
        "alias": "Ann",
        "language": "pl",
        "ethnicity": "W9",
    }
    head = await world.head()
    assert (await world.imports(later)).identity_disagreements == summary.identity_disagreements
    assert await world.head() == head


async def test_somebody_nameless_gets_a_name_after_a_search_or_as_an_alias(world: SheetWorld) -> None:
    await world.imports(met("2024-05-13", "P01"), met("2024-05-13", "P02"))
    named = {"given_name": "Anna", "family_name": "Synthetic"}
    later = (met("2024-05-14", "P01", born="1980-02-01", **named), met("2024-05-14", "P02", given_name="Anna"))
    assert counts(await world.imports(*later)) == (2, 0, 0, 0)
    assert (await world.known("P01")).said["given_name"] == "Anna"
    assert "given_name" not in (await world.known("P02")).said
    assert {"people-searched", "person-identified", "alias-added"} <= set(await world.types())


async def test_who_may_be_in_the_register_already_is_counted_and_nobody_is_merged(world: SheetWorld) -> None:
    named = {"given_name": "Anna", "family_name": "Synthetic", "born": "1980-02-01"}
    first, second = (row("invitation", "2024-05-13", ref, session=SESSION, **named) for ref in ("P01", "P02"))
    summary = await world.imports(first, second, sheet="north")
    assert summary.possible_duplicates == 0, "a sheet tells its own people apart"
    summary = await world.imports(met("2024-05-13", "P01", **named), sheet="south")
    assert (summary.people_added, summary.possible_duplicates) == (1, 1)


async def test_near_matches_of_the_whole_register_are_told_with_reasons_whoever_wrote_them(world: SheetWorld) -> None:
    known = {"given_name": "Agnieszka", "family_name": "Synthetic-Kowalczyk", "born": "1980-02-01"}
    await world.imports(met("2024-05-13", "P01", **known), met("2024-05-13", "P02", alias="Mac"), sheet="north")
    written = {"given_name": "Agnieska", "family_name": "Synthetic-Kovalchyk", "born": "1980-01-02"}
    summary = await world.imports(
        met("2024-05-13", "P08"), met("2024-05-14", "P09", **written), sheet="south", dry_run=True
    )
    (near,) = summary.near
    assert near.line == 3
    assert near.reference == (await world.entry("P01", "north")).reference
    assert "born-swapped" in near.reasons
    assert summary.people_not_compared == 1, "of P08 the sheet has a pseudonym alone"
    assert "synthetic" not in str(summary).casefold().replace("synthetic=", "")


async def test_who_goes_by_other_names_is_no_near_match_for_a_birth_that_is_nearly_the_same(world: SheetWorld) -> None:
    known = {"given_name": "Agnieszka", "family_name": "Synthetic-Kowalczyk", "born": "1980-02-01"}
    await world.imports(met("2024-05-13", "P01", **known), sheet="north")
    for said, lines in (({"alias": "Ash Sorrel"}, []), ({"alias": "Ash Sorrel", "born": "1980-02-01"}, [2])):
        row = met("2024-05-14", "P09", **({"born": "1980-02-21"} | said))
        summary = await world.imports(row, sheet="south", dry_run=True)
        assert [one.line for one in summary.near] == lines


async def test_a_dry_run_tells_the_same_and_writes_nothing_but_that_somebody_looked(world: SheetWorld) -> None:
    named = {"given_name": "Anna", "family_name": "Synthetic", "born": "1980-02-01"}
    await world.imports(met("2024-05-13", "P01", **named), sheet="north")
    before = await world.head()
    rehearsed = await world.imports(met("2024-05-13", "P01", **named), sheet="south", dry_run=True)
    assert await world.head() == before
    done = await world.imports(met("2024-05-13", "P01", **named), sheet="south")
    assert (rehearsed.near, rehearsed.possible_duplicates) == (done.near, done.possible_duplicates)
    assert done.near[0].band == "same"
    answers = [one for one in await world.facts() if isinstance(one, SearchAnswered)]
    assert [one.unsure for one in answers] == [(world.person("P01", "north"),)], "it waits for people to decide"
    assert world.account.entries(NOW)[0].persons == (world.person("P01", "north"),)


async def test_many_people_are_looked_for_by_few_questions(world: SheetWorld) -> None:
    rows = [
        met("2024-05-13", f"P{at}", given_name="Anna", family_name=f"Synthetic-{at}", born=f"1980-02-{at % 28 + 1:02}")
        for at in range(60)
    ]
    await world.imports(*rows, sheet="north")
    asked = 0
    models = world.hub.models
    opened = models.open

    def counted(*given: Any) -> Any:  # noqa: ANN401 - the port's
        nonlocal asked
        asked += 1
        return opened(*given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(models, "open", counted)
        summary = await world.imports(*rows, sheet="south")
    assert (asked, summary.possible_duplicates) == (1, 60)
    assert {one.line for one in summary.near if one.band == "same"} == {at + 2 for at in range(60)}


async def test_a_row_whose_identity_does_not_read_is_refused_alone(world: SheetWorld) -> None:
    rows = (met("2024-05-13", language="Klingon"), met("2024-05-14"), met("2024-05-15", born="2024-06-01"))
    assert counts(await world.imports(*rows)) == (1, 0, 2, 0)


def broken(rows: Sequence[Row], faults: Sequence[int]) -> list[Row]:
    """Some of the rows say something else than they should."""
    mended = [dict(one) for one in rows]
    for fault in faults:
        spoilt = mended[fault % len(mended)]
        kind = spoilt["kind"]
        changes: tuple[Row, ...] = (
            {"screen": ""},
            {"serial": "S000001"} if kind == "ticket" else {"place": "elsewhere"},
            {"when": "2030-01-01T10:00:00+00:00"},
            {"person": "P00001"},
            {"worker": ""},
            {"agency": "Somebody new"} if kind == "referral" else {"alias": "Mac"},
            {"need": "housing", "agency": "Housing association"} if kind == "referral" else {"note": "again"},
        )
        spoilt |= changes[fault // len(mended) % len(changes)]
    return [*mended, *(mended[fault % len(mended)] for fault in faults[:2])]


SHEETS = st.builds(
    lambda seed, count, faults: broken(list(SheetPopulation(seed).rows(count)), faults),
    st.integers(1, 10_000),
    st.integers(20, 150),
    st.lists(st.integers(0, 10_000), max_size=15),
)


def alike(one: Summary, other: Summary) -> bool:
    return msgspec.structs.replace(one, dry_run=False) == msgspec.structs.replace(other, dry_run=False)


@settings(max_examples=12)
@given(rows=SHEETS, historic=st.booleans())
def test_a_dry_run_changes_nothing_and_says_what_the_import_then_does(rows: list[Row], *, historic: bool) -> None:
    async def story() -> None:
        async with sheet_world(slow=True) as world:
            await world.imports(met("2019-01-01"))
            head = await world.head()
            predicted = await world.imports(*rows, dry_run=True, historic=historic, sheet="big")
            foreseen = world.refused
            assert await world.head() == head
            done = await world.imports(*rows, historic=historic, sheet="big")
            assert alike(predicted, done), (predicted, done)
            assert world.refused == foreseen

    asyncio.run(story())


def timely(rows: list[Row]) -> list[Row]:
    """Rows in the order of when they happened, no two at once."""
    return list(
        {one["when"]: one for one in sorted(rows, key=lambda one: dt.datetime.fromisoformat(one["when"]))}.values()
    )


@settings(max_examples=10)
@given(rows=SHEETS.map(timely), seed=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(rows: list[Row], seed: object) -> None:
    shuffled = list(rows)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]

    async def outcome(typed: list[Row]) -> tuple[object, ...]:
        async with sheet_world(slow=True) as world:
            summary = await world.imports(*typed)
            refused = sorted((typed[one.line - 2]["row_id"], one.column, one.reason) for one in world.refused)
            return counts(summary), summary.agencies_added, refused, await world.report(), sorted(await world.types())

    assert asyncio.run(outcome(rows)) == asyncio.run(outcome(shuffled))


@settings(max_examples=10)
@given(rows=SHEETS.map(timely), share=st.floats(0, 1))
def test_after_its_beginning_the_whole_sheet_adds_exactly_the_rest(rows: list[Row], share: float) -> None:
    begun = round(share * len(rows))

    async def story() -> None:
        async with sheet_world() as parted, sheet_world() as whole:
            first = await parted.imports(*rows[:begun])
            rest = await parted.imports(*rows)
            once = await whole.imports(*rows)
            assert rest.already_known - once.already_known == first.applied
            assert first.applied + rest.applied == once.applied
            told, expected = await parted.report(), await whole.report()
            # whoever was nameless at first was not known to be made up
            assert msgspec.structs.replace(told, people_synthetic=expected.people_synthetic) == expected

    asyncio.run(story())


async def test_readers_at_the_same_time_count_every_fact_once(world: SheetWorld) -> None:
    world.slow = True
    await world.imports(green("2024-05-13", "P01"), green("2024-05-13", "P02"))
    await world.imports(*(green(f"2024-05-{day}", f"P{day}") for day in range(14, 20)))
    reports = await asyncio.gather(*(world.report() for _ in range(8)))
    assert {report.tickets_issued_total for report in reports} == {8}
