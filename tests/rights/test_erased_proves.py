"""After an erasure the log proves as before: an export verifies and names it; on PostgreSQL nothing finds them."""

import datetime as dt
import json
from pathlib import Path

import pytest

from adapters.proof.verifier import verify
from api import wiring
from api.following_up import follow_up_everywhere
from api.hub import Hub
from application.access import Account
from application.posting import see_in_post
from application.published.partnerships import coordinator, open_partnership
from domain.actors import Actor, Role
from domain.engagement.encounter import RecordEncounter
from domain.facts import Command
from domain.ids import EncounterId, ErasureId, MergeId, PartnershipId, PersonId, WorkerId
from domain.people import describing
from domain.people.attributing import AttributeRecords
from domain.people.merging import DecideMerge, ProposeMerge, UnmergePersons
from domain.people.registering import RegisterPerson
from domain.rights.erasure import OrderErasure, ProposeErasure
from tests import audits
from tests.adapters.postgres.test_pairing import kept
from tests.adapters.postgres.test_projector import partnership
from tests.conftest import Database
from tests.rights.examples import PRIVACY, erasing, ordered, proposed
from tests.views.histories import COORDINATOR, LOG, PARTNERSHIP, told
from tests.views.histories import known as entered

pytestmark = pytest.mark.anyio

FENLAND = PartnershipId("fenland")
AT = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
ADA, BEN = PersonId("ada"), PersonId("ben")


class Clock:
    """Stands still."""

    def now(self) -> dt.datetime:
        return AT


def worker(role: Role, name: str) -> Actor:
    return Actor(worker=WorkerId(name), agency=coordinator(FENLAND).agency, role=role, partnership=FENLAND)


FIRST, SECOND = worker("hub-coordinator", "first"), worker("hub-coordinator", "second")
OFFICER = worker("privacy-officer", "officer")


async def story(hub: Hub) -> None:
    """Two records are merged, somebody is met, they are parted: the meeting was the other's, who is erased."""
    await open_partnership(hub.decider, FENLAND, AT, frozenset())
    for one in (FIRST, SECOND, OFFICER):
        await see_in_post(hub.decider, one, hub.clock)
    entry = {"at": AT, "identity": "unknown", "provisional": "no-name-given"}
    merge, erasure = MergeId("m-1"), ErasureId("x-1")
    acts: tuple[tuple[Actor, Command], ...] = (
        (FIRST, told(RegisterPerson, person=ADA, reference="AB-12", nickname="Ada", **entry)),
        (FIRST, told(RegisterPerson, person=BEN, reference="CD-34", nickname="Ben", **entry)),
        (FIRST, ProposeMerge(at=AT, merge=merge, person=ADA, other=BEN, reason="same face")),
        (SECOND, DecideMerge(at=AT, merge=merge, agree=True)),
        (FIRST, RecordEncounter(at=AT, encounter=EncounterId("e-1"), person=ADA, kind="outreach", place="the green")),
        (FIRST, UnmergePersons(at=AT, merge=merge, reason="two after all")),
        (FIRST, AttributeRecords(at=AT, merge=merge, others=frozenset({"encounter:e-1"}))),
        (FIRST, ProposeErasure(at=AT, erasure=erasure, person=BEN, ground="objection", reason="he asked")),
        (OFFICER, OrderErasure(at=AT, erasure=erasure, person=BEN)),
    )
    for by, command in acts:
        await hub.decider.decide(command, by)
    await follow_up_everywhere(hub)


async def test_an_export_verifies_and_names_the_erasure_also_of_what_was_attributed(tmp_path: Path) -> None:
    async with wiring.in_memory(Clock()) as hub:
        await story(hub)
        looked = Account("test", "looked").of(FIRST)
        looked.saw("register", (ADA,), ("your-agency-recorded-it",))
        await hub.ledger.record(looked)
        every = range(1, await hub.decider.log.head(LOG) + 1)
        await audits.write_audit(tmp_path, hub, FENLAND, every)
        report = verify(tmp_path, audits.a_policy(FENLAND), sample=every)
        assert report.erasures == 1
        met = next(
            one
            for one in (hub.codec.recorded(stored) for stored in (await hub.decider.log.read(LOG, sealed=True)).events)
            if one.fact.fact_type == "encounter-recorded"
        )
        lines = [json.loads(one) for one in (tmp_path / "revealed.jsonl").read_text().splitlines()]
        said = {one["field"]: one.get("status") for one in lines if one["position"] == met.envelope.position}
        assert said["place"] == "erased", "it was recorded of the other, and is his"


async def test_on_postgresql_nobody_finds_or_suspects_who_was_erased_and_a_rebuild_agrees(database: Database) -> None:
    async with partnership(database) as one:
        history, projector = one.history, one.projector()
        await see_in_post(history.decider, PRIVACY, history.clock)
        at = history.clock.now()
        alike = told(
            describing.AddAlias, at=at, person="p-1", detail="d-1", given_name="Given-p-0", family_name="Sample"
        )
        assert await history.said(entered("p-9", at), COORDINATOR), history.refused
        assert await history.said(alike, COORDINATOR), history.refused
        await projector.catch_up(LOG)
        await projector.rebuild(LOG)  # the build before stays, to go back to
        assert "p-0" in {person for _, person in (await one.stored())["keys"]}
        assert await history.said(proposed(history), COORDINATOR), history.refused
        assert await history.said(ordered(history), PRIVACY), history.refused
        assert await erasing(history).carry_out(PARTNERSHIP) == 1  # before any rows are brought forward
        await projector.catch_up(LOG)
        async with one.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "SELECT set_config('hub.partnership', 'fenland', true), set_config('hub.agency', '*', true)"
            )
            found = await connection.fetchval("SELECT count(*) FROM person_key WHERE person = 'p-0'")
        assert found == 0, "in no build"
        assert not [pair for pair in await kept(one) if "p-0" in (pair.person, pair.other)]
        lived = await one.stored()
        assert lived["rows"]["person", "p-0"].erasure == "completed"
        await projector.rebuild(LOG)
        rebuilt = await one.stored()
        assert rebuilt["rows"] == lived["rows"]
        assert {person for _, person in rebuilt["keys"]} == {person for _, person in lived["keys"]}
