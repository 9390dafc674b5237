"""In which windows of days a programme counts: uses of its rules by a customer, and a customer's turnover."""

from collections.abc import Iterable, Iterator

from .conditions import Combined, Condition, Measure
from .effects import PercentBy, PointsPercentBy
from .programme import Programme, Rule, all_rules

__all__ = ["rules_by_turnover", "turnover_windows", "use_windows"]

ALL = "all"
#: Tiers that are names alone look at no turnover.
NONE = ""


def use_windows(programme: Programme) -> dict[str, str]:
    """The windows in which uses by a customer count, by rule: all, day, week, month, year, rolling_days:N."""
    return {
        rule.id: rule.uses.window
        for rule in all_rules(programme)
        if rule.uses is not None and rule.uses.per_customer is not None
    }


def turnover_windows(programme: Programme) -> frozenset[str]:
    """The windows beside `all` in which the turnover of a customer is asked for: by tiers, conditions, effects."""
    found = {programme.tiers.window} if programme.tiers is not None else set()
    for rule in all_rules(programme):
        found.update(_of_rule(rule))
    return frozenset(found - {ALL, NONE})


def rules_by_turnover(programme: Programme) -> Iterator[Rule]:
    """The rules that ask for it in such a window themselves."""
    return (rule for rule in all_rules(programme) if any(window != ALL for window in _of_rule(rule)))


def _of_rule(rule: Rule) -> Iterator[str]:
    yield from _in_conditions(rule.when)
    if isinstance(rule.give, PercentBy | PointsPercentBy) and rule.give.measure == "turnover":
        yield rule.give.window


def _in_conditions(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        if isinstance(condition, Combined):
            yield from _in_conditions(condition.children)
        elif isinstance(condition, Measure) and condition.kind == "turnover":
            yield condition.window
