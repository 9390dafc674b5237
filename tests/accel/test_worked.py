"""Receipts worked out by hand: what each line's discount is, and what points come of it."""

import pytest
from priced import Json, basket, line, price, programme


def percent(name: str, share: str, sku: str = "", **more: str) -> Json:
    return {"id": name, "give": {"percent": share}, **({"on": {"sku": sku}} if sku else {}), **more}


def amount(name: str, money: str, **more: str | int) -> Json:
    return {"id": name, "give": {"amount": money, **more}}


def group(name: str, mode: str, *children: Json, decide: str = "line", **more: int) -> Json:
    return {"id": name, "mode": mode, "decide": decide, "children": list(children), **more}


def deal(buy: int, get: int, **more: str | int | bool) -> Json:
    return {"id": "deal", "give": {"buy": {"quantity": buy}, "get": {"quantity": get, "percent": "100"}, **more}}


def bundle(size: int, money: str, **more: str | int) -> Json:
    return {"id": "bundle", "give": {"bundle": {"size": size, "price": money, **more}}}


def kit(**more: str) -> Json:
    return {"id": "kit", "give": {"kit": {"A": 2, "B": 1}, **more}}


def goods(*prices: str) -> list[Json]:
    """Lines of one piece each, A, B, C and so on."""
    return [line(sku, money) for sku, money in zip("ABCDEF", prices, strict=False)]


TEN, FIFTEEN = percent("ten", "10"), {"id": "fifteen", "give": {"amount": "15", "per": "line"}, "on": {"sku": "A"}}
TEN_OF_A, TWENTY_OF_A, FIVE_OF_B = percent("first", "10", "A"), percent("twenty", "20", "A"), percent("five", "5", "B")
NOT_B = {"exclude": {"sku": "B"}}
RUNNING = {"spread": "running_remainder"}
FIVE, EACH_FIVE = percent("five", "5"), amount("each", "5", per="line")


@pytest.mark.parametrize(
    ("root", "discounts"),
    [
        # A costs 100.00, B 200.00.
        (group("root", "max", TEN, FIFTEEN), ["15", "20"]),
        (group("root", "max", TEN, FIFTEEN, decide="basket"), ["10", "20"]),
        (group("root", "min", TEN, TWENTY_OF_A, FIVE_OF_B), ["10", "10"]),
        (group("root", "min", TEN, TWENTY_OF_A, FIVE_OF_B, decide="basket"), ["0", "10"]),
        (group("root", "first", percent("five", "5", "A"), TWENTY_OF_A, TEN), ["5", "20"]),
        (group("root", "first", percent("five", "5", "A"), TEN, decide="basket"), ["5", "0"]),
        (group("root", "sequence", TEN_OF_A, percent("all", "20"), most=1), ["10", "40"]),
        (group("root", "sequence", TEN_OF_A, percent("all", "20"), decide="basket", most=1), ["10", "0"]),
        (group("root", "max", TEN, TWENTY_OF_A, percent("fifteen", "15"), most=2), ["35", "50"]),
        # 45.00 over 100 : 200 are 15.00 and 30.00; what A's line loses is not spread anew.
        (group("root", "max", amount("off", "45"), TWENTY_OF_A), ["20", "30"]),
        # Of A 10 % and 5.00 beat 8 %, of B 8 % beat them.
        (group("root", "max", group("both", "sum", FIVE, EACH_FIVE), percent("eight", "8")), ["10", "16"]),
        # 9.00 are spread over what 10 % left, 90 : 180, so 3.00 and 6.00; A keeps what stood first.
        (group("root", "first", TEN_OF_A, group("both", "sequence", TEN, amount("off", "9"))), ["10", "26"]),
        # A cap of 15.00 goes by what 10 % are.
        (group("root", "sequence", TEN | {"cap": "15"}), ["5", "10"]),
    ],
)  # fmt: skip
def test_groups(root: Json, discounts: list[str]) -> None:
    assert off_lines({**programme(), "discounts": root}, goods("100.00", "200.00")) == discounts


