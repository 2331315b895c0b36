"""The wall behind the sharing policy: what an agency may not know of, the database gives to nobody who asks for it.

These tests pass by the application's filters on purpose: whatever is asked in SQL, an agency gets the rows about
nobody, those to which it is party, and those of people who concern it. What they expect is worked out from the facts.
"""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from operator import attrgetter
from typing import Any, get_args, get_type_hints

import asyncpg
import msgspec
import pytest

from adapters.memory_read_models import MemoryReadModels
from adapters.postgres.read_models import PostgresReadModels
from application.access import NotShown
from application.finding.asking import Sought
from application.ports import Append, DecisionRecord
from application.readings.ground import Ground
from application.readings.readings import Readings
from application.snapshot import reader_of
from application.views import VIEWS
from application.views.consents import CONSENTS
from application.views.duty import NOTIFICATIONS
from application.views.episodes import ENCOUNTERS, EPISODES, INSTRUMENTS
from application.views.hub_day import SESSIONS
from application.views.inbox import REFERRALS
from application.views.luscombe_report import Figure
from application.views.people import PEOPLE
from application.views.plans import PLANS
from application.views.timeline import TIMELINE
from application.views.view import AnyView, Rows, nobody
from domain.actors import Actor
from domain.engagement.instrument import InstrumentRecorded
from domain.engagement.restrictions import RestrictionRecorded
from domain.facts import Fact
from domain.governance.agency import AgencyRegistered
from domain.governance.break_glass import GlassBroken
from domain.governance.disclosure import DisclosureDecided
from domain.governance.sharing import relationship
from domain.ids import AgencyId, BasisId, BreakGlassId, DisclosureId, InstrumentId, MergeId, PersonId, RestrictionId
from domain.people.consent import BasisRecorded
from domain.people.merging import MergeReviewed
from domain.people.person import PersonsMerged
from domain.refusals import Refusal
from tests.adapters.postgres.test_projector import Partnership, partnership, turns
from tests.conftest import Database
from tests.scenario import at_work
from tests.views.histories import CLINIC, CONSTABLE, COORDINATOR, EVERYBODY, HOUSING, LOG, START, SYSTEM, actor

pytestmark = pytest.mark.anyio

AGENCIES = tuple(
    AgencyId(one) for one in ("csp", "police", "council", "recovery", "housing", "shelter", "latecomer", "stranger")
)
TABLES = ("read_model", "read_model_place", "person_key", "person_pair", "person_concern", "person_link")
LATECOMER = actor("latecomer", "council-officer")
OFFICER = actor("latecomer", "data-protection-officer")
PANEL = actor("csp", "panel-member")
RECORD = DecisionRecord(command="Test", arguments=b"{}", read=(), policy="test", code="test")
Asked = set[tuple[str, str]]


class Walled:
    """A partnership of which everything is stored, and what the facts say of whom it is for."""

    def __init__(self, one: Partnership, rows: Rows, concerned: dict[str, frozenset[AgencyId]]) -> None:
        self.one = one
        self.rows = rows
        self.concerned = concerned
        links = [(row.person, row.joined_with) for row in rows[PEOPLE.name].values() if row.joined_with]
        self.human: dict[str, set[str]] = {one: {one} for one in concerned}
        for one_record, other in links:
            both = self.human[one_record] | self.human[other]
            for record in both:
                self.human[record] = both

    def may_know(self, agency: AgencyId, view: AnyView, key: str) -> bool:
        """Whether a row is for an agency."""
        row = self.rows[view.name][key]
        person, parties = view.about(key, row), view.only(row)
        if parties is not None:
            return agency in parties
        return person is None or any(agency in self.concerned[record] for record in self.human[person])

    def all(self) -> Iterable[tuple[AnyView, str]]:
        return ((view, key) for view in VIEWS.all for key in self.rows.get(view.name, {}))

    def of(self, agency: AgencyId) -> Asked:
        return {(view.name, key) for view, key in self.all() if self.may_know(agency, view, key)}

    async def asks(self, query: str, *parameters: object, **settings: str) -> list[Any]:
        """Ask as the application's role, past the application; a setting that is not given is not set."""
        async with self.one.pool.acquire() as connection, connection.transaction():
            for name, value in settings.items():
                await connection.execute("SELECT set_config($1, $2, true)", f"hub.{name}", value)
            found: list[Any] = await connection.fetch(query, *parameters)
            return found

    async def everything(self, **settings: str) -> Asked:
        return {tuple(one) for one in await self.asks("SELECT view, key FROM read_model", **settings)}

    async def places(self, **settings: str) -> list[Any]:
        return await self.asks("SELECT view, scope, key FROM read_model_place", **settings)


