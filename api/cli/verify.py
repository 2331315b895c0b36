"""`hub verify`: runs the verifier that `hub prove verifier` prints; a panel runs its own copy of it."""

from __future__ import annotations

import sys

import rich_click as click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(*, arguments: tuple[str, ...]) -> None:
    """Verify an audit export or a receipt against a policy and the checkpoints that were kept."""
    from api import wiring  # noqa: PLC0415 - heavy

    sys.exit(wiring.verify_main(list(arguments)))
