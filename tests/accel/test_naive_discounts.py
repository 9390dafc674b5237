"""Discounts, gifts and reasons: the calculator and the naive evaluator give the same bytes for each throw."""

from comparing import compare_throws


def test_programmes_with_discounts() -> None:
    assert compare_throws("discounts", 1500, 4, extreme=False) >= 6000
