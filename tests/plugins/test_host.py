"""A driver host as the gateway sees it: real processes on real pseudo-terminals and TCP connections."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tillgate.driver.v1.driver_pb2 import CheckHealth, GatewayFrame, Stop, TcpTransport
from tillgate.plugins.host._landlock import landlock_version
from tillgate.plugins.serial_msr.twin import MsrTwin
from tillgate.plugins.serial_scanner.twin import ScannerTwin

StartHost = Callable[..., Any]


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[ScannerTwin]:
    twin = ScannerTwin(str(tmp_path / "scanner"))
    twin.start()
    yield twin
    twin.stop()


@pytest.fixture
def reading(host_of: StartHost, scanner: ScannerTwin) -> Any:
    """A host that reads the scanner."""
    host = host_of("serial_scanner")
    host.start_serial(scanner.location)
    host.wait_link("LINK_STATE_OPEN")
    return host


def test_hello_proves_who_started_it(host_of: StartHost) -> None:
    host = host_of("serial_scanner")
    hello = host.wait_for("hello")
    assert (hello.plugin_id, hello.plugin_version) == ("serial_scanner", "0.1.0")
    assert list(hello.contract_versions) == [1]
    assert hello.nonce == host.nonce
    assert hello.pid == host.process.pid


def test_a_scan_becomes_an_event_with_its_times(reading: Any, scanner: ScannerTwin) -> None:
    before = time.time_ns()
    for number, code in enumerate(("4006381333931", "96385074"), 1):
        scanner.type(code)
        event = reading.wait_for("data_event")
        assert event.number == number
        assert event.data.text == code
        assert event.data.raw == code.encode()
        assert before <= event.read_time.ToNanoseconds() <= event.decoded_time.ToNanoseconds() <= time.time_ns()


def test_heartbeats_come_every_half_second(reading: Any) -> None:
    first = reading.wait_for("heartbeat")
    start = time.monotonic()
    second, third = reading.wait_for("heartbeat"), reading.wait_for("heartbeat")
    assert [second.number, third.number] == [first.number + 1, first.number + 2]
    assert time.monotonic() - start < 1.5
    assert third.rss_bytes > 1 << 20


def test_unplugged_is_told_at_once_and_once_and_plugged_in_again_it_reads_on(
    reading: Any, scanner: ScannerTwin
) -> None:
    for _ in range(3):
        scanner.fault("unplug")
        start = time.monotonic()
        lost = reading.wait_link("LINK_STATE_LOST")
        assert time.monotonic() - start < 0.5
        assert "scanner" in lost.detail
        # Through several failed attempts to open it nothing more is said.
        seen = [reading.next_frame().WhichOneof("frame") for _ in range(3)]
        assert seen == ["heartbeat"] * 3
        scanner.clear()
        reading.wait_link("LINK_STATE_OPEN")
        scanner.type("4006381333931")
        assert reading.wait_for("data_event").data.text == "4006381333931"


def test_a_code_torn_by_unplugging_is_told_and_does_not_spoil_the_next(
    host_of: StartHost, scanner: ScannerTwin
) -> None:
    reading = host_of("serial_scanner")
    reading.start_serial(scanner.location, settings_json='{"idle_gap_ms": 10000}')
    reading.wait_link("LINK_STATE_OPEN")
    # A whole code and the beginning of the next in one piece: when the first is told, the rest has been read too.
    scanner.fault("half_frame")
    scanner.type("96385074\r4006381333931")
    assert reading.wait_for("data_event").data.text == "96385074"
    scanner.fault("unplug")
    assert reading.wait_for("error_event").reason == "FRAME_INCOMPLETE"
    scanner.clear()
    reading.wait_link("LINK_STATE_OPEN")
    scanner.type("96385074")
    assert reading.wait_for("data_event", wait_s=5).data.text == "96385074"


def test_a_slow_line_and_noise_are_borne(reading: Any, scanner: ScannerTwin) -> None:
    scanner.fault("slow_drip")
    scanner.type("96385074")
    assert reading.wait_for("data_event").data.text == "96385074"
    scanner.clear()
    scanner.fault("noise")
    scanner.type("96385074")
    assert reading.wait_for("error_event").reason == "BAD_ENCODING"


def test_a_port_that_is_not_there_yet_is_waited_for(host_of: StartHost, tmp_path: Path) -> None:
    host = host_of("serial_scanner")
    host.start_serial(str(tmp_path / "later"))
    assert "No such file" in host.wait_link("LINK_STATE_LOST").detail
    twin = ScannerTwin(str(tmp_path / "later"))
    twin.start()
    try:
        host.wait_link("LINK_STATE_OPEN")
    finally:
        twin.stop()


def test_a_port_in_use_is_left_to_its_owner(reading: Any, host_of: StartHost, scanner: ScannerTwin) -> None:
    second = host_of("serial_scanner")
    second.start_serial(scanner.location)
    second.wait_link("LINK_STATE_LOST")
    scanner.type("96385074")
    assert reading.wait_for("data_event").data.text == "96385074"


def test_health_knows_the_link_and_what_was_read(reading: Any, scanner: ScannerTwin) -> None:
    scanner.type("96385074")
    reading.wait_for("data_event")
    reading.send(GatewayFrame(check_health=CheckHealth(request_number=7)))
    health = reading.wait_for("health")
    assert (health.request_number, health.healthy) == (7, True)
    assert dict(health.figures) == {"reads": "1", "problems": "0"}
    scanner.fault("unplug")
    reading.wait_link("LINK_STATE_LOST")
    reading.send(GatewayFrame(check_health=CheckHealth(request_number=8)))
    assert not reading.wait_for("health").healthy


def test_a_magstripe_reader_lets_no_payment_card_out(host_of: StartHost, tmp_path: Path) -> None:
    twin = MsrTwin(str(tmp_path / "msr"), lrc=True)
    twin.start()
    try:
        host = host_of("serial_msr")
        host.start_serial(twin.location, settings_json='{"lrc": true}')
        host.wait_link("LINK_STATE_OPEN")
        twin.swipe("2900000000123", track1="CLUB")
        data = host.wait_for("data_event").data
        assert (data.text, data.fields["track1"]) == ("2900000000123", "CLUB")
        twin.swipe("5350290149345177=16042010000056700100")
        data = host.wait_for("data_event").data
        assert data.bank_card
        assert b"5350" not in data.SerializeToString()
        twin.fault("wrong_lrc")
        twin.swipe("2900000000123")
        assert host.wait_for("error_event").reason == "LRC_MISMATCH"
    finally:
        twin.stop()


def test_a_scanner_behind_a_serial_server_is_read_by_tcp(host_of: StartHost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = host_of("serial_scanner")
        host.start_tcp(server.getsockname()[1])
        connection, _ = server.accept()
        with connection:
            host.wait_link("LINK_STATE_OPEN")
            connection.sendall(b"96385074\r")
            assert host.wait_for("data_event").data.text == "96385074"
        assert "closed the connection" in host.wait_link("LINK_STATE_LOST").detail
        server.accept()[0].close()


def test_a_device_may_be_named_and_an_unknown_name_does_not_stop_the_heart(host_of: StartHost) -> None:
    with socket.create_server(("localhost", 0), family=socket.AF_INET) as server:
        host = host_of("serial_scanner")
        host.start(tcp=TcpTransport(host="localhost", port=server.getsockname()[1]))
        host.wait_link("LINK_STATE_OPEN")
        server.accept()[0].close()
    unknown = host_of("serial_scanner")
    unknown.start(tcp=TcpTransport(host="no-such-host.invalid", port=9))
    assert "no address is known" in unknown.wait_link("LINK_STATE_LOST").detail
    first = unknown.wait_for("heartbeat").number
    assert unknown.wait_for("heartbeat").number == first + 1


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ({"settings_json": '{"colour": 1}'}, "SETTINGS_INVALID"),
        ({"settings_json": '{"prefix": "№"}'}, "SETTINGS_INVALID"),
        ({"settings_json": "["}, "SETTINGS_INVALID"),
        ({"driver": "toaster"}, "SETTINGS_INVALID"),
        ({"version": 9}, "PLUGIN_INVALID"),
    ],
)
def test_a_start_it_cannot_follow_is_refused_with_the_reason(
    host_of: StartHost, start: dict[str, Any], reason: str
) -> None:
    host = host_of("serial_scanner")
    host.start_serial("/dev/null", **start)
    assert host.wait_for("error_event").reason == reason
    assert host.wait_exit() == 78


def test_a_host_without_a_transport_or_plugin_is_refused(host_of: StartHost) -> None:
    host = host_of("serial_scanner")
    host.start()
    assert host.wait_for("error_event").reason == "SETTINGS_INVALID"
    assert host.wait_exit() == 78
    assert host_of("no_such_plugin").wait_exit() == 78


def test_it_is_no_program_to_start_by_hand() -> None:
    command = [sys.executable, "-m", "tillgate.plugins.host", "--plugin", "serial_scanner"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert done.returncode == 78
    assert b"started by the gateway" in done.stderr


def test_stop_ends_it_cleanly(reading: Any) -> None:
    reading.send(GatewayFrame(stop=Stop()))
    assert reading.wait_exit(2) == 0


def test_a_malformed_frame_ends_it_with_the_reason(reading: Any) -> None:
    reading.socket.sendall(b"\xff\xff\xff\xff")
    assert reading.wait_for("error_event").reason == "FRAME_INVALID"
    assert reading.wait_exit() == 78


def test_the_end_of_the_gateways_socket_ends_it(reading: Any) -> None:
    reading.socket.close()
    assert reading.wait_exit(2) == 0


def test_an_interrupt_from_the_terminal_is_the_gateways_matter(reading: Any, scanner: ScannerTwin) -> None:
    reading.process.send_signal(signal.SIGINT)
    scanner.type("96385074")
    assert reading.wait_for("data_event").data.text == "96385074"


PARENT = """
import os, signal, socket, subprocess, sys
ours, theirs = socket.socketpair()
held = os.dup2(ours.fileno(), 50, inheritable=True)  # Open in the host too: only the kernel's word can end it.
host = subprocess.Popen([sys.executable, "-m", "tillgate.plugins.host", "--plugin", "serial_scanner",
                         "--fd", str(theirs.fileno())], pass_fds=(theirs.fileno(), 50))
