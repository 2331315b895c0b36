"""What figures are counted from: rows that say no more than is counted, and nothing of whom or why.

A referral says of no person that it was theirs; that somebody was referred stands with their dates (`LuscombeRow`).
"""

import datetime as dt

import msgspec

from application.ports import Recorded
from application.views.hub_day import arrival_key
from application.views.inbox import REFERRALS
from application.views.view import View, by, for_counting, its_person, nobody
from domain.calendar import civil_date
from domain.codes import ReferralStatus
from domain.engagement.hub_session import CheckInVoided, HubAttended, InvitationMade
from domain.ids import AgencyId, PersonId, SessionId
from domain.support.referral import (
    BusinessStatus,
    ReferralDraftDiscarded,
    ReferralDrafted,
    ReferralFact,
    ReferralRedirected,
    ReferralSent,
)
from domain.support.referral_status import ReferralStep, business_status_after, put, status_after, step_of


class Turned(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a referral stood from a day on."""

    status: ReferralStatus
    on: dt.date


class ReferralCount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A referral that was sent: which agency is asked, when, and what came of it."""

    position: int
    to_agency: AgencyId
    sent_on: dt.date
    status: ReferralStatus = "requested"
    business_status: BusinessStatus | None = "waiting-for-answer"
    steps: tuple[ReferralStep, ...] = ()
    turns: tuple[Turned, ...] = ()


def evolve_referral(row: ReferralCount | None, recorded: Recorded, _key: str) -> ReferralCount | None:
    """A referral after a fact, its turns as in the referral's own row."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, ReferralSent):
        on = civil_date(fact.at)
        return ReferralCount(
            position=position,
            to_agency=fact.to_agency,
            sent_on=on,
            steps=(ReferralStep(fact.at, "send"),),
            turns=(Turned("requested", on),),
        )
    if row is None:
        return None
    assert isinstance(fact, ReferralFact)
    steps = put(row.steps, step_of(fact))
    status, business = status_after(steps), business_status_after(steps)
    turns = row.turns
    if status != row.status or business != row.business_status:
        turns = (*turns, Turned(status, civil_date(fact.at)))
    to_agency = fact.to_agency if isinstance(fact, ReferralRedirected) else row.to_agency
    return msgspec.structs.replace(
        row,
        position=position,
        to_agency=to_agency,
        status=status,
        business_status=business,
        steps=steps,
        turns=turns,
    )


assert REFERRALS.facts is not None
REFERRALS_COUNTED: View[ReferralCount] = View(
    name="referral-count",
    version=1,
    row=ReferralCount,
    facts=REFERRALS.facts - {ReferralDrafted, ReferralDraftDiscarded},
    keys=by("referral"),
    evolve=evolve_referral,
    about=nobody,
)


class ArrivalCount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody at a session: invited or not, come or not, and whether they walked in."""

    position: int
    session: SessionId
    person: PersonId
    invited: bool = False
    attended: bool = False
    walk_in: bool = False


def _keys_of_arrival(recorded: Recorded) -> tuple[str, ...]:
    fact = recorded.fact
    assert isinstance(fact, InvitationMade | HubAttended | CheckInVoided)
    return (arrival_key(fact.session, fact.person),)


def evolve_arrival(row: ArrivalCount | None, recorded: Recorded, _key: str) -> ArrivalCount:
    """Somebody at a session after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    assert isinstance(fact, InvitationMade | HubAttended | CheckInVoided)
    row = row or ArrivalCount(position=position, session=fact.session, person=fact.person)
    match fact:
        case InvitationMade():
            return msgspec.structs.replace(row, position=position, invited=True)
        case HubAttended():
            return msgspec.structs.replace(row, position=position, attended=True, walk_in=fact.invited_by is None)
        case CheckInVoided():
            return msgspec.structs.replace(row, position=position, attended=False, walk_in=False)


ARRIVALS_COUNTED: View[ArrivalCount] = View(
    name="hub-arrival-count",
    version=1,
    row=ArrivalCount,
    facts=frozenset({InvitationMade, HubAttended, CheckInVoided}),
    keys=_keys_of_arrival,
    evolve=evolve_arrival,
    about=its_person,
    only=for_counting,
)
