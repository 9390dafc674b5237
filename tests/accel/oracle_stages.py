"""The naive evaluator's stages: exclusive rules, limits, redemption, points, rewards."""

import math
from collections.abc import Set
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle_basket import Given
from oracle_conditions import why
from oracle_effects import told
from oracle_numbers import Json, Number, number, rounded, spread, trimmed
from oracle_tree import Tree, rules_of

Points = list[tuple[str, int]]


class Stages(Tree):
    """What happens before and after the discounts."""

    redeemed: list[int]
    line_points: list[int]
    by_rule: Points

    def find_exclusive(self, base: Any, room: Any) -> None:
        for stage in ("discounts", "accrual", "rewards"):
            found = self.p.get(stage)
            for rule in found or [] if stage == "rewards" else rules_of(found):
                if rule.get("exclusive") and self.excludes(stage, rule, base, room):
                    self.only = rule["id"]
                    return

    def excludes(self, stage: str, rule: Json, base: Any, room: Any) -> bool:
        self.closed = {}
        if stage != "discounts":
            return bool(self.reach(rule, base, "earnable" if stage == "accrual" else "")[0])
        result = self.run_rule(rule, base, room, {})
        self.taken = {}, {}, {}
        return bool(result.given or result.told)

    # Limits

    limited: dict[str, int]

    def cut(self, given: Given) -> Given:
        limits = self.p.get("limits", {})
        amounts = [amount for _, _, amount in given]
        if "line_discount_share" in limits:
            self.cut_lines(given, amounts, number(limits["line_discount_share"]) / 100)
        bounds = []
        if "discount_share" in limits:
            bounds.append(math.floor(sum(self.list) * number(limits["discount_share"]) / 100))
        if "discount_amount" in limits:
            bounds.append(self.minor(limits["discount_amount"]))
        if bounds:
            self.cut_receipt(given, amounts, min(bounds))
        for (rule, _, amount), left in zip(given, amounts, strict=True):
            self.limited[rule] = self.limited.get(rule, 0) + int(amount - left)
        for rule in {rule for rule, _, _ in given}:
            if not any(a for (r, _, _), a in zip(given, amounts, strict=True) if r == rule):
                self.why[rule] = self.lost("LIMIT", self.gave[rule])
        return [(rule, i, a) for (rule, i, _), a in zip(given, amounts, strict=True) if a > 0]

    def cut_lines(self, given: Given, amounts: list[Number], share: Fraction) -> None:
        for line in range(self.n):
            mine = [k for k in range(len(given)) if given[k][1] == line]
            excess: Number = sum(amounts[k] for k in mine) - math.floor(self.list[line] * share)
            for k in reversed(mine):
                less = max(0, min(excess, amounts[k]))
                amounts[k] -= less
                excess -= less

    @staticmethod
    def cut_receipt(given: Given, amounts: list[Number], most: int) -> None:
        excess = sum(amounts) - most
        for rule in reversed(list(dict.fromkeys(rule for rule, _, _ in given))):
            if excess <= 0:
                break
            mine = [k for k in range(len(given)) if given[k][0] == rule]
            gave = [amounts[k] for k in mine]
            for k, less in zip(mine, spread(int(min(excess, sum(gave))), gave, gave), strict=True):
                amounts[k] -= less
                excess -= less

    # Redemption

    def redeem(self, net: list[int]) -> None:
        r = self.p["redemption"]
        eligible = [i for i in range(self.n) if self.flags[i]["redeemable"] and not self.is_excluded(r, i)]
        tender = r.get("as") == "tender"
        rooms = [max(0, net[i] - (0 if tender else self.floor[i])) for i in eligible]
        of = range(self.n) if r.get("share_of") == "basket" else eligible
        share = math.floor(sum(net[i] for i in of) * number(r.get("max_share", "100")) / 100)
        worth = self.point_worth
        step = self.point_units(r.get("step", "0")) or 1
        least = math.ceil(Fraction(self.point_units(r.get("min_points", "0")), step)) * step
        most = min(share, sum(rooms)) * self.scale // worth
        most = min(most, max(0, self.point_units((self.customer or {}).get("points", "0"))))
        if "max_points" in r:
            most = min(most, self.point_units(r["max_points"]))
        most -= most % step
        most = most if most >= least else 0
        self.redeemable = (least if most else 0, most)
        bar = self.unconfirmed(r, most)
        asked = self.b.get("redeem", {})
        wanted = most if asked.get("max") else min(most, self.point_units(asked.get("points", "0")))
        wanted = wanted if bar is None else min(wanted, bar)
        wanted -= wanted % step
        if wanted < least or wanted == 0:
            return
        money = worth * wanted // self.scale
        enough = math.ceil(Fraction(money * self.scale, worth * step)) * step
        self.redeemed_points = min(wanted, enough) if money else 0
        how = self.p.get("spread", "largest_remainder")
        for i, amount in zip(eligible, spread(money, [net[i] for i in eligible], rooms, how), strict=True):
            self.redeemed[i] = amount

    @property
    def point_worth(self) -> int:
        return self.minor(self.p["points"]["worth"]) if "worth" in self.p.get("points", {}) else self.unit

    redeemable: tuple[int, int]
    redeemed_points: int
    confirm: Json | None

    def is_excluded(self, redemption: Json, i: int) -> bool:
        return "exclude" in redemption and self.selects(redemption["exclude"], i)

    def unconfirmed(self, redemption: Json, most: int) -> int | None:
        """How much goes without a confirmation, if there is none yet."""
        confirm = redemption.get("confirm")
        if confirm is None or confirm["by"] in self.b.get("confirmed_by", []):
            return None
        above = self.point_units(confirm.get("above_points", "0"))
        if most > above:
            self.confirm = confirm
        return above

    # Points

    def earn(self) -> None:
        settings = self.p.get("points", {})
        mode, at = settings.get("rounding", "down"), settings.get("round_at", "receipt")
        self.accruing = True
        given = self.run(self.p["accrual"], dict(enumerate(self.bases["paid"])), {}, {}).given
        self.accruing = False
        by_id = {rule["id"]: rule for rule in rules_of(self.p["accrual"])}
        order = list(dict.fromkeys(rule for rule, _, _ in given))
        self.kept_points = {rule: told(sum(a for r, _, a in given if r == rule)) for rule in order}
        exact: dict[tuple[str, int], Number] = {(rule, i): a for rule, i, a in given}
        for rule in order:
            named = by_id[rule].get("rounding", mode if at == "rule" else None)
            own = by_id[rule]["give"].get("rounding", named)
            if own:
                keys = [key for key in exact if key[0] == rule]
                whole = rounded(sum(exact[key] for key in keys), own)
                exact |= dict(zip(keys, spread(whole, [exact[key] for key in keys], [whole] * len(keys)), strict=True))
        lines = [sum(a for (_, j), a in exact.items() if j == i) for i in range(self.n)]
        if at == "line":
            self.line_points = [rounded(a, mode) for a in lines]
            self.earned = sum(self.line_points)
        else:
            self.earned = rounded(sum(lines), mode)
            self.line_points = spread(self.earned, lines, [self.earned] * self.n)
        rules = [sum(a for (r, _), a in exact.items() if r == rule) for rule in order]
        self.by_rule = list(zip(order, spread(self.earned, rules, [self.earned] * len(rules)), strict=True))

    earned: int
    kept_points: dict[str, int]  # What each rule earned exactly, in whole units.

    def lots(self) -> list[Json]:
        """Points by when they begin and when they end."""
        rules = {rule["id"]: rule["give"] for rule in rules_of(self.p.get("accrual"))}
        keys = ("active_after_days", "expires_after_days")
        if self.time is None or not self.earned or not any(key in give for give in rules.values() for key in keys):
            return []
        found: dict[tuple[int, int | None], int] = {}
        for rule, points in self.by_rule:
            if not points:
                continue
            give = rules[rule]
            expires = give.get("expires_after_days")
            pair = int(give.get("active_after_days", 0)), None if expires is None else int(expires)
            found[pair] = found.get(pair, 0) + points
        return [self.lot(self.time.date(), *pair, points) for pair, points in found.items()]

    def lot(self, sold: date, after: int, expires: int | None, points: int) -> Json:
        lot: Json = {"points": self.points_text(points)}
        start = sold + timedelta(days=after)
        if after:
            lot["active_from"] = start.isoformat()
        if expires is not None:
            lot["expires"] = (start + timedelta(days=expires)).isoformat()
        return lot

    # Rewards

    def rewards(self, gave: Set[str]) -> list[Json]:
        """What is told besides money, by the order of the rules in the document."""
        found: list[Json] = []
        for rule in rules_of(self.p.get("discounts")):
            if rule["id"] in self.told:
                gift = {"sku": rule["give"]["gift"]["sku"], "quantity": trimmed(self.told[rule["id"]])}
                found.append({"rule": rule["id"], "gift": gift})
            found += self.message(rule, gave | self.told.keys())
        for rule in rules_of(self.p.get("accrual")):
            found += self.message(rule, gave)
        for rule in self.p.get("rewards", []):
            if self.rewarded(rule):
                found += [{"rule": rule["id"]} | self.reward(rule["give"]), *self.message(rule, {rule["id"]})]
        return found

    told: dict[str, Fraction]

    def message(self, rule: Json, gave: Set[str]) -> list[Json]:
        if "message" not in rule or rule["id"] not in gave:
            return []
        return [{"rule": rule["id"], "prompt": self.prompt(rule["message"])}]

    @staticmethod
    def prompt(prompt: Json) -> Json:
        text = prompt["text"]
        both = {"ru": text, "en": text} if isinstance(text, str) else {}
        one = next(iter(text.values())) if isinstance(text, dict) else ""
        return {
            "to": prompt.get("to", "cashier"),
            "text": both or {"ru": text.get("ru", one), "en": text.get("en", one)},
        }

    def reward(self, give: Json) -> Json:
        if "prompt" in give:
            return {"prompt": self.prompt(give["prompt"])}
        if "coupon" not in give:
            return give
        coupon: Json = {"template": give["coupon"]["template"]}
        if "valid_days" in give["coupon"]:
            days = int(give["coupon"]["valid_days"])
            coupon["valid_days"] = days
            if self.time is not None:
                coupon["valid_until"] = (self.time.date() + timedelta(days=days)).isoformat()
        return {"coupon": coupon}

    def rewarded(self, rule: Json) -> bool:
        if self.only not in (None, rule["id"]) and not rule.get("always"):
            self.why[rule["id"]] = why("EXCLUSIVE", by=self.only or "")
            return False
        self.closed = {}
        reach, no = self.reach(rule, self.bases["paid"], "")
        if no:
            self.why[rule["id"]] = no
        return bool(reach)
