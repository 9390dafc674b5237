"""Events that could not be applied: what the gateway, and what an administrator, may still do about them."""

from event_stream import NOW, Stream

from tillgate.central.ledger.models import Hold
from tillgate.central.purchases.models import Quarantine, Receipt
from tillgate.sync.v1.sync_service_pb2 import Event


def spoiled(stream: Stream) -> Event:
    """A purchase that redeems a hold and that no database would keep."""
    event = stream.purchase(redeemed=60, earned=5, hold_id="h")
    event.purchase_committed.purchase.fiscal_sign.sign = "1\0"
    return event


def test_a_cancelled_purchase_in_quarantine_gives_its_hold_back(stream: Stream) -> None:
    stream.give(100)
    stream.hold("h", 60)
    event = spoiled(stream)
    assert stream.send(event).quarantined == [(1, "BAD_REQUEST")]
    version = stream.row().version
    assert stream.send(stream.cancel(event), stream.cancel(event)).quarantined == []
    assert stream.balances() == {"available": 100, "held": 0, "debt": 0}
    assert Hold.objects.get().state == "released"
    row = Quarantine.objects.get()
    assert (row.resolved_at, row.note) == (NOW, "Cancelled at the till.")
    assert stream.row().version == version + 1
    assert not Receipt.objects.exists()


def test_the_same_within_one_batch(stream: Stream) -> None:
    stream.give(100)
    stream.hold("h", 60)
    event = spoiled(stream)
    assert stream.send(event, stream.cancel(event)).quarantined == [(1, "BAD_REQUEST")]
    assert stream.balances() == {"available": 100, "held": 0, "debt": 0}
    assert Quarantine.objects.get().resolved_at == NOW
