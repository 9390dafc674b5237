"""Purchases by the id that a POS made, with the answer each got, and the ids that are closed."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ._store import Store
from ._transaction import Transaction, from_us, to_us

__all__ = ["Purchases", "StoredCancellation", "StoredPurchase"]


class StoredPurchase(Struct, frozen=True, kw_only=True):
    """A committed purchase: `response` is what the POS was answered, `purchase` is type.v1.Purchase, both as bytes."""

    purchase_id: UUID
    request_hash: bytes
    committed: datetime
    event_number: int
    response: bytes
    purchase: bytes


class StoredCancellation(Struct, frozen=True, kw_only=True):
    """A closed id. `event_number` is None where there was no purchase to cancel."""

    purchase_id: UUID
    cancelled: datetime
    reason: str
    event_number: int | None


SELECT_PURCHASE = (
    "SELECT request_hash, committed_us, event_number, response, purchase FROM purchases WHERE purchase_id = ?"
)
SELECT_CANCELLATION = "SELECT cancelled_us, reason, event_number FROM cancellations WHERE purchase_id = ?"


class Purchases:
    """Kept 35 days and more. What takes a transaction runs inside a write; the rest reads what is on disk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, purchase_id: UUID, transaction: Transaction | None = None) -> StoredPurchase | None:
        """The purchase of this id, as the transaction sees it if one is given."""
        row = (transaction or self._store).row(SELECT_PURCHASE, (purchase_id.bytes,))
        if row is None:
            return None
        return StoredPurchase(
            purchase_id=purchase_id,
            request_hash=row[0],
            committed=from_us(row[1]),
            event_number=row[2],
            response=row[3],
            purchase=row[4],
        )

    def cancellation(self, purchase_id: UUID, transaction: Transaction | None = None) -> StoredCancellation | None:
        """Whether and when this id was closed."""
        row = (transaction or self._store).row(SELECT_CANCELLATION, (purchase_id.bytes,))
        if row is None:
            return None
        return StoredCancellation(
            purchase_id=purchase_id, cancelled=from_us(row[0]), reason=row[1], event_number=row[2]
        )

    def count_since(self, moment: datetime) -> int:
        """How many were committed since then, cancelled ones apart.

        Rows are appended in order, so it looks back no further than `moment`.
        """
        row = self._store.row(
            "SELECT ifnull(max(row), 0) - ifnull((SELECT row FROM purchases WHERE committed_us < ?"
            " ORDER BY row DESC LIMIT 1), ifnull(min(row), 1) - 1) FROM purchases",
            (to_us(moment),),
        )
        cancelled = self._store.row(
            "SELECT count(*) FROM cancellations c JOIN purchases p ON p.purchase_id = c.purchase_id"
            " WHERE c.cancelled_us >= ?1 AND p.committed_us >= ?1",
            (to_us(moment),),
        )
        assert row is not None
        assert cancelled is not None
        # A clock that was set meanwhile may have put them in another order.
        return max(0, int(row[0]) - int(cancelled[0]))

    def add(self, transaction: Transaction, purchase: StoredPurchase) -> None:
        """Insert a purchase. Its id must be new."""
        transaction.execute(
            "INSERT INTO purchases (purchase_id, request_hash, committed_us, event_number, response, purchase)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                purchase.purchase_id.bytes,
                purchase.request_hash,
                to_us(purchase.committed),
                purchase.event_number,
                purchase.response,
                purchase.purchase,
            ),
        )

    def cancel(self, transaction: Transaction, cancellation: StoredCancellation) -> None:
        """Close an id. It must not be closed yet."""
        transaction.execute(
            "INSERT INTO cancellations (purchase_id, cancelled_us, reason, event_number) VALUES (?, ?, ?, ?)",
            (
                cancellation.purchase_id.bytes,
                to_us(cancellation.cancelled),
                cancellation.reason,
                cancellation.event_number,
            ),
        )
