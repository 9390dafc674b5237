"""The link's own manners, against a central that a test scripts: real gRPC, every message seen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from tillgate.core.errors import CentralUnavailable, EpochUnknown
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import Settings, UplinkSettings
from tillgate.gateway.uplink import Uplink
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc

PATIENCE_S = 10.0
Script = Callable[["Peer"], Awaitable[None]]


class Outbox:
    """Events in memory."""

    def __init__(self) -> None:
        self.journal_id = "0123456789abcdef"
        self.epoch = 1
        self.events: list[sync.Event] = []
        self.acknowledged = 0
        self.quarantined: list[tuple[int, str]] = []
        self._changed = asyncio.Event()

    @property
    def last_seq(self) -> int:
        return len(self.events)

    @property
    def first_unacked(self) -> int:
        return self.acknowledged + 1 if self.acknowledged < self.last_seq else 0

    def add(self, count: int, size: int = 10) -> None:
        for _ in range(count):
            event = sync.Event(epoch=self.epoch, seq=self.last_seq + 1)
            event.hold_released.hold_id = "x" * size
            self.events.append(event)
        self._changed.set()
        self._changed = asyncio.Event()

    def read(self, after_seq: int, rows_max: int, bytes_max: int) -> Sequence[sync.Event]:
        found: list[sync.Event] = []
        size = 0
        for event in self.events[after_seq : after_seq + rows_max]:
            size += event.ByteSize() + 4
            if found and size > bytes_max:
                break
            found.append(event)
        return found

    async def acknowledge(self, epoch: int, high_water: int, quarantined: Iterable[sync.Quarantined] = ()) -> None:
        if high_water > self.last_seq:
            raise EpochUnknown("never written")
        self.acknowledged = max(self.acknowledged, high_water)
        self.quarantined += [(one.seq, one.reason) for one in quarantined]

    async def adopt_epoch(self, epoch: int) -> None:
        left = self.events[self.acknowledged :]
        self.epoch, self.acknowledged, self.events = epoch, 0, []
        self.add(len(left))

    async def wait_changed(self) -> None:
        await self._changed.wait()


class Replica:
    """What came down, noted."""

    def __init__(self) -> None:
        self.bundle_sha256 = "ab"
        self.customers_cursor = 7
        self.welcomes: list[sync.Welcome] = []
        self.bundles: list[str] = []
        self.agrees = True

    async def apply_welcome(self, welcome: sync.Welcome) -> None:
        self.welcomes.append(welcome)

    async def apply_bundle(self, bundle: sync.Bundle) -> bool:
        self.bundles.append(bundle.sha256)
        return True

    async def apply_customers(self, batch: sync.CustomerBatch) -> bool:
        self.customers_cursor = batch.checkpoint.cursor if self.agrees else 0
        return self.agrees


class Peer:
    """One stream as the scripted central sees it."""

    def __init__(self, requests: AsyncIterator[sync.ConnectRequest], context: Any) -> None:
        self._requests = requests
        self.context = context
        self.hello = sync.Hello()

    async def welcome(self, **fields: Any) -> None:
        self.hello = (await anext(self._requests)).hello
        await self.send(welcome=sync.Welcome(**{"epoch": 1, "credit": 2_000, **fields}))

    async def send(self, **message: Any) -> None:
        await self.context.write(sync.ConnectResponse(**message))

    async def batch(self) -> list[int]:
        """Sequences of the next batch."""
        request = await anext(self._requests)
        assert request.batch.ByteSize() <= 256 * 1024 or len(request.batch.events) == 1
        return [event.seq for event in request.batch.events]


class Central(sync_grpc.SyncServiceServicer):
    """Plays a script for each stream, in turn; the last one again and again."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self.scripts = list(scripts)
        self.hellos: list[sync.Hello] = []
        self.failures: list[BaseException] = []
        #: Set: a question for points is answered by silence.
        self.silent = False
        self.asked = asyncio.Event()

    async def HoldPoints(self, request: sync.HoldPointsRequest, context: Any) -> sync.HoldPointsResponse:
        self.asked.set()
        if self.silent:
            await asyncio.Event().wait()
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not implemented")
        raise AssertionError(request)

    async def Connect(  # type: ignore[override]
        self, request_iterator: AsyncIterator[sync.ConnectRequest], context: Any
    ) -> None:
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        peer = Peer(request_iterator, context)
        try:
            await script(peer)
        except AssertionError as error:
            self.failures.append(error)
        finally:
            self.hellos.append(peer.hello)


