"""A person with a record: met, warned, invited, referred to two agencies, with a plan; and who may look at it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from playwright.async_api import Page

from domain.actors import Role
from tests.api.test_journey import CORE, SERVICE
from tests.api.world import Caller, World
from tests.web.site import Site

LADDER = {
    "ladder": "luscombe",
    "operation": "Operation Luscombe",
    "steps": [
        {"step": "green", "label": "Green", "meaning": "invitation", "offers_hub": True},
        {
            "step": "cpw",
            "label": "Warning",
            "instrument": "cpw",
            "offers_hub": True,
            "authorised_by": ["supervisor", "hub-coordinator"],
        },
        {"step": "cpn", "label": "Notice", "instrument": "cpn", "authorised_by": ["supervisor"]},
    ],
}
NAME = {"given_name": "Łukasz", "family_name": "Wiśniewski", "born": "1985-03-27"}
ROLES: Mapping[str, tuple[Role, str]] = {
    "coordinator": ("hub-coordinator", "hub"),
    "officer": ("constable", "police"),
    "housing": ("agency-worker", "housing"),
    "treatment": ("agency-worker", "cgl"),
    "nurse": ("agency-worker", "nhs"),
}


async def made(caller: Caller, path: str, body: object) -> dict[str, Any]:
    """Do something over the API."""
    answer = await caller.post(path, body)
    assert answer.status_code in {200, 201}, (path, answer.text)
    found: dict[str, Any] = answer.json()
    return found


async def callers(site: World) -> dict[str, Caller]:
    """A worker of each agency."""
    await site.agencies(
        ("hub", "partnership"),
        ("police", "police"),
        ("housing", "housing-options"),
        ("cgl", "drug-and-alcohol"),
        ("nhs", "health"),
    )
    return {name: await site.caller(role, agency, worker=f"{name}-1") for name, (role, agency) in ROLES.items()}


async def record(site: Site) -> tuple[dict[str, Caller], dict[str, str]]:
    """The record, over five days, and the ids of what is in it."""
    who = await callers(site)
    hub, police, clock = who["coordinator"], who["officer"], site.clock
    await made(hub, "/v1/ladders", LADDER)
    await made(hub, "/v1/services", SERVICE)
    await made(hub, "/v1/services", {"service": "detox", "agency": "cgl", "name": "Detox", "needs": ["drugs"]})
    search = await made(police, "/v1/people/search", NAME)
    ids: dict[str, str] = await made(
        police,
        "/v1/people",
        {
            **NAME,
            "identity": "stated",
            "search": search["search"],
            "answer": "nobody-found",
            "understands": ["pl"],
            "needs_interpreter": True,
        },
    )
    person = f"/v1/people/{ids['person']}"
    clock.pass_by(hours=1)
    late = (clock.now() - dt.timedelta(hours=10)).isoformat()
    met = {"kind": "asb", "asb_type": "street-drinking", "place": "Bench by the library", "at": late}
    ids |= await made(police, f"{person}/encounters", met)
    ids |= await made(police, "/v1/episodes", {"person": ids["person"], "ladder": "luscombe"})
    ids |= await made(
        police,
        "/v1/tickets",
        {"episode": ids["episode"], "step": "green", "language": "pl", "interpreter": True, "understood": True},
    )
    clock.pass_by(days=1)
    starts = clock.now() + dt.timedelta(days=4)
    ids |= await made(
        hub,
        "/v1/hub-sessions",
        {"starts": starts.isoformat(), "ends": (starts + dt.timedelta(hours=3)).isoformat(), "place": "The Boathouse"},
    )
    await made(hub, f"/v1/hub-sessions/{ids['session']}/invitations", {"person": ids["person"]})
    for name, service, need in (("referral", "housing-advice", "housing"), ("secret", "detox", "drugs")):
        sent = {"person": ids["person"], "service": service, "need": need, "core": CORE, "basis": "agreed-at-hub",
                "rationale": "Said so"}  # fmt: skip
        ids[name] = (await made(hub, "/v1/referrals", sent))["referral"]
    clock.pass_by(days=1)
    await made(who["housing"], f"/v1/referrals/{ids['referral']}/accept", {"note": "See you on Friday"})
    corrected = await police.patch(f"{person}/encounters/{ids['encounter']}", {"asb_type": "begging"}, if_match="*")
    assert corrected.status_code == 200, corrected.text
    await made(
        hub,
        f"{person}/flags",
        {"kind": "staff-safety", "source": "seen", "reason": "Dog", "expires_on": _day(site, 60)},
    )
    ids |= await made(hub, "/v1/plans", {"person": ids["person"], "review_on": _day(site, 30)})
    plan = f"/v1/plans/{ids['plan']}"
    ids |= await made(hub, f"{plan}/goals", {"words": "A door that locks", "need": "housing"})
    action = {"what": "Phone the landlord", "owner": "coordinator-1", "owner_agency": "hub", "due": _day(site, 3)}
    ids |= await made(hub, f"{plan}/actions", action)
    clock.pass_by(days=1)
    await made(police, f"{person}/restrictions", {"source": "bail", "forbids": ["Market Place"]})
    ids = {name: str(value) for name, value in ids.items()}
    return who, ids


def _day(site: World, days: int) -> str:
    return (site.clock.now().date() + dt.timedelta(days=days)).isoformat()


async def sign_in(page: Page, caller: Caller, to: str = "/") -> None:
    """Begin a session, and go on to a page."""
    await page.goto("/sign-in")
    await page.get_by_text("Sign in with a token").click()
    await page.get_by_label("Token").fill(caller.authorization.removeprefix("Bearer "))
    await page.get_by_role("button", name="Sign in", exact=True).last.click()
    await page.wait_for_url("**/")
    if to != "/":
        await page.goto(to)
