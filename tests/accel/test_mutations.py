"""The naive evaluator notices when the calculator is broken. `mutations.py` breaks it in more ways."""

import pytest
from mutations import MUTATIONS, ROOT, run


@pytest.mark.slow
def test_a_tie_that_goes_to_the_later_child_is_noticed() -> None:
    (mutation,) = (one for one in MUTATIONS if one.name == "a tie goes to the later child")
    caught, how = run(mutation, throws=100)
    assert caught, how
    assert how.startswith("basket"), how


def test_every_mutation_still_applies() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 12
    for mutation in MUTATIONS:
        text = (ROOT / "accel" / mutation.file).read_text()
        assert mutation.before in text, mutation.name
        assert mutation.before != mutation.after
