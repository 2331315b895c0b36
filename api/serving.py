"""How one request is answered: what is the same for every address stands here, once.

    address → method → token → what is accepted → parameters → body → the endpoint → ETag → headers → one log line

An endpoint is told only what it needs (`Call`) and gives back bytes (`Answer`). What goes wrong is a problem.
"""

import asyncio
import hashlib
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qsl

import msgspec

from api import problems
from api.logging import where
from api.metrics import UNMATCHED, Metrics
from api.networks import Proxies, client_of
from api.problems import Ask, Flaw, Headers, ProblemError
from api.signing_in import SigningIn
from application.access import AccessLedger, Account, denial_of
from application.identity import Token
from domain.ids import ID_PATTERN
from domain.refusals import Refusal

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send
    from structlog.typing import FilteringBoundLogger

BODY_LIMIT: Final = 256 * 1024
QUERY_LIMIT: Final = 8 * 1024
BODY_SECONDS: Final = 20.0
PARAMETERS_LIMIT: Final = 50
IN_FLIGHT_LIMIT: Final = 1_000
IN_FLIGHT_PER_TOKEN: Final = 300
JUSTIFICATION: Final = b"x-justification"
JUSTIFICATION_LIMIT: Final = 400
JSON: Final = b"application/json"
NO_BODY: Final = frozenset({204, 304})
CLIENT_GONE: Final = 499
SEE_OTHER: Final = 303
FOR_MACHINES: Final = ("/v1/", "/schema/", "/health/", "/metrics")

_ID = re.compile(ID_PATTERN)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_TRACE = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_ALWAYS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class Call:
    """One request, as far as an endpoint needs it. `token` is there wherever the endpoint asks for one.

    `account` takes down what it is shown of people; the server records it before the answer leaves.
    """

    __slots__ = ("account", "body", "client", "headers", "ids", "path", "query", "request_id", "signs", "token")

    def __init__(
        self, path: str, headers: dict[bytes, bytes], request_id: str, ids: Mapping[str, str], template: str = ""
    ) -> None:
        self.path = path
        self.account = Account(template, request_id)
        self.headers = headers
        self.request_id = request_id
        self.ids = ids
        self.query: Mapping[str, str] = {}
        self.body = b""
        self.client = ""
        """The address that it came from, as far as that is known."""
        self.token: Token | None = None
        self.signs: tuple[str, ...] = ()
        """What of it is told to who protects the data: codes, for the log line."""


class Stream(Protocol):
    """What goes out bit by bit for as long as its reader stays."""

    async def next(self) -> bytes | None:
        """What to send next, once there is anything; None at the end. It may be cancelled at any wait."""
        ...

    def close(self) -> None:
        """Give up what it holds. Nobody is there any more, so it waits for nothing."""
        ...


class Answer(msgspec.Struct, frozen=True):
    """What goes out. A `position` makes an ETag of it together with a hash of the body; a `stream` follows the head."""

    body: bytes
    status: int = 200
    media_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    position: int | None = None
    stream: Stream | None = None

    @property
    def carries_nothing(self) -> bool:
        """Whether it only sends its reader on to another address. That nothing changed (304) is something."""
        return self.status == SEE_OTHER


class Manner(Protocol):
    """How a family of addresses is spoken to: what is sent to it, and how it says no."""

    @property
    def takes(self) -> bytes:
        """The media type of a body."""
        ...

    async def problem(self, problem: "problems.Problem", headers: Headers, call: Call) -> Answer:
        """A problem on its way out."""
        ...


class JsonManner:
    """Bodies of JSON, problem details."""

    takes = JSON

    async def problem(self, problem: "problems.Problem", headers: Headers, call: Call) -> Answer:  # noqa: ARG002 - the protocol's
        """Problem details (RFC 9457)."""
        return Answer(msgspec.json.encode(problem), problem.status, problems.MEDIA_TYPE, tuple(headers))


JSON_MANNER: Final = JsonManner()


class Endpoint(Protocol):
    """One method at one address."""

    @property
    def manner(self) -> Manner:
        """How it is spoken to."""
        ...

    @property
    def open(self) -> bool:
        """Whether no token is asked for."""
        ...

    @property
    def takes_body(self) -> bool:
        """Whether it reads a body."""
        ...

    @property
    def parameters(self) -> frozenset[str]:
        """The query parameters it knows."""
        ...

    @property
    def produces(self) -> bytes:
        """The type of its answer; `*/*` where a client need not say what it accepts."""
        ...

    def __call__(self, call: Call) -> Awaitable[Answer]:
        """Answer."""
        ...


class ClientGone(Exception):  # noqa: N818 - nobody is left to be told
    """The client left before its request was read."""


AskOf = Callable[[Refusal, Token], Awaitable[Ask | None]]


