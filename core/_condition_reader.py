"""Selectors and conditions of a programme document."""

from collections.abc import Callable

from ._reader import Node
from .conditions import ALL_LINES, Among, Combined, Condition, Contains, Identified, Kit, Measure, Selector

__all__ = ["DEPTH_MAX", "Context", "read_conditions", "read_selector"]

DEPTH_MAX = 16
_BOUNDS = ("at_least", "more_than", "at_most", "less_than")
_SELECTOR_KEYS = ("sku", "category", "brand", "tag", "not", "unit_price", "regular_price_only", "lines")


class Context:
    """What a reader of conditions must know of the rest of the programme."""

    def __init__(self, points_digits: int, tiers: tuple[str, ...] | None) -> None:
        self.points_digits = points_digits
        self.tiers = list(tiers or ())
        self._any_tier = tiers is None

    def tier(self, name: str, node: Node) -> int:
        """The place of a tier. A programme that lists none takes the names as they come: baskets say who has which."""
        if name not in self.tiers:
            if not self._any_tier:
                node.refuse(
                    "UNKNOWN_VALUE", f"{name!r} is no tier of this programme", f"уровня «{name}» в программе нет"
                )
            self.tiers.append(name)
        return self.tiers.index(name)


def read_selector(node: Node, depth: int = 0) -> Selector:
    """A selector. `{"lines": "all"}` and `{}` select everything."""
    if depth > DEPTH_MAX:
        node.refuse("TOO_DEEP", f"nested deeper than {DEPTH_MAX}", f"вложено глубже {DEPTH_MAX} уровней")
    fields = node.fields(_SELECTOR_KEYS)
    if "lines" in fields:
        fields["lines"].choice(("all",))
    names: dict[str, tuple[str, ...]] = {
        key: fields[key].one_or_more() for key in ("sku", "brand", "tag") if key in fields
    }
    if "category" in fields:
        names["category"] = tuple(name.rstrip("/") for name in fields["category"].one_or_more())
    low, high = _price_range(fields["unit_price"]) if "unit_price" in fields else (None, None)
    return Selector(
        sku=names.get("sku", ()),
        category=names.get("category", ()),
        brand=names.get("brand", ()),
        tag=names.get("tag", ()),
        without=read_selector(fields["not"], depth + 1) if "not" in fields else None,
        price_at_least_minor=low,
        price_at_most_minor=high,
        regular_price_only="regular_price_only" in fields and fields["regular_price_only"].flag(),
    )


def _price_range(node: Node) -> tuple[int | None, int | None]:
    fields = node.fields(("at_least", "at_most"))
    low = fields["at_least"].money() if "at_least" in fields else None
    high = fields["at_most"].money() if "at_most" in fields else None
    _check_order(node, low, high)
    return low, high


