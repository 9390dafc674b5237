"""Documents for tests, short to write."""

from typing import Any

from tillgate.accel import compile_programme
from tillgate.core import Answer, answer_document, parse_basket, parse_programme

Json = dict[str, Any]


def programme(*children: Json, mode: str = "sequence", decide: str = "basket", **more: Any) -> Json:
    """A programme with discounts in one group."""
    root = {"id": "root", "mode": mode, "decide": decide, "children": list(children)}
    return {"format": 1, "id": "p", "revision": 1, "currency": "RUB", "discounts": root} | more


def line(sku: str = "A", price: str = "100.00", quantity: str = "1", **more: Any) -> Json:
    return {"sku": sku, "unit_price": price, "quantity": quantity} | more


def basket(*lines: Json, **more: Any) -> Json:
    return {"currency": "RUB", "time": "2026-11-20T12:00:00+03:00", "lines": list(lines)} | more


def price(document: Json, bought: Json) -> Answer:
    compiled = compile_programme(parse_programme(document))
    return compiled.price(parse_basket(bought, compiled.points_digits))


def told(document: Json, bought: Json) -> Any:
    """The answer as a document."""
    return answer_document(price(document, bought))


def reasons(answer: Answer) -> dict[str, str]:
    return {entry.rule: entry.reason for entry in answer.not_applied}


def off(answer: Answer) -> dict[str, int]:
    """What rules took off, in minor units."""
    return {entry.rule: entry.amount_minor for entry in answer.applied if entry.amount_minor is not None}
