"""What a panel asks an agency to change: by when it answers, what it answers, and what the panel found afterwards.

A recommendation is about how an agency works, and is published: it names nobody.
"""

import datetime as dt
from typing import Final, Literal

import msgspec

from domain.calendar import civil_date
from domain.facts import Command, Fact, Facts, Instant, Text, amended
from domain.ids import AgencyId, PanelId, RecommendationId, SampleId
from domain.refusals import AlreadyExists, Conflict, NotPermitted, Unreadable
from domain.time_limit import Limited, Reminder, TimeLimit, by_the_end_of

Response = Literal["accepted", "accepted-in-part", "not-accepted"]
FollowUp = Literal["done", "done-in-part", "not-done", "no-longer-needed"]

REMIND_BEFORE: Final = dt.timedelta(days=8)
"""Before the end of its day: from the day a week before it on. Ours."""


class RecommendationMade(Fact, type="recommendation-made", version=1):
    """The panel asks an agency to change something, and to answer by a day."""

    panel: PanelId
    recommendation: RecommendationId
    to_agency: AgencyId
    words: str
    respond_by: dt.date
    sample: SampleId | None = None


class RecommendationReminded(Fact, type="recommendation-reminded", version=1):
    """The agency was reminded of its answer: once before its day, once when that has passed."""

    panel: PanelId
    recommendation: RecommendationId
    to_agency: AgencyId
    reminder: Reminder
    due: dt.date


class RecommendationAnswered(Fact, type="recommendation-answered", version=1):
    """The agency says whether it accepts it, what it will do, and by when."""

    panel: PanelId
    recommendation: RecommendationId
    by_agency: AgencyId
    response: Response
    words: str
    done_by: dt.date | None = None


class RecommendationFollowedUp(Fact, type="recommendation-followed-up", version=1):
    """The panel looked at what came of it."""

    panel: PanelId
    recommendation: RecommendationId
    finding: FollowUp
    words: str


class FollowedUp(msgspec.Struct, frozen=True):
    """What the panel found, and when."""

    at: Instant
    finding: FollowUp
    words: str


class Recommendation(Limited, frozen=True, kw_only=True):
    """A recommendation as it stands."""

    id: RecommendationId
    panel: PanelId
    to_agency: AgencyId
    words: str
    made_at: Instant
    respond_by: dt.date
    sample: SampleId | None = None
    answered_at: Instant | None = None
    response: Response | None = None
    response_words: str = ""
    done_by: dt.date | None = None
    followed_up: tuple[FollowedUp, ...] = ()
    reminded: tuple[Reminder, ...] = ()

    @property
    def time_limit(self) -> TimeLimit | None:
        """The day that the panel named; none once the agency has answered."""
        return by_the_end_of(self.respond_by, REMIND_BEFORE) if self.answered_at is None else None

    def reminder(self, at: dt.datetime) -> Reminder | None:
        """Of what the agency is to be reminded now, and was not yet."""
        limit = self.time_limit
        reminder = None if limit is None else limit.reminder(at)
        return None if reminder in self.reminded else reminder

    @property
    def in_time(self) -> bool | None:
        """Whether it was answered by its day; None where it was not answered."""
        return None if self.answered_at is None else civil_date(self.answered_at) <= self.respond_by


Recommendations = dict[RecommendationId, Recommendation]

OF_RECOMMENDATIONS: Final = (
    RecommendationMade,
    RecommendationReminded,
    RecommendationAnswered,
    RecommendationFollowedUp,
)


def evolve(state: Recommendations, fact: Fact) -> Recommendations:
    """The recommendations as they stand."""
    match fact:
        case RecommendationMade():
            made = Recommendation(
                id=fact.recommendation,
                panel=fact.panel,
                to_agency=fact.to_agency,
                words=fact.words,
                made_at=fact.at,
                respond_by=fact.respond_by,
                sample=fact.sample,
            )
            return {**state, made.id: made}
        case RecommendationReminded() if fact.recommendation in state:
            reminded = (*state[fact.recommendation].reminded, fact.reminder)
            return amended(state, fact.recommendation, reminded=reminded)
        case RecommendationAnswered():
            return amended(
                state,
                fact.recommendation,
                answered_at=fact.at,
                response=fact.response,
                response_words=fact.words,
                done_by=fact.done_by,
            )
        case RecommendationFollowedUp() if fact.recommendation in state:
            found = FollowedUp(fact.at, fact.finding, fact.words)
            followed_up = (*state[fact.recommendation].followed_up, found)
            return amended(state, fact.recommendation, followed_up=followed_up)
        case _:
            return state


