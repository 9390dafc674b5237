"""A journal in a folder of its own, under a clock that the test moves."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import apsw
import pytest

from tillgate.gateway.journal import Journal, StoredCancellation, StoredPurchase, Transaction
from tillgate.gateway.journal._schema import APPLICATION_ID, STEPS
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event


@dataclass(slots=True)
class ManualClock:
    """Stands still until it is moved."""

    time: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    boot_ms: int = 1_000

    def now(self) -> datetime:
        return self.time

    def monotonic_ms(self) -> int:
        return self.boot_ms

    def move(self, by: timedelta) -> None:
        self.time += by
        self.boot_ms += int(by.total_seconds() * 1000)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def open_journal(tmp_path: Path, clock: ManualClock, metrics: Metrics) -> Callable[[], Journal]:
    """Open the journal of the test's folder."""
    return lambda: Journal.open(tmp_path / "data", clock, metrics)


@pytest.fixture
async def journal(open_journal: Callable[[], Journal]) -> AsyncIterator[Journal]:
    opened = open_journal()
    yield opened
    await opened.close()


@pytest.fixture
def sell() -> Callable[..., Awaitable[None]]:
    """Write the purchase of a number with its event, and close the id `closed` in the same write."""

    async def sell(journal: Journal, number: int, closed: int | None = None) -> None:
        def write(transaction: Transaction) -> None:
            now = transaction.now
            stored = StoredPurchase(
                purchase_id=UUID(int=number),
                request_hash=b"hash",
                committed=now,
                event_number=transaction.append_event(Event()),
                response=b"answer",
                purchase=b"purchase",
            )
            journal.purchases.add(transaction, stored)
            if closed is not None:
                nothing = StoredCancellation(purchase_id=UUID(int=closed), cancelled=now, reason="", event_number=None)
                journal.purchases.cancel(transaction, nothing)

        await journal.write(write)

    return sell


@pytest.fixture
def first_schema() -> Callable[[Path], None]:
    """Make a file as the first version of the journal left it: epoch 3, three of six events acknowledged."""

    def make(path: Path) -> None:
        connection = apsw.Connection(str(path))
        connection.execute(STEPS[0])
        connection.execute("UPDATE identity SET epoch = 3, base = 10, acknowledged = 13, last = 16")
        connection.pragma("application_id", APPLICATION_ID)
        connection.pragma("user_version", 1)
        connection.close()

    return make


class _Unsynced(apsw.VFS):
    """The machine's file system without its syncs: for histories, where waiting for the disk proves nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name, base="")

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> apsw.VFSFile:
        return _UnsyncedFile("", name, flags)


class _UnsyncedFile(apsw.VFSFile):
    def xSync(self, flags: int) -> None:
        pass


@pytest.fixture
def unsynced() -> Iterator[str]:
    """Name of a SQLite file system that does not sync."""
    vfs = _Unsynced("journal-unsynced")
    yield "journal-unsynced"
    vfs.unregister()
