"""People: their entry in the register, and what to mind when meeting them."""

import datetime as dt

import msgspec

from application.readings.ground import Ground
from application.revealing import Masked, Shown
from application.views.people import Flag, PersonRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.ids import PersonId


class Safety(msgspec.Struct, frozen=True, kw_only=True):
    """The warnings that concern the safety of whoever meets somebody."""

    person: PersonId
    flags: tuple[Shown[Flag], ...]
    position: int


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """The person's entry, and the records that were found to be the same human."""

    shown: Shown[PersonRow]
    same_human: tuple[PersonId, ...]
    position: int


class People(msgspec.Struct, frozen=True):
    """Reads entries of the register."""

    ground: Ground

    async def person(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> PersonPage:
        """The register's entry. Raises: NotPermitted, Unknown, ViewBehind."""
        async with self.ground.of_person(viewer, "register", person, after, as_at) as asked:
            permission = await asked.permit(asked.entry)
            row = asked.row.on(civil_date(as_at or self.ground.clock.now()))
            row = row.by_name() if permission.by_name else row
            shown = self.ground.reveal([Masked(row, viewer, "register", permission, row.by_agency)])[0]
            return PersonPage(shown=shown, same_human=asked.people[1:], position=asked.rows.position)

    async def safety(self, viewer: Actor, person: PersonId, *, after: int | None = None) -> Safety:
        """What to mind for one's own safety when meeting somebody, and nothing else: told also without the ledger.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        async with self.ground.of_person(viewer, "register", person, after, None) as asked:
            permission = await asked.permit(asked.entry, safety=True)
            row = asked.row.on(civil_date(self.ground.clock.now()))
            shown = self.ground.reveal(
                [
                    Masked(one, viewer, "register", permission, one.by_agency)
                    for one in row.flags
                    if one.kind == "staff-safety"
                ],
                safety=True,
            )
            return Safety(person=person, flags=tuple(shown), position=row.position)
