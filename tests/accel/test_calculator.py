"""What a marketer and a till rely on, one promise each."""

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from priced import Json, basket, line, price, programme, reasons

from tillgate.accel import compile_programme
from tillgate.core import parse_basket, parse_programme


def test_a_programme_without_rules_costs_the_list_value() -> None:
    answer = price({"format": 1, "id": "p", "revision": 1, "currency": "RUB"}, basket(line(), line("B", "0.00")))
    assert (answer.list_minor, answer.total_minor, answer.discount_minor) == (10_000, 10_000, 0)


def test_weighed_goods_cost_the_rounded_product() -> None:
    answer = price(programme(), basket(line(price="199.90", quantity="0.345")))
    assert answer.list_minor == 6897  # 68.9655


def test_a_discount_stops_at_the_floor_and_the_amount_moves_on() -> None:
    deal = programme({"id": "d", "give": {"amount": "300.00"}})
    answer = price(deal, basket(line("A", "500.00", min_unit_price="450.00"), line("B", "500.00")))
    assert [x.net_minor for x in answer.lines] == [45_000, 25_000]


def test_goods_without_discounts_keep_their_price_and_count_for_the_subtotal() -> None:
    rule = {"id": "d", "give": {"percent": "10"}, "when": [{"subtotal": {"at_least": "150.00"}}]}
    answer = price(programme(rule), basket(line("A"), line("B", discountable=False)))
    assert [x.net_minor for x in answer.lines] == [9000, 10_000]


def test_an_exclusive_rule_leaves_only_those_that_always_apply() -> None:
    deal = programme(
        {"id": "ordinary", "give": {"percent": "50"}},
        {"id": "only", "give": {"percent": "10"}, "exclusive": True},
        {"id": "late", "give": {"percent": "20"}, "exclusive": True},
        {"id": "always", "give": {"amount": "1.00"}, "always": True},
    )
    answer = price(deal, basket(line()))
    assert {a.rule: a.amount_minor for a in answer.applied} == {"only": 1000, "always": 100}
    assert reasons(answer) == {"ordinary": "EXCLUSIVE", "late": "EXCLUSIVE"}


def test_an_exclusive_rule_may_be_one_that_always_applies() -> None:
    both = {"id": "both", "give": {"percent": "20"}, "exclusive": True, "always": True}
    only = {"id": "only", "give": {"percent": "10"}, "exclusive": True}
    other = {"id": "other", "give": {"amount": "1.00"}}
    beside = price(programme(only, both, other), basket(line()))
    assert {a.rule: a.amount_minor for a in beside.applied} == {"only": 1000, "both": 1800}
    assert reasons(beside) == {"other": "EXCLUSIVE"}
    first = price(programme(both, only, other), basket(line()))
    assert {a.rule: a.amount_minor for a in first.applied} == {"both": 2000}
    assert reasons(first) == {"only": "EXCLUSIVE", "other": "EXCLUSIVE"}


def test_an_exclusive_rule_that_gives_nothing_excludes_nobody() -> None:
    deal = programme(
        {"id": "only", "give": {"percent": "0"}, "exclusive": True}, {"id": "ordinary", "give": {"percent": "50"}}
    )
    assert price(deal, basket(line())).discount_minor == 5000


@pytest.mark.parametrize(
    ("time", "applies"),
    [
        ("2026-11-20T21:59:59+03:00", False),
        ("2026-11-20T22:00:00+03:00", True),
        ("2026-11-21T01:59:59+03:00", True),
        ("2026-11-21T02:00:00+03:00", False),
        ("2026-11-21T22:30:00+03:00", False),
        ("2026-11-20T01:00:00+03:00", False),
        ("2026-11-20T19:30:00+00:00", False),
    ],
)
def test_hours_past_midnight_belong_to_the_day_they_began(time: str, applies: bool) -> None:
    """A Friday night ends on Saturday morning; local time is that of the given offset."""
    rule = {
        "id": "night",
        "give": {"percent": "10"},
        "active": {"weekdays": ["fri"], "hours": [["22:00", "02:00"]]},
    }
    assert bool(price(programme(rule), basket(line(), time=time)).discount_minor) is applies


