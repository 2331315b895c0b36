"""Asks the sharing policy, on knowledge folded at the head, before anything is decided or shown."""

from typing import Protocol, TypeVar

import msgspec

from application.deciding import Know
from application.relating import restricted_of, the_relationship
from domain.actors import Actor
from domain.governance import agency, sharing
from domain.governance.partnership import partnership
from domain.governance.scope import Action, Category
from domain.ids import AgencyId, PersonId
from domain.refusals import NotPermitted, Unknown, found
from domain.rights.restriction import ProcessingIsRestricted


class NotInPost(NotPermitted):
    """Who acts in a post that is not theirs, or not any more."""

    code = "not-in-post"
    rule = "A worker acts in the post that they hold now; who left, or holds another, does not."
    permitted_by = "Ask the administrator of the partnership to give you a post."


class Shared(Protocol):
    """What several agencies are party to."""

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who they are."""

    @property
    def person(self) -> PersonId:
        """Whom it is about."""


S = TypeVar("S", bound=Shared)


async def standing(know: Know, by: Actor) -> sharing.Standing:
    """Who somebody is in the partnership as it is now."""
    return sharing.Standing(by, await know(partnership()), know.now)


async def permit(know: Know, by: Actor, action: Action, resource: sharing.Resource) -> sharing.Permission:
    """The permission, or a refusal.

    Raises: NotInPost for who acts in a post that they do not hold; NotPermitted if the role may never do this; Unknown
    if this does not concern the agency, which is answered as if it were not there.
    """
    permission = sharing.decide(await standing(know, by), action, resource)
    if permission.permitted:
        return permission
    if "not-in-post" in permission.rules:
        raise NotInPost(role=by.role)
    if "role-not-listed" in permission.rules:
        raise NotPermitted(role=by.role, category=resource.category, action=action)
    refuse_restricted(await standing(know, by), action, resource)
    raise Unknown


def refuse_restricted(by: sharing.Standing, action: Action, resource: sharing.Resource) -> None:
    """Whoever sees or does it but for a restriction is told so, and whom to ask. Raises: ProcessingIsRestricted."""
    restrictions = resource.relationship.restriction_on(resource.category, by.at)
    if not restrictions:
        return
    unrestricted = msgspec.structs.replace(resource.relationship, restricted=())
    if sharing.decide(by, action, msgspec.structs.replace(resource, relationship=unrestricted)).permitted:
        raise ProcessingIsRestricted(ask=restrictions[0].by_agency)


async def permit_person(
    know: Know,
    by: Actor,
    action: Action,
    category: Category,
    person: PersonId,
    parties: frozenset[AgencyId] = frozenset(),
    *,
    keeps: bool = False,
) -> sharing.Permission:
    """The permission for what is about one person, whose relationships are folded at the head.

    `keeps`: something is recorded of them, and nothing used that is known.
    """
    relationship = await the_relationship(know, person)
    resource = sharing.Resource(category=category, relationship=relationship, parties=parties, keeps=keeps)
    return await permit(know, by, action, resource)


async def permit_party(
    know: Know, by: Actor, category: Category, known: S | None, speaks: frozenset[AgencyId] = frozenset()
) -> S:
    """What the actor's agency is party to, or `speaks` for; what there is not and what is not theirs is refused alike.

    Raises: as `permit`.
    """
    parties = frozenset[AgencyId]() if known is None else known.parties | speaks
    restricted = () if known is None else await restricted_of(know, await know(partnership()), known.person)
    relationship = sharing.Relationship(restricted=restricted)
    await permit(know, by, "write", sharing.Resource(category=category, relationship=relationship, parties=parties))
    return found(known)


async def the_agency(know: Know, one: AgencyId) -> agency.Agency:
    """An agency of the partnership. Raises Unknown."""
    return found((await know(partnership())).agencies.get(one))
