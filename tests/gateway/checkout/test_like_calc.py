"""A quote by gRPC says what `tillgate calc` says of the same documents, everything explained."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import grpc
import pytest
from dice import roubles

from tillgate.core.numbers import format_decimal, format_quantity
from tillgate.gateway.api.checkout import CheckoutServicer
from tillgate.gateway.api.context import LaneIdentity
from tillgate.gateway.api.server import ApiServers, Service
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import ApiSettings, Settings
from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services
from tillgate.sync.v1.sync_service_pb2 import Customer, CustomerBatch
from tillgate.type.v1 import answer_pb2
from tillgate.type.v1.basket_pb2 import Basket
from tillgate.type.v1.customer_pb2 import CustomerState

Json = dict[str, Any]
THROWS = 260
ZONE = ZoneInfo("Europe/Moscow")
TIP = {"to": "receipt", "text": {"ru": "Приходите за чаем!", "en": "Come for tea!"}}
#: What a gateway knows of customers as it is.
FACTS = (
    "tier", "segments", "card_kind", "attributes", "birthday", "first_purchase", "last_purchase", "registered", "uses",
)  # fmt: skip
#: What the die does not throw.
REST: Json = {
    "format": 1,
    "id": "p",
    "revision": 1,
    "currency": "RUB",
    "points": {"worth": "1.00"},
    "discounts": {
        "id": "all",
        "mode": "sum",
        "children": [
            {"id": "tea", "give": {"gift": {"sku": "TEA", "quantity": "2"}}, "message": TIP},
            {"id": "coupon", "when": [{"coupon": "SPRING"}], "give": {"percent": "10"}},
            {"id": "card", "when": [{"payment": ["card"]}], "give": {"percent": "3"}},
            {"id": "more", "when": [{"subtotal": {"at_least": "5000.00"}}], "give": {"percent": "10"}},
            {"id": "some", "give": {"percent": "1"}, "uses": {"total": 100}},
        ],
    },
    "redemption": {"confirm": {"above_points": "10", "by": "code"}},
    "accrual": {
        "id": "earn",
        "mode": "sum",
        "children": [
            {"id": "now", "give": {"points": "3"}},
            {"id": "later", "give": {"points": "20", "active_after_days": 14, "expires_after_days": 30}},
        ],
    },
    "rewards": [{"id": "again", "give": {"coupon": {"template": "SPRING", "valid_days": 14}}}],
}
RICH: Json = {
    "currency": "RUB",
    "time": "2026-11-20T12:00:00+03:00",
    "coupons": ["SPRING"],
    "payments": [{"type": "card", "amount": "5.00"}],
    "redeem": {"points": "25"},
    "uses": {"some": {"count": 99}},
    "lines": [
        {"sku": "ё", "quantity": "3", "unit_price": "333.33"},
        {"sku": "B", "quantity": "0.5", "unit_price": "9.99"},
    ],
    "customer": {"id": "c1", "points": "100"},
}


class AnyLane:
    def authenticate(self, token: str) -> LaneIdentity | None:
        return LaneIdentity("till-1", "cashier")


@pytest.fixture
async def quote(shop: Any, tmp_path: Path) -> AsyncIterator[Any]:
    """Price a case by a till's stub, its programme and customer being the shop's."""
    await shop.calculate()
    settings = Settings(gateway_id="g", base=str(tmp_path), data=".", api=ApiSettings(listen="127.0.0.1:0"))
    service = Service(
        "tillgate.pos.v1.CheckoutService",
        lambda server: services.add_CheckoutServiceServicer_to_server(CheckoutServicer(shop.checkout), server),
    )
    servers = ApiServers(settings, [service], AnyLane(), Metrics())
    await servers.start()
    async with grpc.aio.insecure_channel(servers.address) as channel:
        stub = services.CheckoutServiceStub(channel)

        async def ask(case: Json) -> Json:
            await shop.apply(case["programme"])
            digits = case["programme"].get("points", {}).get("digits", 0)
            customer = case["basket"].get("customer")
            if customer is not None:
                state = customer_state(customer, digits, case["basket"]["time"])
                guest = Customer(version=case["programme"]["revision"], state=state)
                assert await shop.replica.apply_customers(CustomerBatch(customers=[guest]))
            request = api.QuoteRequest(
                basket=basket_message(case["basket"], digits), customer_id="" if customer is None else "c1"
            )
            response = await stub.Quote(request, metadata=(("authorization", "Bearer x"),))
            return document(response.answer)

        yield ask
    await servers.stop()


async def test_a_quote_says_what_calc_says(quote: Any, tmp_path: Path) -> None:
    confirmed = {**RICH, "confirmed_by": ["code"]}
    cases = [
        *(case(seed) for seed in range(2, THROWS)),
        {"id": "rest", "programme": {**REST, "revision": THROWS}, "basket": RICH},
        {"id": "confirmed", "programme": {**REST, "revision": THROWS + 1}, "basket": confirmed},
    ]
    answers = calculated(cases, tmp_path / "cases.jsonl")
    assert [await quote(case) for case in cases] == answers
    assert answers[-2]["points"]["redeemable"]["confirm"] == {"above_points": "10", "by": "code"}
    assert [answer["redeemed"]["points"] for answer in answers[-2:]] == ["10", "25"]
    balances = {one["basket"]["customer"]["points"] for one in cases if "customer" in one["basket"]}
    assert "-5" in balances, "some owe points"


def calculated(cases: list[Json], file: Path) -> list[Json]:
    """What the command says of the cases."""
    file.write_text("".join(f"{json.dumps(case)}\n" for case in cases))
    command = [str(Path(sys.executable).parent / "tillgate"), "calc", "--cases", str(file)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [json.loads(line)["answer"] for line in printed.splitlines()]


def case(seed: int) -> Json:
    dice = roubles(seed)
    programme, basket = dice.programme(), dice.basket()
    time = datetime.fromisoformat(basket.get("time", RICH["time"]))
    basket["time"] = time.astimezone(ZONE).isoformat()  # A gateway goes by the store's clock.
    if basket.get("customer") is None:
        basket.pop("customer", None)
        programme.pop("accrual", None)  # Without an account nobody is promised points by a gateway.
    return {
        "id": str(seed),
        "programme": {**programme, "id": "p", "revision": seed},
        "basket": {**basket, "store": "msk-01", **known(basket)},
    }


def known(basket: Json) -> Json:
    """The customer as a gateway knows one: who bought what the dice say today, spent it in each window of days, and so
    with the uses of rules."""
    if "customer" not in basket:
        return {}
    thrown = basket["customer"]
    customer = {key: thrown[key] for key in FACTS if key in thrown} | {"purchases": thrown.get("purchases", 0)}
    points, turnover = thrown.get("points", "0"), thrown.get("turnover", {})
    today = turnover.get("month", turnover.get("rolling_days:30", "0"))
    windows = {
        "all": turnover.get("all", "0"),
        **dict.fromkeys(("day", "week", "month", "year", "rolling_days:30"), today),
    }
    return {"customer": {**customer, "id": "c1", "points": points, "turnover": windows}}


def scaled(text: str, digits: int) -> int:
    whole, _, rest = text.partition(".")
    return int(whole + rest.ljust(digits, "0"))


def customer_state(customer: Json, digits: int, time: str) -> CustomerState:
    state = CustomerState(
        customer_id="c1",
        segments=customer.get("segments", ()),
        points_available=scaled(customer["points"], digits),
        tier=customer.get("tier", ""),
        card_kind=customer.get("card_kind", ""),
        attributes=customer.get("attributes", {}),
        birthday=customer.get("birthday", ""),
        purchases=int(customer.get("purchases", 0)),
    )
    for key in ("first_purchase", "last_purchase", "registered"):
        if key in customer:
            getattr(state, f"{key}_time").FromDatetime(datetime.fromisoformat(customer[key]))
    turnover = customer.get("turnover", {"all": "0", "month": "0"})
    state.turnover_minor["all"] = scaled(turnover["all"], 2)
    today = datetime.fromisoformat(time).astimezone(ZONE).date()
    state.recent_turnover.add(day=today.isoformat(), minor=scaled(turnover["month"], 2))
    for rule, used in customer.get("uses", {}).items():
        state.uses[rule] = int(used["count"])
        state.recent_uses.add(rule_id=rule, day=today.isoformat(), count=int(used["count"]))
    return state


def basket_message(basket: Json, digits: int) -> Basket:
    message = Basket(
        currency="RUB",
        channel=basket.get("channel", ""),
        coupons=basket.get("coupons", ()),
        confirmed_by=basket.get("confirmed_by", ()),
    )
    message.time.FromDatetime(datetime.fromisoformat(basket["time"]))
    for line in basket["lines"]:
        item = message.lines.add(
            id=line.get("id", ""),
            sku=line["sku"],
            quantity_milli=scaled(line["quantity"], 3),
            unit_price_minor=scaled(line["unit_price"], 2),
            min_unit_price_minor=scaled(line.get("min_unit_price", "0"), 2),
            categories=line.get("categories", ()),
            tags=line.get("tags", ()),
            brand=line.get("brand", ""),
            regulated=line.get("regulated", ""),
            litres_milli=scaled(line.get("litres", "0"), 3),
            marked=line.get("marked", False),
            name=line.get("name", ""),
        )
        for flag in ("discountable", "redeemable", "earnable", "regular_price"):
            if flag in line:
                setattr(item, flag, line[flag])
    for payment in basket.get("payments", ()):
        message.payments.add(type=payment["type"], amount_minor=scaled(payment.get("amount", "0"), 2))
    for certificate in basket.get("certificates", ()):
        message.certificates.add(number=certificate["number"], amount_minor=scaled(certificate["amount"], 2))
    for rule, use in basket.get("uses", {}).items():
        message.uses.add(rule_id=rule, count=int(use["count"]))
    match basket.get("redeem"):
        case {"max": wanted}:
            message.redeem.max = wanted
        case {"points": points}:
            message.redeem.points = scaled(points, digits)
    return message


def money(minor: int) -> str:
    return format_decimal(minor, 2)


def text_of(text: Any) -> Json:
    return {"ru": text.ru, "en": text.en}


def document(answer: answer_pb2.Answer) -> Json:
    """The answer as the document that calc prints."""
    found, digits = answer.points, answer.points.digits

    def points(count: int) -> str:
        return format_decimal(count, digits)

    redeemable: Json = {
        "min": points(found.redeemable_min),
        "max": points(found.redeemable_max),
        "ladder": [points(count) for count in found.redeemable_ladder],
    }
    if found.HasField("confirm"):
        redeemable["confirm"] = {"above_points": points(found.confirm.above_points), "by": found.confirm.by}
    told: Json = {
        "earned": points(found.earned),
        "by_rule": {each.rule_id: points(each.points) for each in found.by_rule},
    }
    if found.lots:
        told["lots"] = [lot(each, points(each.points)) for each in found.lots]
    tier = answer.tier
    return {
        "currency": "RUB",
        "list": money(answer.list_minor),
        "discount": money(answer.discount_minor),
        "redeemed": {"points": points(answer.redeemed_points), "amount": money(answer.redeemed_minor)},
        "tender": money(answer.tender_minor),
        "total": money(answer.total_minor),
        "lines": [line_document(line, points(line.points_earned)) for line in answer.lines],
        "points": told | {"redeemable": redeemable},
        "tier": {"id": tier.id, "next": tier.next_id or None, "remaining": money(tier.remaining_minor)}
        if answer.HasField("tier")
        else None,
        "applied": [applied(each, points) for each in answer.applied],
        "not_applied": [missed(each) for each in answer.not_applied],
        "rewards": [reward(each) for each in answer.rewards],
        "hints": [text_of(hint) for hint in answer.hints],
    }


def lot(each: answer_pb2.PointsLot, points: str) -> Json:
    days = {"active_from": each.active_from, "expires": each.expires}
    return {"points": points} | {key: day for key, day in days.items() if day}


def line_document(line: answer_pb2.AnswerLine, points: str) -> Json:
    return {
        "id": line.id,
        "list": money(line.list_minor),
        "discounts": [{"rule": each.rule_id, "amount": money(each.amount_minor)} for each in line.discounts],
        "redeemed": money(line.redeemed_minor),
        "net": money(line.net_minor),
        "points": points,
        "pieces": [
            {
                "quantity": format_quantity(piece.quantity_milli),
                "unit_price": money(piece.unit_price_minor),
                "total": money(piece.total_minor),
            }
            for piece in line.pieces
        ],
    }


def applied(each: answer_pb2.Applied, points: Callable[[int], str]) -> Json:
    def gave(one: answer_pb2.Applied | answer_pb2.DiscountCut) -> Json:
        return {"points": points(one.points)} if each.HasField("points") else {"amount": money(one.amount_minor)}

    cuts = [{"reason": cut.reason} | gave(cut) for cut in each.cuts]
    return {"rule": each.rule_id} | gave(each) | ({"cuts": cuts} if cuts else {})


def missed(each: answer_pb2.NotApplied) -> Json:
    figures = {
        "need": each.need,
        "actual": each.actual,
        "missing": each.missing,
        "by": each.by_rule_id,
        "sku": each.sku,
    }
    return {
        "rule": each.rule_id,
        "reason": each.reason,
        **{key: figure for key, figure in figures.items() if figure},
        "detail": text_of(each.detail),
    }


def reward(each: answer_pb2.Reward) -> Json:
    kind = each.WhichOneof("reward")
    if kind == "prompt":
        told: Json = {"to": each.prompt.to, "text": text_of(each.prompt.text)}
    elif kind == "gift":
        told = {"sku": each.gift.sku, "quantity": format_quantity(each.gift.quantity_milli)}
    elif kind == "coupon":
        coupon = each.coupon
        told = {"template": coupon.template, "valid_days": coupon.valid_days, "valid_until": coupon.valid_until}
        told = {key: value for key, value in told.items() if value}
    else:
        told = {"kind": each.offer_card.kind}
    return {"rule": each.rule_id, str(kind): told}
