"""Calendar days of a store: when points of a purchase may be used and until when, which days a window holds."""

from datetime import UTC, date, datetime, timedelta, tzinfo

__all__ = ["lot_moments", "start_of_day", "window_start"]


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """Midnight that begins the day in the zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def lot_moments(
    active_from: date | None, expires: date | None, zone: tzinfo
) -> tuple[datetime | None, datetime | None]:
    """From when and until when points may be used: from midnight of the first day to the end of the last one.

    None is always. Days are the store's; the end is exclusive, and so the beginning of the day after.
    """
    return (
        None if active_from is None else start_of_day(active_from, zone),
        None if expires is None else start_of_day(expires + timedelta(days=1), zone),
    )


def window_start(window: str, today: date) -> date:
    """The first day of a window that ends today: day, week (from Monday), month, year, rolling_days:N (today is one
    of the N). `all` begins with the calendar."""
    match window.partition(":"):
        case ("day", _, _):
            return today
        case ("week", _, _):
            return today - timedelta(days=today.weekday())
        case ("month", _, _):
            return today.replace(day=1)
        case ("year", _, _):
            return today.replace(month=1, day=1)
        case ("rolling_days", _, days):
            return today - timedelta(days=int(days) - 1)
    return date.min
