"""Events that could not be applied: what the gateway, and what an administrator, may still do about them."""

import pytest
from django.db import connection
from event_stream import NOW, Stream

from tillgate.central.fleet.models import Gateway
from tillgate.central.ledger import check_ledger
from tillgate.central.ledger.models import Hold
from tillgate.central.purchases import apply_again, give_up
from tillgate.central.purchases.models import Quarantine, Receipt
from tillgate.central.sql import open_sql
from tillgate.central.stores.models import Store
from tillgate.core.errors import BadRequest, TillgateError
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


def test_what_was_mended_is_applied_again(stream: Stream) -> None:
    stream.give(100)
    stream.hold("h", 60)
    event = stream.purchase(redeemed=60, earned=5, hold_id="h")
    event.purchase_committed.purchase.store_id = "store-3"
    stream.send(event)
    number = Quarantine.objects.get().pk
    with pytest.raises(BadRequest):
        apply_again(connection, number, NOW)
    assert stream.balances() == {"available": 40, "held": 60, "debt": 0}
    assert Quarantine.objects.get().resolved_at is None
    store = Store.objects.create(organisation_id=stream.chain.organisation, store_id="store-3", name="Store 3")
    version = stream.row().version
    assert apply_again(connection, number, NOW)
    assert not apply_again(connection, number, NOW), "a second time"
    assert stream.balances() == {"available": 45, "held": 0, "debt": 0}
    assert (Receipt.objects.get().store_id, stream.row().version) == (store.pk, version + 1)
    row = Quarantine.objects.get()
    assert (row.resolved_at, row.note) == (NOW, "Applied again.")
    assert Gateway.objects.get().high_water == 1
    assert stream.send(stream.purchase()).high_water == 2


def test_what_is_never_applied_gives_its_hold_back(stream: Stream) -> None:
    stream.give(100)
    stream.hold("h", 60)
    stream.send(spoiled(stream))
    number = Quarantine.objects.get().pk
    Quarantine.objects.update(note="Asked the store.")
    assert give_up(connection, number, NOW)
    assert not give_up(connection, number, NOW)
    assert stream.balances() == {"available": 100, "held": 0, "debt": 0}
    assert Quarantine.objects.get().note == "Asked the store. Not applied."
    assert check_ledger(open_sql(connection)) == []


def test_what_the_code_itself_fails_on_stays(stream: Stream) -> None:
    stream.send(spoiled(stream))
    Quarantine.objects.update(event=b"\xff")
    with pytest.raises(TillgateError, match="DecodeError"):
        apply_again(connection, Quarantine.objects.get().pk, NOW)
    assert Quarantine.objects.get().resolved_at is None
