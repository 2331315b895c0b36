"""The server: every address of the tables, as one Litestar application."""

import gc
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final

from litestar import Litestar, Request, Response, route
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method
from litestar.types.internal_types import RouteHandlerMapItem

from api.endpoints import Acting, Showing, Viewing, Writing
from api.following_up import following_up
from api.hub import Hub
from api.logging import logger
from api.metrics import Metrics
from api.networks import Proxies
from api.oauth import PATH as GRANTING
from api.oauth import Granting
from api.openapi import describe
from api.pages import pages
from api.problems import Ask
from api.routes import Act, Open, Read, Route, Write
from api.serving import Address, Endpoint, Server, Unmatched
from api.settings import Settings, read
from api.signing_in import SigningIn
from api.v1 import ROUTES
from api.web.demo import DemoSignIn
from api.web.endpoint import endpoints
from api.web.endpoint import methods_of as methods_of_screen
from api.web.rendering import rendering
from api.web.routes import AnyScreen, LiveScreen, OpenScreen, Screen
from api.web.screens import all_screens
from api.web.static import assets
from api.web.web import Web
from api.wiring import opened
from application.deciding import CODE_VERSION
from application.identity import Token
from application.ports import log_of
from application.posting import acting
from domain.governance.partnership import partnership
from domain.refusals import Refusal

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

_PLACE: Final = re.compile(r"\{(\w+)\}")
GARBAGE_THRESHOLDS: Final = (50_000, 20, 100)
Opened = AbstractAsyncContextManager[Hub]


def create_app(given: Settings | None = None) -> Litestar:
    """The application of an installation, by the environment where nothing is given; it projects elsewhere."""
    given = given or read()
    return application(
        following_up(settled(opened(given, projecting=False))),
        demo=given.demo,
        url=given.url,
        proxies=[ip_network(one) for one in given.proxies],
    )


@asynccontextmanager
async def settled(hub_opened: Opened) -> AsyncIterator[Hub]:
    """A hub in a process that has nothing else to do, and has all its templates before anybody asks for a page."""
    async with hub_opened as hub:
        rendering().warm()
        settle()
        yield hub


def settle() -> None:
    """Look for garbage seldom, as a process that serves does.

    What it folds and keeps, it keeps for long: looking through all of it, as often as Python would by itself, took a
    third of the time of a decision.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def application(
    hub_opened: Opened,
    *,
    routes: Sequence[Route] = ROUTES,
    log: "FilteringBoundLogger | None" = None,
    demo: bool = False,
    url: str = "http://localhost:8000",
    proxies: Proxies = (),
) -> Litestar:
    """The application over a hub that is opened when it starts and closed when it stops.

    Browsers find it at `url`, maybe behind `proxies` of its own. A `demo` lets anybody sign in as one of its workers,
    over connections that need not be encrypted.
    """
    server = Server(Metrics(), log or logger())
    server.proxies = proxies
    shown = pages(server.metrics, lambda: describe(routes, shown, CODE_VERSION))
    screens = all_screens(routes, demo=demo)
    granting = Address(server, GRANTING)
    by_path: dict[str, list[Route | Open | AnyScreen]] = {}
    for one in (*routes, *shown, *assets(), *screens):
        by_path.setdefault(one.path, []).append(one)
    addresses = {path: Address(server, path) for path in by_path}
    unmatched = Unmatched(server)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        async with hub_opened as hub:
            server.signing_in = SigningIn(hub.tokens, hub.clock, partial(acting, hub.decider))
            server.ask_of = partial(whom_to_ask, hub)
            server.ledger = hub.ledger
            reads = {one.path: Viewing(hub, one) for one in routes if isinstance(one, Read)}
            web = Web(hub, server, routes, reads, secure=not demo, demo=DemoSignIn() if demo else None, url=url)
            unmatched.page = web.bare_problem_page
            granting.serve({"POST": Granting(hub, url)})
            for path, address in addresses.items():
                address.serve(dict(each for one in by_path[path] for each in answering(hub, web, one, reads)))
            yield

    def problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        answer, request_id, trace = unmatched(error, dict(request.scope["headers"]), request.scope["path"])
        sent = {name.decode(): value.decode() for name, value in answer.headers}
        sent |= {"x-request-id": request_id, "x-content-type-options": "nosniff"}
        if trace is not None:
            sent["traceparent"] = trace.decode()
        content = b"" if request.method == "HEAD" else answer.body
        return Response(content, status_code=answer.status, media_type=answer.media_type.decode(), headers=sent)

    return Application(
        route_handlers=[
            handler(granting, {"POST"}),
            *(handler(addresses[path], methods_of(by_path[path])) for path in by_path),
        ],
        exception_handlers={HTTPException: problem, Exception: problem},
        openapi_config=None,
        lifespan=[lifespan],
        debug=False,
        logging_config=None,
        pdb_on_exception=False,
    )


class Application(Litestar):
    """Litestar for addresses that are all different: what it is given is put beside nothing that it has already."""

    @property
    def route_handler_method_map(self) -> dict[str, RouteHandlerMapItem]:
        """No address to add a method to: Litestar would make the map of all addresses anew for each of them."""
        return {}


def handler(address: Address, methods: Iterable[Method]) -> HTTPRouteHandler:
    """Litestar's handler of an address: Litestar finds it, and refuses other methods; the address answers by itself."""

    @route(_PLACE.sub(r"{\1:str}", address.template), http_method=["OPTIONS", *sorted(methods)], status_code=200)
    async def answer() -> ASGIApp:
        return address

    return answer


def methods_of(at: Sequence[Route | Open | AnyScreen]) -> set[Method]:
    """The methods at one address. Whatever answers GET answers HEAD."""
    methods: set[Method] = set()
    for one in at:
        methods |= methods_of_screen(one) if isinstance(one, Screen | OpenScreen | LiveScreen) else {one.method}
    return methods | {"HEAD"} if "GET" in methods else methods


def answering(
    hub: Hub, web: Web, one: Route | Open | AnyScreen, reads: Mapping[str, Viewing]
) -> Iterator[tuple[str, Endpoint]]:
    """What answers for a line of a table, by method."""
    if isinstance(one, Screen | OpenScreen | LiveScreen):
        yield from endpoints(web, one)
    else:
        yield one.method, endpoint(hub, one, reads)


def endpoint(hub: Hub, one: Route | Open, reads: Mapping[str, Viewing]) -> Endpoint:
    """What answers for a route."""
    match one:
        case Write():
            return Writing(hub, one, None if one.edits is None else reads[one.edits])
        case Read():
            return reads[one.path]
        case Act():
            return Acting(hub, one)
        case Open():
            return Showing(hub, one)


async def whom_to_ask(hub: Hub, refusal: Refusal, token: Token) -> Ask | None:
    """The agency that a refusal names, with its public number."""
    if refusal.ask is None:
        return None
    known, _ = await hub.decider.folds.fold(log_of(token.actor.partnership), partnership())
    agency = known.agencies.get(refusal.ask)
    return Ask(refusal.ask) if agency is None else Ask(agency.id, agency.name, agency.phone)
