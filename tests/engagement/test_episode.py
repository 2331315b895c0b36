"""One person's way along a ladder: each test is a rule that a panel would ask about."""

# ruff: noqa: ANN401 - the fields of a fact or command, given on

import datetime as dt
import importlib
import pkgutil
from typing import Any

import msgspec
import pytest

import domain.engagement
from domain.engagement.circumstances import (
    FlagOpen,
    NoHumanNamed,
    NotScreened,
    NotUnderstood,
    PersonStopped,
    PowerNotHeld,
    ScreenFoundNeed,
)
from domain.engagement.climbing import (
    CoercionSuspected,
    EpisodeIsPaused,
    MissedSessionAlone,
    NoNewEncounter,
    NoSuchStep,
    RefusedConsentAlone,
    RoughSleepingAlone,
    StepSkipped,
)
from domain.engagement.closing import CloseEpisode, NotLower, StepDown
from domain.engagement.episode import (
    EpisodeClosed,
    EpisodeEnded,
    EpisodeOpened,
    EpisodePaused,
    EpisodeResumed,
    EscalationAuthorised,
    EscalationDeclined,
    EscalationProposed,
    EscalationRefused,
    Position,
    SteppedDown,
    TicketIssued,
    TicketVoided,
    episode,
)
from domain.engagement.escalation import (
    AuthoriseEscalation,
    NothingProposed,
    NotYoursToAuthorise,
    ProposeEscalation,
    ProposerMayNotAuthorise,
    RefuseEscalation,
)
from domain.engagement.hub_session import (
    ForbiddenPlace,
    HubMissed,
    InvitationMade,
    KeepApartWarning,
    SessionCancelled,
    SessionIsCancelled,
    SessionPast,
)
from domain.engagement.instrument import InstrumentDrafted, InstrumentRecorded, InstrumentServed, InstrumentVoided
from domain.engagement.issuing import (
    IssueTicket,
    NoHubOffer,
    NotAuthorised,
    NotTheStepsInstrument,
    Opening,
    SerialTaken,
    TicketInvitation,
)
from domain.engagement.ladder import Ladder, NotAdopted, Step
from domain.engagement.opening import ChildrensServicesFirst, OneOpenEpisode, OpenEpisode
from domain.engagement.overrides import HistoryNotYours, Override
from domain.engagement.pausing import PauseEpisode, ResumeEpisode
from domain.engagement.published_ladders import CAMBRIDGESHIRE
from domain.engagement.restrictions import RestrictionRecorded
from domain.engagement.serving import UnderSixteen
from domain.engagement.terms import Terms
from domain.engagement.tickets import NoSuchTicket, VoidTicket
from domain.facts import Fact
from domain.governance.agency import PowerConferred, PowerWithdrawn, WithdrawPower
from domain.ids import (
    AgencyId,
    EpisodeId,
    FlagId,
    InstrumentId,
    InvitationId,
    LadderId,
    MergeId,
    PersonId,
    RestrictionId,
    TicketId,
    WorkerId,
)
from domain.people.flags import FlagEnded, FlagRaised
from domain.people.person import LanguagesSet, PersonDied, PersonReleased, PersonsMerged, StayBegan
from domain.refusals import AlreadyExists, NotPermitted, Refusal, Unknown
from tests.engagement.examples import (
    ADA,
    AGENCIES,
    BOB,
    CGL_WORKER,
    COLLEAGUE,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    COUNCIL_OFFICER,
    EPISODE,
    HUB,
    PCSO,
    POLICE,
    SERGEANT,
    START,
    STRICT,
    SYSTEM,
    adopted,
    invited,
    issue,
    known,
    met,
    on_strict,
    opened,
    registered,
    session,
    ticket,
    worker,
)
from tests.scenario import Knowing, When, given, london, run

HISTORIC = Override(by=WorkerId("clerk-1"), reason="imported-history")
ON_PAPER: dict[str, Any] = {"officer": CONSTABLE.worker, "officer_role": "constable"}
GREEN = ticket("2026-02-01T10:00", "green", 0)
DRANK = met("2026-02-10T18:00")


def escalating(*facts: Fact, **person: Any) -> When:
    """Ada has a green ticket and was met drinking again."""
    return known(opened(), GREEN, DRANK, *facts, **person)


def warn(at: str = "2026-02-11T10:00", **more: Any) -> IssueTicket:
    """The next step, with everything it needs."""
    return issue(at, "cpw", **{"screen": "none", **more})


def flag(kind: str = "safeguarding", at: str = "2026-02-05T10:00", **more: Any) -> FlagRaised:
    return FlagRaised(
        at=london(at),
        flag=FlagId("f-1"),
        person=ADA,
        kind=kind,  # type: ignore[arg-type]
        by_agency=POLICE,
        source="seen",
        expires_on=dt.date(2026, 12, 31),
        **more,
    )


# Opening


def open_(at: str = "2026-02-01T10:00", name: str = "ep-1", **more: Any) -> OpenEpisode:
    fields = {"person": ADA, "ladder": CAMBRIDGESHIRE.ladder, **more}
    return OpenEpisode(at=london(at), episode=EpisodeId(name), **fields)


def test_an_episode_pins_the_newest_version_of_its_ladder() -> None:
    second = msgspec.structs.replace(CAMBRIDGESHIRE, version=2)
    facts = known(adopted(second)).when(open_(), CONSTABLE).then_adds(EpisodeOpened)
    assert isinstance(facts[0], EpisodeOpened)
    assert facts[0].ladder_version == 2


def test_a_person_has_one_open_episode_under_one_operation() -> None:
    known(opened()).when(open_("2026-03-01T10:00", "ep-2"), CONSTABLE).then_refused(OneOpenEpisode)


def test_no_step_is_taken_on_an_episode_of_a_record_that_the_officer_does_not_know() -> None:
    theirs = opened(person=BOB, episode=EpisodeId("ep-bob"), by_agency=COUNCIL)
    merged = PersonsMerged(at=START, merge=MergeId("m-1"), person=BOB, other=ADA, by_agency="csp")
    command = issue("2026-02-02T22:10", "green", opening=Opening(person=ADA, ladder=CAMBRIDGESHIRE.ladder))
    for both, types in (
        (registered(BOB, COUNCIL), (EpisodeOpened, TicketIssued)),
        (registered(BOB, POLICE), (TicketIssued,)),
    ):
        facts = known(both, theirs, merged, met("2026-02-02T22:00")).when(command, CONSTABLE).then_adds(*types)
        assert {one.person for one in facts} == {ADA if len(types) > 1 else BOB}  # type: ignore[attr-defined]


