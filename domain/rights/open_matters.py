"""What has not ended of somebody: whoever erases them ends it first, or says why it is left.

After an erasure, what was left may still end, in codes alone: `AFTERWARDS` are the facts that say so.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from domain.calendar import civil_date
from domain.engagement.episode import EpisodeClosed, EpisodeOpened
from domain.engagement.hub_session import HubMissed
from domain.engagement.instrument import (
    AppealDetermined,
    InstrumentEnded,
    InstrumentRecorded,
    Instruments,
    InstrumentServed,
    InstrumentVaried,
    InstrumentVoided,
    InstrumentWithdrawn,
    evolve_instruments,
)
from domain.engagement.restrictions import RESTRICTION_FACTS, RestrictionLifted, Restrictions, evolve_restrictions
from domain.facts import Fact, Knowledge, declared, knowing
from domain.governance.break_glass import GlassBroken, GlassClosed, GlassReviewed
from domain.governance.transfer import PersonTransferred, TransferOffered, TransferTurnedDown, TransferWithdrawn
from domain.ids import FlagId, PersonId
from domain.people.consent import BasisEnded, ConsentExpired, ConsentWithdrawn
from domain.people.erased import OF_ERASING
from domain.people.flags import FlagEnded, FlagRaised
from domain.people.merging import MergeProposed, MergeRefused
from domain.people.person import PersonsMerged
from domain.rights.complaint import ComplaintAcknowledged, ComplaintConcluded, ComplaintReceived
from domain.rights.rectification import CorrectionNoted, RectificationAccepted, RectificationAsked, RectificationRefused
from domain.rights.request import RequestAnswered, RequestReceived
from domain.rights.restriction import ProcessingRestricted, ProcessingRestrictionLifted
from domain.support.duty_to_refer import (
    HousingApplicationNotOpened,
    HousingApplicationOpened,
    HousingAuthorityNotified,
)
from domain.support.plan import ActionCompleted, ActionHandedOver, PlanClosed, PlanHandedOver, PlanOpened
from domain.support.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralDeclined,
    ReferralDraftDiscarded,
    ReferralDrafted,
    ReferralEnteredInError,
    ReferralFailed,
    ReferralSent,
    ReferralWithdrawn,
)

MatterKind = Literal[
    "referral",
    "notification",
    "plan",
    "episode",
    "instrument",
    "restriction",
    "flag",
    "merge",
    "transfer",
    "break_glass",
    "whose",
    "rights_request",
    "rectification",
    "complaint",
    "processing_restriction",
]
"""What may be open. `whose`: something of a merge that was undone, of which nobody has said whose it is."""

ENDED_FIRST: Final[frozenset[MatterKind]] = frozenset({"merge", "transfer", "break_glass", "whose"})
"""Whatever the reason: it says whose a record is, or is still looked into."""

_OPENS: Final[Mapping[type[Fact], MatterKind]] = {
    ReferralDrafted: "referral",
    ReferralSent: "referral",
    HousingAuthorityNotified: "notification",
    PlanOpened: "plan",
    EpisodeOpened: "episode",
    MergeProposed: "merge",
    TransferOffered: "transfer",
    GlassBroken: "break_glass",
    RequestReceived: "rights_request",
    RectificationAsked: "rectification",
    ComplaintReceived: "complaint",
    ProcessingRestricted: "processing_restriction",
}
_ENDS: Final[Mapping[type[Fact], MatterKind]] = {
    ReferralDraftDiscarded: "referral",
    ReferralDeclined: "referral",
    ReferralWithdrawn: "referral",
    ReferralCompleted: "referral",
    ReferralFailed: "referral",
    ReferralCancelled: "referral",
    ReferralEnteredInError: "referral",
    HousingApplicationOpened: "notification",
    HousingApplicationNotOpened: "notification",
    PlanClosed: "plan",
    EpisodeClosed: "episode",
    MergeRefused: "merge",
    PersonsMerged: "merge",
    TransferWithdrawn: "transfer",
    TransferTurnedDown: "transfer",
    PersonTransferred: "transfer",
    GlassReviewed: "break_glass",
    RequestAnswered: "rights_request",
    RectificationAccepted: "rectification",
    RectificationRefused: "rectification",
    ComplaintConcluded: "complaint",
    ProcessingRestrictionLifted: "processing_restriction",
}
_INSTRUMENTS: Final = (
    InstrumentServed,
    InstrumentRecorded,
    AppealDetermined,
    InstrumentVaried,
    InstrumentWithdrawn,
    InstrumentEnded,
    InstrumentVoided,
)

AFTERWARDS: Final[frozenset[type[Fact]]] = frozenset(
    {
        *(_ENDS.keys() - {PersonsMerged, PersonTransferred}),
        *(InstrumentWithdrawn, InstrumentEnded, InstrumentVoided, AppealDetermined),
        *(RestrictionLifted, FlagEnded, GlassClosed, HubMissed),
        *(ConsentExpired, ConsentWithdrawn, BasisEnded),
        *(ActionCompleted, ActionHandedOver, PlanHandedOver),
        *(ComplaintAcknowledged, CorrectionNoted),
        *OF_ERASING,
    }
)
"""What may be recorded of who was erased, where it says nothing that is personal to them."""


class OpenMatters(msgspec.Struct, frozen=True):
    """What was begun of one record and has not ended. Instruments, restrictions and flags may run out by themselves."""

    begun: Mapping[str, MatterKind] = {}
    instruments: Instruments = {}
    restrictions: Restrictions = {}
    flags: Mapping[FlagId, dt.date] = {}

    def at(self, at: dt.datetime) -> frozenset[str]:
        """What is open at a moment, as `kind:id`."""
        today = civil_date(at)
        return frozenset(
            (
                *(f"{kind}:{one}" for one, kind in self.begun.items()),
                *(f"instrument:{one.instrument}" for one in self.instruments.values() if one.holds_at(at)),
                *(f"restriction:{one.restriction}" for one in self.restrictions.values() if one.holds_at(at)),
                *(f"flag:{one}" for one, expires_on in self.flags.items() if today <= expires_on),
            )
        )


def evolve(state: OpenMatters, fact: Fact) -> OpenMatters:
    """Begun and ended, one by one."""
    change = msgspec.structs.replace
    match fact:
        case FlagRaised():
            return change(state, flags={**state.flags, fact.flag: fact.expires_on})
        case FlagEnded():
            return change(state, flags={one: day for one, day in state.flags.items() if one != fact.flag})
    cls = type(fact)
    if (kind := _OPENS.get(cls)) is not None:
        return change(state, begun={**state.begun, getattr(fact, kind): kind})
    if (kind := _ENDS.get(cls)) is not None:
        ended = getattr(fact, kind)
        return change(state, begun={one: of for one, of in state.begun.items() if one != ended})
    return change(
        state,
        instruments=evolve_instruments(state.instruments, fact),
        restrictions=evolve_restrictions(state.restrictions, fact),
    )


_TOLD: Final[frozenset[type[Fact]]] = frozenset(
    (*_OPENS, *_ENDS, *_INSTRUMENTS, *RESTRICTION_FACTS, FlagRaised, FlagEnded)
)


def open_matters(person: PersonId) -> Knowledge[OpenMatters]:
    """What is open of one record."""
    return knowing(OpenMatters(), evolve, _TOLD, f"person:{person}")


def ended_without_words(fact: Fact, person: PersonId) -> bool:
    """Whether it may be recorded of somebody erased: it ends something, and holds nothing personal to them."""
    personal = declared(type(fact)).personal
    return type(fact) in AFTERWARDS and not any(
        getattr(fact, name) is not None and getattr(fact, mark.of) == person for name, mark in personal.items()
    )
