"""A deliberately naive evaluator of programme and basket documents: fractions, dictionaries, one unit at a time.

It reads the JSON documents themselves and shares no code with the product, so that agreement means something.
"""

import math
from fractions import Fraction
from typing import Any

from oracle_basket import Given, Json, rounded, spread
from oracle_effects import Effects


class Oracle(Effects):
    """The tree of groups and the order of a calculation."""

    # The tree

    def run(self, node: Json, base: Any, room: Any, closed: set[int]) -> Given:
        if "give" in node:
            return self.run_rule(node, base, room, closed)
        return (
            self.run_chain(node, base, room, closed)
            if node["mode"] in ("sum", "sequence")
            else self.choose(node, base, room, closed)
        )

    def run_rule(self, rule: Json, base: Any, room: Any, closed: set[int]) -> Given:
        if self.only not in (None, rule["id"]) and not rule.get("always"):
            return []
        reach = self.reach(rule, base, closed, "earnable" if self.accruing else "discountable")
        if not reach:
            return []
        before = dict(self.used), dict(self.used_value)
        found = self.points(rule, reach) if self.accruing else self.discount(rule, reach, base, room)
        if not any(found.values()):
            self.used, self.used_value = before
        return [(rule["id"], i, amount) for i, amount in sorted(found.items()) if amount > 0]

    def run_chain(self, node: Json, base: Any, room: Any, closed: set[int]) -> Given:
        base, room, closed = dict(base), dict(room), set(closed)
        lowers = node["mode"] == "sequence" and not self.accruing
        by_line = node.get("decide", "line") == "line"
        most = node.get("most")
        givers: dict[int, int] = {}
        given: Given = []
        children = 0
        for child in node["children"]:
            if most is not None and not by_line and children >= most:
                break
            self.earlier = list(given)
            found = self.run(child, base, room, closed)
            for rule, i, amount in found:
                if not self.accruing:
                    room[i] -= amount
                if lowers:
                    base[i] -= amount
                    if rule in self.consuming:
                        self.used_value[i] -= amount
            if found:
                children += 1
                for i in {i for _, i, _ in found}:
                    givers[i] = givers.get(i, 0) + 1
                    if most is not None and by_line and givers[i] >= most:
                        closed.add(i)
            given += found
        return given

    def choose(self, node: Json, base: Any, room: Any, closed: set[int]) -> Given:
        by_line = node.get("decide", "line") == "line"
        results = []
        before = dict(self.used), dict(self.used_value)
        for child in node["children"]:
            self.used, self.used_value = dict(before[0]), dict(before[1])
            found = self.run(child, base, room, closed)
            results.append((found, self.used, self.used_value))
        self.used, self.used_value = before
        kept: set[tuple[int, int]] = set()  # (child, line)
        for scope in [[i] for i in range(self.n)] if by_line else [list(range(self.n))]:
            totals = [sum((a for _, i, a in found if i in scope), Fraction(0)) for found, _, _ in results]
            order = [k for k in range(len(totals)) if totals[k] > 0]
            if node["mode"] != "first":
                order.sort(key=lambda k: (-totals[k] if node["mode"] == "max" else totals[k], k))
            winners = order[: node.get("most", 1)]
            kept |= {(k, i) for k in winners for i in scope}
            if winners and not by_line:
                _, self.used, self.used_value = results[winners[0]]
        given: Given = []
        left = dict(room)
        for k, (found, _, _) in enumerate(results):
            for rule, i, amount in found:
                if (k, i) in kept:
                    amount = amount if self.accruing else min(amount, left[i])
                    if not self.accruing:
                        left[i] -= amount
                    if amount:
                        given.append((rule, i, amount))
        return given

    # The whole

    def rules(self, node: Json | None) -> list[Json]:
        if node is None:
            return []
        return [node] if "give" in node else [rule for child in node["children"] for rule in self.rules(child)]

    def find_exclusive(self, base: Any, room: Any) -> None:
        for stage in ("discounts", "accrual", "rewards"):
            self.accruing = stage == "accrual"
            found = self.p.get(stage)
            for rule in found or [] if stage == "rewards" else self.rules(found):
                if not rule.get("exclusive"):
                    continue
                if stage == "discounts":
                    holds = bool(self.run_rule(rule, base, room, set()))
                    self.used, self.used_value = {}, {}
                else:
                    holds = bool(self.reach(rule, base, set(), "earnable" if stage == "accrual" else ""))
                if holds:
                    self.only = rule["id"]
                    self.accruing = False
                    return
        self.accruing = False

    def cut(self, given: Given) -> Given:
        limits = self.p.get("limits", {})
        amounts = [amount for _, _, amount in given]
        if "line_discount_share" in limits:
            for line in range(self.n):
                most = math.floor(self.list[line] * Fraction(limits["line_discount_share"]) / 100)
                excess = sum((a for a, (_, i, _) in zip(amounts, given, strict=True) if i == line), Fraction(0)) - most
                for k in reversed(range(len(given))):
                    if given[k][1] == line and excess > 0:
                        less = min(excess, amounts[k])
                        amounts[k] -= less
                        excess -= less
        bounds = []
        if "discount_share" in limits:
            bounds.append(Fraction(math.floor(sum(self.list) * Fraction(limits["discount_share"]) / 100)))
        if "discount_amount" in limits:
            bounds.append(self.minor(limits["discount_amount"]))
        excess = sum(amounts, Fraction(0)) - min(bounds) if bounds else Fraction(0)
        for rule in reversed(list(dict.fromkeys(rule for rule, _, _ in given))):
            if excess <= 0:
                break
            mine = [k for k in range(len(given)) if given[k][0] == rule]
            gave = [amounts[k] for k in mine]
            for k, cut in zip(mine, spread(int(min(excess, sum(gave))), gave, gave), strict=True):
                amounts[k] -= cut
                excess -= cut
        return [(rule, i, a) for (rule, i, _), a in zip(given, amounts, strict=True) if a > 0]

    def redeem(self, net: list[Fraction]) -> None:
        r = self.p["redemption"]
        eligible = [
            i
            for i in range(self.n)
            if self.flags[i]["redeemable"] and not ("exclude" in r and self.selects(r["exclude"], i))
        ]
        tender = r.get("as") == "tender"
        rooms = [max(Fraction(0), net[i] - (0 if tender else self.floor[i])) for i in eligible]
        of = range(self.n) if r.get("share_of") == "basket" else eligible
        share = math.floor(sum((net[i] for i in of), Fraction(0)) * Fraction(r.get("max_share", "100")) / 100)
        worth = self.minor(self.p.get("points", {}).get("worth", "1.00"))
        step = int(Fraction(r["step"]) * self.scale) if "step" in r else 1
        least = math.ceil(Fraction(r.get("min_points", "0")) * self.scale / step) * step
        most = math.floor(min(Fraction(share), sum(rooms, Fraction(0))) / worth * self.scale)
        most = min(most, max(0, int(Fraction((self.customer or {}).get("points", "0")) * self.scale)))
        if "max_points" in r:
            most = min(most, int(Fraction(r["max_points"]) * self.scale))
        most -= most % step
        if most < least:
            most = 0
        self.redeemable = (least if most else 0, most)
        asked = self.b.get("redeem", {})
        wanted = most if asked.get("max") else min(most, int(Fraction(asked.get("points", "0")) * self.scale))
        wanted -= wanted % step
        if wanted < least or wanted == 0:
            return
        money = math.floor(worth * wanted / self.scale)
        enough = math.ceil(money * self.scale / worth)
        self.redeemed_points = min(wanted, math.ceil(Fraction(enough, step)) * step) if money else 0
        given = spread(money, [net[i] for i in eligible], rooms, self.p.get("spread", "largest_remainder"))
        for i, amount in zip(eligible, given, strict=True):
            self.redeemed[i] = Fraction(amount)

    def earn(self) -> None:
        settings = self.p.get("points", {})
        mode, at = settings.get("rounding", "down"), settings.get("round_at", "receipt")
        self.accruing = True
        given = self.run(self.p["accrual"], dict(enumerate(self.bases["paid"])), {}, set())
        self.accruing = False
        by_id = {rule["id"]: rule for rule in self.rules(self.p["accrual"])}
        order = list(dict.fromkeys(rule for rule, _, _ in given))
        exact: dict[tuple[str, int], Fraction] = {(rule, i): a for rule, i, a in given}
        for rule in order:
            own = by_id[rule]["give"].get("rounding", mode if at == "rule" else None)
            if own:
                keys = [key for key in exact if key[0] == rule]
                whole = rounded(sum((exact[key] for key in keys), Fraction(0)), own)
                shares = spread(whole, [exact[key] for key in keys], [Fraction(whole)] * len(keys))
                exact |= dict(zip(keys, map(Fraction, shares), strict=True))
        lines = [sum((a for (_, j), a in exact.items() if j == i), Fraction(0)) for i in range(self.n)]
        if at == "line":
            self.line_points = [rounded(a, mode) for a in lines]
            self.earned = sum(self.line_points)
        else:
            self.earned = rounded(sum(lines, Fraction(0)), mode)
            self.line_points = spread(self.earned, lines, [Fraction(self.earned)] * self.n)
        rules = [sum((a for (r, _), a in exact.items() if r == rule), Fraction(0)) for rule in order]
        self.by_rule = list(zip(order, spread(self.earned, rules, [Fraction(self.earned)] * len(rules)), strict=True))

    def evaluate(self) -> Json:
        self.redeemed = [Fraction(0)] * self.n
        self.redeemed_points, self.redeemable = 0, (0, 0)
        self.consuming = {
            rule["id"]
            for rule in self.rules(self.p.get("discounts"))
            if {"every", "buy", "bundle", "kit"} & rule["give"].keys()
        }
        redemption = self.p.get("redemption")
        first = redemption is not None and redemption.get("order") == "before_discounts"
        tender = redemption is not None and redemption.get("as") == "tender"
        if first:
            self.redeem(self.list)
        off = [Fraction(0)] * self.n if tender else self.redeemed
        base = {i: self.list[i] - off[i] for i in range(self.n)}
        room = {
            i: max(Fraction(0), base[i] - self.floor[i]) if self.flags[i]["discountable"] else Fraction(0)
            for i in range(self.n)
        }
        self.find_exclusive(base, room)
        given = self.cut(self.run(self.p["discounts"], base, room, set())) if "discounts" in self.p else []
        discount = [sum((a for _, j, a in given if j == i), Fraction(0)) for i in range(self.n)]
        after = [self.list[i] - discount[i] for i in range(self.n)]
        if redemption is not None and not first:
            self.redeem(after)
        paid = [after[i] - self.redeemed[i] for i in range(self.n)]
        self.bases = {"paid": paid, "net": after, "list": self.list}
        self.earned, self.by_rule, self.line_points = 0, [], [0] * self.n
        if "accrual" in self.p and not (
            self.redeemed_points and redemption and not redemption.get("earn_while_redeeming", True)
        ):
            self.earn()
        net = after if tender else paid
        total = sum(net, Fraction(0))
        by_points = sum(self.redeemed, Fraction(0))
        certificates = sum((self.minor(c["amount"]) for c in self.b.get("certificates", [])), Fraction(0))
        paid_by_tender = by_points if tender else Fraction(0)
        return {
            "list": int(sum(self.list)),
            "discount": int(sum(discount)),
            "redeemed_points": self.redeemed_points,
            "redeemed": int(by_points),
            "tender": int(paid_by_tender + min(certificates, total - paid_by_tender)),
            "total": int(total),
            "discounts": [[(rule, int(a)) for rule, j, a in given if j == i] for i in range(self.n)],
            "line_redeemed": [int(a) for a in self.redeemed],
            "net": [int(a) for a in net],
            "points": self.line_points,
            "earned": self.earned,
            "by_rule": self.by_rule,
            "redeemable": self.redeemable,
            "tier": self.tier() if self.customer is not None and "tiers" in self.p else None,
            "rewards": [rule["id"] for rule in self.p.get("rewards", []) if self.rewarded(rule)],
        }

    def rewarded(self, rule: Json) -> bool:
        if self.only not in (None, rule["id"]) and not rule.get("always"):
            return False
        return bool(self.reach(rule, self.bases["paid"], set(), ""))


def evaluate(programme: Json, basket: Json) -> Json:
    """What the basket costs, in minor units and units of points."""
    return Oracle(programme, basket).evaluate()
