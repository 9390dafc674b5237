"""Earned points lie in lots with the days that the programme gave them, in the calendar of their store."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from event_stream import NOW, Stream

from tillgate.central.ledger import hold_points
from tillgate.central.ledger.models import Lot
from tillgate.central.purchases.models import Quarantine
from tillgate.central.sql import open_sql
from tillgate.central.stores.models import Store
from tillgate.central.sync._states import read_customers, read_page
from tillgate.central.sync._windows import Windows
from tillgate.core.days import lot_moments
from tillgate.core.errors import PointsInsufficient
from tillgate.sync.v1.sync_service_pb2 import Event
from tillgate.type.v1.customer_pb2 import CustomerState

#: Midnight in Moscow, where the store is.
FIRST = datetime(2026, 12, 4, 21, tzinfo=UTC)
END = datetime(2027, 1, 4, 21, tzinfo=UTC)


def bought(stream: Stream, *lots: tuple[int, str, str]) -> Event:
    event = stream.purchase(earned=sum(points for points, _, _ in lots))
    for points, active_from, expires in lots:
        event.purchase_committed.purchase.answer.points.lots.add(
            points=points, active_from=active_from, expires=expires
        )
    return event


def hold(stream: Stream, hold_id: str, points: int, at: datetime) -> int:
    sql, chain = open_sql(connection), stream.chain
    with sql.write():
        customer = str(UUID(hex=stream.customer))
        return hold_points(sql, chain.organisation, chain.gateway, hold_id, customer, points, at)


def state(stream: Stream, at: datetime) -> tuple[int, list[tuple[datetime, int]]]:
    """What a gateway would hear: points that may be spent, and when that changes."""
    sql, organisation = open_sql(connection), stream.chain.organisation
    (told,) = read_customers(sql, organisation, [stream.customer], at, Windows())
    assert told.state in [each.state for each in read_page(sql, organisation, "", 10, at, Windows())]
    return told.state.points_available, changes(told.state)


def changes(told: CustomerState) -> list[tuple[datetime, int]]:
    return [(change.time.ToDatetime(UTC), change.points) for change in told.points_changes]


def test_points_lie_in_lots_with_moments_of_the_store_s_days(stream: Stream) -> None:
    event = bought(stream, (3, "", ""), (20, "2026-12-05", "2027-01-04"), (7, "", "2027-01-04"))
    assert stream.send(event).quarantined == []
    assert list(Lot.objects.order_by("points").values_list("points", "activates_at", "expires_at")) == [
        (3, None, None),
        (7, None, END),
        (20, FIRST, END),
    ]


def test_days_are_those_of_the_store_that_sold(stream: Stream) -> None:
    Store.objects.create(
        organisation_id=stream.chain.organisation, store_id="store-2", name="2", time_zone="Asia/Vladivostok"
    )
    event = bought(stream, (20, "2026-12-05", ""))
    event.purchase_committed.purchase.store_id = "store-2"
    stream.send(event)
    assert Lot.objects.get().activates_at == datetime(2026, 12, 4, 14, tzinfo=UTC)


def test_points_are_spent_from_their_first_day_to_the_end_of_their_last(stream: Stream) -> None:
    stream.send(bought(stream, (3, "", ""), (20, "2026-12-05", "2027-01-04")))
    second = timedelta(seconds=1)
    with pytest.raises(PointsInsufficient):
        hold(stream, "early", 4, FIRST - second)
    assert hold(stream, "first", 4, FIRST) == 19
    assert hold(stream, "last", 16, END - second) == 3
    with pytest.raises(PointsInsufficient):
        hold(stream, "late", 4, END)


def test_a_gateway_hears_what_may_be_spent_now_and_when_that_changes(stream: Stream) -> None:
    stream.send(bought(stream, (3, "", ""), (20, "2026-12-05", "2027-01-04"), (7, "", "2027-01-04")))
    assert state(stream, NOW) == (10, [(FIRST, 20), (END, -27)])
    assert state(stream, FIRST) == (30, [(END, -27)])
    assert state(stream, END) == (3, [])
    hold(stream, "h", 25, FIRST)
    assert state(stream, FIRST) == (5, [(END, -2)])


def test_of_many_changes_the_nearest_are_told(stream: Stream) -> None:
    days = [date(2026, 12, 1) + timedelta(days=number) for number in range(90)]
    stream.send(bought(stream, *((1, "", day.isoformat()) for day in days)))
    points, told = state(stream, NOW)
    assert (points, len(told)) == (90, 64)
    assert told[0] == (datetime(2026, 12, 1, 21, tzinfo=UTC), -1)
    assert told == sorted(told)


def test_cancelling_takes_exactly_these_lots_back(stream: Stream) -> None:
    stream.send(bought(stream, (100, "", "2026-12-01"), (50, "2026-12-01", "")))
    event = bought(stream, (3, "", ""), (20, "2026-12-05", "2027-01-04"))
    stream.send(event)
    stream.send(stream.cancel(event))
    rest = dict(Lot.objects.values_list("points", "remaining"))
    assert rest == {100: 100, 50: 50, 3: 0, 20: 0}
    assert state(stream, NOW)[0] == 100


def test_lots_of_a_stranger_are_nobody_s(stream: Stream) -> None:
    event = stream.purchase(customer="", earned=5)
    event.purchase_committed.purchase.answer.points.lots.add(points=5, active_from="yesterday")
    assert stream.send(event).quarantined == []
    assert not Lot.objects.exists()


@pytest.mark.parametrize(
    ("lot", "path"),
    [
        ((0, "", ""), "lots[1].points"),
        ((-5, "", ""), "lots[1].points"),
        ((5, "soon", ""), "lots[1].active_from"),
        ((5, "2026-W01-1", ""), "lots[1].active_from"),
        ((5, "", "1999-12-31"), "lots[1].expires"),
        ((5, "", "9999-12-31"), "lots[1].expires"),
    ],
)
def test_a_wrong_lot_goes_to_quarantine_with_its_place(stream: Stream, lot: tuple[int, str, str], path: str) -> None:
    event = bought(stream, (6, "", ""), lot)
    event.purchase_committed.purchase.answer.points.earned = 6 + lot[0]
    assert [reason for _, reason in stream.send(event).quarantined] == ["BAD_REQUEST"]
    assert f"points.{path}" in Quarantine.objects.get().detail
    assert not Lot.objects.exists()


def test_lots_that_do_not_add_up_go_to_quarantine_and_no_hold_is_used(stream: Stream) -> None:
    stream.give(100)
    stream.hold("h", 10)
    event = bought(stream, (6, "", ""), (7, "", ""))
    purchase = event.purchase_committed.purchase
    event.purchase_committed.hold_id, purchase.answer.redeemed_points, purchase.answer.points.earned = "h", 10, 12
    assert [reason for _, reason in stream.send(event).quarantined] == ["BAD_REQUEST"]
    assert stream.balances() == {"available": 90, "held": 10, "debt": 0}


def test_a_day_without_midnight_begins_when_it_does() -> None:
    from zoneinfo import ZoneInfo

    # Clocks in Beirut went from 23:59:59 to 01:00 on 29 March 2026.
    starts, ends = lot_moments(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Asia/Beirut"))
    assert starts == datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert ends == datetime(2026, 3, 29, 21, tzinfo=UTC)
