"""`tillgate status`: how the running gateway fares, in a terminal."""

import json
from pathlib import Path

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from tillgate.admin.v1 import admin_service_pb2 as api
from tillgate.admin.v1 import admin_service_pb2_grpc as services
from tillgate.pos.v1 import device_service_pb2 as device_api

from ._client import config_option, daemon

__all__ = ["command", "device_table"]


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(config: Path, as_json: bool) -> None:
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
    for problem in status.problems:
        console.print(f"[red]{problem.reason}[/]: {problem.text.en} {problem.detail}")
    console.print(device_table(list(status.devices)))


def device_table(devices: list[device_api.Device]) -> Table:
    """Devices as rows: what, where, how, and what to do when something is wrong."""
    table = Table("device", "category", "at", "state", "needs")
    for device in devices:
        host = device_api.HostState.Name(device.host_state).removeprefix("HOST_STATE_").lower()
        power = device_api.PowerState.Name(device.power_state).removeprefix("POWER_STATE_").lower().replace("_", " ")
        needs = f"{device.problem.text.en} {device.problem.detail}".strip()
        category = MessageToDict(device).get("category", "").removeprefix("DEVICE_CATEGORY_").lower()
        table.add_row(device.device_id, category, device.location, f"{host}, {power}", needs)
    return table