@pytest.mark.parametrize(
    ("rule", "lines", "discounts"),
    [
        (deal(2, 1), goods("60", "50", "40", "30", "20", "10"), ["0", "0", "0", "0", "20", "10"]),
        (deal(2, 2, partial=True), goods("30", "20", "10"), ["0", "0", "10"]),
        (deal(2, 1, place="all"), goods("30", "20", "10"), ["5", "3.33", "1.67"]),
        (deal(1, 2, partial=True), [line("A", "100", "5")], ["300"]),  # One and two, then one and one.
        (deal(1, 1, place="all"), [line("A", "100", min_unit_price="90"), line("B", "100")], ["10", "90"]),
        (bundle(3, "250", times=1), goods("200", "100", "100", "100"), ["0", "16.67", "16.67", "16.66"]),
        (bundle(3, "250", pick="dearest"), goods("100", "100", "100", "200"), ["37.5", "37.5", "0", "75"]),
        (bundle(2, "15", pick="dearest"), goods("10", "8", "6", "4"), ["1.67", "1.33", "0", "0"]),
        (kit(price="450"), [line("A", "200", "3"), line("B", "100", "2")], ["40", "10"]),
        (kit(amount="30"), [line("A", "200", "4"), line("B", "100", "2")], ["48", "12"]),
        ({"id": "x", "give": {"every": 3, "percent": "10"}}, goods("10", "20", "30", "40"), ["1", "2", "3", "0"]),
        ({"id": "x", "give": {"cheapest": "line", "percent": "100"}}, [*goods("30"), line("B", "5", "2")], ["0", "10"]),
        ({"id": "x", "give": {"total": "50"}}, [line(price="30", min_unit_price="29"), line("B", "40")], ["1", "19"]),
        ({"id": "x", "give": {"round_down_to": "1.00"}}, goods("100.30", "23.15"), ["0.37", "0.08"]),
        ({"id": "x", "give": {"unit_price": "99.00"}}, [line("A", "199.90", "0.345")], ["34.81"]),  # 68.97 - 34.16
    ],
)  # fmt: skip
def test_units_and_set_prices(rule: Json, lines: list[Json], discounts: list[str]) -> None:
    assert off_lines(programme(rule), lines) == discounts


@pytest.mark.parametrize(
    ("give", "settings", "lines", "discounts"),
    [
        ({"percent": "10", "round": "unit"}, {}, [line("A", "0.35", "3")], ["0.12"]),  # 0.04 each
        ({"percent": "10"}, {}, [line("A", "0.35", "3")], ["0.11"]),  # 0.105
        ({"percent": "10", "round": "basket"}, {}, goods("0.05", "0.05", "0.05"), ["0.01", "0.01", "0"]),  # 0.015
        ({"percent": "10", "round": "basket"}, {}, [line("A", min_unit_price="95"), line("B")], ["5", "15"]),
        ({"percent": "10"}, {"rounding": "half_even"}, goods("0.25", "0.35"), ["0.02", "0.04"]),
        ({"percent": "10", "rounding": "down"}, {"rounding": "up"}, goods("0.99"), ["0.09"]),
        ({"amount": "10"}, RUNNING, goods("33.33", "33.33", "33.33"), ["3.33", "3.34", "3.33"]),
        ({"amount": "100"}, RUNNING, goods("10.01", "20.02", "70.03"), ["10", "20.01", "69.99"]),
        ({"amount": "10"}, {}, goods("33.33", "33.33", "33.33"), ["3.34", "3.33", "3.33"]),
        ({"amount": "10", "by": "even"}, {}, goods("100", "200", "2"), ["4", "4", "2"]),
        ({"amount": "60", "by": "quantity"}, {}, [line("A", "10", "2"), line("B", "100")], ["20", "40"]),
        ({"percent": "100"}, {"limits": {"discount_share": "50"}}, goods("0.05"), ["0.02"]),
        ({"amount": "50"}, {"limits": {"line_discount_share": "20"}}, goods("100", "100"), ["20", "20"]),
        ({"percent": "50"}, {"limits": {"discount_amount": "10"}}, goods("10", "10", "10"), ["3.33", "3.33", "3.34"]),
    ],
)  # fmt: skip
def test_rounding_and_limits(give: Json, settings: Json, lines: list[Json], discounts: list[str]) -> None:
    assert off_lines(programme({"id": "rule", "give": give}, **settings), lines) == discounts


