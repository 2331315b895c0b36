"""Whoever may not take a step alone proposes it; somebody whom the ladder names authorises or declines it."""

import datetime as dt
from collections.abc import Iterator

from domain.actors import Actor
from domain.codes import ScreenResult
from domain.engagement.circumstances import NoHumanNamed, against_screen
from domain.engagement.climbing import StepKnown, StepSkipped, against_step, climb, remembering
from domain.engagement.episode import (
    DeclineReason,
    Episode,
    EpisodeEnded,
    EscalationAuthorised,
    EscalationDeclined,
    EscalationProposed,
    Ground,
    Proposal,
)
from domain.engagement.ladder import Ladder, Step
from domain.engagement.overrides import Override, Said, named, settle
from domain.facts import Command, Facts
from domain.ids import EpisodeId
from domain.refusals import Conflict, Guarded, NotPermitted, Refusal


class ProposeEscalation(Command):
    """Propose the next step."""

    episode: EpisodeId
    step: str
    ground: Ground = "encounter"
    screen: ScreenResult | None = None
    override: Override | None = None
    historic: Override | None = None
    override_note: Said = None


class AuthoriseEscalation(Command):
    """Authorise a proposed step."""

    episode: EpisodeId
    step: str


class RefuseEscalation(Command):
    """Decline to authorise a proposed step."""

    episode: EpisodeId
    step: str
    reason: DeclineReason


class ProposerMayNotAuthorise(Guarded):
    """Proposer and authoriser are one."""

    code = "proposer-may-not-authorise"
    rule = "Who proposes or issues this step may not authorise it (ours, by ladder data)."
    permitted_by = "Ask another authoriser."


class NotYoursToAuthorise(NotPermitted):
    """The ladder names other roles."""

    code = "not-yours-to-authorise"
    rule = "The ladder says which roles authorise this step (ours, by ladder data)."
    permitted_by = "Ask one of the roles that the ladder names."


class NothingProposed(Conflict):
    """There is no such proposal to answer."""

    code = "nothing-proposed"
    rule = "Only a proposed step is authorised or declined."
    permitted_by = "Have the step proposed."


def propose(command: ProposeEscalation, known: StepKnown, by: Actor) -> Facts:
    """A human proposes a step that the guards allow; the same step is not proposed twice at once."""
    episode = known.episode
    if any(one.at == command.at and one.step == command.step for one in episode.proposals):
        return ()
    standing = episode.proposal_of(command.step)
    if standing is not None and standing.declined_at is None:
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=command.episode)
    if by.role == "system":
        raise NoHumanNamed
    step = climb(known, command.step, command.at)

    def against() -> Iterator[Refusal]:
        yield from against_step(known, step, command.ground, command.at)
        if command.screen is not None:
            yield from against_screen(command.screen)

    overridden = settle(
        against(),
        command.historic,
        by,
        command.override,
        (StepSkipped,),
        remembering(known, step, command.at, by),
    )
    return (
        EscalationProposed(
            at=command.at,
            episode=command.episode,
            person=episode.person,
            step=command.step,
            ground=command.ground,
            by_worker=by.worker,
            by_agency=by.agency,
            encounters=step.behaviour,
            screen=command.screen,
            skipped=step.skipped,
            override_note=command.override_note,
            **named(command.historic or command.override, overridden),
        ),
    )


def _pending(episode: Episode, step: str, at: dt.datetime) -> Proposal:
    proposal = episode.proposal_of(step)
    if proposal is None or proposal.at > at:
        raise NothingProposed(episode=episode.episode)
    if episode.closed_by(at):
        raise EpisodeEnded(episode=episode.episode)
    return proposal


def _entitled(proposal: Proposal, step: Step, by: Actor) -> None:
    if by.role == "system":
        raise NoHumanNamed
    if step.authorised_by and by.role not in step.authorised_by:
        raise NotYoursToAuthorise(roles=step.authorised_by)
    if by.worker == proposal.by_worker and not step.proposer_may_authorise:
        raise ProposerMayNotAuthorise(roles=step.authorised_by)


def authorise(command: AuthoriseEscalation, episode: Episode, ladder: Ladder, by: Actor) -> Facts:
    """A proposed step is authorised once, by a role that the ladder names; by its proposer if the ladder lets it."""
    proposal = _pending(episode, command.step, command.at)
    if proposal.authorised_by is not None:
        return ()
    if proposal.declined_at is not None:
        raise NothingProposed(episode=command.episode)
    rank = ladder.rank(command.step)
    assert rank is not None, "a proposed step is on the ladder"
    _entitled(proposal, ladder.steps[rank], by)
    return (
        EscalationAuthorised(
            at=command.at,
            episode=command.episode,
            person=episode.person,
            step=command.step,
            by_worker=by.worker,
            by_agency=by.agency,
            by_role=by.role,
        ),
    )


def decline(command: RefuseEscalation, episode: Episode, ladder: Ladder, by: Actor) -> Facts:
    """A proposed step is declined once, by a role that the ladder names."""
    proposal = _pending(episode, command.step, command.at)
    if proposal.declined_at is not None:
        return ()
    if proposal.authorised_by is not None:
        raise NothingProposed(episode=command.episode)
    rank = ladder.rank(command.step)
    assert rank is not None, "a proposed step is on the ladder"
    step = ladder.steps[rank]
    if step.authorised_by and by.role not in step.authorised_by:
        raise NotYoursToAuthorise(roles=step.authorised_by)
    return (
        EscalationDeclined(
            at=command.at,
            episode=command.episode,
            person=episode.person,
            step=command.step,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
