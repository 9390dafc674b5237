"""Events on their way to the central service: in order, without gaps, kept until they are acknowledged."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tillgate.core.errors import EpochUnknown
from tillgate.gateway.clock import Clock
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

from ._store import Store
from ._transaction import OutboxState, Transaction, from_us

__all__ = ["Outbox", "OutboxIdentity", "QuarantinedEvent"]


class _Poison(Protocol):
    @property
    def seq(self) -> int: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OutboxIdentity:
    """What a gateway says of its stream. `first_unacked` is 0 when everything is acknowledged."""

    epoch: int
    last_seq: int
    first_unacked: int


@dataclass(frozen=True, slots=True)
class QuarantinedEvent:
    """An event that the central service could not apply, and why."""

    event: Event
    reason: str


class Outbox:
    """A view of the outbox for the uplink. Reads are of what is on disk; sequences are those of the epoch."""

    def __init__(self, store: Store, state: OutboxState, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._state = state
        self._metrics = metrics
        row = store.row("SELECT journal_id FROM identity")
        assert row is not None
        #: Made with the file: tells it from another journal of the same gateway.
        self.journal_id: str = row[0]
        self._changed = asyncio.Event()
        metrics.queue_rows.set_function(lambda: self.rows)
        metrics.queue_age_seconds.set_function(
            lambda: (clock.now() - self.oldest_time).total_seconds() if self.oldest_time else 0.0
        )

    @property
    def identity(self) -> OutboxIdentity:
        """Epoch and bounds, for Hello."""
        return OutboxIdentity(self._state.epoch, self.last_seq, self.first_unacked)

    @property
    def epoch(self) -> int:
        """Given by the central service; 1 in a fresh journal."""
        return self._state.epoch

    @property
    def last_seq(self) -> int:
        """Sequence of the newest event, 0 if the epoch has none."""
        return self._state.last - self._state.base

    @property
    def first_unacked(self) -> int:
        """Sequence of the oldest event not acknowledged, 0 if none."""
        state = self._state
        return state.acknowledged - state.base + 1 if state.acknowledged < state.last else 0

    @property
    def rows(self) -> int:
        """Events that the central service has not acknowledged."""
        return self._state.last - self._state.acknowledged

    @property
    def oldest_time(self) -> datetime | None:
        """When the oldest of them was recorded."""
        return None if self._state.oldest_us is None else from_us(self._state.oldest_us)

    def seq_to_number(self, seq: int) -> int:
        """The journal's own number of a sequence of this epoch."""
        return self._state.base + seq

    def is_acknowledged(self, number: int) -> bool:
        """Whether the central service has the event of this number."""
        return number <= self._state.acknowledged

    def read(self, after_seq: int, rows_max: int, bytes_max: int) -> list[Event]:
        """Events after a sequence, contiguous, at most so many rows and bytes, but one at least if there is one."""
        state = self._state
        events: list[Event] = []
        size = 0
        after = state.base + after_seq
        for number, body in self._store.rows(
            "SELECT number, body FROM outbox WHERE number > ? AND number <= ? ORDER BY number",
            (after, self._last_within(after, rows_max, bytes_max)),
        ):
            event = Event.FromString(body)
            event.epoch, event.seq = state.epoch, number - state.base
            # In a batch an event has a tag and a length before it.
            size += event.ByteSize() + 4
            if events and size > bytes_max:
                break
            events.append(event)
        return events

    def _last_within(self, after: int, rows_max: int, bytes_max: int) -> int:
        """The last number worth reading: events may be large, and what does not fit is not to be held in memory."""
        last = after
        for number, size in self._store.rows(
            "SELECT number, length(body) FROM outbox WHERE number > ? ORDER BY number LIMIT ?", (after, rows_max)
        ):
            if last != after and size > bytes_max:
                break
            last, bytes_max = number, bytes_max - size
        return last

    async def acknowledge(self, epoch: int, high_water: int, quarantined: Iterable[_Poison] = ()) -> None:
        """Forget events up to high_water; keep those in quarantine for people.

        Acknowledgements of another epoch, or older than one before, change nothing. Raises EpochUnknown when the
        central service has more events than were ever written here: this journal is an old copy, and what it would
        send next would be taken for a repetition.
        """
        poison = {item.seq: item.reason for item in quarantined}
        if epoch == self._state.epoch and (high_water > self._state.acknowledged - self._state.base or poison):
            await self._store.write(lambda transaction: _acknowledge(transaction, epoch, high_water, poison))

    async def adopt_epoch(self, epoch: int) -> None:
        """Start again at sequence 1 in a new epoch: with the events not acknowledged, if there are any."""

        def write(transaction: Transaction) -> None:
            transaction.execute("UPDATE identity SET epoch = ?, base = acknowledged WHERE epoch <> ?", (epoch, epoch))

        await self._store.write(write)

    def quarantine(self) -> list[QuarantinedEvent]:
        """The newest hundred events that the central service could not apply."""
        found = []
        for epoch, seq, reason, body in self._store.rows(
            "SELECT epoch, seq, reason, body FROM quarantine ORDER BY number DESC LIMIT 100"
        ):
            event = Event.FromString(body)
            event.epoch, event.seq = epoch, seq
            found.append(QuarantinedEvent(event, reason))
        return found

    async def wait_changed(self) -> None:
        """Until events were added or acknowledged, or the epoch changed, after this call began."""
        await self._changed.wait()

    def moved(self, state: OutboxState) -> None:
        """The journal's word of where the outbox stands after a transaction."""
        if state == self._state:
            return
        self._state = state
        self._changed.set()
        self._changed = asyncio.Event()


def _acknowledge(transaction: Transaction, epoch: int, high_water: int, poison: dict[int, str]) -> None:
    row = transaction.row("SELECT epoch, base, acknowledged, last FROM identity")
    assert row is not None
    if row[0] != epoch:
        return
    base, acknowledged, last = row[1:]
    number = base + high_water
    if number > last:
        raise EpochUnknown(f"the central service has events up to {high_water}; this journal wrote {last - base}")
    for seq, reason in poison.items():
        transaction.execute(
            "INSERT OR IGNORE INTO quarantine SELECT number, ?, ?, ?, body FROM outbox WHERE number = ?",
            (epoch, seq, reason, base + seq),
        )
    if number > acknowledged:
        transaction.execute("DELETE FROM outbox WHERE number <= ?", (number,))
        transaction.execute("UPDATE identity SET acknowledged = ?", (number,))
