"""A stored receipt as the basket document that the calculator reads: without who bought, only what is known of them."""

from datetime import datetime, timedelta, timezone
from typing import Any

from tillgate.central.customers.models import Customer
from tillgate.core.numbers import QUANTITY_DIGITS, currency_digits, format_decimal
from tillgate.type.v1.basket_pb2 import Basket, BasketLine
from tillgate.type.v1.purchase_pb2 import Purchase

from .models import Receipt

__all__ = ["basket_document", "purchase_of"]

#: What a line says only where it differs from the usual.
FLAGS = ("discountable", "redeemable", "earnable", "regular_price")


def purchase_of(receipt: Receipt) -> Purchase:
    """The message as it came from the store. Raises DecodeError."""
    return Purchase.FromString(bytes(receipt.document))


def basket_document(receipt: Receipt) -> dict[str, Any]:
    """The basket of a receipt. The customer's facts are those of today; id and certificates' numbers are left out."""
    basket = purchase_of(receipt).basket
    digits = currency_digits(receipt.currency)
    zone = timezone(timedelta(minutes=receipt.utc_offset_minutes))
    found: dict[str, Any] = {
        "currency": receipt.currency,
        "time": receipt.committed_at.astimezone(zone).isoformat(timespec="seconds"),
        "store": receipt.store.store_id,
        "lines": [_line(line, digits) for line in basket.lines],
    }
    if basket.channel:
        found["channel"] = basket.channel
    found |= _presented(basket, digits)
    if receipt.redeemed_points:
        found["redeem"] = {"points": format_decimal(receipt.redeemed_points, receipt.points_digits)}
    if receipt.customer is not None:
        found["customer"] = _customer(receipt.customer, digits, receipt.points_digits, zone)
    return found


def _presented(basket: Basket, digits: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if basket.coupons:
        found["coupons"] = list(basket.coupons)
    if basket.payments:
        found["payments"] = [
            {"type": one.type, "amount": format_decimal(one.amount_minor, digits)} for one in basket.payments
        ]
    if basket.certificates:
        found["certificates"] = [
            {"number": str(number), "amount": format_decimal(one.amount_minor, digits)}
            for number, one in enumerate(basket.certificates, start=1)
        ]
    return found


def _line(line: BasketLine, digits: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sku": line.sku,
        "quantity": _quantity(line.quantity_milli),
        "unit_price": format_decimal(line.unit_price_minor, digits),
    }
    for key, values in (("categories", line.categories), ("tags", line.tags)):
        if values:
            found[key] = list(values)
    found |= {key: getattr(line, key) for key in ("name", "brand", "regulated") if getattr(line, key)}
    if line.min_unit_price_minor:
        found["min_unit_price"] = format_decimal(line.min_unit_price_minor, digits)
    if line.litres_milli:
        found["litres"] = _quantity(line.litres_milli)
    found |= {key: False for key in FLAGS if line.HasField(key) and not getattr(line, key)}  # type: ignore[arg-type]
    if line.marked:
        found["marked"] = True
    return found


def _quantity(milli: int) -> str:
    return format_decimal(milli, QUANTITY_DIGITS).rstrip("0").rstrip(".")


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
