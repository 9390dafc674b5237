"""From the bytes of a device to the till and back, by the drivers that ship, in processes of their own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tillgate.gateway.clock import SystemClock
from tillgate.gateway.devices import Devices, PrintJobStore, Subscription
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import DeviceSettings, SerialPort, TcpAddress, TransportSettings
from tillgate.plugins.escpos_printer.twin import PrinterTwin
from tillgate.plugins.serial_msr.twin import MsrTwin
from tillgate.plugins.serial_scanner.twin import ScannerTwin
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2
from tillgate.type.v1 import receipt_document_pb2 as wire

PATIENCE_S = 60


def serial(device_id: str, plugin: str, port: str) -> DeviceSettings:
    return DeviceSettings(id=device_id, plugin=plugin, transport=TransportSettings(serial=SerialPort(port=port)))


def tcp(device_id: str, location: str) -> DeviceSettings:
    host, _, port = location.rpartition(":")
    transport = TransportSettings(tcp=TcpAddress(host=host, port=int(port)))
    return DeviceSettings(id=device_id, plugin="escpos_printer", transport=transport)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[PrintJobStore]:
    """The journal's own."""
    journal = Journal.open(tmp_path / "journal", SystemClock(), Metrics())
    yield journal.print_jobs
    await journal.close()


@asynccontextmanager
async def running(store: PrintJobStore, *settings: DeviceSettings) -> AsyncIterator[Devices]:
    devices = Devices(settings, store, SystemClock(), Metrics())
    await devices.start()
    try:
        yield devices
    finally:
        await devices.stop()


async def until(devices: Devices, wanted: Any) -> api.Device:
    """The first device that is as wanted."""
    async with asyncio.timeout(PATIENCE_S), aclosing(devices.watch()) as lists:
        async for listed in lists:
            for device in listed:
                if wanted(device):
                    return device
    raise AssertionError("the watch ended")


def online(device: api.Device) -> bool:
    return device.power_state == api.POWER_STATE_ONLINE


async def listen(devices: Devices, device_id: str) -> Subscription:
    claim = devices.claim("till-1", device_id)
    subscription = devices.subscribe("till-1", [api.SubscribedDevice(device_id=device_id, claim_token=claim.token)])
    await anext(subscription)
    return subscription


async def event(subscription: Subscription) -> api.DeviceEvent:
    async with asyncio.timeout(PATIENCE_S):
        return (await anext(subscription)).event


def slip(*lines: str) -> wire.ReceiptDocument:
    elements = [wire.ReceiptElement(text=wire.TextLine(text=line)) for line in lines]
    return wire.ReceiptDocument(elements=[*elements, wire.ReceiptElement(cut=wire.Cut(partial=True))])


async def test_a_scanned_code_reaches_the_till_also_after_unplugging_and_a_dead_driver(
    store: PrintJobStore, tmp_path: Path
) -> None:
    twin = ScannerTwin(str(tmp_path / "scanner"))
    twin.start()
    try:
        async with running(store, serial("scanner", "serial_scanner", twin.location)) as devices:
            device = await until(devices, online)
            subscription = await listen(devices, "scanner")
            twin.type("4600051000057")
            scan = await event(subscription)
            assert (scan.data.text, scan.data.type) == ("4600051000057", "EAN13")
            twin.fault("unplug")
            assert (await event(subscription)).error.reason == "DEVICE_OFFLINE"
            unplugged = await until(devices, lambda device: device.problem.reason == "LINK_LOST")
            assert unplugged.host_pid == device.host_pid
            twin.clear()
            await until(devices, online)
            twin.type("4600051000057")
            assert (await event(subscription)).data.text == "4600051000057"
            os.kill(device.host_pid, signal.SIGKILL)
            assert (await event(subscription)).error.reason == "DEVICE_OFFLINE"
            await until(devices, lambda again: online(again) and again.host_pid != device.host_pid)
            twin.type("Привет")
            assert (await event(subscription)).data.text == "Привет"
    finally:
        twin.stop()


