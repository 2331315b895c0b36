"""No read shows what sharing denies; what is unknown and what is not yours are one answer; hidden fields are named."""

import asyncio
import datetime as dt
import functools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory_read_models import MemoryReadModels
from adapters.person_keys import BlindPersonKeys
from application.access import NotShown
from application.finding.asking import Sought
from application.ports import Recorded
from application.readings.ground import Ground
from application.readings.paging import CursorUnreadable
from application.readings.readings import Readings
from application.relating import the_relationship
from application.views.categories import category_of
from application.views.episodes import EncounterRow, EpisodeRow, InstrumentRow, RestrictionRow
from application.views.hub_day import ArrivalRow, SessionRow
from application.views.luscombe_report import Figure
from application.views.people import MergeRow, PersonRow
from application.views.timeline import persons_of
from domain.actors import Actor
from domain.codes import HEALTH_NEEDS, TreatmentDischarge
from domain.engagement import closing, encounter, hub_session, issuing, pausing
from domain.engagement.encounter import EncounterCorrected, EncounterRecorded
from domain.engagement.episode import EpisodeClosed, EpisodeEnded, EpisodePaused
from domain.engagement.hub_session import HubAttended, ServiceSeen
from domain.engagement.published_ladders import CAMBRIDGESHIRE
from domain.facts import CATALOGUE, Command, Fact, PersonalClass, declared
from domain.governance import partnership, sharing
from domain.governance.need_to_know import NEED_TO_KNOW
from domain.governance.scope import Action
from domain.governance.sharing import Relationship, Resource, Standing
from domain.ids import (
    AgencyId,
    EncounterId,
    EpisodeId,
    NotificationId,
    PersonId,
    PlanId,
    ReferralId,
    ServiceId,
    SessionId,
)
from domain.people import describing, dying, merging, stays
from domain.people.flags import FlagRaised
from domain.people.merging import MergeReviewed
from domain.people.person import PersonReleased, PersonsMerged, StayBegan
from domain.refusals import NotPermitted, Unknown
from domain.support import plan_actions, planning, referral
from tests.scenario import Knowing, run
from tests.views.histories import (
    CLINIC,
    CONSTABLE,
    COORDINATOR,
    EVERYBODY,
    HOUSING,
    KINDS,
    OFFICER,
    OTHER_COORDINATOR,
    PEOPLE,
    SECOND_COORDINATOR,
    SESSIONS,
    SHELTER,
    START,
    SYSTEM,
    History,
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


def reading_of(history: History) -> Readings:
    """Reads over a history, from rows in memory."""
    keys = BlindPersonKeys(history.codec, lambda _: b"s" * 32)
    models = MemoryReadModels(history.log, history.codec, person_keys=keys)
    given = (models, history.log, history.decider.folds, history.codec, history.codec, history.clock, keys)
    return Readings(Ground(*given)).entered_in(NotShown())


async def everything(readings: Readings, viewer: Actor) -> AsyncIterator[tuple[str, object]]:
    """Whatever a viewer can come by, read by read."""

    async def come_by(name: str, read: Callable[[], Awaitable[object]]) -> tuple[str, object]:
        try:
            return name, await read()
        except (Unknown, NotPermitted):
            return name, None

    for one in map(PersonId, PEOPLE):
        for read in (
            readings.people.person,
            readings.timelines.timeline,
            readings.engagement.episodes,
            readings.engagement.encounters,
            readings.engagement.instruments,
            readings.engagement.restrictions,
            readings.referrals.referrals,
            readings.notifications.notifications_of,
            readings.plans.plans,
            readings.consents.consents,
            readings.consents.bases,
            readings.timelines.journey,
        ):
            yield await come_by(read.__name__, lambda read=read, one=one: read(viewer, one))  # type: ignore[misc]
        sought = Sought(reference=f"REF-{one.upper()}")
        yield await come_by("search", lambda sought=sought: readings.searching.search(viewer, sought))  # type: ignore[misc]
        for number in range(2):
            key = f"r-{one}-{number}"
            yield await come_by("referral", lambda key=key: readings.referrals.referral(viewer, ReferralId(key)))  # type: ignore[misc]
        yield await come_by("plan", lambda one=one: readings.plans.plan(viewer, PlanId(f"plan-{one}")))  # type: ignore[misc]
        yield await come_by("episode", lambda one=one: readings.engagement.episode(viewer, EpisodeId(f"e-{one}")))  # type: ignore[misc]
        note = NotificationId(f"n-{one}")
        yield await come_by("notification", lambda note=note: readings.notifications.notification(viewer, note))  # type: ignore[misc]
    for direction in ("incoming", "outgoing"):
        for box in ("open", "ended"):
            yield await come_by("inbox", lambda d=direction, b=box: readings.referrals.inbox(viewer, d, b))  # type: ignore[misc]
    for direction in ("notified", "notifying"):
        yield await come_by("notifications", lambda d=direction: readings.notifications.notifications(viewer, d))  # type: ignore[misc]
    yield await come_by("drafts", lambda: readings.referrals.drafts(viewer))
    yield await come_by("caseload", lambda: readings.caseload.caseload(viewer))
    yield await come_by("actions_due", lambda: readings.caseload.actions_due(viewer))
    yield await come_by("merges_waiting", lambda: readings.merges.merges_waiting(viewer))
    yield await come_by("merges_to_review", lambda: readings.merges.merges_to_review(viewer))
    for session in SESSIONS:
        yield await come_by("hub_day", lambda session=session: readings.hub_days.hub_day(viewer, session))  # type: ignore[misc]
    yield await come_by("services", lambda: readings.administration.services(viewer))
    for figure in get_args(Figure):
        yield await come_by("people_behind", lambda one=figure: readings.reports.people_behind(viewer, figure=one))  # type: ignore[misc]


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
        self._now = history.clock.now()
        self._facts = [one.fact for one in recorded]
        self._known = functools.reduce(partnership.evolve, self._facts, partnership.Partnership())
        self._parties: dict[str, set[AgencyId]] = {}
        self._together: dict[PersonId, set[PersonId]] = {}
        self._concerned: dict[PersonId, frozenset[AgencyId]] = {}
        for fact in self._facts:
            thing = thing_of(fact)
            if thing is not None:
                named = sharing.evolve_relationship(Relationship(), fact).agencies
                self._parties.setdefault(thing, set()).update(named)
            if isinstance(fact, PersonsMerged):
                group = self._together.get(fact.person, {fact.person}) | self._together.get(fact.other, {fact.other})
                for one in group:
                    self._together[one] = group
        knowing = Knowing(tuple(self._facts))
        for one in {one for fact in self._facts for one in persons_of(type(fact))(fact)}:
            self._concerned[one] = run(the_relationship(knowing, one)).agencies
        self._written = [(fact, *one) for fact in self._facts for one in self._texts_of(fact, history)]

    @staticmethod
    def _texts_of(fact: Fact, history: History) -> Iterator[tuple[PersonalClass, set[str]]]:
        """What kind of personal text a fact holds, and the marks in it."""
        for name, mark in declared(type(fact)).personal.items():
            value = getattr(fact, name)
            if value is not None:
                (text,) = history.codec.open_all([value])
                yield mark.personal_class, set(MARK.findall(text or ""))

    def standing(self, viewer: Actor) -> Standing:
        """Who a viewer is, when all was recorded."""
        return Standing(viewer, self._known, self._now)

    def things(self, viewer: Actor) -> set[str]:
        """The ids of support that the viewer may know of."""
        allowed: set[str] = set()
        for fact in self._facts:
            thing = thing_of(fact)
            parties = frozenset(self._parties[thing]) if thing else frozenset()
            resource = Resource(category=category_of(type(fact)), parties=parties)
            if sharing.decide(self.standing(viewer), "read", resource).permitted:
                allowed.update(SUPPORT.findall(msgspec.json.encode(fact).decode()))
        return allowed

    def texts(self, viewer: Actor) -> set[str]:
        """The marks of all texts that the viewer may read."""
        allowed: set[str] = set()
        for fact, personal, marks in self._written:
            thing = thing_of(fact)
            named = (
                frozenset(self._parties[thing]) if thing else sharing.evolve_relationship(Relationship(), fact).agencies
            )
            warning = isinstance(fact, FlagRaised) and fact.kind == "staff-safety"
            for one in {
                other
                for each in persons_of(type(fact))(fact)
                for other in (self._together.get(each, {each}) if warning else {each})
            }:
                resource = Resource(
                    category=category_of(type(fact)),
                    relationship=Relationship(self._concerned.get(one, frozenset())),
                    parties=named,
                )
                actions: tuple[Action, ...] = ("read", "search")
                for action in actions if resource.category == "register" else actions[:1]:
                    permission = sharing.decide(self.standing(viewer), action, resource)
                    if permission.permitted and personal in permission.opens:
                        allowed.update(marks)
        return allowed


@settings(max_examples=30)
@given(turns=turns)
def test_no_read_shows_a_text_that_sharing_denies(turns: list[tuple[int, int, int, int]]) -> None:
    async def story() -> None:
        history = await (await History().begin()).goes_on(turns)
        allowed = Allowed(history, await history.recorded())
        readings = reading_of(history)
        for viewer in EVERYBODY:
            may_read, may_know = allowed.texts(viewer), allowed.things(viewer)
            async for name, shown in everything(readings, viewer):
                text = msgspec.json.encode(shown).decode()
                known_of = set(SUPPORT.findall(text))
                assert known_of <= may_know, f"{viewer.agency} learns of {known_of - may_know} by {name}"
                seen = set(MARK.findall(text))
                assert seen <= may_read, f"{viewer.agency} is shown {seen - may_read} by {name}"
                assert b"Sealed" not in repr(shown).encode(), f"{name} gives away what is sealed"

    asyncio.run(story())


Betrayal = tuple[str, str]
"""A person and a code that says something of their health."""


def betrayals_of(fact: Fact) -> set[Betrayal]:
    """What a fact of street work or the register says of somebody's health by a code."""
    match fact:
        case EpisodeClosed(outcome="in-treatment" as code) | EpisodePaused(reason="treatment" | "hospital" as code):
            return {(fact.person, code)}
        case StayBegan(stay="hospital" as code) | PersonReleased(stay="hospital" as code):
            return {(fact.person, code)}
        case EncounterRecorded(offer="health" as code) | EncounterCorrected(offer="health" as code):
            return {(fact.person, code)}
        case _:
            return set()


def betrayals_in(shown: object, person: str = "") -> set[Betrayal]:
    """What is shown of anybody's health by a code, wherever it stands."""
    found: set[Betrayal] = set()
    if isinstance(shown, dict):
        named = next((one for one in (shown, shown.get("row"), shown.get("fact")) if one and "person" in one), {})
        person = named.get("person", person)
        for one in shown.values():
            found |= betrayals_in(one, person)
    elif isinstance(shown, list):
        for one in shown:
            found |= betrayals_in(one, person)
    elif shown in {"in-treatment", "treatment", "hospital", "health"}:
        found.add((person, str(shown)))
    return found


OF_SUPPORT: Final = {"consents", "bases", "referral", "referrals"}
"""Reads of support, which only its parties have: what they agreed to share names categories such as health."""


TELLING: Final[tuple[Callable[[str, dt.datetime], Command], ...]] = (
    lambda _n, at: told(pausing.PauseEpisode, at=at, episode="e-p-0", reason="treatment"),
    lambda _n, at: told(pausing.PauseEpisode, at=at, episode="e-p-0", reason="hospital"),
    lambda _n, at: told(pausing.ResumeEpisode, at=at, episode="e-p-0"),
    lambda _n, at: told(closing.CloseEpisode, at=at, episode="e-p-0", outcome="in-treatment"),
    lambda _n, at: told(closing.CloseEpisode, at=at, episode="e-p-0", outcome="engaged"),
    lambda _n, at: told(stays.RecordHospital, at=at, person="p-0", hospital="Queen Elizabeth"),
    lambda _n, at: told(stays.RecordRelease, at=at, person="p-0", stay="hospital"),
    lambda n, at: told(
        encounter.RecordEncounter, at=at, encounter=f"enc-of-{n}", person="p-0", kind="welfare", offer="health"
    ),
    lambda _n, at: told(encounter.CorrectEncounter, at=at, encounter="enc-1", person="p-0", offer="health"),
)
"""Commands that say something of p-0's health by a code, and those that undo it."""


@settings(max_examples=30)
@given(turns=turns, telling=st.lists(st.tuples(st.sampled_from(TELLING), st.sampled_from(EVERYBODY)), max_size=12))
def test_no_read_shows_a_code_of_health_to_an_agency_that_did_not_record_it(
    turns: list[tuple[int, int, int, int]], telling: list[tuple[Callable[[str, dt.datetime], Command], Actor]]
) -> None:
    async def story() -> None:
        history, _ = await in_episode()
        for number, (make, by) in enumerate(telling):
            history.clock.at += dt.timedelta(minutes=1)
            await history.said(make(str(number), history.clock.now()), by)
        await history.goes_on(turns)
        recorded = await history.recorded()
        readings = reading_of(history)
        for viewer in EVERYBODY:
            own = {
                one
                for each in recorded
                if getattr(each.fact, "by_agency", None) == viewer.agency
                for one in betrayals_of(each.fact)
            }
            async for name, shown in everything(readings, viewer):
                text = msgspec.json.decode(msgspec.json.encode(shown))
                if name == "timeline" and text is not None:
                    text["items"] = [one for one in text["items"] if one["category"] not in {"support", "duty"}]
                if name not in OF_SUPPORT:
                    told_of = betrayals_in(text)
                    assert told_of <= own, f"{viewer.agency} is told {told_of - own} by {name}"

    asyncio.run(story())


HEALTH_CODES: Final = HEALTH_NEEDS | {"in-treatment", "treatment", "hospital", "health", *get_args(TreatmentDischarge)}


def fields_of_health(cls: type[msgspec.Struct]) -> set[tuple[str, str, frozenset[str]]]:
    """The fields of a fact or row, and of what lies within, that can hold a code of health."""
    found: set[tuple[str, str, frozenset[str]]] = set()
    for name, hint in get_type_hints(cls).items():
        waiting = [hint]
        while waiting:
            one = waiting.pop()
            if get_origin(one) is Literal:
                found |= {(cls.__name__, name, codes)} if (codes := HEALTH_CODES & set(get_args(one))) else set()
            elif isinstance(one, type) and issubclass(one, msgspec.Struct):
                found |= fields_of_health(one)
            else:
                waiting.extend(get_args(one))
    return found


def test_every_code_of_health_outside_support_is_need_to_know() -> None:
    shared: list[type[msgspec.Struct]] = [
        fact for fact in CATALOGUE.values() if category_of(fact) in {"register", "engagement", "hub"}
    ]
    # Whom somebody saw (`Seen`) is shown by the rule of support.
    rows: tuple[type[msgspec.Struct], ...] = (
        EncounterRow,
        EpisodeRow,
        InstrumentRow,
        RestrictionRow,
        PersonRow,
        MergeRow,
        SessionRow,
        ArrivalRow,
    )
    found = {each for one in (*shared, *rows) for each in fields_of_health(one) if each[0] != "Seen"}
    ruled = {(name, rule.field): rule for name, rules in NEED_TO_KNOW.items() for rule in rules}
    for name, field, codes in found:
        assert (name, field) in ruled, f"{name}.{field} can say {set(codes)}"
        left_out = ruled[name, field].codes
        assert left_out is not None
        assert codes < left_out, f"{name}.{field}: {set(codes)} would be told by being left out"
    assert {key for key, rule in ruled.items() if rule.codes is not None} == {one[:2] for one in found}


async def in_episode() -> tuple[History, Readings]:
    """The coordinator gave p-0 a first ticket: the police and the council know of the episode."""
    history = await History().begin()
    at = history.clock.now()
    met = told(
        encounter.RecordEncounter, at=at, encounter="enc-1", person="p-0", kind="asb", asb_type="begging", offer="hub"
    )
    assert await history.said(met, CONSTABLE), history.refused
    opened = told(issuing.Opening, person="p-0", ladder=CAMBRIDGESHIRE.ladder)
    green = told(
        issuing.IssueTicket,
        at=at,
        ticket="t-1",
        episode="e-p-0",
        step="green",
        opening=opened,
        language="en",
        read_aloud=True,
        understood=True,
        invite=told(issuing.TicketInvitation, invitation="inv-1", session=SESSIONS[0]),
    )
    assert await history.said(green, CONSTABLE), history.refused
    return history, reading_of(history)


async def last_of(readings: Readings, viewer: Actor, fact_type: str) -> Any:  # noqa: ANN401 - any line
    """The newest line of a type in the timeline of p-0."""
    items = (await readings.timelines.timeline(viewer, PersonId("p-0"))).items
    return next(one for one in items if one.type == fact_type)


@pytest.mark.anyio
@pytest.mark.parametrize("outcome", ["in-treatment", "engaged"])
async def test_that_somebody_is_in_treatment_is_shown_as_any_engagement_with_whom_to_ask(outcome: str) -> None:
    history, readings = await in_episode()
    closed = told(closing.CloseEpisode, at=history.clock.now(), episode="e-p-0", outcome=outcome)
    assert await history.said(closed, COORDINATOR), history.refused
    line = await last_of(readings, CONSTABLE, "episode-closed")
    assert "outcome" not in line.fact
    assert [(one.field, one.ask) for one in line.hidden] == [("outcome", "csp")]
    one = await readings.engagement.episode(CONSTABLE, EpisodeId("e-p-0"))
    assert (one.row.outcome, one.row.closed_at) == (None, history.clock.now())
    assert [(each.field, each.ask) for each in one.hidden] == [("outcome", "csp")]
    assert await readings.engagement.episodes(CONSTABLE, PersonId("p-0")) == (one,)
    then = await readings.engagement.episodes(CONSTABLE, PersonId("p-0"), as_at=history.clock.now())
    assert [each.row.outcome for each in then] == [None]
    assert (await readings.engagement.episode(OTHER_COORDINATOR, EpisodeId("e-p-0"))).row.outcome == outcome
    assert (await last_of(readings, COORDINATOR, "episode-closed")).fact["outcome"] == outcome
    again = told(closing.CloseEpisode, at=history.clock.now(), episode="e-p-0", outcome="housed")
    with pytest.raises(EpisodeEnded) as refusal:
        await history.decider.decide(again, CONSTABLE)
    assert outcome not in str(refusal.value)


@pytest.mark.anyio
async def test_an_outcome_that_says_nothing_of_health_is_shown() -> None:
    history, readings = await in_episode()
    assert await history.said(
        told(closing.CloseEpisode, at=history.clock.now(), episode="e-p-0", outcome="housed"), COORDINATOR
    )
    shown = await readings.engagement.episode(CONSTABLE, EpisodeId("e-p-0"))
    assert (shown.row.outcome, shown.hidden) == ("housed", ())


@pytest.mark.anyio
@pytest.mark.parametrize("reason", ["treatment", "hospital", "custody", "other", "safeguarding"])
async def test_a_pause_says_to_others_why_only_where_it_is_for_them_to_mind(reason: str) -> None:
    history, readings = await in_episode()
    paused = told(pausing.PauseEpisode, at=history.clock.now(), episode="e-p-0", reason=reason)
    assert await history.said(paused, COORDINATOR), history.refused
    shown = await readings.engagement.episode(CONSTABLE, EpisodeId("e-p-0"))
    line = await last_of(readings, CONSTABLE, "episode-paused")
    assert shown.row.paused_at is not None
    if reason == "safeguarding":
        assert (shown.row.paused_for, line.fact["reason"], shown.hidden, line.hidden) == (reason, reason, (), ())
    else:
        assert shown.row.paused_for is None
        assert "reason" not in line.fact
        assert [(one.field, one.ask) for one in shown.hidden] == [("paused_for", "csp")]
        assert [(one.field, one.ask) for one in line.hidden] == [("reason", "csp")]
    assert (await readings.engagement.episode(COORDINATOR, EpisodeId("e-p-0"))).row.paused_for == reason


@pytest.mark.anyio
async def test_custody_and_hospital_are_shown_alike_to_those_who_did_not_record_them() -> None:
    seen: list[object] = []
    for command in (
        told(stays.RecordCustody, at=START, person="p-0", station="Parkside"),
        told(stays.RecordHospital, at=START, person="p-0", hospital="Queen Elizabeth"),
    ):
        history, readings = await in_episode()
        assert await history.said(command, COORDINATOR), history.refused
        page = await readings.people.person(CONSTABLE, PersonId("p-0"))
        line = await last_of(readings, CONSTABLE, "stay-began")
        assert page.shown.row.stay is not None
        assert (page.shown.row.stay.stay, page.shown.row.stay.since) == (None, START)
        seen.append((page.shown.row.stay, page.shown.hidden, line.fact, line.hidden))
        assert (await last_of(readings, CONSTABLE, "person-registered")).fact["given_name"].startswith("Given-p-0")
        own = (await readings.people.person(COORDINATOR, PersonId("p-0"))).shown.row.stay
        assert own is not None
        assert own.stay in {"custody", "hospital"}
        assert (await last_of(readings, COORDINATOR, "stay-began")).fact["stay"] == own.stay
    assert seen[0] == seen[1]


@pytest.mark.anyio
@pytest.mark.parametrize("offer", ["health", "other", "shelter"])
async def test_that_help_of_a_health_service_was_offered_is_for_whoever_offered_it(offer: str) -> None:
    history, readings = await in_episode()
    met = told(
        encounter.RecordEncounter,
        at=history.clock.now(),
        encounter="enc-2",
        person="p-0",
        kind="welfare",
        offer=offer,
        offer_taken=True,
    )
    assert await history.said(met, COORDINATOR), history.refused
    shown = await readings.engagement.encounter(CONSTABLE, EncounterId("enc-2"))
    line = await last_of(readings, CONSTABLE, "encounter-recorded")
    expected = (offer, True) if offer == "shelter" else (None, None)
    assert (shown.row.offer, shown.row.offer_taken) == expected
    assert (line.fact.get("offer"), line.fact.get("offer_taken")) == expected
    assert (await readings.engagement.encounter(COORDINATOR, EncounterId("enc-2"))).row.offer == offer
    corrected = told(
        encounter.CorrectEncounter, at=history.clock.now(), encounter="enc-1", person="p-0", offer="health"
    )
    assert await history.said(corrected, COORDINATOR), history.refused
    assert (await readings.engagement.encounter(CONSTABLE, EncounterId("enc-1"))).row.offer is None
    assert "offer" not in (await last_of(readings, CONSTABLE, "encounter-corrected")).fact


@pytest.mark.anyio
async def test_the_review_of_a_merge_does_not_say_which_agencies_knew_the_other_record() -> None:
    async with story() as (history, readings):
        at = history.clock.now()
        proposed = told(merging.ProposeMerge, at=at, merge="m-1", person="p-0", other="p-9", reason="same face")
        assert await history.said(proposed, COORDINATOR), history.refused
        assert await history.said(told(merging.DecideMerge, at=at, merge="m-1", agree=True), OTHER_COORDINATOR)
        everybody = frozenset(map(AgencyId, KINDS))
        review = told(merging.ReviewMerge, at=at, merge="m-1", agencies=everybody)
        assert await history.said(review, SECOND_COORDINATOR), history.refused
        (reviewed,) = [one.fact for one in await history.recorded() if isinstance(one.fact, MergeReviewed)]
        assert "recovery" in reviewed.concerned
        for viewer in (CONSTABLE, COORDINATOR):
            line = await last_of(readings, viewer, "merge-reviewed")
            assert "recovery" not in str(line)
            assert ("concerned", "csp") in [(one.field, one.ask) for one in line.hidden]


@asynccontextmanager
async def story() -> AsyncIterator[tuple[History, Readings]]:
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
    async with story() as (_, readings):
        at_clinic = await readings.referrals.referral(CLINIC, ReferralId("r-p-9-1"))
        assert "heroin" in str(at_clinic.row.health_reason)
        assert at_clinic.hidden == ()
        at_hub = await readings.referrals.referral(COORDINATOR, ReferralId("r-p-9-1"))
        assert at_hub.row.health_reason is None
        assert [(one.field, one.ask) for one in at_hub.hidden] == [("health_reason", "recovery")]
        (line,) = (await readings.referrals.inbox(CLINIC, "incoming")).items
        assert line.who is not None
        assert str(line.who.given_name).startswith("Given-p-9")
        assert (line.days_open, line.overdue) == (0, False)
        assert (await readings.referrals.inbox(COORDINATOR, "outgoing")).items[0].shown.row.referral == "r-p-9-1"


@pytest.mark.anyio
async def test_what_is_unknown_and_what_is_not_yours_are_answered_alike() -> None:
    async with story() as (_, readings):
        for viewer, key in ((HOUSING, "r-p-9-1"), (HOUSING, "r-none"), (CLINIC, "r-none")):
            with pytest.raises(Unknown) as refusal:
                await readings.referrals.referral(viewer, ReferralId(key))
            assert refusal.value.facts == {}
        for one in ("p-9", "p-none"):
            with pytest.raises(Unknown):
                await readings.people.person(SHELTER, PersonId(one))
            with pytest.raises(Unknown):
                await readings.timelines.timeline(SHELTER, PersonId(one))
        assert await readings.referrals.referrals(COORDINATOR, PersonId("p-9")) != ()


@pytest.mark.anyio
async def test_a_timeline_says_nothing_of_support_to_those_who_are_not_party() -> None:
    async with story() as (history, readings):
        at = history.clock.now()
        await history.said(told(describing.AddAlias, at=at, person="p-9", detail="d-2", nickname="Smiler"), COORDINATOR)
        types = {one.type for one in (await readings.timelines.timeline(COORDINATOR, PersonId("p-9"))).items}
        assert {"person-registered", "referral-sent", "alias-added"} <= types
        other = SECOND_COORDINATOR
        assert {one.type for one in (await readings.timelines.timeline(other, PersonId("p-9"))).items} == types
        police = {one.type for one in (await readings.timelines.timeline(CONSTABLE, PersonId("p-0"))).items}
        assert police == {"person-registered", "contact-set"}


@pytest.mark.anyio
async def test_a_timeline_is_continued_where_its_page_ended() -> None:
    async with story() as (_, readings):
        whole = (await readings.timelines.timeline(COORDINATOR, PersonId("p-9"))).items
        cursor: str | None = None
        found: list[object] = []
        while True:
            page = await readings.timelines.timeline(COORDINATOR, PersonId("p-9"), cursor=cursor, limit=1)
            found.extend(page.items)
            cursor = page.next
            if cursor is None:
                break
        assert tuple(found) == whole
        oldest_first = await readings.timelines.timeline(COORDINATOR, PersonId("p-9"), newest_first=False)
        assert oldest_first.items == whole[::-1]
        with pytest.raises(CursorUnreadable):
            await readings.timelines.timeline(COORDINATOR, PersonId("p-9"), cursor="none of ours")


@pytest.mark.anyio
async def test_what_was_not_recorded_yet_is_not_in_the_state_as_at_then() -> None:
    async with story() as (history, readings):
        then = history.clock.now()
        history.clock.at += dt.timedelta(days=1)
        at = history.clock.now()
        await history.said(told(dying.RecordDeath, at=then, person="p-9", source="told"), COORDINATOR)
        assert (await readings.people.person(COORDINATOR, PersonId("p-9"), as_at=then)).shown.row.died_at is None
        assert (await readings.people.person(COORDINATOR, PersonId("p-9"), as_at=at)).shown.row.died_at == then
        assert (await readings.people.person(COORDINATOR, PersonId("p-9"))).shown.row.died_at == then


@pytest.mark.anyio
async def test_hub_arrivals_are_listed_and_whom_they_saw_is_for_those_two_agencies() -> None:
    history = await History().begin()
    readings = reading_of(history)
    at = history.clock.now() + dt.timedelta(minutes=30)
    history.clock.at = at
    assert await history.said(told(hub_session.CheckIn, at=at, session="s-1", person="p-0"), COORDINATOR)
    assert await history.said(
        told(hub_session.RecordServiceSeen, at=at, session="s-1", person="p-0", agency="recovery", need="drugs"), CLINIC
    ), history.refused
    recorded = {type(one.fact) for one in await history.recorded()}
    assert {HubAttended, ServiceSeen} <= recorded
    day = await readings.hub_days.hub_day(COORDINATOR, SessionId("s-1"))
    (line,) = day.arrived
    assert (day.arrived_count, day.walk_in_count) == (1, 1)
    assert line.shown.row.seen == ()
    seen = (await readings.hub_days.hub_day(CLINIC, SessionId("s-1"))).arrived[0].shown.row.seen
    assert [one.agency for one in seen] == ["recovery"]
    assert "recovery" not in str(line)
    other = await readings.hub_days.hub_day(HOUSING, SessionId("s-1"))
    assert (other.arrived, other.arrived_count) == ((), 1)


@pytest.mark.anyio
async def test_a_walk_in_whose_check_in_was_taken_back_is_on_no_list_and_somebody_invited_is_expected_again() -> None:
    history = await History().begin()
    at = history.clock.at = history.clock.now() + dt.timedelta(minutes=30)
    invited = told(hub_session.Invite, at=at, invitation="inv-1", person="p-0", session="s-1")
    assert await history.said(invited, COORDINATOR)
    for person in ("p-0", "p-1"):
        assert await history.said(told(hub_session.CheckIn, at=at, session="s-1", person=person), COORDINATOR)
        assert await history.said(told(hub_session.VoidCheckIn, at=at, session="s-1", person=person), COORDINATOR)
    day = await reading_of(history).hub_days.hub_day(COORDINATOR, SessionId("s-1"))
    assert (day.arrived, day.arrived_count, day.walk_in_count) == ((), 0, 0)
    assert [line.shown.row.person for line in day.expected] == ["p-0"]


@pytest.mark.anyio
async def test_actions_of_a_plan_are_due_and_overdue_first() -> None:
    async with story() as (history, readings):
        at = history.clock.now()
        day = at.date()
        history_plan = told(planning.OpenPlan, at=at, plan="plan-1", person="p-9", review_on=day + dt.timedelta(days=9))
        assert await history.said(history_plan, COORDINATOR)
        for name, days in (("a-1", 5), ("a-2", 1)):
            owner = {"owner": COORDINATOR.worker, "owner_agency": "csp", "due": day + dt.timedelta(days=days)}
            added = told(plan_actions.AddAction, at=at, plan="plan-1", action=name, what="call", **owner)
            assert await history.said(added, COORDINATOR), history.refused
        history.clock.at += dt.timedelta(days=3)
        due = (await readings.caseload.actions_due(COORDINATOR)).items
        listed = [(one.shown.row.thing, one.overdue) for one in due]
        assert listed == [("s-1", True), ("s-2", True), ("a-2", True), ("a-1", False), ("plan-1", False)]
        own = await readings.caseload.actions_due(COORDINATOR, worker=COORDINATOR.worker)
        assert [one.shown.row.thing for one in own.items] == ["a-2", "a-1", "plan-1"]
        assert len((await readings.caseload.caseload(COORDINATOR)).plans) == 1


@pytest.mark.anyio
async def test_a_service_tells_its_room_and_not_who_holds_it() -> None:
    async with story() as (history, readings):
        accepted = told(referral.AcceptReferral, at=history.clock.now(), referral="r-p-9-1")
        assert await history.said(accepted, CLINIC)
        clinic = await readings.administration.service(OFFICER, ServiceId("clinic"))
        assert (clinic.taken, clinic.free, clinic.waiting) == (1, 1, 0)
        assert "r-p-9-1" not in repr(clinic)


@pytest.mark.anyio
async def test_people_are_found_by_reference_and_by_full_name_with_a_date_of_birth() -> None:
    async with story() as (history, readings):
        (one,) = (await readings.searching.search(SHELTER, Sought(reference="REF-P-9"))).people
        row = one.shown.row
        given_name, family_name = str(row.given_name), str(row.family_name)
        born = dt.date(1984, 2, 3)
        found = await readings.searching.search(
            SHELTER, Sought(given_name=given_name, family_name=family_name, born=born)
        )
        assert found.people[0].shown.row.person == "p-9"  # others were born on that day, too
        assert found.keys == ("name", "born")
        assert (await readings.searching.search(SHELTER, Sought(reference="NONE"))).people == ()
        del history


@pytest.mark.anyio
async def test_the_system_reads_without_opening() -> None:
    async with story() as (_, readings):
        shown = (await readings.people.person(SYSTEM, PersonId("p-9"))).shown
        assert shown.row.given_name is None
        assert "given_name" in {one.field for one in shown.hidden}


def test_whatever_is_shown_is_ready_for_json() -> None:
    async def go() -> None:
        async with story() as (_, readings):
            shown: Any = await readings.timelines.timeline(COORDINATOR, PersonId("p-9"))
            assert msgspec.json.decode(msgspec.json.encode(shown))["items"]

    asyncio.run(go())
