"""A hub day in a browser: agencies, people who were invited, and a session that is today."""

import datetime as dt
from typing import Any, Final

from playwright.async_api import Page

from domain.actors import Role
from tests.api.world import Caller
from tests.web.site import Site

PETERBOROUGH: Final = "peterborough"
AGENCIES: Final = (
    ("csp", "partnership"),
    ("police", "police"),
    ("drug-and-alcohol-service", "drug-and-alcohol"),
    ("district-council", "district-council"),
    ("health", "health"),
)
NAMES: Final = (
    "Ada",
    "Bruno",
    "Casimir",
    "Dana",
    "Edith",
    "Florin",
    "Grażyna",
    "Henry",
    "Ilona",
    "Jonas",
    "Kofi",
    "Łucja",
)


class HubDay:
    """A session of today, and those who are invited to it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.session = ""
        self.people: dict[str, str] = {}
        self.coordinator: Caller
        self.officer: Caller

    @property
    def path(self) -> str:
        return f"/hub-days/{self.session}"

    async def begin(self, invited: int = 12) -> None:
        await self.site.agencies(*AGENCIES, partnership=PETERBOROUGH)
        self.coordinator = await self.caller("hub-coordinator", "csp", "demo-coordinator")
        self.officer = await self.caller("constable", "police", "demo-officer")
        self.session = await self.schedule(self.site.clock.now() + dt.timedelta(hours=1))
        for name in NAMES[:invited]:
            self.people[name] = await self.invited(name)

    async def caller(self, role: Role, agency: str, worker: str) -> Caller:
        return await self.site.caller(role, agency, worker=worker, partnership=PETERBOROUGH)

    async def schedule(self, starts: dt.datetime, place: str = "Church hall, Park Road") -> str:
        body = {
            "starts": starts.isoformat(),
            "ends": (starts + dt.timedelta(hours=3)).isoformat(),
            "place": place,
            "expected": ["drug-and-alcohol-service", "district-council"],
        }
        return str(await told(self.coordinator, "/v1/hub-sessions", body, "session"))

    async def invited(self, name: str, session: str = "") -> str:
        person = await self.known(name)
        await told(self.officer, f"/v1/hub-sessions/{session or self.session}/invitations", {"person": person})
        return person

    async def known(self, name: str, family: str = "Example", born: str = "1984-03-11") -> str:
        sought = {"given_name": name, "family_name": family, "born": born}
        found = (await self.officer.post("/v1/people/search", sought)).json()
        answer = "none-of-these" if found["people"] else "nobody-found"
        entry = {**sought, "search": found["search"], "answer": answer, "identity": "stated", "synthetic": True}
        return str(await told(self.officer, "/v1/people", entry, "person"))

    async def seen(self) -> dict[str, Any]:
        """The day as the coordinator's API shows it."""
        answer = await self.coordinator.get(f"/v1/hub-sessions/{self.session}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


async def told(caller: Caller, path: str, body: object, name: str = "position") -> Any:  # noqa: ANN401 - of an answer
    answer = await caller.post(path, body)
    assert answer.status_code < 300, answer.text
    return answer.json()[name]


async def signed_in(page: Page, caller: Caller, to: str = "/hub-days") -> None:
    """Sign in on the page for signing in, with a token."""
    await page.goto(f"/sign-in?to={to}")
    disclosure = page.get_by_text("Sign in with a token")
    if await disclosure.count():
        await disclosure.click()
    await page.get_by_label("Token").fill(caller.authorization.removeprefix("Bearer "))
    await page.get_by_role("button", name="Sign in", exact=True).last.click()
    await page.wait_for_url(f"**{to}")


async def offered(hub: HubDay, agency: str, name: str, need: str, *, logs_in: bool = True) -> None:
    """A service of an agency, so that somebody can be referred to it."""
    if not logs_in:
        system = await hub.caller("system", "hub", "system")
        await told(
            system,
            "/v1/agencies",
            {"agency": agency, "name": name, "kind": "voluntary", "logs_in": False},
            "agency",
        )
    body = {"service": f"{agency}-service", "agency": agency, "name": name, "needs": [need], "answer_due_days": 5}
    answer = await hub.coordinator.post("/v1/services", body)
    assert answer.status_code < 300, answer.text
