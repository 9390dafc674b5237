"""A loyalty programme as types: groups of rules, what they select, when they hold, what they give.

Money is in minor units of the programme's currency, quantity in thousandths, percent in millionths, points in
10^-digits points. Documents become these types in `parse_programme`; `accel` compiles them.
"""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from .conditions import ALL_LINES, Condition, Selector
from .effects import Effect, Prompt
from .numbers import Rounding
from .text import Text

__all__ = [
    "Active",
    "Confirm",
    "Group",
    "Holdout",
    "Limits",
    "Lot",
    "PointsSettings",
    "Programme",
    "Redemption",
    "Regulated",
    "ReturnPolicy",
    "Rule",
    "TierLevel",
    "Tiers",
    "Uses",
    "all_rules",
]


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


class Uses(Struct, frozen=True, kw_only=True):
    """How often a rule may give something: sets of goods in a receipt, receipts of a customer, receipts in all.

    `window` is the customer's: all, day, week, month, year or rolling_days:N, as whoever keeps the count counts it.
    """

    per_receipt: int | None = None
    per_customer: int | None = None
    window: str = "all"
    total: int | None = None


class Holdout(Struct, frozen=True):
    """Customers whose hash with `salt` falls below so many millionths never get the rule."""

    ppm: int
    salt: str


class Lot(Struct, frozen=True):
    """Points of a rule become usable, and stop being usable, so many days after; None: never stop."""

    active_after_days: int = 0
    expires_after_days: int | None = None


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
    uses: Uses | None = None
    holdout: Holdout | None = None
    #: Told when the rule gave something.
    message: Prompt | None = None
    #: When the points of an accrual rule may be used, if the rule says.
    lot: Lot | None = None
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
    """Levels by turnover in a window; `levels` rise. Without a window they are names alone, which baskets bring."""

    window: str
    includes_receipt: bool
    levels: tuple[TierLevel, ...]


class Limits(Struct, frozen=True, kw_only=True):
    """How far discounts may go in all."""

    discount_share_ppm: int | None = None
    discount_minor: int | None = None
    line_discount_share_ppm: int | None = None
    min_unit_price_minor: int = 0


class Confirm(Struct, frozen=True):
    """More points than this are spent only after the customer proved by code, pin, sms, biometric or supervisor."""

    above_points: int
    by: str


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
    confirm: Confirm | None = None


class Regulated(Struct, frozen=True, kw_only=True):
    """What the law says about a kind of goods."""

    kind: str
    discount: bool = True
    redeem: bool = True
    earn: bool = True
    floor_per_litre_minor: int = 0
    start: date | None = None


class ReturnPolicy(Struct, frozen=True, kw_only=True):
    """How a programme wants returns: earned points, certificates before other tenders, kept goods priced anew."""

    earned: str = "allow_negative"
    certificates_first: bool = False
    reprice: bool = False


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
    returns: ReturnPolicy = ReturnPolicy()
    examples: tuple[tuple[object, dict[str, object]], ...] = ()


def all_rules(programme: Programme) -> Iterator[Rule]:
    """Discounts, accrual, rewards, in the order of the document."""
    stack: list[Group | Rule] = [*reversed(programme.rewards)]
    stack += [group for group in (programme.accrual, programme.discounts) if group is not None]
    while stack:
        node = stack.pop()
        if isinstance(node, Group):
            stack += reversed(node.children)
        else:
            yield node
