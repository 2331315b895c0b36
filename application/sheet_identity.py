"""Who the people of a contact sheet are: what is said first holds, what disagrees is reported, what is new is added."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from application.attributed import recorded_told
from application.contact_sheet import IDENTITY_COLUMNS, Identity, SheetRow
from application.finding.near import NearMatch
from application.ports import Codec, EventLog, Unsealer, log_of
from application.views.people import PEOPLE, PersonRow
from domain import codes
from domain.calendar import civil_date
from domain.facts import asking
from domain.ids import PartnershipId, PersonId
from domain.people.search import SearchKey

Said = dict[str, object]
"""What a row says of who its person is, by column."""
SEALED: Final = ("given_name", "family_name", "nickname", "born", "sex", "ethnicity", "ethnicity_observed")


class Found(msgspec.Struct, frozen=True):
    """By what the register was searched for somebody, nothing where a sheet says too little, and who it may be."""

    keys: tuple[SearchKey, ...] = ()
    near: tuple[NearMatch, ...] = ()

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Who was found."""
        return tuple(one.row.person for one in self.near)


class Who(msgspec.Struct):
    """A person of a sheet: all that register and sheet say, and what of it the register is still to be told.

    `found` is who else in the register they may be: none of the sheet's own people, whom it tells apart itself.
    """

    identity: Identity = Identity()
    added: Identity | None = None
    found: Found = Found()


class Known(msgspec.Struct, frozen=True):
    """What the register says of somebody; `aliases` and `languages` may be several."""

    said: Said = {}
    aliases: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()


class Register:
    """The register as an import reads it: at the head of the log, not in a view that may lag."""

    def __init__(self, log: EventLog, codec: Codec, unsealer: Unsealer) -> None:
        self._log, self._codec, self._unsealer = log, codec, unsealer

    async def known(self, partnership: PartnershipId, person: PersonId) -> Known | None:
        """Who somebody is by what was recorded, None where nobody is registered under that id."""
        assert PEOPLE.facts is not None
        item = asking(PEOPLE.facts, f"person:{person}")
        row: PersonRow | None = None
        for recorded in await recorded_told(self._log, self._codec, log_of(partnership), (item,)):
            row = PEOPLE.evolve(row, recorded, person)
        return None if row is None else self._opened(row)

    def _opened(self, row: PersonRow) -> Known:
        nicknames = [row.nickname, *(alias.nickname for alias in row.aliases)]
        values = self._unsealer.open_all([*(getattr(row, name) for name in SEALED), *nicknames])
        opened: Said = {name: value for name, value in zip(SEALED, values, strict=False) if value is not None}
        aliases = frozenset(value for value in values[len(SEALED) :] if value is not None)
        opened.pop("nickname", None)
        if "born" in opened:
            opened["born"] = dt.date.fromisoformat(str(opened["born"]))
        if row.age_band is not None:
            opened["age_band"] = row.age_band
        if row.understands:
            opened["language"] = row.understands[0]
        if aliases:
            opened["alias"] = min(aliases)
        return Known(opened, aliases, row.understands)


def said_by(row: SheetRow) -> Said:
    """What a row says of who its person is."""
    return {name: value for name in IDENTITY_COLUMNS if (value := getattr(row, name)) is not None}


def gathered(rows: Sequence[tuple[dt.datetime, int, Said]], known: Known | None) -> tuple[Who, list[tuple[int, str]]]:
    """Who somebody is by the register and then by the rows in their order, and the line and column of each dissent."""
    base = known or Known()
    holds = dict(base.said)
    dissent: list[tuple[int, str]] = []
    for when, line, said in sorted(rows, key=lambda row: row[:2]):
        before = dict(holds)
        for name, value in said.items():
            if name not in before:
                holds[name] = value
            elif not _agrees(name, value, before, base, civil_date(when)):
                dissent.append((line, name))
    new = {name: value for name, value in holds.items() if name not in base.said}
    added = msgspec.convert(new, Identity) if known is not None and new else None
    return Who(msgspec.convert(holds, Identity), added), dissent


def _agrees(name: str, value: object, holds: Said, base: Known, on: dt.date) -> bool:
    born = holds.get("born")
    if name == "alias" and value in base.aliases:
        return True
    if name == "language" and value in base.languages:
        return True
    if name == "age_band" and isinstance(born, dt.date):
        # people grow older than the band of an earlier row: the date of birth says what is meant
        return value == codes.age_band(born, on)
    return value == holds[name]


def names(identity: Identity) -> Iterator[str]:
    """The names by which somebody may be found."""
    return (name for name in (identity.given_name, identity.family_name, identity.alias) if name is not None)
