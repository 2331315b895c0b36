"""An episode is opened on a ladder: one at a time for a person under an operation, and on one version of it."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import CHILD_BANDS
from domain.engagement.circumstances import Circumstances
from domain.engagement.episode import Episode, EpisodeClosed, EpisodeOpened
from domain.engagement.ladder import Ladder
from domain.engagement.overrides import Override, named, settle
from domain.facts import Command, Fact, Facts, Knowledge, Slug, knowing
from domain.ids import EpisodeId, LadderId, PersonId
from domain.refusals import AlreadyExists, Conflict, Guarded, Refusal


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when until when an episode was open."""

    episode: EpisodeId
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None


Spans = tuple[Span, ...]


def evolve_spans(state: Spans, fact: Fact) -> Spans:
    """When a person's episodes under one operation were open."""
    match fact:
        case EpisodeOpened():
            return (*state, Span(episode=fact.episode, opened_at=fact.at))
        case EpisodeClosed():
            return tuple(
                msgspec.structs.replace(one, closed_at=fact.at) if one.episode == fact.episode else one for one in state
            )
        case _:
            return state


def spans_of(person: PersonId, operation: str) -> Knowledge[Spans]:
    """When a person's episodes under an operation were open: one tag, so that the rule on the pair is cheap to keep."""
    return knowing((), evolve_spans, (EpisodeOpened, EpisodeClosed), f"episode-of:{person}|{operation}")


def evolve_open(state: EpisodeId | None, fact: Fact) -> EpisodeId | None:
    """The episode that is open."""
    match fact:
        case EpisodeOpened():
            return fact.episode
        case EpisodeClosed() if fact.episode == state:
            return None
        case _:
            return state


def open_episode_of(person: PersonId, operation: str) -> Knowledge[EpisodeId | None]:
    """The episode of a person that is open under an operation."""
    initial: EpisodeId | None = None
    return knowing(initial, evolve_open, (EpisodeOpened, EpisodeClosed), f"episode-of:{person}|{operation}")


def standing_span(spans: Spans, at: dt.datetime) -> Span | None:
    """The episode to which what happened at a moment belongs: the one that is open, or had not ended by then."""
    return next((one for one in spans if one.closed_at is None or one.closed_at > at), None)


class OpenEpisode(Command):
    """Open an episode on a ladder, at its newest version unless one is named."""

    episode: Annotated[EpisodeId, Slug]
    person: PersonId
    ladder: LadderId
    ladder_version: int | None = None
    childrens_services_informed: dt.date | None = None
    historic: Override | None = None


class OneOpenEpisode(Conflict):
    """An episode is open already."""

    code = "one-open-episode"
    rule = "A person has one open episode in a partnership under one operation."
    permitted_by = "Go on with the open episode, or close it first."


class ChildrensServicesFirst(Guarded):
    """Children's services do not know."""

    code = "childrens-services-first"
    rule = "Under 18, children's services are informed before any ladder (Children Act 1989 s.17; ours)."
    permitted_by = "Inform children's services and give the day on which that was done."


def against_child(circumstances: Circumstances, *, told: bool) -> Iterator[Refusal]:
    if circumstances.age_band in CHILD_BANDS and not told:
        yield ChildrensServicesFirst()


def open_(  # the plain word is Python's
    command: OpenEpisode, ladder: Ladder, known: Episode | None, spans: Spans, circumstances: Circumstances, by: Actor
) -> Facts:
    """One episode is open for a person under an operation; it pins the ladder's version.

    `known` has whatever stands under this id; `spans` when the person's episodes under the operation were open.
    """
    if known is not None:
        if known.person == command.person and known.ladder == command.ladder:
            return ()
        raise AlreadyExists(episode=command.episode)
    standing = standing_span(spans, command.at)
    if standing is not None:
        raise OneOpenEpisode(episode=standing.episode)
    informed = command.childrens_services_informed
    told = informed is not None and informed <= civil_date(command.at)
    overridden = settle(against_child(circumstances, told=told), command.historic, by)
    return (
        EpisodeOpened(
            at=command.at,
            episode=command.episode,
            person=command.person,
            operation=ladder.operation,
            ladder=ladder.ladder,
            ladder_version=ladder.version,
            by_worker=by.worker,
            by_agency=by.agency,
            childrens_services_informed=informed,
            **named(command.historic, overridden),
        ),
    )
