"""Who in the register may be somebody who is described: looked up together, opened, compared, the likeliest first.

For what nobody looks at as it is found: an import, another partnership's question. What a worker looks for is
searched by `application.finding.searching`, under the worker's own rules.
"""

from collections.abc import Sequence

import msgspec

from application.finding.identity import Described, opened
from application.ports import LogId, PersonKeys, ReadRows, Unsealer
from application.views.people import PEOPLE, PersonRow
from domain.ids import PersonId
from domain.people.search import SearchKey


class NearMatch(msgspec.Struct, frozen=True):
    """Somebody who may be the one described: the entry, whether it is confidently the same human, and why."""

    row: PersonRow
    same: bool
    reasons: tuple[str, ...] = ()


class Near:
    """Looks people up in a partnership's register."""

    def __init__(self, unsealer: Unsealer, person_keys: PersonKeys) -> None:
        self._unsealer = unsealer
        self._person_keys = person_keys

    def keys(self, log: LogId, rows: ReadRows, who: Described) -> tuple[SearchKey, ...]:
        """By which kinds of keys somebody described is looked for; none where there is nothing to look by."""
        return ("name-and-born",) if who.born and who.namings else ()

    async def of(
        self, log: LogId, rows: ReadRows, wanted: Sequence[Described], *, synthetic: bool
    ) -> list[tuple[NearMatch, ...]]:
        """For each of those described, who it may be; made-up people are near to made-up ones alone.

        `rows` are those of the whole register. A record that goes on under another leads to that one.
        """
        found: list[tuple[NearMatch, ...]] = []
        for who in wanted:
            people: list[PersonId] = []
            for naming in who.namings:
                if who.born:
                    keys = self._person_keys.asked(log, naming.given, naming.family, naming.nickname, who.born)
                    people += await rows.found(keys.values(), 20)
            entries = await rows.rows(PEOPLE, people)
            roots = await rows.rows(PEOPLE, [row.merged_into or row.person for row in entries.values()])
            same = [row for row in roots.values() if row.synthetic == synthetic]
            described = opened(self._unsealer, same)
            found.append(
                tuple(
                    NearMatch(row, same=one.born == who.born and bool(set(one.namings) & set(who.namings)))
                    for row, one in zip(same, described, strict=True)
                )
            )
        return found
