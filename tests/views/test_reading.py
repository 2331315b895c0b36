"""No read shows what sharing denies; what is unknown and what is not yours are one answer; hidden fields are named."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory_read_models import MemoryReadModels
from adapters.person_keys import BlindPersonKeys
from application.ports import Recorded
from application.reading import CursorUnreadable, Reading
from application.views.categories import category_of
from application.views.timeline import persons_of
from domain.actors import Actor
from domain.engagement.hub_session import HubAttended, ServiceSeen
from domain.facts import Fact, declared
from domain.governance import sharing
from domain.governance.sharing import Relationship, Resource
from domain.ids import AgencyId, EpisodeId, NotificationId, PersonId, PlanId, ReferralId, ServiceId, SessionId
from domain.people import describing, dying
from domain.people.person import PersonsMerged
from domain.refusals import NotPermitted, Unknown
from domain.support import plan_actions, planning, referral
from tests.views.histories import (
    CLINIC,
    CONSTABLE,
    COORDINATOR,
    EVERYBODY,
    HOUSING,
    KINDS,
    OFFICER,
    PEOPLE,
    SESSIONS,
    SHELTER,
    SYSTEM,
    History,
    actor,
    known,
    sent,
    told,
)

MARK: Final = re.compile(r"#\d+#")
SUPPORT: Final = re.compile(r'"((?:r-p-\d-\d)|(?:(?:plan|n|g|c)-p-\d(?:-\d)?))"')
"""Ids of referrals, plans, goals, notifications and consents: that one exists is itself need-to-know."""
turns = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 4), st.integers(0, 20), st.integers(0, 5)), min_size=10, max_size=50
)


def reading_of(history: History) -> Reading:
    """Reads over a history, from rows in memory."""
    keys = BlindPersonKeys(history.codec, b"s" * 32)
    models = MemoryReadModels(history.log, history.codec, person_keys=keys)
    return Reading(models, history.log, history.decider.folds, history.codec, history.codec, history.clock, keys)


async def everything(reading: Reading, viewer: Actor) -> AsyncIterator[tuple[str, object]]:
    """Whatever a viewer can come by, read by read."""

    async def come_by(name: str, read: Callable[[], Awaitable[object]]) -> tuple[str, object]:
        try:
            return name, await read()
        except (Unknown, NotPermitted):
            return name, None

    for one in map(PersonId, PEOPLE):
        for read in (
            reading.person,
            reading.timeline,
            reading.episodes,
            reading.encounters,
            reading.instruments,
            reading.restrictions,
            reading.referrals,
            reading.notifications_of,
            reading.plans,
            reading.consents,
            reading.bases,
        ):
            yield await come_by(read.__name__, lambda read=read, one=one: read(viewer, one))  # type: ignore[misc]
        for reference in (f"REF-{one.upper()}",):
            yield await come_by("search", lambda reference=reference: reading.search(viewer, reference=reference))  # type: ignore[misc]
        for number in range(2):
            key = f"r-{one}-{number}"
            yield await come_by("referral", lambda key=key: reading.referral(viewer, ReferralId(key)))  # type: ignore[misc]
        yield await come_by("plan", lambda one=one: reading.plan(viewer, PlanId(f"plan-{one}")))  # type: ignore[misc]
        yield await come_by("episode", lambda one=one: reading.episode(viewer, EpisodeId(f"e-{one}")))  # type: ignore[misc]
        yield await come_by("notification", lambda one=one: reading.notification(viewer, NotificationId(f"n-{one}")))  # type: ignore[misc]
    for direction in ("incoming", "outgoing"):
        for box in ("open", "ended"):
            yield await come_by("inbox", lambda d=direction, b=box: reading.inbox(viewer, d, b))  # type: ignore[misc]
    for direction in ("notified", "notifying"):
        yield await come_by("notifications", lambda d=direction: reading.notifications(viewer, d))  # type: ignore[misc]
    yield await come_by("drafts", lambda: reading.drafts(viewer))
    yield await come_by("caseload", lambda: reading.caseload(viewer))
    yield await come_by("actions_due", lambda: reading.actions_due(viewer))
    yield await come_by("merges_waiting", lambda: reading.merges_waiting(viewer))
    for session in SESSIONS:
        yield await come_by("hub_day", lambda session=session: reading.hub_day(viewer, session))  # type: ignore[misc]
    yield await come_by("services", lambda: reading.services(viewer))


def thing_of(fact: Fact) -> str | None:
    """The record that a fact is part of: whoever is party to it reads the whole of it."""
    for name in ("referral", "plan", "notification", "encounter", "episode", "instrument", "consent"):
        one = getattr(fact, name, None)
        if one is not None:
            return f"{name}:{one}"
    return None


class Allowed:
    """Which texts sharing lets a viewer read, fact by fact: an account apart from the views'."""

    def __init__(self, history: History, recorded: list[Recorded]) -> None:
        self._history = history
        self._facts = [one.fact for one in recorded]
        self._parties: dict[str, set[AgencyId]] = {}
        self._together: dict[PersonId, set[PersonId]] = {}
        self._concerned: dict[PersonId, Relationship] = {}
        for fact in self._facts:
            thing = thing_of(fact)
            if thing is not None:
                named = sharing.evolve_relationship(Relationship(), fact).agencies
                self._parties.setdefault(thing, set()).update(named)
            if isinstance(fact, PersonsMerged):
                group = self._together.get(fact.person, {fact.person}) | self._together.get(fact.other, {fact.other})
                for one in group:
                    self._together[one] = group
            for one in persons_of(type(fact))(fact):
                before = self._concerned.get(one, Relationship())
                self._concerned[one] = sharing.evolve_relationship(before, fact)

    def things(self, viewer: Actor) -> set[str]:
        """The ids of support that the viewer may know of."""
        allowed: set[str] = set()
        for fact in self._facts:
            thing = thing_of(fact)
            parties = frozenset(self._parties[thing]) if thing else frozenset()
            resource = Resource(category=category_of(type(fact)), parties=parties)
            if sharing.decide(viewer, KINDS[viewer.agency], "read", resource).permitted:  # type: ignore[arg-type]
                allowed.update(SUPPORT.findall(msgspec.json.encode(fact).decode()))
        return allowed

    def texts(self, viewer: Actor) -> set[str]:
        """The marks of all texts that the viewer may read."""
        allowed: set[str] = set()
        for fact in self._facts:
            thing = thing_of(fact)
            named = (
                frozenset(self._parties[thing]) if thing else sharing.evolve_relationship(Relationship(), fact).agencies
            )
            for name, mark in declared(type(fact)).personal.items():
                value = getattr(fact, name)
                if value is None:
                    continue
                (text,) = self._history.codec.open_all([value])
                for one in persons_of(type(fact))(fact):
                    agencies = {
                        each
                        for other in self._together.get(one, {one})
                        for each in self._concerned.get(other, Relationship()).agencies
                    }
                    resource = Resource(
                        category=category_of(type(fact)), relationship=Relationship(frozenset(agencies)), parties=named
                    )
                    actions: tuple[sharing.Action, ...] = ("read", "search")
                    for action in actions if resource.category == "register" else actions[:1]:
                        permission = sharing.decide(viewer, KINDS[viewer.agency], action, resource)  # type: ignore[arg-type]
                        if permission.permitted and mark.personal_class in permission.opens:
                            allowed.update(MARK.findall(text or ""))
        return allowed


