"""What can never come about is told before a programme is published: where, why, in Russian and in English."""

from typing import Any

import pytest

from tillgate.core import parse_programme
from tillgate.core.checks import check_programme, find_contradictions
from tillgate.core.errors import ProgrammeInvalid

Json = dict[str, Any]
RULE = "$.discounts.children[0]"
X10: Json = {"percent": "10"}


def programme(
    *children: Json, mode: str = "sequence", decide: str = "basket", most: int | None = None, **more: Any
) -> Json:
    root = {"id": "root", "mode": mode, "decide": decide, "children": list(children)}
    root |= {} if most is None else {"most": most}
    tiers = {"levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "100.00"}]}
    return {"format": 1, "id": "p", "revision": 1, "currency": "RUB", "tiers": tiers, "discounts": root} | more


def told(document: Json) -> list[tuple[str, str]]:
    found = find_contradictions(parse_programme(document))
    assert all(one.text.ru != one.text.en for one in found)
    return [(one.path, one.reason) for one in found]


def when(*conditions: Json, **more: Any) -> Json:
    return programme({"id": "r", "give": X10, "when": list(conditions)} | more)


@pytest.mark.parametrize(
    ("conditions", "index"),
    [
        ([{"identified": False}, {"segment": ["vip"]}], 1),
        ([{"identified": False}, {"tier": ["silver"]}], 1),
        ([{"identified": False}, {"points": {"at_least": "1"}}], 1),
        ([{"identified": True}, {"not": {"identified": True}}], 1),
        ([{"tier": ["base"]}, {"tier": ["silver"]}], 1),
        ([{"card_kind": ["a"]}, {"card_kind": ["b"]}], 1),
        ([{"channel": ["till"]}, {"channel": ["site"]}], 1),
        ([{"attribute": {"name": "city", "equals": "A"}}, {"attribute": {"name": "city", "in": ["B", "C"]}}], 1),
        ([{"subtotal": {"at_least": "10.00"}}, {"subtotal": {"less_than": "10.00"}}], 1),
        ([{"subtotal": {"at_least": "10.00", "of": {"sku": ["A"]}}}, {"subtotal": {"at_most": "9.99"}}], 1),
        ([{"turnover": {"window": "all", "at_least": "5.00"}}, {"turnover": {"window": "all", "at_most": "4.00"}}], 1),
        ([{"purchase_number": {"every": 5}}, {"purchase_number": {"at_most": 4}}], 1),
        ([{"first_purchase": True}, {"first_purchase": False}], 1),
        ([{"age": {"at_least": "18"}}, {"not": {"age": {"at_least": "16"}}}], 1),
        ([{"coupon": "A"}, {"not": {"coupon": "A"}}], 1),
        ([{"contains": {"sku": ["A"]}}, {"not": {"contains": {"sku": ["A", "B"]}}}], 1),
        ([{"kit": {"A": "2"}}, {"quantity": {"at_most": "1", "of": {"sku": ["A"]}}}], 1),
        ([{"all": [{"coupon": "A"}, {"not": {"coupon": "A"}}]}], 0),
        ([{"coupon": "A"}, {"any": [{"not": {"coupon": "A"}}, {"subtotal": {"less_than": "0.00"}}]}], 1),
        ([{"subtotal": {"less_than": "0.00"}}], 0),
        ([{"quantity": {"at_most": "0"}}], 0),
        ([{"contains": {"sku": ["A"], "not": {"sku": ["A"]}}}], 0),
        ([{"coupon": "A"}, {"segment": ["vip"]}, {"identified": False}], 2),
        ([{"subtotal": {"at_most": "9.99"}}, {"subtotal": {"at_least": "10.00", "basis": "current"}}], 1),
        ([{"line_quantity": {"at_least": "5"}}, {"quantity": {"less_than": "5"}}], 1),
    ],
)
def test_conditions_that_never_hold_are_told_where_they_clash(conditions: list[Json], index: int) -> None:
    assert told(when(*conditions)) == [(f"{RULE}.when[{index}]", "CONTRADICTION")]


@pytest.mark.parametrize(
    "conditions",
    [
        [{"segment": ["vip"]}, {"segment": ["staff"]}],
        [{"coupon": "A"}, {"coupon": "B"}],
        [{"payment": ["card"]}, {"payment": ["cash"]}],
        [{"tier": ["base", "silver"]}, {"tier": ["silver"]}],
        [{"identified": False}, {"not": {"segment": ["vip"]}}],
        [{"age": {"at_least": "18"}}, {"not": {"age": {"at_least": "60"}}}],
        [{"subtotal": {"at_least": "10.00"}}, {"subtotal": {"less_than": "10.00", "of": {"sku": ["A"]}}}],
        [{"subtotal": {"at_least": "10.00"}}, {"subtotal": {"less_than": "10.00", "basis": "current"}}],
        [{"turnover": {"window": "all", "at_least": "5.00"}}, {"turnover": {"window": "month", "at_most": "4.00"}}],
        [{"quantity": {"at_most": "0", "of": {"sku": ["A"]}}}],
        [{"subtotal": {"at_most": "0.00"}}],
        [{"any": [{"identified": False}, {"segment": ["vip"]}]}, {"identified": False}],
        [{"purchase_number": {"every": 5}}, {"purchase_number": {"at_least": 7, "at_most": 10}}],
        [{"not": {"subtotal": {"at_least": "5.00", "at_most": "6.00"}}}, {"subtotal": {"at_least": "5.00"}}],
        [{"contains": {"category": ["food"]}}, {"not": {"contains": {"category": ["food/sweets"]}}}],
        [{"subtotal": {"at_least": "10.00"}}, {"subtotal": {"at_most": "9.99", "basis": "current"}}],
        [{"line_quantity": {"at_most": "5"}}, {"quantity": {"at_least": "6"}}],
        [{"line_quantity": {"at_least": "5"}}, {"quantity": {"less_than": "5", "of": {"sku": ["A"]}}}],
        [{"quantity": {"at_least": "5"}}, {"age": {"at_most": "4"}}],
    ],
)
def test_conditions_that_may_hold_are_left_alone(conditions: list[Json]) -> None:
    assert told(when(*conditions)) == []


@pytest.mark.parametrize(
    ("rule", "path", "reason"),
    [
        ({"give": {"percent": "0"}}, "give.percent", "GIVES_NOTHING"),
        ({"give": {"amount": "0.00"}}, "give.amount", "GIVES_NOTHING"),
        ({"give": X10, "cap": "0.00"}, "cap", "GIVES_NOTHING"),
        ({"give": {"percent_by": {"tier": {"silver": "0"}}}}, "give.percent_by", "GIVES_NOTHING"),
        ({"give": {"every": 3, "percent": "0"}}, "give.percent", "GIVES_NOTHING"),
        (
            {"give": {"buy": {"quantity": 1}, "get": {"quantity": 1, "percent": "0"}}},
            "give.get.percent",
            "GIVES_NOTHING",
        ),
        ({"give": {"round_down_to": "0.01"}}, "give.round_down_to", "GIVES_NOTHING"),
        ({"give": {"unit_price": "0.99"}}, "give.unit_price", "CONTRADICTION"),
        ({"give": {"total": "0.50"}}, "give.total", "CONTRADICTION"),
        ({"give": {"bundle": {"size": 3, "price": "2.99"}}}, "give.bundle.price", "CONTRADICTION"),
        ({"give": {"kit": {"A": 2, "B": 1}, "price": "2.99"}}, "give.price", "CONTRADICTION"),
        (
            {"give": {"unit_price": "50.00"}, "on": {"unit_price": {"at_most": "50.00"}}},
            "give.unit_price",
            "GIVES_NOTHING",
        ),
        (
            {"give": {"bundle": {"size": 3, "price": "150.00"}}, "on": {"unit_price": {"at_most": "50.00"}}},
            "give.bundle.price",
            "GIVES_NOTHING",
        ),
        (
            {"give": {"kit": {"A": 2, "B": 1}, "price": "150.00"}, "on": {"unit_price": {"at_most": "50.00"}}},
            "give.price",
            "GIVES_NOTHING",
        ),
        (
            {"give": {"bundle": {"size": 3, "price": "9.00"}}, "when": [{"quantity": {"at_most": "2"}}]},
            "when[0]",
            "CONTRADICTION",
        ),
        (
            {"give": {"every": 2, "percent": "5"}, "when": [{"quantity": {"less_than": "2"}}]},
            "when[0]",
            "CONTRADICTION",
        ),
        (
            {
                "give": {"kit": {"A": 2}, "percent": "5"},
                "when": [{"coupon": "X"}, {"quantity": {"at_most": "1", "of": {"sku": ["A", "B"]}}}],
            },
            "when[1]",
            "CONTRADICTION",
        ),
        (
            {"give": {"buy": {"quantity": 2}, "get": {"quantity": 2}}, "when": [{"quantity": {"at_most": "3"}}]},
            "when[0]",
            "CONTRADICTION",
        ),
        (
            {
                "give": {"buy": {"quantity": 1, "of": {"sku": ["A"]}}, "get": {"quantity": 2, "of": {"sku": ["B"]}}},
                "when": [{"quantity": {"at_most": "1", "of": {"sku": ["B"]}}}],
            },
            "when[0]",
            "CONTRADICTION",
        ),
        ({"give": X10, "on": {"unit_price": {"at_most": "1.00"}}}, "on.unit_price.at_most", "CONTRADICTION"),
        ({"give": X10, "holdout": {"percent": "0"}}, "holdout.percent", "CONTRADICTION"),
        (
            {"give": X10, "holdout": {"percent": "5"}, "when": [{"identified": False}]},
            "holdout.percent",
            "CONTRADICTION",
        ),
        ({"give": X10, "holdout": {"percent": "100"}}, "holdout.percent", "CONTRADICTION"),
        ({"give": X10, "on": {"sku": ["A"], "not": {"sku": ["A", "B"]}}}, "on", "CONTRADICTION"),
        ({"give": X10, "on": {"category": ["food/a"], "not": {"category": ["food"]}}}, "on", "CONTRADICTION"),
        ({"give": X10, "on": {"not": {}}}, "on", "CONTRADICTION"),
        (
            {"give": {"buy": {"quantity": 1, "of": {"sku": ["B"]}}, "get": {"quantity": 1}}, "on": {"sku": ["A"]}},
            "give.buy.of",
            "CONTRADICTION",
        ),
        ({"give": {"kit": {"A": 1, "B": 1}, "price": "9.00"}, "on": {"sku": ["A"]}}, "give.kit.B", "CONTRADICTION"),
        (
            {"give": X10, "on": {"sku": ["A"]}, "when": [{"not": {"contains": {"sku": ["A"]}}}]},
            "when[0]",
            "CONTRADICTION",
        ),
        ({"give": X10, "channels": ["till"], "when": [{"channel": ["site"]}]}, "when[0]", "CONTRADICTION"),
        (
            {"give": X10, "uses": {"per_customer": {"count": 1}}, "when": [{"identified": False}]},
            "when[0]",
            "CONTRADICTION",
        ),
        (
            {
                "give": {"percent_by": {"subtotal": True, "levels": [["1.00", "3"], ["9.00", "5"]]}},
                "when": [{"subtotal": {"at_least": "9.00"}}],
            },
            "give.percent_by.levels[0]",
            "UNREACHABLE",
        ),
        (
            {"give": {"percent_by": {"tier": {"base": "1", "silver": "3"}}}, "when": [{"tier": ["silver"]}]},
            "give.percent_by.tier.base",
            "UNREACHABLE",
        ),
        (
            {"give": X10, "active": {"dates": ["2026-12-31"], "weekdays": ["mon"]}},
            "active.dates",
            "CONTRADICTION",
        ),
        (
            {"give": X10, "active": {"from": "2026-11-02", "to": "2026-11-05", "weekdays": ["sat"]}},
            "active.weekdays",
            "CONTRADICTION",
        ),
        (
            {"give": X10, "active": {"from": "2026-01-01", "to": "2026-11-05", "dates": ["12-31"]}},
            "active.dates",
            "CONTRADICTION",
        ),
        (
            {"give": X10, "active": {"from": "2025-01-01", "to": "2027-12-31", "dates": ["02-29"]}},
            "active.dates",
            "CONTRADICTION",
        ),
    ],
)
def test_what_a_rule_can_never_do_is_told(rule: Json, path: str, reason: str) -> None:
    document = programme({"id": "r"} | rule, limits={"min_unit_price": "1.00"})
    assert told(document) == [(f"{RULE}.{path}", reason)]


@pytest.mark.parametrize(
    "rule",
    [
        {"give": {"bundle": {"size": 3, "price": "149.99"}}, "on": {"unit_price": {"at_most": "50.00"}}},
        {"give": {"bundle": {"size": 3, "price": "9.00"}}, "when": [{"quantity": {"at_most": "3"}}]},
        {"give": {"every": 3, "percent": "5"}, "when": [{"line_quantity": {"at_most": "2"}}]},
        {
            "give": {"buy": {"quantity": 2}, "get": {"quantity": 2}, "partial": True},
            "when": [{"quantity": {"at_most": "3"}}],
        },
        {
            "give": {"buy": {"quantity": 2, "of": {"tag": ["x"]}}, "get": {"quantity": 2}},
            "when": [{"quantity": {"at_most": "3", "of": {"tag": ["x"]}}}],
        },
        {"give": {"total": "100.00"}, "on": {"unit_price": {"at_most": "50.00"}}},
        {"give": X10, "on": {"unit_price": {"at_most": "1.01"}}},
        {"give": {"gift": {"sku": "G"}}, "on": {"unit_price": {"at_most": "1.00"}}},
        {"give": X10, "holdout": {"percent": "5"}, "when": [{"any": [{"identified": False}, {"segment": ["vip"]}]}]},
    ],
)
def test_a_rule_that_some_basket_suits_is_left_alone(rule: Json) -> None:
    assert told(programme({"id": "r"} | rule, limits={"min_unit_price": "1.00"})) == []


@pytest.mark.parametrize(
    "active",
    [
        {"dates": ["2026-12-31"], "weekdays": ["thu"]},
        {"dates": ["02-29"], "weekdays": ["mon"]},
        {"from": "2026-11-06", "to": "2026-11-08", "weekdays": ["sat"]},
        {"from": "2026-11-07", "to": "2026-11-07", "weekdays": ["fri"], "hours": [["22:00", "02:00"]]},
        {"to": "2026-11-05", "dates": ["12-31"]},
        {"from": "2026-11-05T23:00:00+03:00", "to": "2026-11-06T01:00:00+03:00", "weekdays": ["fri"]},
        {"to": "0001-01-02", "weekdays": ["mon"]},
        {"from": "9999-12-25", "weekdays": ["fri"]},
    ],
)
def test_a_schedule_that_some_day_fits_is_left_alone(active: Json) -> None:
    assert told(programme({"id": "r", "give": X10, "active": active})) == []


A: Json = {"id": "a", "give": X10}
B: Json = {"id": "b", "give": {"percent": "20"}, "on": {"category": ["coffee"]}}
FREE: Json = {"id": "free", "give": {"percent": "100"}}
SECOND = "$.discounts.children[1]"
#: Of what is left: rules before may make the one hold and the other fail.
CHEAP: Json = {"subtotal": {"at_most": "100.00", "basis": "current"}}
PRICEY: Json = {"subtotal": {"more_than": "100.00", "basis": "current"}}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (programme(A, B, mode="first"), SECOND),
        (programme(A, B, mode="first", decide="line"), SECOND),
        (programme(A, {"id": "g", "mode": "sum", "children": [B]}, mode="first"), f"{SECOND}.children[0]"),
        (programme(A, B, mode="sequence", most=1), SECOND),
        (programme(A | {"cap": "5.00"}, B, mode="first"), SECOND),
        (programme(A | {"cap": "5.00", "exclusive": True}, B), SECOND),
        (programme(A, B, mode="sum", decide="line", most=1), SECOND),
        (programme({"id": "a", "give": {"percent": "100"}}, B), SECOND),
        (programme(A, {"id": "b", "give": {"percent": "5"}, "on": {"sku": ["A"]}}, mode="max", decide="line"), SECOND),
        (
            programme(
                {"id": "a", "give": {"percent": "5"}}, A | {"id": "b", "on": {"sku": ["A"]}}, mode="min", decide="line"
            ),
            SECOND,
        ),
        (
            programme(
                A | {"on": {"category": ["food", "drinks"]}}, B | {"on": {"category": ["drinks/tea"]}}, mode="first"
            ),
            SECOND,
        ),
        (programme(A | {"when": [PRICEY]}, B | {"when": [{"coupon": "X"}, PRICEY]}, mode="sum", most=1), SECOND),
        (programme(A | {"exclusive": True}, B), SECOND),
        (programme(B, A | {"exclusive": True}), RULE),
        (
            programme(
                A | {"when": [{"coupon": "X"}]}, B | {"when": [{"tier": ["base"]}, {"coupon": "X"}]}, mode="first"
            ),
            SECOND,
        ),
    ],
)
def test_a_rule_that_another_always_bars_is_told(document: Json, path: str) -> None:
    assert told(document) == [(path, "UNREACHABLE")]