class MakeRecommendation(Command):
    """Ask an agency to change something. It is published: name nobody."""

    panel: PanelId
    recommendation: RecommendationId
    to_agency: AgencyId
    words: Text
    respond_by: dt.date
    sample: SampleId | None = None


class RemindOfRecommendation(Command):
    """Remind the agency of its answer."""

    panel: PanelId
    recommendation: RecommendationId


class AnswerRecommendation(Command):
    """Say whether the agency accepts it, what it does, and by when. It is published: name nobody."""

    panel: PanelId
    recommendation: RecommendationId
    response: Response
    words: Text
    done_by: dt.date | None = None


class FollowUpRecommendation(Command):
    """Say what came of it. It is published: name nobody."""

    panel: PanelId
    recommendation: RecommendationId
    finding: FollowUp
    words: Text


class DueBeforeMade(Unreadable):
    """The answer would be due before it was asked for."""

    code = "due-before-made"
    rule = "An agency is given a day in the future by which it answers."
    permitted_by = "Choose a later day."


class NotAskedOfYou(NotPermitted):
    """Another agency was asked."""

    code = "not-asked-of-you"
    rule = "A recommendation is answered by the agency that it is made to."
    permitted_by = "Ask that agency to answer."


class AnsweredBefore(Conflict):
    """It has its answer."""

    code = "recommendation-answered-before"
    rule = "An agency answers a recommendation once; what came of it is followed up by the panel."
    permitted_by = "Tell the panel what has changed."


class NotAnsweredYet(Conflict):
    """Nothing was answered that could be followed up, and there is still time."""

    code = "recommendation-not-answered"
    rule = "A recommendation is followed up once it was answered, or its day has passed."
    permitted_by = "Wait for the answer, or for its day."


MADE: Final = ("panel", "to_agency", "words", "respond_by", "sample")


def make(command: MakeRecommendation, known: Recommendations) -> Facts:
    """With a day that was still to come when it was made; the same again adds nothing."""
    if command.recommendation in known:
        if all(getattr(known[command.recommendation], name) == getattr(command, name) for name in MADE):
            return ()
        raise AlreadyExists(recommendation=command.recommendation)
    if command.respond_by <= civil_date(command.at):
        raise DueBeforeMade
    fact = RecommendationMade(
        at=command.at,
        panel=command.panel,
        recommendation=command.recommendation,
        to_agency=command.to_agency,
        words=command.words,
        respond_by=command.respond_by,
        sample=command.sample,
    )
    return (fact,)


def remind(command: RemindOfRecommendation, known: Recommendation) -> Facts:
    """Once of each kind, while there is no answer; before it is due soon, nothing is said."""
    reminder = known.reminder(command.at)
    if reminder is None:
        return ()
    fact = RecommendationReminded(
        at=command.at,
        panel=known.panel,
        recommendation=known.id,
        to_agency=known.to_agency,
        reminder=reminder,
        due=known.respond_by,
    )
    return (fact,)


def answer(command: AnswerRecommendation, known: Recommendation, agency: AgencyId) -> Facts:
    """Once, by the agency that was asked."""
    if known.to_agency != agency:
        raise NotAskedOfYou(ask=known.to_agency)
    if known.answered_at is not None:
        if (known.response, known.response_words, known.done_by) == (command.response, command.words, command.done_by):
            return ()
        raise AnsweredBefore
    fact = RecommendationAnswered(
        at=command.at,
        panel=known.panel,
        recommendation=known.id,
        by_agency=agency,
        response=command.response,
        words=command.words,
        done_by=command.done_by,
    )
    return (fact,)


def follow_up(command: FollowUpRecommendation, known: Recommendation, now: dt.datetime) -> Facts:
    """As often as the panel looks; the same finding twice in a row adds nothing."""
    if known.answered_at is None and not known.overdue(now):
        raise NotAnsweredYet
    last = known.followed_up[-1:]
    if last and (last[0].finding, last[0].words) == (command.finding, command.words):
        return ()
    fact = RecommendationFollowedUp(
        at=command.at,
        panel=known.panel,
        recommendation=known.id,
        finding=command.finding,
        words=command.words,
    )
    return (fact,)
