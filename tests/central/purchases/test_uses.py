"""How often customers used rules: counted from their receipts, told to gateways as far as a programme limits it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from event_stream import NOW, Stream

from tillgate.central.customers.models import Change, Customer
from tillgate.central.programmes.models import Programme
from tillgate.central.programmes.publishing import new_draft, publish
from tillgate.central.purchases.models import Quarantine, ReceiptRule
from tillgate.central.sql import open_sql
from tillgate.central.sync._bundles import BundleCache
from tillgate.central.sync._states import read_customers
from tillgate.central.sync._windows import WindowCache, Windows
from tillgate.sync.v1.sync_service_pb2 import Event

DAY = timedelta(days=1)


def bought(stream: Stream, *rules: str, at: datetime = NOW, customer: str | None = None) -> Event:
    """A purchase in which these rules took money off."""
    event = stream.purchase(customer=customer)
    purchase = event.purchase_committed.purchase
    purchase.committed_time.FromDatetime(at)
    for rule in rules:
        purchase.answer.applied.add(rule_id=rule, amount_minor=100)
    return event


def told(
    stream: Stream, windows: dict[str, str], at: datetime = NOW
) -> tuple[dict[str, int], list[tuple[str, str, int]]]:
    """What a gateway would hear."""
    sets = Windows({rule: frozenset(window.split()) for rule, window in windows.items()})
    (customer,) = read_customers(open_sql(connection), stream.chain.organisation, [stream.customer], at, sets)
    state = customer.state
    return dict(state.uses), [(each.rule_id, each.day, each.count) for each in state.recent_uses]


def test_a_rule_that_gave_money_points_or_a_reward_was_used_once(stream: Stream) -> None:
    event = bought(stream, "money", "money")
    answer = event.purchase_committed.purchase.answer
    answer.applied.add(rule_id="points", points=5)
    answer.applied.add(rule_id="nothing", amount_minor=0)
    answer.rewards.add(rule_id="card").offer_card.kind = "plastic"
    answer.rewards.add(rule_id="money").prompt.to = "receipt"
    stream.send(event)
    assert sorted(ReceiptRule.objects.values_list("rule_id", flat=True)) == ["card", "money", "points"]
    assert told(stream, {"money": "all", "card": "all", "nothing": "all"})[0] == {"money": 1, "card": 1}


def test_what_a_stranger_used_counts_for_nobody(stream: Stream) -> None:
    stream.send(bought(stream, "r", customer=""))
    assert not ReceiptRule.objects.exists()


def test_a_cancelled_purchase_gives_its_uses_back(stream: Stream) -> None:
    first, second = bought(stream, "r"), bought(stream, "r", "s")
    stream.send(first, second, stream.cancel(second))
    windows = {"r": "all", "s": "day"}
    assert told(stream, windows) == ({"r": 1}, [])
    stream.send(stream.cancel(first))
    assert told(stream, windows) == ({}, [])


def test_the_same_purchase_again_is_no_other_use(stream: Stream) -> None:
    event = bought(stream, "r")
    stream.send(event)
    again = stream.event()
    again.purchase_committed.CopyFrom(event.purchase_committed)
    stream.send(again)
    assert told(stream, {"r": "all"})[0] == {"r": 1}


def test_a_day_is_that_of_the_store_that_sold(stream: Stream) -> None:
    """At 22:30 in London it is the next day in Moscow already, where the store is."""
    stream.send(bought(stream, "r", at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC)))
    assert told(stream, {"r": "day"})[1] == [("r", "2026-11-21", 1)]


@pytest.mark.parametrize(
    ("window", "days"),
    [
        ("day", [0, 1]),
        ("week", [0, 1, 3, 5]),
        ("month", [0, 1, 3, 5, 20]),
        ("year", [0, 1, 3, 5, 20, 21, 300]),
        ("rolling_days:4", [0, 1, 3]),
        ("rolling_days:30", [0, 1, 3, 5, 20, 21]),
    ],
)
def test_uses_of_a_window_are_told_by_day_from_its_first_one(stream: Stream, window: str, days: list[int]) -> None:
    """21 November 2026 is a Saturday. A day more than the window has: somewhere it is still yesterday."""
    for ago in (0, 1, 3, 5, 20, 21, 300, 330):
        stream.send(bought(stream, "r", at=NOW - ago * DAY))
    stream.send(bought(stream, "r"))
    expected = [("r", f"{NOW - ago * DAY:%Y-%m-%d}", 1 if ago else 2) for ago in sorted(days, reverse=True)]
    assert told(stream, {"r": window}) == ({}, expected)


def test_two_programmes_may_count_one_rule_differently(stream: Stream) -> None:
    for ago in (0, 40):
        stream.send(bought(stream, "r", at=NOW - ago * DAY))
    assert told(stream, {"r": "all month"}) == ({"r": 2}, [("r", "2026-11-21", 1)])


def test_a_rule_with_too_long_a_name_goes_to_quarantine(stream: Stream) -> None:
    assert [reason for _, reason in stream.send(bought(stream, "r" * 201)).quarantined] == ["BAD_REQUEST"]
    assert "$.purchase.answer.applied" in Quarantine.objects.get().detail


def document(**uses: Any) -> str:
    rules = [{"id": rule, "give": {"percent": "10"}, "uses": {"per_customer": use}} for rule, use in uses.items()]
    group = {"id": "d", "mode": "sequence", "children": [{"id": "free", "give": {"percent": "1"}}, *rules]}
    return json.dumps({"format": 1, "id": "chain", "revision": 1, "currency": "RUB", "discounts": group})


def windows_in_force(stream: Stream, at: datetime) -> Mapping[str, frozenset[str]]:
    return WindowCache().read(BundleCache().read(open_sql(connection), stream.chain.organisation, at)).uses


def test_windows_are_those_of_the_programme_in_force_and_of_the_next(stream: Stream) -> None:
    programme = Programme.objects.create(organisation_id=stream.chain.organisation, code="chain", name="Chain")
    publish(new_draft(programme, document(a={"count": 1}, b={"count": 2, "window": "day"})), None, NOW)
    publish(new_draft(programme, document(a={"count": 1, "window": "week"})), None, NOW, NOW + DAY)
    assert windows_in_force(stream, NOW) == {"a": {"all", "week"}, "b": {"day"}}
    assert windows_in_force(stream, NOW + DAY) == {"a": {"week"}}


def test_publishing_tells_the_uses_of_rules_that_were_not_limited_so_before(stream: Stream) -> None:
    stream.send(bought(stream, "a"))
    stream.send(bought(stream, "b", customer=stream.chain.customers[1]))
    programme = Programme.objects.create(organisation_id=stream.chain.organisation, code="chain", name="Chain")

    def published(text: str) -> list[bool]:
        """Whether each customer got a new version."""
        before = dict(Customer.objects.values_list("id", "version"))
        changes = Change.objects.count()
        publish(new_draft(programme, text), None, NOW)
        after = dict(Customer.objects.values_list("id", "version"))
        raised = {name.hex for name in after if after[name] != before[name]}
        assert Change.objects.count() - changes == len(raised)
        return [customer in raised for customer in stream.chain.customers]

    assert published(document(a={"count": 1})) == [True, False, False]
    assert published(document(a={"count": 2}, b={"count": 1})) == [False, True, False]
    assert published(document(a={"count": 2, "window": "day"})) == [True, False, False]


def test_a_limit_that_was_out_of_force_is_told_anew(stream: Stream) -> None:
    stream.send(bought(stream, "a"))
    programme = Programme.objects.create(organisation_id=stream.chain.organisation, code="chain", name="Chain")
    publish(new_draft(programme, document(a={"count": 1})), None, NOW)
    publish(new_draft(programme, document(b={"count": 1})), None, NOW, NOW + DAY)
    version = stream.row().version
    publish(new_draft(programme, document(a={"count": 1})), None, NOW + 2 * DAY)
    assert stream.row().version == version + 1
