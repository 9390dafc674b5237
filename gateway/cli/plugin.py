"""`tillgate plugin`: which device plugins are installed."""

import json

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tillgate.core import Text
from tillgate.plugins.sdk import find_manifests

from ._language import Language, language_option, say

__all__ = ["command"]

_HEADINGS = (Text("плагин", "plugin"), Text("версия", "version"), Text("драйверы", "drivers"))
_UNUSABLE = Text("не годится", "cannot be used")


@click.group()
def command() -> None:
    """Device plugins."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@language_option
def list_(as_json: bool, language: Language) -> None:
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
    table = Table(*(say(heading, language) for heading in _HEADINGS), "", title=None)
    for found in plugins.found:
        manifest = found.manifest
        drivers = ", ".join(f"{driver.name} ({driver.category})" for driver in manifest.drivers)
        title = manifest.title.ru if language == "ru" else manifest.title.en
        table.add_row(manifest.id, manifest.version, drivers, title)
    for name, error in plugins.failed:
        table.add_row(name, "", f"[red]{say(_UNUSABLE, language)}[/]", escape(str(error)))
    Console().print(table)
