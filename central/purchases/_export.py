"""Receipts as documents for a backtest: what was sold, and the guest as far as is known of the time of the sale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from tillgate.central.sql import Row, Sql
from tillgate.core.errors import BadRequest
from tillgate.type.v1.purchase_pb2 import Purchase

from ._chain_uses import ChainUses
from ._guest import customer_document, points_text, read_guests
from ._past import Asked, Sale, moment_of, read_pasts
from ._sold import sold_document

__all__ = ["COLUMNS", "TotalUses", "Wanted", "baskets_of", "export_receipts"]

Json = dict[str, Any]
CHUNK = 500
EARLIEST, LATEST = date(1970, 1, 2), date(9998, 12, 30)
COLUMNS = "SELECT purchase_id, customer_id, committed_at, utc_offset_minutes, document FROM purchases_receipt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which receipts, and what of the past with them. Days are those of each store's zone, both included; no stores:
    all."""

    stores: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    asked: Asked = field(default_factory=Asked)

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first one that counts in a store of that zone, and the first that does not any more."""
        since = max(self.since or EARLIEST, EARLIEST)
        last = min(self.until or LATEST, LATEST) + timedelta(days=1)
        return (
            datetime(since.year, since.month, since.day, tzinfo=zone),
            datetime(last.year, last.month, last.day, tzinfo=zone),
        )


class TotalUses(Protocol):
    """How often rules gave something in receipts of whomever."""

    def before(self, moment: datetime) -> dict[str, int]:
        """By rule, up to a moment."""


def export_receipts(sql: Sql, wanted: Wanted) -> Iterator[bytes]:
    """Lines of `{"id", "basket"}`, store by store in the order of time, without those that were cancelled.

    A few hundred receipts are in memory at a time, and all come from one state of the database. Raises BadRequest when
    a store is not known.
    """
    totals: dict[int, ChainUses] = {}
    with sql.snapshot():
        for store, name, zone, organisation in _stores(sql, wanted.stores):
            if organisation not in totals:
                totals[organisation] = ChainUses(sql, organisation, wanted.asked.totals)
            after, end = wanted.moments(ZoneInfo(zone))
            last = ""
            while rows := _page(sql, store, after, end, last):
                for key, basket in baskets_of(sql, name, rows, wanted.asked, totals[organisation]):
                    yield msgspec.json.encode({"id": str(UUID(hex=key)), "basket": basket}) + b"\n"
                after, last = moment_of(sql, rows[-1][2]), sql.hex(rows[-1][0])


def baskets_of(
    sql: Sql, store: str, rows: Sequence[Row], asked: Asked, totals: TotalUses
) -> Iterator[tuple[str, Json]]:
    """Baskets of rows of COLUMNS, each with its receipt's 32 hexadecimal digits."""
    times = [moment_of(sql, row[2]).astimezone(timezone(timedelta(minutes=row[3]))) for row in rows]
    guests = read_guests(sql, {sql.hex(row[1]) for row in rows} - {""})
    sales = [
        Sale(sql.hex(row[0]), sql.hex(row[1]), time, time.date())
        for row, time in zip(rows, times, strict=True)
        if row[1]
    ]
    pasts = read_pasts(sql, sales, asked)
    for (purchase, customer, _, _, document), time in zip(rows, times, strict=True):
        key, message = sql.hex(purchase), Purchase.FromString(bytes(document))
        basket = _basket(message, store, time, totals.before(time))
        if customer is not None:
            guest = sql.hex(customer)
            basket["customer"] = customer_document(sql, str(UUID(hex=guest)), message, time, guests[guest], pasts[key])
        yield key, basket


def _stores(sql: Sql, names: Sequence[str]) -> list[Row]:
    rows = sql.query("SELECT id, store_id, time_zone, organisation_id FROM stores_store ORDER BY store_id")
    unknown = sorted(set(names) - {row[1] for row in rows})
    if unknown:
        known = ", ".join(row[1] for row in rows)
        raise BadRequest(f"no such store: {', '.join(unknown)}; there are {known or 'none'}", path="$.store")
    return [row for row in rows if not names or row[1] in names]


def _page(sql: Sql, store: int, start: datetime, end: datetime, after: str) -> list[Row]:
    """The next receipts by time and, within a moment, by id."""
    where, values = "committed_at >= %s", [sql.time(start)]
    if after:
        where, values = "(committed_at, purchase_id) > (%s, %s)", [*values, sql.uuid(after)]
    return sql.query(
        f"{COLUMNS} WHERE store_id = %s AND {where} AND committed_at < %s AND cancelled_at IS NULL"
        " ORDER BY committed_at, purchase_id LIMIT %s",
        (store, *values, sql.time(end), CHUNK),
    )


def _basket(message: Purchase, store: str, time: datetime, chain_uses: dict[str, int]) -> Json:
    sold = message.basket
    basket = sold_document(sold, sold.currency, store, time)
    if "payments" not in basket and message.tenders:
        basket["payments"] = [{"type": one.type} for one in message.tenders if one.type]
    # Without the centre nobody could spend points, whatever they wanted.
    wanted = sold.redeem.WhichOneof("want") if message.answer.redeemed_points or not message.offline else None
    if wanted == "max" and sold.redeem.max:
        basket["redeem"] = {"max": True}
    elif wanted == "points":
        basket["redeem"] = {"points": points_text(sold.redeem.points, message.answer.points.digits)}
    uses = {one.rule_id: one.count for one in sold.uses}
    uses |= {rule: max(count, uses.get(rule, 0)) for rule, count in chain_uses.items()}
    if uses:
        basket["uses"] = {rule: {"count": count} for rule, count in sorted(uses.items())}
    return basket
