"""What is contested is kept and not used; what is wrong is corrected, or the person's own words stand beside it."""

import datetime as dt

from msgspec.structs import replace as change

from domain.engagement.encounter import EncounterCorrected, EncounterRecorded, RecordEncounter
from domain.engagement.opening import OpenEpisode
from domain.governance.disclosure import DecideDisclosure, DisclosureDecided
from domain.ids import AgencyId, DisclosureId, EncounterId, EpisodeId, LadderId
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from domain.rights.rectification import (
    AcceptRectification,
    AskRectification,
    CorrectionMissing,
    CorrectionNoted,
    NoteCorrection,
    NothingToNote,
    NotOfThisPerson,
    RectificationAccepted,
    RectificationAsked,
    RectificationDecided,
    RectificationRefused,
    RefuseRectification,
)
from domain.rights.restriction import (
    AllowRestrictedUse,
    LiftProcessingRestriction,
    NotToldBefore,
    ProcessingIsRestricted,
    ProcessingRestricted,
    ProcessingRestrictionLifted,
    RestrictedUseAllowed,
    RestrictionOver,
    RestrictProcessing,
    UseTooLong,
)
from tests.governance.partners import POLICE
from tests.people.examples import ANNA
from tests.rights.asking import (
    KNOWN,
    NOW,
    NURSE,
    OFFICER,
    POLICE_PRIVACY,
    PRIVACY,
    RECTIFICATION,
    RESTRICTION,
    TODAY,
)

RESTRICT = RestrictProcessing(
    at=NOW, processing_restriction=RESTRICTION, person=ANNA, ground="accuracy-contested", rationale="She was not there."
)
RESTRICTED = ProcessingRestricted(
    at=NOW,
    processing_restriction=RESTRICTION,
    person=ANNA,
    by_agency=AgencyId("csp"),
    ground="accuracy-contested",
    scope=RESTRICT.scope,
    rights_request=None,
    rationale="She was not there.",
)
KEPT = KNOWN.and_given(RESTRICTED)
ALLOW = AllowRestrictedUse(
    at=NOW,
    person=ANNA,
    processing_restriction=RESTRICTION,
    to_agency=POLICE,
    use="protecting-another",
    until=NOW + dt.timedelta(days=7),
    rationale="A neighbour was threatened.",
)
ALLOWED = RestrictedUseAllowed(
    at=NOW,
    processing_restriction=RESTRICTION,
    person=ANNA,
    to_agency=POLICE,
    by_worker=PRIVACY.worker,
    use="protecting-another",
    until=NOW + dt.timedelta(days=7),
    rationale="A neighbour was threatened.",
)
TELL_THE_COURT = DecideDisclosure(
    at=NOW,
    disclosure=DisclosureId("d-1"),
    person=ANNA,
    shares=True,
    recipient_kind="court",
    recipient="The magistrates",
    categories=frozenset({"contact"}),
    rationale="They asked.",
    ground="court-order",
)
MET = EncounterRecorded(
    at=NOW, encounter=EncounterId("e-1"), person=ANNA, kind="outreach", by_agency=POLICE, facts_observed="Drinking."
)
CORRECTED = EncounterCorrected(
    at=NOW,
    encounter=EncounterId("e-1"),
    person=ANNA,
    by_agency=POLICE,
    by_worker=OFFICER.worker,
    facts_observed="Not drinking.",
)
LINE = len(KNOWN.facts) + 1
ASK = AskRectification(
    at=NOW, rectification=RECTIFICATION, person=ANNA, line=LINE, wrong="I was drinking.", right="I was not."
)
ASKED = RectificationAsked(
    at=NOW,
    rectification=RECTIFICATION,
    person=ANNA,
    by_agency=POLICE,
    line=LINE,
    rights_request=None,
    wrong="I was drinking.",
    right="I was not.",
)
WRONG = KNOWN.and_given(MET, ASKED)
ACCEPT = AcceptRectification(at=NOW, person=ANNA, rectification=RECTIFICATION)
ACCEPTED = RectificationAccepted(at=NOW, rectification=RECTIFICATION, person=ANNA, correction=LINE + 2)


def test_who_answers_for_the_data_restricts_and_nobody_else() -> None:
    KNOWN.when(RESTRICT, PRIVACY).then(RESTRICTED)
    KNOWN.when(RESTRICT, POLICE_PRIVACY).then(change(RESTRICTED, by_agency=POLICE))
    KNOWN.when(RESTRICT, OFFICER).then_refused(NotPermitted)
    KEPT.when(change(RESTRICT, ground="unlawful-but-kept"), PRIVACY).then_refused(AlreadyExists)


