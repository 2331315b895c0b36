"""How the commands speak: in words at a terminal, in JSON lines to a program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NoReturn

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

FAILED: Final = 1


class Console:
    """What a command says while it runs, on standard output."""

    def __init__(self, *, lines: bool) -> None:
        """Speak JSON lines, or words."""
        self.lines = lines

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self.tell({"step": text}, f"• {text}")

    def tell(self, record: object, words: str) -> None:
        """Give the same news to either reader."""
        sys.stdout.write(f"{msgspec.json.encode(record).decode() if self.lines else words}\n")
        sys.stdout.flush()  # whoever reads a pipe reads it line by line


def console(*, as_json: bool = False) -> Console:
    """Words at a terminal; JSON lines where asked for, and where nobody looks on."""
    return Console(lines=as_json or not sys.stdout.isatty())


def fail(message: str) -> NoReturn:
    """End the command with status 1 and a reason."""
    raise click.ClickException(message)


json_option: Final[Callable[[Callable[..., None]], Callable[..., None]]] = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Report in JSON, also at a terminal.",
)