@pytest.mark.parametrize(
    "document",
    [
        programme(B, A, mode="first"),
        programme(A | {"when": [{"coupon": "X"}]}, B, mode="first"),
        programme(A | {"cap": "5.00"}, B, mode="first", decide="line"),
        programme(A | {"active": {"weekdays": ["mon"]}}, B, mode="first"),
        programme(A | {"holdout": {"percent": "5"}}, B, mode="first"),
        programme(A | {"on": {"category": ["tea"]}}, B, mode="first"),
        programme(A, B, mode="first", most=2),
        programme(A, B, mode="max"),
        programme(A, {"id": "b", "give": {"percent": "5"}}, mode="min", decide="line"),
        programme({"id": "a", "give": {"percent": "5"}}, A | {"id": "b", "cap": "5.00"}, mode="min", decide="line"),
        programme({"id": "a", "give": {"percent": "5"}}, B, mode="min", decide="basket"),
        programme(A, B, mode="sum"),
        programme(FREE | {"when": [CHEAP]}, B, A | {"when": [CHEAP]}),
        programme(FREE | {"when": [{"not": PRICEY}]}, B, A | {"when": [{"not": PRICEY}]}),
        programme(
            FREE | {"when": [CHEAP]},
            B,
            {"id": "g", "mode": "sum", "children": [A | {"when": [CHEAP]}]},
            mode="sequence",
        ),
        programme(A | {"exclusive": True}, B | {"always": True}),
        programme(A | {"exclusive": True, "when": [{"coupon": "X"}]}, B),
        programme(B | {"exclusive": True}, A | {"exclusive": True}),
        programme({"id": "a", "give": {"unit_price": "9.00"}}, B, mode="first"),
        programme(A, B | {"exclusive": True}, mode="first"),
    ],
)
def test_a_rule_that_may_come_to_its_turn_is_left_alone(document: Json) -> None:
    assert told(document) == []


