"""What changed between two documents, rule by rule, in words."""

import json
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from ._document import GROUP, MODES, RULE_BY_STAGE, SECTIONS
from ._fields import Field
from ._say import Say
from ._words_effect import effect_words
from .words import BROKEN, PART_WORDS, rule_words, section_words

__all__ = ["Change", "differences"]


#: Before the names of the three roots, so that no group is called like them.
ROOT = "\0"


class Edit(Struct, frozen=True):
    """One key: from what to what; empty where there was or is nothing."""

    label: str
    old: str
    new: str


class Change(Struct, frozen=True, kw_only=True):
    """One rule, group or section: `added`, `removed`, `changed` or `moved`."""

    kind: str
    name: str
    words: str = ""
    edits: tuple[Edit, ...] = ()


class _Place(Struct, frozen=True):
    node: dict[str, Any]
    parent: str
    stage: str
    #: Where it stands among its siblings.
    position: int


def differences(old: Any, new: Any, language: str) -> list[Change]:
    """Removed rules, then what is new or changed in the order of the new document, then the settings."""
    say = Say(language)
    before, after = dict(_places(old)), dict(_places(new))
    found = [
        Change(kind="removed", name=_name(place.node, say), words=_words(place, say))
        for key, place in before.items()
        if key not in after
    ]
    moved = _moved(before, after)
    for key, place in after.items():
        if key not in before:
            found.append(Change(kind="added", name=_name(place.node, say), words=_words(place, say)))
            continue
        edits = _edits(before[key], place, say)
        if edits:
            found.append(Change(kind="changed", name=_name(place.node, say), edits=tuple(edits)))
        if key in moved:
            where = say("теперь в группе «", "now in the group “") + place.parent + say("»", "”")
            words = where if before[key].parent != place.parent else say("другой порядок", "another place in the order")
            found.append(Change(kind="moved", name=_name(place.node, say), words=words))
    return found + list(_sections(old, new, say))


def _places(document: Any) -> Iterator[tuple[str, _Place]]:
    if not isinstance(document, dict):
        return
    for stage in ("discounts", "accrual"):
        yield from _below(document.get(stage), f"{ROOT}{stage}", stage, 0)
    rewards = document.get("rewards")
    for position, rule in enumerate(rewards if isinstance(rewards, list) else []):
        yield from _below(rule, f"{ROOT}rewards", "rewards", position)


def _below(node: Any, parent: str, stage: str, position: int) -> Iterator[tuple[str, _Place]]:
    if not isinstance(node, dict):
        return
    name = str(node.get("id", f"{parent}/{position}"))
    yield name, _Place(node, parent, stage, position)
    children = node.get("children")
    for index, child in enumerate(children if isinstance(children, list) else []):
        yield from _below(child, name, stage, index)


def _moved(before: dict[str, _Place], after: dict[str, _Place]) -> set[str]:
    """Those in another group, and those that stand elsewhere among the siblings that stayed."""
    moved = {key for key, place in after.items() if key in before and before[key].parent != place.parent}
    for parent in {place.parent for place in after.values()}:
        stayed = [key for key, place in after.items() if place.parent == parent and key in before and key not in moved]
        ranks = [before[key].position for key in stayed]
        moved |= set(stayed) - {stayed[index] for index in _longest_rising(ranks)}
    return moved


def _longest_rising(ranks: list[int]) -> Iterator[int]:
    """What need not move: indexes of the longest rising run, last first (patience sorting)."""
    tops: list[int] = []
    top_indexes: list[int] = []
    before: list[int] = []
    for index, rank in enumerate(ranks):
        pile = bisect_left(tops, rank)
        before.append(top_indexes[pile - 1] if pile else -1)
        tops[pile : pile + 1], top_indexes[pile : pile + 1] = [rank], [index]
    index = top_indexes[-1] if top_indexes else -1
    while index >= 0:
        yield index
        index = before[index]


def _name(node: dict[str, Any], say: Say) -> str:
    return say.both(node["name"]) if node.get("name") else str(node.get("id", "…"))


def _words(place: _Place, say: Say) -> str:
    if "children" in place.node and "give" not in place.node:
        mode = place.node.get("mode")
        return say("группа: ", "group: ") + next((say(text) for name, text in MODES if name == mode), str(mode))
    return rule_words(place.node, say.language)


def _edits(old: _Place, new: _Place, say: Say) -> list[Edit]:
    fields = GROUP if "children" in new.node and "give" not in new.node else RULE_BY_STAGE[new.stage]
    labels = {field.key: field for field in fields}
    keys = [*new.node, *(key for key in old.node if key not in new.node)]
    return [
        Edit(say(labels[key].label) if key in labels else key, *_pair(key, old.node, new.node, labels.get(key), say))
        for key in keys
        if key != "children" and old.node.get(key) != new.node.get(key)
    ]


def _pair(key: str, old: Any, new: Any, field: Field | None, say: Say) -> tuple[str, str]:
    """Words for both, or the JSON itself where words would not tell them apart."""
    first, second = (_value(key, value.get(key), field, say) for value in (old, new))
    if first == second or "…" in (first, second):
        return tuple(json.dumps(value[key], ensure_ascii=False) if key in value else "" for value in (old, new))  # type: ignore[return-value]
    return first, second


def _value(key: str, value: Any, field: Field | None, say: Say) -> str:
    if value is None:
        return ""
    try:
        if key == "give":
            return effect_words(value, say)
        if key in PART_WORDS:
            return PART_WORDS[key](value, say.language)
    except BROKEN:
        return "…"
    if field is not None and field.options:
        return next((say(text) for option, text in field.options if option == value), str(value))
    if isinstance(value, bool):
        return say("да", "yes") if value else say("нет", "no")
    return say.both(value) if isinstance(value, str | int) or key == "name" else json.dumps(value, ensure_ascii=False)


def _sections(old: Any, new: Any, say: Say) -> Iterator[Change]:
    for section in SECTIONS:
        before, after = (_section(document, section) for document in (old, new))
        if before == after:
            continue
        name = say(section.label)
        if before is None or after is None:
            kind = "added" if before is None else "removed"
            yield Change(kind=kind, name=name, words=section_words(section.key, after or before, say.language))
            continue
        yield Change(kind="changed", name=name, edits=tuple(_section_edits(section, before, after, say)))


def _section(document: Any, section: Field) -> Any:
    if not isinstance(document, dict):
        return None
    if section.key != "general":
        return document.get(section.key)
    return {field.key: document[field.key] for field in section.fields if field.key in document}


def _section_edits(section: Field, old: Any, new: Any, say: Say) -> Iterator[Edit]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        first, second = (section_words(section.key, value, say.language) for value in (old, new))
        if first == second:
            first, second = (json.dumps(value, ensure_ascii=False) for value in (old, new))
        yield Edit(say(section.label), first, second)
        return
    labels = {field.key: field for field in section.fields}
    for key in [*new, *(key for key in old if key not in new)]:
        if old.get(key) != new.get(key):
            label = say(labels[key].label) if key in labels else key
            yield Edit(label, *_pair(key, old, new, labels.get(key), say))
