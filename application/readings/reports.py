"""Reports: figures, who is behind them, and pictures' data; for each viewer as far as she may know.

Figures of thousands of people are folded in a thread beside the loop, so that nobody waits for somebody's report.
Counts are for whoever may read reports; to a viewer who may see nobody they are rounded (application.figures). Who is
behind a figure is decided person by person, as everywhere, and somebody whom the viewer may not see is counted.
"""

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Final, TypeVar

import msgspec

from application.figures import (
    DaysHistogram,
    JourneyFlow,
    OutcomesByAgency,
    Span,
    days_histogram,
    journey_flow,
    outcomes_by_agency,
    rounded_report,
)
from application.flags_of_human import with_flags_of_human
from application.permitting import permit, standing
from application.ports import ReadRows, log_of
from application.readings.ground import Ground
from application.readings.lists import Who, who_of
from application.readings.paging import LIMIT, bounded, read_cursor, written_cursor
from application.relating import the_relationship
from application.scrutiny.disproportionality import CONFIDENCE, Disproportionality, intervals, people_of, step_rates
from application.views.counted import REFERRALS_COUNTED, ReferralCount
from application.views.luscombe_report import (
    ANONYMOUS,
    LUSCOMBE,
    NO_FURTHER_CONTACT_DAYS,
    WITH_ANONYMOUS,
    Counted,
    Figure,
    LuscombeReport,
    LuscombeRow,
    report_of,
)
from application.views.people import PEOPLE, PersonRow
from application.views.services import AGENCIES
from application.views.view import View
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Line
from domain.governance import sharing
from domain.governance.scope import Category
from domain.governance.sharing import Permission, Relationship, Resource
from domain.governance.sharing_rules import ROLES_FOR
from domain.ids import AgencyId, PersonId
from domain.refusals import Unreadable

R = TypeVar("R", bound=msgspec.Struct)

REPORT_PAGE: Final = 2_000
MARKS: Final = 2_000
"""More than happens to anybody."""

OF_THE_HUB: Final[frozenset[Figure]] = frozenset(
    {"people_attended", "people_attended_invited", "walk_ins", "walk_in_people", "walk_in_anonymous"}
)
"""Figures that say of a person who came to the hub; all others say something of street work."""


Year = Annotated[int, msgspec.Meta(ge=2000, le=2200)]


class YearNotOver(Unreadable):
    """The year is not over."""

    code = "year-not-over"
    rule = "Rates by ethnicity, age and sex are told of calendar years that are over, so no two can be told apart."
    permitted_by = "Choose an earlier year."


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """One that a figure counts: the person, since when she counts, and the step or kind of what is counted."""

    who: Who
    on: dt.date | None
    of: str | None


