"""Which rules can matter: what each cannot do without, by goods, place, person and day. The rest costs nothing.

A gate is a rule's number among the nodes of the tree; rewards follow them. A rule is looked at when something it cannot
do without is in the basket - a selection of goods, a token - and the day is one of its days. Of several such things the
one that fewest rules need is indexed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tillgate.core.conditions import Among, Combined, Condition, Contains, Identified, Selector
from tillgate.core.programme import Active, Rule

__all__ = ["HIGHEST", "LOWEST", "Gates", "bounds", "days_around"]

LOWEST, HIGHEST = -(2**63) + 1, 2**63 - 1
SECONDS, DAYS_TO_EPOCH = 86_400, 719_163
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: A kind of key, "selector" or "token", and its number in the tables.
Key = tuple[str, int]


@dataclass(slots=True)
class Gates:
    """Filled rule by rule. Numbers of selectors and tokens are those of the tables."""

    selector_of: Callable[[Selector], int]
    token_of: Callable[[str, str], int]
    #: of each gate: sets of keys, one of each of which must be there
    needs: dict[int, list[list[Key]]] = field(default_factory=dict)
    by_active: dict[Active, list[int]] = field(default_factory=dict)
    always_active: list[int] = field(default_factory=list)

    def add(self, gate: int, rule: Rule) -> None:
        """Says what the rule cannot do without."""
        conditions = list(_all_of(rule.when))
        self.needs[gate] = [*self._tokens(rule, conditions), *self._selectors(rule.on, conditions)]
        if rule.active is None or rule.active == Active():
            self.always_active.append(gate)
        else:
            self.by_active.setdefault(rule.active, []).append(gate)

    def _tokens(self, rule: Rule, conditions: list[Condition]) -> Iterator[list[Key]]:
        asked = [(("store", rule.stores)), ("channel", rule.channels)]
        asked += [(condition.kind, condition.values) for condition in conditions if isinstance(condition, Among)]
        if any(isinstance(condition, Identified) and condition.wanted for condition in conditions):
            asked.append(("identified", ("",)))
        for kind, values in asked:
            if values:
                yield [("token", self.token_of(kind, value)) for value in dict.fromkeys(values)]

    def _selectors(self, on: Selector, conditions: list[Condition]) -> Iterator[list[Key]]:
        for selector in (on, *(condition.of for condition in conditions if isinstance(condition, Contains))):
            if selector.sku or selector.category or selector.brand or selector.tag:
                yield [("selector", self.selector_of(selector))]

    def settle(self) -> tuple[list[int], dict[Key, list[int]]]:
        """Gates without needs, and the gates of each key."""
        free: list[int] = []
        found: dict[Key, list[int]] = {}
        weight = Counter(key for needs in self.needs.values() for keys in needs for key in keys)
        for gate, needs in self.needs.items():
            if not needs:
                free.append(gate)
            for key in min(needs, key=lambda keys: sum(weight[key] for key in keys), default=()):
                found.setdefault(key, []).append(gate)
        return free, found


def _all_of(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Conditions that must hold, each for itself."""
    for condition in conditions:
        if isinstance(condition, Combined) and condition.mode == "all":
            yield from _all_of(condition.children)
        else:
            yield condition


def bounds(active: Active, *, moments: bool) -> tuple[int, int]:
    """Inclusive bounds of those of its two ends that are moments (seconds since the epoch), or dates (ordinals)."""
    low, high = LOWEST, HIGHEST
    if active.start is not None and isinstance(active.start, datetime) == moments:
        low = _number(active.start)
    if active.end is not None and isinstance(active.end, datetime) == moments:
        high = _number(active.end) - (1 if moments else 0)
    return low, high


def days_around(active: Active) -> tuple[int, int]:
    """Ordinals of the first and last local day on which it can be in force in any zone."""
    (low, high), (first, last) = bounds(active, moments=False), bounds(active, moments=True)
    if first != LOWEST:
        low = max(low, first // SECONDS + DAYS_TO_EPOCH - 1)
    if last != HIGHEST:
        high = min(high, last // SECONDS + DAYS_TO_EPOCH + 1)
    return low, high


def _number(at: date | datetime) -> int:
    """Of a moment within a second the next one: baskets come by whole seconds, the part of one left out."""
    return -((EPOCH - at) // timedelta(seconds=1)) if isinstance(at, datetime) else at.toordinal()
