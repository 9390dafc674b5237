"""Choosing between two languages in the middle of a sentence."""

from typing import Any

from tillgate.core.text import Text

__all__ = ["Say"]


class Say:
    """`say("от", "from")` in the language it was made for."""

    def __init__(self, language: str) -> None:
        self.language = "ru" if language == "ru" else "en"
        self.on = self("на", "on")
        self.keys = {
            "equals": "=",
            "every": self("каждая", "every"),
            "days": "≤",
            "window": self("за", "within"),
            "basis": self("считая", "counted"),
        }
        self.flags = (
            ("exclusive", self("отменяет остальные", "excludes the others")),
            ("always", self("действует всегда", "applies always")),
        )

    def __call__(self, ru: str | Text, en: str = "") -> str:
        text = ru if isinstance(ru, Text) else Text(ru, en)
        return text.ru if self.language == "ru" else text.en

    def quoted(self, text: Any) -> str:
        """A document's text as somebody's words."""
        return self(f"«{self.both(text)}»", f"“{self.both(text)}”")

    def both(self, text: Any) -> str:
        """A document's text, which may be in one language only."""
        if isinstance(text, dict):
            return str(text.get(self.language) or next(iter(text.values()), ""))
        return str(text)
