"""Telling a housing authority: with both consents, the one that the person chose, and never declined."""

import datetime as dt
from typing import Any

import pytest

from application.deciding import DECISIONS
from domain.codes import AgencyKind, DeclineReason, codes_of
from domain.facts import Command, Fact, Facts
from domain.ids import AgencyId, NotificationId
from domain.refusals import AlreadyExists, NotPermitted, Refusal, Unknown
from domain.support import duty_to_refer
from domain.support.duty_to_refer import (
    AcknowledgeNotification,
    AuthorityNotChosen,
    ConsentToReferMissing,
    ConsentToShareContactMissing,
    DeclineNotification,
    HousingApplicationNotOpened,
    HousingApplicationOpened,
    HousingAuthorityNotified,
    NeverDeclined,
    NotAHousingAuthority,
    NotificationAcknowledged,
    NotificationContactAttempted,
    NotificationDeclineRefused,
    NotificationEnded,
    NotOpenedReason,
    NotSpecified,
    NotThreatenedYet,
    NotYetNotified,
    OpenHousingApplication,
    RecordHousingContact,
    RecordNoHousingApplication,
    SpecifiedAuthority,
    ThreatUndated,
    evolve_notification,
    standing_of,
)
from domain.support.words import AnswersForItself, NotAddressedToYou, OnBehalf
from tests.scenario import Knowing, given, run, sharing_agreement
from tests.support.examples import (
    AGENCIES,
    ANNA,
    BEFORE,
    BEN,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    FRIDAY,
    HOUSING,
    IMPORT,
    MONDAY,
    NOTIFICATION,
    POLICE,
    THURSDAY,
    TUESDAY,
    VOLUNTEER,
    WEDNESDAY,
    actor,
    agency,
    notified,
    notifying,
    registered,
)

NOTIFIED: Facts = (*BEFORE, notified())


def the(cls: type[Fact], at: dt.datetime = TUESDAY, **more: Any) -> Fact:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": at,
        "notification": NOTIFICATION,
        "person": ANNA,
        "from_agency": POLICE,
        "authority": COUNCIL,
        "by_agency": COUNCIL,
    }
    return cls(**fields | more)


def test_the_authority_that_the_person_chose_is_told() -> None:
    given(*BEFORE).when(notifying(), CONSTABLE).then(
        notified(name="Anna", contact="by text", reason="sleeps by the river")
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"consent_to_refer": False}, ConsentToReferMissing),
        ({"consent_to_share_contact": False}, ConsentToShareContactMissing),
        ({"chosen_by_person": False}, AuthorityNotChosen),
        ({"authority": POLICE}, NotAHousingAuthority),
        ({"authority": AgencyId("nowhere")}, Unknown),
        ({"homelessness": "threatened"}, ThreatUndated),
        ({"threatened_from": dt.date(2024, 6, 20)}, ThreatUndated),
        ({"homelessness": "threatened", "threatened_from": dt.date(2024, 7, 30)}, NotThreatenedYet),
    ],
)
def test_what_a_notification_needs(change: dict[str, Any], refusal: type[Refusal]) -> None:
    given(*BEFORE).when(notifying(**change), CONSTABLE).then_refused(refusal)


def test_threatened_is_within_56_days() -> None:
    last = notifying(homelessness="threatened", threatened_from=dt.date(2024, 7, 29))
    given(*BEFORE).when(last, CONSTABLE).then_adds(HousingAuthorityNotified)


def test_before_2018_it_was_28_days() -> None:
    assert duty_to_refer.threatened_within(dt.date(2018, 4, 2)) == 28
    assert duty_to_refer.threatened_within(dt.date(2018, 4, 3)) == 56


def test_no_consent_in_data_protection_is_needed_besides_the_two_of_the_act() -> None:
    known = (*AGENCIES, registered())
    given(*known).when(notifying(), CONSTABLE).then_adds(HousingAuthorityNotified)


ON: dt.date = dt.date(2024, 6, 3)


@pytest.mark.parametrize(
    ("kind", "acting_as", "expected"),
    [
        ("police", None, ("voluntary", None)),
        ("district-council", None, ("voluntary", None)),
        ("drug-and-alcohol", None, ("voluntary", None)),
        ("housing-association", None, ("voluntary", None)),
        ("health", None, ("voluntary", None)),
        ("health", "emergency-department", ("specified", "emergency-department")),
        ("dwp", None, ("specified", "jobcentre-plus")),
        ("probation", None, ("specified", "probation")),
        ("probation", "prison", ("specified", "prison")),
        ("county-council", None, ("specified", "social-services")),
    ],
)
def test_who_is_under_the_duty(
    kind: AgencyKind, acting_as: SpecifiedAuthority | None, expected: tuple[str, str | None]
) -> None:
    assert standing_of(kind, acting_as, ON) == expected


