"""Gifts: what stands in the basket goes to its floor, the rest is handed over."""

from typing import Any

import pytest
from priced import Json, basket, line, off, price, programme, reasons, told


def gift(name: str = "g", sku: str = "G", quantity: str = "1", **more: Any) -> Json:
    return {"id": name, "give": {"gift": {"sku": sku, "quantity": quantity}}} | more


def handed_over(answer: Any) -> list[tuple[str, str, str]]:
    return [(r["rule"], r["gift"]["sku"], r["gift"]["quantity"]) for r in answer["rewards"] if "gift" in r]


@pytest.mark.parametrize(
    ("given", "bought", "discounts", "missing"),
    [
        ("1", [], [0], "1"),
        ("1", [line("G", "30.00")], [0, 3000], None),
        ("2", [line("G", "30.00")], [0, 3000], "1"),
        ("1", [line("G", "30.00", "3")], [0, 3000], None),
        ("3", [line("G", "30.00"), line("G", "40.00", "5", id="z")], [0, 3000, 8000], None),
        ("0.5", [line("G", "99.99", "0.4"), line("G", "99.99", "0.7", id="z")], [0, 4000, 999], None),
        ("1", [line("G", "30.00", min_unit_price="10.00")], [0, 2000], None),
        ("2", [line("G", "30.00", discountable=False)], [0, 0], "1"),
        ("2", [line("G", "0.01", "3")], [0, 2], None),
    ],
)
def test_a_gift_takes_what_is_there_and_tells_the_rest(
    given: str, bought: list[Json], discounts: list[int], missing: str | None
) -> None:
    answer = told(programme(gift(quantity=given)), basket(line(), *bought))
    got = [round(sum(float(d["amount"]) for d in x["discounts"]) * 100) for x in answer["lines"]]
    assert got == discounts
    assert handed_over(answer) == ([] if missing is None else [("g", "G", missing)])
    assert bool(answer["applied"]) == any(discounts)
    assert not answer["not_applied"]


def test_a_gift_depends_on_its_conditions_and_its_goods_but_not_on_the_gifts_own_line() -> None:
    rule = gift(on={"category": ["tea"]}, when=[{"subtotal": {"at_least": "200.00"}}])
    tea, other = line("T", "250.00", categories=["tea/green"]), line("T", "250.00", id="z")
    assert handed_over(told(programme(rule), basket(tea))) == [("g", "G", "1")]
    assert off(price(programme(rule), basket(tea, line("G", "30.00")))) == {"g": 3000}
    assert reasons(price(programme(rule), basket(other, line("G", "30.00")))) == {"g": "NO_GOODS"}
    assert reasons(price(programme(rule), basket(line("T", "1.00", categories=["tea"])))) == {"g": "BELOW_AMOUNT"}


def test_a_gift_at_its_floor_gives_nothing() -> None:
    answer = price(programme(gift()), basket(line("G", "30.00", min_unit_price="30.00")))
    assert (reasons(answer), answer.rewards) == ({"g": "FLOOR"}, ())


def test_a_gift_is_bounded_by_its_cap_and_by_what_earlier_rules_left() -> None:
    half = {"id": "half", "give": {"percent": "50"}}
    assert off(price(programme(half, gift()), basket(line("G", "30.00")))) == {"half": 1500, "g": 1500}
    assert off(price(programme(gift(cap="10.00")), basket(line("G", "30.00")))) == {"g": 1000}


