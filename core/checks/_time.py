"""Schedules that no day ever fits. Days are ordinals: 1 is the first of January of the year 1."""

from collections.abc import Iterator
from datetime import date, datetime

from tillgate.core.programme import Active

from ._finding import Finding, finding

__all__ = ["check_active"]

LAST_DAY = date.max.toordinal()
#: So many days hold every weekday; so many every date, 29 February included, on every weekday.
WEEKDAYS_DAYS = 8
DATES_DAYS = 366 * 41


def check_active(active: Active, path: str) -> Iterator[Finding]:
    """Dates, weekdays and a span that never meet."""
    if (active.weekdays or active.dates) and not _meet(active):
        key = "dates" if active.dates else "weekdays"
        en, ru = "no day that ever comes fits all of `active`", "ни один день не подходит ко всему, что есть в `active`"
        yield finding(f"{path}.active.{key}", "CONTRADICTION", en, ru)


def _meet(active: Active) -> bool:
    first, last = max(_day(active.start, 1, -1), 1), min(_day(active.end, LAST_DAY, 1), LAST_DAY)
    # A span past midnight belongs to the day it began, and may be used on the next.
    usable_days = 2 if any(end <= start for start, end in active.hours) else 1
    for day in _candidates(active, first - usable_days + 1, last):
        if active.weekdays and (day - 1) % 7 + 1 not in active.weekdays:
            continue
        if day <= last and day + usable_days - 1 >= first:
            return True
    return False


def _day(bound: date | datetime | None, otherwise: int, slack: int) -> int:
    """The local day of a moment depends on the store's offset: a day more either way."""
    if bound is None:
        return otherwise
    return bound.toordinal() + (slack if isinstance(bound, datetime) else 0)


def _candidates(active: Active, first: int, last: int) -> Iterator[int]:
    """Days that may fit: those named, or enough of the span to hold all there are."""
    yield from (date(year, month, day).toordinal() for year, month, day in active.dates if year)
    yearly = {(month, day) for year, month, day in active.dates if not year}
    if active.dates and not yearly:
        return
    start = max(first, 1)
    for day in range(start, min(last, start + (DATES_DAYS if yearly else WEEKDAYS_DAYS)) + 1):
        if not yearly or (date.fromordinal(day).month, date.fromordinal(day).day) in yearly:
            yield day
