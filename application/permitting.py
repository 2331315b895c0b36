"""Asks the sharing policy, on knowledge folded at the head, before anything is decided or shown."""

from typing import Protocol, TypeVar

from application.deciding import Know
from domain.actors import Actor
from domain.governance import agency, sharing
from domain.ids import AgencyId, PersonId
from domain.refusals import NotPermitted, Unknown, found


class Shared(Protocol):
    """What several agencies are party to."""

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who they are."""


S = TypeVar("S", bound=Shared)


async def permit(know: Know, by: Actor, action: sharing.Action, resource: sharing.Resource) -> sharing.Permission:
    """The permission, or a refusal.

    Raises: NotPermitted if the role may never do this; Unknown if this does not concern the agency, which is answered
    as if it were not there.
    """
    known = (await know(agency.agencies())).get(by.agency)
    kind = "partnership" if known is None and by.role == "system" else known.kind if known else None
    permission = sharing.decide(by, kind, action, resource)
    if permission.permitted:
        return permission
    if "role-not-listed" in permission.rules:
        raise NotPermitted(role=by.role, category=resource.category, action=action)
    raise Unknown


async def permit_person(
    know: Know,
    by: Actor,
    action: sharing.Action,
    category: sharing.Category,
    person: PersonId,
    parties: frozenset[AgencyId] = frozenset(),
) -> sharing.Permission:
    """The permission for what is about one person, whose relationships are folded at the head."""
    relationship = await know(sharing.relationship(person))
    return await permit(
        know, by, action, sharing.Resource(category=category, relationship=relationship, parties=parties)
    )


async def permit_party(
    know: Know, by: Actor, category: sharing.Category, known: S | None, speaks: frozenset[AgencyId] = frozenset()
) -> S:
    """What the actor's agency is party to, or `speaks` for; what there is not and what is not theirs is refused alike.

    Raises: as `permit`.
    """
    parties = frozenset[AgencyId]() if known is None else known.parties | speaks
    await permit(know, by, "write", sharing.Resource(category=category, parties=parties))
    return found(known)


async def the_agency(know: Know, one: AgencyId) -> agency.Agency:
    """An agency of the partnership. Raises Unknown."""
    return found((await know(agency.agencies())).get(one))
