"""Movements that are a transaction of their own: a hold for a till, an administrator's adjustment."""

import re
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tillgate.central.sql import Sql, wrap
from tillgate.core.errors import BadRequest, CustomerBlocked, CustomerUnknown, RequestIdReused

from ._book import Book
from ._customers import hold_customers, lock_customers, write_points

__all__ = ["adjust", "hold_points"]

#: Same as the column.
HOLD_ID_MOST = 64
CANONICAL = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def hold_points(
    sql: Sql, organisation: int, gateway: int, hold_id: str, customer_id: str, points: int, now: datetime
) -> int:
    """Set points aside for one purchase, inside the caller's transaction; what is available then.

    Idempotent by hold_id. Raises BadRequest, HoldClosed, RequestIdReused, CustomerUnknown, CustomerBlocked,
    PointsInsufficient, in this order.
    """
    if not 0 < len(hold_id) <= HOLD_ID_MOST or "\0" in hold_id:
        raise BadRequest(f"hold_id has 1 to {HOLD_ID_MOST} characters", path="$.hold_id")
    customer = parse_uuid(customer_id, "$.customer_id")
    # A released hold without a customer is a tombstone; it has to refuse before anything else does.
    locked = lock_customers(sql, organisation, {customer, *hold_customers(sql, [hold_id])})
    book = Book(sql, organisation, now)
    book.load([customer] if customer in locked else [], [hold_id])
    known = book.hold_of(hold_id)
    if known is not None:
        return book.hold(hold_id, gateway, customer, points, now)
    if customer not in locked:
        raise CustomerUnknown(f"no customer {customer_id}", path="$.customer_id")
    if locked[customer].blocked:
        raise CustomerBlocked()
    available = book.hold(hold_id, gateway, customer, points, now)
    book.save()
    write_points(sql, locked[customer], available, now)
    return available


def adjust(
    connection: BaseDatabaseWrapper,
    *,
    key: str,
    customer_id: UUID,
    points: int,
    programme: str,
    time: datetime,
    expires_at: datetime | None = None,
    note: str = "",
) -> int:
    """Give or take points by decision; the balance after it. `key` makes it happen once.

    Joins the caller's `atomic()` or makes its own. Raises RequestIdReused, CustomerUnknown, PointsInsufficient.
    """
    with transaction.atomic(using=connection.alias):
        sql = wrap(connection)
        found = sql.query("SELECT organisation_id FROM customers_customer WHERE id = %s", (sql.uuid(customer_id.hex),))
        if not found:
            raise CustomerUnknown(f"no customer {customer_id}")
        organisation = found[0][0]
        locked = lock_customers(sql, organisation, [customer_id.hex])[customer_id.hex]
        name = f"ADJUST:{key}"
        if sql.query("SELECT 1 FROM ledger_transaction WHERE key = %s", (name,)):
            raise RequestIdReused(f"{name} is in the ledger already")
        book = Book(sql, organisation, time)
        book.load([customer_id.hex])
        book.adjust(name, customer_id.hex, programme, points, time.astimezone(UTC), expires_at=expires_at, note=note)
        book.save()
        available = book.available(customer_id.hex)
        write_points(sql, locked, available, time)
        return available


def parse_uuid(text: str, path: str) -> str:
    """The 32 hexadecimal digits of a UUID in any of its spellings. Raises BadRequest."""
    if CANONICAL.fullmatch(text):
        return text.replace("-", "")
    try:
        return UUID(text).hex
    except ValueError as error:
        raise BadRequest(f"{text[:64]!r} is not a UUID", path=path) from error
