"""What a rule gives, read from a programme document."""

from collections.abc import Callable

from msgspec.structs import replace

from . import effects
from ._condition_reader import Context, read_selector
from ._reader import Node
from .conditions import ALL_LINES, Selector
from .numbers import Rounding
from .programme import Lot

__all__ = ["read_accrual", "read_discount", "read_prompt", "read_reward"]

Reader = Callable[[Node, dict[str, Node], Context], effects.Effect]
POINTS_PERCENT_MAX = 100_000_000
DAYS_MAX = 3660
#: No receipt holds as many units.
SETS_MAX = 10**9
_PLACES = ("line", "unit", "basket")
_BASES = ("paid", "net", "list")


def read_discount(node: Node, context: Context) -> tuple[effects.Effect, Rounding | None]:
    """An effect on prices, and its own rounding if it names one."""
    effect, fields = _read(node, context, _DISCOUNTS)
    return effect, _rounding(fields)


def read_accrual(
    node: Node, context: Context, rounding: Rounding | None, cap: Node | None
) -> tuple[effects.Effect, Lot | None]:
    """An effect that earns points, and when they may be used if it says; the rule's own rounding and cap go in."""
    effect, fields = _read(node, context, _ACCRUALS)
    if rounding is not None and "rounding" not in fields and hasattr(effect, "rounding"):
        effect = replace(effect, rounding=rounding)
    if cap is not None:
        if "cap" in fields:
            cap.refuse("CONTRADICTION", "the effect has a cap of its own", "у `give` уже есть свой `cap`")
        effect = replace(effect, cap_points=cap.points(context.points_digits))
    if not fields.keys() & {"active_after_days", "expires_after_days"}:
        return effect, None
    return effect, Lot(
        fields["active_after_days"].count(0, DAYS_MAX) if "active_after_days" in fields else 0,
        fields["expires_after_days"].count(1, DAYS_MAX) if "expires_after_days" in fields else None,
    )


def read_reward(node: Node, context: Context) -> effects.Effect:
    """An effect after everything."""
    return _read(node, context, _REWARDS)[0]


def _read(
    node: Node, context: Context, table: dict[str, tuple[Reader, tuple[str, ...]]]
) -> tuple[effects.Effect, dict[str, Node]]:
    known = {key for name, (_, more) in table.items() for key in (name, *more)}
    fields = node.fields(known)
    name = next((name for name in table if name in fields), None)
    if name is None:
        node.refuse(
            "MISSING",
            f"an effect is expected: one of {', '.join(table)}",
            f"не сказано, что правило даёт: нужно одно из {', '.join(table)}",
        )
    reader, more = table[name]
    for key, field in fields.items():
        if key != name and key not in more:
            field.refuse("CONTRADICTION", f"`{key}` does not go with `{name}`", f"`{key}` не сочетается с `{name}`")
    return reader(node, fields, context), fields


def _rounding(fields: dict[str, Node]) -> Rounding | None:
    return fields["rounding"].rounding() if "rounding" in fields else None


# Discounts


