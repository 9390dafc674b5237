"""What the server answers, message by message, over real gRPC on both databases."""

import asyncio
import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from central_chain import Chain
from django.db import connection, transaction
from django.utils import timezone
from gateway_link import PATIENCE_S, database
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tillgate.central.customers.changes import note_removed, touch
from tillgate.central.customers.models import CardKind, Change, Customer, Identifier
from tillgate.central.fleet.models import Gateway
from tillgate.central.ledger import adjust
from tillgate.central.programmes.models import Programme, Revision
from tillgate.central.purchases.models import Receipt
from tillgate.central.sync._feed import Feed
from tillgate.sync.v1.sync_service_pb2 import Event

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


Make = Callable[..., Any]


def reason_of(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    return str(info.reason)


async def refused(awaitable: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await awaitable
    return caught.value.code(), reason_of(caught.value)


def checksum(states: dict[str, Any]) -> int:
    """By the contract's own words."""
    parts = (hashlib.sha256(f"{name}:{one.version}".encode()).digest()[:8] for name, one in states.items())
    return sum(int.from_bytes(part, "big") for part in parts) % 2**64


def sale(seq: int, chain: Chain, earned: int = 5, customer: int = 0) -> Event:
    event = Event(epoch=1, seq=seq)
    purchase = event.purchase_committed.purchase
    purchase.purchase_id, purchase.store_id = str(uuid4()), chain.store_id
    purchase.customer_id = str(UUID(hex=chain.customers[customer]))
    purchase.answer.points.earned = earned
    purchase.answer.total_minor = 100
    purchase.committed_time.FromDatetime(NOW)
    return event


async def test_welcome_tells_a_gateway_what_it_has_to_know(raw_gateway: Make, chain: Chain) -> None:
    await database(
        CardKind.objects.create,
        organisation_id=chain.organisation,
        kind="plastic",
        name_ru="Карта",
        name_en="Card",
        pattern="2900########C",
    )
    await database(Gateway.objects.update, high_water=7)
    welcome = await raw_gateway().connect(last_seq=9, first_unacked=8)
    assert (welcome.epoch, welcome.high_water, welcome.credit) == (1, 7, 2_000)
    assert (welcome.store.store_id, welcome.store.time_zone, welcome.store.currency) == (
        chain.store_id,
        "Europe/Moscow",
        "RUB",
    )
    assert len(welcome.identifier_key) == 32
    assert [(kind.kind, kind.pattern) for kind in welcome.card_kinds] == [("plastic", "2900########C")]
    assert abs(welcome.server_time.ToDatetime(UTC) - timezone.now()) < timedelta(minutes=1)
    gateway = await database(Gateway.objects.get)
    assert (gateway.version, gateway.queue_rows) == ("1.2.3", 2)
    assert gateway.last_seen_at is not None


async def test_only_the_gateways_own_token_is_let_in(raw_gateway: Make, chain: Chain) -> None:
    unknown = (grpc.StatusCode.UNAUTHENTICATED, "GATEWAY_UNKNOWN")
    assert await refused(raw_gateway(token="tg_wrong").connect()) == unknown
    assert await refused(raw_gateway(gateway_id="gateway-9").connect()) == unknown
    assert await refused(raw_gateway(token="tg_wrong").hold("h", str(uuid4()), 1)) == unknown
    await database(Gateway.objects.update, revoked=True)
    assert await refused(raw_gateway().connect()) == unknown


async def test_a_gateway_of_another_history_is_not_let_in(raw_gateway: Make) -> None:
    unknown = (grpc.StatusCode.FAILED_PRECONDITION, "EPOCH_UNKNOWN")
    assert await refused(raw_gateway().connect(epoch=2)) == unknown
    assert await refused(raw_gateway().hold("h", str(uuid4()), 1, epoch=2)) == unknown
    await database(Gateway.objects.update, high_water=7)
    assert await refused(raw_gateway().connect(last_seq=6)) == unknown, "an old copy of the journal"


async def test_a_gateway_is_told_the_epoch_it_was_given_anew(raw_gateway: Make) -> None:
    await database(Gateway.objects.update, epoch=3, high_water=0)
    welcome = await raw_gateway().connect(epoch=1, last_seq=900)
    assert (welcome.epoch, welcome.high_water) == (3, 0)
    await database(Gateway.objects.update, high_water=1)
    old_copy = raw_gateway().connect(epoch=1, last_seq=900)
    assert await refused(old_copy) == (grpc.StatusCode.FAILED_PRECONDITION, "EPOCH_UNKNOWN")


async def test_an_epoch_is_of_one_journal(raw_gateway: Make) -> None:
    unknown = (grpc.StatusCode.FAILED_PRECONDITION, "EPOCH_UNKNOWN")
    await raw_gateway().connect()
    await raw_gateway().connect(journal_id="first")
    await raw_gateway().connect(journal_id="first")
    assert await refused(raw_gateway().connect(journal_id="second")) == unknown
    assert await refused(raw_gateway().connect()) == unknown, "one that does not say which it is"
    assert (await database(Gateway.objects.get)).journal_id == "first"
    assert await database((await database(Gateway.objects.get)).give_epoch) == 2
    assert (await raw_gateway().connect(epoch=1, journal_id="second")).epoch == 2
    assert await refused(raw_gateway().connect(epoch=2, journal_id="first")) == unknown
    long = await refused(raw_gateway().connect(epoch=2, journal_id="x" * 65))
    assert long == unknown


async def test_the_first_of_two_new_journals_gets_the_epoch(raw_gateway: Make) -> None:
    answers = await asyncio.gather(
        *(raw_gateway().connect(journal_id=f"journal-{number}") for number in range(4)), return_exceptions=True
    )
    refusals = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert [reason_of(error) for error in refusals] == ["EPOCH_UNKNOWN"] * 3


@pytest.mark.parametrize(("last_seq", "first_unacked"), [(9, 9), (9, 0), (8, 0)])
async def test_a_central_that_forgot_acknowledged_events_says_so(
    raw_gateway: Make, last_seq: int, first_unacked: int
) -> None:
    await database(Gateway.objects.update, high_water=7)
    forgotten = raw_gateway().connect(last_seq=last_seq, first_unacked=first_unacked)
    assert await refused(forgotten) == (grpc.StatusCode.FAILED_PRECONDITION, "EPOCH_UNKNOWN")
    for good in ({"last_seq": 7}, {"last_seq": 9, "first_unacked": 8}, {"last_seq": 9, "first_unacked": 3}):
        await raw_gateway().connect(**good)


async def test_one_event_may_be_larger_than_a_batch(raw_gateway: Make, chain: Chain) -> None:
    gateway = raw_gateway()
    await gateway.connect()
    event = sale(1, chain)
    event.purchase_committed.purchase.basket.channel = "x" * 5_000_000
    await gateway.send(event)
    ack = await gateway.read("ack")
    assert (ack.high_water, len(ack.quarantined)) == (1, 0)


async def test_events_are_acknowledged_once_durable_and_gaps_named(raw_gateway: Make, chain: Chain) -> None:
    gateway = raw_gateway()
    await gateway.connect()
    poison = Event(epoch=1, seq=2)
    await gateway.send(sale(1, chain), poison, sale(3, chain))
    ack = await gateway.read("ack")
    assert (ack.epoch, ack.high_water) == (1, 3)
    assert [(one.seq, one.reason) for one in ack.quarantined] == [(2, "BAD_REQUEST")]
    assert await database(Receipt.objects.count) == 2
    await gateway.send(sale(6, chain))
    assert (await gateway.read("nak")).expected == 4


async def test_what_breaks_the_contract_ends_the_stream(raw_gateway: Make, chain: Chain) -> None:
    bad = (grpc.StatusCode.INVALID_ARGUMENT, "BAD_REQUEST")
    gateway = raw_gateway()
    await gateway.connect()
    await gateway.send(*(Event(epoch=1, seq=seq) for seq in range(1, 502)))
    assert await refused(gateway.read("ack")) == bad
    silent = raw_gateway()
    silent.call = silent.stub.Connect(metadata=silent.metadata)
    await silent.send(sale(1, chain))
    assert await refused(silent.read("ack")) == bad
    wrong = raw_gateway()
    await wrong.connect()
    await wrong.send(Event(epoch=2, seq=1))
    assert await refused(wrong.read("ack")) == (grpc.StatusCode.FAILED_PRECONDITION, "EPOCH_UNKNOWN")


async def test_customers_come_whole_then_as_changes(raw_gateway: Make, chain: Chain) -> None:
    first = await database(Customer.objects.get, pk=chain.customers[0])
    await database(
        Identifier.objects.create,
        organisation_id=chain.organisation,
        customer=first,
        kind="phone",
        value="+79990000001",
        hash=b"\1" * 32,
    )
    gateway = raw_gateway()
    await gateway.connect()
    held, removed, checkpoint = await gateway.customers()
    assert set(held) == {str(UUID(hex=name)) for name in chain.customers}
    assert removed == []
    assert (checkpoint.count, checkpoint.checksum) == (3, checksum(held))
    assert [(one.kind, one.hash) for one in held[str(first.pk)].identifiers] == [("phone", b"\1" * 32)]
    assert held[str(first.pk)].state.greeting == first.first_name

    def change() -> str:
        with transaction.atomic():
            Customer.objects.filter(pk=chain.customers[1]).update(tier="gold")
            touch(Customer.objects.get(pk=chain.customers[1]))
        with transaction.atomic():
            note_removed(UUID(hex=chain.customers[2]))
            Change.objects.filter(customer_id=chain.customers[2], seq=None).exists()
            Customer.objects.get(pk=chain.customers[2]).delete()
        with transaction.atomic():
            made = Customer.objects.create(organisation_id=chain.organisation, first_name="New")
            touch(made)
        return str(made.pk)

    made = await database(change)
    while made not in held or str(UUID(hex=chain.customers[2])) in held:
        states, removed, checkpoint = await gateway.customers()
        held = {name: one for name, one in {**held, **states}.items() if name not in removed}
        assert checkpoint.count == len(held)
        assert checkpoint.checksum == checksum(held)
    assert held[str(UUID(hex=chain.customers[1]))].state.tier == "gold"


async def test_a_gateway_that_was_away_gets_only_what_it_missed(raw_gateway: Make, chain: Chain) -> None:
    first = raw_gateway()
    await first.connect()
    held, _, checkpoint = await first.customers()
    first.call.cancel()
    await database(lambda: touch(Customer.objects.get(pk=chain.customers[1])))
    second = raw_gateway()
    await second.connect(customers_cursor=checkpoint.cursor)
    states, _, checkpoint = await second.customers()
    assert set(states) == {str(UUID(hex=chain.customers[1]))}
    assert checkpoint.checksum == checksum({**held, **states})
    third = raw_gateway()
    await third.connect(customers_cursor=checkpoint.cursor + 1_000)
    assert len((await third.customers())[0]) == 3, "a cursor that was never given means a snapshot"


async def test_a_state_says_which_events_are_in_it(raw_gateway: Make, chain: Chain) -> None:
    gateway = raw_gateway()
    await gateway.connect()
    await gateway.customers()
    for seq in range(1, 6):
        await gateway.send(sale(seq, chain, earned=1))
        await gateway.read("ack")
        while True:
            batch = await gateway.read("customers")
            points = {one.state.customer_id: one.state.points_available for one in batch.customers}
            mine = points.get(str(UUID(hex=chain.customers[0])))
            if mine is not None:
                assert mine == batch.applied_seq, "one point an event"
            if batch.applied_seq == seq and mine == seq:
                break


async def test_programmes_come_at_once_and_when_published(raw_gateway: Make, chain: Chain) -> None:
    programme = await database(Programme.objects.create, organisation_id=chain.organisation, code="club", name="Club")

    async def publish(number: int, active_from: datetime, retired: int = 0) -> str:
        document = f'{{"revision": {number}}}'
        digest = hashlib.sha256(document.encode()).hexdigest()

        def write() -> None:
            with transaction.atomic():
                Revision.objects.filter(revision=retired).update(state="retired")
                Revision.objects.create(
                    programme=programme,
                    revision=number,
                    document=document,
                    sha256=digest,
                    state="published",
                    active_from=active_from,
                    published_at=timezone.now(),
                )

        await database(write)
        return digest

    first = await publish(1, NOW - timedelta(days=9))
    gateway = raw_gateway()
    await gateway.connect()
    bundle = await gateway.read("bundle")
    assert (bundle.sha256, bundle.programme_id, bundle.revision) == (first, "club", 1)
    assert hashlib.sha256(bundle.programme_json).hexdigest() == first
    started = asyncio.get_running_loop().time()
    second = await publish(2, timezone.now() - timedelta(seconds=1))
    assert (await gateway.read("bundle")).sha256 == second
    assert asyncio.get_running_loop().time() - started < 2.0
    later = timezone.now() + timedelta(days=1)
    third = await publish(3, later)
    assert [(await gateway.read("bundle")).sha256 for _ in range(2)] == [second, third]

    fresh = raw_gateway()
    await fresh.connect()
    assert [(await fresh.read("bundle")).sha256 for _ in range(2)] == [second, third], "what is in force comes first"
    up_to_date = raw_gateway()
    await up_to_date.connect(bundle_sha256=third)
    await up_to_date.customers()
    fourth = await publish(4, timezone.now(), retired=3)
    assert (await up_to_date.read("bundle")).sha256 == fourth, "the third was not sent again"


async def test_a_second_session_of_a_gateway_replaces_the_first(raw_gateway: Make, chain: Chain) -> None:
    first, second = raw_gateway(), raw_gateway()
    await first.connect()
    await second.connect()
    assert (await first.read("ending")).reason == "REPLACED"
    await second.send(sale(1, chain))
    assert (await second.read("ack")).high_water == 1


async def test_what_was_read_before_a_gateway_came_says_nothing_of_it(
    raw_gateway: Make, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is let in while a step of the feed, which has seen it revoked, is still to be handed out."""
    looked, handed_out, plain = threading.Event(), threading.Event(), Feed._step

    def slow(*arguments: Any) -> Any:
        step = plain(*arguments)
        looked.set()
        assert handed_out.wait(PATIENCE_S)
        return step

    before = raw_gateway()
    await before.connect()
    await before.customers()
    await database(Gateway.objects.update, revoked=True)
    assert (await before.read("ending")).reason == "REVOKED"
    monkeypatch.setattr(Feed, "_step", slow)
    assert await asyncio.to_thread(looked.wait, PATIENCE_S)
    await database(Gateway.objects.update, revoked=False)
    gateway = raw_gateway()
    await gateway.connect()
    handed_out.set()
    assert len((await gateway.customers())[0]) == 3


async def test_a_revoked_gateway_is_sent_away(raw_gateway: Make) -> None:
    gateway = raw_gateway()
    await gateway.connect()
    await database(Gateway.objects.update, revoked=True)
    assert (await gateway.read("ending")).reason == "REVOKED"


async def test_holds_have_their_outcomes(raw_gateway: Make, chain: Chain) -> None:
    gateway = raw_gateway()
    customer = str(UUID(hex=chain.customers[0]))

    def give() -> None:
        adjust(connection, key="1", customer_id=UUID(customer), points=100, programme="", time=NOW)

    await database(give)
    assert await gateway.hold("h", customer, 60) == 40
    assert await gateway.hold("h", customer, 60) == 40
    failed = grpc.StatusCode.FAILED_PRECONDITION
    assert await refused(gateway.hold("i", customer, 41)) == (failed, "POINTS_INSUFFICIENT")
    assert await refused(gateway.hold("i", str(uuid4()), 1)) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_UNKNOWN")
    assert await refused(gateway.hold("i", customer, 0)) == (grpc.StatusCode.INVALID_ARGUMENT, "BAD_REQUEST")
    await gateway.connect()
    event = Event(epoch=1, seq=1)
    event.hold_released.hold_id = "h"
    await gateway.send(event)
    await gateway.read("ack")
    assert await refused(gateway.hold("h", customer, 60)) == (failed, "HOLD_CLOSED")
    assert await gateway.hold("j", customer, 100) == 0
