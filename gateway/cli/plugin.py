"""`tillgate plugin`: which device plugins are installed."""

import json

import click
from rich.console import Console
from rich.table import Table

from tillgate.plugins.sdk import find_manifests

__all__ = ["command"]


@click.group()
def command() -> None:
    """Device plugins."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(as_json: bool) -> None:
    """Show every installed plugin with its drivers, and every one that cannot be used with the reason."""
    plugins = find_manifests()
    if as_json:
        rows = [
            {"id": one.manifest.id, "version": one.manifest.version, "drivers": [d.name for d in one.manifest.drivers]}
            for one in plugins.found
        ]
        failed = [{"id": name, "error": str(error)} for name, error in plugins.failed]
        click.echo(json.dumps({"plugins": rows, "failed": failed}, ensure_ascii=False))
        return
    table = Table("plugin", "version", "drivers", "", title=None)
    for found in plugins.found:
        manifest = found.manifest
        drivers = ", ".join(f"{driver.name} ({driver.category})" for driver in manifest.drivers)
        table.add_row(manifest.id, manifest.version, drivers, f"{manifest.title.en} · {manifest.title.ru}")
    for name, error in plugins.failed:
        table.add_row(name, "", "[red]cannot be used[/]", str(error))
    Console().print(table)
