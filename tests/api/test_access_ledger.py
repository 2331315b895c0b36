"""Who looked: one entry for each answer that carried personal data or denied it, before the answer leaves."""

import datetime as dt
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import msgspec
import pytest

from api.routes import Read
from api.v1 import ROUTES
from application.access import Unaccounted
from application.finding.asking import Sought
from application.ports import Append, Appended, LogUnavailable, Recorded, log_of
from domain.actors import Actor, Role
from domain.facts import Sealed
from domain.governance.access import AccessDenied, Consulted, LedgerRead, Look, Searched
from domain.ids import AgencyId, PartnershipId, PersonId, SessionId, WorkerId
from tests.api.test_every_read import GIVEN, OF_DATA_PROTECTION, journey
from tests.api.world import FENLAND, Caller, World, world

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
OPENED_TO_COUNT = {"disproportionality"}
"""What opens fields of many people, and tells of nobody among them."""
"""What an address cannot do without."""


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("housing", "housing-options"), ("police", "police"))
        yield made


class Ledger:
    """Reads on in the access log of a partnership."""

    def __init__(self, here: World, partnership: PartnershipId = FENLAND) -> None:
        self._here = here
        self._log = log_of(partnership, "access")
        self._position = 0

    async def new(self) -> list[Recorded]:
        """What was recorded since this was asked last."""
        page = await self._here.hub.decider.log.read(self._log, None, after=self._position, sealed=True)
        self._position = page.head
        return [self._here.hub.codec.recorded(one) for one in page.events]

    async def one(self) -> tuple[Recorded, Look]:
        """The one entry that was recorded since."""
        (found,) = await self.new()
        assert isinstance(found.fact, Look)
        return found, found.fact


def person_ids(value: object, known: Sequence[str]) -> set[str]:
    """Which of these people an answer says anything of."""
    text = msgspec.json.encode(value).decode()
    return {one for one in known if one in text}


async def test_each_read_that_says_anything_of_a_person_is_one_entry_that_names_them(here: World) -> None:
    ids = await journey(here)
    ledger = Ledger(here)
    await ledger.new()
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    admin = await here.caller("administrator", "hub")
    officer = await here.caller("data-protection-officer", "hub", worker="dpo")
    recorded = 0
    for route in ROUTES:
        if not isinstance(route, Read):
            continue
        path = re.sub(r"\{(\w+)\}", lambda found: str(ids.get(found[1], "missing")), route.path)
        if "missing" in path:
            continue
        runs = "operations" in path or "accounts" in path
        caller = admin if runs else officer if route.name in OF_DATA_PROTECTION else hub
        path += GIVEN.get(route.name, "")
        for method in ("GET", "HEAD"):
            answer = await caller.send(method, path)
            assert answer.status_code == 200, (path, answer.text)
            entries = await ledger.new()
            seen = await caller.get(path)
            await ledger.new()
            named = person_ids(seen.json(), [ids["person"]]) | ({ids["person"]} if "{person}" in route.path else set())
            assert len(entries) == bool(named or route.name in OPENED_TO_COUNT), (path, entries)
            for entry in entries:
                look = entry.fact
                assert isinstance(look, Look)
                assert named <= set(look.persons), path
                assert look.route == route.path
                assert look.request == answer.headers["x-request-id"]
                assert entry.envelope.agency == "hub"
                assert look.rules, path
                recorded += 1
    assert recorded > 30


async def test_what_does_not_concern_the_agency_and_what_there_is_not_leave_the_same_entry(here: World) -> None:
    ids = await journey(here)
    police = await here.caller("constable", "police")
    ledger = Ledger(here)
    await ledger.new()
    nobody = str(uuid.uuid4())
    entries = []
    for person in (ids["person"], nobody):
        answer = await police.get(f"/v1/people/{person}", x_request_id="the-same-id")
        assert answer.status_code == 404
        entry, look = await ledger.one()
        assert isinstance(look, AccessDenied)
        assert (look.denial, look.persons, look.asked) == ("unknown", (person,), (f"person:{person}",))
        assert (entry.envelope.agency, entry.envelope.actor) == ("police", "constable-of-police")
        entries.append(msgspec.structs.replace(look, persons=(), asked=()))
    assert entries[0] == entries[1]


