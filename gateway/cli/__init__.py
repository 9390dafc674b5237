"""The `tillgate` command. Subcommands are imported when they are called, so that each starts as fast as it can."""

from ._main import main

__all__ = ["main"]
