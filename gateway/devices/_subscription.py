"""One POS listening to its devices: replay from a cursor, then live, with bounded memory however slow it reads."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tillgate.core.errors import BadRequest, ClaimLost, DeviceUnknown, TillgateError
from tillgate.gateway.clock import Clock
from tillgate.pos.v1 import device_service_pb2 as api

from ._claims import Claim, Claims
from ._events import EventLog, Held
from ._limits import Limits

__all__ = ["Feed", "Subscription", "open_feed"]


@dataclass(slots=True)
class Feed:
    """One device of a subscription. `position` is the last sequence given; `lost_after` a cursor of an earlier life."""

    log: EventLog
    claim: Claim
    position: int
    lost_after: api.EventCursor | None = None


def open_feed(log: EventLog, claim: Claim, cursor: api.EventCursor | None, path: str) -> Feed:
    """A feed from a cursor, or from now. Raises BadRequest for a cursor that was never given."""
    if cursor is None:
        return Feed(log, claim, log.last)
    if cursor.boot_epoch != log.boot_epoch:
        return Feed(log, claim, 0, lost_after=cursor)
    if cursor.sequence > log.last:
        raise BadRequest(f"{log.device_id} has no event {cursor.sequence}; the last is {log.last}", path=path)
    return Feed(log, claim, cursor.sequence)


class Subscription:
    """Async iterator over what one POS should be told. It holds no queue: a slow reader finds a gap instead."""

    def __init__(self, feeds: list[Feed], claims: Claims, clock: Clock, limits: Limits) -> None:
        self._feeds = {feed.log.device_id: feed for feed in feeds}
        self._claims = claims
        self._clock = clock
        self._limits = limits
        self._wake = asyncio.Event()
        self._ready = False
        self._ending = ""
        self._error: TillgateError | None = None
        self._closed = False
        self.on_close: Callable[[], None] = lambda: None
        for feed in feeds:
            claims.opened(feed.claim)
            feed.log.listen(self._wake.set)

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> api.SubscribeResponse:
        if not self._ready:
            self._ready = True
            return api.SubscribeResponse(ready=self._ready_message())
        while True:
            self._wake.clear()
            if self._closed:
                raise StopAsyncIteration
            if self._error is not None:
                raise self._error
            response = self._next()
            if response is not None:
                return response
            if self._ending:
                self.close()
                return api.SubscribeResponse(ending=api.SessionEnding(reason=self._ending))
            await self._wake.wait()

    def acknowledge(self, device_id: str, cursor: api.EventCursor) -> None:
        """The POS has dealt with everything up to here. Raises DeviceUnknown, BadRequest."""
        feed = self._feeds.get(device_id)
        if feed is None:
            raise DeviceUnknown(f"{device_id} is not part of this subscription", device_id=device_id)
        if cursor.boot_epoch != feed.log.boot_epoch:
            return  # About an earlier life of the daemon: nothing of it is held.
        if cursor.sequence > feed.position:
            raise BadRequest(
                f"{device_id}: event {cursor.sequence} was not given yet", path="$.acknowledge.cursor.sequence"
            )
        feed.log.acknowledge(feed.claim.lane_id, cursor.sequence)

    def shares_claim(self, feeds: list[Feed]) -> bool:
        """Whether one of these feeds rests on a claim of this subscription."""
        return any(mine.claim is theirs.claim for mine in self._feeds.values() for theirs in feeds)

    def fail(self, error: TillgateError) -> None:
        """End the iteration with this error."""
        self._error = self._error or error
        self._wake.set()

    def end(self, reason: str) -> None:
        """Give what is held, then say that the session ends."""
        self._ending = self._ending or reason
        self._wake.set()

    def close(self) -> None:
        """Let go of logs and claims. Idempotent."""
        if self._closed:
            return
        self._closed = True
        for feed in self._feeds.values():
            feed.log.unlisten(self._wake.set)
            self._claims.closed(feed.claim)
        self._wake.set()
        self.on_close()

    def _ready_message(self) -> api.SubscribeReady:
        places = [
            api.SubscribedPlace(device_id=device_id, cursor=feed.log.cursor(feed.position))
            for device_id, feed in self._feeds.items()
        ]
        return api.SubscribeReady(places=places)

    def _next(self) -> api.SubscribeResponse | None:
        first: tuple[Held, Feed] | None = None
        for feed in self._feeds.values():
            if not self._claims.holds(feed.claim):
                raise ClaimLost(f"{feed.log.device_id} was claimed anew or released", device_id=feed.log.device_id)
            if gap := self._gap(feed):
                return api.SubscribeResponse(gap=gap)
            held = feed.log.next_for(feed.claim.lane_id, feed.position)
            if held is not None and (first is None or held.arrival < first[0].arrival):
                first = held, feed
        if first is None:
            return None
        held, feed = first
        feed.position = held.sequence
        response = api.SubscribeResponse(event=held.event)
        response.event.stale = self._clock.monotonic_ms() - held.received_ms > self._limits.event_fresh_ms
        return response

    def _gap(self, feed: Feed) -> api.EventGap | None:
        log, lane_id = feed.log, feed.claim.lane_id
        after = feed.lost_after
        if after is None and log.lost(lane_id, feed.position):
            after = log.cursor(feed.position)
        if after is None:
            return None
        feed.lost_after = None
        held = log.next_for(lane_id, feed.position)
        before = held.sequence if held else log.last + 1
        feed.position = before - 1
        return api.EventGap(device_id=log.device_id, after=after, before=log.cursor(before))
