"""Kills the hub at each durable step of an erasure and of the epoch after it, and looks what became of the person.

`python -m tests.erasure_crash` prints one JSON object; `--every 5` kills at each fifth step. Each kill has an
installation of its own: a human of two records, of whom some was written under another's while both were thought to be
one, is proposed to be erased. `hub serve` is killed with all that it started (`tests.mortal`), and started again:

- `ordered`: a second worker orders the erasure of the running server, which carries it out;
- `found`: the erasure was ordered, and the server that starts finds it;
- `night`: the same, and the process that projects has the epoch to move.

What must hold after it, or the script ends with an AssertionError:

- each record was ordered and completed once, by the follow-up, in the name of who ordered it; asked for again under
  the same key, the order is answered as it was;
- no file holds a key of the person, and no key that is left opens anything of them: in the log, in rows, over the API,
  on pages; no hash in the index for finding people is theirs;
- everybody else's is there, under whosever record it was written, and who was merged stays so;
- the leaves of before are as they were, the export holds for the verifier, decisions made again are the same or were
  erased, and rows are those of a replay and of a rebuild;
- after a night there is one key-encryption key, and the person's hashes cannot be made again.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import psycopg
from psycopg import sql

from adapters.memory_read_models import MemoryReadModels
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrations import migrate
from adapters.postgres.read_models import decoder_of
from adapters.proof.verifier import policy_of, verify
from api import auditing, wiring
from api.demo import workers_of
from api.settings import Settings
from api.sheets import opened_partnership
from application.ports import LogId
from application.posting import see_in_post
from application.views import VIEWS
from application.views.people import PEOPLE
from application.views.timeline import TimelineRow, fact_of
from domain.facts import Sealed
from domain.ids import PartnershipId
from tests.api.test_journey import entered
from tests.api.world import FENLAND, Caller, SetClock, World, world
from tests.conftest import Cluster, Database, in_database, owner_of
from tests.ledger_crash import Application, Connection, free_port
from tests.mortal import Death, order
from tests.web.site import Site, serving
from tests.web.visitor import Visitor

CASE: Final = LogId(f"{FENLAND}/case")
PLACES: Final = {"ordered": "api.cli", "found": "api.cli", "night": "api.projecting"}
"""Where it is killed: which process counts its steps."""
SETTLED_SECONDS: Final = 90.0
ERASED, OTHERS = "Zqgone", "Zqstays"
"""What is written of the one, and of everybody else, begins so."""


class Report(msgspec.Struct):
    """What was done, and that it held."""

    kills: Counter[str] = msgspec.field(default_factory=Counter)
    steps: dict[str, int] = msgspec.field(default_factory=dict)
    erased: int = 0
    orders_answered_again: int = 0
    seconds: float = 0.0


class Story(msgspec.Struct, frozen=True):
    """Who is to be erased, what leads there, and what there was before."""

    person: str
    records: frozenset[str]
    others: tuple[str, ...]
    erasure: str
    authorization: str
    leaves: tuple[bytes, ...]
    keys: tuple[str, ...]
    """The keys of the records, as they are wrapped."""

    @property
    def order(self) -> str:
        """Where the erasure is ordered."""
        return f"/v1/people/{self.person}/erasures/{self.erasure}/order"


class Installation:
    """A database with its keys, and the human in it."""

    def __init__(self, cluster: Cluster, name: str, home: Path) -> None:
        self.database: Database = cluster.database(name)
        self.admin_url = in_database(cluster.admin_url, name)
        self.home = home
        self.given = Settings(
            home=home,
            keys=home / "keys.sqlite",
            kek=home / "kek",
            destroyed_keys=home / "destroyed-keys",
            proof_key=home / "proof-key",
            proof_policy=home / "proof-policy",
            database_url=self.database.app_url,
        )

    @contextlib.asynccontextmanager
    async def here(self, *, projecting: bool = True) -> AsyncIterator[World]:
        """Its API in this process, where nobody follows anything up."""
        clock = SetClock(wiring.SystemClock().now())
        async with world(wiring.opened(self.given, projecting=projecting), clock=clock) as made:
            yield made

    def asked(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the database says, whoever may see it."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def said(self, *types: str) -> list[dict[str, Any]]:
        """The facts of some types, as the log has them."""
        leaves = self.asked("SELECT entry FROM event WHERE log_id > 0 ORDER BY position")
        return [said for (entry,) in leaves if (said := json.loads(entry))["type"] in types]

    def let_leases_end(self) -> None:
        """Time passes: whoever was killed holds nothing any more."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute("UPDATE projection SET lease_until = '-infinity'")
            connection.execute("UPDATE log_proof SET lease_until = '-infinity'")

    def wrapped(self, subjects: Collection[str]) -> tuple[str, ...]:
        """The keys of some people that are not destroyed, as the store has them."""
        with closing(sqlite3.connect(self.given.keys)) as connection:
            rows = connection.execute("SELECT subject, wrapped FROM data_key WHERE wrapped IS NOT NULL").fetchall()
        return tuple(key for subject, key in rows if subject in subjects)

    def make_night_due(self) -> None:
        """The epoch moved last long ago."""
        with closing(sqlite3.connect(self.given.keys)) as connection:
            connection.execute("UPDATE kek SET created_at = '2026-01-01T00:00:00.000000+00:00'")
            connection.commit()

    def night_is_over(self) -> bool:
        """One key-encryption key is left, which is not the first, and the database knows of it."""
        with closing(sqlite3.connect(self.given.keys)) as connection:
            left = connection.execute("SELECT epoch FROM kek WHERE destroyed_at IS NULL").fetchall()
        known = self.asked("SELECT max(epoch) FROM key_epoch")
        return len(left) == 1 and left[0][0] > 1 and known == left


