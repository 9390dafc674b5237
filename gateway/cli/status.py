"""`tillgate status`: how the running gateway fares, in a terminal."""

import json
from pathlib import Path

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tillgate.admin.v1 import admin_service_pb2 as api
from tillgate.admin.v1 import admin_service_pb2_grpc as services
from tillgate.pos.v1 import device_service_pb2 as device_api

from ._client import config_option, daemon
from ._language import language_option

__all__ = ["command", "device_table", "show_problems"]


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@language_option
def command(config: Path, as_json: bool, language: str) -> None:
    """Show store, programme, connection, queue, devices and what needs attention."""
    with daemon(config) as channel:
        status = services.AdminServiceStub(channel).GetStatus(api.GetStatusRequest(), timeout=10.0)
    if as_json:
        click.echo(json.dumps(MessageToDict(status, preserving_proto_field_name=True), ensure_ascii=False, indent=2))
        return
    console, info = Console(), status.info
    console.print(f"[bold]{info.gateway_id}[/] · {info.store_name or 'store not known yet'} · Tillgate {info.version}")
    link = "[green]online[/]" if info.online else "[red]offline[/]"
    console.print(
        f"Centre: {link} since {info.since_time.ToDatetime():%Y-%m-%d %H:%M:%S} UTC, queue {info.queue_length}"
    )
    programme = f"{info.programme_id} revision {info.programme_revision}" if info.programme_id else "[red]none[/]"
    console.print(
        f"Programme: {programme}; customers known: {info.customers_known}; sales today: {status.purchases_today}"
    )
    devices = list(status.devices)
    console.print(device_table(devices))
    show_problems(console, list(status.problems), devices, language)


def device_table(devices: list[device_api.Device]) -> Table:
    """Devices as rows: what, where, how."""
    table = Table("device", "category", Column("at", overflow="fold"), "state")
    for device in devices:
        host = device_api.HostState.Name(device.host_state).removeprefix("HOST_STATE_").lower()
        power = device_api.PowerState.Name(device.power_state).removeprefix("POWER_STATE_").lower().replace("_", " ")
        category = MessageToDict(device).get("category", "").removeprefix("DEVICE_CATEGORY_").lower()
        table.add_row(device.device_id, category, device.location, f"{host}, {power}")
    return table


def show_problems(
    console: Console, problems: list[device_api.Problem], devices: list[device_api.Device], language: str
) -> None:
    """What needs attention, a line each, whole: first the gateway's own, then the devices'."""
    found = [("", problem) for problem in problems]
    found += [(f"{device.device_id}: ", device.problem) for device in devices if device.HasField("problem")]
    for whose, problem in found:
        text = problem.text.ru if language == "ru" else problem.text.en
        console.print(Text(f"{whose}{text}", style="red"), Text(problem.detail, style="dim"), soft_wrap=True)