@settings(max_examples=30)
@given(turns=turns)
def test_no_read_shows_a_text_that_sharing_denies(turns: list[tuple[int, int, int, int]]) -> None:
    async def story() -> None:
        history = await (await History().begin()).goes_on(turns)
        allowed = Allowed(history, await history.recorded())
        reading = reading_of(history)
        for viewer in EVERYBODY:
            may_read, may_know = allowed.texts(viewer), allowed.things(viewer)
            async for name, shown in everything(reading, viewer):
                text = msgspec.json.encode(shown).decode()
                known_of = set(SUPPORT.findall(text))
                assert known_of <= may_know, f"{viewer.agency} learns of {known_of - may_know} by {name}"
                seen = set(MARK.findall(text))
                assert seen <= may_read, f"{viewer.agency} is shown {seen - may_read} by {name}"
                assert b"Sealed" not in repr(shown).encode(), f"{name} gives away what is sealed"

    asyncio.run(story())


@asynccontextmanager
async def story() -> AsyncIterator[tuple[History, Reading]]:
    """The clinic was sent a referral of p-0 by the coordinator."""
    history = await History().begin()
    at = history.clock.now()
    assert await history.said(
        told(describing.SetContact, at=at, person="p-0", detail="d-1", phone="07700 900123"), CONSTABLE
    )
    assert await history.said(known("p-9", at), COORDINATOR)
    command = sent("p-9", COORDINATOR, at, "1", 1)
    assert await history.said(command, COORDINATOR), history.refused
    yield history, reading_of(history)