def test_a_closed_episode_makes_room_for_another() -> None:
    over = closed("2026-02-20T10:00")
    known(opened(), over).when(open_("2026-03-01T10:00", "ep-2"), CONSTABLE).then_adds(EpisodeOpened)


def test_whether_an_episode_was_open_is_judged_by_when_it_happened() -> None:
    over = closed("2026-02-20T10:00")
    known(opened(), over).when(open_("2026-02-10T10:00", "ep-2"), CONSTABLE).then_refused(OneOpenEpisode)


def test_an_episode_under_another_operation_may_be_open_beside_it() -> None:
    other = Ladder(ladder=LadderId("other"), version=1, operation="Operation Sparrow", steps=CAMBRIDGESHIRE.steps)
    command = open_("2026-03-01T10:00", "ep-2", ladder=other.ladder)
    known(opened(), adopted(other)).when(command, CONSTABLE).then_adds(EpisodeOpened)


def test_an_episode_id_is_one_episodes() -> None:
    known(registered(BOB), opened(person=BOB)).when(open_(), CONSTABLE).then_refused(AlreadyExists)


def test_a_ladder_that_was_not_adopted_has_no_episodes() -> None:
    known().when(open_(ladder=LadderId("nowhere")), CONSTABLE).then_refused(NotAdopted)


@pytest.mark.parametrize("band", ["under-16", "16-17"])
def test_under_eighteen_childrens_services_come_before_any_ladder(band: str) -> None:
    known(age_band=band).when(open_(), CONSTABLE).then_refused(ChildrensServicesFirst)


def test_a_childs_episode_opens_once_childrens_services_were_informed() -> None:
    command = open_(childrens_services_informed=dt.date(2026, 1, 30))
    known(age_band="16-17").when(command, CONSTABLE).then_adds(EpisodeOpened)


def test_informing_childrens_services_later_is_not_before() -> None:
    command = open_(childrens_services_informed=dt.date(2026, 2, 2))
    known(age_band="16-17").when(command, CONSTABLE).then_refused(ChildrensServicesFirst)


def test_an_unknown_person_and_one_of_another_agency_are_the_same_refusal() -> None:
    given(*AGENCIES, adopted(CAMBRIDGESHIRE)).when(open_(), CONSTABLE).then_refused(Unknown)
    for by in (CONSTABLE, COORDINATOR):
        known(opened()).when(warn(episode=EpisodeId("nothing")), by).then_refused(Unknown)
    escalating().when(warn(), CGL_WORKER).then_refused(Unknown)
    escalating().when(warn(), COUNCIL_OFFICER).then_refused(Unknown)


def test_who_does_no_street_work_takes_no_step() -> None:
    clerk = worker("admin-1", "administrator")
    known().when(open_(), clerk).then_refused(NotPermitted)
    known().when(open_(ladder=LadderId("nowhere")), clerk).then_refused(NotPermitted)
    opening = issue("2026-02-01T22:10", "green", opening=Opening(person=ADA, ladder=CAMBRIDGESHIRE.ladder))
    known().when(opening, clerk).then_refused(NotPermitted)
    known().when(warn(episode=EpisodeId("nothing")), clerk).then_refused(NotPermitted)


def test_an_ended_episode_is_not_opened_again_by_a_ticket() -> None:
    opening = Opening(person=ADA, ladder=CAMBRIDGESHIRE.ladder)
    command = issue("2026-03-02T10:00", "green", opening=opening)
    known(opened(), closed("2026-03-01T10:00")).when(command, CONSTABLE).then_refused(EpisodeEnded)
    another = issue("2026-03-02T10:00", "green", opening=opening, episode=EpisodeId("ep-2"))
    known(opened(), closed("2026-03-01T10:00")).when(another, CONSTABLE).then_adds(EpisodeOpened, TicketIssued)


# The first step


def test_the_first_step_of_a_published_ladder_needs_no_encounter() -> None:
    known(opened()).when(issue("2026-02-01T10:00", "green", serial="G-0001"), CONSTABLE).then_adds(TicketIssued)


def test_a_ladder_may_ask_for_an_encounter_before_the_first_step() -> None:
    on_strict().when(issue("2026-02-03T10:00", "green"), CONSTABLE).then_refused(NoNewEncounter)
    on_strict(met("2026-02-02T10:00")).when(issue("2026-02-03T10:00", "green"), CONSTABLE).then_adds(TicketIssued)


def test_one_officer_in_the_rain_opens_the_episode_with_the_ticket() -> None:
    command = issue("2026-02-01T22:10", "green", opening=Opening(person=ADA, ladder=CAMBRIDGESHIRE.ladder))
    facts = known().when(command, CONSTABLE).then_adds(EpisodeOpened, TicketIssued)
    assert isinstance(facts[1], TicketIssued)
    assert facts[1].officer == CONSTABLE.worker


def test_an_opening_ticket_uses_the_episode_that_is_open() -> None:
    opening = Opening(person=ADA, ladder=CAMBRIDGESHIRE.ladder)
    command = warn(episode=EpisodeId("another"), opening=opening)
    facts = escalating().when(command, CONSTABLE).then_adds(TicketIssued, InstrumentServed)
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].episode == EPISODE


def test_a_paper_ticket_typed_late_belongs_to_the_episode_of_its_day() -> None:
    over = closed("2026-03-01T10:00")
    opening = Opening(person=ADA, ladder=CAMBRIDGESHIRE.ladder)
    command = warn(episode=EpisodeId("another"), opening=opening)
    facts = escalating(over).when(command, CONSTABLE).then_adds(TicketIssued, InstrumentServed)
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].episode == EPISODE


def test_an_opening_ticket_for_a_child_needs_childrens_services_too() -> None:
    command = issue("2026-02-01T22:10", "green", opening=Opening(person=ADA, ladder=CAMBRIDGESHIRE.ladder))
    known(age_band="16-17").when(command, CONSTABLE).then_refused(ChildrensServicesFirst)