def test_before_the_regulations_every_notification_was_voluntary() -> None:
    assert standing_of("dwp", None, dt.date(2018, 9, 30)) == ("voluntary", None)


def test_the_police_are_no_specified_authority() -> None:
    given(*BEFORE).when(notifying(specified_as="prison"), CONSTABLE).then_refused(NotSpecified)


def test_a_jobcentre_notifies_under_the_duty() -> None:
    jobcentre = AgencyId("jobcentre")
    known = (
        *BEFORE,
        agency(jobcentre, "dwp"),
        sharing_agreement(jobcentre, POLICE),
        registered(by_agency=jobcentre),
    )
    (fact,) = given(*known).when(notifying(), actor(jobcentre, "agency-worker")).then_adds(HousingAuthorityNotified)
    assert isinstance(fact, HousingAuthorityNotified)
    assert (fact.standing, fact.specified_as) == ("specified", "jobcentre-plus")


def test_a_second_notification_is_never_a_duplicate() -> None:
    again = notifying(notification=NotificationId("n-2"), at=TUESDAY)
    given(*NOTIFIED).when(again, CONSTABLE).then_adds(HousingAuthorityNotified)


def test_an_id_names_one_notification() -> None:
    known = (*NOTIFIED, registered(BEN))
    given(*known).when(notifying(person=BEN), CONSTABLE).then_refused(AlreadyExists)
    given(*known).when(notifying(at=TUESDAY), CONSTABLE).then_nothing()


def test_nobody_notifies_of_a_person_whom_their_agency_does_not_know() -> None:
    given(*BEFORE).when(notifying(), VOLUNTEER).then_refused(Unknown)
    given(*BEFORE).when(notifying(person=BEN), COORDINATOR).then_refused(Unknown)


def test_a_role_without_a_part_in_the_duty_is_told_so() -> None:
    given(*BEFORE).when(notifying(), actor(POLICE, "safeguarding-lead")).then_refused(NotPermitted)


def test_from_notified_to_an_application() -> None:
    story: Facts = NOTIFIED
    steps: tuple[tuple[Command, Fact, str], ...] = (
        (
            AcknowledgeNotification(at=TUESDAY, notification=NOTIFICATION),
            the(NotificationAcknowledged),
            "acknowledged",
        ),
        (
            RecordHousingContact(at=WEDNESDAY, notification=NOTIFICATION, outcome="no-answer"),
            the(NotificationContactAttempted, WEDNESDAY, outcome="no-answer", contacted=False),
            "contact-attempted",
        ),
        (
            RecordHousingContact(at=THURSDAY, notification=NOTIFICATION, outcome="met", note="at the hub"),
            the(NotificationContactAttempted, THURSDAY, outcome="met", contacted=True, note="at the hub"),
            "contacted",
        ),
        (
            OpenHousingApplication(at=FRIDAY, notification=NOTIFICATION, hclic_reference="H-77"),
            the(HousingApplicationOpened, FRIDAY, hclic_reference="H-77"),
            "opened",
        ),
    )
    for command, fact, stage in steps:
        given(*story).when(command, HOUSING).then(fact)
        story = (*story, fact)
        state = None
        for one in story:
            state = evolve_notification(state, one)
        assert state is not None
        assert state.stage == stage


OPENED = the(HousingApplicationOpened, THURSDAY, hclic_reference="H-77")
NOT_OPENED = the(HousingApplicationNotOpened, THURSDAY, reason="uncontactable")


def test_an_application_may_be_opened_at_once() -> None:
    command = OpenHousingApplication(at=TUESDAY, notification=NOTIFICATION, hclic_reference="H-77")
    given(*NOTIFIED).when(command, HOUSING).then_adds(HousingApplicationOpened)


def test_why_no_application_was_opened() -> None:
    command = RecordNoHousingApplication(at=THURSDAY, notification=NOTIFICATION, reason="uncontactable")
    given(*NOTIFIED).when(command, HOUSING).then(NOT_OPENED)


def test_area_capacity_and_duplicate_are_no_reasons() -> None:
    assert not {"out-of-area", "no-capacity", "duplicate"} & set(codes_of(NotOpenedReason))


def test_it_ends_once() -> None:
    opening = OpenHousingApplication(at=FRIDAY, notification=NOTIFICATION, hclic_reference="H-78")
    given(*NOTIFIED, NOT_OPENED).when(opening, HOUSING).then_refused(NotificationEnded, stage="not-opened")
    early = OpenHousingApplication(at=TUESDAY, notification=NOTIFICATION, hclic_reference="H-78")
    given(*NOTIFIED, NOT_OPENED).when(early, HOUSING).then_refused(NotificationEnded)
    given(*NOTIFIED, OPENED).when(opening, HOUSING).then_nothing()
    other = RecordNoHousingApplication(at=FRIDAY, notification=NOTIFICATION, reason="died")
    given(*NOTIFIED, NOT_OPENED).when(other, HOUSING).then_refused(NotificationEnded)


