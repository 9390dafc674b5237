"""Pull the plug at any moment: what a till was answered is on the disk.

A SQLite file system records every write, truncation, deletion and sync of a real journal at work. A cut is a moment
of that record: what was synced is there, and of everything written since, each part may have reached the disk or not,
whole or in pieces of a sector. From that disk a real journal must open and hold all that had been answered.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import UUID

import apsw
import pytest

from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal, StoredPurchase, Transaction
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

SECTOR_BYTES = 512
TORN_SHARE = 0.25
VFS_NAME = "recorder"
UNSYNCED_NAME = "unsynced"


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that happened to a file, or an answer that left the journal (`name` is the purchase then)."""

    kind: Literal["create", "write", "truncate", "sync", "delete", "answer"]
    name: str
    offset: int = 0
    data: bytes = b""


class Recorder(apsw.VFS):
    """The machine's file system, with a record of what changes it. The shared memory of the WAL is no file of it."""

    def __init__(self) -> None:
        self.record: list[Operation] = []
        super().__init__(VFS_NAME, base="")

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> apsw.VFSFile:
        file_name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        if not Path(file_name).exists():
            self.record.append(Operation("create", Path(file_name).name))
        return RecordedFile(self.record, name, flags, Path(file_name).name)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.record.append(Operation("delete", Path(filename).name))
        super().xDelete(filename, syncdir)