def of_other_kinds(person: str, goes_on_under: str) -> tuple[tuple[Fact, Actor], ...]:
    """What no turn of a history records; at last by an agency that only the record concerns which goes on elsewhere."""
    common: dict[str, Any] = {"at": START, "person": PersonId(person)}
    return (
        (AgencyRegistered(at=START, agency=LATECOMER.agency, name="Late", kind="district-council"), SYSTEM),
        *((fact, SYSTEM) for by in (LATECOMER, OFFICER) for fact in at_work(by)),
        (
            GlassBroken(
                **common,
                break_glass=BreakGlassId("g-1"),
                worker=HOUSING.worker,
                agency=HOUSING.agency,
                emergency="risk-to-life",
                until=START,
                review_by=START.date(),
            ),
            HOUSING,
        ),
        (
            DisclosureDecided(
                **common,
                disclosure=DisclosureId("d-1"),
                by_agency=CLINIC.agency,
                shares=False,
                recipient_kind="media",
                to_agency=None,
                categories=frozenset({"identity"}),
                ground=None,
                crossing=None,
                overrides_refusal=False,
            ),
            CLINIC,
        ),
        (
            PersonsMerged(
                at=START,
                merge=MergeId("m-last"),
                person=PersonId(goes_on_under),
                other=PersonId(person),
                by_agency=COORDINATOR.agency,
            ),
            COORDINATOR,
        ),
        (
            MergeReviewed(
                at=START,
                merge=MergeId("m-last"),
                person=PersonId(goes_on_under),
                other=PersonId(person),
                by_agency=COORDINATOR.agency,
                by_worker=COORDINATOR.worker,
            ),
            COORDINATOR,
        ),
        (
            BasisRecorded(
                **common,
                basis=BasisId(f"b-{person}"),
                by_agency=CLINIC.agency,
                lawful="vital-interests",
                condition=None,
                recipients=frozenset({"housing"}),
                categories=frozenset(),
                until=dt.date(2030, 1, 1),
            ),
            CLINIC,
        ),
        (
            InstrumentRecorded(
                **common,
                instrument=InstrumentId(f"other-{person}"),
                kind="cbo",
                officer=CONSTABLE.worker,
                by_agency=CONSTABLE.agency,
                issued_on=START.date(),
                supervisors=(HOUSING.agency,),
            ),
            CONSTABLE,
        ),
        (
            RestrictionRecorded(
                **common,
                restriction=RestrictionId(f"r-{person}"),
                source="bail",
                forbids=(),
                by_worker=LATECOMER.worker,
                by_agency=LATECOMER.agency,
            ),
            LATECOMER,
        ),
    )


@asynccontextmanager
async def walled(database: Database) -> AsyncIterator[Walled]:
    """Much has happened: referrals, plans, consents, notifications, merges and what was undone of them."""
    async with partnership(database) as one:
        await one.history.goes_on(turns(31, 700))
        for fact, by in of_other_kinds("p-1", "p-2"):
            entries = await one.history.codec.to_entries(LOG, (fact,), by, "test", RECORD)
            await one.log.append(Append(LOG, entries))
        await one.projector().catch_up(LOG)
        folded = await one.folded()
        rows: Rows = {}
        for (name, key), row in folded["rows"].items():
            rows.setdefault(name, {})[key] = row
        concerned: dict[str, frozenset[AgencyId]] = {}
        for person in rows[PEOPLE.name]:
            known, _ = await one.history.decider.folds.fold(LOG, relationship(PersonId(person)))
            concerned[person] = known.agencies
        yield Walled(one, rows, concerned)


async def test_whoever_asks_for_everything_gets_what_concerns_the_agency(database: Database) -> None:
    async with walled(database) as here:
        everything = {(view.name, key) for view, key in here.all()}
        for agency in AGENCIES:
            found = await here.everything(partnership="fenland", agency=agency)
            assert found == here.of(agency)
            assert found < everything, "the history leaves nothing that this agency may not know"
        assert await here.everything(partnership="fenland", agency="*") == everything
        strangers = {name for name, _ in await here.everything(partnership="fenland", agency="stranger")}
        assert strangers == {view.name for view in VIEWS.all if view.about is nobody and here.rows.get(view.name)}


async def test_no_list_says_that_there_is_what_an_agency_may_not_know(database: Database) -> None:
    async with walled(database) as here:
        for agency in AGENCIES:
            for view, scope, key in await here.places(partnership="fenland", agency=agency):
                assert here.may_know(agency, VIEWS.by_name[view], key), (agency, view, scope)
                assert not scope.startswith("agency:") or scope.partition("/")[0] == f"agency:{agency}"


