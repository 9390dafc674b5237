"""What a purchase does to a customer here, until the central service says what it did there."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo

from tillgate.core.answer import Answer
from tillgate.core.days import lot_moments
from tillgate.gateway.replica import change_points
from tillgate.type.v1.customer_pb2 import CustomerState, DayTurnover, DayUses
from tillgate.type.v1.purchase_pb2 import Purchase

__all__ = ["add_purchase", "rules_that_gave", "take_purchase_back", "told_rules_that_gave"]

WINDOW_ALL = "all"
#: Points, their first day and their last; None is always.
Lot = tuple[int, date | None, date | None]


def add_purchase(state: CustomerState, answer: Answer, now: datetime, zone: tzinfo) -> None:
    """Points with their days, turnover, counts and dates after a purchase that is committed now.

    Uses and turnover are those of today in the store's zone: the central service counts by that day too.
    """
    points, day = answer.points, now.astimezone(zone).date()
    lots: list[Lot] = [(lot.points, lot.active_from, lot.expires) for lot in points.lots]
    _move_points(state, lots or [(points.earned, None, None)], 1, now, zone)
    state.points_available -= answer.redeemed_points
    _turn_over(state, answer.total_minor - answer.tender_minor, day)
    state.purchases += 1
    if not state.HasField("first_purchase_time"):
        state.first_purchase_time.FromDatetime(now)
    state.last_purchase_time.FromDatetime(now)
    _count_uses(state, rules_that_gave(answer), 1, day)


def take_purchase_back(state: CustomerState, purchase: Purchase, now: datetime, zone: tzinfo) -> None:
    """The reverse. Dates stay: the guest was there."""
    answer, points = purchase.answer, purchase.answer.points
    day = purchase.committed_time.ToDatetime(UTC).astimezone(zone).date()
    lots: list[Lot] = [(lot.points, _day(lot.active_from), _day(lot.expires)) for lot in points.lots]
    _move_points(state, lots or [(points.earned, None, None)], -1, now, zone)
    state.points_available += answer.redeemed_points
    _turn_over(state, answer.tender_minor - answer.total_minor, day)
    state.purchases = max(0, state.purchases - 1)
    _count_uses(state, told_rules_that_gave(purchase), -1, day)


def rules_that_gave(answer: Answer) -> set[str]:
    """Rules that took money off, earned points or gave a reward."""
    gave = {applied.rule for applied in answer.applied if applied.amount_minor or applied.points}
    return gave | {reward.rule for reward in answer.rewards}


def told_rules_that_gave(purchase: Purchase) -> set[str]:
    """The same of a recorded purchase."""
    gave = {applied.rule_id for applied in purchase.answer.applied if applied.amount_minor or applied.points}
    return gave | {reward.rule_id for reward in purchase.answer.rewards}


def _move_points(state: CustomerState, lots: Iterable[Lot], sign: int, now: datetime, zone: tzinfo) -> None:
    for points, active_from, expires in lots:
        starts, ends = lot_moments(active_from, expires, zone)
        change_points(state, sign * points, starts, now)
        if ends is not None:
            change_points(state, -sign * points, ends, now)


def _count_uses(state: CustomerState, rules: Iterable[str], more: int, day: date) -> None:
    by_day = {(each.rule_id, each.day): each.count for each in state.recent_uses}
    for rule in rules:
        state.uses[rule] = max(0, state.uses[rule] + more)
        here = (rule, day.isoformat())
        by_day[here] = max(0, by_day.get(here, 0) + more)
    del state.recent_uses[:]
    state.recent_uses.extend(
        DayUses(rule_id=rule, day=on, count=count) for (rule, on), count in sorted(by_day.items()) if count
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _turn_over(state: CustomerState, minor: int, day: date) -> None:
    state.turnover_minor[WINDOW_ALL] = max(0, state.turnover_minor[WINDOW_ALL] + minor)
    by_day = {each.day: each.minor for each in state.recent_turnover}
    by_day[day.isoformat()] = max(0, by_day.get(day.isoformat(), 0) + minor)
    del state.recent_turnover[:]
    state.recent_turnover.extend(DayTurnover(day=on, minor=paid) for on, paid in sorted(by_day.items()) if paid)