class RecordedFile(apsw.VFSFile):
    def __init__(
        self, record: list[Operation], name: "str | apsw.URIFilename | None", flags: list[int], short: str
    ) -> None:
        self.record, self.short = record, short
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.record.append(Operation("write", self.short, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self.record.append(Operation("truncate", self.short, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        # The record decides what is durable; the machine's disk need not be troubled.
        self.record.append(Operation("sync", self.short))


class Unsynced(apsw.VFS):
    """For looking at what a cut left: nothing there has to last."""

    def __init__(self) -> None:
        super().__init__(UNSYNCED_NAME, base="")

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> apsw.VFSFile:
        return UnsyncedFile("", name, flags)


class UnsyncedFile(apsw.VFSFile):
    def xSync(self, flags: int) -> None:
        pass


@dataclass(slots=True)
class RecordedDisk:
    """What surely is on the disk, and what was written to each file since its last sync."""

    durable: dict[str, bytes] = field(default_factory=dict)
    pending: dict[str, list[Operation]] = field(default_factory=dict)

    def apply(self, operation: Operation) -> None:
        if operation.kind == "sync":
            pending = self.pending.pop(operation.name, [])
            content = replay(self.durable.get(operation.name), pending)
            if content is not None:
                self.durable[operation.name] = content
            # The first sync of a new log or journal is followed by one of the folder (os_unix.c, UNIXFILE_DIRSYNC).
            if any(each.kind == "create" for each in pending) and operation.name.endswith(("-wal", "-journal")):
                self._sync_folder()
        elif operation.kind != "answer":
            self.pending.setdefault(operation.name, []).append(operation)

    def _sync_folder(self) -> None:
        for name, operations in self.pending.items():
            if any(each.kind == "delete" for each in operations):
                self.durable.pop(name, None)
                operations.clear()

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Files as the next start may find them."""
        files = {}
        for name in sorted({*self.durable, *self.pending}):
            kept = [tear(each, chance) for each in self.pending.get(name, []) if chance.random() < 0.5]
            content = replay(self.durable.get(name), [part for parts in kept for part in parts])
            if content is not None:
                files[name] = content
        return files


def replay(content: bytes | None, operations: list[Operation]) -> bytes | None:
    """Apply operations to a file's content; None is a file that does not exist."""
    changed = None if content is None else bytearray(content)
    for operation in operations:
        if operation.kind == "delete":
            changed = None
            continue
        changed = changed if changed is not None else bytearray()
        if operation.kind == "write":
            end = operation.offset + len(operation.data)
            if len(changed) < end:
                changed.extend(bytes(end - len(changed)))
            changed[operation.offset : end] = operation.data
        elif operation.kind == "truncate":
            del changed[operation.offset :]
            changed.extend(bytes(operation.offset - len(changed)))
    return None if changed is None else bytes(changed)


def tear(operation: Operation, chance: random.Random) -> list[Operation]:
    """The operation whole, or now and then only some sectors of a write."""
    if operation.kind != "write" or len(operation.data) <= SECTOR_BYTES or chance.random() >= TORN_SHARE:
        return [operation]
    starts = range(0, len(operation.data), SECTOR_BYTES)
    return [
        Operation("write", operation.name, operation.offset + start, operation.data[start : start + SECTOR_BYTES])
        for start in starts
        if chance.random() < 0.5
    ]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    vfs, unsynced = Recorder(), Unsynced()
    yield vfs
    unsynced.unregister()
    vfs.unregister()


async def commit(journal: Journal, record: list[Operation], number: int, size: int) -> None:
    """A purchase with its event, as a sale writes them; its answer is recorded when it comes."""
    purchase_id = UUID(int=number)

    def write(transaction: Transaction) -> None:
        event = Event()
        event.purchase_committed.purchase.purchase_id = str(purchase_id)
        stored = StoredPurchase(
            purchase_id=purchase_id,
            request_hash=bytes(32),
            committed=transaction.now,
            event_number=transaction.append_event(event),
            response=number.to_bytes(8) * (size // 8),
            purchase=b"purchase",
        )
        journal.purchases.add(transaction, stored)

    await journal.write(write)
    record.append(Operation("answer", str(purchase_id)))


async def work(folder: Path, record: list[Operation], synchronous: Literal["FULL", "NORMAL"], seed: int) -> None:
    """Tills one after another, then many at once, with acknowledgements between. Passes several checkpoints."""
    chance = random.Random(seed)
    journal = Journal.open(folder, SystemClock(), Metrics(), vfs=VFS_NAME, synchronous=synchronous)
    number = 0
    for _ in range(60):
        waiting = []
        for _ in range(chance.choice((1, 1, 1, 2, 8, 32))):
            number += 1
            waiting.append(commit(journal, record, number, chance.randrange(200, 6_000)))
        await asyncio.gather(*waiting)
        if chance.random() < 0.2:
            high_water = chance.randrange(journal.outbox.last_seq + 1)
            await journal.outbox.acknowledge(journal.outbox.epoch, high_water)
    length = len(record)
    await journal.close()
    # Closing empties the log file: cuts there prove less than cuts in the middle of sales.
    del record[length + (len(record) - length) // 2 :]


async def lost_after(folder: Path, answered: set[str]) -> set[str]:
    """Open what the cut left, check that it agrees with itself, and say which answers are missing."""
    journal = Journal.open(folder, SystemClock(), Metrics(), vfs=UNSYNCED_NAME)
    try:
        rows = journal.rows("SELECT purchase_id, event_number, response FROM purchases")
        stored = {str(UUID(bytes=purchase_id)): number for purchase_id, number, _ in rows}
        for purchase_id, _, response in rows:
            assert response[:8] == UUID(bytes=purchase_id).int.to_bytes(8)
        events = journal.outbox.read(0, 100_000, 1 << 30)
        assert [event.seq for event in events] == list(
            range(journal.outbox.last_seq - journal.outbox.rows + 1, journal.outbox.last_seq + 1)
        )
        named = {event.purchase_committed.purchase.purchase_id: event.seq for event in events}
        assert named == {key: seq for key, seq in stored.items() if not journal.outbox.is_acknowledged(seq)}
        assert sorted(stored.values()) == list(range(1, journal.outbox.last_seq + 1))
        return answered - stored.keys()
    finally:
        await journal.close()


async def count_losses(record: list[Operation], seed: int, cuts: int, folder: Path) -> int:
    """How many of so many cuts lost an answer."""
    chance = random.Random(seed)
    disk = RecordedDisk()
    answered: set[str] = set()
    done = losses = 0
    for cut in sorted(chance.randrange(len(record) + 1) for _ in range(cuts)):
        for operation in record[done:cut]:
            disk.apply(operation)
            if operation.kind == "answer":
                answered.add(operation.name)
        done = cut
        place = folder / f"cut-{seed}-{cut}-{chance.random()}"
        place.mkdir()
        for name, content in disk.after_cut(chance).items():
            (place / name).write_bytes(content)
        try:
            losses += bool(await lost_after(place, answered))
        except Exception as error:
            raise AssertionError(f"seed {seed}, cut at operation {cut} of {len(record)}: {error!r}") from error
    return losses


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_answered_purchase_is_lost_in_any_of_two_hundred_cuts(
    recorder: Recorder, tmp_path: Path, seed: int
) -> None:
    await work(tmp_path / "work", recorder.record, "FULL", seed)
    assert await count_losses(recorder.record, seed, 200, tmp_path) == 0, f"seed {seed}"


async def test_the_same_cuts_lose_answers_when_commits_are_not_synced(recorder: Recorder, tmp_path: Path) -> None:
    await work(tmp_path / "work", recorder.record, "NORMAL", 1)
    assert await count_losses(recorder.record, 1, 100, tmp_path) > 10
