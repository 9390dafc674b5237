"""What tills hear of the words that an administrator, or an import, has put into a customer's JSON columns."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Told", "told_words"]


@dataclass(frozen=True, slots=True)
class Told:
    """Segments and attributes as texts; not `complete` if some were left out, for no text can say them."""

    segments: tuple[str, ...]
    attributes: Mapping[str, str]
    complete: bool


def told_words(segments: Any, attributes: Any) -> Told:
    """Of both columns as they came from the database."""
    words = [_word(segment) for segment in _read(segments, list)]
    pairs = [(_word(key), _word(value)) for key, value in _read(attributes, dict).items()]
    said = tuple(word for word in words if word is not None)
    attributes = {key: value for key, value in pairs if key is not None and value is not None}
    return Told(said, attributes, len(said) == len(words) and len(attributes) == len(pairs))


def _read(value: Any, kind: type) -> Any:
    read = json.loads(value) if isinstance(value, str | bytes) else value
    return read if isinstance(read, kind) else kind()


def _word(value: Any) -> str | None:
    """As text, or nothing if UTF-8 cannot say it: JSON may hold half of a surrogate pair."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text