async def tell(installation: Installation) -> Story:
    """What happens before an erasure is ordered; what was said last of whose things are, nobody has acted upon."""
    async with installation.here() as here:
        await opened_partnership(here.hub, FENLAND)
        for worker in workers_of(PartnershipId(FENLAND)).values():
            await see_in_post(here.hub.decider, worker, here.clock)
        hub = await here.caller("hub-coordinator", "csp", worker="coordinator")
        second = await here.caller("hub-coordinator", "csp", worker="second")
        privacy = await here.caller("privacy-officer", "csp", worker="privacy")
        gone = [await _entered(hub, ERASED, number) for number in (1, 2)]
        parted, merged, into = [await _entered(hub, OTHERS, number) for number in (1, 2, 3)]
        undone = await _merged(hub, second, gone[0], parted)
        await _lived(hub, gone[0], ERASED)
        await _lived(hub, gone[0], OTHERS)
        await _done(hub, f"/v1/merges/{undone}/undo", {"reason": "Two after all"})
        await _merged(hub, second, gone[0], gone[1])
        await _merged(hub, second, into, merged)
        await _lived(hub, into, OTHERS)
        head = await here.hub.decider.log.head(CASE)
        things = (await hub.get(f"/v1/merges/{undone}?after={head}")).json()["things"]
        assert len(things) == 4, things
        ids = [one["thing"] for one in things]
    async with installation.here(projecting=False) as here:
        hub = await here.caller("hub-coordinator", "csp", worker="coordinator")
        await _done(hub, f"/v1/merges/{undone}/attribute", {"others": ids[2:], "kept": ids[:2], "reason": ERASED})
        asked = {"ground": "objection", "reason": ERASED, "why_left_open": ERASED}
        proposed = await _done(hub, f"/v1/people/{gone[0]}/erasures", asked)
        page = await here.hub.decider.log.read(CASE)
        return Story(
            person=gone[0],
            records=frozenset(gone),
            others=(parted, into),
            erasure=proposed["erasure"],
            authorization=privacy.authorization,
            leaves=tuple(one.entry for one in page.events),
            keys=installation.wrapped(gone),
        )


async def _done(caller: Caller, path: str, body: object) -> dict[str, Any]:
    answer = await caller.post(path, body)
    assert answer.status_code in {200, 201}, (path, answer.text)
    made: dict[str, Any] = answer.json()
    return made


async def _entered(caller: Caller, text: str, number: int) -> str:
    name = text + "abc"[number - 1]
    return await entered(caller, given_name=name, family_name=f"{name}son", born=f"198{number}-0{number}-1{number}")


async def _lived(caller: Caller, person: str, text: str) -> None:
    """Two things happened."""
    await _done(caller, f"/v1/people/{person}/aliases", {"nickname": text})
    met = {"kind": "welfare", "offer": "outreach", "place": text, "facts_observed": text}
    await _done(caller, f"/v1/people/{person}/encounters", met)


