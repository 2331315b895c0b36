"""Who works for which agency: one post at a time, given by others, and nothing is left ownerless."""

import datetime as dt
from typing import Any

import pytest

from application.posting import AgencyUnknown, see_in_post
from domain.actors import Actor, Role
from domain.governance.agency import AgencyRegistered
from domain.governance.partnership import partnership
from domain.governance.staff import (
    ArrangeCover,
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
from domain.ids import AgencyId, PartnershipId, PersonId, PlanId, TeamId, WorkerId
from domain.support.plan import PlanHandedOver, PlanOpened
from tests.api.world import world
from tests.scenario import given, london

CSP, POLICE, HEALTH = AgencyId("csp"), AgencyId("police"), AgencyId("health")
JO, KIM, LEE = WorkerId("jo"), WorkerId("kim"), WorkerId("lee")
STREET = TeamId("street")
PLAN, ANNA = PlanId("plan-1"), PersonId("anna")
NOON = london("2026-03-02T12:00")
MONDAY, FRIDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 6)


def worker(role: Role, agency: AgencyId = CSP, name: str = "admin") -> Actor:
    return Actor(worker=WorkerId(name), agency=agency, role=role, partnership=PartnershipId("fenland"))


def posted(one: WorkerId, agency: AgencyId = HEALTH, **more: Any) -> WorkerPosted:  # noqa: ANN401
    return WorkerPosted(at=NOON, worker=one, agency=agency, role="agency-worker", **more)


def posting(one: WorkerId, agency: AgencyId = HEALTH, role: Role = "agency-worker", **more: Any) -> PostWorker:  # noqa: ANN401
    return PostWorker(at=NOON, worker=one, agency=agency, role=role, **more)


def covering(by: WorkerId, until: dt.date = FRIDAY) -> ArrangeCover:
    return ArrangeCover(at=NOON, worker=JO, covered_by=by, from_date=MONDAY, until_date=until)


ADMINISTRATOR = worker("administrator")
TEAM = TeamFormed(at=NOON, team=STREET, agency=HEALTH, name="Street team")
STORY = given(
    AgencyRegistered(at=NOON, agency=CSP, name="CSP", kind="partnership"),
    AgencyRegistered(at=NOON, agency=POLICE, name="Police", kind="police"),
    AgencyRegistered(at=NOON, agency=HEALTH, name="Health", kind="health"),
    TEAM,
)


def test_a_worker_holds_one_post_in_a_team_of_that_agency() -> None:
    STORY.when(posting(JO, team=STREET), ADMINISTRATOR).then(posted(JO, team=STREET))
    STORY.when(posting(JO, POLICE, team=STREET), ADMINISTRATOR).then_refused(TeamOfAnother)
    STORY.and_given(posted(JO)).when(posting(JO, POLICE), ADMINISTRATOR).then(posted(JO, POLICE))


def test_the_systems_role_is_nobodys_post() -> None:
    STORY.when(posting(JO, role="system"), ADMINISTRATOR).then_refused(NobodysPost)


def test_an_administrator_sees_to_the_posts_of_their_own_agency_and_nobody_to_their_own() -> None:
    of_health = worker("administrator", HEALTH)
    STORY.when(posting(JO), of_health).then(posted(JO))
    STORY.when(posting(JO, POLICE), of_health).then_refused(NotYoursToPost)
    STORY.and_given(posted(JO, POLICE)).when(posting(JO), of_health).then_refused(NotYoursToPost)
    STORY.when(posting(ADMINISTRATOR.worker, CSP), ADMINISTRATOR).then_refused(NotYoursToPost)
    STORY.when(posting(JO), worker("hub-coordinator")).then_refused(NotYoursToPost)


def test_a_team_stays_with_its_agency() -> None:
    forming = FormTeam(at=NOON, team=STREET, agency=POLICE, name="Street team")
    STORY.when(forming, ADMINISTRATOR).then_refused(TeamOfAnother)
    STORY.when(DisbandTeam(at=NOON, team=STREET), ADMINISTRATOR).then(
        TeamDisbanded(at=NOON, team=STREET, agency=HEALTH)
    )


def test_who_owns_work_leaves_only_when_a_colleague_takes_it_over() -> None:
    opened = PlanOpened(at=NOON, plan=PLAN, person=ANNA, agency=HEALTH, owner=JO, review_on=FRIDAY)
    story = STORY.and_given(posted(JO), posted(KIM), posted(LEE, POLICE), opened)
    story.when(EndPost(at=NOON, worker=JO), ADMINISTRATOR).then_refused(StillOwnsWork, count=1)
    story.when(EndPost(at=NOON, worker=JO, work_to=LEE), ADMINISTRATOR).then_refused(NotAColleague)
    story.when(EndPost(at=NOON, worker=JO, work_to=KIM), ADMINISTRATOR).then_adds(PlanHandedOver, WorkerLeft)
    story.when(EndPost(at=NOON, worker=KIM), ADMINISTRATOR).then_adds(WorkerLeft)


def test_a_colleague_covers_from_a_day_until_the_same_or_a_later_one() -> None:
    story = STORY.and_given(posted(JO), posted(KIM), posted(LEE, POLICE))
    herself = worker("agency-worker", HEALTH, JO)
    story.when(covering(KIM), herself).then_adds(CoverArranged)
    story.when(covering(KIM, MONDAY), herself).then_adds(CoverArranged)
    story.when(covering(KIM, dt.date(2026, 3, 1)), herself).then_refused(CoverEndsBeforeItBegins)
    story.when(covering(LEE), herself).then_refused(NotAColleague)
    story.when(covering(JO), herself).then_refused(NotAColleague)


@pytest.mark.anyio
async def test_nobody_is_seen_in_a_post_at_an_agency_that_there_is_not() -> None:
    async with world() as here:
        await here.agencies(("csp", "partnership"))
        stranger = worker("agency-worker", AgencyId("elsewhere"))
        with pytest.raises(AgencyUnknown):
            await see_in_post(here.hub.decider, stranger, here.clock)
        known = await here.hub.decider.know(stranger.partnership)(partnership())
        assert stranger.worker not in known.staff.posts
