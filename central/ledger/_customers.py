"""The customers' side of a movement: their locks, the balance they show, and the word to the gateways."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from tillgate.central.sql import Sql

__all__ = ["LockedCustomer", "hold_customers", "lock_customers", "note_changes", "write_points"]


class LockedCustomer(NamedTuple):
    """A customer's row under lock."""

    customer: str
    blocked: bool
    version: int
    purchases: int
    turnover_minor: int
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None


def hold_customers(sql: Sql, holds: Collection[str]) -> set[str]:
    """Whose the holds are: to be locked before the holds are read. A hold never changes its customer."""
    if not holds:
        return set()
    question = "SELECT customer_id FROM ledger_hold WHERE hold_id = ANY(%s::text[]) AND customer_id IS NOT NULL"
    return {sql.hex(row[0]) for row in sql.query(question, (list(holds),))}


def lock_customers(sql: Sql, organisation: int, customers: Collection[str]) -> dict[str, LockedCustomer]:
    """Lock customers until the transaction ends, always in the order of their ids; those that exist."""
    if not customers:
        return {}
    found = sql.query(
        "SELECT id, blocked, version, purchases, turnover_minor, first_purchase_at, last_purchase_at"
        " FROM customers_customer WHERE organisation_id = %s AND id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE",
        (organisation, sorted(customers)),
    )
    return {
        sql.hex(row[0]): LockedCustomer(
            sql.hex(row[0]), bool(row[1]), row[2], row[3], row[4], sql.moment(row[5]), sql.moment(row[6])
        )
        for row in found
    }


def write_points(sql: Sql, customer: LockedCustomer, points: int, now: datetime) -> None:
    """Show a new balance on a customer, raise its version and let the gateways know."""
    sql.update(
        "customers_customer",
        {"id": "uuid", "points_available": "bigint", "version": "bigint"},
        [(sql.uuid(customer.customer), points, customer.version + 1)],
    )
    note_changes(sql, [customer.customer], now)


def note_changes(sql: Sql, customers: Iterable[str], now: datetime) -> None:
    """Write a Change for each customer whose version was raised; the sequencer numbers them after the commit."""
    sql.insert(
        "customers_change",
        ("customer_id", "removed", "created_at"),
        [(sql.uuid(customer), False, sql.time(now)) for customer in customers],
    )
