"""Signing in and out; and forms that were on their way when a session ended: they are carried through the sign-in.

People sign in with their account (`api.web.steps`), or with a token that was given out to them. In the demo, and only
there, anybody may choose one of its workers.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from api.problems import ProblemError
from api.serving import Answer, Call
from api.web import sessions
from api.web.carrying import CARRIED, carried, carry
from api.web.forms import Sent
from api.web.routes import AnyScreen, open_screen
from api.web.sessions import CSRF
from api.web.translating import gettext
from application.identity import SECRET_BYTES, Token, digest, written
from domain.actors import Actor

if TYPE_CHECKING:
    from api.web.web import Web

SIGN_IN: Final = "/sign-in"
TO: Final = "to"
PARTNERSHIP: Final = "partnership"
KEPT: Final = dt.timedelta(minutes=10)
"""For so long what was typed waits for somebody who signs in elsewhere."""
NEVER_CARRIED: Final = frozenset({CSRF, "to", "carried", "token", "pin", "again", "password", "code"})


def local(path: str) -> str:
    """A path of this site to go on to; the beginning where it is none."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def to_sign_in(call: Call) -> Answer:
    """Send whoever is not signed in to where they can, and back afterwards; a part of a page takes the whole along."""
    if b"hx-request" in call.headers:
        here = urlsplit(call.headers.get(b"hx-current-url", b"").decode("ascii", "replace")).path or "/"
        to = SIGN_IN if here == "/" else f"{SIGN_IN}?{TO}={quote(local(here), safe='')}"
        return Answer(b"", 204, headers=((b"hx-redirect", to.encode()), (b"cache-control", b"no-store")))
    where = SIGN_IN if call.path == "/" else f"{SIGN_IN}?{TO}={quote(call.path, safe='')}"
    return Answer(b"", 303, headers=((b"location", where.encode()), (b"cache-control", b"no-store")))


def typed_in(sent: Sent) -> Sequence[tuple[str, str]]:
    """What was typed into a form, as far as it may wait for whoever typed it."""
    return [pair for pair in sent.pairs if pair[0] not in NEVER_CARRIED]


async def carried_page(web: "Web", call: Call, sent: Sent, token: Token | None = None) -> Answer:
    """Who it is, asked where a form came without a session, or with that of somebody else: what was typed is kept.

    Whose it is, the form itself says: nobody else is shown what was typed.
    """
    context = await _sign_in_context(web, call.path)
    context[CARRIED] = carry(web.hub, sessions.whose(sent.one(CSRF)), call.path, typed_in(sent))
    context["kept"] = await keep(web, context[CARRIED])
    if token is not None:
        context |= {**web.frame(token, await web.partnership(token)), "not_yours": True}
    return web.render("sign_in.html", context, 403)


async def keep(web: "Web", box: str) -> str:
    """What was typed, sealed as it is, waits here for whoever signs in elsewhere: a link takes no form along.

    The text by which it is found; nothing where nothing waits, or nobody could sign in elsewhere.
    """
    if not box or not web.hub.providers.all:
        return ""
    text = written(secrets.token_bytes(SECRET_BYTES))
    expires = web.hub.clock.now() + KEPT
    await web.hub.accounts.once.put(digest(text), CARRIED, box.encode(), expires)
    return text


async def send_again(web: "Web", token: Token, path: str, typed: Sequence[tuple[str, str]]) -> Answer:
    """What was typed, to be sent by whoever typed it, as they are signed in now."""
    frame = web.frame(token, await web.partnership(token))
    shown = [(name, value) for name, value in typed if value and name not in {"form_key", "back", "read_at"}]
    return web.render("send_again.html", {**frame, "path": path, "typed": typed, "shown": shown}, 403)


async def _sign_in_context(web: "Web", to: str, error: str = "", partnership: str = "") -> dict[str, Any]:
    workers = web.demo.workers if web.demo is not None else ()
    partnerships = tuple(dict.fromkeys(one.partnership for one in workers))
    shown = next((one for one in partnerships if one == partnership), partnerships[0] if partnerships else "")
    return {
        **web.bare_frame(),
        "to": to,
        "error": error,
        "at": "",
        "kept": "",
        "asked": web.hub.passkeys.asked_to_sign(web.url),
        "providers": tuple(web.hub.providers.all.values()),
        "partnerships": partnerships,
        "partnership": shown,
        "workers": tuple(one for one in workers if one.partnership == shown),
        CARRIED: "",
        "not_yours": False,
    }


async def show_sign_in(web: "Web", call: Call) -> Answer:
    """The page to sign in on."""
    partnership = call.query.get(PARTNERSHIP, "")
    return web.render(
        "sign_in.html", await _sign_in_context(web, local(call.query.get(TO, "/")), partnership=partnership)
    )


async def sign_in_page(
    web: "Web", sent: Sent, error: str, at: str, status: int, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    """The page again, with what went wrong at which field."""
    context = await _sign_in_context(web, local(sent.one(TO, "/")), error)
    context |= {CARRIED: sent.one(CARRIED), "at": at, "kept": await keep(web, sent.one(CARRIED))}
    return web.render("sign_in.html", context, status, headers)


async def sign_in(web: "Web", call: Call) -> Answer:
    """Begin a session with a token."""
    sent = Sent(call.body)
    token = await sessions.holder(web.hub, sent.one("token"))
    if token is None or token.label in sessions.LABELS:
        error = gettext("This token does not open anything. Check that all of it was copied, or ask for a new one")
        return await sign_in_page(web, sent, error, "token", 422)
    return await signed_in(web, token.actor, sent, token)


async def demo_sign_in(web: "Web", call: Call) -> Answer:
    """Begin a session as a worker of the demo. There is no such page outside the demo."""
    assert web.demo is not None
    sent = Sent(call.body)
    actor = web.demo.actor(sent.one("worker"), sent.one("partnership"))
    if actor is None:
        raise ProblemError("bad-request")
    return await signed_in(web, actor, sent)


async def signed_in(web: "Web", actor: Actor, sent: Sent, made_from: Token | None = None) -> Answer:
    """Begin the session, and go on to what was wanted, with what was typed if it was this worker who did."""
    text = await sessions.begin(web.hub, actor, made_from)
    token = await sessions.holder(web.hub, text)
    assert token is not None
    return await go_on(web, text, token, sent)


async def go_on(web: "Web", text: str, token: Token, sent: Sent) -> Answer:
    """Go on in a new session to what was wanted, with what was typed if it was this worker who did."""
    header = sessions.cookie(sessions.COOKIE, text, secure=web.secure)
    to = local(sent.one(TO, "/"))
    typed = carried(web.hub, web.keeper(token), to, sent.one(CARRIED))
    if typed:
        answer = await send_again(web, token, to, typed)
        return Answer(answer.body, 200, answer.media_type, (*answer.headers, header))
    return Answer(b"", 303, headers=((b"location", to.encode()), (b"cache-control", b"no-store"), header))


SCREENS: Final[tuple[AnyScreen, ...]] = (open_screen(SIGN_IN, show_sign_in, TO, PARTNERSHIP, act=sign_in),)
DEMO_SCREENS: Final[tuple[AnyScreen, ...]] = (open_screen("/demo/sign-in", act=demo_sign_in),)
