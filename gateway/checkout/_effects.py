"""What a purchase does to a customer here, until the central service says what it did there."""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo

from tillgate.core.answer import Answer
from tillgate.core.days import lot_moments
from tillgate.gateway.replica import change_points
from tillgate.type.v1.customer_pb2 import CustomerState
from tillgate.type.v1.purchase_pb2 import Purchase

__all__ = ["add_purchase", "take_purchase_back"]

WINDOW_ALL = "all"
#: Points, their first day and their last; None is always.
Lot = tuple[int, date | None, date | None]


def add_purchase(state: CustomerState, answer: Answer, now: datetime, zone: tzinfo) -> None:
    """Points with their days in the store's zone, turnover, counts and dates after a purchase."""
    points = answer.points
    lots: list[Lot] = [(lot.points, lot.active_from, lot.expires) for lot in points.lots]
    _move_points(state, lots or [(points.earned, None, None)], 1, now, zone)
    state.points_available -= answer.redeemed_points
    _turn_over(state, answer.total_minor - answer.tender_minor)
    state.purchases += 1
    if not state.HasField("first_purchase_time"):
        state.first_purchase_time.FromDatetime(now)
    state.last_purchase_time.FromDatetime(now)
    used = {applied.rule for applied in answer.applied if applied.amount_minor or applied.points}
    for rule in used | {reward.rule for reward in answer.rewards}:
        state.uses[rule] += 1


def take_purchase_back(state: CustomerState, purchase: Purchase, now: datetime, zone: tzinfo) -> None:
    """The reverse. Dates stay: the guest was there."""
    answer, points = purchase.answer, purchase.answer.points
    lots: list[Lot] = [(lot.points, _day(lot.active_from), _day(lot.expires)) for lot in points.lots]
    _move_points(state, lots or [(points.earned, None, None)], -1, now, zone)
    state.points_available += answer.redeemed_points
    _turn_over(state, answer.tender_minor - answer.total_minor)
    state.purchases = max(0, state.purchases - 1)
    used = {applied.rule_id for applied in answer.applied if applied.amount_minor or applied.points}
    for rule in used | {reward.rule_id for reward in answer.rewards}:
        state.uses[rule] = max(0, state.uses[rule] - 1)


def _move_points(state: CustomerState, lots: Iterable[Lot], sign: int, now: datetime, zone: tzinfo) -> None:
    for points, active_from, expires in lots:
        starts, ends = lot_moments(active_from, expires, zone)
        change_points(state, sign * points, starts, now)
        if ends is not None:
            change_points(state, -sign * points, ends, now)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _turn_over(state: CustomerState, minor: int) -> None:
    for window in {WINDOW_ALL, *state.turnover_minor}:
        state.turnover_minor[window] = max(0, state.turnover_minor[window] + minor)
