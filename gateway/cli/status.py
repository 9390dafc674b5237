"""`tillgate status`: how the running gateway fares, in a terminal."""

import json
from pathlib import Path
from typing import Any

import click
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text as Styled

from tillgate.admin.v1 import admin_service_pb2 as api
from tillgate.admin.v1 import admin_service_pb2_grpc as services
from tillgate.core import Text
from tillgate.pos.v1 import device_service_pb2 as device_api

from ._client import config_option, daemon
from ._language import Language, language_option, say

__all__ = ["command", "device_table", "show_problems"]

NO_STORE = Text("магазин ещё не известен", "store not known yet")
ONLINE = Text("[green]на связи[/]", "[green]online[/]")
OFFLINE = Text("[red]нет связи[/]", "[red]offline[/]")
LINK = Text("Центр: {} с {:%Y-%m-%d %H:%M:%S} UTC, в очереди {}", "Centre: {} since {:%Y-%m-%d %H:%M:%S} UTC, queue {}")
REVISION = Text("{}, редакция {}", "{} revision {}")
NO_PROGRAMME = Text("[red]нет[/]", "[red]none[/]")
PROGRAMME = Text(
    "Программа: {}; покупателей известно: {}; продаж сегодня: {}", "Programme: {}; customers known: {}; sales today: {}"
)
HEADS = (
    Text("устройство", "device"),
    Text("вид", "category"),
    Text("где", "at"),
    Text("состояние", "state"),
)
#: Of a driver's process and of the device behind it; in English they are called as in the contract.
STATES = {
    "starting": "запускается",
    "ready": "готово",
    "backoff": "перезапуск",
    "quarantined": "в карантине",
    "incompatible": "несовместимо",
    "stopped": "остановлено",
    "online": "на связи",
    "off offline": "нет связи",
}


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@language_option
def command(config: Path, as_json: bool, language: Language) -> None:
    """Show store, programme, connection, queue, devices and what needs attention."""
    with daemon(config) as channel:
        status = services.AdminServiceStub(channel).GetStatus(api.GetStatusRequest(), timeout=10.0)
    if as_json:
        click.echo(json.dumps(MessageToDict(status, preserving_proto_field_name=True), ensure_ascii=False, indent=2))
        return
    console, info, devices = Console(), status.info, list(status.devices)

    def told(text: Text, *figures: Any) -> str:
        return say(text, language).format(*figures)

    store = escape(info.store_name) or told(NO_STORE)
    console.print(f"[bold]{escape(info.gateway_id)}[/] · {store} · Tillgate {info.version}")
    link = told(ONLINE if info.online else OFFLINE)
    console.print(told(LINK, link, info.since_time.ToDatetime(), info.queue_length))
    named = bool(info.programme_id)
    programme = escape(told(REVISION, info.programme_id, info.programme_revision)) if named else told(NO_PROGRAMME)
    console.print(told(PROGRAMME, programme, info.customers_known, status.purchases_today))
    console.print(device_table(devices, language))
    show_problems(console, list(status.problems), devices, language)


def device_table(devices: list[device_api.Device], language: Language) -> Table:
    """Devices as rows: what, where, how."""
    first, category, at, state = (say(head, language) for head in HEADS)
    table = Table(first, category, Column(at, overflow="fold"), state)
    for device in devices:
        host = device_api.HostState.Name(device.host_state).removeprefix("HOST_STATE_")
        power = device_api.PowerState.Name(device.power_state).removeprefix("POWER_STATE_")
        words = [word.lower().replace("_", " ") for word in (host, power)]
        shown = ", ".join(STATES.get(word, word) if language == "ru" else word for word in words)
        kind = MessageToDict(device).get("category", "").removeprefix("DEVICE_CATEGORY_").lower()
        table.add_row(device.device_id, kind, escape(device.location), shown)
    return table


def show_problems(
    console: Console, problems: list[device_api.Problem], devices: list[device_api.Device], language: Language
) -> None:
    """What needs attention, a line each, whole: first the gateway's own, then the devices'."""
    found = [("", problem) for problem in problems]
    found += [(f"{device.device_id}: ", device.problem) for device in devices if device.HasField("problem")]
    for whose, problem in found:
        text = problem.text.ru if language == "ru" else problem.text.en
        console.print(Styled(f"{whose}{text}", style="red"), Styled(problem.detail, style="dim"), soft_wrap=True)
