"""Whatever is asked in whatever order: referrals stay on their way, and no service takes more than it has room for."""

import datetime as dt
from typing import Any, Final

import msgspec
from hypothesis import given as every
from hypothesis import settings
from hypothesis import strategies as st

from application.deciding import DECISIONS
from domain.actors import Actor
from domain.codes import ENDED_STATUSES
from domain.facts import Command, Facts
from domain.ids import PersonId, ReferralId
from domain.refusals import Refusal
from domain.support import referral as said
from domain.support.capacity import another_open, occupancy, occupied, open_referrals
from domain.support.referral_status import Referral, illegal, referral, walk
from domain.support.service import ChangePlaces, PlacesChanged
from tests.scenario import Knowing, run
from tests.support.examples import (
    AGENCIES,
    CLINIC,
    CONSTABLE,
    CORE,
    DRUGS_CLINIC,
    MONDAY,
    OUTREACH,
    RECOVERY,
    SHELTER,
    actor,
    agency,
    consented,
    offered,
    registered,
)

PEOPLE: Final = tuple(PersonId(f"p-{one}") for one in "abcd")
REFERRALS: Final = tuple(ReferralId(f"r-{one}") for one in range(5))
NIGHT: Final = actor(SHELTER, "agency-worker")
BEFORE: Final[Facts] = (
    *AGENCIES,
    agency(SHELTER, "voluntary", logs_in=True),
    offered(places=1, questions=()),
    offered(service=OUTREACH, agency=SHELTER, places=2, questions=()),
    *(fact for one in PEOPLE for fact in (registered(one), *consented(one, RECOVERY, SHELTER))),
)

SENT: Final[Facts] = tuple(
    fact
    for one, service in zip(PEOPLE, (DRUGS_CLINIC, DRUGS_CLINIC, OUTREACH, OUTREACH), strict=True)
    for fact in run(
        DECISIONS[said.SendReferral](
            Knowing(BEFORE, CONSTABLE),
            said.SendReferral(
                at=MONDAY,
                referral=REFERRALS[PEOPLE.index(one)],
                person=one,
                service=service,
                need="drugs",
                core=CORE,
            ),
            CONSTABLE,
        )
    )
)
"""Four people were referred, two to each service; what follows is anybody's."""
SENT_TO_CLINIC: Final[Facts] = tuple(
    msgspec.structs.replace(fact, service=DRUGS_CLINIC, to_agency=RECOVERY)
    for fact in SENT
    if isinstance(fact, said.ReferralSent)
)

moments = st.integers(0, 40).map(lambda hours: MONDAY + dt.timedelta(hours=hours))
referrals = st.sampled_from(REFERRALS)


class Asked(msgspec.Struct, frozen=True):
    """Somebody asks something: in due course or with a time of its own, by whose turn it is or by anybody."""

    command: Command
    in_course: bool
    by: Actor | None

    def put(self, story: Facts, hour: int) -> tuple[Command, Actor]:
        """The command as it is put after a story."""
        at = MONDAY + dt.timedelta(hours=hour) if self.in_course else self.command.at
        command = msgspec.structs.replace(self.command, at=at)
        if self.by is not None:
            return command, self.by
        if not isinstance(command, said.AskedCommand):
            return command, CONSTABLE
        state = run(Knowing(story)(referral(command.referral)))
        return command, NIGHT if state and state.asked and state.asked[-1].agency == SHELTER else CLINIC


somebody = st.one_of(st.none(), st.none(), st.none(), st.sampled_from((CONSTABLE, CLINIC, NIGHT)))
mostly = st.sampled_from((True, True, True, False))


def _command(cls: type[Command], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Asked]:
    return st.builds(Asked, st.builds(cls, at=moments, referral=referrals, **fields), mostly, somebody)


services = st.sampled_from((DRUGS_CLINIC, OUTREACH))
commands = st.one_of(
    _command(
        said.SendReferral,
        person=st.sampled_from(PEOPLE),
        service=services,
        need=st.sampled_from(("drugs", "alcohol")),
        core=st.just(CORE),
    ),
    _command(
        said.DraftReferral,
        person=st.sampled_from(PEOPLE),
        service=services,
        need=st.just("drugs"),
    ),
    _command(
        said.WithdrawReferral,
    ),
    _command(
        said.DiscardDraft,
    ),
    _command(
        said.MarkEnteredInError,
    ),
    _command(said.GiveInformation, information=st.just("more")),
    _command(said.ReceiveReferral),
    _command(said.AskForInformation, question=st.just("which?")),
    *(_command(said.AcceptReferral) for _ in range(6)),
    *(_command(said.StartReferral) for _ in range(2)),
    _command(said.DeclineReferral, reason=st.sampled_from(("no-capacity", "duplicate"))),
    _command(said.RedirectReferral, to_service=services),
    _command(said.HoldReferral),
    _command(said.ResumeReferral),
    _command(said.BookReferral, when=moments),
    _command(said.RecordContactAttempt, outcome=st.sampled_from(("met", "no-answer"))),
    _command(said.StartReferral),
    _command(said.CompleteReferral, outcome=st.just("need-met")),
    _command(said.FailReferral, reason=st.just("other")),
    _command(said.CancelReferral),
)


