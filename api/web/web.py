"""What all pages of one server share: the hub, the templates, the acts of the API, and the demo's sign-in."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from api.endpoints import Viewing
from api.hub import Hub
from api.problems import Headers, Problem
from api.routes import Route, Write
from api.serving import Answer, Call, Server
from api.web import seats, sessions
from api.web.live import Watches
from api.web.overviews import Overviews
from api.web.rendering import rendering
from api.web.static import HTMX_CONFIG
from application.access import Account
from application.identity import Token
from application.ports import log_of
from application.revealing import Shown
from application.views.people import Flag
from domain.facts import Command
from domain.governance import sharing
from domain.governance.partnership import Partnership, partnership
from domain.governance.scope import Action, Category
from domain.governance.sharing import Resource, Standing
from domain.ids import PersonId
from domain.rights.restriction import ProcessingIsRestricted

if TYPE_CHECKING:
    from api.web.demo import DemoSignIn

HTML: Final = b"text/html; charset=utf-8"
POLICY: Final = (
    b"content-security-policy",
    (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'"
    ),
)
KEPT_OF_A_PROBLEM: Final = frozenset({b"retry-after", b"allow", b"connection"})
ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = ((b"cache-control", b"no-store"), POLICY)

OVER_TLS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""Where the site's address is one of TLS, a browser asks it over nothing else for a year (RFC 6797)."""
NOTHING_TO_SAY: Final[Mapping[str, Any]] = {"errors": (), "done": "", "problem": None, "subject": None, "tablet": None}
"""What the frame shows of most pages: no mistakes, nothing just done, no refusal, and nobody in particular."""
THEMES: Final = frozenset({"dark", "light"})
UNAVAILABLE: Final = 503
UNKNOWN: Final = "unknown"
SAFETY_SECONDS: Final = 2.0

SECTIONS: Final[tuple[tuple[str, str, Category, Action], ...]] = (
    ("home", "/", "register", "read"),
    ("encounter", "/encounters/new", "engagement", "write"),
    ("referrals", "/referrals", "support", "read"),
    ("hub-days", "/hub-days", "hub", "read"),
    ("work", "/work", "support", "read"),
    ("reports", "/reports", "report", "read"),
    ("scrutiny", "/panels", "scrutiny", "read"),
    ("rights", "/rights", "rights", "search"),
    ("administration", "/administration", "administration", "read"),
    ("operations", "/operations", "operations", "read"),
)
"""The parts of the site, each with what somebody's role must allow to be led there."""


