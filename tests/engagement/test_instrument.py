"""Warnings, notices and orders: what the Act asks before, in and after them."""

# ruff: noqa: ANN401 - the fields of a fact or command, given on

import datetime as dt
from typing import Any

import pytest

from domain.engagement.appeals import (
    AppealInstrument,
    AppealTooLate,
    DetermineAppeal,
    ExplainAppealRights,
    NoAppealHere,
)
from domain.engagement.bound import Bound, bound_of
from domain.engagement.circumstances import (
    FlagOpen,
    NoHumanNamed,
    NotScreened,
    NotUnderstood,
    PersonStopped,
    PowerNotHeld,
)
from domain.engagement.drafting import AuthoriseInstrument, DraftInstrument
from domain.engagement.episode import EscalationRefused, TicketIssued
from domain.engagement.in_force import (
    EndInstrument,
    NotInForce,
    RecordBreach,
    RequirementLapsed,
    VaryInstrument,
    VoidInstrument,
    VoidItsTicket,
    WithdrawInstrument,
)
from domain.engagement.instrument import (
    AppealDetermined,
    AppealGround,
    AppealRightsExplained,
    InstrumentAppealed,
    InstrumentAuthorised,
    InstrumentBreached,
    InstrumentDrafted,
    InstrumentEnded,
    InstrumentRecorded,
    InstrumentServed,
    InstrumentVaried,
    InstrumentVoided,
    InstrumentWithdrawn,
)
from domain.engagement.issuing import IssueTicket
from domain.engagement.orders import NoApplication, NoConviction, NoIncomeOrHome, OrderTermUnlawful, RecordInstrument
from domain.engagement.overrides import Override, PaperNotYours
from domain.engagement.restrictions import (
    LiftRestriction,
    RecordRestriction,
    RestrictionEndsBefore,
    RestrictionLifted,
    RestrictionRecorded,
)
from domain.engagement.serving import (
    IsALadderStep,
    NoContinuingEffect,
    NoServedWarning,
    ServeInstrument,
    TimeToComplyNotElapsed,
    UnderSixteen,
)
from domain.engagement.terms import (
    BoilerplateCondition,
    Condition,
    ConductNotIdentified,
    EffectNotExplained,
    NoEndNorReview,
    NotInformedFirst,
    RequirementWithoutSupervisor,
    Terms,
)
from domain.facts import Command, Fact
from domain.ids import FlagId, InstrumentId, RestrictionId, TicketId, WorkerId
from domain.people.flags import FlagRaised
from domain.people.person import CircumstancesRecorded, PersonDied
from domain.refusals import AlreadyExists, Conflict, Unknown
from tests.engagement.examples import (
    ADA,
    BOB,
    CGL,
    CONSTABLE,
    COUNCIL,
    COUNCIL_OFFICER,
    PCSO,
    POLICE,
    SERGEANT,
    SYSTEM,
    issue,
    known,
    met,
    opened,
    registered,
    served,
    ticket,
)
from tests.scenario import Knowing, When, london, run

HISTORIC = Override(by=WorkerId("clerk-1"), reason="imported-history")
WARNING = InstrumentId("i-cpw")
NOTICE = InstrumentId("i-cpn")
BENCH = Condition(
    kind="prohibition",
    addresses="street-drinking",
    text="Not to drink alcohol at the benches of Market Place.",
    forbids=("market-place",),
)
APPOINTMENT = Condition(
    kind="requirement",
    addresses="street-drinking",
    text="To meet the alcohol worker on Tuesdays at ten.",
    supervisor=CGL,
)


def terms(**more: Any) -> Terms:
    """A notice that says all that the Act asks."""
    return Terms(
        **{
            "conduct": ("street-drinking",),
            "conditions": (BENCH, APPOINTMENT),
            "review_on": dt.date(2026, 9, 1),
            "explains": (46, 47, 48, 49, 50, 51),
            "informed_first": (COUNCIL,),
            **more,
        }
    )


WARNED = (ticket("2026-02-02T10:00", "cpw", 1, instrument=WARNING), served("2026-02-02T10:00"))
"""A warning for street drinking, with until 16 February to comply."""
WENT_ON = met("2026-02-20T18:00")


def on_notice(*facts: Fact, **person: Any) -> When:
    """Ada was warned, had her time, and went on."""
    green = ticket("2026-02-01T10:00", "green", 0)
    return known(opened(), green, *WARNED, WENT_ON, *facts, **person)


def notice(at: str = "2026-02-21T10:00", **more: Any) -> IssueTicket:
    said = terms(**more.pop("terms", {}))
    return issue(at, "cpn", **{"screen": "none", "instrument": NOTICE, "terms": said, **more})