def happen(asked: list[Asked]) -> Facts:
    """What comes of commands, one after the other."""
    story = BEFORE + SENT
    for hour, one in enumerate(asked):
        command, by = one.put(story, hour)
        try:
            story += run(DECISIONS[type(command)](Knowing(story, by), command, by))
        except Refusal:
            continue
    return story


@every(st.lists(commands, min_size=20, max_size=40))
def test_every_referral_stays_on_its_way(asked: list[Asked]) -> None:
    story = happen(asked)
    for one in REFERRALS:
        state = run(Knowing(story)(referral(one)))
        if state is None:
            continue
        assert illegal(state.steps) is None
        assert _in_order(state)
        statuses = walk(state.steps)
        assert statuses[-1] == state.status
        after_end = [
            step.action for step, before in zip(state.steps, statuses, strict=False) if before in ENDED_STATUSES
        ]
        assert set(after_end) <= {"mark-entered-in-error"}


def _in_order(state: Referral) -> bool:
    """In the order in which it happened, give or take two clocks."""
    pairs = zip(state.steps, state.steps[1:], strict=False)
    return all(later.at >= earlier.at - dt.timedelta(minutes=2) for earlier, later in pairs)


@every(st.lists(commands, min_size=20, max_size=40))
def test_no_service_takes_more_than_it_has_places_for(asked: list[Asked]) -> None:
    story = happen(asked)
    for service, places in ((DRUGS_CLINIC, 1), (OUTREACH, 2)):
        spans = run(Knowing(story)(occupancy(service)))
        for moment in {one.since for one in spans}:
            assert occupied(spans, moment) <= places
        still = {one.referral for one in spans if one.until is None}
        working = {
            one
            for one in REFERRALS
            if (state := run(Knowing(story)(referral(one)))) is not None
            and state.status in {"accepted", "in-progress", "on-hold"}
            and state.asked[-1].service == service
        }
        assert still == working


@every(st.lists(commands, min_size=20, max_size=40))
def test_nobody_has_two_open_referrals_for_one_need_and_service(asked: list[Asked]) -> None:
    story = happen(asked)
    open_now: dict[tuple[str, str, str], str] = {}
    for one in REFERRALS:
        state = run(Knowing(story)(referral(one)))
        if state is None or state.ended or not state.asked:
            continue
        pair = (state.person, state.need, state.asked[-1].service)
        assert pair not in open_now, f"{one} and {open_now[pair]}"
        open_now[pair] = one
        known = run(Knowing(story)(open_referrals(state.person, state.need, state.asked[-1].service)))
        assert another_open(known, state.asked[-1].service, ReferralId("r-none"), MONDAY + dt.timedelta(9)) == one


@every(st.lists(commands, min_size=10, max_size=30))
@settings(max_examples=30)
def test_every_decision_taken_twice_adds_nothing_or_refuses(asked: list[Asked]) -> None:
    story = BEFORE + SENT
    for hour, one in enumerate(asked):
        command, by = one.put(story, hour)
        try:
            story += run(DECISIONS[type(command)](Knowing(story, by), command, by))
        except Refusal:
            continue
        try:
            again = run(DECISIONS[type(command)](Knowing(story, by), command, by))
        except Refusal:
            continue
        assert again == ()


@every(
    st.lists(
        st.tuples(st.integers(0, 6), moments, st.one_of(st.none(), st.integers(0, 3)), st.booleans()),
        max_size=25,
    )
)
def test_places_that_change_are_never_overfilled_by_an_acceptance(
    happened: list[tuple[int, dt.datetime, int | None, bool]],
) -> None:
    """An acceptance leaves no moment with more taken than there are places, but for those who were there before."""
    story: Facts = (*BEFORE, *SENT_TO_CLINIC)
    for number, at, places, change in happened:
        command: Command
        if change:
            command = ChangePlaces(at=at, service=DRUGS_CLINIC, places=places)
        else:
            command = said.AcceptReferral(at=at, referral=REFERRALS[number % 4])
        try:
            added = run(DECISIONS[type(command)](Knowing(story, CLINIC), command, CLINIC))
        except Refusal:
            continue
        story += added
        if not added or change:
            continue
        spans = run(Knowing(story)(occupancy(DRUGS_CLINIC)))
        for moment in {at, *(one.since for one in spans if one.since > at)}:
            limit = _places(story, moment)
            assert limit is None or occupied(spans, moment) <= limit


def _places(story: Facts, at: dt.datetime) -> int | None:
    changes: list[tuple[dt.datetime, int, PlacesChanged]] = [
        (fact.at, index, fact) for index, fact in enumerate(story) if isinstance(fact, PlacesChanged) and fact.at <= at
    ]
    return max(changes, key=lambda one: one[:2])[2].places if changes else 1
