"""A deliberately naive evaluator of programme and basket documents: fractions, dictionaries, one unit at a time.

It reads the JSON documents themselves and shares no code with the product, so that agreement means something.
"""

import math
from fractions import Fraction
from typing import Any

from oracle_conditions import why
from oracle_numbers import Json, Number, ties, trimmed
from oracle_stages import Stages
from oracle_tree import CONSUMING, rules_of


class Oracle(Stages):
    """The order of a calculation, and its answer."""

    def evaluate(self) -> Json:
        """The answer document."""
        self.calculate()
        return self.document(self.given, self.net)

    given: list[tuple[str, int, Number]]
    net: list[int]

    def calculate(self) -> None:
        self.redeemed, self.redeemed_points, self.redeemable = [0] * self.n, 0, (0, 0)
        self.only, self.why, self.told, self.confirm = None, {}, {}, None
        self.taken, self.accruing, self.earlier = ({}, {}, {}), False, []
        self.place = {rule["id"]: k for k, rule in enumerate(self.every_rule())}
        self.wanted, self.gave, self.limited, self.beaten = {}, {}, {}, {}
        self.near, self.closed = {}, {}
        self.consuming = {rule["id"] for rule in rules_of(self.p.get("discounts")) if CONSUMING & rule["give"].keys()}
        redemption = self.p.get("redemption")
        first = redemption is not None and redemption.get("order") == "before_discounts"
        tender = redemption is not None and redemption.get("as") == "tender"
        if first:
            self.redeem(self.list)
        base = {i: self.list[i] - (0 if tender else self.redeemed[i]) for i in range(self.n)}
        room = {i: max(0, base[i] - self.floor[i]) if self.flags[i]["discountable"] else 0 for i in range(self.n)}
        self.find_exclusive(base, room)
        self.why = {}
        given = self.discounts(base, room)
        discount = [sum(a for _, j, a in given if j == i) for i in range(self.n)]
        after = [int(self.list[i] - discount[i]) for i in range(self.n)]
        if redemption is not None and not first:
            self.redeem(after)
        paid = [after[i] - self.redeemed[i] for i in range(self.n)]
        self.bases = {"paid": paid, "net": after, "list": self.list}
        self.earned, self.by_rule, self.line_points = 0, [], [0] * self.n
        if "accrual" in self.p:
            if self.redeemed_points and not self.p["redemption"].get("earn_while_redeeming", True):
                self.why |= {rule["id"]: why("REDEEMING") for rule in rules_of(self.p["accrual"])}
            else:
                self.earn()
        self.discounted = sum(self.list) - sum(after)
        self.given, self.net = given, after if tender else paid

    def discounts(self, base: Any, room: Any) -> list[tuple[str, int, Number]]:
        if "discounts" not in self.p:
            return []
        result = self.run(self.p["discounts"], base, room, {})
        self.told = dict(result.told)
        return self.cut(result.given)

    # The answer

    def document(self, given: list[tuple[str, int, Number]], net: list[int]) -> Json:
        amounts: dict[str, Number] = {}
        for rule, _, amount in given:
            amounts[rule] = amounts.get(rule, 0) + amount
        points = dict(self.by_rule)
        applied: list[Json] = [
            {"rule": rule["id"], "amount": self.money_text(amounts[rule["id"]])} | self.money_cuts(rule, amounts)
            for rule in rules_of(self.p.get("discounts"))
            if rule["id"] in amounts
        ]
        applied += [
            {"rule": rule["id"], "points": self.points_text(points[rule["id"]])} | self.points_cuts(rule)
            for rule in rules_of(self.p.get("accrual"))
            if rule["id"] in points
        ]
        rewards = self.rewards(amounts.keys() | {rule for rule, count in points.items() if count})
        spoken = {entry["rule"] for entry in applied} | {entry["rule"] for entry in rewards}
        refused = [rule for rule in self.every_rule() if rule["id"] not in spoken]
        tender = self.p.get("redemption", {}).get("as") == "tender"
        by_points, total = sum(self.redeemed), sum(net)
        tendered = by_points if tender else 0
        certificates = sum(self.minor(c["amount"]) for c in self.b.get("certificates", []))
        return {
            "currency": self.p["currency"],
            "list": self.money_text(sum(self.list)),
            "discount": self.money_text(sum(amounts.values())),
            "redeemed": {"points": self.points_text(self.redeemed_points), "amount": self.money_text(by_points)},
            "tender": self.money_text(tendered + min(certificates, total - tendered)),
            "total": self.money_text(total),
            "lines": [self.line(i, given, net[i]) for i in range(self.n)],
            "points": self.points_document(),
            "tier": self.tier_document(total),
            "applied": applied,
            "not_applied": [self.not_applied(rule["id"]) for rule in refused],
            "rewards": rewards,
            "hints": self.hints(refused, self.why),
        }

    def money_cuts(self, rule: Json, amounts: dict[str, Number]) -> Json:
        name = rule["id"]
        wanted, gave, limited = self.wanted[name], self.gave[name], self.limited.get(name, 0)
        over = max(0, wanted - self.minor(rule["cap"])) if "cap" in rule else 0
        found = {
            "CAP": over,
            "FLOOR": wanted - over - gave,
            "DISPLACED": gave - limited - amounts[name],
            "LIMIT": limited,
        }
        cuts = [{"reason": reason, "amount": self.money_text(less)} for reason, less in found.items() if less]
        return {"cuts": cuts} if cuts else {}

    def points_cuts(self, rule: Json) -> Json:
        name = rule["id"]
        found = {"CAP": self.wanted[name] - self.gave[name], "DISPLACED": self.gave[name] - self.kept_points[name]}
        cuts = [{"reason": reason, "points": self.points_text(less)} for reason, less in found.items() if less]
        return {"cuts": cuts} if cuts else {}

    def every_rule(self) -> list[Json]:
        return rules_of(self.p.get("discounts")) + rules_of(self.p.get("accrual")) + self.p.get("rewards", [])

    def not_applied(self, rule: str) -> Json:
        reason, *figures = self.why[rule]
        shown = zip(("need", "actual", "missing", "by", "sku"), figures, strict=True)
        return {"rule": rule, "reason": reason} | {key: figure for key, figure in shown if figure}

    def line(self, i: int, given: list[tuple[str, int, Number]], net: int) -> Json:
        return {
            "id": self.lines[i].get("id", str(i + 1)),
            "list": self.money_text(self.list[i]),
            "discounts": [{"rule": rule, "amount": self.money_text(a)} for rule, j, a in given if j == i],
            "redeemed": self.money_text(self.redeemed[i]),
            "net": self.money_text(net),
            "points": self.points_text(self.line_points[i]),
            "pieces": [
                {
                    "quantity": trimmed(Fraction(milli, 1000)),
                    "unit_price": self.money_text(price),
                    "total": self.money_text(rounded_product(milli, price)),
                }
                for milli, price in self.pieces(i, net)
            ],
        }

    def pieces(self, i: int, net: int) -> list[tuple[int, int]]:
        """(thousandths, unit price) for the fiscal receipt."""
        milli = int(self.quantity[i] * 1000)
        if milli % 1000:
            return weighed(milli, net, int(self.price[i]))
        units = milli // 1000
        low, dearer = divmod(net, units)
        if self.lines[i].get("marked"):
            return [(1000, low)] * (units - dearer) + [(1000, low + 1)] * dearer
        split = [((units - dearer) * 1000, low), (dearer * 1000, low + 1)]
        return [piece for piece in split if piece[0]]

    def points_document(self) -> Json:
        least, most = self.redeemable
        step = self.point_units(self.p.get("redemption", {}).get("step", "0")) or 1
        steps = {most * k // 4 // step * step for k in (1, 2, 3, 4)} | {self.to_whole_money(step)}
        redeemable: Json = {
            "min": self.points_text(least),
            "max": self.points_text(most),
            "ladder": [self.points_text(count) for count in sorted(steps) if 0 < count <= most and count >= least],
        }
        if self.confirm is not None:
            above = self.point_units(self.confirm.get("above_points", "0"))
            redeemable["confirm"] = {"above_points": self.points_text(above), "by": self.confirm["by"]}
        found: Json = {
            "earned": self.points_text(self.earned),
            "by_rule": {rule: self.points_text(count) for rule, count in self.by_rule},
        }
        if lots := self.lots():
            found["lots"] = lots
        return found | {"redeemable": redeemable}

    def to_whole_money(self, step: int) -> int:
        """The fewest points that leave no part of a whole unit of money to pay; none if that does not come out."""
        part = (sum(self.list) - self.discounted) % self.unit
        points = math.ceil(Fraction(part * self.scale, self.point_worth * step)) * step
        return points if points * self.point_worth // self.scale == part else 0

    def tier_document(self, total: int) -> Json | None:
        if self.customer is None or "tiers" not in self.p:
            return None
        levels = self.p["tiers"]["levels"]
        mine = self.tier()
        at = next((k for k, level in enumerate(levels) if level["id"] == mine), -1)
        if at + 1 == len(levels):
            return {"id": mine, "next": None, "remaining": self.money_text(0)}
        after = self.turnover(self.p["tiers"].get("window", "all")) + total
        remaining = max(0, self.minor(levels[at + 1]["from"]) - after)
        return {"id": mine, "next": levels[at + 1]["id"], "remaining": self.money_text(remaining)}


def rounded_product(milli: int, price: int) -> int:
    return (milli * price + 500) // 1000


def weighed(milli: int, net: int, price: int) -> list[tuple[int, int]]:
    """Weighed goods: one unit price if one gives the sum, else the smallest part a minor unit dearer."""
    low = net * 1000 // milli
    for whole in (price, low, low + 1):
        if rounded_product(milli, whole) == net:
            return [(milli, whole)]
    start = max(1, 1000 * net - low * milli - 1000)
    for dearer in range(start, milli):
        if rounded_product(milli - dearer, low) + rounded_product(dearer, low + 1) == net:
            return [(milli - dearer, low), (dearer, low + 1)]
    raise AssertionError(f"{milli} for {net} cannot be written in two pieces")


def evaluate(programme: Json, basket: Json) -> Json:
    """The answer document, but for the sentences."""
    ties.clear()
    return Oracle(programme, basket).evaluate()


def total_minor(programme: Json, basket: Json) -> int:
    """What the basket costs, without the answer."""
    naive = Oracle(programme, basket)
    naive.calculate()
    return sum(naive.net)
