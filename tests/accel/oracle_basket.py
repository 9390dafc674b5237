"""The naive evaluator's basket: what the lines cost, what the law says of them, what a selector takes."""

import math
from datetime import date, datetime
from fractions import Fraction

from oracle_numbers import Json, Number, number, rounded

Amounts = dict[int, Number]
Given = list[tuple[str, int, Number]]  # rule, line, amount
# ISO 4217: those among the test's currencies whose minor unit is no hundredth.
DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}


def listed(value: str | list[str]) -> list[str]:
    """A lone text is as good as a list of one."""
    return [value] if isinstance(value, str) else value


class Basket:
    """One programme and one basket."""

    def __init__(self, programme: Json, basket: Json) -> None:
        self.p, self.b = programme, basket
        self.money_digits = DIGITS.get(programme["currency"], 2)
        self.unit = 10**self.money_digits
        self.digits = programme.get("points", {}).get("digits", 0)
        self.scale = 10**self.digits
        self.lines: list[Json] = basket["lines"]
        self.n = len(self.lines)
        self.quantity = [number(x["quantity"]) for x in self.lines]
        self.price = [self.minor(x["unit_price"]) for x in self.lines]
        self.list = [rounded(q * p, "half_up") for q, p in zip(self.quantity, self.price, strict=True)]
        self.customer: Json | None = basket.get("customer")
        self.time = datetime.fromisoformat(basket["time"]) if "time" in basket else None
        self.flags: list[Json] = []
        self.floor: list[int] = []
        self.barred_by_law: list[set[str]] = []
        for i in range(self.n):
            self.line_law(i)

    def minor(self, text: str) -> int:
        return int(number(text) * self.unit)

    def point_units(self, text: str) -> int:
        return int(number(text) * self.scale)

    def line_law(self, i: int) -> None:
        line = self.lines[i]
        flags = {k: line.get(k, True) for k in ("discountable", "redeemable", "earnable", "regular_price")}
        limit = self.p.get("limits", {}).get("min_unit_price", "0")
        floor = math.ceil(max(self.minor(line.get("min_unit_price", "0")), self.minor(limit)) * self.quantity[i])
        barred: set[str] = set()
        for law in self.p.get("regulated", []):
            if law["kind"] != line.get("regulated"):
                continue
            if "from" in law and self.time and self.time.date() < date.fromisoformat(law["from"]):
                continue
            for flag, key in (("discountable", "discount"), ("redeemable", "redeem"), ("earnable", "earn")):
                if not law.get(key, True):
                    flags[flag] = False
                    barred.add(flag)
            per_litre = self.minor(law.get("floor_per_litre", "0"))
            unit = math.ceil(per_litre * number(line.get("litres", "0")))
            floor = max(floor, math.ceil(unit * self.quantity[i]))
        self.flags.append(flags)
        self.barred_by_law.append(barred)
        self.floor.append(floor)

    def selects(self, selector: Json, i: int) -> bool:
        if not selector:
            return True
        line = self.lines[i]
        if "sku" in selector and line["sku"] not in listed(selector["sku"]):
            return False
        if "brand" in selector and line.get("brand", "") not in listed(selector["brand"]):
            return False
        if "tag" in selector and not set(listed(selector["tag"])) & set(line.get("tags", [])):
            return False
        if "category" in selector and not any(
            (mine.rstrip("/") + "/").startswith(wanted.rstrip("/") + "/")
            for mine in line.get("categories", [])
            for wanted in listed(selector["category"])
        ):
            return False
        if "not" in selector and self.selects(selector["not"], i):
            return False
        bounds = selector.get("unit_price", {})
        if "at_least" in bounds and self.price[i] < self.minor(bounds["at_least"]):
            return False
        if "at_most" in bounds and self.price[i] > self.minor(bounds["at_most"]):
            return False
        return not (selector.get("regular_price_only") and not self.flags[i]["regular_price"])

    def selected(self, selector: Json) -> list[int]:
        return [i for i in range(self.n) if self.selects(selector, i)]

    def quantity_of(self, selector: Json) -> Fraction:
        return sum((self.quantity[i] for i in self.selected(selector)), Fraction(0))

    def tier(self) -> str:
        if self.customer is None:
            return ""
        if "tiers" not in self.p:
            return str(self.customer.get("tier", ""))
        levels = self.p["tiers"]["levels"]
        ids = [level["id"] for level in levels]
        reached = self.turnover(self.p["tiers"].get("window", "all"))
        includes = self.p["tiers"].get("includes_receipt", False)
        if includes:
            reached += sum(self.list)
        known = ids.index(self.customer["tier"]) if self.customer.get("tier") in ids else -1
        earned = max((k for k, level in enumerate(levels) if self.minor(level["from"]) <= reached), default=-1)
        best = max(known, earned) if includes else (known if known >= 0 else earned)
        return ids[best] if best >= 0 else ""

    def turnover(self, window: str) -> int:
        return self.minor((self.customer or {}).get("turnover", {}).get(window, "0"))