# The notice


def test_a_notice_follows_a_warning_the_time_it_gave_and_what_went_on() -> None:
    facts = on_notice().when(notice(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)
    served_ = facts[1]
    assert isinstance(served_, InstrumentServed)
    assert served_.issued_on == dt.date(2026, 2, 21)
    assert served_.appeal_by == dt.date(2026, 3, 13), "21 days beginning with the day of issue"
    assert (served_.prohibitions, served_.requirements) == (1, 1)
    assert served_.supervisors == (CGL,)
    assert served_.forbids == ("market-place",)


def test_a_notice_is_given_to_nobody_under_sixteen() -> None:
    informed: dict[str, Any] = {"childrens_services_informed": dt.date(2026, 1, 1)}
    on_notice(age_band="under-16").when(notice(**informed), CONSTABLE).then_refused(UnderSixteen)
    on_notice(age_band="16-17").when(notice(**informed), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_a_notice_outside_a_ladder_is_given_to_nobody_under_sixteen() -> None:
    draft = drafted("cpn", terms())
    story = known(served("2026-02-02T10:00"), WENT_ON, draft, age_band="under-16")
    story.when(serve("2026-02-21T10:00", NOTICE), CONSTABLE).then_refused(UnderSixteen)


def test_a_refused_notice_is_remembered() -> None:
    refusal = on_notice().when(notice(terms={"explains": ()}), CONSTABLE).then_refused(EffectNotExplained)
    assert [type(fact) for fact in refusal.remembered] == [EscalationRefused]


def test_a_notice_follows_a_served_warning() -> None:
    """An earlier step alone is not a warning served: it may have been taken back."""
    green = ticket("2026-02-01T10:00", "green", 0)
    step = ticket("2026-02-02T10:00", "cpw", 1)
    known(opened(), green, step, WENT_ON).when(notice(), CONSTABLE).then_refused(NoServedWarning)


def test_a_warning_that_was_only_drafted_voided_or_withdrawn_was_not_served() -> None:
    green, step = ticket("2026-02-01T10:00", "green", 0), ticket("2026-02-02T10:00", "cpw", 1)
    only_drafted = drafted("cpw", terms(comply_by=dt.date(2026, 2, 16)))
    known(opened(), green, step, only_drafted, WENT_ON).when(notice(), CONSTABLE).then_refused(NoServedWarning)
    who: dict[str, Any] = {"person": ADA, "by_worker": CONSTABLE.worker, "by_agency": POLICE}
    voided = InstrumentVoided(at=london("2026-02-03T10:00"), instrument=WARNING, reason="wrong-text", **who)
    on_notice(voided).when(notice(), CONSTABLE).then_refused(NoServedWarning)
    withdrawn = InstrumentWithdrawn(at=london("2026-02-03T10:00"), instrument=WARNING, **who)
    on_notice(withdrawn).when(notice(), CONSTABLE).then_refused(NoServedWarning)


def test_the_warning_named_the_conduct_of_the_notice() -> None:
    begging = {"conduct": ("begging",), "conditions": ()}
    on_notice(met("2026-02-20T19:00", "begged", asb_type="begging")).when(
        notice(terms=begging), CONSTABLE
    ).then_refused(NoServedWarning)


def test_a_warning_served_later_does_not_justify_a_notice() -> None:
    green, step = ticket("2026-02-01T10:00", "green", 0), ticket("2026-02-02T10:00", "cpw", 1)
    late = served("2026-02-21T10:00", comply_by=None)
    known(opened(), green, step, late, WENT_ON).when(notice(), CONSTABLE).then_refused(NoServedWarning)


def test_the_warnings_time_has_elapsed() -> None:
    early = met("2026-02-15T18:00", "early")
    story = on_notice(early)
    story.when(notice("2026-02-16T23:00"), CONSTABLE).then_refused(TimeToComplyNotElapsed)
    after = met("2026-02-17T00:30", "after")
    story.and_given(after).when(notice("2026-02-17T01:00"), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_a_warning_whose_time_is_not_known_supports_no_drafted_notice() -> None:
    green, step = ticket("2026-02-01T10:00", "green", 0), ticket("2026-02-02T10:00", "cpw", 1)
    timeless = served("2026-02-02T10:00", comply_by=None)
    story = known(opened(), green, step, timeless, WENT_ON)
    story.when(notice(), CONSTABLE).then_refused(TimeToComplyNotElapsed)


def test_the_effect_goes_on_after_the_warnings_time() -> None:
    """An encounter within the time, or about other conduct, is new, and is no evidence that the effect continues."""
    green = ticket("2026-02-01T10:00", "green", 0)
    within = met("2026-02-10T18:00")
    other = met("2026-02-20T18:00", "noise", asb_type="noise")
    story = known(opened(), green, *WARNED, within, other)
    story.when(notice(), CONSTABLE).then_refused(NoContinuingEffect)


def test_those_the_law_names_are_informed_first() -> None:
    on_notice().when(notice(terms={"informed_first": ()}), CONSTABLE).then_refused(NotInformedFirst)
    nobody = notice(terms={"informed_first": (), "nobody_to_inform": True})
    on_notice().when(nobody, CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_the_text_identifies_the_conduct() -> None:
    silent = notice(terms={"conduct": ()})
    on_notice().when(silent, CONSTABLE).then_refused(ConductNotIdentified)


@pytest.mark.parametrize("left_out", range(46, 52))
def test_the_text_explains_each_of_sections_46_to_51(left_out: int) -> None:
    explains = tuple(one for one in range(46, 52) if one != left_out)
    story = on_notice()
    story.when(notice(terms={"explains": explains}), CONSTABLE).then_refused(EffectNotExplained, missing=(left_out,))


def test_the_issuer_of_a_notice_held_that_power() -> None:
    on_notice().when(notice(), PCSO).then_refused(PowerNotHeld, power="issue-cpn")


@pytest.mark.parametrize(
    "text",
    ["Be of good behaviour.", "You must stop anti-social behaviour", "Not to cause harassment, alarm or distress!"],
)
def test_boilerplate_is_refused(text: str) -> None:
    vague = Condition(kind="prohibition", addresses="street-drinking", text=text)
    on_notice().when(notice(terms={"conditions": (vague,)}), CONSTABLE).then_refused(BoilerplateCondition)


def test_a_condition_answers_the_conduct_that_the_instrument_names() -> None:
    stray = Condition(kind="prohibition", addresses="fireworks", text="Not to carry fireworks in the Market Place.")
    on_notice().when(notice(terms={"conditions": (stray,)}), CONSTABLE).then_refused(BoilerplateCondition)


def test_each_positive_requirement_names_its_supervisor() -> None:
    alone = Condition(kind="requirement", addresses="street-drinking", text="To see the nurse on Monday at nine.")
    on_notice().when(notice(terms={"conditions": (alone,)}), CONSTABLE).then_refused(RequirementWithoutSupervisor)


def test_a_notice_on_paper_is_vouched_for_but_not_its_history() -> None:
    paper: dict[str, Any] = {
        "terms": Terms(paper=True),
        "officer": CONSTABLE.worker,
        "officer_role": "constable",
    }
    command = issue("2026-02-21T10:00", "cpn", screen="none", **paper)
    on_notice().when(command, SERGEANT).then_adds(TicketIssued, InstrumentServed)
    green, step = ticket("2026-02-01T10:00", "green", 0), ticket("2026-02-02T10:00", "cpw", 1)
    known(opened(), green, step, WENT_ON).when(command, SERGEANT).then_refused(NoServedWarning)
    early = issue("2026-02-16T10:00", "cpn", screen="none", **paper)
    on_notice(met("2026-02-15T10:00", "early")).when(early, SERGEANT).then_refused(TimeToComplyNotElapsed)


def test_who_serves_a_notice_does_not_vouch_for_its_own_form() -> None:
    """Otherwise the wording that s.43(6) and (7) ask for could be left out by saying that it is on paper."""
    command = issue("2026-02-21T10:00", "cpn", screen="none", terms=Terms(paper=True))
    on_notice().when(command, CONSTABLE).then_refused(PaperNotYours)
    known().when(draft("cpn", paper=True), CONSTABLE).then_refused(PaperNotYours)
    told_on_paper = issue("2026-02-01T10:00", "green", paper=True)
    known(opened()).when(told_on_paper, CONSTABLE).then_refused(PaperNotYours)
    known(APPLIED).when(record("cbo", paper=True), CONSTABLE).then_refused(PaperNotYours)


# Drafting and serving outside a ladder


def drafted(kind: str, said: Terms, at: str = "2026-02-01T12:00") -> InstrumentDrafted:
    return InstrumentDrafted(
        at=london(at),
        instrument=NOTICE if kind == "cpn" else WARNING,
        person=ADA,
        kind=kind,  # type: ignore[arg-type]
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
        conduct=said.conduct,
        comply_by=said.comply_by,
        ends_on=said.ends_on,
        review_on=said.review_on,
        explains=said.explains,
        informed_first=said.informed_first,
        nobody_to_inform=said.nobody_to_inform,
        paper=said.paper,
    )


def draft(kind: str = "cpw", **more: Any) -> DraftInstrument:
    said = terms(**{"comply_by": dt.date(2026, 2, 16), **more})
    return DraftInstrument(
        at=london("2026-02-01T12:00"),
        instrument=WARNING,
        person=ADA,
        kind=kind,  # type: ignore[arg-type]
        terms=said,
    )


def serve(at: str = "2026-02-02T10:00", instrument: InstrumentId = WARNING, **more: Any) -> ServeInstrument:
    return ServeInstrument(**{"at": london(at), "instrument": instrument, "person": ADA, "screen": "none", **more})


DRAFT = drafted("cpw", terms(comply_by=dt.date(2026, 2, 16)))


def test_an_instrument_is_drafted_once_with_its_wording_sealed() -> None:
    facts = known().when(draft(), CONSTABLE).then_adds(InstrumentDrafted)
    assert isinstance(facts[0], InstrumentDrafted)
    assert facts[0].conditions == f"prohibition: {BENCH.text}\nrequirement: {APPOINTMENT.text}"
    known(registered(BOB), served("2026-02-02T10:00", person=BOB)).when(draft(), CONSTABLE).then_refused(AlreadyExists)


def test_every_instrument_has_an_end_or_a_review_date() -> None:
    known().when(draft(review_on=None), CONSTABLE).then_refused(NoEndNorReview)
    known().when(draft(review_on=None, ends_on=dt.date(2026, 6, 1)), CONSTABLE).then_adds(InstrumentDrafted)
    paper = known().when(draft(review_on=None, paper=True), CONSTABLE).then_adds(InstrumentDrafted)
    assert isinstance(paper[0], InstrumentDrafted)
    assert paper[0].review_on == dt.date(2026, 8, 1)


def test_a_warning_names_the_conduct() -> None:
    known().when(draft(conduct=()), CONSTABLE).then_refused(ConductNotIdentified)


def test_a_draft_has_no_boilerplate() -> None:
    vague = Condition(kind="prohibition", addresses="street-drinking", text="Be of good behaviour")
    known().when(draft(conditions=(vague,)), CONSTABLE).then_refused(BoilerplateCondition)


def test_a_draft_is_approved_by_a_human() -> None:
    approve = AuthoriseInstrument(at=london("2026-02-01T13:00"), instrument=WARNING, person=ADA)
    known(DRAFT).when(approve, SERGEANT).then_adds(InstrumentAuthorised)
    known(DRAFT).when(approve, SYSTEM).then_refused(NoHumanNamed)
    known().when(approve, SERGEANT).then_refused(Unknown)
    known(served("2026-02-01T10:00")).when(approve, SERGEANT).then_refused(Conflict)


def test_a_draft_outside_a_ladder_is_served_by_a_human_with_the_power() -> None:
    facts = known(DRAFT).when(serve(), CONSTABLE).then_adds(InstrumentServed)
    assert isinstance(facts[0], InstrumentServed)
    assert facts[0].appeal_by is None, "a warning has no appeal"
    known(DRAFT).when(serve(), SYSTEM).then_refused(NoHumanNamed)
    known(DRAFT).when(serve(), PCSO).then_refused(PowerNotHeld)
    known().when(serve(), CONSTABLE).then_refused(Unknown)


def test_only_a_served_kind_that_stands_is_served() -> None:
    voided = InstrumentVoided(
        at=london("2026-02-01T13:00"),
        instrument=WARNING,
        person=ADA,
        reason="wrong-text",
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
    )
    known(DRAFT, voided).when(serve(), CONSTABLE).then_refused(Conflict)


def test_serving_is_guarded_like_a_step() -> None:
    known(DRAFT).when(serve(screen=None), CONSTABLE).then_refused(NotScreened)
    died = PersonDied(at=london("2026-02-01T15:00"), person=ADA, by_agency=POLICE)
    known(DRAFT, died).when(serve(), CONSTABLE).then_refused(PersonStopped)
    flag = FlagRaised(
        at=london("2026-02-01T15:00"),
        flag=FlagId("f-1"),
        person=ADA,
        kind="capacity",
        by_agency=POLICE,
        source="seen",
        expires_on=dt.date(2026, 12, 31),
    )
    known(DRAFT, flag).when(serve(), CONSTABLE).then_refused(FlagOpen)
    known(DRAFT, understands=("pl",)).when(serve(language="en"), CONSTABLE).then_refused(NotUnderstood)
    unsaid = drafted("cpw", terms(conduct=()))
    known(unsaid).when(serve(), CONSTABLE).then_refused(ConductNotIdentified)


def test_an_instrument_that_is_a_step_is_served_by_the_step() -> None:
    known(opened(), DRAFT).when(serve(), CONSTABLE).then_refused(IsALadderStep)


def test_a_notice_outside_a_ladder_keeps_to_section_43() -> None:
    story = known(WENT_ON, drafted("cpn", terms()))
    story.when(serve("2026-02-21T10:00", NOTICE), CONSTABLE).then_refused(NoServedWarning)
    warned = story.and_given(served("2026-02-02T10:00"))
    warned.when(serve("2026-02-21T10:00", NOTICE), CONSTABLE).then_adds(InstrumentServed)


# Appeal


def state(story: When, *facts: Fact) -> Bound:
    return run(Knowing(story.facts + facts)(bound_of(ADA)))


SERVED = served("2026-02-21T10:00", "cpn", appeal_by=dt.date(2026, 3, 13), requirements=1, prohibitions=1)


def appeal(at: str = "2026-03-01T10:00", **more: Any) -> AppealInstrument:
    grounds: tuple[AppealGround, ...] = ("did-not-take-place",)
    return AppealInstrument(**{"at": london(at), "instrument": NOTICE, "person": ADA, "grounds": grounds, **more})


def test_the_twenty_first_day_is_the_last_of_an_appeal() -> None:
    known(SERVED).when(appeal("2026-03-13T23:59"), SERGEANT).then_adds(InstrumentAppealed)
    known(SERVED).when(appeal("2026-03-14T00:01"), SERGEANT).then_refused(AppealTooLate, appeal_by=SERVED.appeal_by)
    late = appeal("2026-03-14T00:01", historic=HISTORIC)
    facts = known(SERVED).when(late, SERGEANT).then_adds(InstrumentAppealed)
    assert isinstance(facts[0], InstrumentAppealed)
    assert facts[0].overridden == ("appeal-too-late",)


def test_the_days_of_an_appeal_are_those_of_the_calendar_in_london() -> None:
    """Issued an hour before midnight UTC in summer time: it is the next day already where the notice is given."""
    warned = served("2026-06-01T10:00")
    on = met("2026-06-20T10:00")
    story = known(warned, on, drafted("cpn", terms()))
    facts = story.when(serve("2026-06-30T23:30:00+00:00", NOTICE), CONSTABLE).then_adds(InstrumentServed)
    assert isinstance(facts[0], InstrumentServed)
    assert (facts[0].issued_on, facts[0].appeal_by) == (dt.date(2026, 7, 1), dt.date(2026, 7, 21))


def test_only_a_served_notice_is_appealed_and_once() -> None:
    warning = appeal(instrument=WARNING)
    known(served("2026-02-21T10:00")).when(warning, SERGEANT).then_refused(NoAppealHere)
    lodged = known(SERVED).when(appeal(), SERGEANT).then_adds(InstrumentAppealed)
    known(SERVED, *lodged).when(appeal("2026-03-02T10:00"), SERGEANT).then_refused(Conflict)


def test_while_an_appeal_is_pending_prohibitions_stand_and_requirements_lapse() -> None:
    story = known(SERVED)
    lodged = story.when(appeal(), SERGEANT).then_adds(InstrumentAppealed)
    pending = state(story, *lodged).instruments[NOTICE]
    assert pending.holds_at(london("2026-03-02T10:00"))
    assert not pending.requires_at(london("2026-03-02T10:00"))
    assert pending.requires_at(london("2026-02-28T10:00"))
    story = story.and_given(*lodged)
    story.when(broke("2026-03-02T10:00", "requirement"), CONSTABLE).then_refused(RequirementLapsed)
    story.when(broke("2026-03-02T10:00", "prohibition"), CONSTABLE).then_adds(InstrumentBreached)
    story.when(broke("2026-02-28T10:00", "requirement"), CONSTABLE).then_adds(InstrumentBreached)


def determine(result: str, at: str = "2026-04-01T10:00") -> DetermineAppeal:
    return DetermineAppeal(
        at=london(at),
        instrument=NOTICE,
        person=ADA,
        result=result,  # type: ignore[arg-type]
    )


def test_a_dismissed_appeal_brings_the_requirements_back_and_a_quashed_notice_holds_no_more() -> None:
    story = known(SERVED)
    lodged = story.when(appeal(), SERGEANT).then_adds(InstrumentAppealed)
    story = story.and_given(*lodged)
    dismissed = story.when(determine("dismissed"), SERGEANT).then_adds(AppealDetermined)
    assert state(story, *dismissed).instruments[NOTICE].requires_at(london("2026-04-02T10:00"))
    quashed = story.when(determine("quashed"), SERGEANT).then_adds(AppealDetermined)
    assert not state(story, *quashed).instruments[NOTICE].holds_at(london("2026-04-02T10:00"))
    story.and_given(*quashed).when(determine("dismissed"), SERGEANT).then_refused(Conflict)
    known(SERVED).when(determine("quashed"), SERGEANT).then_refused(NoAppealHere)


def test_appeal_rights_are_explained_of_what_was_served() -> None:
    explain = ExplainAppealRights(at=london("2026-02-21T10:05"), instrument=NOTICE, person=ADA, language="pl")
    known(SERVED).when(explain, CONSTABLE).then_adds(AppealRightsExplained)
    known(drafted("cpn", terms())).when(explain, CONSTABLE).then_refused(NotInForce)


# Breach, vary, withdraw, end, void


def broke(at: str, condition: str = "prohibition", **more: Any) -> RecordBreach:
    return RecordBreach(**{"at": london(at), "instrument": NOTICE, "person": ADA, "condition": condition, **more})


def test_only_what_held_at_that_moment_is_breached_and_a_human_saw_it() -> None:
    known(SERVED).when(broke("2026-02-22T10:00"), CONSTABLE).then_adds(InstrumentBreached)
    known(SERVED).when(broke("2026-02-20T10:00"), CONSTABLE).then_refused(NotInForce)
    known(SERVED).when(broke("2026-02-22T10:00"), SYSTEM).then_refused(NoHumanNamed)


def test_what_was_withdrawn_or_has_ended_holds_no_more() -> None:
    withdraw = WithdrawInstrument(at=london("2026-03-01T10:00"), instrument=NOTICE, person=ADA)
    gone = known(SERVED).when(withdraw, CONSTABLE).then_adds(InstrumentWithdrawn)
    known(SERVED, *gone).when(broke("2026-03-02T10:00"), CONSTABLE).then_refused(NotInForce)
    known(SERVED, *gone).when(broke("2026-02-28T10:00"), CONSTABLE).then_adds(InstrumentBreached)
    end = EndInstrument(at=london("2026-03-01T10:00"), instrument=NOTICE, person=ADA, reason="complied")
    over = known(SERVED).when(end, CONSTABLE).then_adds(InstrumentEnded)
    known(SERVED, *over).when(withdraw, CONSTABLE).then_refused(NotInForce)
    known(SERVED, *gone).when(end, CONSTABLE).then_refused(NotInForce)
    known(drafted("cpn", terms())).when(end, CONSTABLE).then_refused(NotInForce)


def vary(**more: Any) -> VaryInstrument:
    fields = {"review_on": dt.date(2026, 12, 1), "conditions": (BENCH,), **more}
    return VaryInstrument(at=london("2026-03-01T10:00"), instrument=NOTICE, person=ADA, **fields)


def test_varied_terms_keep_to_the_rules_of_new_ones() -> None:
    facts = known(SERVED).when(vary(), CONSTABLE).then_adds(InstrumentVaried)
    assert state(known(SERVED), *facts).forbidden_at(london("2026-03-02T10:00")) == {"market-place"}
    known(SERVED).when(vary(review_on=None), CONSTABLE).then_refused(NoEndNorReview)
    vague = Condition(kind="prohibition", addresses="street-drinking", text="Comply with the law")
    known(SERVED).when(vary(conditions=(vague,)), CONSTABLE).then_refused(BoilerplateCondition)
    known(SERVED).when(vary(), SYSTEM).then_refused(NoHumanNamed)
    known(drafted("cpn", terms())).when(vary(), CONSTABLE).then_refused(NotInForce)


def test_a_step_is_voided_by_its_ticket_and_anything_else_by_itself() -> None:
    void = VoidInstrument(at=london("2026-03-01T10:00"), instrument=NOTICE, person=ADA, reason="wrong-person")
    facts = known(SERVED).when(void, CONSTABLE).then_adds(InstrumentVoided)
    known(SERVED, *facts).when(broke("2026-02-22T10:00"), CONSTABLE).then_refused(NotInForce)
    of_step = served("2026-02-21T10:00", "cpn", ticket=TicketId("t-cpn"))
    known(of_step).when(void, CONSTABLE).then_refused(VoidItsTicket)


@pytest.mark.parametrize(
    "command",
    [
        draft(),
        serve(),
        appeal(),
        determine("quashed"),
        broke("2026-02-22T10:00"),
        vary(),
        WithdrawInstrument(at=london("2026-03-01T10:00"), instrument=NOTICE, person=ADA),
        EndInstrument(at=london("2026-03-01T10:00"), instrument=NOTICE, person=ADA, reason="complied"),
        VoidInstrument(at=london("2026-03-01T10:00"), instrument=NOTICE, person=ADA, reason="other"),
        ExplainAppealRights(at=london("2026-02-21T10:05"), instrument=NOTICE, person=ADA, language="en"),
        AuthoriseInstrument(at=london("2026-02-21T10:05"), instrument=NOTICE, person=ADA),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_does_not_concern_an_agency_is_not_there(command: Command) -> None:
    known(SERVED).when(command, COUNCIL_OFFICER).then_refused(Unknown)


# What others make


def record(kind: str, at: str = "2026-04-01T10:00", **more: Any) -> RecordInstrument:
    fields = {"instrument": InstrumentId(f"i-{kind}"), "person": ADA, "kind": kind, **more}
    return RecordInstrument(at=london(at), **fields)


def made(kind: str, at: str = "2026-03-20T10:00") -> InstrumentRecorded:
    return InstrumentRecorded(
        at=london(at),
        instrument=InstrumentId(f"i-{kind}"),
        person=ADA,
        kind=kind,  # type: ignore[arg-type]
        officer=CONSTABLE.worker,
        by_agency=POLICE,
        issued_on=london(at).date(),
    )


APPLIED = made("cbo-application")
ADULT_TERM: dict[str, Any] = {"convicted_on": dt.date(2026, 3, 1), "ends_on": dt.date(2031, 4, 1)}


def test_an_order_follows_conviction_and_application() -> None:
    known(APPLIED).when(record("cbo", **ADULT_TERM), CONSTABLE).then_adds(InstrumentRecorded)
    known().when(record("cbo", **ADULT_TERM), CONSTABLE).then_refused(NoApplication)
    later = made("cbo-application", "2026-04-02T10:00")
    known(later).when(record("cbo", **ADULT_TERM), CONSTABLE).then_refused(NoApplication)
    other = record("cbo", application=InstrumentId("another"), **ADULT_TERM)
    known(APPLIED).when(other, CONSTABLE).then_refused(NoApplication)
    unconvicted = {**ADULT_TERM, "convicted_on": None}
    known(APPLIED).when(record("cbo", **unconvicted), CONSTABLE).then_refused(NoConviction)
    afterwards = {**ADULT_TERM, "convicted_on": dt.date(2026, 4, 2)}
    known(APPLIED).when(record("cbo", **afterwards), CONSTABLE).then_refused(NoConviction)


def test_an_adults_order_lasts_two_years_at_least_or_indefinitely() -> None:
    convicted: dict[str, Any] = {"convicted_on": dt.date(2026, 3, 1)}
    exact = record("cbo", ends_on=dt.date(2028, 4, 1), **convicted)
    known(APPLIED).when(exact, CONSTABLE).then_adds(InstrumentRecorded)
    short = record("cbo", ends_on=dt.date(2028, 3, 31), **convicted)
    known(APPLIED).when(short, CONSTABLE).then_refused(OrderTermUnlawful, child=False)
    known(APPLIED).when(record("cbo", indefinite=True, **convicted), CONSTABLE).then_adds(InstrumentRecorded)
    open_ended = record("cbo", review_on=dt.date(2027, 4, 1), **convicted)
    known(APPLIED).when(open_ended, CONSTABLE).then_refused(OrderTermUnlawful)


def test_an_order_under_eighteen_lasts_one_to_three_years() -> None:
    convicted: dict[str, Any] = {"convicted_on": dt.date(2026, 3, 1)}
    story = known(APPLIED, age_band="16-17")
    for end in (dt.date(2027, 4, 1), dt.date(2029, 4, 1)):
        story.when(record("cbo", ends_on=end, **convicted), CONSTABLE).then_adds(InstrumentRecorded)
    for end in (dt.date(2027, 3, 31), dt.date(2029, 4, 2)):
        story.when(record("cbo", ends_on=end, **convicted), CONSTABLE).then_refused(OrderTermUnlawful, child=True)
    story.when(record("cbo", indefinite=True, **convicted), CONSTABLE).then_refused(OrderTermUnlawful)


def test_an_order_from_a_paper_register_has_an_application_and_a_review() -> None:
    facts = known(APPLIED).when(record("cbo", paper=True), SERGEANT).then_adds(InstrumentRecorded)
    assert isinstance(facts[0], InstrumentRecorded)
    assert facts[0].review_on == dt.date(2026, 10, 1)
    known().when(record("cbo", paper=True), SERGEANT).then_refused(NoApplication)
    facts = known().when(record("cbo", paper=True, historic=HISTORIC), SERGEANT).then_adds(InstrumentRecorded)
    assert isinstance(facts[0], InstrumentRecorded)
    assert facts[0].overridden == ("no-application",)


@pytest.mark.parametrize("kind", ["civil-injunction", "dispersal-direction", "exclusion"])
def test_what_binds_a_person_has_an_end_or_a_review_date(kind: str) -> None:
    known().when(record(kind), CONSTABLE).then_refused(NoEndNorReview)
    known().when(record(kind, ends_on=dt.date(2026, 6, 1)), CONSTABLE).then_adds(InstrumentRecorded)


def test_a_penalty_is_blocked_for_a_person_with_no_income_or_no_home() -> None:
    known().when(record("fpn"), CONSTABLE).then_adds(InstrumentRecorded)
    known().when(record("fpn", has_income=False), CONSTABLE).then_refused(NoIncomeOrHome)
    known().when(record("fpn", has_home=False), CONSTABLE).then_refused(NoIncomeOrHome)
    for fields in ({"no_fixed_abode": True, "has_income": None}, {"no_fixed_abode": None, "has_income": False}):
        said = CircumstancesRecorded(at=london("2026-03-01T10:00"), person=ADA, by_agency=POLICE, **fields)
        known(said).when(record("fpn"), CONSTABLE).then_refused(NoIncomeOrHome)
    known().when(record("pspo-breach", has_income=False), CONSTABLE).then_adds(InstrumentRecorded)


def test_what_others_made_names_a_human_too() -> None:
    known().when(record("fpn"), SYSTEM).then_refused(NoHumanNamed)
    known().when(record("fpn", historic=HISTORIC), SYSTEM).then_refused(NoHumanNamed)
    known().when(record("fpn", officer=WorkerId("pc-7")), SYSTEM).then_adds(InstrumentRecorded)


def test_death_stops_what_others_make_too() -> None:
    died = PersonDied(at=london("2026-03-01T10:00"), person=ADA, by_agency=POLICE)
    known(died).when(record("fpn"), CONSTABLE).then_refused(PersonStopped)


def test_conditions_of_an_order_are_no_boilerplate_either() -> None:
    vague = Condition(kind="prohibition", addresses="noise", text="Be of good behaviour")
    command = record("civil-injunction", ends_on=dt.date(2026, 6, 1), conditions=(vague,))
    known().when(command, CONSTABLE).then_refused(BoilerplateCondition)


def test_the_same_instrument_at_the_same_moment_is_recorded_once() -> None:
    again = record("fpn", "2026-03-20T10:00", instrument=InstrumentId("another"))
    known(made("fpn")).when(again, CONSTABLE).then_nothing()
    taken = made("fpn")
    known(registered(BOB), taken).when(record("fpn", person=BOB), CONSTABLE).then_refused(AlreadyExists)


# Restrictions


def test_a_restriction_is_recorded_and_lifted_once() -> None:
    restrict = RecordRestriction(
        at=london("2026-02-01T10:00"),
        restriction=RestrictionId("bail-1"),
        person=ADA,
        source="bail",
        forbids=("market-place",),
        until=london("2026-03-01T10:00"),
    )
    facts = known().when(restrict, CONSTABLE).then_adds(RestrictionRecorded)
    bound_ = state(known(), *facts)
    assert bound_.forbidden_at(london("2026-02-15T10:00")) == {"market-place"}
    assert bound_.forbidden_at(london("2026-03-01T10:01")) == frozenset()
    lift = LiftRestriction(at=london("2026-02-10T10:00"), restriction=RestrictionId("bail-1"), person=ADA)
    lifted = known(*facts).when(lift, CONSTABLE).then_adds(RestrictionLifted)
    assert state(known(), *facts, *lifted).forbidden_at(london("2026-02-15T10:00")) == frozenset()
    known().when(lift, CONSTABLE).then_refused(Unknown)


def test_a_restriction_ends_after_it_begins_and_its_id_is_its_own() -> None:
    restrict = RecordRestriction(
        at=london("2026-02-01T10:00"),
        restriction=RestrictionId("bail-1"),
        person=ADA,
        source="bail",
        forbids=("market-place",),
        until=london("2026-02-01T10:00"),
    )
    known().when(restrict, CONSTABLE).then_refused(RestrictionEndsBefore)
    taken = RestrictionRecorded(
        at=london("2026-02-01T10:00"),
        restriction=RestrictionId("bail-1"),
        person=BOB,
        source="bail",
        forbids=("market-place",),
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
    )
    known(registered(BOB), taken).when(restrict, CONSTABLE).then_refused(AlreadyExists)
