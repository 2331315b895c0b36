"""What every reading of people's rights begins with: what is known, who asked, and what was written of it."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from application.permitting import permit, standing
from application.ports import Recorded, log_of
from application.readings.asked import sight_of
from application.readings.ground import Ground, Knowing
from application.readings.lists import Who, who_of
from application.relating import the_relationship
from application.views.people import PEOPLE
from domain.actors import Actor
from domain.facts import Instant, PersonalClass, QueryItem, Sealed, declared
from domain.governance import sharing
from domain.governance.sharing import Permission, Resource, Standing
from domain.ids import AgencyId, PersonId
from domain.rights.complaint import Complaint
from domain.rights.rectification import Rectification
from domain.rights.request import RightsRequest
from domain.rights.rights import Rights, rights

ABOUT_NOBODY: Final = Resource(category="rights", of_person=False)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was written, when and by which agency: in which kind of fact, and which field.

    Where `text` is None, nobody can read it any more.
    """

    kind: str
    field: str
    at: Instant
    agency: AgencyId
    text: str | None


async def rights_known(ground: Ground, viewer: Actor) -> tuple[Rights, int, Standing]:
    """What is known of everybody's rights, at which position, and what the viewer is judged by.

    Raises: NotPermitted, Unknown.
    """
    log_of(viewer.partnership)
    know = ground.know(viewer)
    await permit(know, viewer, "read", ABOUT_NOBODY)
    known, position = await ground.fold(viewer, rights())
    return known, position, await standing(know, viewer)


async def may_read_rights(ground: Ground, viewer: Actor, person: PersonId, by_agency: AgencyId) -> Permission:
    """By what the viewer may see what an agency was asked for a person. Raises: NotPermitted, Unknown."""
    know = ground.know(viewer)
    relationship = await the_relationship(know, person)
    resource = Resource(category="rights", relationship=relationship, parties=frozenset({by_agency}))
    permission = await permit(know, viewer, "read", resource)
    ground.account.saw("rights", (person,), permission.rules)
    return permission


async def who_asked(
    ground: Ground, viewer: Actor, by: Standing, things: Sequence[RightsRequest | Complaint | Rectification]
) -> dict[PersonId, Who]:
    """Those whom a list is about, by name where the viewer may see their entry. All of them were shown."""
    whom = list(dict.fromkeys(one.person for one in things))
    if not whom:
        return {}
    know = Knowing(ground.folds, log_of(viewer.partnership), by.at)
    async with ground.rows(viewer, None) as rows:
        people = await rows.reaching("register").rows(PEOPLE, whom)
    related = await asyncio.gather(*(sight_of(know, one, viewer) for one in whom))
    permissions = {one: sharing.decide(by, "read", each.entry) for one, each in zip(whom, related, strict=True)}
    ground.account.saw("rights", whom, ("role-listed",))
    return who_of(ground, people, permissions)


async def said_under(
    ground: Ground, viewer: Actor, tag: str, person: PersonId, permission: Permission
) -> tuple[Said, ...]:
    """What was written under a tag, of the classes that are opened. What the person asked stays as it was said."""
    page = await ground.log.read(log_of(viewer.partnership), (QueryItem(tags=frozenset({tag})),), sealed=True)
    every = [ground.codec.recorded(one) for one in page.events]
    wanted = [
        (one, name, value)
        for one in every
        for name, mark in declared(type(one.fact)).personal.items()
        if mark.personal_class in permission.opens and isinstance(value := getattr(one.fact, name), Sealed | str)
    ]
    opened = ground.unsealer.open_all([value for _, _, value in wanted])
    classes: set[PersonalClass] = {"identity"} if wanted else set()
    ground.account.saw("rights", (person,), permission.rules, classes)
    return tuple(_said_of(one, name, text) for (one, name, _), text in zip(wanted, opened, strict=True))


async def to_note(ground: Ground, viewer: Actor, known: Rights) -> list[Rectification]:
    """Corrections of which the viewer's agency has not taken note, of people who concern it."""
    know = ground.know(viewer)
    open_ones = [one for one in known.rectifications.values() if one.correction is not None]
    related = await asyncio.gather(*(the_relationship(know, one.person) for one in open_ones))
    return [one for one, each in zip(open_ones, related, strict=True) if yours_to_note(one, viewer, each.agencies)]


def yours_to_note(one: Rectification, viewer: Actor, concerned: frozenset[AgencyId]) -> bool:
    """Whoever entered what was wrong knows already."""
    return (
        one.correction is not None
        and viewer.agency in concerned
        and viewer.agency not in one.noted
        and viewer.agency != one.by_agency
    )


def _said_of(one: Recorded, name: str, text: str | None) -> Said:
    return Said(kind=one.fact.fact_type, field=name, at=one.fact.at, agency=one.envelope.agency, text=text)