async def _merged(proposes: Caller, decides: Caller, person: str, other: str) -> str:
    asked = {"person": person, "other": other, "reason": "Same face"}
    merge = str((await _done(proposes, "/v1/merges", asked))["merge"])
    await _done(decides, f"/v1/merges/{merge}/decide", {"agree": True})
    return merge


class Killing:
    """Kills an installation's server once, and sees it through."""

    def __init__(self, installation: Installation, story: Story, place: str) -> None:
        self.installation = installation
        self.story = story
        self._place = place
        self._application = Application(
            installation.database.app_url, installation.home, free_port(), ("tests.mortal", "api.cli")
        )

    async def round(self, step: int) -> bool:
        """Whether there was such a step. It is over when the erasure is."""
        try:
            died = await self._begun(Death(PLACES[self._place], step))
            if died:
                await self._application.kill()
                self.installation.let_leases_end()
                await self._application.start()
                await self._asked_again()
                await self._settled()
        finally:
            await self._application.kill()
        self.installation.let_leases_end()
        return died

    async def _begun(self, death: Death) -> bool:
        installation = self.installation
        if self._place == "ordered":
            await self._application.start()
            await self._until(self._projected)
            order(installation.home, death)
            with contextlib.suppress(OSError, EOFError):
                await self._order()
        else:
            if self._place == "night":
                installation.make_night_due()
            order(installation.home, death)
            await self._application.begin()
        return await self._settled()

    async def _order(self) -> int:
        headers = {"authorization": self.story.authorization, "idempotency-key": "order-once"}
        headers["content-type"] = "application/json"
        with closing(Connection(self._application.port)) as connection:
            status, _ = await connection.send(b"POST", self.story.order, headers, b"{}")
        return status

    async def _asked_again(self) -> None:
        """Who got no answer asks again, and so does who got one."""
        if self._place == "ordered":
            assert await self._order() == 200

    async def _settled(self) -> bool:
        """Wait until it was killed, or all is done: whether it was killed."""

        def done() -> bool:
            return (
                len(self.installation.said("erasure-completed")) >= len(self.story.records)
                and self._projected()
                and (self._place != "night" or self.installation.night_is_over())
            )

        await self._until(lambda: self._application.ended or done())
        return self._application.ended

    def _projected(self) -> bool:
        found = self.installation.asked(
            "SELECT position FROM projection WHERE live"
            " AND position = (SELECT max(position) FROM event WHERE log_id > 0)"
        )
        return bool(found)

    async def _until(self, holds: Any) -> None:  # noqa: ANN401 - a question
        give_up = time.monotonic() + SETTLED_SECONDS
        while not await asyncio.to_thread(holds):
            assert time.monotonic() < give_up, f"{self._place}: it does not come to an end"
            await asyncio.sleep(0.03)


async def check(installation: Installation, story: Story, *, night: bool) -> None:
    """Everything that must hold afterwards. Raises AssertionError."""
    _no_key_is_left(installation, story)
    _erased_once(installation, story)
    keys = [one for (one,) in installation.asked("SELECT person FROM person_key")]
    pairs = [one for row in installation.asked("SELECT person, other FROM person_pair") for one in row]
    assert not story.records.intersection(keys + pairs), "who was erased can be found"
    assert set(story.others) <= set(keys), "somebody else cannot be found"
    if night:
        _night_was_whole(installation)
    clock = SetClock(wiring.SystemClock().now())
    async with serving(wiring.opened(installation.given), clock, demo=True) as site:
        await _shown_nowhere(site, story)
        hub = site.hub
        page = await hub.decider.log.read(CASE, sealed=True)
        assert tuple(one.entry for one in page.events[: len(story.leaves)]) == story.leaves
        opened = [each.opened for one in page.events for each in hub.codec.committed(one) if each.opened is not None]
        _of_others_alone("\n".join(value.decode() for _, value in opened))
        again = Counter([(one.outcome, one.why) async for one in hub.redeciding(PartnershipId(FENLAND)).all()])
        assert set(again) <= {("same", None), ("not-reproducible", "arguments-erased")}, again
        await _rows_are_those_of_a_replay(installation, site)
        await _verified(installation, site, len(page.events))


def _no_key_is_left(installation: Installation, story: Story) -> None:
    """In no file of the home, as the last kill left it: what was destroyed does not linger in what is written ahead."""
    assert story.keys
    for path in installation.home.glob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [one for one in story.keys if one.encode() in content], f"a key is left in {path.name}"


