"""What a backtest found. Money in minor units, points in 10^-digits points of the programme that gave them."""

from msgspec import Struct

from tillgate.core.programme import Programme
from tillgate.core.text import Text

__all__ = ["Effect", "GroupRow", "Mover", "Problem", "Report", "RuleChange", "RuleRow", "Side", "Sums"]


class Side(Struct, frozen=True):
    """What one of the two programmes gives and takes."""

    discount_minor: int = 0
    #: Money that spent points stood for, whether they lowered prices or paid as a tender.
    redeemed_minor: int = 0
    earned: int = 0
    spent: int = 0


class Sums(Struct, frozen=True, kw_only=True):
    """Receipts added up. A receipt is touched when what the guest pays, earns or spends differs."""

    receipts: int = 0
    touched: int = 0
    dearer: int = 0
    cheaper: int = 0
    dearer_minor: int = 0
    cheaper_minor: int = 0
    list_minor: int = 0
    old: Side = Side()
    new: Side = Side()

    def net_minor(self, side: Side) -> int:
        """What guests pay after discounts and points; gift certificates are money here."""
        return self.list_minor - side.discount_minor - side.redeemed_minor


class Effect(Struct, frozen=True):
    """What one rule gave under one programme, and on how many receipts."""

    fires: int = 0
    amount_minor: int = 0
    points: int = 0


class RuleRow(Struct, frozen=True, kw_only=True):
    """One rule by its id; None on the side whose programme has no such rule."""

    id: str
    name: Text | None
    old: Effect | None
    new: Effect | None


class GroupRow(Struct, frozen=True):
    """Receipts that share a store, a segment or a week. None: an unknown guest, a receipt without a time."""

    key: str | None
    sums: Sums


class RuleChange(Struct, frozen=True, kw_only=True):
    """A rule that gives one receipt something else than before."""

    id: str
    old_minor: int
    new_minor: int
    old_points: int
    new_points: int


class Mover(Struct, frozen=True, kw_only=True):
    """A receipt whose price changes much. `line` counts from 1 in the file; times are as the receipt has them."""

    line: int
    id: str
    store: str
    time: str
    old_minor: int
    new_minor: int
    rules: tuple[RuleChange, ...]


class Problem(Struct, frozen=True):
    """A receipt that could not be priced."""

    line: int
    id: str
    reason: str
    path: str
    message: Text


class Report(Struct, frozen=True, kw_only=True):
    """The whole result. The same receipts give the same report, whatever the number of workers."""

    old: Programme
    new: Programme
    source: str
    notes: tuple[Text, ...]
    totals: Sums
    rules: tuple[RuleRow, ...]
    stores: tuple[GroupRow, ...]
    segments: tuple[GroupRow, ...]
    weeks: tuple[GroupRow, ...]
    #: The greatest change first.
    dearer: tuple[Mover, ...]
    cheaper: tuple[Mover, ...]
    errors: int
    errors_by_reason: dict[str, int]
    #: The first of them.
    problems: tuple[Problem, ...]
