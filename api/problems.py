"""How the API says no: the one table of problem types, and every error's way into it (RFC 9457).

A problem holds no value of a request: it names fields and parameters, and what is wrong with them. What a refusal
says is in the refusal; here stands only its status.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from litestar.exceptions import HTTPException

from api.bodies import NOT_BLANK
from application.ports import CommandReused, LogBusy, LogUnavailable, UnknownFact
from application.proofs import NotProved
from domain.people.trawling import SearchLimitReached
from domain.refusals import Conflict, Guarded, NotPermitted, Refusal, Unknown, Unreadable

Headers = list[tuple[bytes, bytes]]

MEDIA_TYPE: Final = b"application/problem+json"
TYPE_PREFIX: Final = "/problems/"
RETRY_SECONDS: Final = 2
DISK_FULL: Final = "53100"


class Kind(msgspec.Struct, frozen=True):
    """A type of problem: its status, its constant title, and what it means to whoever writes a client."""

    status: int
    title: str
    detail: str


KINDS: Final[Mapping[str, Kind]] = {
    "malformed-json": Kind(400, "The body is not JSON", "The body must be one JSON value in UTF-8."),
    "invalid-body": Kind(
        400, "The body does not fit its schema", "`errors` names the field and what is wrong with it."
    ),
    "unknown-parameter": Kind(400, "There is no such parameter", "`errors` names the query parameter."),
    "invalid-parameter": Kind(400, "A parameter cannot be read", "`errors` names the query parameter."),
    "invalid-header": Kind(400, "A header cannot be read", "`errors` names the header."),
    "bad-request": Kind(400, "The request cannot be read", "The request is not one that this server understands."),
    "unauthenticated": Kind(
        401, "A live token is needed", "Send `Authorization: Bearer` with a token that is neither expired nor revoked."
    ),
    "not-permitted": Kind(403, "This is not for your role to do", "Ask somebody whose role allows it."),
    "unknown": Kind(
        404, "There is no such thing, or none that concerns you", "Check the reference, or ask the hub coordinator."
    ),
    "forged": Kind(
        403, "This form came from another site", "Open the page here and send it from there. Nothing was recorded."
    ),
    "no-such-address": Kind(404, "There is no such address", "The description of the API is at /schema/openapi.json."),
    "pdf-not-offered": Kind(
        404, "PDF is not offered here", "Print the page from the browser, or ask for WeasyPrint to be installed."
    ),
    "method-not-allowed": Kind(405, "The method is not allowed here", "The header `Allow` names those that are."),
    "not-acceptable": Kind(406, "Nothing acceptable to answer with", "Accept `application/json`."),
    "request-timeout": Kind(408, "The request took too long to arrive", "Send it again."),
    "conflict": Kind(409, "It is no longer in a state that allows this", "Read it again."),
    "guarded": Kind(409, "A rule forbids this now", "`rule` says which, `permitted_by` what would permit it."),
    "precondition-failed": Kind(412, "It has changed since you read it", "Read it again and send its new ETag."),
    "body-too-large": Kind(413, "The body is too large", "`limit` is the most that is read here, in bytes."),
    "unsupported-media-type": Kind(415, "The body is of another type", "Send `Content-Type: application/json`."),
    "unreadable": Kind(422, "The command contradicts itself", "`rule` says what a command must keep to."),
    "key-reused": Kind(
        422, "The idempotency key was used for another request", "A key names one request for good: take a new one."
    ),
    "precondition-required": Kind(
        428, "An edit needs If-Match", "Read the resource first and send its ETag as `If-Match`."
    ),
    "too-many-requests": Kind(429, "Too many requests", "`Retry-After` says in how many seconds to go on."),
    "internal": Kind(500, "Something went wrong here", "It is in our records under this instance."),
    "busy": Kind(503, "Too much at once", "Nothing was recorded. Send it again after `Retry-After` seconds."),
    "unavailable": Kind(
        503,
        "The records cannot be reached",
        "Whether a command was recorded is not known: send it again with the same `Idempotency-Key`.",
    ),
    "storage-full": Kind(
        503, "There is no room left to record anything", "Nothing was recorded; somebody must make room."
    ),
    "not-yet-visible": Kind(503, "The views have not come that far yet", "Send the read again."),
    "not-proved": Kind(
        503,
        "There is no such proof yet",
        "Signer and witnesses follow the log within a minute; a size or position beyond it has none.",
    ),
    "not-ready": Kind(503, "The server is not ready", "`facts` says what it waits for."),
    "newer-facts": Kind(
        503, "A newer version of the system wrote what this reads", "Nothing was recorded; send it again in a while."
    ),
}

_REFUSALS: Final[tuple[tuple[type[Refusal], int], ...]] = (
    (Unknown, 404),
    (NotPermitted, 403),
    (Unreadable, 422),
    (SearchLimitReached, 429),
    (Guarded, 409),
    (Conflict, 409),
    (Refusal, 409),
)

_HTTP: Final[Mapping[int, str]] = {
    400: "bad-request",
    401: "unauthenticated",
    403: "not-permitted",
    404: "no-such-address",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "request-timeout",
    413: "body-too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
    503: "busy",
}


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with one part of a request. `pointer` is a JSON pointer into the body, or names a parameter."""

    pointer: str
    code: str


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom to phone."""

    agency: str
    name: str | None = None
    phone: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes out as `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    code: str
    errors: tuple[Flaw, ...] = ()
    rule: str = ""
    permitted_by: str = ""
    ask: Ask | None = None
    facts: Mapping[str, Any] | None = None
    limit: int = 0


class ProblemError(Exception):
    """A problem on its way out."""

    def __init__(
        self,
        code: str,
        *flaws: Flaw,
        headers: Headers | None = None,
        limit: int = 0,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.facts = facts
        self.code = code
        self.flaws = flaws
        self.headers = headers or []
        self.limit = limit


def retry_after(seconds: float = RETRY_SECONDS) -> Headers:
    """Whole seconds, at least one."""
    return [(b"retry-after", b"%d" % max(1, round(seconds)))]


def status_of(refusal: type[Refusal]) -> int:
    """The status with which a refusal goes out."""
    return next(status for kind, status in _REFUSALS if issubclass(refusal, kind))


def title_of(refusal: type[Refusal]) -> str:
    """The constant title of a refusal's type: the first sentence of what it says about itself."""
    return (refusal.__doc__ or refusal.rule).strip().split("\n")[0].rstrip(".").rstrip()


