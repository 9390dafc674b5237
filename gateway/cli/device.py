"""`tillgate device`: look at devices, or stand in for one."""

import json
import sys
from pathlib import Path

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console

from tillgate.plugins.sdk import find_plugin
from tillgate.plugins.sdk.twin_runner import serve
from tillgate.plugins.sdk.twins import make_twin
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.pos.v1 import device_service_pb2_grpc as services

from ._client import config_option, daemon
from ._language import Language, language_option
from .status import device_table, show_problems

__all__ = ["command"]


@click.group()
def command() -> None:
    """Look at devices, act as one."""


@command.command(name="list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@language_option
def list_(config: Path, as_json: bool, language: Language) -> None:
    """Show every bound device of the running gateway."""
    with daemon(config) as channel:
        devices = services.DeviceServiceStub(channel).ListDevices(api.ListDevicesRequest(), timeout=10.0).devices
    if as_json:
        rows = [MessageToDict(device, preserving_proto_field_name=True) for device in devices]
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        console = Console()
        console.print(device_table(list(devices), language))
        show_problems(console, [], list(devices), language)


@command.command()
@click.argument("plugin")
@click.option("--driver", default="", help="A driver of the plugin; not needed when there is one.")
@click.option("--location", default="", help="A path for a serial port, host:port for TCP. Default: a free one.")
@click.option("--settings", default="{}", help="The twin's own settings, JSON.")
def twin(plugin: str, driver: str, location: str, settings: str) -> None:
    """Stand in for a device of PLUGIN: prints where it is, then takes one command a line until the end of input."""
    found = find_plugin(plugin)
    described = found.manifest.driver(driver).twin
    try:
        given = json.loads(settings)
    except json.JSONDecodeError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--settings") from error
    device = make_twin(found, driver, location, given)
    serve(device, described.faults if described else (), sys.stdin, sys.stdout)
