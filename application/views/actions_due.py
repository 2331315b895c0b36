"""What is due: all that somebody must answer, do, look at again or close by a day. What is overdue comes first."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from application.ports import Recorded
from application.views.categories import FOR_PARTIES
from application.views.view import EVERYTHING, Place, View, its_person
from domain.engagement.hub_session import SessionCancelled, SessionClosed, SessionScheduled
from domain.engagement.instrument import (
    AppealDetermined,
    InstrumentEnded,
    InstrumentRecorded,
    InstrumentServed,
    InstrumentVaried,
    InstrumentVoided,
    InstrumentWithdrawn,
)
from domain.facts import Fact
from domain.governance.scope import Category
from domain.ids import AgencyId, PersonId, PlanId, WorkerId
from domain.people.consent import ConsentExpired, ConsentGiven, ConsentRenewed, ConsentWithdrawn
from domain.people.erased import ErasureOrdered
from domain.rights.retention import RetentionKept, RetentionReviewDue
from domain.support.duty_to_refer import (
    HousingApplicationNotOpened,
    HousingApplicationOpened,
    HousingAuthorityNotified,
    NotificationAcknowledged,
    NotificationContactAttempted,
)
from domain.support.follow_up import (
    ActionEscalated,
    ActionReminded,
    ConsentExpiryReminded,
    InstrumentReviewReminded,
    NotificationEscalated,
    NotificationReminded,
    PlanReviewReminded,
    ReferralEscalated,
    ReferralReminded,
    SessionClosingReminded,
)
from domain.support.plan import (
    ActionAdded,
    ActionCompleted,
    ActionHandedOver,
    PlanClosed,
    PlanHandedOver,
    PlanOpened,
    PlanReviewed,
)
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

DueKind = Literal[
    "referral-answer",
    "notification-answer",
    "plan-action",
    "plan-review",
    "consent-expiry",
    "instrument-review",
    "session-closing",
    "retention-review",
]


class DueRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something due: what, by when, by which agency and, where somebody owns it, which worker.

    `thing` is the id of the referral, notification, action, plan, consent, instrument or session; of the person whose
    record is reviewed. `reminded` and `escalated` are the due dates of which somebody was reminded, and whose passing
    was escalated.
    """

    position: int
    kind: DueKind
    thing: str
    agency: AgencyId
    due: dt.date
    person: PersonId | None = None
    plan: PlanId | None = None
    worker: WorkerId | None = None
    asked_by: AgencyId | None = None
    reminded: dt.date | None = None
    escalated: dt.date | None = None

    @property
    def category(self) -> Category:
        """What sharing decides by."""
        return CATEGORIES[self.kind]

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who must do it, and who asked for it."""
        return frozenset((self.agency,) if self.asked_by is None else (self.agency, self.asked_by))

    @property
    def authors(self) -> frozenset[AgencyId] | None:
        """Who told of it, where another agency did: who answers or does it, may know of the person on that alone."""
        if self.asked_by is None or self.kind not in {"referral-answer", "plan-action"}:
            return None
        return frozenset({self.asked_by})

    def overdue(self, on: dt.date) -> bool:
        """Whether its day has passed."""
        return self.due < on


CATEGORIES: Final[dict[DueKind, Category]] = {
    "referral-answer": "support",
    "notification-answer": "duty",
    "plan-action": "support",
    "plan-review": "support",
    "consent-expiry": "support",
    "instrument-review": "engagement",
    "session-closing": "hub",
    "retention-review": "rights",
}

_Fold = Callable[[DueRow | None, Any, int], DueRow | None]


def _done(_row: DueRow | None, _fact: Fact, _position: int) -> None:
    """Nothing is due any more."""


def _reminded(row: DueRow | None, fact: Any, position: int) -> DueRow | None:  # noqa: ANN401 - several facts
    return row and msgspec.structs.replace(row, position=position, reminded=fact.due)


def _escalated(row: DueRow | None, fact: Any, position: int) -> DueRow | None:  # noqa: ANN401 - several facts
    return row and msgspec.structs.replace(row, position=position, escalated=fact.due)


def _asked(_row: DueRow | None, fact: ReferralSent | ReferralRedirected, position: int) -> DueRow:
    return DueRow(
        position=position,
        kind="referral-answer",
        thing=fact.referral,
        agency=fact.to_agency,
        due=fact.answer_due,
        person=fact.person,
        asked_by=fact.from_agency,
    )


def _notified(_row: DueRow | None, fact: HousingAuthorityNotified, position: int) -> DueRow:
    return DueRow(
        position=position,
        kind="notification-answer",
        thing=fact.notification,
        agency=fact.authority,
        due=fact.answer_due,
        person=fact.person,
        asked_by=fact.from_agency,
    )


def _action(_row: DueRow | None, fact: ActionAdded, position: int) -> DueRow:
    return DueRow(
        position=position,
        kind="plan-action",
        thing=fact.action,
        agency=fact.owner_agency,
        due=fact.due,
        person=fact.person,
        plan=fact.plan,
        worker=fact.owner,
        asked_by=fact.agency,
    )


def _handed(row: DueRow | None, fact: ActionHandedOver | PlanHandedOver, position: int) -> DueRow | None:
    return row and msgspec.structs.replace(row, position=position, worker=fact.to_owner)


def _plan(_row: DueRow | None, fact: PlanOpened, position: int) -> DueRow:
    return DueRow(
        position=position,
        kind="plan-review",
        thing=fact.plan,
        agency=fact.agency,
        due=fact.review_on,
        person=fact.person,
        plan=fact.plan,
        worker=fact.owner,
    )


def _reviewed(row: DueRow | None, fact: PlanReviewed, position: int) -> DueRow | None:
    return row and msgspec.structs.replace(row, position=position, due=fact.review_on)


def _consented(_row: DueRow | None, fact: ConsentGiven | ConsentRenewed, position: int) -> DueRow:
    return DueRow(
        position=position,
        kind="consent-expiry",
        thing=fact.consent,
        agency=fact.by_agency,
        due=fact.expires_on,
        person=fact.person,
    )


def _instrument(
    row: DueRow | None, fact: InstrumentServed | InstrumentRecorded | InstrumentVaried, position: int
) -> DueRow | None:
    due = fact.review_on or fact.ends_on
    if due is None:
        return None if row is None or not isinstance(fact, InstrumentVaried) else row
    return DueRow(
        position=position,
        kind="instrument-review",
        thing=fact.instrument,
        agency=row.agency if row else fact.by_agency,
        due=due,
        person=fact.person,
    )


def _determined(row: DueRow | None, fact: AppealDetermined, _position: int) -> DueRow | None:
    return None if fact.result == "quashed" else row


def _session(_row: DueRow | None, fact: SessionScheduled, position: int) -> DueRow:
    return DueRow(position=position, kind="session-closing", thing=fact.session, agency=fact.by_agency, due=fact.on)


def _retention(_row: DueRow | None, fact: RetentionReviewDue, position: int) -> DueRow:
    """Whoever looks at what is due was reminded by it."""
    return DueRow(
        position=position,
        kind="retention-review",
        thing=fact.person,
        agency=fact.agency,
        due=fact.due,
        person=fact.person,
        reminded=fact.due,
    )


def _of(kind: str, *fields: str) -> Callable[[Any], str]:
    if len(fields) == 1:
        (field,) = fields
        return lambda fact: f"{kind}:{getattr(fact, field)}"
    return lambda fact: f"{kind}:{'|'.join(getattr(fact, field) for field in fields)}"


_REFERRAL = _of("referral", "referral")
_NOTIFICATION = _of("notification", "notification")
_ACTION = _of("action", "plan", "action")
_REVIEW = _of("review", "plan")
_CONSENT = _of("consent", "consent")
_INSTRUMENT = _of("instrument", "instrument")
_SESSION = _of("session", "session")
_RETENTION = _of("retention", "person")

_FOLDS: Final[dict[type[Fact], tuple[Callable[[Any], str], _Fold]]] = {
    ReferralSent: (_REFERRAL, _asked),
    ReferralRedirected: (_REFERRAL, _asked),
    ReferralReminded: (_REFERRAL, _reminded),
    ReferralEscalated: (_REFERRAL, _escalated),
    **dict.fromkeys(
        (
            ReferralAccepted,
            ReferralDeclined,
            ReferralWithdrawn,
            ReferralCompleted,
            ReferralFailed,
            ReferralCancelled,
            ReferralEnteredInError,
        ),
        (_REFERRAL, _done),
    ),
    HousingAuthorityNotified: (_NOTIFICATION, _notified),
    NotificationReminded: (_NOTIFICATION, _reminded),
    NotificationEscalated: (_NOTIFICATION, _escalated),
    **dict.fromkeys(
        (
            NotificationAcknowledged,
            NotificationContactAttempted,
            HousingApplicationOpened,
            HousingApplicationNotOpened,
        ),
        (_NOTIFICATION, _done),
    ),
    ActionAdded: (_ACTION, _action),
    ActionHandedOver: (_ACTION, _handed),
    ActionReminded: (_ACTION, _reminded),
    ActionEscalated: (_ACTION, _escalated),
    ActionCompleted: (_ACTION, _done),
    PlanOpened: (_REVIEW, _plan),
    PlanReviewed: (_REVIEW, _reviewed),
    PlanHandedOver: (_REVIEW, _handed),
    PlanReviewReminded: (_REVIEW, _reminded),
    PlanClosed: (_REVIEW, _done),
    ConsentGiven: (_CONSENT, _consented),
    ConsentRenewed: (_CONSENT, _consented),
    ConsentExpiryReminded: (_CONSENT, _reminded),
    ConsentWithdrawn: (_CONSENT, _done),
    ConsentExpired: (_CONSENT, _done),
    InstrumentServed: (_INSTRUMENT, _instrument),
    InstrumentRecorded: (_INSTRUMENT, _instrument),
    InstrumentVaried: (_INSTRUMENT, _instrument),
    InstrumentReviewReminded: (_INSTRUMENT, _reminded),
    InstrumentWithdrawn: (_INSTRUMENT, _done),
    InstrumentEnded: (_INSTRUMENT, _done),
    InstrumentVoided: (_INSTRUMENT, _done),
    AppealDetermined: (_INSTRUMENT, _determined),
    SessionScheduled: (_SESSION, _session),
    SessionClosingReminded: (_SESSION, _reminded),
    SessionClosed: (_SESSION, _done),
    SessionCancelled: (_SESSION, _done),
    RetentionReviewDue: (_RETENTION, _retention),
    RetentionKept: (_RETENTION, _done),
    ErasureOrdered: (_RETENTION, _done),
}


def _only(row: DueRow) -> frozenset[AgencyId] | None:
    return row.parties if row.category in FOR_PARTIES else None


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The thing that the fact makes due, moves, or is done with."""
    return (_FOLDS[type(recorded.fact)][0](recorded.fact),)


def evolve(row: DueRow | None, recorded: Recorded, _key: str) -> DueRow | None:
    """What is due after a fact; None once it is done."""
    return _FOLDS[type(recorded.fact)][1](row, recorded.fact, recorded.envelope.position)


def places(row: DueRow) -> tuple[Place, ...]:
    """By day, so that what is overdue comes first: with the agency, with the worker, and with all."""
    sort = f"{row.due}"
    worker = () if row.worker is None else (Place(f"agency:{row.agency}/worker/{row.worker}/due", sort),)
    return (Place(f"agency:{row.agency}/due", sort), Place(EVERYTHING, sort), *worker)


ACTIONS_DUE: View[DueRow] = View(
    name="due",
    version=2,
    row=DueRow,
    facts=frozenset(_FOLDS),
    keys=keys,
    evolve=evolve,
    about=its_person,
    only=_only,
    places=places,
)
