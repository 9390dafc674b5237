"""Points by double entry: accounts, transactions, lots, holds."""

from ._actions import adjust, hold_points, parse_uuid
from ._book import POINTS_MAX, Book
from ._check import RULES, Violation, check_ledger
from ._customers import LockedCustomer, hold_customers, lock_customers, note_changes
from ._state import NewLot

__all__ = [
    "POINTS_MAX",
    "RULES",
    "Book",
    "LockedCustomer",
    "NewLot",
    "Violation",
    "adjust",
    "check_ledger",
    "hold_customers",
    "hold_points",
    "lock_customers",
    "note_changes",
    "parse_uuid",
]
