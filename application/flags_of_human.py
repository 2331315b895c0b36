"""The warnings of a human who has several records: what endangers whoever meets them is told with each record.

Whoever may see one record is told the staff-safety flags of all, whatever a merge opens or closes (ADR 0027). Flags of
other kinds stay with the records that may be seen.
"""

from collections.abc import Collection, Mapping

import msgspec

from application.ports import ReadRows
from application.views.people import PEOPLE, PersonRow
from domain.ids import PersonId


async def with_flags_of_human(
    rows: ReadRows, people: Mapping[str, PersonRow], seen: Collection[PersonId] = ()
) -> dict[str, PersonRow]:
    """Entries with the flags of their other records: of those `seen` all flags, of the rest those of staff safety."""
    register = rows.reaching("register")
    known: dict[str, PersonRow] = dict(people)
    asked = _linked(known.values()) - known.keys()
    while asked:
        found = await register.rows(PEOPLE, sorted(asked))
        known |= found
        asked = _linked(found.values()) - known.keys()
    return {key: _warned(row, known, seen) for key, row in people.items()}


def _linked(rows: Collection[PersonRow]) -> set[PersonId]:
    return {other for row in rows for other in _others(row)}


def _others(row: PersonRow) -> tuple[PersonId, ...]:
    return row.merged_from if row.merged_into is None else (*row.merged_from, row.merged_into)


def _warned(row: PersonRow, known: Mapping[str, PersonRow], seen: Collection[PersonId]) -> PersonRow:
    flags = list(row.flags)
    reached, waiting = {row.person}, list(_others(row))
    while waiting:
        other = waiting.pop(0)
        theirs = known.get(other)
        if other not in reached and theirs is not None:
            reached.add(other)
            waiting.extend(_others(theirs))
            flags += [one for one in theirs.flags if one.kind == "staff-safety" or other in seen]
    return row if len(flags) == len(row.flags) else msgspec.structs.replace(row, flags=tuple(flags))
