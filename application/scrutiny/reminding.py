"""What time does to recommendations: an agency is reminded of its answer, and again when the day has passed."""

from collections.abc import Iterable

from application.deciding import Know, decides
from application.follow_up import by_the_clock
from domain.actors import Actor
from domain.facts import Command, Facts, Instant
from domain.scrutiny import recommendation
from domain.scrutiny.recommendation import Recommendation, RemindOfRecommendation
from domain.scrutiny.scrutiny import scrutiny


def reminders(known: Iterable[Recommendation], now: Instant) -> tuple[Command, ...]:
    """The commands that a moment calls for, what is due longest first."""
    waiting = sorted((one for one in known if one.reminder(now) is not None), key=lambda one: (one.respond_by, one.id))
    return tuple(RemindOfRecommendation(at=now, panel=one.panel, recommendation=one.id) for one in waiting)


@decides(RemindOfRecommendation)
async def remind_of_recommendation(know: Know, command: RemindOfRecommendation, by: Actor) -> Facts:
    """The asked agency is reminded."""
    await by_the_clock(know, by, "scrutiny")
    known = (await know(scrutiny())).recommendation(command.panel, command.recommendation)
    return recommendation.remind(command, known)
