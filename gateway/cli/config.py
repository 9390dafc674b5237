"""`tillgate config`: a commented default file, and a check of one."""

import json
import textwrap
from pathlib import Path
from typing import Any

import click
import msgspec

from tillgate.core.errors import SettingsInvalid
from tillgate.gateway.settings import Settings, load_settings

from ._language import Language, language_option

__all__ = ["command", "default_document"]

DEVICE_EXAMPLE = """
# One section for each device. The plugin names its own settings; see docs/reference/devices.md.
#
# [[devices]]
# id = "scanner-1"
# plugin = "serial_scanner"
# transport.serial = { port = "/dev/serial/by-id/usb-Example_Scanner-if00", baud_rate = 9600 }
#
# [[devices]]
# id = "printer-1"
# plugin = "escpos_printer"
# transport.tcp = { host = "192.168.1.50", port = 9100 }
# settings = { profile = "epson" }
"""


@click.group()
def command() -> None:
    """Write and check the settings file."""


@command.command()
@click.option("--gateway-id", default="gateway-1", show_default=True, help="Put this id into the file.")
def default(gateway_id: str) -> None:
    """Print a settings file with every key, its meaning and its default."""
    click.echo(default_document(gateway_id), nl=False)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default="tillgate.toml")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@language_option
def check(file: Path, as_json: bool, language: Language) -> None:
    """Read FILE (default tillgate.toml) and say what is wrong with it, or that nothing is."""
    settings = load_settings(file)
    _check_devices(settings, file)
    token = settings.path(settings.uplink.token_file)
    if settings.uplink.address and not token.exists():
        raise SettingsInvalid(
            f"{file}: {token} does not exist; head office gives the token", path="$.uplink.token_file"
        )
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(settings), ensure_ascii=False, indent=2))
    elif language == "ru":
        click.echo(f"{file}: в порядке: шлюз {settings.gateway_id}, устройств: {len(settings.devices)}")
    else:
        click.echo(f"{file}: fine: gateway {settings.gateway_id}, devices: {len(settings.devices)}")


def _check_devices(settings: Settings, file: Path) -> None:
    """What the daemon would find when it brings devices and plugins together."""
    from tillgate.gateway.devices import bind
    from tillgate.plugins.sdk import find_manifests

    plugins = find_manifests() if settings.devices else None
    for index, device in enumerate(settings.devices):
        assert plugins is not None
        problem = bind(device, plugins).problem
        if problem is not None:
            raise SettingsInvalid(f"{file}: device {device.id}: {problem[1]}", path=f"$.devices[{index}]")


def default_document(gateway_id: str) -> str:
    """The settings file, made from the types that read it."""
    schema = msgspec.json.schema(Settings)["$defs"]
    sections = [_keys(schema["Settings"], {"gateway_id": gateway_id})]
    for name in ("api", "web", "uplink"):
        section = schema[f"{name.capitalize()}Settings"]
        sections.append(f"# {section['description']}\n[{name}]\n" + _keys(section, {}))
    return "\n".join(sections) + DEVICE_EXAMPLE


def _keys(schema: dict[str, Any], given: dict[str, str]) -> str:
    lines = []
    for name, rule in schema["properties"].items():
        if "description" not in rule:
            continue
        lines += textwrap.wrap(rule["description"], 98, initial_indent="# ", subsequent_indent="# ")
        lines.append(f"{name} = {json.dumps(given.get(name, rule.get('default')))}")
    return "\n".join(lines) + "\n"
