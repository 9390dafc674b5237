"""Twins stand in for hardware: what comes out of their ports is what the device's manual says."""

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from tillgate.core.errors import SettingsInvalid
from tillgate.plugins.escpos_printer.twin import PrinterTwin
from tillgate.plugins.sdk import FoundPlugin, find_manifests
from tillgate.plugins.sdk.twin_runner import answer
from tillgate.plugins.sdk.twins import make_twin
from tillgate.plugins.serial_msr.twin import MsrTwin
from tillgate.plugins.serial_scanner.twin import ScannerTwin

PLUGINS = find_manifests()


@pytest.fixture
def started() -> Iterator[Callable[[Any], Any]]:
    twins: list[Any] = []

    def start(twin: Any) -> Any:
        twin.start()
        twins.append(twin)
        return twin

    yield start
    for twin in twins:
        twin.stop()


def test_a_scanner_types_into_a_serial_port(started: Callable[[Any], Any], tmp_path: Path) -> None:
    twin = started(ScannerTwin(str(tmp_path / "port"), prefix="\x02", suffix="\r\n"))
    with serial.Serial(twin.location, timeout=5) as port:
        assert twin.type("4006381333931", aim="]E0")
        assert port.read_until(b"\n") == b"\x02]E04006381333931\r\n"
        twin.fault("half_frame")
        twin.type("12345678")
        assert port.read(5) == b"\x021234"


def test_a_port_keeps_its_path_when_it_is_unplugged_and_plugged_in_again(
    started: Callable[[Any], Any], tmp_path: Path
) -> None:
    twin = started(ScannerTwin(str(tmp_path / "port")))
    first = Path(twin.location).resolve()
    with serial.Serial(twin.location, timeout=0) as port:
        twin.fault("unplug")
        assert not Path(twin.location).exists()
        assert not twin.type("1")
        poll = select.poll()
        poll.register(port.fileno(), select.POLLIN)
        assert poll.poll(1_000)[0][1] & select.POLLHUP
    twin.clear()
    assert Path(twin.location).exists()
    assert first.parent == Path("/dev/pts")


def test_a_card_is_swiped_with_the_check_characters_of_a_real_reader(
    started: Callable[[Any], Any], tmp_path: Path
) -> None:
    twin = started(MsrTwin(str(tmp_path / "port"), lrc=True))
    with serial.Serial(twin.location, timeout=5) as port:
        twin.swipe(
            "4266841088889999=080910110000046",
            track1="B4266841088889999^BUSH JR/GEORGE W.MR^" + "0809101100001100000000046000000",
        )
        # ID TECH's sample card.
        assert port.read_until(b"\r") == (
            b"%B4266841088889999^BUSH JR/GEORGE W.MR^0809101100001100000000046000000?!"
            b";4266841088889999=080910110000046?0\r"
        )


@pytest.mark.parametrize("plugin", PLUGINS.found, ids=lambda plugin: plugin.manifest.id)
def test_every_twin_knows_the_faults_its_manifest_names(plugin: FoundPlugin, started: Callable[[Any], Any]) -> None:
    for driver in plugin.manifest.drivers:
        twin = started(make_twin(plugin, driver.name))
        assert driver.twin is not None
        for fault in driver.twin.faults:
            twin.fault(fault)
            twin.clear()
        with pytest.raises(ValueError, match="smoke"):
            twin.fault("smoke")
        with pytest.raises(SettingsInvalid):
            make_twin(plugin, driver.name, "", {"colour": 1})
        assert set(twin.commands) >= {"fault", "clear"}


def test_a_twin_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "tillgate"), "device", "twin", "serial_scanner"]
    with subprocess.Popen(
        [*command, "--location", str(tmp_path / "port")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        hello = json.loads(process.stdout.readline())
        assert hello["location"] == str(tmp_path / "port")
        assert "unplug" in hello["faults"]
        with serial.Serial(hello["location"], timeout=5) as port:
            process.stdin.write('{"call": "type", "arguments": {"text": "96385074"}}\n')
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"result": True}
            assert port.read_until(b"\r") == b"96385074\r"
        process.stdin.close()
        assert process.wait(10) == 0
    assert not os.path.lexists(tmp_path / "port")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        "jump",
        "type",
        "fault x",
        '{"call": "stop"}',
        '{"call": "type"}',
        '{"call": "fault", "arguments": {"name": "x"}}',
    ],
)
def test_a_line_that_asks_nonsense_is_answered_with_an_error(line: str, started: Callable[[Any], Any]) -> None:
    assert set(answer(started(ScannerTwin()), line)) == {"error"}


def test_a_printer_shows_what_it_printed_in_the_page_it_was_told(started: Callable[[Any], Any]) -> None:
    twin = started(PrinterTwin())
    host, _, port = twin.location.rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        # Before ESC t a printer is in code page 437; Cyrillic comes out as its characters.
        connection.sendall("Чек\n".encode("cp866") + b"\x1b@\x1bt\x11" + "Чек\n".encode("cp866") + b"\x1dVA\x00")
        twin.wait_slips(1, 60)
    garbled = "Чек".encode("cp866").decode("cp437")
    assert answer(twin, '{"call": "slips"}') == {"result": [garbled + "\nЧек\n"]}


def test_a_printer_keeps_its_port_when_it_is_unplugged(started: Callable[[Any], Any]) -> None:
    twin = started(PrinterTwin())
    host, _, port = twin.location.rpartition(":")
    twin.fault("unplug")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
    twin.clear()
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"\x10\x04\x04")
        assert connection.recv(1) == b"\x12"
        twin.fault("paper_out")
        connection.sendall(b"\x10\x04\x04\x10\x04\x02\x10\x04\x01")
        received = b""
        while len(received) < 3:
            received += connection.recv(3)
        # The same bytes as an Epson gives, by its reference: 7E no paper, 32 stopped by it, 1E off line.
        assert received == b"\x7e\x32\x1e"
