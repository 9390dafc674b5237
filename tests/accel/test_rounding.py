"""Every effect that rounds does so as its rule says, else as the programme does."""

import pytest
from priced import Json, basket, line, price, programme, told

MODES = ("half_up", "half_even", "down", "up")


@pytest.mark.parametrize(
    ("give", "bought", "expected"),
    [
        ({"percent": "10"}, [line(price="0.05")], (1, 0, 0, 1)),
        ({"percent": "10"}, [line(price="0.15")], (2, 2, 1, 2)),
        ({"percent": "10", "round": "unit"}, [line(price="0.05", quantity="3")], (3, 0, 0, 3)),
        ({"percent": "10", "round": "basket"}, [line(price="0.02"), line("B", "0.03")], (1, 0, 0, 1)),
        ({"percent_by": {"subtotal": True, "levels": [["0", "10"]]}}, [line(price="0.05")], (1, 0, 0, 1)),
        ({"percent_by": {"quantity": True, "levels": [[1, "50"]]}}, [line(price="0.01")], (1, 0, 0, 1)),
        ({"cheapest": "unit", "percent": "50"}, [line(price="0.05")], (3, 2, 2, 3)),
        ({"dearest": "line", "percent": "50"}, [line(price="0.01", quantity="5")], (3, 2, 2, 3)),
        ({"every": 2, "percent": "50"}, [line(price="0.05", quantity="3")], (5, 5, 5, 5)),
        ({"every": 1, "percent": "50"}, [line(price="0.05")], (3, 2, 2, 3)),
        ({"kit": {"A": 1}, "percent": "50"}, [line(price="0.05")], (3, 2, 2, 3)),
        ({"buy": {"quantity": 1}, "get": {"quantity": 1, "percent": "50"}}, [line(price="0.05", quantity="2")],
         (3, 2, 2, 3)),
        ({"amount": "0.05", "per": "unit"}, [line(quantity="0.3")], (2, 2, 1, 2)),
        ({"unit_price": "0.05"}, [line(price="1.00", quantity="0.3")], (28, 28, 29, 28)),
    ],
)  # fmt: skip
def test_a_rule_rounds_as_it_says(give: Json, bought: list[Json], expected: tuple[int, ...]) -> None:
    for mode, discount in zip(MODES, expected, strict=True):
        in_give = {"id": "d", "give": give | {"rounding": mode}}
        in_rule = {"id": "d", "give": give, "rounding": mode}
        for rule in (in_give, in_rule, in_give | {"rounding": "up"}):
            assert price(programme(rule), basket(*bought)).discount_minor == discount, (rule, mode)
        by_programme = price(programme({"id": "d", "give": give}, rounding=mode), basket(*bought)).discount_minor
        # What units cost at a set price is a line's value: halves up, whatever discounts do.
        assert by_programme == (expected[0] if "unit_price" in give else discount)


@pytest.mark.parametrize(
    ("at", "uneven", "halves"),
    [
        ("receipt", (5, 5, 4, 5), (4, 4, 4, 4)),
        ("rule", (5, 5, 4, 6), (5, 4, 3, 5)),
        ("line", (4, 4, 4, 6), (4, 4, 4, 4)),
    ],
)
def test_points_round_where_the_programme_says_unless_the_rule_does(
    at: str, uneven: tuple[int, ...], halves: tuple[int, ...]
) -> None:
    """1.3 % and 1.1 % of two lines of 100.00: 2.6 and 2.2 by rule, 2.4 and 2.4 by line, 4.8 in all. 1.25 % and 0.75 %:
    2.5 and 1.5 by rule, 2 and 2 by line, 4 in all."""

    def earned(shares: tuple[str, str], mode: str, own: Json) -> int:
        rules = [
            {"id": f"p{k}", "give": {"points_percent": share, "base": "list"} | own} for k, share in enumerate(shares)
        ]
        document = programme(
            points={"rounding": mode, "round_at": at}, accrual={"id": "acc", "mode": "sum", "children": rules}
        )
        points = told(document, basket(line(), line("B")))["points"]
        assert sum(map(int, points["by_rule"].values())) == int(points["earned"])
        return int(points["earned"])

    for shares, expected, by_rule in (
        (("1.3", "1.1"), uneven, (5, 5, 4, 6)),
        (("1.25", "0.75"), halves, (5, 4, 3, 5)),
    ):
        assert tuple(earned(shares, mode, {}) for mode in MODES) == expected
        for programmes in ("down", "up"):
            assert tuple(earned(shares, programmes, {"rounding": mode}) for mode in MODES) == by_rule


def test_a_rules_own_rounding_comes_before_the_sum() -> None:
    def earned(*shares: tuple[str, str | None]) -> int:
        rules = [
            {"id": f"p{k}", "give": {"points_percent": share} | ({"rounding": own} if own else {})}
            for k, (share, own) in enumerate(shares)
        ]
        document = programme(points={"rounding": "down"}, accrual={"id": "acc", "mode": "sum", "children": rules})
        return price(document, basket(line())).points.earned

    assert earned(("1.5", None), ("1.5", None)) == 3
    assert earned(("1.5", "half_up"), ("1.5", "half_up")) == 4
    assert earned(("1.5", "half_even"), ("2.5", "half_even")) == 4
    assert earned(("1.5", "down"), ("1.5", "up")) == 3
    assert earned(("1.5", "down"), ("1.5", None)) == 2


def test_caps_and_bases_of_points() -> None:
    def earned(give: Json, **more: object) -> dict[str, str]:
        first = {"id": "first", "give": {"points": "10"}}
        document = programme(
            {"id": "d", "give": {"percent": "10"}},
            redemption={},
            accrual={"id": "acc", "mode": "sequence", "children": [first, {"id": "own", "give": give} | more]},
        )
        bought = basket(line(price="1000.00"), customer={"id": "c", "points": "100"}, redeem={"points": "100"})
        return dict(told(document, bought)["points"]["by_rule"])

    for base, money in (("list", 1000), ("net", 900), ("paid", 800)):
        assert earned({"points_percent": "1", "base": base})["own"] == str(money // 100)
        by = {"subtotal": True, "levels": [["0", "1"]]}
        assert earned({"points_percent_by": by, "base": base})["own"] == str(money // 100)
        per = {"points_per": {"spend": "10.00", "points": "1"}, "base": base}
        assert earned(per)["own"] == str(money // 10)
        assert earned(per | {"cap": "7"})["own"] == "7"
        assert earned(per, cap="7")["own"] == "7"
    assert earned({"points": "50", "cap": "7"})["own"] == "7"
    assert earned({"points_times": "3"})["own"] == "20"
    assert earned({"points_times": "3", "cap": "7"})["own"] == "7"
    assert earned({"points_times": "1.25", "rounding": "up"})["own"] == "3"