class Server:
    """What all addresses of one server share. Who calls, and whom to ask, is known once the hub is open."""

    signing_in: SigningIn
    ask_of: AskOf
    ledger: AccessLedger

    def __init__(self, metrics: Metrics, log: "FilteringBoundLogger") -> None:
        self.metrics = metrics
        self.log = log
        self.in_flight: Counter[str] = Counter()
        self.in_flight_all = 0
        self.proxies: Proxies = ()
        metrics.in_flight.set_function(lambda: self.in_flight_all)
        metrics.spool_waiting.set_function(self._spool_waiting)

    def _spool_waiting(self) -> int:
        return self.ledger.waiting()

    async def record_access(self, account: Account) -> None:
        """Record what a request is shown of people. Raises where that cannot be done: then nothing of it leaves.

        Safety flags alone leave all the same, spooled, which is an alarm.
        """
        if await self.ledger.record(account):
            self.metrics.spooled.inc()
            self.log.error("access_ledger_down", request=account.request, spooled=self.ledger.waiting())

    @contextmanager
    def one_more_of(self, token: Token) -> Iterator[None]:
        """A request of somebody who may have only so many under way. Raises ProblemError (429)."""
        if self.in_flight[token.id] >= IN_FLIGHT_PER_TOKEN:
            raise ProblemError("too-many-requests", headers=problems.retry_after(1))
        self.in_flight[token.id] += 1
        try:
            yield
        finally:
            self.in_flight[token.id] -= 1
            if not self.in_flight[token.id]:
                del self.in_flight[token.id]


