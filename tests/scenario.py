"""Given-when-then for deciders: what was recorded, what is asked, what is then recorded or refused."""

import datetime as dt
from collections.abc import Awaitable, Coroutine
from typing import Any, Self, TypeVar, get_args

import pytest

import application  # noqa: F401 - enters the decisions into the table
from application.deciding import DECISIONS
from domain.actors import Actor
from domain.calendar import LONDON
from domain.facts import Command, Fact, Facts, Knowledge, QueryItem
from domain.governance.agreement import AgreementMade
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.governance.staff import WorkerPosted
from domain.ids import AgencyId, AgreementId
from domain.people.attributing import told
from domain.refusals import Refusal

S = TypeVar("S")


LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LONG_AFTER = dt.datetime(2035, 1, 1, tzinfo=dt.UTC)


class Knowing:
    """Knows from a list of facts, as the log would tell it, and remembers what was asked."""

    def __init__(self, facts: Facts, by: Actor | None = None, now: dt.datetime = LONG_AFTER) -> None:
        before = () if by is None else at_work(by)
        self.facts = (*before, *facts)
        self._first = 1 - len(before)
        self.now = now
        self.asked: list[QueryItem] = []

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        self.asked.extend(knowledge.query)
        state = knowledge.initial
        for position, fact in told(knowledge.query, enumerate(self.facts, self._first)):
            state = knowledge.told(state, fact, position)
        return state


def run(awaitable: Awaitable[S]) -> S:
    """Run a decision that waits for nothing outside."""
    coroutine: Coroutine[Any, Any, S] = awaitable  # type: ignore[assignment]
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("a decision waited for the outside world")


class Then:
    """What came of a command."""

    def __init__(self, given: Facts, command: Command, by: Actor) -> None:
        self._given, self._command, self._by = given, command, by

    def _decide(self, given: Facts) -> Facts:
        knowing = Knowing(given, self._by, self._command.at)
        return run(DECISIONS[type(self._command)](knowing, self._command, self._by))

    def then(self, *expected: Fact) -> Facts:
        """These facts are added; asked again, the decision adds nothing or refuses."""
        added = self._decide(self._given)
        assert added == expected, f"\nadded:    {added}\nexpected: {expected}"
        self._repeat(added)
        return added

    def then_adds(self, *types: type[Fact]) -> Facts:
        """Facts of these types are added, in this order; asked again, the decision adds nothing or refuses."""
        added = self._decide(self._given)
        assert [type(one) for one in added] == list(types), f"\nadded: {added}"
        self._repeat(added)
        return added

    def then_nothing(self) -> None:
        """The decision succeeds and adds nothing."""
        assert self._decide(self._given) == ()

    def then_refused(self, refusal: type[Refusal], **facts: object) -> Refusal:
        """The decision refuses, for exactly this reason."""
        with pytest.raises(Refusal) as raised:
            self._decide(self._given)
        answer = raised.value
        assert type(answer) is refusal, f"refused with {answer!r}, not {refusal.__name__}"
        for name, value in facts.items():
            assert answer.facts.get(name) == value, f"{name} is {answer.facts.get(name)!r}, not {value!r}"
        return answer

    def _repeat(self, added: Facts) -> None:
        try:
            again = self._decide(self._given + added)
        except Refusal:
            return
        assert again == (), f"asked again, it adds {again}"


class When:
    """A history, to which a command is put."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def and_given(self, *facts: Fact) -> Self:
        """The same history and more."""
        return type(self)(self.facts + facts)

    def when(self, command: Command, by: Actor) -> Then:
        """Somebody asks for something."""
        return Then(self.facts, command, by)


def given(*facts: Fact) -> When:
    """What was recorded before."""
    return When(facts)


def at_work(by: Actor) -> Facts:
    """Whoever acts holds a post, unless the story says otherwise."""
    if by.role == "system":
        return ()
    return (WorkerPosted(at=LONG_AGO, worker=by.worker, agency=by.agency, role=by.role),)


def sharing_agreement(*parties: AgencyId) -> AgreementMade:
    """Everything is shared between these agencies, to every end."""
    return AgreementMade(
        at=LONG_AGO,
        agreement=AgreementId("sharing"),
        name="Information sharing agreement",
        parties=frozenset(parties),
        purposes=frozenset(get_args(Purpose)),
        categories=frozenset(get_args(SharedCategory)),
        crossings=frozenset(get_args(Crossing)),
        from_date=LONG_AGO.date(),
        until_date=None,
        review_date=dt.date(2040, 1, 1),
        source="signed text",
    )


def london(text: str) -> dt.datetime:
    """A moment from ISO 8601 text, in London where it says no offset."""
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=LONDON)
