"""The naive evaluator's second part: what one rule gives, a line and a unit at a time."""

import math
from fractions import Fraction
from typing import Any

from oracle_basket import Amounts, Basket, Json, rounded, spread


class Effects(Basket):
    """Discounts and points of single rules."""

    # Effects on prices

    def level(self, by: Json, current: Any) -> Fraction:
        if "tier" in by:
            tier = self.tier()
            return Fraction(by["tier"].get(tier, "0")) if tier else Fraction(0)
        if "turnover" in by:
            if self.customer is None:
                return Fraction(0)
            value = self.minor(self.customer.get("turnover", {}).get(by["turnover"], "0"))
        elif "subtotal" in by:
            basis = current if by.get("basis") == "current" else self.list
            value = self.sum_of(by.get("of", {}), basis)
        else:
            value = self.sum_of(by.get("of", {}), self.quantity) * self.unit
        fitting = [Fraction(percent) for bound, percent in by["levels"] if self.minor(bound) <= value]
        return fitting[-1] if fitting else Fraction(0)

    def share(self, amount: Fraction, reach: list[int], weights: list[Fraction], caps: list[Fraction]) -> Amounts:
        how = self.p.get("spread", "largest_remainder")
        return dict(zip(reach, map(Fraction, spread(int(amount), weights, caps, how)), strict=True))

    def discount(self, rule: Json, reach: list[int], base: Any, room: Any) -> Amounts:
        give = rule["give"]
        mode = give.get("rounding", self.p.get("rounding", "half_up"))
        cap = self.minor(rule["cap"]) if "cap" in rule else None
        value = [base[i] for i in reach]
        space = [room[i] for i in reach]

        def basket(amount: Fraction, weights: list[Fraction]) -> Amounts:
            return self.share(amount if cap is None else min(amount, cap), reach, weights, space)

        percent = None
        if "percent_by" in give:
            percent = self.level(give["percent_by"], base)
        elif "percent" in give and not {"cheapest", "dearest", "every", "kit"} & give.keys():
            percent = Fraction(give["percent"])
        if percent is not None:
            part = percent / 100
            place = give.get("round", "line")
            if place == "basket":
                return basket(Fraction(rounded(sum(value, Fraction(0)) * part, mode)), value)
            found = {i: min(room[i], self.percent_of_line(i, base[i], part, place, mode)) for i in reach}
            return basket(cap, value) if cap is not None and sum(found.values()) > cap else found
        if (
            "amount" in give
            and give.get("per", "basket") == "basket"
            and not {"cheapest", "dearest", "every", "kit"} & set(give)
        ):
            by = give.get("by", "value")
            weights = {
                "value": value,
                "quantity": [self.quantity[i] for i in reach],
                "even": [Fraction(1)] * len(reach),
            }
            return basket(self.minor(give["amount"]), weights[by])
        if "total" in give:
            return basket(max(Fraction(0), sum(value, Fraction(0)) - self.minor(give["total"])), value)
        if "round_down_to" in give:
            return basket(self.sum_of(rule.get("on", {}), base) % self.minor(give["round_down_to"]), value)
        found = self.by_line(give, reach, base, room, mode)
        if cap is not None and sum(found.values()) > cap:
            amounts = list(found.values())
            return self.share(cap, list(found), amounts, amounts)
        return found

    def percent_of_line(self, i: int, base: Fraction, part: Fraction, place: str, mode: str) -> Fraction:
        if place == "line" or self.quantity[i].denominator != 1:
            return Fraction(rounded(base * part, mode))
        units = int(self.quantity[i])
        values = spread(int(base), [Fraction(1)] * units, [Fraction(base)] * units)
        return Fraction(sum(rounded(v * part, mode) for v in values))

    def by_line(self, give: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        if "cheapest" in give or "dearest" in give:
            return self.picked(give, reach, base, room, mode)
        if "bundle" in give:
            return self.bundle(give["bundle"], reach, base, room)
        if "kit" in give:
            return self.kit(give, reach, base, room, mode)
        if "every" in give:
            return self.every(give, reach, base, room, mode)
        if "buy" in give:
            return self.buy_get(give, reach, base, room, mode)
        found = {}
        for i in reach:
            quantity = self.quantity[i]
            if "unit_price" in give:
                amount = base[i] - rounded(self.minor(give["unit_price"]) * quantity, "half_up")
            elif "amount_first" in give:
                units = min(math.floor(quantity), give.get("max_units", 10**9))
                amount = (
                    self.minor(give["amount_first"]) + self.minor(give["amount_next"]) * (units - 1) if units else 0
                )
            elif give["per"] == "line":
                amount = self.minor(give["amount"])
            else:
                amount = rounded(self.minor(give["amount"]) * min(quantity, give.get("max_units", quantity)), mode)
            found[i] = max(Fraction(0), min(room[i], Fraction(amount)))
        return found

    # Units

    def free_units(self, i: int) -> int:
        return int(self.quantity[i]) - self.used.get(i, 0) if self.quantity[i].denominator == 1 else 0

    def free_value(self, i: int, base: Any) -> Fraction:
        left: Fraction = base[i] - self.used_value.get(i, Fraction(0))
        return max(Fraction(0), left)

    def units(self, reach: list[int], base: Any) -> list[tuple[Fraction, int]]:
        """Every free unit as (value, line)."""
        return [(self.free_value(i, base) / self.free_units(i), i) for i in reach for _ in range(self.free_units(i))]

    def use(self, i: int, count: int, value: Fraction) -> None:
        self.used[i] = self.used.get(i, 0) + count
        self.used_value[i] = self.used_value.get(i, Fraction(0)) + value

    def picked(self, give: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        cheapest = "cheapest" in give
        if give.get("cheapest", give.get("dearest")) == "unit":
            goods = [(value, i) for value, i in self.units(reach, base) if value > 0]
        else:
            goods = [(base[i], i) for i in reach if base[i] > 0]
        if not goods:
            return {}
        value, i = min(goods, key=lambda g: (g[0] if cheapest else -g[0], g[1]))
        whole = Fraction(math.floor(value))
        off = (
            rounded(whole * Fraction(give["percent"]) / 100, mode)
            if "percent" in give
            else min(whole, self.minor(give["amount"]))
        )
        return {i: min(room[i], Fraction(off))}

    def worth(self, i: int, count: int, base: Any) -> Fraction:
        return Fraction(math.floor(self.free_value(i, base) * count / self.free_units(i)))

    def every(self, give: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        goods = sorted(self.units(reach, base), key=lambda g: (g[0], g[1]))
        goods = goods[: len(goods) - len(goods) % give["every"]]
        found, uses = {}, []
        for i in {i for _, i in goods}:
            count = sum(1 for _, j in goods if j == i)
            value = self.worth(i, count, base)
            if "percent" in give:
                off = Fraction(rounded(value * Fraction(give["percent"]) / 100, mode))
            else:
                off = min(value, self.minor(give["amount"]) * count)
            found[i] = min(room[i], off)
            uses.append((i, count, value))
        for use in uses:
            self.use(*use)
        return dict(sorted(found.items()))

    def buy_get(self, give: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        left = self.units(reach, base)
        bought: list[int] = []
        got: list[int] = []
        cheapest = give["get"].get("pick", "cheapest") == "cheapest"
        for _ in range(give.get("times", 10**6)):
            wanted = give["get"]["quantity"]
            tries = [self.bought(give, left, n) for n in range(wanted, 0 if give.get("partial") else wanted - 1, -1)]
            buy = next((units for units in tries if units), None)
            if buy is None:
                break
            rest = without(left, buy)
            pool = sorted(rest, key=lambda g: (g[0] if cheapest else -g[0], g[1]))
            get = [g for g in pool if self.selects(give["get"].get("of", {}), g[1])][:wanted]
            left = without(rest, get)
            bought += [i for _, i in buy]
            got += [i for _, i in get]
        return self.settle(give, bought, got, reach, base, room, mode)

    def bought(self, give: Json, left: list[tuple[Fraction, int]], get: int) -> list[tuple[Fraction, int]]:
        """The dearest units to buy that leave so many to get; empty if there are none such."""
        gettable = sum(1 for _, i in left if self.selects(give["get"].get("of", {}), i))
        buy: list[tuple[Fraction, int]] = []
        for unit in sorted(left, key=lambda g: (-g[0], g[1])):
            if len(buy) == give["buy"]["quantity"] or not self.selects(give["buy"].get("of", {}), unit[1]):
                continue
            if self.selects(give["get"].get("of", {}), unit[1]):
                if gettable - 1 < get:
                    continue
                gettable -= 1
            buy.append(unit)
        return buy if len(buy) == give["buy"]["quantity"] and gettable >= get else []

    def settle(
        self, give: Json, bought: list[int], got: list[int], reach: list[int], base: Any, room: Any, mode: str
    ) -> Amounts:
        found, weights, uses = {}, {}, []
        part = Fraction(give["get"].get("percent", "100")) / 100
        for i in reach:
            if i not in bought and i not in got:
                found[i] = weights[i] = Fraction(0)
                continue
            paid, free = self.worth(i, bought.count(i), base), self.worth(i, got.count(i), base)
            found[i] = min(room[i], Fraction(rounded(free * part, mode)))
            weights[i] = paid + free
            uses.append((i, bought.count(i) + got.count(i), paid + free))
        for use in uses:
            self.use(*use)
        total = sum(found.values(), Fraction(0))
        if give.get("place") == "all" and total:
            caps = [room[i] if weights[i] else Fraction(0) for i in reach]
            return self.share(total, reach, [weights[i] for i in reach], caps)
        return found

    def bundle(self, deal: Json, reach: list[int], base: Any, room: Any) -> Amounts:
        sign = 1 if deal.get("pick", "cheapest") == "cheapest" else -1
        left = sorted(self.units(reach, base), key=lambda g: (sign * g[0], g[1]))
        taken: list[int] = []
        total = Fraction(0)
        for _ in range(deal.get("times", 10**6)):
            lines = [i for _, i in left[: deal["size"]]]
            value = sum((self.worth(i, lines.count(i), base) for i in set(lines)), Fraction(0))
            if len(lines) < deal["size"] or value <= self.minor(deal["price"]):
                break
            left = left[deal["size"] :]
            taken += lines
            total += value - self.minor(deal["price"])
        return self.shared(total, taken, reach, base, room) if total else {}

    def shared(self, total: Fraction, taken: list[int], reach: list[int], base: Any, room: Any) -> Amounts:
        """An amount over the units taken, by their value; they are used up."""
        weights = [self.worth(i, taken.count(i), base) if i in taken else Fraction(0) for i in reach]
        for i, value in zip(reach, weights, strict=True):
            if i in taken:
                self.use(i, taken.count(i), value)
        return self.share(total, reach, weights, [room[i] for i in reach])

    def kit(self, give: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        goods = sorted(self.units(reach, base), key=lambda g: (-g[0], g[1]))
        by_sku = {sku: [i for _, i in goods if self.lines[i]["sku"] == sku] for sku in give["kit"]}
        kits = min(len(by_sku[sku]) // need for sku, need in give["kit"].items())
        taken = [i for sku, need in give["kit"].items() for i in by_sku[sku][: kits * need]]
        if not taken:
            return {}
        if "percent" in give and Fraction(give["percent"]):
            found = {}
            for i in sorted(set(taken)):
                value = self.worth(i, taken.count(i), base)
                found[i] = min(room[i], Fraction(rounded(value * Fraction(give["percent"]) / 100, mode)))
                self.use(i, taken.count(i), value)
            return found
        value = sum((self.worth(i, taken.count(i), base) for i in set(taken)), Fraction(0))
        off = (
            value - kits * self.minor(give["price"]) if "price" in give else kits * self.minor(give.get("amount", "0"))
        )
        off = min(value, off)
        return self.shared(off, taken, reach, base, room) if off > 0 else {}

    # Points

    def points(self, rule: Json, reach: list[int]) -> Amounts:
        give = rule["give"]
        base = self.bases[give.get("base", "paid")]
        value = [base[i] for i in reach]
        total = sum(value, Fraction(0))
        if "points_times" in give:
            more = Fraction(give["points_times"]) - 1
            found = {i: more * sum((a for _, j, a in self.earlier if j == i), Fraction(0)) for i in reach}
        elif "points_percent" in give or "points_percent_by" in give:
            percent = Fraction(give["points_percent"]) if "points_percent" in give else None
            if percent is None:
                percent = self.level(give["points_percent_by"], self.bases["paid"])
            found = {i: base[i] / self.unit * percent / 100 * self.scale for i in reach}
        elif "points_per" in give and give.get("scope") == "line":
            step, points = self.minor(give["points_per"]["spend"]), Fraction(give["points_per"]["points"]) * self.scale
            found = {i: math.floor(base[i] / step) * points for i in reach}
        else:
            if "points_per" in give:
                step = self.minor(give["points_per"]["spend"])
                points = math.floor(total / step) * Fraction(give["points_per"]["points"]) * self.scale
            else:
                points = Fraction(give["points"]) * self.scale
            weights = value if total else [Fraction(1)] * len(reach)
            found = dict(zip(reach, map(Fraction, spread(int(points), weights, [points] * len(reach))), strict=True))
        if "cap" in give and sum(found.values()) > Fraction(give["cap"]) * self.scale:
            cap = Fraction(give["cap"]) * self.scale
            found = dict(
                zip(found, map(Fraction, spread(int(cap), list(found.values()), [cap] * len(found))), strict=True)
            )
        return found


def without(goods: list[tuple[Fraction, int]], taken: list[tuple[Fraction, int]]) -> list[tuple[Fraction, int]]:
    left = list(goods)
    for item in taken:
        left.remove(item)
    return left
