"""The naive evaluator's effects: what one rule gives, a line at a time."""

import math
from collections.abc import Container, Mapping
from fractions import Fraction
from typing import Any

from oracle_basket import Amounts, Given
from oracle_hints import Hints
from oracle_numbers import Json, Number, number, rounded, spread, ties
from oracle_units import MANY

BORROWERS = {"cheapest", "dearest", "every", "kit"}  # Effects that name a percent or an amount besides.


class Effects(Hints):
    """Discounts and points of single rules."""

    accruing: bool
    earlier: Given
    wanted: dict[str, int]  # What each rule would have given without its cap and floors, points in whole units.
    bases: Mapping[str, Any]

    def level(self, by: Json, current: Any) -> Fraction:
        if "tier" in by:
            return number(by["tier"].get(self.tier(), "0")) if self.customer is not None else Fraction(0)
        if "turnover" in by:
            if self.customer is None:
                return Fraction(0)
            value: Number = self.turnover(by["turnover"])
        elif "subtotal" in by:
            basis = current if by.get("basis") == "current" else self.list
            value = sum(basis[i] for i in self.selected(by.get("of", {})))
        else:
            value = self.quantity_of(by.get("of", {}))
        read = number if "quantity" in by else self.minor
        fitting = [number(percent) for bound, percent in by["levels"] if read(bound) <= value]
        return fitting[-1] if fitting else Fraction(0)

    # Money

    def alone(self, rule: Json, reach: list[int], base: Any) -> int:
        """What the rule would give if it had no cap and prices no floors."""
        give = rule["give"]
        if "amount" in give and give.get("per", "basket") == "basket" and not BORROWERS & give.keys():
            return self.minor(give["amount"])
        if "round_down_to" in give:
            return self.above_multiple(rule, base)
        uncapped = {key: value for key, value in rule.items() if key != "cap"}
        before = self.taken
        if "gift" in give:
            found = self.gift(uncapped, set(range(self.n)) - set(reach), base, base)[0]
        else:
            found = self.discount(uncapped, reach, base, dict.fromkeys(reach, MANY * MANY * MANY))
        self.taken = before
        return int(sum(found.values()))

    def discount(self, rule: Json, reach: list[int], base: Any, room: Any) -> Amounts:
        give = rule["give"]
        mode = give.get("rounding", rule.get("rounding", self.p.get("rounding", "half_up")))
        if "unit_price" in give:
            mode = give.get("rounding", rule.get("rounding", "half_up"))
        cap = self.minor(rule["cap"]) if "cap" in rule else None
        value = [base[i] for i in reach]
        space = [room[i] for i in reach]

        def basket(amount: Number, weights: list[Number]) -> Amounts:
            return self.share(amount if cap is None else min(amount, cap), reach, weights, space)

        percent = None
        if "percent_by" in give:
            percent = self.level(give["percent_by"], base)
        elif "percent" in give and not BORROWERS & give.keys():
            percent = number(give["percent"])
        if percent is not None:
            part = percent / 100
            place = give.get("round", "line")
            if place == "basket":
                return basket(rounded(sum(value) * part, mode), value)
            found = {i: min(room[i], self.percent_of_line(i, base[i], part, place, mode)) for i in reach}
            return basket(cap, value) if cap is not None and sum(found.values()) > cap else found
        if "amount" in give and give.get("per", "basket") == "basket" and not BORROWERS & give.keys():
            weights: dict[str, list[Number]] = {
                "value": value,
                "quantity": [self.quantity[i] for i in reach],
                "even": [1] * len(reach),
            }
            return basket(self.minor(give["amount"]), weights[give.get("by", "value")])
        if "total" in give:
            return basket(max(0, sum(value) - self.minor(give["total"])), value)
        if "round_down_to" in give:
            return basket(self.above_multiple(rule, base), value)
        found = self.by_line(rule, reach, base, room, mode)
        if cap is not None and sum(found.values()) > cap:
            amounts = list(found.values())
            return self.share(cap, list(found), amounts, amounts)
        return found

    def above_multiple(self, rule: Json, base: Any) -> int:
        selected = self.selected(rule.get("on", {}))
        return int(sum(base[i] for i in selected) % self.minor(rule["give"]["round_down_to"]))

    def percent_of_line(self, i: int, base: int, part: Fraction, place: str, mode: str) -> int:
        if place == "line" or self.quantity[i].denominator != 1:
            return rounded(base * part, mode)
        units = int(self.quantity[i])
        dear = base % units  # So many units are a minor unit dearer than the others.
        return dear * rounded((base // units + 1) * part, mode) + (units - dear) * rounded(base // units * part, mode)

    def by_line(self, rule: Json, reach: list[int], base: Any, room: Any, mode: str) -> Amounts:
        give = rule["give"]
        if "cheapest" in give or "dearest" in give:
            return self.picked(give, reach, base, room, mode)
        if "bundle" in give:
            return self.bundle(rule, reach, base, room)
        if "kit" in give:
            return self.kit(rule, reach, base, room, mode)
        if "every" in give:
            return self.every(rule, reach, base, room, mode)
        if "buy" in give:
            return self.buy_get(rule, reach, base, room, mode)
        return {i: max(0, min(room[i], self.off_line(give, i, base[i], mode))) for i in reach}

    def off_line(self, give: Json, i: int, base: int, mode: str) -> int:
        quantity = self.quantity[i]
        if "unit_price" in give:
            return base - rounded(self.minor(give["unit_price"]) * quantity, mode)
        if "amount_first" in give:
            units = min(math.floor(quantity), int(give.get("max_units", MANY)))
            return self.minor(give["amount_first"]) + self.minor(give["amount_next"]) * (units - 1) if units else 0
        if give["per"] == "line":
            return self.minor(give["amount"])
        return rounded(self.minor(give["amount"]) * min(quantity, number(give.get("max_units", MANY))), mode)

    def gift(self, rule: Json, closed: Container[int], base: Any, room: Any) -> tuple[Amounts, Fraction]:
        """Money off the gift's lines, and how much of it is not in the basket."""
        gift = rule["give"]["gift"]
        wanted = number(gift.get("quantity", "1"))
        left, found = wanted, dict[int, Number]()
        mine = [i for i in range(self.n) if self.lines[i]["sku"] == gift["sku"]]
        if len(mine) > 1:
            ties.append("gift")
        for i in mine:
            if i in closed or not self.flags[i]["discountable"] or not left:
                continue
            taken = min(self.quantity[i], left)
            whole = taken == self.quantity[i]
            found[i] = room[i] if whole else min(room[i], math.floor(base[i] * taken / self.quantity[i]))
            left -= taken
        if "cap" in rule and sum(found.values()) > self.minor(rule["cap"]):
            amounts = list(found.values())
            found = self.share(self.minor(rule["cap"]), list(found), amounts, amounts)
        return found, max(Fraction(0), wanted - sum(self.quantity[i] for i in mine))

    # Points

    def points(self, rule: Json, reach: list[int]) -> Amounts:
        give = rule["give"]
        base = self.bases[give.get("base", "paid")]
        value = [base[i] for i in reach]
        if "points_times" in give:
            more = number(give["points_times"]) - 1
            found: Amounts = {i: more * sum(a for _, j, a in self.earlier if j == i) for i in reach}
        elif "points_percent" in give or "points_percent_by" in give:
            percent = number(give["points_percent"]) if "points_percent" in give else None
            if percent is None:
                percent = self.level(give["points_percent_by"], self.bases["paid"])
            found = {i: base[i] * percent * self.scale / (100 * self.unit) for i in reach}
        elif "points_per" in give and give.get("scope") == "line":
            step, points = self.minor(give["points_per"]["spend"]), self.point_units(give["points_per"]["points"])
            found = {i: base[i] // step * points for i in reach}
        else:
            if "points_per" in give:
                steps = sum(value) // self.minor(give["points_per"]["spend"])
                points = steps * self.point_units(give["points_per"]["points"])
            else:
                points = self.point_units(give["points"])
            weights = value if sum(value) else [1] * len(reach)
            found = dict(zip(reach, spread(points, weights, [points] * len(reach)), strict=True))
        cap = self.point_units(give["cap"]) if "cap" in give else None
        self.wanted[rule["id"]] = told(sum(found.values()))
        if cap is not None and sum(found.values()) > cap:
            found = dict(zip(found, spread(cap, list(found.values()), [cap] * len(found)), strict=True))
        return found


def told(points: Number) -> int:
    """Points in whole units, as far as an explanation tells them."""
    return min(math.floor(points), 2**63 - 1)
