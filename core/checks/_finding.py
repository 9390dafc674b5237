"""What is wrong with a programme that could be read."""

from msgspec import Struct

from tillgate.core.text import Text

__all__ = ["Finding", "finding"]


class Finding(Struct, frozen=True):
    """Where, a stable reason (CONTRADICTION, GIVES_NOTHING, UNREACHABLE, DUPLICATE), and why, for people."""

    path: str
    reason: str
    text: Text


def finding(path: str, reason: str, en: str, ru: str) -> Finding:
    """In the order in which readers of documents refuse."""
    return Finding(path, reason, Text(ru, en))
