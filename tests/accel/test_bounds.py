"""Figures at the edges, what is refused, and examples that a programme carries."""

import pytest
from msgspec.structs import replace
from priced import Json, basket, line, price, programme

from tillgate.accel import check_examples, compile_programme
from tillgate.core import parse_basket, parse_programme
from tillgate.core.errors import BasketInvalid, CurrencyMismatch, ProgrammeInvalid


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


@pytest.mark.parametrize(
    "document",
    [
        programme({"id": "d", "give": {"amount": "10000000000.00", "per": "unit"}}),
        programme({"id": "d", "give": {"amount_first": "1.00", "amount_next": "10000000000.00"}}),
        programme(
            points={"digits": 2, "worth": "1.00", "round_at": "line"},
            accrual={
                "id": "acc",
                "mode": "sum",
                "children": [
                    {"id": "e", "give": {"points_per": {"spend": "0.01", "points": "10000"}, "scope": "line"}}
                ],
            },
        ),
    ],
)
def test_sums_over_lines_that_each_fit_are_refused_when_they_do_not(document: Json) -> None:
    some = [line(f"S{k}", "10000.00", "1000000", id=str(k)) for k in range(12)]
    assert price(document, basket(line())).list_minor == 10_000
    with pytest.raises(BasketInvalid) as caught:
        price(document, basket(*some))
    assert caught.value.metadata["reason"] == "OVERFLOW"


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


def test_a_gift_of_the_largest_line_is_exact() -> None:
    give = {"gift": {"sku": "G", "quantity": "999999.999"}}
    answer = price(programme({"id": "g", "give": give}), basket(line("G", "10000.00", "1000000")))
    assert answer.discount_minor == 999_999_999_000
    assert price(programme({"id": "g", "give": give}), basket(line())).rewards[0].gift_quantity_milli == 999_999_999


def test_counts_of_uses_are_bounded() -> None:
    for more, path in (({"uses": {"r": {"count": 10**9 + 1}}}, "$.uses.r.count"), ({"uses": {"r": 1}}, "$.uses.r")):
        with pytest.raises(BasketInvalid) as refused:
            parse_basket(basket(line(), **more))
        assert refused.value.path == path
    deal = programme({"id": "r", "give": {"percent": "10"}, "uses": {"total": 1_000_000_000}})
    assert price(deal, basket(line(), uses={"r": {"count": 999_999_999}})).discount_minor == 1000
    assert price(deal, basket(line(), uses={"r": {"count": 1_000_000_000}})).discount_minor == 0
    unchecked = replace(parse_basket(basket(line())), uses={"r": 1 << 70})
    with pytest.raises(BasketInvalid) as refused:
        compile_programme(parse_programme(deal)).price(unchecked)
    assert refused.value.metadata["reason"] in ("OVERFLOW", "OUT_OF_RANGE")


def test_half_a_letter_in_a_customers_id_is_refused_and_crashes_nothing() -> None:
    compiled = compile_programme(
        parse_programme(programme({"id": "r", "give": {"percent": "10"}, "holdout": {"percent": "50"}}))
    )
    bought = parse_basket(basket(line(), customer={"id": "c"}))
    customer = bought.customer
    assert customer is not None
    with pytest.raises(BasketInvalid):
        compiled.price(replace(bought, customer=replace(customer, id="\ud800")))
    assert compiled.price(bought).list_minor == 10_000
