"""What a receipt gives besides money: messages, coupons, days of points, and what is asked before points are spent."""

from typing import Any

import pytest
from priced import Json, basket, line, price, programme, told

from tillgate.core.errors import BasketInvalid


def say(text: str, to: str = "cashier") -> Json:
    return {"to": to, "text": {"ru": f"Ру {text}", "en": text}}


def earning(*children: Json, mode: str = "sum") -> Json:
    return {"id": "accrual", "mode": mode, "children": list(children)}


def test_a_message_is_told_when_its_rule_gave_something() -> None:
    gift = {"gift": {"sku": "G"}}
    document = programme(
        {"id": "g", "give": gift, "message": say("gift")},
        {"id": "d", "give": {"percent": "10"}, "message": say("ten off", "customer")},
        {"id": "no", "give": {"percent": "10"}, "on": {"sku": ["Z"]}, "message": say("never")},
        accrual=earning(
            {"id": "p", "give": {"points": "5"}, "message": say("points", "receipt")},
            {"id": "p0", "give": {"points_percent": "0.0001"}, "message": say("no whole point")},
        ),
        rewards=[
            {"id": "c", "give": {"offer_card": {"kind": "k"}}, "message": {"text": "plain"}},
            {"id": "t", "give": {"prompt": say("prompt")}, "message": say("beside")},
            {"id": "u", "give": {"prompt": say("prompt")}, "when": [{"identified": True}], "message": say("never")},
        ],
    )
    answer = told(document, basket(line()))
    given = [(r["rule"], *(key for key in r if key != "rule")) for r in answer["rewards"]]
    assert given == [
        ("g", "gift"), ("g", "prompt"), ("d", "prompt"), ("p", "prompt"), ("c", "offer_card"), ("c", "prompt"),
        ("t", "prompt"), ("t", "prompt"),
    ]  # fmt: skip
    prompts = [r["prompt"] for r in answer["rewards"] if "prompt" in r]
    assert prompts[1] == {"to": "customer", "text": {"ru": "Ру ten off", "en": "ten off"}}
    assert prompts[3] == {"to": "cashier", "text": {"ru": "plain", "en": "plain"}}


def test_a_message_of_a_rule_cut_off_by_the_limits_is_not_told() -> None:
    rules = [{"id": name, "give": {"percent": "10"}, "message": say(name)} for name in ("a", "b")]
    answer = told(programme(*rules, limits={"discount_amount": "10.00"}), basket(line()))
    assert [r["rule"] for r in answer["rewards"]] == ["a"]


@pytest.mark.parametrize(
    ("coupon", "time", "expected"),
    [
        ({}, "2026-11-21T23:59:59+03:00", {}),
        ({"valid_days": 14}, "2026-11-21T23:59:59+03:00", {"valid_days": 14, "valid_until": "2026-12-05"}),
        ({"valid_days": "1"}, "2028-02-28T00:00:00+10:00", {"valid_days": 1, "valid_until": "2028-02-29"}),
        ({"valid_days": 1}, None, {"valid_days": 1}),
    ],
)
def test_a_coupon_says_until_when(coupon: Json, time: str | None, expected: Json) -> None:
    rule = {"id": "c", "give": {"coupon": {"template": "T"} | coupon}}
    bought = basket(line())
    bought = {**bought, "time": time} if time else {k: v for k, v in bought.items() if k != "time"}
    assert told(programme(rewards=[rule]), bought)["rewards"] == [{"rule": "c", "coupon": {"template": "T"} | expected}]


def test_points_are_told_by_when_they_may_be_used() -> None:
    document = programme(
        accrual=earning(
            {"id": "later", "give": {"points": "5", "active_after_days": 14, "expires_after_days": 30}},
            {"id": "now", "give": {"points": "7"}},
            {"id": "again", "give": {"points": "2", "active_after_days": 14, "expires_after_days": 30}},
            {"id": "today", "give": {"points": "3", "active_after_days": 0}},
            {"id": "short", "give": {"points": "4", "expires_after_days": 1}},
            {"id": "none", "give": {"points": "0", "expires_after_days": 5}},
        ),
    )
    points = told(document, basket(line(), time="2028-02-15T01:00:00+03:00"))["points"]
    assert points["earned"] == "21"
    assert points["lots"] == [
        {"points": "7", "active_from": "2028-02-29", "expires": "2028-03-30"},
        {"points": "10"},
        {"points": "4", "expires": "2028-02-16"},
    ]


