"""An episode is paused, and resumed by a human."""

from domain.actors import Actor
from domain.engagement.circumstances import Circumstances, NoHumanNamed, against_flags
from domain.engagement.encounter import between
from domain.engagement.episode import Episode, EpisodeEnded, EpisodePaused, EpisodeResumed, PauseReason
from domain.engagement.journey import Journey
from domain.engagement.overrides import settle
from domain.facts import Command, Facts
from domain.ids import EpisodeId


class PauseEpisode(Command):
    """Take no step for now."""

    episode: EpisodeId
    reason: PauseReason


class ResumeEpisode(Command):
    """Take steps again."""

    episode: EpisodeId


def pause(command: PauseEpisode, episode: Episode, by: Actor) -> Facts:
    """An open episode is paused once."""
    if episode.paused_at(command.at):
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=episode.episode)
    return (
        EpisodePaused(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def resume(
    command: ResumeEpisode, episode: Episode, journey: Journey, circumstances: Circumstances, by: Actor
) -> Facts:
    """A paused episode is resumed by a human, not while a flag of vulnerability stands."""
    coercion = any(
        one.coercion_suspected for one in between(journey.encounters, episode.resumed_at(command.at), command.at)
    )
    if not episode.paused_at(command.at) and not coercion:
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=episode.episode)
    if by.role == "system":
        raise NoHumanNamed
    settle(against_flags(circumstances), None, by)
    return (
        EpisodeResumed(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
