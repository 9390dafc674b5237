"""An Answer as the JSON document that people and programs read: decimal strings, fixed order of keys."""

from collections.abc import Callable

from .answer import Answer, Applied, Cut, LineAnswer, NotApplied, Points, PointsLot, Reward
from .numbers import currency_digits, format_decimal, format_quantity

__all__ = ["Document", "answer_document"]

Document = dict[str, object]


def answer_document(answer: Answer) -> Document:
    """The answer in decimal strings. The same answer gives the same bytes."""
    digits, points_digits = currency_digits(answer.currency), answer.points.digits

    def money(minor: int) -> str:
        return format_decimal(minor, digits)

    def points(count: int) -> str:
        return format_decimal(count, points_digits)

    return {
        "currency": answer.currency,
        "list": money(answer.list_minor),
        "discount": money(answer.discount_minor),
        "redeemed": {"points": points(answer.redeemed_points), "amount": money(answer.redeemed_minor)},
        "tender": money(answer.tender_minor),
        "total": money(answer.total_minor),
        "lines": [_line(line, digits, points_digits) for line in answer.lines],
        "points": _points(answer.points, points),
        "tier": (
            {"id": answer.tier.id, "next": answer.tier.next or None, "remaining": money(answer.tier.remaining_minor)}
            if answer.tier
            else None
        ),
        "applied": [_applied(entry, money, points) for entry in answer.applied],
        "not_applied": [_not_applied(entry) for entry in answer.not_applied],
        "rewards": [_reward(reward) for reward in answer.rewards],
        "hints": [{"ru": hint.ru, "en": hint.en} for hint in answer.hints],
    }


def _points(found: Points, text: Callable[[int], str]) -> Document:
    document: Document = {
        "earned": text(found.earned),
        "by_rule": {rule: text(count) for rule, count in found.by_rule},
    }
    if found.lots:
        document["lots"] = [_lot(lot, text) for lot in found.lots]
    redeemable: Document = {
        "min": text(found.redeemable_min),
        "max": text(found.redeemable_max),
        "ladder": [text(count) for count in found.ladder],
    }
    if found.confirm is not None:
        redeemable["confirm"] = {"above_points": text(found.confirm.above_points), "by": found.confirm.by}
    return document | {"redeemable": redeemable}


def _lot(lot: PointsLot, text: Callable[[int], str]) -> Document:
    found: Document = {"points": text(lot.points)}
    days = (("active_from", lot.active_from), ("expires", lot.expires))
    return found | {key: day.isoformat() for key, day in days if day is not None}


def _applied(entry: Applied, money: Callable[[int], str], points: Callable[[int], str]) -> Document:
    def gave(one: Applied | Cut) -> Document:
        return (
            {"amount": money(one.amount_minor)} if one.amount_minor is not None else {"points": points(one.points or 0)}
        )

    found: Document = {"rule": entry.rule} | gave(entry)
    if entry.cuts:
        found["cuts"] = [{"reason": cut.reason} | gave(cut) for cut in entry.cuts]
    return found


def _line(line: LineAnswer, digits: int, points_digits: int) -> Document:
    return {
        "id": line.id,
        "list": format_decimal(line.list_minor, digits),
        "discounts": [{"rule": d.rule, "amount": format_decimal(d.amount_minor, digits)} for d in line.discounts],
        "redeemed": format_decimal(line.redeemed_minor, digits),
        "net": format_decimal(line.net_minor, digits),
        "points": format_decimal(line.points, points_digits),
        "pieces": [
            {
                "quantity": format_quantity(piece.quantity_milli),
                "unit_price": format_decimal(piece.unit_price_minor, digits),
                "total": format_decimal(piece.total_minor, digits),
            }
            for piece in line.pieces
        ],
    }


def _not_applied(entry: NotApplied) -> Document:
    found: Document = {"rule": entry.rule, "reason": entry.reason}
    found |= {
        key: value
        for key, value in (
            ("need", entry.need),
            ("actual", entry.actual),
            ("missing", entry.missing),
            ("by", entry.by),
            ("sku", entry.sku),
        )
        if value
    }
    found["detail"] = {"ru": entry.detail.ru, "en": entry.detail.en}
    return found


def _reward(reward: Reward) -> Document:
    if reward.offer_card_kind:
        return {"rule": reward.rule, "offer_card": {"kind": reward.offer_card_kind}}
    if reward.gift_sku:
        gift = {"sku": reward.gift_sku, "quantity": format_quantity(reward.gift_quantity_milli)}
        return {"rule": reward.rule, "gift": gift}
    if reward.coupon_template:
        return {"rule": reward.rule, "coupon": _coupon(reward)}
    text = reward.prompt_text
    assert text is not None
    return {"rule": reward.rule, "prompt": {"to": reward.prompt_to, "text": {"ru": text.ru, "en": text.en}}}


def _coupon(reward: Reward) -> Document:
    found: Document = {"template": reward.coupon_template}
    if reward.coupon_valid_days is not None:
        found["valid_days"] = reward.coupon_valid_days
    if reward.coupon_valid_until is not None:
        found["valid_until"] = reward.coupon_valid_until.isoformat()
    return found
