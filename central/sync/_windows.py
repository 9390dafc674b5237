"""What customers used and spent lately, as far as the programmes that gateways have ask for it."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tillgate.central.sql import Sql
from tillgate.core import parse_programme
from tillgate.core.days import window_start
from tillgate.core.errors import ProgrammeInvalid
from tillgate.core.windows import turnover_windows, use_windows
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.type.v1.customer_pb2 import CustomerState

__all__ = ["WindowCache", "Windows", "add_turnover", "add_uses"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Windows:
    """In which windows the uses of a rule count, by rule, and the turnover of a customer beside all of it."""

    uses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    turnover: frozenset[str] = frozenset()


class WindowCache:
    """The windows of documents, each read once."""

    def __init__(self) -> None:
        self._by_document: dict[str, tuple[dict[str, str], frozenset[str]]] = {}

    def read(self, bundles: Sequence[sync.Bundle]) -> Windows:
        """Of the programme in force and the one to come together: a gateway may have either."""
        uses: dict[str, set[str]] = defaultdict(set)
        turnover: set[str] = set()
        for bundle in bundles:
            if bundle.sha256 not in self._by_document:
                self._by_document[bundle.sha256] = _windows(bundle)
            by_rule, spent = self._by_document[bundle.sha256]
            for rule, window in by_rule.items():
                uses[rule].add(window)
            turnover |= spent
        return Windows({rule: frozenset(windows) for rule, windows in uses.items()}, frozenset(turnover))


def _windows(bundle: sync.Bundle) -> tuple[dict[str, str], frozenset[str]]:
    try:
        programme = parse_programme(bundle.programme_json)
    except ProgrammeInvalid as error:
        log.warning("revision %s cannot be read, what its windows hold is not told: %s", bundle.revision, error)
        return {}, frozenset()
    return use_windows(programme), turnover_windows(programme)


def add_uses(sql: Sql, states: Mapping[str, CustomerState], windows: Windows, now: datetime) -> None:
    """Count the receipts in which each rule gave something: all of them, or by day in the rule's window."""
    if not windows.uses:
        return
    first_days = {
        rule: _first_day((window for window in several if window != "all"), now)
        for rule, several in windows.uses.items()
    }
    every = any("all" in several for several in windows.uses.values())
    for customer, rule, day_read, count in sql.query(
        "SELECT u.customer_id, u.rule_id, u.day, COUNT(*) FROM purchases_receiptrule u"
        " JOIN purchases_receipt r ON r.purchase_id = u.receipt_id"
        " WHERE u.customer_id = ANY(%s::uuid[]) AND u.rule_id = ANY(%s::text[]) AND u.day >= %s"
        " AND r.cancelled_at IS NULL GROUP BY u.customer_id, u.rule_id, u.day ORDER BY u.rule_id, u.day",
        (list(states), sorted(windows.uses), date.min.isoformat() if every else min(first_days.values())),
    ):
        state, day = states[sql.hex(customer)], str(day_read)
        if "all" in windows.uses[rule]:
            state.uses[rule] += count
        if day >= first_days[rule]:
            state.recent_uses.add(rule_id=rule, day=day, count=count)


def add_turnover(sql: Sql, states: Mapping[str, CustomerState], windows: Windows, now: datetime) -> None:
    """Add up what each customer paid in money by day, from the first day of the longest window."""
    if not windows.turnover:
        return
    day = sql.day("committed_at", "utc_offset_minutes")
    for customer, day_read, minor in sql.query(
        f"SELECT customer_id, {day}, SUM(total_minor - tender_minor) FROM purchases_receipt"  # noqa: S608
        f" WHERE customer_id = ANY(%s::uuid[]) AND {day} >= %s AND cancelled_at IS NULL GROUP BY 1, 2 ORDER BY 2",
        (list(states), _first_day(windows.turnover, now)),
    ):
        states[sql.hex(customer)].recent_turnover.add(day=str(day_read), minor=int(minor))


def _first_day(windows: Iterable[str], now: datetime) -> str:
    """The first one of the windows that end today; somewhere on Earth it is still yesterday."""
    yesterday = now.date() - timedelta(days=1)
    return min((window_start(window, yesterday) for window in windows), default=date.max).isoformat()
