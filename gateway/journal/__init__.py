"""The one SQLite file of a gateway: purchases and their answers, the outbox, holds, print jobs, lanes, the replica."""

from ._holds import Holds, release
from ._journal import Journal
from ._lanes import Lane, Lanes
from ._outbox import Outbox, OutboxIdentity, QuarantinedEvent
from ._print_jobs import PrintJobs, StoredPrintJob
from ._purchases import Purchases, StoredCancellation, StoredPurchase
from ._retention import KEPT_DAYS
from ._transaction import Transaction, from_us, to_us

__all__ = [
    "KEPT_DAYS",
    "Holds",
    "Journal",
    "Lane",
    "Lanes",
    "Outbox",
    "OutboxIdentity",
    "PrintJobs",
    "Purchases",
    "QuarantinedEvent",
    "StoredCancellation",
    "StoredPrintJob",
    "StoredPurchase",
    "Transaction",
    "from_us",
    "release",
    "to_us",
]