class Link:
    """An uplink under test with all it touches."""

    def __init__(self, uplink: Uplink, outbox: Outbox, replica: Replica, central: Central, metrics: Metrics) -> None:
        self.uplink, self.outbox, self.replica, self.central, self.metrics = uplink, outbox, replica, central, metrics


async def until(condition: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_S
    while not condition():
        assert loop.time() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


class Dice(Random):
    """Throws the least, and remembers the bounds it was given, in milliseconds."""

    def __init__(self) -> None:
        super().__init__(1)
        self.bounds: list[float] = []

    def uniform(self, a: float, b: float) -> float:
        self.bounds.append(b)
        return a


@asynccontextmanager
async def link_to(folder: Path, *scripts: Script, random: Random | None = None) -> AsyncIterator[Link]:
    central = Central(scripts)
    server = grpc.aio.server()
    sync_grpc.add_SyncServiceServicer_to_server(central, server)
    health = health_aio.HealthServicer()
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    await asyncio.to_thread((folder / "central.token").write_text, "tg_1")
    settings = Settings(
        gateway_id="gateway-1",
        uplink=UplinkSettings(address=f"127.0.0.1:{port}", retry_first_ms=10, retry_most_ms=50),
        base=str(folder),
    )
    outbox, replica, metrics = Outbox(), Replica(), Metrics()
    uplink = Uplink(settings, outbox, replica, SystemClock(), metrics, random or Random(1))
    stop = asyncio.Event()
    running = asyncio.create_task(uplink.run(stop))
    try:
        yield Link(uplink, outbox, replica, central, metrics)
    finally:
        stop.set()
        async with asyncio.timeout(3):
            await running
        await server.stop(0)
    assert central.failures == []


async def stay(peer: Peer) -> None:
    await peer.welcome()
    await asyncio.Event().wait()


async def test_hello_says_who_comes(tmp_path: Path) -> None:
    async with link_to(tmp_path, stay) as link:
        await until(lambda: link.uplink.online)
        assert link.metrics.registry.get_sample_value("tillgate_uplink_online") == 1
        assert len(link.replica.welcomes) == 1
    hello = link.central.hellos[0]
    assert (hello.gateway_id, hello.epoch, hello.bundle_sha256, hello.customers_cursor) == ("gateway-1", 1, "ab", 7)
    assert hello.journal_id == "0123456789abcdef"
    assert hello.boot_id
    assert hello.version
    assert hello.HasField("clock")
    assert not link.uplink.online
    assert link.metrics.registry.get_sample_value("tillgate_uplink_online") == 0


async def test_batches_keep_their_limits_and_go_on_after_what_is_durable(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    async def script(peer: Peer) -> None:
        await peer.welcome(high_water=3)
        while True:
            seen.append(await peer.batch())
            await peer.send(ack=sync.Ack(epoch=1, high_water=seen[-1][-1]))

    async with link_to(tmp_path, script) as link:
        link.outbox.add(1_203)
        await until(lambda: link.outbox.acknowledged == 1_203)
        assert [(batch[0], len(batch)) for batch in seen] == [(4, 500), (504, 500), (1_004, 200)]
        seen.clear()
        link.outbox.add(12, size=60_000)
        await until(lambda: link.outbox.acknowledged == 1_215)
        assert [len(batch) for batch in seen] == [4, 4, 4]
        seen.clear()
        link.outbox.add(1)
        link.outbox.add(1, size=3_000_000)
        link.outbox.add(1)
        await until(lambda: link.outbox.acknowledged == 1_218)
        assert seen == [[1_216], [1_217], [1_218]]


async def test_no_more_is_on_the_way_than_the_credit(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    seen: list[int] = []

    async def script(peer: Peer) -> None:
        await peer.welcome(credit=10)
        seen.extend(await peer.batch())
        # Nothing comes while nothing is acknowledged.
        further = asyncio.ensure_future(peer.batch())
        done, _ = await asyncio.wait([further], timeout=0.5)
        assert not done
        await peer.send(ack=sync.Ack(epoch=1, high_water=4))
        seen.extend(await further)
        go_on.set()
        await asyncio.Event().wait()

    async with link_to(tmp_path, script) as link:
        link.outbox.add(100)
        async with asyncio.timeout(PATIENCE_S):
            await go_on.wait()
        assert seen == list(range(1, 15))


async def test_a_nak_is_answered_from_what_was_expected(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    async def script(peer: Peer) -> None:
        await peer.welcome()
        seen.append(await peer.batch())
        await peer.send(nak=sync.Nak(expected=3))
        seen.append(await peer.batch())
        await peer.send(ack=sync.Ack(epoch=1, high_water=5))
        await asyncio.Event().wait()

    async with link_to(tmp_path, script) as link:
        link.outbox.add(5)
        await until(lambda: link.outbox.acknowledged == 5)
        assert seen == [[1, 2, 3, 4, 5], [3, 4, 5]]


@pytest.mark.parametrize("expected", [2, 7])
async def test_a_central_that_wants_what_is_not_held_is_left_and_told_of_after_growing_pauses(
    tmp_path: Path, expected: int
) -> None:
    """It was restored from a copy that is older than its acknowledgements."""
    batches = 0

    async def script(peer: Peer) -> None:
        nonlocal batches
        await peer.welcome(high_water=2)
        while True:
            await peer.batch()
            batches += 1
            await peer.send(nak=sync.Nak(expected=expected))

    dice = Dice()
    async with link_to(tmp_path, script, random=dice) as link:
        link.outbox.add(5)
        link.outbox.acknowledged = 3
        await until(lambda: len(dice.bounds) >= 4)
        assert batches <= len(dice.bounds) + 1
        await until(lambda: "EPOCH_UNKNOWN" in link.uplink.problem)
        assert f"event {expected}" in link.uplink.problem
    assert dice.bounds[:4] == [10, 20, 40, 50]


async def test_pauses_grow_until_the_central_lets_us_in_again(tmp_path: Path) -> None:
    async def refuse(peer: Peer) -> None:
        await peer.context.abort(grpc.StatusCode.UNAVAILABLE, "not now")

    async def let_in(peer: Peer) -> None:
        await peer.welcome()

    dice = Dice()
    async with link_to(tmp_path, refuse, refuse, let_in, refuse, let_in, stay, random=dice):
        await until(lambda: len(dice.bounds) == 5)
    assert dice.bounds[:5] == [10, 20, 10, 10, 10]


async def test_events_that_come_one_by_one_share_a_batch(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    async def script(peer: Peer) -> None:
        await peer.welcome()
        while True:
            seen.append(await peer.batch())
            await peer.send(ack=sync.Ack(epoch=1, high_water=seen[-1][-1]))

    async with link_to(tmp_path, script) as link:
        await until(lambda: link.uplink.online)
        await asyncio.sleep(0)
        for _ in range(20):
            link.outbox.add(1)
            await asyncio.sleep(0)
        await until(lambda: link.outbox.acknowledged == 20)
        assert len(seen) <= 2


async def test_what_was_not_acknowledged_is_sent_again(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    async def swallow(peer: Peer) -> None:
        await peer.welcome()
        seen.append(await peer.batch())
        await peer.send(ending=sync.Ending(reason="SHUTTING_DOWN"))

    async def take(peer: Peer) -> None:
        await peer.welcome(high_water=2)
        seen.append(await peer.batch())
        quarantined = sync.Quarantined(seq=4, reason="BAD_REQUEST")
        await peer.send(ack=sync.Ack(epoch=1, high_water=5, quarantined=[quarantined]))
        await asyncio.Event().wait()

    async with link_to(tmp_path, swallow, take) as link:
        link.outbox.add(5)
        await until(lambda: link.outbox.acknowledged == 5)
        assert seen == [[1, 2, 3, 4, 5], [3, 4, 5]]
        assert link.outbox.quarantined == [(4, "BAD_REQUEST")]


async def test_a_new_epoch_is_adopted_before_anything_is_sent(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    async def script(peer: Peer) -> None:
        await peer.welcome(epoch=4)
        seen.append(await peer.batch())
        await peer.send(ack=sync.Ack(epoch=4, high_water=3))
        await asyncio.Event().wait()

    async with link_to(tmp_path, script) as link:
        link.outbox.add(3)
        await until(lambda: link.outbox.acknowledged == 3)
        assert link.outbox.epoch == 4
        assert seen == [[1, 2, 3]]


async def test_customers_that_do_not_agree_are_asked_for_again(tmp_path: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        await peer.send(customers=sync.CustomerBatch(checkpoint=sync.Checkpoint(cursor=9)))
        await asyncio.Event().wait()

    async with link_to(tmp_path, script, stay) as link:
        link.replica.agrees = False
        await until(lambda: len(link.replica.welcomes) == 2)
    assert [hello.customers_cursor for hello in link.central.hellos] == [7, 0]


async def test_programmes_are_handed_over_in_order(tmp_path: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        for name in ("one", "two"):
            await peer.send(bundle=sync.Bundle(sha256=name))
        await asyncio.Event().wait()

    async with link_to(tmp_path, script) as link:
        await until(lambda: link.replica.bundles == ["one", "two"])


@pytest.mark.parametrize("kind", ["first word", "central is ahead", "closed", "aborted"])
async def test_a_central_that_misbehaves_is_left_and_tried_again(tmp_path: Path, kind: str) -> None:
    async def misbehave(peer: Peer) -> None:
        match kind:
            case "first word":
                await peer.send(ack=sync.Ack())
            case "central is ahead":
                await peer.welcome(high_water=99)
                await asyncio.Event().wait()
            case "closed":
                await peer.welcome()
            case "aborted":
                await peer.context.abort(grpc.StatusCode.INTERNAL, "oh")

    async with link_to(tmp_path, misbehave, misbehave, stay) as link:
        await until(lambda: len(link.central.hellos) == 2 and link.uplink.online)
        with pytest.raises(CentralUnavailable, match="not implemented"):
            await link.uplink.hold_points("h", "c", 1)


async def test_a_link_that_ends_while_points_are_asked_for_is_the_central_s_absence(tmp_path: Path) -> None:
    end = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.welcome()
        await end.wait()

    async with link_to(tmp_path, script) as link:
        link.central.silent = True
        await until(lambda: link.uplink.online)
        asking = asyncio.create_task(link.uplink.hold_points("h", "c", 1))
        await link.central.asked.wait()
        end.set()
        with pytest.raises(CentralUnavailable, match="link ended"):
            await asking


async def test_whoever_asks_for_points_may_be_cancelled(tmp_path: Path) -> None:
    async with link_to(tmp_path, stay) as link:
        link.central.silent = True
        await until(lambda: link.uplink.online)
        asking = asyncio.create_task(link.uplink.hold_points("h", "c", 1))
        await link.central.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.uplink.hold_points("h", "c", 1)


async def test_a_channel_that_was_closed_is_the_central_s_absence(tmp_path: Path) -> None:
    """The end of a link may overtake a question that has found it alive."""
    async with link_to(tmp_path, stay) as link:
        await until(lambda: link.uplink.online)
        stub = link.uplink._stub
    link.uplink._stub = stub
    with pytest.raises(CentralUnavailable, match="has ended"):
        await link.uplink.hold_points("h", "c", 1)


async def test_without_an_address_the_gateway_works_alone(tmp_path: Path) -> None:
    settings = Settings(gateway_id="gateway-1", base=str(tmp_path))
    uplink = Uplink(settings, Outbox(), Replica(), SystemClock(), Metrics())
    stop = asyncio.Event()
    running = asyncio.create_task(uplink.run(stop))
    await asyncio.sleep(0)
    assert not uplink.online
    stop.set()
    async with asyncio.timeout(1):
        await running


async def test_a_missing_token_is_said_and_waited_for(tmp_path: Path) -> None:
    async with link_to(tmp_path, stay) as link:
        await until(lambda: link.uplink.online)
    await asyncio.to_thread((tmp_path / "central.token").unlink)
    uplink = Uplink(
        Settings(gateway_id="g", uplink=UplinkSettings(address="127.0.0.1:1", retry_first_ms=10), base=str(tmp_path)),
        Outbox(),
        Replica(),
        SystemClock(),
        Metrics(),
    )
    stop = asyncio.Event()
    running = asyncio.create_task(uplink.run(stop))
    await until(lambda: "central.token" in uplink.problem)
    stop.set()
    await running
