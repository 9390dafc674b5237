"""A replica on a journal in a folder of its own, under a clock that the test moves."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import apsw
import pytest

from tillgate.core.answer import Answer
from tillgate.core.basket import Basket
from tillgate.core.errors import ProgrammeInvalid
from tillgate.core.text import Text
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.replica import CompiledProgramme, Replica
from tillgate.sync.v1.sync_service_pb2 import Bundle


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


@dataclass(frozen=True, slots=True)
class NamedProgramme:
    """A programme of which only the name matters here."""

    programme_id: str
    revision: int
    currency: str = "RUB"
    points_digits: int = 0
    points_worth_minor: int = 100
    use_windows: Mapping[str, str] = field(default_factory=dict)
    turnover_windows: tuple[str, ...] = ()
    limited_in_total: frozenset[str] = frozenset()

    def price(self, basket: Basket, explain: Literal["none", "applied", "full"] = "full") -> Answer:
        raise AssertionError("nothing is priced here")


def compile_named(document: bytes) -> CompiledProgramme:
    try:
        fields = json.loads(document)
        limited = frozenset(fields.get("limited", "").split())
        return NamedProgramme(fields["id"], fields["revision"], limited_in_total=limited)
    except (ValueError, KeyError) as error:
        raise ProgrammeInvalid(Text("не то", str(error)), path="$") from error


@pytest.fixture
def limited_bundle() -> Callable[[int, str], Bundle]:
    """Make programmes that limit these rules in total."""

    def make(revision: int, limited: str) -> Bundle:
        text = json.dumps({"id": "chain", "revision": revision, "limited": limited}).encode()
        sha256 = hashlib.sha256(text).hexdigest()
        return Bundle(sha256=sha256, programme_id="chain", revision=revision, programme_json=text)

    return make


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Journal]:
    opened = Journal.open(tmp_path / "data", clock, Metrics())
    yield opened
    await opened.close()


@pytest.fixture
def open_replica(journal: Journal) -> Callable[[], Awaitable[Replica]]:
    """Load the replica from the journal, as a start does."""
    return lambda: Replica.open(journal, compile_named)


@pytest.fixture
async def replica(journal: Journal) -> Replica:
    return await Replica.open(journal, compile_named)


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
    vfs = _Unsynced("replica-unsynced")
    yield "replica-unsynced"
    vfs.unregister()