ours.recv(1)
print(host.pid, flush=True)
signal.pause()
"""


def test_killing_the_gateway_kills_its_hosts() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    host_pid = int(parent.stdout.readline())
    watch = os.pidfd_open(host_pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    with os.fdopen(watch) as process:
        assert select.select([process], [], [], 2.0)[0]


def test_limits_of_the_manifest_hold(reading: Any) -> None:
    limits = Path(f"/proc/{reading.process.pid}/limits").read_text()
    values = {line[:26].strip(): line[26:].split() for line in limits.splitlines()[1:]}
    assert values["Max data size"][:2] == [str(48 << 20)] * 2
    assert values["Max open files"][:2] == ["32", "32"]
    assert values["Max core file size"][:2] == ["0", "0"]
    assert int(values["Max cpu time"][0]) < 60
    status = Path(f"/proc/{reading.process.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status


def test_what_a_gateway_that_does_not_read_misses_is_told(reading: Any, scanner: ScannerTwin) -> None:
    scans = 2_000
    for _ in range(scans):
        scanner.type("x" * 1_500)
    numbers = []
    told = None
    while told is None:
        frame = reading.next_frame()
        if frame.WhichOneof("frame") == "data_event":
            numbers.append(frame.data_event.number)
        if frame.WhichOneof("frame") == "error_event":
            told = frame.error_event
    assert told.reason == "QUEUE_OVERFLOW"
    dropped = int(told.detail.split(": ")[1].split()[0])
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) + dropped == scans
    scanner.type("96385074")
    assert reading.wait_for("data_event").number == scans + 1


PLUGIN = {
    "plugin.toml": """
