"""Somebody who is asked about: the records of one human that a viewer may see, and what of them is decided how."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec

from application.access import Account
from application.attributed import recorded_told
from application.deciding import Know
from application.permitting import refuse_restricted
from application.ports import Codec, EventLog, LogId, ReadRows, Recorded
from application.relating import sight
from application.views import VIEWS
from application.views.held import HeldRows
from application.views.people import PersonRow
from application.views.timeline import TimelineRow, fact_of, persons_of, says_of_several
from application.views.view import Rows
from domain.actors import Actor
from domain.facts import CATALOGUE, QueryItem
from domain.governance import sharing
from domain.governance.scope import Category
from domain.governance.sharing import Permission, Relationship, Resource, Standing
from domain.ids import AgencyId, PersonId
from domain.people.person import PersonsMerged
from domain.refusals import Unknown


class Sight(msgspec.Struct, frozen=True):
    """What of a record is judged for a viewer: whom it concerns, and on which basis their agency may know of it."""

    relationship: Relationship
    basis: Literal["live", "ended"] | None

    @property
    def entry(self) -> Resource:
        """The record's entry in the register."""
        return Resource(category="register", relationship=self.relationship, basis=self.basis)


async def sight_of(know: Know, person: PersonId, viewer: Actor) -> Sight:
    relationship, bases = await sight(know, person)
    return Sight(relationship, bases.standing_of(viewer.agency, know.now))


class Asked:
    """A person who was asked about: their rows, and the records of the same human, each with whom it concerns."""

    def __init__(
        self,
        know: Know,
        account: Account,
        category: Category,
        by: Standing,
        rows: ReadRows,
        row: PersonRow,
        records: Mapping[PersonId, Sight],
        stricter: Mapping[tuple[PersonId, str], Sight],
    ) -> None:
        """`records` are those that the viewer may see, the one asked about first.

        `stricter` says of things whose person is not settled by which other record they are judged, too.
        """
        self._know = know
        self.account = account
        self.category = category
        self.by = by
        self.rows = rows
        self.row = row
        self.people = tuple(records)
        self._records = records
        self._stricter = stricter
        self._decided: dict[tuple[PersonId, Category, frozenset[AgencyId], frozenset[AgencyId] | None], Permission] = {}

    @property
    def relationship(self) -> Relationship:
        """Whom the record concerns that was asked about."""
        return self._records[self.people[0]].relationship

    @property
    def entry(self) -> Resource:
        """The person's entry in the register."""
        return self._records[self.people[0]].entry

    async def permit(self, resource: Resource, *, safety: bool = False) -> Permission:
        """The permission, or Unknown. From here on there is an answer about this person, be it that there is nothing.

        `safety`: nothing but staff-safety flags will be shown.
        """
        permission = sharing.decide(self.by, "read", msgspec.structs.replace(resource, warns=safety))
        if not permission.permitted:
            refuse_restricted(self.by, "read", resource)
            raise Unknown
        self.account.saw(self.category, self.people, permission.rules, safety=safety)
        return permission

    def decide(
        self,
        person: PersonId,
        category: Category,
        parties: frozenset[AgencyId],
        authors: frozenset[AgencyId] | None = None,
    ) -> Permission:
        """Whether the viewer may see what is of a record and category, has these parties, and who recorded it."""
        question = (person, category, parties, authors)
        permission = self._decided.get(question)
        if permission is None:
            seen = self._records[person]
            resource = Resource(
                category=category,
                relationship=seen.relationship,
                parties=parties,
                authors=authors,
                basis=seen.basis,
            )
            permission = self._decided[question] = sharing.decide(self.by, "read", resource)
        return permission

    def decide_thing(
        self,
        person: PersonId,
        thing: str,
        category: Category,
        parties: frozenset[AgencyId],
        authors: frozenset[AgencyId] | None = None,
    ) -> Permission:
        """The same of one thing, by its id or position: while nobody has said whose it is, the stricter of both."""
        permission = self.decide(person, category, parties, authors)
        other = self._stricter.get((person, thing))
        if other is None or not permission.permitted:
            return permission
        resource = Resource(
            category=category, relationship=other.relationship, parties=parties, authors=authors, basis=other.basis
        )
        theirs = sharing.decide(self.by, "read", resource)
        return msgspec.structs.replace(theirs, opens=theirs.opens & permission.opens)

    async def of_all(self, row: TimelineRow, permission: Permission) -> Permission:
        """What is said of several people in words is opened to those who may see who each of them is."""
        if not says_of_several(CATALOGUE[row.type, row.version]):
            return permission
        for person in persons_of(CATALOGUE[row.type, row.version])(fact_of(row)):
            seen = self._records.get(person) or await sight_of(self._know, person, self.by.viewer)
            entry = sharing.decide(self.by, "read", seen.entry)
            if entry.by_name or "identity" not in entry.opens:
                return msgspec.structs.replace(permission, opens=frozenset())
        return permission


async def rows_as_at(log: EventLog, codec: Codec, id_: LogId, person: PersonId, as_at: dt.datetime) -> HeldRows:
    """What had been recorded of a person by then, folded as the live rows are."""
    found: dict[int, Recorded] = {}
    waiting, seen = [person], {person}
    while waiting:
        one = waiting.pop()
        query = (QueryItem(tags=frozenset({f"person:{one}"})),)
        for recorded in await recorded_told(log, codec, id_, query, until=as_at):
            found[recorded.envelope.position] = recorded
            fact = recorded.fact
            if isinstance(fact, PersonsMerged) and fact.person == one and fact.other not in seen:
                seen.add(fact.other)
                waiting.append(fact.other)
    rows: Rows = {}
    for position in sorted(found):
        VIEWS.project(rows, found[position])
    return HeldRows(rows, max(found, default=0))
