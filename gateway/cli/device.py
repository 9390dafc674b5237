"""`tillgate device`: look at devices, or stand in for one."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console

from tillgate.plugins.sdk import find_plugin
from tillgate.plugins.sdk.twins import make_twin
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.pos.v1 import device_service_pb2_grpc as services

from ._client import config_option, daemon
from .status import device_table

__all__ = ["command"]


@click.group()
def command() -> None:
    """Look at devices, act as one."""


@command.command(name="list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_(config: Path, as_json: bool) -> None:
    """Show every bound device of the running gateway."""
    with daemon(config) as channel:
        devices = services.DeviceServiceStub(channel).ListDevices(api.ListDevicesRequest(), timeout=10.0).devices
    if as_json:
        rows = [MessageToDict(device, preserving_proto_field_name=True) for device in devices]
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        Console().print(device_table(list(devices)))


@command.command()
@click.argument("plugin")
@click.option("--location", default="", help="A path for a serial port, host:port for TCP. Default: a free one.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A setting of the twin; may be repeated.")
def twin(plugin: str, location: str, given: tuple[str, ...]) -> None:
    """Stand in for a device of PLUGIN: prints where it is, then takes one command a line until the end of input."""
    device = make_twin(find_plugin(plugin), location=location, settings=dict(_pair(item) for item in given))
    device.start()
    try:
        click.echo(json.dumps({"location": device.location, "commands": list(device.commands)}))
        for line in sys.stdin:
            if line.strip():
                click.echo(json.dumps(_act(device, line.rstrip("\n")), ensure_ascii=False))
    finally:
        device.stop()


def _pair(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals:
        raise click.BadParameter(f"{item!r} is not NAME=VALUE")
    return name, value


def _act(device: Any, line: str) -> dict[str, Any]:
    """One command: a method with the rest of the line as its argument, or a thing to look at."""
    name, _, rest = line.partition(" ")
    if name not in device.commands:
        return {"error": f"no command {name!r}; there are {', '.join(device.commands)}"}
    found = getattr(device, name)
    try:
        done = (found(rest) if rest else found()) if callable(found) else found
    except (TypeError, ValueError) as error:
        return {"error": str(error)}
    return {name: done}
