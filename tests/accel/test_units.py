"""Effects that take units: which ones, how many, and whether the order of the lines matters."""

import itertools
from typing import Any

import pytest
from priced import Json, basket, line, off, price, programme


def buy_get(bought: int, got: int, name: str = "d", **more: Any) -> Json:
    give: Json = {"buy": {"quantity": bought}, "get": {"quantity": got}}
    for side in ("buy", "get"):
        if side in more:
            give[side] |= {"of": {"sku": more.pop(side)}}
    return {"id": name, "give": give | more}


@pytest.mark.parametrize("order", list(itertools.permutations(["TARGET", "A", "B"])))
def test_what_may_be_got_is_bought_only_as_far_as_it_can_be_spared(order: tuple[str, ...]) -> None:
    deal = programme(buy_get(2, 1, buy=["TARGET", "A", "B"], get=["TARGET"]))
    answer = price(deal, basket(*(line(sku) for sku in order)))
    assert [x.net_minor for x in answer.lines] == [0 if sku == "TARGET" else 10_000 for sku in order]
    assert not price(deal, basket(line("TARGET"), line("A"))).discount_minor


def test_a_dear_target_is_not_bought_when_it_is_the_only_one() -> None:
    deal = programme(buy_get(1, 1, buy=["T", "A"], get=["T"]))
    assert price(deal, basket(line("T", "500.00"), line("A", "1.00"))).discount_minor == 50_000
    assert price(deal, basket(line("T", "500.00", "2"), line("A", "1.00"))).discount_minor == 50_000


def test_part_of_what_may_be_got_is_given_where_the_rule_allows_it() -> None:
    some = programme(buy_get(2, 2, partial=True))
    for quantity, free in ((2, 0), (3, 1), (4, 2), (5, 2), (7, 3)):
        assert price(some, basket(line(quantity=str(quantity)))).discount_minor == free * 10_000
    assert not price(programme(buy_get(2, 2)), basket(line(quantity="3"))).discount_minor


@pytest.mark.parametrize(("quantity", "free"), [(2, 0), (3, 1), (5, 1), (6, 2), (7, 2), (9, 3), (1000, 333)])
def test_two_and_one_free(quantity: int, free: int) -> None:
    assert price(programme(buy_get(2, 1)), basket(line(quantity=str(quantity)))).discount_minor == free * 10_000


@pytest.mark.parametrize(("quantity", "first", "second"), [(3, 1, 0), (6, 2, 0), (7, 2, 0), (9, 2, 1), (1000, 2, 1)])
def test_a_later_rule_works_on_what_is_left(quantity: int, first: int, second: int) -> None:
    deal = programme(buy_get(2, 1, "first", times=2), buy_get(2, 1, "second", times=1))
    gave = off(price(deal, basket(line(quantity=str(quantity)))))
    assert gave == {name: n * 10_000 for name, n in (("first", first), ("second", second)) if n}


def test_buying_one_thing_makes_another_free_until_either_runs_out() -> None:
    deal = programme(buy_get(2, 1, "a", buy=["B"], get=["G"]), buy_get(1, 1, "b", buy=["B"], get=["G"]))
    answer = price(deal, basket(line("G", "2.50", "11"), line("B", "2.50", "11")))
    assert off(answer) == {"a": 1250, "b": 250}


@pytest.mark.parametrize("turned", [False, True])
def test_groups_are_of_the_cheapest_units_whatever_the_order(turned: bool) -> None:
    lines = [line("A", "10.00", "3"), line("B", "20.00")]
    answer = price(
        programme({"id": "d", "give": {"every": 3, "percent": "10"}}), basket(*lines[:: -1 if turned else 1])
    )
    assert {x.id: x.list_minor - x.net_minor for x in answer.lines} == (
        {"1": 0, "2": 300} if turned else {"1": 300, "2": 0}
    )


def test_a_bundle_gives_nothing_when_it_would_cost_more() -> None:
    deal = programme({"id": "d", "give": {"bundle": {"size": 3, "price": "20.00"}}})
    for price_of_one, quantity, taken_off in (("6.00", 3, 0), ("5.00", 4, 0), ("8.00", 4, 400), ("7.00", 3, 100)):
        assert price(deal, basket(line("A", price_of_one, str(quantity)))).discount_minor == taken_off


@pytest.mark.parametrize("outer", ["sum", "sequence"])
@pytest.mark.parametrize("inner", [["sum"], ["sequence"], ["sequence", "sequence"], ["sequence", "max", "sequence"]])
def test_units_are_worth_what_they_cost_whatever_groups_earlier_ones_were_used_in(outer: str, inner: list[str]) -> None:
    """One of five was free for another: three of the rest cost 300.00 however the rule about the two was nested."""
    first = buy_get(1, 1, "first", times=1)
    for depth, mode in enumerate(inner):
        first = {"id": f"g{depth}", "mode": mode, "decide": "basket", "children": [first]}
    three = {"id": "three", "give": {"bundle": {"size": 3, "price": "299.00"}}}
    dear = {"id": "dear", "give": {"bundle": {"size": 3, "price": "300.00"}}}
    tenth = {"id": "tenth", "give": {"every": 3, "percent": "10"}}
    for rule, gave in ((three, 100), (dear, 0), (tenth, 3_000)):
        group = {"id": "outer", "mode": outer, "decide": "basket", "children": [first, rule]}
        found = off(price(programme(group), basket(line(quantity="5"))))
        assert found == {"first": 10_000} | ({rule["id"]: gave} if gave else {})


def test_units_used_up_at_a_lower_price_leave_the_others_at_theirs() -> None:
    """In a sum every child works on the list price, whatever a group before it took off before it used units up."""
    inner = {"id": "g", "mode": "sequence", "children": [{"id": "tenth", "give": {"percent": "10"}}, KIT]}
    five = basket(line(quantity="5"))
    dear = {"id": "dear", "give": {"bundle": {"size": 2, "price": "200.00"}}}
    assert off(price(programme(inner, dear, mode="sum"), five)) == {"tenth": 5_000, "kit": 900}
    fair = {"id": "fair", "give": {"bundle": {"size": 2, "price": "199.00"}}}
    assert off(price(programme(inner, fair, mode="sum"), five)) == {"tenth": 5_000, "kit": 900, "fair": 100}


@pytest.mark.parametrize("groups", [[], ["sum"], ["sum", "sequence"], ["max", "sum"]])
def test_units_that_are_left_cost_what_a_sequence_left_of_them(groups: list[str]) -> None:
    """Five at 90.00 of which two went into a kit: a tenth of the other three is 27.00, however the rules are nested."""
    children: list[Json] = [{"id": "tenth", "give": {"percent": "10"}}, KIT]
    for depth, mode in enumerate(groups):
        inside = children if depth else [{"id": "g", "mode": "sequence", "children": children}]
        children = [{"id": f"g{depth}", "mode": mode, "decide": "basket", "children": inside}]
    three = {"id": "three", "give": {"every": 3, "percent": "10"}}
    found = off(price(programme(*children, three), basket(line(quantity="5"))))
    assert found == {"tenth": 5_000, "kit": 900, "three": 2_700}


KIT: Json = {"id": "kit", "give": {"kit": {"A": 2}, "percent": "5"}, "uses": {"per_receipt": 1}}
