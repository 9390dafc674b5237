"""The editor's description knows every effect, condition and key that the calculator reads, and rules have words."""

import copy
import json
from collections.abc import Collection, Iterator
from random import Random
from typing import Any

import pytest
from dice import Dice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tillgate.central.programmes.editor import Say, differences, rule_words, section_words
from tillgate.central.programmes.editor._basket import BASKET
from tillgate.central.programmes.editor._document import GROUP, RULE_BY_STAGE, SECTIONS
from tillgate.central.programmes.editor._effects import ACCRUALS, DISCOUNTS, REWARDS
from tillgate.central.programmes.editor._fields import Field, Kind
from tillgate.central.programmes.editor._goods import CONDITIONS, SELECTOR
from tillgate.core import (
    _condition_reader,
    _effect_reader,
    _programme_reader,
    _tree_reader,
    parse_basket,
    parse_programme,
)
from tillgate.core._reader import Node

PROGRAMMES = st.integers(0, 10**9).map(lambda seed: Dice(Random(seed)).programme())
BOUNDS = {"at_least", "more_than", "at_most", "less_than"}
OUTSIDE_FORMS = {"format", "revision", "examples", "discounts", "accrual", "rewards"}
KINDS: dict[str, tuple[Kind, ...]] = {"discounts": DISCOUNTS, "accrual": ACCRUALS, "rewards": REWARDS}
#: What stands in a start value where a marketer has to choose.
CHOSEN = {"": "A", "kit": {"A": 1}}
FULL: dict[str, Any] = {
    "format": 1, "id": "p", "revision": 1, "currency": "RUB", "name": "P", "rounding": "down", "spread": "first",
    "points": {"digits": 0, "worth": "1.00", "rounding": "down", "round_at": "rule"},
    "tiers": {"window": "all", "includes_receipt": True, "levels": [{"id": "silver", "from": "0"}]},
    "limits": {
        "discount_share": "50", "discount_amount": "9.00", "line_discount_share": "50", "min_unit_price": "1.00",
    },
    "redemption": {
        "max_share": "30", "confirm": {"above_points": "5", "by": "code"},
        "exclude": {"unit_price": {"at_least": "1.00"}},
    },
    "regulated": [{"kind": "tobacco", "discount": False}], "returns": {"reprice": True},
}  # fmt: skip


def keys_of(fields: Collection[Field]) -> set[str]:
    """The members of an object that these fields are about."""
    found: set[str] = set()
    for field in fields:
        if field.type == "bounds":
            found |= BOUNDS
        elif field.type == "one_of":
            found |= keys_of(field.fields)
        else:
            found.add(field.key)
    return found


def kind_keys(kinds: tuple[Kind, ...]) -> set[str]:
    return set().union(*(keys_of(kind.fields) for kind in kinds))


def described_objects(fields: Collection[Field], name: str, seen: set[str]) -> Iterator[tuple[str, set[str]]]:
    """Every object that the description knows: the name of the member that holds it, and its keys."""
    for field in fields:
        if field.type in ("object", "list"):
            yield field.key, keys_of(field.fields)
        if field.type == "variants":
            yield field.key, kind_keys(field.kinds)
        yield from described_objects(field.fields, field.key, seen)
        for kind in field.kinds:
            yield from described_objects(kind.fields, kind.key, seen)


def all_described() -> dict[str, list[set[str]]]:
    found: dict[str, list[set[str]]] = {}
    everything: list[Field] = [*SECTIONS, *GROUP, *SELECTOR, *BASKET]
    for fields in RULE_BY_STAGE.values():
        everything += fields
    for kind in CONDITIONS:
        everything += kind.fields
    for name, keys in described_objects(everything, "", set()):
        found.setdefault(name, []).append(keys)
    return found


