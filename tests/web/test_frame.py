"""The frame of every page: who is signed in, whose form it is, and that nothing that was typed is lost."""

import asyncio
import datetime as dt
import io
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import get_args

import httpx
import msgspec
import pytest

from api import wiring
from api.app import application
from api.logging import logger
from api.routes import Write
from api.v1 import ROUTES
from api.web.acts import LEFT_OUT, acts
from api.web.forms import Field, Options, fields_of, shape_of
from api.web.options import LOADS
from application.ports import log_of
from domain.ids import ID_TYPES, PartnershipId
from domain.refusals import NotPermitted
from tests.api.world import SetClock
from tests.web.site import Site, serving
from tests.web.visitor import Form, Seen, Visitor

pytestmark = pytest.mark.anyio

A_PERSON = re.compile(r"/people/[0-9a-f-]{36}")
NEW_PERSON = {"identity": "stated", "given_name": "Synthetic Łukasz", "family_name": "Wiśniewski"}


@pytest.fixture
async def visitor(demo_site: Site) -> AsyncIterator[Visitor]:
    async with Visitor(demo_site) as made:
        yield made


async def found(visitor: Visitor) -> Seen:
    """The page to enter somebody on, after a search that found nobody."""
    seen = await visitor.send((await visitor.open("/people/search")).form("/people/search"), typed="Nobody Here 1901")
    assert seen.status == 200, seen.text
    return await visitor.send(seen.form("/people/new"))


async def new_person(visitor: Visitor, **typed: str) -> tuple[Form, Seen]:
    form = (await found(visitor)).form()
    return form, await visitor.send(form, **(NEW_PERSON | typed))


async def test_whoever_is_not_signed_in_is_led_to_where_they_can_and_back(visitor: Visitor) -> None:
    seen = await visitor.open("/people/search")
    assert seen.path == "/sign-in?to=%2Fpeople%2Fsearch"
    seen = await visitor.send(seen.form("/demo/sign-in"))
    assert (seen.status, seen.path) == (200, "/people/search")


async def test_there_is_no_demo_sign_in_outside_the_demo() -> None:
    async with serving(demo=False) as site, Visitor(site) as visitor:
        assert [one.action for one in (await visitor.open("/")).forms] == [
            "/sign-in/passkey",
            "/sign-in/password",
            "/sign-in",
        ]
        sent = await visitor.client.post("/demo/sign-in", data={"worker": "officer", "partnership": "fenland"})
        assert sent.status_code == 404


@pytest.mark.parametrize("text", ["", "nonsense", "hub_" + "A" * 43, "<script>"])
async def test_what_is_no_token_opens_nothing(visitor: Visitor, text: str) -> None:
    seen = await visitor.send((await visitor.open("/sign-in")).form("/sign-in"), token=text)
    assert seen.status == 422
    assert "does not open anything" in seen.text
    assert (await visitor.open("/")).path == "/sign-in"


async def test_a_session_is_made_from_a_token_and_ends_with_it(visitor: Visitor) -> None:
    site = visitor.site
    caller = await site.caller("hub-coordinator", "csp")
    text = caller.authorization.removeprefix("Bearer ")
    seen = await visitor.send((await visitor.open("/sign-in")).form("/sign-in"), token=text)
    assert (seen.status, seen.path) == (200, "/")
    [kept] = [one.value for one in visitor.client.cookies.jar if one.name == "hub_session"]
    assert kept != text, "the token itself stays out of the browser"
    await site.hub.tokens.revoke(caller.token, site.clock.now())
    assert (await visitor.open("/")).path == "/sign-in"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: Visitor) -> None:
    sent = await visitor.client.post(
        "/demo/sign-in", data={"worker": "officer", "partnership": "fenland"}, follow_redirects=False
    )
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(sent.headers["set-cookie"].split("; "))


