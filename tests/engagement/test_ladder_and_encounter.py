"""Ladders as versioned data, and encounters in the street."""

# ruff: noqa: ANN401 - the fields of a fact or command, given on

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.engagement.encounter import (
    CorrectEncounter,
    EncounterCorrected,
    EncounterRecorded,
    EncounterVoided,
    VoidEncounter,
    WelfareWithoutOffer,
    encounters_of,
)
from domain.engagement.ladder import (
    AdoptLadder,
    Ladder,
    LadderAdopted,
    Step,
    StepNamedTwice,
    TicketText,
    VersionAdoptedOtherwise,
    ladders,
    newest,
)
from domain.engagement.overrides import Override
from domain.engagement.published_ladders import CAMBRIDGESHIRE, CITY_2021, CITY_2024, PUBLISHED, USED_BY
from domain.facts import tags_of
from domain.ids import EncounterId, PersonId, WorkerId
from domain.refusals import AlreadyExists, Conflict, NotPermitted, Unknown
from tests.engagement.examples import (
    ADA,
    AGENCIES,
    BOB,
    CGL_WORKER,
    CONSTABLE,
    COORDINATOR,
    COUNCIL_OFFICER,
    START,
    SYSTEM,
    adopted,
    known,
    meet,
    met,
    registered,
    worker,
)
from tests.scenario import Knowing, given, london, run


def adopt(ladder: Ladder) -> AdoptLadder:
    return AdoptLadder(
        at=START,
        ladder=ladder.ladder,
        ladder_version=ladder.version,
        operation=ladder.operation,
        steps=ladder.steps,
        missed_session_escalates=ladder.missed_session_escalates,
        refused_consent_escalates=ladder.refused_consent_escalates,
        first_step_needs_encounter=ladder.first_step_needs_encounter,
        source=ladder.source,
    )


@pytest.mark.parametrize("ladder", PUBLISHED.values(), ids=lambda one: one.ladder)
def test_a_published_ladder_is_adopted_once(ladder: Ladder) -> None:
    given(*AGENCIES).when(adopt(ladder), COORDINATOR).then(adopted(ladder))
    given(*AGENCIES, adopted(ladder)).when(adopt(ladder), COORDINATOR).then_nothing()


def test_the_published_ladders_make_up_no_rule() -> None:
    for ladder in PUBLISHED.values():
        assert all(step.authorised_by == () and step.offers_hub for step in ladder.steps)
        assert not ladder.missed_session_escalates
        assert not ladder.refused_consent_escalates
    assert [step.instrument for step in CITY_2024.steps] == [None, None, None]
    assert CITY_2024.steps[0].lasts_months == 12
    assert CITY_2024.steps[0].adverse, "green is a warning here"
    assert not CITY_2021.steps[0].adverse, "and an invitation there"


def test_a_version_once_adopted_never_changes() -> None:
    other = msgspec.structs.replace(CAMBRIDGESHIRE, steps=CAMBRIDGESHIRE.steps[:2])
    given(*AGENCIES, adopted(CAMBRIDGESHIRE)).when(adopt(other), COORDINATOR).then_refused(VersionAdoptedOtherwise)
    switched = msgspec.structs.replace(CAMBRIDGESHIRE, missed_session_escalates=True)
    given(*AGENCIES, adopted(CAMBRIDGESHIRE)).when(adopt(switched), COORDINATOR).then_refused(VersionAdoptedOtherwise)


def test_a_changed_ladder_is_a_new_version() -> None:
    second = msgspec.structs.replace(CAMBRIDGESHIRE, version=2, steps=CAMBRIDGESHIRE.steps[:2])
    facts = given(*AGENCIES, adopted(CAMBRIDGESHIRE)).when(adopt(second), COORDINATOR).then_adds(LadderAdopted)
    known = run(Knowing((adopted(CAMBRIDGESHIRE), *facts))(ladders()))
    assert newest(known, CAMBRIDGESHIRE.ladder) == second


def test_each_step_has_a_code_of_its_own() -> None:
    twice = msgspec.structs.replace(CAMBRIDGESHIRE, steps=(CAMBRIDGESHIRE.steps[0], CAMBRIDGESHIRE.steps[0]))
    given(*AGENCIES).when(adopt(twice), COORDINATOR).then_refused(StepNamedTwice)


def test_a_constable_does_not_set_the_ladder() -> None:
    given(*AGENCIES).when(adopt(CAMBRIDGESHIRE), CONSTABLE).then_refused(NotPermitted)


def test_a_ticket_says_its_text_in_several_languages() -> None:
    step = Step(
        step="green",
        label="Green",
        texts=(TicketText(language="en", text="Come to the hub."), TicketText(language="pl", text="Przyjdź.")),
    )
    assert msgspec.json.decode(msgspec.json.encode(step), type=Step) == step


def test_the_published_ladders_are_those_of_the_sources() -> None:
    """Codes, labels, instruments, hub offers and sources are as published."""
    cases = Path(__file__).with_name("published_ladders.json")
    for row in json.loads(cases.read_text()):
        ladder = PUBLISHED[row["ladder"]]
        assert USED_BY[ladder.ladder] == tuple(row["used_by"])
        assert (ladder.version, ladder.operation, ladder.source) == (row["version"], row["operation"], row["source"])
        assert [
            (step.step, step.label, step.instrument, step.offers_hub, step.lasts_months) for step in ladder.steps
        ] == [
            (one["step"], one["label"], one["instrument"], one["offers_hub"], one.get("lasts_months"))
            for one in row["steps"]
        ]


