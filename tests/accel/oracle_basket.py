"""The naive evaluator's first part: numbers, what a selector takes, when a condition holds."""

import math
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

Json = dict[str, Any]
Amounts = dict[int, Fraction]
Given = list[tuple[str, int, Fraction]]  # rule, line, amount


def rounded(value: Fraction, mode: str) -> int:
    whole = math.floor(value)
    rest = value - whole
    if mode == "down":
        return whole
    if mode == "up":
        return whole + (1 if rest else 0)
    if rest == Fraction(1, 2):
        return whole + (1 if mode == "half_up" or whole % 2 else 0)
    return whole + (1 if rest > Fraction(1, 2) else 0)


def spread(amount: int, weights: list[Fraction], caps: list[Fraction], how: str = "largest_remainder") -> list[int]:
    """Whole units of `amount` by weight, nobody above its cap."""
    shares = [0] * len(weights)
    left = amount
    if how in ("first", "last"):
        order = range(len(weights))
        for i in order if how == "first" else reversed(order):
            if weights[i] > 0:
                shares[i] = min(left, int(caps[i]))
                left -= shares[i]
        return shares
    if how == "running_remainder":
        rest = sum(weights, Fraction(0))
        for i, weight in enumerate(weights):
            if left == 0 or rest == 0:
                break
            shares[i] = min(rounded(left * weight / rest, "half_up"), int(caps[i]), left)
            left -= shares[i]
            rest -= weight
        for i in sorted(range(len(weights)), key=lambda i: -weights[i]):
            more = min(left, int(caps[i]) - shares[i]) if weights[i] > 0 else 0
            shares[i] += more
            left -= more
        return shares
    active = [i for i in range(len(weights)) if weights[i] > 0 and caps[i] > 0]
    while left > 0 and active:
        total = sum(weights[i] for i in active)
        exact = {i: Fraction(left) * weights[i] / total for i in active}
        full = [i for i in active if exact[i] > caps[i]]
        if full:
            for i in full:
                shares[i] = int(caps[i])
                left -= shares[i]
            active = [i for i in active if i not in full]
            continue
        for i in active:
            shares[i] = math.floor(exact[i])
        odd = left - sum(shares[i] for i in active)
        for i in sorted(active, key=lambda i: (-(exact[i] - shares[i]), i))[:odd]:
            shares[i] += 1
        left = 0
    return shares


