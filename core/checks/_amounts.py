"""What a rule gives that is nothing, or that no price allows."""

from collections.abc import Iterator

from tillgate.core import effects
from tillgate.core.programme import Limits, Rule

from ._finding import Finding, finding

__all__ = ["check_amounts"]

MILLION = 1_000_000


def check_amounts(rule: Rule, limits: Limits) -> Iterator[Finding]:
    """Zeros, and set prices that floors or the rule's own selection contradict."""
    key = _nothing(rule)
    if key:
        yield finding(f"{rule.path}.{key}", "GIVES_NOTHING", "this gives nothing", "так правило ничего не даст")
    holdout = rule.holdout
    if holdout is not None and holdout.ppm in (0, MILLION):
        en, ru = (
            ("nobody", "никого не исключает") if holdout.ppm == 0 else ("everybody known", "исключает всех известных")
        )
        path = f"{rule.path}.holdout.percent"
        yield finding(path, "CONTRADICTION", f"holds {en} out", f"контрольная группа {ru}")
    yield from _set_price(rule, limits.min_unit_price_minor)
    yield from _below_floor(rule, limits.min_unit_price_minor)


def _below_floor(rule: Rule, floor_minor: int) -> Iterator[Finding]:
    """Goods that cost no more than the floor of a unit: nothing comes off them."""
    most = rule.on.price_at_most_minor
    if (
        isinstance(rule.give, effects.Discount)
        and not isinstance(rule.give, effects.Gift)
        and most is not None
        and most <= floor_minor
    ):
        en = "`limits.min_unit_price` leaves nothing to take off goods that cost no more than this"
        ru = "`limits.min_unit_price` не даёт снизить цену товаров, которые не дороже этого"
        yield finding(f"{rule.path}.on.unit_price.at_most", "CONTRADICTION", en, ru)


def _nothing(rule: Rule) -> str:
    """The key that makes a rule give nothing, empty if none does."""
    if rule.cap_minor == 0:
        return "cap"
    key = _nothing_of_effect(rule)
    give = rule.give
    if not key and isinstance(give, effects.Accrual):
        return "give.cap" if give.cap_points == 0 else ""
    return key and f"give.{key}"


def _nothing_of_effect(rule: Rule) -> str:
    key = ""
    match rule.give:
        case effects.Percent(ppm=0):
            key = "percent"
        case effects.PointsPercent(ppm=0):
            key = "points_percent"
        case effects.PercentBy(levels=levels) if not any(ppm for _, ppm in levels):
            key = "percent_by"
        case effects.PointsPercentBy(levels=levels) if not any(ppm for _, ppm in levels):
            key = "points_percent_by"
        case effects.Amount(minor=0):
            key = "amount"
        case effects.Pick(ppm=0, minor=0) | effects.Every(ppm=0, minor=0):
            key = "percent"
        case effects.KitDeal(price_minor=None, ppm=0, minor=0):
            key = "kit"
        case effects.FirstNext(first_minor=0, next_minor=0) | effects.FirstNext(first_minor=0, max_units=1):
            key = "amount_first"
        case effects.BuyGet(ppm=0):
            key = "get.percent"
        case effects.RoundDownTo(minor=1):
            key = "round_down_to"
        case effects.PointsPer(points=0):
            key = "points_per.points"
        case effects.Points(points=0):
            key = "points"
        case effects.PointsTimes(times_milli=1000):
            key = "points_times"
    return key


def _set_price(rule: Rule, floor_minor: int) -> Iterator[Finding]:
    """A set price that the floor of a unit never lets come about, or that no goods of `on` are above."""
    key, price, units, counted = "", 0, 1, True
    match rule.give:
        case effects.UnitPrice(minor=minor):
            key, price = "unit_price", minor
        case effects.Total(minor=minor):
            key, price, counted = "total", minor, False
        case effects.Bundle(minor=minor, size=size):
            key, price, units = "bundle.price", minor, size
        case effects.KitDeal(price_minor=int(minor), parts=parts):
            key, price, units = "price", minor, sum(count for _, count in parts)
    if not key:
        return
    if price < floor_minor * units:
        en = "`limits.min_unit_price` lets no price be so low"
        yield finding(
            f"{rule.path}.give.{key}", "CONTRADICTION", en, "`limits.min_unit_price` не даёт цене стать такой низкой"
        )
    most = rule.on.price_at_most_minor
    if counted and most is not None and most * units <= price:
        en, ru = "`on` takes only goods that cost no more", "`on` берёт только товары, которые и так не дороже"
        yield finding(f"{rule.path}.give.{key}", "GIVES_NOTHING", en, ru)
