"""How often a rule may give: in a receipt, to a customer, in all; and customers who are held out."""

import hashlib
from typing import Any

import pytest
from priced import Json, basket, line, off, price, programme, reasons, told


def ten(**more: Any) -> Json:
    return {"id": "ten", "give": {"percent": "10"}} | more


def customer(name: str = "c", **more: Any) -> Json:
    return {"id": name} | more


@pytest.mark.parametrize(
    ("give", "once", "twice"),
    [
        ({"buy": {"quantity": 1}, "get": {"quantity": 1, "percent": "100"}}, 10_000, 20_000),
        ({"bundle": {"size": 2, "price": "150.00"}}, 5000, 10_000),
        ({"kit": {"A": 2}, "amount": "7.00"}, 700, 1400),
        ({"kit": {"A": 2}, "percent": "10"}, 2000, 4000),
        ({"every": 2, "amount": "3.00"}, 600, 1200),
    ],
)
def test_so_many_sets_of_a_receipt(give: Json, once: int, twice: int) -> None:
    def taken(per_receipt: int, **more: Any) -> int:
        rule = {"id": "d", "give": give | more, "uses": {"per_receipt": per_receipt}}
        return price(programme(rule), basket(line(quantity="7"))).discount_minor

    assert (taken(1), taken(2)) == (once, twice)
    assert taken(1_000_000_000) == taken(3)
    if "buy" in give:
        assert (taken(2, times=1), taken(1, times=2)) == (once, once)
    if "bundle" in give:
        inner = give["bundle"] | {"times": 1}
        assert taken(2, bundle=inner) == once


def test_units_beyond_the_sets_of_a_receipt_are_free_for_later_rules() -> None:
    def deal(name: str, **more: Any) -> Json:
        return {"id": name, "give": {"every": 2, "amount": "1.00"}} | more

    answer = price(programme(deal("a", uses={"per_receipt": 1}), deal("b")), basket(line(quantity="6")))
    assert off(answer) == {"a": 200, "b": 400}


def test_other_effects_give_once_a_receipt_anyway() -> None:
    assert off(price(programme(ten(uses={"per_receipt": 1})), basket(line(quantity="5")))) == {"ten": 5000}


@pytest.mark.parametrize("window", ["all", "day", "week", "month", "year", "rolling_days:30"])
def test_a_customer_uses_a_rule_up(window: str) -> None:
    document = programme(ten(uses={"per_customer": {"count": 2, "window": window}}))
    for count, applies in ((None, True), (1, True), (2, False), (3, False)):
        uses = {} if count is None else {"ten": {"count": count}}
        answer = price(document, basket(line(), customer=customer(uses=uses)))
        assert bool(off(answer)) is applies
        if not applies:
            entry = answer.not_applied[0]
            assert (entry.reason, entry.need, entry.actual, entry.missing) == ("USES", "2", str(count), "")
            assert "2" in entry.detail.ru
            assert "2" in entry.detail.en
    assert reasons(price(document, basket(line()))) == {"ten": "NOT_IDENTIFIED"}


def test_everybody_together_uses_a_rule_up() -> None:
    document = programme(ten(uses={"total": 100}))
    assert off(price(document, basket(line(), uses={"ten": {"count": 99}, "other": {"count": 1000}}))) == {"ten": 1000}
    answer = told(document, basket(line(), uses={"ten": {"count": 100}}))
    (entry,) = answer["not_applied"]
    assert (entry["reason"], entry["need"], entry["actual"]) == ("USES", "100", "100")


def test_uses_are_told_before_conditions_and_after_stores() -> None:
    rule = ten(
        stores=["s"],
        uses={"per_customer": {"count": 1}, "total": 1},
        when=[{"subtotal": {"at_least": "500.00"}}],
        holdout={"percent": "100"},
    )
    steps: list[tuple[Json, str]] = [
        ({}, "OTHER_STORE"),
        ({"store": "s"}, "NOT_IDENTIFIED"),
        ({"customer": customer(uses={"ten": {"count": 1}})}, "USES"),
        ({"customer": customer(), "uses": {"ten": {"count": 1}}}, "USES"),
        ({"uses": {}}, "BELOW_AMOUNT"),
        ({"lines": [line(price="500.00")]}, "HOLDOUT"),
    ]
    bought = basket(line())
    for step, reason in steps:
        bought |= step
        assert reasons(price(programme(rule), bought)) == {"ten": reason}


def held_out(salt: str, name: str, percent: float) -> bool:
    digest = hashlib.sha256(f"{salt}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 1_000_000 < percent * 10_000


@pytest.mark.parametrize("salt", [None, "s", "соль", "x" * 62, "x" * 63, "x" * 64, "x" * 200])
def test_the_control_group_is_the_share_of_customers_that_the_hash_names(salt: str | None) -> None:
    holdout = {"percent": "25.5"} if salt is None else {"percent": "25.5", "salt": salt}
    document = programme(ten(holdout=holdout))
    names = [f"customer-{number}" for number in range(200)] + [
        "Зоя",
        "a" * 54,
        "a" * 55,
        "a" * 56,
        "a" * 119,
        "a" * 120,
    ]
    held = []
    for name in names:
        answer = price(document, basket(line(), customer=customer(name)))
        assert reasons(answer) in ({}, {"ten": "HOLDOUT"})
        if reasons(answer):
            held.append(name)
    assert held == [name for name in names if held_out(salt or "ten", name, 25.5)]
    assert 20 < len(held) < 85


def test_nobody_unknown_is_held_out_and_the_edges_hold_all_or_none() -> None:
    everyone, nobody = (programme(ten(holdout={"percent": share})) for share in ("100", "0"))
    assert off(price(everyone, basket(line()))) == {"ten": 1000}
    assert reasons(price(everyone, basket(line(), customer=customer()))) == {"ten": "HOLDOUT"}
    assert off(price(nobody, basket(line(), customer=customer()))) == {"ten": 1000}


def test_a_rule_held_out_excludes_nobody_and_earns_nothing() -> None:
    other = {"id": "other", "give": {"percent": "5"}}
    document = programme(
        ten(exclusive=True, holdout={"percent": "100"}),
        other,
        accrual={
            "id": "accrual",
            "mode": "sum",
            "children": [{"id": "earn", "give": {"points": "5"}, "holdout": {"percent": "100"}}],
        },
        rewards=[{"id": "card", "give": {"offer_card": {"kind": "k"}}, "holdout": {"percent": "100"}}],
    )
    answer = price(document, basket(line(), customer=customer()))
    assert off(answer) == {"other": 500}
    assert reasons(answer) == {"ten": "HOLDOUT", "earn": "HOLDOUT", "card": "HOLDOUT"}
    assert off(price(document, basket(line()))) == {"ten": 1000}
