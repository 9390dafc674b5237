"""Hypothesis throws the dice, so that a disagreement comes out as small as it can be."""

import os
from random import Random

from comparing import compare, compiled_of
from dice import Dice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("TILLGATE_NAIVE_EXAMPLES", "200"))


@settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.sampled_from(["discounts", "accrual", "redemption", "rewards"]))
def test_the_smallest_disagreement(random: Random, about: str) -> None:
    dice = Dice(random, about)
    programme = dice.programme()
    compiled = compiled_of(programme)
    for _ in range(3):
        gave = compare(compiled, programme, dice.basket(), Random(1), overflow=dice.extreme)
        assert dice.extreme or gave is not None, "only the largest figures are refused"
