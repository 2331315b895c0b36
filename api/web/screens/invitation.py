"""Taking up an invitation: a name and a password, then an authenticator, then recovery codes to be kept."""

import datetime as dt
from typing import Any, Final

import msgspec

from api.serving import Answer, Call
from api.web import sessions
from api.web.forms import Sent
from api.web.qr import qr_code
from api.web.routes import AnyScreen, open_screen
from api.web.sign_in import SIGN_IN
from api.web.steps import proved_enough, step_cookie, step_of
from api.web.translating import gettext
from api.web.web import Web
from application import one_time_codes, proving
from domain.facts import Instant
from domain.governance.account import Account
from domain.ids import AccountId

PATH: Final = "/invitation"
CODE: Final = "code"
COOKIE: Final = b"hub_invited"
LABEL: Final = "invited"
MINUTES: Final = 30

Errors = tuple[tuple[str, str], ...]


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has chosen so far, sealed on its way through their browser."""

    code: str
    account: AccountId
    name: str
    password: str
    authenticator: bytes
    until: Instant


_invited = msgspec.json.Decoder(Invited)


async def show(web: Web, call: Call) -> Answer:
    """Choose a name and a password, if the invitation still holds. Looking at it uses nothing up."""
    code = call.query.get(CODE, "")
    return await _first(web, code, await web.hub.accounts.invited(code), "", ())


async def _first(web: Web, code: str, account: Account | None, name: str, errors: Errors) -> Answer:
    if account is None:
        return await _page(web, "invitation_gone.html", 404)
    return await _page(
        web,
        "invitation.html",
        422 if errors else 200,
        code=code,
        name=name,
        errors=errors,
        wrong=dict(errors),
        providers=tuple(web.hub.providers.all.values()),
    )


async def accept(web: Web, call: Call) -> Answer:
    """Take the name and the password on to the authenticator. Nothing is kept yet."""
    sent = Sent(call.body)
    code, name = sent.one(CODE), sent.one("name").strip()
    account = await web.hub.accounts.invited(code)
    errors = await _mistakes(web, name, sent.one("password"), sent.one("again"))
    if account is None or errors:
        return await _first(web, code, account, name, errors)
    invited = Invited(
        code=code,
        account=account.id,
        name=name,
        password=sent.one("password"),
        authenticator=one_time_codes.new_secret(),
        until=web.hub.clock.now() + dt.timedelta(minutes=MINUTES),
    )
    box = web.hub.accounts.secrets.seal(LABEL, msgspec.json.encode(invited)).hex()
    kept = sessions.cookie(COOKIE, box, seconds=MINUTES * 60, secure=web.secure)
    return await _second(web, invited, headers=(kept,))


async def _mistakes(web: Web, name: str, password: str, again: str) -> Errors:
    if not proving.NAME_MIN <= len(name) <= proving.NAME_MAX:
        return (("name", gettext("Choose a name of three letters or more")),)
    if await web.hub.accounts.store.found(web.hub.proving.finder("password", proving.plain_name(name))):
        return (("name", gettext("Choose another name: this one is taken")),)
    return wrong_password(name, password, again)


def wrong_password(name: str, password: str, again: str) -> Errors:
    """What is wrong with a password that somebody chose."""
    if proving.weak(password, name) or len(password) > proving.PASSWORD_MAX:
        return (
            (
                "password",
                gettext(
                    "Choose one that is hard to guess: twelve characters or more, such as four words, and not your name"
                ),
            ),
        )
    if password != again:
        return (("again", gettext("The two are not the same")),)
    return ()


async def _second(web: Web, invited: Invited, error: str = "", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return await _page(
        web,
        "invitation_authenticator.html",
        422 if error else 200,
        headers,
        errors=(("code", error),) if error else (),
        error=error,
        **authenticator(web, invited.account, invited.authenticator),
    )


def authenticator(web: Web, account: AccountId, secret: bytes) -> dict[str, str]:
    """How an authenticator is set up: a picture to be photographed, or letters to be typed."""
    uri = one_time_codes.uri(secret, account[:8], web.name)
    text = one_time_codes.shown(secret)
    return {"picture": qr_code(uri), "uri": uri, "letters": " ".join(text[at : at + 4] for at in range(0, 32, 4))}


async def confirm(web: Web, call: Call) -> Answer:
    """The authenticator shows the right code: the invitation is used up, and the account is theirs."""
    sent = Sent(call.body)
    invited = _opened(web, call)
    account = None if invited is None else await web.hub.accounts.invited(invited.code)
    if invited is None or account is None or account.id != invited.account:
        return await _page(web, "invitation_gone.html", 404)
    typed = one_time_codes.plain(sent.one(CODE))
    if one_time_codes.step_of(invited.authenticator, typed, web.hub.clock.now()) is None:
        return await _second(web, invited, gettext("This is not the code that it shows now"))
    if await web.hub.accounts.invited(invited.code, take=True) is None:
        return await _page(web, "invitation_gone.html", 404)
    by = web.hub.proving
    if not await by.set_password(account.id, invited.name, invited.password):
        return await _page(web, "invitation_gone.html", 409)
    await by.set_authenticator(account.id, invited.authenticator, typed)
    codes = await by.set_recovery_codes(account.id)
    step = await by.set_up(account.id)
    gone = sessions.cookie(COOKIE, "", seconds=0, secure=web.secure)
    return await _page(web, "invitation_done.html", 200, (gone, step_cookie(web, step)), codes=codes)


async def enter(web: Web, call: Call) -> Answer:
    """Go on to the hub, once the recovery codes were written down."""
    step = step_of(web, call)
    if step is None:
        return Answer(b"", 303, headers=((b"location", SIGN_IN.encode()), (b"cache-control", b"no-store")))
    return await proved_enough(web, Sent(call.body), step)


def _opened(web: Web, call: Call) -> Invited | None:
    text = sessions.cookies(call.headers).get(COOKIE, b"").decode("ascii", "replace")
    try:
        content = web.hub.accounts.secrets.open(LABEL, bytes.fromhex(text))
    except ValueError:
        return None
    invited = None if content is None else _invited.decode(content)
    return invited if invited is not None and web.hub.clock.now() < invited.until else None


async def _page(
    web: Web,
    template: str,
    status: int,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    **context: Any,  # noqa: ANN401 - whatever the template shows
) -> Answer:
    return web.render(template, {**web.bare_frame(), **context}, status, headers)


SCREENS: Final[tuple[AnyScreen, ...]] = (
    open_screen(PATH, show, CODE, act=accept),
    open_screen(f"{PATH}/authenticator", act=confirm),
    open_screen(f"{PATH}/enter", act=enter),
)
