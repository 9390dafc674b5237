"""How often rules gave something in the whole chain: what the central service counted, and own sales since."""

from collections.abc import Iterable, Mapping

from tillgate.gateway.journal import Transaction
from tillgate.sync.v1.sync_service_pb2 import UseTotals

__all__ = ["SELECT_TOTALS", "count_own", "take_totals"]

SELECT_TOTALS = "SELECT rule_id, receipts FROM use_totals WHERE receipts > 0"


def take_totals(transaction: Transaction, totals: UseTotals) -> None:
    """Take over what the central service counted, and add the own sales that are not among it."""
    identity = transaction.row("SELECT base FROM identity")
    assert identity is not None
    transaction.execute("DELETE FROM own_uses WHERE event_number <= ?", (identity[0] + totals.applied_seq,))
    transaction.execute("DELETE FROM use_totals")
    _add(transaction, totals.receipts)
    _add(transaction, dict(transaction.rows("SELECT rule_id, sum(receipts) FROM own_uses GROUP BY rule_id")))


def count_own(transaction: Transaction, event_number: int, rules: Iterable[str], more: int) -> None:
    """Count an own event: `more` is 1 for a purchase, -1 for one taken back."""
    uses = dict.fromkeys(rules, more)
    for rule, receipts in uses.items():
        transaction.execute("INSERT INTO own_uses VALUES (?, ?, ?)", (event_number, rule, receipts))
    _add(transaction, uses)


def _add(transaction: Transaction, uses: Mapping[str, int]) -> None:
    for rule, receipts in uses.items():
        transaction.execute(
            "INSERT INTO use_totals VALUES (?, ?)"
            " ON CONFLICT (rule_id) DO UPDATE SET receipts = receipts + excluded.receipts",
            (rule, receipts),
        )
