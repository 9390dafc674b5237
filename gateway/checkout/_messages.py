"""Between the contracts' messages and the domain's types. Field paths are those of the message."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.core import check_basket
from tillgate.core.answer import Answer, Applied, LineAnswer, NotApplied, Points, Reward
from tillgate.core.basket import Basket, Certificate, Customer, Line, Payment
from tillgate.core.errors import BasketInvalid
from tillgate.core.text import Text
from tillgate.gateway.journal import from_us, to_us
from tillgate.type.v1 import answer_pb2, basket_pb2
from tillgate.type.v1.customer_pb2 import CustomerState
from tillgate.type.v1.text_pb2 import LocalizedText

__all__ = ["answer_message", "basket_of", "customer_of", "localized", "time_of", "timestamp"]

LIST_LENGTH_MAX = 100
TEXT_LENGTH_MAX = 200
AMOUNT_MINOR_MAX = 10**12
# The domain speaks of documents; its paths end in these where the message says the unit too.
MESSAGE_NAMES = {
    "quantity": "quantity_milli",
    "unit_price": "unit_price_minor",
    "min_unit_price": "min_unit_price_minor",
    "litres": "litres_milli",
    "amount": "amount_minor",
}


def timestamp(time: datetime) -> Timestamp:
    """An aware time as a message."""
    seconds, rest_us = divmod(to_us(time), 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest_us * 1_000)


def time_of(message: Timestamp, path: str) -> datetime:
    """A message's time in UTC, to the microsecond. Raises BasketInvalid for one outside the years 1 to 9999."""
    try:
        if 0 <= message.nanos < 1_000_000_000:
            return _moment(message)
    except OverflowError:
        pass  # Before the year 1 or after 9999: as good as no time.
    raise BasketInvalid(Text("это не время", "not a time"), path=path, reason="TIME_INVALID")


