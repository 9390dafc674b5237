"""How often customers used rules, as far as the programmes that gateways have limit it."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from tillgate.central.sql import Sql
from tillgate.core import parse_programme
from tillgate.core.days import window_start
from tillgate.core.errors import ProgrammeInvalid
from tillgate.core.uses import customer_windows
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.type.v1.customer_pb2 import CustomerState

__all__ = ["UseWindows", "Windows", "add_uses"]

log = logging.getLogger(__name__)

Windows = Mapping[str, frozenset[str]]


class UseWindows:
    """In which windows the uses of a rule count, by rule; documents are read once."""

    def __init__(self) -> None:
        self._by_document: dict[str, dict[str, str]] = {}

    def read(self, bundles: Sequence[sync.Bundle]) -> Windows:
        """Of the programme in force and the one to come together: a gateway may have either."""
        found: dict[str, set[str]] = defaultdict(set)
        for bundle in bundles:
            if bundle.sha256 not in self._by_document:
                self._by_document[bundle.sha256] = _windows(bundle)
            for rule, window in self._by_document[bundle.sha256].items():
                found[rule].add(window)
        return {rule: frozenset(windows) for rule, windows in found.items()}


def _windows(bundle: sync.Bundle) -> dict[str, str]:
    try:
        return customer_windows(parse_programme(bundle.programme_json))
    except ProgrammeInvalid as error:
        log.warning("revision %s cannot be read, uses of its rules are not told: %s", bundle.revision, error)
        return {}


def add_uses(sql: Sql, states: Mapping[str, CustomerState], windows: Windows, now: datetime) -> None:
    """Count the receipts in which each rule gave something: all of them, or by day in the rule's window."""
    if not windows:
        return
    # Somewhere on Earth it is still yesterday.
    yesterday = now.date() - timedelta(days=1)
    first_days = {
        rule: min((window_start(window, yesterday) for window in several if window != "all"), default=date.max)
        for rule, several in windows.items()
    }
    for customer, rule, day_read, count in sql.query(
        "SELECT u.customer_id, u.rule_id, u.day, COUNT(*) FROM purchases_receiptrule u"
        " JOIN purchases_receipt r ON r.purchase_id = u.receipt_id"
        " WHERE u.customer_id = ANY(%s::uuid[]) AND u.rule_id = ANY(%s::text[]) AND u.day >= %s"
        " AND r.cancelled_at IS NULL GROUP BY u.customer_id, u.rule_id, u.day ORDER BY u.rule_id, u.day",
        (list(states), sorted(windows), _first_day(windows, first_days)),
    ):
        state, day = states[sql.hex(customer)], str(day_read)
        if "all" in windows[rule]:
            state.uses[rule] += count
        if day >= first_days[rule].isoformat():
            state.recent_uses.add(rule_id=rule, day=day, count=count)


def _first_day(windows: Windows, first_days: Mapping[str, date]) -> str:
    if any("all" in several for several in windows.values()):
        return date.min.isoformat()
    return min(first_days.values()).isoformat()
