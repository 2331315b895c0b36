"""What keeps a record and what ends it, on the pages: reviews that are due, a hold, a proposal, and an erasure."""

import datetime as dt

import pytest

from api.following_up import follow_up_everywhere
from tests.web.site import Site
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio

DECIDES, ORDERS = "coordinator", "privacy-officer"


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def waiting(visitor: Visitor) -> tuple[str, str, str]:
    """Who is proposed to be erased, whose record is to be looked at, and who was erased: their pages, in this order."""
    seen = await visitor.open("/keeping")
    people = [one for one in dict.fromkeys(seen.links) if one.startswith("/people/")]
    assert len(people) == 3, people
    return people[0], people[1], people[2]


async def given(visitor: Visitor, where: str, **typed: str) -> Seen:
    """A form is filled in and sent."""
    person = "/".join(where.split("/")[:3])
    page = await visitor.open(f"{where}?back={person}/keeping")
    return await visitor.send(page.form(where), **typed)


async def test_the_first_page_leads_to_what_waits_and_a_record_is_kept_for_a_reason(site: Site) -> None:
    async with Visitor(site) as visitor:
        home = await visitor.sign_in(DECIDES)
        assert "/keeping" in home.links
        _, old, _ = await waiting(visitor)
        page = await visitor.open(old)
        assert "Its time has passed" in page.text
        later = (site.clock.now().date() + dt.timedelta(days=400)).isoformat()
        kept = await given(
            visitor, old.replace("/keeping", "/keep"), because="safeguarding", review_on=later, reason="A child"
        )
        assert kept.status == 200, kept.text
        assert "Its time has passed" not in (await visitor.open(old)).text
        assert old not in (await visitor.open("/keeping")).links


async def test_a_hold_stands_in_the_way_and_is_lifted(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(ORDERS)
        asks, _, _ = await waiting(visitor)
        person = asks.removesuffix("/keeping")
        later = (site.clock.now().date() + dt.timedelta(days=60)).isoformat()
        await given(visitor, f"{person}/holds/new", matter="inquest", review_on=later, reason="The coroner asked")
        held = await visitor.open(asks)
        assert "nobody erases this person" in held.text
        assert not await order_of(visitor, asks), "nothing is offered that would be refused"
        lift = next(one for one in held.links if "/lift" in one).partition("?")[0]
        lifted = await given(visitor, lift, reason="The inquest is over")
        assert lifted.status == 200, lifted.text
        assert await order_of(visitor, asks)


async def order_of(visitor: Visitor, page: str) -> list[str]:
    """Where the erasure is ordered from a person's page, if it is offered there."""
    return [one.partition("?")[0] for one in (await visitor.open(page)).links if "/order" in one]


async def test_somebody_is_erased_and_every_page_says_so(site: Site) -> None:
    async with Visitor(site) as proposer:
        await proposer.sign_in(DECIDES)
        asks, _, _ = await waiting(proposer)
        page = await proposer.open(asks)
        assert "another worker decides" in page.text
        assert "does not want to be on record" in page.text
        assert not await order_of(proposer, asks)
    async with Visitor(site) as visitor:
        await visitor.sign_in(ORDERS)
        person = asks.removesuffix("/keeping")
        [order] = await order_of(visitor, asks)
        done = await given(visitor, order)
        assert done.status == 200, done.text
        assert "is being erased" in (await visitor.open(person)).text
        await follow_up_everywhere(site.hub)
        for where in (person, asks, f"{person}/timeline"):
            seen = await visitor.open(where)
            assert "This person was erased" in seen.text
            assert "Rosalind" not in seen.text
        paper = await visitor.open(f"{person}/print/summary")
        assert paper.status == 409, paper.text
        assert asks in (await visitor.open(person)).links
        assert "Rosalind" not in (await visitor.open("/keeping")).text
    async with Visitor(site) as writer:
        await writer.sign_in(DECIDES)
        seen = await writer.open(person)
        assert f"{person}/flags/new" not in "".join(seen.links), "nothing is offered to be done"
        form = (await writer.open(f"{person}/aliases/new")).form(f"{person}/aliases/new")
        refused = await writer.send(form, nickname="Rosie")
        assert refused.status == 409
        assert "enter them as somebody new" in refused.text
