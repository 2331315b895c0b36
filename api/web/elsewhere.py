"""Signing in with the sign-in of one's agency: there, and back with a code that is good once.

What was sent along is sealed in a cookie of this browser: a code that somebody else began to ask for opens nothing.
"""

import datetime as dt
import hmac
import secrets
from typing import Final
from urllib.parse import urlencode

import msgspec

from api.problems import ProblemError, retry_after
from api.serving import Answer, Call
from api.web import sessions
from api.web.carrying import CARRIED
from api.web.forms import Sent
from api.web.routes import AnyScreen, open_screen
from api.web.sign_in import SIGN_IN, TO, local
from api.web.steps import proved_enough, too_many
from api.web.translating import gettext
from api.web.web import Web
from application.identity import digest
from application.others import Provider, Unreachable, Untrusted
from application.proving import Step, TooManyTries, network_of
from domain.facts import Instant

COOKIE: Final = b"hub_elsewhere"
WITH: Final = b"hub_with"
LABEL: Final = "elsewhere"
MINUTES: Final = 10
INVITATION: Final = "invitation"
KEPT: Final = "kept"
"""By what it is found that somebody had typed before they were sent away."""
GIVEN: Final = ("code", "state", "iss", "error", "error_description", "error_uri", "session_state", "scope")
"""What providers send along when somebody comes back."""


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is on their way through the sign-in of their agency."""

    provider: str
    state: str
    nonce: str
    verifier: str
    to: str
    until: Instant
    invitation: str = ""
    kept: str = ""


_gone = msgspec.json.Decoder(Gone)


def back_at(web: Web, provider: str) -> str:
    """Where somebody comes back to."""
    return f"{web.url}{SIGN_IN}/back/{provider}"


async def leave(web: Web, call: Call) -> Answer:
    """Send somebody to the sign-in of their agency."""
    provider = _provider(web, call)
    gone = Gone(
        provider=provider.name,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        to=local(call.query.get(TO, "/")),
        until=web.hub.clock.now() + dt.timedelta(minutes=MINUTES),
        invitation=call.query.get(INVITATION, ""),
        kept=call.query.get(KEPT, ""),
    )
    try:
        place = await web.hub.providers.beginning(
            provider.name, back_at(web, provider.name), gone.state, gone.nonce, gone.verifier
        )
    except (Unreachable, Untrusted):
        return _page(web, 503, gettext("The sign-in of %(title)s cannot be reached now") % {"title": provider.title})
    box = web.hub.accounts.secrets.seal(LABEL, msgspec.json.encode(gone)).hex()
    kept = sessions.cookie(COOKIE, box, seconds=MINUTES * 60, secure=web.secure)
    return Answer(b"", 303, headers=((b"location", place.encode()), (b"cache-control", b"no-store"), kept))


async def come_back(web: Web, call: Call) -> Answer:
    """Somebody comes back, with a code of their own or with none."""
    provider, gone = _provider(web, call), _opened(web, call)
    began_here = (
        gone is not None
        and gone.provider == provider.name
        and hmac.compare_digest(gone.state.encode(), call.query.get("state", "").encode())
        and call.query.get("iss", provider.issuer) == provider.issuer
    )
    if gone is None or not began_here:
        return _page(web, 403, gettext("This sign-in was not begun here, or it took too long: begin again"))
    if "code" not in call.query:
        return _page(web, 403, gettext("You were not signed in at %(title)s") % {"title": provider.title})
    try:
        counted = await web.hub.proving.counted(network_of(call.client), "elsewhere", gone.state)
        subject = await web.hub.providers.subject(
            provider.name, call.query["code"], back_at(web, provider.name), gone.nonce, gone.verifier
        )
        step = await _step(web, gone, provider, subject)
    except TooManyTries as error:
        return _page(web, 429, too_many(error), tuple(retry_after(error.seconds)))
    except Unreachable:
        return _page(web, 503, gettext("The sign-in of %(title)s cannot be reached now") % {"title": provider.title})
    except Untrusted as error:
        web.server.log.warning("other-sign-in-refused", provider=provider.name, wrong=error.wrong)
        return _page(web, 403, gettext("What %(title)s said cannot be trusted") % {"title": provider.title})
    if step is None:
        return web.render("ask_administrator.html", web.bare_frame(), 403, (_gone_cookie(web),))
    await web.hub.proving.right(counted)
    typed = await web.hub.accounts.once.take(digest(gone.kept), CARRIED, web.hub.clock.now()) if gone.kept else None
    going_on = urlencode({TO: gone.to, CARRIED: (typed or b"").decode()})
    answer = await proved_enough(web, Sent(going_on.encode()), step)
    with_whom = sessions.cookie(WITH, provider.name, seconds=sessions.SESSION_HOURS * 3600, secure=web.secure)
    headers = (*answer.headers, _gone_cookie(web), with_whom)
    return Answer(answer.body, answer.status, answer.media_type, headers)


async def _step(web: Web, gone: Gone, provider: Provider, subject: str) -> Step | None:
    """Who it is; with an invitation, they take it up in this way."""
    if gone.invitation:
        account = await web.hub.accounts.invited(gone.invitation, take=True)
        if account is not None:
            await web.hub.proving.set_other_sign_in(account.id, provider, subject)
    return await web.hub.proving.stated(provider, subject)


async def signed_out_of(web: Web, call: Call) -> tuple[str, str] | None:
    """The sign-in that somebody came by, and where they sign out there, too; None where that is not offered."""
    name = sessions.cookies(call.headers).get(WITH, b"").decode("ascii", "replace")
    provider = web.hub.providers.all.get(name)
    if provider is None:
        return None
    try:
        place = await web.hub.providers.end(provider.name, f"{web.url}{SIGN_IN}")
    except (Unreachable, Untrusted):
        return None
    return None if place is None else (provider.title, place)


def _provider(web: Web, call: Call) -> Provider:
    found = web.hub.providers.all.get(call.ids["provider"])
    if found is None:
        raise ProblemError("no-such-address")
    return found


def _opened(web: Web, call: Call) -> Gone | None:
    text = sessions.cookies(call.headers).get(COOKIE, b"").decode("ascii", "replace")
    try:
        content = web.hub.accounts.secrets.open(LABEL, bytes.fromhex(text))
    except ValueError:
        return None
    gone = None if content is None else _gone.decode(content)
    return gone if gone is not None and web.hub.clock.now() < gone.until else None


def _gone_cookie(web: Web) -> tuple[bytes, bytes]:
    return sessions.cookie(COOKIE, "", seconds=0, secure=web.secure)


def _page(web: Web, status: int, why: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return web.render("sign_in_failed.html", {**web.bare_frame(), "why": why}, status, (*headers, _gone_cookie(web)))


SCREENS: Final[tuple[AnyScreen, ...]] = (
    open_screen(f"{SIGN_IN}/with/{{provider}}", leave, TO, INVITATION, KEPT),
    open_screen(f"{SIGN_IN}/back/{{provider}}", come_back, *GIVEN),
)
