"""A person comes down the ladder, or off it, and an episode ends with its outcome."""

from domain.actors import Actor
from domain.codes import EpisodeOutcome
from domain.engagement.climbing import NoSuchStep
from domain.engagement.episode import Episode, EpisodeClosed, EpisodeEnded, SteppedDown
from domain.engagement.ladder import Ladder
from domain.facts import Command, Facts
from domain.ids import EpisodeId
from domain.refusals import Conflict


class StepDown(Command):
    """Bring the person down the ladder: to a lower step, or off it."""

    episode: EpisodeId
    step: str | None = None


class CloseEpisode(Command):
    """End an episode with its outcome."""

    episode: EpisodeId
    outcome: EpisodeOutcome


class NotLower(Conflict):
    """That is no step down."""

    code = "not-lower"
    rule = "Stepping down leads to a lower step, or off the ladder."


def step_down(command: StepDown, episode: Episode, ladder: Ladder, by: Actor) -> Facts:
    """Down to a lower step, or off the ladder; where the person stands there already, nothing is added."""
    rank = -1
    if command.step is not None:
        found = ladder.rank(command.step)
        if found is None:
            raise NoSuchStep(ladder=ladder.ladder, version=ladder.version)
        rank = found
    position = episode.position_at(command.at)
    if rank == position.rank:
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=episode.episode)
    if rank > position.rank:
        raise NotLower(step=command.step)
    return (
        SteppedDown(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            step=command.step,
            rank=rank,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def close(command: CloseEpisode, episode: Episode, by: Actor) -> Facts:
    """An episode ends once, with one outcome."""
    if episode.closed_at is not None:
        if episode.outcome == command.outcome:
            return ()
        raise EpisodeEnded(episode=episode.episode)
    return (
        EpisodeClosed(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            operation=episode.operation,
            outcome=command.outcome,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