class Address:
    """All methods of one path template."""

    def __init__(self, server: Server, template: str) -> None:
        self.template = template
        self._server = server
        self._endpoints: dict[str, Endpoint] = {}
        self._allow = b"OPTIONS"

    def serve(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Begin to answer. Whatever answers GET answers HEAD."""
        self._endpoints = dict(endpoints)
        if "GET" in endpoints:
            self._endpoints["HEAD"] = endpoints["GET"]
        self._allow = ", ".join(sorted({*self._endpoints, "OPTIONS"})).encode()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        began = time.perf_counter()
        server, method = self._server, scope["method"]  # type: ignore[typeddict-item]
        headers = dict(scope["headers"])
        request_id, trace = identify(headers)
        call = Call(scope["path"], headers, request_id, scope["path_params"], self.template)
        call.client = client_of(scope["client"], headers, server.proxies)
        failed: Exception | None = None
        problem: problems.Problem | None = None
        server.in_flight_all += 1
        try:
            answer = await self._answer(call, method, scope, receive)
            if not answer.carries_nothing:
                await self._server.record_access(call.account)
        except ClientGone:
            server.in_flight_all -= 1
            server.metrics.answered(method, self.template, CLIENT_GONE, time.perf_counter() - began)
            return
        except Exception as error:  # noqa: BLE001 - whatever happened, the client is told in one form
            failed = await self._denied(error, call)
            ask = await self._whom_to_ask(failed, call)
            problem, extra = problems.problem_of(failed, request_id, ask)
            answer = await self._manner(method).problem(problem, extra, call)
        server.in_flight_all -= 1
        if answer.stream is None:
            await send_answer(send, answer, method, request_id, trace)
        taken = time.perf_counter() - began
        server.metrics.answered(method, self.template, answer.status, taken)
        self._record(call, method, answer, taken, trace, problem, failed)
        if answer.stream is not None:  # it was answered; how long somebody listens is no time of the server's
            await send_stream(receive, send, answer, answer.stream, method, request_id)

    def _manner(self, method: str) -> Manner:
        endpoint = self._endpoints.get(method)
        return JSON_MANNER if endpoint is None else endpoint.manner

    async def _answer(self, call: Call, method: str, scope: "Scope", receive: "Receive") -> Answer:
        if method == "OPTIONS":
            return Answer(b"", 204, headers=((b"allow", self._allow),))
        endpoint = self._endpoints[method]
        server, headers = self._server, call.headers
        if server.in_flight_all > IN_FLIGHT_LIMIT:
            raise ProblemError("busy", headers=problems.retry_after(1))
        if endpoint.open:
            return await self._checked(endpoint, call, scope, receive)
        token = call.token = await server.signing_in.holder(headers.get(b"authorization"))
        with server.one_more_of(token):
            return await self._checked(endpoint, call, scope, receive)

    async def _checked(self, endpoint: Endpoint, call: Call, scope: "Scope", receive: "Receive") -> Answer:
        headers = call.headers
        if not accepts(headers.get(b"accept"), endpoint.produces):
            raise ProblemError("not-acceptable")
        query = scope["query_string"]
        if query:
            call.query = parameters(query, endpoint.parameters)
        for one in call.ids.values():
            if not _ID.fullmatch(one):
                raise ProblemError("unknown")
        if endpoint.takes_body:
            call.body = await body(headers, receive, endpoint.manner.takes)
        if (why := headers.get(JUSTIFICATION)) is not None:
            call.account.justified(justification(why))
        answer = await endpoint(call)
        if answer.position is None or answer.status != 200:  # noqa: PLR2004
            return answer
        return tagged(answer, headers.get(b"if-none-match"))

    async def _whom_to_ask(self, error: Exception, call: Call) -> Ask | None:
        if not isinstance(error, Refusal) or call.token is None:
            return None
        try:
            return await self._server.ask_of(error, call.token)
        except Exception:  # noqa: BLE001 - the refusal itself is the answer
            return None

    async def _denied(self, error: Exception, call: Call) -> Exception:
        """What a request ends with: a denial is recorded before it is told, and is not told where it cannot be."""
        denial = denial_of(error)
        if denial is None or call.token is None:
            return error
        try:
            await self._server.ledger.deny(call.account, call.token.actor, denial, tuple(call.ids.items()))
        except Exception as unrecorded:  # noqa: BLE001 - whatever it is, it is told instead
            return unrecorded
        return error

    def _record(
        self,
        call: Call,
        method: str,
        answer: Answer,
        taken: float,
        trace: bytes | None,
        problem: problems.Problem | None,
        failed: Exception | None,
    ) -> None:
        line: dict[str, Any] = {
            "method": method,
            "route": self.template,
            "status": answer.status,
            "ms": round(taken * 1000, 2),
            "request": call.request_id,
        }
        if call.token is not None:
            actor = call.token.actor
            line |= {"worker": actor.worker, "agency": actor.agency, "partnership": actor.partnership}
            line["token"] = call.token.id
        if call.ids and answer.status not in {400, 404}:  # what is no id of ours may be anything
            line["ids"] = call.ids
        if answer.position is not None:
            line["position"] = answer.position
        if trace is not None:
            line["trace"] = trace[3:35].decode()
        if call.signs:
            line["signs"] = call.signs
        if problem is not None:
            line["code"] = problem.code
            if problem.errors:
                line["errors"] = problems.names(problem.errors)
        if failed is not None and answer.status >= 500 and not isinstance(failed, ProblemError):  # noqa: PLR2004
            self._server.log.error("request", **line, **where(failed))
        else:
            self._server.log.info("request", **line)


def identify(headers: Mapping[bytes, bytes]) -> tuple[str, bytes | None]:
    """The request's id, the client's own where it is one, and its trace context."""
    given = headers.get(b"x-request-id", b"")
    trace = headers.get(b"traceparent", b"")
    request_id = given.decode() if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
    return request_id, trace if _TRACE.fullmatch(trace) else None


async def send_answer(send: "Send", answer: Answer, method: str, request_id: str, trace: bytes | None) -> None:
    """Write an answer out, without its body where there is none to be."""
    head: Headers = [*_ALWAYS, *answer.headers, (b"x-request-id", request_id.encode())]
    if answer.status not in NO_BODY:
        head.append((b"content-length", b"%d" % len(answer.body)))
        head.append((b"content-type", answer.media_type))
    if trace is not None:
        head.append((b"traceparent", trace))
    await send({"type": "http.response.start", "status": answer.status, "headers": head})
    content = b"" if method == "HEAD" or answer.status in NO_BODY else answer.body
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def send_stream(
    receive: "Receive", send: "Send", answer: Answer, stream: Stream, method: str, request_id: str
) -> None:
    """Write out what a stream has, until it ends or its reader leaves. Either way it is closed at once."""
    leaving = asyncio.ensure_future(_left(receive))
    upcoming: asyncio.Future[bytes | None] | None = None
    try:
        head: Headers = [*_ALWAYS, *answer.headers, (b"x-request-id", request_id.encode())]
        head.append((b"content-type", answer.media_type))
        await send({"type": "http.response.start", "status": answer.status, "headers": head})
        while method != "HEAD":
            upcoming = asyncio.ensure_future(stream.next())
            await asyncio.wait({upcoming, leaving}, return_when=asyncio.FIRST_COMPLETED)
            part = upcoming.result() if upcoming.done() and not leaving.done() else None
            if part is None:
                break
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if not leaving.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        leaving.cancel()
        if upcoming is not None:
            upcoming.cancel()
        stream.close()


async def _left(receive: "Receive") -> None:
    """Until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def accepts(header: bytes | None, produced: bytes) -> bool:
    """Whether a client that sends this Accept header takes this type; the most exact range decides."""
    if header is None or header == b"*/*" or produced in {header, b"*/*"}:
        return True
    family = produced.partition(b"/")[0] + b"/*"
    best, quality = -1, 0.0
    for part in header.lower().split(b","):
        media, *rest = (piece.strip() for piece in part.split(b";"))
        rank = {b"*/*": 0, family: 1, produced: 2}.get(media, -1)
        if rank > best:
            best, quality = rank, _quality(rest)
    return quality > 0


def _quality(pieces: list[bytes]) -> float:
    for piece in pieces:
        if piece.startswith(b"q="):
            try:
                return float(piece[2:])
            except ValueError:
                return 0.0
    return 1.0


def justification(given: bytes) -> str:
    """Why somebody looks, in their own words (UTF-8). Raises: ProblemError, which repeats nothing of it."""
    try:
        why = given.decode("utf-8").strip()
    except UnicodeDecodeError:
        why = ""
    if not why.isprintable() or not 0 < len(why) <= JUSTIFICATION_LIMIT:
        raise ProblemError("invalid-header", Flaw("X-Justification", "wrong-form"))
    return why


def parameters(query: bytes, known: frozenset[str]) -> Mapping[str, str]:
    """The query parameters, each known and given once.

    Raises: ProblemError, which names the parameter if it could be the name of one, and no value.
    """
    if len(query) > QUERY_LIMIT:
        raise ProblemError("invalid-parameter", Flaw("?", "too-long"))
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=PARAMETERS_LIMIT,
        )
    except ValueError:
        raise ProblemError("invalid-parameter", Flaw("?", "not-valid")) from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise ProblemError("unknown-parameter", Flaw("?" + (name if _ID.fullmatch(name) else ""), "unknown"))
        if name in found:
            raise ProblemError("invalid-parameter", Flaw("?" + name, "given-twice"))
        found[name] = value
    return found


