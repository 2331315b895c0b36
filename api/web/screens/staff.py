"""Who is in post at which agency, in which role and team; who covers for them; and the teams.

Everybody who works here may look. An administrator sees to the posts of their own agency, one of the partnership to
all, and nobody to their own.
"""

from typing import Final

from api.serving import Answer
from api.web import acts, forms, options
from api.web.routes import AnyScreen, screen
from api.web.screens.administration import part_page
from api.web.visit import Visit
from domain.calendar import civil_date
from domain.governance.staff import PostWorker
from domain.ids import AgencyId, TeamId, WorkerId
from domain.refusals import NotPermitted

PATH: Final = "/administration/workers"
AGENCY: Final = "agency"


async def sees_to(visit: Visit, agency: AgencyId, worker: WorkerId | None = None) -> bool:
    """Whether the viewer is offered to change the posts of an agency, and that of this worker."""
    everywhere = (await visit.partnership()).kind_of(visit.viewer.agency) == "partnership"
    own = worker is not None and worker == visit.viewer.worker
    return visit.viewer.role == "administrator" and not own and (everywhere or visit.viewer.agency == agency)


async def workers(visit: Visit) -> Answer:
    """Who holds which post, agency by agency, and the teams; of one agency, where one is named."""
    known = await visit.partnership()
    asked = AgencyId(visit.query[AGENCY]) if visit.query.get(AGENCY) in known.agencies else None
    posts = (await visit.hub.readings.governance.workers(visit.viewer, agency=asked)).items
    teams = (await visit.hub.readings.governance.teams(visit.viewer, agency=asked)).items
    today = civil_date(visit.hub.clock.now())
    return await part_page(
        visit,
        "administration_workers.html",
        "workers",
        posts=posts,
        teams=teams,
        members={one.id: sum(post.team == one.id for post in posts) for one in teams},
        team_names={one.id: one.name for one in teams},
        covered={one.worker: [each.by for each in one.covers if each.on(today)] for one in posts},
        agencies=sorted(known.agencies.values(), key=lambda one: one.name.casefold()),
        names={str(one.id): one.name for one in known.agencies.values()},
        agency=asked,
        may_agency={one: await sees_to(visit, one) for one in known.agencies},
        may=await sees_to(visit, asked or visit.viewer.agency),
    )


async def worker(visit: Visit) -> Answer:
    """One worker: their post, who covers for them and when, and for whom they cover."""
    known = await visit.partnership()
    seen = await visit.hub.readings.governance.worker(visit.viewer, WorkerId(visit.ids["worker"]))
    post = seen.post
    today = civil_date(visit.hub.clock.now())
    changes = await sees_to(visit, post.agency, post.worker)
    team = known.staff.teams.get(post.team or TeamId(""))
    return await part_page(
        visit,
        "administration_worker.html",
        "workers",
        post=post,
        covered=seen.sees_to,
        agency_name=known.agencies[post.agency].name if post.agency in known.agencies else post.agency,
        team_name=team.name if team else "",
        coming=[one for one in sorted(post.covers, key=lambda one: one.from_date) if one.until_date >= today],
        changes=changes,
        arranges=changes
        or (visit.viewer.role == "administrator" and await sees_to(visit, post.agency))
        or (
            visit.viewer.agency == post.agency
            and (visit.viewer.worker == post.worker or visit.viewer.role == "supervisor")
        ),
    )


async def move(visit: Visit) -> Answer:
    """The form for another post, filled in with the one that is held."""
    post = (await visit.hub.readings.governance.worker(visit.viewer, WorkerId(visit.ids["worker"]))).post
    if not await sees_to(visit, post.agency, post.worker):
        raise NotPermitted
    route = visit.write_for(PostWorker)
    fields = forms.fields_of(
        route.body,
        PostWorker,
        options=await options.load_for(visit, route, {}),
        known={name: getattr(post, name) for name in ("worker", "agency", "role", "team")},
    )
    return await acts.page(
        visit, route, fields, {"worker": post.worker}, back=f"/workers/{post.worker}", action="/workers/new"
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, workers, AGENCY),
    screen("/workers/{worker}", worker),
    screen("/workers/{worker}/move", move),
)
