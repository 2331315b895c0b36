"""Whatever is asked in whatever order: what is recorded folds, round-trips, and says where the person stands."""

import datetime as dt
import functools
import itertools
import random
from typing import Final

import msgspec
from hypothesis import given as for_any
from hypothesis import strategies as st

from application.deciding import DECISIONS
from domain.actors import Actor
from domain.engagement.closing import CloseEpisode, StepDown
from domain.engagement.encounter import RecordEncounter, VoidEncounter
from domain.engagement.episode import (
    Episode,
    EpisodeClosed,
    EpisodeOpened,
    SteppedDown,
    TicketIssued,
    TicketVoided,
    evolve_episode,
)
from domain.engagement.hub_session import (
    CancelHubSession,
    CheckIn,
    CloseHubSession,
    Invite,
    RecordMissed,
    evolve_session,
)
from domain.engagement.hub_session import (
    session as session_of,
)
from domain.engagement.issuing import IssueTicket, Opening
from domain.engagement.journey import evolve_journey, journey_of
from domain.engagement.ladder import StepCode
from domain.engagement.overrides import Override
from domain.engagement.pausing import PauseEpisode, ResumeEpisode
from domain.engagement.published_ladders import CAMBRIDGESHIRE
from domain.engagement.tickets import VoidTicket
from domain.facts import Command, Facts
from domain.ids import EncounterId, EpisodeId, InvitationId, TicketId, WorkerId
from domain.refusals import Refusal
from tests.engagement.examples import ADA, AGENCIES, BOB, CONSTABLE, HUB, SERGEANT, adopted, registered, session
from tests.scenario import Knowing, london, run

STEPS: Final[tuple[StepCode, ...]] = tuple(step.step for step in CAMBRIDGESHIRE.steps)
DAYS: Final = st.integers(0, 60).map(lambda days: london("2026-02-01T12:00") + dt.timedelta(days=days))
PEOPLE: Final = st.sampled_from((ADA, BOB))
NAMES: Final = st.integers(0, 8)
EPISODES: Final = st.sampled_from((EpisodeId("e-0"), EpisodeId("e-1"), EpisodeId("e-2")))
HISTORIC: Final = st.sampled_from((None, Override(by=WorkerId("clerk-1"), reason="imported-history")))

TICKETS: Final = st.builds(
    IssueTicket,
    at=DAYS,
    ticket=NAMES.map(lambda name: TicketId(f"t-{name}")),
    episode=EPISODES,
    step=st.sampled_from(STEPS),
    opening=st.builds(Opening, person=PEOPLE, ladder=st.just(CAMBRIDGESHIRE.ladder)),
    serial=st.sampled_from((None, "S-1", "S-2")),
    screen=st.sampled_from((None, "none", "none", "capacity")),
    historic=HISTORIC,
    officer=st.just(CONSTABLE.worker),
    officer_role=st.just("constable"),
)
COMMANDS: Final = st.one_of(
    TICKETS,
    TICKETS,
    st.builds(
        RecordEncounter,
        at=DAYS,
        encounter=NAMES.map(lambda name: EncounterId(f"m-{name}")),
        person=PEOPLE,
        kind=st.sampled_from(("asb", "rough-sleeping", "outreach")),
    ),
    st.builds(
        VoidEncounter,
        at=DAYS,
        encounter=NAMES.map(lambda name: EncounterId(f"m-{name}")),
        person=PEOPLE,
        reason=st.just("wrong-person"),
    ),
    st.builds(
        VoidTicket,
        at=DAYS,
        ticket=NAMES.map(lambda name: TicketId(f"t-{name}")),
        episode=EPISODES,
        reason=st.just("wrong-step"),
        told=st.just("in-person"),
    ),
    st.builds(StepDown, at=DAYS, episode=EPISODES, step=st.sampled_from((None, *STEPS))),
    st.builds(PauseEpisode, at=DAYS, episode=EPISODES, reason=st.just("other")),
    st.builds(ResumeEpisode, at=DAYS, episode=EPISODES),
    st.builds(CloseEpisode, at=DAYS, episode=EPISODES, outcome=st.just("housed")),
    st.builds(
        Invite,
        at=DAYS,
        invitation=NAMES.map(lambda name: InvitationId(f"i-{name}")),
        person=PEOPLE,
        session=st.just(HUB),
    ),
    st.builds(CheckIn, at=DAYS, session=st.just(HUB), person=PEOPLE),
    st.builds(RecordMissed, at=DAYS, session=st.just(HUB), person=PEOPLE),
    st.builds(CloseHubSession, at=DAYS, session=st.just(HUB)),
    st.builds(CancelHubSession, at=DAYS, session=st.just(HUB), reason=st.just("weather")),
)
BEFORE: Final[Facts] = (*AGENCIES, adopted(CAMBRIDGESHIRE), registered(), registered(BOB), session("2026-03-01"))