# Encounters


def test_an_encounter_is_recorded_once_with_who_met_the_person() -> None:
    command = meet("2026-02-10T18:00", facts_observed="Drank on the bench.", opinions="Seemed cold.")
    facts = known().when(command, CONSTABLE).then_adds(EncounterRecorded)
    assert isinstance(facts[0], EncounterRecorded)
    assert facts[0].officer == CONSTABLE.worker
    assert (facts[0].facts_observed, facts[0].opinions) == ("Drank on the bench.", "Seemed cold.")
    assert tags_of(facts[0]) == ("encounter:met", "person:ada")


def test_an_encounter_id_is_one_encounters() -> None:
    taken = met("2026-02-10T18:00", "met", person=BOB)
    known(registered(BOB), taken).when(meet("2026-02-10T18:00"), CONSTABLE).then_refused(AlreadyExists)


def test_whoever_meets_a_person_may_record_it() -> None:
    known().when(meet("2026-02-10T18:00"), COUNCIL_OFFICER).then_adds(EncounterRecorded)
    known().when(meet("2026-02-10T18:00"), CGL_WORKER).then_adds(EncounterRecorded)


def test_who_does_no_street_work_records_no_encounter() -> None:
    known().when(meet("2026-02-10T18:00"), worker("admin-1", "administrator")).then_refused(NotPermitted)


def test_nobody_meets_a_person_who_is_not_registered() -> None:
    known().when(meet("2026-02-10T18:00", person=PersonId("nobody")), CONSTABLE).then_refused(Unknown)


def test_a_welfare_concern_is_always_followed_by_an_offer() -> None:
    silent = meet("2026-02-10T18:00", kind="welfare", asb_type=None)
    known().when(silent, CONSTABLE).then_refused(WelfareWithoutOffer)
    known().when(meet("2026-02-10T18:00", welfare_concern=True), CONSTABLE).then_refused(WelfareWithoutOffer)
    offered = meet("2026-02-10T18:00", kind="welfare", asb_type=None, offer="shelter", offer_taken=False)
    known().when(offered, CONSTABLE).then_adds(EncounterRecorded)


def test_a_welfare_concern_without_an_offer_is_history_only() -> None:
    historic = Override(by=WorkerId("clerk-1"), reason="imported-history")
    silent = meet("2026-02-10T18:00", kind="welfare", asb_type=None, historic=historic)
    facts = known().when(silent, SYSTEM).then_adds(EncounterRecorded)
    assert isinstance(facts[0], EncounterRecorded)
    assert (facts[0].overridden, facts[0].override_by) == (("welfare-without-offer",), historic.by)
    assert facts[0].officer is None


def correct(**more: Any) -> CorrectEncounter:
    return CorrectEncounter(
        **{"at": london("2026-02-11T09:00"), "encounter": EncounterId("met-2026-02-10"), "person": ADA, **more}
    )


def test_a_correction_appends_and_holds_from_then_on() -> None:
    story = known(met("2026-02-10T18:00"))
    facts = story.when(correct(asb_type="begging", coercion_suspected=True), CONSTABLE).then_adds(EncounterCorrected)
    state = run(Knowing(story.facts + facts)(encounters_of(ADA)))
    encounter = state[EncounterId("met-2026-02-10")]
    assert (encounter.asb_type, encounter.coercion_suspected, encounter.kind) == ("begging", True, "asb")


def test_a_correction_keeps_to_the_same_rules() -> None:
    story = known(met("2026-02-10T18:00"))
    story.when(correct(welfare_concern=True), CONSTABLE).then_refused(WelfareWithoutOffer)
    story.when(correct(kind="welfare"), CONSTABLE).then_refused(WelfareWithoutOffer)
    story.when(correct(welfare_concern=True, offer="hub"), CONSTABLE).then_adds(EncounterCorrected)


def test_only_what_was_recorded_and_stands_is_corrected() -> None:
    known().when(correct(), CONSTABLE).then_refused(Unknown)
    void = VoidEncounter(
        at=london("2026-02-10T20:00"), encounter=EncounterId("met-2026-02-10"), person=ADA, reason="wrong-person"
    )
    story = known(met("2026-02-10T18:00"))
    facts = story.when(void, CONSTABLE).then_adds(EncounterVoided)
    story.and_given(*facts).when(correct(), CONSTABLE).then_refused(Conflict)
    known().when(void, CONSTABLE).then_refused(Unknown)


def test_what_does_not_concern_an_agency_is_not_there() -> None:
    story = known(met("2026-02-10T18:00"))
    story.when(correct(kind="outreach"), COUNCIL_OFFICER).then_refused(Unknown)
    void = VoidEncounter(
        at=london("2026-02-10T20:00"), encounter=EncounterId("met-2026-02-10"), person=ADA, reason="wrong-person"
    )
    story.when(void, CGL_WORKER).then_refused(Unknown)
