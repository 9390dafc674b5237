"""What a device said lately, held for a POS that comes back."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from tillgate.pos.v1 import device_service_pb2 as api

from ._limits import Limits

__all__ = ["EventLog", "Held"]


@dataclass(frozen=True, slots=True)
class Held:
    """One event, the lane it is for (empty: whoever comes with a cursor) and its place among those of all devices."""

    sequence: int
    arrival: int
    received_ms: int
    lane_id: str
    event: api.DeviceEvent


class EventLog:
    """The events of one device in one life of the daemon, counted from 1; bounded in number, size and age.

    An event goes to the lane that holds the claim when it arrives; without a claim, to the lane that held it last.
    Numbers rise, and the numbers one lane sees may leave out those of another: only `lost` means that some are gone.
    """

    def __init__(self, device_id: str, boot_epoch: str, limits: Limits) -> None:
        self.device_id = device_id
        self.boot_epoch = boot_epoch
        self._limits = limits
        self._held: list[Held] = []
        self._last = 0
        self._forgotten = 0
        self._acknowledged: dict[str, int] = {}
        self._listeners: set[Callable[[], None]] = set()

    @property
    def last(self) -> int:
        """The sequence of the newest event, 0 before the first."""
        return self._last

    def __len__(self) -> int:
        return len(self._held)

    def append(self, event: api.DeviceEvent, lane_id: str, arrival: int, now_ms: int) -> None:
        """Number an event, hold it, and wake who waits. The oldest makes room."""
        self._last += 1
        event.device_id = self.device_id
        event.cursor.CopyFrom(self.cursor(self._last))
        self._held.append(Held(self._last, arrival, now_ms, lane_id, event))
        if len(self._held) > self._limits.events_held_max:
            self._forget(1)
        self.wake()

    def next_for(self, lane_id: str, after: int) -> Held | None:
        """The first held event of this lane past a sequence."""
        for index in range(self._index_past(after), len(self._held)):
            if self._held[index].lane_id in ("", lane_id):
                return self._held[index]
        return None

    def lost(self, lane_id: str, after: int) -> bool:
        """Whether events past this sequence that may have been the lane's are no longer held."""
        return max(self._forgotten, self._acknowledged.get(lane_id, 0)) > after

    def acknowledge(self, lane_id: str, sequence: int) -> None:
        """The lane has dealt with its events up to here: they are dropped."""
        if sequence <= self._acknowledged.get(lane_id, 0):
            return
        self._acknowledged[lane_id] = sequence
        until = self._index_past(sequence)
        self._held[:until] = [held for held in self._held[:until] if held.lane_id not in ("", lane_id)]

    def expire(self, now_ms: int) -> None:
        """Forget what is too old to be held."""
        oldest_ms = now_ms - self._limits.events_kept_ms
        old = 0
        while old < len(self._held) and self._held[old].received_ms <= oldest_ms:
            old += 1
        self._forget(old)

    def cursor(self, sequence: int) -> api.EventCursor:
        """A place in this log."""
        return api.EventCursor(boot_epoch=self.boot_epoch, sequence=sequence)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this on every event; it must be quick."""
        self._listeners.add(listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        self._listeners.discard(listener)

    def wake(self) -> None:
        """Tell the listeners that something may have changed."""
        for listener in tuple(self._listeners):
            listener()

    def _forget(self, count: int) -> None:
        if count:
            self._forgotten = self._held[count - 1].sequence
            del self._held[:count]

    def _index_past(self, sequence: int) -> int:
        return bisect_right(self._held, sequence, key=lambda held: held.sequence)
