"""Who works for which agency, in which role and team: what a worker may do is decided by the post held at the head.

An account says who somebody is; the post says what they are here. Who leaves loses everything at that moment.
"""

import datetime as dt
from typing import Annotated, Final, get_args

import msgspec

from domain.actors import Actor, Role
from domain.facts import Command, Fact, Facts, Line, Slug
from domain.ids import AgencyId, TeamId, WorkerId
from domain.refusals import Conflict, Guarded, NotPermitted, Unreadable, found

POSTS: Final[frozenset[Role]] = frozenset(get_args(Role)) - {"system"}
"""The roles that a person can hold. The system's own is nobody's post."""


class TeamFormed(Fact, type="team-formed", version=1):
    """An agency has a team, which shares an inbox and covers for its members."""

    team: TeamId
    agency: AgencyId
    name: str


class TeamDisbanded(Fact, type="team-disbanded", version=1):
    """The team is no more; its members keep their posts."""

    team: TeamId
    agency: AgencyId


class WorkerPosted(Fact, type="worker-posted", version=1):
    """A worker holds this post from now on, and no other in this partnership."""

    worker: WorkerId
    agency: AgencyId
    role: Role
    team: TeamId | None = None


class WorkerLeft(Fact, type="worker-left", version=1):
    """A worker holds no post any more. `work_to` took over what was theirs."""

    worker: WorkerId
    agency: AgencyId
    work_to: WorkerId | None = None


class CoverArranged(Fact, type="cover-arranged", version=1):
    """While a worker is away a colleague sees to their work, both days included."""

    worker: WorkerId
    agency: AgencyId
    covered_by: WorkerId
    from_date: dt.date
    until_date: dt.date


class Team(msgspec.Struct, frozen=True):
    """A team of an agency."""

    id: TeamId
    agency: AgencyId
    name: str


class Cover(msgspec.Struct, frozen=True):
    """Who sees to a worker's work, and on which days."""

    by: WorkerId
    from_date: dt.date
    until_date: dt.date

    def on(self, day: dt.date) -> bool:
        """Whether it holds on a day."""
        return self.from_date <= day <= self.until_date


class Post(msgspec.Struct, frozen=True):
    """What a worker is in the partnership."""

    worker: WorkerId
    agency: AgencyId
    role: Role
    team: TeamId | None = None
    covers: tuple[Cover, ...] = ()

    def is_of(self, actor: Actor) -> bool:
        """Whether somebody acts in this post."""
        return self.agency == actor.agency and self.role == actor.role


class Staff(msgspec.Struct, frozen=True):
    """Everybody in post, and the teams."""

    posts: dict[WorkerId, Post] = {}
    teams: dict[TeamId, Team] = {}

    def covered_by(self, worker: WorkerId, day: dt.date) -> tuple[WorkerId, ...]:
        """Whose work a worker sees to on a day, besides their own."""
        covered = (
            one.worker for one in self.posts.values() if any(each.by == worker and each.on(day) for each in one.covers)
        )
        return tuple(sorted(covered))


OF_STAFF: Final = (TeamFormed, TeamDisbanded, WorkerPosted, WorkerLeft, CoverArranged)


def evolve(state: Staff, fact: Fact) -> Staff:
    """Who is in post."""
    change = msgspec.structs.replace
    match fact:
        case TeamFormed():
            return change(state, teams={**state.teams, fact.team: Team(fact.team, fact.agency, fact.name)})
        case TeamDisbanded():
            posts = {
                one: change(post, team=None) if post.team == fact.team else post for one, post in state.posts.items()
            }
            return Staff(posts, {one: team for one, team in state.teams.items() if one != fact.team})
        case WorkerPosted():
            post = Post(fact.worker, fact.agency, fact.role, fact.team)
            return change(state, posts={**state.posts, fact.worker: post})
        case WorkerLeft():
            return change(state, posts={one: post for one, post in state.posts.items() if one != fact.worker})
        case CoverArranged() if fact.worker in state.posts:
            post = state.posts[fact.worker]
            cover = Cover(fact.covered_by, fact.from_date, fact.until_date)
            return change(state, posts={**state.posts, fact.worker: change(post, covers=(*post.covers, cover))})
        case _:
            return state


class FormTeam(Command):
    """Form a team of an agency, or name it anew."""

    team: Annotated[TeamId, Slug]
    agency: AgencyId
    name: Line


class DisbandTeam(Command):
    """Disband a team."""

    team: TeamId


class PostWorker(Command):
    """Give a worker a post, or another one: agency, role and team."""

    worker: Annotated[WorkerId, Slug]
    agency: AgencyId
    role: Role
    team: TeamId | None = None


