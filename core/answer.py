"""What a basket costs, earns and may spend. Money in minor units, points in 10^-digits points.

Made by the hundred thousand and free of cycles, so the garbage collector is told not to look at them.
"""

from datetime import date

from msgspec import Struct

from .programme import Confirm
from .text import Text

__all__ = [
    "Answer",
    "Applied",
    "Cut",
    "LineAnswer",
    "LineDiscount",
    "NotApplied",
    "Piece",
    "Points",
    "PointsLot",
    "Reward",
    "TierState",
]


class LineDiscount(Struct, frozen=True, gc=False):
    """What one rule took off one line."""

    rule: str
    amount_minor: int


class Piece(Struct, frozen=True, gc=False):
    """A part of a line whose quantity times unit price is exactly its total, as a fiscal receipt wants it."""

    quantity_milli: int
    unit_price_minor: int
    total_minor: int


class LineAnswer(Struct, frozen=True, kw_only=True, gc=False):
    """One line priced."""

    id: str
    list_minor: int
    discounts: tuple[LineDiscount, ...]
    redeemed_minor: int
    net_minor: int
    points: int
    pieces: tuple[Piece, ...]


class PointsLot(Struct, frozen=True, kw_only=True, gc=False):
    """Points that may be used from one day on, and until the end of another. None: at once; for ever."""

    points: int
    active_from: date | None = None
    expires: date | None = None


class Points(Struct, frozen=True, kw_only=True, gc=False):
    """What is earned, by which rule, when it may be used, and what may be redeemed.

    `lots` is empty unless the programme's rules speak of days; `confirm` is what is still to be done before more than
    its points are redeemed.
    """

    digits: int = 0
    earned: int = 0
    by_rule: tuple[tuple[str, int], ...] = ()
    redeemable_min: int = 0
    redeemable_max: int = 0
    ladder: tuple[int, ...] = ()
    lots: tuple[PointsLot, ...] = ()
    confirm: Confirm | None = None


class TierState(Struct, frozen=True, gc=False):
    """The customer's tier and what is missing to the next. `next` is empty at the top."""

    id: str
    next: str = ""
    remaining_minor: int = 0


class Cut(Struct, frozen=True, gc=False):
    """Why a rule gave less than it would have, and by how much money or points: CAP, FLOOR, DISPLACED or LIMIT."""

    reason: str
    amount_minor: int | None = None
    points: int | None = None


class Applied(Struct, frozen=True, gc=False):
    """A rule that gave something: money off, or points. With its cuts that is what the rule alone would have given;
    of points before they were rounded, in whole units."""

    rule: str
    amount_minor: int | None = None
    points: int | None = None
    cuts: tuple[Cut, ...] = ()


class NotApplied(Struct, frozen=True, kw_only=True, gc=False):
    """A rule that gave nothing, and why. Figures are in the document's decimal form, empty where there are none.

    `missing` is what lacks, or what is too much. `by` is the rule that stood before, `sku` what a kit lacks.
    """

    rule: str
    reason: str
    detail: Text
    need: str = ""
    actual: str = ""
    missing: str = ""
    by: str = ""
    sku: str = ""


class Reward(Struct, frozen=True, kw_only=True, gc=False):
    """Something besides money: a sentence for somebody, a card to offer, a coupon to issue, a gift to hand over."""

    rule: str
    offer_card_kind: str = ""
    prompt_to: str = ""
    prompt_text: Text | None = None
    coupon_template: str = ""
    coupon_valid_days: int | None = None
    #: The last day on which the coupon may be used; None when it or the day of the sale is not known.
    coupon_valid_until: date | None = None
    gift_sku: str = ""
    gift_quantity_milli: int = 0


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """The whole result. Sums of the lines are the totals; nothing is negative."""

    currency: str
    list_minor: int
    discount_minor: int
    redeemed_points: int
    redeemed_minor: int
    tender_minor: int
    total_minor: int
    lines: tuple[LineAnswer, ...]
    points: Points
    tier: TierState | None
    applied: tuple[Applied, ...]
    not_applied: tuple[NotApplied, ...]
    rewards: tuple[Reward, ...]
    hints: tuple[Text, ...] = ()
