"""Referrals: what a team was asked and what it asked, one referral with what became of it, and the acts on it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from api.endpoints import position_of
from api.hub import Hub
from api.serving import Answer
from api.web import bulk
from api.web.routes import AnyScreen, live, screen
from api.web.subjects import subject_of
from api.web.translating import gettext, ngettext
from api.web.visit import Visit
from application.readings.lists import Line
from application.readings.paging import Page
from application.views.inbox import ReferralRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command
from domain.ids import ReferralId
from domain.support.referral import (
    AcceptReferral,
    AskForInformation,
    BookReferral,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    DiscardDraft,
    FailReferral,
    GiveInformation,
    HoldReferral,
    MarkEnteredInError,
    ReceiveReferral,
    RecordContactAttempt,
    RedirectReferral,
    ResumeReferral,
    StartReferral,
    WithdrawReferral,
)
from domain.support.referral_status import LEGAL, Action

SECTION: Final = "referrals"
LIST: Final = "/referrals/list"
PER_PAGE: Final = 50
Side = Literal["asked", "sender"]

ACTS: Final[Mapping[Action, tuple[Side, str, type[Command]]]] = {
    "receive": ("asked", "receive", ReceiveReferral),
    "accept": ("asked", "accept", AcceptReferral),
    "ask": ("asked", "ask-for-information", AskForInformation),
    "decline": ("asked", "decline", DeclineReferral),
    "redirect": ("asked", "redirect", RedirectReferral),
    "hold": ("asked", "hold", HoldReferral),
    "resume": ("asked", "resume", ResumeReferral),
    "book": ("asked", "book", BookReferral),
    "contact": ("asked", "contact-attempts", RecordContactAttempt),
    "start": ("asked", "start", StartReferral),
    "complete": ("asked", "complete", CompleteReferral),
    "fail": ("asked", "fail", FailReferral),
    "cancel": ("asked", "cancel", CancelReferral),
    "give": ("sender", "give-information", GiveInformation),
    "withdraw": ("sender", "withdraw", WithdrawReferral),
    "discard": ("sender", "discard", DiscardDraft),
    "mark-entered-in-error": ("sender", "entered-in-error", MarkEnteredInError),
}
"""Who may take which step on a referral, where its form stands, and by which command."""

BOXES: Final = ("open", "ended")
DIRECTIONS: Final = ("incoming", "outgoing")
STATES: Final = ("new", "waiting", "working", "late")


async def inbox(visit: Visit) -> Answer:
    """What the team was asked, or asked: by due date, late ones marked, and what ended on a list of its own."""
    direction = _one_of(visit.query.get("direction"), DIRECTIONS)
    box = _one_of(visit.query.get("box"), BOXES)
    state = visit.query.get("state", "")
    page = await visit.hub.readings.referrals.inbox(
        visit.viewer,
        direction,  # type: ignore[arg-type] # one of the two
        box,  # type: ignore[arg-type] # one of the two
        cursor=visit.query.get("cursor"),
        limit=PER_PAGE,
    )
    counts = {one: sum(1 for line in page.items if _in_state(line, one)) for one in STATES}
    shown = [line for line in page.items if state not in STATES or _in_state(line, state)]
    return await _inbox_page(visit, direction, box, state, shown, counts, page)


async def _inbox_page(
    visit: Visit,
    direction: str,
    box: str,
    state: str,
    shown: Sequence[Line[ReferralRow]],
    counts: Mapping[str, int],
    page: Page[Line[ReferralRow]],
) -> Answer:
    return await visit.page(
        "parts/referral_list.html" if visit.call.path == LIST else "referrals.html",
        section=SECTION,
        direction=direction,
        box=box,
        state=state if state in STATES else "",
        lines=shown,
        counts=counts,
        more=page.next,
        agencies=await visit.agency_names(),
        seen_position=page.position,
    )


async def position(hub: Hub, viewer: Actor, _ids: Mapping[str, str]) -> int:
    """What moves whenever a referral of the team does: also one that ends, and so leaves the open ones."""
    found = 0
    for direction in DIRECTIONS:
        for box, limit in (("open", PER_PAGE), ("ended", 1)):
            found = max(found, position_of(await hub.readings.referrals.inbox(viewer, direction, box, limit=limit)))  # type: ignore[arg-type] # of the lists
    return found


def _in_state(line: Line[ReferralRow], state: str) -> bool:
    row = line.shown.row
    match state:
        case "new":
            return row.status == "requested"
        case "waiting":
            return row.status in {"requested", "received", "on-hold"}
        case "working":
            return row.status in {"accepted", "in-progress"}
        case _:
            return line.overdue


async def receive_all(visit: Visit) -> Answer:
    """Confirm receipt of those that were ticked, each by itself: the page says of each what became of it."""
    chosen = visit.sent.many("referral")
    if not chosen:
        return visit.go("/referrals", done=gettext("Nothing was ticked, so nothing was done"))
    rows = [await bulk.one_act(visit, ReceiveReferral, one, {"referral": one}, one) for one in chosen]
    done = sum(1 for row in rows if row.problem is None)
    if done == len(rows):
        words = ngettext("Receipt of %(num)s referral confirmed", "Receipt of %(num)s referrals confirmed", done)
        return visit.go("/referrals", decided=bulk.last(rows), done=words % {"num": done})
    return await visit.page("referrals_received.html", section=SECTION, rows=rows, well=done)


async def referral(visit: Visit) -> Answer:
    """One referral: what was asked, by whom, what became of it, and what can be done now."""
    shown = await visit.hub.readings.referrals.referral(visit.viewer, ReferralId(visit.ids["referral"]))
    return await _referral_page(visit, shown)


async def _referral_page(visit: Visit, shown: Any, **context: Any) -> Answer:  # noqa: ANN401 - as shown
    row: ReferralRow = shown.row
    service = await visit.hub.readings.administration.service(visit.viewer, row.service)
    return await visit.page(
        "referral.html",
        section=SECTION,
        shown=shown,
        row=row,
        service=service,
        answers=_answers(row, {one.id: one.label for one in service.questions}),
        offered=offered(visit, row),
        subject=await subject_of(visit, {"person": row.person}),
        agencies=await visit.agency_names(),
        late=_late(visit, row),
        **context,
    )


def offered(visit: Visit, row: ReferralRow) -> list[tuple[str, type[Command]]]:
    """The steps that this viewer's agency may take on a referral as it stands: where the form is, and which command."""
    mine = {"sender": row.from_agency == visit.viewer.agency, "asked": row.to_agency == visit.viewer.agency}
    return [
        (f"/referrals/{row.referral}/{where}", command)
        for action, (side, where, command) in ACTS.items()
        if mine[side] and row.status in LEGAL[action]
    ]


def _answers(row: ReferralRow, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """The service's own questions with what was answered, as far as the viewer may see it."""
    found: list[tuple[str, str]] = []
    for text in (row.answers, row.health_answers, row.intelligence_answers):
        if isinstance(text, str) and text:
            for question, value in msgspec.json.decode(text, type=dict[str, Any]).items():
                said = (
                    {True: gettext("Yes"), False: gettext("No")}.get(value) if isinstance(value, bool) else str(value)
                )
                found.append((labels.get(question, question), said or ""))
    return found


def _late(visit: Visit, row: ReferralRow) -> bool:
    due = row.answer_due
    return due is not None and row.answered_at is None and row.open and due < civil_date(visit.hub.clock.now())


def _one_of(given: str | None, allowed: tuple[str, ...]) -> str:
    return given if given in allowed else allowed[0]


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/referrals", inbox, "direction", "box", "state", "cursor"),
    screen(LIST, inbox, "direction", "state"),
    live("/live/referrals", position),
    screen("/referrals/received", act=receive_all),
    screen("/referrals/{referral}", referral),
)
