"""A name or a sentence in a manifest, in both languages."""

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["ManifestText"]

Sentence = Annotated[str, Meta(min_length=1, max_length=400)]


class ManifestText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same in Russian and in English."""

    ru: Sentence
    en: Sentence
