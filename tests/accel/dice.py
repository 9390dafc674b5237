"""Programmes and baskets from a seeded die: rules that mostly apply and meet, by the thousand."""

from random import Random
from typing import Any

Json = dict[str, Any]

SKUS = ["A", "B", "C"]
CATEGORIES = ["food", "food/sweets", "drinks/coffee"]
ROUNDINGS = ["half_up", "half_even", "down", "up"]


class Dice:
    """One programme and one basket by one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ids = 0
        self.multipliers = 0

    def one_in(self, count: int) -> bool:
        return self.random.randrange(count) == 0

    def of(self, *values: Any) -> Any:
        return self.random.choice(values)

    def money(self, high: int = 20_000) -> str:
        minor = self.of(self.random.randint(0, high), self.random.randint(0, high), 100, 50, 1, 333, 1000)
        return f"{minor // 100}.{minor % 100:02d}"

    def percent(self) -> str:
        return str(self.of("5", "10", "12.5", "50", "100", "33.3333", "0.5", f"{self.random.randint(0, 99)}.5"))

    def quantity(self) -> str:
        return str(self.of("1", "1", "2", "3", "4", "7", "0.5", "1.25", f"0.{self.random.randint(1, 999):03d}"))

    def selector(self) -> Json:
        key, values = self.of(("sku", SKUS), ("category", CATEGORIES), ("tag", ["new"]))
        found: Json = {key: self.random.sample(values, self.random.randint(1, len(values)))}
        if self.one_in(5):
            found = {"not": found}
        return {} if self.one_in(8) else found

    def bound(self, value: str) -> Json:
        return {self.of("at_least", "at_least", "more_than", "at_most"): value}

    def condition(self) -> Json:
        found: Json = self.of(
            {"subtotal": self.bound(self.money()) | {"basis": self.of("list", "current"), "of": self.selector()}},
            {"quantity": self.bound(self.quantity()) | {"of": self.selector()}},
            {"line_quantity": self.bound(self.quantity())},
            {"contains": self.selector()},
            {"identified": self.of(True, True, False)},
            {"segment": ["vip"]},
            {"tier": self.random.sample(["base", "silver"], self.of(1, 2))},
            {"points": self.bound(str(self.random.randint(0, 500)))},
        )
        if self.one_in(4):
            found = self.of({"not": found}, {"any": [found, {"contains": self.selector()}]}, {"all": [found]})
        return found

    def levels(self) -> list[list[str]]:
        return [["0", self.percent()], ["20.00", self.percent()], ["150.00", self.percent()]]

    def discount(self, units: bool) -> Json:
        off = self.of({"percent": self.percent()}, {"amount": self.money(3000)})
        found: Json = self.of(
            {"percent": self.percent(), "round": self.of("line", "unit", "basket")},
            {"percent": self.percent()},
            {"percent_by": {"subtotal": True, "levels": self.levels(), "basis": self.of("list", "current")}},
            {"percent_by": {"tier": {"base": self.percent(), "silver": self.percent()}}},
            {"amount": self.money(), "by": self.of("value", "quantity", "even")},
            {"amount": self.money(3000), "per": "line"},
            {"amount": self.money(3000), "per": "unit", "max_units": self.random.randint(1, 4)},
            {"unit_price": self.money(8000)},
            {"total": self.money()},
            {"round_down_to": self.of("1.00", "7.77")},
            {self.of("cheapest", "dearest"): self.of("unit", "line")} | off,
            {"amount_first": self.money(3000), "amount_next": self.money(3000)},
        )
        if units and self.one_in(3):
            return self.consuming(off)
        if self.one_in(3) and not {"unit_price", "total", "round_down_to", "amount_first"} & found.keys():
            found["rounding"] = self.of(*ROUNDINGS)
        return found

    def consuming(self, off: Json) -> Json:
        get = {"quantity": self.of(1, 2), "of": self.selector(), "percent": self.percent()}
        found: Json = self.of(
            {"every": self.random.randint(1, 3)} | off,
            {"bundle": {"size": self.of(2, 3), "price": self.money(), "pick": self.of("cheapest", "dearest")}},
            {"kit": {"A": self.of(1, 2), "B": 1}} | self.of(off, {"price": self.money()}),
            {
                "buy": {"quantity": self.of(1, 2), "of": self.of({}, self.selector())},
                "get": get | {"pick": self.of("cheapest", "dearest")},
                "times": self.of(1, 2, 9),
                "partial": self.of(True, False),
                "place": self.of("got", "all"),
            },
        )
        return found

    def accrual(self, mode: str) -> Json:
        if mode == "sequence" and self.multipliers < 3 and self.one_in(3):
            self.multipliers += 1
            return {"points_times": self.of("1.5", "2", "3.333")}
        found: Json = self.of(
            {"points_percent": self.percent()},
            {"points_percent": self.percent(), "rounding": self.of(*ROUNDINGS)},
            {"points_percent_by": {"subtotal": True, "levels": self.levels()}},
            {
                "points_per": {"spend": self.of("7.00", "10.00", "0.33"), "points": "2"},
                "scope": self.of("basket", "line"),
            },
        )
        found["base"] = self.of("paid", "net", "list")
        if self.one_in(4):
            found["cap"] = str(self.random.randint(0, 40))
        return {"points": str(self.random.randint(0, 20))} if self.one_in(4) else found

    def rule(self, stage: str, mode: str, units: bool) -> Json:
        self.ids += 1
        rule: Json = {"id": f"n{self.ids}"}
        rule["give"] = self.discount(units) if stage == "discounts" else self.accrual(mode)
        if self.one_in(2):
            rule["on"] = self.selector()
        if self.one_in(4):
            rule["when"] = [self.condition() for _ in range(self.of(1, 1, 2))]
        if stage == "discounts" and self.one_in(5):
            rule["cap"] = self.money(4000)
        if self.one_in(25):
            rule[self.of("exclusive", "always")] = True
        return rule

    def group(self, stage: str, depth: int = 0, units: bool = True) -> Json:
        self.ids += 1
        mode = self.of("sum", "sequence", "sequence", "max", "min", "first")
        found: Json = {"id": f"n{self.ids}", "mode": mode, "decide": self.of("line", "basket")}
        if self.one_in(4):
            found["most"] = self.of(1, 2)
        several = mode in ("max", "min", "first") and found.get("most", 1) > 1
        units = units and not several and (found["decide"] == "basket" or mode == "sequence")
        found["children"] = [
            self.group(stage, depth + 1, units) if depth < 2 and self.one_in(3) else self.rule(stage, mode, units)
            for _ in range(self.random.randint(1, 4))
        ]
        return found

    def redemption(self) -> Json:
        found: Json = {
            "max_share": self.percent(),
            "share_of": self.of("eligible", "basket"),
            "order": self.of("after_discounts", "before_discounts"),
            "as": self.of("discount", "discount", "tender"),
            "step": self.of("1", "1", "7"),
            "min_points": self.of("0", "3"),
            "earn_while_redeeming": self.of(True, True, False),
        }
        if found["as"] == "tender":
            found["order"] = "after_discounts"
        more: Json = self.of({}, {"exclude": self.selector()}, {"max_points": "30"})
        return found | more

    def programme(self) -> Json:
        found: Json = {
            "format": 1,
            "id": "p",
            "revision": 1,
            "currency": "RUB",
            "rounding": self.of(*ROUNDINGS),
            "points": {
                "digits": self.of(0, 1, 2),
                "worth": self.of("1.00", "0.10", "3.33"),
                "rounding": self.of(*ROUNDINGS),
                "round_at": self.of("receipt", "receipt", "rule", "line"),
            },
            "tiers": {"levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "100.00"}]},
            "discounts": self.group("discounts"),
            "rewards": [{"id": "card", "give": {"offer_card": {"kind": "plastic"}}, "when": [self.condition()]}],
        }
        if self.one_in(2):
            found["accrual"] = self.group("accrual")
        if self.one_in(2):
            found["redemption"] = self.redemption()
        if self.one_in(3):
            found["spread"] = self.of("running_remainder", "first", "last")
        if self.one_in(4):
            found["limits"] = self.of(
                {"discount_share": self.percent()},
                {"line_discount_share": self.percent(), "discount_amount": self.money()},
                {"min_unit_price": self.money(1000)},
            )
        return found

    def line(self, number: int) -> Json:
        line: Json = {"id": str(number), "sku": self.of(*SKUS), "quantity": self.quantity(), "unit_price": self.money()}
        line["categories"] = [self.of(*CATEGORIES)]
        line["tags"] = self.of([], ["new"])
        if self.one_in(5):
            line["min_unit_price"] = self.money(10_000)
        if self.one_in(6):
            line[self.of("discountable", "redeemable", "earnable", "regular_price")] = False
        return line

    def basket(self) -> Json:
        found: Json = {"currency": "RUB", "time": "2026-11-20T12:00:00+03:00"}
        found["lines"] = [self.line(k) for k in range(1, self.random.randint(1, 7) + 1)]
        if not self.one_in(4):
            found["customer"] = {
                "id": "c1",
                "segments": self.of([], ["vip"]),
                "points": str(self.random.randint(0, 900)),
                "turnover": {"all": self.of("0.00", "99.99", "100.00", "5000.00")},
            }
            found["redeem"] = self.of({"max": True}, {"points": str(self.random.randint(0, 300))})
        if self.one_in(5):
            found["certificates"] = [{"number": "1", "amount": self.money()}]
        return found
