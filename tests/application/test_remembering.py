"""A decision may rest on what was known before: it adds only what holds now, and refuses only by what does."""

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import count, cycle
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryEventLog
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.deciding import DECISIONS, Answer, Decided, Decider, Folds, Know
from application.ports import Append, Appended, CommandKey, CommandReused, DecisionRecord, LogId, Page, log_of
from domain.actors import Actor
from domain.facts import Fact, Facts, Knowledge, Query, knowing
from domain.governance.partnership import partnership
from domain.ids import PartnershipId, PersonId, ReferralId
from domain.people.person import PersonRegistered
from domain.people.registering import RegisterPerson
from domain.refusals import Refusal
from domain.support.answering import ServiceIsFull
from domain.support.capacity import occupancy, occupied
from domain.support.referral import AcceptReferral, CompleteReferral
from domain.support.referral_status import referral
from domain.support.service import ChangePlaces, PlacesChanged, service
from tests.scenario import at_work
from tests.support.examples import (
    AGENCIES,
    CLINIC,
    CONSTABLE,
    DRUGS_CLINIC,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    offered,
    registered,
    sent,
)
from tests.views.histories import START, History, SetClock

S = TypeVar("S")
LOG = log_of(PartnershipId("fenland"))
REFERRALS = tuple(ReferralId(f"r-{n}") for n in range(30))
PLACES = 3
BEGUN = (*AGENCIES, *at_work(CLINIC), *at_work(CONSTABLE))
TABLE: dict[Any, Any] = DECISIONS  # mypy cannot tell what is patched into it
CODEC = JsonCodec(MemoryKeys())
turns = st.lists(
    st.tuples(st.integers(0, 999), st.integers(0, 4), st.integers(0, 27), st.integers(0, 40)), min_size=20, max_size=60
)


class Asked(MemoryEventLog):
    """Counts what it is asked, and lets others have their turn before it answers."""

    def __init__(self) -> None:
        super().__init__(lambda: WEDNESDAY)
        self.reads = 0
        self.lookups = 0
        self.appends = 0
        self.turns = 0
        self.at_once = 0
        self._under_way = 0

    async def read(
        self, log: LogId, query: Query | None = None, *, after: int = 0, limit: int | None = None, sealed: bool = False
    ) -> Page:
        self.reads += 1
        await self._wait()
        return await super().read(log, query, after=after, limit=limit, sealed=sealed)

    async def command(self, log: LogId, command: CommandKey) -> Appended | None:
        self.lookups += 1
        await self._wait()
        return await super().command(log, command)

    async def append(self, append: Append) -> Appended:
        self.appends += 1
        await self._wait()
        return await super().append(append)

    async def _wait(self) -> None:
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        for _ in range(max(1, self.turns)):
            await asyncio.sleep(0)
        self._under_way -= 1


class Kept(Folds):
    """Notes what was asked for, so that it can be asked for again."""

    def __init__(self, log: MemoryEventLog) -> None:
        super().__init__(log, CODEC)
        self.known: dict[tuple[Query, object], Knowledge[Any]] = {}

    def remembered(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int] | None:
        self.known[knowledge.query, knowledge.evolve] = knowledge
        return super().remembered(log, knowledge)


def a_decider(log: MemoryEventLog) -> Decider:
    """One process of those that decide."""
    decider = Decider(log, CODEC, SetClock(WEDNESDAY))
    decider.folds = Kept(log)
    return decider


async def seed(log: MemoryEventLog, facts: Sequence[Fact]) -> None:
    record = DecisionRecord(command="Seed", arguments=b"{}", read=(), policy="p", code="c")
    await MemoryEventLog.append(log, Append(LOG, await CODEC.to_entries(LOG, facts, CLINIC, "seed", record)))


