"""Who in the register may be somebody who is described: looked up by their keys, opened, compared, the likeliest first.

`fitting` is that step, the same for a worker's search, an import, a handover and another partnership's question. What
is told of whom to a worker is decided in `application.readings.searching`; `Near` is for what nobody looks at as it is
found.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from application.finding.comparing import Comparing, Match, Reason
from application.finding.identity import Described, opened, saying
from application.finding.keys import keys_of
from application.finding.pairing import root_of
from application.ports import LogId, PersonKeys, ReadModels, ReadRows, Unsealer
from application.views.people import PEOPLE, PersonRow
from domain.ids import AgencyId, PersonId
from domain.people.search import SearchKey

OPENED_MAX: Final = 80
"""Of those who share a key with somebody, so many are opened and compared: those who share the most and the rarest."""
FURTHER_MAX: Final = 240
"""So many where none of those was surely the one, and slips in the first letters and in the month are thought of."""
NEAR_MAX: Final = 20
"""So many are told of, the likeliest."""

TELLING: Final[frozenset[Reason]] = frozenset(
    {
        *("given-same", "given-diminutive", "given-near", "given-sounds", "given-initial"),
        *("family-same", "family-part", "family-near", "family-sounds", "nickname-same", "nickname-given"),
        *("born-same", "born-swapped", "phone-same", "phone-near", "email-same", "address-same"),
    }
)
"""Who was looked for by name and goes by others is shown only for something else that few share."""

MatchBand = Literal["same", "possible"]
"""Suggested to be the same human, or worth a look. Who is who is decided by people."""


class NearMatch(msgspec.Struct, frozen=True):
    """Somebody who may be the one described: the entry that goes on, and how alike they are."""

    row: PersonRow
    match: Match

    @property
    def band(self) -> MatchBand:
        """How sure it is, in a word."""
        return "same" if self.same else "possible"

    @property
    def same(self) -> bool:
        """Whether it is so sure that it is suggested to be the same human."""
        return self.match.suggests_same


def findable(who: Described) -> bool:
    """Whether enough is known to look for somebody: a key of theirs, at least."""
    return any(True for _ in keys_of(who, asking=True))


def looked_for(who: Described) -> tuple[SearchKey, ...]:
    """What is known to look for somebody by; nothing where it would find nobody."""
    if not findable(who):
        return ()
    named = any(one.given or one.family for one in who.namings)
    known: tuple[tuple[SearchKey, bool], ...] = (
        ("name", named),
        ("nickname", any(one.nickname for one in who.namings)),
        ("born", who.born_day is not None),
        ("year-born", bool(who.born) and who.born_day is None),
        ("age-band", not who.born and bool(who.age_band)),
        ("phone", bool(who.phone)),
        ("postcode", bool(who.postcode)),
        ("place", bool(who.place)),
    )
    return tuple(key for key, there in known if there)


class Fit(msgspec.Struct, frozen=True):
    """A record, and how well it fits."""

    row: PersonRow
    match: Match


async def fitting(
    rows: ReadRows, log: LogId, wanted: Sequence[Sequence[Described]], person_keys: PersonKeys, unsealer: Unsealer
) -> list[list[Fit]]:
    """For each of those wanted, the records worth showing, in no order.

    Each is described in every way that may be meant; the best of them counts. Where nobody is surely the one, more
    records are opened. Raises: LogUnavailable.
    """

    def asked(readings: Sequence[Described], *, further: bool = False) -> frozenset[bytes]:
        hashes = (person_keys.asked(log, rows.build, one, further=further) for one in readings)
        return frozenset[bytes]().union(*hashes)

    first = await rows.found([asked(one) for one in wanted], OPENED_MAX)
    fits = await _fits(rows, wanted, first, unsealer)
    unsure = [place for place, found in enumerate(fits) if not any(one.match.suggests_same for one in found)]
    if not unsure:
        return fits
    again = await rows.found([asked(wanted[place], further=True) for place in unsure], FURTHER_MAX, further=True)
    new = [[one for one in found if one not in first[place]] for place, found in zip(unsure, again, strict=True)]
    for place, found in zip(unsure, await _fits(rows, [wanted[one] for one in unsure], new, unsealer), strict=True):
        fits[place] += found
    return fits


async def _fits(
    rows: ReadRows, wanted: Sequence[Sequence[Described]], found: Sequence[Sequence[PersonId]], unsealer: Unsealer
) -> list[list[Fit]]:
    """Of those found for each, who are worth showing."""
    entries = await rows.rows(PEOPLE, dict.fromkeys(person for people in found for person in people))
    fields = saying(one for readings in wanted for one in readings)
    described = dict(zip(entries, opened(unsealer, list(entries.values()), fields), strict=True))
    comparing = Comparing()
    return [
        [
            Fit(entries[person], match)
            for person in people
            if person in described and (match := _best(comparing, readings, described[person])) is not None
        ]
        for readings, people in zip(wanted, found, strict=True)
    ]


def _best(comparing: Comparing, readings: Sequence[Described], who: Described) -> Match | None:
    """How well the best reading fits; None where it is not worth showing."""
    found = [match for one in readings if (match := comparing.worth_showing(one, who)) is not None]
    if not found:
        return None
    match = max(found, key=lambda one: (one.weight, one.reasons))
    by_name = who.named and any(one.named for one in readings)
    return match if not by_name or TELLING & frozenset(match.reasons) else None


class Near:
    """Looks people up in a partnership's register."""

    def __init__(self, models: ReadModels, unsealer: Unsealer, person_keys: PersonKeys) -> None:
        self._models = models
        self._unsealer = unsealer
        self._person_keys = person_keys

    async def of(
        self, log: LogId, agency: AgencyId, wanted: Sequence[Described], *, synthetic: bool | None = None
    ) -> list[tuple[NearMatch, ...]]:
        """For each of those described, who of the whole register it may be. Made-up people can be kept apart.

        Whoever asks has asked the policy, and says to whom what is found is told. A record that goes on under another
        leads to that one. Raises: LogUnavailable.
        """
        async with self._models.open(log, agency, "register") as rows:
            found = await fitting(rows, log, [(who,) for who in wanted], self._person_keys, self._unsealer)
            known = await with_roots(rows, [one.row for fits in found for one in fits])
        return [
            _nearest([one for one in fits if synthetic is None or one.row.synthetic == synthetic], known)
            for fits in found
        ]


async def with_roots(register: ReadRows, rows: Sequence[PersonRow]) -> dict[PersonId, PersonRow]:
    """The entries, and those that they go on under, one under the other."""
    known = {row.person: row for row in rows}
    asked: set[PersonId] = set()
    while into := {row.merged_into for row in known.values() if row.merged_into is not None} - known.keys() - asked:
        asked |= into
        known |= {PersonId(one): row for one, row in (await register.rows(PEOPLE, sorted(into))).items()}
    return known


def root_among(known: Mapping[PersonId, PersonRow], row: PersonRow) -> PersonRow:
    """The entry that one goes on under, itself where it goes on."""
    return known.get(root_of(known, row.person), row)


def _nearest(fits: Sequence[Fit], known: dict[PersonId, PersonRow]) -> tuple[NearMatch, ...]:
    best: dict[PersonId, NearMatch] = {}
    for one in fits:
        root = root_among(known, one.row)
        nearest = best.get(root.person)
        if nearest is None or nearest.match.weight < one.match.weight:
            best[root.person] = NearMatch(root, one.match)
    ranked = sorted(best.values(), key=lambda one: (-one.match.weight, one.row.person))
    return tuple(ranked[:NEAR_MAX])