async def test_signing_out_ends_the_session_itself(visitor: Visitor) -> None:
    seen = await visitor.sign_in("coordinator")
    [kept] = [one.value for one in visitor.client.cookies.jar if one.name == "hub_session"]
    assert (await visitor.send(seen.form("/sign-out"))).path == "/sign-in"
    sessions = [one for one in await visitor.site.hub.tokens.all() if one.label == "session"]
    assert [one.revoked is not None for one in sessions] == [True]
    assert kept


async def test_a_form_from_another_site_does_nothing(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    sent = await visitor.client.post("/people/new", data=NEW_PERSON, headers={"sec-fetch-site": "cross-site"})
    assert sent.status_code == 403
    assert "another site" in sent.text
    sent = await visitor.client.post("/people/new", data=NEW_PERSON)
    assert sent.status_code == 403
    assert "Somebody else opened the page that was sent" in sent.text
    assert "Wiśniewski" not in sent.text


async def test_a_form_of_an_earlier_session_of_the_same_worker_can_be_sent_again(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    form = (await visitor.open("/people/new")).form()
    await visitor.sign_in("coordinator")
    sent = await visitor.send(form, **NEW_PERSON)
    assert sent.status == 403
    assert "Send what you typed" in sent.text
    assert "Wiśniewski" in sent.text


async def test_what_one_worker_typed_in_another_tab_is_kept_from_the_worker_who_is_signed_in_now(
    visitor: Visitor,
) -> None:
    await visitor.sign_in("coordinator")
    form = (await visitor.open("/people/new")).form()
    await visitor.sign_in("officer")
    sent = await visitor.send(form, **NEW_PERSON)
    assert sent.status == 403
    assert "Somebody else opened the page that was sent" in sent.text
    assert "Wiśniewski" not in sent.text
    box = sent.form("/demo/sign-in")
    by_another = await visitor.send(box, worker="officer", partnership="fenland")
    assert "Wiśniewski" not in by_another.text
    by_them = await visitor.send(box, worker="coordinator", partnership="fenland")
    assert "Send what you typed" in by_them.text
    assert "Wiśniewski" in by_them.text


async def test_what_was_typed_is_kept_for_its_worker_though_another_session_ended_meanwhile(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    form = (await visitor.open("/people/new")).form()
    await visitor.sign_in("officer")
    visitor.site.clock.pass_by(hours=13)
    box = (await visitor.send(form, **NEW_PERSON)).form("/demo/sign-in")
    assert "Wiśniewski" not in (await visitor.send(box, worker="officer", partnership="fenland")).text
    assert "Wiśniewski" in (await visitor.send(box, worker="coordinator", partnership="fenland")).text


async def test_a_form_that_is_sent_twice_is_one_act(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    form, seen = await new_person(visitor)
    assert A_PERSON.fullmatch(seen.path), seen.text
    case = log_of(PartnershipId("fenland"))
    head = await visitor.site.hub.decider.log.head(case)
    again = await visitor.send(form, **NEW_PERSON)
    assert again.path == seen.path
    assert await visitor.site.hub.decider.log.head(case) == head


async def test_a_form_that_is_sent_again_with_something_else_says_so_and_keeps_it(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    form, _ = await new_person(visitor)
    again = await visitor.send(form, **(NEW_PERSON | {"given_name": "Another"}))
    assert again.status == 422
    assert 'value="Another"' in again.text


async def test_what_is_missing_is_said_at_its_field_and_all_else_is_kept(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    _, seen = await new_person(visitor, identity="", family_name="O'Brien-Ńowak")
    assert seen.status == 422
    assert 'href="#identity"' in seen.text
    assert "O&#39;Brien-Ńowak" in seen.text
    assert "<title>Error: " in seen.text


async def test_a_refusal_names_the_rule_and_what_would_permit_it_and_keeps_what_was_typed(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    _, seen = await new_person(visitor, unsure="somebody-else")
    assert seen.status in {409, 422}, seen.text
    assert "The rule" in seen.text
    assert "What would permit it" in seen.text
    assert 'value="Wiśniewski"' in seen.text


async def test_what_was_typed_when_the_session_ended_is_carried_through_the_sign_in(visitor: Visitor) -> None:
    clock = visitor.site.clock
    clock.at = clock.at.replace(hour=5, minute=0) + dt.timedelta(days=1)  # a search holds for its day
    await visitor.sign_in("coordinator")
    form = (await found(visitor)).form()
    clock.pass_by(hours=13)
    seen = await visitor.send(form, **NEW_PERSON)
    assert seen.status == 403
    assert "What you typed is kept" in seen.text
    seen = await visitor.send(seen.form("/demo/sign-in"), worker="coordinator", partnership="fenland")
    assert "Synthetic Łukasz" in seen.text
    seen = await visitor.send(seen.form("/people/new"))
    assert A_PERSON.fullmatch(seen.path), seen.text


async def test_what_somebody_else_typed_is_not_shown(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    form = (await visitor.open("/people/new")).form()
    visitor.site.clock.pass_by(hours=13)
    seen = await visitor.send(form, **NEW_PERSON)
    seen = await visitor.send(seen.form("/demo/sign-in"), worker="officer", partnership="fenland")
    assert "Wiśniewski" not in seen.text


@pytest.mark.parametrize("to", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "elsewhere"])
async def test_signing_in_leads_to_no_other_site(visitor: Visitor, to: str) -> None:
    sent = await visitor.client.post(
        "/demo/sign-in", data={"worker": "officer", "partnership": "fenland", "to": to}, follow_redirects=False
    )
    assert sent.headers["location"] == "/"


async def test_an_address_that_there_is_not_is_a_page_for_people_and_a_problem_for_machines(visitor: Visitor) -> None:
    seen = await visitor.open("/no-such-address")
    assert (seen.status, "no such address" in seen.text) == (404, True)
    assert "Check the address, or begin at the home page." in seen.text
    assert "openapi" not in seen.text, "what helps a program does not help people"
    assert (await visitor.client.get("/v1/no-such-address")).headers["content-type"] == "application/problem+json"


async def test_pages_are_kept_by_nobody_and_load_nothing_from_elsewhere(visitor: Visitor) -> None:
    seen = await visitor.sign_in("officer")
    assert seen.headers["cache-control"] == "no-store"
    policy = seen.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", seen.text)


@pytest.mark.parametrize("url", ["https://hub.example.org", "http://127.0.0.1:8000"])
async def test_a_site_of_tls_is_asked_over_nothing_else(url: str) -> None:
    app = application(wiring.in_memory(SetClock()), log=logger(io.BytesIO()), url=url)
    async with app.lifespan():
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type] # Litestar's own types
        async with httpx.AsyncClient(transport=transport, base_url=url) as client:
            answer = await client.get("/sign-in", headers={"accept": "text/html"})
    assert answer.status_code == 200
    sent = "max-age=31536000; includeSubDomains" if url.startswith("https") else None
    assert answer.headers.get("strict-transport-security") == sent


HOSTILE = "<script>alert(1)</script>\x00\x07\u202e{{7*7}} 名前 اسم " + "x" * 300


async def test_whatever_is_typed_is_shown_as_it_was_typed_and_does_nothing(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    _, seen = await new_person(visitor, identity="", given_name=HOSTILE)
    assert "<script>alert" not in seen.text
    assert "{{7*7}} 名前 اسم" in seen.text
    assert "\x07" not in seen.text


@pytest.mark.parametrize("worker", ["coordinator", "administrator", "officer", "nurse"])
async def test_every_form_opens_for_every_role_or_says_why_not(visitor: Visitor, worker: str) -> None:
    await visitor.sign_in(worker)
    for screen in acts(ROUTES):
        path = re.sub(r"\{(\w+)\}", "no-such-thing", screen.path)
        seen = await visitor.open(path)
        assert seen.status in {200, 403, 404}, (path, seen.status)
        assert "<h1" in seen.text


def test_nobody_types_an_id() -> None:
    """What a form asks for by its name is chosen from a list, or named by the system."""
    offered: dict[str, Options] = dict.fromkeys(LOADS, (("one", "One"),))
    for route in ROUTES:
        if isinstance(route, Write):
            fields = fields_of(route.body, route.command, options=offered, left_out=LEFT_OUT)
            new = {one.name for one in msgspec.structs.fields(route.body) if one.required}.intersection(route.tells)
            typed = [name for name, kind in of_ids(route.body, fields) if kind not in {"choice", "choices"}]
            assert set(typed) <= new, (route.path, typed)


def of_ids(body: type[msgspec.Struct], fields: Sequence[Field]) -> Iterator[tuple[str, str]]:
    """The fields of a form that hold ids, with how they are filled in."""
    types = {one.name: one.type for one in msgspec.structs.fields(body)}
    for field in fields:
        hint = types[field.name.rpartition(".")[2]]
        inner = shape_of(hint, field.name, choices=False).inner
        if inner is not None:
            inside = field.fields if field.kind == "group" else [one for each in field.fields for one in each.fields]
            yield from of_ids(inner, inside)
        elif names_something(hint):
            yield field.name, field.kind


def names_something(hint: object) -> bool:
    return hint in ID_TYPES or any(names_something(part) for part in get_args(hint))


async def test_a_session_of_long_ago_opens_nothing(visitor: Visitor) -> None:
    await visitor.sign_in("officer")
    visitor.site.clock.at += dt.timedelta(hours=12, minutes=1)
    assert (await visitor.open("/")).path == "/sign-in"


async def test_figures_are_folded_once_for_all_who_ask_and_anew_for_whoever_has_acted(visitor: Visitor) -> None:
    asked: list[object] = []
    overview = visitor.site.hub.readings.reports.overview

    async def counted(*given: object, **more: object) -> object:
        asked.append(given)
        return await overview(*given, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(visitor.site.hub.readings.reports), "overview", staticmethod(counted))
        await visitor.sign_in("coordinator")
        await asyncio.gather(*(visitor.open("/reports") for _ in range(3)))
        assert len(asked) == 1
        await new_person(visitor)
        await visitor.open("/reports")
        assert len(asked) == 2
        await visitor.open("/reports")
        assert len(asked) == 2


async def test_a_part_of_a_page_takes_the_whole_page_to_the_sign_in(visitor: Visitor) -> None:
    headers = {"hx-request": "true", "hx-current-url": f"{visitor.site.url}/operations?part=1"}
    answer = await visitor.client.get("/referrals/list", headers=headers, follow_redirects=False)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/sign-in?to=%2Foperations"


async def test_what_was_typed_waits_sealed_in_the_page_that_asks_who_it_is(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    form = (await visitor.open("/people/new")).form()
    visitor.site.clock.pass_by(hours=13)
    seen = await visitor.send(form, **NEW_PERSON)
    box = seen.form("/demo/sign-in").value("carried")
    assert box
    assert "Wiśniewski" not in seen.text
    assert "wi%C5%9Bniewski" not in seen.text.lower()
    spoilt = await visitor.send(
        seen.form("/demo/sign-in"), worker="coordinator", partnership="fenland", carried="x" + box
    )
    assert "Send what you typed" not in spoilt.text


async def test_whom_somebody_looked_at_is_not_shown_to_the_next_worker(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    _, seen = await new_person(visitor)
    await visitor.open(seen.path)
    assert seen.path in (await visitor.open("/")).links
    await visitor.sign_in("officer")
    await visitor.sign_in("housing-officer")
    assert seen.path not in (await visitor.open("/")).links
    await visitor.sign_in("coordinator")
    assert seen.path in (await visitor.open("/")).links


async def test_whether_somebody_may_read_reports_is_asked_each_time(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    assert (await visitor.open("/reports")).status == 200

    async def refuse(*_: object) -> None:
        raise NotPermitted

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(visitor.site.hub.readings.reports), "may_read", refuse)
        assert (await visitor.open("/reports")).status == 403
