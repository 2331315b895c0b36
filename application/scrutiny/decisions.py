"""Decisions of a scrutiny panel. Who sits on it is judged by the panel as it sits now; no case is changed by any."""

from application.deciding import Know, decides
from application.permitting import permit, the_agency
from application.scrutiny.population import in_strata, taken, taken_before
from application.scrutiny.shut import SHUT, shut_to_panels
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Facts
from domain.governance.partnership import partnership
from domain.governance.sharing import Resource
from domain.ids import CaseId, PanelId, SampleId, WorkerId
from domain.refusals import NotPermitted
from domain.scrutiny import grading, panel, recommendation, reporting, sample, verification
from domain.scrutiny.panel import Panel, a_member, the_chair
from domain.scrutiny.sample import Decided, Sample
from domain.scrutiny.scrutiny import Scrutiny, scrutiny

SCRUTINY = Resource(category="scrutiny", of_person=False)


async def _lay(know: Know, by: Actor) -> frozenset[WorkerId]:
    """Who may sit on a panel, for who may convene one: an administrator of the partnership's own body.

    A panel member's post is one with that body, and with no agency that works cases.
    """
    await permit(know, by, "write", SCRUTINY)
    known = await know(partnership())
    if by.role != "system" and (by.role != "administrator" or known.kind_of(by.agency) != "partnership"):
        raise NotPermitted(role=by.role, category="scrutiny", action="write")
    return frozenset(
        one.worker
        for one in known.staff.posts.values()
        if one.role == "panel-member" and known.kind_of(one.agency) == "partnership"
    )


async def _sitting(know: Know, by: Actor, one: PanelId) -> tuple[Scrutiny, Panel]:
    """What the panels did, and a panel, for who sits on it."""
    await permit(know, by, "write", SCRUTINY)
    known = await know(scrutiny())
    return known, a_member(known.panel(one), by.worker)


async def _chairing(know: Know, by: Actor, one: PanelId) -> tuple[Scrutiny, Panel]:
    known, sits = await _sitting(know, by, one)
    return known, the_chair(sits, by.worker)


async def _counted(know: Know, one: Sample) -> dict[str, tuple[Decided, ...]]:
    """The population of a sample as it was counted."""
    if one.from_date is None or one.to_date is None:
        return {}
    return in_strata(await know(taken_before(one.id)), one.strata, one.from_date, one.to_date)


@decides(panel.ConvenePanel)
async def convene_panel(know: Know, command: panel.ConvenePanel, by: Actor) -> Facts:
    """The partnership's own administrator enters who was chosen; nobody convenes a panel for themselves."""
    return panel.convene(command, (await know(scrutiny())).panels, await _lay(know, by))


@decides(panel.ChangePanel)
async def change_panel(know: Know, command: panel.ChangePanel, by: Actor) -> Facts:
    """The same enters who sits on it from now on."""
    return panel.change(command, (await know(scrutiny())).panels, await _lay(know, by))


@decides(sample.CommitSample)
async def commit_sample(know: Know, command: sample.CommitSample, by: Actor) -> Facts:
    """The chair binds herself to a seed, and the population is counted at that moment."""
    known, _ = await _chairing(know, by, command.panel)
    decided = in_strata(await know(taken()), command.strata, command.from_date, command.to_date)
    population = {stratum: [one.case for one in cases] for stratum, cases in decided.items()}
    return sample.commit(command, known.samples, population, civil_date(know.now))


@decides(sample.CastLot)
async def cast_lot(know: Know, command: sample.CastLot, by: Actor) -> Facts:
    """Another member says a word."""
    known, sits = await _sitting(know, by, command.panel)
    return sample.cast_lot(command, known.sample(command.panel, command.sample), sits, by.worker)


@decides(sample.DrawSample)
async def draw_sample(know: Know, command: sample.DrawSample, by: Actor) -> Facts:
    """The chair shows the seed."""
    known, _ = await _chairing(know, by, command.panel)
    one = known.sample(command.panel, command.sample)
    return sample.draw(command, one, await _counted(know, one))


@decides(sample.ChooseSample)
async def choose_sample(know: Know, command: sample.ChooseSample, by: Actor) -> Facts:
    """The chair chooses, and it says so for good."""
    known, _ = await _chairing(know, by, command.panel)
    decided: dict[CaseId, Decided] = {one.case: one for one in (await know(taken())).all()}
    return sample.choose(command, known.samples, decided)


