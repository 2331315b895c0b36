"""Whom a human concerns and on which basis, from all of their records, each judged by how far merges were reviewed.

A record that was merged is judged by its own facts, by those of records that a review joined it with, and by what is
closed under records that wait for their review (ADR 0027).
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

import msgspec

from domain.facts import Fact, Knowledge
from domain.governance import sharing
from domain.governance.partnership import Partnership
from domain.governance.sharing import Relationship
from domain.ids import AgencyId, PersonId
from domain.people import attributing, consent, merging
from domain.people.consent import Bases
from domain.people.links import Links, evolve_links
from domain.rights.restriction import Restricted

S = TypeVar("S")


class Knows(Protocol):
    """Answers at the head, whether to decide or to look."""

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        """The facts that the knowledge asks for, folded."""
        ...


class Record(msgspec.Struct, frozen=True):
    """Whom one record concerns, and which records are the same human's."""

    relationship: Relationship
    links: Links


def _evolve(state: Record, fact: Fact) -> Record:
    """Both at once: it is one question, which every reading and every decision about somebody asks."""
    relationship = sharing.evolve_relationship(state.relationship, fact)
    links = evolve_links(state.links, fact)
    if links.joined and relationship.agencies != state.relationship.agencies:
        links = links.shared_with(relationship.agencies - state.relationship.agencies)
    if relationship is state.relationship and links is state.links:
        return state
    return Record(relationship, links)


def record(person: PersonId) -> Knowledge[Record]:
    """One record of a person, folded at the head: never taken from a view that may lag."""
    told = sharing.relationship(person)
    return Knowledge(told.query, Record(told.initial, Links(person)), _evolve)


async def the_relationship(know: Knows, person: PersonId) -> Relationship:
    """Whom a record concerns: by itself, and by the reviews of its merges."""
    return await _relationship(know, await know(record(person)))


async def the_bases(know: Knows, person: PersonId) -> Bases:
    """On what may be shared of a record: on its own consents and bases, and those of all records it was joined with.

    What is closed under records whose merge waits for its review is closed here, too.
    """
    bases = await know(consent.bases(person))
    return await _bases(know, await know(record(person)), bases)


async def sight(know: Knows, person: PersonId) -> tuple[Relationship, Bases]:
    """Both, asked at once."""
    own, bases = await asyncio.gather(know(record(person)), know(consent.bases(person)))
    return await _relationship(know, own), await _bases(know, own, bases)


async def _relationship(know: Knows, own: Record) -> Relationship:
    found = own.relationship
    async for other, shared in _joined(know, own):
        found = msgspec.structs.replace(
            found, agencies=found.agencies | shared, broken=found.broken + other.relationship.broken
        )
    restricted = await _restricted(know, own)
    return msgspec.structs.replace(found, restricted=restricted) if restricted != found.restricted else found


async def restricted_of(know: Knows, known: Partnership, person: PersonId) -> Restricted:
    """The restrictions of a human, where nothing else is asked of whom they concern: most partnerships have none."""
    return (await the_relationship(know, person)).restricted if known.restricts else ()


async def _restricted(know: Knows, own: Record) -> Restricted:
    """The restrictions of all records of a human, be their merge reviewed or not: what is closed is closed in each."""
    found, seen, waiting = own.relationship.restricted, {own.links.id}, sorted(own.links.joined)
    while waiting:
        one_id = waiting.pop()
        if one_id not in seen:
            seen.add(one_id)
            one = await know(record(one_id))
            found += one.relationship.restricted
            waiting.extend(one.links.joined)
    return found


async def _bases(know: Knows, own: Record, found: Bases) -> Bases:
    if not own.links.joined:
        return found
    reached = {own.links.id}
    async for other, _ in _joined(know, own):
        reached.add(other.links.id)
        found = consent.together(found, await know(consent.bases(other.links.id)))
    waiting = sorted(reached)
    while waiting:
        one = await know(record(waiting.pop()))
        for other_id in sorted(one.links.joined.keys() - reached):
            reached.add(other_id)
            waiting.append(other_id)
            found = consent.apart(found, await know(consent.bases(other_id)))
    return found


async def _joined(know: Knows, own: Record) -> AsyncIterator[tuple[Record, frozenset[AgencyId]]]:
    """The records that reviews joined with this one, from merge to merge, and whom all of these concern."""
    seen = {own.links.id}
    waiting: list[tuple[Record, frozenset[AgencyId] | None]] = [(own, None)]
    while waiting:
        one, carried = waiting.pop()
        for other_id, shared in sorted(one.links.joined.items()):
            if shared is None or other_id in seen:
                continue
            seen.add(other_id)
            other = await know(record(other_id))
            both = shared | (other.links.joined.get(one.links.id) or frozenset())
            both = both if carried is None else both & carried
            yield other, both
            waiting.append((other, both))


async def unsettled(know: Knows, person: PersonId) -> dict[str, PersonId]:
    """What was begun under a record while a merge stood and nobody has said whose it is: ids and positions, as texts.

    Each with the other record: until somebody says so, it is for those alone who may see it of either.
    """
    found: dict[str, PersonId] = {}
    for merge, other in (await know(record(person))).links.parted:
        known = await know(merging.merge(merge))
        if known is None or known.status != "undone":
            continue
        stories = [await know(attributing.story(one)) for one in (known.person, known.other)]
        for thing in attributing.things_between(merge, known, stories[0], stories[1]):
            if thing.person == person and not thing.settled:
                ids = (tag.partition(":") for tag in thing.tags)
                found |= dict.fromkeys((one for kind, _, one in ids if kind in attributing.HANGS_ON), other)
                found |= dict.fromkeys(map(str, thing.positions), other)
    return found
