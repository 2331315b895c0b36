"""What happens at an address: a command is decided, a resource is read, a page is shown."""

import asyncio
import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote
from weakref import WeakValueDictionary

import msgspec

from api.hub import Hub
from api.problems import Flaw, ProblemError, flaw_of, retry_after
from api.routes import Act, Open, Read, Values, Write, ids_in
from api.serving import JSON_MANNER, Answer, Call
from application.access import Account, NotShown
from application.deciding import Decided
from application.ports import CommandKey, log_of
from application.readings.caseload import Caseload
from application.readings.hub_days import HubDay
from application.readings.lists import Line
from application.readings.paging import CursorUnreadable, Page
from application.readings.people import PersonPage
from application.readings.reports import PeopleBehind
from application.revealing import Shown
from domain.actors import Actor
from domain.facts import Command, Facts
from domain.refusals import Refusal, Unknown

AFTER_SECONDS: Final = 5.0
"""How long a read waits for the position that its client has seen."""
NO_PARAMETERS: Final[frozenset[str]] = frozenset()
NOTHING: Final[Mapping[str, str]] = {}
NUL: Final = b"\\u0000"
NO_STORE: Final = (b"cache-control", b"no-store")

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_MATCHED = re.compile(rb'"(\d{1,18})-[0-9a-f]{24}"')
_POSITION = re.compile(r"\d{1,18}")


def new_id() -> str:
    """A random id: it says nothing about anybody."""
    return str(uuid.uuid4())