def test_days_of_points_are_told_only_where_the_programme_speaks_of_them() -> None:
    plain = programme(accrual=earning({"id": "p", "give": {"points": "5"}}))
    assert "lots" not in told(plain, basket(line()))["points"]
    dated = programme(accrual=earning({"id": "p", "give": {"points_percent": "5", "active_after_days": 0}}))
    assert told(dated, basket(line()))["points"]["lots"] == [{"points": "5"}]
    assert "lots" not in told(dated, basket(line(price="0.00")))["points"]
    timeless = {k: v for k, v in basket(line()).items() if k != "time"}
    points = told(dated, timeless)["points"]
    assert (points["earned"], "lots" in points) == ("5", False)


def test_rounded_points_add_up_over_the_lots() -> None:
    rules = [{"id": f"p{k}", "give": {"points_percent": "0.7", "active_after_days": k}} for k in range(3)]
    points = told(programme(accrual=earning(*rules)), basket(line(price="99.00")))["points"]
    assert points["earned"] == "2"
    assert sum(int(lot["points"]) for lot in points["lots"]) == 2


def test_a_day_after_the_last_one_is_refused() -> None:
    document = programme(accrual=earning({"id": "p", "give": {"points": "5", "active_after_days": 3660}}))
    with pytest.raises(BasketInvalid) as refused:
        price(document, basket(line(), time="9999-12-31T00:00:00+00:00"))
    assert refused.value.metadata["reason"] == "OVERFLOW"


def spending(basis: Json, **more: Any) -> Any:
    redemption = {"confirm": {"above_points": "500", "by": "code"}} | basis
    bought = basket(line(price="1000.00"), customer={"id": "c", "points": "900"}, **more)
    answer = told(programme(redemption=redemption), bought)
    return answer["redeemed"]["points"], answer["points"]["redeemable"]


@pytest.mark.parametrize(
    ("basis", "asked", "confirmed", "redeemed", "open_still"),
    [
        ({}, {"max": True}, [], "500", True),
        ({}, {"points": "800"}, [], "500", True),
        ({}, {"points": "500"}, [], "500", True),
        ({}, {"points": "20"}, [], "20", True),
        ({}, {"max": True}, ["code"], "900", False),
        ({}, {"points": "800"}, ["pin", "code"], "800", False),
        ({}, {"points": "800"}, ["pin"], "500", True),
        ({"step": "300"}, {"max": True}, [], "300", True),
        ({"min_points": "600"}, {"max": True}, [], "0", True),
        ({"max_points": "500"}, {"max": True}, [], "500", False),
        ({"confirm": {"by": "pin"}}, {"max": True}, [], "0", True),
    ],
)
def test_more_points_are_spent_only_after_a_confirmation(
    basis: Json, asked: Json, confirmed: list[str], redeemed: str, open_still: bool
) -> None:
    got, redeemable = spending(basis, redeem=asked, confirmed_by=confirmed)
    assert got == redeemed
    assert ("confirm" in redeemable) is open_still
    if open_still and not basis:
        assert redeemable["confirm"] == {"above_points": "500", "by": "code"}
        assert (redeemable["max"], redeemable["ladder"]) == ("900", ["225", "450", "675", "900"])


def test_nothing_is_asked_of_those_who_have_few_points() -> None:
    document = programme(redemption={"confirm": {"above_points": "500", "by": "code"}})
    answer = told(document, basket(line(price="1000.00"), customer={"id": "c", "points": "500"}))
    assert "confirm" not in answer["points"]["redeemable"]