@decides(sample.AbandonSample)
async def abandon_sample(know: Know, command: sample.AbandonSample, by: Actor) -> Facts:
    """The chair gives it up."""
    known, _ = await _chairing(know, by, command.panel)
    return sample.abandon(command, known.sample(command.panel, command.sample))


@decides(sample.ExcludeCase)
async def exclude_case(know: Know, command: sample.ExcludeCase, by: Actor) -> Facts:
    """The chair leaves a case out, which nobody has graded, or which nobody may look at any more."""
    known, _ = await _chairing(know, by, command.panel)
    one = known.sample(command.panel, command.sample)
    shut: frozenset[sample.Exclusion] = frozenset()
    if any(each.case == command.case for each in one.cases):
        shut = await shut_to_panels(know, by, one.case_of(command.case).person)
    if command.reason in SHUT and command.reason not in shut:
        raise sample.NotSo(reason=command.reason)
    graded = frozenset(
        case
        for (of, case), each in known.grades.items()
        if of == one.id and (each.grade is not None or command.reason not in SHUT)
    )
    return sample.exclude(command, one, await _counted(know, one), graded)


@decides(sample.OpenRoom)
async def open_room(know: Know, command: sample.OpenRoom, by: Actor) -> Facts:
    """The chair opens the packs to the members."""
    known, _ = await _chairing(know, by, command.panel)
    return sample.open_room(command, known.sample(command.panel, command.sample), know.now)


@decides(sample.CloseRoom)
async def close_room(know: Know, command: sample.CloseRoom, by: Actor) -> Facts:
    """The chair closes them."""
    known, _ = await _chairing(know, by, command.panel)
    return sample.close_room(command, known.sample(command.panel, command.sample))


def _in_the_room(know: Know, known: Scrutiny, of: PanelId, one: SampleId) -> Sample:
    found = known.sample(of, one)
    if not found.open_at(know.now):
        raise grading.RoomIsClosed
    return found


@decides(grading.GradeCase)
async def grade_case(know: Know, command: grading.GradeCase, by: Actor) -> Facts:
    """A member, in the room."""
    known, sits = await _sitting(know, by, command.panel)
    one = _in_the_room(know, known, command.panel, command.sample)
    return grading.grade(command, one, sits, known.grades, by.worker)


@decides(grading.ConcludeCase)
async def conclude_case(know: Know, command: grading.ConcludeCase, by: Actor) -> Facts:
    """The chair, in the room."""
    known, sits = await _chairing(know, by, command.panel)
    one = _in_the_room(know, known, command.panel, command.sample)
    return grading.conclude(command, one, sits, known.grades, by.worker)


@decides(reporting.PublishReport)
async def publish_report(know: Know, command: reporting.PublishReport, by: Actor) -> Facts:
    """The chair publishes."""
    known, sits = await _chairing(know, by, command.panel)
    one = known.sample(command.panel, command.sample)
    return reporting.publish(command, one, sits, known.grades, known.reports.get(one.id))


@decides(recommendation.MakeRecommendation)
async def make_recommendation(know: Know, command: recommendation.MakeRecommendation, by: Actor) -> Facts:
    """The chair asks an agency of the partnership."""
    known, _ = await _chairing(know, by, command.panel)
    if command.sample is not None:
        known.sample(command.panel, command.sample)
    await the_agency(know, command.to_agency)
    return recommendation.make(command, known.recommendations)


@decides(recommendation.AnswerRecommendation)
async def answer_recommendation(know: Know, command: recommendation.AnswerRecommendation, by: Actor) -> Facts:
    """Who speaks for the agency that was asked: never a member of a panel."""
    await permit(know, by, "write", SCRUTINY)
    if by.role == "panel-member":
        raise recommendation.NotAskedOfYou
    known = (await know(scrutiny())).recommendation(command.panel, command.recommendation)
    return recommendation.answer(command, known, by.agency)


@decides(recommendation.FollowUpRecommendation)
async def follow_up_recommendation(know: Know, command: recommendation.FollowUpRecommendation, by: Actor) -> Facts:
    """The chair looks at what came of it."""
    known, _ = await _chairing(know, by, command.panel)
    one = known.recommendation(command.panel, command.recommendation)
    return recommendation.follow_up(command, one, know.now)


@decides(verification.RecordVerification)
async def record_verification(know: Know, command: verification.RecordVerification, by: Actor) -> Facts:
    """Who sits on a panel, and who speaks for an agency."""
    await permit(know, by, "write", SCRUTINY)
    return verification.record(command, (await know(scrutiny())).verifications, by.worker)
