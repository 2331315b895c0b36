"""`hub user`: invites people, lists accounts, gives new invitations, and ends accounts at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import msgspec
import rich_click as click

from api.cli.token import SLUG
from api.console import console, fail, json_option
from domain.actors import Actor, Role
from domain.ids import AccountId, AgencyId, PartnershipId, TeamId, WorkerId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.hub import Hub
    from api.settings import Settings
    from application.others import KeysOf

T = TypeVar("T")


def keys_options(act: Callable[..., None]) -> Callable[..., None]:
    """Where the public keys are: in a file, or at an address that is asked for them."""
    file = click.option("--keys", type=click.Path(path_type=Path, dir_okay=False), help="A file with its JWKS.")
    url = click.option("--keys-url", help="The address of its JWKS, at a host of HUB_KEY_HOSTS.")
    return file(url(act))


@click.group()
def command() -> None:
    """Invite people, list and end their accounts."""


@command.command()
@click.option("--partnership", type=SLUG, required=True, help="Where they work.")
@click.option("--worker", type=SLUG, required=True, help="The worker that they are there.")
@click.option("--agency", type=SLUG, required=True, help="The agency that the worker acts for.")
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="The role in which the worker acts.")
@click.option("--team", type=SLUG, help="The worker's team.")
@click.option("--account", type=SLUG, help="An account that they have already: no invitation is needed.")
@json_option
def invite(
    *, partnership: str, worker: str, agency: str, role: Role, team: str | None, account: str | None, as_json: bool
) -> None:
    """Give somebody an account as a worker, by a link that holds for three days and opens once."""
    actor = Actor(
        worker=WorkerId(worker),
        agency=AgencyId(agency),
        role=role,
        partnership=PartnershipId(partnership),
        team=None if team is None else TeamId(team),
    )
    out = console(as_json=as_json)
    if account is not None:
        known = AccountId(account)
        with_hub(lambda hub, _: hub.accounts.link(_by(partnership), known, actor))
        out.tell({"account": account}, f"✓ {account} is {worker} of {agency} in {partnership}, too")
        return
    _invited(lambda hub: hub.accounts.invite(_by(partnership), actor), as_json=as_json)


@command.command()
@click.argument("account", type=SLUG)
@json_option
def reset(*, account: str, as_json: bool) -> None:
    """Take away all that proves who somebody is, end their sessions, and invite them anew."""
    _invited(lambda hub: hub.accounts.reset(_by("directory"), AccountId(account)), as_json=as_json)


@command.command()
@click.argument("account", type=SLUG)
@click.option("--partnership", type=SLUG, help="Only what it is there; it is closed if it is nothing elsewhere.")
@json_option
def close(*, account: str, partnership: str | None, as_json: bool) -> None:
    """End an account: its sessions and tokens open nothing once this is done."""

    async def end(hub: Hub, _: Settings) -> None:
        if partnership is None:
            await hub.accounts.close(_by("directory"), AccountId(account))
        else:
            await hub.accounts.leave(_by(partnership), AccountId(account))

    with_hub(end)
    console(as_json=as_json).tell({"closed": account}, f"✓ {account} opens nothing any more")


@command.command()
@click.option("--partnership", type=SLUG, required=True, help="The partnership that it serves.")
@click.option("--worker", type=SLUG, required=True, help="The worker that it is there.")
@click.option("--agency", type=SLUG, required=True, help="The agency that it acts for.")
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="The role in which it acts.")
@keys_options
@json_option
def machine(
    *,
    partnership: str,
    worker: str,
    agency: str,
    role: Role,
    keys: Path | None,
    keys_url: str | None,
    as_json: bool,
) -> None:
    """Give a machine an account: it proves who it is by signing, at /oauth/token."""
    actor = Actor(worker=WorkerId(worker), agency=AgencyId(agency), role=role, partnership=PartnershipId(partnership))
    given = _keys(keys, keys_url)
    account = with_hub(lambda hub, _: hub.machines.register(_by(partnership), actor, given))
    console(as_json=as_json).tell({"client_id": account}, f"✓ client_id {account}: {worker} of {agency} as {role}")


@command.command("keys")
@click.argument("account", type=SLUG)
@keys_options
@json_option
def set_keys(*, account: str, keys: Path | None, keys_url: str | None, as_json: bool) -> None:
    """Give a machine new keys, in place of those before."""
    given = _keys(keys, keys_url)
    with_hub(lambda hub, _: hub.machines.set_keys(AccountId(account), given))
    console(as_json=as_json).tell({"client_id": account}, f"✓ {account} has new keys")


@command.command("list")
@click.option("--partnership", type=SLUG, required=True, help="Whose accounts.")
@json_option
def list_accounts(*, partnership: str, as_json: bool) -> None:
    """List the accounts of a partnership: as whom they sign in, and by what."""
    out = console(as_json=as_json)
    for one in with_hub(lambda hub, _: hub.accounts.members(_by(partnership))):
        out.tell(
            msgspec.to_builtins(one),
            f"{one.account}  {one.worker} of {one.agency} as {one.role}  {', '.join(one.credentials) or 'invited'}",
        )


def _keys(keys: Path | None, url: str | None) -> KeysOf:
    from application.others import KeysOf  # noqa: PLC0415 - heavy

    if (keys is None) == (url is None):
        raise click.UsageError("give either --keys or --keys-url")
    if keys is None:
        return KeysOf(url=url)
    try:
        return KeysOf(jwks=msgspec.json.decode(keys.read_bytes(), type=dict[str, Any]))
    except (OSError, msgspec.DecodeError):
        raise click.UsageError("--keys names no file with a JWKS") from None


def _by(partnership: str) -> Actor:
    from application.accounts import installation  # noqa: PLC0415 - heavy

    return installation(PartnershipId(partnership))


def _invited(act: Callable[[Hub], Awaitable[object]], *, as_json: bool) -> None:
    from application.accounts import Invitation  # noqa: PLC0415 - heavy

    async def do(hub: Hub, given: Settings) -> tuple[Invitation, str]:
        made = await act(hub)
        assert isinstance(made, Invitation)
        return made, f"{given.url}/invitation?code={made.code}"

    made, link = with_hub(do)
    console(as_json=as_json).tell(
        {"account": made.account, "link": link, "expires": made.expires},
        f"{link}\n\n  {made.account}: whoever opens this link first has the account. Give it to nobody else;"
        f" it holds until {made.expires:%d %B %Y %H:%M} UTC.",
    )


def with_hub(act: Callable[[Hub, Settings], Awaitable[T]]) -> T:
    """Do something with the installation, or the demo whose home this is; nothing is projected meanwhile."""
    from api import wiring  # noqa: PLC0415 - heavy
    from api.installation import installed  # noqa: PLC0415 - heavy
    from application.machines import KeysNotUsable  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy
    from application.posting import AgencyUnknown  # noqa: PLC0415 - heavy
    from domain.refusals import Refusal  # noqa: PLC0415 - heavy

    async def run() -> T:
        async with installed() as given, wiring.opened(given, projecting=False) as hub:
            return await act(hub, given)

    try:
        return asyncio.run(run())
    except KeysNotUsable:
        fail("these are no public keys for signatures, or stand at a host that HUB_KEY_HOSTS does not name")
    except AgencyUnknown as unknown:
        fail(f"there is no agency {unknown.agency} there: register it first, with hub agency register")
    except Refusal as refusal:
        fail(f"{refusal.rule} {refusal.permitted_by}".strip())
    except LogUnavailable:
        fail("the database does not answer, or lacks its migrations: hub doctor says more")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
