"""After a merge was undone: whose is what was recorded under one record while both were one human.

The log stands as it was written. What is said here names positions of the log whose facts are of the other person:
whatever folds facts takes them as recorded of that person from the beginning (ADR 0027).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Final, get_type_hints

import msgspec

from domain.actors import Actor
from domain.facts import (
    ATTRIBUTION,
    Command,
    Fact,
    Facts,
    IdentityText,
    Knowledge,
    Personal,
    Placed,
    Query,
    QueryItem,
    Text,
    knowing_where,
    tags_of,
)
from domain.ids import MergeId, PersonId, WorkerId
from domain.people.merging import HumansDecide, Merge, MergeProposed, MergeRefused, MergeReviewed
from domain.people.person import DistinctionWithdrawn, PersonsDistinct, PersonsMerged, PersonsUnmerged
from domain.refusals import Conflict, Unreadable, found

HANGS_ON: Final = (
    *("session", "episode", "instrument", "referral", "plan", "notification", "encounter", "restriction"),
    *("consent", "basis", "disclosure", "flag", "hold", "detail"),
    *("rights_request", "rectification", "complaint", "processing_restriction"),
)
"""What a fact is part of, the first of these that it names. What names none stands by itself."""

NOT_ATTRIBUTED: Final = frozenset(
    {
        *("glass-broken", "glass-closed", "glass-reviewed", "hub-session-cancelled"),
        *("erasure-proposed", "erasure-declined", "retention-review-due", "retention-kept"),
    }
)
"""Somebody looked, told several people, or said how long a human is remembered: that is nobody's to give away."""

_BETWEEN_RECORDS: Final = (
    MergeProposed,
    MergeRefused,
    MergeReviewed,
    PersonsDistinct,
    DistinctionWithdrawn,
)


class RecordsAttributed(Fact, type=ATTRIBUTION, version=1, tags=("person", "person:{other}", "merge", "*touched")):
    """A named human says that what stands at these positions of the log is of `other`, not of `person`.

    What is `kept` is of `person`, as it was written. `touched` are the tags under which decisions find what moves, as
    it was and as it is, so that each of them learns of it.
    """

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: str
    by_worker: WorkerId
    positions: tuple[int, ...]
    kept: tuple[int, ...] = ()
    touched: tuple[str, ...] = ()
    reason: IdentityText = None


class AttributeRecords(Command):
    """Say of things recorded while two records were one whose they are, under whichever record they were written.

    `others` are of the person whose record had gone on under the first one's; what is `kept` is of the first one.
    """

    merge: MergeId
    others: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    reason: Annotated[Text | None, Personal("identity")] = None


@lru_cache(1_000)
def person_fields(cls: type[Fact]) -> tuple[str, ...]:
    """The fields of a fact that name somebody it is of, or somebody who had a part in it."""
    hints = get_type_hints(cls)
    return tuple(name for name in cls.__struct_fields__ if hints[name] in {PersonId, PersonId | None})


def as_of(fact: Fact, person: PersonId, other: PersonId) -> Fact:
    """The fact, recorded of another person."""
    changes = {name: other for name in person_fields(type(fact)) if getattr(fact, name) == person}
    return msgspec.structs.replace(fact, **changes) if changes else fact


def tagged_as_of(tag: str, person: str, other: str) -> str:
    """The tag of the fact, if it were recorded of another person."""
    return "".join(other if part == person else part for part in re.split(r"([:|])", tag))


class Attributed:
    """Of whom facts are, as far as it was said: the last word on a position counts."""

    def __init__(self, said: Iterable[RecordsAttributed] = ()) -> None:
        """`said` in the order of the log."""
        self._moves: dict[int, list[tuple[PersonId, PersonId]]] = defaultdict(list)
        for one in said:
            for position in one.positions:
                self._moves[position].append((one.person, one.other))

    @property
    def positions(self) -> frozenset[int]:
        """The positions of which anything was said."""
        return frozenset(self._moves)

    def of(self, fact: Fact, position: int) -> Fact:
        """The fact, of whoever it is of."""
        if not self._moves:
            return fact
        for person, other in self._moves.get(position, ()):
            fact = as_of(fact, person, other)
        return fact


def wider(query: Query, said: Iterable[RecordsAttributed]) -> Query:
    """What to ask in order to find what the query asks for, wherever it was written."""
    moves = [(one.other, one.person) for one in said if one.positions]
    items = dict.fromkeys(query)
    waiting = list(query)
    while waiting:
        item = waiting.pop()
        for now, before in moves:
            tags = frozenset(tagged_as_of(tag, now, before) for tag in item.tags)
            elsewhere = QueryItem(item.types, tags)
            if elsewhere not in items:
                items[elsewhere] = None
                waiting.append(elsewhere)
    return tuple(items)


def matching(query: Query, fact: Fact) -> bool:
    """Whether a query asks for the fact. An attribution is told only to what asks for facts of every type."""
    tags = frozenset(tags_of(fact))
    every = fact.fact_type == ATTRIBUTION
    return any((not item.types or (not every and fact.fact_type in item.types)) and item.tags <= tags for item in query)


def told(query: Query, written: Iterable[tuple[int, Fact]]) -> list[tuple[int, Fact]]:
    """The facts that a query asks for, each of whoever it is of, from facts as they were written."""
    every = list(written)
    attributed = Attributed(fact for _, fact in every if isinstance(fact, RecordsAttributed))
    facts = ((position, attributed.of(fact, position)) for position, fact in every)
    return [(position, fact) for position, fact in facts if matching(query, fact)]