def decided(facts: Facts, command: Command, by: Actor) -> Facts:
    try:
        return run(DECISIONS[type(command)](Knowing(facts, by), command, by))
    except Refusal as refusal:
        return refusal.remembered


def told(commands: list[Command]) -> Facts:
    """The history that the commands make; what is refused adds at most the memory of the refusal."""
    facts = BEFORE
    for command in commands:
        typed = isinstance(command, IssueTicket) and command.historic is not None
        by = CONSTABLE if isinstance(command, IssueTicket | RecordEncounter) and not typed else SERGEANT
        added = decided(facts, command, by)
        facts += added
        assert decided(facts, command, by) == (), f"asked again, {command} adds more"
    return facts


def rank_from_scratch(facts: Facts, episode: EpisodeId, at: dt.datetime) -> int:
    """Where the person stands, from the facts alone and in the order in which they happened."""
    void = {fact.ticket for fact in facts if isinstance(fact, TicketVoided)}
    rank = -1
    for fact in sorted(facts, key=lambda one: (one.at, isinstance(one, TicketIssued))):
        if fact.at > at:
            break
        if isinstance(fact, TicketIssued) and fact.episode == episode and fact.ticket not in void:
            rank = max(rank, fact.rank)
        if isinstance(fact, SteppedDown) and fact.episode == episode:
            rank = min(rank, fact.rank)
    return rank


@for_any(st.lists(COMMANDS, max_size=30))
def test_any_history_folds_and_the_position_is_that_of_the_tickets_that_count(commands: list[Command]) -> None:
    facts = told(commands)
    for person in (ADA, BOB):
        known = run(Knowing(facts)(journey_of(person)))
        for episode in known.episodes.values():
            for fact in facts:
                assert episode.position_at(fact.at).rank == rank_from_scratch(facts, episode.episode, fact.at)
            position = episode.position_at(max(fact.at for fact in facts))
            standing = {one.ticket for one in episode.tickets if not one.voided}
            assert set(position.because) <= standing
            assert (position.rank == -1) == (position.step is None)
    assert run(Knowing(facts)(session_of(HUB))) is not None


@for_any(st.lists(COMMANDS, max_size=30))
def test_at_most_one_episode_of_a_person_was_open_at_any_moment(commands: list[Command]) -> None:
    facts = told(commands)
    ends = {fact.episode: fact.at for fact in facts if isinstance(fact, EpisodeClosed)}
    beginnings = [fact for fact in facts if isinstance(fact, EpisodeOpened)]
    for one, other in itertools.permutations(beginnings, 2):
        if one.person == other.person and one.at <= other.at:
            end = ends.get(one.episode)
            assert end is not None
            assert end <= max(one.at, other.at)


@for_any(st.lists(COMMANDS, max_size=20))
def test_every_fact_of_any_history_round_trips(commands: list[Command]) -> None:
    for fact in told(commands):
        assert msgspec.json.decode(msgspec.json.encode(fact), type=type(fact)) == fact


@for_any(st.lists(COMMANDS, max_size=20), st.randoms(use_true_random=False))
def test_a_fold_refuses_nothing_in_whatever_order(commands: list[Command], shuffle: random.Random) -> None:
    """Folds only keep: facts out of order, doubled or without their beginning never stop one."""
    facts = [*told(commands), *told(commands)]
    shuffle.shuffle(facts)
    start: Episode | None = None
    functools.reduce(evolve_episode, (fact for fact in facts if hasattr(fact, "episode")), start)
    functools.reduce(evolve_session, (fact for fact in facts if hasattr(fact, "session")), None)
    functools.reduce(evolve_journey, facts, run(Knowing(())(journey_of(ADA))))