def test_a_step_for_somebody_found_to_be_a_child_waits_for_childrens_services() -> None:
    escalating(age_band="16-17").when(warn(), CONSTABLE).then_refused(ChildrensServicesFirst)
    informed = warn(childrens_services_informed=dt.date(2026, 2, 11))
    escalating(age_band="16-17").when(informed, CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_a_step_is_on_the_pinned_ladder() -> None:
    known(opened()).when(issue("2026-02-01T10:00", "mauve"), CONSTABLE).then_refused(NoSuchStep)


# Serials and repetition


def test_a_serial_is_one_tickets() -> None:
    taken = ticket("2026-02-01T10:00", "green", 0, "t-bob", person=BOB, episode=EpisodeId("ep-b"), serial="G-0001")
    known(opened(), taken).when(issue("2026-02-02T10:00", "green", serial="G-0001"), CONSTABLE).then_refused(
        SerialTaken
    )


def test_a_ticket_id_is_one_tickets() -> None:
    taken = ticket("2026-02-01T10:00", "green", 0, "t-new", person=BOB, episode=EpisodeId("ep-b"))
    known(opened(), taken).when(issue("2026-02-02T10:00", "green"), CONSTABLE).then_refused(AlreadyExists)


def test_the_same_step_at_the_same_moment_written_down_twice_adds_nothing() -> None:
    known(opened(), GREEN).when(issue("2026-02-01T10:00", "green", "t-again"), CONSTABLE).then_nothing()


def test_two_serials_of_one_step_and_moment_are_two_tickets() -> None:
    one = ticket("2026-02-01T10:00", "green", 0, serial="G-1")
    command = issue("2026-02-01T10:00", "green", "t-again", serial="G-2")
    known(opened(), one).when(command, CONSTABLE).then_adds(TicketIssued)


# Each escalation


def test_an_escalation_serves_the_instrument_that_the_step_is() -> None:
    facts = escalating().when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)
    issued, served = facts
    assert isinstance(issued, TicketIssued)
    assert isinstance(served, InstrumentServed)
    assert (issued.instrument, issued.instrument_kind) == (served.instrument, "cpw")
    assert served.ticket == issued.ticket
    assert served.review_on == dt.date(2026, 8, 11), "every instrument has an end or a review date"
    assert issued.encounters == (DRANK.encounter,)


def test_the_last_step_of_cambridgeshire_is_an_application_not_an_order() -> None:
    notice = ticket("2026-03-01T10:00", "cpn", 2)
    story = known(opened(), GREEN, notice, met("2026-03-05T10:00"))
    facts = story.when(issue("2026-03-06T10:00", "blue", screen="none"), CONSTABLE).then_adds(
        TicketIssued, InstrumentRecorded
    )
    assert isinstance(facts[1], InstrumentRecorded)
    assert facts[1].kind == "cbo-application"


def test_an_escalation_needs_an_encounter_after_the_last_step() -> None:
    known(opened(), met("2026-01-31T10:00"), GREEN).when(warn(), CONSTABLE).then_refused(NoNewEncounter)


def test_an_encounter_at_the_moment_of_the_last_step_is_not_new() -> None:
    story = known(opened(), GREEN, met("2026-02-01T10:00"))
    story.when(warn(), CONSTABLE).then_refused(NoNewEncounter)


def test_an_encounter_that_happened_after_the_ticket_does_not_justify_it() -> None:
    story = known(opened(), GREEN, met("2026-02-12T10:00"))
    story.when(warn(), CONSTABLE).then_refused(NoNewEncounter)


def test_an_encounter_counts_by_when_it_happened_not_by_when_it_was_typed() -> None:
    late = ticket("2026-03-01T10:00", "cpw", 1)
    story = known(opened(), GREEN, late, DRANK)
    story.when(warn("2026-02-11T10:00", serial="late"), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_a_welfare_contact_escalates_nothing() -> None:
    asked = met("2026-02-10T10:00", kind="welfare", asb_type=None, offer="hub")
    known(opened(), GREEN, asked).when(warn(), CONSTABLE).then_refused(NoNewEncounter)


def test_a_voided_encounter_escalates_nothing() -> None:
    from domain.engagement.encounter import EncounterVoided  # noqa: PLC0415 - used by this story alone

    gone = EncounterVoided(
        at=london("2026-02-10T19:00"),
        encounter=DRANK.encounter,
        person=ADA,
        reason="wrong-person",
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
    )
    escalating(gone).when(warn(), CONSTABLE).then_refused(NoNewEncounter)


def test_the_same_adverse_step_again_is_an_escalation_too() -> None:
    warned = ticket("2026-02-11T10:00", "cpw", 1)
    escalating(warned).when(warn("2026-02-12T10:00"), CONSTABLE).then_refused(NoNewEncounter)


def test_an_invitation_can_be_repeated_freely() -> None:
    known(opened(), GREEN).when(issue("2026-02-02T10:00", "green"), CONSTABLE).then_adds(TicketIssued)


def test_sleeping_rough_alone_never_leads_to_a_ticket() -> None:
    asleep = met("2026-02-10T10:00", kind="rough-sleeping", asb_type=None)
    known(opened(), asleep).when(issue("2026-02-11T10:00", "green"), CONSTABLE).then_refused(RoughSleepingAlone)
    known(opened(), GREEN, asleep).when(warn(), CONSTABLE).then_refused(RoughSleepingAlone)


def test_sleeping_rough_and_drinking_is_behaviour() -> None:
    asleep = met("2026-02-10T10:00", kind="rough-sleeping", asb_type=None)
    drank = met("2026-02-10T11:00", "drank")
    known(opened(), asleep, drank).when(issue("2026-02-11T10:00", "green"), CONSTABLE).then_adds(TicketIssued)


def test_no_step_is_skipped() -> None:
    known(opened(), DRANK).when(warn(), CONSTABLE).then_refused(StepSkipped, skipped=("green",))
    escalating().when(issue("2026-02-11T10:00", "blue", screen="none"), CONSTABLE).then_refused(StepSkipped)


def test_a_recorded_override_skips_a_step_and_nothing_else() -> None:
    override = Override(by=SERGEANT.worker, reason="immediate-risk")
    facts = (
        known(opened(), DRANK)
        .when(warn(override=override, override_note="told by sergeant"), CONSTABLE)
        .then_adds(TicketIssued, InstrumentServed)
    )
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].skipped == ("green",)
    assert facts[0].overridden == ("step-skipped",)
    assert facts[0].override_by == SERGEANT.worker
    known(opened(), DRANK).when(warn(override=override, screen=None), CONSTABLE).then_refused(NotScreened)


