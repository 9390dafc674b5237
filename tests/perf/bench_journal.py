"""Durable commits of the journal against the least that could do the same with SQLite, on the same disk."""

import asyncio
import queue
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw

from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal, StoredPurchase, Transaction
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

CALLERS = 32
# Short passes in turn and the median of their ratios, so that a neighbour on the machine disturbs both alike.
SECONDS = 0.25
PASSES = 21
BOUND = 0.8

RESPONSE, PURCHASE, REQUEST_HASH = bytes(2_000), bytes(1_500), bytes(32)
EVENT = Event()
EVENT.purchase_committed.purchase.purchase_id = "x" * 1_500

SCHEMA = """
CREATE TABLE outbox (number INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE purchases (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, hash BLOB, number INTEGER, response BLOB,
                        purchase BLOB) STRICT;
"""


class RawGroupCommit:
    """The same two rows, grouped by a thread, answered after COMMIT; no savepoints, checks or measures."""

    def __init__(self, folder: Path) -> None:
        self._connection = apsw.Connection(str(folder / "raw.db"))
        for name, value in (("journal_mode", "WAL"), ("synchronous", "FULL"), ("wal_autocheckpoint", 1_000)):
            self._connection.pragma(name, value)
        self._connection.execute(SCHEMA)
        self._queue: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    async def commit(self, number: int) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put((UUID(int=number).bytes, future))
        await future

    async def close(self) -> None:
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        execute = self._connection.execute
        while (first := self._queue.get()) is not None:
            group = [first]
            while len(group) < 64 and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    return
                group.append(following)
            execute("BEGIN IMMEDIATE")
            for key, _ in group:
                event = Event()
                event.CopyFrom(EVENT)
                execute("INSERT INTO outbox (body) VALUES (?)", (event.SerializeToString(),))
                row = (key, REQUEST_HASH, self._connection.last_insert_rowid(), RESPONSE, PURCHASE)
                execute("INSERT INTO purchases (id, hash, number, response, purchase) VALUES (?, ?, ?, ?, ?)", row)
            execute("COMMIT")
            group[0][1].get_loop().call_soon_threadsafe(_answer, group)


def _answer(group: list[tuple[bytes, asyncio.Future[None]]]) -> None:
    for _, future in group:
        future.set_result(None)


def journal_commit(journal: Journal) -> Callable[[int], Awaitable[None]]:
    """A purchase with its event, as a sale writes them."""

    async def commit(number: int) -> None:
        def write(transaction: Transaction) -> None:
            event = Event()
            event.CopyFrom(EVENT)
            stored = StoredPurchase(
                purchase_id=UUID(int=number),
                request_hash=REQUEST_HASH,
                committed=transaction.now,
                event_number=transaction.append_event(event),
                response=RESPONSE,
                purchase=PURCHASE,
            )
            journal.purchases.add(transaction, stored)

        await journal.write(write)

    return commit


async def per_second(commit: Callable[[int], Awaitable[None]], callers: int, first: int) -> float:
    """Durable commits a second with so many callers, each waiting for its answer."""
    number, done = first, 0
    start = time.perf_counter()
    end = start + SECONDS

    async def caller() -> None:
        nonlocal number, done
        while time.perf_counter() < end:
            number += 1
            await commit(number)
            done += 1

    await asyncio.gather(*(caller() for _ in range(callers)))
    return done / (time.perf_counter() - start)


async def _measure() -> dict[int, tuple[float, float, float]]:
    found: dict[int, tuple[float, float, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = RawGroupCommit(folder)
        journal = Journal.open(folder / "journal", SystemClock(), Metrics())
        commit = journal_commit(journal)
        for callers in (1, CALLERS):
            ours, theirs = [], []
            for turn in range(PASSES):
                first = (callers * PASSES + turn) * 10_000_000
                theirs.append(await per_second(raw.commit, callers, first))
                ours.append(await per_second(commit, callers, first))
            ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
            found[callers] = (statistics.median(ours), statistics.median(theirs), statistics.median(ratios))
        await journal.close()
        await raw.close()
    return found


def rows() -> list[dict[str, Any]]:
    """Rows of the table: durable commits a second, one caller and 32, beside raw SQLite with a group commit."""
    table = []
    for callers, (ours, theirs, ratio) in asyncio.run(_measure()).items():
        bound = BOUND if callers == CALLERS else None
        table.append(
            {
                "name": f"journal: durable commits, {callers} caller{'s' if callers > 1 else ''}",
                "value": round(ours),
                "unit": "1/s",
                "baseline": round(theirs),
                "ratio": round(ratio, 3),
                "bound": bound,
                "holds": bound is None or ratio >= bound,
            }
        )
    return table


if __name__ == "__main__":
    for row in rows():
        print(row)