async def test_with_nothing_said_and_for_another_partnership_there_is_nothing(database: Database) -> None:
    async with walled(database) as here:
        for settings in ({}, {"agency": "*"}, {"partnership": "wolds", "agency": "*", "reach": "office"}):
            for table in TABLES:
                assert await here.asks(f"SELECT FROM {table}", **settings) == [], table
        assert {view for view, _ in await here.everything(partnership="fenland")} == {
            view.name for view in VIEWS.all if view.about is nobody and here.rows.get(view.name)
        }
        for table in ("person_key", "person_concern"):
            assert await here.asks(f"SELECT FROM {table}", partnership="fenland") == []


async def test_a_stated_ground_reaches_what_it_is_stated_for_and_no_further(database: Database) -> None:
    async with walled(database) as here:
        agency = AgencyId("stranger")
        reader = {"partnership": "fenland", "agency": agency}
        own = here.of(agency)

        async def more(**settings: str) -> Asked:
            return await here.everything(**reader, **settings) - own

        def of_views(*views: str) -> Asked:
            return {(view.name, key) for view, key in here.all() if view.name in views}

        assert await more(reach="register") == of_views("person", "merge")
        assert await more(reach="figures") == of_views("luscombe", "hub-arrival-count")
        assert (
            await more(reach="office")
            == {(view.name, key) for view, key in here.all() if view.only(here.rows[view.name][key]) is None} - own
        )
        named = {"p-0", "p-3"}
        assert await more(people=" ".join(sorted(named))) == {
            (view.name, key) for view, key in here.all() if view.about(key, here.rows[view.name][key]) in named
        }
        assert await more(reach="whatever-else") == set()


async def test_people_are_found_by_their_keys_only_on_the_ground_of_the_register(database: Database) -> None:
    async with walled(database) as here:
        for agency in ("police", "stranger"):
            reader = {"partnership": "fenland", "agency": agency}
            assert await here.asks("SELECT FROM person_key", **reader) == []
            assert await here.asks("SELECT FROM person_key", reach="office", **reader) == []
            assert await here.asks("SELECT FROM person_key", reach="register", **reader)


async def test_two_records_are_told_to_be_alike_where_both_may_be_known(database: Database) -> None:
    async with walled(database) as here:
        query = "SELECT person, other FROM person_pair"
        every = {tuple(one) for one in await here.asks(query, partnership="fenland", agency="*")}
        assert every
        partly = 0
        for agency in AGENCIES:
            found = {tuple(one) for one in await here.asks(query, partnership="fenland", agency=agency)}
            assert found == {
                pair
                for pair in every
                if all(any(agency in here.concerned[record] for record in here.human[one]) for one in pair)
            }
            partly += found not in (set(), every)
            for reach in ("office", "figures"):
                assert len(await here.asks(query, partnership="fenland", agency=agency, reach=reach)) == len(every)
        assert partly, "the history leaves no agency that may know some of them and not others"


async def test_whom_a_person_concerns_is_told_to_nobody_but_the_agency_itself(database: Database) -> None:
    async with walled(database) as here:
        for agency in AGENCIES:
            found = await here.asks("SELECT person, agency FROM person_concern", partnership="fenland", agency=agency)
            assert {tuple(one) for one in found} == {
                (person, agency) for person, agencies in here.concerned.items() if agency in agencies
            }


async def test_records_of_one_human_concern_whom_any_of_them_concerns_until_they_are_two_again(
    database: Database,
) -> None:
    async with partnership(database) as one, one.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('hub.partnership', 'fenland', true)")
        await connection.execute("SELECT set_config('hub.agency', '*', true)")
        for person in ("a", "b", "c"):
            await connection.execute(
                "INSERT INTO read_model (log_id, build, view, key, person, body) VALUES (1, 9, 'person', $1, $1, 'x')",
                person,
            )
        await connection.execute("INSERT INTO person_concern VALUES (1, 9, 'c', 'shelter')")
        for pair in (("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")):
            await connection.execute("INSERT INTO person_link VALUES (1, 9, $1, $2)", *pair)

        async def known() -> list[str]:
            await connection.execute("SELECT set_config('hub.agency', 'shelter', true)")
            found = await connection.fetch("SELECT key FROM read_model WHERE build = 9 ORDER BY key")
            await connection.execute("SELECT set_config('hub.agency', '*', true)")
            return [key for (key,) in found]

        assert await known() == ["a", "b", "c"]
        await connection.execute("DELETE FROM person_link WHERE person = 'a' OR other = 'a'")
        assert await known() == ["b", "c"]
        await connection.execute("SELECT set_config('hub.agency', 'police', true)")
        assert await connection.fetch("SELECT FROM read_model WHERE build = 9") == []


