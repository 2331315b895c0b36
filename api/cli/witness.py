"""`hub witness`: a witness that another agency runs on a machine of its own."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from api.console import console, fail
from api.settings import PORT_MAX

DEFAULT_PORT = 8700


@click.group()
def command() -> None:
    """Be a witness of another agency's logs."""


@command.command()
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), default="witness-key", show_default=True)
@click.option("--policy", type=click.Path(path_type=Path, dir_okay=False), default="policy", show_default=True)
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), default="witness.sqlite", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve on.")
@click.option("--port", type=click.IntRange(1, PORT_MAX), default=DEFAULT_PORT, show_default=True)
def serve(*, key: Path, policy: Path, store: Path, host: str, port: int) -> None:
    """Cosign the checkpoints of the logs that --policy lists; --store is what it has seen, and must not be lost."""
    import uvicorn  # noqa: PLC0415 - heavy

    from api import wiring  # noqa: PLC0415 - heavy
    from api.listening import ADDRESS_TAKEN, SERVER_OPTIONS, listen, url_of  # noqa: PLC0415 - heavy
    from api.witnessing import Witnessing  # noqa: PLC0415 - heavy

    try:
        secrets = wiring.read_secrets(key)
        if len(secrets) != 1:
            fail(f"{key} holds {len(secrets)} keys: make one with hub prove key make NAME --file {key}")
        witness = wiring.Witness(secrets[0], policy, store)
        listener = listen(host, port)
    except wiring.SecretUnreadable as error:
        fail(str(error))
    except OSError as error:
        fail(ADDRESS_TAKEN.format(host=host, port=port, reason=error.strerror))
    with listener:
        said = {"serving": url_of(host, port), "witness": witness.vkey}
        console().tell(said, f"✓ {witness.vkey}\n  serving on {url_of(host, port)}")
        uvicorn.Server(uvicorn.Config(Witnessing(witness), lifespan="off", **SERVER_OPTIONS)).run(sockets=[listener])
