"""What a stored sale sold, as the part of a basket document that is not about the guest."""

from datetime import datetime
from typing import Any

from tillgate.core.numbers import currency_digits, format_decimal, format_quantity
from tillgate.type.v1.basket_pb2 import Basket, BasketLine

__all__ = ["sold_document"]

#: What a line says only where it differs from the usual.
FLAGS = ("discountable", "redeemable", "earnable", "regular_price")


def sold_document(basket: Basket, currency: str, store: str, time: datetime) -> dict[str, Any]:
    """Goods and what was presented; `time` is the store's. Numbers of certificates are left out."""
    digits = currency_digits(currency)
    found: dict[str, Any] = {
        "currency": currency,
        "time": time.isoformat(timespec="seconds"),
        "store": store,
        "lines": [_line(line, digits) for line in basket.lines],
    }
    if basket.channel:
        found["channel"] = basket.channel
    return found | _presented(basket, digits)


def _presented(basket: Basket, digits: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, words in (("coupons", basket.coupons), ("confirmed_by", basket.confirmed_by)):
        if words:
            found[key] = list(words)
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
        "quantity": format_quantity(line.quantity_milli),
        "unit_price": format_decimal(line.unit_price_minor, digits),
    }
    for key, values in (("categories", line.categories), ("tags", line.tags)):
        if values:
            found[key] = list(values)
    found |= {key: getattr(line, key) for key in ("name", "brand", "regulated") if getattr(line, key)}
    if line.min_unit_price_minor:
        found["min_unit_price"] = format_decimal(line.min_unit_price_minor, digits)
    if line.litres_milli:
        found["litres"] = format_quantity(line.litres_milli)
    found |= {key: False for key in FLAGS if line.HasField(key) and not getattr(line, key)}  # type: ignore[arg-type]
    if line.marked:
        found["marked"] = True
    return found
