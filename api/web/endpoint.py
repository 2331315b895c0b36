"""What happens at a screen: who it is → whether the form is ours → the screen. Nothing that was typed is lost."""

from collections.abc import Iterator
from typing import Final

from litestar.types import Method

from api.problems import ProblemError
from api.serving import Answer, Call, Endpoint
from api.web import sessions
from api.web.forms import Sent
from api.web.live import Living
from api.web.manner import WebManner
from api.web.routes import AnyScreen, LiveScreen, Opens, Screen, Shows
from api.web.screens import tablet
from api.web.seats import TabletLockedError
from api.web.sessions import CSRF
from api.web.sign_in import carried_page, send_again, to_sign_in, typed_in
from api.web.visit import Visit
from api.web.web import Web
from application.identity import Token

PRODUCES: Final = b"text/html"


class Visiting:
    """One method of a screen for those who are signed in."""

    open = True  # for the server, which knows bearer tokens alone: who it is, is found out here
    produces = PRODUCES

    def __init__(
        self, web: Web, parameters: frozenset[str], answer: Shows, *, sends: bool, quiet: bool = False
    ) -> None:
        self.manner = WebManner(web)
        self._quiet = quiet
        self.parameters = parameters
        self.takes_body = sends
        self._web = web
        self._answer = answer

    async def __call__(self, call: Call) -> Answer:
        """Show the screen, or do what its form asks."""
        web = self._web
        if self.takes_body:
            refuse_forged(call)
        sent = Sent(call.body)
        try:
            token = call.token = await web.session(call.headers, touch=not self._quiet)
        except TabletLockedError as error:
            return await tablet.locked(web, call, error.token, sent if self.takes_body else None)
        except ProblemError as error:
            if error.code != "unauthenticated":
                raise
            return await carried_page(web, call, sent) if self.takes_body else to_sign_in(call)
        if self.takes_body and not sessions.is_ours(web.hub, token, sent.one(CSRF)):
            return await self._of_another_session(call, token, sent)
        with web.server.one_more_of(token):
            async with web.hub.snapshot(token.actor, call.account) as snapshot:
                visit = Visit(web, call, token, sent, snapshot)
                if not self.takes_body:
                    await visit.wait_for_own_act()
                return await self._answer(visit)

    async def _of_another_session(self, call: Call, token: Token, sent: Sent) -> Answer:
        """What is said to a form that this session did not show: whoever else typed it, is not told to this worker."""
        web = self._web
        if sessions.whose(sent.one(CSRF)) == web.keeper(token):
            return await send_again(web, token, call.path, typed_in(sent))
        if token.label == sessions.TABLET:
            return await tablet.not_yours(web, call, sent)
        return await carried_page(web, call, sent, token)


class Opening:
    """One method of a screen for everybody."""

    open = True
    produces = PRODUCES

    def __init__(self, web: Web, parameters: frozenset[str], answer: Opens, *, sends: bool) -> None:
        self.manner = WebManner(web)
        self.parameters = parameters
        self.takes_body = sends
        self._web = web
        self._answer = answer

    async def __call__(self, call: Call) -> Answer:
        """Show it, or do what its form asks."""
        if self.takes_body:
            refuse_forged(call)
        return await self._answer(self._web, call)


def refuse_forged(call: Call) -> None:
    """Raise ProblemError (403) for a form that a browser says was sent from another site."""
    if not sessions.same_origin(call.headers):
        raise ProblemError("forged")


def methods_of(one: AnyScreen) -> set[Method]:
    """The methods that a screen answers."""
    if isinstance(one, LiveScreen):
        return {"GET"}
    return {method for method, answer in (("GET", one.show), ("POST", one.act)) if answer is not None}  # type: ignore[misc] # literals


def endpoints(web: Web, one: AnyScreen) -> Iterator[tuple[str, Endpoint]]:
    """What answers at a screen, by method."""
    if isinstance(one, LiveScreen):
        yield "GET", Living(web, one.position)
        return
    for method, answer in (("GET", one.show), ("POST", one.act)):
        if answer is None:
            continue
        sends = method == "POST"
        if isinstance(one, Screen):
            yield method, Visiting(web, one.parameters, answer, sends=sends, quiet=one.quiet)  # type: ignore[arg-type] # of its kind
        else:
            yield method, Opening(web, one.parameters, answer, sends=sends)  # type: ignore[arg-type] # of its kind
