"""An installation's epochs: moved at night or by hand, known to the database, and no older keys used with it."""

import asyncio
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from adapters.sealing.sqlite_keys import SqliteKeys
from api import key_epochs, wiring
from api.cli import doctor
from api.cli.keys import keys as keys_command
from api.hub import Hub
from api.settings import Settings, SettingsError, read
from application.ports import Append, DecisionRecord, LogId
from application.views.people import PEOPLE
from domain.actors import Actor
from domain.ids import AgencyId, ErasureId, PartnershipId, PersonId, WorkerId
from domain.people.erased import ErasureOrdered
from tests.api.test_journey import entered
from tests.api.world import SetClock, world
from tests.conftest import Database

pytestmark = pytest.mark.anyio

FENLAND = PartnershipId("fenland")


@pytest.fixture
def given(database: Database, tmp_path: Path) -> Settings:
    SqliteKeys(tmp_path / "keys.sqlite", tmp_path / "kek").close()
    return Settings(home=tmp_path, keys=tmp_path / "keys.sqlite", kek=tmp_path / "kek", database_url=database.app_url)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def test_it_moves_once_a_night_whoever_asks(given: Settings) -> None:
    """Who comes second finds it done; the next night it moves again."""
    began = now()
    moved = await wiring.moved_epoch(given, "nightly", since=began)
    assert moved == wiring.EpochMoved(2, 1)
    assert await wiring.moved_epoch(given, "nightly", since=began) is None
    moved = await wiring.moved_epoch(given, "nightly", since=now())
    assert moved is not None
    assert moved.epoch == 3


async def test_older_keys_are_not_used_with_a_database_that_knows_a_newer_epoch(given: Settings) -> None:
    """Neither at the start, nor by a process that meets the database later, nor to move the epoch on from there."""
    older = given.home / "older"
    older.mkdir()
    for path in (given.keys, given.kek):
        shutil.copy(path, older / path.name)
    await wiring.moved_epoch(given, "by-hand")
    assert (await wiring.refuse_unusable_keys(given)).number == 2
    brought_back = Settings(home=older, keys=older / "keys.sqlite", kek=older / "kek", database_url=given.database_url)
    said = "are of epoch 1, and this database has seen epoch 2: an older copy of the keys was brought back"
    with pytest.raises(wiring.KeysUnusable, match=said):
        await wiring.refuse_unusable_keys(brought_back)
    with pytest.raises(wiring.KeysUnusable, match=said):
        await wiring.moved_epoch(brought_back, "by-hand")
    async with wiring.opened(brought_back, projecting=False) as hub:
        with pytest.raises(wiring.KeysUnusable, match=said):
            async with hub.models.open(LogId("fenland/case"), None) as rows:
                await rows.row(PEOPLE, "somebody")


async def test_keys_that_went_on_apart_are_told_from_those_of_the_database(given: Settings) -> None:
    """Both are of epoch 2, and only one of them served it."""
    apart = given.home / "apart"
    apart.mkdir()
    for path in (given.keys, given.kek):
        shutil.copy(path, apart / path.name)
    await wiring.moved_epoch(given, "by-hand")
    other = SqliteKeys(apart / "keys.sqlite", apart / "kek")
    await other.move_epoch()
    other.close()
    with pytest.raises(wiring.KeysUnusable, match="two copies of the keys went on apart"):
        await wiring.refuse_unusable_keys(
            Settings(home=apart, keys=apart / "keys.sqlite", kek=apart / "kek", database_url=given.database_url)
        )


async def test_a_database_of_before_is_used_with_newer_keys_and_learns_of_their_epoch(given: Settings) -> None:
    """Keys are backed up after the database, so a restored one meets newer keys; a nightly look tells it of them."""
    keys = SqliteKeys(given.keys, given.kek)
    await keys.move_epoch()
    keys.close()
    assert (await wiring.refuse_unusable_keys(given)).number == 2
    assert await wiring.moved_epoch(given, "nightly", since=now() - dt.timedelta(hours=1)) is None
    older = await wiring.moved_epoch(given, "nightly", since=now())
    assert older is not None
    assert older.epoch == 3


