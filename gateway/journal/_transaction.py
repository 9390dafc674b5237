"""What a write may do: statements and events of one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import apsw

from tillgate.gateway.clock import Clock
from tillgate.sync.v1.sync_service_pb2 import Event

__all__ = ["UPDATE_LAST", "OutboxState", "Transaction", "from_us", "read_outbox_state", "run_alone", "to_us"]

START = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
UPDATE_LAST = "UPDATE identity SET last = ?"


def to_us(time: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (time - START) // MICROSECOND


def from_us(time_us: int) -> datetime:
    """The reverse of to_us, in UTC."""
    return START + time_us * MICROSECOND


@dataclass(frozen=True, slots=True)
class OutboxState:
    """Where the stream of events stands. Numbers never start again; a sequence is number - base."""

    epoch: int
    base: int
    acknowledged: int
    last: int
    oldest_us: int | None


def read_outbox_state(connection: apsw.Connection) -> OutboxState:
    """As committed, or as the running transaction sees it."""
    row = connection.execute(
        "SELECT epoch, base, acknowledged, last, (SELECT recorded_us FROM outbox ORDER BY number LIMIT 1) FROM identity"
    ).get
    return OutboxState(*row)


class Transaction:
    """Statements and events of one write. Lives only during the call that gets it."""

    __slots__ = ("_clock", "_connection", "last_number")

    def __init__(self, connection: apsw.Connection, clock: Clock, last_number: int) -> None:
        self._connection = connection
        self._clock = clock
        #: Number of the newest event. The group writes it down once, for all its writes.
        self.last_number = last_number

    @property
    def now(self) -> datetime:
        """The gateway's wall clock."""
        return self._clock.now()

    @property
    def now_us(self) -> int:
        """The same in the journal's form."""
        return to_us(self._clock.now())

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement; how many rows it changed."""
        self._connection.execute(statement, parameters)
        return self._connection.changes()

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return list(self._connection.execute(statement, parameters))

    def row(self, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return next(iter(self._connection.execute(statement, parameters).fetchall()), None)

    def append_event(self, event: Event) -> int:
        """Put an event at the end of the outbox and return its number. Sets recorded_time; leaves epoch and seq."""
        now_us = to_us(self._clock.now())
        recorded_time = event.recorded_time
        recorded_time.seconds, rest_us = divmod(now_us, 1_000_000)
        recorded_time.nanos = rest_us * 1_000
        self.last_number += 1
        self._connection.execute(
            "INSERT INTO outbox (number, recorded_us, body) VALUES (?, ?, ?)",
            (self.last_number, now_us, event.SerializeToString()),
        )
        return self.last_number


def run_alone(connection: apsw.Connection, clock: Clock, write: Callable[[Transaction], None]) -> None:
    """One write in a transaction of its own, for where there is no writer yet."""
    with connection:
        transaction = Transaction(connection, clock, read_outbox_state(connection).last)
        write(transaction)
        connection.execute(UPDATE_LAST, (transaction.last_number,))
