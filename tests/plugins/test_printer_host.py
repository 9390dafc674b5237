"""Print jobs through a real host to a printer on TCP: what the gateway learns is what the paper shows."""

import os
import pty
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest

from tillgate.driver.v1 import driver_pb2
from tillgate.driver.v1.driver_pb2 import CheckHealth, GatewayFrame, Stop
from tillgate.plugins.escpos_printer._paper import Printer
from tillgate.plugins.escpos_printer.twin import PrinterTwin
from tillgate.type.v1 import device_pb2 as device
from tillgate.type.v1 import receipt_document_pb2 as receipt

CONFIRMED = device.PRINT_OUTCOME_CONFIRMED
FAILED = device.PRINT_OUTCOME_FAILED
UNKNOWN = device.PRINT_OUTCOME_UNKNOWN
OK = [device.PRINTER_STATUS_OK]


@pytest.fixture
def twin() -> Iterator[PrinterTwin]:
    printer = PrinterTwin()
    printer.start()
    yield printer
    printer.stop()


@pytest.fixture
def host(host_of: Callable[[str], Any], twin: PrinterTwin) -> Any:
    started = host_of("escpos_printer")
    started.start_tcp(
        int(twin.location.rpartition(":")[2]),
        settings_json='{"reply_timeout_ms": 1500, "print_timeout_ms": 5000, "poll_ms": 500}',
    )
    started.wait_for("status_report", lambda report: list(report.statuses) == OK)
    return started


def document(*lines: str) -> receipt.ReceiptDocument:
    elements = [receipt.ReceiptElement(text=receipt.TextLine(text=line)) for line in lines]
    return receipt.ReceiptDocument(elements=[*elements, receipt.ReceiptElement(cut=receipt.Cut(partial=True))])


def send(host: Any, job_id: str, *lines: str) -> None:
    job = driver_pb2.PrintJob(job_id=job_id, document=document(*lines or (job_id,)))
    host.send(GatewayFrame(print_job=job))


def printed(host: Any, job_id: str, *lines: str) -> Any:
    send(host, job_id, *lines)
    return host.wait_for("job_result", lambda result: result.job_id == job_id)


def test_a_slip_in_russian_is_confirmed(host: Any, twin: PrinterTwin) -> None:
    result = printed(host, "job-1", "Магазин «Ромашка»", "Итого 1 500,00 ₽")
    assert (result.outcome, list(result.statuses), result.detail) == (CONFIRMED, OK, "")
    assert twin.slips == ['Магазин "Ромашка"\nИтого 1 500,00 руб.\n']


def test_jobs_that_come_together_print_one_after_the_other(host: Any, twin: PrinterTwin) -> None:
    for number in range(5):
        send(host, f"job-{number}")
    results = [host.wait_for("job_result") for _ in range(5)]
    assert [result.job_id for result in results] == [f"job-{number}" for number in range(5)]
    assert twin.slips == [f"job-{number}\n" for number in range(5)]


def test_too_many_jobs_are_refused_each_with_its_result(host: Any, twin: PrinterTwin) -> None:
    twin.fault("no_answer")
    for number in range(20):
        send(host, f"job-{number}")
    assert host.wait_for("error_event").reason == "QUEUE_OVERFLOW"
    ids = {host.wait_for("job_result", lambda result: result.outcome == FAILED).job_id for _ in range(4)}
    assert len(ids) == 4
    assert twin.text == ""


