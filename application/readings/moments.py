"""The lines of a person's timeline: which of them a viewer may see, and what of each is opened."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from application.ports import Unsealer
from application.readings.asked import Asked
from application.revealing import Hidden, left_out
from application.views.timeline import TIMELINE, TimelineRow, fact_of
from domain.facts import Fact, Instant, Sealed, declared
from domain.governance.need_to_know import withheld
from domain.governance.scope import Category
from domain.governance.sharing import Permission
from domain.ids import AgencyId, PersonId, WorkerId


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a timeline. `fact` holds the fields of what was recorded, opened where the viewer may read them."""

    position: int
    type: str
    version: int
    category: Category
    happened: Instant
    recorded: Instant
    actor: WorkerId
    agency: AgencyId
    fact: dict[str, Any]
    hidden: tuple[Hidden, ...] = ()
    erased: tuple[str, ...] = ()


async def permitted_lines(
    asked: Asked, categories: frozenset[Category] | None, last: str | None, limit: int, *, newest_first: bool
) -> tuple[list[tuple[TimelineRow, Permission]], str | None]:
    """The next lines that the viewer may see, and behind which key there are more; None where there are none."""
    permissions = _Permissions(asked, categories)
    lines: list[tuple[TimelineRow, Permission]] = []
    more = True
    while more and len(lines) < limit:
        found = await _lines(asked, last, limit, newest_first=newest_first)
        more = len(found) == limit
        for suffix, row, people in found:
            if len(lines) == limit:
                more = True
                break
            last = suffix
            permission = next((one for person in people if (one := permissions.of(person, row)) is not None), None)
            if permission is not None:
                lines.append((row, await asked.of_all(row, permission)))
    return lines, last if more else None


def opened_lines(
    unsealer: Unsealer,
    asked: Asked,
    lines: Sequence[tuple[TimelineRow, Permission]],
) -> list[Moment]:
    """The lines of a timeline, opened at once."""
    viewer = asked.by.viewer
    wanted: list[Sealed] = []
    found: list[tuple[Fact, set[str], list[Hidden]]] = []
    for row, permission in lines:
        fact = fact_of(row)
        out, labels = left_out(fact, withheld(fact, viewer, permission.opens))
        found.append((fact, out, labels))
        for name, mark in declared(type(fact)).personal.items():
            value = getattr(fact, name)
            if isinstance(value, Sealed) and mark.personal_class in permission.opens and name not in out:
                wanted.append(value)
    opened = iter(unsealer.open_all(wanted)) if wanted else iter(())
    moments = [
        _moment(row, permission, fact, out, labels, opened)
        for (row, permission), (fact, out, labels) in zip(lines, found, strict=True)
    ]
    saw_lines(asked, lines, moments)
    return moments


def saw_lines(asked: Asked, lines: Iterable[tuple[TimelineRow, Permission]], moments: Iterable[Moment] = ()) -> None:
    """The account takes down of whom lines are, and what of them was opened or left out."""
    account = asked.account
    for category, permission in {(row.category, id(one)): (row.category, one) for row, one in lines}.values():
        account.saw(category, asked.people, permission.rules, permission.opens)
    for moment in moments:
        if moment.hidden:
            account.saw(moment.category, (), (), (), [one.field for one in moment.hidden])


class _Permissions:
    """The permissions of a timeline's lines, in the categories that were asked for."""

    def __init__(self, asked: Asked, categories: frozenset[Category] | None) -> None:
        self._asked = asked
        self._categories = categories

    def of(self, person: PersonId, row: TimelineRow) -> Permission | None:
        """The permission of a line of a record; None if it is not shown."""
        if self._categories is not None and row.category not in self._categories:
            return None
        permission = self._asked.decide_thing(
            person, str(row.position), row.category, row.parties, frozenset({row.agency})
        )
        return permission if permission.permitted and not permission.by_name else None


async def _lines(
    asked: Asked, last: str | None, limit: int, *, newest_first: bool
) -> list[tuple[str, TimelineRow, list[PersonId]]]:
    """The next lines of all records of the same human, by what follows the person in their keys; and whose they are."""
    found: dict[str, tuple[TimelineRow, list[PersonId]]] = {}
    for person in asked.people:
        prefix = f"{person}|"
        begin = None if last is None else prefix + last
        for one in await asked.rows.under(TIMELINE, prefix, after=begin, limit=limit, descending=newest_first):
            found.setdefault(one.key[len(prefix) :], (one.row, []))[1].append(person)
    ordered = sorted(found.items(), key=lambda one: one[0], reverse=newest_first)
    return [(suffix, row, people) for suffix, (row, people) in ordered[:limit]]


def _moment(
    row: TimelineRow,
    permission: Permission,
    fact: Fact,
    out: set[str],
    labels: Sequence[Hidden],
    opened: Iterator[str | None],
) -> Moment:
    marks = declared(type(fact)).personal
    hidden = list(labels)
    erased: list[str] = []
    fields: dict[str, Any] = {}
    for name in type(fact).__struct_fields__:
        if name in out:
            continue
        value = getattr(fact, name)
        mark = marks.get(name)
        if mark is None:
            fields[name] = value
        elif value is not None:
            if mark.personal_class not in permission.opens:
                hidden.append(Hidden(name, row.agency))
            elif isinstance(value, Sealed):
                text = fields[name] = next(opened)
                if text is None:
                    erased.append(name)
            else:
                fields[name] = value
    return Moment(
        position=row.position,
        type=row.type,
        version=row.version,
        category=row.category,
        happened=row.happened,
        recorded=row.recorded,
        actor=row.actor,
        agency=row.agency,
        fact=fields,
        hidden=tuple(hidden),
        erased=tuple(erased),
    )
