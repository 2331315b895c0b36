"""Gathers what a viewer may see of somebody, for the documents that are made of it."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

import msgspec

from application.readings.moments import Moment
from application.readings.paging import Page
from application.readings.people import PersonPage
from application.readings.readings import Readings
from application.revealing import Shown
from application.views.consents import BasisRow, ConsentRow
from application.views.episodes import EncounterRow, EpisodeRow, InstrumentRow, RestrictionRow
from application.views.hub_day import SessionRow
from application.views.inbox import ReferralRow
from application.views.plans import PlanRow
from application.views.services import AgencyRow, LadderRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.engagement.ladder import Step
from domain.ids import AgencyId, PersonId, SessionId
from domain.refusals import NotPermitted, Unknown

T = TypeVar("T")
U = TypeVar("U")

SESSIONS_AHEAD: Final = 6
PAGES: Final = 10
"""So many pages of a timeline are looked through for one ticket."""


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What is about nobody: the parties of the partnership, its ladders, the sessions that are still to come."""

    now: dt.datetime
    agencies: Mapping[AgencyId, AgencyRow] = {}
    ladders: tuple[LadderRow, ...] = ()
    sessions: tuple[SessionRow, ...] = ()
    needs: Mapping[AgencyId, tuple[str, ...]] = {}

    @property
    def today(self) -> dt.date:
        """The day it is where the hub is."""
        return civil_date(self.now)

    def name(self, agency: str | None) -> str:
        """What an agency is called; one that is not known by its id."""
        known = self.agencies.get(AgencyId(agency or ""))
        return known.name if known else agency or ""

    def phone(self, agency: str | None) -> str | None:
        """The public number of an agency."""
        known = self.agencies.get(AgencyId(agency or ""))
        return known.phone if known else None

    @property
    def hub(self) -> AgencyRow | None:
        """Whoever runs the hub: the partnership's own agency."""
        return next((one for one in self.agencies.values() if one.kind == "partnership"), None)

    @property
    def names(self) -> dict[str, str]:
        """Every agency by its id."""
        return {agency: known.name for agency, known in self.agencies.items()}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a viewer may see of a person, and what is around."""

    around: Around
    page: PersonPage
    episodes: tuple[Shown[EpisodeRow], ...] = ()
    encounters: tuple[Shown[EncounterRow], ...] = ()
    instruments: tuple[Shown[InstrumentRow], ...] = ()
    restrictions: tuple[Shown[RestrictionRow], ...] = ()
    referrals: tuple[Shown[ReferralRow], ...] = ()
    plans: tuple[Shown[PlanRow], ...] = ()
    consents: tuple[Shown[ConsentRow], ...] = ()
    bases: tuple[Shown[BasisRow], ...] = ()
    moments: tuple[Moment, ...] = ()
    invited_to: SessionId | None = None

    @property
    def forbidden(self) -> frozenset[str]:
        """The areas that the person may not go to, by orders, notices and restrictions that may be in force."""
        today = self.around.today
        held = {
            area
            for one in self.restrictions
            if one.row.lifted_at is None and (one.row.until is None or one.row.until >= self.around.now)
            for area in one.row.forbids
        }
        held |= {
            area
            for one in self.instruments
            if one.row.status in {"served", "recorded", "appealed"}
            if one.row.ends_on is None or one.row.ends_on >= today
            for area in one.row.forbids
        }
        return frozenset(held)

    @property
    def session(self) -> SessionRow | None:
        """The session the person is invited to, or the next one that is not where the person may not be."""
        ahead = self.around.sessions
        invited = (one for one in ahead if one.session == self.invited_to)
        allowed = (one for one in ahead if one.area is None or one.area not in self.forbidden)
        return next(invited, None) or next(allowed, None)

    def ladder(self, episode: EpisodeRow) -> LadderRow | None:
        """The version of the ladder that an episode goes by."""
        pinned = (episode.ladder, episode.ladder_version)
        return next((one for one in self.around.ladders if (one.ladder, one.ladder_version) == pinned), None)

    def step(self, episode: EpisodeRow, code: str) -> Step:
        """A step of the episode's ladder."""
        ladder = self.ladder(episode)
        steps = ladder.steps if ladder else ()
        return next((one for one in steps if one.step == code), Step(step=code, label=code))


async def around(readings: Readings, viewer: Actor, now: dt.datetime) -> Around:
    """What is about nobody, as far as the viewer may see it."""
    agencies, ladders, sessions, services = await asyncio.gather(
        _all(readings.administration.agencies(viewer)),
        _or(readings.administration.ladders(viewer), ()),
        _all(readings.hub_days.hub_sessions(viewer)),
        _all(readings.administration.services(viewer)),
    )
    ahead = sorted(
        (one for one in sessions if one.ends > now and one.cancelled_at is None and one.closed_at is None),
        key=lambda one: one.starts,
    )
    needs: dict[AgencyId, tuple[str, ...]] = {}
    for one in services:
        if one.closed_at is None:
            needs[one.agency] = tuple(dict.fromkeys((*needs.get(one.agency, ()), *one.needs)))
    return Around(
        now=now,
        agencies={one.agency: one for one in agencies},
        ladders=ladders,
        sessions=tuple(ahead[:SESSIONS_AHEAD]),
        needs=needs,
    )


async def known(
    readings: Readings, viewer: Actor, person: PersonId, now: dt.datetime, *, ticket: str | None = None
) -> Known:
    """What a viewer may see of a person; of the timeline as far back as the ticket, where one is named.

    Raises: NotPermitted, Unknown, ViewBehind.
    """
    page = await readings.people.person(viewer, person)
    beside = await around(readings, viewer, now)
    return Known(
        around=beside,
        page=page,
        episodes=await _or(readings.engagement.episodes(viewer, person), ()),
        encounters=await _or(readings.engagement.encounters(viewer, person), ()),
        instruments=await _or(readings.engagement.instruments(viewer, person), ()),
        restrictions=await _or(readings.engagement.restrictions(viewer, person), ()),
        referrals=await _or(readings.referrals.referrals(viewer, person), ()),
        plans=await _or(readings.plans.plans(viewer, person), ()),
        consents=await _or(readings.consents.consents(viewer, person), ()),
        bases=await _or(readings.consents.bases(viewer, person), ()),
        moments=await _moments(readings, viewer, person, ticket),
        invited_to=await _invited_to(readings, viewer, person, beside.sessions),
    )


async def _moments(readings: Readings, viewer: Actor, person: PersonId, ticket: str | None) -> tuple[Moment, ...]:
    cursor: str | None = None
    found: list[Moment] = []
    for _ in range(PAGES):
        page = await readings.timelines.timeline(viewer, person, cursor=cursor)
        found.extend(page.items)
        cursor = page.next
        if cursor is None or ticket is None or any(one.fact.get("ticket") == ticket for one in page.items):
            break
    return tuple(found)


async def _invited_to(
    readings: Readings, viewer: Actor, person: PersonId, sessions: tuple[SessionRow, ...]
) -> SessionId | None:
    for one in sessions:
        try:
            day = await readings.hub_days.hub_day(viewer, one.session)
        except (NotPermitted, Unknown):
            return None
        if any(line.shown.row.person == person for line in day.expected):
            return one.session
    return None


async def _or(asked: Awaitable[T], otherwise: U) -> T | U:
    """What a role may not see is as if it were not there."""
    try:
        return await asked
    except (NotPermitted, Unknown):
        return otherwise


async def _all(asked: Awaitable[Page[T]]) -> tuple[T, ...]:
    page = await _or(asked, None)
    return page.items if page else ()
