"""What a rule gives: money off, points, or something else."""

from math import gcd

from msgspec import Struct

from .conditions import ALL_LINES, Selector
from .numbers import Rounding
from .text import Text

__all__ = [
    "Accrual",
    "Amount",
    "Bundle",
    "BuyGet",
    "Coupon",
    "Discount",
    "Effect",
    "Every",
    "FirstNext",
    "Gift",
    "KitDeal",
    "OfferCard",
    "Percent",
    "PercentBy",
    "Pick",
    "Points",
    "PointsPer",
    "PointsPercent",
    "PointsPercentBy",
    "PointsTimes",
    "Prompt",
    "Reward",
    "RoundDownTo",
    "Total",
    "UnitPrice",
]


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


class Gift(Struct, frozen=True, kw_only=True, tag="gift"):
    """So many thousandths of a sku are free: what stands in the basket goes to its floor, the rest is handed over."""

    sku: str
    quantity_milli: int = 1000


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
    times: int = 1_000_000_000


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
    """So many points for the receipt, shared over the lines by `base`."""

    points: int
    base: str = "paid"
    cap_points: int | None = None


class PointsTimes(Struct, frozen=True, tag="points_times"):
    """Multiplies what earlier siblings of a sequence gave on the selected lines; thousandths, at least 1000."""

    times_milli: int
    rounding: Rounding | None = None
    cap_points: int | None = None

    @property
    def denominator(self) -> int:
        """Of the times as a fraction in lowest terms: so many times finer do exact points become."""
        return 1000 // gcd(self.times_milli, 1000)


# Effects after everything


class Coupon(Struct, frozen=True, kw_only=True, tag="coupon"):
    """Give a coupon of a template, usable for so many days after the purchase; None: as long as the template says."""

    template: str
    valid_days: int | None = None


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
    | Gift
)
Accrual = PointsPercent | PointsPercentBy | PointsPer | Points | PointsTimes
Reward = OfferCard | Prompt | Coupon
Effect = Discount | Accrual | Reward