async def test_nobody_but_the_system_writes_and_partitions_are_not_read_by_name(database: Database) -> None:
    async with walled(database) as here:
        writes = (
            "INSERT INTO read_model (log_id, build, view, key, person, body) VALUES (1, 1, 'due', 'x', '', 'x')",
            "INSERT INTO read_model_place VALUES (1, 1, 'due', 'all', '', 'x', '')",
            "INSERT INTO person_concern VALUES (1, 1, 'p-0', 'stranger')",
            "INSERT INTO person_link VALUES (1, 1, 'p-0', 'p-1')",
            "INSERT INTO person_key VALUES (1, 1, 'x', 'p-0')",
            "INSERT INTO person_pair VALUES (1, 1, 'p-0', 'p-9', 1, '2024-06-03')",
            "UPDATE person_pair SET band = 1",
            "UPDATE read_model SET person = ''",
        )
        for write in writes:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await here.asks(write, partnership="fenland", agency="police", reach="register")
        for table in TABLES:
            query = f"DELETE FROM {table} RETURNING 1"  # noqa: S608 - names of ours
            assert await here.asks(query, partition="fenland", agency="police", reach="register") == []
        for partition in ("read_model_case", "read_model_place_case"):
            for settings in ({}, {"partnership": "fenland", "agency": "*"}):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await here.asks(f"SELECT FROM {partition}", **settings)
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await here.asks(f"UPDATE {partition} SET person = ''", **settings)  # noqa: S608 - names of ours
        with pytest.raises(asyncpg.NotNullViolationError):
            await here.asks("INSERT INTO read_model_case VALUES (1, 1, 'due', 'x', 'x')")


async def test_the_owner_of_the_tables_is_not_exempt(database: Database) -> None:
    async with walled(database):
        owner = await asyncpg.connect(database.owner_url)
        try:
            for table in TABLES:
                assert await owner.fetch(f"SELECT FROM {table}") == [], table
            async with owner.transaction():
                await owner.execute(
                    "SELECT set_config('hub.partnership', 'fenland', true), set_config('hub.agency', 'stranger', true)"
                )
                assert await owner.fetch("SELECT FROM read_model WHERE person <> ''") == []
        finally:
            await owner.close()


async def test_one_reading_on_a_further_ground_takes_none_beside_it_along(database: Database) -> None:
    async with walled(database) as here:
        models = PostgresReadModels(here.one.pool)
        async with models.open(LOG, AgencyId("stranger")) as rows:
            register = rows.reaching("register")
            for _ in range(2):
                assert await register.row(PEOPLE, "p-0") is not None
                assert await rows.row(PEOPLE, "p-0") is None
            assert await rows.reaching("concerned", PersonId("p-0")).under(TIMELINE, "p-0|", limit=1)
            assert await rows.under(TIMELINE, "p-0|", limit=1) == []


async def test_what_decisions_may_permit_is_within_reach(database: Database) -> None:
    """The wall stands behind the policy: nothing that a viewer may be shown is kept from them by it."""
    async with walled(database) as here:
        models = PostgresReadModels(here.one.pool)
        for viewer in (*EVERYBODY, LATECOMER, SYSTEM):
            async with models.open(LOG, *reader_of(viewer)) as rows:
                for view, key in here.all():
                    found = await rows.row(view, key)
                    assert (found is not None) == reached(here, viewer, view, key), (viewer, view.name, key)


async def test_whatever_is_read_is_as_without_the_wall(database: Database) -> None:
    """Each reading of each viewer, of stored rows and of rows in memory, which nothing walls off."""
    async with walled(database) as here:
        history = here.one.history
        given = (here.one.log, history.decider.folds, history.codec, history.codec, history.clock, here.one.person_keys)
        models = PostgresReadModels(here.one.pool)
        memory = MemoryReadModels(here.one.log, history.codec, person_keys=here.one.person_keys)
        seen = refused = 0
        for viewer in (*EVERYBODY, LATECOMER, PANEL, SYSTEM):
            stored, held = Readings(Ground(models, *given, NotShown())), Readings(Ground(memory, *given, NotShown()))
            for ask in everything(here, viewer):
                first, second = await answered(ask(stored)), await answered(ask(held))
                assert first == second, (viewer, ask)
                seen, refused = (seen, refused + 1) if isinstance(first, type) else (seen + 1, refused)
        assert seen > 500
        assert refused > 300


