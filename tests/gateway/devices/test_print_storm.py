"""Slips under fire: gateway and drivers killed, printers cut off, replies dropped - and never a second copy."""

import asyncio
import json
import os
import random
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from ports import steady_address

from tillgate.gateway.demo._processes import Program, program_path, run
from tillgate.plugins.escpos_printer.twin import PrinterTwin
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.pos.v1 import device_service_pb2_grpc as services
from tillgate.type.v1 import device_pb2
from tillgate.type.v1 import receipt_document_pb2 as wire

# Half a second each on a busy machine.
JOBS = int(os.environ.get("TILLGATE_PRINT_JOBS", "40"))
SEED = int(os.environ.get("TILLGATE_SEED", "20261121"))
PRINTERS = 2
TRIES_MAX = 500
FINAL = frozenset(device_pb2.PrintOutcome.values()) - {device_pb2.PRINT_OUTCOME_UNSPECIFIED}
RECONNECT = (("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 100))


class Shop:
    """A gateway with printers, as a program that can be killed."""

    def __init__(self, folder: Path, twins: list[PrinterTwin]) -> None:
        self.folder = folder
        self.twins = twins
        self.address = steady_address()
        self.program = self.start()
        lane = [program_path("tillgate"), "lane", "add", "till-1", "--json", "--config", str(folder / "tillgate.toml")]
        self.metadata = (("authorization", f"Bearer {json.loads(run(lane))['token']}"),)

    def start(self) -> Program:
        text = f'gateway_id = "storm"\n[api]\nlisten = "{self.address}"\n[web]\nlisten = "127.0.0.1:0"\n'
        for number, twin in enumerate(self.twins):
            host, _, port = twin.location.rpartition(":")
            text += f'[[devices]]\nid = "printer-{number}"\nplugin = "escpos_printer"\n'
            text += f'transport.tcp.host = "{host}"\ntransport.tcp.port = {port}\n'
        (self.folder / "tillgate.toml").write_text(text)
        command = [program_path("tillgate"), "run", "--config", str(self.folder / "tillgate.toml")]
        self.program = Program(command, self.folder / "log")
        self.address = self.program.start()["listening"]
        return self.program

    def restart(self) -> None:
        self.program.kill()
        self.start()

    def channel(self) -> grpc.aio.Channel:
        return grpc.aio.insecure_channel(self.address, options=RECONNECT)


class Storm:
    """Tills that want every slip's outcome, and somebody who breaks things."""

    def __init__(self, shop: Shop, draw: random.Random) -> None:
        self.shop = shop
        self.draw = draw
        self.outcomes: dict[str, int] = {}
        self.broken: dict[str, int] = {}
        self.over = False

    async def rage(self) -> None:
        async with self.shop.channel() as channel:
            stub = services.DeviceServiceStub(channel)
            breaking = asyncio.create_task(self.break_things(stub))
            try:
                await asyncio.gather(*(self.till(stub, number) for number in range(PRINTERS)))
            finally:
                self.over = True
                await breaking
            for twin in self.shop.twins:
                twin.clear()
            for job_id, outcome in self.outcomes.items():
                assert await self.until_answered(stub, job_id, int(job_id.split("-")[1])) == outcome

    async def till(self, stub: Any, printer: int) -> None:
        for number in range(JOBS // PRINTERS):
            job_id = f"job-{printer}-{number}"
            self.outcomes[job_id] = await self.until_answered(stub, job_id, printer)

    async def until_answered(self, stub: Any, job_id: str, printer: int) -> int:
        """Ask with the same id until the outcome is known, often not waiting long enough for the answer."""
        lines = [f"<{job_id}>", *("товар " * 4 for _ in range(10))]
        elements = [wire.ReceiptElement(text=wire.TextLine(text=line)) for line in lines]
        document = wire.ReceiptDocument(elements=[*elements, wire.ReceiptElement(cut=wire.Cut())])
        request = api.PrintRequest(job_id=job_id, device_id=f"printer-{printer}", document=document)
        for _ in range(TRIES_MAX):
            timeout = self.draw.choice([0.005, 0.05, 0.2, 10])
            try:
                job = (await stub.Print(request, metadata=self.shop.metadata, timeout=timeout)).job
            except grpc.aio.AioRpcError as error:
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                    raise
                await asyncio.sleep(0.02)
            else:
                if job.outcome in FINAL:
                    return int(job.outcome)
        raise AssertionError(f"no outcome of {job_id}")

    async def break_things(self, stub: Any) -> None:
        while not self.over:
            await asyncio.sleep(self.draw.uniform(0, 0.1))
            what = self.draw.choices(["gateway", "driver", "cut_off", "no_confirmation"], [1, 3, 2, 2])[0]
            self.broken[what] = self.broken.get(what, 0) + 1
            number = self.draw.randrange(PRINTERS)
            twin = self.shop.twins[number]
            twin.fault("slow" if what in ("gateway", "driver") else what)  # So that it hits within a slip.
            await asyncio.sleep(self.draw.uniform(0.02, 0.1))
            if what == "gateway":
                await asyncio.to_thread(self.shop.restart)
            elif what == "driver":
                await self.kill_driver(stub, number)
            twin.clear()

    async def kill_driver(self, stub: Any, number: int) -> None:
        answer = await stub.ListDevices(api.ListDevicesRequest(), metadata=self.shop.metadata, wait_for_ready=True)
        device = answer.devices[number]
        if device.host_pid and device.restarts < 4:  # More often within a minute and it is quarantined.
            with suppress(ProcessLookupError):  # It may have ended by itself since.
                os.kill(device.host_pid, signal.SIGKILL)


@pytest.mark.slow
async def test_under_fire_no_slip_comes_twice_and_confirmed_ones_came(tmp_path: Path) -> None:
    print(f"TILLGATE_SEED={SEED} TILLGATE_PRINT_JOBS={JOBS}")
    twins = [PrinterTwin() for _ in range(PRINTERS)]
    for twin in twins:
        twin.start()
    shop = await asyncio.to_thread(Shop, tmp_path, twins)
    try:
        storm = Storm(shop, random.Random(SEED))
        await storm.rage()
    finally:
        await asyncio.to_thread(shop.program.stop)
        for twin in twins:
            twin.stop()
    copies = {job_id: sum(twin.text.count(f"<{job_id}>") for twin in twins) for job_id in storm.outcomes}
    told = {
        name: sum(outcome == value for outcome in storm.outcomes.values())
        for name, value in device_pb2.PrintOutcome.items()
    }
    print(told, storm.broken)
    assert len(storm.outcomes) == JOBS // PRINTERS * PRINTERS
    assert max(copies.values()) == 1
    for job_id, outcome in storm.outcomes.items():
        if outcome == device_pb2.PRINT_OUTCOME_CONFIRMED:
            assert copies[job_id] == 1, f"{job_id} is confirmed and did not come"
        if outcome == device_pb2.PRINT_OUTCOME_FAILED:
            assert copies[job_id] == 0, f"{job_id} failed and came"
    assert told["PRINT_OUTCOME_CONFIRMED"] > JOBS / 4
