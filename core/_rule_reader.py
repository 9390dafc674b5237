"""When and how often a rule works, read from a programme document."""

from datetime import date, datetime

from ._effect_reader import DAYS_MAX
from ._reader import Node
from .programme import Active, Holdout, Uses

__all__ = ["read_active", "read_holdout", "read_uses"]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_uses(node: Node) -> Uses:
    """How often a rule may give; the counts come with the basket."""
    fields = node.fields(("per_receipt", "per_customer", "total"))
    if not fields:
        node.refuse(
            "EMPTY",
            "`per_receipt`, `per_customer` or `total` is expected",
            "нужно `per_receipt`, `per_customer` или `total`",
        )
    per_customer, window = _uses_of_customer(fields["per_customer"]) if "per_customer" in fields else (None, "all")
    return Uses(
        per_receipt=fields["per_receipt"].count(1) if "per_receipt" in fields else None,
        per_customer=per_customer,
        window=window,
        total=fields["total"].count(1) if "total" in fields else None,
    )


def _uses_of_customer(node: Node) -> tuple[int, str]:
    fields = node.fields(("count", "window"))
    return node.need(fields, "count").count(1), fields["window"].window(DAYS_MAX) if "window" in fields else "all"


def read_holdout(node: Node, rule: str) -> Holdout:
    fields = node.fields(("percent", "salt"))
    return Holdout(node.need(fields, "percent").percent(), fields["salt"].name() if "salt" in fields else rule)


def read_active(node: Node) -> Active:
    fields = node.fields(("from", "to", "weekdays", "hours", "dates"))
    start = _day_or_moment(fields["from"]) if "from" in fields else None
    end = _day_or_moment(fields["to"]) if "to" in fields else None
    if start and end and _ends_first(start, end):
        fields["to"].refuse("CONTRADICTION", "ends before it starts", "конец раньше начала")
    return Active(
        start=start,
        end=end,
        weekdays=tuple(sorted({_weekday(n) for n in fields["weekdays"].items(1)})) if "weekdays" in fields else (),
        hours=tuple(_hours(n) for n in fields["hours"].items(1, 50)) if "hours" in fields else (),
        dates=tuple(_date(n) for n in fields["dates"].items(1, 400)) if "dates" in fields else (),
    )


def _ends_first(start: date | datetime, end: date | datetime) -> bool:
    """Whether nothing lies between: a last day is in force to its end, a moment is not."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end <= start
    return str(end)[:10] < str(start)[:10]


def _day_or_moment(node: Node) -> date | datetime:
    return node.date() if len(node.text()) == len("2026-01-01") else node.moment()


def _weekday(node: Node) -> int:
    if isinstance(node.value, str) and not node.value.isdigit():
        return _WEEKDAYS.index(node.choice(_WEEKDAYS)) + 1
    return node.count(1, 7)


def _hours(node: Node) -> tuple[int, int]:
    start, end = (_minute(item) for item in node.items(2, 2))
    if start == end:
        node.refuse("CONTRADICTION", "starts when it ends", "начало совпадает с концом")
    return start, end


def _minute(node: Node) -> int:
    text = node.text()
    hours, _, minutes = text.partition(":")
    if len(text) != 5 or not (text.isascii() and (hours + minutes).isdecimal()) or len(hours) != 2:
        node.refuse("TIME_INVALID", "a time of day such as 08:00 is expected", "нужно время суток, например 08:00")
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > 24 * 60:
        node.refuse("TIME_INVALID", "a time of day such as 08:00 is expected", "нужно время суток, например 08:00")
    return found


def _date(node: Node) -> tuple[int, int, int]:
    """A day of every year (`12-31`) or of one (`2026-12-31`)."""
    text = node.text()
    yearly = len(text) == len("12-31")
    # 2000 was a leap year, so 29 February may be named.
    day = Node(f"2000-{text}" if yearly else text, node.path, node.error).date()
    return (0 if yearly else day.year, day.month, day.day)
