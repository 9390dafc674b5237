"""Choosing between two languages in the middle of a sentence."""

from typing import Any

from tillgate.core.text import Text

__all__ = ["Say"]

WINDOWS = {
    "all": ("за всё время", "ever"),
    "day": ("за день", "a day"),
    "week": ("за неделю", "a week"),
    "month": ("за месяц", "a month"),
    "year": ("за год", "a year"),
}


class Say:
    """`say("от", "from")` in the language it was made for."""

    def __init__(self, language: str) -> None:
        self.language = "ru" if language == "ru" else "en"
        self.on = self("на", "on")
        self.keys = {
            "equals": "=",
            "every": self("каждая", "every"),
        }
        self.flags = (
            ("exclusive", self("отменяет остальные", "excludes the others")),
            ("always", self("действует всегда", "applies always")),
        )

    def __call__(self, ru: str | Text, en: str = "") -> str:
        text = ru if isinstance(ru, Text) else Text(ru, en)
        return text.ru if self.language == "ru" else text.en

    def window(self, window: Any) -> str:
        """Within which days; nothing else may stand there, but drafts hold anything."""
        kind, _, days = str(window).partition(":")
        if days:
            return self(f"за {days} дн.", f"in {days} days")
        return self(*WINDOWS[kind]) if kind in WINDOWS else str(window)

    def quoted(self, text: Any) -> str:
        """A document's text as somebody's words."""
        return self(f"«{self.both(text)}»", f"“{self.both(text)}”")

    def both(self, text: Any) -> str:
        """A document's text, which may be in one language only."""
        if isinstance(text, dict):
            return str(text.get(self.language) or next(iter(text.values()), ""))
        return str(text)
