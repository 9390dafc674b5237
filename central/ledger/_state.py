"""What a Book holds of the database while it works: plain records, no logic but their own arithmetic."""

from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["CustomerPoints", "HoldRecord", "LotRecord", "NewLot", "Use"]


@dataclass(frozen=True, slots=True)
class NewLot:
    """Points to be given, from when they may be spent and until when; None is always."""

    points: int
    activates_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(slots=True, eq=False)
class LotRecord:
    """A lot. `id` is 0 until it is written."""

    id: int
    transaction: int
    points: int
    remaining: int
    activates_at: datetime | None
    expires_at: datetime | None
    changed: bool = False

    def spendable(self, at: datetime) -> bool:
        """Whether its points may be spent at that moment."""
        return (
            self.remaining > 0
            and (self.activates_at is None or self.activates_at <= at)
            and (self.expires_at is None or at < self.expires_at)
        )


@dataclass(frozen=True, slots=True)
class Use:
    """Points taken from a lot (negative) or returned to it (positive) by a transaction."""

    lot: LotRecord
    transaction: int
    points: int


@dataclass(slots=True)
class CustomerPoints:
    """A customer's three accounts and open lots. `accounts` are the ids, by kind; 0 until written."""

    customer: str
    organisation: int
    accounts: dict[str, int] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=lambda: {"available": 0, "held": 0, "debt": 0})
    lots: list[LotRecord] = field(default_factory=list)
    changed: bool = False

    def spendable(self, at: datetime) -> int:
        """Points that may be spent at that moment: what is available less what is not active or expired."""
        return sum(lot.remaining for lot in self.lots if lot.spendable(at))


@dataclass(slots=True)
class HoldRecord:
    """A hold. `customer` is empty on a tombstone; `transaction` is the HOLD that filled it."""

    hold_id: str
    gateway: int
    customer: str
    points: int
    state: str
    transaction: int
    created_at: datetime
    closed_at: datetime | None = None
    #: What the hold has of each lot now: taken by HOLD less returned since.
    taken: dict[LotRecord, int] = field(default_factory=dict)
    new: bool = False
    changed: bool = False