class Basket:
    """One programme and one basket."""

    def __init__(self, programme: Json, basket: Json) -> None:
        self.p, self.b = programme, basket
        self.unit = 100
        self.digits = programme.get("points", {}).get("digits", 0)
        self.scale = 10**self.digits
        self.lines: list[Json] = basket["lines"]
        self.n = len(self.lines)
        self.quantity = [Fraction(x["quantity"]) for x in self.lines]
        self.price = [self.minor(x["unit_price"]) for x in self.lines]
        self.list = [Fraction(rounded(q * p, "half_up")) for q, p in zip(self.quantity, self.price, strict=True)]
        self.customer: Json | None = basket.get("customer")
        self.time = datetime.fromisoformat(basket["time"]) if "time" in basket else None
        self.only: str | None = None
        self.used: dict[int, int] = {}
        self.used_value: Amounts = {}
        self.accruing = False
        self.earlier: Given = []
        self.flags: list[Json] = []
        self.floor: list[Fraction] = []
        for i in range(self.n):
            self.line_law(i)

    def minor(self, text: str) -> Fraction:
        return Fraction(text) * self.unit

    def line_law(self, i: int) -> None:
        line = self.lines[i]
        flags = {k: line.get(k, True) for k in ("discountable", "redeemable", "earnable", "regular_price")}
        least = max(
            self.minor(line.get("min_unit_price", "0")),
            self.minor(self.p.get("limits", {}).get("min_unit_price", "0")),
        )
        floor = math.ceil(least * self.quantity[i])
        for law in self.p.get("regulated", []):
            if law["kind"] != line.get("regulated"):
                continue
            if "from" in law and self.time and self.time.date() < date.fromisoformat(law["from"]):
                continue
            flags["discountable"] &= law.get("discount", True)
            flags["redeemable"] &= law.get("redeem", True)
            flags["earnable"] &= law.get("earn", True)
            per_litre = self.minor(law.get("floor_per_litre", "0"))
            floor = max(floor, math.ceil(per_litre * Fraction(line.get("litres", "0")) * self.quantity[i]))
        self.flags.append(flags)
        self.floor.append(Fraction(floor))

    # Selection and conditions

    def selects(self, selector: Json, i: int) -> bool:
        line = self.lines[i]
        if "sku" in selector and line["sku"] not in selector["sku"]:
            return False
        if "brand" in selector and line.get("brand", "") not in selector["brand"]:
            return False
        if "tag" in selector and not set(selector["tag"]) & set(line.get("tags", [])):
            return False
        if "category" in selector and not any(
            (mine.rstrip("/") + "/").startswith(wanted.rstrip("/") + "/")
            for mine in line.get("categories", [])
            for wanted in selector["category"]
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

    def sum_of(self, selector: Json, values: Any) -> Fraction:
        return sum((values[i] for i in range(self.n) if self.selects(selector, i)), Fraction(0))

    @staticmethod
    def between(bounds: Json, value: Fraction, read: Any = Fraction) -> bool:
        return (
            ("at_least" not in bounds or value >= read(bounds["at_least"]))
            and ("more_than" not in bounds or value > read(bounds["more_than"]))
            and ("at_most" not in bounds or value <= read(bounds["at_most"]))
            and ("less_than" not in bounds or value < read(bounds["less_than"]))
        )

    def holds(self, condition: Json, current: Any, line: int) -> bool:
        ((key, value),) = condition.items()
        if key == "all":
            return all(self.holds(c, current, line) for c in value)
        if key == "any":
            return any(self.holds(c, current, line) for c in value)
        if key == "not":
            return not self.holds(value, current, line)
        if key == "subtotal":
            basis = current if value.get("basis") == "current" else self.list
            return self.between(value, self.sum_of(value.get("of", {}), basis), self.minor)
        if key == "quantity":
            return self.between(value, self.sum_of(value.get("of", {}), self.quantity))
        if key == "line_quantity":
            return self.between(value, self.quantity[line])
        if key == "contains":
            return any(self.selects(value, i) for i in range(self.n))
        if key == "kit":
            return all(self.sum_of({"sku": [sku]}, self.quantity) >= Fraction(need) for sku, need in value.items())
        if key == "coupon":
            return bool({value} & set(self.b.get("coupons", [])))
        if key == "payment":
            return any(x["type"] in value for x in self.b.get("payments", []))
        if key == "channel":
            return self.b.get("channel", "till") in value
        if key == "identified":
            return bool((self.customer is not None) == value)
        return self.customer is not None and self.customer_holds(key, value, self.customer)

    def customer_holds(self, key: str, value: Any, c: Json) -> bool:
        if key == "segment":
            return bool(set(value) & set(c.get("segments", [])))
        if key == "tier":
            return self.tier() in value
        if key == "card_kind":
            return c.get("card_kind") in value
        if key == "attribute":
            mine = c.get("attributes", {}).get(value["name"])
            return mine == value["equals"] if "equals" in value else mine in value["in"]
        if key == "points":
            return self.between(value, Fraction(c.get("points", "0")))
        if key == "turnover":
            return self.between(value, self.minor(c.get("turnover", {}).get(value["window"], "0")), self.minor)
        number = c.get("purchases", 0) + 1
        if key == "first_purchase":
            return bool((number == 1) == value)
        if key == "purchase_number":
            if "equals" in value:
                return bool(number == value["equals"])
            return number % value["every"] == 0 if "every" in value else self.between(value, Fraction(number))
        return self.dated_holds(key, value, c)

    def dated_holds(self, key: str, value: Any, c: Json) -> bool:
        if self.time is None:
            return False
        today = self.time.date()
        if key in ("absent_days", "returned_within", "registered_within"):
            field = "registered" if key == "registered_within" else "last_purchase"
            if field not in c:
                return False
            then = datetime.fromisoformat(c[field]).astimezone(self.time.tzinfo).date()
            days = (today - then).days
            return 0 <= days <= value["days"] if "days" in value else self.between(value, Fraction(days))
        if "birthday" not in c:
            return False
        born = date.fromisoformat(c["birthday"])
        if key == "age":
            had = (today.month, today.day) >= celebrated(born, today.year)
            return self.between(value, Fraction(today.year - born.year - (0 if had else 1)))
        window = range(-value.get("before", 0), value.get("after", 0) + 1)
        return any(
            (d.month, d.day) == celebrated(born, d.year) for d in (today - timedelta(days=shift) for shift in window)
        )

    def tier(self) -> str:
        levels = self.p.get("tiers", {}).get("levels", [])
        if not levels or self.customer is None:
            return ""
        ids = [level["id"] for level in levels]
        reached = self.minor(self.customer.get("turnover", {}).get(self.p["tiers"].get("window", "all"), "0"))
        includes = self.p["tiers"].get("includes_receipt", False)
        if includes:
            reached += sum(self.list)
        known = ids.index(self.customer["tier"]) if self.customer.get("tier") in ids else -1
        earned = max((k for k, level in enumerate(levels) if self.minor(level["from"]) <= reached), default=-1)
        best = max(known, earned) if includes else (known if known >= 0 else earned)
        return ids[best] if best >= 0 else ""

    def scheduled(self, rule: Json) -> bool:
        active = rule.get("active")
        if active is None:
            return True
        if not active:
            return True
        if self.time is None:
            return False
        for key in ("from", "to"):
            if key not in active:
                continue
            text = active[key]
            if len(text) == 10:
                day = date.fromisoformat(text)
                if (self.time.date() < day) if key == "from" else (self.time.date() > day):
                    return False
            else:
                moment = datetime.fromisoformat(text)
                if (self.time < moment) if key == "from" else (self.time >= moment):
                    return False
        return self.on_the_clock(active, self.time)

    @staticmethod
    def on_the_clock(active: Json, time: datetime) -> bool:
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

        def day_fits(day: date) -> bool:
            if "weekdays" in active and names[day.weekday()] not in active["weekdays"]:
                return False
            return "dates" not in active or day.isoformat() in active["dates"] or day.isoformat()[5:] in active["dates"]

        if "hours" not in active:
            return day_fits(time.date())
        now = time.strftime("%H:%M")
        for start, end in active["hours"]:
            if start < end:
                if start <= now < end and day_fits(time.date()):
                    return True
            elif (now >= start and day_fits(time.date())) or (now < end and day_fits(time.date() - timedelta(days=1))):
                return True
        return False

    def reach(self, rule: Json, current: Any, closed: set[int], barred: str) -> list[int]:
        """Lines the rule may work on; empty when it does not hold."""
        if not self.scheduled(rule):
            return []
        if "stores" in rule and self.b.get("store", "") not in rule["stores"]:
            return []
        if "channels" in rule and self.b.get("channel", "till") not in rule["channels"]:
            return []
        if "uses" in rule:
            done = (self.customer or {}).get("uses", {}).get(rule["id"], {}).get("count", 0)
            if self.customer is None or done >= rule["uses"]["per_customer"]["count"]:
                return []
        return [
            i
            for i in range(self.n)
            if self.selects(rule.get("on", {}), i)
            and all(self.holds(c, current, i) for c in rule.get("when", []))
            and i not in closed
            and (not barred or self.flags[i][barred])
        ]


def celebrated(born: date, year: int) -> tuple[int, int]:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (2, 28) if (born.month, born.day) == (2, 29) and not leap else (born.month, born.day)
