"""Whatever is offered leads somewhere: every link and every search of the demo, followed as each of its workers.

Of pages that differ only in whom they are about, a few are opened for each worker. Every role is there where the demo
is richest; in the other partnerships, whose data differ, it is a coordinator, an officer, and who is nowhere else.
"""

import re
from collections import Counter, deque
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

import pytest

from api.demo import workers_in
from application.published.partnerships import PARTNERSHIPS
from domain.ids import PartnershipId
from tests.web.site import Site
from tests.web.visitor import Form, Seen, Visitor

pytestmark = pytest.mark.anyio

RICHEST = "peterborough"
ALIKE = {RICHEST: 2}
"""How many pages of one kind are opened, where more than one is: partnerships differ in whom their pages are about."""
ELSEWHERE = ("coordinator", "officer")
CRAWLED = frozenset(worker for worker, _, _ in workers_in(PartnershipId(RICHEST))) - frozenset(ELSEWHERE)
"""Whose pages differ in no more than whom they are about, from one partnership to the next."""
MOST = 1_500
"""More pages than that are a trap: addresses that lead to ever new ones."""
HAVE_ADDRESSES_OF_THEIR_OWN = re.compile(
    r"(?<=/decisions/)\d+|[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{32}\b|\d{4}-\d\d-\d\d|(?<=/)(?:"
    + "|".join(PARTNERSHIPS)
    + r")(?=/|$)"
)
NOTHING_IS_DONE_BY = re.compile(r"/sign-out|/people/search|/people/[^/]+/who|/hub-days/[^/]+/walk-in")
"""Forms that sign out or look for somebody: they may be sent twice and need no key."""
NO_PAGES_OF_OURS = ("/docs", "/schema", "/assets/", "/problems")


def faults_of(seen: Seen) -> list[str]:
    """What is wrong with a page."""
    if seen.status >= 400:
        return [f"answers {seen.status}"]
    if not seen.headers.get("content-type", "").startswith("text/html"):
        return []
    faults = [f"has the id {one!r} {count} times" for one, count in seen.ids.items() if count > 1]
    if seen.tags["h1"] != 1:
        faults.append(f"has {seen.tags['h1']} headings of the first level")
    for form in seen.forms:
        if form.method == "POST":
            needed = {"csrf"} | (set() if NOTHING_IS_DONE_BY.fullmatch(form.action) else {"form_key"})
            missing = needed - {name for name, value in form.fields if value}
            faults.extend(f"has a form for {form.action} without {one}" for one in sorted(missing))
    faults.extend(
        f"leads to #{link[1:]}, which it has not" for link in seen.links if link[:1] == "#" and link[1:] not in seen.ids
    )
    return faults


def searches_of(seen: Seen) -> list[str]:
    """Where the forms of a page that only ask lead, sent as they stand."""
    return [_sent(form, seen.path) for form in seen.forms if form.method == "GET"]


def _sent(form: Form, path: str) -> str:
    return f"{urlsplit(form.action or path).path}?{urlencode(form.fields)}"


def kind_of(path: str) -> str:
    """What a page is, whomever it is about."""
    parts = urlsplit(path)
    names = ",".join(sorted({name for name, value in parse_qsl(parts.query) if value}))
    return f"{HAVE_ADDRESSES_OF_THEIR_OWN.sub('*', parts.path)}?{names}"


async def crawl(visitor: Visitor, alike: int) -> dict[str, list[str]]:
    """Follow everything, from home on; the faults by page, and from where one comes to it."""
    waiting: deque[tuple[str, str]] = deque([("/", "the beginning")])
    opened: set[str] = set()
    kinds: Counter[str] = Counter()
    faults: dict[str, list[str]] = {}
    while waiting:
        path, origin = waiting.popleft()
        if path in opened or kinds[kind_of(path)] >= alike:
            continue
        opened.add(path)
        kinds[kind_of(path)] += 1
        assert len(opened) < MOST, f"no end of pages: {kinds.most_common(5)}"
        seen = await visitor.open(path)
        if path.startswith(NO_PAGES_OF_OURS):
            found = [f"answers {seen.status}"] if seen.status >= 400 else []
        else:
            found = faults_of(seen)
            for link in (*seen.links, *searches_of(seen)):
                where = urldefrag(urljoin(seen.path, link)).url
                if where.startswith("/") and not where.startswith("//") and not where.startswith("/sign-in"):
                    waiting.append((where, path))
        if found:
            faults[f"{path} (from {origin})"] = found
    assert len(opened) > 8, "somebody signed in has more to open than this"
    return faults


@pytest.mark.parametrize("partnership", PARTNERSHIPS)
async def test_every_link_that_is_offered_leads_to_a_page_in_order(demo_site: Site, partnership: PartnershipId) -> None:
    faults: dict[str, set[str]] = {}
    for worker, _, _ in workers_in(partnership):
        if partnership != RICHEST and worker in CRAWLED:
            continue
        async with Visitor(demo_site) as visitor:
            await visitor.sign_in(worker, partnership, to="/panels")
            for page, found in (await crawl(visitor, ALIKE.get(partnership, 1))).items():
                for fault in found:
                    kind = re.sub(HAVE_ADDRESSES_OF_THEIR_OWN, "*", page)
                    faults.setdefault(f"{kind} {fault}", set()).add(worker)
    assert not faults, "\n".join(
        ["", *(f"{fault} [{', '.join(sorted(who))}]" for fault, who in sorted(faults.items()))]
    )
