"""Sessions of the browser: a token of their own in a cookie that no script reads, and proof that a form is ours.

A session is made from a token, which it never outlives: whoever revokes the token ends the session.
"""

import datetime as dt
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from api.hub import Hub
from application.identity import PREFIX, SECRET_BYTES, Token, TokenId, digest, written
from domain.actors import Actor

COOKIE: Final = b"hub_session"
CSRF: Final = "csrf"
"""The field of a form that proves it ours."""
SESSION_HOURS: Final = 12
LABEL: Final = "session"
TABLET: Final = "tablet"
LABELS: Final = frozenset({LABEL, TABLET})
"""A session of the browser, and one at a shared tablet, which is asked for its PIN when nobody used it for a while."""


def cookies(headers: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The cookies of a request; of two with one name the first, which is that of the longer path."""
    found: dict[bytes, bytes] = {}
    for part in headers.get(b"cookie", b"").split(b";"):
        name, given, value = part.strip().partition(b"=")
        if given:
            found.setdefault(name, value)
    return found


def cookie(name: bytes, value: str, *, seconds: int | None = None, secure: bool) -> tuple[bytes, bytes]:
    """A header that sets a cookie for this site alone; of zero seconds, one that removes it."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    kept = "; Secure" if secure else ""
    return (b"set-cookie", name + f"={value}; Path=/; HttpOnly; SameSite=Lax{age}{kept}".encode())


def credential(headers: Mapping[bytes, bytes]) -> bytes | None:
    """The session of a request, as the `Authorization` header that it stands for."""
    value = cookies(headers).get(COOKIE)
    return None if not value else b"Bearer " + value


async def begin(hub: Hub, actor: Actor, made_from: Token | None = None) -> str:
    """A new session; the text that opens it. It ends with the token that it was made from, or after twelve hours."""
    text = written(secrets.token_bytes(SECRET_BYTES))
    now = hub.clock.now()
    expires = now + dt.timedelta(hours=SESSION_HOURS)
    session = Token(
        id=TokenId(f"s-{secrets.token_hex(6)}"),
        actor=actor,
        label=LABEL,
        made=now,
        expires=expires if made_from is None else min(expires, made_from.expires),
        made_from=None if made_from is None else made_from.id,
    )
    await hub.tokens.keep(session, digest(text))
    return text


async def renew(hub: Hub, session: Token, label: str) -> tuple[str, Token]:
    """A session of the same worker, for as long as the one that is given; the text that opens it.

    It ends with the token from which the first one was made: those between open nothing any more.
    """
    text = written(secrets.token_bytes(SECRET_BYTES))
    made = Token(
        id=TokenId(f"s-{secrets.token_hex(6)}"),
        actor=session.actor,
        label=label,
        made=hub.clock.now(),
        expires=min(session.expires, hub.clock.now() + dt.timedelta(hours=SESSION_HOURS)),
        made_from=session.made_from if session.label in LABELS else session.id,
        account=session.account,
        generation=session.generation,
    )
    await hub.tokens.keep(made, digest(text))
    return text, made


async def end(hub: Hub, session: Token) -> None:
    """End a session; a token that was shown as one stays what it is."""
    if session.label in LABELS:
        await hub.tokens.revoke(session.id, hub.clock.now())


async def holder(hub: Hub, text: str) -> Token | None:
    """The live token with this text; None for what opens nothing, whatever it is."""
    if not text.startswith(PREFIX):
        return None
    token = await hub.tokens.holder(digest(text))
    return token if token is not None and token.live(hub.clock.now()) else None


def keeper(hub: Hub, actor: Actor) -> str:
    """By what a worker is known to what they keep in a browser, through all of their sessions; to nobody else."""
    return hub.digest(f"keeper\0{actor.partnership}\0{actor.agency}\0{actor.worker}".encode()).hex()[:32]


def form_token(hub: Hub, session: Token) -> str:
    """What every form of a session carries: whose it is, and what another site cannot know."""
    return f"{keeper(hub, session.actor)}.{hub.digest(b'form' + session.id.encode()).hex()}"


def is_ours(hub: Hub, session: Token, given: str) -> bool:
    """Whether a form that was sent came from a page of this session."""
    return hmac.compare_digest(form_token(hub, session).encode(), given.encode())


def whose(given: str) -> str:
    """The worker of whose pages a form was, whatever became of that session; nothing where it does not say.

    Only that worker's pages know it: who makes one up keeps what they send from themselves.
    """
    return given.partition(".")[0]


def same_origin(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that a form was sent from a page of this site; one that says nothing is believed."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {b"same-origin", b"none"}
    origin = headers.get(b"origin")
    return origin is None or origin.rpartition(b"//")[2] == headers.get(b"host")
