"""What becomes of events: receipts, points, figures; each once, and the bad ones aside."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, connections
from event_stream import NOW, Stream

from tillgate.central.customers.models import Change, Customer
from tillgate.central.fleet.models import Gateway
from tillgate.central.ledger import check_ledger
from tillgate.central.ledger.models import Account, Hold, Lot
from tillgate.central.purchases import Outcome, Source, apply_batch
from tillgate.central.purchases._ingest import lock_gateway
from tillgate.central.purchases.models import Quarantine, Receipt, ReceiptDiscount, ReceiptLine
from tillgate.central.sql import open_sql
from tillgate.central.stores.models import Organisation, Store
from tillgate.core.errors import EpochUnknown, GatewayUnknown, HoldClosed
from tillgate.sync.v1.sync_service_pb2 import Event
from tillgate.type.v1.purchase_pb2 import Purchase


def test_a_purchase_becomes_a_receipt_with_lines_discounts_and_points(stream: Stream) -> None:
    before = stream.row()
    event = stream.purchase(earned=50)
    assert stream.send(event) == Outcome(high_water=1)
    receipt = Receipt.objects.get()
    assert (receipt.purchase_id, receipt.total_minor, receipt.earned_points) == (
        UUID(event.purchase_committed.purchase.purchase_id),
        1_000,
        50,
    )
    assert bytes(receipt.document) == event.purchase_committed.purchase.SerializeToString()
    line = ReceiptLine.objects.get()
    assert (line.sku, line.quantity_milli, line.net_minor, line.categories) == (
        "4600000000017",
        2_000,
        1_000,
        ["drinks/coffee"],
    )
    assert ReceiptDiscount.objects.get().amount_minor == 100
    row = stream.row()
    assert (row.points_available, row.purchases, row.turnover_minor) == (50, 1, 1_000)
    assert row.first_purchase_at == row.last_purchase_at == NOW + timedelta(minutes=1)
    assert row.version == before.version + 1
    assert Change.objects.filter(customer_id=row.pk, seq=None, removed=False).count() == 2


def test_a_purchase_of_a_stranger_is_only_a_receipt(stream: Stream) -> None:
    changes = Change.objects.count()
    stream.send(stream.purchase(customer=""))
    assert Receipt.objects.get().customer is None
    assert Change.objects.count() == changes


def test_points_that_a_stranger_earned_go_to_nobody(stream: Stream) -> None:
    event = stream.purchase(customer="", earned=50)
    assert stream.send(event, stream.cancel(event)).quarantined == []
    receipt = Receipt.objects.get()
    assert (receipt.earned_points, receipt.lines.get().points_earned, receipt.total_minor) == (0, 0, 1_000)
    assert receipt.cancelled_at is not None
    assert not Account.objects.exists()


def clear_time(time: Any) -> None:
    time.Clear()


def set_year_1999(time: Any) -> None:
    time.FromDatetime(datetime(1999, 12, 31, 23, 59, tzinfo=UTC))


def set_two_days_ahead(time: Any) -> None:
    time.FromDatetime(NOW + timedelta(days=2))


def set_no_time_at_all(time: Any) -> None:
    time.seconds = 2**60


@pytest.mark.parametrize("change", [clear_time, set_year_1999, set_two_days_ahead, set_no_time_at_all])
def test_a_clock_that_is_far_off_costs_the_time_alone(stream: Stream, change: Callable[[Any], None]) -> None:
    event = stream.purchase(earned=5)
    change(event.purchase_committed.purchase.committed_time)
    cancel = stream.cancel(event)
    change(cancel.purchase_cancelled.cancelled_time)
    assert stream.send(event, cancel).quarantined == []
    receipt = Receipt.objects.get()
    assert (receipt.committed_at, receipt.cancelled_at, receipt.received_at) == (NOW, NOW, NOW)
    assert Purchase.FromString(bytes(receipt.document)) == event.purchase_committed.purchase


def test_a_clock_that_is_a_little_off_is_believed(stream: Stream) -> None:
    event = stream.purchase()
    event.purchase_committed.purchase.committed_time.FromDatetime(NOW + timedelta(hours=23))
    stream.send(event)
    assert Receipt.objects.get().committed_at == NOW + timedelta(hours=23)


def test_what_waited_while_its_gateway_was_moved_is_booked_to_the_store_that_sold_it(stream: Stream) -> None:
    chain = stream.chain
    new = Store.objects.create(organisation_id=chain.organisation, store_id="store-2", name="Store 2")
    sold, waiting = stream.purchase(earned=5), stream.purchase(earned=5)
    stream.send(sold)
    stream.source = Source(chain.gateway, chain.organisation, new.pk, new.store_id)
    assert stream.send(waiting, stream.cancel(sold), stream.cancel(waiting)).quarantined == []
    assert set(Receipt.objects.values_list("store_id", flat=True)) == {chain.store}
    assert not Receipt.objects.filter(cancelled_at=None).exists()
    here = stream.purchase()
    here.purchase_committed.purchase.store_id = ""
    stream.send(here)
    assert Receipt.objects.get(cancelled_at=None).store_id == new.pk


def test_a_store_of_another_organisation_is_none(stream: Stream) -> None:
    other = Organisation.objects.create(name="Other")
    Store.objects.create(organisation=other, store_id="their-store", name="Theirs")
    event = stream.purchase()
    event.purchase_committed.purchase.store_id = "their-store"
    assert stream.send(event).quarantined == [(1, "BAD_REQUEST")]


def test_a_batch_that_comes_again_changes_nothing(stream: Stream) -> None:
    batch = [stream.purchase(earned=50), stream.purchase(earned=7)]
    assert stream.send(*batch).high_water == 2
    version = stream.row().version
    assert stream.send(*batch) == Outcome(high_water=2)
    assert stream.send(*batch, stream.purchase(earned=1)).high_water == 3
    row = stream.row()
    assert (row.points_available, row.purchases, row.version) == (58, 3, version + 1)


def test_a_gap_applies_what_comes_before_it_and_says_what_is_missing(stream: Stream) -> None:
    first, _lost, third = stream.purchase(earned=1), stream.purchase(earned=2), stream.purchase(earned=4)
    assert stream.send(first, third) == Outcome(high_water=1, expected=2)
    assert stream.send(third) == Outcome(high_water=1, expected=2)
    assert stream.row().points_available == 1


def test_only_the_gateways_own_epoch_is_heard(stream: Stream) -> None:
    event = stream.purchase(earned=1)
    with pytest.raises(EpochUnknown):
        stream.send(event, epoch=2)
    event.epoch = 2
    with pytest.raises(EpochUnknown):
        stream.send(event)
    Gateway.objects.update(revoked=True)
    with pytest.raises(GatewayUnknown):
        stream.send(event)
    assert not Receipt.objects.exists()


def test_the_same_purchase_in_a_new_epoch_is_the_same_purchase(stream: Stream) -> None:
    event = stream.purchase(earned=50)
    stream.send(event)
    Gateway.objects.update(epoch=2, high_water=0)
    again = Event()
    again.CopyFrom(event)
    again.epoch = 2
    version = stream.row().version
    assert stream.send(again, epoch=2) == Outcome(high_water=1)
    assert (stream.row().points_available, stream.row().version) == (50, version + 1)


def test_a_hold_is_used_by_its_purchase(stream: Stream) -> None:
    stream.give(500)
    assert stream.hold("h", 300) == 200
    stream.send(stream.purchase(redeemed=300, earned=20, hold_id="h"))
    assert stream.balances() == {"available": 220, "held": 0, "debt": 0}
    assert Hold.objects.get().state == "used"


def test_a_hold_that_its_purchase_did_not_need_returns(stream: Stream) -> None:
    stream.give(500)
    stream.hold("h", 300)
    stream.send(stream.purchase(hold_id="h"))
    assert stream.balances() == {"available": 500, "held": 0, "debt": 0}


def test_a_released_hold_returns_and_can_come_twice(stream: Stream) -> None:
    stream.give(500)
    stream.hold("h", 300)
    version = stream.row().version
    stream.send(stream.released("h"), stream.released("h"))
    assert stream.balances()["available"] == 500
    assert stream.row().version == version + 1
    with pytest.raises(HoldClosed):
        stream.hold("h", 300)


def test_a_release_that_overtakes_its_hold_leaves_a_tombstone(stream: Stream) -> None:
    stream.give(500)
    stream.send(stream.released("late"))
    with pytest.raises(HoldClosed):
        stream.hold("late", 1)
    assert stream.balances()["available"] == 500


def test_a_cancelled_purchase_is_undone_once(stream: Stream) -> None:
    stream.give(500)
    stream.hold("h", 300)
    event = stream.purchase(redeemed=300, earned=20, hold_id="h")
    stream.send(event)
    stream.send(stream.cancel(event))
    stream.send(stream.cancel(event))
    assert stream.balances() == {"available": 500, "held": 0, "debt": 0}
    assert list(Lot.objects.order_by("id").values_list("remaining", flat=True)) == [500, 0]
    row = stream.row()
    assert (row.purchases, row.turnover_minor, row.first_purchase_at, row.points_available) == (0, 0, None, 500)
    receipt = Receipt.objects.get()
    assert (receipt.cancelled_at, receipt.cancel_reason) == (NOW + timedelta(hours=1), "wrong goods")


def test_a_purchase_and_its_cancellation_may_be_in_one_batch(stream: Stream) -> None:
    stream.give(500)
    stream.hold("h", 300)
    kept = stream.purchase(earned=5)
    event = stream.purchase(redeemed=300, earned=20, hold_id="h")
    assert stream.send(kept, event, stream.cancel(event), stream.cancel(event)).quarantined == []
    assert stream.balances() == {"available": 505, "held": 0, "debt": 0}
    assert Receipt.objects.filter(cancelled_at=None).count() == 1
    assert stream.row().last_purchase_at == NOW + timedelta(minutes=1)


def test_earned_points_that_were_spent_are_owed_after_a_cancellation(stream: Stream) -> None:
    event = stream.purchase(earned=100)
    stream.send(event)
    stream.hold("h", 100)
    stream.send(stream.purchase(redeemed=100, hold_id="h"), stream.cancel(event))
    assert stream.balances() == {"available": 0, "held": 0, "debt": -100}


def broken(event: Event, change: Callable[[Any], None]) -> Event:
    change(event.purchase_committed.purchase)
    return event


def name_huge(purchase: Any) -> None:
    purchase.lane_id = "x" * 65


POISON: dict[str, Callable[[Stream], Event]] = {
    "BAD_REQUEST id": lambda stream: broken(stream.purchase(), lambda p: setattr(p, "purchase_id", "12")),
    "BAD_REQUEST nul": lambda stream: broken(stream.purchase(), lambda p: setattr(p, "lane_id", "a\0b")),
    "BAD_REQUEST long": lambda stream: broken(stream.purchase(), name_huge),
    "BAD_REQUEST money": lambda stream: broken(stream.purchase(), lambda p: setattr(p.answer, "total_minor", -1)),
    "BAD_REQUEST more": lambda stream: broken(stream.purchase(), lambda p: setattr(p.answer, "total_minor", 2**62)),
    "BAD_REQUEST lines": lambda stream: broken(stream.purchase(), lambda p: p.basket.lines.add()),
    "BAD_REQUEST store": lambda stream: broken(stream.purchase(), lambda p: setattr(p, "store_id", "other")),
    "BAD_REQUEST guest": lambda stream: stream.purchase(customer="", redeemed=5, hold_id="h"),
    "BAD_REQUEST no hold": lambda stream: stream.purchase(redeemed=5),
    "BAD_REQUEST lost hold": lambda stream: stream.purchase(redeemed=5, hold_id="never"),
    "BAD_REQUEST kind": lambda stream: stream.event(),
    "BAD_REQUEST empty hold": lambda stream: stream.released(""),
    "CUSTOMER_UNKNOWN": lambda stream: stream.purchase(customer="0" * 32, earned=5),
    "PURCHASE_UNKNOWN": lambda stream: stream.cancel(Event(), purchase_id=str(uuid4())),
    "BAD_REQUEST cancel": lambda stream: stream.cancel(Event(), purchase_id="a\0"),
    "POINTS_INSUFFICIENT": lambda stream: stream.purchase(redeemed=11, hold_id="h"),
}


@pytest.mark.parametrize("kind", POISON)
def test_poison_goes_aside_and_blocks_nothing(stream: Stream, kind: str) -> None:
    stream.give(100)
    stream.hold("h", 10)
    before, poison, after = stream.purchase(earned=1), POISON[kind](stream), stream.purchase(earned=2)
    version = stream.row().version
    outcome = stream.send(before, poison, after)
    assert outcome == Outcome(high_water=3, quarantined=[(2, kind.split()[0])])
    kept = Quarantine.objects.get()
    assert (kept.seq, kept.reason) == (2, kind.split()[0])
    assert Event.FromString(bytes(kept.event)) == poison
    assert kept.detail
    assert Receipt.objects.count() == 2
    assert stream.balances() == {"available": 93, "held": 10, "debt": 0}
    assert stream.row().version > version


def test_another_purchase_under_the_same_id_goes_aside(stream: Stream) -> None:
    event = stream.purchase(earned=50)
    other = stream.purchase(earned=60)
    other.purchase_committed.purchase.purchase_id = event.purchase_committed.purchase.purchase_id
    assert stream.send(event, other).quarantined == [(2, "REQUEST_ID_REUSED")]
    assert stream.row().points_available == 50


def test_a_guest_hears_of_a_purchase_that_went_aside_and_of_its_cancellation(stream: Stream) -> None:
    """The till has changed its figures by both; only a newer state of the central undoes that."""
    event = stream.purchase(redeemed=5, hold_id="never")
    version = stream.row().version
    stream.send(event)
    assert stream.row().version == version + 1
    stream.send(stream.cancel(event))
    assert stream.row().version == version + 2
    both = stream.purchase(redeemed=5, hold_id="never")
    stream.send(both, stream.cancel(both))
    assert Quarantine.objects.count() == 2
    assert stream.row().version == version + 3


def test_what_the_database_refuses_is_found_and_put_aside(stream: Stream) -> None:
    """The movement's key is in the ledger already, which only the database knows."""
    poison = stream.purchase(earned=3)
    key = f"EARN:{UUID(poison.purchase_committed.purchase.purchase_id).hex}"
    stream.give(100)
    sql = open_sql(connection)
    sql.run(
        "INSERT INTO ledger_transaction (key, movement, customer_id, happened_at, recorded_at, note)"
        " SELECT %s, movement, customer_id, happened_at, recorded_at, note FROM ledger_transaction",
        (key,),
    )
    numbers: dict[str, int] = dict(sql.query("SELECT key, id FROM ledger_transaction"))
    given = next(number for name, number in numbers.items() if name != key)
    sql.run(
        "INSERT INTO ledger_entry (transaction_id, account_id, points)"
        " SELECT %s, account_id, 0 FROM ledger_entry WHERE transaction_id = %s",
        (numbers[key], given),
    )
    good, more = stream.purchase(earned=1), stream.purchase(earned=2)
    outcome = stream.send(poison, good, more)
    assert outcome == Outcome(high_water=3, quarantined=[(1, "INTERNAL")])
    assert stream.balances()["available"] == 103