def test_it_is_moved_by_hand(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HOME", str(given.home))
    monkeypatch.setenv("HUB_DATABASE_URL", given.database_url or "")
    for name in ("HUB_KEYS", "HUB_KEK", "HUB_DESTROYED", "HUB_KEK_COPY"):
        monkeypatch.delenv(name, raising=False)
    ran = CliRunner().invoke(keys_command, ["epoch", "--json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout) == {"epoch": 2, "keys": 1}
    (line,) = [json.loads(one) for one in (given.home / "destroyed-keys").read_text().splitlines() if one]
    assert line["epoch"] == 2


def test_it_is_due_at_that_hour_in_london_winter_and_summer() -> None:
    """Also where the hour of today is still to come."""
    winter = dt.datetime(2026, 1, 10, 2, 59, tzinfo=dt.UTC)
    assert key_epochs.last_due(winter, 3) == dt.datetime(2026, 1, 9, 3, 0, tzinfo=dt.UTC)
    assert key_epochs.last_due(winter + dt.timedelta(minutes=1), 3) == dt.datetime(2026, 1, 10, 3, 0, tzinfo=dt.UTC)
    summer = dt.datetime(2026, 7, 10, 12, 0, tzinfo=dt.UTC)
    assert key_epochs.last_due(summer, 3) == dt.datetime(2026, 7, 10, 2, 0, tzinfo=dt.UTC)


async def test_whoever_serves_moves_it_where_a_night_was_missed(given: Settings) -> None:
    """The file of the keys says when it moved last."""
    keys = SqliteKeys(given.keys, given.kek)
    keys._connection.execute("UPDATE kek SET created_at = '2026-01-01T00:00:00.000000+00:00'")  # noqa: SLF001
    keeping = asyncio.ensure_future(key_epochs.keep_moving(with_hour(given, 3)))
    try:
        async with asyncio.timeout(30):
            while keys.epoch().number == 1 or keys.epoch().unfinished:  # noqa: ASYNC110 - another connection
                await asyncio.sleep(0.05)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        keys.close()
    await key_epochs.keep_moving(with_hour(given, None))


def with_hour(given: Settings, hour: int | None) -> Settings:
    return Settings(
        home=given.home, keys=given.keys, kek=given.kek, database_url=given.database_url, key_epoch_hour=hour
    )


def test_the_hour_is_an_hour_or_never() -> None:
    assert read({}).key_epoch_hour == 3
    assert read({"HUB_KEY_EPOCH": "0"}).key_epoch_hour == 0
    assert read({"HUB_KEY_EPOCH": "never"}).key_epoch_hour is None
    for value in ("24", "-1", "three"):
        with pytest.raises(SettingsError, match="HUB_KEY_EPOCH is not an hour"):
            read({"HUB_KEY_EPOCH": value})


async def test_whoever_the_log_says_is_erased_is_so_again_when_older_keys_are_brought_back(given: Settings) -> None:
    """At the start of whoever serves, and before an epoch; what was made after the order, and other people, stay."""
    person = PersonId("erased")
    keys = SqliteKeys(given.keys, given.kek)
    made = await keys.sealing(FENLAND, [(person, "identity"), ("other", "identity")])
    async with wiring.opened(given, projecting=False) as hub:
        await order_erasure(hub, person)
    for act in (wiring.refuse_unusable_keys(given), wiring.moved_epoch(given, "by-hand")):
        assert len(keys.opening([key.id for key in made.values()])) == 2
        await act
        assert list(keys.opening([key.id for key in made.values()])) == [made["other", "identity"].id]
        later = await keys.sealing(FENLAND, [(person, "identity")])
        await wiring.refuse_unusable_keys(given)
        assert keys.opening([key.id for key in later.values()])
        keys._connection.execute("UPDATE data_key SET created_at = '2026-01-01T00:00:00.000000+00:00'")  # noqa: SLF001
        made = {**made, **later}
    keys.close()


async def order_erasure(hub: Hub, person: PersonId) -> None:
    """As if two people had."""
    log = LogId("fenland/case")
    order = ErasureOrdered(
        at=now(),
        erasure=ErasureId("x-1"),
        person=person,
        ground="retention-ended",
        proposed_by=WorkerId("one"),
        ordered_by=WorkerId("other"),
    )
    by = Actor(worker=WorkerId("other"), agency=AgencyId("hub"), role="privacy-officer", partnership=FENLAND)
    record = DecisionRecord(command="OrderErasure", arguments=b"{}", read=(), policy="policy", code="code")
    entries = await hub.codec.to_entries(log, (order,), by, "OrderErasure", record)
    await hub.decider.log.append(Append(log, entries))


async def test_after_an_erasure_the_epoch_hashes_everybody_under_another_secret_and_forgets_the_one_before(
    given: Settings,
) -> None:
    """So nobody tries guesses on hashes in an old backup. Where nobody was erased the secret stays; all are found."""
    keys = SqliteKeys(given.keys, given.kek)
    async with world(wiring.opened(given), clock=SetClock(now())) as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        hub = await here.caller("hub-coordinator", "hub")
        person, other = await entered(hub), await entered(hub, given_name="Wojtek", family_name="Zielinski")
        head = (await here.hub.decider.log.heads())[LogId("fenland/case")]
        assert (await hub.get(f"/v1/people/{other}?after={head}")).status_code == 200
        first = await keys.secrets("blind-index")
        assert first.keys() == {"blind-index/fenland/1"}
        await wiring.moved_epoch(given, "by-hand")
        assert await keys.secrets("blind-index") == first
        await order_erasure(here.hub, PersonId(person))
        await wiring.moved_epoch(given, "by-hand")
        assert (await keys.secrets("blind-index")).keys() == {"blind-index/fenland/2"}
        asked = {"given_name": "Wojtek", "family_name": "Zielinski", "born": "1990-05-06"}
        found = (await hub.post("/v1/people/search", asked)).json()["people"]
        assert other in str(found), found
    keys.close()


async def test_a_build_of_before_an_erasure_is_not_kept_past_the_epoch(given: Settings) -> None:
    """Not where another was built since, and the epoch waits for whoever builds at this moment."""
    keys = SqliteKeys(given.keys, given.kek)
    async with world(wiring.opened(given), clock=SetClock(now())) as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        person = await entered(await here.caller("hub-coordinator", "hub"))
        log = LogId("fenland/case")
        assert await here.hub.models.reached(log, await here.hub.decider.log.head(log), 10)
        await order_erasure(here.hub, PersonId(person))
        async with wiring.projector(given) as projector:
            await projector.rebuild(log)
        assert (await keys.secrets("blind-index")).keys() == {"blind-index/fenland/1", "blind-index/fenland/2"}
        with pytest.MonkeyPatch.context() as during:
            during.setattr(wiring.Projector, "rebuild", building)
            with pytest.raises(wiring.EpochUnderWay):
                await wiring.moved_epoch(given, "by-hand")
        assert keys.epoch().number == 1
        rebuild = wiring.Projector.rebuild

        async def beside(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the projector's own
            keys.secret("blind-index/fenland/9")
            return await rebuild(*arguments, **named)

        with pytest.MonkeyPatch.context() as during:
            during.setattr(wiring.Projector, "rebuild", beside)
            await wiring.moved_epoch(given, "by-hand")
        left = (await keys.secrets("blind-index")).keys()
        assert left == {"blind-index/fenland/3"}, "nor one that was begun and dropped meanwhile"
    keys.close()


async def building(*_arguments: object, **_named: object) -> None:
    """Somebody else does."""
    raise wiring.RebuildInProgress


async def test_the_doctor_tells_the_epoch_and_what_would_lose_it(given: Settings) -> None:
    """Without a second copy of the key, after an interrupted epoch, or when nobody has moved it for two nights."""
    keys = SqliteKeys(given.keys, given.kek)
    assert await told(given) == ("warning", "without HUB_KEK_COPY")
    kept = msgspec.structs.replace(given, kek_copy=given.home / "copy")
    assert await told(kept) == ("ok", "epoch 1 since")
    keys._connection.execute("UPDATE kek SET created_at = '2026-01-01T00:00:00.000000+00:00'")  # noqa: SLF001
    assert await told(msgspec.structs.replace(kept, key_epoch_hour=3)) == ("warning", "it should move every night")
    (given.home / ".kek.old").write_text("left behind")
    assert await told(kept) == ("warning", "the last epoch was interrupted")
    keys.close()


async def told(given: Settings) -> tuple[str, str]:
    """The state, and which of its reasons the detail names."""
    found = await asyncio.to_thread(doctor.keys, given)
    reasons = ("without HUB_KEK_COPY", "it should move every night", "the last epoch was interrupted", "epoch 1 since")
    return found.state, next(one for one in reasons if one in found.detail)
