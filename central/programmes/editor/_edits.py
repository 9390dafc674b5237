"""What of a rule or a setting has changed, member by member, in words."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from tillgate.core.text import Text

from ._fields import Field
from ._goods import SELECTOR
from ._say import Say
from .words import BROKEN, PART_WORDS, give_words, selector_words

__all__ = ["Edit", "edits", "read_or_json"]

Path = tuple[str, ...]
MISSING: Any = object()
SIGNS = {
    "at_least": Text("не меньше", "at least"),
    "more_than": Text("больше", "more than"),
    "at_most": Text("не больше", "at most"),
    "less_than": Text("меньше", "less than"),
}


class Edit(Struct, frozen=True):
    """One member: from what to what; empty where there was or is nothing."""

    label: str
    old: str
    new: str


def edits(old: dict[str, Any], new: dict[str, Any], fields: Sequence[Field], say: Say) -> Iterator[Edit]:
    """Of two objects that `fields` describe. What a member's words pass over is told behind them."""
    described = dict(_described(fields))
    for key in _differing(old, new):
        field = described.get(key)
        label = _label(key, field, say)
        first, second = _words(key, old, field, say), _words(key, new, field, say)
        members = list(_members(old.get(key), new.get(key), field, say, label))
        if first == second or "…" in first + second:
            yield from [edit for _, edit in members] or [Edit(label, *read_or_json(first, second, old, new, key))]
            continue
        yield Edit(label, first, second)
        for path, edit in members:
            if _words(key, {key: _with(old[key], path, new[key])}, field, say) == first:
                yield edit


def read_or_json(first: str, second: str, old: Any, new: Any, key: Any) -> tuple[str, str]:
    """Two words, or the JSON itself where they would not tell one from the other."""
    if first != second and "…" not in (first, second):
        return first, second
    return _json(old, key), _json(new, key)


def _json(holder: Any, key: Any) -> str:
    found = holder.get(key, MISSING) if isinstance(holder, dict) else holder
    return "" if found is MISSING else json.dumps(found, ensure_ascii=False)


def _differing(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    keys = [*new, *(key for key in old if key not in new)]
    return [key for key in keys if key != "children" and old.get(key, MISSING) != new.get(key, MISSING)]


def _described(fields: Sequence[Field]) -> Iterator[tuple[str, Field]]:
    """Every member that the fields are about."""
    for field in fields:
        if field.type == "one_of":
            yield from _described(field.fields)
        elif field.type == "bounds":
            yield from ((sign, Field(key=sign, type=field.of, label=label)) for sign, label in SIGNS.items())
        else:
            yield field.key, field


def _label(key: str, field: Field | None, say: Say) -> str:
    return (say(field.label) if field else "") or key


def _members(old: Any, new: Any, field: Field | None, say: Say, around: str) -> Iterator[tuple[Path, Edit]]:
    """What differs inside two objects of one shape."""
    fields = _shape(old, new, field)
    if fields is None:
        return
    described = dict(_described(fields))
    for key in _differing(old, new):
        inner = described.get(key)
        label = f"{around} · {_label(key, inner, say)}"
        deeper = list(_members(old.get(key), new.get(key), inner, say, label))
        if deeper:
            yield from (((key, *path), edit) for path, edit in deeper)
            continue
        first, second = _plain(old.get(key), inner, say), _plain(new.get(key), inner, say)
        yield (key,), Edit(label, *read_or_json(first, second, old, new, key))


def _shape(old: Any, new: Any, field: Field | None) -> Sequence[Field] | None:
    """The fields of both, if they are objects that the same fields describe."""
    if field is None or not isinstance(old, dict) or not isinstance(new, dict):
        return None
    if field.type == "selector":
        return SELECTOR
    if not field.kinds:
        return field.fields or None
    first, second = (next((kind for kind in field.kinds if kind.key in side), None) for side in (old, new))
    return first.fields if first is not None and first is second else None


def _with(value: Any, path: Path, other: Any) -> Any:
    """The value, but one member as the other one has it."""
    key, *rest = path
    changed = {name: item for name, item in value.items() if name != key}
    if rest:
        return {**changed, key: _with(value[key], tuple(rest), other[key])}
    return {**changed, key: other[key]} if key in other else changed


def _words(key: str, holder: dict[str, Any], field: Field | None, say: Say) -> str:
    value = holder.get(key)
    if value is None:
        return ""
    try:
        if key == "give":
            return give_words(value, say)
        if key in PART_WORDS:
            return PART_WORDS[key](value, say)
    except BROKEN:
        return "…"
    return _plain(value, field, say)


def _plain(value: Any, field: Field | None, say: Say) -> str:
    """A value by itself."""
    if value is None:
        return ""
    if field is not None and field.options:
        return next((say(text) for option, text in field.options if option == value), str(value))
    if field is not None and field.type == "selector":
        return selector_words(value, say) or say("все товары", "all goods")
    if field is not None and field.type == "window":
        return say.window(value)
    if field is not None and field.type == "money":
        return say.money(value)
    if field is not None and field.type in ("points", "percent", "quantity"):
        return say.number(value)
    if isinstance(value, bool):
        return say("да", "yes") if value else say("нет", "no")
    if isinstance(value, dict) and set(value) <= {"ru", "en"}:
        return say.both(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} — {_plain(item, None, say)}" for name, item in value.items())
    if isinstance(value, list):
        between = " — " if value and all(isinstance(item, str) for item in value) and len(value) == 2 else ", "
        return between.join(_plain(item, None, say) for item in value)
    return str(value)
