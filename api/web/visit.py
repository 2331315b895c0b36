"""One visit to a screen: who it is, what they sent, and the ways to answer."""

import secrets
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

import msgspec

from api.endpoints import AFTER_SECONDS, Meant, command_key, decide, decide_all, meant
from api.hub import Hub
from api.problems import Problem, ProblemError, problem_of, retry_after
from api.routes import Write
from api.serving import Answer, Call
from api.web import forms, sessions
from api.web.forms import Filled, Form, Options, Sent
from api.web.sessions import CSRF
from api.web.web import HTML, Web
from application.access import denial_of
from application.deciding import Decided
from application.identity import Token
from application.ports import CommandKey, CommandReused, log_of
from application.snapshot import Snapshot
from domain.actors import Actor
from domain.facts import Command
from domain.governance.agency import Agency
from domain.governance.partnership import Partnership, partnership
from domain.governance.scope import Action, Category
from domain.ids import AgencyId
from domain.refusals import Refusal, Unknown

T = TypeVar("T")

SEEN: Final = b"hub_seen"
SAID: Final = b"hub_said"
THEME: Final = b"hub-theme"
SEEN_SECONDS: Final = 60
FORM_KEY: Final = "form_key"
BACK: Final = "back"
READ_AT: Final = "read_at"
OURS: Final = frozenset({FORM_KEY, CSRF, BACK, READ_AT})
"""Fields of a form that are not typed by anybody."""