async def test_what_is_not_for_a_role_leaves_an_entry_and_so_does_a_command(here: World) -> None:
    ids = await journey(here)
    panel = await here.caller("panel-member", "hub")
    ledger = Ledger(here)
    await ledger.new()
    assert (await panel.get(f"/v1/people/{ids['person']}")).status_code == 403
    _, look = await ledger.one()
    assert isinstance(look, AccessDenied)
    assert look.denial == "not-permitted"
    police = await here.caller("constable", "police")
    assert (await police.post(f"/v1/people/{uuid.uuid4()}/aliases", {"nickname": "Mac"})).status_code == 404
    _, look = await ledger.one()
    assert isinstance(look, AccessDenied)
    assert look.route == "/v1/people/{person}/aliases"


async def test_a_search_is_recorded_with_whom_it_showed_and_never_what_was_typed(here: World) -> None:
    hub = await here.caller("hub-coordinator", "hub")
    name = {"given_name": "Aurelia", "family_name": "Quenneville", "born": "1971-02-03"}
    search = (await hub.post("/v1/people/search", name)).json()["search"]
    made = await hub.post("/v1/people", {**name, "search": search, "answer": "nobody-found", "identity": "stated"})
    ledger = Ledger(here)
    await ledger.new()
    await hub.post("/v1/people/search", name)
    entry, look = await ledger.one()
    assert isinstance(look, Searched)
    assert look.persons == (made.json()["person"],)
    assert "born" in look.keys
    written = (await here.hub.decider.log.read(entry.envelope.log, None)).events[-1].entry
    assert not {"Aurelia", "Quenneville", "1971"} & set(re.findall(r"\w+", written.decode()))


async def test_an_answer_that_carries_nothing_of_anybody_is_no_entry(here: World) -> None:
    ids = await journey(here)
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    ledger = Ledger(here)
    await ledger.new()
    for path in ("/v1/agencies", "/v1/services", "/v1/reports/luscombe", "/v1/hub-sessions", "/v1/duty-notifications"):
        assert (await hub.get(path)).status_code in {200, 404, 405}
    assert (await hub.post(f"/v1/people/{ids['person']}/aliases", {"nickname": "Mac"})).status_code == 201
    edit = {"nickname": "Mac", "identity": "stated"}
    refused = await hub.patch(f"/v1/people/{ids['person']}", edit, if_match='"1-000000000000000000000000"')
    assert refused.status_code == 412, "what an edit is compared with is not shown"
    assert await ledger.new() == []


async def test_that_nothing_changed_is_recorded_as_well(here: World) -> None:
    ids = await journey(here)
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    first = await hub.get(f"/v1/people/{ids['person']}")
    ledger = Ledger(here)
    await ledger.new()
    again = await hub.get(f"/v1/people/{ids['person']}", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    _, look = await ledger.one()
    assert isinstance(look, Consulted)


class Down:
    """A ledger that takes nothing, in a log that is otherwise well."""

    def __init__(self, here: World, patched: pytest.MonkeyPatch) -> None:
        append = here.hub.decider.log.append

        async def refusing(one: Append) -> Appended:
            if one.log.endswith("/access"):
                raise LogUnavailable
            return await append(one)

        patched.setattr(here.hub.decider.log, "append", refusing)


async def flagged(here: World) -> tuple[str, Caller]:
    """Somebody with two flags, one of them for the safety of staff."""
    ids = await journey(here)
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    later = (here.today + dt.timedelta(days=60)).isoformat()
    for kind in ("staff-safety", "safeguarding"):
        flag = {"kind": kind, "source": "seen", "reason": "A dog", "expires_on": later}
        assert (await hub.post(f"/v1/people/{ids['person']}/flags", flag)).status_code == 201
    return ids["person"], hub


async def test_what_cannot_be_recorded_is_not_shown(here: World) -> None:
    person, hub = await flagged(here)
    police = await here.caller("constable", "police")
    with pytest.MonkeyPatch.context() as patched:
        Down(here, patched)
        for path in (f"/v1/people/{person}", f"/v1/people/{person}/timeline", "/v1/caseload"):
            answer = await hub.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), path
            assert answer.headers["retry-after"]
            assert "dog" not in answer.text.lower()
            assert person not in answer.text
        searched = await hub.post("/v1/people/search", {"reference": "P-222-2222"})
        assert searched.status_code == 503
        denied = await police.get(f"/v1/people/{person}")
        unknown = await police.get(f"/v1/people/{uuid.uuid4()}")
        assert denied.status_code == unknown.status_code == 503, "a denial that cannot be recorded is not told"
        assert (await hub.get("/v1/reports/luscombe")).status_code == 200, "counts are about nobody"
        command = await hub.post(f"/v1/people/{person}/aliases", {"nickname": "Mac"})
        assert command.status_code == 201, "a command tells ids and a position"
    assert (await hub.get(f"/v1/people/{person}")).status_code == 200