@pytest.mark.parametrize(
    ("time", "applies"),
    [("2027-02-28T12:00:00+03:00", True), ("2028-02-28T12:00:00+03:00", False), ("2028-02-29T12:00:00+03:00", True)],
)
def test_who_was_born_on_29_february_celebrates_on_the_28th_in_short_years(time: str, applies: bool) -> None:
    rule = {"id": "b", "give": {"percent": "10"}, "when": [{"birthday": {"before": 0, "after": 0}}]}
    bought = basket(line(), time=time, customer={"id": "c", "birthday": "2000-02-29"})
    assert bool(price(programme(rule), bought).discount_minor) is applies


def test_reasons_carry_need_actual_and_missing() -> None:
    deal = programme(
        {"id": "amount", "give": {"percent": "10"}, "when": [{"subtotal": {"at_least": "320.00"}}]},
        {"id": "pieces", "give": {"percent": "5"}, "when": [{"quantity": {"at_least": "3"}}]},
        {"id": "vip", "give": {"percent": "5"}, "when": [{"segment": ["vip"]}]},
        {"id": "goods", "give": {"percent": "5"}, "on": {"sku": ["Z"]}},
        {"id": "coupon", "give": {"percent": "5"}, "when": [{"coupon": "SPRING"}]},
        {"id": "store", "give": {"percent": "5"}, "stores": ["other"]},
        {"id": "later", "give": {"percent": "5"}, "active": {"from": "2030-01-01"}},
        {"id": "hours", "give": {"percent": "5"}, "active": {"hours": [["08:00", "09:00"]]}},
    )
    answer = price(deal, basket(line(quantity="2")))
    assert reasons(answer) == {
        "amount": "BELOW_AMOUNT",
        "pieces": "BELOW_QUANTITY",
        "vip": "NOT_IDENTIFIED",
        "goods": "NO_GOODS",
        "coupon": "COUPON_MISSING",
        "store": "OTHER_STORE",
        "later": "NOT_ACTIVE",
        "hours": "OUT_OF_SCHEDULE",
    }
    first = answer.not_applied[0]
    assert (first.need, first.actual, first.missing) == ("320.00", "200.00", "120.00")
    assert first.detail.ru.startswith("Не хватает 120.00")
    assert [hint.en for hint in answer.hints] == ["1 more and 5 % comes off.", "120.00 more and 10 % comes off."]


def test_losers_of_a_group_are_displaced_and_a_floor_is_named() -> None:
    deal = programme({"id": "big", "give": {"percent": "10"}}, {"id": "small", "give": {"percent": "5"}}, mode="max")
    assert reasons(price(deal, basket(line()))) == {"small": "DISPLACED"}
    floored = price(programme({"id": "d", "give": {"percent": "10"}}), basket(line(min_unit_price="100.00")))
    assert reasons(floored) == {"d": "FLOOR"}


def test_no_unit_is_used_twice() -> None:
    def buy(name: str) -> Json:
        return {"id": name, "give": {"buy": {"quantity": 1}, "get": {"quantity": 1, "percent": "100"}, "times": 1}}

    answer = price(programme(buy("one"), buy("two")), basket(line(quantity="3")))
    assert answer.discount_minor == 10_000
    assert reasons(answer) == {"two": "UNITS_USED"}


def test_losers_use_no_units_up() -> None:
    free = {"id": "free", "give": {"buy": {"quantity": 1}, "get": {"quantity": 1, "percent": "10"}, "times": 1}}
    best = {"id": "best", "mode": "max", "decide": "basket", "children": [free, {"id": "x", "give": {"percent": "50"}}]}
    after = {"id": "after", "give": {"every": 2, "percent": "100"}}
    assert {a.rule for a in price(programme(best, after), basket(line(quantity="2"))).applied} == {"x", "after"}


def test_rules_that_cannot_match_change_nothing() -> None:
    some = [{"id": f"s{k}", "give": {"percent": "1"}, "on": {"sku": [f"S{k}"]}} for k in range(0, 200, 2)]
    more = [{"id": f"z{k}", "give": {"percent": "9"}, "on": {"sku": [f"Z{k}"]}} for k in range(1000)]
    bought = basket(*(line(f"S{k}", id=str(k)) for k in range(40)))
    few, many = (
        compile_programme(parse_programme(programme(*rules))) for rules in (some, more[:500] + some + more[500:])
    )
    assert few.price(parse_basket(bought), "applied") == many.price(parse_basket(bought), "applied")
    assert few.total_minor(parse_basket(bought)) == few.price(parse_basket(bought), "none").total_minor


