"""A bench of fake drivers in real processes, a small real store of print jobs, and clocks that a test moves."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import structlog

from tillgate.core.errors import RequestIdReused, StorageFull, TillgateError
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.devices import Devices, Limits
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import DeviceSettings, SerialPort, TransportSettings
from tillgate.plugins.sdk import FoundPlugin, Plugins, parse_manifest
from tillgate.pos.v1 import device_service_pb2 as api

PATIENCE_S = 60
FAKE_HOST = Path(__file__).with_name("fake_host.py")
FAKE_PLUGINS = ("fake_ok", "fake_crash", "fake_silent", "fake_stranger", "fake_rude", "fake_future", "fake_refusing")
SETTINGS = "".join(
    f'[drivers.settings.{name}]\ntype = "string"\nabout = {{ru = "проба", en = "test"}}\ndefault = "{default}"\n'
    for name, default in (("control", ""), ("link", "open"), ("print", "CONFIRMED"), ("paper", ""), ("stop", ""))
)


def fake_plugins() -> Plugins:
    """One plugin for each behaviour of the fake host, each with a scanner and a printer."""
    found = []
    for plugin_id in FAKE_PLUGINS:
        drivers = "".join(
            f"""
            [[drivers]]
            name = "{name}"
            title = {{ru = "{name}", en = "{name}"}}
            category = "{category}"
            transports = ["serial"]
            {SETTINGS}
            """
            for name, category in (("scanner", "Scanner"), ("printer", "POSPrinter"))
        )
        text = f"""
            id = "{plugin_id}"
            version = "1.0.0"
            contract_versions = [1]
            title = {{ru = "Проба", en = "Fake"}}
            licence = "Apache-2.0"
            {drivers}
            """
        found.append(FoundPlugin(parse_manifest(text.encode()), "fake", FAKE_HOST.parent))
    return Plugins(tuple(found), ())


@dataclass
class ManualClock:
    """Time that moves when it is told to."""

    ms: int = 1_000_000

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(milliseconds=self.ms)

    def monotonic_ms(self) -> int:
        return self.ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    job_id: str
    device_id: str
    state: str
    outcome: int
    detail: str
    statuses: tuple[int, ...]
    created: datetime
    ended: datetime | None


class FileStore:
    """Print jobs in an SQLite file; `full` makes it refuse to write."""

    def __init__(self, path: Path) -> None:
        self.full = False
        #: What a write raises instead of taking place, each once.
        self.faults: list[TillgateError] = []
        self.finished = asyncio.Event()
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS jobs (job_id TEXT PRIMARY KEY, device_id, hash, state, outcome, detail,"
            " statuses, created, ended)"
        )

    async def begin(self, job_id: str, device_id: str, request_hash: bytes, document: bytes) -> Row:
        if await self.get(job_id) is None:
            self._write(
                "INSERT INTO jobs VALUES (?, ?, ?, 'QUEUED', 0, '', '[]', ?, NULL)",
                (job_id, device_id, request_hash, datetime.now(UTC).isoformat()),
            )
        [(stored_hash,)] = self.connection.execute("SELECT hash FROM jobs WHERE job_id = ?", (job_id,))
        if stored_hash != request_hash:
            raise RequestIdReused
        row = await self.get(job_id)
        assert row is not None
        return row

    async def sending(self, job_id: str) -> None:
        self._write("UPDATE jobs SET state = 'SENDING' WHERE job_id = ?", (job_id,))

    async def finish(self, job_id: str, outcome: int, detail: str, statuses: tuple[int, ...]) -> None:
        self._write(
            "UPDATE jobs SET state = 'ENDED', outcome = ?, detail = ?, statuses = ?, ended = ? WHERE job_id = ?",
            (outcome, detail, json.dumps(statuses), datetime.now(UTC).isoformat(), job_id),
        )

        self.finished.set()

    async def get(self, job_id: str) -> Row | None:
        rows = self._rows("WHERE job_id = ?", (job_id,))
        return rows[0] if rows else None

    async def unfinished(self) -> list[Row]:
        return self._rows("WHERE state <> 'ENDED'", ())

    def close(self) -> None:
        self.connection.close()

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        if self.full:
            raise StorageFull
        if self.faults:
            raise self.faults.pop(0)
        self.connection.execute(statement, values)

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[Row]:
        names = "job_id, device_id, state, outcome, detail, statuses, created, ended"
        return [
            Row(
                job_id=row[0],
                device_id=row[1],
                state=row[2],
                outcome=row[3],
                detail=row[4],
                statuses=tuple(json.loads(row[5])),
                created=datetime.fromisoformat(row[6]),
                ended=datetime.fromisoformat(row[7]) if row[7] else None,
            )
            for row in self.connection.execute(f"SELECT {names} FROM jobs {where}", values)
        ]


@dataclass
class Control:
    """The test's line to one life of a fake host."""

    pid: int
    writer: asyncio.StreamWriter

    def tell(self, do: str, **arguments: Any) -> None:
        self.writer.write(json.dumps({"do": do} | arguments).encode() + b"\n")


