"""What a marketer and a till rely on, one promise each."""

import json
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tillgate.accel import check_examples, compile_programme
from tillgate.core import Answer, parse_basket, parse_programme
from tillgate.core.errors import BasketInvalid, CurrencyMismatch, ProgrammeInvalid

Json = dict[str, Any]


def programme(*children: Json, mode: str = "sequence", decide: str = "basket", **more: Any) -> Json:
    root = {"id": "root", "mode": mode, "decide": decide, "children": list(children)}
    return {"format": 1, "id": "p", "revision": 1, "currency": "RUB", "discounts": root} | more


def line(sku: str = "A", price: str = "100.00", quantity: str = "1", **more: Any) -> Json:
    return {"sku": sku, "unit_price": price, "quantity": quantity} | more


def basket(*lines: Json, **more: Any) -> Json:
    return {"currency": "RUB", "time": "2026-11-20T12:00:00+03:00", "lines": list(lines)} | more


def price(document: Json, bought: Json) -> Answer:
    compiled = compile_programme(parse_programme(document))
    return compiled.price(parse_basket(bought, compiled.points_digits))


def reasons(answer: Answer) -> dict[str, str]:
    return {entry.rule: entry.reason for entry in answer.not_applied}


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


def test_redemption_answers_bounds_and_ladder_and_spends_what_was_asked() -> None:
    deal = programme(redemption={"max_share": "30"})
    bought = basket(line(price="1000.50"), customer={"id": "c", "points": "5000"}, redeem={"points": "120"})
    answer = price(deal, bought)
    assert (answer.points.redeemable_min, answer.points.redeemable_max) == (0, 300)
    assert answer.points.ladder == (75, 150, 225, 300)
    assert (answer.redeemed_points, answer.redeemed_minor, answer.total_minor) == (120, 12_000, 88_050)


def test_points_as_tender_leave_the_prices_alone() -> None:
    deal = programme(redemption={"max_share": "50", "as": "tender"})
    bought = basket(line(), customer={"id": "c", "points": "500"}, redeem={"max": True})
    answer = price(deal, bought)
    assert (answer.total_minor, answer.tender_minor, answer.redeemed_points) == (10_000, 5000, 50)
    assert answer.lines[0].net_minor == 10_000


def test_an_unknown_customer_spends_nothing() -> None:
    answer = price(programme(redemption={}), basket(line(), redeem={"max": True}))
    assert (answer.redeemed_points, answer.points.redeemable_max) == (0, 0)


def test_points_are_rounded_once_and_shared_over_lines_and_rules() -> None:
    accrual = {
        "id": "acc",
        "mode": "sum",
        "children": [
            {"id": "five", "give": {"points_percent": "5"}},
            {"id": "more", "give": {"points_percent": "1"}, "on": {"sku": ["B"]}},
        ],
    }
    answer = price(programme(accrual=accrual), basket(line("A", "19.90"), line("B", "19.90")))
    assert answer.points.earned == 2  # 0.995 + 0.995 + 0.199
    assert [x.points for x in answer.lines] == [1, 1]
    assert answer.points.by_rule == (("five", 2), ("more", 0))


def test_tier_tells_what_is_missing_after_this_receipt() -> None:
    tiers = {"window": "all", "levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "10000.00"}]}
    answer = price(programme(tiers=tiers), basket(line(price="2800.00"), customer={"id": "c"}))
    assert answer.tier is not None
    assert (answer.tier.id, answer.tier.next, answer.tier.remaining_minor) == ("base", "silver", 720_000)


def test_certificates_pay_and_are_no_discount() -> None:
    answer = price(programme(), basket(line(), certificates=[{"number": "1", "amount": "500.00"}]))
    assert (answer.tender_minor, answer.total_minor, answer.discount_minor) == (10_000, 10_000, 0)


def test_marked_units_stand_alone_on_the_fiscal_receipt() -> None:
    answer = price(programme({"id": "d", "give": {"amount": "0.01"}}), basket(line(quantity="3", marked=True)))
    assert [(p.quantity_milli, p.unit_price_minor) for p in answer.lines[0].pieces] == [
        (1000, 9999),
        (1000, 10_000),
        (1000, 10_000),
    ]


def test_a_basket_in_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        price(programme(), basket(line()) | {"currency": "USD"})


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("quantity_milli", 0, "$.lines[0].quantity"),
        ("quantity_milli", -1000, "$.lines[0].quantity"),
        ("quantity_milli", 2**80, "$"),
        ("unit_price_minor", -1, "$.lines[0].unit_price"),
        ("unit_price_minor", 10**12 + 1, "$.lines[0].unit_price"),
        ("min_unit_price_minor", -1, "$.lines[0].min_unit_price"),
    ],
)
def test_a_basket_that_nobody_checked_is_refused_too(field: str, value: int, path: str) -> None:
    compiled = compile_programme(parse_programme(programme({"id": "d", "give": {"percent": "10"}})))
    good = parse_basket(basket(line()))
    bad = replace(good, lines=(replace(good.lines[0], **{field: value}),))
    for calculate in (compiled.price, compiled.total_minor):
        with pytest.raises(BasketInvalid) as caught:
            calculate(bad)
        assert caught.value.path == path
    with pytest.raises(BasketInvalid):
        compiled.price(replace(good, lines=()))
    assert compiled.price(good).total_minor == 9000


def test_figures_at_the_edges_are_exact_and_what_does_not_fit_is_refused() -> None:
    biggest = [line(f"S{k}", "10000000.00", "1000", id=str(k)) for k in range(500)]
    deal = programme({"id": "d", "give": {"percent": "33.3333", "round": "basket"}})
    answer = price(deal, basket(*biggest))
    assert answer.list_minor == 500 * 10**12
    assert answer.discount_minor == 333_333 * 500 * 10**6
    points = {
        "id": "acc",
        "mode": "sum",
        "children": [{"id": "e", "give": {"points_per": {"spend": "0.01", "points": "1000000"}}}],
    }
    with pytest.raises(BasketInvalid) as caught:
        price(programme(accrual=points), basket(*biggest))
    assert caught.value.metadata["reason"] == "OVERFLOW"


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
@given(st.permutations(range(6)), st.lists(st.integers(1, 10**6), min_size=6, max_size=6, unique=True))
def test_the_order_of_lines_changes_nothing_but_ties(order: list[int], prices: list[int]) -> None:
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


def test_examples_hold_before_a_programme_is_published() -> None:
    example = {
        "basket": basket(line()),
        "expect": {"total": "90.00", "line_discounts": ["10.00"], "offers_card": False},
    }
    good = programme({"id": "d", "give": {"percent": "10"}}, examples=[example])
    check_examples(parse_programme(good))
    wrong: list[tuple[Json, str, str]] = [
        ({"total": "91.00"}, "$.examples[0].expect.total", "EXAMPLE"),
        ({"offers_card": True}, "$.examples[0].expect.offers_card", "EXAMPLE"),
        ({"sum": "90.00"}, "$.examples[0].expect.sum", "UNKNOWN_KEY"),
    ]
    for expect, path, reason in wrong:
        with pytest.raises(ProgrammeInvalid) as caught:
            check_examples(parse_programme(good | {"examples": [{"basket": basket(line()), "expect": expect}]}))
        assert (caught.value.path, caught.value.metadata["reason"]) == (path, reason)
    with pytest.raises(ProgrammeInvalid) as caught:
        check_examples(parse_programme(good | {"examples": [{"basket": basket(line(price="-1")), "expect": {}}]}))
    assert caught.value.path == "$.examples[0].basket.lines[0].unit_price"


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
