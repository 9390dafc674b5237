"""The journal: one file, one thread that writes it, and the parts that know what is in it."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw

from tillgate.gateway.clock import Clock
from tillgate.gateway.metrics import Metrics

from ._database import FILE_NAME, Synchronous, as_ours, lock_folder, open_reader, open_writer
from ._holds import Holds, release_left_over
from ._lanes import Lanes
from ._outbox import Outbox
from ._print_jobs import PrintJobs
from ._purchases import Purchases
from ._transaction import read_outbox_state, run_alone
from ._writer import Write, Writer

__all__ = ["Journal"]

T = TypeVar("T")


def _make_token() -> str:
    return secrets.token_urlsafe(32)


class Journal:
    """What the gateway must not forget. Writes are answered once they are on disk, or fail without a trace.

    Every write may raise StorageFull (the disk is full or fails: nothing took effect, and it works again when the
    disk does), JournalDamaged, JournalLocked (a foreign program holds the file) or ShuttingDown.
    Reads and writes belong to one event loop.
    """

    outbox: Outbox
    purchases: Purchases
    holds: Holds
    print_jobs: PrintJobs
    lanes: Lanes

    def __init__(
        self, lock: int, folder: Path, connection: apsw.Connection, reader: apsw.Connection, clock: Clock,
        metrics: Metrics, make_token: Callable[[], str],
    ) -> None:  # fmt: skip
        self._lock = lock
        self._connection = connection
        self._reader = reader
        self.folder = folder
        self.clock = clock
        state = read_outbox_state(connection)
        self.outbox = Outbox(self, state, clock, metrics)
        self.purchases = Purchases(self)
        self.holds = Holds(self)
        self.print_jobs = PrintJobs(self)
        self.lanes = Lanes(self, make_token)
        self._writer = Writer(connection, clock, metrics, state, self.outbox.moved)

    @classmethod
    def open(
        cls,
        folder: Path,
        clock: Clock,
        metrics: Metrics,
        vfs: str | None = None,
        synchronous: Synchronous = "FULL",
        make_token: Callable[[], str] = _make_token,
    ) -> "Journal":
        """Open or make the journal of a folder and settle what a crash left half way.

        Raises JournalLocked, JournalDamaged, StorageFull. `vfs` names a registered SQLite file system, None the
        machine's; NORMAL instead of FULL loses answered writes in a power cut and is there to prove just that.
        """
        lock = lock_folder(folder)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, lock)
            path = folder / FILE_NAME
            connection = open_writer(path, vfs=vfs, synchronous=synchronous)
            undo.callback(connection.close)
            with as_ours():
                run_alone(connection, clock, release_left_over)
                reader = open_reader(path, vfs=vfs)
                undo.callback(reader.close)
                journal = cls(lock, folder, connection, reader, clock, metrics, make_token)
            undo.pop_all()
        return journal

    def write(self, write: Write[T]) -> asyncio.Future[T]:
        """Run `write` in the writer's thread inside a transaction; await its result, which comes after the sync.

        Its own error undoes its statements alone. It may be run twice, so it changes nothing but the transaction.
        """
        return self._writer.submit(write)

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query over what is on disk. For the event loop's thread: keep it to a few rows."""
        with as_ours():
            return list(self._reader.execute(statement, parameters))

    def row(self, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        with as_ours():
            return next(iter(self._reader.execute(statement, parameters).fetchall()), None)

    async def close(self) -> None:
        """Finish queued writes and leave the file whole and alone. Later writes raise ShuttingDown."""
        self._writer.stop()
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._reader.close()
        with contextlib.suppress(apsw.Error):  # Only a checkpoint can fail here, and the next start makes up for it.
            self._connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
