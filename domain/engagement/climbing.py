"""A step up the ladder, and what forbids it, whether it is proposed or issued."""

import datetime as dt
from collections.abc import Callable, Iterator

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.engagement.circumstances import Circumstances, Issuer, against_flags, against_stopped
from domain.engagement.encounter import Encounter, between
from domain.engagement.episode import Episode, EscalationRefused, Ground
from domain.engagement.hub_session import Session
from domain.engagement.journey import Journey
from domain.engagement.ladder import Ladder, Step
from domain.engagement.opening import against_child
from domain.engagement.overrides import PlaceCode
from domain.engagement.serving import UnderSixteen
from domain.engagement.tickets import Tickets
from domain.facts import Facts
from domain.ids import EncounterId
from domain.refusals import Guarded, Refusal, Unreadable


class NoSuchStep(Unreadable):
    """The pinned ladder has no such step."""

    code = "no-such-step"
    rule = "A step is one of the ladder's version that the episode is pinned to."
    permitted_by = "Choose a step of that ladder."


class EpisodeIsPaused(Guarded):
    """Somebody paused the episode."""

    code = "episode-paused"
    rule = "No step is taken while the episode is paused."
    permitted_by = "Have the episode resumed."


class CoercionSuspected(Guarded):
    """Somebody may be made to do it."""

    code = "coercion-suspected"
    rule = "Suspected coercion (organised begging) pauses the ladder (Modern Slavery Act 2015 s.45; ours)."
    permitted_by = "Tell the safeguarding lead; the episode can be resumed once the suspicion was looked into."


class RoughSleepingAlone(Guarded):
    """The person did nothing but sleep rough."""

    code = "rough-sleeping-alone"
    rule = "Sleeping rough alone never leads to a ticket (ours)."
    permitted_by = "Offer shelter and the hub; a ticket needs behaviour."


class StepSkipped(Guarded):
    """A step lies between."""

    code = "step-skipped"
    rule = "No step is skipped without a recorded override (ours)."
    permitted_by = "Take the step between, or record who overrides it and why."


class NoNewEncounter(Guarded):
    """Nothing new happened."""

    code = "no-new-encounter"
    rule = "Each escalation needs a new encounter about behaviour, after the last step (ours)."
    permitted_by = "Record the encounter that leads to this step."


class MissedSessionAlone(Guarded):
    """The person only missed a session."""

    code = "missed-session-alone"
    rule = "A missed session alone never escalates, unless the ladder says so (ours)."
    permitted_by = "Invite again; an escalation needs a new encounter."


class RefusedConsentAlone(Guarded):
    """The person only refused consent."""

    code = "refused-consent-alone"
    rule = "A refused consent alone never escalates, unless the ladder says so (ours)."
    permitted_by = "An escalation needs a new encounter."


class StepKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What taking a step must know: episode and ladder, the person and their journey, the officer, the hub.

    `forbidden` are the places where the person may not be when `session` starts; `invited` says that an invitation to a
    coming session stands; `alike` are the tickets under this id or serial; `standing` that the episode is recorded and
    not only about to be opened.
    """

    episode: Episode
    ladder: Ladder
    circumstances: Circumstances
    journey: Journey
    issuer: Issuer
    session: Session | None = None
    forbidden: frozenset[PlaceCode] = frozenset()
    invited: bool = False
    alike: Tickets = {}
    standing: bool = True


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """A step seen from where the person stands: what it passes over, whether it escalates, and what is new."""

    step: Step
    rank: int
    skipped: tuple[str, ...]
    escalates: bool
    since: dt.datetime | None
    new: tuple[Encounter, ...]

    @property
    def behaviour(self) -> tuple[EncounterId, ...]:
        """The new encounters that were about behaviour."""
        return tuple(one.encounter for one in self.new if one.behaviour)


def climb(known: StepKnown, code: str, at: dt.datetime) -> Climb:
    """What a step would be, taken at a moment. Raises NoSuchStep."""
    rank = known.ladder.rank(code)
    if rank is None:
        raise NoSuchStep(ladder=known.ladder.ladder, version=known.ladder.version)
    step = known.ladder.steps[rank]
    position = known.episode.position_at(at)
    since = known.episode.last_step_at(at)
    return Climb(
        step=step,
        rank=rank,
        skipped=tuple(one.step for one in known.ladder.steps[position.rank + 1 : rank]),
        # the same adverse step again weighs as much as the next one; an invitation can be repeated freely
        escalates=rank > 0 or (position.rank >= 0 and step.adverse),
        since=since,
        new=between(known.journey.encounters, since, at),
    )


def against_step(
    known: StepKnown, step: Climb, ground: Ground, at: dt.datetime, *, told: bool = False
) -> Iterator[Refusal]:
    """What forbids a step whether it is proposed or issued."""
    yield from against_stopped(known.circumstances)
    if known.episode.paused_at(at):
        yield EpisodeIsPaused()
    yield from against_flags(known.circumstances)
    resumed = known.episode.resumed_at(at)
    if any(one.coercion_suspected for one in between(known.journey.encounters, resumed, at)):
        yield CoercionSuspected()
    if not step.behaviour and any(one.kind == "rough-sleeping" for one in step.new):
        yield RoughSleepingAlone()
    yield from against_child(known.circumstances, told=told or known.episode.informed_by(civil_date(at)))
    if step.step.instrument == "cpn" and known.circumstances.age_band == "under-16":
        yield UnderSixteen()
    if step.skipped:
        yield StepSkipped(skipped=step.skipped)
    if step.escalates:
        yield from _against_ground(known, step, ground, at)
    elif known.ladder.first_step_needs_encounter and not step.behaviour:
        yield NoNewEncounter()


def _against_ground(known: StepKnown, step: Climb, ground: Ground, at: dt.datetime) -> Iterator[Refusal]:
    match ground:
        case "missed-session":
            missed = [when for when in known.journey.missed.values() if when <= at]
            after = [when for when in missed if step.since is None or when > step.since]
            if not known.ladder.missed_session_escalates or not after:
                yield MissedSessionAlone()
        case "refused-consent":
            if not known.ladder.refused_consent_escalates:
                yield RefusedConsentAlone()
        case _:
            if not step.behaviour:
                yield NoNewEncounter(since=step.since)


def remembering(known: StepKnown, step: Climb, at: dt.datetime, by: Actor) -> Callable[[Refusal], Facts] | None:
    """An escalation that a guard refuses is remembered, once: panels ask what was tried."""
    episode, standing = known.episode, known.standing
    if not step.escalates or not standing:
        return None

    def remember(refusal: Refusal) -> Facts:
        if (at, step.step.step, refusal.code) in episode.refused:
            return ()
        return (
            EscalationRefused(
                at=at,
                episode=episode.episode,
                person=episode.person,
                step=step.step.step,
                guard=refusal.code,
                by_worker=by.worker,
                by_agency=by.agency,
            ),
        )

    return remember
