"""Tickets by their id and printed serial, and taking back one that was wrongly issued."""

from domain.actors import Actor
from domain.engagement.episode import (
    Episode,
    Issued,
    TicketIssued,
    TicketVoided,
    Told,
    VoidReason,
    as_issued,
    as_voided,
)
from domain.engagement.instrument import InstrumentVoided
from domain.facts import Command, Fact, Facts, Knowledge, asking
from domain.ids import EpisodeId, TicketId
from domain.refusals import Conflict

Tickets = dict[TicketId, Issued]


def evolve_tickets(state: Tickets, fact: Fact) -> Tickets:
    """Tickets by id."""
    match fact:
        case TicketIssued():
            return {**state, fact.ticket: as_issued(fact)}
        case TicketVoided() if fact.ticket in state:
            return {**state, fact.ticket: as_voided(state[fact.ticket], fact.ticket)}
        case _:
            return state


def tickets_like(ticket: TicketId, serial: str | None) -> Knowledge[Tickets]:
    """The tickets that stand under this id or this printed serial, whoever's they are."""
    tags = [f"ticket:{ticket}", *([f"serial:{serial}"] if serial is not None else [])]
    initial: Tickets = {}
    return Knowledge(tuple(asking((TicketIssued,), tag) for tag in tags), initial, evolve_tickets)


class VoidTicket(Command):
    """Take back a wrongly issued ticket, and say how the person was told."""

    ticket: TicketId
    episode: EpisodeId
    reason: VoidReason
    told: Told


class NoSuchTicket(Conflict):
    """The episode has no such ticket."""

    code = "no-such-ticket"
    rule = "A ticket is voided in the episode in which it was issued."


def void_ticket(command: VoidTicket, episode: Episode, by: Actor) -> Facts:
    """A ticket is voided once, with its instrument; the position is folded again from those that remain."""
    ticket = next((one for one in episode.tickets if one.ticket == command.ticket), None)
    if ticket is None:
        raise NoSuchTicket(episode=episode.episode)
    if ticket.voided:
        return ()
    voided = TicketVoided(
        at=command.at,
        ticket=command.ticket,
        episode=episode.episode,
        person=episode.person,
        reason=command.reason,
        told=command.told,
        by_worker=by.worker,
        by_agency=by.agency,
    )
    if ticket.instrument is None:
        return (voided,)
    return (
        voided,
        InstrumentVoided(
            at=command.at,
            instrument=ticket.instrument,
            person=episode.person,
            reason="wrong-person" if command.reason == "wrong-person" else "wrongly-issued",
            by_worker=by.worker,
            by_agency=by.agency,
            ticket=command.ticket,
        ),
    )