class Visit:
    """A request by somebody who is signed in."""

    def __init__(self, web: Web, call: Call, token: Token, sent: Sent, snapshot: Snapshot) -> None:
        self.web = web
        self.hub: Hub = web.hub.of(snapshot)
        self.snapshot = snapshot
        self.call = call
        self.token = token
        self.viewer: Actor = token.actor
        self.sent = sent
        self.ids = call.ids
        self.query = call.query
        self.own_act = 0
        """The position of what this browser did last, where that was within a minute."""
        self._cookies = sessions.cookies(call.headers)

    @property
    def by_htmx(self) -> bool:
        """Whether only a part of the page is asked for."""
        return b"hx-request" in self.call.headers

    def cookie(self, name: bytes) -> str:
        """A cookie of ours, or nothing."""
        return unquote(self._cookies.get(name, b"").decode("ascii", "replace"))

    async def may(self, action: Action, category: Category) -> bool:
        """Whether the viewer's role takes such an action at all; whether on whom, is decided where it is taken."""
        return self.web.may(self.token, await self.partnership(), action, category)

    async def agencies(self) -> Mapping[AgencyId, Agency]:
        """The agencies of the partnership, as they are now."""
        return (await self.partnership()).agencies

    async def agency_names(self) -> dict[str, str]:
        """What the agencies of the partnership are called now."""
        return {str(one.id): one.name for one in (await self.agencies()).values()}

    async def partnership(self) -> Partnership:
        """The partnership as it is now."""
        return await self.snapshot.know(partnership())

    async def wait_for_own_act(self) -> None:
        """Wait until the views contain what this browser did last. Raises ProblemError (503)."""
        seen = self._cookies.get(SEEN, b"")
        if not seen.isdigit():
            return
        log = log_of(self.viewer.partnership)
        if int(seen) > await self.hub.decider.log.head(log):
            return  # the cookie is of another log: somebody else signed in here
        if not await self.hub.models.reached(log, int(seen), AFTER_SECONDS):
            raise ProblemError("not-yet-visible", headers=retry_after(1))
        self.own_act = int(seen)

    async def wait_for(self, decided: Decided) -> None:
        """Wait until the views contain what was just recorded. Raises ProblemError (503)."""
        if not await self.hub.models.reached(log_of(self.viewer.partnership), decided.position, AFTER_SECONDS):
            raise ProblemError("not-yet-visible", headers=retry_after(1))

    async def page(
        self,
        template: str,
        *,
        section: str = "",
        status: int | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        form: Form | None = None,
        **context: Any,  # noqa: ANN401 - whatever the template shows
    ) -> Answer:
        """Answer with a page in its frame.

        Its status is that of the `problem` that it shows, 422 where it shows `errors`, unless another is given.
        """
        if form is not None:
            context = {"fields": form.fields, "errors": form.errors, "problem": form.problem} | context
        if status is None:
            problem: Problem | None = context.get("problem")
            status = problem.status if problem else 422 if context.get("errors") else 200
        frame = self.web.frame(self.token, await self.partnership(), section, self.cookie(THEME))
        frame["tablet"] = await self.web.tablet(
            self.token, self.call.headers, "/" if self.sent.pairs else self.call.path
        )
        said = self.cookie(SAID)
        if said:
            headers = (*headers, sessions.cookie(SAID, "", seconds=0, secure=self.web.secure))
        given = {**frame, "visit": self, "done": said, "form_key": secrets.token_hex(16), **context}
        return self.web.render(template, given, status, headers)

    def go(self, where: str, *, decided: Decided | None = None, done: str = "") -> Answer:
        """Send on to another page, which shows what was just done."""
        headers: list[tuple[bytes, bytes]] = [(b"location", where.encode()), (b"cache-control", b"no-store")]
        if decided is not None:
            headers.append(sessions.cookie(SEEN, str(decided.position), seconds=SEEN_SECONDS, secure=self.web.secure))
        if done:
            headers.append(sessions.cookie(SAID, quote(done), seconds=SEEN_SECONDS, secure=self.web.secure))
        return Answer(b"", 303, HTML, tuple(headers))

    def write_for(self, command: type[Command]) -> Write:
        """The API's own way to give a command."""
        return self.web.writes[command]

    def fill(
        self,
        command: type[Command],
        *,
        options: Mapping[str, Options] | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> Filled:
        """Read what was sent into the body of a command."""
        return forms.fill(self.write_for(command).body, self.sent, command, options=options, given=given)

    def form(self, command: type[Command]) -> Form:
        """The form of a command, to be filled in."""
        return Form(forms.fields_of(self.write_for(command).body, command))

    async def give(self, command: type[Command]) -> Decided | Form:
        """Give the command of this page's form; or the form again, with what is wrong with it or what forbids it.

        Raises Unknown: then there is nothing to show the form with.
        """
        filled = self.fill(command)
        if filled.body is None:
            return Form(filled.fields, filled.errors)
        done = await self.tried(self.decide(command, filled.body))
        return Form(filled.fields, problem=done) if isinstance(done, Problem) else done

    async def tried(self, act: Awaitable[T]) -> T | Problem:
        """What came of an act, or what forbids it, for its page to say. Raises Unknown: that has no page."""
        try:
            return await act
        except Unknown:
            raise
        except (Refusal, ProblemError, CommandReused) as error:
            return await self.problem(error)

    async def decide(
        self,
        command: type[Command],
        body: msgspec.Struct,
        ids: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Decided:
        """Give a command, once for each form that was shown, however often that is sent.

        `key` tells acts of one form apart. Raises: Refusal, ProblemError, and what the log raises.
        """
        route = self.write_for(command)
        ids = self.ids if ids is None else ids
        await self.snapshot.let_go()
        if route.edits is not None:
            read_at = self.sent.one(READ_AT)
            await self.web.reads[route.edits].matched(ids, self.viewer, read_at.encode() or None)
        return await decide(self.hub, route, self.viewer, ids, body, self.key_of(route, body, ids, key))

    def key_of(
        self, route: Write, body: msgspec.Struct, ids: Mapping[str, str], part: str | None = None
    ) -> CommandKey | None:
        """What makes a form that is sent twice one act."""
        given = self.sent.one(FORM_KEY)
        if not given:
            return None
        name = f"{route.method} {route.path}".encode()
        content = msgspec.json.encode(body)
        return command_key(self.hub, self.viewer, name, ids, content, f"{given}{part or ''}".encode())

    def meant(self, command: type[Command], body: msgspec.Struct, ids: Mapping[str, str] | None = None) -> Meant:
        """A part of an act: a command with the ids that are minted for it, so that the next part can name them."""
        return meant(self.hub, self.write_for(command), self.ids if ids is None else ids, body)

    async def decide_all(self, act: Sequence[Meant], key: CommandKey | None) -> Decided:
        """Give several commands as one act: all of them are recorded, or none.

        Raises: Refusal, and what the log raises.
        """
        await self.snapshot.let_go()
        return await decide_all(self.hub, act, self.viewer, key)

    def key_of_act(self, name: str, typed: Sequence[tuple[str, str]] | None = None) -> CommandKey | None:
        """What makes a form of several commands, sent twice, one act: what was typed, not what is minted for it."""
        given = self.sent.one(FORM_KEY)
        if not given:
            return None
        content = msgspec.json.encode(self.typed() if typed is None else typed)
        return command_key(self.hub, self.viewer, f"act {name}".encode(), {}, content, given.encode())

    async def done_before(self, key: CommandKey | None) -> Decided | None:
        """What became of this form, if it was sent before. Raises CommandReused where something else was typed then."""
        if key is None:
            return None
        known = await self.hub.decider.log.command(log_of(self.viewer.partnership), key)
        return None if known is None else Decided(known.position, known.recorded_at, repeated=True, result=known.result)

    async def problem(self, error: Refusal | ProblemError | CommandReused) -> Problem:
        """What stands on the page when a command is refused: the rule, what would permit it, and whom to phone."""
        denial = denial_of(error)
        if denial is not None:
            self.call.account.of(self.viewer).refused(denial, self.ids.items())
        ask = None
        if isinstance(error, Refusal) and error.ask is not None:
            ask = await self.web.server.ask_of(error, self.token)
        return problem_of(error, self.call.request_id, ask)[0]

    def typed(self) -> Sequence[tuple[str, str]]:
        """All that somebody typed, to be carried on."""
        return tuple(pair for pair in self.sent.pairs if pair[0] not in OURS)
