"""Rows about people, one by one, person by person and agency by agency: each decided, and whom it is about."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Generic, Literal, TypeVar

import msgspec

from application.deciding import Know
from application.flags_of_human import with_flags_of_human
from application.permitting import permit, standing
from application.ports import Listed, log_of
from application.readings.asked import sight_of
from application.readings.ground import Ground
from application.readings.paging import OF_ONE_PERSON, Page, page_of
from application.relating import restricted_of, the_bases, unsettled
from application.revealing import Masked, Shown
from application.views.actions_due import DueRow
from application.views.duty import NotificationRow
from application.views.inbox import ReferralRow
from application.views.people import PEOPLE, PersonRow
from application.views.view import View
from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import FlagKind
from domain.governance import sharing
from domain.governance.scope import Category
from domain.governance.sharing import Permission, Relationship, Resource, Standing
from domain.ids import AgencyId, PersonId
from domain.refusals import Unknown
from domain.rights.restriction import Restricted

R = TypeVar("R", bound=msgspec.Struct)

Box = Literal["open", "ended"]


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a list names them: enough to know whom one speaks of, and what to mind when meeting them."""

    person: PersonId
    reference: str | None = None
    synthetic: bool = False
    given_name: str | None = None
    family_name: str | None = None
    nickname: str | None = None
    needs_interpreter: bool | None = None
    erased: bool = False
    flags: tuple[FlagKind, ...] = ()