@pytest.mark.anyio
async def test_the_asked_agency_reads_the_referral_and_health_is_for_health_agencies() -> None:
    async with story() as (_, reading):
        at_clinic = await reading.referral(CLINIC, ReferralId("r-p-9-1"))
        assert "heroin" in str(at_clinic.row.health_reason)
        assert at_clinic.hidden == ()
        at_hub = await reading.referral(COORDINATOR, ReferralId("r-p-9-1"))
        assert at_hub.row.health_reason is None
        assert [(one.field, one.ask) for one in at_hub.hidden] == [("health_reason", "recovery")]
        (line,) = (await reading.inbox(CLINIC, "incoming")).items
        assert line.who is not None
        assert str(line.who.given_name).startswith("Given-p-9")
        assert (line.days_open, line.overdue) == (0, False)
        assert (await reading.inbox(COORDINATOR, "outgoing")).items[0].shown.row.referral == "r-p-9-1"


@pytest.mark.anyio
async def test_what_is_unknown_and_what_is_not_yours_are_answered_alike() -> None:
    async with story() as (_, reading):
        for viewer, key in ((HOUSING, "r-p-9-1"), (HOUSING, "r-none"), (CLINIC, "r-none")):
            with pytest.raises(Unknown) as refusal:
                await reading.referral(viewer, ReferralId(key))
            assert refusal.value.facts == {}
        for one in ("p-9", "p-none"):
            with pytest.raises(Unknown):
                await reading.person(SHELTER, PersonId(one))
            with pytest.raises(Unknown):
                await reading.timeline(SHELTER, PersonId(one))
        assert await reading.referrals(COORDINATOR, PersonId("p-9")) != ()


@pytest.mark.anyio
async def test_a_timeline_says_nothing_of_support_to_those_who_are_not_party() -> None:
    async with story() as (history, reading):
        at = history.clock.now()
        await history.said(told(describing.AddAlias, at=at, person="p-9", detail="d-2", nickname="Smiler"), COORDINATOR)
        types = {one.type for one in (await reading.timeline(COORDINATOR, PersonId("p-9"))).items}
        assert {"person-registered", "referral-sent", "alias-added"} <= types
        other = actor("csp", "hub-coordinator", "other")
        assert {one.type for one in (await reading.timeline(other, PersonId("p-9"))).items} == types
        police = {one.type for one in (await reading.timeline(CONSTABLE, PersonId("p-0"))).items}
        assert police == {"person-registered", "contact-set"}


@pytest.mark.anyio
async def test_a_timeline_is_continued_where_its_page_ended() -> None:
    async with story() as (_, reading):
        whole = (await reading.timeline(COORDINATOR, PersonId("p-9"))).items
        cursor: str | None = None
        found: list[object] = []
        while True:
            page = await reading.timeline(COORDINATOR, PersonId("p-9"), cursor=cursor, limit=1)
            found.extend(page.items)
            cursor = page.next
            if cursor is None:
                break
        assert tuple(found) == whole
        oldest_first = await reading.timeline(COORDINATOR, PersonId("p-9"), newest_first=False)
        assert oldest_first.items == whole[::-1]
        with pytest.raises(CursorUnreadable):
            await reading.timeline(COORDINATOR, PersonId("p-9"), cursor="none of ours")


@pytest.mark.anyio
async def test_what_was_not_recorded_yet_is_not_in_the_state_as_at_then() -> None:
    async with story() as (history, reading):
        then = history.clock.now()
        history.clock.at += dt.timedelta(days=1)
        at = history.clock.now()
        await history.said(told(dying.RecordDeath, at=then, person="p-9", source="told"), COORDINATOR)
        assert (await reading.person(COORDINATOR, PersonId("p-9"), as_at=then)).shown.row.died_at is None
        assert (await reading.person(COORDINATOR, PersonId("p-9"), as_at=at)).shown.row.died_at == then
        assert (await reading.person(COORDINATOR, PersonId("p-9"))).shown.row.died_at == then


