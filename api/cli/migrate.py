"""`hub migrate`: bring the database's schema up to this program."""

from __future__ import annotations

import asyncio

import rich_click as click

from api import settings
from api.console import Console, console, fail, json_option


@click.command()
@json_option
def command(*, as_json: bool) -> None:
    """Apply the migrations that the database has not had yet.

    HUB_OWNER_DATABASE_URL names the database, as the role that owns it; without it the embedded server under HUB_HOME
    is migrated. Any number of these may run at once.
    """
    from api import wiring  # noqa: PLC0415 - heavy

    out = console(as_json=as_json)
    given = settings.read()
    try:
        if given.owner_database_url is not None:
            apply(given.owner_database_url, out)
        elif given.database_url is not None:
            fail("HUB_DATABASE_URL is set and HUB_OWNER_DATABASE_URL is not: the application's role may not migrate")
        else:
            with wiring.embedded(given, out.step) as server:
                apply(server.owner_url, out)
    except (wiring.MigrationError, wiring.ServerUnavailableError, wiring.DatabaseUnreachableError) as error:
        fail(str(error))


def apply(owner_url: str, out: Console) -> None:
    """Migrate, and report what was applied."""
    from api import wiring  # noqa: PLC0415 - heavy

    async def run() -> list[str]:
        await wiring.inspect(owner_url)  # says plainly why there is no connection
        return await wiring.migrate(owner_url)

    names = asyncio.run(run())
    for name in names:
        out.tell({"applied": name}, f"• applied {name}")
    count = len(names)
    out.tell({"migrations_applied": count}, f"✓ {count} applied" if count else "✓ nothing to apply")
