"""A rule that is said never to give anything gives nothing, whatever the basket."""

import os
from random import Random
from typing import Any

import dice

from tillgate.accel import compile_programme
from tillgate.core import Answer, parse_basket, parse_programme
from tillgate.core.checks import Finding, find_contradictions
from tillgate.core.programme import Group, Programme, Rule

PROGRAMMES = int(os.environ.get("TILLGATE_CONTRADICTIONS", "1000"))
BASKETS = 25
#: What is not about the whole rule: a level of it, a price it never reaches, whom it is kept from.
PARTS = (".levels[", ".tier.", ".price", ".unit_price", ".total", ".holdout.")
#: A percent of less than this may round to nothing and leave the line to the next rule.
WHOLE_MINOR = 100


def rules(programme: Programme) -> dict[str, Rule]:
    def below(node: Group | Rule) -> list[Rule]:
        return [found for child in node.children for found in below(child)] if isinstance(node, Group) else [node]

    groups = [group for group in (programme.discounts, programme.accrual) if group is not None]
    return {rule.path: rule for group in (*groups, *programme.rewards) for rule in below(group)}


def dead(programme: Programme, found: tuple[Finding, ...]) -> dict[str, str]:
    """Rules that never give anything, by what was found: id -> path."""
    by_path, never = rules(programme), {}
    for one in found:
        path = max((path for path in by_path if f"{one.path}.".startswith(f"{path}.")), key=len, default=None)
        if path is None:
            continue
        part = one.path.removeprefix(path)
        if one.reason == "GIVES_NOTHING" or not any(name in f"{part}" for name in PARTS):
            never[by_path[path].id] = one.path
    return never


def gave(answer: Answer) -> set[str]:
    """Rules that gave something, but for what is left of a line when all but kopecks is taken."""
    money = {
        part.rule
        for line in answer.lines
        for part in line.discounts
        if line.net_minor + part.amount_minor >= WHOLE_MINOR
    }
    points = {rule for rule, count in answer.points.by_rule if count > 0}
    discounts = {part.rule for line in answer.lines for part in line.discounts}
    return money | points | ({reward.rule for reward in answer.rewards} - discounts)


def test_a_rule_that_is_called_dead_never_gives() -> None:
    """Programmes and baskets by chance; seeds in a row, the seed of a failure is in its message."""
    called = 0
    for seed in range(1, PROGRAMMES + 1):
        thrown = dice.Dice(Random(seed), extreme=False)
        document: dict[str, Any] = thrown.programme()
        programme = parse_programme(document)
        never = dead(programme, find_contradictions(programme))
        if not never:
            continue
        called += len(never)
        compiled = compile_programme(programme)
        for _ in range(BASKETS):
            answer = compiled.price(parse_basket(thrown.basket(), compiled.points_digits), "applied")
            wrong = {rule: never[rule] for rule in gave(answer) & never.keys()}
            assert not wrong, f"seed {seed}: {wrong}"
    assert called > PROGRAMMES // 20, "what is called dead is what is looked at"
