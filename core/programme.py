"""A loyalty programme as types: groups of rules, what they select, when they hold, what they give.

Money is in minor units of the programme's currency, quantity in thousandths, percent in millionths, points in
10^-digits points. Documents become these types in `parse_programme`; `accel` compiles them.
"""

from datetime import date, datetime

from msgspec import Struct

from .numbers import Rounding
from .text import Text

__all__ = [
    "ALL_LINES",
    "Active",
    "Among",
    "Amount",
    "Bundle",
    "BuyGet",
    "Combined",
    "Condition",
    "Contains",
    "Effect",
    "Every",
    "FirstNext",
    "Group",
    "Identified",
    "Kit",
    "KitDeal",
    "Limits",
    "Measure",
    "OfferCard",
    "Percent",
    "PercentBy",
    "Pick",
    "Points",
    "PointsPer",
    "PointsPercent",
    "PointsPercentBy",
    "PointsSettings",
    "PointsTimes",
    "Programme",
    "Prompt",
    "Redemption",
    "Regulated",
    "RoundDownTo",
    "Rule",
    "Selector",
    "TierLevel",
    "Tiers",
    "Total",
    "UnitPrice",
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


# Effects on prices


class Percent(Struct, frozen=True, tag="percent"):
    """So many millionths of what is left; rounded per `line`, per `unit`, or once for the `basket` and spread."""

    ppm: int
    place: str = "line"


class PercentBy(Struct, frozen=True, kw_only=True, tag="percent_by"):
    """A percent by level of a measure: the greatest bound not above it. Measures: subtotal, quantity, turnover, tier.

    `levels` rise: (bound, ppm). For `tier` the bounds are positions in the programme's tier levels.
    """

    measure: str
    levels: tuple[tuple[int, int], ...]
    of: Selector = ALL_LINES
    current: bool = False
    window: str = ""
    place: str = "line"


class Amount(Struct, frozen=True, kw_only=True, tag="amount"):
    """So much off, once for the `basket` (spread by value, quantity or evenly), each `line` or each `unit`."""

    minor: int
    per: str = "basket"
    by: str = "value"
    max_units_milli: int | None = None


class UnitPrice(Struct, frozen=True, tag="unit_price"):
    """A set price for each unit; never raises one."""

    minor: int


class Total(Struct, frozen=True, tag="total"):
    """A set price for all selected goods together; never raises it."""

    minor: int


class Pick(Struct, frozen=True, kw_only=True, tag="pick"):
    """Percent or amount off the cheapest or dearest unit or line."""

    cheapest: bool
    unit: bool
    ppm: int = 0
    minor: int = 0


class Every(Struct, frozen=True, kw_only=True, tag="every"):
    """Percent or amount off each unit in complete groups of `size` units, in the order of the lines."""

    size: int
    ppm: int = 0
    minor: int = 0


class FirstNext(Struct, frozen=True, kw_only=True, tag="first_next"):
    """So much off the first unit of a line, so much off each further one, up to `max_units`."""

    first_minor: int
    next_minor: int
    max_units: int | None = None


class RoundDownTo(Struct, frozen=True, tag="round_down_to"):
    """Drop what is above a multiple of this much from the total of the selected lines."""

    minor: int


class BuyGet(Struct, frozen=True, kw_only=True, tag="buy_get"):
    """Buy so many units, get so many cheaper. Bought units are the dearest; all units involved are used up."""

    buy: int
    buy_of: Selector
    get: int
    get_of: Selector
    ppm: int
    cheapest: bool = True
    times: int = 1
    partial: bool = False
    spread_over_all: bool = False


class Bundle(Struct, frozen=True, kw_only=True, tag="bundle"):
    """Any `size` units of the selection for a price, the cheapest or the dearest first; uses them up."""

    size: int
    minor: int
    cheapest: bool = True
    times: int = 1_000_000


class KitDeal(Struct, frozen=True, kw_only=True, tag="kit_deal"):
    """So many units of each sku together: for a price, a percent or an amount less. As many whole kits as there are."""

    parts: tuple[tuple[str, int], ...]
    price_minor: int | None = None
    ppm: int = 0
    minor: int = 0


# Effects on points


class PointsPercent(Struct, frozen=True, kw_only=True, tag="points_percent"):
    """So many millionths of the money as points: 5 % of 1000.00 are 50 points."""

    ppm: int
    base: str = "paid"
    rounding: Rounding | None = None
    cap_points: int | None = None


class PointsPercentBy(Struct, frozen=True, kw_only=True, tag="points_percent_by"):
    """As PointsPercent, the percent by level as in PercentBy."""

    measure: str
    levels: tuple[tuple[int, int], ...]
    of: Selector = ALL_LINES
    current: bool = False
    window: str = ""
    base: str = "paid"
    rounding: Rounding | None = None
    cap_points: int | None = None


class PointsPer(Struct, frozen=True, kw_only=True, tag="points_per"):
    """So many points for each whole step of money spent, counted for the basket or for each line."""

    spend_minor: int
    points: int
    per_line: bool = False
    base: str = "paid"
    cap_points: int | None = None


class Points(Struct, frozen=True, tag="points"):
    """So many points for the receipt."""

    points: int


class PointsTimes(Struct, frozen=True, tag="points_times"):
    """Multiplies what earlier siblings of a sequence gave on the selected lines; thousandths, at least 1000."""

    times_milli: int


# Effects after everything


class OfferCard(Struct, frozen=True, tag="offer_card"):
    """Remind the cashier to offer a card."""

    kind: str


class Prompt(Struct, frozen=True, tag="prompt"):
    """A sentence for the cashier, the customer or the receipt."""

    to: str
    text: Text


Discount = (
    Percent
    | PercentBy
    | Amount
    | UnitPrice
    | Total
    | Pick
    | Every
    | FirstNext
    | RoundDownTo
    | Bundle
    | KitDeal
    | BuyGet
)
Accrual = PointsPercent | PointsPercentBy | PointsPer | Points | PointsTimes
Reward = OfferCard | Prompt
Effect = Discount | Accrual | Reward


# Rules and groups


class Active(Struct, frozen=True, kw_only=True):
    """When a rule is in force, in the store's local time.

    `start` is inclusive; `end` as a date includes that day, as a time it is exclusive. `hours` are minutes of the day,
    the end exclusive; a span whose end is not after its start goes past midnight and belongs to the day it began.
    """

    start: date | datetime | None = None
    end: date | datetime | None = None
    weekdays: tuple[int, ...] = ()  # ISO: Monday is 1.
    hours: tuple[tuple[int, int], ...] = ()
    dates: tuple[tuple[int, int, int], ...] = ()  # (year or 0 for every year, month, day)


class Rule(Struct, frozen=True, kw_only=True):
    """Something that is given when its conditions hold."""

    id: str
    give: Effect
    path: str
    name: Text | None = None
    active: Active | None = None
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    on: Selector = ALL_LINES
    cap_minor: int | None = None
    rounding: Rounding = Rounding.HALF_UP
    uses_per_customer: int | None = None
    exclusive: bool = False
    always: bool = False


class Group(Struct, frozen=True, kw_only=True):
    """Rules and groups taken together: sum, sequence, max, min or first, decided per line or for the basket."""

    id: str
    mode: str
    path: str
    by_line: bool = True
    most: int | None = None
    children: "tuple[Group | Rule, ...]" = ()


class PointsSettings(Struct, frozen=True):
    """Digits of a point, what one point is worth in minor units, and where and how points are rounded."""

    digits: int = 0
    worth_minor: int = 100
    rounding: Rounding = Rounding.DOWN
    round_at: str = "receipt"


class TierLevel(Struct, frozen=True):
    """A tier and the turnover from which it holds."""

    id: str
    from_minor: int


class Tiers(Struct, frozen=True, kw_only=True):
    """Levels by turnover in a window; `levels` rise."""

    window: str
    includes_receipt: bool
    levels: tuple[TierLevel, ...]


class Limits(Struct, frozen=True, kw_only=True):
    """How far discounts may go in all."""

    discount_share_ppm: int | None = None
    discount_minor: int | None = None
    line_discount_share_ppm: int | None = None
    min_unit_price_minor: int = 0


class Redemption(Struct, frozen=True, kw_only=True):
    """Paying with points."""

    max_share_ppm: int = 1_000_000
    share_of_basket: bool = False
    min_points: int = 0
    max_points: int | None = None
    step: int = 1
    before_discounts: bool = False
    as_tender: bool = False
    exclude: Selector | None = None
    earn_while_redeeming: bool = True


class Regulated(Struct, frozen=True, kw_only=True):
    """What the law says about a kind of goods."""

    kind: str
    discount: bool = True
    redeem: bool = True
    earn: bool = True
    floor_per_litre_minor: int = 0
    start: date | None = None


class Programme(Struct, frozen=True, kw_only=True):
    """One revision of a programme."""

    id: str
    revision: int
    currency: str
    name: Text | None = None
    rounding: Rounding = Rounding.HALF_UP
    spread: str = "largest_remainder"
    points: PointsSettings = PointsSettings()
    tiers: Tiers | None = None
    discounts: Group | None = None
    limits: Limits = Limits()
    redemption: Redemption | None = None
    accrual: Group | None = None
    rewards: tuple[Rule, ...] = ()
    regulated: tuple[Regulated, ...] = ()
    examples: tuple[tuple[object, dict[str, object]], ...] = ()