@pytest.mark.parametrize(
    ("fault", "outcome", "status"),
    [
        ("paper_out", FAILED, device.PRINTER_STATUS_PAPER_OUT),
        ("cover_open", FAILED, device.PRINTER_STATUS_COVER_OPEN),
        ("cutter_error", FAILED, device.PRINTER_STATUS_CUTTER_ERROR),
        ("no_answer", FAILED, device.PRINTER_STATUS_NO_ANSWER),
        ("unplug", FAILED, device.PRINTER_STATUS_NO_ANSWER),
        ("paper_near_end", CONFIRMED, device.PRINTER_STATUS_PAPER_NEAR_END),
        ("no_confirmation", UNKNOWN, device.PRINTER_STATUS_OK),
        ("cut_off", UNKNOWN, device.PRINTER_STATUS_NO_ANSWER),
        ("slow", CONFIRMED, device.PRINTER_STATUS_OK),
    ],
)
def test_every_fault_has_its_outcome_and_afterwards_it_prints_on(
    host: Any, twin: PrinterTwin, fault: str, outcome: int, status: int
) -> None:
    twin.fault(fault)
    if fault == "unplug":
        host.wait_link("LINK_STATE_LOST")
    result = printed(host, "job-1")
    assert result.outcome == outcome
    assert status in result.statuses
    assert (twin.slips == []) == (outcome == FAILED or fault == "cut_off")
    twin.clear()
    if outcome != CONFIRMED and fault != "no_confirmation":
        host.wait_for("status_report", lambda report: list(report.statuses) == OK)
    assert printed(host, "job-2").outcome == CONFIRMED
    assert twin.slips[-1] == "job-2\n"


def test_status_changes_are_told_without_a_job(host: Any, twin: PrinterTwin) -> None:
    twin.fault("paper_near_end")
    assert list(host.wait_for("status_report").statuses) == [device.PRINTER_STATUS_PAPER_NEAR_END]
    twin.fault("paper_out")
    assert device.PRINTER_STATUS_PAPER_OUT in host.wait_for("status_report").statuses
    host.send(GatewayFrame(check_health=CheckHealth(request_number=1)))
    health = host.wait_for("health")
    assert not health.healthy
    assert "paper_out" in health.detail
    twin.clear()
    host.wait_for("status_report", lambda report: list(report.statuses) == OK)


def test_a_document_that_cannot_be_printed_fails_with_its_path(host: Any) -> None:
    bad = receipt.ReceiptDocument(elements=[receipt.ReceiptElement(feed=receipt.Feed(lines=99))])
    host.send(GatewayFrame(print_job=driver_pb2.PrintJob(job_id="bad", document=bad)))
    result = host.wait_for("job_result")
    assert result.outcome == FAILED
    assert "$.elements[0].feed.lines" in result.detail


def test_stop_tells_what_became_of_every_job(host: Any, twin: PrinterTwin) -> None:
    twin.fault("no_confirmation")
    send(host, "at-work")
    send(host, "waiting")
    twin.wait_slips(1, 60)
    host.send(GatewayFrame(stop=Stop()))
    results = {result.job_id: result.outcome for result in (host.wait_for("job_result") for _ in range(2))}
    assert results == {"at-work": UNKNOWN, "waiting": FAILED}
    assert host.wait_exit() == 0


@pytest.fixture
def serial_printer() -> Iterator[tuple[Printer, str]]:
    """A printer's inside behind a pseudo-terminal, and the port's path."""
    device, port = pty.openpty()
    tty.setraw(port)
    printer = Printer()

    def work() -> None:
        # Reading ends with an error when the port is closed.
        with suppress(OSError):
            while data := os.read(device, 4_096):
                os.write(device, printer.receive(data))

    thread = Thread(target=work)
    thread.start()
    yield printer, os.ttyname(port)
    os.close(port)
    thread.join(60)
    os.close(device)


def test_a_printer_on_a_serial_port(host_of: Callable[[str], Any], serial_printer: tuple[Printer, str]) -> None:
    printer, port = serial_printer
    host = host_of("escpos_printer")
    host.start_serial(port)
    host.wait_for("status_report", lambda report: list(report.statuses) == OK)
    assert printed(host, "job-1", "Чек на последовательном порту", "Строка " * 500).outcome == CONFIRMED
    assert printer.slips[0].startswith("Чек на последовательном порту\n")
    assert printer.slips[0].count("Строка") == 500
    host.send(GatewayFrame(stop=Stop()))
    assert host.wait_exit() == 0


def test_a_scanner_does_not_print(host_of: Callable[[str], Any]) -> None:
    host = host_of("serial_scanner")
    host.start_serial("/dev/null")
    assert printed(host, "job-1").outcome == FAILED
