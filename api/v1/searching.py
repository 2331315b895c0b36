"""Looking for somebody before they are entered: by exact keys, in a body and never in an address."""

import datetime as dt
from typing import Annotated

import msgspec

from api.endpoints import AFTER_SECONDS, command_key, new_id
from api.hub import Hub
from api.problems import Flaw, ProblemError, retry_after
from api.routes import Act
from api.serving import Answer, Call
from application.ports import CommandKey, log_of
from application.revealing import Shown
from application.views.people import PersonRow
from domain.actors import Actor
from domain.facts import Line
from domain.ids import PersonId, SearchId
from domain.people.registering import Reference
from domain.people.search import RecordSearch, SearchKey
from domain.people.trawling import TrawlingSuspected

PATH = "/v1/people/search"
YEAR = Annotated[int, msgspec.Meta(ge=1850, le=2200)]


class SearchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By reference, or by a full name or nickname together with a date or year of birth."""

    reference: Reference | None = None
    given_name: Line | None = None
    family_name: Line | None = None
    nickname: Line | None = None
    born: dt.date | None = None
    born_in: YEAR | None = None


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """Those found, and the search to name when somebody is entered or recognised after it."""

    search: SearchId
    people: tuple[Shown[PersonRow], ...]
    position: int


async def search_people(hub: Hub, actor: Actor, body: SearchBody, call: Call) -> Answer:
    """Look for somebody; that it was done is recorded, by which kinds of keys and who was shown."""
    given = call.headers.get(b"idempotency-key")
    key = None if given is None else command_key(hub, actor, b"POST " + PATH.encode(), call.ids, call.body, given)
    async with hub.snapshot(actor, call.account) as snapshot:
        result = await look(hub.of(snapshot), actor, body, call, key)
    return Answer(msgspec.json.encode(result), headers=((b"cache-control", b"no-store"),))


async def look(hub: Hub, actor: Actor, body: SearchBody, call: Call, key: CommandKey | None = None) -> SearchResult:
    """Look for somebody, and record that it was done.

    Raises: ProblemError (400 where nothing is given to search by, 503); NotPermitted; Unknown.
    """
    log = log_of(actor.partnership)
    if not await hub.models.reached(log, await hub.decider.log.head(log), AFTER_SECONDS):
        raise ProblemError("not-yet-visible", headers=retry_after(1))  # whoever was just entered is found, too
    found = await hub.reading.search(
        actor,
        reference=body.reference,
        given_name=body.given_name,
        family_name=body.family_name,
        nickname=body.nickname,
        born=body.born.isoformat() if body.born else str(body.born_in) if body.born_in else None,
    )
    if not found.keys:
        raise ProblemError("invalid-body", Flaw("", "nothing-to-search-by"))
    command = RecordSearch(
        at=hub.clock.now(),
        search=SearchId(new_id()),
        keys=msgspec.convert(found.keys, tuple[SearchKey, ...]),
        shown=tuple(PersonId(one.row.person) for one in found.people),
    )
    decided = await hub.decider.decide(command, actor, key=key, result=command.search.encode())
    call.signs = tuple(one.sign for one in decided.facts if isinstance(one, TrawlingSuspected))
    search = SearchId(decided.result.decode()) if decided.repeated else command.search
    return SearchResult(search=search, people=found.people, position=decided.position)


SEARCH = Act(
    path=PATH,
    do=search_people,
    body=SearchBody,
    answer=SearchResult,
    summary="Look for somebody before they are entered",
    name="search_people",
)