def test_an_escalation_goes_with_a_live_hub_offer() -> None:
    escalating().when(warn(offers_hub=False), CONSTABLE).then_refused(NoHubOffer)


def test_an_invitation_to_a_coming_session_is_a_live_hub_offer() -> None:
    story = escalating(session(), invited("2026-02-09T10:00"))
    story.when(warn(offers_hub=False), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_an_invitation_to_a_past_session_is_no_live_offer() -> None:
    story = escalating(session("2026-02-10"), invited("2026-02-09T10:00"))
    story.when(warn(offers_hub=False), CONSTABLE).then_refused(NoHubOffer)


def test_an_invitation_made_after_the_ticket_is_no_live_offer() -> None:
    story = escalating(session(), invited("2026-02-12T10:00"))
    story.when(warn(offers_hub=False), CONSTABLE).then_refused(NoHubOffer)


def test_an_invitation_to_a_cancelled_session_is_no_live_offer() -> None:
    story = escalating(session(), invited("2026-02-09T10:00"), cancelled("2026-02-10T10:00"))
    story.when(warn(offers_hub=False), CONSTABLE).then_refused(NoHubOffer)


def test_a_vulnerability_screen_comes_before_any_escalation() -> None:
    escalating().when(warn(screen=None), CONSTABLE).then_refused(NotScreened)


@pytest.mark.parametrize("found", ["safeguarding", "modern-slavery", "capacity"])
def test_what_a_screen_finds_pauses(found: str) -> None:
    escalating().when(warn(screen=found), CONSTABLE).then_refused(ScreenFoundNeed)


def test_a_screen_made_with_the_proposal_stands() -> None:
    escalating(proposed("cpw", screen="none")).when(warn(screen=None), CONSTABLE).then_adds(
        TicketIssued, InstrumentServed
    )


@pytest.mark.parametrize("kind", ["safeguarding", "modern-slavery", "capacity", "coercion-suspected"])
def test_an_open_flag_of_vulnerability_pauses_the_ladder(kind: str) -> None:
    refusal = escalating(flag(kind)).when(warn(), CONSTABLE).then_refused(FlagOpen)
    assert refusal.remembered == (
        EscalationRefused(
            at=london("2026-02-11T10:00"),
            episode=EPISODE,
            person=ADA,
            step="cpw",
            guard="flag-open",
            by_worker=CONSTABLE.worker,
            by_agency=POLICE,
        ),
    )


def test_a_refused_escalation_is_remembered_once() -> None:
    story = escalating(flag())
    refusal = story.when(warn(), CONSTABLE).then_refused(FlagOpen)
    again = story.and_given(*refusal.remembered).when(warn(), CONSTABLE).then_refused(FlagOpen)
    assert again.remembered == ()


def test_a_flag_raised_later_or_ended_before_does_not_pause() -> None:
    ended = FlagEnded(at=london("2026-02-06T10:00"), flag=FlagId("f-1"), person=ADA, by_agency=POLICE)
    escalating(flag(), ended).when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)
    escalating(flag(at="2026-02-12T10:00")).when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_suspected_coercion_pauses_the_ladder() -> None:
    begged = met("2026-02-10T20:00", "begged", coercion_suspected=True)
    refusal = escalating(begged).when(warn(), CONSTABLE).then_refused(CoercionSuspected)
    assert [type(fact) for fact in refusal.remembered] == [EscalationRefused]


def test_the_ladder_goes_on_once_the_suspicion_was_looked_into() -> None:
    begged = met("2026-02-10T20:00", "begged", coercion_suspected=True)
    resume = ResumeEpisode(at=london("2026-02-10T22:00"), episode=EPISODE)
    facts = escalating(begged).when(resume, SERGEANT).then_adds(EpisodeResumed)
    escalating(begged, *facts).when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


@pytest.mark.parametrize("stay", ["custody", "hospital"])
def test_custody_and_hospital_stop_tickets(stay: str) -> None:
    began = StayBegan(
        at=london("2026-02-08T10:00"),
        person=ADA,
        stay=stay,  # type: ignore[arg-type]
        by_agency=POLICE,
    )
    escalating(began).when(warn(), CONSTABLE).then_refused(PersonStopped, stopped="away")
    left = PersonReleased(
        at=london("2026-02-09T10:00"),
        person=ADA,
        stay=stay,  # type: ignore[arg-type]
        by_agency=POLICE,
    )
    escalating(began, left).when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_death_stops_tickets() -> None:
    died = PersonDied(at=london("2026-02-08T10:00"), person=ADA, by_agency=POLICE)
    escalating(died).when(warn(), CONSTABLE).then_refused(PersonStopped, stopped="died")


def test_a_missed_session_alone_never_escalates() -> None:
    story = known(opened(), GREEN, session("2026-02-05"), missed("2026-02-05T14:00"))
    story.when(warn(ground="missed-session"), CONSTABLE).then_refused(MissedSessionAlone)


def lenient(**switches: bool) -> Ladder:
    return msgspec.structs.replace(CAMBRIDGESHIRE, version=2, **switches)


def test_a_ladder_may_let_a_missed_session_escalate_but_there_must_be_one() -> None:
    ladder = lenient(missed_session_escalates=True)
    facts = (*AGENCIES, adopted(ladder), registered(), opened(ladder_version=2), GREEN, session("2026-02-05"))
    command = warn(ground="missed-session")
    given(*facts).when(command, CONSTABLE).then_refused(MissedSessionAlone)
    given(*facts, missed("2026-02-05T14:00")).when(command, CONSTABLE).then_adds(TicketIssued, InstrumentServed)
    voided = (missed("2026-02-05T14:00"), cancelled("2026-02-06T10:00", tell=(ADA,)))
    given(*facts, *voided).when(command, CONSTABLE).then_refused(MissedSessionAlone)


