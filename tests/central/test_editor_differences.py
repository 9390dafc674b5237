"""What differs between two revisions is told in words, to the last member of a rule."""

import copy
from random import Random
from typing import Any

import pytest
from dice import Dice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tillgate.central.programmes.editor import differences

SEEDS = st.integers(0, 10**9)
BUY = {"buy": {"quantity": 2, "of": {"sku": ["A"]}}, "get": {"quantity": 1, "percent": "100"}}
BUNDLE = {"bundle": {"size": 3, "price": "250.00"}}


def programme(rule: dict[str, Any], **more: Any) -> dict[str, Any]:
    group = {"id": "d", "mode": "sequence", "children": [{"id": "r", **rule}]}
    return {"format": 1, "id": "p", "revision": 1, "currency": "RUB", "discounts": group, **more}


def told(old: Any, new: Any, language: str = "en") -> list[tuple[str, str, str]]:
    changes = differences(old, new, language)
    return [(edit.label, edit.old, edit.new) for change in changes for edit in change.edits]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            {"give": BUY},
            {"give": {**BUY, "get": {"quantity": 1, "percent": "100", "of": {"brand": ["B"]}}}},
            [("What it gives", "buy 2, get 1 free (art. A → any)", "buy 2, get 1 free (art. A → B)")],
        ),
        (
            {"give": BUY}, {"give": {**BUY, "times": 1, "place": "all"}},
            [
                ("What it gives · At most times a receipt", "", "1"),
                ("What it gives · Where the discount stands", "", "on all of them"),
            ],
        ),
        (
            {"give": BUNDLE}, {"give": {"bundle": {"size": 4, "price": "250.00", "times": 2, "pick": "dearest"}}},
            [
                ("What it gives", "any 3 for ₽250.00", "any 4 for ₽250.00"),
                ("What it gives · Bundle · At most times a receipt", "", "2"),
                ("What it gives · Bundle · Which of them", "", "the dearest"),
            ],
        ),
        (
            {"give": {"percent": "1"}, "when": [{"subtotal": {"at_least": "9.00"}}]},
            {"give": {"percent": "1"}, "when": [{"subtotal": {"at_least": "9.00", "basis": "current"}}]},
            [("On what conditions", "from ₽9.00", "from ₽9.00 after earlier rules")],
        ),
        (
            {"give": {"percent": "1"}, "message": {"text": "x"}, "holdout": {"percent": "5"}},
            {
                "give": {"amount": "5.00"}, "message": {"text": "x", "to": "receipt"},
                "holdout": {"percent": "5", "salt": "s"},
            },
            [
                ("What it gives", "1 % off", "₽5.00 off"),
                ("Message · To", "", "on the receipt"),
                ("Control group · Name of the group", "", "s"),
            ],
        ),
        (
            {"give": {"cheapest": "unit", "percent": "50"}}, {"give": {"cheapest": "line", "percent": "50"}},
            [("What it gives", "50 % off the cheapest", "50 % off the cheapest line")],
        ),
        (
            {"give": {"percent_by": {"subtotal": True, "levels": [["5.00", "3"]]}}},
            {"give": {"percent_by": {"turnover": "month", "levels": [["5.00", "3"]]}}},
            [("What it gives", "off: value from ₽5.00 — 3 %", "off: turnover a month from ₽5.00 — 3 %")],
        ),
    ],
)  # fmt: skip
def test_a_rule_tells_every_member_that_changed(old: Any, new: Any, expected: list[tuple[str, str, str]]) -> None:
    assert told(programme(old), programme(new)) == expected


def test_settings_and_examples_are_told_too() -> None:
    rule = {"give": {"percent": "1"}}
    vodka = {"kind": "vodka", "floor_per_litre": "818.00"}
    examples = [{"name": "one"}, {"name": "two"}, {"basket": {}}]
    old = programme(rule, regulated=[vodka], examples=examples)
    new = programme(
        rule,
        regulated=[{**vodka, "floor_per_litre": "900.00"}],
        examples=[{"name": "one", "expect": {}}, *examples[2:]],
    )
    assert told(old, new) == [("vodka · Floor per litre", "₽818.00", "₽900.00")]
    assert [change.words for change in differences(old, new, "ru") if change.name == "Примеры"] == [
        "добавлены: 2; удалены: two, 3; изменены: one"
    ]


def test_of_two_rules_with_one_id_each_is_told() -> None:
    old = programme({"give": {"percent": "1"}})
    old["discounts"]["children"].append({"id": "r", "give": {"percent": "1"}})
    new = copy.deepcopy(old)
    new["discounts"]["children"][1]["give"]["percent"] = "2"
    new["discounts"]["children"][0]["give"]["percent"] = "3"
    assert {edit[2] for edit in told(old, new)} == {"2 % off", "3 % off"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEEDS, SEEDS, st.sampled_from(["ru", "en"]))
def test_nobody_has_to_read_json(one: int, other: int, language: str) -> None:
    """Rules of chance, put in the place of others of their kind."""
    old, new = Dice(Random(one)).programme(), Dice(Random(other)).programme()
    texts = [text for label, *both in told(old, new, language) for text in both]
    assert [text for text in texts if '{"' in text] == []
