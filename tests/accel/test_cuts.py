"""What a rule gave less than it would have alone, and why."""

from typing import Any

import pytest
from explained import accrual, priced, refused
from priced import Json

from tillgate.core import answer_document


@pytest.mark.parametrize(
    ("rule", "more", "gave", "cuts"),
    [
        ({"give": {"percent": "50"}, "cap": "30.00", "on": {"sku": ["A"]}}, {}, 3000, [("CAP", 17000)]),
        (
            {"give": {"amount": "500.00"}, "on": {"sku": ["B"]}},
            {"limits": {"min_unit_price": "30.00"}},
            5000,
            [("FLOOR", 45000)],
        ),
        ({"give": {"percent": "50"}}, {"limits": {"discount_amount": "100.00"}}, 10000, [("LIMIT", 14000)]),
        (
            {"give": {"percent": "50"}, "cap": "200.00"},
            {"limits": {"line_discount_share": "10"}},
            4800,
            [("CAP", 4000), ("LIMIT", 15200)],
        ),
        ({"give": {"percent": "5"}}, {}, 2400, []),
    ],
)
def test_what_was_cut_is_told(rule: Json, more: Json, gave: int, cuts: list[tuple[str, int]]) -> None:
    (entry,) = priced({"id": "r"} | rule, **more).applied
    assert (entry.amount_minor, [(cut.reason, cut.amount_minor) for cut in entry.cuts]) == (gave, cuts)


@pytest.mark.parametrize(
    ("give", "gave", "cuts"),
    [
        ({"points_percent": "10", "cap": "30"}, 30, [("CAP", 58)]),
        ({"points": "100", "cap": "7"}, 7, [("CAP", 93)]),
        ({"points_per": {"spend": "100.00", "points": "3"}, "cap": "20"}, 20, [("CAP", 4)]),
        ({"points_percent": "10", "cap": "88"}, 88, []),
        ({"points_percent": "10"}, 88, []),
    ],
)
def test_points_that_a_cap_took_are_told(give: Json, gave: int, cuts: list[tuple[str, int]]) -> None:
    answer = priced({"id": "d", "give": {"percent": "1"}, "on": {"sku": ["Z"]}}, accrual=accrual("sum", give))
    (entry,) = answer.applied
    assert (entry.points, [(cut.reason, cut.points) for cut in entry.cuts]) == (gave, cuts)
    assert all(cut.amount_minor is None for cut in entry.cuts)
    document: Any = answer_document(answer)["applied"]
    shown = [{"reason": reason, "points": str(points)} for reason, points in cuts]
    assert document == [{"rule": "p0", "points": str(gave)} | ({"cuts": shown} if cuts else {})]


def test_points_of_lines_that_another_rule_won_are_told_as_cut() -> None:
    """Of 8.8 points exactly 4.8 stay: cuts are told in whole points."""
    some = accrual("max", {"points_percent": "1"}, {"points": "5"})
    some["children"][1]["on"] = {"sku": ["A"]}
    answer = priced({"id": "d", "give": {"percent": "1"}, "on": {"sku": ["Z"]}}, accrual=some)
    cuts = {entry.rule: [(cut.reason, cut.points) for cut in entry.cuts] for entry in answer.applied}
    assert cuts == {"p0": [("DISPLACED", 4)], "p1": []}
    assert [(entry.rule, entry.points) for entry in answer.applied] == [("p0", 4), ("p1", 5)]


def test_a_cap_of_no_points_is_told() -> None:
    answer = priced({"id": "d", "give": {"percent": "1"}}, accrual=accrual("sum", {"points": "5", "cap": "0"}))
    assert refused(answer, "p0").reason == "CAP"


def test_lines_that_another_rule_won_are_told_as_cut() -> None:
    rules = [
        {"id": "a", "give": {"percent": "10"}},
        {"id": "b", "give": {"percent": "20"}, "on": {"sku": ["A"]}},
    ]
    answer = priced({"id": "g", "mode": "max", "decide": "line", "children": rules})
    cuts = {entry.rule: [(cut.reason, cut.amount_minor) for cut in entry.cuts] for entry in answer.applied}
    assert cuts == {"a": [("DISPLACED", 4000)], "b": []}


def test_a_rule_that_the_limits_take_away_tells_what_it_wanted() -> None:
    first = {"id": "first", "give": {"amount": "100.00"}}
    answer = priced(first, {"id": "r", "give": {"amount": "50.00"}}, limits={"discount_amount": "100.00"})
    entry = refused(answer)
    assert (entry.reason, entry.need) == ("LIMIT", "50.00")
    assert entry.detail.ru == "Скидка 50.00 ₽ не дана: достигнут предел скидок."
