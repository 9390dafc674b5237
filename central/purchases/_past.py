"""What guests had bought and used before a receipt: counted from receipts of the whole chain, as of each one's time.

A receipt that was cancelled later counts nowhere, and neither do those of the very same moment.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from tillgate.central.sql import Sql
from tillgate.core.days import window_start
from tillgate.core.programme import Programme, all_rules
from tillgate.core.windows import turnover_windows, use_windows

__all__ = ["Asked", "Past", "Sale", "asked_by", "moment_of", "read_pasts"]

PAID = "p.total_minor - p.tender_minor"
MINE = "p.customer_id = ANY(%s::uuid[]) AND p.cancelled_at IS NULL"
USES = (
    "FROM purchases_receiptrule u JOIN purchases_receipt p ON p.purchase_id = u.receipt_id"
    f" WHERE {MINE.replace('p.customer_id', 'u.customer_id')} AND u.rule_id = ANY(%s::text[])"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What programmes ask of the past beside purchases, dates and all of the turnover."""

    #: Windows of turnover.
    turnover: frozenset[str] = frozenset()
    #: Rule -> the window in which its uses by a customer count.
    uses: Mapping[str, str] = field(default_factory=dict)
    #: Rule -> after how many receipts of whomever it gives nothing any more: so far is counted.
    totals: Mapping[str, int] = field(default_factory=dict)


def asked_by(programmes: Iterable[Programme]) -> Asked:
    """What these ask together. Where two count uses of one rule in different windows, the first one's holds."""
    turnover: set[str] = set()
    uses: dict[str, str] = {}
    totals: dict[str, int] = {}
    for programme in programmes:
        turnover |= turnover_windows(programme)
        uses = use_windows(programme) | uses
        for rule in all_rules(programme):
            if rule.uses is not None and rule.uses.total is not None:
                totals[rule.id] = max(totals.get(rule.id, 0), rule.uses.total)
    return Asked(frozenset(turnover), uses, totals)


@dataclass(frozen=True, slots=True)
class Sale:
    """A receipt and its guest by their 32 hexadecimal digits, when it was sold, and the store's day of that."""

    purchase: str
    customer: str
    time: datetime
    day: date


@dataclass(slots=True)
class Past:
    """A guest's purchases before a receipt. Those from it on are what today's figures have more than those of then."""

    later: int
    later_minor: int
    last: datetime | None
    #: By window.
    turnover_minor: dict[str, int]
    uses: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Guest:
    """The same as it grows; money and uses of a rule by the day of the store that sold, as 2026-11-21."""

    later: int = 0
    later_minor: int = 0
    last: datetime | None = None
    spent: Counter[str] = field(default_factory=Counter)
    uses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def past(self, today: date, asked: Asked) -> Past:
        """What a receipt of that day is told."""
        turnover = {window: _within(self.spent, window, today) for window in sorted(asked.turnover)}
        counts = {rule: _within(days, asked.uses[rule], today) for rule, days in self.uses.items()}
        uses = {rule: count for rule, count in counts.items() if count}
        return Past(self.later, self.later_minor, self.last, turnover, uses)


def read_pasts(sql: Sql, sales: Sequence[Sale], asked: Asked) -> dict[str, Past]:
    """By receipt. They stand in the order of time; what happened before the first and between them is read once."""
    if not sales:
        return {}
    guests = _before(sql, sales, asked)
    receipts, uses = deque(_receipts_between(sql, sales)), deque(_uses_between(sql, sales, asked))
    found: dict[str, Past] = {}
    for sale in sales:
        while receipts and receipts[0].time < sale.time:
            one = receipts.popleft()
            guest = guests[one.customer]
            guest.later, guest.later_minor, guest.last = guest.later - 1, guest.later_minor - one.minor, one.time
            guest.spent[one.day] += one.minor
        while uses and uses[0].time < sale.time:
            use = uses.popleft()
            guests[use.customer].uses[use.rule][use.day] += 1
        found[sale.purchase] = guests[sale.customer].past(sale.day, asked)
    return found


