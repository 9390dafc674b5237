"""One gateway's stream: events up, acknowledgements, programmes and customers down."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import DatabaseError

from tillgate.central.purchases import apply_batch
from tillgate.core.errors import BadRequest, CentralUnavailable
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._feed import Feed, FleetState
from ._gateways import Heard, Known
from ._totals import Totals
from ._workers import Workers

__all__ = ["BATCH_EVENTS_MOST", "CREDIT", "Parts", "Session"]

log = logging.getLogger(__name__)

BATCH_EVENTS_MOST = 500
#: Events on the way unacknowledged: four full batches.
CREDIT = 2_000
#: How long a last word may take to leave.
FAREWELL_S = 1.0


class Stream(Protocol):
    """The part of a gRPC context that a session needs."""

    async def write(self, message: sync.ConnectResponse) -> None:
        """Send; waits while the other side does not read."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What all sessions share."""

    workers: Workers
    feed: Feed
    now: Callable[[], datetime]


class Session:
    """From Welcome to the end of the stream. `run` returns when the gateway leaves or `end` was called."""

    def __init__(self, parts: Parts, known: Known, hello: sync.Hello, stream: Stream) -> None:
        self.known = known
        self._parts = parts
        self._stream = stream
        self._writing = asyncio.Lock()
        self._write: asyncio.Future[None] | None = None
        self._ending: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._cursor = hello.customers_cursor if hello.epoch == known.epoch else 0
        self._newest_seq = hello.last_seq if hello.epoch == known.epoch else 0
        self._high_water = known.high_water
        self._bundle_sha256 = hello.bundle_sha256
        self._bundles: tuple[sync.Bundle, ...] = ()
        self._bundles_changed = asyncio.Event()
        self._totals: sync.UseTotals | None = None
        self._totals_read = asyncio.Event()

    @property
    def heard(self) -> Heard:
        """For the administrator's list."""
        waiting = max(0, self._newest_seq - self._high_water)
        return Heard(self.known.source.gateway, min(waiting, 2**62), min(self._cursor, 2**62))

    def end(self, reason: str) -> None:
        """Say Ending and close."""
        if not self._ending.done():
            self._ending.set_result(reason)

    def see(self, state: FleetState | None, bundles: tuple[sync.Bundle, ...], totals: Totals) -> None:
        """What the last step of the feed brought."""
        if state is None or state.revoked:
            self.end("REVOKED")
        elif state.epoch != self.known.epoch:
            self.end("EPOCH_CHANGED")
        if [one.sha256 for one in bundles] != [one.sha256 for one in self._bundles]:
            self._bundles = bundles
            self._bundles_changed.set()
        told = totals.told(self.known.source.gateway, self.known.epoch)
        if told is not None and told != self._totals:
            self._totals = told
            self._totals_read.set()

    async def run(self, requests: AsyncIterator[sync.ConnectRequest]) -> None:
        """Serve the stream. Raises TillgateError for what the gateway, or the database, did wrong."""
        tasks = [
            asyncio.create_task(self._receive(requests)),
            asyncio.create_task(self._send_customers()),
            asyncio.create_task(self._send_bundles()),
            asyncio.create_task(self._send_totals()),
        ]
        try:
            waited: list[asyncio.Future[Any]] = [self._ending, *tasks]
            done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._ending in done:
            await self._say_goodbye(self._ending.result())
            return
        for task in tasks:
            if task in done:
                task.result()

    async def _send(self, message: sync.ConnectResponse) -> None:
        """One message at a time. A write whose sender was cancelled is still under way: gRPC refuses a second one."""
        async with self._writing:
            if self._write is not None:
                await asyncio.wait([self._write])
            self._write = asyncio.ensure_future(self._stream.write(message))
            self._write.add_done_callback(lambda write: write.cancelled() or write.exception())
            await asyncio.shield(self._write)

    async def _say_goodbye(self, reason: str) -> None:
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._send(sync.ConnectResponse(ending=sync.Ending(reason=reason)))
        except TimeoutError:
            log.info("gateway %s does not read; closed without a word", self.known.gateway_id)

    async def _receive(self, requests: AsyncIterator[sync.ConnectRequest]) -> None:
        async for request in requests:
            if not request.HasField("batch"):
                raise BadRequest("after Hello only batches follow", path="$.message")
            await self._ingest(request.batch)

    async def _ingest(self, batch: sync.EventBatch) -> None:
        if len(batch.events) > BATCH_EVENTS_MOST:
            raise BadRequest(f"a batch has at most {BATCH_EVENTS_MOST} events", path="$.batch.events")
        epoch, parts = self.known.epoch, self._parts
        try:
            outcome = await parts.workers.write(apply_batch, self.known.source, epoch, batch.events, parts.now())
        except DatabaseError as error:
            log.exception("a batch of gateway %s was not written; it will come again", self.known.gateway_id)
            raise CentralUnavailable("the database does not answer") from error
        if batch.events:
            self._newest_seq = max(self._newest_seq, batch.events[-1].seq)
        self._high_water = outcome.high_water
        parts.feed.poke()
        ack = sync.Ack(epoch=epoch, high_water=outcome.high_water)
        for seq, reason in outcome.quarantined:
            ack.quarantined.add(seq=seq, reason=reason)
        await self._send(sync.ConnectResponse(ack=ack))
        if outcome.expected is not None:
            await self._send(sync.ConnectResponse(nak=sync.Nak(expected=outcome.expected)))

    async def _send_customers(self) -> None:
        source, feed = self.known.source, self._parts.feed
        while True:
            batches = []
            if self._cursor:
                batches = await feed.customers_after(source.organisation, source.gateway, self._cursor)
            if not batches:
                batches = await self._send_snapshot()
            for batch in batches:
                await self._send(sync.ConnectResponse(customers=batch))
            self._cursor = batches[-1].checkpoint.cursor

    async def _send_snapshot(self) -> list[sync.CustomerBatch]:
        """Every customer, part by part; what is left to send are the changes since the first part."""
        source, feed = self.known.source, self._parts.feed
        page = await feed.page(source.organisation, source.gateway, "")
        position, begin = page.position, True
        while page.customers:
            batch = sync.CustomerBatch(snapshot_begin=begin, customers=page.customers, applied_seq=page.applied_seq)
            await self._send(sync.ConnectResponse(customers=batch))
            begin = False
            last = page.customers[-1].state.customer_id.replace("-", "")
            page = await feed.page(source.organisation, source.gateway, last)
        batches = await feed.customers_after(source.organisation, source.gateway, position, whole=True)
        if not batches:
            raise CentralUnavailable("the changes were renumbered")
        batches[0].snapshot_begin = begin
        return batches

    async def _send_bundles(self) -> None:
        """All of them, in their order, when they are others than before; nothing if the gateway came with the last."""
        sent: list[str] = []
        while True:
            await self._bundles_changed.wait()
            self._bundles_changed.clear()
            bundles = self._bundles
            names = [bundle.sha256 for bundle in bundles]
            if names and names != sent and (sent or names[-1] != self._bundle_sha256):
                for bundle in bundles:
                    await self._send(sync.ConnectResponse(bundle=bundle))
            sent = names

    async def _send_totals(self) -> None:
        """On connecting and whenever they are others; if the gateway reads slowly, only the last."""
        while True:
            await self._totals_read.wait()
            self._totals_read.clear()
            await self._send(sync.ConnectResponse(use_totals=self._totals))
