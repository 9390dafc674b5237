"""What a programme is flattened to: rows of integers, and the indexes beside them."""

from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from tillgate.core.effects import PointsTimes
from tillgate.core.numbers import currency_digits
from tillgate.core.programme import Active, Programme, Rule

from ._codes import FACTS
from ._gates import Gates

__all__ = [
    "ConditionRow",
    "NodeRow",
    "RuleRow",
    "ScheduleRow",
    "SelectorRow",
    "Tables",
]

NONE = -1


class SelectorRow(NamedTuple):
    """`clauses` has a bit for each of sku, category, brand, tag that is named."""

    clauses: int
    price_low: int
    price_high: int
    regular_only: int
    without: int


class ConditionRow(NamedTuple):
    """`end` is the index after the subtree; children of a combination lie between."""

    op: int
    reason: int
    end: int
    selector: int
    tokens_start: int
    tokens_end: int
    fact: int
    low: int
    high: int
    customer: int


class ScheduleRow(NamedTuple):
    """`weekdays` has bit n for ISO weekday n, 0 for any. Spans and dates are ranges of their tables."""

    weekdays: int
    hours_start: int
    hours_end: int
    dates_start: int
    dates_end: int


class RuleRow(NamedTuple):
    """One rule. `p0` to `p3` mean what its `what` says; `cap` is -1 for none."""

    what: int
    conditions_start: int
    conditions_end: int
    line_scoped: int
    selector: int
    exclusive: int
    always: int
    rounding: int
    place: int
    p0: int
    p1: int
    p2: int
    p3: int
    selector_a: int
    selector_b: int
    levels_start: int
    levels_end: int
    measure_fact: int
    measure_selector: int
    cap: int
    base: int


class NodeRow(NamedTuple):
    """A node of the tree in document order. `rule` is -1 for a group; `most` is -1 for no bound."""

    rule: int
    mode: int
    by_line: int
    most: int
    end: int
    parent: int


@dataclass(slots=True)
class Tables:
    """Everything the kernel is built from."""

    programme: Programme
    selectors: list[SelectorRow] = field(default_factory=list)
    conditions: list[ConditionRow] = field(default_factory=list)
    condition_tokens: list[int] = field(default_factory=list)
    schedules: list[ScheduleRow] = field(default_factory=list)
    hours: list[tuple[int, int]] = field(default_factory=list)
    dates: list[int] = field(default_factory=list)
    levels: list[tuple[int, int]] = field(default_factory=list)
    rules: list[RuleRow] = field(default_factory=list)
    sources: list[Rule] = field(default_factory=list)
    nodes: list[NodeRow] = field(default_factory=list)
    discounts: int = NONE
    accrual: int = NONE
    rewards_start: int = 0
    #: kind -> value -> token
    tokens: dict[str, dict[str, int]] = field(default_factory=dict)
    token_count: int = 0
    #: token -> [(selector, clause bit)]
    selector_postings: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    #: windows of turnover, then counted uses of rules by the customer and by all, as facts after the fixed ones
    windows: dict[str, int] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    count_facts: int = 0
    gates: Gates = field(init=False)
    #: the schedule of each Active that has weekdays, hours or dates
    schedule_of: dict[Active, int] = field(default_factory=dict)
    exclude: int = NONE
    #: what control groups are salted with, one after the other
    salts: bytearray = field(default_factory=bytearray)
    #: rules that give a gift, and their nodes
    gifts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def currency_digits(self) -> int:
        return currency_digits(self.programme.currency)

    @property
    def times_scale(self) -> int:
        """So many times finer than without multipliers are exact points; each division by one comes out even."""
        return prod(rule.give.denominator for rule in self.sources if isinstance(rule.give, PointsTimes))

    @property
    def fact_count(self) -> int:
        return len(FACTS) + len(self.windows) + self.count_facts