def _check_order(node: Node, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        node.refuse("EMPTY", "a bound is expected", "нужна граница")
    if low is not None and high is not None and low > high:
        node.refuse("CONTRADICTION", "the lower bound is above the upper one", "нижняя граница выше верхней")


def read_conditions(node: Node, context: Context) -> tuple[Condition, ...]:
    """`when`: all of the list must hold."""
    return tuple(_condition(item, context, 0) for item in node.items(at_most=100))


def _condition(node: Node, context: Context, depth: int) -> Condition:
    if depth > DEPTH_MAX:
        node.refuse("TOO_DEEP", f"nested deeper than {DEPTH_MAX}", f"вложено глубже {DEPTH_MAX} уровней")
    fields = node.fields(_KNOWN)
    if len(fields) != 1:
        node.refuse("CONTRADICTION", "a condition has exactly one key", "у условия ровно один ключ")
    ((key, inner),) = fields.items()
    if key == "not":
        return Combined("not", (_condition(inner, context, depth + 1),))
    if key in ("all", "any"):
        return Combined(key, tuple(_condition(item, context, depth + 1) for item in inner.items(1, 100)))
    return _READERS[key](inner, context)


def _bounds(
    node: Node, fields: dict[str, Node], read: Callable[[Node], int], step: int = 1
) -> tuple[int | None, int | None]:
    """Bounds, exclusive ones made inclusive: the figures are integers."""
    found = {key: read(fields[key]) for key in _BOUNDS if key in fields}
    lows = [found[k] + d for k, d in (("at_least", 0), ("more_than", step)) if k in found]
    highs = [found[k] - d for k, d in (("at_most", 0), ("less_than", step)) if k in found]
    low, high = max(lows, default=None), min(highs, default=None)
    _check_order(node, low, high)
    return low, high


def _subtotal(node: Node, _: Context) -> Condition:
    fields = node.fields((*_BOUNDS, "of", "basis"))
    low, high = _bounds(node, fields, lambda n: n.money(high=10**15))
    basis = fields["basis"].choice(("list", "current")) if "basis" in fields else "list"
    return Measure(kind="subtotal", low=low, high=high, of=_of(fields), current=basis == "current")


def _of(fields: dict[str, Node]) -> Selector:
    return read_selector(fields["of"]) if "of" in fields else ALL_LINES


def _quantity(node: Node, _: Context) -> Condition:
    fields = node.fields((*_BOUNDS, "of"))
    low, high = _bounds(node, fields, lambda n: n.quantity(high=10**12))
    return Measure(kind="quantity", low=low, high=high, of=_of(fields))


def _line_quantity(node: Node, _: Context) -> Condition:
    low, high = _bounds(node, node.fields(_BOUNDS), Node.quantity)
    return Measure(kind="line_quantity", low=low, high=high)


def _contains(node: Node, _: Context) -> Condition:
    return Contains(read_selector(node))


def _kit(node: Node, _: Context) -> Condition:
    return Kit(tuple((sku, part.quantity(low=1)) for sku, part in node.kit()))


def _identified(node: Node, _: Context) -> Condition:
    return Identified(node.flag())


def _tier(node: Node, context: Context) -> Condition:
    for item in [node] if isinstance(node.value, str) else node.items(1):
        context.tier(item.name(), item)
    return Among("tier", node.one_or_more())


def _coupon(node: Node, _: Context) -> Condition:
    return Among("coupon", node.one_or_more())


def _among(kind: str) -> "Callable[[Node, Context], Condition]":
    return lambda node, _: Among(kind, node.one_or_more())


def _attribute(node: Node, _: Context) -> Condition:
    fields = node.fields(("name", "equals", "in"))
    name = node.need(fields, "name").name()
    if ("equals" in fields) == ("in" in fields):
        node.refuse(
            "CONTRADICTION", "exactly one of `equals` and `in` is expected", "нужно ровно одно из `equals` и `in`"
        )
    values = (fields["equals"].text(),) if "equals" in fields else fields["in"].one_or_more()
    return Among("attribute", tuple(f"{name}={value}" for value in values))


def _purchase_number(node: Node, _: Context) -> Condition:
    fields = node.fields(("equals", "every", *_BOUNDS))
    if "every" in fields:
        if len(fields) > 1:
            node.refuse("CONTRADICTION", "`every` stands alone", "`every` указывают без других ключей")
        return Measure(kind="purchase_number", every=fields["every"].count(1))
    if "equals" in fields:
        if len(fields) > 1:
            node.refuse("CONTRADICTION", "`equals` stands alone", "`equals` указывают без других ключей")
        number = fields["equals"].count(1)
        return Measure(kind="purchase_number", low=number, high=number)
    low, high = _bounds(node, fields, Node.count)
    return Measure(kind="purchase_number", low=low, high=high)


def _first_purchase(node: Node, _: Context) -> Condition:
    # A bound, not a negation: of an unknown customer neither holds.
    return Measure(kind="purchase_number", low=1, high=1) if node.flag() else Measure(kind="purchase_number", low=2)


def _counted(kind: str) -> "Callable[[Node, Context], Condition]":
    def read(node: Node, _: Context) -> Condition:
        low, high = _bounds(node, node.fields(_BOUNDS), Node.count)
        return Measure(kind=kind, low=low, high=high)

    return read


def _within(kind: str) -> "Callable[[Node, Context], Condition]":
    def read(node: Node, _: Context) -> Condition:
        fields = node.fields(("days",))
        return Measure(kind=kind, low=0, high=node.need(fields, "days").count(high=36_600))

    return read


def _turnover(node: Node, _: Context) -> Condition:
    fields = node.fields((*_BOUNDS, "window"))
    low, high = _bounds(node, fields, lambda n: n.money(high=10**15))
    return Measure(kind="turnover", low=low, high=high, window=node.need(fields, "window").window())


def _points(node: Node, context: Context) -> Condition:
    low, high = _bounds(node, node.fields(_BOUNDS), lambda n: n.points(context.points_digits))
    return Measure(kind="points", low=low, high=high)


def _birthday(node: Node, _: Context) -> Condition:
    fields = node.fields(("before", "after"))
    before = fields["before"].count(high=182) if "before" in fields else 0
    after = fields["after"].count(high=182) if "after" in fields else 0
    return Measure(kind="birthday", low=-after, high=before)


_READERS: dict[str, Callable[[Node, Context], Condition]] = {
    "absent_days": _counted("absent_days"),
    "age": _counted("age"),
    "attribute": _attribute,
    "birthday": _birthday,
    "card_kind": _among("card_kind"),
    "channel": _among("channel"),
    "contains": _contains,
    "coupon": _coupon,
    "first_purchase": _first_purchase,
    "identified": _identified,
    "kit": _kit,
    "line_quantity": _line_quantity,
    "payment": _among("payment"),
    "points": _points,
    "purchase_number": _purchase_number,
    "quantity": _quantity,
    "registered_within": _within("registered_days"),
    "returned_within": _within("absent_days"),
    "segment": _among("segment"),
    "subtotal": _subtotal,
    "tier": _tier,
    "turnover": _turnover,
}
_KNOWN = (*_READERS, "all", "any", "not")
