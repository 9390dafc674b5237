"""What changed between two documents, rule by rule, in words."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct

from ._document import GROUP, MODES, RULE_BY_STAGE, SECTIONS
from ._edits import Edit, edits, read_or_json
from ._fields import Field
from ._say import Say
from .words import rule_words, section_words

__all__ = ["Change", "differences"]

Value = TypeVar("Value")

#: Before the names of the three roots, so that no group is called like them.
ROOT = "\0"


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
    say = Say(language, new.get("currency") if isinstance(new, dict) else "")
    before, after = _unlike(_places(old)), _unlike(_places(new))
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
        changed = tuple(_edits(before[key], place, say))
        if changed:
            found.append(Change(kind="changed", name=_name(place.node, say), edits=changed))
        if key in moved:
            where = say("теперь в группе «", "now in the group “") + place.parent.removeprefix(ROOT) + say("»", "”")
            words = where if before[key].parent != place.parent else say("другой порядок", "another place in the order")
            found.append(Change(kind="moved", name=_name(place.node, say), words=words))
    return [*found, *_sections(old, new, say), *_examples(old, new, say)]


def _unlike(pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """By name; the second of a name is called `name (2)`."""
    found: dict[str, Value] = {}
    for name, value in pairs:
        key, number = name, 1
        while key in found:
            number += 1
            key = f"{name} ({number})"
        found[key] = value
    return found


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
    return rule_words(place.node, say)


def _edits(old: _Place, new: _Place, say: Say) -> Iterator[Edit]:
    fields = GROUP if "children" in new.node and "give" not in new.node else RULE_BY_STAGE[new.stage]
    return edits(old.node, new.node, fields, say)


def _sections(old: Any, new: Any, say: Say) -> Iterator[Change]:
    for section in SECTIONS:
        before, after = (_section(document, section) for document in (old, new))
        if before == after:
            continue
        name = say(section.label)
        if before is None or after is None:
            kind = "added" if before is None else "removed"
            yield Change(kind=kind, name=name, words=section_words(section.key, after or before, say))
            continue
        yield Change(kind="changed", name=name, edits=tuple(_section_edits(section, before, after, say)))


def _section(document: Any, section: Field) -> Any:
    if not isinstance(document, dict):
        return None
    if section.key != "general":
        return document.get(section.key)
    return {field.key: document[field.key] for field in section.fields if field.key in document}


def _section_edits(section: Field, old: Any, new: Any, say: Say) -> Iterator[Edit]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from edits(old, new, section.fields, say)
    elif _same_items(section, old, new):
        for before, after in zip(old, new, strict=True):
            for edit in edits(before, after, section.fields, say):
                yield Edit(f"{after[section.fields[0].key]} · {edit.label}", edit.old, edit.new)
    else:
        first, second = (section_words(section.key, value, say) for value in (old, new))
        yield Edit(say(section.label), *read_or_json(first, second, old, new, None))


def _same_items(section: Field, old: Any, new: Any) -> bool:
    """Two lists of objects that are called the same, by their first member."""
    key = section.fields[0].key
    names = [
        [item.get(key) if isinstance(item, dict) else None for item in side] if isinstance(side, list) else [None]
        for side in (old, new)
    ]
    return names[0] == names[1] and None not in names[0]


def _examples(old: Any, new: Any, say: Say) -> Iterator[Change]:
    before, after = (_examples_by_name(document) for document in (old, new))
    told = (
        (say("добавлены", "added"), [name for name in after if name not in before]),
        (say("удалены", "removed"), [name for name in before if name not in after]),
        (say("изменены", "changed"), [name for name in after if name in before and after[name] != before[name]]),
    )
    words = "; ".join(f"{what}: {', '.join(names)}" for what, names in told if names)
    if words:
        yield Change(kind="changed", name=say("Примеры", "Examples"), words=words)


def _examples_by_name(document: Any) -> dict[str, Any]:
    found = document.get("examples") if isinstance(document, dict) else None
    named = enumerate(found if isinstance(found, list) else [], 1)
    return _unlike(
        (str(one.get("name") or number) if isinstance(one, dict) else str(number), one) for number, one in named
    )
