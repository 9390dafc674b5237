"""The largest and the smallest figures: the same bytes, and of few pairs a refusal."""

from comparing import compare_throws


def test_programmes_with_the_largest_figures() -> None:
    assert compare_throws("discounts", 1000, 3, extreme=True) >= 2900


def test_points_of_the_largest_figures() -> None:
    assert compare_throws("accrual", 250, 2, extreme=True) >= 470
