"""Possible duplicates: the queue, and two records side by side with what somebody says of them.

Saying that they are one proposes a merge, which another worker decides; saying that they are two is for good; who is
not sure leaves a note for whoever looks next.
"""

from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import quote

import msgspec

from api.problems import Problem
from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext as _
from api.web.visit import Visit
from application.deciding import Decided
from application.finding.spelling import spelt
from application.readings.duplicates import PossibleDuplicate
from application.views.people import PersonRow
from domain.calendar import civil_date
from domain.facts import Command
from domain.ids import PersonId
from domain.people.distinct import MarkDistinct
from domain.people.duplicates import DeferDuplicate
from domain.people.merging import ProposeMerge
from domain.refusals import Unknown

PATH: Final = "/duplicates"
CURSOR: Final = "cursor"
SAYS: Final = "says"
WORDS: Final = "words"
LONGEST: Final = 10_000

Says = Literal["same", "different", "unsure"]
Marking = Literal["same", "alike", "different", "one-sided"]
"""`alike` is the same name or place in another spelling or script."""

ACTS: Final[dict[Says, tuple[type[Command], str]]] = {
    "same": (ProposeMerge, "reason"),
    "different": (MarkDistinct, "reason"),
    "unsure": (DeferDuplicate, "note"),
}
"""Which command is given, and which of its fields holds the words."""

SHOWN: Final = (
    "given_name",
    "family_name",
    "nickname",
    "aliases",
    "born",
    "age_band",
    "sex",
    "phone",
    "email",
    "address",
    "where_found",
    "description",
)


class Compared(msgspec.Struct, frozen=True):
    """A field of both records, and whether they say the same."""

    name: str
    one: object
    other: object
    marking: Marking


async def queue(visit: Visit) -> Answer:
    """Those of whom the viewer may see both, the most certain first."""
    page = await visit.hub.readings.duplicates.duplicates(visit.viewer, cursor=visit.query.get(CURSOR))
    today = civil_date(visit.hub.clock.now())
    return await visit.page(
        "duplicates/queue.html",
        section="home",
        duplicates=[(one, (today - civil_date(one.since)).days, _where(one)) for one in page.items],
        next=page.next,
        first=CURSOR not in visit.query,
    )


async def compare(visit: Visit) -> Answer:
    """Two records side by side."""
    return await _compare_page(visit, await _read(visit))


async def said(visit: Visit) -> Answer:
    """What somebody says of them."""
    try:
        shown = await _read(visit)
    except Unknown:
        return visit.go(PATH, done=_("Somebody has decided about these two records already"))
    says, words = visit.sent.one(SAYS), visit.sent.one(WORDS).strip()[:LONGEST]
    errors: list[tuple[str, str]] = []
    if says not in ACTS:
        errors.append((SAYS, _("Select whether they are the same person")))
    if not words:
        errors.append((WORDS, _("Enter what makes you think so, or who should look")))
    if errors:
        return await _compare_page(visit, shown, errors)
    decided = await visit.tried(_decided(visit, shown, says, words))  # type: ignore[arg-type] # one of ACTS
    if isinstance(decided, Problem):
        return await _compare_page(visit, shown, problem=decided)
    done = {
        "same": _("Proposed. Another worker decides whether they are the same person"),
        "different": _("They are marked as two different people and will not be shown together again"),
        "unsure": _("Left for later, with your note"),
    }
    return visit.go(PATH, decided=decided, done=done[says])


async def _read(visit: Visit) -> PossibleDuplicate:
    return await visit.hub.readings.duplicates.duplicate(
        visit.viewer, PersonId(visit.ids["person"]), PersonId(visit.ids["other"])
    )


async def _decided(visit: Visit, shown: PossibleDuplicate, says: Says, words: str) -> Decided:
    command, field = ACTS[says]
    kept, other = in_order(shown)
    pair = {"person": kept.person, "other": other.person}
    route = visit.write_for(command)
    body = msgspec.convert(
        {name: pair[name] for name in route.body.__struct_fields__ if name in pair} | {field: words}, route.body
    )
    return await visit.decide(command, body, pair)


def in_order(shown: PossibleDuplicate) -> tuple[PersonRow, PersonRow]:
    """The record that was entered first, which would go on for both, before the other."""
    rows = sorted((shown.one.row, shown.other.row), key=lambda row: (row.registered_at, row.person))
    return rows[0], rows[1]


def compared(one: PersonRow, other: PersonRow) -> tuple[Compared, ...]:
    """Field by field, what either says."""
    found: list[Compared] = []
    for name in SHOWN:
        mine, theirs = getattr(one, name), getattr(other, name)
        if name == "age_band" and (one.born or other.born):
            continue
        if mine or theirs:
            found.append(Compared(name, mine, theirs, _marking(mine, theirs)))
    return tuple(found)


def _marking(one: object, other: object) -> Marking:
    if not one or not other:
        return "one-sided"
    if isinstance(one, str) and isinstance(other, str):
        if one.casefold().split() == other.casefold().split():
            return "same"
        return "alike" if spelt(one) == spelt(other) else "different"
    return "same" if one == other else "different"


def _where(shown: PossibleDuplicate) -> str:
    kept, other = in_order(shown)
    return f"/people/{quote(kept.person, safe='')}/duplicates/{quote(other.person, safe='')}"


async def _compare_page(
    visit: Visit,
    shown: PossibleDuplicate,
    errors: Sequence[tuple[str, str]] = (),
    problem: Problem | None = None,
) -> Answer:
    kept, other = in_order(shown)
    names = await visit.agency_names()
    return await visit.page(
        "duplicates/compare.html",
        section="home",
        shown=shown,
        one=kept,
        other=other,
        fields=compared(kept, other),
        where=_where(shown),
        names=names,
        says=visit.sent.one(SAYS),
        typed=visit.sent.one(WORDS),
        errors=errors,
        problem=problem,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, queue, CURSOR),
    screen("/people/{person}/duplicates/{other}", compare, act=said),
)
