"""A scan on a serial port until the till has it, with twenty scanners, and what a dead or hung driver costs.

A real daemon, real driver hosts, twins on pseudo-terminals, one stream a device over gRPC. The baseline is a process
that does nothing but read the same kind of port and pass the bytes on.
"""

import asyncio
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from tillgate.gateway.demo._processes import Program, program_path, run
from tillgate.plugins.serial_scanner.twin import ScannerTwin
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.pos.v1 import device_service_pb2_grpc as services

DEVICES = 20
SCANS = 1_500
PAUSE_S = 0.008  # Six scans a second at each device: faster than hands.
KILLED = range(8)  # Each once, so that every restart is a first one.
SCANS_A_KILL = 150
BASELINE_SCANS = 500
READER = (
    "import os, sys\nport = os.open(sys.argv[1], os.O_RDONLY)\nwhile data := os.read(port, 4096): os.write(1, data)"
)


def rows() -> list[dict[str, Any]]:
    """Latencies in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, twins(Path(folder)) as scanners:
        bare = bare_port(scanners[0])
        command = [program_path("tillgate"), "run", "--config", str(settings(Path(folder), scanners))]
        daemon = Program(command, Path(folder, "log"))
        try:
            address = daemon.start()["listening"]
            token = lane_token(Path(folder))
            figures = asyncio.run(Measurement(address, token, scanners).take())
        finally:
            daemon.stop()
    return table(figures, bare)


def table(figures: dict[str, list[float]], bare: list[float]) -> list[dict[str, Any]]:
    calm = figures["calm"]
    peace, storm = percentile(figures["peace"], 99), percentile(figures["storm"], 99)
    against = "a process that only reads the port"
    return [
        row("scan to till, 20 devices, p50", percentile(calm, 50), percentile(bare, 50), 3, against),
        row("scan to till, 20 devices, p99", percentile(calm, 99), percentile(bare, 99), 15, against),
        undisturbed(storm, peace),
        row("driver killed: till sees it offline, worst", max(figures["offline"]), None, 100),
        row("driver killed: ready again, worst", max(figures["ready"]), None, 700),
        row("driver hung: till sees it, worst", max(figures["hung"]), None, 2_000),
        row("memory of a driver host, PSS", statistics.median(figures["pss"]), None, 20, unit="MB"),
    ]


def undisturbed(storm: float, peace: float) -> dict[str, Any]:
    """Other devices' 99th percentile may grow by a tenth while drivers are killed."""
    found = row("p99 of others while drivers are killed", storm, peace, None, "in peace")
    return {**found, "bound": "ratio <= 1.1", "holds": storm <= 1.1 * peace}


def row(
    name: str, value: float, baseline: float | None, bound: float | None, against: str = "", unit: str = "ms"
) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": "" if baseline is None else f"{baseline:.2f} ({against})",
        "ratio": None if baseline is None else round(value / baseline, 2),
        "bound": None if bound is None else f"<= {bound} {unit}",
        "holds": None if bound is None else value <= bound,
    }


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@contextmanager
def twins(folder: Path) -> Iterator[list[ScannerTwin]]:
    made = [ScannerTwin(str(folder / f"scanner-{number}")) for number in range(DEVICES)]
    for twin in made:
        twin.start()
    try:
        yield made
    finally:
        for twin in made:
            twin.stop()


def settings(folder: Path, scanners: list[ScannerTwin]) -> Path:
    text = 'gateway_id = "bench"\nlog_level = "warning"\n[api]\nlisten = "127.0.0.1:0"\n[web]\nlisten = "127.0.0.1:0"\n'
    for number, twin in enumerate(scanners):
        text += f'[[devices]]\nid = "scanner-{number}"\nplugin = "serial_scanner"\n'
        text += f'transport.serial.port = "{twin.location}"\n'
    path = folder / "tillgate.toml"
    path.write_text(text)
    return path


def lane_token(folder: Path) -> str:
    command = [program_path("tillgate"), "lane", "add", "till-1", "--json", "--config", str(folder / "tillgate.toml")]
    return str(json.loads(run(command))["token"])


def bare_port(twin: ScannerTwin) -> list[float]:
    """Milliseconds from the twin through its port and another process back to here."""
    reader = subprocess.Popen([sys.executable, "-c", READER, twin.location], stdout=subprocess.PIPE, bufsize=0)
    assert reader.stdout is not None
    taken = []
    for number in range(BASELINE_SCANS):
        started = time.perf_counter()
        twin.type(f"warm-{number}")
        got = b""
        while not got.endswith(b"\r"):
            select.select([reader.stdout], [], [])
            got += reader.stdout.read(4096)
        taken.append((time.perf_counter() - started) * 1_000)
    reader.kill()
    reader.wait()
    reader.stdout.close()
    return taken[20:]


