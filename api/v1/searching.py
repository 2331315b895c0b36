"""Looking for somebody before they are entered: what is known of them stands in a body and never in an address."""

import datetime as dt

import msgspec

from api.endpoints import AFTER_SECONDS, new_id, sent_key
from api.hub import Hub
from api.problems import Flaw, ProblemError, retry_after
from api.routes import Act
from api.serving import Answer, Call
from application.finding.asking import Sought
from application.ports import CommandKey, log_of
from application.readings.searching import FoundRow, PersonFound
from application.revealing import Shown
from domain.actors import Actor
from domain.ids import AgencyId, PersonId, SearchId
from domain.people.search import RecordSearch
from domain.people.trawling import TrawlingSuspected

PATH = "/v1/people/search"


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """Those found, the likeliest first, and the search to name when somebody is entered or recognised after it.

    `more`: others fit, too, and are not shown. Search again with more of what is known.
    """

    search: SearchId
    people: tuple[PersonFound, ...]
    position: int
    more: bool = False


async def search_people(hub: Hub, actor: Actor, body: Sought, call: Call) -> Answer:
    """Look for somebody; that it was done is recorded, by what was looked for and who was shown."""
    key = sent_key(hub, actor, f"POST {PATH}", call)
    async with hub.snapshot(actor, call.account) as snapshot:
        result = await look(hub.of(snapshot), actor, body, call, key)
    return Answer(msgspec.json.encode(result), headers=((b"cache-control", b"no-store"),))


async def look(hub: Hub, actor: Actor, sought: Sought, call: Call, key: CommandKey | None = None) -> SearchResult:
    """Look for somebody, and record that it was done.

    Raises: ProblemError (400 where nothing is given to search by, 503), and what `Searching.search` raises.
    """
    if not sought.keys:
        raise ProblemError("invalid-body", Flaw("", "nothing-to-search-by"))
    log = log_of(actor.partnership)
    if not await hub.models.reached(log, await hub.decider.log.head(log), AFTER_SECONDS):
        raise ProblemError("not-yet-visible", headers=retry_after(1))  # whoever was just entered is found, too
    found = await hub.readings.searching.search(actor, sought)
    command = RecordSearch(
        at=hub.clock.now(),
        search=SearchId(new_id()),
        keys=found.keys,
        shown=tuple(one.shown.row.person for one in found.people),
        strangers=found.strangers,
    )
    decided = await hub.decider.decide(command, actor, key=key, result=command.search.encode())
    call.signs = tuple(one.sign for one in decided.facts if isinstance(one, TrawlingSuspected))
    search = SearchId(decided.result.decode()) if decided.repeated else command.search
    return SearchResult(search=search, people=found.people, position=decided.position, more=found.more)


EXAMPLE = (
    Sought(name="Antek Kowalski", born=dt.date(1985, 3, 12)),
    SearchResult(
        search=SearchId("5f0c1c0e-5b1f-4d0c-9f43-2f6d1f0f2a11"),
        people=(
            PersonFound(
                shown=Shown(
                    row=FoundRow(
                        person=PersonId("0b9a4c52-0d5e-4a53-8f0d-6f6a7c1f4e21"),
                        reference="P-7KQ-4M2X",
                        synthetic=True,
                        age_band="35-44",
                        given_name="Antoni",
                        family_name="Kowalski",
                        born="1985-03-12",
                        flags=("staff-safety",),
                    )
                ),
                likelihood="very-likely",
                reasons=("born-same", "family-same", "given-diminutive"),
                differs=(),
                opens=False,
                ask=AgencyId("csp"),
            ),
        ),
        position=48213,
    ),
)
"""Somebody who does not exist, whom the agency does not work with yet."""

SEARCH = Act(
    path=PATH,
    do=search_people,
    body=Sought,
    answer=SearchResult,
    summary="Look for somebody before they are entered",
    name="search_people",
    example=EXAMPLE,
)
