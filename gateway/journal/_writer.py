"""The one thread that writes gateway.db: groups of waiting writes share a transaction and a sync."""

import asyncio
import contextlib
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
from ._retention import prune
from ._transaction import OutboxState, Transaction, read_outbox_state, to_us

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
PRUNE_EVERY_MS = 3_600_000


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
        on_outbox: Callable[[OutboxState], None],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._metrics = metrics
        self._on_outbox = on_outbox
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._wal_pages = 0
        self._pruned_ms: int | None = None
        connection.set_wal_hook(self._note_wal)
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write[T]) -> asyncio.Future[T]:
        """Queue a write. The future ends once it is on disk, or with the error that kept it from getting there."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_exception(ShuttingDown("the journal is closed"))
        else:
            self._queue.put(_Waiting(write, future))
        return future

    def close(self) -> None:
        """Finish what is queued, empty the WAL, end the thread. Blocks."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _note_wal(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _run(self) -> None:
        running = True
        while running:
            group, running = self._take()
            if group:
                self._finish(group, self._commit(group))
            self._keep_house(idle=not group)
        self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _take(self) -> tuple[list[_Waiting], bool]:
        """The next group, empty after a quiet minute, and whether to go on after it."""
        group: list[_Waiting] = []
        try:
            waiting = self._queue.get(timeout=CHECKPOINT_IDLE_S)
            while waiting is not None:
                group.append(waiting)
                if len(group) == GROUP_WRITES_MAX:
                    return group, True
                waiting = self._queue.get_nowait()
        except queue.Empty:
            return group, True
        return group, False

    def _commit(self, group: list[_Waiting]) -> OutboxState | None:
        """Run the group in one transaction. An error of the disk is everybody's; any other is its write's alone."""
        self._metrics.journal_group_rows.observe(len(group))
        changed = None
        try:
            with self._metrics.journal_commit_seconds.time(), as_ours():
                self._connection.execute("BEGIN IMMEDIATE")
                transaction = Transaction(self._connection, self._clock)
                for waiting in group:
                    self._run_one(waiting, transaction)
                if transaction.outbox_changed:
                    changed = read_outbox_state(self._connection)
                self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  Everyone who waits gets it.
            # Also those refused meanwhile: what they were refused for may have been a neighbour that is now undone.
            for waiting in group:
                waiting.result, waiting.error = None, error
            self._roll_back()
            return None
        return changed

    def _run_one(self, waiting: _Waiting, transaction: Transaction) -> None:
        self._connection.execute("SAVEPOINT one")
        try:
            waiting.result = waiting.write(transaction)
        except DISK_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001  It is the caller's, and is given to it.
            waiting.error = error
            self._connection.execute("ROLLBACK TO one")
        self._connection.execute("RELEASE one")

    def _roll_back(self) -> None:
        # SQLite may have rolled back by itself; and a disk that refuses even this leaves nothing behind either.
        with contextlib.suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _finish(self, group: list[_Waiting], changed: OutboxState | None) -> None:
        """Hand the results to the loop in one go: waking it costs more than an answer."""
        with contextlib.suppress(RuntimeError):  # The loop is gone, and with it all who waited.
            group[0].future.get_loop().call_soon_threadsafe(self._answer, group, changed)

    def _answer(self, group: list[_Waiting], changed: OutboxState | None) -> None:
        if changed is not None:
            self._on_outbox(changed)
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
        if due and not self._prune():
            self._pruned_ms = now_ms
        if self._wal_pages >= WAL_TRUNCATE_PAGES:
            self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        elif self._wal_pages >= CHECKPOINT_PAGES or (idle and self._wal_pages):
            self._checkpoint(apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _prune(self) -> bool:
        # What a full disk refuses now is tried again with the next group or minute.
        with contextlib.suppress(*DISK_ERRORS), self._connection:
            return prune(self._connection, to_us(self._clock.now()))
        self._roll_back()
        return False

    def _checkpoint(self, mode: int) -> None:
        # A checkpoint that fails loses nothing: the WAL keeps every page, and the next one starts over.
        with contextlib.suppress(apsw.Error):
            self._connection.wal_checkpoint(mode=mode)
            self._wal_pages = 0