async def is_what_the_log_says(decider: Decider, log: MemoryEventLog) -> int:
    """Each fold that is kept is the fold of what the log holds up to its position; how many there are."""
    assert isinstance(decider.folds, Kept)
    for knowledge in decider.folds.known.values():
        state, position = decider.folds.remembered(LOG, knowledge) or (knowledge.initial, 0)
        expected = knowledge.initial
        for stored in (await MemoryEventLog.read(log, LOG, knowledge.query)).events:
            if stored.position <= position:
                expected = knowledge.evolve(expected, CODEC.fact(stored))
        assert state == expected
    return len(decider.folds.known)


@pytest.fixture
async def log() -> Asked:
    made = Asked()
    await seed(made, (*BEGUN, offered(places=PLACES, questions=()), registered()))
    await seed(made, [sent(referral=one) for one in REFERRALS])
    return made


def accepting(one: ReferralId, at: dt.datetime = TUESDAY) -> AcceptReferral:
    return AcceptReferral(at=at, referral=one)


def key(name: bytes, content: bytes = b"content") -> CommandKey:
    return CommandKey(name.ljust(16), content)


def changing(places: int) -> ChangePlaces:
    return ChangePlaces(at=TUESDAY, service=DRUGS_CLINIC, places=places)


async def test_what_is_remembered_is_not_asked_again(log: Asked) -> None:
    here = a_decider(log)
    await here.decide(changing(7), CLINIC, key=key(b"first"))
    log.reads = log.lookups = 0
    for places in (8, 9):
        assert (await here.decide(changing(places), CLINIC, key=key(b"%d" % places))).added == 1
    assert (log.reads, log.lookups) == (0, 0)


async def test_a_decision_brings_forward_all_that_it_rested_on(log: Asked) -> None:
    """Also what it did not change: a condition on an old position has to be judged in the database."""
    here = a_decider(log)
    for places in (7, 8, 9):
        done = await here.decide(changing(places), CLINIC)
        for found in (
            here.folds.remembered(LOG, service(DRUGS_CLINIC)),
            here.folds.remembered(LOG, partnership()),
        ):
            assert found is not None
            assert found[1] == done.position


async def test_a_decision_brings_nothing_back(log: Asked) -> None:
    """Of two that were acknowledged, the later one may be heard first."""
    folds = Folds(log, CODEC)
    _, head = await folds.fold(LOG, partnership())
    folds.advance(LOG, [Answer(partnership(), partnership().initial, 0)], (), head - 1)
    assert folds.remembered(LOG, partnership()) == await Folds(log, CODEC).fold(LOG, partnership())


async def test_an_act_about_several_brings_each_forward_by_its_own(log: Asked) -> None:
    here = a_decider(log)
    assert (await here.decide((accepting(REFERRALS[0]), accepting(REFERRALS[1])), CLINIC)).added == 2
    assert await is_what_the_log_says(here, log)
    known, _ = here.folds.remembered(LOG, referral(REFERRALS[0])) or (None, 0)
    assert known is not None
    assert [step.action for step in known.steps] == ["send", "accept"]


async def test_nobody_is_refused_by_what_no_longer_holds(log: Asked) -> None:
    here, there = a_decider(log), a_decider(log)
    for one in REFERRALS[:PLACES]:
        await here.decide(accepting(one), CLINIC)
    with pytest.raises(ServiceIsFull):
        await here.decide(accepting(REFERRALS[PLACES]), CLINIC)
    await there.decide(CompleteReferral(at=TUESDAY, referral=REFERRALS[0], outcome="need-met"), CLINIC)
    assert (await here.decide(accepting(REFERRALS[PLACES]), CLINIC)).added == 1


async def test_nothing_is_added_by_what_no_longer_holds(log: Asked) -> None:
    here, there = a_decider(log), a_decider(log)
    await here.decide(accepting(REFERRALS[0]), CLINIC)
    for one in REFERRALS[1:PLACES]:
        await there.decide(accepting(one), CLINIC)
    with pytest.raises(ServiceIsFull):
        await here.decide(accepting(REFERRALS[PLACES]), CLINIC)


