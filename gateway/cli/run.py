"""`tillgate run`: the daemon."""

import asyncio
from pathlib import Path

import click

from tillgate.gateway.daemon import serve
from tillgate.gateway.settings import load_settings

from ._client import config_option

__all__ = ["command"]


@click.command()
@config_option
def command(config: Path) -> int:
    """Run the gateway until SIGTERM or Ctrl-C. Prints one JSON line with its addresses when it is ready."""
    return asyncio.run(serve(load_settings(config), ready=click.echo))
