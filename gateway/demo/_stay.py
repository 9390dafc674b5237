"""The demo after its story: a prompt to scan and swipe by hand, or just waiting for Ctrl-C."""

import signal
import sys
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from ._chain import Chain

__all__ = ["stay"]

HELP = {
    "ru": "Введите код, чтобы сосканировать; swipe НОМЕР; paper out, paper in; Ctrl-C завершает.",
    "en": "Type a code to scan it; swipe NUMBER; paper out, paper in; Ctrl-C ends.",
}


def stay(console: Console, chain: "Chain", language: str) -> None:
    """Until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if not sys.stdin.isatty():
            console.print("Ctrl-C завершает." if language == "ru" else "Ctrl-C ends.")
            signal.pause()
        console.print(HELP[language])
        for line in sys.stdin:
            _act(chain, line.strip())
    except KeyboardInterrupt:
        console.print()


def _act(chain: "Chain", line: str) -> None:
    match line.split():
        case []:
            return
        case ["swipe", number]:
            chain.msr.swipe(number)
        case ["paper", "out"]:
            chain.printer.fault("paper_out")
        case ["paper", "in"]:
            chain.printer.clear()
        case _:
            chain.scanner.type(line)
