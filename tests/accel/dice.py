"""Documents by chance: small alphabets so that rules and goods meet, awkward figures, now and then the extremes.

`Dice(random)` throws programmes and baskets for them. The random source is a seeded `Random`, or one of hypothesis that
makes a failure small.
"""

from random import Random
from typing import Any

from dice_basket import BasketDice
from dice_rules import RuleDice
from oracle_numbers import Json

__all__ = ["Dice", "roubles", "rule_ids", "thrown"]


class Dice(RuleDice, BasketDice):
    """One programme, and baskets for it. `about` names what the programme surely has, `currency` what all is in."""

    def __init__(
        self, random: Random, about: str = "discounts", extreme: bool | None = None, currency: str | None = None
    ) -> None:
        super().__init__(random)
        self.about = about
        self.chosen = currency
        if extreme is not None:
            self.extreme = extreme

    def has(self, part: str, chance: int) -> bool:
        return part == self.about or self.one_in(chance)

    def redemption(self) -> Json:
        found: Json = {}
        for key, values in (
            ("max_share", [self.percent(), "100", "30"]),
            ("share_of", ["eligible", "basket"]),
            ("order", ["after_discounts", "before_discounts"]),
            ("as", ["discount", "tender"]),
            ("step", ["1", "7", "10"]),
            ("min_points", ["0", "3", "33"]),
            ("max_points", ["50", "400"]),
            ("earn_while_redeeming", [True, True, False]),
        ):
            if self.one_in(2):
                found[key] = self.of(*values)
        if found.get("as") == "tender":
            found.pop("order", None)
        if self.one_in(3):
            found["exclude"] = self.selector()
        if self.one_in(3):
            found["confirm"] = {"above_points": self.points(60), "by": self.of(*self.CONFIRMATIONS)}
        return found

    def limits(self) -> Json:
        return self.some_of(
            discount_share=self.percent(),
            line_discount_share=self.percent(),
            discount_amount=self.money(),
            min_unit_price=self.money(500),
        )

    def regulated(self) -> list[Json]:
        found: list[Json] = [
            {"kind": "tobacco", "discount": False, "earn": False, "redeem": self.of(True, False)},
            {"kind": "vodka", "floor_per_litre": self.money(80_000), "from": "2026-11-21", "redeem": False},
            {"kind": "milk", "floor_per_litre": self.money(3000), "discount": True, "earn": True},
        ]
        return self.random.sample(found, self.random.randint(1, 3))

    def tiers(self) -> Json:
        levels = [{"id": "base", "from": "0"}, {"id": "silver", "from": self.figure(10_000)}]
        levels.append({"id": "gold", "from": self.figure(900_000)})
        more = self.some_of(window=self.of(*self.WINDOWS), includes_receipt=self.of(True, False))
        return {"levels": levels} | more

    def points_settings(self) -> Json:
        self.digits = self.of(0, 0, 1, 2)
        return self.some_of(
            worth=self.money(500, 1), rounding=self.of(*self.ROUNDINGS), round_at=self.of("receipt", "rule", "line")
        ) | {"digits": self.digits}

    def programme(self) -> Json:
        found: Json = {"format": 1, "id": self.of("p", "сеть ☕"), "revision": self.of(1, 12, 2**53)}
        found["currency"] = self.currency = self.chosen or self.of("RUB", "RUB", "RUB", "JPY", "KWD")
        self.settle_currency()
        found["points"] = self.points_settings()
        tiers = self.tiers()
        if found["revision"] != 12:
            found["tiers"] = tiers
        if self.about == "discounts" or not self.one_in(12):
            found["discounts"] = self.group("discounts")
        if self.has("accrual", 3):
            found["accrual"] = self.group("accrual")
        if self.has("redemption", 3):
            found["redemption"] = self.redemption()
        if self.one_in(3):
            found["limits"] = self.limits()
        if self.one_in(4):
            found["regulated"] = self.regulated()
        if self.has("rewards", 3):
            found["rewards"] = [self.rule("rewards", "", units=False) for _ in range(self.random.randint(0, 3))]
        if self.one_in(2):
            found["rounding"] = self.of(*self.ROUNDINGS)
        if self.one_in(2):
            found["spread"] = self.of("largest_remainder", "running_remainder", "first", "last")
        if self.one_in(6):
            found["name"] = self.text()
        if self.one_in(20):
            found["examples"] = [{"name": "a", "basket": self.basket(), "expect": {}}]
        return found


def thrown(
    seed: int, baskets: int = 1, about: str = "discounts", extreme: bool | None = None
) -> tuple[Json, list[Json]]:
    """The programme of a seed and baskets for it."""
    dice = Dice(Random(seed), about, extreme)
    programme: Json = dice.programme()
    return programme, [dice.basket() for _ in range(baskets)]


def roubles(seed: int) -> Dice:
    """A die whose programmes and baskets go with those of other dice."""
    return Dice(Random(seed), extreme=False, currency="RUB")


def rule_ids(programme: Json) -> list[str]:
    def below(node: Json) -> list[str]:
        return [node["id"]] if "give" in node else [found for child in node["children"] for found in below(child)]

    stages: list[Any] = [programme[stage] for stage in ("discounts", "accrual") if stage in programme]
    return [found for stage in stages for found in below(stage)] + [rule["id"] for rule in programme.get("rewards", [])]
