"""People's rights in the demo: somebody asks what is held, two complained, and a breach of data has its 72 hours.

One complaint waits to be acknowledged, one was learnt from. Made-up people,
marked so; nothing else happened with them, and no figure counts them. Nothing is done twice.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from api.demo_life import Life, Someone
from api.hub import Hub
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command
from domain.ids import (
    ComplaintId,
    DataBreachId,
    PartnershipId,
    PersonId,
    RightsRequestId,
)
from domain.rights.breach import AssessDataBreach, RecordDataBreach
from domain.rights.complaint import ConcludeComplaint, ReceiveComplaint
from domain.rights.request import CheckIdentity, ReceiveRequest

ASKED_IN: Final = PartnershipId("fenland")
ASKS: Final = Someone(
    entered_by="coordinator", name="marigold", given_name="Marigold", family_name="Synthetic", born=dt.date(1983, 2, 14)
)
CONTESTS: Final = Someone(
    entered_by="coordinator", name="barnaby", given_name="Barnaby", family_name="Synthetic", born=dt.date(1969, 11, 5)
)
ENTERED_DAYS_AGO: Final = 80


async def ask_and_complain(hub: Hub, workers: dict[str, Actor]) -> None:
    """Enter them, with what they ask and complain of, and the breach."""
    await Life(hub, workers).complete("rights", tuple(_acts(Life(hub, workers), hub.clock.now())))


def _acts(life: Life, now: dt.datetime) -> Iterator[tuple[str, Command]]:
    entered = now - dt.timedelta(days=ENTERED_DAYS_AGO)
    person, acts = life.enters(ASKS, entered)
    yield from acts
    yield from _asks(person, now)
    person, acts = life.enters(CONTESTS, entered)
    yield from acts
    yield from _contests(person, now)
    yield from _breach(now)


def _asks(person: PersonId, now: dt.datetime) -> Iterator[tuple[str, Command]]:
    request = RightsRequestId("demo-access")
    asked = ReceiveRequest(
        at=now,
        rights_request=request,
        person=person,
        kind="access",
        channel="in-person",
        received_on=civil_date(now) - dt.timedelta(days=26),
        words="She asked at the hub what is on record of her, and who has seen it.",
    )
    yield "coordinator", asked
    yield "privacy-officer", CheckIdentity(at=now, rights_request=request, how="known-to-worker")
    complained = ReceiveComplaint(
        at=now,
        complaint=ComplaintId("demo-complaint"),
        person=person,
        about="request-not-answered",
        channel="phone",
        received_on=civil_date(now) - dt.timedelta(days=3),
        words="She rang to say that nobody has answered yet.",
    )
    yield "coordinator", complained


def _contests(person: PersonId, now: dt.datetime) -> Iterator[tuple[str, Command]]:
    complaint = ComplaintId("demo-learnt")
    complained = ReceiveComplaint(
        at=now,
        complaint=complaint,
        person=person,
        about="wrong-data",
        channel="letter",
        received_on=civil_date(now) - dt.timedelta(days=40),
        words="He wrote that the date of birth on his card is his brother's.",
    )
    yield "coordinator", complained
    concluded = ConcludeComplaint(
        at=now,
        complaint=complaint,
        outcome="upheld-in-part",
        reasons="It was checked against his papers and put right.",
        learning="A date of birth that was only heard is entered as a year, until a document is seen.",
        commissioner_explained=True,
    )
    yield "privacy-officer", concluded


def _breach(now: dt.datetime) -> Iterator[tuple[str, Command]]:
    breach = DataBreachId("demo-breach")
    recorded = RecordDataBreach(
        at=now,
        data_breach=breach,
        cause="sent-to-the-wrong-recipient",
        aware_at=now - dt.timedelta(hours=50),
        categories=frozenset({"identity", "contact"}),
        words="The list of those expected at a session went to a mailing list of shopkeepers.",
    )
    yield "coordinator", recorded
    assessed = AssessDataBreach(
        at=now,
        data_breach=breach,
        risk="risk",
        people=9,
        words="First names and the place of the session were on it; the list was deleted by most who had it.",
    )
    yield "privacy-officer", assessed