async def test_safety_flags_alone_are_told_while_the_ledger_is_down_and_reach_it_afterwards(here: World) -> None:
    person, hub = await flagged(here)
    ledger = Ledger(here)
    await ledger.new()
    at = here.clock.now()
    with pytest.MonkeyPatch.context() as patched:
        Down(here, patched)
        why = {"x_request_id": "looked-while-down", "x_justification": "Zofia rang"}
        answer = await hub.get(f"/v1/people/{person}/safety", **why)
        assert answer.status_code == 200
        assert not any(b"Zofia" in one for one in await here.hub.ledger.spool.taken())
        assert [flag["row"]["kind"] for flag in answer.json()["flags"]] == ["staff-safety"]
        assert set(answer.json()) == {"person", "flags", "position"}
        assert here.hub.ledger.waiting() == 1
        alarm = next(line for line in here.lines() if line["event"] == "access_ledger_down")
        assert alarm["level"] == "error"
        metrics = (await here.client.get("/metrics")).text
        assert "hub_access_spool_waiting 1.0" in metrics
        with pytest.raises(LogUnavailable):
            await here.hub.ledger.drain()
    here.clock.pass_by(minutes=30)
    assert await ledger.new() == []
    assert await here.hub.ledger.drain() == 1
    entry, look = await ledger.one()
    assert isinstance(look, Consulted)
    assert (look.request, look.at, look.spooled) == ("looked-while-down", at, True)
    assert entry.envelope.recorded == here.clock.now()
    assert here.hub.ledger.waiting() == 0
    assert await here.hub.ledger.drain() == 0


