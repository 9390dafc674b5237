"""A guest as the calculator knows them, as of a receipt as far as that is known."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tillgate.central.customers.told import told_words
from tillgate.central.sql import Row, Sql
from tillgate.core.numbers import currency_digits, format_decimal
from tillgate.type.v1.purchase_pb2 import Purchase

from ._past import Past

__all__ = ["customer_document", "points_text", "read_guests"]


def read_guests(sql: Sql, customers: Iterable[str]) -> dict[str, Row]:
    """What stands about them today, by 32 hexadecimal digits."""
    found = sql.query(
        "SELECT id, tier, birthday, registered_at, card_kind, attributes, segments, points_available, purchases,"
        " turnover_minor, first_purchase_at FROM customers_customer WHERE id = ANY(%s::uuid[])",
        (sorted(customers),),
    )
    return {sql.hex(row[0]): row for row in found}


def customer_document(sql: Sql, name: str, sale: Purchase, time: datetime, guest: Row, past: Past) -> dict[str, Any]:
    """The `customer` of a basket sold at `time`, called `name`; what is empty is left out."""
    _, tier, birthday, registered, card_kind, attributes, segments, points, purchases, turnover, first = guest
    digits = currency_digits(sale.basket.currency)
    told = told_words(segments, attributes)
    spent = {"all": turnover - past.later_minor, **past.turnover_minor}
    found: dict[str, Any] = {
        "id": name,
        # Whoever has none of their own is placed by turnover, and another programme may place them elsewhere.
        "tier": tier and (sale.answer.tier.id or tier),
        "card_kind": card_kind,
        "points": points_text(max(0, points, sale.answer.redeemed_points), sale.answer.points.digits),
        "purchases": max(0, purchases - past.later),
        "turnover": {window: format_decimal(max(0, minor), digits) for window, minor in spent.items()},
        "segments": [word for word in told.segments if word.strip()],
        "attributes": dict(told.attributes),
        "birthday": str(birthday or ""),
        "uses": {rule: {"count": count} for rule, count in sorted(past.uses.items())},
    }
    times = {"first_purchase": sql.moment(first), "last_purchase": past.last, "registered": sql.moment(registered)}
    for key, moment in times.items():
        if moment is not None and (moment < time or key == "registered"):
            found[key] = moment.astimezone(time.tzinfo).isoformat(timespec="seconds")
    return {key: value for key, value in found.items() if value not in ("", [], {})}


def points_text(units: int, digits: int) -> str:
    """Without zeros after the point: a programme that counts whole points reads whole ones."""
    text = format_decimal(units, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text
