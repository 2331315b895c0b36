"""One tablet for all workers of a hub day: share it, change over to somebody else with their PIN, leave it."""

import hmac
import secrets
from typing import Final
from urllib.parse import quote

from api.problems import ProblemError
from api.serving import Answer, Call
from api.web import sessions
from api.web.carrying import CARRIED, carry
from api.web.forms import Sent
from api.web.routes import AnyScreen, open_screen, screen
from api.web.seats import COOKIE, SALT_BYTES, hashed, live_seats, tablet_of
from api.web.sessions import CSRF
from api.web.sign_in import SIGN_IN, TO, go_on, local, typed_in
from api.web.translating import gettext, ngettext
from api.web.visit import Visit
from api.web.web import Web
from application.identity import SECRET_BYTES, Token, digest, written
from application.tablet import PIN_DIGITS, guessable

TABLET: Final = "/tablet"
SEAT: Final = "seat"
PIN: Final = "pin"
NO_STORE: Final = (b"cache-control", b"no-store")


async def show(web: Web, call: Call) -> Answer:
    """Who shares this tablet, and the PIN of whoever wants to go on."""
    return await _shown(web, call, local(call.query.get(TO, "/")), call.query.get(SEAT, ""))


async def _shown(
    web: Web,
    call: Call,
    to: str,
    number: str = "",
    error: str = "",
    status: int = 200,
    kept: str = "",
    *,
    not_yours: bool = False,
) -> Answer:
    seats = await live_seats(web.hub, call.headers)
    mine = await sessions.holder(
        web.hub, sessions.cookies(call.headers).get(sessions.COOKIE, b"").decode("ascii", "replace")
    )
    chosen = next((one for one in seats if str(one.number) == number), None)
    if chosen is None and mine is not None and not number:
        chosen = next((one for one in seats if one.session.id == mine.id), None)
    names: dict[str, str] = {}
    for one in seats:
        agency = (await web.partnership(one.session)).agencies.get(one.session.actor.agency)
        names[one.session.id] = agency.name if agency else one.session.actor.agency
    frame = web.bare_frame()
    return web.render(
        "tablet.html",
        {**frame, "seats": seats, "names": names, "chosen": chosen, "to": to, "error": error, CARRIED: kept}
        | {"not_yours": not_yours},
        status,
    )


async def locked(web: Web, call: Call, token: Token, sent: Sent | None) -> Answer:
    """Ask for the PIN before anything else; what was typed is kept for the same worker."""
    if sent is None:
        where = f"{TABLET}?{TO}={quote(call.path, safe='')}"
        return Answer(b"", 303, headers=((b"location", where.encode()), NO_STORE))
    return await _kept(web, call, sent, not_yours=sessions.whose(sent.one(CSRF)) != web.keeper(token))


async def not_yours(web: Web, call: Call, sent: Sent) -> Answer:
    """A form of somebody else, sent after they changed over: it waits for them, and is shown to nobody else."""
    return await _kept(web, call, sent, not_yours=True)


async def _kept(web: Web, call: Call, sent: Sent, *, not_yours: bool) -> Answer:
    """The PIN of whoever typed something, which is kept for them."""
    keeper = sessions.whose(sent.one(CSRF))
    seats = await live_seats(web.hub, call.headers)
    theirs = next((str(one.number) for one in seats if web.keeper(one.session) == keeper), "")
    kept = carry(web.hub, keeper, call.path, typed_in(sent))
    return await _shown(web, call, call.path, theirs, status=403, kept=kept, not_yours=not_yours)


