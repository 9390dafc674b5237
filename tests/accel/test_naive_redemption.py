"""Points spent and rewards: the calculator and the naive evaluator give the same bytes for each throw."""

from comparing import compare_throws


def test_programmes_with_redemption() -> None:
    assert compare_throws("redemption", 1250, 4, extreme=False) >= 5000


def test_programmes_with_rewards() -> None:
    assert compare_throws("rewards", 250, 4, extreme=False) >= 1000