def test_two_streams_of_one_gateway_apply_each_event_once(stream: Stream) -> None:
    batches = [[stream.purchase(earned=1) for _ in range(20)] for _ in range(5)]
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def send_all() -> None:
        try:
            start.wait()
            for batch in batches:
                apply_batch(open_sql(connection), stream.source, 1, batch, NOW)
        except BaseException as error:  # noqa: BLE001  A thread's failure is the test's.
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert stream.row().points_available == 100
    assert Receipt.objects.count() == 100
    assert Quarantine.objects.count() == 0
    assert check_ledger(open_sql(connection)) == []


def test_gateways_that_sell_to_the_same_guests_do_not_lock_each_other_out(stream: Stream) -> None:
    streams = [stream]
    for number in range(2, 6):
        gateway = Gateway.objects.create(
            gateway_id=f"gateway-{number}", store_id=stream.chain.store, token_hash=f"{number}"
        )
        other = Stream(stream.chain)
        other.source = Source(gateway.pk, stream.chain.organisation, stream.chain.store, stream.chain.store_id)
        streams.append(other)
    failures: list[BaseException] = []

    def sell(one: Stream, order: int) -> None:
        try:
            for _ in range(4):
                names = stream.chain.customers[::order]
                batch = [one.purchase(customer=names[number % 3], earned=1) for number in range(12)]
                apply_batch(open_sql(connection), one.source, 1, batch, NOW)
        except BaseException as error:  # noqa: BLE001  A thread's failure is the test's.
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sell, args=(one, -1 if number % 2 else 1)) for number, one in enumerate(streams)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(Customer.objects.values_list("points_available", flat=True)) == 5 * 4 * 12
    assert check_ledger(open_sql(connection)) == []


def test_a_batch_locks_its_gateway_alone(postgres_stream: Stream) -> None:
    sql = open_sql(connection)
    other = Gateway.objects.create(gateway_id="gateway-2", store_id=postgres_stream.chain.store, token_hash="2")
    own = connection.copy()
    second = open_sql(own)
    question = "SELECT 1 FROM fleet_gateway WHERE id = %s FOR UPDATE NOWAIT"
    try:
        with sql.write():
            lock_gateway(sql, postgres_stream.source.gateway, 1)
            assert second.query(question, (other.pk,))
            with pytest.raises(OperationalError, match="could not obtain lock"):
                second.query(question, (postgres_stream.source.gateway,))
    finally:
        own.close()