def decoded(decoder: "msgspec.json.Decoder[Any]", content: bytes) -> Any:  # noqa: ANN401 - the decoder's type
    """A body as its type has it. Raises ProblemError (400)."""
    if NUL in content:  # no text of anybody's, and no store that sorts texts takes it
        raise ProblemError("invalid-body", Flaw("", "control-character"))
    try:
        return decoder.decode(content or b"{}")
    except msgspec.ValidationError as error:
        raise ProblemError("invalid-body", flaw_of(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProblemError("malformed-json") from None


def command_key(
    hub: Hub, actor: Actor, name: bytes, ids: Mapping[str, str], content: bytes, given: bytes
) -> CommandKey:
    """What a key stands for: this worker, at this address, with this content. Raises ProblemError (400)."""
    if not _KEY.fullmatch(given):
        raise ProblemError("invalid-header", Flaw("Idempotency-Key", "wrong-form"))
    who = f"{actor.partnership}\0{actor.agency}\0{actor.worker}\0".encode()
    about = "\0".join(ids.values()).encode()
    return CommandKey(
        key=hashlib.sha256(who + name + b"\0" + given).digest(),
        digest=hub.digest(name + b"\0" + about + b"\0" + content),
    )


def sent_key(hub: Hub, actor: Actor, name: str, call: Call) -> CommandKey | None:
    """What the key stands for that a client sent, if it sent one. Raises ProblemError (400)."""
    given = call.headers.get(b"idempotency-key")
    return None if given is None else command_key(hub, actor, name.encode(), call.ids, call.body, given)


def told(names: Sequence[str], values: Values, added: Facts) -> bytes:
    """The ids that a client is told: those of the facts, for a thing may be there already; else those minted."""
    said = {name: next((getattr(one, name) for one in added if hasattr(one, name)), values[name]) for name in names}
    return msgspec.json.encode({name: value for name, value in said.items() if value is not None})


class Meant(msgspec.Struct, frozen=True):
    """A command as an address and a body make it: its values, those minted and worked out included."""

    command: Command
    tells: tuple[str, ...]
    values: Values


def meant(hub: Hub, route: Write, ids: Mapping[str, str], body: msgspec.Struct) -> Meant:
    """The command that an address and a body make. Raises ProblemError (400)."""
    values = {name: getattr(body, name) for name in route.body.__struct_fields__}
    if values["at"] is None:
        values["at"] = hub.clock.now()
    values.update(ids)
    for name in route.mints:
        values[name] = new_id()
    if route.edge is not None:
        route.edge(values)
        for name in route.added:
            del values[name]
    return Meant(route.command(**values), route.tells, values)


async def decide(
    hub: Hub, route: Write, actor: Actor, ids: Mapping[str, str], body: msgspec.Struct, key: CommandKey | None
) -> Decided:
    """Decide the command that an address and a body make; its result is what the client is told.

    Raises: what `Decider.decide` raises; ProblemError (400).
    """
    return await decide_all(hub, (meant(hub, route, ids, body),), actor, key)


async def decide_all(hub: Hub, act: Sequence[Meant], actor: Actor, key: CommandKey | None) -> Decided:
    """Decide several commands as one act, all or nothing; its result has the ids that each of them tells.

    Raises: what `Decider.decide` raises.
    """
    names = tuple(dict.fromkeys(name for one in act for name in one.tells))
    values = {name: value for one in act for name, value in one.values.items()}
    return await hub.decider.decide(
        tuple(one.command for one in act), actor, key=key, result=lambda added: told(names, values, added)
    )


class Writing:
    """Decides a command and answers with ids and a position."""

    manner = JSON_MANNER
    open = False
    takes_body = True
    parameters = NO_PARAMETERS
    produces = b"application/json"

    def __init__(self, hub: Hub, route: Write, edited: "Viewing | None") -> None:
        self._hub = hub
        self._route = route
        self._edited = edited
        self._decoder = msgspec.json.Decoder(route.body)
        self._name = f"{route.method} {route.path}"
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, call: Call) -> Answer:
        """Decide once for each idempotency key."""
        assert call.token is not None
        actor = call.token.actor
        key = sent_key(self._hub, actor, self._name, call)
        if key is None:
            return await self._decide(call, actor, None)
        turn = self._turns.setdefault(key.key, asyncio.Lock())
        async with turn:  # a request with the same key that is on its way is waited for
            if self._edited is not None:  # its precondition no longer holds once it is done
                known = await self._hub.decider.log.command(log_of(actor.partnership), key)
                if known is not None:
                    return self._answer(call.ids, known.result, known.position)
            try:
                return await self._decide(call, actor, key)
            except Refusal:  # another process may have decided the same request meanwhile
                known = await self._hub.decider.log.command(log_of(actor.partnership), key)
                if known is None:
                    raise
                return self._answer(call.ids, known.result, known.position)

    async def _decide(self, call: Call, actor: Actor, key: CommandKey | None) -> Answer:
        body = decoded(self._decoder, call.body)
        if self._edited is not None:
            await self._edited.matched(call.ids, actor, call.headers.get(b"if-match"))
        decided = await decide(self._hub, self._route, actor, call.ids, body, key)
        return self._answer(call.ids, decided.result, decided.position)

    def _answer(self, ids: Mapping[str, str], result: bytes, position: int) -> Answer:
        content = (
            b'%b,"position":%d}' % (result[:-1], position)
            if len(result) > len(b"{}")
            else b'{"position":%d}' % position
        )
        headers: tuple[tuple[bytes, bytes], ...] = (NO_STORE,)
        if self._route.location is not None:
            where = self._route.location.format_map({**ids, **msgspec.json.decode(result)})
            headers = (NO_STORE, (b"location", where.encode()))
        return Answer(content, self._route.status, headers=headers)


class Viewing:
    """Shows a resource to whoever may see it."""

    manner = JSON_MANNER
    open = False
    takes_body = False
    produces = b"application/json"

    def __init__(self, hub: Hub, route: Read) -> None:
        self._hub = hub
        self._route = route
        self._found = tuple(name for name in ids_in(route.path) if name not in route.asked)
        self.parameters = frozenset(route.query.__struct_fields__) | {"after"}

    async def __call__(self, call: Call) -> Answer:
        """Read, once the views contain what the client has seen."""
        assert call.token is not None
        actor = call.token.actor
        query = dict(call.query)
        after = query.pop("after", None)
        if after is not None:
            await self._wait(actor, after)
        seen = await self.see(actor, call.ids, call.account, query)
        position = position_of(seen)
        if isinstance(seen, PersonPage | HubDay | Caseload):
            # The position of the views moves with every event: what it stands beside would never be the same again.
            seen = msgspec.structs.replace(seen, position=position)
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if isinstance(seen, Page | PeopleBehind) and seen.next is not None:
            headers = ((b"link", self._link(call, query, seen.next)),)
        if isinstance(seen, Page):
            seen = {"items": seen.items, "next": seen.next}
        elif isinstance(seen, tuple):
            seen = {"items": seen, "next": None}
        return Answer(_rendered(seen), headers=headers, position=position)

    async def matched(self, ids: Mapping[str, str], actor: Actor, given: bytes | None) -> None:
        """That the client has read the resource as it is now: as of the head of the log.

        `given` is the header If-Match. Raises: ProblemError (428, 412); Unknown.
        """
        if given is None:
            raise ProblemError("precondition-required")
        log = log_of(actor.partnership)
        if not await self._hub.models.reached(log, await self._hub.decider.log.head(log), AFTER_SECONDS):
            raise ProblemError("not-yet-visible", headers=retry_after(1))
        seen = await self.see(actor, ids, NotShown())
        if given.strip() == b"*":
            return
        positions = {found[1] for one in given.split(b",") if (found := _MATCHED.fullmatch(one.strip()))}
        if b"%d" % position_of(seen) not in positions:
            raise ProblemError("precondition-failed")

    async def see(
        self, actor: Actor, ids: Mapping[str, str], account: Account, query: Mapping[str, str] = NOTHING
    ) -> Any:  # noqa: ANN401 - whatever the reading gives
        """What the route's reading shows. Raises: as that reading does; ProblemError (400)."""
        route = self._route
        asked = {name: ids[name] for name in route.asked}
        given = msgspec.structs.asdict(self._query(query))
        try:
            async with self._hub.snapshot(actor, account) as snapshot:
                hub = self._hub.of(snapshot)
                whose = hub if route.subject is None else getattr(hub.readings, route.subject)
                seen = await route.reading(whose, actor, **asked, **route.given, **given)
        except CursorUnreadable:
            raise ProblemError("invalid-parameter", Flaw("?cursor", "wrong-form")) from None
        for name in self._found:  # an address names a thing and whose it is: both must be so
            if getattr(getattr(seen, "row", seen), name) != ids[name]:
                raise Unknown
        return seen

    async def _wait(self, actor: Actor, after: str) -> None:
        if not _POSITION.fullmatch(after):
            raise ProblemError("invalid-parameter", Flaw("?after", "wrong-form"))
        log = log_of(actor.partnership)
        if int(after) > await self._hub.decider.log.head(log):
            raise ProblemError("invalid-parameter", Flaw("?after", "beyond-the-log"))
        if not await self._hub.models.reached(log, int(after), AFTER_SECONDS):
            raise ProblemError("not-yet-visible", headers=retry_after(1))

    def _query(self, query: Mapping[str, str]) -> Any:  # noqa: ANN401 - the route's type
        several = self._route.several
        split = {name: value.split(",") if name in several else value for name, value in query.items()}
        try:
            return msgspec.convert(split, self._route.query, strict=False)
        except msgspec.ValidationError as error:
            flaw = flaw_of(error)
            raise ProblemError("invalid-parameter", Flaw("?" + flaw.pointer.strip("/"), flaw.code)) from None

    def _link(self, call: Call, query: Mapping[str, str], cursor: str) -> bytes:
        path = self._route.path.format_map(call.ids)
        kept = {**query, "cursor": cursor}
        pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in kept.items())
        return f'<{path}?{pairs}>; rel="next"'.encode()


