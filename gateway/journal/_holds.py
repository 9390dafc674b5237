"""Points asked for at the central service, so that none stays set aside for a sale that never came."""

from tillgate.sync.v1.sync_service_pb2 import Event

from ._store import Store
from ._transaction import Transaction

__all__ = ["Holds"]


class Holds:
    """A hold is opened before the central service is asked, then used by a purchase or released by an event."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open(self, hold_id: str, customer_id: str, points: int) -> None:
        """Write the intent down. From here on a crash ends in a release."""
        await self._store.write(
            lambda transaction: transaction.execute(
                "INSERT INTO holds (hold_id, customer_id, points, created_us, state) VALUES (?, ?, ?, ?, 'OPEN')",
                (hold_id, customer_id, points, transaction.now_us),
            )
        )

    def use(self, transaction: Transaction, hold_id: str) -> bool:
        """Mark it used by the purchase of the same transaction. False: it is not open."""
        changed = transaction.execute(
            "UPDATE holds SET state = 'USED' WHERE hold_id = ? AND state = 'OPEN'", (hold_id,)
        )
        return changed == 1

    async def release(self, hold_id: str) -> None:
        """Give the points back by an event of the ordered stream. A hold that is not open stays as it is."""
        await self._store.write(lambda transaction: release(transaction, hold_id))

    def open_ids(self) -> list[str]:
        """Holds that were neither used nor released."""
        return [row[0] for row in self._store.rows("SELECT hold_id FROM holds WHERE state = 'OPEN' ORDER BY row")]


def release(transaction: Transaction, hold_id: str) -> None:
    """Mark a hold released and say so to the central service, which also keeps a late question from opening it."""
    changed = transaction.execute(
        "UPDATE holds SET state = 'RELEASED' WHERE hold_id = ? AND state = 'OPEN'", (hold_id,)
    )
    if changed:
        event = Event()
        event.hold_released.hold_id = hold_id
        transaction.append_event(event)


def release_left_over(transaction: Transaction) -> None:
    """Release what a run that ended in the middle left open."""
    for (hold_id,) in transaction.rows("SELECT hold_id FROM holds WHERE state = 'OPEN' ORDER BY row"):
        release(transaction, hold_id)
