"""What the law and the till's own floors say binds every way to pay less."""

import pytest
from priced import Json, basket, line, off, price, programme, reasons

LAW: list[Json] = [
    {"kind": "tobacco", "discount": False, "redeem": False, "earn": False},
    {"kind": "vodka", "floor_per_litre": "818.00", "from": "2026-01-01"},
    {"kind": "vodka", "floor_per_litre": "900.00", "from": "2027-01-01", "earn": False},
]


def vodka(price: str = "500.00", quantity: str = "1", litres: str = "0.5") -> Json:
    return line("V", price, quantity, regulated="vodka", litres=litres)


@pytest.mark.parametrize(
    ("time", "net"),
    [
        ("2025-12-31T23:59:59+03:00", 0),
        ("2026-01-01T00:00:00+03:00", 40_900),
        ("2026-12-31T23:59:59+03:00", 40_900),
        ("2027-01-01T00:00:00+03:00", 45_000),
        ("2026-12-31T22:00:00+00:00", 40_900),
        (None, 45_000),
    ],
)
def test_a_floor_binds_from_its_day_in_the_stores_time(time: str | None, net: int) -> None:
    bought = {k: v for k, v in basket(vodka()).items() if k != "time"} | ({"time": time} if time else {})
    assert price(programme({"id": "d", "give": {"percent": "100"}}, regulated=LAW), bought).total_minor == net


def test_what_a_bottle_cannot_take_moves_to_other_goods_and_points_do_not_go_below_either() -> None:
    bought = basket(
        vodka("450.00"), line("F", "550.00"), customer={"id": "c", "points": "500"}, redeem={"points": "500"}
    )
    answer = price(programme(regulated=LAW, redemption={"max_share": "50"}), bought)
    assert [x.net_minor for x in answer.lines] == [40_900, 9100]


def test_no_bottle_of_several_goes_under_the_floor_of_one() -> None:
    law = [{"kind": "vodka", "floor_per_litre": "818.01"}]  # 204.5025 a quarter of a litre.
    answer = price(programme({"id": "d", "give": {"percent": "100"}}, regulated=law), basket(vodka("450", "2", "0.25")))
    assert [(piece.quantity_milli, piece.unit_price_minor) for piece in answer.lines[0].pieces] == [(2000, 20_451)]


def test_floors_of_parts_of_a_unit_round_up() -> None:
    document = programme({"id": "d", "give": {"percent": "100"}}, limits={"min_unit_price": "0.01"})
    for quantity, own, floor in (("0.345", "409.00", 14_111), ("0.001", "0.01", 1), ("2.5", "0.01", 3), ("3", "0", 3)):
        bought = basket(line("A", "1000.00", quantity, min_unit_price=own))
        assert price(document, bought).total_minor == floor


def test_goods_that_the_law_keeps_from_discounts_and_points_still_count_for_thresholds() -> None:
    tobacco = line("T", "500.00", regulated="tobacco")
    rule = {"id": "d", "give": {"percent": "10"}, "when": [{"subtotal": {"at_least": "600.00"}}]}
    earning = {"id": "acc", "mode": "sum", "children": [{"id": "p", "give": {"points_percent": "10"}}]}
    document = programme(rule, regulated=LAW, accrual=earning, redemption={})
    customer = {"id": "c", "points": "1000"}
    answer = price(document, basket(tobacco, line(), customer=customer, redeem={"max": True}))
    assert off(answer) == {"d": 1000}
    assert [x.redeemed_minor for x in answer.lines] == [0, 9000]
    assert price(document, basket(tobacco, line(), customer=customer)).points.earned == 9
    assert "d" in reasons(price(document, basket(line("T", "700.00", regulated="tobacco"))))
