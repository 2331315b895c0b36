"""A person at a glance: where they stand and why, what became of what was asked, what is due and what comes next."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from api.serving import Answer
from api.web import as_at as looking_back
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import About, about, ladders, next_session, offers, where_permitted, words_of
from api.web.screens.person.standing import Position, position
from api.web.telling import told
from api.web.visit import Visit
from application.readings.moments import Moment
from application.revealing import Shown
from application.views.duty import NotificationRow
from application.views.episodes import EncounterRow, EpisodeRow, InstrumentRow, RestrictionRow
from application.views.inbox import ReferralRow
from application.views.plans import PlanRow
from domain.calendar import civil_date
from domain.ids import AgencyId

LATEST: Final = 5
OF_THE_HUB: Final = 20
FIRST_SESSIONS: Final = 200


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is due about somebody."""

    kind: str
    on: dt.date
    agency: AgencyId
    where: str
    overdue: bool


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is expected."""

    kind: str
    at: dt.datetime
    where: str | None
    link: str


async def positions(
    one: About, episodes: Sequence[Shown[EpisodeRow]], encounters: Sequence[Shown[EncounterRow]]
) -> tuple[Position, ...]:
    """Where somebody stands in each of these episodes."""
    known = await ladders(one) if episodes else {}
    by_id: dict[str, EncounterRow] = {each.row.encounter: each.row for each in encounters}
    names = one.names()
    return tuple(
        position(each.row, known.get((each.row.ladder, each.row.ladder_version)), one.row, by_id, names)
        for each in episodes
    )


async def _of_each_kind(one: About) -> Sequence[Any]:
    """What stands in the record, kind by kind, all asked at once."""
    readings = one.visit.hub.readings
    return await asyncio.gather(
        *(
            where_permitted(read(one.visit.viewer, one.person, as_at=one.as_at))
            for read in (
                readings.engagement.episodes,
                readings.engagement.encounters,
                readings.referrals.referrals,
                readings.plans.plans,
                readings.notifications.notifications_of,
                readings.engagement.instruments,
                readings.engagement.restrictions,
            )
        )
    )


async def show(visit: Visit) -> Answer:
    """The first page of a person's record."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("overview")
    readings, viewer, person, at = visit.hub.readings, visit.viewer, one.person, one.as_at
    of_kinds, latest, session = await asyncio.gather(
        _of_each_kind(one), readings.timelines.timeline(viewer, person, limit=LATEST, as_at=at), next_session(one)
    )
    episodes, encounters, referrals, plans, notifications, instruments, restrictions = of_kinds
    often, rest = offers(one, episodes, session[0] if session else None)
    now = at or visit.hub.clock.now()
    merges = () if at else await readings.merges.merges_of(viewer, person)
    open_first = sorted(episodes, key=lambda each: each.row.closed_at is not None)
    shown = (*episodes, *referrals, *plans, *notifications, *instruments, one.shown)
    return await one.page(
        "person/overview.html",
        "overview",
        merges=[
            each for each in merges if each.merge.status == "proposed" or each.merge.to_be_reviewed or each.unsettled
        ],
        positions=await positions(one, open_first[:1], encounters),
        episode_count=len(episodes),
        referrals=sorted(referrals, key=lambda each: not each.row.open),
        notifications=notifications,
        plans=[each for each in plans if each.row.closed_at is None],
        instruments=[each for each in instruments if each.row.ended_at is None and each.row.status != "quashed"],
        restrictions=[each for each in restrictions if in_force(each.row, now)],
        due=due(referrals, plans, notifications, instruments, civil_date(now)),
        coming=await coming(one, referrals, now),
        latest=told(latest.items, await words_of(one), {}),
        often=often,
        rest=rest,
        hidden=whom_to_ask(shown),
    )


def in_force(one: RestrictionRow, now: dt.datetime) -> bool:
    """Whether somebody may not be there now."""
    return one.lifted_at is None and (one.until is None or one.until > now)


def due(
    referrals: Sequence[Shown[ReferralRow]],
    plans: Sequence[Shown[PlanRow]],
    notifications: Sequence[Shown[NotificationRow]],
    instruments: Sequence[Shown[InstrumentRow]],
    today: dt.date,
) -> tuple[Due, ...]:
    """What is to be answered, done or looked at again, the earliest first."""
    found: list[tuple[str, dt.date, AgencyId, str]] = []
    for referral in referrals:
        row = referral.row
        if row.open and row.answer_due is not None and row.answered_at is None and row.to_agency is not None:
            found.append(("referral-answer", row.answer_due, row.to_agency, f"/referrals/{row.referral}"))
    for notification in notifications:
        told_of = notification.row
        if told_of.ended_at is None and told_of.acknowledged_at is None and told_of.contacted_at is None:
            found.append(("notification-answer", told_of.answer_due, told_of.authority, ""))
    for plan in plans:
        if plan.row.closed_at is None:
            found.append(("plan-review", plan.row.review_on, plan.row.agency, f"/plans/{plan.row.plan}"))
            found += [
                ("plan-action", action.due, action.owner_agency, f"/plans/{plan.row.plan}")
                for action in plan.row.actions
                if action.result is None
            ]
    for instrument in instruments:
        if instrument.row.ended_at is None and instrument.row.review_on is not None:
            found.append(("instrument-review", instrument.row.review_on, instrument.row.by_agency, ""))
    found.sort(key=lambda each: each[1])
    return tuple(
        Due(kind=kind, on=on, agency=agency, where=where, overdue=on < today) for kind, on, agency, where in found
    )


async def coming(one: About, referrals: Sequence[Shown[ReferralRow]], now: dt.datetime) -> tuple[Coming, ...]:
    """The next appointments, and the hub sessions to which somebody is invited, the next first."""
    found = [
        Coming(
            kind="appointment",
            at=each.row.appointment,
            where=each.row.appointment_where,  # type: ignore[arg-type] # opened
            link=f"/referrals/{each.row.referral}",
        )
        for each in referrals
        if each.row.open and each.row.appointment is not None and each.row.appointment > now
    ]
    if one.may("read", "hub"):
        readings, viewer = one.visit.hub.readings, one.visit.viewer
        lines = await readings.timelines.timeline(
            viewer, one.person, limit=OF_THE_HUB, categories=frozenset({"hub"}), as_at=one.as_at
        )
        invited = {_session(line) for line in lines.items if line.type == "invitation-made"}
        if invited:
            sessions = await readings.hub_days.hub_sessions(viewer, limit=FIRST_SESSIONS)
            found += [
                Coming(kind="hub", at=each.starts, where=each.venue or each.place, link=f"/hub-days/{each.session}")
                for each in sessions.items
                if each.session in invited and each.starts > now and not each.cancelled_at
            ]
    return tuple(sorted(found, key=lambda each: each.at))


def _session(line: Moment) -> Any:  # noqa: ANN401 - the fact's field
    return line.fact.get("session")


def whom_to_ask(shown: Sequence[Shown[Any]]) -> tuple[tuple[str, AgencyId | None], ...]:
    """The fields that are there and not for this viewer, each once, and whom to ask."""
    found = {(one.field.rpartition("/")[2], one.ask): None for each in shown for one in each.hidden}
    return tuple(found)


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/{person}", show, looking_back.AS_AT),)
