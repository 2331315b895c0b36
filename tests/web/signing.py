"""People with accounts: invited, set up, signed in, as a browser without scripts does it."""

import base64
import re
from typing import Final

import msgspec

from application import one_time_codes
from application.accounts import Invitation, installation
from domain.actors import Actor, Role
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.web.site import Site
from tests.web.visitor import Seen, Visitor

PASSWORD: Final = "correct horse battery"  # noqa: S105 - of nobody
FENLAND: Final = "fenland"


class Person(msgspec.Struct):
    """What somebody knows and has."""

    account: str
    name: str
    secret: bytes
    recovery_codes: tuple[str, ...] = ()
    password: str = PASSWORD


def actor(
    worker: str = "jo-bloggs", role: Role = "hub-coordinator", agency: str = "csp", partnership: str = FENLAND
) -> Actor:
    return Actor(worker=WorkerId(worker), agency=AgencyId(agency), role=role, partnership=PartnershipId(partnership))


async def invited(site: Site, who: Actor | None = None) -> Invitation:
    who = who or actor()
    return await site.hub.accounts.invite(installation(who.partnership), who)


async def set_up(visitor: Visitor, invitation: Invitation, name: str = "jo@example.org") -> tuple[Person, Seen]:
    """Take up an invitation; the page with the recovery codes."""
    seen = await visitor.open(f"/invitation?code={invitation.code}")
    assert seen.status == 200, seen.text
    seen = await visitor.send(seen.form("/invitation"), name=name, password=PASSWORD, again=PASSWORD)
    assert seen.status == 200, seen.text
    letters = re.findall(r"secret=([A-Z2-7]+)", seen.text)[0]
    secret = base64.b32decode(letters)
    person = Person(invitation.account, name, secret)
    seen = await visitor.send(seen.form("/invitation/authenticator"), code=code(visitor.site, person))
    assert seen.status == 200, seen.text
    person.recovery_codes = tuple(re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", seen.text))
    return person, seen


async def enrolled(site: Site, who: Actor | None = None, name: str = "jo@example.org") -> Person:
    """Somebody with an account who is not signed in. Their authenticator's next code is a new one."""
    async with Visitor(site) as visitor:
        person, _ = await set_up(visitor, await invited(site, who), name)
    site.clock.pass_by(seconds=one_time_codes.STEP_SECONDS)
    return person


def code(site: Site, person: Person) -> str:
    return one_time_codes.code_of(person.secret, one_time_codes.step_at(site.clock.now()))


async def password_given(visitor: Visitor, name: str, password: str = PASSWORD) -> Seen:
    seen = await visitor.open("/sign-in")
    return await visitor.send(seen.form("/sign-in/password"), name=name, password=password)


async def signed_in(visitor: Visitor, person: Person) -> Seen:
    seen = await password_given(visitor, person.name, person.password)
    return await visitor.send(seen.form("/sign-in/code"), code=code(visitor.site, person))
