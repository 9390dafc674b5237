"""The naive evaluator's hints: rules that lack an amount or a quantity and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

from oracle_conditions import Why
from oracle_numbers import Json, number
from oracle_units import Units

HINTED = ("BELOW_AMOUNT", "BELOW_QUANTITY", "KIT_INCOMPLETE")
#: A condition that always holds.
TRUE: Json = {"not": {"contains": {"sku": "\0"}}}


def granted(condition: Json) -> Iterator[tuple[Json, Json]]:
    """Each plain condition within a condition, and the whole as it would be if that one held."""
    ((key, value),) = condition.items()
    if key in ("all", "any"):
        for k, child in enumerate(value):
            for plain, instead in granted(child):
                yield plain, {key: [*value[:k], instead, *value[k + 1 :]]}
    elif key == "kit":
        for sku, need in value.items():
            rest = {other: needs for other, needs in value.items() if other != sku}
            yield {"kit": {sku: need}}, {"kit": rest} if rest else TRUE
    elif key != "not":
        yield condition, TRUE


class Hints(Units):
    """Whether more of the goods alone would do."""

    near: dict[str, bool]  # Whether nothing but what is told keeps a rule from giving.
    closed: dict[int, str]  # Lines that are full for the rule at work.

    def is_open(self, i: int, barred: str) -> bool:
        return i not in self.closed and (not barred or self.flags[i][barred])

    def nearly_holds(self, rule: Json, no: Why, current: Any, line: int | None, lines: list[int], barred: str) -> bool:
        """Whether the rule would have goods to work on if the condition that was told held."""
        when = rule.get("when", [])
        if self.refused_by_holdout(rule) or not any(self.is_open(i, barred) for i in lines):
            return False
        for k, condition in enumerate(when):
            for plain, instead in granted(condition):
                rest = [*when[:k], instead, *when[k + 1 :]]
                if self.fails(plain, current, line) == no and not any(self.fails(c, current, line) for c in rest):
                    return True
        return False

    def nearly_has(self, give: Json, mine: list[int], short: list[int]) -> bool:
        """Whether an effect on units would have enough of them with those that were told to be missing."""
        if any(self.used.get(i) for i in short):
            return False
        if "kit" in give:
            parts = ([i for i in mine if self.lines[i]["sku"] == sku] for sku in give["kit"])
            needs = map(int, give["kit"].values())
            return sum(sum(map(self.free_units, part)) < need for part, need in zip(parts, needs, strict=True)) == 1
        there = (self.free_units, self.whole_units)
        return "buy" not in give or all(self.one_number_does(give, mine, units) for units in there)

    def one_number_does(self, give: Json, mine: list[int], units: Callable[[int], int]) -> bool:
        """Whether both sides of a deal have enough when the first that is told to be short has."""
        buy, get = int(give["buy"]["quantity"]), 1 if give.get("partial") else int(give["get"]["quantity"])
        bought = {i for i in mine if self.selects(give["buy"].get("of", {}), i)}
        got = {i for i in mine if self.selects(give["get"].get("of", {}), i)}
        all_short, buy_short, get_short = (
            max(0, need - sum(map(units, lines)))
            for need, lines in ((buy + get, bought | got), (buy, bought), (get, got))
        )
        return buy_short + get_short <= (all_short or buy_short or get_short)

    def hints(self, refused: list[Json], why: dict[str, Why]) -> list[str]:
        """`120.00 more`, `1 more of A`: of the first five, nearest first."""
        found = []
        for place, rule in enumerate(refused):
            reason, need, _, missing, _, sku = why[rule["id"]]
            if reason in HINTED and self.near.get(rule["id"]):
                of = f" of {sku}" if reason == "KIT_INCOMPLETE" else ""
                found.append((number(missing) * 1_000_000 // number(need), place, f"{missing} more{of}"))
        return [words for _, _, words in sorted(found)[:5]]
