"""Choosing between two languages in the middle of a sentence, and writing its figures."""

import re
from collections.abc import Callable
from typing import Any

from tillgate.core.figures import count_of, decimal_words, money_frame
from tillgate.core.text import Text

__all__ = ["Say"]

WINDOWS = {
    "all": ("за всё время", "ever"),
    "day": ("за день", "a day"),
    "week": ("за неделю", "a week"),
    "month": ("за месяц", "a month"),
    "year": ("за год", "a year"),
}


DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


class Say:
    """`say("от", "from")` in the language it was made for; money is in the currency of the document."""

    def __init__(self, language: str, currency: Any = "") -> None:
        self.language = "ru" if language == "ru" else "en"
        self.currency = currency if isinstance(currency, str) else ""
        self.on = self("на", "on")
        self.keys: dict[str, Callable[[Any], str]] = {
            "equals": lambda value: f"= {value}",
            "every": lambda value: self(f"каждая {value}-я", f"every {value}"),
        }
        self.flags = (
            ("exclusive", self("отменяет остальные", "excludes the others")),
            ("always", self("действует всегда", "applies always")),
        )

    def __call__(self, ru: str | Text, en: str = "") -> str:
        text = ru if isinstance(ru, Text) else Text(ru, en)
        return text.ru if self.language == "ru" else text.en

    def number(self, value: Any) -> str:
        """A document's decimal as people write it: `1 234,5` or `1,234.5`; whatever else stands there stays."""
        text = str(value)
        if not DECIMAL.fullmatch(text):
            return text
        fraction = text.partition(".")[2]
        return decimal_words(int(text.replace(".", "")), len(fraction), self.language)

    def money(self, value: Any) -> str:
        """`100,00 ₽`, `₽100.00`."""
        number = self.number(value)
        if not self.currency or not DECIMAL.fullmatch(str(value)):
            return number
        before, after = money_frame(self.currency, self.language)
        return f"{before}{number}{after}"

    def count(self, value: Any, what: str) -> str:
        """`1 балл`, `2 балла`, `5 баллов`, `1,5 балла`."""
        text = str(value)
        many = 2 if DECIMAL.fullmatch(text) else 5
        _, word = self(count_of(int(text) if text.isdecimal() else many, what)).split(" ")
        return f"{self.number(value)} {word}"

    def days(self, value: Any) -> str:
        """`3 дн.`, for Russian cases differ with the sentence; `1 day`."""
        return f"{value} дн." if self.language == "ru" else self.count(value, "day")

    def window(self, window: Any) -> str:
        """Within which days; nothing else may stand there, but drafts hold anything."""
        kind, _, days = str(window).partition(":")
        if days:
            return f"{self('за', 'in')} {self.days(days)}"
        return self(*WINDOWS[kind]) if kind in WINDOWS else str(window)

    def quoted(self, text: Any) -> str:
        """A document's text as somebody's words."""
        return self(f"«{self.both(text)}»", f"“{self.both(text)}”")

    def both(self, text: Any) -> str:
        """A document's text, which may be in one language only."""
        if isinstance(text, dict):
            return str(text.get(self.language) or next(iter(text.values()), ""))
        return str(text)
