"""Letting gateways know of uses that begin to count."""

from collections.abc import Collection
from datetime import datetime

from django.db.backends.base.base import BaseDatabaseWrapper

from tillgate.central.ledger import lock_customers, note_changes
from tillgate.central.sql import wrap

__all__ = ["tell_uses"]


def tell_uses(connection: BaseDatabaseWrapper, organisation: int, rules: Collection[str], now: datetime) -> int:
    """Give every customer who used one of the rules a new version, inside the caller's transaction; how many."""
    if not rules:
        return 0
    sql = wrap(connection)
    users = sql.query(
        "SELECT DISTINCT u.customer_id FROM purchases_receiptrule u"
        " JOIN purchases_receipt r ON r.purchase_id = u.receipt_id"
        " WHERE u.rule_id = ANY(%s::text[]) AND r.organisation_id = %s",
        (sorted(rules), organisation),
    )
    locked = lock_customers(sql, organisation, [sql.hex(row[0]) for row in users])
    sql.update(
        "customers_customer",
        {"id": "uuid", "version": "bigint"},
        [(sql.uuid(name), customer.version + 1) for name, customer in locked.items()],
    )
    note_changes(sql, locked, now)
    return len(locked)
