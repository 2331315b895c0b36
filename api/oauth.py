"""`POST /oauth/token`: a machine proves by a signature who it is, and is given a token (RFC 6749, 7521, 7523)."""

import base64
import re
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from api.hub import Hub
from api.problems import Headers, Problem, retry_after
from api.serving import JSON, Answer, Call
from application.machines import TOKEN_MINUTES
from application.others import Unreachable, Untrusted, Wrong
from application.proving import TooManyTries, network_of
from domain.ids import ID_PATTERN

PATH: Final = "/oauth/token"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FIELDS_LIMIT: Final = 20
UNKEPT: Final = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))

WORDS: Final[dict[Wrong, str]] = {
    "unreadable": "The assertion is no signed token",
    "algorithm": "The assertion is signed by an algorithm that is not taken here",
    "key": "The client is not known, or has no such key",
    "signature": "The signature is not of the client's key",
    "issuer": "iss and sub of the assertion must be the client",
    "subject": "iss and sub of the assertion must be the client",
    "audience": "The assertion is not for this server: aud must be the address of this endpoint, or of the server",
    "expired": "The assertion has expired",
    "not-yet": "The assertion is of the future: is the clock right?",
    "too-long": "The assertion holds for longer than ten minutes",
    "no-time": "The assertion must say in exp until when it holds",
    "repeated": "The assertion must have a jti that was not used before",
}
"""What a client is told. Of a client that there is not, no more than of one without such a key."""


class Granted(msgspec.Struct, frozen=True):
    """A token."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - a kind of token


class Refused(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as RFC 6749 5.2 has it."""

    error: str
    error_description: str = ""


class FormManner:
    """Forms come in, JSON goes out, errors as OAuth has them."""

    takes = b"application/x-www-form-urlencoded"

    async def problem(self, problem: Problem, headers: Headers, call: Call) -> Answer:  # noqa: ARG002 - the protocol's
        """Whatever went wrong before the request was read."""
        code = "temporarily_unavailable" if problem.status >= 500 else "invalid_request"  # noqa: PLR2004
        return refused(code, problem.title, problem.status, tuple(headers))


class Granting:
    """The endpoint."""

    manner = FormManner()
    open = True
    takes_body = True
    parameters: frozenset[str] = frozenset()
    produces = JSON

    def __init__(self, hub: Hub, url: str) -> None:
        self._hub = hub
        self._audiences = frozenset({url, f"{url}/", f"{url}{PATH}"})

    async def __call__(self, call: Call) -> Answer:
        """Give a token, or say what is wrong."""
        given = _fields(call.body)
        if given is None:
            return refused("invalid_request", "Each parameter is given once, as a form")
        if given.get("grant_type") != "client_credentials":
            return refused("unsupported_grant_type" if given.get("grant_type") else "invalid_request")
        if given.get("scope"):
            return refused("invalid_scope", "A token opens what its worker may do: there are no scopes")
        assertion = given.get("client_assertion", "")
        client = given.get("client_id") or _issuer(assertion)
        if given.get("client_assertion_type") != ASSERTION_TYPE or not re.fullmatch(ID_PATTERN, client):
            return refused("invalid_client", "Send client_assertion, signed by a key of the client", 401)
        hub = self._hub
        try:
            counted = await hub.proving.counted(network_of(call.client), "client", client)
            text, token, digest = await hub.machines.token(assertion, client, self._audiences)
        except TooManyTries as error:
            return refused("invalid_request", "Too many tries", 429, tuple(retry_after(error.seconds)))
        except Untrusted as error:
            return refused("invalid_client", WORDS.get(error.wrong, ""), 401)
        except Unreachable:
            return refused("temporarily_unavailable", "The client's keys cannot be reached", 503)
        await hub.proving.right(counted)
        await hub.tokens.keep(token, digest)
        return Answer(msgspec.json.encode(Granted(text, TOKEN_MINUTES * 60)), headers=UNKEPT)


def refused(
    error: str, description: str = "", status: int = 400, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    """An error on its way out."""
    return Answer(msgspec.json.encode(Refused(error, description)), status, headers=(*UNKEPT, *headers))


def _fields(body: bytes) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS_LIMIT)
    except (ValueError, UnicodeDecodeError):
        return None
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None


def _issuer(assertion: str) -> str:
    """Who says that it signed this; whether it did is found out by its keys."""
    try:
        body = assertion.split(".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Issuer).iss
    except (IndexError, ValueError, msgspec.DecodeError):
        return ""


class _Issuer(msgspec.Struct):
    iss: str