def refusals(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every kind of refusal that says a rule."""
    for kind in root.__subclasses__():
        if "code" in kind.__dict__:
            yield kind
        yield from refusals(kind)


def problem_of(error: Exception, instance: str, ask: Ask | None = None) -> tuple[Problem, Headers]:
    """The problem that an error goes out as, and the headers that go with it."""
    match error:
        case ProblemError():
            problem = _problem(error.code, instance, errors=error.flaws, limit=error.limit, facts=error.facts)
            return problem, error.headers
        case SearchLimitReached():
            return _of_refusal(error, instance, ask), retry_after(error.seconds)
        case Refusal():
            return _of_refusal(error, instance, ask), []
        case CommandReused():
            return _problem("key-reused", instance), []
        case LogBusy():
            return _problem("busy", instance), retry_after(error.retry_after)
        case _ if disk_full(error):
            return _problem("storage-full", instance), retry_after(30)
        case LogUnavailable() | ConnectionError() | TimeoutError():
            return _problem("unavailable", instance), retry_after()
        case NotProved():
            return _problem("not-proved", instance), retry_after(30)
        case UnknownFact():
            return _problem("newer-facts", instance), retry_after(30)
        case HTTPException():
            return _of_http(error, instance)
        case _:
            return _problem("internal", instance), []


def disk_full(error: BaseException) -> bool:
    """Whether a store said, anywhere in the chain of causes, that its disk is full."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "sqlstate", None) == DISK_FULL:
            return True
        cause = cause.__cause__
    return False


def _problem(
    code: str,
    instance: str,
    *,
    errors: tuple[Flaw, ...] = (),
    limit: int = 0,
    facts: Mapping[str, str] | None = None,
) -> Problem:
    kind = KINDS[code]
    return Problem(
        type=TYPE_PREFIX + code,
        title=kind.title,
        status=kind.status,
        detail=kind.detail,
        instance=instance,
        code=code,
        errors=errors,
        limit=limit,
        facts=facts,
    )


def _of_refusal(refusal: Refusal, instance: str, ask: Ask | None) -> Problem:
    if isinstance(refusal, Unknown):  # the same for what is not there and for what is not yours: it tells nothing more
        return _problem("unknown", instance)
    kind = type(refusal)
    return Problem(
        type=TYPE_PREFIX + kind.code,
        title=title_of(kind),
        status=status_of(kind),
        detail=kind.rule,
        instance=instance,
        code=kind.code,
        rule=kind.rule,
        permitted_by=kind.permitted_by,
        ask=ask,
        facts=refusal.facts or None,
    )


def _of_http(error: HTTPException, instance: str) -> tuple[Problem, Headers]:
    code = _HTTP.get(error.status_code, "internal" if error.status_code >= 500 else "bad-request")  # noqa: PLR2004
    headers = [(name.lower().encode(), str(value).encode()) for name, value in (error.headers or {}).items()]
    if code == "busy":
        headers = headers or retry_after()
    return _problem(code, instance), headers


_AT = re.compile(r" - at `(?P<path>[^`]*)`$")
_NAMED = re.compile(r"Object (?:missing required|contains unknown) field `(?P<name>[^`]*)`")
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CODES: Final[tuple[tuple[str, str], ...]] = (
    ("Object missing required field", "missing"),
    ("Object contains unknown field", "unknown-field"),
    ("Invalid enum value", "not-in-the-list"),
    ("with a timezone component", "no-offset"),
    ("Invalid RFC3339", "not-a-time"),
    ("Invalid `datetime`", "not-a-time"),
    ("Invalid date", "not-a-date"),
    ("Invalid ISO8601", "not-a-duration"),
    (f"matching regex {NOT_BLANK!r}", "too-short"),
    ("matching regex", "wrong-form"),
    ("of length >=", "too-short"),
    ("of length <=", "too-long"),
    ("Integer value out of range", "out-of-range"),
    ("`int` >=", "out-of-range"),
    ("`int` <=", "out-of-range"),
    ("`float` >=", "out-of-range"),
    ("`float` <=", "out-of-range"),
    ("Expected", "wrong-type"),
)


def flaw_of(error: msgspec.ValidationError) -> Flaw:
    """Where a value does not fit, and how; never the value."""
    message = str(error)
    at = _AT.search(message)
    path = at["path"].removeprefix("$") if at else ""
    said = message[: at.start()] if at else message
    code = next((code for start, code in _CODES if start in said), "not-valid")
    steps = [step for step in re.split(r"[.\[\]]+", path) if step]
    if named := _NAMED.match(said):
        steps.append(named["name"])
    pointer = "".join("/" + (step if _SAFE.fullmatch(step) else "?") for step in steps)
    return Flaw(pointer, code)


def names(flaws: Iterable[Flaw]) -> tuple[str, ...]:
    """The codes of flaws, for the log line."""
    return tuple(f"{flaw.pointer} {flaw.code}" for flaw in flaws)
