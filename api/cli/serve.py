"""`hub serve`: the production start."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import rich_click as click

from api import settings
from api.console import FAILED, Console, console, fail

if TYPE_CHECKING:
    from api.settings import Settings

WORKERS_MAX = 64


@click.command()
@click.option("--host", help="The address to serve on; HUB_HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, settings.PORT_MAX), help="The port; HUB_PORT, else 8000.")
@click.option("--workers", type=click.IntRange(1, WORKERS_MAX), default=1, show_default=True, help="Processes.")
def command(*, host: str | None, port: int | None, workers: int) -> None:
    """Serve the API on the database that HUB_DATABASE_URL names, as the application's role."""
    given = settings.read()
    if given.database_url is None:
        fail(
            "HUB_DATABASE_URL is not set: it names the database and the application's role. To try things out: hub demo"
        )
    from api import wiring  # noqa: PLC0415 - heavy

    out = console()
    asyncio.run(refuse_stale_schema(given, out))
    asyncio.run(wiring.refuse_unusable_keys(given))
    try:
        secrets = () if given.proof_key is None else wiring.read_secrets(given.proof_key)
        wiring.witnesses_of(given)
    except (wiring.SecretUnreadable, wiring.Fault) as error:
        fail(str(error))
    if not secrets:
        out.step("the logs are not signed: hub prove key make NAME (docs/proof.md)")
    serve(given, host or given.host, port or given.port, workers, out)


async def refuse_stale_schema(given: Settings, out: Console) -> None:
    """Start on no schema but this program's; a database that is away may come later, and is said to be meanwhile."""
    from api import wiring  # noqa: PLC0415 - heavy

    assert given.database_url is not None
    try:
        found = await wiring.inspect(given.database_url)
        names = await wiring.pending(given.database_url)
    except wiring.DatabaseUnreachableError as error:
        out.step(f"the database does not answer yet ({error}); serving, and not ready until it does")
        return
    except wiring.MigrationError as error:
        fail(str(error))
    if found.passes_row_security or found.owns_tables:
        fail(f"HUB_DATABASE_URL connects as {found.role}, for whom row-level security is void: use the role hub_app")
    if names:
        fail(f"the database lacks {len(names)} migrations, from {names[0]}: run hub migrate first")


def serve(given: Settings, host: str, port: int, workers: int, out: Console) -> None:
    """Serve until told to stop."""
    import uvicorn  # noqa: PLC0415 - heavy
    from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - heavy

    from api.listening import ADDRESS_TAKEN, SERVER_OPTIONS, listen, url_of  # noqa: PLC0415 - heavy
    from api.projecting import Apart  # noqa: PLC0415 - heavy

    try:
        listener = listen(host, port)
    except OSError as error:
        fail(ADDRESS_TAKEN.format(host=host, port=port, reason=error.strerror))
    config = uvicorn.Config("api.app:create_app", factory=True, workers=workers, **SERVER_OPTIONS)
    server = uvicorn.Server(config)
    with listener, Apart(given):
        out.tell({"serving": url_of(host, port)}, f"✓ serving on {url_of(host, port)}")
        if workers == 1:
            server.run(sockets=[listener])
        else:
            Multiprocess(config, sockets=[listener]).run()
    if workers == 1 and not server.started:
        sys.exit(FAILED)
