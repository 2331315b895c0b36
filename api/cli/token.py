"""`hub token`: makes, lists and revokes the bearer tokens that open the API."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import secrets
from typing import TYPE_CHECKING, Final, TypeVar, get_args

import msgspec
import rich_click as click

from api.console import console, fail, json_option
from api.installation import installed
from domain.actors import Actor, Role
from domain.governance.account import DIRECTORY, PartnershipReserved
from domain.ids import ID_PATTERN, AgencyId, PartnershipId, TeamId, WorkerId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from application.identity import Token, Tokens

T = TypeVar("T")

DAYS: Final = 90
DAYS_MAX: Final = 366


class Slug(click.ParamType[str]):
    """An id, as the log writes it."""

    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is none."""
        if not re.fullmatch(ID_PATTERN, str(value)):
            self.fail("use lower-case letters, digits and hyphens, 64 at most", param, ctx)
        return str(value)


SLUG: Final = Slug()


@click.group()
def command() -> None:
    """Make, list and revoke the tokens that open the API."""


@command.command()
@click.option("--partnership", type=SLUG, required=True, help="The one partnership that the token serves.")
@click.option("--worker", type=SLUG, required=True, help="Whom it names.")
@click.option("--agency", type=SLUG, required=True, help="The agency that the worker acts for.")
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="The role in which the worker acts.")
@click.option("--team", type=SLUG, help="The worker's team.")
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=DAYS, show_default=True, help="How long it holds.")
@click.option("--label", default="", help="What it is for; shown in lists.")
@json_option
def create(
    *, partnership: str, worker: str, agency: str, role: Role, team: str | None, days: int, label: str, as_json: bool
) -> None:
    """Make a token and show it, once: only its hash is kept."""
    from application.identity import SECRET_BYTES, Token, TokenId, digest, written  # noqa: PLC0415 - heavy

    if partnership == DIRECTORY:
        fail(PartnershipReserved.rule)
    text = written(secrets.token_bytes(SECRET_BYTES))
    now = dt.datetime.now(dt.UTC)
    token = Token(
        id=TokenId(f"t-{secrets.token_hex(6)}"),
        actor=Actor(
            worker=WorkerId(worker),
            agency=AgencyId(agency),
            role=role,
            partnership=PartnershipId(partnership),
            team=None if team is None else TeamId(team),
        ),
        label=label,
        made=now,
        expires=now + dt.timedelta(days=days),
    )
    _in_post(token.actor)
    _with_tokens(lambda kept: kept.keep(token, digest(text)))
    console(as_json=as_json).tell(
        {"id": token.id, "token": text, "expires": token.expires},
        f"{text}\n\n  {token.id}: {worker} of {agency} as {role} in {partnership}, until {token.expires:%d %B %Y}.\n"
        "  It is shown this once.",
    )


@command.command("list")
@click.option("--partnership", type=SLUG, help="Only those that serve this partnership.")
@json_option
def list_tokens(*, partnership: str | None, as_json: bool) -> None:
    """List the tokens, the newest first: whom they name and until when, never what opens."""
    out = console(as_json=as_json)
    now = dt.datetime.now(dt.UTC)
    wanted = None if partnership is None else PartnershipId(partnership)
    for token in _with_tokens(lambda kept: kept.all(wanted)):
        state = _state(token, now)
        actor = token.actor
        out.tell(
            {**msgspec.to_builtins(token), "state": state},
            f"{token.id}  {state:8} {actor.partnership}  {actor.worker} of {actor.agency} as {actor.role}"
            f"  until {token.expires:%Y-%m-%d}  {token.label}".rstrip(),
        )


@command.command()
@click.argument("token", type=SLUG)
@json_option
def revoke(*, token: str, as_json: bool) -> None:
    """End a token by its id: it opens nothing once this is done."""
    from application.identity import TokenId  # noqa: PLC0415 - heavy

    if not _with_tokens(lambda kept: kept.revoke(TokenId(token), dt.datetime.now(dt.UTC))):
        fail(f"there is no token {token} that could be revoked: see hub token list")
    console(as_json=as_json).tell({"revoked": token}, f"✓ {token} is revoked")


def _in_post(actor: Actor) -> None:
    """Give the worker the post that the token names: whoever runs the command line may."""
    from api.cli.user import with_hub  # noqa: PLC0415 - it needs this module
    from application.posting import see_in_post  # noqa: PLC0415 - heavy

    with_hub(lambda hub, _: see_in_post(hub.decider, actor, hub.clock))


def _state(token: Token, now: dt.datetime) -> str:
    if token.revoked is not None:
        return "revoked"
    return "live" if token.live(now) else "expired"


def _with_tokens(act: Callable[[Tokens], Awaitable[T]]) -> T:
    """Do something with the tokens of the installation, or of the demo whose home this is."""
    from api import wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy

    async def run() -> T:
        async with installed() as given, wiring.tokens(given) as kept:
            return await act(kept)

    try:
        return asyncio.run(run())
    except LogUnavailable:
        fail("the database does not answer, or lacks its migrations: hub doctor says more")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
