"""Anna was registered by the police; she asks, complains, and says that something is wrong."""

import datetime as dt

from domain.actors import Actor
from domain.governance.agency import CalendarSet
from domain.governance.agreement import AgreementMade
from domain.ids import (
    AgencyId,
    ComplaintId,
    DataBreachId,
    ProcessingRestrictionId,
    RectificationId,
    RightsRequestId,
)
from domain.rights.breach import DataBreachRecorded, RecordDataBreach
from domain.rights.complaint import ComplaintReceived, ReceiveComplaint
from domain.rights.request import ReceiveRequest, RequestReceived
from tests.governance.partners import CSP, PARTNERS, POLICE, RECOVERY, worker
from tests.people.examples import ANNA, registered
from tests.scenario import london, sharing_agreement

NOW = london("2026-09-03T12:00")
TODAY = dt.date(2026, 9, 3)
REQUEST, COMPLAINT, BREACH = RightsRequestId("request"), ComplaintId("complaint"), DataBreachId("breach")
RECTIFICATION, RESTRICTION = RectificationId("rectification"), ProcessingRestrictionId("restriction")

OFFICER: Actor = worker("constable", POLICE, "officer")
POLICE_PRIVACY: Actor = worker("privacy-officer", POLICE, "police-privacy")
NURSE: Actor = worker("agency-worker", RECOVERY, "nurse")
RECOVERY_PRIVACY: Actor = worker("privacy-officer", RECOVERY, "recovery-privacy")
PRIVACY: Actor = worker("privacy-officer", CSP, "privacy")
COORDINATOR: Actor = worker("hub-coordinator", CSP, "coordinator")
SYSTEM: Actor = worker("system", CSP, "system")

CHRISTMAS = frozenset({dt.date(2026, 12, 25), dt.date(2026, 12, 28)})
"""Christmas Day, and the day that stands for Boxing Day."""
SHARING: AgreementMade = sharing_agreement(AgencyId("csp"), AgencyId("police"), AgencyId("recovery"))
KNOWN = PARTNERS.and_given(
    CalendarSet(at=NOW, agency=POLICE, weekdays=frozenset(range(5)), closed=CHRISTMAS),
    SHARING,
    registered(ANNA, POLICE),
)
"""The log stands at six: the person was entered at position 6."""

RECEIVE = ReceiveRequest(
    at=NOW,
    rights_request=REQUEST,
    person=ANNA,
    kind="access",
    channel="in-person",
    received_on=TODAY,
    words="What have you got on me?",
)
RECEIVED = RequestReceived(
    at=NOW,
    rights_request=REQUEST,
    person=ANNA,
    by_agency=POLICE,
    kind="access",
    channel="in-person",
    asked_by="person",
    received_on=TODAY,
    due=dt.date(2026, 10, 5),
    words="What have you got on me?",
)
COMPLAIN = ReceiveComplaint(
    at=NOW,
    complaint=COMPLAINT,
    person=ANNA,
    about="shared-wrongly",
    channel="phone",
    received_on=TODAY,
    words="You told my landlord.",
)
COMPLAINED = ComplaintReceived(
    at=NOW,
    complaint=COMPLAINT,
    person=ANNA,
    by_agency=POLICE,
    about="shared-wrongly",
    channel="phone",
    asked_by="person",
    received_on=TODAY,
    acknowledge_by=dt.date(2026, 10, 5),
    words="You told my landlord.",
)
LOSE = RecordDataBreach(
    at=NOW,
    data_breach=BREACH,
    cause="lost-or-stolen",
    aware_at=london("2026-09-02T09:00"),
    categories=frozenset({"identity"}),
    words="A notebook was left on a train.",
)
LOST = DataBreachRecorded(
    at=NOW,
    data_breach=BREACH,
    by_agency=POLICE,
    cause="lost-or-stolen",
    aware_at=london("2026-09-02T09:00"),
    report_by=london("2026-09-05T09:00"),
    categories=frozenset({"identity"}),
    people=None,
    words="A notebook was left on a train.",
)