class PeopleBehind(msgspec.Struct, frozen=True, kw_only=True):
    """A page of those whom a figure counts.

    `count` is the figure. On this page are `items`, and `hidden` more that the viewer's agency may not see. `anonymous`
    gave no name, and are on no page. All pages together are the figure.
    """

    figure: Figure
    of: str | None
    span: Span
    count: int
    anonymous: int
    items: tuple[Behind, ...]
    hidden: int
    next: str | None


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All reports of a period, of the same rows."""

    figures: LuscombeReport
    flow: JourneyFlow
    days: DaysHistogram
    outcomes: OutcomesByAgency


class Reports(msgspec.Struct, frozen=True):
    """Reads reports."""

    ground: Ground

    async def luscombe(
        self,
        viewer: Actor,
        *,
        from_date: dt.date | None = None,
        to_date: dt.date | None = None,
        as_of: dt.date | None = None,
        no_further_contact_days: int = NO_FURTHER_CONTACT_DAYS,
        after: int | None = None,
    ) -> LuscombeReport:
        """The Operation Luscombe report: counts without names. Raises: NotPermitted, Unknown, ViewBehind."""
        await self.may_read(viewer)
        span = self._span(viewer, from_date, to_date, as_of, no_further_contact_days)
        async with self.ground.rows(viewer, after) as rows:
            people = [one async for one in every_row(rows.reaching("figures"), LUSCOMBE)]
            anonymous = [one async for one in every_row(rows, ANONYMOUS)]
        return await asyncio.to_thread(lambda: rounded_report(report_of(span.cohort(people, anonymous)), span))

    async def people_behind(
        self,
        viewer: Actor,
        *,
        figure: Figure = "people_invited",
        of: Line | None = None,
        from_date: dt.date | None = None,
        to_date: dt.date | None = None,
        as_of: dt.date | None = None,
        no_further_contact_days: int = NO_FURTHER_CONTACT_DAYS,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> PeopleBehind:
        """Who is behind a figure of the report, or behind its part `of` a step or kind: a line for each that it counts.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        await self.may_read(viewer)
        log_of(viewer.partnership)
        know = self.ground.know(viewer)
        await permit(know, viewer, "read", Resource(category="register", of_person=False))
        by = await standing(know, viewer)
        begin = read_cursor(cursor, 1)
        span = self._span(viewer, from_date, to_date, as_of, no_further_contact_days)
        async with self.ground.rows(viewer, after) as rows:
            cohort = span.cohort(
                [one async for one in every_row(rows.reaching("figures"), LUSCOMBE)],
                [one async for one in every_row(rows, ANONYMOUS)] if figure in WITH_ANONYMOUS else (),
            )
            counted = cohort.behind(figure, of)
            waiting = sorted((place_of(one), at) for at, one in enumerate(counted))
            if begin is not None:
                waiting = [one for one in waiting if one[0] > begin[0]]
            shown, more = waiting[: bounded(limit)], len(waiting) > bounded(limit)
            page = [counted[at] for _, at in shown]
            named = list(dict.fromkeys(one.person for one in page))
            people = await with_flags_of_human(rows, await rows.rows(PEOPLE, named))
        category: Category = "hub" if figure in OF_THE_HUB else "engagement"

        async def permission(person: PersonId) -> Permission:
            """Both the entry and what the figure says must be for the viewer to see."""

            def decide(relationship: Relationship) -> Permission:
                found = [
                    sharing.decide(by, "read", Resource(category=one, relationship=relationship))
                    for one in (category, "register")
                ]
                return next((one for one in found if not one.permitted), found[-1])

            at_once = decide(Relationship())
            if at_once.permitted and not by.partnership.restricts:
                return at_once
            related = await asyncio.gather(*(the_relationship(know, one.person) for one in cohort.records[person]))
            decided = [decide(one) for one in related]
            return next((one for one in decided if not one.permitted), decided[-1] if decided else at_once)

        asked = list(people)
        permissions = dict(
            zip(map(PersonId, asked), await asyncio.gather(*(permission(PersonId(one)) for one in asked)), strict=True)
        )
        who = who_of(self.ground, people, permissions)
        items = tuple(
            Behind(who=who[one.person], on=one.on, of=one.of)
            for one in page
            if one.person in who and not one.betrays_health
        )
        return PeopleBehind(
            figure=figure,
            of=of,
            span=span,
            count=len(counted) + (cohort.anonymous if of is None else 0),
            anonymous=cohort.anonymous if of is None else 0,
            items=items,
            hidden=len(page) - len(items),
            next=written_cursor((shown[-1][0],)) if more else None,
        )

    async def journey_flow(
        self,
        viewer: Actor,
        *,
        from_date: dt.date | None = None,
        to_date: dt.date | None = None,
        as_of: dt.date | None = None,
        after: int | None = None,
    ) -> JourneyFlow:
        """From street to outcome: how many went which way. Raises: NotPermitted, Unknown, ViewBehind."""
        await self.may_read(viewer)
        span = self._span(viewer, from_date, to_date, as_of)
        async with self.ground.rows(viewer, after) as rows:
            people = [one async for one in every_row(rows.reaching("figures"), LUSCOMBE)]
        return await asyncio.to_thread(lambda: journey_flow(span.cohort(people), span))

    async def days_to_hub(
        self,
        viewer: Actor,
        *,
        from_date: dt.date | None = None,
        to_date: dt.date | None = None,
        as_of: dt.date | None = None,
        after: int | None = None,
    ) -> DaysHistogram:
        """Days from a first ticket to the hub, and who never came. Raises: NotPermitted, Unknown, ViewBehind."""
        await self.may_read(viewer)
        span = self._span(viewer, from_date, to_date, as_of)
        async with self.ground.rows(viewer, after) as rows:
            people = [one async for one in every_row(rows.reaching("figures"), LUSCOMBE)]
        return await asyncio.to_thread(lambda: days_histogram(span.cohort(people), span))

    async def outcomes_by_agency(
        self,
        viewer: Actor,
        *,
        from_date: dt.date | None = None,
        to_date: dt.date | None = None,
        as_of: dt.date | None = None,
        after: int | None = None,
    ) -> OutcomesByAgency:
        """What came of referrals and episodes, agency by agency. Raises: NotPermitted, Unknown, ViewBehind."""
        await self.may_read(viewer)
        span = self._span(viewer, from_date, to_date, as_of)
        async with self.ground.rows(viewer, after) as rows:
            people = [one async for one in every_row(rows.reaching("figures"), LUSCOMBE)]
            referrals = [one async for one in every_row(rows, REFERRALS_COUNTED)]
            names = {one.agency: one.name async for one in every_row(rows, AGENCIES)}
        return await asyncio.to_thread(self._outcomes, viewer, people, referrals, names, span)

    async def overview(
        self, viewer: Actor, *, from_date: dt.date | None = None, to_date: dt.date | None = None
    ) -> Overview:
        """Every report as of today, each as it is by itself. Raises: NotPermitted, Unknown."""
        await self.may_read(viewer)
        span = self._span(viewer, from_date, to_date, None)
        async with self.ground.rows(viewer, None) as rows:
            people = [one async for one in every_row(rows.reaching("figures"), LUSCOMBE)]
            anonymous = [one async for one in every_row(rows, ANONYMOUS)]
            referrals = [one async for one in every_row(rows, REFERRALS_COUNTED)]
            names = {one.agency: one.name async for one in every_row(rows, AGENCIES)}

        def folded() -> Overview:
            cohort = span.cohort(people, anonymous)
            return Overview(
                figures=rounded_report(report_of(cohort), span),
                flow=journey_flow(cohort, span),
                days=days_histogram(cohort, span),
                outcomes=self._outcomes(viewer, people, referrals, names, span),
            )

        return await asyncio.to_thread(folded)

    async def disproportionality(self, viewer: Actor, *, year: Year) -> Disproportionality:
        """Rates at each step by ethnicity, age and sex, in a calendar year that is over.

        Years do not overlap, so that no difference of two tells of few. Raises: NotPermitted, Unknown, YearNotOver.
        """
        if year >= civil_date(self.ground.clock.now()).year:
            raise YearNotOver
        await self.may_read(viewer)
        span = Span(from_date=dt.date(year, 1, 1), to_date=dt.date(year, 12, 31), as_of=dt.date(year, 12, 31))
        async with self.ground.rows(viewer, None) as rows:
            cohort = span.cohort([one async for one in every_row(rows.reaching("figures"), LUSCOMBE)])
            people = await rows.reaching("register").rows(PEOPLE, [one.row.person for one in cohort.people])
            position = rows.position
        humans = [one for one in cohort.people if one.row.person in people]
        sealed = [value for one in humans for value in _equality(people[one.row.person])]
        # Opened to be counted: who had which is told to nobody, and that they were opened stands in the ledger.
        opened = iter(self.ground.unsealer.open_all(sealed))
        self.ground.account.saw("report", (), ("role-listed",), ("identity",))
        found = [(one, next(opened), people[one.row.person].age_band, next(opened)) for one in humans]
        counted = people_of(found, year)
        return Disproportionality(
            year=year,
            people=len(counted),
            confidence=CONFIDENCE,
            intervals=intervals(),
            rates=await asyncio.to_thread(step_rates, counted),
            position=position,
        )

    async def may_read(self, viewer: Actor) -> None:
        """Whether a viewer may read reports at all. Raises: NotPermitted, Unknown."""
        await permit(self.ground.know(viewer), viewer, "read", Resource(category="report", of_person=False))

    def _outcomes(
        self,
        viewer: Actor,
        people: Sequence[LuscombeRow],
        referrals: Sequence[ReferralCount],
        names: Mapping[AgencyId, str],
        span: Span,
    ) -> OutcomesByAgency:
        """In whole months and rounded for every viewer, but for her own agency."""
        own = viewer.agency if viewer.role in ROLES_FOR["support", "read"] else None
        months = span.in_months(civil_date(self.ground.clock.now()))
        return outcomes_by_agency(people, referrals, names, months, own)

    def _span(
        self,
        viewer: Actor,
        from_date: dt.date | None,
        to_date: dt.date | None,
        as_of: dt.date | None,
        no_further_contact_days: int = NO_FURTHER_CONTACT_DAYS,
    ) -> Span:
        """As it was asked for; in whole months and rounded for a viewer who may see nobody."""
        today = civil_date(self.ground.clock.now())
        span = Span(
            from_date=from_date,
            to_date=to_date,
            as_of=as_of or today,
            no_further_contact_days=no_further_contact_days,
        )
        return span.in_months(today) if sharing.counts_only(viewer) else span


def place_of(one: Counted) -> str:
    """Where it stands among those that a figure counts: an order that lasts, and that says nothing of anybody."""
    return hashlib.sha256(f"{one.person}\0{one.thing}".encode()).hexdigest()


async def every_row(rows: ReadRows, view: View[R]) -> AsyncIterator[R]:
    last: str | None = None
    while listed := await rows.under(view, "", after=last, limit=REPORT_PAGE):
        for one in listed:
            yield one.row
        last = listed[-1].key


def _equality(row: PersonRow) -> tuple[object, object]:
    return row.ethnicity, row.sex