_rendered = msgspec.json.Encoder().encode


def position_of(seen: Any) -> int:  # noqa: ANN401 - whatever a reading gives
    """The position of what was read: of its row, or of the newest row of a list."""
    match seen:
        case Shown(row=row):
            return position_of(row)
        case PersonPage(shown=shown) | Line(shown=shown):
            return position_of(shown)
        case HubDay():
            return position_of((seen.session, *seen.expected, *seen.arrived, *seen.missed))
        case Caseload():
            return position_of((*seen.referrals, *seen.plans, *seen.due))
        case Page(items=items) | (tuple() as items):
            return max((position_of(one) for one in items), default=0)
        case _:
            return int(getattr(seen, "position", 0))


class Acting:
    """Does what is more than one command."""

    manner = JSON_MANNER
    open = False
    takes_body = True
    parameters = NO_PARAMETERS
    produces = b"application/json"

    def __init__(self, hub: Hub, route: Act[Any]) -> None:
        self._hub = hub
        self._route = route
        self._decoder = msgspec.json.Decoder(route.body)

    async def __call__(self, call: Call) -> Answer:
        """Answer."""
        assert call.token is not None
        return await self._route.do(self._hub, call.token.actor, decoded(self._decoder, call.body), call)


class Showing:
    """Shows a page to everybody."""

    manner = JSON_MANNER
    open = True
    takes_body = False
    parameters = NO_PARAMETERS

    def __init__(self, hub: Hub, route: Open) -> None:
        self._hub = hub
        self._route = route
        self.produces = route.produces.encode()

    async def __call__(self, call: Call) -> Answer:
        """Answer."""
        return await self._route.show(self._hub, call)
