"""The one thread that writes gateway.db: groups of waiting writes share a transaction and a sync."""

import asyncio
import contextlib
import copy
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import apsw

from tillgate.core.errors import ShuttingDown
from tillgate.gateway.clock import Clock
from tillgate.gateway.metrics import Metrics

from ._database import DISK_ERRORS, as_ours
from ._retention import HOUR_MS, prune, read_hours_lived
from ._transaction import UPDATE_LAST, OutboxState, Transaction, read_outbox_state

__all__ = ["Write", "Writer"]

T = TypeVar("T")
Write = Callable[[Transaction], T]

# More would make the first of a group wait for the last; the sync is shared well enough by then.
GROUP_WRITES_MAX = 64
# About 4 MB of WAL at 4 KiB pages. Passive only: RESTART and TRUNCATE wait for readers and would hold commits up.
CHECKPOINT_PAGES = 1_000
CHECKPOINT_IDLE_S = 60.0
# A reader that never ends keeps passive checkpoints from starting the WAL again; past this it is worth a wait.
WAL_TRUNCATE_PAGES = 16_384
PRUNE_EVERY_MS = HOUR_MS


@dataclass(slots=True)
class _Waiting:
    """A write, whoever waits for it, and how it ended."""

    write: Write[Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Takes writes from the event loop and answers each after COMMIT. `on_outbox` is called in the loop's thread."""

    def __init__(
        self,
        connection: apsw.Connection,
        clock: Clock,
        metrics: Metrics,
        state: OutboxState,
        on_outbox: Callable[[OutboxState], None],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._metrics = metrics
        self._state = state
        self._on_outbox = on_outbox
        self._gathered: list[_Waiting] = []
        self._queue: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._closed = False
        self._wal_pages = 0
        self._pruned_ms: int | None = None
        self._hours_before = read_hours_lived(connection)
        self._started_ms = clock.monotonic_ms()
        connection.set_wal_hook(self._note_wal)
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write[T]) -> asyncio.Future[T]:
        """Queue a write. The future ends once it is on disk, or with the error that kept it from getting there."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._closed:
            future.set_exception(ShuttingDown("the journal is closed"))
            return future
        if not self._gathered:
            # Whoever else is ready in this turn of the loop comes along: one handing over, one group, and the loop
            # is at rest when the writer wants the interpreter.
            loop.call_soon(self._hand_over)
        self._gathered.append(_Waiting(write, future))
        return future

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._queue.put(gathered)

    def stop(self) -> None:
        """Take no more. For the loop's thread; what was submitted before is still written."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._queue.put(None)

    def join(self) -> None:
        """Wait until everything is written, the WAL emptied and the thread ended. Blocks."""
        self._thread.join()

    def _note_wal(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _run(self) -> None:
        left: list[_Waiting] = []
        running = True
        while running or left:
            if running:
                running = self._take(left)
            group, left = left[:GROUP_WRITES_MAX], left[GROUP_WRITES_MAX:]
            if group:
                self._finish(group, self._commit(group))
            self._keep_house(idle=not group)
        self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _take(self, left: list[_Waiting]) -> bool:
        """Add what was queued to what is left; wait only if nothing is. False: nothing will come any more."""
        try:
            while len(left) < GROUP_WRITES_MAX:
                gathered = self._queue.get_nowait() if left else self._queue.get(timeout=CHECKPOINT_IDLE_S)
                if gathered is None:
                    return False
                left += gathered
        except queue.Empty:
            pass  # A quiet minute, or no more for this group.
        return True

    def _commit(self, group: list[_Waiting]) -> OutboxState | None:
        """Run the group in one transaction; where the outbox stands after it, None if the disk refused.

        An error of the disk is everybody's; any other is its write's alone. Savepoints keep such a write from taking
        its neighbours along; as they cost as much as a row and few writes fail, the group tries without them first.
        """
        self._metrics.journal_group_rows.observe(len(group))
        try:
            with self._metrics.journal_commit_seconds.time(), as_ours():
                if not self._run_together(group):
                    self._connection.execute("ROLLBACK")
                    self._run_apart(group)
                state = read_outbox_state(self._connection)
                self._connection.execute("COMMIT")
                self._state = state
        except Exception as error:  # noqa: BLE001  Everyone who waits gets it.
            # Also those refused meanwhile: what they were refused for may have been a neighbour that is now undone.
            # A copy for each: whoever raises it adds to its traceback.
            for waiting in group:
                waiting.result, waiting.error = None, copy.copy(error)
            self._roll_back()
            return None
        return self._state

    def _run_together(self, group: list[_Waiting]) -> bool:
        """False once a write fails."""
        transaction = self._begin()
        for waiting in group:
            try:
                waiting.result = waiting.write(transaction)
            except DISK_ERRORS:
                raise
            except Exception:  # noqa: BLE001  It comes again in the second run, which keeps it.
                return False
        self._note_last(transaction)
        return True

    def _run_apart(self, group: list[_Waiting]) -> None:
        transaction = self._begin()
        for waiting in group:
            self._connection.execute("SAVEPOINT one")
            last_number = transaction.last_number
            try:
                waiting.result = waiting.write(transaction)
            except DISK_ERRORS:
                raise
            except Exception as error:  # noqa: BLE001  It is the caller's, and is given to it.
                waiting.error = error
                self._connection.execute("ROLLBACK TO one")
                transaction.last_number = last_number
            self._connection.execute("RELEASE one")
        self._note_last(transaction)

    def _note_last(self, transaction: Transaction) -> None:
        # Only if it moved: what changes nothing is answered even on a full disk.
        if transaction.last_number != self._state.last:
            self._connection.execute(UPDATE_LAST, (transaction.last_number,))

    def _begin(self) -> Transaction:
        self._connection.execute("BEGIN IMMEDIATE")
        return Transaction(self._connection, self._clock, self._state.last)

    def _roll_back(self) -> None:
        # SQLite may have rolled back by itself; and a disk that refuses even this leaves nothing behind either.
        with contextlib.suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _finish(self, group: list[_Waiting], state: OutboxState | None) -> None:
        """Hand the results to the loop in one go: waking it costs more than an answer."""
        with contextlib.suppress(RuntimeError):  # The loop is gone, and with it all who waited.
            group[0].future.get_loop().call_soon_threadsafe(self._answer, group, state)

    def _answer(self, group: list[_Waiting], state: OutboxState | None) -> None:
        if state is not None:
            self._on_outbox(state)
        for waiting in group:
            if waiting.future.done():
                continue
            if waiting.error is not None:
                waiting.future.set_exception(waiting.error)
            else:
                waiting.future.set_result(waiting.result)

    def _keep_house(self, *, idle: bool) -> None:
        """Between groups, when their callers have been answered."""
        now_ms = self._clock.monotonic_ms()
        due = self._pruned_ms is None or now_ms - self._pruned_ms >= PRUNE_EVERY_MS
        # After a full slice more is waiting, so the next pass goes on.
        if due and not self._prune(self._hours_before + (now_ms - self._started_ms) // HOUR_MS):
            self._pruned_ms = now_ms
        if self._wal_pages >= WAL_TRUNCATE_PAGES:
            self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        elif self._wal_pages >= CHECKPOINT_PAGES or (idle and self._wal_pages):
            self._checkpoint(apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _prune(self, hour: int) -> bool:
        # What a full disk refuses now is tried again with the next group or minute.
        with contextlib.suppress(*DISK_ERRORS), self._connection:
            return prune(self._connection, hour)
        self._roll_back()
        return False

    def _checkpoint(self, mode: int) -> None:
        # A checkpoint that fails loses nothing: the WAL keeps every page, and the next one starts over.
        with contextlib.suppress(apsw.Error):
            self._connection.wal_checkpoint(mode=mode)
            self._wal_pages = 0
