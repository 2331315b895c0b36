"""What somebody who looks for a person knows of them: any reasonable part, in whatever order it was said.

What was typed as a name may be a given name, a family name or a nickname: it is read in each way that it can be meant.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from application.finding.identity import Described, described
from domain.codes import AgeBand, age_band
from domain.facts import Line
from domain.people.registering import Reference
from domain.people.search import SearchKey

Year = Annotated[int, msgspec.Meta(ge=1850, le=2200)]

_KEYS: Final[tuple[tuple[SearchKey, tuple[str, ...]], ...]] = (
    ("reference", ("reference",)),
    ("name", ("name", "given_name", "family_name")),
    ("nickname", ("nickname",)),
    ("born", ("born",)),
    ("year-born", ("born_in",)),
    ("age-band", ("age_band",)),
    ("phone", ("phone",)),
    ("email", ("email",)),
    ("postcode", ("postcode",)),
    ("place", ("place",)),
)


OLDEST: Final = 110
"""Years."""


def _years(band: AgeBand, today: dt.date) -> tuple[str, ...]:
    """In which somebody of an age was born."""
    last_days = (
        (year, dt.date(year, month, day))
        for year in range(today.year - OLDEST, today.year + 1)
        for month, day in ((1, 1), (12, 31))
    )
    return tuple(dict.fromkeys(str(year) for year, born in last_days if age_band(born, today) == band))


class Sought(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who is looked for: by reference, or by two things or more that are known of them.

    `name` is any name, or several, where nobody knows which is which; `place` is where they were seen last.
    """

    reference: Reference | None = None
    name: Line | None = None
    given_name: Line | None = None
    family_name: Line | None = None
    nickname: Line | None = None
    born: dt.date | None = None
    born_in: Year | None = None
    age_band: AgeBand | None = None
    phone: Line | None = None
    email: Line | None = None
    postcode: Line | None = None
    place: Line | None = None

    @property
    def keys(self) -> tuple[SearchKey, ...]:
        """By what is looked for: what stands on record of a search, beside whom it showed."""
        return tuple(key for key, names in _KEYS if any(getattr(self, name) is not None for name in names))

    def readings(self, today: dt.date) -> tuple[Described, ...]:
        """The ways in which it can be meant, the likeliest first; an age is one of this day."""
        years = _years(self.age_band, today) if self.age_band else ()
        born = self.born.isoformat() if self.born else str(self.born_in) if self.born_in else None
        return tuple(
            dict.fromkeys(
                described(
                    given_name=given,
                    family_name=family,
                    nickname=nickname,
                    born=born,
                    age_band=self.age_band,
                    phone=self.phone,
                    email=self.email,
                    address=self.postcode,
                    where_found=self.place,
                    years=years,
                )
                for given, family, nickname in self._names()
            )
        )

    def _names(self) -> Iterator[tuple[str | None, str | None, str | None]]:
        words = self.name.split() if self.name else []
        if not words:
            yield self.given_name, self.family_name, self.nickname
            return
        first, last, whole = " ".join(words[:-1]), words[-1], " ".join(words)
        given, family, nickname = self.given_name, self.family_name, self.nickname
        if given is None and family is None:
            if len(words) > 1:
                yield first, last, nickname
            if len(words) > 2:  # noqa: PLR2004 - a family name of two words
                yield words[0], " ".join(words[1:]), nickname
            yield None, whole, nickname
        if given is None:
            yield whole, family, nickname
        if family is None and given is not None:
            yield given, whole, nickname
        if nickname is None:
            yield given, family, whole
