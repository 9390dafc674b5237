"""A deliberately naive evaluator of programme and basket documents: fractions, dictionaries, one unit at a time.

It reads the JSON documents themselves and shares no code with the product, so that agreement means something.
"""

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


class Oracle:
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
        goods = sorted(self.units(reach, base), key=lambda g: (-g[0], g[1]))
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
            pool = sorted(left, key=lambda g: (-g[0], g[1]))
            buy = [g for g in pool if self.selects(give["buy"].get("of", {}), g[1])][: give["buy"]["quantity"]]
            if len(buy) < give["buy"]["quantity"]:
                break
            rest = without(left, buy)
            pool = sorted(rest, key=lambda g: (g[0] if cheapest else -g[0], g[1]))
            get = [g for g in pool if self.selects(give["get"].get("of", {}), g[1])][: give["get"]["quantity"]]
            if not get or (len(get) < give["get"]["quantity"] and not give.get("partial")):
                break
            left = without(rest, get)
            bought += [i for _, i in buy]
            got += [i for _, i in get]
        return self.settle(give, bought, got, reach, base, room, mode)

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


def celebrated(born: date, year: int) -> tuple[int, int]:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (2, 28) if (born.month, born.day) == (2, 29) and not leap else (born.month, born.day)


def without(goods: list[tuple[Fraction, int]], taken: list[tuple[Fraction, int]]) -> list[tuple[Fraction, int]]:
    left = list(goods)
    for item in taken:
        left.remove(item)
    return left


def evaluate(programme: Json, basket: Json) -> Json:
    """What the basket costs, in minor units and units of points."""
    return Oracle(programme, basket).evaluate()