@pytest.mark.anyio
async def test_hub_arrivals_are_listed_and_whom_they_saw_is_for_those_two_agencies() -> None:
    history = await History().begin()
    reading = reading_of(history)
    at = history.clock.now() + dt.timedelta(minutes=30)
    history.clock.at = at
    from domain.engagement import hub_session  # noqa: PLC0415 - one story's commands

    assert await history.said(told(hub_session.CheckIn, at=at, session="s-1", person="p-0"), COORDINATOR)
    assert await history.said(
        told(hub_session.RecordServiceSeen, at=at, session="s-1", person="p-0", agency="recovery", need="drugs"), CLINIC
    ), history.refused
    recorded = {type(one.fact) for one in await history.recorded()}
    assert {HubAttended, ServiceSeen} <= recorded
    day = await reading.hub_day(COORDINATOR, SessionId("s-1"))
    (line,) = day.arrived
    assert (day.arrived_count, day.walk_in_count) == (1, 1)
    assert line.shown.row.seen == ()
    seen = (await reading.hub_day(CLINIC, SessionId("s-1"))).arrived[0].shown.row.seen
    assert [one.agency for one in seen] == ["recovery"]
    other = await reading.hub_day(HOUSING, SessionId("s-1"))
    assert (other.arrived, other.arrived_count) == ((), 1)


@pytest.mark.anyio
async def test_actions_of_a_plan_are_due_and_overdue_first() -> None:
    async with story() as (history, reading):
        at = history.clock.now()
        day = at.date()
        history_plan = told(planning.OpenPlan, at=at, plan="plan-1", person="p-9", review_on=day + dt.timedelta(days=9))
        assert await history.said(history_plan, COORDINATOR)
        for name, days in (("a-1", 5), ("a-2", 1)):
            owner = {"owner": COORDINATOR.worker, "owner_agency": "csp", "due": day + dt.timedelta(days=days)}
            added = told(plan_actions.AddAction, at=at, plan="plan-1", action=name, what="call", **owner)
            assert await history.said(added, COORDINATOR), history.refused
        history.clock.at += dt.timedelta(days=3)
        due = (await reading.actions_due(COORDINATOR)).items
        listed = [(one.shown.row.thing, one.overdue) for one in due]
        assert listed == [("s-1", True), ("s-2", True), ("a-2", True), ("a-1", False), ("plan-1", False)]
        own = await reading.actions_due(COORDINATOR, worker=COORDINATOR.worker)
        assert [one.shown.row.thing for one in own.items] == ["a-2", "a-1", "plan-1"]
        assert len((await reading.caseload(COORDINATOR)).plans) == 1


@pytest.mark.anyio
async def test_a_service_tells_its_room_and_not_who_holds_it() -> None:
    async with story() as (history, reading):
        accepted = told(referral.AcceptReferral, at=history.clock.now(), referral="r-p-9-1")
        assert await history.said(accepted, CLINIC)
        clinic = await reading.service(OFFICER, ServiceId("clinic"))
        assert (clinic.taken, clinic.free, clinic.waiting) == (1, 1, 0)
        assert "r-p-9-1" not in repr(clinic)


@pytest.mark.anyio
async def test_people_are_found_by_reference_and_by_full_name_with_a_date_of_birth() -> None:
    async with story() as (history, reading):
        (row,) = (await reading.search(SHELTER, reference="REF-P-9")).people
        found = await reading.search(
            SHELTER, given_name=str(row.row.given_name), family_name=str(row.row.family_name), born="1984-02-03"
        )
        assert [one.row.person for one in found.people] == ["p-9"]
        assert found.keys == ("name-and-born",)
        assert (await reading.search(SHELTER, reference="NONE")).people == ()
        del history


@pytest.mark.anyio
async def test_the_system_reads_without_opening() -> None:
    async with story() as (_, reading):
        shown = (await reading.person(SYSTEM, PersonId("p-9"))).shown
        assert shown.row.given_name is None
        assert "given_name" in {one.field for one in shown.hidden}


def test_whatever_is_shown_is_ready_for_json() -> None:
    async def go() -> None:
        async with story() as (_, reading):
            shown: Any = await reading.timeline(COORDINATOR, PersonId("p-9"))
            assert msgspec.json.decode(msgspec.json.encode(shown))["items"]

    asyncio.run(go())
