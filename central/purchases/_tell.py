"""Letting gateways know of uses and turnover that begin to count."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from django.db.backends.base.base import BaseDatabaseWrapper

from tillgate.central.ledger import lock_customers, note_changes
from tillgate.central.sql import Sql, wrap
from tillgate.core.days import start_of_day

__all__ = ["tell_counts"]


def tell_counts(
    connection: BaseDatabaseWrapper,
    organisation: int,
    *,
    used: Collection[str],
    bought_since: date | None,
    now: datetime,
) -> int:
    """Give every customer who used one of the rules, or bought since that day, a new version; how many these are.

    Inside the caller's transaction.
    """
    sql = wrap(connection)
    names = _users(sql, organisation, used) if used else set()
    if bought_since is not None:
        names |= _buyers(sql, organisation, bought_since)
    locked = lock_customers(sql, organisation, sorted(names))
    sql.update(
        "customers_customer",
        {"id": "uuid", "version": "bigint"},
        [(sql.uuid(name), customer.version + 1) for name, customer in locked.items()],
    )
    note_changes(sql, locked, now)
    return len(locked)


def _users(sql: Sql, organisation: int, rules: Collection[str]) -> set[str]:
    rows = sql.query(
        "SELECT DISTINCT u.customer_id FROM purchases_receiptrule u"
        " JOIN purchases_receipt r ON r.purchase_id = u.receipt_id"
        " WHERE u.rule_id = ANY(%s::text[]) AND r.organisation_id = %s",
        (sorted(rules), organisation),
    )
    return {sql.hex(row[0]) for row in rows}


def _buyers(sql: Sql, organisation: int, day: date) -> set[str]:
    # A store's day may begin before that of UTC.
    since = start_of_day(day, UTC) - timedelta(days=1)
    rows = sql.query(
        "SELECT DISTINCT customer_id FROM purchases_receipt"
        " WHERE organisation_id = %s AND committed_at >= %s AND customer_id IS NOT NULL AND cancelled_at IS NULL",
        (organisation, sql.time(since)),
    )
    return {sql.hex(row[0]) for row in rows}