def _moment(message: Timestamp) -> datetime:
    return from_us(message.seconds * 1_000_000 + message.nanos // 1_000)


def localized(text: Text) -> LocalizedText:
    """A sentence as a message."""
    return LocalizedText(ru=text.ru, en=text.en)


def basket_of(
    message: basket_pb2.Basket, *, time: datetime, store_id: str, customer: Customer | None, redeem: bool
) -> Basket:
    """The domain's basket, checked. `redeem` False leaves out what the guest wants to redeem.

    Raises BasketInvalid with a path such as $.basket.lines[3].unit_price_minor.
    """
    _check_lists(message)
    wants = message.redeem.WhichOneof("want") if redeem else None
    basket = Basket(
        currency=message.currency,
        lines=tuple(_line(line, index) for index, line in enumerate(message.lines)),
        time=time,
        store=store_id,
        channel=message.channel or "till",
        coupons=tuple(message.coupons),
        payments=tuple(Payment(payment.type, payment.amount_minor) for payment in message.payments),
        redeem_points=message.redeem.points if wants == "points" else None,
        redeem_max=wants == "max" and message.redeem.max,
        certificates=tuple(Certificate(each.number, each.amount_minor) for each in message.certificates),
        customer=customer,
        confirmed_by=tuple(message.confirmed_by),
        uses={each.rule_id: each.count for each in message.uses},
    )
    try:
        check_basket(basket)
    except BasketInvalid as error:
        raise error.at(message_path(error.path)) from error
    return basket


def message_path(path: str) -> str:
    """`$.lines[3].unit_price` as `$.basket.lines[3].unit_price_minor`."""
    head, dot, name = path.rpartition(".")
    full = f"{head}{dot}{MESSAGE_NAMES.get(name, name)}"
    return full if full.startswith("$.customer") else "$.basket" + full[1:]


def _check_lists(message: basket_pb2.Basket) -> None:
    lists = (
        ("coupons", len(message.coupons)),
        ("payments", len(message.payments)),
        ("certificates", len(message.certificates)),
        ("confirmed_by", len(message.confirmed_by)),
        ("uses", len(message.uses)),
    )
    for name, length in lists:
        if length > LIST_LENGTH_MAX:
            text = Text(f"можно не больше {LIST_LENGTH_MAX}", f"at most {LIST_LENGTH_MAX}")
            raise BasketInvalid(text, path=f"$.basket.{name}", reason="TOO_MANY")
    for index, payment in enumerate(message.payments):
        if not 0 <= payment.amount_minor <= AMOUNT_MINOR_MAX:
            path = f"$.basket.payments[{index}].amount_minor"
            text = Text(
                "сумма не может быть отрицательной или такой большой", "an amount must not be negative or so large"
            )
            raise BasketInvalid(text, path=path, reason="OUT_OF_RANGE")
    if len(message.channel) > TEXT_LENGTH_MAX:
        text = Text(f"можно не больше {TEXT_LENGTH_MAX} знаков", f"at most {TEXT_LENGTH_MAX} characters")
        raise BasketInvalid(text, path="$.basket.channel", reason="TOO_LONG")


def _line(line: basket_pb2.BasketLine, index: int) -> Line:
    return Line(
        id=line.id or str(index + 1),
        sku=line.sku,
        quantity_milli=line.quantity_milli,
        unit_price_minor=line.unit_price_minor,
        categories=tuple(line.categories),
        brand=line.brand,
        name=line.name,
        tags=tuple(line.tags),
        min_unit_price_minor=line.min_unit_price_minor,
        regulated=line.regulated,
        litres_milli=line.litres_milli,
        discountable=line.discountable if line.HasField("discountable") else True,
        redeemable=line.redeemable if line.HasField("redeemable") else True,
        earnable=line.earnable if line.HasField("earnable") else True,
        regular_price=line.regular_price if line.HasField("regular_price") else True,
        marked=line.marked,
    )


def customer_of(state: CustomerState, zone: ZoneInfo) -> Customer:
    """A customer for the calculator. Times are the store's; a balance below zero buys nothing."""

    def local(name: str) -> datetime | None:
        return _moment(getattr(state, name)).astimezone(zone) if state.HasField(name) else None  # type: ignore[arg-type]

    return Customer(
        id=state.customer_id,
        tier=state.tier,
        segments=tuple(state.segments),
        points=max(0, state.points_available),
        turnover_minor={window: max(0, minor) for window, minor in state.turnover_minor.items()},
        purchases=max(0, state.purchases),
        first_purchase=local("first_purchase_time"),
        last_purchase=local("last_purchase_time"),
        registered=local("registered_time"),
        birthday=_birthday(state.birthday),
        card_kind=state.card_kind,
        attributes=dict(state.attributes),
        uses=dict(state.uses),
    )


def _birthday(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None  # A birthday we cannot read gives no present, and does not stop the sale.


def answer_message(answer: Answer) -> answer_pb2.Answer:
    """The answer as a message. Built from dictionaries: a third faster than from messages, and quotes are many."""
    message = answer_pb2.Answer(
        list_minor=answer.list_minor,
        discount_minor=answer.discount_minor,
        redeemed_points=answer.redeemed_points,
        redeemed_minor=answer.redeemed_minor,
        tender_minor=answer.tender_minor,
        total_minor=answer.total_minor,
        lines=[_line_fields(line) for line in answer.lines],  # type: ignore[misc]
        points=_points_fields(answer.points),  # type: ignore[arg-type]
        applied=[_applied_fields(applied) for applied in answer.applied],  # type: ignore[misc]
        not_applied=[_not_applied_fields(missed) for missed in answer.not_applied],  # type: ignore[misc]
        rewards=[_reward_fields(reward) for reward in answer.rewards],  # type: ignore[misc]
        hints=[_text_fields(hint) for hint in answer.hints],  # type: ignore[misc]
    )
    if answer.tier is not None:
        message.tier.id = answer.tier.id
        message.tier.next_id = answer.tier.next
        message.tier.remaining_minor = answer.tier.remaining_minor
    return message


def _points_fields(points: Points) -> dict[str, Any]:
    found: dict[str, Any] = {
        "earned": points.earned,
        "by_rule": [{"rule_id": rule, "points": earned} for rule, earned in points.by_rule],
        "redeemable_min": points.redeemable_min,
        "redeemable_max": points.redeemable_max,
        "redeemable_ladder": points.ladder,
        "digits": points.digits,
    }
    if points.lots:
        found["lots"] = [
            {"points": lot.points, "active_from": _day(lot.active_from), "expires": _day(lot.expires)}
            for lot in points.lots
        ]
    if points.confirm is not None:
        found["confirm"] = {"above_points": points.confirm.above_points, "by": points.confirm.by}
    return found


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _line_fields(line: LineAnswer) -> dict[str, Any]:
    return {
        "id": line.id,
        "list_minor": line.list_minor,
        "discounts": [{"rule_id": each.rule, "amount_minor": each.amount_minor} for each in line.discounts],
        "redeemed_minor": line.redeemed_minor,
        "net_minor": line.net_minor,
        "points_earned": line.points,
        "pieces": [
            {
                "quantity_milli": piece.quantity_milli,
                "unit_price_minor": piece.unit_price_minor,
                "total_minor": piece.total_minor,
            }
            for piece in line.pieces
        ],
    }


def _applied_fields(applied: Applied) -> dict[str, Any]:
    if applied.points is not None:
        return {"rule_id": applied.rule, "points": applied.points}
    return {"rule_id": applied.rule, "amount_minor": applied.amount_minor or 0}


def _not_applied_fields(missed: NotApplied) -> dict[str, Any]:
    return {
        "rule_id": missed.rule,
        "reason": missed.reason,
        "detail": _text_fields(missed.detail),
        "need": missed.need,
        "actual": missed.actual,
        "missing": missed.missing,
    }


def _reward_fields(reward: Reward) -> dict[str, Any]:
    if reward.prompt_text is not None:
        return {"rule_id": reward.rule, "prompt": {"to": reward.prompt_to, "text": _text_fields(reward.prompt_text)}}
    if reward.coupon_template:
        coupon = {
            "template": reward.coupon_template,
            "valid_days": reward.coupon_valid_days or 0,
            "valid_until": _day(reward.coupon_valid_until),
        }
        return {"rule_id": reward.rule, "coupon": coupon}
    if reward.gift_sku:
        gift = {"sku": reward.gift_sku, "quantity_milli": reward.gift_quantity_milli}
        return {"rule_id": reward.rule, "gift": gift}
    return {"rule_id": reward.rule, "offer_card": {"kind": reward.offer_card_kind}}


def _text_fields(text: Text) -> dict[str, str]:
    return {"ru": text.ru, "en": text.en}
