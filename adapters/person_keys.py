"""The keyed hashes by which people are found: a full name or nickname together with a date or year of birth."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from adapters.sealing.blind_index import NAME_AND_BORN, BlindIndex, normalised
from application.ports import LogId, Unsealer
from application.views.people import PersonRow
from domain.ids import PartnershipId

NAME_AND_YEAR: Final = "name-and-year-born"
ALIAS_AND_BORN: Final = "alias-and-born"

_FIELDS: Final = ("given_name", "family_name", "nickname")
_YEAR_DIGITS: Final = 4


class BlindPersonKeys:
    """PersonKeys over one blind index for each partnership."""

    def __init__(self, unsealer: Unsealer, secret: bytes) -> None:
        """`secret` is the key store's secret for blind indexes."""
        self._unsealer = unsealer
        self._secret = secret
        self._indexes: dict[str, BlindIndex] = {}

    def of_rows(self, log: LogId, rows: Sequence[PersonRow]) -> list[frozenset[bytes]]:
        """The hashes by which each of these people is found; none for whoever has no date of birth, or was erased."""
        known = [row for row in rows if row.born is not None]
        values = [
            value for row in known for who in (row, *row.aliases) for value in (getattr(who, name) for name in _FIELDS)
        ]
        opened = iter(self._unsealer.open_all([*(row.born for row in known), *values]))
        born = {id(row): next(opened) for row in known}
        found: list[frozenset[bytes]] = []
        for row in rows:
            keys: set[bytes] = set()
            if id(row) in born:
                for _ in (row, *row.aliases):
                    given_name, family_name, nickname = next(opened), next(opened), next(opened)
                    when = born[id(row)]
                    if when is not None:
                        keys.update(self._keys(log, given_name, family_name, nickname, when))
            found.append(frozenset(keys))
        return found

    def asked(
        self, log: LogId, given_name: str | None, family_name: str | None, nickname: str | None, born: str
    ) -> dict[str, bytes]:
        """The hashes of a question, by the kind of key."""
        index = self._index(log)
        keys: dict[str, bytes] = {}
        named = given_name and family_name and normalised(given_name) and normalised(family_name)
        if len(born) == _YEAR_DIGITS:
            if named:
                assert given_name
                assert family_name
                keys[NAME_AND_YEAR] = index.hashed(NAME_AND_YEAR, normalised(given_name), normalised(family_name), born)
            return keys
        if named:
            assert given_name
            assert family_name
            exact = index.name_and_born(given_name, family_name, dt.date.fromisoformat(born))
            if exact is not None:
                keys[NAME_AND_BORN] = exact
        if nickname and normalised(nickname):
            keys[ALIAS_AND_BORN] = index.hashed(ALIAS_AND_BORN, normalised(nickname), born)
        return keys

    def _keys(
        self, log: LogId, given_name: str | None, family_name: str | None, nickname: str | None, born: str
    ) -> list[bytes]:
        exact = self.asked(log, given_name, family_name, nickname, born)
        by_year = self.asked(log, given_name, family_name, nickname, born[:_YEAR_DIGITS])
        return [*exact.values(), *by_year.values()]

    def _index(self, log: LogId) -> BlindIndex:
        partnership = log.partition("/")[0]
        index = self._indexes.get(partnership)
        if index is None:
            index = self._indexes[partnership] = BlindIndex(self._secret, PartnershipId(partnership))
        return index
