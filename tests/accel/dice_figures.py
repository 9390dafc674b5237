"""Throwing figures, names, selectors and conditions."""

from random import Random
from typing import Any

from oracle_numbers import Json, decimal


class FigureDice:
    """What every part of a document is made of."""

    SKUS = ("A", "B", "C", "Ж-4")
    CATEGORIES = ("food", "food/sweets", "drinks", "drinks/coffee", "drinks/coffee/beans", "foo")
    BRANDS = ("x", "Ы")
    SEGMENTS = ("vip", "staff", "naïve")
    TIERS = ("base", "silver", "gold")
    STORES = ("s1", "s2", "s3")
    CHANNELS = ("till", "site")
    ROUNDINGS = ("half_up", "half_even", "down", "up")
    CONFIRMATIONS = ("code", "pin", "sms", "biometric", "supervisor")
    WINDOWS = ("all", "month", "rolling_days:30", "day", "week", "year")

    def __init__(self, random: Random) -> None:
        self.random = random
        self.currency = "RUB"
        self.money_digits = 2
        self.digits = 0
        self.ids = 0
        self.multipliers = 0
        self.counts_units = False
        self.extreme = self.one_in(15)

    def settle_currency(self) -> None:
        self.money_digits = {"JPY": 0, "KWD": 3}.get(self.currency, 2)

    def one_in(self, count: int) -> bool:
        return self.random.randrange(count) == count // 2

    def of(self, *values: Any) -> Any:
        return values[self.random.randrange(len(values))]

    def some(self, values: tuple[str, ...], most: int = 2) -> list[str]:
        return self.random.sample(list(values), self.random.randint(1, min(most, len(values))))

    def names(self, values: tuple[str, ...], most: int = 2) -> list[str] | str:
        """Some of them; one may stand alone."""
        found = self.some(values, most)
        return found[0] if len(found) == 1 and self.one_in(4) else found

    def some_of(self, **values: Any) -> Json:
        """Each with an even chance, at least one."""
        found = {key: value for key, value in values.items() if self.one_in(2)}
        first = next(iter(values))
        return found or {first: values[first]}

    def figure(self, minor: int) -> str:
        return decimal(minor, self.money_digits)

    def money(self, high: int = 20_000, low: int = 0) -> str:
        if self.extreme and self.one_in(4):
            high = 10**12
        round_ones = [k for k in (1, 50, 99, 100, 333, 1000, 9999) if low <= k <= high]
        return self.figure(self.of(self.random.randint(low, high), self.random.randint(low, high), *round_ones))

    def percent(self, high: int = 100) -> str:
        awkward = ("5", "10", "12.5", "50", "100", "33.3333", "66.6667", "0.5", "0.0001", "99.9999", "0")
        return str(self.of(*awkward, f"{self.random.randrange(high)}.{self.random.randrange(10_000):04d}"))

    def quantity(self) -> str:
        weighed = f"{self.random.randint(0, 9)}.{self.random.randint(1, 999):03d}"
        return str(self.of("1", "1", "1", "2", "2", "3", "4", "7", "12", "0.5", "1.25", "0.001", weighed))

    def points(self, high: int = 300) -> str:
        return decimal(self.random.randint(0, high * 10**self.digits), self.digits)

    def count(self, low: int, high: int) -> int | str:
        found = self.random.randint(low, high)
        return str(found) if self.one_in(6) else found

    def text(self) -> Any:
        return self.of("Скидка", {"ru": "Кофе ☕", "en": "Coffee"}, {"ru": "только по-русски"}, {"en": "English only"})

    # Selectors

    def selector(self, depth: int = 0) -> Json:
        if self.one_in(10):
            return self.of({}, {"lines": "all"})
        found: Json = {}
        for key, values in (
            ("sku", self.SKUS),
            ("category", self.CATEGORIES),
            ("brand", self.BRANDS),
            ("tag", ("new", "sale")),
        ):
            if self.one_in(5 if found else 3):
                found[key] = self.names(values, 3)
        if self.one_in(9):
            low, high = sorted((self.random.randint(0, 20_000), self.random.randint(0, 20_000)))
            found["unit_price"] = self.some_of(at_least=self.figure(low), at_most=self.figure(high))
        if self.one_in(10):
            found["regular_price_only"] = self.of(True, True, False)
        if depth < 2 and self.one_in(7):
            found["not"] = self.selector(depth + 1)
        return found

    # Conditions

    def bounds(self, value: Any) -> Json:
        key = self.of("at_least", "at_least", "more_than", "at_most", "less_than")
        zero = float(value) == 0
        return {"at_least" if zero and key == "less_than" else key: value}

    def between(self, low: Any, high: Any) -> Json:
        """One bound, or two that leave something between them."""
        if not self.one_in(5):
            return self.bounds(self.of(low, high))
        low, high = sorted((low, high), key=float)
        if float(high) - float(low) < 2:
            return {"at_least": low, "at_most": high}
        return {self.of("at_least", "more_than"): low, self.of("at_most", "less_than"): high}

    def leaf(self) -> Json:
        kind = self.of("goods", "goods", "customer", "customer", "dates", "place")
        return dict([self.of(*getattr(self, f"about_{kind}")())])

    def about_goods(self) -> list[tuple[str, Any]]:
        amount = self.between(self.money(60_000), self.money(60_000)) | self.some_of(
            basis=self.of("list", "current"), of=self.selector()
        )
        quantity = self.between(self.quantity(), self.quantity())
        return [
            ("subtotal", amount),
            ("quantity", quantity | ({"of": self.selector()} if self.one_in(2) else {})),
            ("line_quantity", quantity),
            ("contains", self.selector()),
            ("kit", {sku: self.quantity() for sku in self.some(self.SKUS)}),
        ]

    def about_customer(self) -> list[tuple[str, Any]]:
        attribute = self.of({"name": "city", "equals": "Omsk"}, {"name": "city", "in": ["Omsk", "Tomsk"]})
        number = self.of({"equals": self.count(1, 6)}, {"every": self.count(1, 4)}, self.counted())
        return [
            ("identified", self.of(True, True, False)),
            ("segment", self.names(self.SEGMENTS)),
            ("tier", self.names(self.TIERS)),
            ("card_kind", self.names(("plastic", "virtual"))),
            ("attribute", attribute),
            ("points", self.between(self.points(), self.points())),
            ("turnover", self.between(self.money(), self.money(2_000_000)) | {"window": self.of(*self.WINDOWS)}),
            ("first_purchase", self.of(True, False)),
            ("purchase_number", number),
        ]

    def counted(self, high: int = 40) -> Json:
        return self.between(self.count(0, high), self.count(0, high))

    def about_dates(self) -> list[tuple[str, Any]]:
        return [
            ("absent_days", self.counted()),
            ("returned_within", {"days": self.count(0, 60)}),
            ("registered_within", {"days": self.count(0, 400)}),
            ("age", self.counted(60)),
            ("birthday", self.some_of(before=self.count(0, 30), after=self.count(0, 30))),
        ]

    def about_place(self) -> list[tuple[str, Any]]:
        return [
            ("coupon", self.names(("SPRING", "ОСЕНЬ"))),
            ("payment", self.names(("card", "cash", "sbp"))),
            ("channel", self.names(self.CHANNELS)),
        ]

    def condition(self, depth: int = 0) -> Json:
        if depth < 3 and self.one_in(4):
            several = [self.condition(depth + 1) for _ in range(self.random.randint(1, 3))]
            return self.of({"any": several}, {"all": several}, {"not": several[0]})
        return self.leaf()