def test_after_the_end_nothing_more_happens_but_what_went_before_may_be_typed() -> None:
    after = RecordHousingContact(at=FRIDAY, notification=NOTIFICATION, outcome="spoke")
    given(*NOTIFIED, OPENED).when(after, HOUSING).then_refused(NotificationEnded, stage="opened")
    before = RecordHousingContact(at=TUESDAY, notification=NOTIFICATION, outcome="spoke")
    given(*NOTIFIED, OPENED).when(before, HOUSING).then_adds(NotificationContactAttempted)


def test_an_attempt_after_contact_does_not_go_back() -> None:
    state = None
    for fact in (
        notified(),
        the(NotificationContactAttempted, outcome="met", contacted=True),
        the(NotificationContactAttempted, WEDNESDAY, outcome="no-answer", contacted=False),
        the(NotificationAcknowledged, THURSDAY),
    ):
        state = evolve_notification(state, fact)
    assert state is not None
    assert state.stage == "contacted"


def test_acknowledging_twice_adds_nothing() -> None:
    again = AcknowledgeNotification(at=FRIDAY, notification=NOTIFICATION)
    given(*NOTIFIED, the(NotificationAcknowledged)).when(again, HOUSING).then_nothing()


def test_an_authority_answers_after_it_was_told() -> None:
    early = AcknowledgeNotification(at=MONDAY - dt.timedelta(hours=1), notification=NOTIFICATION)
    given(*NOTIFIED).when(early, HOUSING).then_refused(NotYetNotified)


@pytest.mark.parametrize("reason", codes_of(DeclineReason))
def test_a_notification_is_never_declined_and_the_attempt_is_remembered(reason: DeclineReason) -> None:
    command = DeclineNotification(at=TUESDAY, notification=NOTIFICATION, reason=reason)
    refusal = given(*NOTIFIED).when(command, HOUSING).then_refused(NeverDeclined, reason=reason)
    assert "213B" in refusal.rule
    assert refusal.remembered == (the(NotificationDeclineRefused, reason=reason),)
    state = evolve_notification(evolve_notification(None, notified()), refusal.remembered[0])
    assert state is not None
    assert state.stage == "notified"


ALL: tuple[Command, ...] = (
    AcknowledgeNotification(at=TUESDAY, notification=NOTIFICATION),
    RecordHousingContact(at=TUESDAY, notification=NOTIFICATION, outcome="spoke"),
    OpenHousingApplication(at=TUESDAY, notification=NOTIFICATION, hclic_reference="H-1"),
    RecordNoHousingApplication(at=TUESDAY, notification=NOTIFICATION, reason="died"),
    DeclineNotification(at=TUESDAY, notification=NOTIFICATION, reason="duplicate"),
)


@pytest.mark.parametrize("command", ALL, ids=lambda one: type(one).__name__)
def test_only_the_authority_answers(command: Command) -> None:
    given(*NOTIFIED).when(command, CONSTABLE).then_refused(NotAddressedToYou)
    given(*NOTIFIED).when(command, VOLUNTEER).then_refused(Unknown)
    given(*NOTIFIED).when(command, COORDINATOR).then_refused(Unknown)
    given(*BEFORE).when(command, HOUSING).then_refused(Unknown)
    given(*BEFORE).when(command, IMPORT).then_refused(Unknown)


def test_an_authority_without_a_log_in_is_answered_for_with_evidence() -> None:
    far = AgencyId("far-council")
    known = (*BEFORE, agency(far, "district-council", logs_in=False), notified(authority=far))
    behalf = OnBehalf(agency=far, evidence="letter of 4 June")
    command = AcknowledgeNotification(at=TUESDAY, notification=NOTIFICATION, on_behalf_of=behalf)
    (fact,) = given(*known).when(command, CONSTABLE).then_adds(NotificationAcknowledged)
    assert isinstance(fact, NotificationAcknowledged)
    assert (fact.by_agency, fact.evidence) == (POLICE, "letter of 4 June")
    given(*known).when(command, COORDINATOR).then_adds(NotificationAcknowledged)
    given(*known).when(command, VOLUNTEER).then_refused(Unknown)
    mine = OnBehalf(agency=COUNCIL, evidence="letter")
    other = AcknowledgeNotification(at=TUESDAY, notification=NOTIFICATION, on_behalf_of=mine)
    given(*NOTIFIED).when(other, CONSTABLE).then_refused(AnswersForItself)
    given(*known).when(other, CONSTABLE).then_refused(NotAddressedToYou)


def test_silence_is_followed_up_by_the_working_days_of_the_authority() -> None:
    (fact,) = run(DECISIONS[type(notifying())](Knowing(BEFORE, CONSTABLE), notifying(), CONSTABLE))
    assert isinstance(fact, HousingAuthorityNotified)
    assert fact.answer_due == dt.date(2024, 6, 10)