async def test_where_the_spool_cannot_be_written_either_nothing_is_told(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, hub = await flagged(here)

    async def full(_content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(here.hub.ledger.spool, "keep", full)
    Down(here, monkeypatch)
    answer = await hub.get(f"/v1/people/{person}/safety")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_look_that_was_recorded_after_all_and_spooled_too_is_one_entry(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, hub = await flagged(here)
    ledger = Ledger(here)
    await ledger.new()
    append = here.hub.decider.log.append

    async def unheard(one: Append) -> Appended:
        await append(one)
        raise LogUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(here.hub.decider.log, "append", unheard)
        assert (await hub.get(f"/v1/people/{person}/safety")).status_code == 200
    assert await here.hub.ledger.drain() == 1
    await ledger.one()


async def test_safety_flags_are_one_entry_where_the_ledger_is_well(here: World) -> None:
    person, hub = await flagged(here)
    ledger = Ledger(here)
    await ledger.new()
    assert (await hub.get(f"/v1/people/{person}/safety")).status_code == 200
    _, look = await ledger.one()
    assert look.persons == (person,)
    assert not look.spooled
    stranger = await here.caller("constable", "police")
    assert (await stranger.get(f"/v1/people/{person}/safety")).status_code == 404


async def test_a_clock_that_is_set_back_reorders_nothing(here: World) -> None:
    ids = await journey(here)
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    ledger = Ledger(here)
    await ledger.new()
    for hours in (0, -5, 7):
        here.clock.pass_by(hours=hours)
        hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
        assert (await hub.get(f"/v1/people/{ids['person']}")).status_code == 200
    entries = await ledger.new()
    recorded = [entry.envelope.recorded for entry in entries]
    assert len(entries) == 3
    assert recorded == sorted(recorded), "when it was recorded never goes back"
    assert entries[1].fact.at < entries[0].fact.at, "when it was shown is what the clock said"
    officer = await here.caller("data-protection-officer", "hub", worker="dpo")
    found = (await officer.get(f"/v1/people/{ids['person']}/accesses?use=integrity&limit=200")).json()["items"]
    assert [one["position"] for one in found] == sorted(one["position"] for one in found)


async def looks(caller: Caller, person: str, **asked: str) -> httpx.Response:
    return await caller.send("GET", f"/v1/people/{person}/accesses", params={"use": "lawfulness", **asked})


async def test_who_has_looked_is_for_those_who_answer_for_it_and_ones_own_looks_for_everybody(here: World) -> None:
    ids = await journey(here)
    person = ids["person"]
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    housing = await here.caller("agency-worker", "housing", worker="advice-1")
    for caller in (hub, housing, housing):
        assert (await caller.get(f"/v1/people/{person}")).status_code == 200

    async def seen(role: Role, agency: str, worker: str) -> set[str]:
        found = await looks(await here.caller(role, agency, worker=worker), person)
        assert found.status_code == 200, found.text
        return {one["worker"] for one in found.json()["items"]}

    assert {"coordinator", "advice-1"} <= await seen("privacy-officer", "hub", "dpo")
    assert await seen("data-protection-officer", "housing", "dpo-2") == {"advice-1"}
    assert await seen("agency-worker", "housing", "advice-1") == {"advice-1"}
    assert await seen("supervisor", "housing", "boss") == set(), "it is no measure of anybody's work"
    assert (await looks(await here.caller("constable", "police"), person)).status_code == 404
    assert (await looks(await here.caller("administrator", "hub"), person)).status_code == 403


async def test_the_ledger_is_read_for_what_the_law_allows_and_that_is_recorded(here: World) -> None:
    ids = await journey(here)
    officer = await here.caller("caldicott-guardian", "hub", worker="guardian")
    ledger = Ledger(here)
    await ledger.new()
    for use in ("", "performance"):
        refused = await looks(officer, ids["person"], use=use)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid-parameter")
    assert await ledger.new() == []
    assert (await looks(officer, ids["person"], use="discipline")).status_code == 200
    entry, look = await ledger.one()
    assert isinstance(look, LedgerRead)
    assert (look.use, look.persons, entry.envelope.actor) == ("discipline", (ids["person"],), "guardian")
    assert entry.envelope.purpose == "data-protection"


async def test_a_long_list_of_looks_is_read_page_by_page(here: World) -> None:
    ids = await journey(here)
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    for _ in range(7):
        await hub.get(f"/v1/people/{ids['person']}/safety")
    officer = await here.caller("data-protection-officer", "hub", worker="dpo")
    positions: list[int] = []
    cursor = ""
    while True:
        page = (await looks(officer, ids["person"], limit="3", **({"cursor": cursor} if cursor else {}))).json()
        positions += [one["position"] for one in page["items"]]
        if not (cursor := page["next"] or "") or len(positions) > 20:
            break
    assert len(positions) == len(set(positions)) >= 7
    assert (await looks(officer, ids["person"], cursor="x")).status_code == 400


async def test_the_persons_own_copy_says_when_which_agency_which_role_and_why_and_names_no_worker(here: World) -> None:
    ids = await journey(here)
    housing = await here.caller("agency-worker", "housing", worker="advice-1")
    await housing.get(f"/v1/people/{ids['person']}/referrals")
    officer = await here.caller("data-protection-officer", "hub", worker="dpo")
    copy = await officer.get(f"/v1/people/{ids['person']}/accesses/copy")
    assert "advice-1" not in copy.text
    [line] = [one for one in copy.json()["items"] if one["agency"] == "housing"]
    assert (line["agency_name"], line["role"], line["why"]) == ("Housing", "agency-worker", "To support you")
    own = await housing.get(f"/v1/people/{ids['person']}/accesses/copy")
    assert own.status_code == 403


async def test_the_entries_of_two_partnerships_are_apart(here: World) -> None:
    ids = await journey(here)
    await here.agencies(("hub", "partnership"), partnership="ely")
    stranger = await here.caller("hub-coordinator", "hub", partnership="ely")
    mine, theirs = Ledger(here), Ledger(here, PartnershipId("ely"))
    await mine.new()
    await theirs.new()
    assert (await stranger.get(f"/v1/people/{ids['person']}")).status_code == 404
    assert await mine.new() == []
    _, look = await theirs.one()
    assert isinstance(look, AccessDenied), "a denial stands in the log of whoever asked"


async def test_nothing_about_anybody_is_read_without_an_account(here: World) -> None:
    ids = await journey(here)
    readings = here.hub.readings
    viewer = Actor(worker=WorkerId("coordinator"), agency=AgencyId("hub"), role="hub-coordinator", partnership=FENLAND)
    with pytest.raises(Unaccounted):
        await readings.people.person(viewer, PersonId(ids["person"]))
    with pytest.raises(Unaccounted):
        await readings.hub_days.hub_day(viewer, SessionId(ids["session"]))
    with pytest.raises(Unaccounted):
        await readings.referrals.inbox(viewer, "outgoing")
    with pytest.raises(Unaccounted):
        await readings.searching.search(viewer, Sought(reference="P-222-2222"))
    assert (await readings.reports.luscombe(viewer)).people_invited == 1, "counts are about nobody"


def test_what_is_read_and_not_shown_and_what_is_opened_is_so_in_a_few_known_places() -> None:
    """Whoever adds a place where personal data is read past the account, or opened by hand, has to come by here."""
    found: dict[str, set[str]] = {"NotShown(": set(), "open_all(": set(), ".unsealer": set(), "models.open(": set()}
    for folder in ("api", "application"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for what, where in found.items():
                if what in text:
                    where.add(str(path.relative_to(ROOT)))
    assert found["NotShown("] - {"application/access.py"} == {
        "api/endpoints.py",  # with what an edit is compared
        "api/web/live.py",  # that something moved
    }
    assert found["open_all("] - {"application/ports.py"} == {
        "application/scrutiny/pack.py",
        "application/revealing.py",
        "application/readings/access_packs.py",  # all that is held, for the person
        "application/readings/lists.py",  # the names on a list
        "application/readings/looking_back.py",
        "application/readings/moments.py",  # the lines of a timeline
        "application/readings/reports.py",  # what is counted of everybody
        "application/readings/rights_known.py",  # what was written of a request, complaint or correction
        "application/readings/scrutiny_room.py",
        "application/readings/trawling.py",  # what somebody said a search was for
        "application/finding/identity.py",  # with what a question is compared
        "application/redeciding.py",  # whether a decision comes out the same
        "application/sheet_export.py",
        "application/sheet_identity.py",  # whom an import finds
    }
    assert {one for one in found[".unsealer"] if one.startswith("api/")} == {"api/hub.py", "api/sheets.py"}
    assert {one for one in found["models.open("] if one.startswith("api/")} == {
        "api/web/overviews.py",  # how far the rows are
        "api/web/live.py",  # that they moved
        "api/following_up.py",  # what time does
    }


async def test_why_somebody_looked_in_their_own_words_is_sealed_and_read_by_who_answers_for_the_data(
    here: World,
) -> None:
    ids = await journey(here)
    why = "Her sister Zofia rang: not seen since Friday"
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    ledger = Ledger(here)
    await ledger.new()
    for path in (f"/v1/people/{ids['person']}", "/v1/people/search"):
        method = "POST" if path.endswith("search") else "GET"
        body = {"json": {"reference": "P-222-2222"}} if method == "POST" else {}
        answer = await hub.send(method, path, headers={"x-justification": why}, **body)
        assert answer.status_code == 200
        entry, look = await ledger.one()
        assert isinstance(look.justification, Sealed)
        stored = (await here.hub.decider.log.read(entry.envelope.log, None, sealed=True)).events[-1]
        assert b"Zofia" not in stored.entry + (stored.sealed or b"")
        assert "Zofia" not in here.logged()
    officer = await here.caller("data-protection-officer", "hub", worker="dpo")
    found = (await looks(officer, ids["person"])).json()["items"]
    assert why in [one["justification"] for one in found]
    for refused in (b"", b"\xff", b"x" * 401):
        answer = await hub.send("GET", f"/v1/people/{ids['person']}", headers={"x-justification": refused})
        assert answer.status_code == 400
        assert answer.json()["errors"] == [{"pointer": "X-Justification", "code": "wrong-form"}]
