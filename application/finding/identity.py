"""Who somebody is, as far as it tells one human from another: opened, and in one spelling.

Of a register's entry or of what somebody typed, alike; any part may be missing. Health and intelligence are no part of
it: what is compared is what whoever searches may see.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from application.finding.spelling import phone_digits, postcode, spelt, without_postcode
from application.ports import Unsealer
from application.views.people import PersonRow

NAMES: Final = ("given_name", "family_name", "nickname")
IDENTITY: Final = (*NAMES, "born", "sex", "phone", "email", "address", "where_found")
"""The sealed fields of an entry, and the three of each alias, that people are found by."""

YEAR_DIGITS: Final = 4


class Naming(msgspec.Struct, frozen=True, gc=False):
    """What somebody is called, in one spelling: each part may be empty, or several words."""

    given: str = ""
    family: str = ""
    nickname: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Every name, once."""
        return tuple(dict.fromkeys(f"{self.given} {self.nickname} {self.family}".split()))


class Described(msgspec.Struct, frozen=True, gc=False):
    """One human as described: the names they go by, the registered one first; whatever is not known is empty.

    `born` is a date in ISO form or a year; `phone` the last digits; `postcode` stands apart from the `address`.
    `years` are those in which somebody may have been born who is looked for by an age.
    """

    namings: tuple[Naming, ...] = ()
    born: str = ""
    age_band: str = ""
    sex: str = ""
    phone: str = ""
    email: str = ""
    postcode: str = ""
    address: str = ""
    place: str = ""
    reference: str = ""
    years: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether any name or nickname is known."""
        return any(naming.words for naming in self.namings)

    @property
    def born_year(self) -> str:
        """The year, of a date or alone."""
        return self.born[:YEAR_DIGITS]

    @property
    def born_day(self) -> tuple[str, str] | None:
        """Month and day; None where only the year is known."""
        return (self.born[5:7], self.born[8:10]) if len(self.born) > YEAR_DIGITS else None


def described(
    *,
    given_name: str | None = None,
    family_name: str | None = None,
    nickname: str | None = None,
    aliases: Sequence[tuple[str | None, str | None, str | None]] = (),
    born: str | None = None,
    age_band: str | None = None,
    sex: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    address: str | None = None,
    where_found: str | None = None,
    reference: str | None = None,
    years: tuple[str, ...] = (),
) -> Described:
    """A human as typed or opened.

    Aliases are given name, family name and nickname. `born` is a date in ISO form or a year; `address` may be a
    postcode alone.
    """
    namings = [_naming(given_name, family_name, nickname)]
    namings += [_naming(*one) for one in aliases]
    return Described(
        namings=tuple(dict.fromkeys(one for one in namings if one.words or one is namings[0])),
        born=born or "",
        age_band=age_band or "",
        sex="" if sex is None or sex == "not-stated" else sex,
        phone=phone_digits(phone) if phone else "",
        email=email.strip().casefold() if email else "",
        postcode=postcode(address) if address else "",
        address=without_postcode(address) if address else "",
        place=spelt(where_found) if where_found else "",
        reference=reference or "",
        years=years,
    )


def saying(wanted: Iterable[Described]) -> frozenset[str]:
    """The sealed fields that say anything beside one of these: names, and whatever is known of any of them."""
    found = set(NAMES)
    for who in wanted:
        known = {
            "born": who.born,
            "sex": who.sex,
            "phone": who.phone,
            "email": who.email,
            "address": who.address or who.postcode,
            "where_found": who.place,
        }
        found.update(name for name, said in known.items() if said)
    return frozenset(found)


def opened(
    unsealer: Unsealer, rows: Sequence[PersonRow], fields: Collection[str] = frozenset(IDENTITY)
) -> list[Described]:
    """The entries as described, opened together; what was erased is missing, and what is none of the fields.

    Raises: LogUnavailable.
    """
    wanted = [name for name in IDENTITY if name in fields]
    values: list[object] = []
    for row in rows:
        values += [getattr(row, name) for name in wanted]
        values += [getattr(alias, name) for alias in row.aliases for name in NAMES]
    texts = iter(unsealer.open_all(values))
    return [_of_row(row, wanted, texts) for row in rows]


def _of_row(row: PersonRow, wanted: Sequence[str], texts: Iterator[str | None]) -> Described:
    known = {name: next(texts) for name in wanted}.get
    return described(
        given_name=known("given_name"),
        family_name=known("family_name"),
        nickname=known("nickname"),
        aliases=[(next(texts), next(texts), next(texts)) for _ in row.aliases],
        born=known("born"),
        age_band=row.age_band,
        sex=known("sex"),
        phone=known("phone"),
        email=known("email"),
        address=known("address"),
        where_found=known("where_found"),
        reference=row.reference,
    )


def _naming(given_name: str | None, family_name: str | None, nickname: str | None) -> Naming:
    return Naming(spelt(given_name or ""), spelt(family_name or ""), spelt(nickname or ""))
