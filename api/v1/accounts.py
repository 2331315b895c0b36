"""Accounts of the partnership: who may sign in, invitations, and their end at once."""

from typing import Annotated

import msgspec

from api.hub import Hub
from api.routes import Act, Route, get
from api.serving import Answer, Call
from application.accounts import Invitation, Member
from domain.actors import Actor, Role
from domain.facts import Slug
from domain.ids import AccountId, AgencyId, TeamId, WorkerId

UNKEPT = ((b"cache-control", b"no-store"),)


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing needs to be said."""


class Invite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As which worker somebody is invited."""

    worker: Annotated[WorkerId, Slug]
    agency: Annotated[AgencyId, Slug]
    role: Role
    team: Annotated[TeamId, Slug] | None = None


class Ended(msgspec.Struct, frozen=True):
    """The account that opens nothing here any more."""

    account: AccountId


async def accounts(hub: Hub, viewer: Actor) -> tuple[Member, ...]:
    """Who may sign in to the partnership, and by what."""
    return await hub.accounts.members(viewer)


async def invite_worker(hub: Hub, actor: Actor, body: Invite, call: Call) -> Answer:  # noqa: ARG001 - the route's
    """Open an account for a worker; the code is told this once, and opens `/invitation?code=`."""
    who = Actor(worker=body.worker, agency=body.agency, role=body.role, partnership=actor.partnership, team=body.team)
    return _told(await hub.accounts.invite(actor, who), 201)


async def reset(hub: Hub, actor: Actor, body: Nothing, call: Call) -> Answer:  # noqa: ARG001 - the route's
    """Take away all that proves who it is, end its sessions, and invite anew."""
    return _told(await hub.accounts.reset(actor, AccountId(call.ids["account"])))


async def close(hub: Hub, actor: Actor, body: Nothing, call: Call) -> Answer:  # noqa: ARG001 - the route's
    """End what it is in the partnership: once this is answered, no server lets its sessions or tokens in."""
    account = AccountId(call.ids["account"])
    await hub.accounts.leave(actor, account)
    return Answer(msgspec.json.encode(Ended(account)), headers=UNKEPT)


def _told(invitation: Invitation, status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(invitation), status, headers=UNKEPT)


PATH = "/v1/accounts"
ROUTES: tuple[Route, ...] = (
    get(PATH, accounts),
    Act(
        path=PATH,
        do=invite_worker,
        body=Invite,
        answer=Invitation,
        summary="Invite somebody to be a worker of the partnership",
        name="invite_worker",
        status=201,
    ),
    Act(
        path=f"{PATH}/{{account}}/reset",
        do=reset,
        body=Nothing,
        answer=Invitation,
        summary="Invite somebody anew who cannot sign in any more",
        name="reset_account",
    ),
    Act(
        path=f"{PATH}/{{account}}/close",
        do=close,
        body=Nothing,
        answer=Ended,
        summary="End an account in the partnership, at once",
        name="close_account",
    ),
)
