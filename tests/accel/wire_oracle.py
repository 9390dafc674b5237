"""What the compiled codec must agree with: the protobuf library and plain Python, from messages to types and back."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import strategies as st

from tillgate.core.answer import Answer, Applied, LineAnswer, NotApplied, Points, Reward
from tillgate.core.basket import Basket, Certificate, Line, Payment
from tillgate.core.text import Text
from tillgate.type.v1 import answer_pb2, basket_pb2

Field = FieldDescriptor
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
INTEGERS = {bits: st.integers(-(1 << bits), (1 << bits) - 1) for bits in (31, 63)} | {32: st.integers(0, (1 << 32) - 1)}
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    Field.TYPE_INT64: INTEGERS[63],
    Field.TYPE_INT32: INTEGERS[31],
    Field.TYPE_UINT32: INTEGERS[32],
    Field.TYPE_ENUM: INTEGERS[31],
    Field.TYPE_BOOL: st.booleans(),
    Field.TYPE_STRING: WORDS,
}


SAMPLES: dict[int, Any] = dict.fromkeys((Field.TYPE_INT64, Field.TYPE_INT32, Field.TYPE_UINT32, Field.TYPE_ENUM), 2) | {
    Field.TYPE_BOOL: True,
    Field.TYPE_STRING: "x",
}


@st.composite
def messages(draw: st.DrawFn, kind: Any) -> Any:
    """Any message of a type, also of fields that were not there when this was written."""
    message = kind()
    for index in draw(st.lists(st.integers(0, len(kind.DESCRIPTOR.fields) - 1), unique=True)):
        field = kind.DESCRIPTOR.fields[index]
        inner = messages(field.message_type._concrete_class) if field.message_type else SCALARS[field.type]
        if field.is_repeated:
            for item in draw(st.lists(inner, min_size=1, max_size=2)):
                getattr(message, field.name).append(item)
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(draw(inner))
        else:
            setattr(message, field.name, draw(inner))
    return message


def paths_of(kind: Descriptor) -> Iterator[tuple[str, ...]]:
    """Ways to all fields that are no messages."""
    for field in kind.fields:
        if field.message_type is None:
            yield (field.name,)
        else:
            yield from ((field.name, *path) for path in paths_of(field.message_type))


def with_field(kind: Any, path: tuple[str, ...]) -> Any:
    """A message with that one field, and what leads to it."""
    message = kind()
    field = kind.DESCRIPTOR.fields_by_name[path[0]]
    value = SAMPLES[field.type] if len(path) == 1 else with_field(field.message_type._concrete_class, path[1:])
    if field.is_repeated:
        getattr(message, field.name).append(value)
    elif len(path) > 1:
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)
    return message


def fields_of(kind: Descriptor) -> Iterator[str]:
    """Names of all fields below a message type, each once."""
    for field in kind.fields:
        yield field.full_name
        if field.message_type is not None:
            yield from fields_of(field.message_type)


def fields_set(message: Any) -> Iterator[str]:
    """Names of the fields that a message has, at any depth."""
    for field, value in message.ListFields():
        yield field.full_name
        if field.message_type is not None:
            for inner in value if field.is_repeated else [value]:
                yield from fields_set(inner)


def basket_of(message: basket_pb2.Basket, time: datetime, *, redeem: bool = True) -> Basket:
    """The basket that a message means, customer aside."""
    wants = message.redeem.WhichOneof("want") if redeem else None
    return Basket(
        currency=message.currency,
        lines=tuple(_line(line, index) for index, line in enumerate(message.lines)),
        time=time,
        store="store",
        channel=message.channel or "till",
        coupons=tuple(message.coupons),
        payments=tuple(Payment(payment.type, payment.amount_minor) for payment in message.payments),
        redeem_points=message.redeem.points if wants == "points" else None,
        redeem_max=wants == "max" and message.redeem.max,
        certificates=tuple(Certificate(each.number, each.amount_minor) for each in message.certificates),
        confirmed_by=tuple(message.confirmed_by),
        uses={each.rule_id: each.count for each in message.uses},
    )


def _line(line: basket_pb2.BasketLine, index: int) -> Line:
    flags = {
        name: getattr(line, name)
        for name in ("discountable", "redeemable", "earnable", "regular_price")
        if line.HasField(name)  # type: ignore[arg-type]
    }
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
        marked=line.marked,
        **flags,
    )


def answer_message(answer: Answer) -> answer_pb2.Answer:
    """The message that an answer is."""
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
    figure = "points" if applied.points is not None else "amount_minor"
    cuts = [{"reason": cut.reason, figure: getattr(cut, figure)} for cut in applied.cuts]
    return {"rule_id": applied.rule, figure: getattr(applied, figure) or 0, "cuts": cuts}


def _not_applied_fields(missed: NotApplied) -> dict[str, Any]:
    return {
        "rule_id": missed.rule,
        "reason": missed.reason,
        "detail": _text_fields(missed.detail),
        "need": missed.need,
        "actual": missed.actual,
        "missing": missed.missing,
        "by_rule_id": missed.by,
        "sku": missed.sku,
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
