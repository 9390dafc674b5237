"""`tillgate device`: look at devices, or stand in for one."""

import json
from pathlib import Path

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console

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