class Measurement:
    """A till with a stream for each device."""

    def __init__(self, address: str, token: str, scanners: list[ScannerTwin]) -> None:
        self.address = address
        self.metadata = (("authorization", f"Bearer {token}"),)
        self.scanners = scanners
        self.sent: dict[str, float] = {}
        self.taken: list[float] = []
        self.listening = 0
        self.devices: dict[str, api.Device] = {}
        self.changed = asyncio.Condition()
        self.figures: dict[str, list[float]] = {}

    async def take(self) -> dict[str, list[float]]:
        async with grpc.aio.insecure_channel(self.address) as channel:
            stub = services.DeviceServiceStub(channel)
            tasks = [asyncio.create_task(self.watch(stub))]
            await self.until(lambda: len(self.devices) == DEVICES and all(map(online, self.devices.values())))
            self.figures["pss"] = [pss_mb(device.host_pid) for device in self.devices.values()]
            tasks += [asyncio.create_task(self.listen(stub, name)) for name in self.devices]
            await self.until(lambda: self.listening == DEVICES)
            await self.scan(100, range(DEVICES))
            self.taken.clear()
            await self.scan(SCANS, range(DEVICES))
            self.figures["calm"] = self.taken[:]
            for number in KILLED:
                await self.others(f"scanner-{number}")
            await self.hang("scanner-10")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self.figures

    async def watch(self, stub: Any) -> None:
        async for answer in stub.WatchDevices(api.WatchDevicesRequest(), metadata=self.metadata):
            async with self.changed:
                self.devices = {device.device_id: device for device in answer.devices}
                self.changed.notify_all()

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(condition)

    async def listen(self, stub: Any, device_id: str) -> None:
        claim = await stub.Claim(api.ClaimRequest(device_id=device_id), metadata=self.metadata)
        call = stub.Subscribe(metadata=self.metadata)
        device = api.SubscribedDevice(device_id=device_id, claim_token=claim.claim_token)
        await call.write(api.SubscribeRequest(start=api.SubscribeStart(devices=[device])))
        async for response in call:
            if response.HasField("ready"):
                async with self.changed:
                    self.listening += 1
                    self.changed.notify_all()
            if response.event.data.text in self.sent:
                self.taken.append((time.perf_counter() - self.sent.pop(response.event.data.text)) * 1_000)

    async def scan(self, count: int, which: range) -> None:
        """Scan at an even pace, and wait until the last one came."""
        for number in range(count):
            text = f"{which.start}-{number}-{time.perf_counter_ns()}"
            self.sent[text] = time.perf_counter()
            self.scanners[which[number % len(which)]].type(text)
            await asyncio.sleep(PAUSE_S)
        for _ in range(500):
            if not self.sent:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.sent)} scans did not come")

    async def others(self, victim: str) -> None:
        """Scan at the others in peace, then while one driver dies; by turns, so that the machine's moods hit both."""
        rest = range(len(KILLED), DEVICES)
        self.taken.clear()
        await self.scan(SCANS_A_KILL, rest)
        self.figures.setdefault("peace", []).extend(self.taken)
        self.taken.clear()
        kill = self.stop_host(victim, signal.SIGKILL, "offline", "ready")
        await asyncio.gather(kill, self.scan(SCANS_A_KILL, rest))
        self.figures.setdefault("storm", []).extend(self.taken)

    async def hang(self, name: str) -> None:
        await self.stop_host(name, signal.SIGSTOP, "hung", "replaced")

    async def stop_host(self, name: str, sign: signal.Signals, offline: str, ready: str) -> None:
        started = time.perf_counter()
        os.kill(self.devices[name].host_pid, sign)
        await self.until(lambda: not online(self.devices[name]))
        self.figures.setdefault(offline, []).append((time.perf_counter() - started) * 1_000)
        await self.until(lambda: online(self.devices[name]))
        self.figures.setdefault(ready, []).append((time.perf_counter() - started) * 1_000)


def online(device: api.Device) -> bool:
    return device.power_state == api.POWER_STATE_ONLINE


def pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1_024
    return 0.0


if __name__ == "__main__":
    for measured in rows():
        print(measured)