@dataclass
class Bench:
    """Devices with fake drivers; `hosts` holds the newest life of each."""

    folder: Path
    devices: Devices
    store: FileStore
    logged: list[dict[str, Any]]
    metrics: Metrics
    hosts: dict[str, Control] = field(default_factory=dict)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line:  # A host that was killed before it spoke leaves none.
            told = json.loads(line)
            async with self._came:
                self.hosts[told["device"]] = Control(told["pid"], writer)
                self._came.notify_all()
            await reader.read()
        writer.close()

    async def host(self, device_id: str, *, after_pid: int = 0) -> Control:
        """A life of this device's host, another one than `after_pid`."""
        async with asyncio.timeout(PATIENCE_S), self._came:
            await self._came.wait_for(lambda: device_id in self.hosts and self.hosts[device_id].pid != after_pid)
            return self.hosts[device_id]

    async def until(self, device_id: str, wanted: Callable[[api.Device], bool]) -> api.Device:
        """The device as it is listed when it is as wanted."""
        async with asyncio.timeout(PATIENCE_S), aclosing(self.devices.watch()) as lists:
            async for devices in lists:
                for device in devices:
                    if device.device_id == device_id and wanted(device):
                        return device
        raise AssertionError("the watch ended")

    async def online(self, device_id: str) -> api.Device:
        return await self.until(device_id, lambda device: device.power_state == api.POWER_STATE_ONLINE)

    def device(self, device_id: str) -> api.Device:
        return next(device for device in self.devices.list() if device.device_id == device_id)

    def paper(self) -> list[str]:
        """What came out of the printers, a line a slip."""
        path = self.folder / "paper"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def device_settings(
    device_id: str, folder: Path, *, plugin: str = "fake_ok", driver: str = "scanner", **settings: str
) -> DeviceSettings:
    return DeviceSettings(
        id=device_id,
        plugin=plugin,
        driver=driver,
        transport=TransportSettings(serial=SerialPort(port=f"/dev/tty-{device_id}")),
        settings={"control": str(folder / "control"), "paper": str(folder / "paper")} | settings,
    )


@asynccontextmanager
async def bench(
    folder: Path,
    *settings: DeviceSettings,
    limits: Limits | None = None,
    full: bool = False,
    faults: Sequence[TillgateError] = (),
) -> AsyncIterator[Bench]:
    """Runs devices, and afterwards makes sure that everything ended."""
    logged: list[dict[str, Any]] = []
    store, metrics = FileStore(folder / "jobs.db"), Metrics()
    store.full = full
    store.faults += faults
    devices = Devices(
        settings,
        store,
        SystemClock(),
        metrics,
        structlog.wrap_logger(
            None, processors=[_recorder(logged)], wrapper_class=structlog.make_filtering_bound_logger(0)
        ),
        limits=limits,
        random=Random(20260301),
        plugins=fake_plugins,
        host_arguments=(sys.executable, str(FAKE_HOST)),
    )
    made = Bench(folder, devices, store, logged, metrics)
    server = await asyncio.start_unix_server(made.accept, folder / "control")
    await devices.start()
    try:
        yield made
    finally:
        await devices.stop()
        server.close()
        await server.wait_closed()
        store.close()


def _recorder(logged: list[dict[str, Any]]) -> structlog.typing.Processor:
    def record(_logger: Any, method: str, event: Any) -> Any:
        logged.append(dict(event) | {"level": method})
        raise structlog.DropEvent

    return record


@pytest.fixture
def scanner(tmp_path: Path) -> Callable[..., DeviceSettings]:
    """Settings of a fake scanner: an id, and what differs."""
    return lambda device_id, **different: device_settings(device_id, tmp_path, **different)


@pytest.fixture
def printer(tmp_path: Path) -> Callable[..., DeviceSettings]:
    """Settings of a fake printer."""
    return lambda device_id, **different: device_settings(device_id, tmp_path, driver="printer", **different)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Bench]]:
    """`async with run(settings, …) as bench`."""
    return lambda *settings, **more: bench(tmp_path, *settings, **more)


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()