async def switch(web: Web, call: Call) -> Answer:
    """Change over to a worker of this tablet, who knows their PIN. Five wrong ones end their session here."""
    sent = Sent(call.body)
    to, number, pin = local(sent.one(TO, "/")), sent.one(SEAT), sent.one(PIN)
    seats = await live_seats(web.hub, call.headers)
    seat = next((one for one in seats if str(one.number) == number), None)
    tablet = tablet_of(call.headers)
    if seat is None or tablet is None:
        return Answer(b"", 303, headers=((b"location", TABLET.encode()), NO_STORE))
    kept = sent.one(CARRIED)
    if not _written(pin):
        return await _shown(web, call, to, number, gettext("Enter the six digits of your PIN"), 422, kept)
    left = await web.hub.tablets.try_pin(tablet, seat.number)
    if left >= 0 and hmac.compare_digest(await hashed(web.hub, pin, seat.salt), seat.pin):
        text, made = await sessions.renew(web.hub, seat.session, sessions.TABLET)
        await web.hub.tablets.sit_down(tablet, seat.number, made.id, web.hub.clock.now())
        await sessions.end(web.hub, seat.session)
        return await go_on(web, text, made, sent)
    if left <= 0:
        await sessions.end(web.hub, seat.session)
        await web.hub.tablets.leave(seat.session.id)
        ended = gettext("That was wrong five times. This worker is signed out here: sign in again to go on")
        return await _shown(web, call, to, number, ended, 422, kept)
    wrong = gettext("This is not the PIN.") + " " + ngettext("%(num)s try is left", "%(num)s tries are left", left)
    return await _shown(web, call, to, number, wrong % {"num": left}, 422, kept)


def _written(pin: str) -> bool:
    return len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit()


async def join_form(visit: Visit) -> Answer:
    """Choose a PIN for this tablet."""
    return await _join_page(visit, ())


async def _join_page(visit: Visit, errors: tuple[tuple[str, str], ...]) -> Answer:
    back = local(visit.query.get(TO, "") or visit.sent.one(TO) or "/hub-days")
    return await visit.page(
        "tablet_join.html", status=422 if errors else 200, errors=errors, wrong=dict(errors), to=back
    )


async def join(visit: Visit) -> Answer:
    """Share this tablet: from now on it offers this worker, and asks for the PIN."""
    hub, pin = visit.hub, visit.sent.one(PIN)
    if not _written(pin):
        return await _join_page(visit, ((PIN, gettext("Choose six digits")),))
    if guessable(pin):
        return await _join_page(visit, ((PIN, gettext("Choose another PIN: this one is tried first")),))
    if pin != visit.sent.one("again"):
        return await _join_page(visit, (("again", gettext("The two are not the same")),))
    known = sessions.cookies(visit.call.headers).get(COOKIE, b"").decode("ascii", "replace")
    tablet = known if await live_seats(hub, visit.call.headers) else written(secrets.token_bytes(SECRET_BYTES))
    text, made = await sessions.renew(hub, visit.token, sessions.TABLET)
    salt = secrets.token_bytes(SALT_BYTES)
    if not await hub.tablets.join(digest(tablet), made, salt, await hashed(hub, pin, salt), hub.clock.now()):
        await sessions.end(hub, made)
        return await _join_page(
            visit, ((PIN, gettext("Twelve workers share this tablet. Somebody has to leave it first")),)
        )
    await sessions.end(hub, visit.token)
    secure = visit.web.secure
    sent_on = visit.go(local(visit.sent.one(TO, "/hub-days")), done=gettext("You share this tablet"))
    set_cookies = (
        sessions.cookie(sessions.COOKIE, text, secure=secure),
        sessions.cookie(COOKIE, tablet, seconds=sessions.SESSION_HOURS * 3600, secure=secure),
    )
    return Answer(b"", sent_on.status, sent_on.media_type, (*sent_on.headers, *set_cookies))


async def leave(visit: Visit) -> Answer:
    """Leave the tablet: it offers this worker no more, and their session here ends."""
    if visit.token.label != sessions.TABLET:
        raise ProblemError("bad-request")
    await visit.hub.tablets.leave(visit.token.id)
    await sessions.end(visit.hub, visit.token)
    others = await live_seats(visit.hub, visit.call.headers)
    gone = sessions.cookie(sessions.COOKIE, "", seconds=0, secure=visit.web.secure)
    return Answer(b"", 303, headers=((b"location", (TABLET if others else SIGN_IN).encode()), NO_STORE, gone))


SCREENS: Final[tuple[AnyScreen, ...]] = (
    open_screen(TABLET, show, SEAT, TO),
    open_screen(f"{TABLET}/switch", act=switch),
    screen(f"{TABLET}/join", join_form, TO, act=join),
    screen(f"{TABLET}/leave", act=leave),
)
