"""Views fold any history, and the same history to the same rows, however it was come by."""

import asyncio
import datetime as dt
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory_read_models import MemoryReadModels
from adapters.person_keys import BlindPersonKeys
from application.finding.identity import Described, described
from application.ports import Envelope, LogId, Recorded
from application.readings.asked import rows_as_at
from application.views import VIEWS
from application.views.categories import category_of
from application.views.timeline import TIMELINE, fact_of
from application.views.view import Rows
from domain.engagement.journey import journey_of
from domain.facts import CATALOGUE, Fact, Instant, Sealed
from domain.governance.access import Look
from domain.ids import ID_TYPES, AgencyId, PersonId, WorkerId
from domain.support import referral_status
from tests.views.histories import LOG, PEOPLE, History

turns = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 4), st.integers(0, 20), st.integers(0, 5)), min_size=5, max_size=30
)
Turns = list[tuple[int, int, int, int]]
FACTS: Final = sorted(CATALOGUE.values(), key=lambda one: one.fact_type)


def replayed(history: list[Recorded]) -> Rows:
    """The rows of all views, from zero."""
    rows: Rows = {}
    for recorded in history:
        VIEWS.project(rows, recorded)
    return rows


def without_empty(rows: Rows) -> Rows:
    return {name: held for name, held in rows.items() if held}


@given(turns=turns)
def test_a_replay_from_zero_gives_the_rows_that_were_kept_up_one_fact_at_a_time(turns: Turns) -> None:
    async def story() -> None:
        history = await History().begin()
        models = MemoryReadModels(history.log, history.codec)
        for turn in turns:
            await history.goes_on([turn])
            await models.brought_forward(LOG)
        live, position = await models.brought_forward(LOG)
        recorded = await history.recorded()
        assert position == len(recorded)
        assert without_empty(live) == without_empty(replayed(recorded))

    asyncio.run(story())


@given(turns=turns)
def test_a_row_that_was_written_and_read_back_goes_on_like_one_that_was_not(turns: Turns) -> None:
    async def story() -> None:
        history = await (await History().begin()).goes_on(turns)
        rows: Rows = {}
        for recorded in await history.recorded():
            VIEWS.project(rows, recorded)
            for view, key in VIEWS.touched(recorded):
                row = rows.get(view.name, {}).get(key)
                if row is not None:
                    body = msgspec.msgpack.Encoder(order="deterministic").encode(row)
                    again = msgspec.msgpack.Decoder(view.row).decode(body)
                    assert again == row
                    assert view.places(again) == view.places(row)
                    rows[view.name][key] = again
        assert without_empty(rows) == without_empty(replayed(await history.recorded()))

    asyncio.run(story())


@given(turns=turns, share=st.floats(0, 1))
def test_as_at_is_what_the_live_rows_were_then(turns: Turns, share: float) -> None:
    async def story() -> None:
        history = await (await History().begin()).goes_on(turns)
        recorded = await history.recorded()
        then = recorded[int(share * (len(recorded) - 1))].envelope.recorded
        live = replayed([one for one in recorded if one.envelope.recorded <= then])
        for person in PEOPLE:
            rows = await rows_as_at(history.log, history.codec, LOG, PersonId(person), then)
            for view in VIEWS.all:
                if view is TIMELINE:
                    of_person = {key: row for key, row in live.get(view.name, {}).items() if key.startswith(person)}
                    lines = rows._rows.get(view.name, {})  # noqa: SLF001 - all of them
                    assert {key: row for key, row in lines.items() if key.startswith(person)} == of_person
                    continue
                wanted = [
                    row
                    for row in live.get(view.name, {}).values()
                    if any(place.scope == f"person:{person}" for place in view.places(row))
                ]
                found = await rows.listed(view, f"person:{person}", limit=10_000)
                assert [one.row for one in found] == sorted(
                    wanted,
                    key=lambda row: next(
                        (place.sort, _key(view.name, row, live))
                        for place in view.places(row)
                        if place.scope == f"person:{person}"
                    ),
                )

    asyncio.run(story())


def _key(view: str, row: object, rows: Rows) -> str:
    return next(key for key, one in rows[view].items() if one is row)


@given(turns=turns)
def test_rows_say_what_the_rules_know(turns: Turns) -> None:
    """A referral's status and a person's position on the ladder are folded once for looking and once for deciding."""

    async def story() -> None:
        history = await (await History().begin()).goes_on(turns)
        rows = replayed(await history.recorded())
        folds = history.decider.folds
        for row in rows.get("referral", {}).values():
            referral, _ = await folds.fold(LOG, referral_status.referral(row.referral))
            assert referral is not None
            assert (row.status, row.business_status) == (referral.status, referral.business_status)
        for row in rows.get("episode", {}).values():
            journey, _ = await folds.fold(LOG, journey_of(row.person))
            position = journey.episodes[row.episode].position_at(history.clock.now())
            assert (row.standing.rank, row.standing.step) == (position.rank, position.step)

    asyncio.run(story())


