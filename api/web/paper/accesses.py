"""Who has looked: the person's own copy of the access ledger, without the names of workers (ours)."""

from collections.abc import Sequence

import msgspec

from api.web import wording
from api.web.paper.known import Around
from api.web.paper.parts import Phone, Sheet, phones, sheet
from application.readings.looking_back import LookedInWords


class OneLook(msgspec.Struct, frozen=True, kw_only=True):
    """A look in words: when, which agency, in which role, what was done and why."""

    when: str
    agency: str
    role: str
    what: str
    why: str
    to: str | None = None


class AccessesPaper(msgspec.Struct, frozen=True, kw_only=True):
    """Who has looked, the latest first."""

    sheet: Sheet
    looks: tuple[OneLook, ...]
    phones: tuple[Phone, ...]


def accesses_paper(around: Around, looks: Sequence[LookedInWords]) -> AccessesPaper:
    """The copy in plain words."""
    return AccessesPaper(
        sheet=sheet(around),
        looks=tuple(
            OneLook(
                when=wording.moment(one.happened),
                agency=one.agency_name,
                role=wording.label("role", one.role),
                what=wording.label("look", one.kind),
                why=wording.label("purpose", one.purpose),
                to=around.name(one.recipient) if one.recipient else None,
            )
            for one in looks
        ),
        phones=phones(around),
    )
