"""`tillgate demo`: a small chain on this machine."""

import locale
from pathlib import Path

import click

from tillgate.gateway.demo import run_demo

__all__ = ["command"]


@click.command()
@click.option("--once", is_flag=True, help="End after the story instead of staying up.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the story; implies --once.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep the demo's files here.")
@click.option("--language", type=click.Choice(["ru", "en"]), help="Default: the locale's, else English.")
def command(once: bool, as_json: bool, folder: Path | None, language: str | None) -> int:
    """Fill a chain of two stores, sell over gRPC with simulated devices, go offline, sell again, and show it."""
    if language is None:
        language = "ru" if (locale.getlocale()[0] or "").startswith("ru") else "en"
    return run_demo(folder, once=once or as_json, as_json=as_json, language=language)
