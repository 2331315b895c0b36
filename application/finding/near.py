"""Who in the register may be somebody who is described: many looked up together, opened and compared, likeliest first.

For what nobody looks at as it is found: an import, a handover, another partnership's question. What a worker looks for
is searched under the worker's own rules (`application.finding.searching`).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from application.finding.comparing import Match, compared
from application.finding.identity import Described, opened
from application.finding.keys import keys_of
from application.ports import LogId, PersonKeys, ReadModels, ReadRows, Unsealer
from application.views.people import PEOPLE, PersonRow
from domain.ids import AgencyId, PersonId
from domain.people.search import SearchKey

OPENED_FOR_EACH: Final = 60
"""Of those who share a key with somebody, so many are opened and compared; those come first who share the rarest."""
RAREST: Final = 1_000_000
"""What a key counts that one alone has; of n people, each counts an nth part."""
NEAR_MAX: Final = 20
"""So many are told of, the likeliest."""


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


def looked_for(who: Described) -> tuple[SearchKey, ...]:
    """What is known to look for somebody by; nothing where it would find nobody."""
    if not any(True for _ in keys_of(who)):
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
            return await self._of(log, rows, wanted, synthetic=synthetic)

    async def _of(
        self, log: LogId, rows: ReadRows, wanted: Sequence[Described], *, synthetic: bool | None
    ) -> list[tuple[NearMatch, ...]]:
        hashes: dict[bytes, None] = {}
        for who in wanted:
            hashes.update(dict.fromkeys(self._person_keys.asked(log, rows.build, who)))
        people = await rows.found(hashes, OPENED_FOR_EACH * len(wanted)) if hashes else []
        entries = list((await rows.rows(PEOPLE, people)).values())
        if synthetic is not None:
            entries = [row for row in entries if row.synthetic == synthetic]
        described = opened(self._unsealer, entries)
        roots = await rows.rows(PEOPLE, {row.merged_into or row.person for row in entries})
        sharing: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for at, one in enumerate(described):
            for key in keys_of(one):
                sharing.setdefault(key, []).append(at)
        return [_nearest(who, entries, described, roots, sharing) for who in wanted]


def _nearest(
    who: Described,
    entries: Sequence[PersonRow],
    described: Sequence[Described],
    roots: dict[str, PersonRow],
    sharing: dict[tuple[str, tuple[str, ...]], list[int]],
) -> tuple[NearMatch, ...]:
    shares: Counter[int] = Counter()
    for key in frozenset(keys_of(who, asking=True)):
        having = sharing.get(key, ())
        for at in having:
            shares[at] += RAREST // len(having)
    likely = sorted(shares, key=lambda at: (-shares[at], entries[at].person))[:OPENED_FOR_EACH]
    best: dict[PersonId, NearMatch] = {}
    for at in likely:
        match = compared(who, described[at])
        row = entries[at]
        root = roots.get(row.merged_into or row.person, row)
        known = best.get(root.person)
        if match.worth_showing and (known is None or known.match.weight < match.weight):
            best[root.person] = NearMatch(root, match)
    ranked = sorted(best.values(), key=lambda one: (-one.match.weight, one.row.person))
    return tuple(ranked[:NEAR_MAX])
