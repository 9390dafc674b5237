"""A journal opens on its own file only, alone, and with the settings its promises rest on."""

import asyncio
import os
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import apsw
import pytest

from tillgate.core.errors import JournalDamaged, JournalLocked, ShuttingDown
from tillgate.gateway.clock import Clock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

HOLDER = """
import asyncio, sys
from pathlib import Path
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
journal = Journal.open(Path(sys.argv[1]), SystemClock(), Metrics())
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_and_told_who_has_the_journal(
    tmp_path: Path, clock: Clock, metrics: Metrics
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(JournalLocked, match=str(holder.pid)):
            Journal.open(tmp_path, clock, metrics)
        holder.kill()

    async def open_and_close() -> None:
        await Journal.open(tmp_path, clock, metrics).close()

    asyncio.run(open_and_close())


async def test_one_process_cannot_open_it_twice(journal: Journal, open_journal: Callable[[], Journal]) -> None:
    with pytest.raises(JournalLocked):
        open_journal()


async def test_commits_are_synced_and_the_files_are_private(journal: Journal) -> None:
    pragmas = await journal.write(
        lambda transaction: [
            transaction.rows(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "wal_autocheckpoint")
        ]
    )
    assert pragmas == ["wal", 2, 1, 0, 0]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in journal.folder.iterdir()}
    assert modes == dict.fromkeys(("gateway.db", "gateway.db-wal", "gateway.db-shm", "lock"), 0o600)
    assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def foreign(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE other (a)")
    connection.close()


def newer(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 99)
    connection.close()


def torn(path: Path) -> None:
    """A page in the middle overwritten, the header whole."""
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 12] = b"\xff" * (4096 * 10)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [garbage, foreign, newer, torn])
async def test_a_file_that_is_not_a_sound_journal_of_ours_is_refused_and_left_alone(
    tmp_path: Path, clock: Clock, metrics: Metrics, damage: Callable[[Path], None]
) -> None:
    if damage in (newer, torn):
        await Journal.open(tmp_path, clock, metrics).close()
    damage(tmp_path / "gateway.db")
    before = (tmp_path / "gateway.db").stat().st_size
    with pytest.raises(JournalDamaged):
        Journal.open(tmp_path, clock, metrics)
    assert (tmp_path / "gateway.db").stat().st_size == before
    with pytest.raises(JournalDamaged):  # The lock was given back, so it is the file that is at fault again.
        Journal.open(tmp_path, clock, metrics)


async def test_what_was_queued_is_written_before_closing_and_nothing_after(
    open_journal: Callable[[], Journal],
) -> None:
    journal = open_journal()
    waiting = [journal.write(lambda transaction: transaction.append_event(Event())) for _ in range(200)]

    results = asyncio.gather(*waiting)
    await asyncio.sleep(0)
    await journal.close()
    assert await results == list(range(1, 201))
    with pytest.raises(ShuttingDown):
        await journal.write(lambda _transaction: None)
    reopened = open_journal()
    assert reopened.outbox.last_seq == 200
    await reopened.close()


async def test_opening_and_closing_leaves_no_descriptor_and_no_thread(open_journal: Callable[[], Journal]) -> None:

    await open_journal().close()
    before = open_things()
    for _ in range(10):
        await open_journal().close()
    # What earlier tests left to the garbage collector may go meanwhile; nothing may come.
    assert open_things() - before == Counter()


def open_things() -> Counter[str]:
    """What this process's descriptors lead to, and its threads."""
    found = Counter(thread.name for thread in threading.enumerate())
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # The one that lists them is closed by now.
            found[str(descriptor.readlink())] += 1
    return found
