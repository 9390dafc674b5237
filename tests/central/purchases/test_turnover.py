"""What customers spent in windows of days: added up from their receipts, told to gateways where a programme asks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from event_stream import NOW, Stream

from tillgate.central.programmes.models import Programme
from tillgate.central.programmes.publishing import new_draft, publish
from tillgate.central.sql import open_sql
from tillgate.central.sync._bundles import BundleCache
from tillgate.central.sync._states import read_customers
from tillgate.central.sync._windows import WindowCache, Windows
from tillgate.sync.v1.sync_service_pb2 import Event

DAY = timedelta(days=1)
LEVELS = [["10.00", "5"]]


def bought(stream: Stream, total: int, at: datetime = NOW, tender: int = 0, customer: str | None = None) -> Event:
    event = stream.purchase(total=total, customer=customer)
    event.purchase_committed.purchase.answer.tender_minor = tender
    event.purchase_committed.purchase.committed_time.FromDatetime(at)
    return event


def told(stream: Stream, *windows: str, at: datetime = NOW) -> tuple[int, dict[str, int]]:
    """What a gateway would hear: all, and by day."""
    (customer,) = read_customers(
        open_sql(connection), stream.chain.organisation, [stream.customer], at, Windows(turnover=frozenset(windows))
    )
    days = [(each.day, each.minor) for each in customer.state.recent_turnover]
    assert days == sorted(days)
    return customer.state.turnover_minor["all"], dict(days)


def test_money_of_a_day_is_added_up_as_all_of_it_is(stream: Stream) -> None:
    """A certificate was paid for earlier; what was cancelled was not bought; others' money is theirs."""
    stream.send(bought(stream, 1_000, tender=300), bought(stream, 200))
    cancelled = bought(stream, 5_000)
    stream.send(cancelled, bought(stream, 7_000, customer=stream.chain.customers[1]), stream.cancel(cancelled))
    assert told(stream, "day") == (900, {"2026-11-21": 900})
    assert told(stream) == (900, {})


def test_a_day_is_that_of_the_store_that_sold(stream: Stream) -> None:
    """At 22:30 in London it is the next day in Moscow already, where the store is."""
    stream.send(bought(stream, 100, datetime(2026, 11, 20, 22, 30, tzinfo=UTC)))
    stream.send(bought(stream, 20, datetime(2026, 11, 20, 20, 59, 59, 999_999, tzinfo=UTC)))
    assert told(stream, "day")[1] == {"2026-11-20": 20, "2026-11-21": 100}


@pytest.mark.parametrize(
    ("windows", "days"),
    [
        ("day", [0, 1]),
        ("week", [0, 1, 5]),
        ("month", [0, 1, 5, 20]),
        ("year", [0, 1, 5, 20, 21, 300]),
        ("rolling_days:6", [0, 1, 5]),
        ("rolling_days:400", [0, 1, 5, 20, 21, 300, 330, 400]),
        ("week month", [0, 1, 5, 20]),
    ],
)
def test_days_are_told_from_the_first_one_of_the_longest_window(stream: Stream, windows: str, days: list[int]) -> None:
    """21 November 2026 is a Saturday. A day more than the window has: somewhere it is still yesterday."""
    stream.send(*(bought(stream, ago + 1, NOW - ago * DAY) for ago in (0, 1, 5, 20, 21, 300, 330, 400, 401)))
    assert told(stream, *windows.split())[1] == {f"{NOW - ago * DAY:%Y-%m-%d}": ago + 1 for ago in days}


def document(*rules: dict[str, Any], **fields: Any) -> str:
    children = [{"id": f"r{number}", "give": {"percent": "1"}} | rule for number, rule in enumerate(rules or ({},))]
    group = {"id": "d", "mode": "sequence", "children": children}
    return json.dumps({"format": 1, "id": "chain", "revision": 1, "currency": "RUB", "discounts": group, **fields})


def test_a_programme_asks_by_tiers_conditions_and_effects(stream: Stream) -> None:
    programme = Programme.objects.create(organisation_id=stream.chain.organisation, code="chain", name="Chain")
    spent = {"turnover": {"window": "week", "at_least": "1.00"}}
    earn = {"id": "e", "give": {"points_percent_by": {"turnover": "day", "levels": LEVELS}}}
    text = document(
        {"when": [{"any": [{"identified": False}, {"not": spent}]}]},
        {"give": {"percent_by": {"turnover": "month", "levels": LEVELS}}},
        {"when": [{"turnover": {"window": "all", "at_least": "1.00"}}]},
        tiers={"window": "year", "levels": [{"id": "base", "from": "0"}]},
        accrual={"id": "a", "mode": "sum", "children": [earn]},
    )
    publish(new_draft(programme, text), None, NOW)
    later = {"turnover": {"window": "rolling_days:3", "at_least": "1.00"}}
    publish(new_draft(programme, document({"when": [later]})), None, NOW, NOW + DAY)

    def windows(at: datetime) -> frozenset[str]:
        return WindowCache().read(BundleCache().read(open_sql(connection), stream.chain.organisation, at)).turnover

    assert windows(NOW) == {"day", "week", "month", "year", "rolling_days:3"}
    assert windows(NOW + DAY) == {"rolling_days:3"}


def test_publishing_tells_the_days_of_a_window_that_was_not_asked_for_before(stream: Stream) -> None:
    buyer, earlier, cancelled = stream.chain.customers
    stream.send(bought(stream, 100), bought(stream, 100, NOW - 40 * DAY, customer=earlier))
    gone = bought(stream, 100, customer=cancelled)
    stream.send(gone, stream.cancel(gone))
    programme = Programme.objects.create(organisation_id=stream.chain.organisation, code="chain", name="Chain")

    def published(*windows: str) -> set[str]:
        """Who got a new version."""
        rules = [{"when": [{"turnover": {"window": window, "at_least": "1.00"}}]} for window in windows]
        before = versions()
        publish(new_draft(programme, document(*rules)), None, NOW)
        return {name for name, version in versions().items() if version != before[name]}

    def versions() -> dict[str, int]:
        found = read_customers(open_sql(connection), stream.chain.organisation, stream.chain.customers, NOW, Windows())
        return {each.state.customer_id.replace("-", ""): each.version for each in found}

    assert published("all") == set()
    assert published("all", "month") == {buyer}
    assert published("month") == set()
    assert published("month", "year") == {buyer, earlier}