class Heard:
    """What the readers asked of every object of a document: `(path, keys)`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: dict[str, set[str]] = {}
        original = Node.fields

        def fields(node: Node, known: Collection[str]) -> dict[str, Node]:
            self.asked.setdefault(node.path, set()).update(known)
            return original(node, known)

        monkeypatch.setattr(Node, "fields", fields)


def test_every_effect_and_condition_has_its_form() -> None:
    for kinds, table in (
        (DISCOUNTS, _effect_reader._DISCOUNTS), (ACCRUALS, _effect_reader._ACCRUALS),
        (REWARDS, _effect_reader._REWARDS),
    ):  # fmt: skip
        assert [kind.key for kind in kinds] == list(table), "the order tells effects apart that share a key"
        for kind in kinds:
            assert keys_of(kind.fields) == {kind.key, *table[kind.key][1]}, kind.key
    assert {kind.key for kind in CONDITIONS} == set(_condition_reader._KNOWN)
    assert keys_of(SELECTOR) == set(_condition_reader._SELECTOR_KEYS)


def test_rules_groups_and_settings_have_every_key() -> None:
    for stage, fields in RULE_BY_STAGE.items():
        assert keys_of(fields) | {"cap"} == set(_tree_reader._RULE), stage
    sections = {section.key for section in SECTIONS} - {"general"}
    general = keys_of(next(section for section in SECTIONS if section.key == "general").fields)
    assert sections | general | OUTSIDE_FORMS == set(_programme_reader._TOP)


def filled(value: Any, key: str = "") -> Any:
    """A start value with the blanks filled in."""
    if isinstance(value, dict):
        found = {CHOSEN[""] if name == "" else name: filled(item, name) for name, item in value.items()}
        return {"silver": "3"} if key == "tier" and not found else found
    if isinstance(value, list):
        return [filled(item) for item in value] or ["silver"]
    return CHOSEN[""] if value == "" else value


def starts() -> Iterator[tuple[str, dict[str, Any]]]:
    """A programme for every kind of effect, of measure and of condition, as its form begins with it."""
    for stage, kinds in KINDS.items():
        for kind in kinds:
            yield kind.key, with_rule(stage, {"give": filled(kind.start)})
            for inner in (inner for field in kind.fields for inner in field.kinds):
                yield f"{kind.key}.{inner.key}", with_rule(stage, {"give": {kind.key: filled(inner.start)}})
    for kind in CONDITIONS:
        yield f"when.{kind.key}", with_rule("discounts", {"give": {"percent": "1"}, "when": [filled(kind.start)]})
    extras = {
        "active": {"from": "2026-01-01"}, "uses": {"per_receipt": 1, "per_customer": {"count": 1}, "total": 5},
        "message": {"text": "x"}, "holdout": {"percent": "5"}, "on": {"not": {"unit_price": {"at_most": "5.00"}}},
    }  # fmt: skip
    for key, value in extras.items():
        yield key, with_rule("discounts", {"give": {"percent": "1"}, key: value})


def with_rule(stage: str, rule: dict[str, Any]) -> dict[str, Any]:
    document = copy.deepcopy(FULL)
    rules = [{"id": "r", **rule}]
    mode = "sequence"
    document[stage] = rules if stage == "rewards" else {"id": "g", "mode": mode, "children": rules}
    return document


@pytest.mark.parametrize(
    ("name", "document"), list(starts()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_form_begins_with_something_good_whose_keys_it_all_knows(
    name: str, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(monkeypatch)
    parse_programme(json.dumps(document))
    described = all_described()
    selector = keys_of(SELECTOR)
    for path, asked in heard.asked.items():
        steps = [step.split("[")[0] for step in path.removeprefix("$").split(".") if step]
        last = steps[-1] if steps else ""
        if path == "$" or last in ("rewards", "children", "discounts", "accrual", "examples") or asked == selector:
            continue
        if last in ("when", "any", "all", "not") and asked == {kind.key for kind in CONDITIONS}:
            continue
        if last in ("name", "text") and asked == {"ru", "en"}:
            continue
        assert asked in described.get(last, []), (name, path, asked)


def test_the_sample_receipt_has_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard(monkeypatch)
    line = {"sku": "A", "quantity": "1", "unit_price": "1.00"}
    customer = {"id": "c", "uses": {"r": {"count": 1}}}
    parse_basket(
        {
            "currency": "RUB", "lines": [line], "customer": customer, "redeem": {"max": True},
            "payments": [{"type": "card"}], "certificates": [{"number": "1", "amount": "1.00"}],
        }
    )  # fmt: skip
    assert heard.asked.pop("$") == keys_of(BASKET)
    assert heard.asked.pop("$.customer.uses.r") == {"count"}
    described = all_described()
    for path, asked in heard.asked.items():
        name = path.removeprefix("$.").split("[")[0].split(".")[-1]
        assert asked in described[name], path


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PROGRAMMES, st.sampled_from(["ru", "en"]))
def test_every_rule_that_can_be_read_has_words(document: dict[str, Any], language: str) -> None:
    waiting = [document.get("discounts"), document.get("accrual"), *document.get("rewards", [])]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        waiting += node.get("children", [])
        if "give" in node:
            words = rule_words(node, Say(language, document["currency"]))
            assert words, node
            assert "…" not in words, (words, node)
    assert differences(document, copy.deepcopy(document), language) == []


@pytest.mark.parametrize(
    ("rule", "en", "ru"),
    [
        (
            {
                "give": {"percent": "10"}, "on": {"category": ["drinks/coffee"]},
                "when": [{"subtotal": {"at_least": "1000.00"}}],
                "active": {"weekdays": ["mon", 2, "wed", "thu", "fri"], "hours": [["08:00", "11:00"]]},
            },
            "10 % off drinks/coffee, from ₽1,000.00, Mon–Fri 08:00–11:00",
            "скидка 10 % на drinks/coffee, от 1~000,00~₽, пн–пт 08:00–11:00",
        ),
        ({"give": {"buy": {"quantity": 2}, "get": {"quantity": 1}}}, "buy 2, get 1 free", "купи 2, получи 1 бесплатно"),
        (
            {"give": {"buy": {"quantity": 2, "of": {"sku": "A"}}, "get": {"quantity": 1, "of": {"sku": "A"}}}},
            "buy 2, get 1 free (art. A)", "купи 2, получи 1 бесплатно (арт. A)",
        ),
        (
            {"give": {"buy": {"quantity": 2, "of": {"sku": "A"}}, "get": {"quantity": 1, "of": {"brand": "B"}}}},
            "buy 2, get 1 free (art. A → B)", "купи 2, получи 1 бесплатно (арт. A → B)",
        ),
        (
            {"give": {"points": "9", "active_after_days": 14, "expires_after_days": 365}},
            "9 points, after 14 days, for 365 days", "9 баллов, через 14 дн., сгорают через 365 дн.",
        ),
        (
            {
                "give": {"percent": "5"}, "uses": {"per_customer": {"count": 1, "window": "day"}},
                "message": {"text": "x"},
            },
            "5 % off, 1 × per customer a day, “x”", "скидка 5 %, 1 × на покупателя за день, «x»",
        ),
        (
            {"give": {"percent": "5"}, "uses": {"per_customer": {"count": 2, "window": "rolling_days:30"}}},
            "5 % off, 2 × per customer in 30 days", "скидка 5 %, 2 × на покупателя за 30 дн.",
        ),
        (
            {"give": {"amount": "1000.50"}, "cap": "1500.00", "when": [{"quantity": {"at_least": "1.5"}}]},
            "₽1,000.50 off, from 1.5 pcs, at most ₽1,500.00", "скидка 1~000,50~₽, от 1,5 шт., не более 1~500,00~₽",
        ),
        (
            {"give": {"percent_by": {"turnover": "all", "levels": [["1000.00", "2.5"]]}}},
            "off: turnover ever from ₽1,000.00 — 2.5 %", "скидка: накоплено за всё время от 1~000,00~₽ — 2,5 %",
        ),
        (
            {"give": {"percent_by": {"quantity": True, "levels": [["3", "5"]]}}},
            "off: quantity from 3 — 5 %", "скидка: количество от 3 — 5 %",
        ),
        ({"give": {"points": "1"}, "cap": "7"}, "1 point, at most 7", "1 балл, не более 7"),
        ({"give": {"points": "22", "active_after_days": 1}}, "22 points, after 1 day", "22 балла, через 1 дн."),
        ({"give": {"points": "1.5"}}, "1.5 points", "1,5 балла"),
        ({"give": {"points": "11"}}, "11 points", "11 баллов"),
        (
            {"give": {"points_per": {"spend": "100.00", "points": "1"}}, "when": [{"contains": {}}]},
            "1 point for every ₽100.00, with any goods", "1 балл за каждые 100,00~₽, есть любой товар",
        ),
        (
            {"give": {"bundle": {"size": 3, "price": "250.00"}}, "when": [{"purchase_number": {"every": 5}}]},
            "any 3 for ₽250.00, purchase every 5", "любые 3 за 250,00~₽, покупка каждая 5-я",
        ),
        ({"give": {"percent": []}, "when": "nonsense"}, "[] % off, …", "скидка [] %, …"),
        ({"give": {"unheard_of": 1}}, "unheard_of", "unheard_of"),
        ([], "…", "…"),
    ],
)  # fmt: skip
def test_words_of_good_and_of_unfinished_rules(rule: Any, en: str, ru: str) -> None:
    assert (rule_words(rule, Say("en", "RUB")), rule_words(rule, Say("ru", "RUB"))) == (en, ru.replace("~", "\u00a0"))


def test_words_of_settings_have_the_currency() -> None:
    limits = {"discount_share": "30", "discount_amount": "1000.00", "min_unit_price": "0.5"}
    assert section_words("limits", limits, Say("en", "USD")) == "30 %, $1,000.00, $0.5 a unit"
    assert section_words("points", {"worth": "1.00"}, Say("ru", "RUB")) == "балл = 1,00\u00a0₽"
    assert section_words("points", {"worth": "1.00"}, Say("en", {})) == "a point = 1.00"


def changed(work: Any) -> tuple[Any, Any]:
    old = with_rule("discounts", {"give": {"percent": "10"}})
    old["discounts"]["id"] = "discounts"
    old["discounts"]["children"] += [{"id": name, "give": {"percent": name}} for name in ("1", "2", "3")]
    new = copy.deepcopy(old)
    work(new)
    return old, new


def test_differences_are_told_rule_by_rule() -> None:
    def work(new: Any) -> None:
        children = new["discounts"]["children"]
        children[0]["give"] = {"percent": "12"}
        children.insert(0, children.pop(3))
        del children[2]
        new["redemption"]["max_share"] = "50"
        new["accrual"] = {"id": "accrual", "mode": "sum", "children": [{"id": "x", "give": {"points": "5"}}]}

    found = {(change.kind, change.name): change for change in differences(*changed(work), "en")}
    assert set(found) == {
        ("removed", "1"), ("moved", "3"), ("changed", "r"), ("added", "accrual"), ("added", "x"),
        ("changed", "Paying with points"),
    }  # fmt: skip
    edit = found["changed", "r"].edits[0]
    assert (edit.label, edit.old, edit.new) == ("What it gives", "10 % off", "12 % off")
    assert found["added", "x"].words == "5 points"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PROGRAMMES, PROGRAMMES, st.sampled_from(["ru", "en"]))
def test_differences_never_miss_one(old: dict[str, Any], new: dict[str, Any], language: str) -> None:
    assert bool(differences(old, new, language)) == (old != new)


@pytest.mark.parametrize("broken", [None, [], {}, {"discounts": 5}, {"discounts": {"children": {}}}, {"rewards": [1]}])
def test_differences_of_unfinished_documents_do_not_fail(broken: Any) -> None:
    for pair in ((broken, FULL), (FULL, broken)):
        assert isinstance(differences(*pair, "ru"), list)
