"""What a description of a document is made of."""

from typing import Any

from msgspec import Struct

from tillgate.core.text import Text

__all__ = ["Field", "Kind", "field", "kind", "plain"]


class Kind(Struct, frozen=True, kw_only=True):
    """One of several shapes that an object may have; `key` is the member that gives it away."""

    key: str
    label: Text
    fields: tuple["Field", ...]
    #: The smallest good value, which a form begins with.
    start: Any
    help: Text | None = None


class Field(Struct, frozen=True, kw_only=True):
    """A member of an object and how it is asked for.

    `bounds` and `one_of` stand for several members of the object they are in; their own key is empty.
    """

    key: str
    #: Of the widget: money, percent, points, quantity, count, text, both, flag, yes, const, choice, day, moment,
    #: dates, weekdays, hours, window, names, bounds, one_of, object, list, pairs, map, variants, condition, conditions,
    #: selector, hidden.
    type: str
    label: Text
    help: Text | None = None
    required: bool = False
    #: Shown behind "more" until it is there.
    rare: bool = False
    #: Always behind "more".
    quiet: bool = False
    #: What holds when it is missing.
    default: str = ""
    options: tuple[tuple[str, Text], ...] = ()
    fields: tuple["Field", ...] = ()
    kinds: tuple[Kind, ...] = ()
    #: The type of bounds, of a map's values, of the first of a pair.
    of: str = ""
    #: Which of the page's lists helps with typing.
    suggest: str = ""
    #: Asked for only while another member has one of these values (or misses one: an empty value).
    only: tuple[str, tuple[str, ...]] | None = None
    start: Any = None


def field(key: str, widget: str, ru: str, en: str, hint: tuple[str, str] | None = None, **more: Any) -> Field:
    """A Field with less to write."""
    return Field(key=key, type=widget, label=Text(ru, en), help=Text(*hint) if hint else None, **more)


def kind(key: str, ru: str, en: str, start: Any, *fields: Field, hint: tuple[str, str] | None = None) -> Kind:
    """A Kind with less to write."""
    return Kind(key=key, label=Text(ru, en), start=start, fields=fields, help=Text(*hint) if hint else None)


def plain(value: Any, language: str) -> Any:
    """A description as JSON with its texts in one language and without what says nothing."""
    if isinstance(value, Text):
        return value.ru if language == "ru" else value.en
    if isinstance(value, tuple):
        return [plain(item, language) for item in value]
    if isinstance(value, Field | Kind):
        named = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: plain(item, language) for name, item in named if item not in (None, "", (), False)}
    return value
