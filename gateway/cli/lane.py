"""`tillgate lane`: tokens for tills."""

import json
from pathlib import Path

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from tillgate.admin.v1 import admin_service_pb2 as api
from tillgate.admin.v1 import admin_service_pb2_grpc as services
from tillgate.core import Text

from ._client import config_option, daemon
from ._language import Language, language_option, say

__all__ = ["command"]

TIMEOUT_S = 10.0
ADDED = Text("Касса {} ({}). Её ключ, показан один раз:", "Lane {} ({}). Its token, shown this once:")
GIVE = Text(
    "Передавайте его с каждым вызовом в метаданных: `authorization: Bearer КЛЮЧ`.",
    "Give it with every call as metadata `authorization: Bearer TOKEN`.",
)
NONE_YET = Text(
    "Касс пока нет: `tillgate lane add till-1` выдаст первый ключ.",
    "No lanes yet: `tillgate lane add till-1` makes the first token.",
)
REVOKED = Text("Касса {}: её ключ больше не действует.", "Lane {}: its token no longer works.")
HEADS = (Text("касса", "lane"), Text("роль", "role"), Text("с", "since"))
ROLES = {"cashier": Text("кассир", "cashier"), "supervisor": Text("старший кассир", "supervisor")}
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def command() -> None:
    """Tokens for tills."""


@command.command()
@click.argument("lane_id")
@click.option("--role", type=click.Choice(["cashier", "supervisor"]), default="cashier", show_default=True)
@config_option
@json_option
@language_option
def add(lane_id: str, role: str, config: Path, as_json: bool, language: Language) -> None:
    """Make the token of LANE_ID. It is shown once and stored only as a hash."""
    with daemon(config) as channel:
        request = api.AddLaneRequest(lane_id=lane_id, role=api.LaneRole.Value(f"LANE_ROLE_{role.upper()}"))
        answer = services.AdminServiceStub(channel).AddLane(request, timeout=TIMEOUT_S)
    if as_json:
        click.echo(json.dumps({"lane_id": lane_id, "role": role, "token": answer.token}))
    else:
        click.echo(f"{say(ADDED, language).format(lane_id, say(ROLES[role], language))}\n\n    {answer.token}\n")
        click.echo(say(GIVE, language))


@command.command(name="list")
@config_option
@json_option
@language_option
def list_(config: Path, as_json: bool, language: Language) -> None:
    """Show every lane."""
    with daemon(config) as channel:
        lanes = services.AdminServiceStub(channel).ListLanes(api.ListLanesRequest(), timeout=TIMEOUT_S).lanes
    if as_json:
        click.echo(json.dumps([MessageToDict(lane, preserving_proto_field_name=True) for lane in lanes]))
        return
    if not lanes:
        click.echo(say(NONE_YET, language))
        return
    table = Table(*(say(head, language) for head in HEADS))
    for lane in lanes:
        role = api.LaneRole.Name(lane.role).removeprefix("LANE_ROLE_").lower()
        since = f"{lane.create_time.ToDatetime():%Y-%m-%d %H:%M}"
        table.add_row(lane.lane_id, say(ROLES.get(role, Text(role, role)), language), since)
    Console().print(table)


@command.command()
@click.argument("lane_id")
@config_option
@language_option
def revoke(lane_id: str, config: Path, language: Language) -> None:
    """End the token of LANE_ID at once."""
    with daemon(config) as channel:
        services.AdminServiceStub(channel).RevokeLane(api.RevokeLaneRequest(lane_id=lane_id), timeout=TIMEOUT_S)
    click.echo(say(REVOKED, language).format(lane_id))
