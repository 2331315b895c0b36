"""Handing somebody over: by a human on each side, once, and only while everything that permitted it still holds."""

import msgspec

from domain.actors import Actor
from domain.governance.between import NoAgreementBetween
from domain.governance.transfer import (
    AcceptTransfer,
    DeclineTransfer,
    HistoryReceived,
    HumansHandOver,
    LapseOffer,
    NobodyArrived,
    OfferTransfer,
    ReceivedLine,
    ReceiveOffer,
    TransferAccepted,
    TransferDeclined,
    TransferOfferLapsed,
    TransferOfferReceived,
    TransferOver,
    needed,
)
from domain.ids import PersonId, TransferId
from domain.people.person import PersonRegistered
from domain.refusals import NotPermitted, Unknown
from tests.governance.partners import CSP, NOON, PARTNERS, POLICE, worker
from tests.governance.test_between import ENDED, KNOWN, MADE, MET, NEIGHBOURS, PETERBOROUGH

ONE = TransferId("t-1")
COORDINATOR, OFFICER, SYSTEM = worker("hub-coordinator"), worker("constable", POLICE), worker("system")
BEN = PersonId("ben")
RECEIVE = ReceiveOffer(
    at=NOON,
    transfer=ONE,
    partner=PETERBOROUGH,
    agreement=NEIGHBOURS,
    purpose="support",
    categories=frozenset({"register"}),
    from_agency="police",
    from_worker="jo",
    contact="Police",
    reference="P-123",
)
RECEIVED = TransferOfferReceived(
    to_agency=CSP,
    **{name: getattr(RECEIVE, name) for name in TransferOfferReceived.__struct_fields__ if name != "to_agency"},
)
ENTERED = PersonRegistered(
    at=NOON, person=BEN, reference="P-BEN", by_agency=CSP, identity="stated", provisional="no-signal"
)
LINE = ReceivedLine(
    category="engagement",
    kind="encounter-recorded",
    happened=NOON,
    position=7,
    leaf="ab",
    agency_there="police",
    told_intelligence='{"place":"The bus station"}',
)
ACCEPT = AcceptTransfer(at=NOON, transfer=ONE, person=BEN, lines=(LINE,))
STORY = PARTNERS.and_given(MADE, RECEIVED, ENTERED)


def refuses_machines(command: OfferTransfer | AcceptTransfer | DeclineTransfer, by: Actor) -> None:
    STORY.and_given(KNOWN, MET).when(command, by).then_refused(HumansHandOver)


def test_an_offer_is_written_down_for_the_agency_that_the_agreement_names() -> None:
    PARTNERS.and_given(MADE).when(RECEIVE, SYSTEM).then(RECEIVED)
    PARTNERS.and_given(MADE).when(RECEIVE, COORDINATOR).then_refused(NotPermitted)


def test_a_human_takes_the_person_on_and_each_line_says_where_it_came_from() -> None:
    arrived, line = STORY.when(ACCEPT, COORDINATOR).then_adds(TransferAccepted, HistoryReceived)
    assert isinstance(line, HistoryReceived)
    assert isinstance(arrived, TransferAccepted)
    assert (line.partner, line.position, line.leaf, line.at) == (PETERBOROUGH, 7, "ab", NOON)
    assert (arrived.by_worker, arrived.lines) == (COORDINATOR.worker, 1)


def test_no_machine_hands_anybody_over_or_takes_anybody_on() -> None:
    offer = OfferTransfer(
        at=NOON,
        transfer=TransferId("t-2"),
        person=KNOWN.person,
        partner=PETERBOROUGH,
        agreement=NEIGHBOURS,
        purpose="support",
        categories=frozenset({"register"}),
        why="moved",
    )
    refuses_machines(offer, SYSTEM)
    refuses_machines(ACCEPT, SYSTEM)
    refuses_machines(DeclineTransfer(at=NOON, transfer=ONE, reason="other"), SYSTEM)


def test_whoever_takes_a_person_on_enters_them_first() -> None:
    PARTNERS.and_given(MADE, RECEIVED).when(ACCEPT, COORDINATOR).then_refused(NobodyArrived)


def test_an_offer_is_for_one_agency_and_answered_once() -> None:
    STORY.when(ACCEPT, OFFICER).then_refused(Unknown)
    decline = DeclineTransfer(at=NOON, transfer=ONE, reason="wrong-area")
    (declined,) = STORY.when(decline, COORDINATOR).then_adds(TransferDeclined)
    STORY.and_given(declined).when(ACCEPT, COORDINATOR).then_refused(TransferOver)
    lapse = LapseOffer(at=NOON, transfer=ONE, partner=PETERBOROUGH)
    (lapsed,) = STORY.when(lapse, SYSTEM).then_adds(TransferOfferLapsed)
    STORY.and_given(lapsed).when(ACCEPT, COORDINATOR).then_refused(TransferOver)
    STORY.when(msgspec.structs.replace(lapse, partner="another"), SYSTEM).then_nothing()


def test_nobody_is_taken_on_under_an_agreement_that_ended() -> None:
    STORY.and_given(ENDED).when(ACCEPT, COORDINATOR).then_refused(NoAgreementBetween)


def test_the_more_goes_along_the_more_a_basis_has_to_cover() -> None:
    assert needed(frozenset({"register"})) == {"identity", "contact"}
    assert needed(frozenset({"register", "support"})) >= {"identity", "contact", "health", "substance-use"}
