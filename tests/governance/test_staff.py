"""Who works for whom, in which role: posts are given by others, and who leaves leaves nothing ownerless."""

import datetime as dt
from typing import cast

import msgspec
import pytest

from application.deciding import Decider
from application.permitting import NotInPost
from application.posting import AgencyUnknown, see_in_post
from domain.actors import Actor, Role
from domain.facts import Command
from domain.governance.partnership import Partnership
from domain.governance.partnership import evolve as evolve_partnership
from domain.governance.staff import (
    ArrangeCover,
    Cover,
    CoverArranged,
    CoverEndsBeforeItBegins,
    DisbandTeam,
    EndPost,
    FormTeam,
    NobodysPost,
    NotAColleague,
    NotYoursToPost,
    PostWorker,
    StillOwnsWork,
    TeamDisbanded,
    TeamFormed,
    TeamOfAnother,
    WorkerLeft,
    WorkerPosted,
)
from domain.ids import AgencyId, PersonId, PlanId, TeamId, WorkerId
from domain.refusals import NotPermitted, Unknown
from domain.support.plan import PlanHandedOver, PlanOpened
from tests.governance.partners import NOON, PARTNERS, POLICE, RECOVERY, worker
from tests.scenario import Knowing, run

JO, SAM, KIM = WorkerId("jo"), WorkerId("sam"), WorkerId("kim")
NIGHTS = TeamId("nights")
BODY = worker("administrator")
OF_POLICE = worker("administrator", POLICE)
OF_RECOVERY = worker("administrator", RECOVERY)

FORMED = TeamFormed(at=NOON, team=NIGHTS, agency=POLICE, name="Nights")


def posted(one: WorkerId, agency: AgencyId = POLICE, role: Role = "constable", **more: object) -> WorkerPosted:
    return msgspec.structs.replace(WorkerPosted(at=NOON, worker=one, agency=agency, role=role), **more)


def posting(one: WorkerId, agency: AgencyId = POLICE, role: Role = "constable", **more: object) -> PostWorker:
    return msgspec.structs.replace(PostWorker(at=NOON, worker=one, agency=agency, role=role), **more)


def leaving(one: WorkerId, work_to: WorkerId | None = None) -> EndPost:
    return EndPost(at=NOON, worker=one, work_to=work_to)


def left(one: WorkerId, agency: AgencyId = POLICE, work_to: WorkerId | None = None) -> WorkerLeft:
    return WorkerLeft(at=NOON, worker=one, agency=agency, work_to=work_to)


def covering(one: WorkerId, by: WorkerId, first: int = 2, last: int = 6) -> ArrangeCover:
    return ArrangeCover(
        at=NOON,
        worker=one,
        covered_by=by,
        from_date=dt.date(2026, 3, first),
        until_date=dt.date(2026, 3, last),
    )


def test_an_administrator_gives_a_worker_a_post_of_their_agency() -> None:
    PARTNERS.when(posting(JO), OF_POLICE).then(posted(JO))
    PARTNERS.and_given(posted(JO)).when(posting(JO), OF_POLICE).then_nothing()
    PARTNERS.and_given(posted(JO)).when(posting(JO, role="supervisor"), OF_POLICE).then(posted(JO, role="supervisor"))


def test_one_agency_administers_its_own_staff_and_the_partnerships_body_everybodys() -> None:
    PARTNERS.when(posting(JO), OF_RECOVERY).then_refused(NotYoursToPost)
    PARTNERS.when(posting(JO), BODY).then(posted(JO))
    forming = FormTeam(at=NOON, team=NIGHTS, agency=POLICE, name="Nights")
    PARTNERS.when(forming, OF_RECOVERY).then_refused(NotYoursToPost)
    formed = PARTNERS.and_given(FORMED)
    formed.when(DisbandTeam(at=NOON, team=NIGHTS), OF_RECOVERY).then_refused(NotYoursToPost)
    PARTNERS.and_given(posted(JO)).when(leaving(JO), OF_RECOVERY).then_refused(NotYoursToPost)


