"""`tillgate lane`: tokens for tills."""

import json
from pathlib import Path

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from tillgate.admin.v1 import admin_service_pb2 as api
from tillgate.admin.v1 import admin_service_pb2_grpc as services

from ._client import config_option, daemon

__all__ = ["command"]

TIMEOUT_S = 10.0
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def command() -> None:
    """Tokens for tills."""


@command.command()
@click.argument("lane_id")
@click.option("--role", type=click.Choice(["cashier", "supervisor"]), default="cashier", show_default=True)
@config_option
@json_option
def add(lane_id: str, role: str, config: Path, as_json: bool) -> None:
    """Make the token of LANE_ID. It is shown once and stored only as a hash."""
    with daemon(config) as channel:
        request = api.AddLaneRequest(lane_id=lane_id, role=api.LaneRole.Value(f"LANE_ROLE_{role.upper()}"))
        answer = services.AdminServiceStub(channel).AddLane(request, timeout=TIMEOUT_S)
    if as_json:
        click.echo(json.dumps({"lane_id": lane_id, "role": role, "token": answer.token}))
    else:
        click.echo(f"Lane {lane_id} ({role}). Its token, shown this once:\n\n    {answer.token}\n")
        click.echo("Give it with every call as metadata `authorization: Bearer TOKEN`.")


@command.command(name="list")
@config_option
@json_option
def list_(config: Path, as_json: bool) -> None:
    """Show every lane."""
    with daemon(config) as channel:
        lanes = services.AdminServiceStub(channel).ListLanes(api.ListLanesRequest(), timeout=TIMEOUT_S).lanes
    if as_json:
        click.echo(json.dumps([MessageToDict(lane, preserving_proto_field_name=True) for lane in lanes]))
        return
    if not lanes:
        click.echo("No lanes yet: `tillgate lane add till-1` makes the first token.")
        return
    table = Table("lane", "role", "since")
    for lane in lanes:
        role = api.LaneRole.Name(lane.role).removeprefix("LANE_ROLE_").lower()
        table.add_row(lane.lane_id, role, f"{lane.create_time.ToDatetime():%Y-%m-%d %H:%M}")
    Console().print(table)


@command.command()
@click.argument("lane_id")
@config_option
def revoke(lane_id: str, config: Path) -> None:
    """End the token of LANE_ID at once."""
    with daemon(config) as channel:
        services.AdminServiceStub(channel).RevokeLane(api.RevokeLaneRequest(lane_id=lane_id), timeout=TIMEOUT_S)
    click.echo(f"Lane {lane_id}: its token no longer works.")
