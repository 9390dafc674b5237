"""Throwing rules and groups."""

from typing import Any

from dice_figures import FigureDice
from oracle_numbers import Json

ACTIVES: list[Json] = [
    {"from": "2026-11-21", "to": "2027-06-01"},
    {"from": "2026-11-20T12:00:00+03:00", "to": "2026-11-22T20:15:00+00:00"},
    {"to": "2026-12-31"},
    {"weekdays": ["fri", "sun"]},
    {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat"]},
    {"weekdays": [6, "7"]},
    {"weekdays": ["fri"], "hours": [["22:00", "02:00"]]},
    {"hours": [["08:00", "11:00"], ["11:30", "24:00"]]},
    {"hours": [["23:00", "00:30"]], "dates": ["12-31", "11-20"]},
    {"dates": ["12-31", "2028-02-29", "02-29", "11-20"]},
]
WITHOUT_ROUNDING = {"unit_price", "total", "round_down_to", "amount_first", "bundle", "gift"}


class RuleDice(FigureDice):
    """Rules for each stage, and trees of them."""

    def levels(self, high: int, quantity: bool = False) -> list[list[str]]:
        bounds = self.random.sample(range(1, 20 if quantity else 60_000), self.random.randint(0, 3))
        texts = ["0", *(str(k) if quantity else self.figure(k) for k in sorted(bounds))]
        return [[text, self.percent(high)] for text in texts]

    def measured(self, high: int) -> Json:
        found: Json = self.of(
            {"tier": {tier: self.percent(high) for tier in self.some(self.TIERS, 3)}},
            {"turnover": self.of(*self.WINDOWS), "levels": self.levels(high)},
            {"subtotal": True, "levels": self.levels(high)}
            | self.some_of(basis=self.of("list", "current"), of=self.selector()),
            {"quantity": True, "levels": self.levels(high, quantity=True)} | self.of({}, {"of": self.selector()}),
        )
        return found

    def off(self) -> Json:
        found: Json = self.of({"percent": self.percent()}, {"amount": self.money(3000)})
        return found

    def discount(self, units: bool) -> Json:
        if units and self.one_in(3):
            self.counts_units = True
            return self.consuming()
        kind = self.of("percent", "percent", "by", "basket", "line", "unit", "price", "total", "round", "pick", "next",
                       "gift")  # fmt: skip
        found: Json
        if kind in ("percent", "by"):
            found = {"percent": self.percent()} if kind == "percent" else {"percent_by": self.measured(100)}
            found |= self.of({}, {"round": self.of("line", "unit", "basket")})
        elif kind == "basket":
            found = {"amount": self.money()} | self.some_of(by=self.of("value", "quantity", "even"), per="basket")
        elif kind == "line":
            found = {"amount": self.money(3000), "per": "line"}
        elif kind == "unit":
            found = {"amount": self.money(3000), "per": "unit"} | self.of({}, {"max_units": self.count(1, 4)})
        elif kind == "price":
            found = {"unit_price": self.money(8000)}
        elif kind == "total":
            found = {"total": self.money()}
        elif kind == "round":
            found = {"round_down_to": self.money(1000, 1)}
        elif kind == "pick":
            self.counts_units = True
            found = {self.of("cheapest", "dearest"): self.of("unit", "line")} | self.off()
        elif kind == "next":
            found = {"amount_first": self.money(3000), "amount_next": self.money(3000)}
            found |= self.of({}, {"max_units": self.count(1, 4)})
        else:
            found = {"gift": {"sku": self.of(*self.SKUS)} | self.of({}, {"quantity": self.quantity()})}
        return self.with_rounding(found)

    def with_rounding(self, found: Json) -> Json:
        if not WITHOUT_ROUNDING & found.keys() and self.one_in(3):
            found["rounding"] = self.of(*self.ROUNDINGS)
        return found

    def consuming(self) -> Json:
        kind = self.of("every", "bundle", "kit", "buy", "buy")
        pick = self.of({}, {"pick": self.of("cheapest", "dearest")})
        if kind == "every":
            return self.with_rounding({"every": self.count(1, 4)} | self.off())
        if kind == "bundle":
            times = self.of({}, {"times": self.count(1, 3)})
            return {"bundle": {"size": self.count(1, 4), "price": self.money()} | pick | times}
        if kind == "kit":
            kit = {sku: self.count(1, 2) for sku in self.some(self.SKUS, 3)}
            return self.with_rounding({"kit": kit} | self.of(self.off(), {"price": self.money()}))
        buy = {"quantity": self.count(1, 3)} | self.of({}, {"of": self.selector()})
        get = {"quantity": self.count(1, 2)} | self.of({}, {"of": self.selector()}) | pick
        found = {"buy": buy, "get": get | self.of({}, {"percent": self.percent()})}
        found |= self.some_of(
            times=self.count(1, 4), partial=self.of(True, False), place=self.of("got", "all"), rounding="down"
        )
        return found

    def accrual(self, mode: str) -> Json:
        more = {"base": self.of("paid", "net", "list"), "cap": self.points(40), "rounding": self.of(*self.ROUNDINGS),
                "active_after_days": self.count(0, 20), "expires_after_days": self.count(1, 400)}  # fmt: skip
        keys = [key for key in more if self.one_in(5)]
        found: Json
        if mode == "sequence" and self.multipliers < 6 and self.one_in(3):
            found = {"points_times": self.of("1", "1.5", "2", "3.333" if self.multipliers < 2 else "1.25")}
            self.multipliers += 1
        else:
            kind = self.of("percent", "percent", "by", "per", "flat")
            if kind == "percent":
                found = {"points_percent": self.percent(200)}
            elif kind == "by":
                found = {"points_percent_by": self.measured(200)}
            elif kind == "flat":
                found = {"points": self.points(20)}
            else:
                found = {"points_per": {"spend": self.money(1000, 1), "points": self.points(3)}}
                found |= self.of({}, {"scope": self.of("basket", "line")})
        return found | {key: more[key] for key in keys}

    def message(self) -> Json:
        return {"text": self.text()} | self.of({}, {"to": self.of("cashier", "customer", "receipt")})

    def reward(self) -> Json:
        coupon = {"template": "весна"} | self.of({}, {"valid_days": self.count(1, 3660)})
        found: Json = self.of({"offer_card": {"kind": "plastic"}}, {"prompt": self.message()}, {"coupon": coupon})
        return found

    def uses(self) -> Json:
        customer = {"count": self.count(1, 3)} | self.of(
            {}, {"window": self.of("all", "day", "week", "month", "year", "rolling_days:30")}
        )
        return self.some_of(per_receipt=self.count(1, 2), per_customer=customer, total=self.count(1, 3))

    def rule(self, stage: str, mode: str, units: bool) -> Json:
        self.ids += 1
        rule: Json = {"id": f"n{self.ids}"}
        if stage == "discounts":
            rule["give"] = self.discount(units)
            if self.one_in(6):
                rule["cap"] = self.money(4000)
        else:
            rule["give"] = self.accrual(mode) if stage == "accrual" else self.reward()
        if self.one_in(2):
            rule["on"] = self.selector()
        if self.one_in(4):
            rule["when"] = [self.condition() for _ in range(self.of(1, 1, 2))]
        for key, chance, value in (
            ("active", 12, self.of(*ACTIVES)),
            ("stores", 15, self.names(self.STORES)),
            ("channels", 15, self.names(self.CHANNELS)),
            ("uses", 10, self.uses()),
            ("holdout", 12, {"percent": self.of("100", "50", "10", "0")} | self.of({}, {"salt": "соль"})),
            ("message", 10, self.message()),
            ("name", 15, self.text()),
            ("rounding", 15, self.of(*self.ROUNDINGS)),
            (self.of("exclusive", "always"), 25, self.of(True, True, False)),
        ):
            if self.one_in(chance):
                rule[key] = value
        if "exclusive" in rule and self.one_in(3):
            rule["always"] = self.of(True, True, False)
        return rule

    def group(self, stage: str, depth: int = 0, units: bool = True) -> Json:
        self.ids += 1
        mode = self.of("sum", "sequence", "sequence", "max", "min", "first")
        found: Json = {"id": f"n{self.ids}", "mode": mode} | self.of({}, {"decide": self.of("line", "basket")})
        if self.one_in(4):
            found["most"] = self.count(1, 2)
        by_line = found.get("decide", "line") == "line"
        several = mode in ("max", "min", "first") and int(found.get("most", 1)) > 1
        units = units and not several and (not by_line or mode == "sequence")
        children: list[Any] = []
        for _ in range(self.random.randint(1, 4)):
            deeper = depth < 2 and self.one_in(3)
            children.append(self.group(stage, depth + 1, units) if deeper else self.rule(stage, mode, units))
        found["children"] = children
        return found
