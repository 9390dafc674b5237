"""Calendar days of a store as moments: when points of a purchase may be used, and until when."""

from datetime import UTC, date, datetime, timedelta, tzinfo

__all__ = ["lot_moments", "start_of_day"]


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
