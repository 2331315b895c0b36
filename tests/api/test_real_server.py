"""The API on PostgreSQL: what is decided outlives the process, and a database that goes away comes back by itself."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrations import migrate
from api import wiring
from api.cli.token import command as token_command
from api.settings import Settings
from application import accounts as accounts_of
from application.ports import LogId
from domain.actors import Actor
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.api.test_http import POLICE, problem
from tests.api.test_journey import entered, offered, referred
from tests.api.world import SetClock, World, world
from tests.conftest import Database

pytestmark = pytest.mark.anyio

NAMELESS = {"identity": "unknown", "provisional": "no-name-given"}
CASE = LogId("fenland/case")

FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER disk_is_full BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION disk_is_full();
"""
ROOM = "DROP FUNCTION disk_is_full() CASCADE"


def installation(url: str, home: Path) -> Settings:
    return Settings(home=home, keys=home / "keys.sqlite", kek=home / "kek", database_url=url)


@contextlib.asynccontextmanager
async def served(url: str, home: Path) -> AsyncIterator[World]:
    """A server by the real time: the database's own clock says when something was recorded."""
    clock = SetClock(wiring.SystemClock().now())
    async with world(wiring.opened(installation(url, home)), clock=clock) as made:
        yield made


@pytest.fixture
async def here(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with served(database.app_url, tmp_path) as made:
        await made.agencies(("hub", "partnership"), ("police", "police"), ("housing", "housing-options"))
        yield made


async def test_a_referral_is_sent_read_and_accepted_on_postgresql(here: World) -> None:
    coordinator = await here.caller("hub-coordinator", "hub")
    admin = await here.caller("administrator", "hub")
    housing = await here.caller("agency-worker", "housing", worker="housing-1")
    await offered(coordinator)
    person = await entered(coordinator)
    referral = await referred(coordinator, person)
    accepted = await housing.post(f"/v1/referrals/{referral}/accept", {})
    assert accepted.status_code == 200, accepted.text
    seen = await housing.get(f"/v1/referrals/{referral}?after={accepted.json()['position']}")
    assert seen.json()["row"]["status"] == "accepted"
    assert seen.json()["row"]["reason"] == "Sleeps behind the library"
    found = await housing.get("/v1/referrals/incoming")
    assert [one["who"]["given_name"] for one in found.json()["items"]] == ["Jane"]
    (live,) = (await admin.get("/v1/operations/projections")).json()["items"]
    assert live["live"]
    assert live["lag"] == 0


async def test_a_request_sent_again_to_another_server_has_the_same_outcome(
    here: World, database: Database, tmp_path: Path
) -> None:
    officer = await here.caller("constable", "police")
    first = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    async with served(database.app_url, tmp_path) as other:
        head = await other.hub.decider.log.head(CASE)
        again = await other.client.post(
            "/v1/people",
            json=NAMELESS,
            headers={"authorization": officer.authorization, "idempotency-key": "k-1"},
        )
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert again.headers["location"] == first.headers["location"]
        reused = await other.client.post(
            "/v1/people",
            json=NAMELESS | {"nickname": "Mac"},
            headers={"authorization": officer.authorization, "idempotency-key": "k-1"},
        )
        problem(reused, 422, "key-reused")
        assert await other.hub.decider.log.head(CASE) == head


async def test_two_servers_at_once_do_a_request_once(here: World, database: Database, tmp_path: Path) -> None:
    officer = await here.caller("constable", "police")
    async with served(database.app_url, tmp_path) as other:
        answers = await asyncio.gather(
            *(
                server.client.post(
                    "/v1/people",
                    json=NAMELESS,
                    headers={"authorization": officer.authorization, "idempotency-key": "k-1"},
                )
                for _ in range(10)
                for server in (here, other)
            )
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1


async def test_a_full_disk_is_said_nothing_is_half_done_and_it_goes_on_once_there_is_room(
    here: World, database: Database
) -> None:
    officer = await here.caller("constable", "police")
    head = await here.hub.decider.log.head(CASE)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(FULL)
    answer = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    problem(answer, 503, "storage-full")
    assert int(answer.headers["retry-after"]) >= 1
    assert await here.hub.decider.log.head(CASE) == head
    await owner.execute(ROOM)
    await owner.close()
    assert (await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")).status_code == 201


async def test_a_stopped_database_is_said_and_the_service_comes_back_with_it(open_home: Path) -> None:
    database = EmbeddedPostgres(open_home)
    await asyncio.to_thread(database.enter)
    url = database.app_url
    await migrate(database.owner_url)
    keys = open_home / "keys"
    keys.mkdir()
    try:
        async with served(url, keys) as here:
            await here.agencies(("police", "police"))
            officer = await here.caller("constable", "police")
            known = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
            assert known.status_code == 201
            await asyncio.to_thread(database.leave)

            for path in ("/v1/people", "/v1/agencies"):
                answer = await officer.post(path, NAMELESS if path == "/v1/people" else POLICE, idempotency_key="k-2")
                problem(answer, 503, "unavailable")
                assert int(answer.headers["retry-after"]) >= 1
            problem(await officer.get("/v1/agencies"), 503, "unavailable")
            assert (await here.client.get("/health/live")).status_code == 200
            said = problem(await here.client.get("/health/ready"), 503, "not-ready")
            assert said["facts"]["database"] != "well"

            await asyncio.to_thread(database.enter)
            assert database.app_url == url
            for _ in range(100):
                done = await officer.post("/v1/people", NAMELESS, idempotency_key="k-2")
                ready = await here.client.get("/health/ready")
                if (done.status_code, ready.status_code) == (201, 200):
                    break
                await asyncio.sleep(0.2)
            assert (done.status_code, ready.status_code) == (201, 200)
            again = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
            assert again.json() == known.json()
            seen = await officer.get(f"{again.headers['location']}?after={again.json()['position']}")
            assert seen.status_code == 200, seen.text
    finally:
        await asyncio.to_thread(database.leave)


async def test_a_server_starts_before_its_database(open_home: Path) -> None:
    database = EmbeddedPostgres(open_home)
    await asyncio.to_thread(database.enter)
    url = database.app_url
    await asyncio.to_thread(database.leave)
    async with served(url, open_home) as here:
        problem(await here.client.get("/health/ready"), 503, "not-ready")
        assert (await here.client.get("/health/live")).status_code == 200


def test_a_token_is_made_listed_and_revoked_on_the_command_line(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database.app_url)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    run = CliRunner()
    named = ("--partnership", "fenland", "--worker", "w-1", "--agency", "police", "--role", "constable")
    unregistered = run.invoke(token_command, ["create", *named])
    assert unregistered.exit_code == 1
    assert "hub agency register" in unregistered.output

    async def registers() -> None:
        async with served(database.app_url, tmp_path) as here:
            await here.agencies(("police", "police"))

    asyncio.run(registers())
    made = run.invoke(token_command, ["create", *named, "--days", "1", "--label", "patrol", "--json"])
    assert made.exit_code == 0, made.output
    token = json.loads(made.output)

    async def opens() -> int:
        async with served(database.app_url, tmp_path) as here:
            answer = await here.client.get("/v1/agencies", headers={"authorization": f"Bearer {token['token']}"})
            return answer.status_code

    assert asyncio.run(opens()) == 200
    listed = run.invoke(token_command, ["list", "--partnership", "fenland", "--json"])
    known = {one["id"]: one for one in map(json.loads, listed.output.splitlines())}
    assert known[token["id"]]["state"] == "live"
    assert token["token"] not in listed.output
    assert run.invoke(token_command, ["revoke", token["id"], "--json"]).exit_code == 0
    assert asyncio.run(opens()) == 401
    assert run.invoke(token_command, ["revoke", token["id"]]).exit_code == 1
    assert run.invoke(token_command, ["create", *named, "--role", "king"]).exit_code == 2
    assert run.invoke(token_command, ["create", *named, "--worker", "Not A Slug"]).exit_code == 2


async def test_the_log_keeps_no_token(here: World, database: Database) -> None:
    caller = await here.caller("constable", "police")
    connection = await asyncpg.connect(database.owner_url)
    try:
        rows = await connection.fetch("SELECT token::text AS row FROM token")
    finally:
        await connection.close()
    assert rows
    assert not any(caller.authorization.removeprefix("Bearer ") in row["row"] for row in rows)


async def test_once_an_account_is_ended_no_server_lets_its_sessions_in(
    here: World, database: Database, tmp_path: Path
) -> None:
    actor = Actor(
        worker=WorkerId("jo-bloggs"),
        agency=AgencyId("hub"),
        role="hub-coordinator",
        partnership=PartnershipId("fenland"),
    )
    accounts = here.hub.accounts
    async with served(database.app_url, tmp_path) as other:
        for _ in range(10):
            account = (await accounts.invite(accounts_of.installation(actor.partnership), actor)).account
            [standing] = await accounts.store.standings(account)
            text, token, kept = here.hub.proving.session(standing, "session")
            await here.hub.tokens.keep(token, kept)
            headers = {"authorization": f"Bearer {text}"}
            for server in (here, other):
                assert (await server.client.get("/v1/agencies", headers=headers)).status_code == 200
            await accounts.close(accounts_of.installation(), account)
            for server in (other, here):
                problem(await server.client.get("/v1/agencies", headers=headers), 401, "unauthenticated")
    directory = LogId("directory/case")
    head = await here.hub.decider.log.head(directory)
    assert await here.hub.models.reached(directory, head, 10), "what nobody looks at stops no projector"