def test_a_refused_consent_alone_never_escalates() -> None:
    known(opened(), GREEN).when(warn(ground="refused-consent"), CONSTABLE).then_refused(RefusedConsentAlone)
    ladder = lenient(refused_consent_escalates=True)
    story = given(*AGENCIES, adopted(ladder), registered(), opened(ladder_version=2), GREEN)
    story.when(warn(ground="refused-consent"), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


# Language


POLISH: dict[str, Any] = {"understands": ("pl",), "needs_interpreter": True}


def test_no_adverse_step_is_given_in_a_language_that_is_not_understood() -> None:
    escalating(**POLISH).when(warn(language="en"), CONSTABLE).then_refused(NotUnderstood)
    escalating(**POLISH).when(warn(), CONSTABLE).then_refused(NotUnderstood)


def test_understanding_is_recorded_where_a_step_is_interpreted() -> None:
    escalating(**POLISH).when(warn(language="en", interpreter=True), CONSTABLE).then_refused(NotUnderstood)
    understood = warn(language="en", interpreter=True, understood=True)
    escalating(**POLISH).when(understood, CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_a_step_in_the_persons_own_language_is_understood() -> None:
    escalating(**POLISH).when(warn(language="pl", understood=True), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_what_was_not_understood_is_not_given() -> None:
    escalating().when(warn(understood=False), CONSTABLE).then_refused(NotUnderstood)


def test_a_step_is_read_aloud_to_who_does_not_read_the_language() -> None:
    tongues = LanguagesSet(
        at=london("2026-02-02T10:00"), person=ADA, by_agency=POLICE, understands=("en", "pl"), reads=("pl",)
    )
    escalating(tongues).when(warn(), CONSTABLE).then_refused(NotUnderstood)
    escalating(tongues).when(warn(read_aloud=True), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_an_invitation_may_be_handed_over_in_any_language() -> None:
    known(opened(), **POLISH).when(issue("2026-02-01T10:00", "green"), CONSTABLE).then_adds(TicketIssued)


# Who


def test_every_adverse_step_names_a_human() -> None:
    escalating().when(warn(), SYSTEM).then_refused(NoHumanNamed)
    escalating().when(warn(officer=WorkerId("system")), SYSTEM).then_refused(NoHumanNamed)
    escalating().when(warn(historic=HISTORIC), SYSTEM).then_refused(NoHumanNamed)
    named = warn(officer=CONSTABLE.worker, officer_role="constable")
    escalating().when(named, SYSTEM).then_adds(TicketIssued, InstrumentServed)


def test_an_invitation_of_an_old_sheet_may_name_nobody() -> None:
    known(opened()).when(issue("2026-02-01T10:00", "green"), SYSTEM).then_adds(TicketIssued)


def test_who_issues_holds_the_power() -> None:
    escalating().when(warn(), PCSO).then_refused(PowerNotHeld, power="issue-cpw")
    known(opened()).when(issue("2026-02-01T10:00", "green"), SERGEANT).then_refused(PowerNotHeld, power="issue-ticket")


def test_a_power_conferred_by_name_counts_on_the_days_it_was_held() -> None:
    grant = PowerConferred(
        at=london("2026-01-01T10:00"),
        worker=PCSO.worker,
        power="issue-cpw",
        from_date=dt.date(2026, 2, 11),
        until_date=dt.date(2026, 2, 11),
        source="accreditation",
    )
    escalating(grant).when(warn("2026-02-11T10:00"), PCSO).then_adds(TicketIssued, InstrumentServed)
    escalating(grant).when(warn("2026-02-12T10:00"), PCSO).then_refused(PowerNotHeld)


def test_a_power_that_was_withdrawn_serves_for_nothing_from_that_day_on() -> None:
    grant = PowerConferred(
        at=london("2026-01-01T10:00"),
        worker=PCSO.worker,
        power="issue-cpw",
        from_date=dt.date(2026, 1, 1),
        until_date=None,
        source="accreditation",
    )
    story = escalating(grant)
    story.when(warn("2026-02-12T10:00"), PCSO).then_adds(TicketIssued, InstrumentServed)
    command = WithdrawPower(
        at=london("2026-02-11T18:00"),
        worker=PCSO.worker,
        power="issue-cpw",
        from_date=dt.date(2026, 2, 12),
        source="accreditation lapsed",
    )
    gone = story.when(command, COORDINATOR).then_adds(PowerWithdrawn)
    story.and_given(*gone).when(warn("2026-02-12T10:00"), PCSO).then_refused(PowerNotHeld, power="issue-cpw")


def test_nobody_lends_a_power_to_another_officer() -> None:
    escalating().when(warn(officer=WorkerId("pc-9")), CONSTABLE).then_refused(PowerNotHeld)
    claimed = warn(officer=WorkerId("pc-9"), officer_role="constable")
    escalating().when(claimed, PCSO).then_refused(PowerNotHeld)
    escalating().when(claimed, COORDINATOR).then_adds(TicketIssued, InstrumentServed)


def strictly(*facts: Fact, ladder: Ladder = STRICT, **person: Any) -> When:
    green = ticket("2026-02-01T10:00", "green", 0, ladder=STRICT.ladder)
    return on_strict(green, DRANK, *facts, ladder=ladder, **person)


def amber(at: str = "2026-02-11T10:00", **more: Any) -> IssueTicket:
    return issue(at, "amber", **{"screen": "none", **more})


def proposed(step: str, at: str = "2026-02-10T20:00", **more: Any) -> EscalationProposed:
    return EscalationProposed(
        **{
            "at": london(at),
            "episode": EPISODE,
            "person": ADA,
            "step": step,
            "ground": "encounter",
            "by_worker": CONSTABLE.worker,
            "by_agency": POLICE,
            **more,
        }
    )


def authorised(step: str, at: str = "2026-02-10T21:00") -> EscalationAuthorised:
    return EscalationAuthorised(
        at=london(at),
        episode=EPISODE,
        person=ADA,
        step=step,
        by_worker=SERGEANT.worker,
        by_agency=POLICE,
        by_role="supervisor",
    )


def test_a_step_that_the_ladder_has_authorised_waits_for_it() -> None:
    strictly().when(amber(), CONSTABLE).then_refused(NotAuthorised, roles=("supervisor",))
    strictly(proposed("amber")).when(amber(), CONSTABLE).then_refused(NotAuthorised)
    facts = strictly(proposed("amber"), authorised("amber")).when(amber(), CONSTABLE).then_adds(TicketIssued)
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].authorised_by == SERGEANT.worker


def test_an_authorisation_after_the_ticket_does_not_cover_it() -> None:
    late = authorised("amber", "2026-02-12T10:00")
    strictly(proposed("amber"), late).when(amber(), CONSTABLE).then_refused(NotAuthorised)


def test_an_authorisation_covers_one_ticket() -> None:
    used = ticket("2026-02-11T10:00", "amber", 1, ladder=STRICT.ladder)
    again = met("2026-02-12T10:00")
    story = strictly(proposed("amber"), authorised("amber"), used, again)
    story.when(amber("2026-02-13T10:00"), CONSTABLE).then_refused(NotAuthorised)


def test_an_authoriser_named_on_paper_has_a_role_that_the_ladder_names() -> None:
    command = amber(authorised_by=SERGEANT.worker, authorised_role="supervisor", **ON_PAPER)
    facts = strictly().when(command, COORDINATOR).then_adds(TicketIssued)
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].authorised_by == SERGEANT.worker
    wrong = amber(authorised_by=SERGEANT.worker, authorised_role="legal", **ON_PAPER)
    strictly().when(wrong, COORDINATOR).then_refused(NotAuthorised)


def test_an_officer_does_not_say_alone_that_somebody_authorised_it() -> None:
    command = amber(authorised_by=SERGEANT.worker, authorised_role="supervisor")
    strictly().when(command, CONSTABLE).then_refused(NotAuthorised)


def test_who_issues_a_step_may_authorise_it_only_if_the_ladder_says_so() -> None:
    own = amber(authorised_by=CONSTABLE.worker, authorised_role="supervisor", **ON_PAPER)
    strictly().when(own, COORDINATOR).then_refused(ProposerMayNotAuthorise)
    relaxed = Ladder(
        ladder=STRICT.ladder,
        version=1,
        operation=STRICT.operation,
        steps=tuple(msgspec.structs.replace(one, proposer_may_authorise=True) for one in STRICT.steps),
    )
    strictly(ladder=relaxed).when(own, COORDINATOR).then_adds(TicketIssued)


def test_only_a_role_that_the_ladder_names_authorises() -> None:
    command = AuthoriseEscalation(at=london("2026-02-10T21:00"), episode=EPISODE, step="amber")
    strictly(proposed("amber")).when(command, COLLEAGUE).then_refused(NotYoursToAuthorise)
    strictly(proposed("amber")).when(command, SERGEANT).then(authorised("amber"))


def test_a_proposer_does_not_authorise_their_own_proposal() -> None:
    command = AuthoriseEscalation(at=london("2026-02-10T21:00"), episode=EPISODE, step="amber")
    story = strictly(proposed("amber", by_worker=SERGEANT.worker))
    story.when(command, SERGEANT).then_refused(ProposerMayNotAuthorise)


def test_the_system_neither_proposes_nor_authorises() -> None:
    ask = ProposeEscalation(at=london("2026-02-10T20:00"), episode=EPISODE, step="cpw")
    escalating().when(ask, SYSTEM).then_refused(NoHumanNamed)
    answer = AuthoriseEscalation(at=london("2026-02-10T21:00"), episode=EPISODE, step="amber")
    strictly(proposed("amber")).when(answer, SYSTEM).then_refused(NoHumanNamed)


def test_only_what_was_proposed_is_authorised_or_declined() -> None:
    yes = AuthoriseEscalation(at=london("2026-02-10T21:00"), episode=EPISODE, step="amber")
    no = RefuseEscalation(at=london("2026-02-10T21:00"), episode=EPISODE, step="amber", reason="not-proportionate")
    strictly().when(yes, SERGEANT).then_refused(NothingProposed)
    strictly().when(no, SERGEANT).then_refused(NothingProposed)
    strictly(proposed("amber")).when(no, COLLEAGUE).then_refused(NotYoursToAuthorise)
    declined = strictly(proposed("amber")).when(no, SERGEANT).then_adds(EscalationDeclined)
    strictly(proposed("amber"), *declined).when(yes, SERGEANT).then_refused(NothingProposed)
    strictly(proposed("amber"), authorised("amber")).when(no, SERGEANT).then_refused(NothingProposed)


def test_a_proposal_is_guarded_like_the_step() -> None:
    ask = ProposeEscalation(at=london("2026-02-11T10:00"), episode=EPISODE, step="cpw", screen="none")
    escalating().when(ask, CONSTABLE).then_adds(EscalationProposed)
    assert escalating(flag()).when(ask, CONSTABLE).then_refused(FlagOpen).remembered
    known(opened(), GREEN).when(ask, CONSTABLE).then_refused(NoNewEncounter)
    found = ProposeEscalation(at=london("2026-02-11T10:00"), episode=EPISODE, step="cpw", screen="capacity")
    escalating().when(found, CONSTABLE).then_refused(ScreenFoundNeed)


def test_a_notice_is_not_even_proposed_for_somebody_under_sixteen() -> None:
    warned = ticket("2026-02-02T10:00", "cpw", 1, childrens_services_informed=dt.date(2026, 1, 1))
    ask = ProposeEscalation(at=london("2026-02-11T10:00"), episode=EPISODE, step="cpn", screen="none")
    escalating(warned, age_band="under-16").when(ask, CONSTABLE).then_refused(UnderSixteen)


# Pausing, stepping down, closing


def paused(at: str = "2026-02-05T10:00") -> EpisodePaused:
    return EpisodePaused(
        at=london(at), episode=EPISODE, person=ADA, reason="treatment", by_worker=SERGEANT.worker, by_agency=POLICE
    )


def closed(at: str) -> EpisodeClosed:
    return EpisodeClosed(
        at=london(at),
        episode=EPISODE,
        person=ADA,
        operation="Operation Luscombe",
        outcome="housed",
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
    )


def missed(at: str) -> HubMissed:
    return HubMissed(at=london(at), session=HUB, person=ADA, by_worker=COORDINATOR.worker, by_agency=POLICE)


def cancelled(at: str, tell: tuple[PersonId, ...] = ()) -> SessionCancelled:
    return SessionCancelled(
        at=london(at),
        session=HUB,
        reason="weather",
        by_worker=COORDINATOR.worker,
        by_agency=AgencyId("fenland-council"),
        tell=tell,
    )


def test_a_paused_episode_takes_no_step() -> None:
    pause = PauseEpisode(at=london("2026-02-05T10:00"), episode=EPISODE, reason="treatment")
    escalating().when(pause, SERGEANT).then(paused())
    escalating(paused()).when(warn(), CONSTABLE).then_refused(EpisodeIsPaused)
    resume = ResumeEpisode(at=london("2026-02-06T10:00"), episode=EPISODE)
    facts = escalating(paused()).when(resume, SERGEANT).then_adds(EpisodeResumed)
    escalating(paused(), *facts).when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_a_pause_that_began_later_does_not_undo_a_step() -> None:
    escalating(paused("2026-02-12T10:00")).when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_an_episode_is_not_resumed_while_a_flag_stands_nor_by_the_system() -> None:
    resume = ResumeEpisode(at=london("2026-02-06T10:00"), episode=EPISODE)
    escalating(flag(), paused()).when(resume, SERGEANT).then_refused(FlagOpen)
    escalating(paused()).when(resume, SYSTEM).then_refused(NoHumanNamed)


def test_stepping_down_leads_to_a_lower_step() -> None:
    warned = ticket("2026-02-11T10:00", "cpw", 1)
    story = escalating(warned)
    down = StepDown(at=london("2026-02-20T10:00"), episode=EPISODE, step="green")
    facts = story.when(down, SERGEANT).then_adds(SteppedDown)
    again = met("2026-02-21T10:00")
    story.and_given(*facts, again).when(issue("2026-02-22T10:00", "cpn", screen="none"), CONSTABLE).then_refused(
        StepSkipped, skipped=("cpw",)
    )
    up = StepDown(at=london("2026-02-20T10:00"), episode=EPISODE, step="blue")
    story.when(up, SERGEANT).then_refused(NotLower)
    story.when(StepDown(at=london("2026-02-20T10:00"), episode=EPISODE, step="mauve"), SERGEANT).then_refused(
        NoSuchStep
    )


def test_an_ended_episode_takes_no_step() -> None:
    over = escalating(closed("2026-02-10T23:00"))
    over.when(warn(), CONSTABLE).then_refused(EpisodeEnded)
    over.when(warn(historic=HISTORIC, **ON_PAPER), COORDINATOR).then_refused(EpisodeEnded)
    ask = ProposeEscalation(at=london("2026-02-11T10:00"), episode=EPISODE, step="cpw")
    over.when(ask, CONSTABLE).then_refused(EpisodeEnded)
    for command in (
        PauseEpisode(at=london("2026-02-12T10:00"), episode=EPISODE, reason="other"),
        StepDown(at=london("2026-02-12T10:00"), episode=EPISODE),
    ):
        over.when(command, SERGEANT).then_refused(EpisodeEnded)
    over.and_given(paused()).when(ResumeEpisode(at=london("2026-02-12T10:00"), episode=EPISODE), SERGEANT).then_refused(
        EpisodeEnded
    )
    over.and_given(proposed("cpw", "2026-02-10T20:00")).when(
        AuthoriseEscalation(at=london("2026-02-12T10:00"), episode=EPISODE, step="cpw"), SERGEANT
    ).then_refused(EpisodeEnded)


def test_a_ticket_from_before_the_end_is_written_down_after_it() -> None:
    escalating(closed("2026-03-01T10:00")).when(warn(), CONSTABLE).then_adds(TicketIssued, InstrumentServed)


def test_an_episode_ends_with_one_outcome() -> None:
    end = CloseEpisode(at=london("2026-03-01T10:00"), episode=EPISODE, outcome="housed")
    known(opened()).when(end, CONSTABLE).then(closed("2026-03-01T10:00"))
    other = CloseEpisode(at=london("2026-03-02T10:00"), episode=EPISODE, outcome="custody")
    known(opened(), closed("2026-03-01T10:00")).when(other, CONSTABLE).then_refused(EpisodeEnded)


# Voiding


def test_a_wrongly_issued_ticket_is_voided_with_its_instrument_and_the_position_folded_again() -> None:
    warned = ticket("2026-02-11T10:00", "cpw", 1, instrument=InstrumentId("i-cpw"))
    void = VoidTicket(
        at=london("2026-02-12T10:00"), ticket=warned.ticket, episode=EPISODE, reason="not-lawful", told="in-person"
    )
    story = escalating(warned)
    facts = story.when(void, SERGEANT).then_adds(TicketVoided, InstrumentVoided)
    folded = run(Knowing(story.facts + facts)(episode(EPISODE)))
    assert folded is not None
    assert folded.position_at(london("2026-02-13T10:00")) == Position(rank=0, step="green", because=(GREEN.ticket,))
    again = story.and_given(*facts, met("2026-02-12T18:00"))
    again.when(issue("2026-02-13T10:00", "cpn", screen="none"), CONSTABLE).then_refused(StepSkipped)


def test_only_a_ticket_of_the_episode_is_voided_in_it() -> None:
    void = VoidTicket(
        at=london("2026-02-12T10:00"), ticket=TicketId("t-x"), episode=EPISODE, reason="other", told="in-person"
    )
    escalating().when(void, SERGEANT).then_refused(NoSuchTicket)


def test_a_step_whose_validity_ran_out_is_no_step_any_more() -> None:
    lapsed = ticket("2025-01-01T10:00", "green", 0, lapses_on=dt.date(2026, 1, 1))
    story = known(opened("2025-01-01T10:00"), lapsed, DRANK)
    story.when(warn(), CONSTABLE).then_refused(StepSkipped, skipped=("green",))


# Tickets that invite


def inviting(at: str = "2026-02-01T10:00", **more: Any) -> IssueTicket:
    return issue(
        at,
        "green",
        invite=TicketInvitation(session=HUB, **({"invitation": InvitationId("inv-1")} | more)),
    )


def test_a_ticket_may_invite_to_a_session() -> None:
    facts = known(opened(), session()).when(inviting(), CONSTABLE).then_adds(TicketIssued, InvitationMade)
    assert isinstance(facts[1], InvitationMade)
    assert facts[1].ticket == TicketId("t-new")
    assert facts[1].invitation == InvitationId("inv-1")


def test_a_tickets_invitation_that_is_given_no_name_has_that_of_its_ticket() -> None:
    nameless = inviting(invitation=None)
    facts = known(opened(), session()).when(nameless, CONSTABLE).then_adds(TicketIssued, InvitationMade)
    assert isinstance(facts[1], InvitationMade)
    assert facts[1].invitation == InvitationId("t-new")


def test_a_tickets_invitation_is_guarded_like_any_other() -> None:
    known(opened(), session("2026-01-20")).when(inviting(), CONSTABLE).then_refused(SessionPast)
    known(opened(), session(), cancelled("2026-01-20T10:00")).when(inviting(), CONSTABLE).then_refused(
        SessionIsCancelled
    )
    known(opened()).when(inviting(), CONSTABLE).then_refused(Unknown)
    bail = RestrictionRecorded(
        at=london("2026-01-20T10:00"),
        restriction=RestrictionId("bail-1"),
        person=ADA,
        source="bail",
        forbids=("queen-mary-centre",),
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
    )
    known(opened(), session(), bail).when(inviting(), CONSTABLE).then_refused(ForbiddenPlace)
    apart = flag("keep-apart", "2026-01-20T10:00", other=BOB)
    story = known(registered(BOB), opened(), session(), apart, invited("2026-01-21T10:00", BOB))
    story.when(inviting(), CONSTABLE).then_refused(KeepApartWarning)
    story.when(inviting(keep_apart_acknowledged=True), CONSTABLE).then_adds(TicketIssued, InvitationMade)


# Drafts


def test_a_step_serves_the_draft_of_its_instrument() -> None:
    draft = InstrumentDrafted(
        at=london("2026-02-10T20:00"),
        instrument=InstrumentId("i-1"),
        person=ADA,
        kind="cpw",
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
        conduct=("street-drinking",),
        comply_by=dt.date(2026, 2, 25),
        ends_on=dt.date(2026, 6, 1),
    )
    command = warn(instrument=InstrumentId("i-1"))
    facts = escalating(draft).when(command, CONSTABLE).then_adds(TicketIssued, InstrumentServed)
    assert isinstance(facts[1], InstrumentServed)
    assert facts[1].conduct == ("street-drinking",)
    assert facts[1].comply_by == dt.date(2026, 2, 25)
    assert facts[1].ends_on == dt.date(2026, 6, 1)


def test_a_step_serves_no_instrument_of_another_kind() -> None:
    draft = InstrumentDrafted(
        at=london("2026-02-10T20:00"),
        instrument=InstrumentId("i-1"),
        person=ADA,
        kind="cpn",
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
    )
    escalating(draft).when(warn(instrument=InstrumentId("i-1")), CONSTABLE).then_refused(NotTheStepsInstrument)


# History


def test_history_is_recorded_with_the_rules_that_it_broke() -> None:
    command = warn(screen=None, offers_hub=False, historic=HISTORIC, **ON_PAPER)
    facts = known(opened(), GREEN).when(command, COORDINATOR).then_adds(TicketIssued, InstrumentServed)
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].overridden == ("no-new-encounter", "no-hub-offer", "not-screened")
    assert (facts[0].override_by, facts[0].override_reason) == (HISTORIC.by, "imported-history")


def test_only_a_clerk_brings_in_history() -> None:
    escalating().when(warn(historic=HISTORIC), CONSTABLE).then_refused(HistoryNotYours)


def test_history_that_broke_no_rule_names_no_override() -> None:
    facts = (
        escalating().when(warn(historic=HISTORIC, **ON_PAPER), COORDINATOR).then_adds(TicketIssued, InstrumentServed)
    )
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].overridden == ()
    assert facts[0].override_by is None


