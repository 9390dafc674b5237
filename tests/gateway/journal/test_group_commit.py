"""Writes that share a sync do not share their errors; what a disk refuses, it refuses whole."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import apsw
import pytest

from tillgate.core.errors import PointsInsufficient, StorageFull
from tillgate.gateway.clock import Clock
from tillgate.gateway.journal import Journal, Transaction
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event


def append(transaction: Transaction) -> int:
    return transaction.append_event(Event())


def refuse(transaction: Transaction) -> int:
    """Does half of its work, then is refused."""
    transaction.append_event(Event())
    raise PointsInsufficient


async def test_a_refused_write_takes_back_its_own_part_and_no_other(journal: Journal) -> None:
    results = await asyncio.gather(
        *(journal.write(refuse if number % 3 == 1 else append) for number in range(60)), return_exceptions=True
    )
    numbers = [result for result in results if isinstance(result, int)]
    assert numbers == list(range(1, 41))
    assert sum(isinstance(result, PointsInsufficient) for result in results) == 20
    assert [event.seq for event in journal.outbox.read(0, 100, 1 << 20)] == numbers


async def test_a_mistake_in_a_statement_is_its_writer_s_alone(journal: Journal) -> None:
    results = await asyncio.gather(
        journal.write(append),
        journal.write(
            lambda transaction: transaction.execute(
                "INSERT INTO identity (one, epoch, base, acknowledged, last) VALUES (1, 1, 0, 0, 0)"
            )
        ),
        journal.write(lambda transaction: transaction.execute("NOT SQL")),
        journal.write(append),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [int, apsw.ConstraintError, apsw.SQLError, int]


async def test_an_answer_comes_after_the_sync(journal: Journal) -> None:
    """What one connection was answered, another connection to the file sees."""
    other = apsw.Connection(str(journal.folder / "gateway.db"), flags=apsw.SQLITE_OPEN_READONLY)
    for expected in range(1, 50):
        await journal.write(append)
        assert other.execute("SELECT last FROM identity").get == expected
    other.close()


async def test_many_callers_share_commits(journal: Journal, metrics: Metrics) -> None:
    await asyncio.gather(*(journal.write(append) for _ in range(640)))
    groups = metrics.registry.get_sample_value("tillgate_journal_group_rows_count")
    writes = metrics.registry.get_sample_value("tillgate_journal_group_rows_sum")
    assert writes == 640
    assert groups is not None
    assert groups < 100


async def test_a_caller_who_gives_up_disturbs_nobody(journal: Journal) -> None:
    waiting = [asyncio.ensure_future(journal.write(append)) for _ in range(20)]
    await asyncio.sleep(0)
    for future in waiting[::2]:
        future.cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert results[1::2] == list(range(2, 21, 2))


class FullDisk(apsw.VFS):
    """The machine's file system until `error` is set: then every write fails with it."""

    def __init__(self, name: str) -> None:
        self.error: apsw.Error | None = None
        super().__init__(name, base="")

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> apsw.VFSFile:
        return FullFile(self, name, flags)


class FullFile(apsw.VFSFile):
    def __init__(self, disk: FullDisk, name: "str | apsw.URIFilename | None", flags: list[int]) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self.disk.error is not None:
            raise self.disk.error
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self.disk.error is not None:
            raise self.disk.error
        super().xSync(flags)


@pytest.fixture
def disk() -> Iterator[FullDisk]:
    vfs = FullDisk("full")
    yield vfs
    vfs.unregister()


@pytest.fixture
async def limited(disk: FullDisk, tmp_path: Path, clock: Clock, metrics: Metrics) -> AsyncIterator[Journal]:
    journal = Journal.open(tmp_path, clock, metrics, vfs="full")
    yield journal
    await journal.close()


@pytest.mark.parametrize("error", [apsw.FullError("no space"), apsw.IOError("bad sector")], ids=["full", "failing"])
async def test_a_full_disk_refuses_the_whole_group_and_recovers(
    limited: Journal, disk: FullDisk, error: apsw.Error
) -> None:
    await limited.write(append)
    disk.error = error
    results = await asyncio.gather(
        *(limited.write(refuse if number == 3 else append) for number in range(10)), return_exceptions=True
    )
    assert {type(result) for result in results} == {StorageFull}
    assert limited.outbox.last_seq == 1
    disk.error = None
    assert await limited.write(append) == 2
    assert [event.seq for event in limited.outbox.read(0, 100, 1 << 20)] == [1, 2]


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from tillgate.core.errors import StorageFull
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

def write(transaction):
    event = Event()
    event.purchase_committed.hold_id = "h" * 2000
    return transaction.append_event(event)

async def main(folder):
    journal = Journal.open(folder, SystemClock(), Metrics())
    answered = [await journal.write(write)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    refused = 0
    while refused < 20:
        results = await asyncio.gather(*(journal.write(write) for _ in range(8)), return_exceptions=True)
        numbers = [result for result in results if isinstance(result, int)]
        assert len(numbers) in (0, 8), results
        assert all(isinstance(result, int | StorageFull) for result in results), results
        answered += numbers
        refused += not numbers
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    answered.append(await journal.write(write))
    assert answered == list(range(1, len(answered) + 1)), answered
    assert [event.seq for event in journal.outbox.read(0, 10_000, 1 << 30)] == answered
    await journal.close()
    journal = Journal.open(folder, SystemClock(), Metrics())
    assert journal.outbox.last_seq == len(answered) > 50
    await journal.close()
    print("recovered")

asyncio.run(main(Path(sys.argv[1])))
"""


def test_files_that_may_not_grow_refuse_commits_until_they_may(tmp_path: Path) -> None:
    """The kernel itself refuses here, in a process of its own, for root and for everyone."""
    ended = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "recovered\n"), ended.stderr
