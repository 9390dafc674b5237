"""An uplink on a central that a test scripts: real gRPC, every message seen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
from gateway_link import PATIENCE_S, until
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from tillgate.core.errors import EpochUnknown
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import Settings, UplinkSettings
from tillgate.gateway.uplink import Uplink
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc

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
        self.totals: list[dict[str, int]] = []
        self.agrees = True

    async def apply_welcome(self, welcome: sync.Welcome) -> None:
        self.welcomes.append(welcome)

    async def apply_bundle(self, bundle: sync.Bundle) -> bool:
        self.bundles.append(bundle.sha256)
        return True

    async def apply_customers(self, batch: sync.CustomerBatch) -> bool:
        self.customers_cursor = batch.checkpoint.cursor if self.agrees else 0
        return self.agrees

    async def apply_totals(self, totals: sync.UseTotals) -> None:
        self.totals.append(dict(totals.receipts))


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


class Dice(Random):
    """Throws the least, and remembers the bounds it was given, in milliseconds."""

    def __init__(self) -> None:
        super().__init__(1)
        self.bounds: list[float] = []

    def uniform(self, a: float, b: float) -> float:
        self.bounds.append(b)
        return a


@asynccontextmanager
async def _link_to(folder: Path, *scripts: Script, random: Random | None = None) -> AsyncIterator[Link]:
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
        async with asyncio.timeout(PATIENCE_S):
            await running
        await server.stop(0)
    assert central.failures == []


async def stay(peer: Peer) -> None:
    await peer.welcome()
    await asyncio.Event().wait()


@pytest.fixture
def link_to(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Link]]:
    """An uplink in the test's folder, on a central that plays these scripts."""
    return partial(_link_to, tmp_path)


@pytest.fixture(name="until")
def _until_fixture() -> Callable[[Callable[[], bool]], Awaitable[float]]:
    """Wait for a condition, not for ever."""
    return until


@pytest.fixture(name="stay")
def _stay_fixture() -> Script:
    """The script of a central that lets the gateway in and says no more."""
    return stay


@pytest.fixture
def make_dice() -> Callable[[], Dice]:
    """Chance that shows what was left to it."""
    return Dice


@pytest.fixture
def make_uplink() -> Callable[[Settings], Uplink]:
    """An uplink that nobody runs yet."""
    return lambda settings: Uplink(settings, Outbox(), Replica(), SystemClock(), Metrics())
