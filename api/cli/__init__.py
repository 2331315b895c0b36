"""The command line: a command for each module of this package, called `command` or as the module is.

A module imports what is heavy inside its command, so that `hub --help` answers at once.
Exit status: 0 done, 1 not done (with the reason), 2 called wrongly.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

import rich_click as click

from api.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED: Final = 1


class Commands(click.RichGroup):
    """Finds the commands by their modules; a trailing underscore keeps a module's name from being a Python keyword."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the alphabet."""
        return sorted(modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of a name, or None."""
        name = modules().get(cmd_name)
        if name is None:
            return None
        module = importlib.import_module(f"{__name__}.{name}")
        command = getattr(module, "command", None) or getattr(module, name, None)
        if not isinstance(command, click.Command):
            return None
        command.name = cmd_name
        return command

    def main(  # type: ignore[override] # click's overloads say only what it returns when it is not standing alone
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,  # noqa: ANN401 - click's signature
    ) -> NoReturn:
        """Run, and say what went wrong in one plain line: a box would break a path or an address in two."""
        try:
            status = super().main(args, prog_name, standalone_mode=False, **extra)
        except SettingsError as error:
            complain(str(error))
            sys.exit(click.UsageError.exit_code)
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else "hub"
            complain(f"{error.format_message().removesuffix('.')}; see {command} --help")
            sys.exit(error.exit_code)
        except click.ClickException as error:
            complain(error.format_message())
            sys.exit(error.exit_code)
        except click.Abort:
            complain("interrupted")
            sys.exit(INTERRUPTED)
        except Exception as error:
            from api.wiring import KeysUnusable  # noqa: PLC0415 - heavy

            if not isinstance(error, KeysUnusable):
                raise
            complain(str(error))
            sys.exit(click.ClickException.exit_code)
        sys.exit(status if isinstance(status, int) else 0)


def complain(sentence: str) -> None:
    click.echo(f"hub: {sentence}", err=True)


def modules() -> dict[str, str]:
    """The modules of this package by the names of their commands."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    return {name.removesuffix("_").replace("_", "-"): name for name in names}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """A support hub: referrals, case work and what came of it, for agencies that work together."""
