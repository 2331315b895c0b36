"""Where sharing is decided by a human: a look in an emergency, and telling somebody, or not, with the reason."""

import datetime as dt
from typing import Any

import pytest

from domain.actors import Role
from domain.governance import break_glass
from domain.governance.break_glass import (
    BreakTheGlass,
    CloseTheGlass,
    GlassBroken,
    GlassClosed,
    GlassReviewed,
    NotYoursToClose,
    NotYoursToReview,
    OpenedLongAgo,
    ReviewBreakGlass,
)
from domain.governance.disclosure import (
    OVERRIDING,
    DecideDisclosure,
    DisclosureDecided,
    GroundMissing,
    OverrideUngrounded,
    decided,
)
from domain.governance.disclosure import decide as decide_disclosure
from domain.governance.sharing import Relationship, evolve_relationship
from domain.ids import BreakGlassId, DisclosureId
from domain.refusals import AlreadyExists, NotPermitted
from tests.people.examples import (
    AGENCIES,
    ANNA,
    CONSTABLE,
    DRUGS_WORKER,
    HUB,
    LAY_MEMBER,
    NOON,
    actor,
    registered,
)
from tests.scenario import given

GLASS = BreakGlassId("glass-1")
STORY = given(*AGENCIES, registered())
HOUR = dt.timedelta(hours=1)
REVIEWER = actor(HUB, "privacy-officer")
BROKEN = GlassBroken(
    at=NOON,
    break_glass=GLASS,
    person=ANNA,
    worker=DRUGS_WORKER.worker,
    agency=DRUGS_WORKER.agency,
    emergency="risk-to-life",
    until=NOON + HOUR,
    review_by=dt.date(2024, 5, 9),
    reason="Found without breath.",
)


def breaking(**more: Any) -> BreakTheGlass:  # noqa: ANN401
    terms: dict[str, Any] = {"at": NOON, "break_glass": GLASS, "person": ANNA, "emergency": "risk-to-life"}
    return BreakTheGlass(**(terms | {"reason": "Found without breath."} | more))


def reviewing(**more: Any) -> ReviewBreakGlass:  # noqa: ANN401
    return ReviewBreakGlass(at=NOON, break_glass=GLASS, **({"finding": "justified", "rationale": "Right."} | more))


def telling(**more: Any) -> DecideDisclosure:  # noqa: ANN401
    terms: dict[str, Any] = {
        "at": NOON,
        "disclosure": DisclosureId("d-1"),
        "person": ANNA,
        "shares": True,
        "recipient_kind": "professional",
        "recipient": "Her GP",
        "categories": frozenset({"health"}),
        "rationale": "She may die of it.",
    }
    return DecideDisclosure(**(terms | more))


def test_a_record_is_opened_for_some_hours_and_reviewed_within_two_working_days() -> None:
    STORY.when(breaking(), DRUGS_WORKER).then(BROKEN)


def test_it_makes_no_relationship() -> None:
    assert evolve_relationship(Relationship(), BROKEN).agencies == frozenset()


def test_nobody_is_let_in_for_a_time_that_has_passed() -> None:
    with pytest.raises(OpenedLongAgo):
        break_glass.break_glass(breaking(), (), DRUGS_WORKER, NOON + HOUR)


def test_whoever_may_not_search_may_not_break_the_glass_either() -> None:
    STORY.when(breaking(), LAY_MEMBER).then_refused(NotPermitted)


def test_it_is_closed_by_who_broke_it_or_by_who_reviews() -> None:
    story, closing = STORY.and_given(BROKEN), CloseTheGlass(at=NOON, break_glass=GLASS)
    story.when(closing, DRUGS_WORKER).then_adds(GlassClosed)
    story.when(closing, REVIEWER).then_adds(GlassClosed)
    story.when(closing, CONSTABLE).then_refused(NotYoursToClose)


@pytest.mark.parametrize("role", ["data-protection-officer", "privacy-officer", "caldicott-guardian"])
def test_it_is_reviewed_by_somebody_else_who_protects_data(role: Role) -> None:
    story = STORY.and_given(BROKEN)
    story.when(reviewing(), actor(HUB, role)).then_adds(GlassReviewed)
    story.when(reviewing(), DRUGS_WORKER).then_refused(NotYoursToReview)
    herself = actor(HUB, role, DRUGS_WORKER.worker)
    story.when(reviewing(), herself).then_refused(NotYoursToReview)


def test_telling_somebody_names_its_ground_in_law_and_not_telling_needs_none() -> None:
    STORY.when(telling(), CONSTABLE).then_refused(GroundMissing)
    STORY.when(telling(ground="vital-interests"), CONSTABLE).then_adds(DisclosureDecided)
    STORY.when(telling(shares=False), CONSTABLE).then_adds(DisclosureDecided)


def test_a_refusal_is_overridden_only_to_safeguard_to_save_life_or_by_law() -> None:
    STORY.when(telling(ground="agreement", overrides_refusal=True), CONSTABLE).then_refused(OverrideUngrounded)
    for ground in OVERRIDING:
        STORY.when(telling(ground=ground, overrides_refusal=True), CONSTABLE).then_adds(DisclosureDecided)


def test_an_id_names_one_decision() -> None:
    (before,) = decide_disclosure(telling(shares=False), CONSTABLE, ())
    assert isinstance(before, DisclosureDecided)
    assert decided(before.disclosure).evolve((), before) == (before,)
    STORY.and_given(before).when(telling(ground="vital-interests"), CONSTABLE).then_refused(AlreadyExists)
