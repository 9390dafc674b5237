"""Customers as gateways hold them."""

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.central.customers.told import told_words
from tillgate.central.sql import Row, Sql
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.type.v1.customer_pb2 import CustomerState

from ._windows import Windows, add_turnover, add_uses

__all__ = ["checksum_of", "read_customers", "read_page"]

log = logging.getLogger(__name__)

#: A gateway hears of later changes long before they come: whatever happens to a customer brings a new state.
CHANGES_MOST = 64

COLUMNS = (
    "SELECT id, first_name, tier, birthday, registered_at, card_kind, blocked, attributes, segments, version,"
    " purchases, turnover_minor, first_purchase_at, last_purchase_at, points_available FROM customers_customer"
)


def checksum_of(customer: str, version: int) -> int:
    """One customer's part of a checkpoint's checksum; `customer` is as it goes over the wire."""
    return int.from_bytes(hashlib.sha256(f"{customer}:{version}".encode()).digest()[:8])


def read_customers(
    sql: Sql, organisation: int, customers: Sequence[str], now: datetime, windows: Windows
) -> list[sync.Customer]:
    """Those of these customers that exist in the organisation. `windows` are those that programmes count in."""
    return _customers(
        sql,
        now,
        windows,
        sql.query(
            f"{COLUMNS} WHERE organisation_id = %s AND id = ANY(%s::uuid[]) ORDER BY id",
            (organisation, list(customers)),
        ),
    )


def read_page(
    sql: Sql, organisation: int, after: str, most: int, now: datetime, windows: Windows
) -> list[sync.Customer]:
    """The next customers of the organisation by id, after the one of these 32 hexadecimal digits or from the first."""
    if after:
        question = f"{COLUMNS} WHERE organisation_id = %s AND id > %s ORDER BY id LIMIT %s"
        return _customers(sql, now, windows, sql.query(question, (organisation, sql.uuid(after), most)))
    return _customers(
        sql, now, windows, sql.query(f"{COLUMNS} WHERE organisation_id = %s ORDER BY id LIMIT %s", (organisation, most))
    )


def _customers(sql: Sql, now: datetime, windows: Windows, rows: list[Row]) -> list[sync.Customer]:
    names = [sql.hex(row[0]) for row in rows]
    identifiers: dict[str, list[tuple[str, bytes, bool]]] = defaultdict(list)
    for customer, kind, digest, blocked in sql.query(
        "SELECT customer_id, kind, hash, blocked FROM customers_identifier WHERE customer_id = ANY(%s::uuid[])"
        " ORDER BY id",
        (names,),
    ):
        identifiers[sql.hex(customer)].append((kind, bytes(digest), bool(blocked)))
    found = [_customer(sql, name, row, identifiers[name]) for name, row in zip(names, rows, strict=True)]
    states = {name: customer.state for name, customer in zip(names, found, strict=True)}
    _add_changes(sql, states, now)
    add_uses(sql, states, windows, now)
    add_turnover(sql, states, windows, now)
    return found


def _add_changes(sql: Sql, states: dict[str, CustomerState], now: datetime) -> None:
    """Leave out points that may not be spent now, and say when they may and when others expire."""
    changes: dict[str, Counter[datetime]] = defaultdict(Counter)
    for customer, points, activates_at, expires_at in sql.query(
        "SELECT customer_id, remaining, activates_at, expires_at FROM ledger_lot"
        " WHERE customer_id = ANY(%s::uuid[]) AND remaining > 0 AND (activates_at > %s OR expires_at IS NOT NULL)",
        (list(states), sql.time(now)),
    ):
        name, starts, ends = sql.hex(customer), sql.moment(activates_at), sql.moment(expires_at)
        if ends is not None and ends <= now:
            states[name].points_available -= points
            continue
        if starts is not None and starts > now:
            states[name].points_available -= points
            changes[name][starts] += points
        if ends is not None:
            changes[name][ends] -= points
    for name, by_time in changes.items():
        for time in sorted(time for time, points in by_time.items() if points)[:CHANGES_MOST]:
            change = states[name].points_changes.add(points=by_time[time])
            change.time.FromDatetime(time)


def _customer(sql: Sql, name: str, row: Row, identifiers: list[tuple[str, bytes, bool]]) -> sync.Customer:
    _, first_name, tier, birthday, registered_at, card_kind, blocked, attributes, segments, version, *figures = row
    purchases, turnover_minor, first_purchase_at, last_purchase_at, points = figures
    customer = sync.Customer(version=version)
    state = customer.state
    state.customer_id = str(UUID(hex=name))
    state.greeting = first_name
    state.points_available = points
    state.tier = tier
    state.purchases = purchases
    state.turnover_minor["all"] = turnover_minor
    state.birthday = str(birthday or "")
    state.card_kind = card_kind
    state.blocked = bool(blocked)
    told = told_words(segments, attributes)
    state.segments.extend(told.segments)
    state.attributes.update(told.attributes)
    if not told.complete:
        log.warning("customer %s has a segment or an attribute that is no text; tills go without it", state.customer_id)
    for field, value in (
        (state.registered_time, registered_at),
        (state.first_purchase_time, first_purchase_at),
        (state.last_purchase_time, last_purchase_at),
    ):
        _set_time(field, sql.moment(value))
    for kind, digest, is_blocked in identifiers:
        customer.identifiers.add(kind=kind, hash=digest, blocked=is_blocked)
    return customer


def _set_time(field: Timestamp, value: datetime | None) -> None:
    if value is not None:
        field.FromDatetime(value)
