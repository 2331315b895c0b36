"""What a viewer may see of the read models: one function for each thing that is looked at.

Whether it may be seen is decided on knowledge folded at the head of the log, never on a row that may lag. What does not
concern the viewer's agency is answered as if it were not there (`Unknown`), by the same questions to the same stores.
What may be seen is opened for the page as a whole; what is left out is named in `hidden`, with the agency to ask.

Everything takes the viewer first. `after` is a position to wait for, so that somebody sees her own act. `as_at` shows
what had been recorded by then, authorised now. Lists are read in pages of at most 200 by an opaque `cursor`.
"""

import asyncio
import base64
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, Literal, Protocol, Self, TypeVar

import msgspec

from application.access import Account, Unaccounted
from application.attributed import recorded_told
from application.deciding import Know
from application.flags_of_human import with_flags_of_human
from application.people import goes_on_under
from application.permitting import permit, refuse_restricted, standing
from application.ports import (
    Clock,
    Codec,
    EventLog,
    Listed,
    LogId,
    PersonKeys,
    ReadModels,
    ReadRows,
    Recorded,
    Unsealer,
    log_of,
)
from application.relating import restricted_of, sight, the_bases, the_relationship, unsettled
from application.revealing import Hidden, Masked, Shown, left_out, reveal
from application.snapshot import Snapshot, reader_of
from application.views import VIEWS
from application.views.actions_due import ACTIONS_DUE, DueRow
from application.views.consents import BASES, CONSENTS, BasisRow, ConsentRow
from application.views.counted import ARRIVALS_COUNTED
from application.views.duty import NOTIFICATIONS, NotificationRow
from application.views.episodes import (
    ENCOUNTERS,
    EPISODES,
    INSTRUMENTS,
    RESTRICTIONS,
    EncounterRow,
    EpisodeRow,
    InstrumentRow,
    RestrictionRow,
)
from application.views.held import HeldRows
from application.views.hub_day import ARRIVALS, SESSIONS, ArrivalRow, SessionRow
from application.views.inbox import REFERRALS, ReferralRow
from application.views.people import MERGES, MERGES_TO_REVIEW, MERGES_WAITING, PEOPLE, Flag, MergeRow, PersonRow
from application.views.plans import PLANS, PlanRow
from application.views.services import (
    AGENCIES,
    LADDERS,
    POWERS,
    SERVICES,
    AgencyRow,
    LadderRow,
    PowersRow,
    ServiceRow,
    ladder_key,
)
from application.views.timeline import TIMELINE, TimelineRow, fact_of, persons_of, says_of_several
from application.views.view import EVERYTHING, Rows, View
from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import FlagKind, Need
from domain.facts import CATALOGUE, Fact, Instant, Knowledge, QueryItem, Sealed, declared
from domain.governance import sharing
from domain.governance.need_to_know import withheld
from domain.governance.scope import PROTECTS_DATA, Category
from domain.governance.sharing import Permission, Relationship, Resource, Standing
from domain.ids import (
    AgencyId,
    ConsentId,
    EncounterId,
    EpisodeId,
    InstrumentId,
    LadderId,
    NotificationId,
    PersonId,
    PlanId,
    ReferralId,
    ServiceId,
    SessionId,
    WorkerId,
)
from domain.people.person import PersonsMerged
from domain.refusals import Unknown, Unreadable
from domain.rights.restriction import Restricted
from domain.support.service import Question

R = TypeVar("R", bound=msgspec.Struct)
S = TypeVar("S")
T = TypeVar("T")

LIMIT: Final = 200
WAIT_SECONDS: Final = 3.0
OF_ONE_PERSON: Final = 2_000
"""More things of one kind than anybody has."""


class ViewBehind(Exception):  # noqa: N818 - an outcome
    """The rows do not contain the position yet that was waited for; ask again after `retry_after` seconds."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("the read model is behind")
        self.retry_after = retry_after


class CursorUnreadable(Unreadable):
    """The cursor is none of ours."""

    code = "cursor-unreadable"
    rule = "A list is continued with the cursor that its last page gave."
    permitted_by = "Begin the list anew."


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list: what is on it, the cursor of the next one (None at the end), the position it was read at."""

    items: tuple[T, ...]
    next: str | None
    position: int


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a list names them: enough to know whom one speaks of, and what to mind when meeting them."""

    person: PersonId
    reference: str | None = None
    synthetic: bool = False
    given_name: str | None = None
    family_name: str | None = None
    nickname: str | None = None
    needs_interpreter: bool | None = None
    erased: bool = False
    flags: tuple[FlagKind, ...] = ()


class Line(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """A row of a list, with the person it is about."""

    who: Who | None
    shown: Shown[R]
    overdue: bool = False
    days_open: int | None = None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a timeline. `fact` holds the fields of what was recorded, opened where the viewer may read them."""

    position: int
    type: str
    version: int
    category: Category
    happened: Instant
    recorded: Instant
    actor: WorkerId
    agency: AgencyId
    fact: dict[str, Any]
    hidden: tuple[Hidden, ...] = ()
    erased: tuple[str, ...] = ()


class Safety(msgspec.Struct, frozen=True, kw_only=True):
    """The warnings that concern the safety of whoever meets somebody."""

    person: PersonId
    flags: tuple[Shown[Flag], ...]
    position: int


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """The person's entry, and the records that were found to be the same human."""

    shown: Shown[PersonRow]
    same_human: tuple[PersonId, ...]
    position: int


class HubDay(msgspec.Struct, frozen=True, kw_only=True):
    """A session with those expected, come and seen, as far as the viewer may know of them.

    The counts are of everybody; the lists are of those whom the viewer may see.
    """

    session: SessionRow
    expected: tuple[Line[ArrivalRow], ...]
    arrived: tuple[Line[ArrivalRow], ...]
    missed: tuple[Line[ArrivalRow], ...]
    invited_count: int
    arrived_count: int
    walk_in_count: int
    anonymous_count: int
    position: int


class ServiceOnOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A service and its room: how many places are taken and how many referrals wait, never whose they are."""

    position: int
    service: ServiceId
    agency: AgencyId
    name: str
    needs: tuple[Need, ...]
    where: str | None
    area: str | None
    when: str | None
    eligibility: str | None
    places: int | None
    answer_due_days: int
    questions: tuple[Question, ...]
    closed_at: Instant | None
    taken: int
    free: int | None
    waiting: int


class Caseload(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency, or one worker of it, works on: accepted referrals, open plans, actions that are due."""

    referrals: tuple[Line[ReferralRow], ...]
    plans: tuple[Line[PlanRow], ...]
    due: tuple[Line[DueRow], ...]
    position: int


Box = Literal["open", "ended"]


class Folding(Protocol):
    """Folds what is known at the head of a log."""

    async def fold(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int]:
        """The state, and the position at which it was that."""
        ...


class Reading:
    """Reads for viewers. Any method may raise LogUnavailable; each says which refusals it has."""

    def __init__(
        self,
        models: ReadModels,
        log: EventLog,
        folds: Folding,
        codec: Codec,
        unsealer: Unsealer,
        clock: Clock,
        person_keys: PersonKeys | None = None,
        account: Account | None = None,
    ) -> None:
        """`folds` are those of the decider: one cache of knowledge at the head serves decisions and reads.

        Without an `account` nothing can be read but what is about nobody: Unaccounted.
        """
        self._models = models
        self._log = log
        self._folds = folds
        self._codec = codec
        self._unsealer = unsealer
        self._clock = clock
        self._person_keys = person_keys
        self._given_account = account

    @property
    def _account(self) -> Account:
        """Where it is taken down what is let out, of whom. Raises Unaccounted where there is none."""
        if self._given_account is None:
            raise Unaccounted
        return self._given_account

    def of(self, snapshot: Snapshot) -> Self:
        """The same readings, all of them of one snapshot and entered into one account."""
        given = (self._log, snapshot, self._codec, self._unsealer, self._clock, self._person_keys)
        return type(self)(snapshot, *given, snapshot.account)

    def entered_in(self, account: Account) -> Self:
        """The same readings, entered into an account."""
        given = (self._log, self._folds, self._codec, self._unsealer, self._clock, self._person_keys)
        return type(self)(self._models, *given, account)

    async def person(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> PersonPage:
        """The register's entry. Raises: NotPermitted, Unknown, ViewBehind."""
        async with self._of_person(viewer, "register", person, after, as_at) as asked:
            permission = await asked.permit(asked.entry)
            row = asked.row.on(civil_date(as_at or self._clock.now()))
            row = row.by_name() if permission.by_name else row
            shown = self._reveal([Masked(row, viewer, "register", permission, row.by_agency)])[0]
            return PersonPage(shown=shown, same_human=asked.people[1:], position=asked.rows.position)

    async def safety(self, viewer: Actor, person: PersonId, *, after: int | None = None) -> Safety:
        """What to mind for one's own safety when meeting somebody, and nothing else: told also without the ledger.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        async with self._of_person(viewer, "register", person, after, None) as asked:
            permission = await asked.permit(asked.entry, safety=True)
            row = asked.row.on(civil_date(self._clock.now()))
            shown = self._reveal(
                [
                    Masked(one, viewer, "register", permission, one.by_agency)
                    for one in row.flags
                    if one.kind == "staff-safety"
                ],
                safety=True,
            )
            return Safety(person=person, flags=tuple(shown), position=row.position)

    async def timeline(
        self,
        viewer: Actor,
        person: PersonId,
        *,
        cursor: str | None = None,
        limit: int = LIMIT,
        newest_first: bool = True,
        categories: frozenset[Category] | None = None,
        after: int | None = None,
        as_at: dt.datetime | None = None,
    ) -> Page[Moment]:
        """What happened to a person, as far as the viewer may know: line by line decided by category and parties.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        begin = read_cursor(cursor, 1)
        limit = bounded(limit)
        async with self._of_person(viewer, "register", person, after, as_at) as asked:
            await asked.permit(asked.entry)
            last = begin[0] if begin else None
            lines, last = await permitted_lines(asked, categories, last, limit, newest_first=newest_first)
            moments = self._moments(asked, lines)
            next_cursor = None if last is None else written_cursor((last,))
            return Page(items=tuple(moments), next=next_cursor, position=asked.rows.position)

    async def moments(self, viewer: Actor, person: PersonId, *, limit: int = LIMIT) -> tuple[Instant, ...]:
        """When something that the viewer may see was recorded of a person, from the earliest: the latest of these.

        Raises: NotPermitted, Unknown.
        """
        async with self._of_person(viewer, "register", person, None, None) as asked:
            await asked.permit(asked.entry)
            lines, _ = await permitted_lines(asked, None, None, bounded(limit), newest_first=True)
            self._saw_lines(asked, lines)
            return tuple(sorted({row.recorded for row, _ in lines}))

    async def merges_waiting(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT
    ) -> Page[Shown[MergeRow]]:
        """Proposed merges that wait for a second worker: for those who may search. Raises: NotPermitted, Unknown."""
        return await self._merges(viewer, MERGES_WAITING, cursor, limit)

    async def merges_to_review(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT
    ) -> Page[Shown[MergeRow]]:
        """Merges of which nobody has reviewed yet who may know of both records, the most urgent first.

        Raises: NotPermitted, Unknown.
        """
        return await self._merges(viewer, MERGES_TO_REVIEW, cursor, limit)

    async def _merges(self, viewer: Actor, scope: str, cursor: str | None, limit: int) -> Page[Shown[MergeRow]]:
        """A list of which the viewer may see every row. What was said of the two is for whoever may see them."""
        log = log_of(viewer.partnership)
        permission = await permit(self._know(log), viewer, "search", Resource(category="register"))
        async with self._rows(viewer, None) as rows:
            listed, next_cursor = await page_of(rows.reaching("register"), MERGES, scope, cursor, limit)
            unsaid = [msgspec.structs.replace(one.row, reason=None, note=None) for one in listed]
            shown = self._reveal([Masked(row, viewer, "register", permission, _ask(row, viewer)) for row in unsaid])
            return Page(items=tuple(shown), next=next_cursor, position=rows.position)

    async def episodes(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[EpisodeRow], ...]:
        """A person's episodes, with where they stand and why. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "engagement", EPISODES, person, after, as_at)

    async def episode(self, viewer: Actor, episode: EpisodeId, *, after: int | None = None) -> Shown[EpisodeRow]:
        """One episode. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._one(viewer, "engagement", EPISODES, episode, after)

    async def encounters(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[EncounterRow], ...]:
        """A person's encounters as they are known now. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "engagement", ENCOUNTERS, person, after, as_at)

    async def encounter(
        self, viewer: Actor, encounter: EncounterId, *, after: int | None = None
    ) -> Shown[EncounterRow]:
        """One encounter. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._one(viewer, "engagement", ENCOUNTERS, encounter, after)

    async def instruments(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[InstrumentRow], ...]:
        """A person's instruments. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "engagement", INSTRUMENTS, person, after, as_at)

    async def instrument(
        self, viewer: Actor, instrument: InstrumentId, *, after: int | None = None
    ) -> Shown[InstrumentRow]:
        """One instrument. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._one(viewer, "engagement", INSTRUMENTS, instrument, after)

    async def restrictions(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[RestrictionRow], ...]:
        """Where a person may not be. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "engagement", RESTRICTIONS, person, after, as_at)

    async def inbox(
        self,
        viewer: Actor,
        direction: Literal["incoming", "outgoing"],
        box: Box = "open",
        *,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Line[ReferralRow]]:
        """The referrals that the viewer's agency was asked, or asked: open ones by due date, ended ones latest first.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        scope = f"agency:{viewer.agency}/{direction}/{box}"
        return await self._lines_of_agency(viewer, "support", REFERRALS, scope, cursor, limit, after, latest=box)

    async def drafts(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[Line[ReferralRow]]:
        """The agency's referrals not sent yet. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        scope = f"agency:{viewer.agency}/drafts"
        return await self._lines_of_agency(viewer, "support", REFERRALS, scope, cursor, limit, after)

    async def referral(self, viewer: Actor, referral: ReferralId, *, after: int | None = None) -> Shown[ReferralRow]:
        """One referral, for those who are party to it. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._one(viewer, "support", REFERRALS, referral, after)

    async def referrals(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[ReferralRow], ...]:
        """A person's referrals to which the viewer's agency is party. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "support", REFERRALS, person, after, as_at)

    async def notifications(
        self,
        viewer: Actor,
        direction: Literal["notified", "notifying"],
        box: Box = "open",
        *,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Line[NotificationRow]]:
        """Duty-to-refer notifications that the agency was told, or made.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        scope = f"agency:{viewer.agency}/{direction}/{box}"
        return await self._lines_of_agency(viewer, "duty", NOTIFICATIONS, scope, cursor, limit, after, latest=box)

    async def notification(
        self, viewer: Actor, notification: NotificationId, *, after: int | None = None
    ) -> Shown[NotificationRow]:
        """One notification. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._one(viewer, "duty", NOTIFICATIONS, notification, after)

    async def notifications_of(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[NotificationRow], ...]:
        """A person's notifications to which the agency is party. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "duty", NOTIFICATIONS, person, after, as_at)

    async def plan(self, viewer: Actor, plan: PlanId, *, after: int | None = None) -> Shown[PlanRow]:
        """One plan, for its agencies. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._one(viewer, "support", PLANS, plan, after)

    async def plans(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[PlanRow], ...]:
        """A person's plans to which the agency is party. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "support", PLANS, person, after, as_at)

    async def consent(self, viewer: Actor, consent: ConsentId, *, after: int | None = None) -> Shown[ConsentRow]:
        """One consent, for who asked for it and who may receive on it. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._one(viewer, "support", CONSENTS, consent, after)

    async def consents(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[ConsentRow], ...]:
        """A person's consents that concern the agency. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "support", CONSENTS, person, after, as_at)

    async def bases(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[BasisRow], ...]:
        """The agency's decisions to share without consent. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "support", BASES, person, after, as_at)

    async def caseload(
        self, viewer: Actor, *, worker: WorkerId | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Caseload:
        """What the viewer's agency works on, or one worker of it: the first `limit` of each kind, most urgent first.

        Referrals are worked by an agency as a whole. Raises: NotPermitted, Unknown, ViewBehind.
        """
        base = f"agency:{viewer.agency}"
        own = base if worker is None else f"{base}/worker/{worker}"
        referrals = (
            await self._lines_of_agency(viewer, "support", REFERRALS, f"{base}/caseload", None, limit, after)
            if worker is None
            else None
        )
        plans = await self._lines_of_agency(viewer, "support", PLANS, f"{own}/plans", None, limit, after)
        due = await self.actions_due(viewer, worker=worker, limit=limit, after=after)
        return Caseload(
            referrals=referrals.items if referrals else (), plans=plans.items, due=due.items, position=due.position
        )

    async def actions_due(
        self,
        viewer: Actor,
        *,
        worker: WorkerId | None = None,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Line[DueRow]]:
        """What the agency, or one worker of it, must do, overdue first.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        base = f"agency:{viewer.agency}"
        scope = f"{base}/due" if worker is None else f"{base}/worker/{worker}/due"
        return await self._lines_of_agency(viewer, "support", ACTIONS_DUE, scope, cursor, limit, after)

    async def hub_sessions(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[SessionRow]:
        """Sessions, the latest first. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        log = log_of(viewer.partnership)
        await permit(self._know(log), viewer, "read", Resource(category="hub", of_person=False))
        async with self._rows(viewer, after) as rows:
            listed, next_cursor = await page_of(rows, SESSIONS, EVERYTHING, cursor, limit, descending=True)
            return Page(items=tuple(one.row for one in listed), next=next_cursor, position=rows.position)

    async def hub_day(self, viewer: Actor, session: SessionId, *, after: int | None = None) -> HubDay:
        """A session: expected, come, missed and seen by whom. Raises: NotPermitted, Unknown, ViewBehind."""
        log = log_of(viewer.partnership)
        know = self._know(log)
        await permit(know, viewer, "read", Resource(category="hub", of_person=False))
        async with self._rows(viewer, after) as rows:
            row = await rows.row(SESSIONS, session)
            if row is None:
                raise Unknown
            arrivals = [one.row for one in await rows.under(ARRIVALS, f"{session}|", limit=OF_ONE_PERSON)]
            position = rows.position
            people = await with_flags_of_human(rows, await rows.rows(PEOPLE, [one.person for one in arrivals]))
            counted = await rows.reaching("figures").under(ARRIVALS_COUNTED, f"{session}|", limit=OF_ONE_PERSON)
            everybody = [one.row for one in counted]
        by = await standing(know, viewer)
        relationships = await asyncio.gather(*(the_relationship(know, one.person) for one in arrivals))
        visible: list[tuple[ArrivalRow, Permission]] = []
        for one, relationship in zip(arrivals, relationships, strict=True):
            resource = Resource(category="hub", relationship=relationship, parties=one.parties)
            permission = sharing.decide(by, "read", resource)
            if permission.permitted:
                seen = tuple(
                    each
                    for each in one.seen
                    if sharing.decide(
                        by,
                        "read",
                        Resource(
                            category="support",
                            relationship=Relationship(restricted=relationship.restricted),
                            parties=frozenset((each.agency, each.by_agency)),
                        ),
                    ).permitted
                )
                visible.append((msgspec.structs.replace(one, seen=seen), permission))
        who = self._who(people, {one.person: permission for one, permission in visible})
        for one, permission in visible:
            self._account.saw("hub", (one.person,), permission.rules)
        lines = [Line(who=who.get(one.person), shown=Shown(row=one)) for one, _ in visible]
        return HubDay(
            session=row,
            expected=tuple(
                one for one in lines if one.shown.row.attended_at is None and one.shown.row.missed_at is None
            ),
            arrived=tuple(one for one in lines if one.shown.row.attended_at is not None),
            missed=tuple(one for one in lines if one.shown.row.missed_at is not None),
            invited_count=sum(1 for one in everybody if one.invited),
            arrived_count=sum(1 for one in everybody if one.attended),
            walk_in_count=sum(1 for one in everybody if one.walk_in),
            anonymous_count=row.anonymous_count,
            position=position,
        )

    async def services(
        self,
        viewer: Actor,
        *,
        need: Need | None = None,
        offered_by: AgencyId | None = None,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[ServiceOnOffer]:
        """Services on offer with the room they have. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        scope = f"offered-by:{offered_by}" if offered_by else f"need:{need}" if need else EVERYTHING
        page = await self._administration(viewer, SERVICES, scope, cursor, limit, after)
        return Page(items=tuple(_on_offer(one) for one in page.items), next=page.next, position=page.position)

    async def service(self, viewer: Actor, service: ServiceId, *, after: int | None = None) -> ServiceOnOffer:
        """One service. Raises: NotPermitted, Unknown, ViewBehind."""
        return _on_offer(await self._entry(viewer, SERVICES, service, after))

    async def agencies(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[AgencyRow]:
        """The parties of the partnership. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        return await self._administration(viewer, AGENCIES, EVERYTHING, cursor, limit, after)

    async def agency(self, viewer: Actor, agency: AgencyId, *, after: int | None = None) -> AgencyRow:
        """One agency. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._entry(viewer, AGENCIES, agency, after)

    async def ladders(self, viewer: Actor, *, after: int | None = None) -> tuple[LadderRow, ...]:
        """Every version of every ladder. Raises: NotPermitted, Unknown, ViewBehind."""
        await self._may_read_administration(viewer)
        async with self._rows(viewer, after) as rows:
            return tuple(one.row for one in await rows.under(LADDERS, "", limit=OF_ONE_PERSON))

    async def ladder(
        self, viewer: Actor, ladder: LadderId, version: int | None = None, *, after: int | None = None
    ) -> LadderRow:
        """A version of a ladder, the newest unless one is named. Raises: NotPermitted, Unknown, ViewBehind."""
        if version is not None:
            return await self._entry(viewer, LADDERS, ladder_key(ladder, version), after)
        await self._may_read_administration(viewer)
        async with self._rows(viewer, after) as rows:
            newest = await rows.under(LADDERS, f"{ladder}|", limit=1, descending=True)
        if not newest:
            raise Unknown
        return newest[0].row

    async def powers(self, viewer: Actor, worker: WorkerId, *, after: int | None = None) -> PowersRow:
        """The powers conferred on a worker by name. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._entry(viewer, POWERS, worker, after)

    async def powers_conferred(self, viewer: Actor, *, after: int | None = None) -> tuple[PowersRow, ...]:
        """The powers of everybody on whom any was conferred by name. Raises: NotPermitted, Unknown, ViewBehind."""
        await self._may_read_administration(viewer)
        async with self._rows(viewer, after) as rows:
            return tuple(one.row for one in await rows.under(POWERS, "", limit=OF_ONE_PERSON))

    def _know(self, log: LogId) -> Know:
        return Knowing(self._folds, log, self._clock.now())

    @asynccontextmanager
    async def _rows(self, viewer: Actor, after: int | None) -> AsyncIterator[ReadRows]:
        log = log_of(viewer.partnership)
        if after is not None and not await self._models.reached(log, after, WAIT_SECONDS):
            raise ViewBehind
        async with self._models.open(log, *reader_of(viewer)) as rows:
            yield rows

    @asynccontextmanager
    async def _of_person(
        self, viewer: Actor, category: Category, person: PersonId, after: int | None, as_at: dt.datetime | None
    ) -> AsyncIterator["Asked"]:
        """The rows, the records of the same human, and whom they concern. The same is asked of an unknown person."""
        log = log_of(viewer.partnership)
        know = self._know(log)
        await permit(know, viewer, "read", Resource(category=category, of_person=False))
        by = await standing(know, viewer)
        seen = await sight_of(know, person, viewer)
        if as_at is not None:
            folded = await self._as_at(log, person, as_at)
            yield await self._asked(know, category, by, person, seen, folded)
            return
        async with self._rows(viewer, after) as live:
            rows = _reaching(live, by, seen.relationship, person)
            yield await self._asked(know, category, by, person, seen, rows)

    async def _asked(
        self, know: Know, category: Category, by: Standing, person: PersonId, own: "Sight", rows: ReadRows
    ) -> "Asked":
        """Of the other records of the same human, those whose entry the viewer may see by itself."""
        row = await rows.row(PEOPLE, person)
        if row is None:
            raise Unknown
        register = rows.reaching("register")
        records = {person: own}
        waiting, seen = list(row.merged_from), {person}
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                theirs = await sight_of(know, other, by.viewer)
                if sharing.decide(by, "read", theirs.entry).permitted:
                    records[other] = theirs
                merged = await register.row(PEOPLE, other)
                waiting.extend(merged.merged_from if merged else ())
        warned = (await with_flags_of_human(rows, {person: row}, records))[person]
        if row.merged_into is not None:  # whoever knows this record alone goes on with it
            warned = msgspec.structs.replace(warned, merged_into=await goes_on_under(know, by.viewer, row.merged_into))
        stricter = {
            (record, thing): await sight_of(know, other, by.viewer)
            for record in records
            for thing, other in (await unsettled(know, record)).items()
        }
        return Asked(know, self._account, category, by, rows, warned, records, stricter)

    async def _as_at(self, log: LogId, person: PersonId, as_at: dt.datetime) -> HeldRows:
        """What had been recorded of a person by then, folded as the live rows are."""
        found: dict[int, Recorded] = {}
        waiting, seen = [person], {person}
        while waiting:
            one = waiting.pop()
            query = (QueryItem(tags=frozenset({f"person:{one}"})),)
            for recorded in await recorded_told(self._log, self._codec, log, query, until=as_at):
                found[recorded.envelope.position] = recorded
                fact = recorded.fact
                if isinstance(fact, PersonsMerged) and fact.person == one and fact.other not in seen:
                    seen.add(fact.other)
                    waiting.append(fact.other)
        rows: Rows = {}
        for position in sorted(found):
            VIEWS.project(rows, found[position])
        return HeldRows(rows, max(found, default=0))

    async def _one(self, viewer: Actor, category: Category, view: View[R], key: str, after: int | None) -> Shown[R]:
        """One row about a person. An unknown one costs the same questions as one that does not concern the viewer."""
        log = log_of(viewer.partnership)
        know = self._know(log)
        await permit(know, viewer, "read", Resource(category=category, of_person=False))
        async with self._rows(viewer, after) as rows:
            row = await rows.row(view, key)
        person = _person_of(row) or PersonId(key)
        seen = await sight_of(know, person, viewer)
        other = (await unsettled(know, person)).get(key)
        if row is None:
            raise Unknown
        resource = Resource(
            category=category,
            relationship=seen.relationship,
            parties=_parties(row),
            authors=_authors(row),
            basis=seen.basis,
        )
        permission = await permit(know, viewer, "read", resource)
        if other is not None:  # nobody has said whose it is: the stricter of both
            theirs = await sight_of(know, other, viewer)
            stricter = msgspec.structs.replace(resource, relationship=theirs.relationship, basis=theirs.basis)
            strict = await permit(know, viewer, "read", stricter)
            permission = msgspec.structs.replace(strict, opens=strict.opens & permission.opens)
        return self._reveal([Masked(row, viewer, category, permission, _ask(row, viewer))])[0]

    async def _all_of_person(
        self,
        viewer: Actor,
        category: Category,
        view: View[R],
        person: PersonId,
        after: int | None,
        as_at: dt.datetime | None,
    ) -> tuple[Shown[R], ...]:
        """A person's rows of one kind that the viewer may see; the person must concern the viewer's agency."""
        async with self._of_person(viewer, category, person, after, as_at) as asked:
            await asked.permit(asked.entry)
            listed: list[tuple[PersonId, Listed[R]]] = []
            for person_id in asked.people:
                found = await asked.rows.listed(view, f"person:{person_id}", limit=OF_ONE_PERSON)
                listed.extend((person_id, one) for one in found)
            listed.sort(key=lambda one: (one[1].sort, one[1].key))
            masked = [
                Masked(one.row, viewer, category, permission, _ask(one.row, viewer))
                for person_id, one in listed
                if (
                    permission := asked.decide_thing(
                        person_id, one.key.partition("|")[0], category, _parties(one.row), _authors(one.row)
                    )
                ).permitted
            ]
            return tuple(self._reveal(masked))

    async def _lines_of_agency(
        self,
        viewer: Actor,
        category: Category,
        view: View[R],
        scope: str,
        cursor: str | None,
        limit: int,
        after: int | None,
        latest: Box = "open",
    ) -> Page[Line[R]]:
        """A list of the viewer's own agency. Each row is decided by its parties, of which the agency is one."""
        log = log_of(viewer.partnership)
        know = self._know(log)
        await permit(know, viewer, "read", Resource(category=category, of_person=False))
        by = await standing(know, viewer)
        async with self._rows(viewer, after) as rows:
            listed, next_cursor = await page_of(rows, view, scope, cursor, limit, descending=latest == "ended")
            named = [_person_of(each.row) or PersonId("") for each in listed]
            people = await with_flags_of_human(rows, await rows.rows(PEOPLE, named))
            position = rows.position
        told = await self._told(know, viewer, [one.row for one in listed])
        restricted = await self._restricted(know, by, named)
        masked: list[Masked[R]] = []
        permissions: dict[PersonId, Permission] = {}
        for one in listed:
            person = _person_of(one.row)
            resource = Resource(
                category=getattr(one.row, "category", category),
                relationship=Relationship(restricted=restricted.get(person, ()) if person else ()),
                parties=_parties(one.row),
                authors=_authors(one.row),
                of_person=person is not None,
                basis=None if person is None else told.get(person),
            )
            permission = sharing.decide(by, "read", resource)
            if permission.permitted:
                masked.append(Masked(one.row, viewer, resource.category, permission, _ask(one.row, viewer)))
                if person is not None and not (person in permissions and permissions[person].permitted):
                    entry = msgspec.structs.replace(resource, category="register")
                    permissions[person] = sharing.decide(by, "read", entry)
        who = self._who(people, permissions)
        today = civil_date(self._clock.now())
        items = tuple(
            Line(
                who=who.get(_person_of(one.row) or PersonId("")),
                shown=one,
                overdue=_overdue(one.row, today),
                days_open=_days_open(one.row, today),
            )
            for one in self._reveal(masked)
        )
        return Page(items=items, next=next_cursor, position=position)

    async def _told(
        self, know: Know, viewer: Actor, rows: Sequence[object]
    ) -> dict[PersonId, Literal["live", "ended"] | None]:
        """On which basis the viewer's agency may know of those whom others wrote of."""
        asked = {
            person
            for row in rows
            if (person := _person_of(row)) is not None and viewer.agency not in (_authors(row) or _parties(row))
        }
        found = await asyncio.gather(*(the_bases(know, one) for one in asked))
        return {one: bases.standing_of(viewer.agency, know.now) for one, bases in zip(asked, found, strict=True)}

    async def _restricted(self, know: Know, by: Standing, people: Iterable[PersonId]) -> dict[PersonId, Restricted]:
        """The restrictions of those on a list, where the partnership has any."""
        asked = list(dict.fromkeys(people)) if by.partnership.restricts else []
        found = await asyncio.gather(*(restricted_of(know, by.partnership, one) for one in asked))
        return dict(zip(asked, found, strict=True))

    async def _may_read_administration(self, viewer: Actor) -> None:
        know = self._know(log_of(viewer.partnership))
        await permit(know, viewer, "read", Resource(category="administration", of_person=False))

    async def _administration(
        self, viewer: Actor, view: View[R], scope: str, cursor: str | None, limit: int, after: int | None
    ) -> Page[R]:
        await self._may_read_administration(viewer)
        async with self._rows(viewer, after) as rows:
            listed, next_cursor = await page_of(rows, view, scope, cursor, limit)
            return Page(items=tuple(one.row for one in listed), next=next_cursor, position=rows.position)

    async def _entry(self, viewer: Actor, view: View[R], key: str, after: int | None) -> R:
        await self._may_read_administration(viewer)
        async with self._rows(viewer, after) as rows:
            row = await rows.row(view, key)
        if row is None:
            raise Unknown
        return row

    def _who(self, people: dict[str, PersonRow], permissions: dict[PersonId, Permission]) -> dict[PersonId, Who]:
        """The people of a list by name, as far as their entries may be read."""
        wanted = [row for row in people.values() if row.person in permissions and permissions[row.person].permitted]
        values = [
            value if "identity" in permissions[row.person].opens else None
            for row in wanted
            for value in (row.given_name, row.family_name, row.nickname)
        ]
        opened = iter(self._unsealer.open_all(values))
        today = civil_date(self._clock.now())
        for row in wanted:
            permission = permissions[row.person]
            self._account.saw("register", (row.person,), permission.rules, permission.opens & {"identity"})
        return {
            row.person: Who(
                person=row.person,
                reference=row.reference,
                synthetic=row.synthetic,
                given_name=next(opened),
                family_name=next(opened),
                nickname=next(opened),
                needs_interpreter=row.needs_interpreter,
                erased=row.erased,
                flags=tuple(dict.fromkeys(one.kind for one in row.on(today).flags)),
            )
            for row in wanted
        }

    def _reveal(self, masked: Sequence[Masked[Any]], *, safety: bool = False) -> list[Shown[Any]]:
        return reveal(self._unsealer, masked, self._account, safety=safety)

    def _saw_lines(
        self, asked: "Asked", lines: Iterable[tuple[TimelineRow, Permission]], moments: Iterable[Moment] = ()
    ) -> None:
        """The account takes down of whom lines are, and what of them was opened or left out."""
        account = self._account
        for category, permission in {(row.category, id(one)): (row.category, one) for row, one in lines}.values():
            account.saw(category, asked.people, permission.rules, permission.opens)
        for moment in moments:
            if moment.hidden:
                account.saw(moment.category, (), (), (), [one.field for one in moment.hidden])

    def _moments(self, asked: "Asked", lines: Sequence[tuple[TimelineRow, Permission]]) -> list[Moment]:
        """The lines of a timeline, opened at once."""
        viewer = asked.by.viewer
        wanted: list[Sealed] = []
        found: list[tuple[Fact, set[str], list[Hidden]]] = []
        for row, permission in lines:
            fact = fact_of(row)
            out, labels = left_out(fact, withheld(fact, viewer, permission.opens))
            found.append((fact, out, labels))
            for name, mark in declared(type(fact)).personal.items():
                value = getattr(fact, name)
                if isinstance(value, Sealed) and mark.personal_class in permission.opens and name not in out:
                    wanted.append(value)
        opened = iter(self._unsealer.open_all(wanted)) if wanted else iter(())
        moments = [
            _moment(row, permission, fact, out, labels, opened)
            for (row, permission), (fact, out, labels) in zip(lines, found, strict=True)
        ]
        self._saw_lines(asked, lines, moments)
        return moments


class Knowing:
    """Knows the head of a log, for those who look."""

    __slots__ = ("_folds", "_log", "now")

    def __init__(self, folds: Folding, log: LogId, now: dt.datetime) -> None:
        self._folds = folds
        self._log = log
        self.now = now

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        """The state at the head."""
        state, _ = await self._folds.fold(self._log, knowledge)
        return state


class Sight(msgspec.Struct, frozen=True):
    """What of a record is judged for a viewer: whom it concerns, and on which basis their agency may know of it."""

    relationship: Relationship
    basis: Literal["live", "ended"] | None

    @property
    def entry(self) -> Resource:
        """The record's entry in the register."""
        return Resource(category="register", relationship=self.relationship, basis=self.basis)


async def sight_of(know: Know, person: PersonId, viewer: Actor) -> Sight:
    relationship, bases = await sight(know, person)
    return Sight(relationship, bases.standing_of(viewer.agency, know.now))


class Asked:
    """A person who was asked about: their rows, and the records of the same human, each with whom it concerns."""

    def __init__(
        self,
        know: Know,
        account: Account,
        category: Category,
        by: Standing,
        rows: ReadRows,
        row: PersonRow,
        records: Mapping[PersonId, Sight],
        stricter: Mapping[tuple[PersonId, str], Sight],
    ) -> None:
        """`records` are those that the viewer may see, the one asked about first.

        `stricter` says of things whose person is not settled by which other record they are judged, too.
        """
        self._know = know
        self.account = account
        self.category = category
        self.by = by
        self.rows = rows
        self.row = row
        self.people = tuple(records)
        self._records = records
        self._stricter = stricter
        self._decided: dict[tuple[PersonId, Category, frozenset[AgencyId], frozenset[AgencyId] | None], Permission] = {}

    @property
    def relationship(self) -> Relationship:
        """Whom the record concerns that was asked about."""
        return self._records[self.people[0]].relationship

    @property
    def entry(self) -> Resource:
        """The person's entry in the register."""
        return self._records[self.people[0]].entry

    async def permit(self, resource: Resource, *, safety: bool = False) -> Permission:
        """The permission, or Unknown. From here on there is an answer about this person, be it that there is nothing.

        `safety`: nothing but staff-safety flags will be shown.
        """
        permission = sharing.decide(self.by, "read", msgspec.structs.replace(resource, warns=safety))
        if not permission.permitted:
            refuse_restricted(self.by, "read", resource)
            raise Unknown
        self.account.saw(self.category, self.people, permission.rules, safety=safety)
        return permission

    def decide(
        self,
        person: PersonId,
        category: Category,
        parties: frozenset[AgencyId],
        authors: frozenset[AgencyId] | None = None,
    ) -> Permission:
        """Whether the viewer may see what is of a record and category, has these parties, and who recorded it."""
        question = (person, category, parties, authors)
        permission = self._decided.get(question)
        if permission is None:
            seen = self._records[person]
            resource = Resource(
                category=category,
                relationship=seen.relationship,
                parties=parties,
                authors=authors,
                basis=seen.basis,
            )
            permission = self._decided[question] = sharing.decide(self.by, "read", resource)
        return permission

    def decide_thing(
        self,
        person: PersonId,
        thing: str,
        category: Category,
        parties: frozenset[AgencyId],
        authors: frozenset[AgencyId] | None = None,
    ) -> Permission:
        """The same of one thing, by its id or position: while nobody has said whose it is, the stricter of both."""
        permission = self.decide(person, category, parties, authors)
        other = self._stricter.get((person, thing))
        if other is None or not permission.permitted:
            return permission
        resource = Resource(
            category=category, relationship=other.relationship, parties=parties, authors=authors, basis=other.basis
        )
        theirs = sharing.decide(self.by, "read", resource)
        return msgspec.structs.replace(theirs, opens=theirs.opens & permission.opens)

    async def of_all(self, row: TimelineRow, permission: Permission) -> Permission:
        """What is said of several people in words is opened to those who may see who each of them is."""
        if not says_of_several(CATALOGUE[row.type, row.version]):
            return permission
        for person in persons_of(CATALOGUE[row.type, row.version])(fact_of(row)):
            seen = self._records.get(person) or await sight_of(self._know, person, self.by.viewer)
            entry = sharing.decide(self.by, "read", seen.entry)
            if entry.by_name or "identity" not in entry.opens:
                return msgspec.structs.replace(permission, opens=frozenset())
        return permission


class _Permissions:
    """The permissions of a timeline's lines, in the categories that were asked for."""

    def __init__(self, asked: Asked, categories: frozenset[Category] | None) -> None:
        self._asked = asked
        self._categories = categories

    def of(self, person: PersonId, row: TimelineRow) -> Permission | None:
        """The permission of a line of a record; None if it is not shown."""
        if self._categories is not None and row.category not in self._categories:
            return None
        permission = self._asked.decide_thing(
            person, str(row.position), row.category, row.parties, frozenset({row.agency})
        )
        return permission if permission.permitted and not permission.by_name else None


async def permitted_lines(
    asked: Asked, categories: frozenset[Category] | None, last: str | None, limit: int, *, newest_first: bool
) -> tuple[list[tuple[TimelineRow, Permission]], str | None]:
    """The next lines that the viewer may see, and behind which key there are more; None where there are none."""
    permissions = _Permissions(asked, categories)
    lines: list[tuple[TimelineRow, Permission]] = []
    more = True
    while more and len(lines) < limit:
        found = await _lines(asked, last, limit, newest_first=newest_first)
        more = len(found) == limit
        for suffix, row, people in found:
            if len(lines) == limit:
                more = True
                break
            last = suffix
            permission = next((one for person in people if (one := permissions.of(person, row)) is not None), None)
            if permission is not None:
                lines.append((row, await asked.of_all(row, permission)))
    return lines, last if more else None


async def _lines(
    asked: Asked, last: str | None, limit: int, *, newest_first: bool
) -> list[tuple[str, TimelineRow, list[PersonId]]]:
    """The next lines of all records of the same human, by what follows the person in their keys; and whose they are."""
    found: dict[str, tuple[TimelineRow, list[PersonId]]] = {}
    for person in asked.people:
        prefix = f"{person}|"
        begin = None if last is None else prefix + last
        for one in await asked.rows.under(TIMELINE, prefix, after=begin, limit=limit, descending=newest_first):
            found.setdefault(one.key[len(prefix) :], (one.row, []))[1].append(person)
    ordered = sorted(found.items(), key=lambda one: one[0], reverse=newest_first)
    return [(suffix, row, people) for suffix, (row, people) in ordered[:limit]]


def _moment(
    row: TimelineRow,
    permission: Permission,
    fact: Fact,
    out: set[str],
    labels: Sequence[Hidden],
    opened: Iterator[str | None],
) -> Moment:
    marks = declared(type(fact)).personal
    hidden = list(labels)
    erased: list[str] = []
    fields: dict[str, Any] = {}
    for name in type(fact).__struct_fields__:
        if name in out:
            continue
        value = getattr(fact, name)
        mark = marks.get(name)
        if mark is None:
            fields[name] = value
        elif value is not None:
            if mark.personal_class not in permission.opens:
                hidden.append(Hidden(name, row.agency))
            elif isinstance(value, Sealed):
                text = fields[name] = next(opened)
                if text is None:
                    erased.append(name)
            else:
                fields[name] = value
    return Moment(
        position=row.position,
        type=row.type,
        version=row.version,
        category=row.category,
        happened=row.happened,
        recorded=row.recorded,
        actor=row.actor,
        agency=row.agency,
        fact=fields,
        hidden=tuple(hidden),
        erased=tuple(erased),
    )


async def page_of(
    rows: ReadRows, view: View[R], scope: str, cursor: str | None, limit: int, *, descending: bool = False
) -> tuple[list[Listed[R]], str | None]:
    """The next rows of a list, and the cursor behind which there are more. Raises: CursorUnreadable."""
    begin = read_cursor(cursor, 2)
    limit = bounded(limit)
    after = (begin[0], begin[1]) if begin else None
    listed = await rows.listed(view, scope, after=after, limit=limit + 1, descending=descending)
    if len(listed) <= limit:
        return listed, None
    listed = listed[:limit]
    return listed, written_cursor((listed[-1].sort, listed[-1].key))


def bounded(limit: int) -> int:
    return max(1, min(limit, LIMIT))


def written_cursor(parts: tuple[str, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def read_cursor(cursor: str | None, parts: int) -> tuple[str, ...] | None:
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found = msgspec.json.decode(text, type=tuple[str, ...])
    except (ValueError, msgspec.DecodeError) as error:
        raise CursorUnreadable from error
    if len(found) != parts or any("\x00" in one for one in found):
        raise CursorUnreadable
    return found


def _person_of(row: object) -> PersonId | None:
    return getattr(row, "person", None)


def _reaching(rows: ReadRows, by: Standing, related: Relationship, person: PersonId) -> ReadRows:
    """The rows on the ground that the policy may permit: who protects data finds everybody, who broke the glass one."""
    if by.viewer.role in PROTECTS_DATA:
        return rows.reaching("register")
    if any(one.opens_for(by.viewer, by.at) for one in related.broken):
        return rows.reaching(reader_of(by.viewer)[1], person)
    return rows


def _parties(row: object) -> frozenset[AgencyId]:
    return getattr(row, "parties", frozenset())


def _authors(row: object) -> frozenset[AgencyId] | None:
    return getattr(row, "authors", None)


def _ask(row: object, viewer: Actor) -> AgencyId | None:
    """Whom to ask for what is hidden: the other party."""
    for name in ("to_agency", "authority", "by_agency", "agency", "from_agency"):
        one: AgencyId | None = getattr(row, name, None)
        if one is not None and one != viewer.agency:
            return one
    return None


def _overdue(row: object, today: dt.date) -> bool:
    match row:
        case DueRow():
            return row.overdue(today)
        case ReferralRow(answer_due=dt.date() as due, answered_at=None):
            return row.open and due < today
        case NotificationRow(acknowledged_at=None, contacted_at=None, ended_at=None):
            return row.answer_due < today
        case _:
            return False


def _days_open(row: object, today: dt.date) -> int | None:
    match row:
        case ReferralRow(sent_at=dt.datetime() as since) if row.open:
            return (today - civil_date(since)).days
        case NotificationRow(ended_at=None):
            return (today - civil_date(row.notified_at)).days
        case _:
            return None


def _on_offer(row: ServiceRow) -> ServiceOnOffer:
    fields = {
        name: getattr(row, name) for name in ServiceOnOffer.__struct_fields__ if name in ServiceRow.__struct_fields__
    }
    return ServiceOnOffer(**{**fields, "waiting": len(row.waiting), "taken": row.taken, "free": row.free})
