"""When a rule works, in words."""

from datetime import date, datetime

from tillgate.core.programme import Active
from tillgate.core.text import Text

__all__ = ["bound_of", "moment_of", "schedule_of"]

_DAYS_RU = ("", "пн", "вт", "ср", "чт", "пт", "сб", "вс")
_DAYS_EN = ("", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DATES_MAX = 5


def schedule_of(active: Active) -> Text:
    """`сб, вс, 08:00–11:00`: weekdays, dates and hours, as far as they are named."""
    dates = [f"{year}-{month:02}-{day:02}" if year else f"{month:02}-{day:02}" for year, month, day in active.dates]
    dates_ru = [f"{day:02}.{month:02}.{year}" if year else f"{day:02}.{month:02}" for year, month, day in active.dates]
    more = ["…"] if len(dates) > _DATES_MAX else []
    hours = [f"{_clock(start)}–{_clock(end)}" for start, end in active.hours]
    return Text(
        ", ".join([*(_DAYS_RU[day] for day in active.weekdays), *dates_ru[:_DATES_MAX], *more, *hours]),
        ", ".join([*(_DAYS_EN[day] for day in active.weekdays), *dates[:_DATES_MAX], *more, *hours]),
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def moment_of(time: datetime) -> Text:
    """`сб 14:05`."""
    day, clock = time.isoweekday(), _clock(time.hour * 60 + time.minute)
    return Text(f"{_DAYS_RU[day]} {clock}", f"{_DAYS_EN[day]} {clock}")


def bound_of(bound: date | datetime) -> Text:
    """A day, or a moment with its offset: the store's may be another."""
    if isinstance(bound, datetime):
        return Text(f"{bound:%d.%m.%Y %H:%M} UTC{bound.isoformat()[-6:]}", bound.isoformat())
    return Text(f"{bound:%d.%m.%Y}", bound.isoformat())