async def test_a_loyalty_card_is_read_and_a_bank_card_leaves_nothing(store: PrintJobStore, tmp_path: Path) -> None:
    twin = MsrTwin(str(tmp_path / "msr"))
    twin.start()
    try:
        async with running(store, serial("msr", "serial_msr", twin.location)) as devices:
            await until(devices, online)
            subscription = await listen(devices, "msr")
            twin.swipe("2900000001230")
            assert "2900000001230" in (await event(subscription)).data.text
            twin.swipe("4276550012345670=29121010000012300000")
            bank = await event(subscription)
            assert bank.data.bank_card
            assert not bank.data.raw
            assert not bank.data.fields
            assert "4276550012345670" not in str(bank)
    finally:
        twin.stop()


async def test_a_slip_is_printed_and_confirmed_and_no_paper_is_said_so(store: PrintJobStore) -> None:
    twin = PrinterTwin()
    twin.start()
    try:
        async with running(store, tcp("printer", twin.location)) as devices:
            await until(devices, online)
            job = await devices.print_document("till-1", "job-1", "printer", slip("Итого 10,00 ₽"))
            assert job.outcome == device_pb2.PRINT_OUTCOME_CONFIRMED
            await devices.print_document("till-1", "job-1", "printer", slip("Итого 10,00 ₽"))
            assert len(twin.slips) == 1
            assert "Итого 10,00" in twin.slips[0]
            twin.fault("paper_out")
            empty = await until(devices, lambda device: device.problem.reason == "PAPER_OUT")
            assert empty.state == api.DEVICE_STATE_ERROR
            failed = await devices.print_document("till-1", "job-2", "printer", slip("Не выйдет"))
            assert failed.outcome == device_pb2.PRINT_OUTCOME_FAILED
            assert device_pb2.PRINTER_STATUS_PAPER_OUT in failed.printer_statuses
            twin.clear()
            await until(devices, lambda device: not device.HasField("problem"))
            job = await devices.print_document("till-1", "job-3", "printer", slip("Снова"))
            assert job.outcome == device_pb2.PRINT_OUTCOME_CONFIRMED
            assert not any("Не выйдет" in printed for printed in twin.slips)
    finally:
        twin.stop()


async def test_a_printer_whose_driver_is_killed_within_a_slip_is_never_said_to_have_printed(
    store: PrintJobStore,
) -> None:
    twin = PrinterTwin()
    twin.start()
    try:
        async with running(store, tcp("printer", twin.location)) as devices:
            device = await until(devices, online)
            twin.fault("slow")
            printing = asyncio.ensure_future(
                devices.print_document("till-1", "job-1", "printer", slip(*["строка " * 5] * 40))
            )
            await until(devices, lambda device: device.state == api.DEVICE_STATE_BUSY)
            os.kill(device.host_pid, signal.SIGKILL)
            assert (await printing).outcome == device_pb2.PRINT_OUTCOME_UNKNOWN
            twin.clear()
            await until(devices, lambda again: online(again) and again.host_pid != device.host_pid)
            again = await devices.print_document("till-1", "job-1", "printer", slip(*["строка " * 5] * 40))
            assert again.outcome == device_pb2.PRINT_OUTCOME_UNKNOWN
    finally:
        twin.stop()


@pytest.mark.parametrize("setting", [{"suffix": 5}, {"no_such": 1}])
async def test_settings_that_do_not_fit_the_manifest_are_named(store: PrintJobStore, setting: dict[str, Any]) -> None:
    settings = DeviceSettings(
        id="scanner",
        plugin="serial_scanner",
        transport=TransportSettings(serial=SerialPort(port="/dev/null")),
        settings=setting,
    )
    async with running(store, settings) as devices:
        [device] = devices.list()
        assert device.problem.reason == "SETTINGS_INVALID"
        assert f"$.settings.{next(iter(setting))}" in device.problem.detail
