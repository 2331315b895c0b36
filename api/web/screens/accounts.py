"""Accounts of the partnership: who may sign in; inviting somebody, inviting anew, ending at once."""

import re
from typing import Any, Final, get_args

from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.screens.administration import PATH as ADMINISTRATION
from api.web.screens.administration import may, part_page
from api.web.translating import gettext
from api.web.visit import Visit
from application.accounts import Invitation
from domain.actors import Actor, Role
from domain.ids import ID_PATTERN, AccountId, AgencyId, WorkerId
from domain.refusals import Refusal

PATH: Final = f"{ADMINISTRATION}/accounts"
ROLES: Final[tuple[Role, ...]] = tuple(one for one in get_args(Role) if one != "system")

Errors = tuple[tuple[str, str], ...]


async def show(visit: Visit) -> Answer:
    """The accounts, for those who administer them."""
    return await _shown(visit)


async def _shown(visit: Visit, status: int | None = None, **context: Any) -> Answer:  # noqa: ANN401 - whatever the template shows
    administers = await may(visit, "operations")
    given = {"errors": (), "wrong": {}, "link": "", "typed_worker": "", **context}
    return await part_page(
        visit,
        "administration_accounts.html",
        "accounts",
        status=status,
        members=await visit.hub.accounts.members(visit.viewer) if administers else (),
        administers=administers,
        agencies=tuple((await visit.agencies()).values()),
        roles=ROLES,
        **given,
    )


async def invite(visit: Visit) -> Answer:
    """Open an account for a worker; the link is shown this once."""
    worker, agency, role = (visit.sent.one(name).strip() for name in ("worker", "agency", "role"))
    errors: Errors = ()
    if not re.fullmatch(ID_PATTERN, worker):
        errors = (("worker", gettext("Enter the worker's short name: lower-case letters, numbers and hyphens")),)
    elif agency not in await visit.agencies():
        errors = (("agency", gettext("Select an agency from the list")),)
    elif role not in ROLES:
        errors = (("role", gettext("Select a role from the list")),)
    if errors:
        return await _shown(visit, errors=errors, wrong=dict(errors), typed_worker=worker)
    chosen = next(one for one in ROLES if one == role)
    who = Actor(worker=WorkerId(worker), agency=AgencyId(agency), role=chosen, partnership=visit.viewer.partnership)
    try:
        invitation = await visit.hub.accounts.invite(visit.viewer, who)
    except Refusal as refusal:
        return await _shown(visit, 409, problem=await visit.problem(refusal), typed_worker=worker)
    return await _shown(visit, link=_link(visit, invitation))


async def reset(visit: Visit) -> Answer:
    """Invite somebody anew who cannot sign in any more."""
    try:
        invitation = await visit.hub.accounts.reset(visit.viewer, AccountId(visit.sent.one("account")))
    except Refusal as refusal:
        return await _shown(visit, 409, problem=await visit.problem(refusal))
    return await _shown(visit, link=_link(visit, invitation))


async def close(visit: Visit) -> Answer:
    """End an account here, at once."""
    await visit.hub.accounts.leave(visit.viewer, AccountId(visit.sent.one("account")))
    return visit.go(PATH, done=gettext("The account is ended: it opens nothing here any more"))


def _link(visit: Visit, invitation: Invitation) -> str:
    return f"{visit.web.url}/invitation?code={invitation.code}"


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, show),
    screen(f"{PATH}/invite", act=invite),
    screen(f"{PATH}/reset", act=reset),
    screen(f"{PATH}/close", act=close),
)
