"""`tillgate demo`: a small chain on this machine."""

from pathlib import Path

import click

from tillgate.gateway.demo import run_demo

from ._language import language_option

__all__ = ["command"]


@click.command()
@click.option("--once", is_flag=True, help="End after the story instead of staying up.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the story; implies --once.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep the demo's files here.")
@language_option
def command(once: bool, as_json: bool, folder: Path | None, language: str) -> int:
    """Fill a chain of two stores, sell over gRPC with simulated devices, go offline, sell again, and show it."""
    return run_demo(folder, once=once or as_json, as_json=as_json, language=language)