async def test_who_answers_for_the_access_ledger_reads_it_of_everybody(database: Database) -> None:
    async with walled(database) as here:
        history = here.one.history
        given = (here.one.log, history.decider.folds, history.codec, history.codec, history.clock, here.one.person_keys)
        readings = Readings(Ground(PostgresReadModels(here.one.pool), *given, NotShown()))
        for person in here.rows[PEOPLE.name]:
            found, _ = await readings.looking_back.latest_accesses(OFFICER, PersonId(person), use="lawfulness")
            assert found == ()


def asking(name: str, *given: object, **more: object) -> Callable[[Readings], Awaitable[object]]:
    return lambda readings: attrgetter(name)(readings)(*given, **more)


def everything(here: Walled, viewer: Actor) -> Iterable[Callable[[Readings], Awaitable[object]]]:
    """Everything that a viewer may ask."""
    for person in here.rows[PEOPLE.name]:
        for name in OF_A_PERSON:
            yield asking(name, viewer, PersonId(person))
    for view, name in OF_A_KEY:
        for key in here.rows[view.name]:
            yield asking(name, viewer, key)
    for row in here.rows[PEOPLE.name].values():
        yield asking("searching.search", viewer, Sought(reference=row.reference))
    for name in (
        "merges.merges_waiting",
        "referrals.drafts",
        "caseload.caseload",
        "caseload.actions_due",
        "hub_days.hub_sessions",
        "reports.luscombe",
        "reports.overview",
    ):
        yield asking(name, viewer)
    for box in ("open", "ended"):
        for name, directions in (
            ("referrals.inbox", ("incoming", "outgoing")),
            ("notifications.notifications", ("notified", "notifying")),
        ):
            for direction in directions:
                yield asking(name, viewer, direction, box)
    for figure in get_args(Figure):
        yield asking("reports.people_behind", viewer, figure=figure)


OF_A_PERSON = (
    "people.person",
    "timelines.timeline",
    "timelines.moments",
    "timelines.journey",
    "engagement.episodes",
    "engagement.encounters",
    "engagement.instruments",
    "engagement.restrictions",
    "referrals.referrals",
    "notifications.notifications_of",
    "plans.plans",
    "consents.consents",
    "consents.bases",
)
OF_A_KEY: tuple[tuple[AnyView, str], ...] = (
    (EPISODES, "engagement.episode"),
    (ENCOUNTERS, "engagement.encounter"),
    (INSTRUMENTS, "engagement.instrument"),
    (REFERRALS, "referrals.referral"),
    (NOTIFICATIONS, "notifications.notification"),
    (PLANS, "plans.plan"),
    (CONSENTS, "consents.consent"),
    (SESSIONS, "hub_days.hub_day"),
)


async def answered(asking: Awaitable[object]) -> object:
    """The answer, or which refusal it was."""
    try:
        return await asking
    except Refusal as refusal:
        return type(refusal)


def reached(here: Walled, viewer: Actor, view: AnyView, key: str) -> bool:
    if viewer == SYSTEM:
        return True
    office = viewer == COORDINATOR and view.only(here.rows[view.name][key]) is None
    return office or here.may_know(viewer.agency, view, key)


def test_a_coordinator_and_nobody_else_reads_beyond_the_agency() -> None:
    assert reader_of(COORDINATOR) == ("csp", "office")
    assert reader_of(CONSTABLE) == ("police", "concerned")
    assert reader_of(CLINIC) == ("recovery", "concerned")
    assert reader_of(SYSTEM) == (None, "concerned")


def names_a_person(hint: object) -> bool:
    if hint is PersonId:
        return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return any(names_a_person(one) for one in get_type_hints(hint).values())
    return any(names_a_person(one) for one in get_args(hint))


@pytest.mark.parametrize("view", VIEWS.all, ids=lambda view: view.name)
def test_no_row_that_names_a_person_is_about_nobody(view: AnyView) -> None:
    if view is not TIMELINE:  # whose lines name the person in their keys
        assert names_a_person(view.row) == (view.about is not nobody), view.name


async def test_every_view_of_people_is_among_what_is_walled_off_here(database: Database) -> None:
    """A history in which nothing of a kind happens would show nothing of it."""
    async with walled(database) as here:
        assert {view.name for view, _ in here.all()} >= {view.name for view in VIEWS.all if view.about is not nobody}
        assert here.rows[PEOPLE.name]["p-1"].merged_into == "p-2"
        assert "latecomer" not in here.concerned["p-2"]
        assert here.may_know(LATECOMER.agency, PEOPLE, "p-2")
