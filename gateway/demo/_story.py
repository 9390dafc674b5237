"""What happens in the demo, in order, and how it is told."""

import json
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ._chain import Chain, Tell
from ._processes import ProgramFailed
from ._stay import stay

__all__ = ["run_demo"]

WAIT_S = 60.0
POLL_S = 0.05


def run_demo(folder: Path | None, *, once: bool, as_json: bool, language: str) -> int:
    """Build the chain, sell twice, tell it. Stays until Ctrl-C unless `once`."""
    console = Console(stderr=as_json)

    def tell(ru: str, en: str) -> None:
        console.print(f"[dim]•[/] {ru if language == 'ru' else en}")

    with _folder(folder) as place:
        chain = Chain(place, language=language, fixed_ports=not once)
        try:
            story = _play(chain, tell)
            if as_json:
                print(json.dumps(story, ensure_ascii=False))  # noqa: T201  What was asked for.
            else:
                _show(console, story, language)
            if not once:
                _show_addresses(console, chain, language)
                stay(console, chain, language)
        finally:
            chain.stop()
    return 0


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="tillgate-demo-") as made:
        yield Path(made)


def _play(chain: Chain, tell: Tell) -> dict[str, Any]:
    chain.start(tell)
    _wait("the programme and the customers to arrive", lambda: _is_stocked(chain))
    customer = next(one for one in chain.seed["customers"] if one["card"])
    goods = [item["ean13"] for item in chain.seed["goods"][:3]]
    goods.append(goods[0])
    tell("Продаю: сканер читает товары и карту", "Selling: the scanner reads goods and a card")
    story = _sale(chain, goods, lambda: chain.scanner.type(customer["card"]))
    _wait("the queue to drain", lambda: chain.info().queue_length == 0)
    central = chain.at_central(customer["card"])
    story["central"] = {"balance": central["balance"], "events": central["events"]}
    tell("Выключаю центр и продаю ещё раз, по магнитной карте", "Stopping the centre and selling again, by magstripe")
    chain.stop_central()
    _wait("the gateway to notice", lambda: not chain.info().online)
    second = _sale(chain, goods[:2], lambda: chain.msr.swipe(customer["card"]))
    queued = chain.info().queue_length
    tell("Включаю центр", "Starting the centre")
    chain.start_central()
    _wait("the queue to drain", lambda: chain.info().online and chain.info().queue_length == 0)
    after = chain.at_central(customer["card"])
    story["offline"] = {
        "queued": queued,
        "drained": queued - chain.info().queue_length,
        "total_minor": int(second["commit"]["answer"]["total_minor"]),
        "gateway_balance": int(second["commit"]["points_balance"]),
        "central_balance": after["balance"],
        "events": after["events"],
    }
    if story["offline"]["gateway_balance"] != after["balance"]:
        raise ProgramFailed(f"balances differ: {story['offline']}")
    return story


def _is_stocked(chain: Chain) -> bool:
    info = chain.info()
    return bool(info.programme_revision) and info.customers_known >= len(chain.seed["customers"])


def _sale(chain: Chain, goods: list[str], show_card: Any) -> dict[str, Any]:
    printed = len(chain.printer.slips)
    till = chain.till(str(uuid.uuid4()))
    try:
        till.start()
        for code in goods:
            chain.scanner.type(code)
            till.line()
        show_card()
        story = till.line()
    finally:
        till.stop()
    slips = chain.printer.slips[printed:]
    story["print"]["text"] = "\n".join(slips)
    return story


def _wait(what: str, condition: Any) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise ProgramFailed(f"waited {WAIT_S:.0f} s for {what}")
        time.sleep(POLL_S)  # Between questions to another program.


def _show(console: Console, story: dict[str, Any], language: str) -> None:
    ru = language == "ru"
    answer, offline = story["quote"]["answer"], story["offline"]
    table = Table.grid(padding=(0, 2))
    rows = [
        (
            "Считано",
            "Scanned",
            f"{len(story['scan']['goods'])} + {story['scan']['card']}, {max(story['scan']['latency_ms'])} ms",
        ),
        ("Покупатель", "Customer", story["identify"]["customer"]["greeting"]),
        ("По прейскуранту", "List price", _money(answer["list_minor"])),
        ("Скидка", "Discount", _money(answer.get("discount_minor", 0))),
        ("К оплате", "To pay", _money(answer["total_minor"])),
        ("Начислено баллов", "Points earned", answer["points"].get("earned", 0)),
        ("Печать", "Print", story["print"]["outcome"]),
        ("Баланс в центре", "Balance at the centre", story["central"]["balance"]),
        (
            "Без центра: в очереди, доставлено",
            "Without the centre: queued, drained",
            f"{offline['queued']}, {offline['drained']}",
        ),
        (
            "Баланс: шлюз = центр",
            "Balance: gateway = centre",
            f"{offline['gateway_balance']} = {offline['central_balance']}",
        ),
    ]
    for russian, english, value in rows:
        table.add_row(russian if ru else english, f"[bold]{value}[/]")
    console.print(table)
    console.print(Panel(Text(story["print"]["text"]), title="Слип" if ru else "Slip", expand=False))


def _show_addresses(console: Console, chain: Chain, language: str) -> None:
    ru, admin = language == "ru", chain.seed["admin"]
    console.print(f"{'Кабинет' if ru else 'Admin'}: {chain.addresses['admin']}  {admin['login']} / {admin['password']}")
    console.print(f"{'Страница техника' if ru else 'Status page'}: {chain.addresses['status']}")
    console.print(f"gRPC: {chain.addresses['gateway']}  {'ключ кассы' if ru else 'lane token'}: {chain.token_file}")


def _money(minor: Any) -> str:
    return f"{int(minor) // 100}.{int(minor) % 100:02d}"
