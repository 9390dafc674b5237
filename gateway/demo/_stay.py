"""The demo after its story: a prompt to scan and swipe by hand, or just waiting for Ctrl-C."""

import signal
import sys
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from ._chain import Chain

__all__ = ["stay"]

HELP = {
    "ru": "Цифры: скан ({goods}; карта {card}). swipe НОМЕР: провести карту. paper out, paper in. Ctrl-C: конец.",
    "en": "Digits: scan a code ({goods}; card {card}). swipe NUMBER: swipe a card. paper out, paper in. Ctrl-C: end.",
}


def stay(console: Console, chain: "Chain", language: str) -> None:
    """Until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if not sys.stdin.isatty():
            console.print("Ctrl-C завершает." if language == "ru" else "Ctrl-C ends.")
            signal.pause()
        goods = ", ".join(item["ean13"] for item in chain.seed["goods"][:2])
        card = next(one["card"] for one in chain.seed["customers"] if one["card"])
        told = HELP[language].format(goods=goods, card=card)
        console.print(told, highlight=False)
        for line in sys.stdin:
            console.print("✓" if _act(chain, line.split()) else told, highlight=False)
    except KeyboardInterrupt:
        console.print()


def _act(chain: "Chain", words: list[str]) -> bool:
    """Do what was typed; False for what is no command."""
    match words:
        case ["swipe", number]:
            return bool(chain.msr.swipe(number))
        case ["paper", "out"]:
            chain.printer.fault("paper_out")
        case ["paper", "in"]:
            chain.printer.clear()
        case [code] if code.isdigit():
            return bool(chain.scanner.type(code))
        case _:
            return False
    return True
