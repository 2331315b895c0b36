"""Signing in with an account, step by step: name and password, a second proof, and as whom to go on."""

from typing import Any, Final

from api.problems import retry_after
from api.serving import Answer, Call
from api.web import sessions
from api.web.carrying import CARRIED
from api.web.forms import Sent
from api.web.routes import AnyScreen, open_screen
from api.web.sign_in import SIGN_IN, TO, go_on, local, sign_in_page
from api.web.translating import gettext
from api.web.web import Web
from application.accounts import Standing
from application.proving import STEP_MINUTES, Step, TooManyTries, network_of

COOKIE: Final = b"hub_step"
CODE: Final = "code"
AS: Final = "as"


def step_cookie(web: Web, step: Step) -> tuple[bytes, bytes]:
    """Carries a step to the next one."""
    sealed = web.hub.proving.sealed(step)
    return sessions.cookie(COOKIE, sealed, seconds=STEP_MINUTES * 60, secure=web.secure)


def step_gone(web: Web) -> tuple[bytes, bytes]:
    """Nothing is carried any more."""
    return sessions.cookie(COOKIE, "", seconds=0, secure=web.secure)


def step_of(web: Web, call: Call) -> Step | None:
    """What the browser has proved of its user so far."""
    return web.hub.proving.opened(sessions.cookies(call.headers).get(COOKIE, b"").decode("ascii", "replace"))


def too_many(error: TooManyTries) -> str:
    """What stands on the page; the same whether there is such an account or not."""
    minutes = max(1, round(error.seconds / 60))
    return gettext("There were too many tries. Wait %(minutes)s minutes, then try again") % {"minutes": minutes}


async def by_password(web: Web, call: Call) -> Answer:
    """The first step: what somebody knows."""
    sent = Sent(call.body)
    try:
        step = await web.hub.proving.by_password(sent.one("name"), sent.one("password"), network_of(call.client))
    except TooManyTries as error:
        return await sign_in_page(web, sent, too_many(error), "name", 429, tuple(retry_after(error.seconds)))
    if step is None:
        wrong = gettext("The name and the password do not belong together")
        return await sign_in_page(web, sent, wrong, "name", 422)
    return await _code_page(web, sent, headers=(step_cookie(web, step),))


async def _code_page(
    web: Web, sent: Sent, error: str = "", status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    return web.render("sign_in_code.html", _context(web, sent, error=error), status, headers)


def _context(web: Web, sent: Sent, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the template shows
    return {**web.bare_frame(), "to": local(sent.one(TO, "/")), CARRIED: sent.one(CARRIED), **more}


async def by_passkey(web: Web, call: Call) -> Answer:
    """The only step: a key that somebody has, on a device that knows them."""
    sent = Sent(call.body)
    try:
        step = await web.hub.passkeys.sign_in(web.url, sent.one("answer"), network_of(call.client))
    except TooManyTries as error:
        return await sign_in_page(web, sent, too_many(error), "name", 429, tuple(retry_after(error.seconds)))
    if step is None:
        return await sign_in_page(web, sent, gettext("This passkey opens nothing here"), "name", 422)
    return await proved_enough(web, sent, step)


async def by_code(web: Web, call: Call) -> Answer:
    """The second step: what somebody has."""
    sent = Sent(call.body)
    step = step_of(web, call)
    if step is None or "password" not in step.proofs:
        return await sign_in_page(web, sent, gettext("That took too long: begin again"), "name", 422)
    try:
        proved = await web.hub.proving.by_code(step, sent.one(CODE), network_of(call.client))
    except TooManyTries as error:
        return await _code_page(web, sent, too_many(error), 429, tuple(retry_after(error.seconds)))
    if proved is None:
        return await _code_page(web, sent, gettext("This is not the code, or it was used already"), 422)
    return await proved_enough(web, sent, proved)


async def proved_enough(web: Web, sent: Sent, step: Step) -> Answer:
    """Go on as the one worker that somebody is, or let them choose."""
    choices = await web.hub.proving.choices(step)
    match choices:
        case ():
            return await sign_in_page(
                web, sent, gettext("This account opens nothing here. Ask your administrator"), "name", 403
            )
        case (only,):
            return await begin(web, sent, only)
        case _:
            context = _context(web, sent, choices=[(_named(one), one.actor) for one in choices])
            return web.render("sign_in_as.html", context, 200, (step_cookie(web, step),))


async def choose(web: Web, call: Call) -> Answer:
    """Go on as one of the workers that somebody is."""
    sent = Sent(call.body)
    step = step_of(web, call)
    for one in () if step is None else await web.hub.proving.choices(step):
        if _named(one) == sent.one(AS):
            return await begin(web, sent, one)
    return await sign_in_page(web, sent, gettext("That took too long: begin again"), "name", 422)


async def begin(web: Web, sent: Sent, standing: Standing) -> Answer:
    """Begin the session."""
    text, token, kept = web.hub.proving.session(standing, sessions.LABEL)
    await web.hub.tokens.keep(token, kept)
    answer = await go_on(web, text, token, sent)
    return Answer(answer.body, answer.status, answer.media_type, (*answer.headers, step_gone(web)))


def _named(one: Standing) -> str:
    return f"{one.actor.partnership}/{one.actor.worker}"


SCREENS: Final[tuple[AnyScreen, ...]] = (
    open_screen(f"{SIGN_IN}/password", act=by_password),
    open_screen(f"{SIGN_IN}/passkey", act=by_passkey),
    open_screen(f"{SIGN_IN}/code", act=by_code),
    open_screen(f"{SIGN_IN}/as", act=choose),
)