def _percent(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    return effects.Percent(fields["percent"].percent(), _choice(fields, "round", _PLACES))


def _choice(fields: dict[str, Node], key: str, choices: tuple[str, ...]) -> str:
    return fields[key].choice(choices) if key in fields else choices[0]


class _Levels:
    """What `percent_by` and `points_percent_by` share: a measure and what each of its levels gives."""

    def __init__(self, node: Node, context: Context, highest: int) -> None:
        fields = node.fields(("tier", "turnover", "subtotal", "quantity", "levels", "of", "basis"))
        measures = [key for key in ("tier", "turnover", "subtotal", "quantity") if key in fields]
        if len(measures) != 1:
            node.refuse(
                "CONTRADICTION",
                "exactly one of tier, turnover, subtotal and quantity is expected",
                "нужно ровно одно из tier, turnover, subtotal и quantity",
            )
        self.measure = measures[0]
        allowed = {"tier": (), "turnover": ("levels",), "subtotal": ("levels", "of", "basis")}.get(
            self.measure, ("levels", "of")
        )
        for key, field in fields.items():
            if key != self.measure and key not in allowed:
                field.refuse(
                    "CONTRADICTION",
                    f"`{key}` does not go with `{self.measure}`",
                    f"`{key}` не сочетается с `{self.measure}`",
                )
        measured = fields[self.measure]
        self.window = measured.window() if self.measure == "turnover" else ""
        if self.measure in ("subtotal", "quantity") and not measured.flag():
            measured.refuse("CONTRADICTION", "`true` is expected", "здесь нужно `true`")
        self.of: Selector = read_selector(fields["of"]) if "of" in fields else ALL_LINES
        self.current = _choice(fields, "basis", ("list", "current")) == "current"
        if self.measure == "tier":
            self.levels = _tier_levels(measured, context, highest)
        else:
            self.levels = _measured_levels(node.need(fields, "levels"), self.measure == "quantity", highest)


def _tier_levels(node: Node, context: Context, highest: int) -> tuple[tuple[int, int], ...]:
    found = node.members().items()
    if not found:
        node.refuse("EMPTY", "at least one tier is expected", "нужен хотя бы один уровень")
    return tuple(sorted((context.tier(tier, percent), percent.percent(highest)) for tier, percent in found))


def _measured_levels(node: Node, quantity: bool, highest: int) -> tuple[tuple[int, int], ...]:
    levels: list[tuple[int, int]] = []
    for item in node.items(1, 100):
        pair = list(item.items(2, 2))
        bound = pair[0].quantity(high=10**12) if quantity else pair[0].money(high=10**15)
        if levels and bound <= levels[-1][0]:
            pair[0].refuse("CONTRADICTION", "levels must rise", "уровни должны возрастать")
        levels.append((bound, pair[1].percent(highest)))
    return tuple(levels)


def _percent_by(_: Node, fields: dict[str, Node], context: Context) -> effects.Effect:
    found = _Levels(fields["percent_by"], context, 1_000_000)
    return effects.PercentBy(
        measure=found.measure,
        levels=found.levels,
        of=found.of,
        current=found.current,
        window=found.window,
        place=_choice(fields, "round", _PLACES),
    )


def _amount(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    per = _choice(fields, "per", ("basket", "line", "unit"))
    if "by" in fields and per != "basket":
        fields["by"].refuse(
            "CONTRADICTION", "`by` goes with `per: basket` only", "`by` сочетается только с `per: basket`"
        )
    if "max_units" in fields and per != "unit":
        fields["max_units"].refuse(
            "CONTRADICTION", "`max_units` goes with `per: unit` only", "`max_units` сочетается только с `per: unit`"
        )
    return effects.Amount(
        minor=fields["amount"].money(),
        per=per,
        by=_choice(fields, "by", ("value", "quantity", "even")),
        max_units_milli=fields["max_units"].count(1, 10**6) * 1000 if "max_units" in fields else None,
    )


def _unit_price(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    return effects.UnitPrice(fields["unit_price"].money())


def _total(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    return effects.Total(fields["total"].money())


def _one_of(node: Node, fields: dict[str, Node]) -> tuple[int, int]:
    """Either a percent or an amount."""
    if ("percent" in fields) == ("amount" in fields):
        node.refuse(
            "CONTRADICTION",
            "exactly one of `percent` and `amount` is expected",
            "нужно ровно одно из `percent` и `amount`",
        )
    if "percent" in fields:
        return fields["percent"].percent(), 0
    return 0, fields["amount"].money()


def _pick(key: str) -> Reader:
    def read(node: Node, fields: dict[str, Node], _: Context) -> effects.Effect:
        ppm, minor = _one_of(node, fields)
        unit = fields[key].choice(("unit", "line")) == "unit"
        return effects.Pick(cheapest=key == "cheapest", unit=unit, ppm=ppm, minor=minor)

    return read


def _every(node: Node, fields: dict[str, Node], _: Context) -> effects.Effect:
    ppm, minor = _one_of(node, fields)
    return effects.Every(size=fields["every"].count(1, 10**6), ppm=ppm, minor=minor)


def _first_next(node: Node, fields: dict[str, Node], _: Context) -> effects.Effect:
    return effects.FirstNext(
        first_minor=fields["amount_first"].money(),
        next_minor=node.need(fields, "amount_next").money(),
        max_units=fields["max_units"].count(1, 10**6) if "max_units" in fields else None,
    )


def _round_down_to(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    return effects.RoundDownTo(fields["round_down_to"].money(low=1))


def _buy_get(node: Node, fields: dict[str, Node], _: Context) -> effects.Effect:
    buy = fields["buy"].fields(("quantity", "of"))
    got = node.need(fields, "get")
    get = got.fields(("quantity", "of", "percent", "pick"))
    return effects.BuyGet(
        buy=fields["buy"].need(buy, "quantity").count(1, 10**6),
        buy_of=read_selector(buy["of"]) if "of" in buy else ALL_LINES,
        get=got.need(get, "quantity").count(1, 10**6),
        get_of=read_selector(get["of"]) if "of" in get else ALL_LINES,
        ppm=get["percent"].percent() if "percent" in get else 1_000_000,
        cheapest=_choice(get, "pick", ("cheapest", "dearest")) == "cheapest",
        times=fields["times"].count(1, 10**6) if "times" in fields else SETS_MAX,
        partial="partial" in fields and fields["partial"].flag(),
        spread_over_all="place" in fields and fields["place"].choice(("got", "all")) == "all",
    )


def _bundle(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    inner = fields["bundle"]
    bundle = inner.fields(("size", "price", "pick", "times"))
    return effects.Bundle(
        size=inner.need(bundle, "size").count(1, 10**6),
        minor=inner.need(bundle, "price").money(),
        cheapest=_choice(bundle, "pick", ("cheapest", "dearest")) == "cheapest",
        times=bundle["times"].count(1, 10**6) if "times" in bundle else SETS_MAX,
    )


def _kit(node: Node, fields: dict[str, Node], _: Context) -> effects.Effect:
    parts = tuple((sku, part.count(1, 10**6)) for sku, part in fields["kit"].kit())
    given = [key for key in ("price", "percent", "amount") if key in fields]
    if len(given) != 1:
        node.refuse(
            "CONTRADICTION",
            "exactly one of `price`, `percent` and `amount` is expected",
            "нужно ровно одно из `price`, `percent` и `amount`",
        )
    return effects.KitDeal(
        parts=parts,
        price_minor=fields["price"].money() if "price" in fields else None,
        ppm=fields["percent"].percent() if "percent" in fields else 0,
        minor=fields["amount"].money() if "amount" in fields else 0,
    )


def _gift(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    inner = fields["gift"]
    gift = inner.fields(("sku", "quantity"))
    quantity = gift["quantity"].quantity(low=1) if "quantity" in gift else 1000
    return effects.Gift(sku=inner.need(gift, "sku").name(), quantity_milli=quantity)


# Points


def _points_percent(_: Node, fields: dict[str, Node], context: Context) -> effects.Effect:
    return effects.PointsPercent(
        ppm=fields["points_percent"].percent(POINTS_PERCENT_MAX),
        base=_choice(fields, "base", _BASES),
        rounding=_rounding(fields),
        cap_points=_points_cap(fields, context),
    )


def _points_cap(fields: dict[str, Node], context: Context) -> int | None:
    return fields["cap"].points(context.points_digits) if "cap" in fields else None


def _points_percent_by(_: Node, fields: dict[str, Node], context: Context) -> effects.Effect:
    found = _Levels(fields["points_percent_by"], context, POINTS_PERCENT_MAX)
    return effects.PointsPercentBy(
        measure=found.measure,
        levels=found.levels,
        of=found.of,
        current=found.current,
        window=found.window,
        base=_choice(fields, "base", _BASES),
        rounding=_rounding(fields),
        cap_points=_points_cap(fields, context),
    )


def _points_per(_: Node, fields: dict[str, Node], context: Context) -> effects.Effect:
    inner = fields["points_per"]
    step = inner.fields(("spend", "points"))
    return effects.PointsPer(
        spend_minor=inner.need(step, "spend").money(low=1),
        points=inner.need(step, "points").points(context.points_digits),
        per_line=_choice(fields, "scope", ("basket", "line")) == "line",
        base=_choice(fields, "base", _BASES),
        cap_points=_points_cap(fields, context),
    )


def _points(_: Node, fields: dict[str, Node], context: Context) -> effects.Effect:
    points = fields["points"].points(context.points_digits)
    return effects.Points(points, _choice(fields, "base", _BASES), _points_cap(fields, context))


def _points_times(_: Node, fields: dict[str, Node], context: Context) -> effects.Effect:
    times = fields["points_times"].quantity(1000, 1_000_000)
    return effects.PointsTimes(times, _rounding(fields), _points_cap(fields, context))


# Rewards


def _offer_card(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    inner = fields["offer_card"]
    return effects.OfferCard(inner.need(inner.fields(("kind",)), "kind").name())


def _prompt(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    return read_prompt(fields["prompt"])


def read_prompt(node: Node) -> effects.Prompt:
    """A sentence and whom it is for."""
    fields = node.fields(("to", "text"))
    to = fields["to"].choice(("cashier", "customer", "receipt")) if "to" in fields else "cashier"
    return effects.Prompt(to, node.need(fields, "text").both_languages())


def _coupon(_: Node, fields: dict[str, Node], __: Context) -> effects.Effect:
    inner = fields["coupon"]
    coupon = inner.fields(("template", "valid_days"))
    days = coupon["valid_days"].count(1, DAYS_MAX) if "valid_days" in coupon else None
    return effects.Coupon(template=inner.need(coupon, "template").name(), valid_days=days)


_OF = ("percent", "amount")
# The first key found names the effect, so those that borrow `percent` or `amount` stand before them.
_DISCOUNTS: dict[str, tuple[Reader, tuple[str, ...]]] = {
    "percent_by": (_percent_by, ("round", "rounding")),
    "cheapest": (_pick("cheapest"), (*_OF, "rounding")),
    "dearest": (_pick("dearest"), (*_OF, "rounding")),
    "every": (_every, (*_OF, "rounding")),
    "bundle": (_bundle, ()),
    "kit": (_kit, ("price", "percent", "amount", "rounding")),
    "buy": (_buy_get, ("get", "times", "partial", "place", "rounding")),
    "amount_first": (_first_next, ("amount_next", "max_units")),
    "unit_price": (_unit_price, ("rounding",)),
    "total": (_total, ()),
    "round_down_to": (_round_down_to, ()),
    "gift": (_gift, ()),
    "percent": (_percent, ("round", "rounding")),
    "amount": (_amount, ("per", "by", "max_units", "rounding")),
}
_EARNED = ("base", "rounding", "cap", "active_after_days", "expires_after_days")
_ACCRUALS: dict[str, tuple[Reader, tuple[str, ...]]] = {
    "points_percent": (_points_percent, _EARNED),
    "points_percent_by": (_points_percent_by, _EARNED),
    "points_per": (_points_per, ("scope", *_EARNED)),
    "points": (_points, _EARNED),
    "points_times": (_points_times, _EARNED),
}
_REWARDS: dict[str, tuple[Reader, tuple[str, ...]]] = {
    "offer_card": (_offer_card, ()),
    "prompt": (_prompt, ()),
    "coupon": (_coupon, ()),
}
