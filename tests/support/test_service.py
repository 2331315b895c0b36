"""What agencies offer: once, with questions that can be answered, by themselves or by a coordinator for them."""

import datetime as dt

import pytest

from domain.refusals import AlreadyExists, NotPermitted, Unknown
from domain.support.service import (
    ChangePlaces,
    CloseService,
    NeedsUnclear,
    PlacesChanged,
    Question,
    QuestionUnclear,
    ServiceClosed,
    evolve_service,
)
from tests.scenario import given
from tests.support.examples import (
    AGENCIES,
    CLINIC,
    CONSTABLE,
    COORDINATOR,
    DRUGS_CLINIC,
    FRIDAY,
    MONDAY,
    RECOVERY,
    SHELTER,
    TUESDAY,
    VOLUNTEER,
    WEDNESDAY,
    actor,
    offered,
    offering,
)

KNOWN = (*AGENCIES, offered())


def test_an_agency_offers_a_service() -> None:
    given(*AGENCIES).when(offering(), CLINIC).then(offered())


def test_the_same_service_again_adds_nothing_even_later() -> None:
    given(*KNOWN).when(offering(at=FRIDAY), CLINIC).then_nothing()


def test_another_service_does_not_take_its_name() -> None:
    given(*KNOWN).when(offering(name="Another clinic"), CLINIC).then_refused(AlreadyExists, service=DRUGS_CLINIC)


def test_a_coordinator_offers_for_an_agency_without_a_log_in() -> None:
    given(*AGENCIES).when(offering(agency=SHELTER), COORDINATOR).then(offered(agency=SHELTER))


def test_nobody_offers_for_another_agency() -> None:
    given(*AGENCIES).when(offering(), VOLUNTEER).then_refused(NotPermitted)


def test_nobody_changes_or_closes_the_service_of_another_agency() -> None:
    given(*KNOWN).when(CloseService(at=FRIDAY, service=DRUGS_CLINIC), CONSTABLE).then_refused(NotPermitted)
    more = ChangePlaces(at=FRIDAY, service=DRUGS_CLINIC, places=9)
    given(*KNOWN).when(more, CONSTABLE).then_refused(NotPermitted)


@pytest.mark.parametrize("role", ["hub-coordinator", "problem-solving-coordinator", "administrator", "system"])
def test_those_who_administer_act_for_others(role: str) -> None:
    by = actor(SHELTER, role)  # type: ignore[arg-type]
    given(*KNOWN).when(CloseService(at=FRIDAY, service=DRUGS_CLINIC), by).then_adds(ServiceClosed)


def test_an_unknown_agency_offers_nothing() -> None:
    given(*AGENCIES[:2]).when(offering(), COORDINATOR).then_refused(Unknown)


@pytest.mark.parametrize(
    "questions",
    [
        (Question(id="a", label="A"), Question(id="a", label="B")),
        (Question(id="a", label="A", kind="choice", choices=("one",)),),
        (Question(id="a", label="A", kind="choice", choices=("one", "one")),),
        (Question(id="a", label="A", kind="text", choices=("one", "two")),),
    ],
)
def test_questions_can_be_answered(questions: tuple[Question, ...]) -> None:
    given(*AGENCIES).when(offering(questions=questions), CLINIC).then_refused(QuestionUnclear, question="a")


@pytest.mark.parametrize("needs", [(), ("drugs", "drugs")])
def test_a_service_names_each_need_once(needs: tuple[str, ...]) -> None:
    given(*AGENCIES).when(offering(needs=needs), CLINIC).then_refused(NeedsUnclear)


def test_places_change_and_as_many_again_adds_nothing() -> None:
    command = ChangePlaces(at=TUESDAY, service=DRUGS_CLINIC, places=5)
    given(*KNOWN).when(command, CLINIC).then(PlacesChanged(at=TUESDAY, service=DRUGS_CLINIC, agency=RECOVERY, places=5))
    given(*KNOWN).when(ChangePlaces(at=TUESDAY, service=DRUGS_CLINIC, places=2), CLINIC).then_nothing()


def test_places_are_those_of_the_moment_whatever_the_order_of_recording() -> None:
    later = PlacesChanged(at=WEDNESDAY, service=DRUGS_CLINIC, agency=RECOVERY, places=9)
    earlier = PlacesChanged(at=TUESDAY, service=DRUGS_CLINIC, agency=RECOVERY, places=5)
    state = evolve_service(evolve_service(evolve_service(None, offered()), later), earlier)
    assert state is not None
    before = MONDAY - dt.timedelta(days=100)
    assert [state.places_at(at) for at in (before, MONDAY, TUESDAY, FRIDAY)] == [2, 2, 5, 9]


def test_a_service_closes_once() -> None:
    command = CloseService(at=FRIDAY, service=DRUGS_CLINIC)
    given(*KNOWN).when(command, CLINIC).then(ServiceClosed(at=FRIDAY, service=DRUGS_CLINIC, agency=RECOVERY))


def test_there_is_no_such_service() -> None:
    given(*AGENCIES).when(CloseService(at=FRIDAY, service=DRUGS_CLINIC), CLINIC).then_refused(Unknown)
    given(*AGENCIES).when(ChangePlaces(at=FRIDAY, service=DRUGS_CLINIC, places=1), CLINIC).then_refused(Unknown)