def test_what_is_restricted_is_not_acted_on_but_what_is_seen_is_recorded() -> None:
    episode = OpenEpisode(at=NOW, episode=EpisodeId("ep"), person=ANNA, ladder=LadderId("luscombe"))
    refused = KEPT.when(episode, OFFICER).then_refused(ProcessingIsRestricted)
    assert refused.ask == "csp", "whom to ask"
    KEPT.when(TELL_THE_COURT, OFFICER).then_refused(ProcessingIsRestricted)
    KNOWN.when(TELL_THE_COURT, OFFICER).then_adds(DisclosureDecided)
    met = RecordEncounter(at=NOW, encounter=EncounterId("e-1"), person=ANNA, kind="outreach")
    KEPT.when(met, OFFICER).then_adds(EncounterRecorded)


def test_a_human_says_on_which_exception_an_agency_uses_it_and_not_for_long() -> None:
    KEPT.when(ALLOW, PRIVACY).then(ALLOWED)
    KEPT.when(ALLOW, OFFICER).then_refused(NotPermitted)
    KEPT.when(change(ALLOW, until=NOW + dt.timedelta(days=91)), PRIVACY).then_refused(UseTooLong)
    KEPT.when(change(ALLOW, until=NOW), PRIVACY).then_refused(UseTooLong)
    KEPT.and_given(ALLOWED).when(TELL_THE_COURT, OFFICER).then_adds(DisclosureDecided)
    later = change(TELL_THE_COURT, at=NOW + dt.timedelta(days=8))
    KEPT.and_given(ALLOWED).when(later, OFFICER).then_refused(ProcessingIsRestricted)


def test_a_person_is_told_before_a_restriction_is_lifted() -> None:
    lift = LiftProcessingRestriction(
        at=NOW, person=ANNA, processing_restriction=RESTRICTION, told_on=TODAY, rationale="It was checked."
    )
    lifted = KEPT.when(lift, PRIVACY).then_adds(ProcessingRestrictionLifted)
    KEPT.when(change(lift, told_on=TODAY + dt.timedelta(days=1)), PRIVACY).then_refused(NotToldBefore)
    over = KEPT.and_given(*lifted)
    over.when(TELL_THE_COURT, OFFICER).then_adds(DisclosureDecided)
    over.when(ALLOW, PRIVACY).then_refused(RestrictionOver)


def test_what_a_person_says_is_wrong_is_about_something_that_was_recorded_of_them() -> None:
    KNOWN.and_given(MET).when(ASK, OFFICER).then(ASKED)
    KNOWN.and_given(MET).when(change(ASK, line=1), OFFICER).then_refused(NotOfThisPerson)
    KNOWN.and_given(MET).when(ASK, NURSE).then_refused(Unknown)
    WRONG.when(change(ASK, line=1), OFFICER).then_refused(AlreadyExists)


def test_what_is_accepted_was_corrected_first_by_a_fact_of_its_own() -> None:
    WRONG.when(ACCEPT, PRIVACY).then_refused(CorrectionMissing)
    WRONG.and_given(CORRECTED).when(ACCEPT, PRIVACY).then(ACCEPTED)
    WRONG.and_given(CORRECTED).when(change(ACCEPT, correction=LINE), PRIVACY).then_refused(CorrectionMissing)
    WRONG.and_given(CORRECTED).when(ACCEPT, OFFICER).then_refused(NotPermitted)


def test_what_stands_keeps_the_persons_own_words_beside_it() -> None:
    refuse = RefuseRectification(
        at=NOW,
        person=ANNA,
        rectification=RECTIFICATION,
        reason="accurate",
        reasons="Two officers saw it.",
        statement="I was not drinking.",
    )
    refused = WRONG.when(refuse, PRIVACY).then_adds(RectificationRefused)
    WRONG.and_given(*refused, CORRECTED).when(ACCEPT, PRIVACY).then_refused(RectificationDecided)
    WRONG.and_given(CORRECTED, ACCEPTED).when(refuse, PRIVACY).then_refused(RectificationDecided)


def test_agencies_that_the_person_concerns_take_note_of_a_correction() -> None:
    note = NoteCorrection(at=NOW, person=ANNA, rectification=RECTIFICATION)
    corrected = WRONG.and_given(CORRECTED, ACCEPTED)
    corrected.when(note, OFFICER).then(
        CorrectionNoted(at=NOW, rectification=RECTIFICATION, person=ANNA, by_agency=POLICE)
    )
    corrected.when(note, NURSE).then_refused(Unknown)
    corrected.when(note, PRIVACY).then_refused(Unknown)
    WRONG.when(note, OFFICER).then_refused(NothingToNote)
