"""What a purchase does to a customer here, until the central service says what it did there."""

from datetime import datetime

from tillgate.core.answer import Answer
from tillgate.type.v1.customer_pb2 import CustomerState
from tillgate.type.v1.purchase_pb2 import Purchase

__all__ = ["add_purchase", "take_purchase_back"]

WINDOW_ALL = "all"


def add_purchase(state: CustomerState, answer: Answer, now: datetime) -> None:
    """Points that may be used at once, turnover, counts and dates after a purchase."""
    later = sum(lot.points for lot in answer.points.lots if lot.active_from is not None)
    state.points_available += answer.points.earned - later - answer.redeemed_points
    _turn_over(state, answer.total_minor - answer.tender_minor)
    state.purchases += 1
    if not state.HasField("first_purchase_time"):
        state.first_purchase_time.FromDatetime(now)
    state.last_purchase_time.FromDatetime(now)
    used = {applied.rule for applied in answer.applied if applied.amount_minor or applied.points}
    for rule in used | {reward.rule for reward in answer.rewards}:
        state.uses[rule] += 1


def take_purchase_back(state: CustomerState, purchase: Purchase) -> None:
    """The reverse. Dates stay: the guest was there."""
    answer = purchase.answer
    later = sum(lot.points for lot in answer.points.lots if lot.active_from)
    state.points_available -= answer.points.earned - later - answer.redeemed_points
    _turn_over(state, answer.tender_minor - answer.total_minor)
    state.purchases = max(0, state.purchases - 1)
    used = {applied.rule_id for applied in answer.applied if applied.amount_minor or applied.points}
    for rule in used | {reward.rule_id for reward in answer.rewards}:
        state.uses[rule] = max(0, state.uses[rule] - 1)


def _turn_over(state: CustomerState, minor: int) -> None:
    for window in {WINDOW_ALL, *state.turnover_minor}:
        state.turnover_minor[window] = max(0, state.turnover_minor[window] + minor)
