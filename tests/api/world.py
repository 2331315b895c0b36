"""A partnership that is called over HTTP, inside the test's own process."""

import contextlib
import datetime as dt
import io
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, get_args

import httpx
import msgspec

from api import wiring
from api.app import application
from api.hub import Hub
from api.logging import logger
from api.routes import Route
from api.v1 import ROUTES
from application.identity import SECRET_BYTES, Token, TokenId, digest, written
from application.posting import see_in_post
from application.published.partnerships import opener
from domain.actors import Actor, Role
from domain.calendar import LONDON, civil_date
from domain.governance.agreement import MakeAgreement, VaryAgreement
from domain.governance.partnership import Look, SetLegalProfile
from domain.governance.partnership import partnership as governed
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.ids import AgencyId, AgreementId, PartnershipId, WorkerId
from domain.refusals import Unknown

FENLAND = PartnershipId("fenland")
AGREEMENT: Final = AgreementId("sharing")
START = dt.datetime(2025, 6, 2, 10, 0, tzinfo=dt.UTC)


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self, at: dt.datetime = START) -> None:
        self.at = at

    def now(self) -> dt.datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += dt.timedelta(**time)


class Caller:
    """Somebody with a token."""

    def __init__(self, client: httpx.AsyncClient, authorization: str, token: TokenId) -> None:
        self.client = client
        self.authorization = authorization
        self.token = token

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        headers = {"authorization": self.authorization, **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("GET", path, headers=_named(headers))

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.send("POST", path, json={} if body is None else body, headers=_named(headers))

    async def put(self, path: str, body: object, **headers: str) -> httpx.Response:
        return await self.send("PUT", path, json=body, headers=_named(headers))

    async def patch(self, path: str, body: object, **headers: str) -> httpx.Response:
        return await self.send("PATCH", path, json=body, headers=_named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class World:
    """A server with its hub, its clock and its log lines."""

    def __init__(self, client: httpx.AsyncClient, hub: Hub, clock: SetClock, lines: io.BytesIO) -> None:
        self.client = client
        self.hub = hub
        self.clock = clock
        self._lines = lines
        self._to_post: list[Actor] = []

    async def caller(
        self,
        role: Role,
        agency: str,
        *,
        worker: str | None = None,
        partnership: str = FENLAND,
        days: float = 30,
    ) -> Caller:
        """Somebody who is given a token now."""
        text = written(secrets.token_bytes(SECRET_BYTES))
        token = Token(
            id=TokenId(f"t-{secrets.token_hex(4)}"),
            actor=Actor(
                worker=WorkerId(worker or f"{role}-of-{agency}"),
                agency=AgencyId(agency),
                role=role,
                partnership=PartnershipId(partnership),
            ),
            label="",
            made=self.clock.now(),
            expires=self.clock.now() + dt.timedelta(days=days),
        )
        await self.hub.tokens.keep(token, digest(text))
        await self._post(token.actor)
        return Caller(self.client, f"Bearer {text}", token.id)

    async def _post(self, actor: Actor) -> None:
        """Who calls holds a post, as soon as their agency is registered."""
        try:
            await see_in_post(self.hub.decider, actor, self.clock)
        except Unknown:
            self._to_post.append(actor)

    async def _share(self, partnership: PartnershipId) -> None:
        """The agencies share everything, to every end."""
        known = await self.hub.decider.know(partnership)(governed())
        parties = frozenset(known.agencies)
        made = known.agreements.get(AGREEMENT)
        if len(parties) < 2 or (made is not None and made.parties == parties):
            return
        terms: dict[str, Any] = {
            "at": self.clock.now(),
            "agreement": AGREEMENT,
            "parties": parties,
            "purposes": frozenset(get_args(Purpose)),
            "categories": frozenset(get_args(SharedCategory)),
            "crossings": frozenset(get_args(Crossing)),
            "review_date": dt.date(2040, 1, 1),
        }
        command = (
            MakeAgreement(**terms, name="Sharing", from_date=dt.date(2000, 1, 1), source="signed")
            if made is None
            else VaryAgreement(**terms, reason="another party")
        )
        await self.hub.decider.decide(command, opener(partnership))

    @property
    def today(self) -> dt.date:
        """The day that it is in London, by the clock of the server."""
        return civil_date(self.hub.clock.now())

    def session(self, days: int = 1) -> dict[str, str]:
        """When a hub session of some days from today begins and ends: from ten to one, however late it is now."""
        day, hours = self.today + dt.timedelta(days=days), {"starts": dt.time(10), "ends": dt.time(13)}
        return {name: dt.datetime.combine(day, hour, LONDON).isoformat() for name, hour in hours.items()}

    async def profile(self, *demanded: Look, partnership: PartnershipId = FENLAND) -> None:
        """The legal profile demands a typed reason for these ways of looking."""
        profile = SetLegalProfile(at=self.clock.now(), justified=frozenset(demanded))
        await self.hub.decider.decide(profile, opener(partnership))

    def lines(self) -> list[dict[str, Any]]:
        """What was logged so far."""
        return [msgspec.json.decode(line) for line in self._lines.getvalue().splitlines()]

    def logged(self) -> str:
        """All log lines as they were written."""
        return self._lines.getvalue().decode()

    async def agencies(self, *given: tuple[str, str], partnership: str = FENLAND) -> Caller:
        """Register agencies, as the system does when a partnership begins; the caller who did."""
        system = await self.caller("system", "hub", worker="system", partnership=partnership)
        for agency, kind in given:
            made = await system.post(
                "/v1/agencies", {"agency": agency, "name": agency.title(), "kind": kind, "phone": "01354 654321"}
            )
            assert made.status_code == 201, made.text
        waiting, self._to_post = self._to_post, []
        for actor in waiting:
            await self._post(actor)
        await self._share(PartnershipId(partnership))
        return system


@contextlib.asynccontextmanager
async def world(
    hub_opened: contextlib.AbstractAsyncContextManager[Hub] | None = None,
    routes: Sequence[Route] = ROUTES,
    clock: SetClock | None = None,
) -> AsyncIterator[World]:
    """A server over a hub, in memory where none is given."""
    clock = clock or SetClock()
    lines = io.BytesIO()
    found: list[Hub] = []

    @contextlib.asynccontextmanager
    async def kept() -> AsyncIterator[Hub]:
        async with hub_opened or wiring.in_memory(clock) as hub:
            found.append(hub)
            yield hub

    app = application(kept(), routes=routes, log=logger(lines))
    async with app.lifespan():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type] # Litestar's own types
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            yield World(client, found[0], clock, lines)
