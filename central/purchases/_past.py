"""What had happened before a receipt: counted from the receipts of the whole chain, as of each one's time.

A receipt that was cancelled later counts nowhere, and neither do those of the very same moment.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from tillgate.central.sql import Row, Sql
from tillgate.core.days import window_start
from tillgate.core.programme import Programme, all_rules
from tillgate.core.windows import turnover_windows, use_windows
from tillgate.type.v1.purchase_pb2 import Purchase

from ._facts import rules_that_gave

__all__ = ["Asked", "ChainUses", "Past", "Sale", "asked_by", "read_pasts"]

PAGE = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    """A receipt by its 32 hexadecimal digits, and the store's day of it."""

    purchase: str
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


def read_pasts(sql: Sql, sales: Sequence[Sale], asked: Asked) -> dict[str, Past]:
    """By receipt. Those of one day should stand together: each day costs a query, and one more a window of uses."""
    found: dict[str, Past] = {}
    for day, several in groupby(sales, key=lambda sale: sale.day):
        names = [sale.purchase for sale in several]
        for name, *row in _bought(sql, names, [(window_start(one, day), day) for one in sorted(asked.turnover)]):
            later, later_minor, last, *windows = row
            turnover = dict(zip(sorted(asked.turnover), map(int, windows), strict=True))
            found[sql.hex(name)] = Past(int(later), int(later_minor), sql.moment(last), turnover)
        for window in sorted(set(asked.uses.values())):
            rules = [rule for rule, its in asked.uses.items() if its == window]
            for name, rule, count in _used(sql, names, rules, window_start(window, day), day):
                found[sql.hex(name)].uses[rule] = count
    return found


def _bought(sql: Sql, names: list[str], windows: Sequence[tuple[date, date]]) -> list[Row]:
    paid, before = "p.total_minor - p.tender_minor", "p.committed_at < r.committed_at"
    day = sql.day("p.committed_at", "p.utc_offset_minutes")
    sums = f", SUM(CASE WHEN {before} AND {day} BETWEEN %s AND %s THEN {paid} ELSE 0 END)" * len(windows)
    return sql.query(
        f"SELECT r.purchase_id, SUM(CASE WHEN {before} THEN 0 ELSE 1 END),"  # noqa: S608
        f" SUM(CASE WHEN {before} THEN 0 ELSE {paid} END), MAX(CASE WHEN {before} THEN p.committed_at END){sums}"
        " FROM purchases_receipt r JOIN purchases_receipt p ON p.customer_id = r.customer_id AND p.cancelled_at IS NULL"
        " WHERE r.purchase_id = ANY(%s::uuid[]) GROUP BY r.purchase_id",
        (*(end.isoformat() for window in windows for end in window), names),
    )


def _used(sql: Sql, names: list[str], rules: list[str], first: date, last: date) -> list[Row]:
    return sql.query(
        "SELECT r.purchase_id, u.rule_id, COUNT(*) FROM purchases_receipt r"
        " JOIN purchases_receiptrule u ON u.customer_id = r.customer_id"
        " JOIN purchases_receipt p ON p.purchase_id = u.receipt_id"
        " WHERE r.purchase_id = ANY(%s::uuid[]) AND u.rule_id = ANY(%s::text[]) AND u.day BETWEEN %s AND %s"
        " AND p.committed_at < r.committed_at AND p.cancelled_at IS NULL GROUP BY r.purchase_id, u.rule_id",
        (names, rules, first.isoformat(), last.isoformat()),
    )


class ChainUses:
    """When rules gave something in any receipt of a chain, as far as programmes count.

    Reads the chain's receipts once, a few hundred at a time; eight bytes of each use stay in memory.
    """

    def __init__(self, sql: Sql, organisation: int, totals: Mapping[str, int]) -> None:
        """`totals` says up to how many uses of a rule are counted."""
        self._times: dict[str, array[int]] = {rule: array("q") for rule in totals}
        rows: list[Row] = []
        wanting = set(totals)
        while wanting and (rows := _page(sql, organisation, rows[-1] if rows else None)):
            for _, committed_at, document in rows:
                for rule in rules_that_gave(Purchase.FromString(bytes(document))) & wanting:
                    self._times[rule].append(_microseconds(sql.moment(committed_at)))
                    if len(self._times[rule]) >= totals[rule]:
                        wanting.discard(rule)

    def before(self, moment: datetime) -> dict[str, int]:
        """How often, without the rules that nobody had used."""
        counts = {rule: bisect_left(times, _microseconds(moment)) for rule, times in self._times.items()}
        return {rule: count for rule, count in counts.items() if count}


def _page(sql: Sql, organisation: int, last: Row | None) -> list[Row]:
    where, values = "organisation_id = %s AND cancelled_at IS NULL", [organisation]
    if last is not None:
        where += " AND (committed_at, purchase_id) > (%s, %s)"
        values += [sql.time(sql.moment(last[1])), sql.uuid(sql.hex(last[0]))]
    return sql.query(
        f"SELECT purchase_id, committed_at, document FROM purchases_receipt WHERE {where}"  # noqa: S608
        " ORDER BY committed_at, purchase_id LIMIT %s",
        (*values, PAGE),
    )


def _microseconds(moment: datetime | None) -> int:
    assert moment is not None, "the column is never null"
    return (moment - EPOCH) // timedelta(microseconds=1)