class Web:
    """The pages of one server."""

    def __init__(
        self,
        hub: Hub,
        server: Server,
        routes: Sequence[Route],
        reads: Mapping[str, Viewing],
        *,
        secure: bool,
        demo: "DemoSignIn | None" = None,
        url: str = "http://localhost:8000",
    ) -> None:
        self.hub = hub
        self.server = server
        self.demo = demo
        self.secure = secure
        self._always_sent = (*ALWAYS, OVER_TLS) if url.startswith("https:") else ALWAYS
        self.url = url
        self.reads = reads
        self.overviews = Overviews(hub)
        self.writes: dict[type[Command], Write] = {one.command: one for one in routes if isinstance(one, Write)}
        self.watches = Watches(hub.models)
        self._rendering = rendering()

    @property
    def name(self) -> str:
        """By what an authenticator or a passkey tells this installation from others."""
        return urlsplit(self.url).hostname or "hub"

    async def session(self, headers: Mapping[bytes, bytes], *, touch: bool = False) -> Token:
        """The live session of a request. Raises: ProblemError (401), TabletLockedError; LogUnavailable."""
        token = await self.server.signing_in.holder(sessions.credential(headers))
        await seats.refuse_locked(self.hub, token, touch=touch)
        return token

    async def tablet(self, token: Token, headers: Mapping[bytes, bytes], to: str) -> Mapping[str, Any] | None:
        """The other workers of the tablet that is used; None of a device that nobody shares."""
        live = await seats.live_seats(self.hub, headers)
        if not live:
            return None
        joined = any(one.session.id == token.id for one in live)
        return {"others": [one for one in live if one.session.id != token.id], "joined": joined, "to": to}

    async def partnership(self, token: Token) -> Partnership:
        """The partnership of somebody, as it is now."""
        known, _ = await self.hub.decider.folds.fold(log_of(token.actor.partnership), partnership())
        return known

    def frame(self, token: Token, known: Partnership, section: str = "", theme: str = "") -> dict[str, Any]:
        """What the frame of every page shows: who is signed in, and where they may go."""
        agency = known.agencies.get(token.actor.agency)
        return {
            "viewer": token.actor,
            "has_account": token.account is not None,
            "viewer_agency": agency.name if agency else str(token.actor.agency),
            "sections": tuple(
                (name, path) for name, path, category, action in SECTIONS if self.may(token, known, action, category)
            ),
            "section": section,
            "keeper": self.keeper(token) if self.may(token, known, "write", "engagement") else "",
            **self._always(theme),
            "csrf": sessions.form_token(self.hub, token),
        }

    def bare_frame(self, theme: str = "") -> dict[str, Any]:
        """The frame of a page for nobody in particular."""
        return {
            "viewer": None,
            "has_account": False,
            "viewer_agency": "",
            "sections": (),
            "section": "",
            "csrf": "",
            "keeper": "",
            **self._always(theme),
        }

    def keeper(self, token: Token) -> str:
        """Whose encounters wait on a phone: one worker's, through all of their sessions, and nobody else's."""
        return sessions.keeper(self.hub, token.actor)

    def may(self, token: Token, known: Partnership, action: Action, category: Category) -> bool:
        """Whether somebody's role takes such an action at all."""
        by = Standing(token.actor, known, self.hub.clock.now())
        return sharing.decide(by, action, Resource(category=category, of_person=False)).permitted

    def render(
        self,
        template: str,
        context: Mapping[str, Any],
        status: int = 200,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> Answer:
        """A page."""
        content = self._rendering.page(template, {**NOTHING_TO_SAY, **context})
        return Answer(content, status, HTML, (*self._always_sent, *headers))

    async def problem_page(self, problem: Problem, headers: Headers, call: Call) -> Answer:
        """A page that says what is wrong, what would permit it, and whom to phone."""
        kept = tuple(one for one in headers if one[0] in KEPT_OF_A_PROBLEM)
        frame = await self._frame_of_a_problem(call, problem)
        emergency = await self._emergency(call) if problem.code == UNKNOWN else ""
        warns = problem.status == UNAVAILABLE or problem.code == ProcessingIsRestricted.code
        safety = await self._safety(call) if warns else None
        return self.render(
            "problem.html",
            {**frame, "problem": problem, "safety": safety, "emergency": emergency},
            problem.status,
            kept,
        )

    async def _emergency(self, call: Call) -> str:
        """Where a record that is shown to nobody here can be opened in an emergency, by whoever may search for people.

        It is offered whether or not there is such a person: nothing is told by it.
        """
        if call.token is None or "person" not in call.ids:
            return ""
        known = await self.partnership(call.token)
        if not self.may(call.token, known, "search", "register"):
            return ""
        return f"/people/{quote(call.ids['person'], safe='')}/break-glass/new"

    async def _safety(self, call: Call) -> Sequence[Shown[Flag]] | None:
        """What to mind when meeting the person of an address, where nothing else of them can be shown now."""
        if call.token is None or "person" not in call.ids:
            return None
        viewer, person = call.token.actor, PersonId(call.ids["person"])
        account = Account(call.account.route, call.request_id)
        try:
            async with asyncio.timeout(SAFETY_SECONDS), self.hub.snapshot(viewer, account) as snapshot:
                flags = (await self.hub.of(snapshot).readings.people.safety(viewer, person)).flags
            await self.server.record_access(account)
        except Exception:  # noqa: BLE001 - the problem itself is told, whatever else is wrong
            return None
        return flags

    def bare_problem_page(self, problem: Problem) -> Answer:
        """The same where nobody knows who asks: an address that there is not."""
        return self.render(
            "problem.html", {**self.bare_frame(), "problem": problem, "safety": None, "emergency": ""}, problem.status
        )

    def _always(self, theme: str) -> dict[str, Any]:
        return {"theme": theme if theme in THEMES else "", "demo": self.demo is not None, "htmx_config": HTMX_CONFIG}

    async def _frame_of_a_problem(self, call: Call, problem: Problem) -> dict[str, Any]:
        """The frame, as far as it can be had when the records may be what is away."""
        if problem.status >= 500 or call.token is None:  # noqa: PLR2004
            return self.bare_frame()
        return self.frame(call.token, await self.partnership(call.token))
