"""Points earned, by rule, line and day: the calculator and the naive evaluator give the same bytes for each throw."""

from comparing import compare_throws


def test_programmes_with_points() -> None:
    assert compare_throws("accrual", 1250, 4, extreme=False) >= 5000