async def body(headers: Mapping[bytes, bytes], receive: "Receive", taken: bytes = JSON) -> bytes:
    """The body of a request: of the type that is taken and no larger than what is read here.

    Raises: ProblemError (408, 413, 415); ClientGone.
    """
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > BODY_LIMIT:
        raise ProblemError("body-too-large", limit=BODY_LIMIT)
    if length == b"0" or (not length and b"transfer-encoding" not in headers):
        return b""
    media, _, rest = headers.get(b"content-type", b"").lower().partition(b";")
    charset = rest.strip().replace(b'"', b"")
    if media.strip() != taken or charset not in {b"", b"charset=utf-8"} or b"content-encoding" in headers:
        raise ProblemError("unsupported-media-type", headers=[(b"accept-post", taken)])
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(receive)
    except TimeoutError:
        raise ProblemError("request-timeout", headers=[(b"connection", b"close")]) from None


async def _read(receive: "Receive") -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            raise ProblemError("body-too-large", limit=BODY_LIMIT, headers=[(b"connection", b"close")])
        parts.append(part)
        if not message.get("more_body", False):
            return part if len(parts) == 1 else b"".join(parts)


def etag(position: int, content: bytes) -> bytes:
    """The tag of what one viewer sees of a resource: its position, and a hash of the bytes, which differ by viewer."""
    return b'"%d-%b"' % (position, hashlib.sha256(content).hexdigest()[:24].encode())


def tagged(answer: Answer, seen: bytes | None) -> Answer:
    """The answer with its tag, or 304 if the client has these very bytes."""
    assert answer.position is not None
    tag = etag(answer.position, answer.body)
    headers = (
        *answer.headers,
        (b"etag", tag),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"authorization, accept"),
    )
    if seen is not None and (
        seen.strip() == b"*" or tag in {one.strip().removeprefix(b"W/") for one in seen.split(b",")}
    ):
        return Answer(b"", 304, headers=headers, position=answer.position)
    return msgspec.structs.replace(answer, headers=headers)


class Unmatched:
    """Answers, in the one form, for what never came to an address: an unknown one, or an error on the way."""

    page: Callable[["problems.Problem"], Answer] | None = None
    """Makes a page of a problem, once there are pages."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __call__(self, error: Exception, headers: Mapping[bytes, bytes], path: str) -> tuple[Answer, str, bytes | None]:
        """The answer, the request's id and its trace context. A browser is given a page, but for the API."""
        request_id, trace = identify(headers)
        problem, extra = problems.problem_of(error, request_id)
        if self.page is not None and b"text/html" in headers.get(b"accept", b"") and not path.startswith(FOR_MACHINES):
            answer = self.page(problem)
        else:
            answer = Answer(msgspec.json.encode(problem), problem.status, problems.MEDIA_TYPE, tuple(extra))
        self._server.metrics.answered("(other)", UNMATCHED, answer.status, 0.0)
        line: dict[str, Any] = {
            "route": UNMATCHED,
            "status": answer.status,
            "request": request_id,
            "code": problem.code,
        }
        if answer.status >= 500:  # noqa: PLR2004
            self._server.log.error("request", **line, **where(error))
        else:
            self._server.log.info("request", **line)
        return answer, request_id, trace