def anything(hint: Any, depth: int = 0) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a case a kind
    """Values of a type; few different ones, so that facts meet."""
    if hint in ID_TYPES:
        return st.sampled_from(("x-1", "x-2"))
    simple: dict[Any, st.SearchStrategy[Any]] = {
        dt.datetime: st.sampled_from([dt.datetime(2024, 5, day, 12, tzinfo=dt.UTC) for day in (7, 8, 20)]),
        dt.date: st.sampled_from([dt.date(2024, 5, day) for day in (6, 19)]),
        bool: st.booleans(),
        int: st.integers(1, 3),
        float: st.just(0.5),
        str: st.just("en"),
        type(None): st.none(),
    }
    if hint in simple:
        return simple[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return made(hint)
    if get_origin(hint) is Annotated:
        return anything(get_args(hint)[0], depth)
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple and get_args(hint)[-1:] == (...,):
        return st.lists(anything(get_args(hint)[0], depth), max_size=2).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*(anything(one, depth) for one in get_args(hint)))
    if get_origin(hint) is frozenset:
        return st.frozensets(anything(get_args(hint)[0], depth), max_size=2)
    return st.one_of([anything(one, depth) for one in get_args(hint) if one is not Sealed])


def made(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Values of a class."""
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{name: anything(hints[name]) for name in cls.__struct_fields__})


def as_recorded(fact: Fact, position: int) -> Recorded:
    at: Instant = dt.datetime(2024, 6, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=position)
    envelope = Envelope(
        log=LogId("fenland/case"),
        position=position,
        event_id=f"e-{position}",
        recorded=at,
        actor=WorkerId("w"),
        agency=AgencyId("police"),
        role="constable",
        purpose="test",
    )
    return Recorded(fact, envelope)


@settings(max_examples=100)
@given(history=st.lists(st.sampled_from(FACTS).flatmap(made), max_size=30))
def test_whatever_was_recorded_in_whatever_order_folds(history: list[Fact]) -> None:
    recorded = [as_recorded(fact, number) for number, fact in enumerate(history, 1)]
    rows = replayed(recorded)
    for view in VIEWS.all:
        for row in rows.get(view.name, {}).values():
            body = msgspec.msgpack.encode(row)
            assert msgspec.msgpack.Decoder(view.row).decode(body) == row
            view.places(row)
    for line in rows.get(TIMELINE.name, {}).values():
        assert fact_of(line) in history


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.fact_type)
def test_every_fact_belongs_to_a_category(fact: type[Fact]) -> None:
    assert category_of(fact)


def test_every_fact_but_those_of_searching_of_looking_and_of_what_authorises_is_used_by_some_view() -> None:
    """What authorises is folded at the head, and looked at there too; who looked stands in a ledger of its own.

    What was answered of those shown is for the queue of possible duplicates; signs of trawling are folded at the head.
    That an agency was told of somebody, and what goes on with other partnerships, stands in the timeline, and is folded
    at the head. Whose what was recorded is, is known before anything is folded.
    """
    unfolded = {one for one in VIEWS.unfolded() if not issubclass(one, Look)}
    authorises = {cls for cls in unfolded if category_of(cls) in {"administration", "operations", "rights", "scrutiny"}}
    assert {one.fact_type for one in unfolded - authorises} <= {
        "agency-told",
        "enquiry-answered",
        "enquiry-made",
        "enquiry-received",
        "transfer-announced",
        "transfer-declined",
        "transfer-offer-lapsed",
        "transfer-offer-received",
        "transfer-offered",
        "transfer-turned-down",
        "transfer-withdrawn",
        "person-transferred",
        "transfer-accepted",
        "history-received",
        "people-searched",
        "person-recognised",
        "records-attributed",
        "search-answered",
        "trawling-reviewed",
        "trawling-suspected",
    }


def test_people_are_found_by_what_is_known_of_them_now() -> None:
    async def story() -> None:
        history = await History().begin()
        keys = BlindPersonKeys(history.codec, lambda _: b"k" * 32)
        models = MemoryReadModels(history.log, history.codec, person_keys=keys)
        row = (await models.brought_forward(LOG))[0]["person"]["p-0"]
        given_name, family_name = history.codec.open_all([row.given_name, row.family_name])
        async with models.open(LOG, None) as rows:

            async def found(who: Described, build: int = rows.build) -> bool:
                return "p-0" in (await rows.found([keys.asked(LOG, build, who)], 10))[0]

            names = described(given_name=given_name, family_name=family_name)
            assert await found(names)
            assert not await found(names, build=2)
            assert await found(described(given_name=given_name, family_name=family_name, born="1984-02-03"))
            assert await found(described(given_name=family_name, family_name=given_name, born="1984-03-02"))

    asyncio.run(story())
