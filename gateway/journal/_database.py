"""Opening gateway.db: the settings that durability rests on, each read back, and the steps of its schema."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import apsw

from tillgate.core.errors import JournalDamaged, JournalLocked, StorageFull

from ._schema import APPLICATION_ID, STEPS

__all__ = ["DISK_ERRORS", "FILE_NAME", "Synchronous", "as_ours", "lock_folder", "open_reader", "open_writer"]

FILE_NAME = "gateway.db"
LOCK_NAME = "lock"
# SQLite 3.7.0 to 3.51.2 may corrupt a WAL that one connection resets while another writes or checkpoints.
SQLITE_VERSION_LEAST = (3, 51, 3)
# Only a foreign tool can hold the write lock: our own writes stand in one queue.
BUSY_TIMEOUT_MS = 5_000

Synchronous = Literal["FULL", "NORMAL"]
SYNCHRONOUS_VALUE: dict[Synchronous, int] = {"NORMAL": 1, "FULL": 2}
STORAGE_ERRORS = (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.NoMemError)
DAMAGE_ERRORS = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError)
#: What befalls a whole transaction, whichever of its writes met it first.
DISK_ERRORS = (*STORAGE_ERRORS, *DAMAGE_ERRORS, apsw.BusyError, apsw.InterruptError)


@contextlib.contextmanager
def as_ours() -> Iterator[None]:
    """Turn SQLite's errors that a disk causes into ours. Others are bugs and pass."""
    try:
        yield
    except STORAGE_ERRORS as error:
        raise StorageFull(f"the journal cannot be written: {error}") from error
    except DAMAGE_ERRORS as error:
        raise JournalDamaged(f"{error}") from error
    except apsw.BusyError as error:
        raise JournalLocked(f"another program holds the journal: {error}") from error


def lock_folder(folder: Path) -> int:
    """Take the folder for this process; the descriptor holds the lock. Raises JournalLocked."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise JournalLocked(f"{folder} is in use by process {owner or 'unknown'}") from error
    # The number helps whoever meets the lock. It is worth nothing more, so a full disk may keep it from us.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def open_writer(path: Path, *, vfs: str | None, synchronous: Synchronous) -> apsw.Connection:
    """The one connection that writes, with the newest schema. Raises JournalDamaged, StorageFull."""
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < SQLITE_VERSION_LEAST:
        raise JournalDamaged(f"SQLite {apsw.sqlite_lib_version()} may corrupt a journal; 3.51.3 is needed")
    _make_private(path)
    with as_ours():
        connection = apsw.Connection(str(path), vfs=vfs)
        try:
            _configure(connection, synchronous)
            _refuse_foreign(connection, path)
            _migrate(connection)
            _check(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def open_reader(path: Path, *, vfs: str | None) -> apsw.Connection:
    """A connection that sees what is committed and cannot write."""
    with as_ours():
        connection = apsw.Connection(str(path), vfs=vfs, flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.pragma("trusted_schema", False)
        connection.pragma("cell_size_check", True)
        connection.pragma("mmap_size", 0)
    return connection


def _make_private(path: Path) -> None:
    """SQLite gives its log file the mode of the database, so the mode comes first."""
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
    except OSError as error:
        raise StorageFull(f"{path}: {error.strerror}") from error


def _configure(connection: apsw.Connection, synchronous: Synchronous) -> None:
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    wanted: tuple[tuple[str, object, object], ...] = (
        ("cell_size_check", True, 1),
        ("journal_mode", "WAL", "wal"),
        # In WAL mode NORMAL syncs at checkpoints only: a power cut then takes answered commits along.
        ("synchronous", synchronous, SYNCHRONOUS_VALUE[synchronous]),
        ("foreign_keys", True, 1),
        ("trusted_schema", False, 0),
        # The writer checkpoints between groups, where nobody waits for an answer.
        ("wal_autocheckpoint", 0, 0),
        # A stray write through a mapping would corrupt the file; reads are fast enough without.
        ("mmap_size", 0, 0),
    )
    for name, value, expected in wanted:
        connection.pragma(name, value)
        if (got := connection.pragma(name)) != expected:
            raise JournalDamaged(f"SQLite took {name} = {got!r} where {expected!r} was asked for")


def _refuse_foreign(connection: apsw.Connection, path: Path) -> None:
    application, version = connection.pragma("application_id"), connection.pragma("user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    if application != APPLICATION_ID and (application or version or tables):
        raise JournalDamaged(f"{path} is not a gateway's journal")
    if version > len(STEPS):
        raise JournalDamaged(f"{path} has schema {version}; this program knows {len(STEPS)}: install a newer one")


def _migrate(connection: apsw.Connection) -> None:
    for number in range(connection.pragma("user_version"), len(STEPS)):
        with connection:
            connection.execute(STEPS[number])
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number + 1)


def _check(connection: apsw.Connection, path: Path) -> None:
    verdict = connection.execute("PRAGMA quick_check(1)").get
    if verdict != "ok":
        raise JournalDamaged(f"{path}: {verdict}")
    if connection.execute("SELECT count(*) FROM identity").get != 1:
        raise JournalDamaged(f"{path} has lost its identity")