async def test_that_nothing_is_to_be_added_is_not_said_by_what_no_longer_holds(log: Asked) -> None:
    here, there = a_decider(log), a_decider(log)
    await here.decide(changing(5), CLINIC)
    await there.decide(changing(7), CLINIC)
    assert (await here.decide(changing(5), CLINIC)).added == 1
    assert (await here.decide(changing(5), CLINIC)).added == 0


async def test_a_refusal_is_remembered_only_where_it_holds_now(log: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that leaves a fact behind leaves none when it rested on what no longer holds."""

    async def full(know: Know, command: ChangePlaces, by: Actor) -> Facts:
        changed = PlacesChanged(at=TUESDAY, service=command.service, agency=by.agency, places=command.places)
        held = await know(occupancy(command.service))
        if occupied(held, TUESDAY) == PLACES:
            raise ServiceIsFull(remembered=(changed,))
        return (changed,)

    here, there = a_decider(log), a_decider(log)
    for one in REFERRALS[:PLACES]:
        await here.decide(accepting(one), CLINIC)
    monkeypatch.setitem(TABLE, ChangePlaces, full)
    await there.decide(CompleteReferral(at=TUESDAY, referral=REFERRALS[0], outcome="need-met"), CLINIC)
    before = await log.head(LOG)
    assert (await here.decide(changing(9), CLINIC)).added == 1
    assert await log.head(LOG) == before + 1


async def test_what_was_sent_before_is_answered_as_at_first_by_whoever_remembers_less(log: Asked) -> None:
    here, there = a_decider(log), a_decider(log)
    await there.decide(accepting(REFERRALS[1]), CLINIC)
    first = await here.decide(accepting(REFERRALS[0]), CLINIC, key=key(b"k"), result=b"first")
    for decider in (here, there, a_decider(log)):
        for act in (changing(9), accepting(REFERRALS[0]), accepting(REFERRALS[2]), changing(PLACES)):
            again = await decider.decide(act, CLINIC, key=key(b"k"), result=b"again")
            assert (again.position, again.repeated, again.result) == (first.position, True, b"first")
        for act in (accepting(REFERRALS[0]), accepting(REFERRALS[2]), changing(PLACES), changing(9)):
            with pytest.raises(CommandReused):
                await decider.decide(act, CLINIC, key=key(b"k", b"other"))
        assert await is_what_the_log_says(decider, log)


async def test_a_refusal_says_what_became_of_the_same_request_elsewhere(log: Asked) -> None:
    """There it took the last place, and here there is none left for it."""
    here, there = a_decider(log), a_decider(log)
    for one in REFERRALS[: PLACES - 1]:
        await here.decide(accepting(one), CLINIC)
    last = accepting(REFERRALS[PLACES])
    first = await there.decide(last, CLINIC, key=key(b"k"), result=b"first")
    for decider in (here, a_decider(log)):
        again = await decider.decide((last, accepting(REFERRALS[9])), CLINIC, key=key(b"k"), result=b"again")
        assert (again.position, again.result) == (first.position, b"first")


async def test_what_is_asked_once_more_is_asked_at_once(log: Asked) -> None:
    here, there = a_decider(log), a_decider(log)
    for one in REFERRALS[:PLACES]:
        await here.decide(accepting(one), CLINIC)
    await there.decide(changing(PLACES + 1), CLINIC)
    log.at_once = log.reads = 0
    await here.decide(accepting(REFERRALS[PLACES]), CLINIC, key=key(b"k"))
    assert log.reads == 1 + 4 + 1  # no referral was known; it, agencies, service, places; was anybody erased
    assert log.at_once == 4 + 1  # and the key


async def test_what_is_personal_stays_out_of_what_is_remembered(log: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody: Facts = ()
    everybody = knowing(nobody, lambda known, fact: (*known, fact), (PersonRegistered,))

    async def register(know: Know, command: RegisterPerson, by: Actor) -> Facts:
        known = await know(everybody)
        named = {"given_name": command.given_name, "at": command.at}
        return (registered(PersonId(f"p-{len(known)}"), by.agency, has_name=True, **named),)

    monkeypatch.setitem(TABLE, RegisterPerson, register)
    here = a_decider(log)
    command = RegisterPerson(at=MONDAY, person=PersonId("p"), reference="P", identity="stated", given_name="Zebedee")
    for _ in range(3):
        added = (await here.decide((command, command), CONSTABLE)).facts
        assert [getattr(fact, "given_name", None) for fact in added] == ["Zebedee", "Zebedee"]
    found = here.folds.remembered(LOG, everybody)
    assert found is not None
    assert found[0] == (await Folds(log, CODEC).fold(LOG, everybody))[0]
    assert len(found[0]) == 1 + 3 * 2
    assert "Zebedee" not in repr(found)


@given(turns=turns, who=st.lists(st.integers(0, 2), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whoever_decides_remembers_what_the_log_says_and_decides_as_if_nothing_were_remembered(
    turns: list[tuple[int, int, int, int]], who: list[int]
) -> None:
    """Three processes take turns with one log; beside it the same story by one that remembers nothing."""

    class Turns(Decider):
        """Whose turn it is decides."""

        def __init__(self, log: MemoryEventLog, history: History, deciders: Iterator[Decider]) -> None:
            super().__init__(log, history.codec, history.clock)
            self.deciders = deciders

        async def decide(self, *given: Any, **named: Any) -> Decided:  # noqa: ANN401 - handed on
            return await next(self.deciders).decide(*given, **named)

    async def both() -> None:
        log, other = MemoryEventLog(lambda: START), MemoryEventLog(lambda: START)
        here = History(log)
        deciders = [Decider(log, here.codec, here.clock) for _ in range(3)]
        for one in deciders:
            one.folds = Kept(log)
        here.decider = Turns(log, here, (deciders[one] for one in cycle(who)))
        await (await here.begin()).goes_on(turns)

        there = History(other)
        there.decider = Turns(other, there, (Decider(other, there.codec, there.clock) for _ in count()))
        await (await there.begin()).goes_on(turns)

        said = [[CODEC.fact(stored) for stored in (await one.read(LOG)).events] for one in (log, other)]
        assert said[0] == said[1]
        assert here.refused == there.refused
        assert sum([await is_what_the_log_says(one, log) for one in deciders])

    asyncio.run(both())


@given(
    asked=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.booleans()), min_size=1, max_size=24),
    pauses=st.lists(st.integers(1, 6), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_however_processes_get_into_each_others_way_no_place_is_given_twice(
    asked: list[tuple[int, int, bool]], pauses: list[int]
) -> None:
    async def at_once() -> None:
        log = Asked()
        await seed(log, (*BEGUN, offered(places=PLACES, questions=()), registered()))
        await seed(log, [sent(referral=one) for one in REFERRALS])
        deciders = [a_decider(log) for _ in range(4)]
        turn = cycle(pauses)

        async def one(which: int, referral: int, ends: bool) -> None:  # noqa: FBT001 - drawn
            log.turns = next(turn)
            act = (
                CompleteReferral(at=WEDNESDAY, referral=REFERRALS[referral], outcome="need-met")
                if ends
                else accepting(REFERRALS[referral], at=WEDNESDAY)
            )
            try:
                await deciders[which].decide(act, CLINIC)
            except Refusal:
                refused[referral] = True

        refused: dict[int, bool] = {}
        await asyncio.gather(*(one(*drawn) for drawn in asked))
        spans, _ = await Folds(log, CODEC).fold(LOG, occupancy(DRUGS_CLINIC))
        assert occupied(spans, WEDNESDAY) <= PLACES
        wanted = {referral for _, referral, _ in asked}
        if not any(ends for *_, ends in asked):
            assert occupied(spans, WEDNESDAY) == min(PLACES, len(wanted))
        for decider in deciders:
            await is_what_the_log_says(decider, log)

    asyncio.run(at_once())