def test_threads_price_at_once_with_one_programme() -> None:
    deal = programme(
        {"id": "a", "give": {"amount": "33.33"}},
        {"id": "e", "give": {"every": 2, "percent": "50"}},
        {"id": "m", "mode": "max", "children": [{"id": f"r{k}", "give": {"percent": str(k)}} for k in range(1, 9)]},
    )
    compiled = compile_programme(parse_programme(deal))
    baskets = [parse_basket(basket(*(line(quantity=str(k + 1), id=str(j)) for j in range(k)))) for k in range(1, 30)]
    expected = [compiled.price(b) for b in baskets]
    wrong: list[int] = []

    def work() -> None:
        for _ in range(20):
            wrong.extend(k for k, b in enumerate(baskets) if compiled.price(b) != expected[k])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(100, 10**4), min_size=6, max_size=6, unique=True))
def test_the_order_of_lines_changes_nothing_but_ties(order: list[int], roubles: list[int]) -> None:
    """Prices so far apart that no rounding on the way makes two lines equal: an earlier rule may make a tie, too."""
    prices = [100 * price for price in roubles]
    deal = programme(
        {"id": "a", "give": {"amount": "33.33"}},
        {
            "id": "g",
            "mode": "max",
            "decide": "line",
            "children": [
                {"id": "p", "give": {"percent": "7.5"}},
                {"id": "c", "give": {"amount": "5.00", "per": "line"}},
            ],
        },
        {"id": "e", "give": {"every": 4, "percent": "50"}},
        {"id": "b", "give": {"buy": {"quantity": 1}, "get": {"quantity": 1, "percent": "50"}}},
    )
    lines = [line(f"S{k}", f"{p // 100}.{p % 100:02d}", id=str(k)) for k, p in enumerate(prices)]
    straight = price(deal, basket(*lines))
    turned = price(deal, basket(*(lines[k] for k in order)))
    assert straight.total_minor == turned.total_minor
    assert {x.id: x.net_minor for x in straight.lines} == {x.id: x.net_minor for x in turned.lines}


def test_the_codes_of_the_kernel_are_those_of_the_tables() -> None:
    """Every effect and every condition, once: a code that the kernel reads otherwise would show here."""
    effects: list[tuple[Json, int]] = [
        ({"percent": "10"}, 6000),
        ({"percent_by": {"subtotal": True, "levels": [["0", "1"], ["600.00", "10"]]}}, 6000),
        ({"amount": "10.00"}, 1000),
        ({"amount": "10.00", "per": "line"}, 2000),
        ({"amount": "10.00", "per": "unit"}, 4000),
        ({"unit_price": "90.00"}, 24_000),
        ({"total": "500.00"}, 10_000),
        ({"round_down_to": "70.00"}, 4000),
        ({"cheapest": "unit", "percent": "50"}, 5000),
        ({"dearest": "line", "amount": "33.00"}, 3300),
        ({"every": 2, "amount": "5.00"}, 2000),
        ({"amount_first": "10.00", "amount_next": "5.00"}, 3000),
        ({"buy": {"quantity": 1}, "get": {"quantity": 1, "percent": "100"}, "times": 1}, 10_000),
        ({"bundle": {"size": 3, "price": "250.00"}}, 5000),
        ({"bundle": {"size": 3, "price": "250.00", "pick": "dearest"}}, 25_000),
        ({"kit": {"A": 2, "B": 1}, "price": "450.00"}, 5000),
        ({"kit": {"A": 1, "B": 1}, "percent": "10"}, 4000),
        ({"kit": {"A": 1}, "amount": "1.00"}, 300),
    ]
    for give, expected in effects:
        bought = basket(line("A", "100.00", "3"), line("B", "300.00"))
        assert price(programme({"id": "d", "give": give}), bought).discount_minor == expected, json.dumps(give)
