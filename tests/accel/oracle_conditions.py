"""The naive evaluator's conditions: whether a rule holds, and if not, why, with figures."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from oracle_basket import Basket, listed
from oracle_numbers import Json, Number, number, trimmed
from oracle_numbers import decimal as written

#: Why a rule gave nothing: reason, need, actual, missing, by which rule, sku. As the answer writes them, or empty.
Why = tuple[str, str, str, str, str, str]
Shown = Callable[[Number], str]


def why(reason: str, need: str = "", actual: str = "", missing: str = "", by: str = "", sku: str = "") -> Why:
    return reason, need, actual, missing, by, sku


class Conditions(Basket):
    """Schedules, customers, contents of the basket."""

    # What every rule has

    def refusal(self, rule: Json) -> Why | None:
        """What does not look at the goods."""
        return self.refused_by_schedule(rule) or self.refused_by_place(rule) or self.refused_by_uses(rule)

    def refused_by_place(self, rule: Json) -> Why | None:
        if "stores" in rule and self.b.get("store", "") not in listed(rule["stores"]):
            return why("OTHER_STORE")
        if "channels" in rule and self.b.get("channel", "till") not in listed(rule["channels"]):
            return why("OTHER_CHANNEL")
        return None

    def refused_by_uses(self, rule: Json) -> Why | None:
        uses = rule.get("uses", {})
        if "per_customer" in uses:
            if self.customer is None:
                return why("NOT_IDENTIFIED")
            used = int(self.customer.get("uses", {}).get(rule["id"], {}).get("count", 0))
            if used >= int(uses["per_customer"]["count"]):
                return why("USES", str(int(uses["per_customer"]["count"])), str(used))
        if "total" in uses:
            used = int(self.b.get("uses", {}).get(rule["id"], {}).get("count", 0))
            if used >= int(uses["total"]):
                return why("USES", str(int(uses["total"])), str(used))
        return None

    def refused_by_holdout(self, rule: Json) -> Why | None:
        if "holdout" not in rule or self.customer is None:
            return None
        salt = rule["holdout"].get("salt", rule["id"])
        digest = hashlib.sha256(f"{salt}\0{self.customer.get('id', '')}".encode()).digest()
        held = int.from_bytes(digest[:8], "big") % 1_000_000 < number(rule["holdout"]["percent"]) * 10_000
        return why("HOLDOUT") if held else None

    # Schedules

    def refused_by_schedule(self, rule: Json) -> Why | None:
        active = rule.get("active")
        if not active:
            return None
        if self.time is None:
            return why("NOT_ACTIVE") if {"from", "to"} & active.keys() else why("OUT_OF_SCHEDULE")
        for key in ("from", "to"):
            if key in active and self.is_past(active[key], key, self.time):
                return why("NOT_ACTIVE")
        return None if self.on_the_clock(active, self.time) else why("OUT_OF_SCHEDULE")

    @staticmethod
    def is_past(text: str, key: str, time: datetime) -> bool:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text)
            return time.date() < day if key == "from" else time.date() > day
        moment = datetime.fromisoformat(text)
        return time < moment if key == "from" else time >= moment

    @staticmethod
    def on_the_clock(active: Json, time: datetime) -> bool:
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

        def day_fits(day: date) -> bool:
            if "weekdays" in active and not {names[day.weekday()], day.isoweekday(), str(day.isoweekday())} & {
                *active["weekdays"]
            }:
                return False
            return "dates" not in active or day.isoformat() in active["dates"] or day.isoformat()[5:] in active["dates"]

        if "hours" not in active:
            return day_fits(time.date())
        now = time.strftime("%H:%M")
        for start, end in active["hours"]:
            if start < end:
                if start <= now < end and day_fits(time.date()):
                    return True
            elif (now >= start and day_fits(time.date())) or (
                now < end and time.date() > date.min and day_fits(time.date() - timedelta(days=1))
            ):
                return True
        return False

    # Conditions

    def fails(self, condition: Json, current: Any, line: int | None) -> Why | None:
        ((key, value),) = condition.items()
        if key == "all":
            return next((no for c in value if (no := self.fails(c, current, line))), None)
        if key == "any":
            found = [self.fails(c, current, line) for c in value]
            return None if None in found else found[0]
        if key == "not":
            return None if self.fails(value, current, line) else why("CONDITION")
        if key in ("subtotal", "quantity", "line_quantity", "contains", "kit"):
            return self.goods_fail(key, value, current, line)
        if key == "coupon":
            return None if set(listed(value)) & set(self.b.get("coupons", [])) else why("COUPON_MISSING")
        if key == "payment":
            return None if any(x["type"] in listed(value) for x in self.b.get("payments", [])) else why("PAYMENT")
        if key == "channel":
            return None if self.b.get("channel", "till") in listed(value) else why("OTHER_CHANNEL")
        if key == "identified":
            if (self.customer is not None) == value:
                return None
            return why("NOT_IDENTIFIED") if value else why("IDENTIFIED")
        return why("NOT_IDENTIFIED") if self.customer is None else self.customer_fails(key, value, self.customer)

    def goods_fail(self, key: str, value: Json, current: Any, line: int | None) -> Why | None:
        of = value.get("of", {})
        if key == "contains":
            return None if self.selected(value) else why("NO_GOODS")
        if key == "kit":
            for sku, text in value.items():
                need, there = number(text), self.quantity_of({"sku": [sku]})
                if there < need:
                    return why("KIT_INCOMPLETE", trimmed(need), trimmed(there), trimmed(need - there), sku=sku)
            return None
        if key == "subtotal":
            basis = current if value.get("basis") == "current" else self.list
            actual = sum(basis[i] for i in self.selected(of))
            return self.outside(value, actual, self.minor, self.money_text, ("BELOW_AMOUNT", "ABOVE_AMOUNT"))
        assert key == "quantity" or line is not None
        measured = self.quantity_of(of) if line is None or key == "quantity" else self.quantity[line]
        return self.outside(
            value,
            measured * 1000,
            lambda text: int(number(text) * 1000),
            lambda milli: trimmed(Fraction(milli) / 1000),
            ("BELOW_QUANTITY", "ABOVE_QUANTITY"),
        )

    def money_text(self, minor: Number) -> str:
        return written(int(minor), self.money_digits)

    @staticmethod
    def outside(
        bounds: Json, actual: Number, read: Callable[[str], int], shown: Shown, reasons: tuple[str, str]
    ) -> Why | None:
        """Bounds in whole units, so that an exclusive one is an inclusive one a unit further."""
        lows = [read(bounds[key]) + more for key, more in (("at_least", 0), ("more_than", 1)) if key in bounds]
        highs = [read(bounds[key]) - less for key, less in (("at_most", 0), ("less_than", 1)) if key in bounds]
        if lows and actual < max(lows):
            return why(reasons[0], shown(max(lows)), shown(actual), shown(max(lows) - actual))
        if highs and actual > min(highs):
            return why(reasons[1], shown(min(highs)), shown(actual), shown(actual - min(highs)))
        return None

    # Customers

    def customer_fails(self, key: str, value: Any, c: Json) -> Why | None:
        if key == "points":
            mine = self.point_units(c.get("points", "0"))
            return self.outside(value, mine, self.point_units, self.points_text, ("POINTS", "POINTS"))
        if key == "turnover":
            spent = self.turnover(value["window"])
            return self.outside(value, spent, self.minor, self.money_text, ("TURNOVER", "TURNOVER"))
        if key in ("first_purchase", "purchase_number"):
            return self.number_fails(key, value, int(c.get("purchases", 0)) + 1)
        if key in ("segment", "tier", "card_kind", "attribute"):
            return self.trait_fails(key, value, c)
        return self.date_fails(key, value, c)

    def points_text(self, units: Number) -> str:
        return written(int(units), self.digits)

    def trait_fails(self, key: str, value: Any, c: Json) -> Why | None:
        if key == "segment":
            held = bool(set(listed(value)) & set(c.get("segments", [])))
        elif key == "tier":
            held = self.tier() in listed(value)
        elif key == "card_kind":
            held = c.get("card_kind") in listed(value)
        else:
            mine = c.get("attributes", {}).get(value["name"])
            held = mine == value["equals"] if "equals" in value else mine in listed(value["in"])
        return None if held else why(key.upper())

    def number_fails(self, key: str, value: Any, mine: int) -> Why | None:
        if key == "first_purchase":
            value = {"at_most": 1} if value else {"at_least": 2}
        elif "equals" in value:
            value = {"at_least": value["equals"], "at_most": value["equals"]}
        elif "every" in value:
            beyond = mine % int(value["every"])
            missing = int(value["every"]) - beyond
            return why("PURCHASE_NUMBER", str(mine + missing), str(mine), str(missing)) if beyond else None
        return self.outside(value, mine, int, str, ("PURCHASE_NUMBER", "PURCHASE_NUMBER"))

    def date_fails(self, key: str, value: Any, c: Json) -> Why | None:
        reasons = {"absent_days": "ABSENT_DAYS", "returned_within": "ABSENT_DAYS", "registered_within": "REGISTERED"}
        reason = reasons.get(key, key.upper())
        field = {"registered_within": "registered", "age": "birthday", "birthday": "birthday"}.get(key, "last_purchase")
        if self.time is None or field not in c:
            return why(reason)
        today = self.time.date()
        if key == "birthday":
            return None if is_near(date.fromisoformat(c["birthday"]), value, today) else why("BIRTHDAY")
        if key == "age":
            actual = age(date.fromisoformat(c["birthday"]), today)
        else:
            actual = (today - datetime.fromisoformat(c[field]).astimezone(self.time.tzinfo).date()).days
        bounds = {"at_least": 0, "at_most": value["days"]} if "days" in value else value
        return self.outside(bounds, actual, int, str, (reason, reason))


def age(born: date, today: date) -> int:
    had = (today.month, today.day) >= celebrated(born, today.year)
    return today.year - born.year - (0 if had else 1)


def is_near(born: date, window: Json, today: date) -> bool:
    days = range(-int(window.get("before", 0)), int(window.get("after", 0)) + 1)
    near = (date.fromordinal(n) for shift in days if 1 <= (n := today.toordinal() - shift) <= date.max.toordinal())
    return any((day.month, day.day) == celebrated(born, day.year) for day in near)


def celebrated(born: date, year: int) -> tuple[int, int]:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (2, 28) if (born.month, born.day) == (2, 29) and not leap else (born.month, born.day)
