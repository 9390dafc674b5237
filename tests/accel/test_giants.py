"""As large as documents may be: 500 lines, groups 16 deep, 20,000 rules, figures at the edges."""

from random import Random

import pytest
from comparing import compare, compiled_of, overflows
from dice import Dice
from oracle import evaluate
from oracle_numbers import Json
from priced import basket, line, price, programme

from tillgate.core.errors import ProgrammeInvalid


@pytest.mark.parametrize("seed", range(1, 13))
def test_five_hundred_lines(seed: int) -> None:
    dice = Dice(Random(seed), ("discounts", "accrual", "redemption", "rewards")[seed % 4], extreme=False)
    document = dice.programme()
    bought = dice.basket()
    bought["lines"] = [dice.line(k) | {"id": f"L{k}"} for k in range(500)]
    assert len(bought["lines"]) == 500
    compare(compiled_of(document), document, bought, Random(seed))


def nested(depth: int, inner: Json) -> Json:
    for k in range(depth):
        mode = ("sum", "sequence", "max", "first")[k % 4]
        other = {"id": f"r{k}", "give": {"percent": str(k + 1)}, "on": {"sku": ["A", "B", "C"][k % 3]}}
        inner = {"id": f"g{k}", "mode": mode, "decide": ("line", "basket")[k % 2], "children": [inner, other]}
    return inner


def test_groups_sixteen_deep_and_no_deeper() -> None:
    deal = programme() | {"discounts": nested(16, {"id": "r", "give": {"amount": "33.33"}})}
    bought = basket(line("A", "19.99", "3", id="a"), line("B", "7.77", id="b"), line("C", "100.01", "2", id="c"))
    compare(compiled_of(deal), deal, bought, Random(1))
    with pytest.raises(ProgrammeInvalid) as caught:
        compiled_of(deal | {"discounts": nested(17, {"id": "r", "give": {"amount": "33.33"}})})
    assert caught.value.metadata["reason"] == "TOO_DEEP"


def test_twenty_thousand_rules_and_no_more() -> None:
    rules: list[Json] = [{"id": f"r{k}", "give": {"percent": "1"}, "on": {"sku": [f"S{k}"]}} for k in range(20_000)]
    deal = programme(*rules)
    bought = basket(*(line(f"S{k}", "19.99", id=str(k)) for k in range(0, 20_000, 2000)))
    found = price(deal, bought)
    assert (found.discount_minor, len(found.applied), len(found.not_applied)) == (200, 10, 19_990)
    assert evaluate(deal, bought)["discount"] == "2.00"
    with pytest.raises(ProgrammeInvalid) as caught:
        compiled_of(programme(*rules, {"id": "more", "give": {"percent": "1"}}))
    assert caught.value.metadata["reason"] == "TOO_MANY"


@pytest.mark.parametrize("count", [1, 2, 500])
def test_a_million_units_in_sets(count: int) -> None:
    """Two bought, one free, of a million each: a third of the units, to the kopeck."""
    free = {"id": "d", "give": {"buy": {"quantity": 2}, "get": {"quantity": 1}}}
    found = price(programme(free), basket(*(line(f"S{k}", "0.99", "1000000", id=str(k)) for k in range(count))))
    assert found.discount_minor == count * 1_000_000 // 3 * 99


@pytest.mark.parametrize("times", [["3.333"], ["3.333"] * 2, ["3.333"] * 3])
def test_what_does_not_fit_is_refused_and_never_wrong(times: list[str]) -> None:
    """From a kopeck to the largest receipt: the naive figures, or a refusal, and once refused always refused."""
    children: list[Json] = [{"id": "p", "give": {"points_percent": "10000"}}]
    children += [{"id": f"t{k}", "give": {"points_times": value}} for k, value in enumerate(times)]
    deal = programme(points={"digits": 2, "worth": "0.01"})
    deal |= {"accrual": {"id": "acc", "mode": "sequence", "children": children}}
    compiled, refused = compiled_of(deal), []
    for power in range(13):
        bought = basket(*(line("A", f"{10**power // 100}.{10**power % 100:02d}", id=str(k)) for k in range(7)))
        if overflows(compiled, bought):
            refused.append(power)
        else:
            compare(compiled, deal, bought, Random(power))
    assert refused == list(range(13 - len(refused), 13))
    assert not refused or refused[0] > 6, "a receipt of a million roubles is always priced"
