"""One connection to the central service, from Hello to its end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
import structlog
from grpc_health.v1 import health_pb2

from tillgate.core.errors import CentralUnavailable, EpochUnknown
from tillgate.gateway.clock import Clock
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._roles import OutboxReader, ReplicaWriter

__all__ = ["Identity", "Session"]

log = structlog.stdlib.get_logger("tillgate.uplink")

BATCH_EVENTS_MAX = 500
#: Some room is left for what is around the events.
BATCH_BYTES_MAX = 256 * 1024 - 512
LINGER_S = 0.2
WELCOME_WITHIN_S = 10.0
#: gRPC's own keepalive asks every 10 s at the soonest; a dead link has to be noticed within that time.
BEAT_EVERY_S = 4.0
BEAT_WITHIN_S = 4.0

Stream = grpc.aio.StreamStreamCall[sync.ConnectRequest, sync.ConnectResponse]


class Health(Protocol):
    """The health service's client."""

    async def Check(self, request: health_pb2.HealthCheckRequest, *, timeout: float) -> object:
        """Answers while the other side lives."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the gateway says of itself."""

    gateway_id: str
    boot_id: str
    version: str


class Session:
    """Sends events within the credit and takes what comes. Ends by raising: nothing is wrong with an end."""

    def __init__(
        self,
        stream: Stream,
        health: Health,
        identity: Identity,
        outbox: OutboxReader,
        replica: ReplicaWriter,
        clock: Clock,
    ) -> None:
        self._stream = stream
        self._health = health
        self._identity = identity
        self._outbox = outbox
        self._replica = replica
        self._clock = clock
        self._credit = 0
        self._sent = 0
        self._acknowledged = 0
        self._wake = asyncio.Event()

    async def run(self, welcomed: Callable[[], None]) -> None:
        """Serve until the link ends. `welcomed` is called once the central service has let us in.

        Raises what ended it: CentralUnavailable, EpochUnknown, grpc.aio.AioRpcError, or an error of the journal.
        """
        await self._stream.write(sync.ConnectRequest(hello=self._hello()))
        try:
            async with asyncio.timeout(WELCOME_WITHIN_S):
                first = await self._read()
        except TimeoutError:
            raise CentralUnavailable("no Welcome came") from None
        if not first.HasField("welcome"):
            raise CentralUnavailable("something else came before Welcome")
        await self._begin(first.welcome)
        welcomed()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._receive())
            tasks.create_task(self._send())
            tasks.create_task(self._watch())
            tasks.create_task(self._beat())

    def _hello(self) -> sync.Hello:
        hello = sync.Hello(
            gateway_id=self._identity.gateway_id,
            epoch=self._outbox.epoch,
            last_seq=self._outbox.last_seq,
            first_unacked=self._outbox.first_unacked,
            boot_id=self._identity.boot_id,
            version=self._identity.version,
            bundle_sha256=self._replica.bundle_sha256,
            customers_cursor=self._replica.customers_cursor,
            journal_id=self._outbox.journal_id,
        )
        hello.clock.FromDatetime(self._clock.now())
        return hello

    async def _begin(self, welcome: sync.Welcome) -> None:
        if welcome.epoch != self._outbox.epoch:
            log.warning("epoch_given", epoch=welcome.epoch, before=self._outbox.epoch)
            await self._outbox.adopt_epoch(welcome.epoch)
        await self._outbox.acknowledge(welcome.epoch, welcome.high_water)
        await self._replica.apply_welcome(welcome)
        self._credit = max(1, welcome.credit)
        self._sent = self._acknowledged = welcome.high_water

    async def _read(self) -> sync.ConnectResponse:
        message: Any = await self._stream.read()
        if message is grpc.aio.EOF:
            raise CentralUnavailable("the central service closed the stream")
        response: sync.ConnectResponse = message
        return response

    async def _receive(self) -> None:
        while True:
            message = await self._read()
            match message.WhichOneof("message"):
                case "ack":
                    await self._take_ack(message.ack)
                case "nak":
                    self._take_nak(message.nak.expected)
                case "bundle":
                    bundle = message.bundle
                    taken = await self._replica.apply_bundle(bundle)
                    log.info("programme_came", programme=bundle.programme_id, revision=bundle.revision, taken=taken)
                case "customers":
                    if not await self._replica.apply_customers(message.customers):
                        raise CentralUnavailable("the customers held here do not agree: a snapshot is needed")
                case "use_totals":
                    await self._replica.apply_totals(message.use_totals)
                case "ending":
                    raise CentralUnavailable(f"the central service ends the stream: {message.ending.reason}")
                case other:
                    log.warning("unknown_message", message=str(other))

    def _take_nak(self, expected: int) -> None:
        log.warning("events_missing", expected=expected)
        outbox = self._outbox
        first = outbox.first_unacked or outbox.last_seq + 1
        if not first <= expected <= outbox.last_seq + 1:
            # Whatever is sent, the answer would be the same.
            raise EpochUnknown(f"the central service wants event {expected}, which is not held here any more")
        self._sent = self._acknowledged = max(self._acknowledged, expected - 1)
        self._wake.set()

    async def _take_ack(self, ack: sync.Ack) -> None:
        for one in ack.quarantined:
            log.warning("event_quarantined", seq=one.seq, reason=one.reason)
        await self._outbox.acknowledge(ack.epoch, ack.high_water, ack.quarantined)
        self._acknowledged = max(self._acknowledged, ack.high_water)
        self._sent = max(self._sent, self._acknowledged)
        self._wake.set()

    async def _send(self) -> None:
        while True:
            self._wake.clear()
            room = self._credit - (self._sent - self._acknowledged)
            events = self._outbox.read(self._sent, min(BATCH_EVENTS_MAX, room), BATCH_BYTES_MAX) if room > 0 else ()
            if events:
                # Before the write: an answer may come while it still waits.
                self._sent = events[-1].seq
                await self._stream.write(sync.ConnectRequest(batch=sync.EventBatch(events=events)))
                continue
            await self._wake.wait()
            if self._outbox.last_seq - self._sent < BATCH_EVENTS_MAX:
                # A till that sells does not sell once: a few events share a transaction at the other end.
                await asyncio.sleep(LINGER_S)

    async def _watch(self) -> None:
        while True:
            await self._outbox.wait_changed()
            self._wake.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            await self._health.Check(health_pb2.HealthCheckRequest(), timeout=BEAT_WITHIN_S)