class EndPost(Command):
    """A worker leaves. Everything open goes to `work_to`, a colleague of the same agency."""

    worker: WorkerId
    work_to: WorkerId | None = None


class ArrangeCover(Command):
    """A colleague of the same agency sees to a worker's work for some days."""

    worker: WorkerId
    covered_by: WorkerId
    from_date: dt.date
    until_date: dt.date


class NobodysPost(Unreadable):
    """The system's own role is given to nobody."""

    code = "nobodys-post"
    rule = "A person acts under their own name; the system's role is nobody's post."
    permitted_by = "Choose the role that the worker has in their agency."


class TeamOfAnother(Conflict):
    """The team is another agency's."""

    code = "team-of-another-agency"
    rule = "A worker is in a team of their own agency, and a team stays with its agency."
    permitted_by = "Choose a team of that agency, or form one."


class NotAColleague(Conflict):
    """Work stays in its agency."""

    code = "not-a-colleague"
    rule = "Who covers for a worker or takes over their work holds a post in the same agency, and is somebody else."
    permitted_by = "Choose another worker of the agency."


class StillOwnsWork(Guarded):
    """Somebody would be left without a worker."""

    code = "still-owns-work"
    rule = "Nothing is left ownerless: a worker leaves once what is theirs is handed over (ours)."
    permitted_by = "Name the colleague who takes it over."


class NotYoursToPost(NotPermitted):
    """Posts are given by others, and by those whose staff it is."""

    code = "not-yours-to-post"
    rule = (
        "An administrator sees to the posts of their own agency, one of the partnership to all, and nobody to their "
        "own (ours)."
    )
    permitted_by = "Ask an administrator of that agency, or of the partnership."


class CoverEndsBeforeItBegins(Unreadable):
    """The last day lies before the first."""

    code = "cover-ends-before-it-begins"
    rule = "Cover lasts from a day until the same day or a later one."
    permitted_by = "Correct the dates."


def form(command: FormTeam, staff: Staff) -> Facts:
    """A team stays with its agency; the same again adds nothing."""
    known = staff.teams.get(command.team)
    if known is not None and known.agency != command.agency:
        raise TeamOfAnother(team=command.team)
    if known == Team(command.team, command.agency, command.name):
        return ()
    return (TeamFormed(at=command.at, team=command.team, agency=command.agency, name=command.name),)


def disband(command: DisbandTeam, staff: Staff) -> Facts:
    """A team that there is not is disbanded already."""
    known = staff.teams.get(command.team)
    if known is None:
        return ()
    return (TeamDisbanded(at=command.at, team=command.team, agency=known.agency),)


def post(command: PostWorker, staff: Staff) -> Facts:
    """One post at a time, in a team of that agency if in any; the same again adds nothing."""
    if command.role not in POSTS:
        raise NobodysPost(role=command.role)
    if command.team is not None:
        team = found(staff.teams.get(command.team))
        if team.agency != command.agency:
            raise TeamOfAnother(team=command.team)
    known = staff.posts.get(command.worker)
    if known is not None and (known.agency, known.role, known.team) == (command.agency, command.role, command.team):
        return ()
    return (
        WorkerPosted(at=command.at, worker=command.worker, agency=command.agency, role=command.role, team=command.team),
    )


def leave(command: EndPost, staff: Staff, owned: int) -> Facts:
    """Who owns open work leaves only when a colleague takes it over. `owned` counts what is open and theirs."""
    known = staff.posts.get(command.worker)
    if known is None:
        return ()
    if command.work_to is not None:
        _refuse_strangers(staff, known, command.work_to)
    elif owned:
        raise StillOwnsWork(count=owned, ask=known.agency)
    return (WorkerLeft(at=command.at, worker=command.worker, agency=known.agency, work_to=command.work_to),)


def cover(command: ArrangeCover, staff: Staff) -> Facts:
    """A colleague covers; the same again adds nothing."""
    known = found(staff.posts.get(command.worker))
    _refuse_strangers(staff, known, command.covered_by)
    if command.until_date < command.from_date:
        raise CoverEndsBeforeItBegins
    if Cover(command.covered_by, command.from_date, command.until_date) in known.covers:
        return ()
    return (
        CoverArranged(
            at=command.at,
            worker=command.worker,
            agency=known.agency,
            covered_by=command.covered_by,
            from_date=command.from_date,
            until_date=command.until_date,
        ),
    )


def _refuse_strangers(staff: Staff, known: Post, colleague: WorkerId) -> None:
    other = staff.posts.get(colleague)
    if other is None or other.agency != known.agency or colleague == known.worker:
        raise NotAColleague(worker=colleague, ask=known.agency)
