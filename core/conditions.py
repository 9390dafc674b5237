"""What a rule asks: which lines it is about, and what must hold."""

from msgspec import Struct

__all__ = [
    "ALL_LINES",
    "Among",
    "Combined",
    "Condition",
    "Contains",
    "Identified",
    "Kit",
    "Measure",
    "Selector",
]


class Selector(Struct, frozen=True, kw_only=True):
    """Which lines. Every named key must match; an empty selector matches all. `without` must not match."""

    sku: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    without: "Selector | None" = None
    price_at_least_minor: int | None = None
    price_at_most_minor: int | None = None
    regular_price_only: bool = False


ALL_LINES = Selector()


# Conditions


class Measure(Struct, frozen=True, kw_only=True, tag="measure"):
    """A figure of the basket or the customer lies between two bounds, both inclusive, None for open.

    `kind`: subtotal (minor), quantity and line_quantity (thousandths), points (10^-digits), turnover (minor),
    purchase_number, absent_days, registered_days, age (years), birthday (days until, negative after).
    """

    kind: str
    low: int | None = None
    high: int | None = None
    of: Selector = ALL_LINES
    current: bool = False
    window: str = ""
    every: int = 0


class Among(Struct, frozen=True, tag="among"):
    """One of the values is there: segment, tier, coupon, payment, card_kind, channel, attribute (`name=value`)."""

    kind: str
    values: tuple[str, ...]


class Contains(Struct, frozen=True, tag="contains"):
    """The basket holds a line of the selection."""

    of: Selector


class Kit(Struct, frozen=True, tag="kit"):
    """The basket holds at least so many thousandths of each sku."""

    parts: tuple[tuple[str, int], ...]


class Identified(Struct, frozen=True, tag="identified"):
    """The customer is known, or is not."""

    wanted: bool


class Combined(Struct, frozen=True, tag="combined"):
    """`all`, `any` or `not` (of exactly one) of other conditions."""

    mode: str
    children: "tuple[Condition, ...]"


Condition = Measure | Among | Contains | Kit | Identified | Combined