@pytest.mark.parametrize(
    ("redemption", "worth", "lines", "points", "redeemed"),
    [
        ({"max_share": "30"}, "1.00", goods("99.99"), "29", ["29"]),
        ({"max_share": "50"}, "0.30", goods("100"), "166", ["49.8"]),
        ({"max_share": "50", "step": "10"}, "0.50", goods("99.99"), "90", ["45"]),
        ({"min_points": "30", "step": "20"}, "1.00", goods("35"), "0", ["0"]),
        (NOT_B | {"max_share": "60", "share_of": "basket"}, "1.00", goods("100", "100"), "100", ["100", "0"]),
        (NOT_B | {"max_share": "60"}, "1.00", goods("100", "100"), "60", ["60", "0"]),
        ({"max_share": "50"}, "1.00", [line("A", "450", min_unit_price="409"), line("B", "550")], "500", ["41", "459"]),
    ],
)  # fmt: skip
def test_points_that_pay(redemption: Json, worth: str, lines: list[Json], points: str, redeemed: list[str]) -> None:
    document = programme(redemption=redemption, points={"digits": 0, "worth": worth})
    answer = price(document, basket(*lines, customer={"id": "c", "points": "5000"}, redeem={"max": True}))
    assert (answer.redeemed_points, [money(x.redeemed_minor) for x in answer.lines]) == (int(points), redeemed)


@pytest.mark.parametrize(
    ("children", "settings", "lines", "earned"),
    [
        ([{"points_percent": "5"}], {}, goods("19.99", "19.99", "19.99"), [1, 1, 0]),  # 2.9985
        ([{"points_percent": "5"}], {"round_at": "line"}, goods("19.99", "19.99", "19.99"), [0, 0, 0]),
        ([{"points_percent": "5"}], {"round_at": "line", "rounding": "half_up"}, goods("10", "10", "9.99"), [1, 1, 0]),
        ([{"points_percent": "1.5"}, {"points_percent": "1.5"}], {"round_at": "rule"}, goods("100"), [2]),
        ([{"points_percent": "1.5"}, {"points_percent": "1.5"}], {}, goods("100"), [3]),
        ([{"points_per": {"spend": "100", "points": "1"}}], {}, goods("150", "150"), [2, 1]),
        ([{"points_per": {"spend": "100", "points": "1"}, "scope": "line"}], {}, goods("150", "150"), [1, 1]),
        ([{"points_per": {"spend": "100", "points": "5"}}, {"points_times": "1.5"}], {}, goods("350"), [22]),
        ([{"points_percent": "1"}, {"points_times": "2"}, {"points_times": "3"}], {}, goods("1000"), [60]),
        # 10 x 1.5 x 1.2 x 2 x 1.25 x 1.1 x 3 = 148.5
        ([{"points_percent": "1"}, *({"points_times": by} for by in ("1.5", "1.2", "2", "1.25", "1.1", "3"))], {},
         goods("1000"), [148]),
    ],
)  # fmt: skip
def test_points_that_are_earned(children: list[Json], settings: Json, lines: list[Json], earned: list[int]) -> None:
    rules = [{"id": f"rule{k}", "give": give} for k, give in enumerate(children)]
    document = programme(accrual=group("points", "sequence", *rules), points=settings)
    assert [x.points for x in price(document, basket(*lines)).lines] == earned


def off_lines(document: Json, lines: list[Json]) -> list[str]:
    return [money(sum(d.amount_minor for d in x.discounts)) for x in price(document, basket(*lines)).lines]


def money(minor: int) -> str:
    """Roubles, without zeros at the end."""
    return f"{minor // 100}.{minor % 100:02}".rstrip("0").rstrip(".")
