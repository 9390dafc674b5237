"""Throwing baskets."""

from dice_figures import FigureDice
from oracle_numbers import Json, number

TIMES = [
    "2026-11-20T12:00:00+03:00",
    "2026-11-20T09:30:00+03:00",
    "2026-11-21T00:30:00+03:00",
    "2026-11-22T23:15:00+03:00",
    "2027-02-28T08:00:00+03:00",
    "2028-02-29T10:59:59+03:00",
    "2026-12-31T23:59:59+00:00",
    "2027-01-01T00:10:00-11:30",
]


class BasketDice(FigureDice):
    """Lines, payments, a customer."""

    def line(self, number_: int) -> Json:
        quantity = self.quantity()
        if self.extreme and self.one_in(2):
            quantity = self.of("0.001", "999999.999", "300") if self.counts_units else self.of("1000000", "999999.999")
        most = 10**12 * 1000 // max(1000, int(number(quantity) * 1000))
        price = self.random.randint(0, min(most, 10**12)) if self.extreme and self.one_in(2) else None
        line: Json = {"sku": self.of(*self.SKUS), "quantity": quantity}
        line["unit_price"] = self.money(min(most, 20_000)) if price is None else self.figure(price)
        if number(line["unit_price"]) * 10**self.money_digits > most:
            line["unit_price"] = self.figure(most)
        if not self.one_in(5):
            line["id"] = f"{number_}"
        for key, chance, value in (
            ("categories", 2, self.some(self.CATEGORIES)),
            ("brand", 3, self.of(*self.BRANDS)),
            ("tags", 3, self.of([], ["new"], ["sale", "new"])),
            ("min_unit_price", 6, self.money(15_000)),
            ("discountable", 10, self.of(True, False, False)),
            ("redeemable", 10, self.of(True, False, False)),
            ("earnable", 10, self.of(True, False, False)),
            ("regular_price", 8, self.of(True, False, False)),
            ("name", 12, "Кофе"),
        ):
            if self.one_in(chance):
                line[key] = value
        if self.one_in(6):
            line |= {"regulated": self.of("tobacco", "vodka", "milk", "")} | self.of({}, {"litres": self.quantity()})
        if number(quantity) <= 20 and "." not in quantity and self.one_in(8):
            line["marked"] = self.of(True, True, False)
        return line

    def customer(self) -> Json:
        used = {f"n{k}": {"count": self.count(0, 3)} for k in range(1, 25) if self.one_in(3)}
        optional: Json = {
            "tier": self.of(*self.TIERS, "lost"),
            "segments": self.some(self.SEGMENTS),
            "points": self.of("-5", self.points(900), self.points(3000)),
            "turnover": {window: self.money(1_500_000) for window in self.some(self.WINDOWS, 3)},
            "purchases": self.count(0, 8),
            "first_purchase": "2020-01-01T00:00:00+00:00",
            "last_purchase": self.of("2026-11-19T23:30:00+00:00", "2026-11-01T10:00:00+03:00"),
            "registered": self.of("2026-01-31T10:00:00+03:00", "2026-11-20T10:00:00+03:00"),
            "birthday": self.of("1990-11-21", "2000-02-29", "1996-12-31", "2010-01-01"),
            "card_kind": self.of("plastic", "virtual"),
            "attributes": {"city": self.of("Omsk", "Пермь")},
            "uses": used,
        }
        found = {key: value for key, value in optional.items() if not self.one_in(3)}
        return {"id": self.of("c1", "c2", "гость 7", "c3")} | found

    def basket(self, most_lines: int = 6) -> Json:
        found: Json = {"currency": self.currency}
        found["lines"] = [self.line(k) for k in range(1, self.random.randint(1, most_lines) + 1)]
        self.name_lines(found["lines"])
        if not self.one_in(9):
            found["time"] = self.of(TIMES[0], TIMES[0], *TIMES)
        redeem = self.of({"max": True}, {"max": False}, {"points": self.points()}, {"points": self.points(3000)})
        certificates = [{"number": str(k), "amount": self.money()} for k in range(self.random.randint(0, 2))]
        for key, chance, value in (
            ("store", 2, self.of(*self.STORES)),
            ("channel", 2, self.of(*self.CHANNELS)),
            ("coupons", 3, self.of([], ["SPRING"], ["ОСЕНЬ", "WINTER"])),
            ("payments", 2, [{"type": self.of("card", "sbp")} | self.of({}, {"amount": self.money()})]),
            ("certificates", 5, certificates),
            ("confirmed_by", 3, self.some(self.CONFIRMATIONS, 4)),
            ("redeem", 2, redeem),
            ("uses", 4, {f"n{k}": {"count": self.count(0, 3)} for k in range(1, 25) if self.one_in(3)}),
        ):
            if self.one_in(chance):
                found[key] = value
        if not self.one_in(4):
            found["customer"] = self.customer()
        elif self.one_in(4):
            found["customer"] = None
        return found

    @staticmethod
    def name_lines(lines: list[Json]) -> None:
        """A line without an id is named by its number, so nobody else may be."""
        for index, line in enumerate(lines):
            if line.get("id") is not None and line["id"] != str(index + 1):
                line["id"] = f"L{line['id']}"