def _erased_once(installation: Installation, story: Story) -> None:
    for kind in ("erasure-ordered", "erasure-completed"):
        said = installation.said(kind)
        whom = [tag.partition(":")[2] for one in said for tag in one["about"] if tag.startswith("person:")]
        assert sorted(whom) == sorted(story.records), said
        assert {one["fields"]["ordered_by"] for one in said} == {"privacy"}, said
    assert {one["actor"] for one in installation.said("erasure-ordered")} == {"privacy"}
    assert {one["actor"] for one in installation.said("erasure-completed")} == {"follow-up"}


def _night_was_whole(installation: Installation) -> None:
    """No build of rows, and no secret of one, is older than the order."""
    ordered = max(dt.datetime.fromisoformat(one["recorded"]) for one in installation.said("erasure-ordered"))
    with closing(sqlite3.connect(installation.given.keys)) as connection:
        made = connection.execute("SELECT name, created_at FROM secret WHERE name LIKE 'blind-index/%'").fetchall()
    builds = installation.asked("SELECT build FROM projection")
    assert {name.rpartition("/")[2] for name, _ in made} == {str(build) for (build,) in builds}, (made, builds)
    assert all(dt.datetime.fromisoformat(at) > ordered for _, at in made), (made, ordered)
    assert len((installation.home / "kek").read_text().splitlines()) == 1
    assert not [*installation.home.glob(".kek.old"), *installation.home.glob(".kek.*.draft")]


def _of_others_alone(text: str) -> None:
    assert ERASED not in text, "something of who was erased can be read"
    assert text.count(OTHERS) > 8, "something of somebody else is gone"


async def _shown_nowhere(site: Site, story: Story) -> None:
    hub = await site.caller("hub-coordinator", "csp", worker="coordinator")
    privacy = await site.caller("privacy-officer", "csp", worker="privacy")
    site.client.timeout = SETTLED_SECONDS
    assert await site.hub.models.reached(CASE, await site.hub.decider.log.head(CASE), SETTLED_SECONDS)
    said = []
    for number in (1, 2, 3):
        for text in (ERASED, OTHERS):
            name = text + "abc"[number - 1]
            born = f"198{number}-0{number}-1{number}"
            asked = {"given_name": name, "family_name": f"{name}son", "born": born}
            found = (await hub.post("/v1/people/search", asked)).json()["people"]
            shown = json.dumps(found)
            assert not [one for one in story.records if one in shown], "who was erased is found"
            assert bool(found) == (text == OTHERS), (name, found)
    for person in (*story.records, *story.others):
        for path in ("", "/timeline", "/details", "/encounters"):
            answer = await hub.get(f"/v1/people/{person}{path}")
            assert answer.status_code in {200, 404}, answer.text
            said.append(answer.text)
        said.append((await privacy.get(f"/v1/people/{person}/keeping")).text)
    said.append((await hub.get("/v1/erasures")).text)
    async with Visitor(site) as visitor:
        visitor.client.timeout = SETTLED_SECONDS
        await visitor.sign_in("coordinator")
        for person in (*story.records, *story.others):
            said += [(await visitor.open(f"/people/{person}{path}")).text for path in ("", "/details", "/keeping")]
        said.append((await visitor.open("/keeping")).text)
    _of_others_alone("\n".join(said))


async def _rows_are_those_of_a_replay(installation: Installation, site: Site) -> None:
    """The rows as they are, those folded from the log at once, and those of a rebuild beside."""
    codec, log = site.hub.codec, site.hub.decider.log
    replayed, _ = await MemoryReadModels(log, codec, VIEWS).brought_forward(CASE)
    expected = {(name, key): row for name, held in replayed.items() for key, row in held.items()}
    stored = _stored(installation)
    assert stored == expected, "rows are not those of a replay"
    values = [text for row in stored.values() for text in site.hub.unsealer.open_all([*_sealed(row)]) if text]
    _of_others_alone("\n".join(values))
    assert {row.erasure for (view, _), row in stored.items() if view == PEOPLE.name} == {None, "completed"}
    async with wiring.projector(installation.given) as projector:
        await projector.rebuild(CASE, keep_before=False)
    assert _stored(installation) == expected, "rows are not those of a rebuild"


