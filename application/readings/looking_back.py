"""Who has looked at a person, when, why and under which rule: for those who answer for it, and as their own copy.

The ledger is read for what the law lets it be read for (Data Protection Act 2018 s.62(4)), person by person. There is
no reading of it by worker: it is nobody's measure of work. Reading it is itself recorded.
"""

from collections import deque
from typing import Any, Final

import msgspec

from application.ports import Page as Events
from application.ports import Recorded, log_of
from application.readings.ground import Ground
from application.readings.paging import LIMIT, CursorUnreadable, Page, bounded, read_cursor, written_cursor
from application.views.services import AGENCIES
from domain.actors import Actor, Role
from domain.facts import Fact, Instant, PersonalClass, Query, QueryItem, Sealed
from domain.governance.access import (
    PURPOSE_WORDS,
    AccessDenied,
    AnsweredElsewhere,
    AskedElsewhere,
    Audience,
    Denial,
    Disclosed,
    Exported,
    LedgerRead,
    Look,
    Use,
    audience,
)
from domain.governance.scope import Category
from domain.governance.sharing import Resource
from domain.ids import AgencyId, PersonId, WorkerId
from domain.refusals import NotPermitted

READ_AT_ONCE: Final = 2_000


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a person: who, when, to what end, what of, and under which rules.

    `happened` is when it was shown, `recorded` when the ledger took it, which is later only where it was `spooled`.
    """

    position: int
    kind: str
    happened: Instant
    recorded: Instant
    worker: WorkerId
    agency: AgencyId
    role: Role
    purpose: str
    route: str
    request: str
    categories: tuple[Category, ...]
    rules: tuple[str, ...]
    opened: tuple[PersonalClass, ...]
    masked: tuple[str, ...]
    spooled: bool = False
    denial: Denial | None = None
    document: str | None = None
    recipient: str | None = None
    use: Use | None = None
    justification: str | None = None


class LookedInWords(msgspec.Struct, frozen=True, kw_only=True):
    """A look, as the person reads of it: when, which agency, in which role and why, in words (ours: nobody's name)."""

    happened: Instant
    kind: str
    agency: AgencyId
    agency_name: str
    role: Role
    purpose: str
    why: str
    recipient: str | None = None


class LookingBack(msgspec.Struct, frozen=True):
    """Reads the access ledger."""

    ground: Ground

    async def accesses(
        self,
        viewer: Actor,
        person: PersonId,
        *,
        use: Use,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Looked]:
        """Who has looked at a person, the first first: of one's agency or of all; else one's own looks alone.

        `use` is what for. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        begin = read_cursor(cursor, 1)
        if begin is not None and not (begin[0].isascii() and begin[0].isdecimal()):
            raise CursorUnreadable
        position = int(begin[0]) if begin else 0
        limit = bounded(limit)
        people, whose = await self._may_look_back(viewer, person, use, after)
        log = log_of(viewer.partnership, "access")
        found: list[Recorded] = []
        more = True
        while more and len(found) < limit:
            page = await self.ground.log.read(log, of_people(people), after=position, limit=READ_AT_ONCE, sealed=True)
            more = len(page.events) == READ_AT_ONCE
            for one in self._looks(page):
                if len(found) == limit:
                    more = True
                    break
                position = one.envelope.position
                if _is_for(one, viewer, whose):
                    found.append(one)
        items = self._opened(found)
        return Page(items=items, next=written_cursor((str(position),)) if more else None, position=_last(items))

    async def latest_accesses(
        self, viewer: Actor, person: PersonId, *, use: Use, limit: int = LIMIT
    ) -> tuple[tuple[Looked, ...], Audience]:
        """The same, the latest first, and whose looks these are. Raises: NotPermitted, Unknown."""
        people, whose = await self._may_look_back(viewer, person, use, None)
        found = await self._latest(viewer, people, whose, limit)
        return self._opened(found), whose

    async def copy_of_accesses(
        self, viewer: Actor, person: PersonId, *, after: int | None = None
    ) -> tuple[LookedInWords, ...]:
        """Who has looked, for the person: made by those who answer for it, the latest first.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        people, whose = await self._may_look_back(viewer, person, "lawfulness", after, copy=True)
        found = await self._latest(viewer, people, whose, LIMIT)
        async with self.ground.rows(viewer, None) as rows:
            names = await rows.rows(AGENCIES, list(dict.fromkeys(one.envelope.agency for one in found)))
        return tuple(
            LookedInWords(
                happened=one.fact.at,
                kind=one.fact.fact_type,
                agency=one.envelope.agency,
                agency_name=names[one.envelope.agency].name if one.envelope.agency in names else one.envelope.agency,
                role=one.envelope.role,
                purpose=one.envelope.purpose,
                why=PURPOSE_WORDS.get(one.envelope.purpose, ""),
                recipient=_told(one.fact),
            )
            for one in found
        )

    async def _may_look_back(
        self, viewer: Actor, person: PersonId, use: Use, after: int | None, *, copy: bool = False
    ) -> tuple[tuple[PersonId, ...], Audience]:
        """The records of the same human, and whose looks at them the viewer may see."""
        async with self.ground.of_person(viewer, "ledger", person, after, None) as asked:
            await asked.permit(Resource(category="ledger", relationship=asked.relationship))
            whose = audience(viewer.role, asked.by.kind)
            if copy and not whose.of_agency:
                raise NotPermitted(role=viewer.role, category="ledger", action="read")
            self.ground.account.read_ledger(use, copy_for_person=copy)
            return asked.people, whose

    async def _latest(self, viewer: Actor, people: tuple[PersonId, ...], whose: Audience, limit: int) -> list[Recorded]:
        log = log_of(viewer.partnership, "access")
        latest: deque[Recorded] = deque(maxlen=bounded(limit))
        position = 0
        while True:
            page = await self.ground.log.read(log, of_people(people), after=position, limit=READ_AT_ONCE, sealed=True)
            latest.extend(one for one in self._looks(page) if _is_for(one, viewer, whose))
            if len(page.events) < READ_AT_ONCE:
                return sorted(latest, key=lambda one: (one.fact.at, one.envelope.position), reverse=True)
            position = page.events[-1].position

    def _looks(self, page: Events) -> list[Recorded]:
        return [self.ground.codec.recorded(stored) for stored in page.events]

    def _opened(self, found: list[Recorded]) -> tuple[Looked, ...]:
        """Justifications are opened for whoever may see whose look it is."""
        sealed = [getattr(one.fact, "justification", None) for one in found]
        words = (
            self.ground.unsealer.open_all(sealed)
            if any(isinstance(one, Sealed) for one in sealed)
            else [None] * len(found)
        )
        return tuple(_looked(one, why) for one, why in zip(found, words, strict=True))


def of_people(people: tuple[PersonId, ...]) -> Query:
    """Every entry that names one of these people."""
    return tuple(QueryItem(tags=frozenset({f"person:{one}"})) for one in people)


def _is_for(one: Recorded, viewer: Actor, whose: Audience) -> bool:
    own_agency = one.envelope.agency == viewer.agency
    return whose.of_all or (own_agency and (whose.of_agency or one.envelope.actor == viewer.worker))


def _told(look: Fact) -> str | None:
    """Who outside learnt something by a look."""
    match look:
        case Disclosed():
            return look.recipient
        case AskedElsewhere() | AnsweredElsewhere():
            return look.partner
        case _:
            return None


def _last(items: tuple[Looked, ...]) -> int:
    return max((one.position for one in items), default=0)


def _looked(one: Recorded, why: str | None) -> Looked:
    look, envelope = one.fact, one.envelope
    assert isinstance(look, Look)
    more: dict[str, Any] = {}
    match look:
        case AccessDenied():
            more = {"denial": look.denial}
        case Disclosed():
            more = {"document": look.document, "recipient": look.recipient}
        case Exported():
            more = {"document": look.document}
        case LedgerRead():
            more = {"use": look.use}
        case AskedElsewhere() | AnsweredElsewhere():
            more = {"recipient": look.partner}
        case _:
            pass
    return Looked(
        position=envelope.position,
        kind=look.fact_type,
        happened=look.at,
        recorded=envelope.recorded,
        worker=envelope.actor,
        agency=envelope.agency,
        role=envelope.role,
        purpose=envelope.purpose,
        route=look.route,
        request=look.request,
        categories=look.categories,
        rules=look.rules,
        opened=look.opened,
        masked=look.masked,
        spooled=look.spooled,
        justification=why,
        **more,
    )
