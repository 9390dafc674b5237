"""What a receipt for a backtest says of the time before it: turnover, uses of rules, what came with the guest."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from event_stream import NOW, Stream

from tillgate.central.customers.models import Customer
from tillgate.central.purchases import Asked, Wanted, asked_by, export_receipts
from tillgate.central.sql import open_sql
from tillgate.core import parse_basket, parse_programme
from tillgate.sync.v1.sync_service_pb2 import Event

DAY = timedelta(days=1)


def bought(stream: Stream, *rules: str, at: datetime, total: int = 0, customer: str | None = None) -> Event:
    event = stream.purchase(total=total, customer=customer)
    purchase = event.purchase_committed.purchase
    purchase.committed_time.FromDatetime(at)
    for rule in rules:
        purchase.answer.applied.add(rule_id=rule, amount_minor=100)
    return event


def exported(asked: Asked) -> list[dict[str, Any]]:
    found = [json.loads(line)["basket"] for line in export_receipts(open_sql(connection), Wanted(asked=asked))]
    assert all(parse_basket(basket, 2) for basket in found)
    return found


def spent(asked: Asked) -> list[dict[str, str]]:
    return [basket["customer"]["turnover"] for basket in exported(asked)]


def uses(asked: Asked) -> list[dict[str, int]]:
    told = [basket.get("customer", {}).get("uses", {}) for basket in exported(asked)]
    return [{rule: one["count"] for rule, one in each.items()} for each in told]


def test_turnover_in_a_window_is_that_of_the_days_before_a_receipt(stream: Stream) -> None:
    """21 November 2026 is a Saturday. The receipt itself, what came later and what was cancelled do not count."""
    cancelled = bought(stream, at=NOW - DAY, total=9_999)
    stream.send(
        cancelled, stream.cancel(cancelled),
        *(bought(stream, at=NOW - ago * DAY, total=10**k) for k, ago in enumerate((60, 20, 6, 1, 0))),
        bought(stream, at=NOW + timedelta(hours=1), total=1),
        bought(stream, at=NOW - DAY, total=7, customer=stream.chain.customers[1]),
    )  # fmt: skip
    found = spent(Asked(turnover=frozenset({"day", "week", "month", "rolling_days:7"})))
    assert found[-1] == {
        "all": "111.11", "day": "100.00", "week": "110.00", "month": "111.10", "rolling_days:7": "111.00",
    }  # fmt: skip
    mine = [one for one in found if one["all"] != "0.00" or one["month"] != "0.00"]
    assert [one["month"] for one in mine] == ["0.00", "0.10", "1.10", "11.10", "111.10"]


def test_a_certificate_was_paid_for_earlier(stream: Stream) -> None:
    paid = bought(stream, at=NOW - DAY, total=1_000)
    paid.purchase_committed.purchase.answer.tender_minor = 300
    stream.send(paid, bought(stream, at=NOW, total=50))
    found = spent(Asked(turnover=frozenset({"month"})))
    assert found == [{"all": "0.00", "month": "0.00"}, {"all": "7.00", "month": "7.00"}]


def test_a_day_is_that_of_the_store_that_sold(stream: Stream) -> None:
    """At 22:30 in London it is the next day in Moscow already, where the store is."""
    late, next_day = datetime(2026, 11, 19, 22, 30, tzinfo=UTC), datetime(2026, 11, 20, 9, tzinfo=UTC)
    stream.send(bought(stream, at=late, total=5), bought(stream, at=next_day, total=1))
    assert spent(Asked(turnover=frozenset({"day"})))[1]["day"] == "0.05"


def test_a_day_that_has_not_begun_here_counts_tomorrow(stream: Stream) -> None:
    """In Kamchatka it is the 21st already; in Moscow half an hour before midnight that is no purchase of the 20th."""
    there, here = (bought(stream, at=datetime(2026, 11, 20, 20, k, tzinfo=UTC), total=100) for k in (0, 30))
    there.purchase_committed.purchase.utc_offset_minutes = 720
    stream.send(there, here, bought(stream, at=datetime(2026, 11, 21, 9, tzinfo=UTC)))
    assert [one["day"] for one in spent(Asked(turnover=frozenset({"day"})))] == ["0.00", "0.00", "1.00"]


def test_uses_are_those_of_the_window_before_a_receipt(stream: Stream) -> None:
    cancelled, other = bought(stream, "a", "b", at=NOW - DAY), stream.chain.customers[1]
    stream.send(
        cancelled, stream.cancel(cancelled),
        bought(stream, "a", "b", at=NOW - 40 * DAY), bought(stream, "a", "b", "c", at=NOW - DAY),
        bought(stream, "a", at=NOW), bought(stream, "a", at=NOW + timedelta(hours=1), customer=other),
    )  # fmt: skip
    asked = Asked(uses={"a": "all", "b": "rolling_days:30", "c": "day"})
    assert uses(asked) == [{}, {"a": 1}, {"a": 2, "b": 1}, {}]


def test_uses_by_whomever_count_over_the_chain_up_to_the_limit(stream: Stream) -> None:
    """Strangers' too. A till that knows of more is believed, as a gateway believes it."""
    events = [
        bought(stream, "a", at=NOW - 3 * DAY, customer=""), bought(stream, "a", "b", at=NOW - 2 * DAY),
        bought(stream, at=NOW - DAY), bought(stream, "a", at=NOW),
    ]  # fmt: skip
    events[-1].purchase_committed.purchase.basket.uses.add(rule_id="a", count=50)
    stream.send(*events)
    found = [basket.get("uses", {}) for basket in exported(Asked(totals={"a": 9, "b": 1}))]
    counts = [{rule: one["count"] for rule, one in each.items()} for each in found]
    assert counts == [{}, {"a": 1}, {"a": 2, "b": 1}, {"a": 50, "b": 1}]
    assert exported(Asked(totals={"a": 1}))[2]["uses"] == {"a": {"count": 1}}