@pytest.mark.parametrize("mode", ["max", "min", "first"])
@pytest.mark.parametrize("decide", ["line", "basket"])
def test_a_gift_to_hand_over_is_told_where_no_child_gave_money(mode: str, decide: str) -> None:
    first, second = gift("first"), gift("second")
    none = {"id": "none", "give": {"percent": "10"}, "on": {"sku": ["Z"]}}
    answer = told(programme(none, first, second, mode=mode, decide=decide), basket(line()))
    assert handed_over(answer) == [("first", "G", "1")]
    assert {n["rule"]: n["reason"] for n in answer["not_applied"]} == {"none": "NO_GOODS", "second": "DISPLACED"}
    some = {"id": "some", "give": {"percent": "10"}}
    answer = told(programme(first, some, second, mode=mode, decide=decide), basket(line()))
    assert handed_over(answer) == []
    assert {n["rule"]: n["reason"] for n in answer["not_applied"]} == {"first": "DISPLACED", "second": "DISPLACED"}


def test_so_many_gifts_are_handed_over_as_children_may_give() -> None:
    inner = {"id": "inner", "mode": "sum", "children": [gift("a"), gift("b")]}
    document = programme(inner, gift("c"), gift("d"), mode="max", decide="basket")
    document["discounts"]["most"] = 2
    answer = told(document, basket(line()))
    assert [rule for rule, _, _ in handed_over(answer)] == ["a", "b", "c"]


def test_a_gift_beside_a_winner_stays_and_beside_a_loser_goes() -> None:
    def pair(name: str, percent: str) -> Json:
        children = [{"id": f"{name}-off", "give": {"percent": percent}}, gift(f"{name}-gift")]
        return {"id": name, "mode": "sum", "children": children}

    answer = told(programme(pair("small", "5"), pair("big", "10"), mode="max"), basket(line()))
    assert handed_over(answer) == [("big-gift", "G", "1")]
    lines = programme(pair("small", "5"), pair("big", "10"), mode="max", decide="line")
    lines["discounts"]["children"][1]["children"][0]["on"] = {"sku": ["B"]}
    answer = told(lines, basket(line(), line("B")))
    assert [rule for rule, _, _ in handed_over(answer)] == ["small-gift", "big-gift"]


def test_only_money_fills_a_group_and_a_gift_after_a_full_one_is_too_many() -> None:
    some, more = {"id": "some", "give": {"percent": "10"}}, {"id": "more", "give": {"percent": "10"}}
    document = programme(gift("early"), some, gift("late"), more, mode="sum")
    document["discounts"]["most"] = 1
    answer = told(document, basket(line()))
    assert handed_over(answer) == [("early", "G", "1")]
    assert {n["rule"]: n["reason"] for n in answer["not_applied"]} == {"late": "MOST", "more": "MOST"}


def test_a_gift_on_a_line_that_is_full_is_too_many() -> None:
    document = programme({"id": "some", "give": {"percent": "10"}}, gift(), mode="sum", decide="line")
    document["discounts"]["most"] = 1
    assert reasons(price(document, basket(line("G", "30.00")))) == {"g": "MOST"}
    barred = basket(line("G", "30.00", discountable=False), line())
    assert reasons(price(document, barred)) == {"g": "NO_GOODS"}


def test_an_exclusive_gift_excludes_when_it_gives_money_or_is_told() -> None:
    rules = programme({"id": "x", "give": {"percent": "10"}}, gift(exclusive=True))
    assert reasons(price(rules, basket(line()))) == {"x": "EXCLUSIVE"}
    assert off(price(rules, basket(line("G", "30.00")))) == {"g": 3000}
    floored = basket(line(), line("G", "30.00", min_unit_price="30.00"))
    assert off(price(rules, floored)) == {"x": 1000}
    only = programme(gift(), {"id": "x", "give": {"percent": "10"}, "exclusive": True})
    answer = price(only, basket(line()))
    assert (reasons(answer), answer.rewards) == ({"g": "EXCLUSIVE"}, ())


def test_the_same_gift_twice_is_taken_from_what_is_left_on_the_line() -> None:
    answer = told(programme(gift("a"), gift("b")), basket(line("G", "30.00", "2")))
    assert [(d["rule"], d["amount"]) for d in answer["lines"][0]["discounts"]] == [("a", "30.00"), ("b", "15.00")]
