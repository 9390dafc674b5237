"""The kernel agrees with the naive evaluator to the last minor unit, and its invariants hold."""

import json
import os
from collections.abc import Callable
from typing import Any

import dice
import documents
from hypothesis import HealthCheck, given, settings

from tillgate.accel import compile_programme
from tillgate.core import Answer, answer_document, parse_basket, parse_programme

Json = dict[str, Any]
# The suite runs a part of what development runs: raise them to look longer, and elsewhere.
EXAMPLES = int(os.environ.get("TILLGATE_NAIVE_EXAMPLES", "200"))
THROWS = int(os.environ.get("TILLGATE_NAIVE_THROWS", "1500"))
FIRST_SEED = int(os.environ.get("TILLGATE_NAIVE_SEED", "1"))
patient = settings(
    max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck), derandomize=False
)


def figures(answer: Answer) -> Json:
    """The answer in the form of the naive evaluator."""
    return {
        "list": answer.list_minor,
        "discount": answer.discount_minor,
        "redeemed_points": answer.redeemed_points,
        "redeemed": answer.redeemed_minor,
        "tender": answer.tender_minor,
        "total": answer.total_minor,
        "discounts": [[(part.rule, part.amount_minor) for part in line.discounts] for line in answer.lines],
        "line_redeemed": [line.redeemed_minor for line in answer.lines],
        "net": [line.net_minor for line in answer.lines],
        "points": [line.points for line in answer.lines],
        "earned": answer.points.earned,
        "by_rule": list(answer.points.by_rule),
        "redeemable": (answer.points.redeemable_min, answer.points.redeemable_max),
        "tier": answer.tier.id if answer.tier else None,
        "rewards": [reward.rule for reward in answer.rewards],
    }


def check_invariants(programme: Json, answer: Answer, basket: Json) -> None:
    assert sum(line.net_minor for line in answer.lines) == answer.total_minor
    assert sum(p.amount_minor for line in answer.lines for p in line.discounts) == answer.discount_minor
    assert sum(line.redeemed_minor for line in answer.lines) == answer.redeemed_minor
    assert sum(line.points for line in answer.lines) == answer.points.earned
    assert sum(points for _, points in answer.points.by_rule) == answer.points.earned
    assert 0 <= answer.tender_minor <= answer.total_minor
    for line, source in zip(answer.lines, basket["lines"], strict=True):
        assert line.net_minor >= 0
        assert line.points >= 0
        assert line.redeemed_minor <= line.list_minor - sum(part.amount_minor for part in line.discounts)
        assert all(part.amount_minor > 0 for part in line.discounts)
        assert sum(piece.total_minor for piece in line.pieces) == line.net_minor
        assert sum(piece.quantity_milli for piece in line.pieces) == round(float(source["quantity"]) * 1000)
        for piece in line.pieces:
            assert (piece.quantity_milli * piece.unit_price_minor + 500) // 1000 == piece.total_minor
        prices = [piece.unit_price_minor for piece in line.pieces]
        assert max(prices) - min(prices) <= 1
        floor = float(source.get("min_unit_price", "0")) * float(source["quantity"]) * 100
        assert line.net_minor >= min(floor - 1e-6, line.list_minor) or programme.get("redemption", {}).get("as")


def test_agrees_with_the_naive_evaluator_on_every_throw(naive: Callable[[Json, Json], Json]) -> None:
    """Seeds in a row; the seed of a failure is in its message."""
    applied = 0
    for seed in range(FIRST_SEED, FIRST_SEED + THROWS):
        thrown = dice.Dice(seed)
        programme, basket = thrown.programme(), thrown.basket()
        compiled = compile_programme(parse_programme(programme))
        answer = compiled.price(parse_basket(basket, compiled.points_digits), "applied")
        assert figures(answer) == naive(programme, basket), f"TILLGATE_NAIVE_SEED={seed}"
        check_invariants(programme, answer, basket)
        applied += len(answer.applied)
    assert applied > THROWS, "rules that apply are what is compared"


@patient
@given(documents.programmes(), documents.baskets())
def test_agrees_with_the_naive_evaluator(naive: Callable[[Json, Json], Json], programme: Json, basket: Json) -> None:
    compiled = compile_programme(parse_programme(programme))
    read = parse_basket(basket, compiled.points_digits)
    answer = compiled.price(read, "none")
    assert figures(answer) == naive(programme, basket)
    check_invariants(programme, answer, basket)
    full = compiled.price(read, "full")
    assert figures(full) == figures(answer), "explaining changes nothing"
    explained = [a.rule for a in full.applied] + [n.rule for n in full.not_applied] + [r.rule for r in full.rewards]
    assert sorted(explained) == sorted(rule_ids(programme)), "every rule is told of, once"
    assert sum(a.amount_minor or 0 for a in full.applied) == full.discount_minor
    assert json.dumps(answer_document(full)) == json.dumps(answer_document(compiled.price(read, "full")))


def rule_ids(programme: Json) -> list[str]:
    def below(node: Json) -> list[str]:
        return [node["id"]] if "give" in node else [found for child in node["children"] for found in below(child)]

    stages = [programme[stage] for stage in ("discounts", "accrual") if stage in programme]
    return [found for stage in stages for found in below(stage)] + [rule["id"] for rule in programme["rewards"]]