def test_nobody_takes_a_worker_from_another_agency_unless_those_there_let_go() -> None:
    there = PARTNERS.and_given(posted(JO))
    there.when(posting(JO, RECOVERY, "agency-worker"), OF_RECOVERY).then_refused(NotYoursToPost)
    there.when(posting(JO, RECOVERY, "agency-worker"), OF_POLICE).then_refused(NotYoursToPost)
    there.when(posting(JO, RECOVERY, "agency-worker"), BODY).then(posted(JO, RECOVERY, "agency-worker"))
    gone = there.and_given(left(JO))
    gone.when(posting(JO, RECOVERY, "agency-worker"), OF_RECOVERY).then_adds(WorkerPosted)


def test_nobody_sees_to_their_own_post() -> None:
    for one in (BODY, OF_POLICE):
        higher = posting(one.worker, one.agency, "hub-coordinator")
        PARTNERS.when(higher, one).then_refused(NotYoursToPost)
        PARTNERS.when(leaving(one.worker), one).then_refused(NotYoursToPost)


@pytest.mark.parametrize("role", ["supervisor", "constable", "hub-coordinator", "data-protection-officer"])
def test_posts_are_given_by_administrators_alone(role: Role) -> None:
    PARTNERS.when(posting(JO), worker(role, POLICE)).then_refused(
        NotYoursToPost if role == "hub-coordinator" else NotPermitted
    )


def test_an_administrator_who_left_gives_no_posts_any_more() -> None:
    PARTNERS.and_given(left(OF_POLICE.worker)).when(posting(JO), OF_POLICE).then_refused(NotInPost)
    moved = PARTNERS.and_given(posted(OF_POLICE.worker, RECOVERY, "administrator"))
    moved.when(posting(JO), OF_POLICE).then_refused(NotInPost)


def test_the_systems_role_is_nobodys_post_and_a_role_that_there_is_not_is_unreadable() -> None:
    PARTNERS.when(posting(JO, role="system"), BODY).then_refused(NobodysPost)
    made_up = msgspec.to_builtins(posting(JO)) | {"role": "chief-of-everything"}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(made_up, PostWorker)


def test_a_post_is_at_an_agency_and_in_a_team_that_there_is() -> None:
    PARTNERS.when(posting(JO, AgencyId("nowhere")), BODY).then_refused(Unknown)
    PARTNERS.when(posting(JO, team=NIGHTS), OF_POLICE).then_refused(Unknown)
    PARTNERS.when(FormTeam(at=NOON, team=NIGHTS, agency=AgencyId("nowhere"), name="N"), BODY).then_refused(Unknown)


def test_a_team_stays_with_its_agency_and_takes_its_workers() -> None:
    forming = FormTeam(at=NOON, team=NIGHTS, agency=POLICE, name="Nights")
    PARTNERS.when(forming, OF_POLICE).then(FORMED)
    formed = PARTNERS.and_given(FORMED)
    formed.when(forming, OF_POLICE).then_nothing()
    formed.when(msgspec.structs.replace(forming, name="Late shift"), OF_POLICE).then_adds(TeamFormed)
    formed.when(msgspec.structs.replace(forming, agency=RECOVERY), BODY).then_refused(TeamOfAnother)
    formed.when(posting(JO, team=NIGHTS), OF_POLICE).then(posted(JO, team=NIGHTS))
    formed.when(posting(JO, RECOVERY, "agency-worker", team=NIGHTS), BODY).then_refused(TeamOfAnother)


def test_a_team_that_is_disbanded_leaves_its_members_their_posts() -> None:
    disbanded = TeamDisbanded(at=NOON, team=NIGHTS, agency=POLICE)
    story = PARTNERS.and_given(FORMED, posted(JO, team=NIGHTS))
    story.when(DisbandTeam(at=NOON, team=NIGHTS), OF_POLICE).then(disbanded)
    PARTNERS.when(DisbandTeam(at=NOON, team=NIGHTS), OF_POLICE).then_nothing()
    known = Partnership()
    for fact in (*story.facts, disbanded):
        known = evolve_partnership(known, fact)
    assert known.staff.teams == {}
    assert known.staff.posts[JO].role == "constable"
    assert known.staff.posts[JO].team is None


OPENED = PlanOpened(
    at=NOON, plan=PlanId("p-1"), person=PersonId("ada"), agency=POLICE, owner=JO, review_on=dt.date(2026, 4, 1)
)


