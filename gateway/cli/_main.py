"""The group: names of the commands, the version, and how errors are told."""

import importlib
import sys
from importlib.metadata import version
from typing import Any

import click

from tillgate.core.errors import TillgateError

from ._language import asked_of
from ._refusals import tell

__all__ = ["main"]

#: Command -> module with `command`, and its line in `tillgate --help`.
COMMANDS = {
    "run": ("tillgate.gateway.cli.run", "Run the gateway."),
    "status": ("tillgate.gateway.cli.status", "Show how the running gateway fares."),
    "device": ("tillgate.gateway.cli.device", "Look at devices, act as one."),
    "plugin": ("tillgate.gateway.cli.plugin", "Show the installed device plugins."),
    "lane": ("tillgate.gateway.cli.lane", "Tokens for tills."),
    "config": ("tillgate.gateway.cli.config", "Write and check the settings file."),
    "calc": ("tillgate.gateway.cli.calc", "Price a basket with a programme."),
    "backtest": ("tillgate.gateway.cli.backtest", "Price past receipts under a new programme and an old one."),
    "demo": ("tillgate.gateway.cli.demo", "A small chain on this machine, with simulated devices."),
    "completion": ("tillgate.gateway.cli.completion", "Print the shell's tab completion."),
}


class LazyGroup(click.Group):
    """Lists every command, imports the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("tillgate"):
                raise
            raise click.ClickException(
                f"`{cmd_name}` needs the package {error.name}: install tillgate[gateway]"
            ) from error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("tillgate"), prog_name="tillgate")
def group() -> None:
    """Tillgate: devices, prices and points between a shop's tills and its head office."""


def main() -> None:
    """Entry point. Exit status: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        status: Any = group(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except TillgateError as error:
        tell(error, as_json="--json" in sys.argv, language=asked_of(sys.argv))
        sys.exit(1)
