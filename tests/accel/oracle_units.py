"""The naive evaluator's units: one at a time, each used once."""

import math
from fractions import Fraction
from typing import Any

from oracle_basket import Amounts
from oracle_conditions import Conditions
from oracle_numbers import Json, Number, number, rounded, spread, ties

Unit = tuple[Number, int]  # value, line
Taken = tuple[dict[int, int], Amounts, dict[int, str]]
MANY = 10**9


class Units(Conditions):
    """What whole units are worth, and the effects that use them up."""

    turn: str  # The rule at work.
    used: dict[int, int]
    used_value: Amounts
    used_by: dict[int, str]  # Who used the first unit of a line.

    @property
    def taken(self) -> Taken:
        return dict(self.used), dict(self.used_value), dict(self.used_by)

    @taken.setter
    def taken(self, state: Taken) -> None:
        used, value, by = state
        self.used, self.used_value, self.used_by = dict(used), dict(value), dict(by)

    def whole_units(self, i: int) -> int:
        return int(self.quantity[i]) if self.quantity[i].denominator == 1 else 0

    def free_units(self, i: int) -> int:
        return self.whole_units(i) and self.whole_units(i) - self.used.get(i, 0)

    def free_value(self, i: int, base: Any) -> Number:
        return max(0, base[i] - self.used_value.get(i, 0))

    def units(self, reach: list[int], base: Any) -> list[Unit]:
        """Every free unit as (value, line)."""
        found = []
        for i in reach:
            if count := self.free_units(i):
                found += [(Fraction(self.free_value(i, base), count), i)] * count
        if len({value for value, _ in found}) < len({i for _, i in found}):
            ties.append("units")
        return found

    def use(self, i: int, count: int, value: Number) -> None:
        if not self.used.get(i):
            self.used_by[i] = self.turn
        self.used[i] = self.used.get(i, 0) + count
        self.used_value[i] = self.used_value.get(i, 0) + value

    def worth(self, i: int, count: int, base: Any) -> int:
        return math.floor(self.free_value(i, base) * count / Fraction(self.free_units(i))) if count else 0

    def share(self, amount: Number, reach: list[int], weights: list[Number], caps: list[Number]) -> Amounts:
        how = self.p.get("spread", "largest_remainder")
        return dict(zip(reach, spread(int(amount), weights, caps, how), strict=True))

    @staticmethod
    def sets(rule: Json, times: Any) -> int:
        """How often an effect may work in one receipt."""
        return min(int(times), int(rule.get("uses", {}).get("per_receipt", MANY)))

    def picked(self, give: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        cheapest = "cheapest" in give
        if give.get("cheapest", give.get("dearest")) == "unit":
            goods = [unit for unit in self.units(reach, base) if unit[0] > 0]
        else:
            goods = [(base[i], i) for i in reach if base[i] > 0]
            if len({value for value, _ in goods}) < len(goods):
                ties.append("lines")
        if not goods:
            return {}
        value, i = min(goods, key=lambda g: (g[0] if cheapest else -g[0], g[1]))
        whole = math.floor(value)
        off = (
            rounded(whole * number(give["percent"]) / 100, mode)
            if "percent" in give
            else min(whole, self.minor(give["amount"]))
        )
        return {i: min(room[i], off)}

    def every(self, rule: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        give = rule["give"]
        size = int(give["every"])
        goods = sorted(self.units(reach, base), key=lambda g: (g[0], g[1]))
        goods = goods[: min(len(goods) // size, self.sets(rule, MANY)) * size]
        found, uses = {}, []
        for i in sorted({i for _, i in goods}):
            count = sum(1 for _, j in goods if j == i)
            value = self.worth(i, count, base)
            if "percent" in give:
                off = rounded(value * number(give["percent"]) / 100, mode)
            else:
                off = min(value, self.minor(give["amount"]) * count)
            found[i] = min(room[i], off)
            uses.append((i, count, value))
        for use in uses:
            self.use(*use)
        return found

    def buy_get(self, rule: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        give = rule["give"]
        wanted = int(give["get"]["quantity"])
        fewest = 1 if give.get("partial") else wanted
        left = sorted(self.units(reach, base), key=lambda g: (-g[0], g[1]))
        bought: list[int] = []
        got: list[int] = []
        for _ in range(self.sets(rule, give.get("times", MANY))):
            tries = (self.bought(give, left, get) for get in range(wanted, fewest - 1, -1))
            buy = next((units for units in tries if units), None)
            if buy is None:
                break
            rest = without(left, buy)
            if give["get"].get("pick", "cheapest") == "cheapest":
                rest = sorted(rest, key=lambda g: (g[0], g[1]))
            get = [g for g in rest if self.selects(give["get"].get("of", {}), g[1])][:wanted]
            left = without(without(left, buy), get)
            bought += [i for _, i in buy]
            got += [i for _, i in get]
        return self.settle(give, bought, got, reach, base, room, mode)

    def bought(self, give: Json, left: list[Unit], get: int) -> list[Unit]:
        """The dearest units to buy that leave so many to get; none if that cannot be."""
        need = int(give["buy"]["quantity"])
        may_get = [self.selects(give["get"].get("of", {}), i) for _, i in left]
        spare = sum(may_get) - get
        buy: list[Unit] = []
        for unit, gettable in zip(left, may_get, strict=True):
            if len(buy) == need:
                break
            if self.selects(give["buy"].get("of", {}), unit[1]) and (not gettable or spare > 0):
                buy.append(unit)
                spare -= gettable
        return buy if len(buy) == need and spare >= 0 else []

    def settle(
        self, give: Json, bought: list[int], got: list[int], reach: list[int], base: Any, room: Any, mode: str
    ) -> Amounts:
        found, weights, uses = {}, {}, []
        part = number(give["get"].get("percent", "100")) / 100
        for i in reach:
            paid, free = self.worth(i, bought.count(i), base), self.worth(i, got.count(i), base)
            found[i] = min(room[i], rounded(free * part, mode))
            weights[i] = paid + free
            if i in bought or i in got:
                uses.append((i, bought.count(i) + got.count(i), paid + free))
        for use in uses:
            self.use(*use)
        total = sum(found.values())
        if give.get("place") == "all" and total:
            caps = [room[i] if weights[i] else 0 for i in reach]
            return self.share(total, reach, [weights[i] for i in reach], caps)
        return found

    def bundle(self, rule: Json, reach: list[int], base: Any, room: Any) -> Amounts:
        deal = rule["give"]["bundle"]
        size, price = int(deal["size"]), self.minor(deal["price"])
        sign = 1 if deal.get("pick", "cheapest") == "cheapest" else -1
        left = sorted(self.units(reach, base), key=lambda g: (sign * g[0], g[1]))
        taken: list[int] = []
        total = 0
        for _ in range(self.sets(rule, deal.get("times", MANY))):
            lines = [i for _, i in left[:size]]
            value = sum(self.worth(i, lines.count(i), base) for i in set(lines))
            if len(lines) < size or value <= price:
                break
            left = left[size:]
            taken += lines
            total += value - price
        return self.shared(total, taken, reach, base, room) if total else {}

    def shared(self, total: int, taken: list[int], reach: list[int], base: Any, room: Any) -> Amounts:
        """An amount over the units taken, by their value; they are used up."""
        weights: list[Number] = [self.worth(i, taken.count(i), base) for i in reach]
        for i, value in zip(reach, weights, strict=True):
            if i in taken:
                self.use(i, taken.count(i), value)
        return self.share(total, reach, weights, [room[i] for i in reach])

    def kit(self, rule: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        give = rule["give"]
        parts = {sku: int(need) for sku, need in give["kit"].items()}
        goods = sorted(self.units(reach, base), key=lambda g: (-g[0], g[1]))
        by_sku = {sku: [i for _, i in goods if self.lines[i]["sku"] == sku] for sku in parts}
        kits = min(self.sets(rule, MANY), *(len(by_sku[sku]) // need for sku, need in parts.items()))
        taken = [i for sku, need in parts.items() for i in by_sku[sku][: kits * need]]
        if not taken:
            return {}
        values = {i: self.worth(i, taken.count(i), base) for i in sorted(set(taken))}
        if "percent" in give:
            part = number(give["percent"]) / 100
            found: Amounts = {i: min(room[i], rounded(value * part, mode)) for i, value in values.items()}
            for i, worth in values.items():
                self.use(i, taken.count(i), worth)
            return found
        value = sum(values.values())
        off = value - kits * self.minor(give["price"]) if "price" in give else kits * self.minor(give["amount"])
        return self.shared(min(value, off), taken, reach, base, room) if off > 0 else {}


def without(goods: list[Unit], taken: list[Unit]) -> list[Unit]:
    left = list(goods)
    for item in taken:
        left.remove(item)
    return left
