"""Receipts as documents for a backtest: what was sold, and the guest as far as is known of the time of the sale."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from tillgate.central.sql import Row, Sql
from tillgate.core.errors import BadRequest
from tillgate.core.numbers import currency_digits, format_decimal
from tillgate.type.v1.purchase_pb2 import Purchase

from ._sold import sold_document

__all__ = ["Wanted", "export_receipts"]

Json = dict[str, Any]
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which receipts. Days are those of each store's zone, both included; no stores: all."""

    stores: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


def export_receipts(sql: Sql, wanted: Wanted) -> Iterator[bytes]:
    """Lines of `{"id", "basket"}`, store by store in the order of time, without those that were cancelled.

    A few hundred receipts are in memory at a time, and all come from one state of the database. Raises BadRequest when
    a store is not known.
    """
    with sql.snapshot():
        for store, name, zone in _stores(sql, wanted.stores):
            yield from _of_store(sql, store, name, _bounds(wanted, ZoneInfo(zone)))


def _stores(sql: Sql, names: Sequence[str]) -> list[Row]:
    rows = sql.query("SELECT id, store_id, time_zone FROM stores_store ORDER BY store_id")
    unknown = sorted(set(names) - {row[1] for row in rows})
    if unknown:
        known = ", ".join(row[1] for row in rows)
        raise BadRequest(f"no such store: {', '.join(unknown)}; there are {known or 'none'}", path="$.store")
    return [row for row in rows if not names or row[1] in names]


def _bounds(wanted: Wanted, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment that counts and the first that does not."""
    since, until = wanted.since or date(1970, 1, 2), wanted.until or date(9998, 12, 30)
    start = datetime(since.year, since.month, since.day, tzinfo=zone)
    last = until + timedelta(days=1)
    return start, datetime(last.year, last.month, last.day, tzinfo=zone)


def _of_store(sql: Sql, store: int, name: str, bounds: tuple[datetime, datetime]) -> Iterator[bytes]:
    start, end = bounds
    after = ""
    while rows := _page(sql, store, start, end, after):
        guests, history = _guests(sql, rows), _history(sql, [sql.hex(row[0]) for row in rows])
        for purchase, customer, committed_at, offset, document in rows:
            key, moment = sql.hex(purchase), sql.moment(committed_at)
            assert moment is not None, "the column is never null"
            message = Purchase.FromString(bytes(document))
            basket = _basket(message, name, moment.astimezone(timezone(timedelta(minutes=offset))))
            if customer is not None:
                basket["customer"] = _customer(sql, message, guests[sql.hex(customer)], history.get(key))
            yield msgspec.json.encode({"id": str(UUID(hex=key)), "basket": basket}) + b"\n"
            start, after = moment, key


def _page(sql: Sql, store: int, start: datetime, end: datetime, after: str) -> list[Row]:
    """The next receipts by time and, within a moment, by id."""
    columns = "SELECT purchase_id, customer_id, committed_at, utc_offset_minutes, document FROM purchases_receipt"
    if after:
        where, values = "(committed_at, purchase_id) > (%s, %s)", (sql.time(start), sql.uuid(after))
    else:
        where, values = "committed_at >= %s", (sql.time(start),)  # type: ignore[assignment]
    return sql.query(
        f"{columns} WHERE store_id = %s AND {where} AND committed_at < %s AND cancelled_at IS NULL"
        " ORDER BY committed_at, purchase_id LIMIT %s",
        (store, *values, sql.time(end), CHUNK),
    )


def _guests(sql: Sql, rows: list[Row]) -> dict[str, Row]:
    """What stands about them today, by 32 hexadecimal digits."""
    names = sorted({sql.hex(row[1]) for row in rows} - {""})
    found = sql.query(
        "SELECT id, tier, birthday, registered_at, card_kind, attributes, segments, points_available"
        " FROM customers_customer WHERE id = ANY(%s::uuid[])",
        (names,),
    )
    return {sql.hex(row[0]): row for row in found}


def _history(sql: Sql, purchases: list[str]) -> dict[str, Row]:
    """By receipt: the guest's purchases before it, their money, the first and the last of them."""
    rows = sql.query(
        "SELECT r.purchase_id, COUNT(*), SUM(p.total_minor - p.tender_minor), MIN(p.committed_at), MAX(p.committed_at)"
        " FROM purchases_receipt r JOIN purchases_receipt p ON p.customer_id = r.customer_id"
        " AND p.committed_at < r.committed_at AND p.cancelled_at IS NULL"
        " WHERE r.purchase_id = ANY(%s::uuid[]) GROUP BY r.purchase_id",
        (purchases,),
    )
    return {sql.hex(row[0]): row for row in rows}


def _basket(message: Purchase, store: str, time: datetime) -> Json:
    sold = message.basket
    basket = sold_document(sold, sold.currency, store, time)
    if "payments" not in basket and message.tenders:
        basket["payments"] = [{"type": one.type} for one in message.tenders if one.type]
    wanted = sold.redeem.WhichOneof("want")
    if wanted == "max" and sold.redeem.max:
        basket["redeem"] = {"max": True}
    elif wanted == "points":
        basket["redeem"] = {"points": _points(sold.redeem.points, message)}
    return basket


def _customer(sql: Sql, message: Purchase, guest: Row, history: Row | None) -> Json:
    name, tier, birthday, registered_at, card_kind, attributes, segments, points = guest
    _, purchases, turnover, first, last = history or (None, 0, 0, None, None)
    answer = message.answer
    found: Json = {
        "id": str(UUID(hex=sql.hex(name))),
        "tier": answer.tier.id or tier,
        "card_kind": card_kind,
        "points": _points(max(0, points, answer.redeemed_points), message),
        "purchases": purchases,
        "turnover": {"all": format_decimal(max(0, int(turnover)), currency_digits(message.basket.currency))},
        "segments": [word for word in _json(segments, list) if isinstance(word, str) and word.strip()],
        "attributes": {key: value for key, value in _json(attributes, dict).items() if isinstance(value, str)},
    }
    for key, moment in (("first_purchase", first), ("last_purchase", last), ("registered", registered_at)):
        aware = sql.moment(moment)
        if aware is not None:
            found[key] = aware.astimezone(UTC).isoformat()
    if birthday:
        found["birthday"] = str(birthday)
    return found


def _points(units: int, message: Purchase) -> str:
    """Without zeros after the point: a programme that counts whole points reads whole ones."""
    text = format_decimal(units, message.answer.points.digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _json(value: Any, kind: type) -> Any:
    read = json.loads(value) if isinstance(value, str | bytes) else value
    return read if isinstance(read, kind) else kind()
