"""Signing out: here at once, and by a link at the sign-in of the agency that somebody came by."""

from typing import Final

from api.serving import Answer
from api.web import sessions
from api.web.elsewhere import WITH, signed_out_of
from api.web.routes import AnyScreen, screen
from api.web.seats import live_seats
from api.web.sign_in import SIGN_IN
from api.web.visit import Visit


async def sign_out(visit: Visit) -> Answer:
    """End the session."""
    web = visit.web
    await sessions.end(visit.hub, visit.token)
    await visit.hub.tablets.leave(visit.token.id)
    gone = tuple(sessions.cookie(one, "", seconds=0, secure=web.secure) for one in (sessions.COOKIE, WITH))
    elsewhere = await signed_out_of(web, visit.call)
    if elsewhere is not None:
        title, place = elsewhere
        return web.render("signed_out.html", {**web.bare_frame(), "title": title, "place": place}, 200, gone)
    where = "/tablet" if await live_seats(visit.hub, visit.call.headers) else SIGN_IN
    return Answer(b"", 303, headers=((b"location", where.encode()), (b"cache-control", b"no-store"), *gone))


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/sign-out", act=sign_out),)
