"""Rules across referrals: who holds a place of a service, and which referrals of a person are open for one need."""

import datetime as dt
from typing import Final

import msgspec

from domain.codes import Need
from domain.facts import Fact, Knowledge, knowing
from domain.ids import PersonId, ReferralId, ServiceId
from domain.support.referral import (
    ReferralAccepted,
    ReferralCancelled,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEnteredInError,
    ReferralFailed,
    ReferralRedirected,
    ReferralSent,
    ReferralWithdrawn,
)
from domain.support.service import Service


class Span(msgspec.Struct, frozen=True):
    """From when until when a referral held a place, or was open; until None is still."""

    referral: ReferralId
    since: dt.datetime
    until: dt.datetime | None = None

    def holds_at(self, at: dt.datetime) -> bool:
        """Whether a moment lies within."""
        return self.since <= at and (self.until is None or at < self.until)


Spans = tuple[Span, ...]


def begun(spans: Spans, referral: ReferralId, at: dt.datetime) -> Spans:
    """With one more, which began at a moment."""
    return (*spans, Span(referral, at))


def ended(spans: Spans, referral: ReferralId, at: dt.datetime) -> Spans:
    """The referral's last one ended at a moment, not before it began."""
    return tuple(
        Span(one.referral, one.since, max(at, one.since)) if one.referral == referral and one.until is None else one
        for one in spans
    )


NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


def taken(spans: Spans, referral: ReferralId, at: dt.datetime) -> Spans:
    """The referral has a place from a moment on, until its end if that was recorded first: an acceptance typed late."""
    end = next((one.until for one in spans if one.referral == referral), None)
    others = tuple(one for one in spans if one.referral != referral)
    return (*others, Span(referral, at, None if end is None else max(end, at)))


def freed(spans: Spans, referral: ReferralId, at: dt.datetime) -> Spans:
    """The referral's place is free from a moment on; one that has none yet will not hold it any longer."""
    if any(one.referral == referral for one in spans):
        return ended(spans, referral, at)
    return (*spans, Span(referral, at, at))


def evolve_occupancy(state: Spans, fact: Fact) -> Spans:
    """The places of one service, each with who holds or held it."""
    match fact:
        case ReferralAccepted():
            return taken(state, fact.referral, fact.at)
        case ReferralCompleted() | ReferralFailed() | ReferralCancelled() | ReferralWithdrawn():
            return freed(state, fact.referral, fact.at)
        case ReferralEnteredInError():
            others = tuple(one for one in state if one.referral != fact.referral)
            return (*others, Span(fact.referral, NEVER, NEVER))
        case _:
            return state


def occupancy(service: ServiceId) -> Knowledge[Spans]:
    """Who holds and who held the places of a service: every fact that takes or frees one carries the service's tag."""
    types = (
        ReferralAccepted,
        ReferralCompleted,
        ReferralFailed,
        ReferralCancelled,
        ReferralWithdrawn,
        ReferralEnteredInError,
    )
    return knowing((), evolve_occupancy, types, f"service:{service}")


def occupied(spans: Spans, at: dt.datetime) -> int:
    """How many places were taken at a moment."""
    return sum([one.since <= at and (one.until is None or at < one.until) for one in spans])


def has_room(service: Service, spans: Spans, referral: ReferralId, at: dt.datetime) -> bool:
    """Whether a referral could have a place from a moment on, which may lie before others were accepted.

    Where its own end is known already, it needs room only until then.
    """
    if not service.limited:
        return True
    end = next((one.until for one in spans if one.referral == referral), None)
    moments = {
        at,
        *(one.since for one in spans if one.since > at),
        *(since for since, _ in service.places if since > at),
    }
    held = len(spans)
    return all(
        (places := service.places_at(moment)) is None or held < places or occupied(spans, moment) < places
        for moment in moments
        if end is None or moment < end
    )


OpenReferrals = dict[ServiceId, Spans]
"""By service, since a redirected referral leaves one for another."""


def evolve_open_referrals(state: OpenReferrals, fact: Fact) -> OpenReferrals:
    """A person's referrals for one need, by service."""
    match fact:
        case ReferralSent():
            return state | {fact.service: begun(state.get(fact.service, ()), fact.referral, fact.at)}
        case ReferralRedirected():
            left = state | {fact.former_service: ended(state.get(fact.former_service, ()), fact.referral, fact.at)}
            return left | {fact.service: begun(left.get(fact.service, ()), fact.referral, fact.at)}
        case ReferralDeclined() | ReferralWithdrawn() | ReferralCompleted() | ReferralFailed() | ReferralCancelled():
            return state | {fact.service: ended(state.get(fact.service, ()), fact.referral, fact.at)}
        case ReferralEnteredInError():
            return {
                service: tuple(one for one in spans if one.referral != fact.referral)
                for service, spans in state.items()
            }
        case _:
            return state


def open_referrals(person: PersonId, need: Need, service: ServiceId) -> Knowledge[OpenReferrals]:
    """Which referrals of a person for a need stand or stood open at a service."""
    types = (
        ReferralSent,
        ReferralRedirected,
        ReferralDeclined,
        ReferralWithdrawn,
        ReferralCompleted,
        ReferralFailed,
        ReferralCancelled,
        ReferralEnteredInError,
    )
    return knowing({}, evolve_open_referrals, types, f"open-referral:{person}|{need}|{service}")


def another_open(known: OpenReferrals, service: ServiceId, referral: ReferralId, at: dt.datetime) -> ReferralId | None:
    """Another referral that was open at the service at a moment, or is open since."""
    return next(
        (
            one.referral
            for one in known.get(service, ())
            if one.referral != referral and (one.until is None or one.holds_at(at))
        ),
        None,
    )
