"""Percents by level, and points for every so much money: what lacks to the first that gives something."""

import pytest
from explained import BASKET, priced, refused
from priced import Json

TWO = [["1000.00", "5"], ["2000.00", "10"]]


@pytest.mark.parametrize(
    ("give", "reason", "figures", "hint"),
    [
        (
            {"percent_by": {"subtotal": True, "levels": TWO}},
            "BELOW_AMOUNT",
            ("1000.00", "880.00", "120.00"),
            "120.00 more and 5 % comes off.",
        ),
        (
            {"percent_by": {"subtotal": True, "levels": [["0", "0"], *TWO]}},
            "BELOW_AMOUNT",
            ("1000.00", "880.00", "120.00"),
            "120.00 more and 5 % comes off.",
        ),
        (
            {"percent_by": {"quantity": True, "levels": [["6", "3"], ["9", "5"]], "of": {"sku": "A"}}},
            "BELOW_QUANTITY",
            ("6", "4", "2"),
            "2 more and 3 % comes off.",
        ),
        (
            {"percent_by": {"turnover": "all", "levels": [["1500.00", "3"], ["9000.00", "5"]]}},
            "TURNOVER",
            ("1500.00", "1200.00", "300.00"),
            None,
        ),
        ({"percent_by": {"tier": {"base": "0", "silver": "3"}}}, "TIER", ("silver", "base", ""), None),
        ({"percent_by": {"subtotal": True, "levels": [["0", "0"]]}}, "ZERO", ("", "", ""), None),
        ({"percent_by": {"subtotal": True, "levels": [["500.00", "0"]]}}, "ZERO", ("", "", ""), None),
    ],
)
def test_a_level_that_is_not_reached_is_told(
    give: Json, reason: str, figures: tuple[str, str, str], hint: str | None
) -> None:
    answer = priced({"id": "r", "give": give})
    entry = refused(answer)
    assert (entry.reason, (entry.need, entry.actual, entry.missing)) == (reason, figures)
    assert [told.en for told in answer.hints] == ([hint] if hint else [])


@pytest.mark.parametrize("measure", [{"turnover": "all", "levels": [["0", "3"]]}, {"tier": {"base": "3"}}])
def test_whose_level_is_not_known_must_say_who_they_are(measure: Json) -> None:
    unknown = {key: value for key, value in BASKET.items() if key != "customer"}
    assert refused(priced({"id": "r", "give": {"percent_by": measure}}, basket=unknown)).reason == "NOT_IDENTIFIED"


@pytest.mark.parametrize(
    ("give", "need", "actual", "missing", "hint"),
    [
        (
            {"points_percent_by": {"subtotal": True, "levels": TWO}},
            *("1000.00", "880.00", "120.00"),
            "Ещё 120.00 ₽ — и 5 % вернётся баллами.",
        ),
        (
            {"points_per": {"spend": "900.00", "points": "7"}},
            *("900.00", "880.00", "20.00"),
            "Ещё 20.00 ₽ — и 7 баллов за каждые 900.00 ₽.",
        ),
        (
            {"points_per": {"spend": "900.00", "points": "7"}, "scope": "line"},
            *("900.00", "400.00", "500.00"),
            "Ещё 500.00 ₽ — и 7 баллов за каждые 900.00 ₽.",
        ),
    ],
)
def test_points_that_money_lacks_for_are_told(give: Json, need: str, actual: str, missing: str, hint: str) -> None:
    answer = priced(accrual={"id": "acc", "mode": "sum", "children": [{"id": "r", "give": give}]})
    entry = refused(answer)
    assert (entry.reason, entry.need, entry.actual, entry.missing) == ("BELOW_AMOUNT", need, actual, missing)
    assert [told.ru for told in answer.hints] == [hint]
