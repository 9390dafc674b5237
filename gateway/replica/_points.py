"""Points that come and go by themselves: some may be used only from a day on, some only up to a day."""

from datetime import UTC, datetime

from tillgate.type.v1.customer_pb2 import CustomerState

__all__ = ["change_points", "settle_points"]


def settle_points(state: CustomerState, now: datetime) -> None:
    """Carry out the changes whose time has come."""
    due = [change for change in state.points_changes if change.time.ToDatetime(UTC) <= now]
    if due:
        state.points_available += sum(change.points for change in due)
        later = [change for change in state.points_changes if change.time.ToDatetime(UTC) > now]
        del state.points_changes[:]
        state.points_changes.extend(later)


def change_points(state: CustomerState, points: int, time: datetime | None, now: datetime) -> None:
    """Points that come, or go when below zero, at that time; at once if it is over or none."""
    if time is None or time <= now:
        state.points_available += points
        return
    by_time = {change.time.ToDatetime(UTC): change.points for change in state.points_changes}
    by_time[time] = by_time.get(time, 0) + points
    del state.points_changes[:]
    for moment in sorted(moment for moment, change in by_time.items() if change):
        state.points_changes.add(points=by_time[moment]).time.FromDatetime(moment)
