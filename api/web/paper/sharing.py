"""Who may know what: what the person agreed to, what they did not, and what is shared without asking.

A basis by which somebody is protected, or by which an offence is looked into, is never told of here: to know of it
could do harm. The paper says to everybody alike that there may be such, and how to ask what is held.
"""

from typing import Final

import msgspec

from api.web import wording
from api.web.paper.known import Known
from api.web.paper.parts import Phone, Sheet, phones, sheet
from domain.people.consent import LawfulBasis

TOLD: Final[frozenset[LawfulBasis]] = frozenset({"public-task", "legal-obligation"})
"""The bases that the person is told of on this paper."""


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """What one agency may tell which others, and until when."""

    asked_by: str
    purpose: str
    recipients: tuple[str, ...]
    categories: tuple[str, ...]
    until: str | None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What is not shared any more, or never was: what was asked, and what became of it."""

    asked_by: str
    purpose: str
    status: str


class SharingPaper(msgspec.Struct, frozen=True, kw_only=True):
    """Who may know what."""

    sheet: Sheet
    agreed: tuple[Agreed, ...]
    weak: bool
    answered: tuple[Answered, ...]
    without: tuple[Agreed, ...]
    phones: tuple[Phone, ...]


def sharing_paper(known: Known) -> SharingPaper:
    """Consents and bases as the viewer may see them, in plain words."""
    around = known.around
    rows = [one.row for one in known.consents]
    today = around.today
    live = [row for row in rows if row.status == "given" and (row.expires_on is None or row.expires_on >= today)]
    return SharingPaper(
        sheet=sheet(around, known.page.shown.row.reference),
        agreed=tuple(
            Agreed(
                asked_by=around.name(row.by_agency),
                purpose=wording.label("consent-purpose", row.purpose),
                recipients=tuple(around.name(one) for one in row.recipients),
                categories=_categories(row.categories),
                until=wording.day(row.expires_on) if row.expires_on else None,
            )
            for row in live
        ),
        weak=any(row.weak for row in live),
        answered=tuple(
            Answered(
                asked_by=around.name(row.by_agency),
                purpose=wording.label("consent-purpose", row.purpose),
                status=wording.label("consent-status", "expired" if row.status == "given" else row.status),
            )
            for row in rows
            if row not in live
        ),
        without=tuple(
            Agreed(
                asked_by=around.name(one.row.by_agency),
                purpose=wording.label("lawful-basis", one.row.lawful),
                recipients=tuple(around.name(each) for each in one.row.recipients),
                categories=_categories(one.row.categories),
                until=wording.day(one.row.until),
            )
            for one in known.bases
            if one.row.lawful in TOLD and one.row.ended_at is None and one.row.until >= today
        ),
        phones=phones(around, *dict.fromkeys(row.by_agency for row in live)),
    )


def _categories(categories: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(wording.label("information-category", one) for one in categories)