def test_who_leaves_hands_over_what_is_theirs_to_a_colleague() -> None:
    story = PARTNERS.and_given(posted(JO), posted(SAM), posted(KIM, RECOVERY, "agency-worker"))
    story.when(leaving(JO), OF_POLICE).then(left(JO))
    story.when(leaving(WorkerId("nobody")), OF_POLICE).then_nothing()
    owning = story.and_given(OPENED)
    owning.when(leaving(JO), OF_POLICE).then_refused(StillOwnsWork, count=1)
    handed = PlanHandedOver(
        at=NOON, plan=PlanId("p-1"), person=PersonId("ada"), agency=POLICE, from_owner=JO, to_owner=SAM
    )
    owning.when(leaving(JO, SAM), OF_POLICE).then(handed, left(JO, work_to=SAM))
    for nobody in (JO, KIM, WorkerId("stranger")):
        owning.when(leaving(JO, nobody), OF_POLICE).then_refused(NotAColleague)


def test_a_worker_a_supervisor_or_an_administrator_arranges_cover_by_a_colleague() -> None:
    story = PARTNERS.and_given(posted(JO), posted(SAM), posted(KIM, RECOVERY, "agency-worker"))
    arranged = CoverArranged(
        at=NOON,
        worker=JO,
        agency=POLICE,
        covered_by=SAM,
        from_date=dt.date(2026, 3, 2),
        until_date=dt.date(2026, 3, 6),
    )
    for one in (worker("constable", POLICE, JO), worker("supervisor", POLICE), OF_POLICE, BODY):
        story.when(covering(JO, SAM), one).then(arranged)
    story.when(covering(JO, SAM), worker("supervisor", RECOVERY)).then_refused(NotPermitted)
    story.when(covering(JO, SAM), OF_RECOVERY).then_refused(NotYoursToPost)
    story.when(covering(JO, SAM), worker("constable", POLICE, SAM)).then_refused(NotPermitted)
    story.when(covering(JO, KIM), OF_POLICE).then_refused(NotAColleague)
    story.when(covering(JO, SAM, 6, 2), OF_POLICE).then_refused(CoverEndsBeforeItBegins)
    story.when(covering(WorkerId("nobody"), SAM), OF_POLICE).then_refused(Unknown)


def test_cover_lasts_both_days_included_and_ends_with_the_post() -> None:
    week = Cover(SAM, dt.date(2026, 3, 2), dt.date(2026, 3, 6))
    assert [week.on(dt.date(2026, 3, day)) for day in (1, 2, 6, 7)] == [False, True, True, False]
    known = Partnership()
    arranged = CoverArranged(
        at=NOON, worker=JO, agency=POLICE, covered_by=SAM, from_date=week.from_date, until_date=week.until_date
    )
    for fact in (posted(JO), posted(SAM), arranged):
        known = evolve_partnership(known, fact)
    assert known.staff.covered_by(SAM, dt.date(2026, 3, 4)) == (JO,)
    assert known.staff.covered_by(SAM, dt.date(2026, 3, 7)) == ()
    gone = evolve_partnership(known, left(JO))
    assert gone.staff.covered_by(SAM, dt.date(2026, 3, 4)) == ()


def test_somebody_acts_in_the_post_they_hold_whatever_their_token_says() -> None:
    known = Partnership()
    for fact in (*PARTNERS.facts, FORMED, posted(JO, team=NIGHTS)):
        known = evolve_partnership(known, fact)
    says = worker("supervisor", RECOVERY, JO)
    assert not known.in_post(says)
    acting = known.acting(says)
    assert (acting.agency, acting.role, acting.team) == (POLICE, "constable", NIGHTS)
    assert known.in_post(acting)
    assert not evolve_partnership(known, left(JO)).in_post(acting)


class Telling:
    """Decides nothing, and remembers what it was asked to."""

    def __init__(self) -> None:
        self.asked: list[Command] = []

    def know(self, _: str) -> Knowing:
        return Knowing(PARTNERS.facts)

    async def decide(self, command: Command, by: Actor) -> None:
        assert by.by_command_line
        self.asked.append(command)


class Noon:
    def now(self) -> dt.datetime:
        return NOON


def test_a_token_that_is_made_gives_its_worker_the_post_at_an_agency_that_there_is() -> None:
    telling = Telling()
    run(see_in_post(cast("Decider", telling), worker("constable", POLICE, JO), Noon()))
    assert telling.asked == [posting(JO)]
    with pytest.raises(AgencyUnknown):
        run(see_in_post(cast("Decider", telling), worker("constable", AgencyId("nowhere"), JO), Noon()))