id = "bad_manners"
version = "0.0.1"
contract_versions = [1]
licence = "Apache-2.0"
title = { ru = "Плохой", en = "Bad" }
limits = { cpu_burst_s = 1, memory_mib = 64 }
[[drivers]]
name = "scanner"
title = { ru = "Плохой", en = "Bad" }
category = "Scanner"
transports = ["serial"]
""",
    "__init__.py": """
from tillgate.plugins.sdk import hookimpl

class Bad:
    path = __file__ + ".written"
    def opened(self, now_ms): return []
    def lost(self, unsent_bytes, now_ms): return []
    def idle(self, now_ms): return []
    def deadline_ms(self): return None
    def feed(self, data, now_ms):
        if data.startswith(b"spin"):
            while True: pass
        if data.startswith(b"eat"):
            hoard = [b"x" * (1 << 20) for _ in range(1000)]
        if data.startswith(b"write"):
            open(self.path, "w")
        if data.startswith(b"run"):
            import subprocess
            subprocess.run(["/bin/true"])
        if data.startswith(b"call"):
            import socket
            socket.create_connection(("127.0.0.1", 9))
        raise RuntimeError("card 4111111111111111 is not mine")

@hookimpl
def tillgate_drivers(): return {"scanner": lambda settings: Bad()}
""",
}


@pytest.fixture
def bad(host_of: StartHost, scanner: ScannerTwin, tmp_path: Path) -> Any:
    """A host whose driver misbehaves in the way it is told."""
    package = tmp_path / "site" / "bad_manners"
    package.mkdir(parents=True)
    for name, text in PLUGIN.items():
        (package / name).write_text(text, encoding="utf-8")
    info = tmp_path / "site" / "bad_manners-0.0.1.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[tillgate.plugins]\nbad_manners = bad_manners\n")
    host = host_of("bad_manners", {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *sys.path])})
    host.start_serial(scanner.location)
    host.wait_link("LINK_STATE_OPEN")
    return host


def test_a_driver_that_raises_ends_with_where_and_what_but_no_data(bad: Any, scanner: ScannerTwin) -> None:
    scanner.type("x")
    told = bad.wait_for("error_event")
    assert told.reason == "DRIVER_FAILED"
    assert "RuntimeError at __init__.py:" in told.detail
    assert bad.wait_exit() == 70
    assert b"4111" not in bad.process.stderr.read() + told.SerializeToString()


def test_a_driver_that_spins_is_ended_by_the_system(bad: Any, scanner: ScannerTwin) -> None:
    bad.wait_for("heartbeat")
    scanner.type("spin")
    assert bad.wait_exit() == -signal.SIGXCPU
    # Its heart stopped with it, so a gateway would have noticed even without the limit.
    assert [frame.WhichOneof("frame") for frame in bad.rest()].count("heartbeat") <= 1


def test_a_driver_that_eats_memory_is_bounded(bad: Any, scanner: ScannerTwin) -> None:
    scanner.type("eat")
    assert "MemoryError" in bad.wait_for("error_event").detail
    assert bad.wait_exit() == 70


@pytest.mark.parametrize(
    ("deed", "since"), [("write", 1), ("run", 1), ("call", 4)], ids=["writes a file", "starts a program", "calls out"]
)
def test_a_driver_reaches_its_device_and_no_further(bad: Any, scanner: ScannerTwin, deed: str, since: int) -> None:
    scanner.type(deed)
    stopped = "PermissionError" in bad.wait_for("error_event").detail
    # An older kernel cannot stop it; the rest of the host works all the same.
    assert stopped == (landlock_version() >= since)
