"""A stored receipt as the basket document that the calculator reads: without who bought, only what is known of them."""

from datetime import datetime, timedelta, timezone
from typing import Any

from tillgate.central.customers.models import Customer
from tillgate.core.numbers import currency_digits, format_decimal
from tillgate.type.v1.purchase_pb2 import Purchase

from ._sold import sold_document
from .models import Receipt

__all__ = ["basket_document", "purchase_of"]


def purchase_of(receipt: Receipt) -> Purchase:
    """The message as it came from the store. Raises DecodeError."""
    return Purchase.FromString(bytes(receipt.document))


def basket_document(receipt: Receipt) -> dict[str, Any]:
    """The basket of a receipt. The customer's facts are those of today; id and certificates' numbers are left out."""
    zone = timezone(timedelta(minutes=receipt.utc_offset_minutes))
    found = sold_document(
        purchase_of(receipt).basket, receipt.currency, receipt.store.store_id, receipt.committed_at.astimezone(zone)
    )
    if receipt.redeemed_points:
        found["redeem"] = {"points": format_decimal(receipt.redeemed_points, receipt.points_digits)}
    if receipt.customer is not None:
        found["customer"] = _customer(receipt.customer, currency_digits(receipt.currency), receipt.points_digits, zone)
    return found


def _customer(row: Customer, digits: int, points_digits: int, zone: timezone) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": "guest",
        "tier": row.tier,
        "segments": list(row.segments),
        "points": format_decimal(row.points_available, points_digits),
        "turnover": {"all": format_decimal(max(0, row.turnover_minor), digits)},
        "purchases": row.purchases,
        "card_kind": row.card_kind,
        "attributes": {str(key): str(value) for key, value in row.attributes.items()},
    }
    times = {"registered": row.registered_at, "first_purchase": row.first_purchase_at}
    times["last_purchase"] = row.last_purchase_at
    found |= {key: _moment(value, zone) for key, value in times.items() if value is not None}
    if row.birthday:
        found["birthday"] = row.birthday.isoformat()
    return {key: value for key, value in found.items() if value not in ("", [], {})}


def _moment(value: datetime, zone: timezone) -> str:
    return value.astimezone(zone).isoformat(timespec="seconds")
