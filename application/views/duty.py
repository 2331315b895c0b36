"""Duty-to-refer notifications: what a housing authority was told, and what it did."""

import datetime as dt
from typing import Literal

import msgspec

from application.ports import Recorded
from application.views.view import Place, View, by, its_parties, its_person
from domain.facts import IdentityText, Instant
from domain.ids import AgencyId, NotificationId, PersonId
from domain.support.duty_to_refer import (
    AuthorityFact,
    Homelessness,
    HousingApplicationNotOpened,
    HousingApplicationOpened,
    HousingAuthorityNotified,
    NotificationAcknowledged,
    NotificationContactAttempted,
    NotificationDeclineRefused,
    NotOpenedReason,
    SpecifiedAuthority,
    Standing,
)
from domain.support.referral import ContactOutcome

NotificationStatus = Literal[
    "notified", "acknowledged", "contact-attempted", "contacted", "application-opened", "application-not-opened"
]


class NotificationRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A notification, personal values sealed. `declines_refused` counts attempts to decline, which no law knows."""

    position: int
    notification: NotificationId
    person: PersonId
    from_agency: AgencyId
    authority: AgencyId
    standing: Standing
    specified_as: SpecifiedAuthority | None
    homelessness: Homelessness
    threatened_from: dt.date | None
    status: NotificationStatus
    notified_at: Instant
    answer_due: dt.date
    acknowledged_at: Instant | None = None
    contacted_at: Instant | None = None
    ended_at: Instant | None = None
    last_contact: ContactOutcome | None = None
    contact_attempts: int = 0
    not_opened_reason: NotOpenedReason | None = None
    declines_refused: int = 0
    on_behalf_by: tuple[AgencyId, ...] = ()
    name: IdentityText = None
    contact: IdentityText = None
    reason: IdentityText = None
    hclic_reference: IdentityText = None
    note: IdentityText = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who notified, who was notified, and who answers on behalf of an authority without a log-in."""
        return frozenset((self.from_agency, self.authority, *self.on_behalf_by))


def evolve(row: NotificationRow | None, recorded: Recorded, _key: str) -> NotificationRow | None:
    """A notification after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, HousingAuthorityNotified):
        return NotificationRow(
            position=position,
            notification=fact.notification,
            person=fact.person,
            from_agency=fact.from_agency,
            authority=fact.authority,
            standing=fact.standing,
            specified_as=fact.specified_as,
            homelessness=fact.homelessness,
            threatened_from=fact.threatened_from,
            status="notified",
            notified_at=fact.at,
            answer_due=fact.answer_due,
            name=fact.name,
            contact=fact.contact,
            reason=fact.reason,
        )
    if row is None or not isinstance(fact, AuthorityFact):
        return row
    changes = _changes(row, fact)
    if fact.by_agency not in (row.authority, *row.on_behalf_by):
        changes["on_behalf_by"] = (*row.on_behalf_by, fact.by_agency)
    return msgspec.structs.replace(row, position=position, **changes)


def _changes(row: NotificationRow, fact: AuthorityFact) -> dict[str, object]:
    match fact:
        case NotificationAcknowledged():
            status = "acknowledged" if row.status == "notified" else row.status
            return {"status": status, "acknowledged_at": fact.at}
        case NotificationContactAttempted():
            return {
                "status": "contacted" if fact.contacted or row.contacted_at else "contact-attempted",
                "contacted_at": row.contacted_at or (fact.at if fact.contacted else None),
                "last_contact": fact.outcome,
                "contact_attempts": row.contact_attempts + 1,
                "note": fact.note or row.note,
            }
        case HousingApplicationOpened():
            return {
                "status": "application-opened",
                "ended_at": fact.at,
                "hclic_reference": fact.hclic_reference,
            }
        case HousingApplicationNotOpened():
            return {
                "status": "application-not-opened",
                "ended_at": fact.at,
                "not_opened_reason": fact.reason,
                "note": fact.note or row.note,
            }
        case NotificationDeclineRefused():
            return {"declines_refused": row.declines_refused + 1}
        case _:
            return {}


def places(row: NotificationRow) -> tuple[Place, ...]:
    """The boxes of both agencies, by due date while it is open; and with its person."""
    box, sort = ("open", f"{row.answer_due}") if row.ended_at is None else ("ended", _utc(row.ended_at))
    asked = [Place(f"agency:{one}/notified/{box}", sort) for one in (row.authority, *row.on_behalf_by)]
    own = Place(f"agency:{row.from_agency}/notifying/{box}", sort)
    return (*asked, own, Place(f"person:{row.person}", _utc(row.notified_at)))


def _utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat()


NOTIFICATIONS: View[NotificationRow] = View(
    name="notification",
    version=1,
    row=NotificationRow,
    facts=frozenset(
        {
            HousingAuthorityNotified,
            NotificationAcknowledged,
            NotificationContactAttempted,
            HousingApplicationOpened,
            HousingApplicationNotOpened,
            NotificationDeclineRefused,
        }
    ),
    keys=by("notification"),
    evolve=evolve,
    about=its_person,
    only=its_parties,
    places=places,
)