FIRST_DAYS: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.isoweekday() - 1),
    "month": lambda day: date(day.year, day.month, 1),
    "year": lambda day: date(day.year, 1, 1),
    "rolling_days:10": lambda day: day - timedelta(days=9),
}


@pytest.mark.parametrize("seed", range(3))
def test_any_history_is_counted_as_a_person_would(stream: Stream, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of receipts of three guests and of strangers over four months, many at midnight, some cancelled."""
    monkeypatch.setattr("tillgate.central.purchases._export.CHUNK", 70)
    monkeypatch.setattr("tillgate.central.purchases._chain_uses.PAGE", 70)
    random = Random(seed)
    sold, events = [], []
    for _ in range(300):
        at = NOW - timedelta(
            days=random.randrange(120), minutes=random.choice((0, 0, 899, 900, 901, random.randrange(1440)))
        )
        customer = random.choice([*stream.chain.customers, ""])
        rules = random.sample("abcde", random.randrange(4))
        event = bought(stream, *rules, at=at, total=random.randrange(10_000), customer=customer)
        events.append(event)
        if random.random() < 0.1:
            events.append(stream.cancel(event))
        else:
            purchase = event.purchase_committed.purchase
            sold.append((at, customer, set(rules), purchase.answer.total_minor, purchase.purchase_id))
    for start in range(0, len(events), 100):
        stream.send(*events[start : start + 100])
    asked = Asked(
        frozenset(FIRST_DAYS), dict(zip("abcd", ["all", *list(FIRST_DAYS)[1:4]], strict=True)), {"a": 20, "e": 500}
    )
    found = {
        one["id"]: one["basket"] for one in map(json.loads, export_receipts(open_sql(connection), Wanted(asked=asked)))
    }
    assert len(found) == len(sold)
    for receipt in sold:
        check_past(receipt, sold, asked, found[receipt[-1]])


def check_past(receipt: Any, sold: list[Any], asked: Asked, basket: dict[str, Any]) -> None:
    at, customer, _, _, name = receipt
    past = [one for one in sold if one[0] < at]
    told = {rule: one["count"] for rule, one in basket.get("uses", {}).items()}
    totals = {rule: min(most, sum(rule in one[2] for one in past)) for rule, most in asked.totals.items()}
    assert told == {rule: count for rule, count in totals.items() if count}, name
    if not customer:
        return
    mine = [one for one in past if one[1] == customer]

    def within(window: str) -> list[Any]:
        first = date.min if window == "all" else FIRST_DAYS[window](moscow_day(at))
        return [one for one in mine if moscow_day(one[0]) >= first]

    spent_there = {window: sum(one[3] for one in within(window)) for window in ("all", *asked.turnover)}
    guest = basket["customer"]
    assert guest["turnover"] == {window: f"{minor // 100}.{minor % 100:02}" for window, minor in spent_there.items()}, (
        name
    )
    used = {rule: sum(rule in one[2] for one in within(window)) for rule, window in asked.uses.items()}
    assert {rule: one["count"] for rule, one in guest.get("uses", {}).items()} == {
        r: n for r, n in used.items() if n
    }, name
    assert guest["purchases"] == len(mine)


def moscow_day(moment: datetime) -> date:
    return (moment + timedelta(hours=3)).date()


def test_what_a_guest_brought_along_is_not_forgotten(stream: Stream) -> None:
    """Purchases and turnover of before the first receipt, as an import brings them."""
    long_ago = NOW - 300 * DAY
    Customer.objects.filter(pk=stream.customer).update(purchases=12, turnover_minor=50_000, first_purchase_at=long_ago)
    stream.send(bought(stream, at=NOW, total=100), bought(stream, at=NOW + DAY, total=10))
    first, second = (basket["customer"] for basket in exported(Asked()))
    assert (first["purchases"], first["turnover"]["all"]) == (12, "500.00")
    assert (second["purchases"], second["turnover"]["all"]) == (13, "501.00")
    assert first["first_purchase"] == second["first_purchase"] == "2026-01-25T15:00:00+03:00"
    assert "last_purchase" not in first
    assert second["last_purchase"] == "2026-11-21T15:00:00+03:00"


def test_a_tier_by_turnover_is_not_pinned(stream: Stream) -> None:
    """Only who has one of their own keeps it under another programme."""
    event = bought(stream, at=NOW)
    event.purchase_committed.purchase.answer.tier.id = "silver"
    stream.send(event)
    assert "tier" not in exported(Asked())[0]["customer"]
    Customer.objects.filter(pk=stream.customer).update(tier="gold")
    assert exported(Asked())[0]["customer"]["tier"] == "silver"


def test_words_that_no_text_can_say_stop_nothing(stream: Stream) -> None:
    Customer.objects.filter(pk=stream.customer).update(segments=["vip", 7, " "], attributes={"floor": 3, "vip": True})
    stream.send(bought(stream, at=NOW))
    guest = exported(Asked())[0]["customer"]
    assert (guest["segments"], guest["attributes"]) == (["vip", "7"], {"floor": "3", "vip": "true"})


def test_how_a_sale_was_made_comes_along(stream: Stream) -> None:
    """A confirmation was given then; points that could not be spent without the centre were not."""
    confirmed, offline = bought(stream, at=NOW), bought(stream, at=NOW + DAY)
    confirmed.purchase_committed.purchase.basket.confirmed_by.append("code")
    for event in (confirmed, offline):
        event.purchase_committed.purchase.basket.redeem.points = 100
    offline.purchase_committed.purchase.offline = True
    stream.send(confirmed, offline)
    first, second = exported(Asked())
    assert (first["confirmed_by"], first["redeem"]) == (["code"], {"points": "1"})
    assert "redeem" not in second


def test_programmes_say_what_they_ask() -> None:
    def programme(window: str, **more: Any) -> Any:
        limit = {"per_customer": {"count": 1, "window": window}, "total": 5 if window == "day" else 9}
        rules = [{"id": "a", "give": {"percent": "1"}, "uses": limit}]
        group = {"id": "d", "mode": "sequence", "children": rules}
        return parse_programme({"format": 1, "id": "p", "revision": 1, "currency": "RUB", "discounts": group, **more})

    tiers = {"window": "month", "levels": [{"id": "base", "from": "0"}]}
    found = asked_by([programme("day"), programme("week", tiers=tiers)])
    assert found == Asked(frozenset({"month"}), {"a": "day"}, {"a": 9})