class Line(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """A row of a list, with the person it is about."""

    who: Who | None
    shown: Shown[R]
    overdue: bool = False
    days_open: int | None = None


async def one_of(
    ground: Ground, viewer: Actor, category: Category, view: View[R], key: str, after: int | None
) -> Shown[R]:
    """One row about a person. An unknown one costs the same questions as one that does not concern the viewer."""
    log_of(viewer.partnership)
    know = ground.know(viewer)
    await permit(know, viewer, "read", Resource(category=category, of_person=False))
    async with ground.rows(viewer, after) as rows:
        row = await rows.row(view, key)
    person = _person_of(row) or PersonId(key)
    seen = await sight_of(know, person, viewer)
    other = (await unsettled(know, person)).get(key)
    if row is None:
        raise Unknown
    resource = Resource(
        category=category,
        relationship=seen.relationship,
        parties=_parties(row),
        authors=_authors(row),
        basis=seen.basis,
    )
    permission = await permit(know, viewer, "read", resource)
    if other is not None:  # nobody has said whose it is: the stricter of both
        theirs = await sight_of(know, other, viewer)
        stricter = msgspec.structs.replace(resource, relationship=theirs.relationship, basis=theirs.basis)
        strict = await permit(know, viewer, "read", stricter)
        permission = msgspec.structs.replace(strict, opens=strict.opens & permission.opens)
    return ground.reveal([Masked(row, viewer, category, permission, whom_to_ask(row, viewer))])[0]


async def all_of_person(
    ground: Ground,
    viewer: Actor,
    category: Category,
    view: View[R],
    person: PersonId,
    after: int | None,
    as_at: dt.datetime | None,
) -> tuple[Shown[R], ...]:
    """A person's rows of one kind that the viewer may see; the person must concern the viewer's agency."""
    async with ground.of_person(viewer, category, person, after, as_at) as asked:
        await asked.permit(asked.entry)
        listed: list[tuple[PersonId, Listed[R]]] = []
        for person_id in asked.people:
            found = await asked.rows.listed(view, f"person:{person_id}", limit=OF_ONE_PERSON)
            listed.extend((person_id, one) for one in found)
        listed.sort(key=lambda one: (one[1].sort, one[1].key))
        masked = [
            Masked(one.row, viewer, category, permission, whom_to_ask(one.row, viewer))
            for person_id, one in listed
            if (
                permission := asked.decide_thing(
                    person_id, one.key.partition("|")[0], category, _parties(one.row), _authors(one.row)
                )
            ).permitted
        ]
        return tuple(ground.reveal(masked))


async def lines_of_agency(
    ground: Ground,
    viewer: Actor,
    category: Category,
    view: View[R],
    scope: str,
    cursor: str | None,
    limit: int,
    after: int | None,
    latest: Box = "open",
) -> Page[Line[R]]:
    """A list of the viewer's own agency. Each row is decided by its parties, of which the agency is one."""
    log_of(viewer.partnership)
    know = ground.know(viewer)
    await permit(know, viewer, "read", Resource(category=category, of_person=False))
    by = await standing(know, viewer)
    async with ground.rows(viewer, after) as rows:
        listed, next_cursor = await page_of(rows, view, scope, cursor, limit, descending=latest == "ended")
        named = [_person_of(each.row) or PersonId("") for each in listed]
        people = await with_flags_of_human(rows, await rows.rows(PEOPLE, named))
        position = rows.position
    told = await _told(know, viewer, [one.row for one in listed])
    restricted = await _restricted(know, by, named)
    masked: list[Masked[R]] = []
    permissions: dict[PersonId, Permission] = {}
    for one in listed:
        person = _person_of(one.row)
        resource = Resource(
            category=getattr(one.row, "category", category),
            relationship=Relationship(restricted=restricted.get(person, ()) if person else ()),
            parties=_parties(one.row),
            authors=_authors(one.row),
            of_person=person is not None,
            basis=None if person is None else told.get(person),
        )
        permission = sharing.decide(by, "read", resource)
        if permission.permitted:
            masked.append(Masked(one.row, viewer, resource.category, permission, whom_to_ask(one.row, viewer)))
            if person is not None and not (person in permissions and permissions[person].permitted):
                entry = msgspec.structs.replace(resource, category="register")
                permissions[person] = sharing.decide(by, "read", entry)
    who = who_of(ground, people, permissions)
    today = civil_date(ground.clock.now())
    items = tuple(
        Line(
            who=who.get(_person_of(one.row) or PersonId("")),
            shown=one,
            overdue=_overdue(one.row, today),
            days_open=_days_open(one.row, today),
        )
        for one in ground.reveal(masked)
    )
    return Page(items=items, next=next_cursor, position=position)


def who_of(
    ground: Ground, people: dict[str, PersonRow], permissions: dict[PersonId, Permission]
) -> dict[PersonId, Who]:
    """The people of a list by name, as far as their entries may be read."""
    wanted = [row for row in people.values() if row.person in permissions and permissions[row.person].permitted]
    values = [
        value if "identity" in permissions[row.person].opens else None
        for row in wanted
        for value in (row.given_name, row.family_name, row.nickname)
    ]
    opened = iter(ground.unsealer.open_all(values))
    today = civil_date(ground.clock.now())
    for row in wanted:
        permission = permissions[row.person]
        ground.account.saw("register", (row.person,), permission.rules, permission.opens & {"identity"})
    return {
        row.person: Who(
            person=row.person,
            reference=row.reference,
            synthetic=row.synthetic,
            given_name=next(opened),
            family_name=next(opened),
            nickname=next(opened),
            needs_interpreter=row.needs_interpreter,
            erased=row.erased,
            flags=tuple(dict.fromkeys(one.kind for one in row.on(today).flags)),
        )
        for row in wanted
    }


def whom_to_ask(row: object, viewer: Actor) -> AgencyId | None:
    """Whom to ask for what is hidden: the other party."""
    for name in ("to_agency", "authority", "by_agency", "agency", "from_agency"):
        one: AgencyId | None = getattr(row, name, None)
        if one is not None and one != viewer.agency:
            return one
    return None


async def _told(know: Know, viewer: Actor, rows: Sequence[object]) -> dict[PersonId, Literal["live", "ended"] | None]:
    """On which basis the viewer's agency may know of those whom others wrote of."""
    asked = {
        person
        for row in rows
        if (person := _person_of(row)) is not None and viewer.agency not in (_authors(row) or _parties(row))
    }
    found = await asyncio.gather(*(the_bases(know, one) for one in asked))
    return {one: bases.standing_of(viewer.agency, know.now) for one, bases in zip(asked, found, strict=True)}


async def _restricted(know: Know, by: Standing, people: Iterable[PersonId]) -> dict[PersonId, Restricted]:
    """The restrictions of those on a list, where the partnership has any."""
    asked = list(dict.fromkeys(people)) if by.partnership.restricts else []
    found = await asyncio.gather(*(restricted_of(know, by.partnership, one) for one in asked))
    return dict(zip(asked, found, strict=True))


def _person_of(row: object) -> PersonId | None:
    return getattr(row, "person", None)


def _parties(row: object) -> frozenset[AgencyId]:
    return getattr(row, "parties", frozenset())


def _authors(row: object) -> frozenset[AgencyId] | None:
    return getattr(row, "authors", None)


def _overdue(row: object, today: dt.date) -> bool:
    match row:
        case DueRow():
            return row.overdue(today)
        case ReferralRow(answer_due=dt.date() as due, answered_at=None):
            return row.open and due < today
        case NotificationRow(acknowledged_at=None, contacted_at=None, ended_at=None):
            return row.answer_due < today
        case _:
            return False


def _days_open(row: object, today: dt.date) -> int | None:
    match row:
        case ReferralRow(sent_at=dt.datetime() as since) if row.open:
            return (today - civil_date(since)).days
        case NotificationRow(ended_at=None):
            return (today - civil_date(row.notified_at)).days
        case _:
            return None