class Written(msgspec.Struct, frozen=True):
    """Something that was recorded of a person: where, what it is part of, and how decisions find it."""

    position: int
    thing: str
    tags: tuple[str, ...]


class Story(msgspec.Struct, frozen=True):
    """What was recorded of a person, from when to when merges stood, and which positions are settled."""

    written: tuple[Written, ...] = ()
    merged: Mapping[MergeId, tuple[int, int | None]] = {}
    settled: frozenset[int] = frozenset()
    hanging: Mapping[str, str] = {}


def evolve_story(state: Story, placed: Placed) -> Story:
    """Each fact in its place."""
    fact, position = placed.fact, placed.position
    change = msgspec.structs.replace
    match fact:
        case PersonsMerged():
            return change(state, merged={**state.merged, fact.merge: (position, None)})
        case PersonsUnmerged():
            since, _ = state.merged.get(fact.merge, (position, None))
            return change(state, merged={**state.merged, fact.merge: (since, position)})
        case RecordsAttributed():
            return change(state, settled=state.settled | {*fact.positions, *fact.kept})
        case _ if isinstance(fact, _BETWEEN_RECORDS) or fact.fact_type in NOT_ATTRIBUTED:
            return state
    things = [f"{kind}:{value}" for kind in HANGS_ON if isinstance(value := getattr(fact, kind, None), str)]
    thing = next((state.hanging[one] for one in things if one in state.hanging), things[0] if things else "")
    hanging = {**state.hanging, **dict.fromkeys(things, thing)} if len(things) > 1 else state.hanging
    written = Written(position, thing or f"fact:{position}", tags_of(fact))
    return change(state, written=(*state.written, written), hanging=hanging)


def story(person: PersonId) -> Knowledge[Story]:
    """What was recorded of a person, and where."""
    return knowing_where(Story(), evolve_story, f"person:{person}")


class Thing(msgspec.Struct, frozen=True):
    """Something that was begun while two records were one: of whom it is now, and whether anybody said so."""

    id: str
    person: PersonId
    positions: tuple[int, ...]
    tags: frozenset[str]
    settled: bool


def things_between(merge: MergeId, known: Merge, one: Story, other: Story) -> tuple[Thing, ...]:
    """What was begun while the merge stood, with all that hangs on it since, in the order in which it was begun."""
    since, until = one.merged.get(merge, (0, 0))
    things: list[Thing] = []
    for person, of in ((known.person, one), (known.other, other)):
        gathered: dict[str, list[Written]] = {}
        for written in of.written:
            gathered.setdefault(of.hanging.get(written.thing, written.thing), []).append(written)
        for thing, parts in gathered.items():
            positions = tuple(part.position for part in parts)
            if since < positions[0] and (until is None or positions[0] < until):
                tags = frozenset(tag for part in parts for tag in part.tags)
                settled = bool((one.settled | other.settled).intersection(positions))
                things.append(Thing(thing, person, positions, tags, settled))
    return tuple(sorted(things, key=lambda thing: thing.positions))


class NotUndone(Conflict):
    """While a merge stands, everything is of one human."""

    code = "not-undone"
    rule = "It is said whose a thing is after the merge was undone."
    permitted_by = "Undo the merge first."


class WhoseIsIt(Unreadable):
    """One thing is of one person."""

    code = "whose-is-it"
    rule = "Each thing is of the one person or of the other."
    permitted_by = "Choose one answer for each thing, or leave it for somebody who knows."


def attribute(command: AttributeRecords, by: Actor, known: Merge, one: Story, other: Story) -> Facts:
    """A human says whose things are, as far as they know. The last word counts; said again, it adds nothing."""
    if by.role == "system":
        raise HumansDecide
    if known.status != "undone":
        raise NotUndone(status=known.status)
    if command.others & command.kept:
        raise WhoseIsIt
    things = {thing.id: thing for thing in things_between(command.merge, known, one, other)}
    others = [found(things.get(thing)) for thing in sorted(command.others)]
    kept = [found(things.get(thing)) for thing in sorted(command.kept)]
    return (
        *_said(command, by, (known.person, known.other), others, kept),
        *_said(command, by, (known.other, known.person), kept, others),
    )


def _said(
    command: AttributeRecords, by: Actor, pair: tuple[PersonId, PersonId], theirs: list[Thing], own: list[Thing]
) -> Facts:
    """What stands under the first of the pair: of it, what is the second one's, and what is its own after all."""
    moved = [thing for thing in theirs if thing.person == pair[0]]
    kept = [thing for thing in own if thing.person == pair[0] and not thing.settled]
    if not moved and not kept:
        return ()
    tags = {tag for thing in moved for tag in thing.tags}
    return (
        RecordsAttributed(
            at=command.at,
            merge=command.merge,
            person=pair[0],
            other=pair[1],
            by_agency=by.agency,
            by_worker=by.worker,
            positions=tuple(sorted(position for thing in moved for position in thing.positions)),
            kept=tuple(sorted(position for thing in kept for position in thing.positions)),
            touched=tuple(sorted(tags | {tagged_as_of(tag, *pair) for tag in tags})),
            reason=command.reason,
        ),
    )