# Equality


def test_equality_fields_are_never_an_input() -> None:
    """Neither the commands, nor what the deciders know, nor a step of a ladder has a field for them."""
    protected = ("ethnic", "sex", "gender", "race", "religion", "belief", "disab", "pregnan", "married", "national")
    named = {
        f"{one.__name__}.{field}"
        for found in pkgutil.iter_modules(domain.engagement.__path__)
        for module in (importlib.import_module(f"domain.engagement.{found.name}"),)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct)
        for field in one.__struct_fields__
    }
    assert len(named) > 200
    assert not [one for one in named if any(word in one.split(".")[1] for word in protected)]


def test_every_refusal_says_its_rule_and_what_would_permit_it() -> None:
    def below(cls: type[Refusal]) -> list[type[Refusal]]:
        return [one for sub in cls.__subclasses__() for one in (sub, *below(sub))]

    ours = [one for one in below(Refusal) if one.__module__.startswith("domain.engagement")]
    assert len({one.code for one in ours}) == len(ours)
    for one in ours:
        assert one.rule.endswith(".")
        assert one.permitted_by or not issubclass(one, NotPermitted)


def test_a_step_without_a_hub_still_needs_an_offer() -> None:
    warned = ticket("2026-02-10T19:00", "amber", 1, ladder=STRICT.ladder)
    story = strictly(warned, met("2026-02-11T09:00"))
    story.when(issue("2026-02-12T10:00", "red", screen="none"), CONSTABLE).then_refused(NoHubOffer)
    facts = (
        story.and_given(session(), invited("2026-02-11T12:00"))
        .when(issue("2026-02-12T10:00", "red", screen="none"), CONSTABLE)
        .then_adds(TicketIssued)
    )
    assert isinstance(facts[0], TicketIssued)
    assert facts[0].lapses_on == dt.date(2026, 5, 12)
    assert facts[0].meaning == "exclusion"


def test_a_notice_needs_its_text() -> None:
    """A notice is never taken for granted: without terms it does not even identify the conduct."""
    warned = ticket("2026-02-10T19:00", "cpw", 1)
    story = escalating(warned, met("2026-02-11T09:00"))
    with pytest.raises(Refusal) as refusal:
        story.when(issue("2026-02-12T10:00", "cpn", screen="none"), CONSTABLE).then_adds(TicketIssued)
    assert refusal.value.code == "conduct-not-identified"
    assert Terms().paper is False
    assert Step(step="cpn", label="Notice", instrument="cpn").adverse