TEA_POINTS: Json = {"id": "tea", "give": {"points": "5"}, "on": {"sku": ["tea"]}}
TWICE: Json = {"id": "twice", "give": {"points_times": "2"}, "on": {"sku": ["A"]}}


@pytest.mark.parametrize(
    ("more", "path", "reason"),
    [
        ({"limits": {"discount_share": "0"}}, "$.limits.discount_share", "GIVES_NOTHING"),
        ({"limits": {"discount_amount": "0.00"}}, "$.limits.discount_amount", "GIVES_NOTHING"),
        ({"redemption": {"max_share": "0"}}, "$.redemption.max_share", "GIVES_NOTHING"),
        ({"redemption": {"max_points": "5", "step": "10"}}, "$.redemption.step", "CONTRADICTION"),
        (
            {"redemption": {"min_points": "12", "max_points": "19", "step": "10"}},
            "$.redemption.max_points",
            "CONTRADICTION",
        ),
        ({"redemption": {"exclude": {"lines": "all"}}}, "$.redemption.exclude", "GIVES_NOTHING"),
        ({"redemption": {"exclude": {"sku": ["A"], "not": {"sku": ["A"]}}}}, "$.redemption.exclude", "CONTRADICTION"),
        (
            {"accrual": {"id": "acc", "mode": "sequence", "children": [TEA_POINTS, TWICE]}},
            "$.accrual.children[1]",
            "UNREACHABLE",
        ),
        (
            {"regulated": [{"kind": "vodka", "from": "2026-01-01"}, {"kind": "vodka", "from": "2026-01-01"}]},
            "$.regulated[1].kind",
            "DUPLICATE",
        ),
        (
            {"accrual": {"id": "acc", "mode": "sequence", "children": [{"id": "t", "give": {"points_times": "2"}}]}},
            "$.accrual.children[0]",
            "UNREACHABLE",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_told(more: Json, path: str, reason: str) -> None:
    assert told(programme(A, **more)) == [(path, reason)]


EVERY: Json = {"id": "e", "give": {"every": 3, "percent": "5"}}


@pytest.mark.parametrize("mode", ["max", "min", "first"])
def test_units_do_not_count_for_several_winners(mode: str) -> None:
    inner = {"id": "g", "mode": "sequence", "children": [EVERY]}
    found = told(programme(inner, B, mode=mode, most=2))
    assert found == [(f"{RULE}.children[0].give", "CONTRADICTION")]
    assert told(programme(inner, B, mode=mode)) == []
    assert told(programme(EVERY, B, mode="sum", most=2)) == []


def test_all_contradictions_are_told_at_once() -> None:
    with pytest.raises(ProgrammeInvalid) as caught:
        check_programme(parse_programme(programme(A | {"give": {"percent": "0"}}, B | {"cap": "0.00"})))
    every = (caught.value, *caught.value.more)
    assert [one.path for one in every] == [f"{RULE}.give.percent", f"{SECOND}.cap"]


def test_the_first_contradiction_is_raised_with_its_path_and_both_sentences() -> None:
    with pytest.raises(ProgrammeInvalid) as caught:
        check_programme(parse_programme(when({"identified": False}, {"segment": ["vip"]})))
    assert caught.value.path == f"{RULE}.when[1]"
    assert caught.value.metadata["reason"] == "CONTRADICTION"
    assert caught.value.told.ru == (
        "В программе лояльности ошибка: это условие никогда не выполнится вместе с `when[0]`."
    )
    assert caught.value.told.en == "The loyalty programme has an error: this never holds together with `when[0]`."