def _stored(installation: Installation) -> dict[tuple[str, str], Any]:
    rows = installation.asked("SELECT view, key, body FROM read_model JOIN projection USING (log_id, build) WHERE live")
    return {(view, key): decoder_of(VIEWS.by_name[view]).decode(body) for view, key, body in rows}


def _sealed(value: object) -> Iterator[Sealed]:
    match value:
        case Sealed():
            yield value
        case TimelineRow():
            yield from _sealed(fact_of(value))
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from _sealed(getattr(value, name))
        case tuple() | list() | frozenset():
            for one in value:
                yield from _sealed(one)
        case dict():
            yield from _sealed([*value.values()])


async def _verified(installation: Installation, site: Site, count: int) -> None:
    """The export holds, and says of everything that cannot be read that it was erased."""
    folder = installation.home / "audit"
    sample = range(1, count + 1)
    async with wiring.signer(installation.given) as signer:
        await auditing.export_audit(
            site.hub, signer, folder, partnership=FENLAND, sample=sample, why=lambda: "to see that it holds"
        )
    policy = policy_of("\n".join([*await wiring.log_lines(installation.given), "quorum none", ""]))
    verify(folder, policy, sample=sample)
    _of_others_alone((folder / "revealed.jsonl").read_text())


class Crashing:
    """Installations to be killed, each a copy of one of two: an erasure was proposed, and it was ordered."""

    def __init__(self, cluster: Cluster, root: Path) -> None:
        self._cluster = cluster
        self._root = root
        self._made: dict[str, Installation] = {}
        self.report = Report()

    async def begin(self, template: str) -> None:
        """Tell the story in a copy of a migrated, empty database."""
        proposed = self._copied(template, "proposed", None)
        wiring.make_secret(proposed.home / "proof-key", "hub.example.org")
        self._made["proposed"] = proposed
        self._story = await tell(proposed)
        ordered = self._made["ordered"] = self._copied(proposed.database.name, "ordered", proposed.home)
        async with ordered.here(projecting=False) as here:
            privacy = await here.caller("privacy-officer", "csp", worker="privacy")
            await _done(privacy, self._story.order, {})

    async def kill(self, place: str, step: int) -> bool:
        """One kill; whether there was such a step. Raises AssertionError."""
        made = self._made["proposed" if place == "ordered" else "ordered"]
        installation = self._copied(made.database.name, "killed", made.home)
        died = await Killing(installation, self._story, place).round(step)
        try:
            await check(installation, self._story, night=place == "night")
        except BaseException:
            sys.stderr.write(f"{place}, step {step}: see {installation.home} and {installation.database.name}\n")
            raise
        self._dropped(installation)
        self.report.kills[place] += died
        self.report.erased += 1
        self.report.orders_answered_again += died and place == "ordered"
        return died

    async def kill_at_each(self, every: int) -> Report:
        """At each step of each place, or each so many."""
        began = time.monotonic()
        for place in PLACES:
            step = 1
            while await self.kill(place, step):
                step += every
            self.report.steps[place] = step - every
        self.report.seconds = round(time.monotonic() - began, 1)
        return self.report

    def end(self) -> None:
        """Leave no database behind."""
        for one in self._made.values():
            self._dropped(one)

    def _copied(self, database: str, name: str, home: Path | None) -> Installation:
        installation = Installation(self._cluster, f"erasure_{name}_{free_port()}", self._root / name)
        names = [installation.database.name, owner_of(self._cluster.owner_url), database]
        made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*map(sql.Identifier, names))
        with psycopg.connect(self._cluster.admin_url, autocommit=True) as connection:
            connection.execute(made)
        if home is None:
            installation.home.mkdir()
        else:
            shutil.copytree(home, installation.home)
        return installation

    def _dropped(self, installation: Installation) -> None:
        name = sql.Identifier(installation.database.name)
        with psycopg.connect(self._cluster.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        shutil.rmtree(installation.home, ignore_errors=True)


async def crash(home: Path, every: int) -> Report:
    """On a server of its own."""
    with EmbeddedPostgres(home) as server:
        await migrate(server.owner_url)
        cluster = Cluster(server.admin_url, server.owner_url, server.app_url, "hub")
        crashing = Crashing(cluster, home)
        await crashing.begin(urlsplit(server.owner_url).path[1:])
        return await crashing.kill_at_each(every)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-erasure-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o711)  # as root, the server runs as somebody else
        report = asyncio.run(crash(home, chosen.every))
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")


if __name__ == "__main__":
    main()