def _within(days: Mapping[str, int], window: str, today: date) -> int:
    first, last = _first_day(window, today), today.isoformat()
    return sum(figure for day, figure in days.items() if first <= day <= last)


@lru_cache(maxsize=1024)
def _first_day(window: str, today: date) -> str:
    return window_start(window, today).isoformat()


def _before(sql: Sql, sales: Sequence[Sale], asked: Asked) -> dict[str, _Guest]:
    """Each guest at the first of these moments."""
    names, start = sorted({sale.customer for sale in sales}), sql.time(sales[0].time)
    first = min(sale.day for sale in sales)
    guests: dict[str, _Guest] = defaultdict(_Guest)
    for name, later, later_minor, last in sql.query(
        "SELECT p.customer_id, SUM(CASE WHEN p.committed_at < %s THEN 0 ELSE 1 END),"  # noqa: S608
        f" SUM(CASE WHEN p.committed_at < %s THEN 0 ELSE {PAID} END),"
        f" MAX(CASE WHEN p.committed_at < %s THEN p.committed_at END) FROM purchases_receipt p WHERE {MINE}"
        " GROUP BY p.customer_id",
        (start, start, start, names),
    ):
        guests[sql.hex(name)] = _Guest(int(later), int(later_minor), sql.moment(last))
    if asked.turnover:
        day = sql.day("p.committed_at", "p.utc_offset_minutes")
        since = min(_first_day(window, first) for window in asked.turnover)
        for name, on, minor in sql.query(
            f"SELECT p.customer_id, {day}, SUM({PAID}) FROM purchases_receipt p WHERE {MINE}"  # noqa: S608
            f" AND p.committed_at < %s AND {day} >= %s GROUP BY 1, 2",
            (names, start, since),
        ):
            guests[sql.hex(name)].spent[str(on)] = int(minor)
    if asked.uses:
        since = min(_first_day(window, first) for window in asked.uses.values())
        for name, rule, on, count in sql.query(
            f"SELECT p.customer_id, u.rule_id, u.day, COUNT(*) {USES} AND p.committed_at < %s AND u.day >= %s"
            " GROUP BY 1, 2, 3",
            (names, sorted(asked.uses), start, since),
        ):
            guests[sql.hex(name)].uses[rule][str(on)] = count
    return guests


class _Bought(NamedTuple):
    customer: str
    time: datetime
    day: str
    minor: int


class _Used(NamedTuple):
    customer: str
    time: datetime
    day: str
    rule: str


def _receipts_between(sql: Sql, sales: Sequence[Sale]) -> Iterator[_Bought]:
    """Of these guests, from the first moment up to the last, in their order."""
    rows = sql.query(
        f"SELECT p.customer_id, p.committed_at, {sql.day('p.committed_at', 'p.utc_offset_minutes')}, {PAID}"  # noqa: S608
        f" FROM purchases_receipt p WHERE {MINE} AND p.committed_at >= %s AND p.committed_at < %s"
        " ORDER BY p.committed_at",
        (sorted({sale.customer for sale in sales}), sql.time(sales[0].time), sql.time(sales[-1].time)),
    )
    return (_Bought(sql.hex(name), moment_of(sql, time), str(day), minor) for name, time, day, minor in rows)


def _uses_between(sql: Sql, sales: Sequence[Sale], asked: Asked) -> Iterator[_Used]:
    names, ends = sorted({sale.customer for sale in sales}), (sql.time(sales[0].time), sql.time(sales[-1].time))
    rows = sql.query(
        f"SELECT u.customer_id, p.committed_at, u.day, u.rule_id {USES}"
        " AND p.committed_at >= %s AND p.committed_at < %s ORDER BY p.committed_at",
        (names, sorted(asked.uses), *ends),
    )
    return (_Used(sql.hex(name), moment_of(sql, time), str(day), rule) for name, time, day, rule in rows)


def moment_of(sql: Sql, value: Any) -> datetime:
    """Of a column that is never null."""
    found = sql.moment(value)
    assert found is not None, "the column is never null"
    return found
