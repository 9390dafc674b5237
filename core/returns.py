"""What was sold and what comes back: facts of a purchase by line, returns of parts of it.

Money is in minor units, quantity in thousandths, points in 10^-digits points. A return never prices anything anew: what
a line cost, gave and earned is stored with the sale, and parts of it come back in proportion.
"""

from msgspec import Struct

from .answer import LineDiscount, Piece
from .programme import ReturnPolicy

__all__ = [
    "CERTIFICATE",
    "EARNED_POLICIES",
    "POINTS",
    "Facts",
    "LineRequest",
    "LineReturn",
    "PointsTaken",
    "Return",
    "ReturnRequest",
    "Returned",
    "Sold",
    "SoldLine",
    "SoldTender",
]

#: Types of tender with a meaning here: points that paid, and gift certificates.
POINTS = "points"
CERTIFICATE = "certificate"
#: Where earned points that must go are taken from, and what happens to those that are nowhere.
EARNED_POLICIES = ("pending_only", "within_balance", "allow_negative", "withhold_money")


class SoldTender(Struct, frozen=True, gc=False):
    """One way the purchase was paid."""

    type: str
    amount_minor: int
    number: str = ""


class SoldLine(Struct, frozen=True, kw_only=True, gc=False):
    """A line as it was sold. `tenders` are its shares of the sale's tenders, in their order, and add up to its net.

    `list - discounts - redeemed = net` where points lower prices; where they are a tender, `list - discounts = net`.
    """

    id: str
    quantity_milli: int
    list_minor: int
    discounts: tuple[LineDiscount, ...]
    points_spent: int
    redeemed_minor: int
    net_minor: int
    points_earned: int
    tenders: tuple[int, ...]
    pieces: tuple[Piece, ...]
    sku: str = ""
    marked: bool = False


class Sold(Struct, frozen=True, kw_only=True, gc=False):
    """A purchase as returns need it. Where points paid as a tender, one tender has the type `points`."""

    currency: str
    points_digits: int
    points_worth_minor: int
    points_as_tender: bool
    tenders: tuple[SoldTender, ...]
    lines: tuple[SoldLine, ...]
    policy: ReturnPolicy = ReturnPolicy()


class Returned(Struct, frozen=True, gc=False):
    """How far a purchase has been returned: by line the thousandths of each printed piece, by tender what is withheld.

    Every other figure follows from these. Money is withheld here only because kept goods were priced anew; it is given
    back when they come back.
    """

    pieces: tuple[tuple[int, ...], ...]
    withheld_minor: tuple[int, ...]


class LineRequest(Struct, frozen=True, kw_only=True, gc=False):
    """So much of a line comes back; None is what is left of it. `pieces` number the units of a marked line from 1."""

    line: str
    quantity_milli: int | None = None
    pieces: tuple[int, ...] = ()


class ReturnRequest(Struct, frozen=True, kw_only=True, gc=False):
    """What comes back; no lines mean all that is left. `balance` and `pending` are the customer's points just before.

    `balance` are points that may be spent, below zero what is owed; `pending` are points of this purchase that may not
    be spent yet.
    """

    lines: tuple[LineRequest, ...] = ()
    balance: int = 0
    pending: int = 0


class Facts(Struct, frozen=True, kw_only=True, gc=False):
    """What a part of a line comes to. `discounts` and `tenders` stand in the order of the sale."""

    quantity_milli: int
    list_minor: int
    discounts: tuple[int, ...]
    points_spent: int
    redeemed_minor: int
    net_minor: int
    points_earned: int
    tenders: tuple[int, ...]


class LineReturn(Struct, frozen=True, kw_only=True, gc=False):
    """One line of a return. `pieces` are for the fiscal receipt, at prices that the sale's receipt shows.

    `fiscal_residual_minor` is what the pieces lack of the money. Whole units have none; a part of weighed goods may
    have a minor unit.
    """

    id: str
    facts: Facts
    discounts: tuple[LineDiscount, ...]
    pieces: tuple[Piece, ...]
    fiscal_residual_minor: int


class PointsTaken(Struct, frozen=True, kw_only=True, gc=False):
    """Where earned points were taken from. `money` were withheld from the money, `forgiven` stay with the guest."""

    pending: int = 0
    balance: int = 0
    debt: int = 0
    money: int = 0
    forgiven: int = 0


class Return(Struct, frozen=True, kw_only=True, gc=False):
    """One return. Its figures are sums of its lines; `refunds_minor` by tender add up to `refund_minor`.

    refund = net - paid by points as a tender - withheld. `repriced_minor` below zero gives back what was withheld.
    """

    lines: tuple[LineReturn, ...]
    list_minor: int
    discounts: tuple[LineDiscount, ...]
    redeemed_minor: int
    net_minor: int
    points_back: int
    points_taken: PointsTaken
    repriced_minor: int
    points_withheld_minor: int
    refund_minor: int
    refunds_minor: tuple[int, ...]
    returned: Returned
    complete: bool
