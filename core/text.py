"""Sentences for people, in both languages of the product."""

from msgspec import Struct

__all__ = ["Text"]


class Text(Struct, frozen=True, gc=False):
    """The same sentence in Russian and in English."""

    ru: str
    en: str
