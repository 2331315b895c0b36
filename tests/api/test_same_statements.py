"""What there is not and what is not yours: one answer, by the same statements, with the same entry in the ledger."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from api import wiring
from api.routes import Read, ids_in
from api.v1 import ROUTES
from domain.governance.access import AccessDenied
from tests.api.test_access_ledger import Ledger
from tests.api.test_every_read import GIVEN, journey
from tests.api.test_real_server import installation, served
from tests.api.world import SetClock, world
from tests.conftest import Database

pytestmark = pytest.mark.anyio

NOT_OF_THE_REQUEST = ("FROM token", "Asked under the locks")
"""Who holds the token is asked at most once a second, and what time it is at the database every five."""
ASKING = ("fetch", "fetchrow", "fetchval", "execute", "executemany")


@contextmanager
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that is sent meanwhile."""
    sent: list[str] = []

    def telling(way: Callable[..., Any]) -> Callable[..., Any]:
        def send(self: object, query: str, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - asyncpg's own
            if not any(one in query for one in NOT_OF_THE_REQUEST):
                sent.append(" ".join(query.split())[:120])
            return way(self, query, *args, **more)

        return send

    with monkeypatch.context() as patched:
        for name in ASKING:
            patched.setattr(asyncpg.Connection, name, telling(getattr(asyncpg.Connection, name)))
        yield sent


def but_for_its_own(answer: httpx.Response) -> tuple[int, dict[str, Any], set[str]]:
    """An answer without what every answer has of its own: the request's id and the time."""
    return answer.status_code, answer.json() | {"instance": ""}, set(answer.headers) - {"date"}


async def test_what_there_is_not_and_what_is_not_yours_are_told_apart_by_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(database.app_url, tmp_path) as made:
        await made.agencies(("hub", "partnership"), ("housing", "housing-options"), ("shelter", "voluntary"))
        ids = await journey(made)
    clock = SetClock(wiring.SystemClock().now())
    async with world(wiring.opened(installation(database.app_url, tmp_path), projecting=False), clock=clock) as here:
        stranger = await here.caller("agency-worker", "shelter", worker="stranger")
        ledger = Ledger(here)
        compared = 0
        for route in ROUTES:
            if not isinstance(route, Read) or route.name in {
                "why",
                "worker",
                "agency",
                "service",
                "powers",
                "ladder",
                "hub_day",
            }:
                continue
            if not ids_in(route.path) or any(name not in ids for name in ids_in(route.path)):
                continue
            theirs = route.path.format_map(ids) + GIVEN.get(route.name, "")
            nothing = re.sub(r"\{(\w+)\}", of_nothing, route.path) + GIVEN.get(route.name, "")
            await stranger.get(nothing)  # what is remembered of partnerships and tokens is remembered
            await ledger.new()
            found = []
            for path in (theirs, nothing):
                with told(monkeypatch) as sent:
                    answer = await stranger.get(path)
                entry, look = await ledger.one()
                assert isinstance(look, AccessDenied), (route.path, answer.text)
                ids_named = (len(look.persons), len(look.asked))
                bare = msgspec.structs.replace(look, persons=(), asked=(), request="", at=clock.now())
                found.append((but_for_its_own(answer), sorted(sent), bare, ids_named, entry.envelope.purpose))
            assert found[0] == found[1], route.path
            assert found[0][0][0] in {403, 404}
            assert found[0][1], "it is found out by asking"
            compared += 1
        assert compared > 15
        session = stranger.authorization.removeprefix("Bearer ")
        headers = {"cookie": f"hub_session={session}", "accept": "text/html", "x-request-id": "the-same-id"}
        for page in ("", "/timeline", "/plan", "/accesses", "/print/summary"):
            pages = []
            for person in (str(uuid.uuid4()), ids["person"], str(uuid.uuid4())):  # the first is not compared
                await ledger.new()
                with told(monkeypatch) as sent:
                    answer = await here.client.get(f"/people/{person}{page}", headers=headers)
                _, look = await ledger.one()
                assert isinstance(look, AccessDenied), (page, answer.text)
                text = answer.text.replace(person, "whoever was asked for")
                pages.append((answer.status_code, text, sorted(sent), look.denial, len(look.persons)))
            assert pages[1] == pages[2], page
            assert pages[1][0] == 404


def of_nothing(name: re.Match[str]) -> str:
    """What names nothing: a position of the log is a number, everything else an id."""
    return "999999" if name[1] == "position" else str(uuid.uuid4())
