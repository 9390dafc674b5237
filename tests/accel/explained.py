"""One basket, and answers about it that are explained."""

from typing import Any

from priced import Json

from tillgate.accel import compile_programme
from tillgate.core import Answer, parse_basket, parse_programme
from tillgate.core.answer import NotApplied

CUSTOMER: Json = {
    "id": "c",
    "points": "350",
    "turnover": {"all": "1200.00"},
    "purchases": 12,
    "birthday": "1990-11-30",
    "registered": "2026-01-01T00:00:00+03:00",
    "last_purchase": "2026-11-19T12:00:00+03:00",
    "card_kind": "plastic",
    "uses": {"r": {"count": 2}},
}
LINES: list[Json] = [
    {"id": "1", "sku": "A", "quantity": "4", "unit_price": "100.00"},
    {"id": "2", "sku": "B", "quantity": "1", "unit_price": "80.00"},
    {"id": "3", "sku": "C", "quantity": "1", "unit_price": "200.00", "discountable": False},
    {"id": "4", "sku": "T", "quantity": "1", "unit_price": "200.00", "regulated": "tobacco"},
]
BASKET: Json = {
    "currency": "RUB",
    "time": "2026-11-21T14:05:00+03:00",
    "store": "msk-01",
    "lines": LINES,
    "customer": CUSTOMER,
}


def priced(*children: Json, basket: Json = BASKET, mode: str = "sequence", **more: Any) -> Answer:
    document = {
        "format": 1,
        "id": "p",
        "revision": 1,
        "currency": "RUB",
        "tiers": {"levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "10000.00"}]},
        "regulated": [{"kind": "tobacco", "discount": False}],
        "discounts": {"id": "root", "mode": mode, "decide": "basket", "children": list(children)},
    }
    document = {key: value for key, value in (document | more).items() if value is not None}
    compiled = compile_programme(parse_programme(document))
    return compiled.price(parse_basket(basket, compiled.points_digits))


def accrual(mode: str, *gives: Json) -> Json:
    return {"id": "acc", "mode": mode, "children": [{"id": f"p{k}", "give": give} for k, give in enumerate(gives)]}


def refused(answer: Answer, rule: str = "r") -> NotApplied:
    return next(entry for entry in answer.not_applied if entry.rule == rule)
