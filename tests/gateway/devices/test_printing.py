"""A job_id prints once at most, and what is said of it is true and on disk."""

import asyncio
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gateway_link import until

from tillgate.core.errors import (
    BadRequest,
    DeviceClaimed,
    DeviceUnknown,
    DocumentInvalid,
    JournalDamaged,
    JournalLocked,
    NotAPrinter,
    PrinterBusy,
    PrintJobUnknown,
    RequestIdReused,
    ShuttingDown,
    StorageFull,
    TillgateError,
)
from tillgate.gateway.devices import Limits
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2
from tillgate.type.v1 import receipt_document_pb2 as wire

CONFIRMED = device_pb2.PRINT_OUTCOME_CONFIRMED
FAILED = device_pb2.PRINT_OUTCOME_FAILED
UNKNOWN = device_pb2.PRINT_OUTCOME_UNKNOWN
#: Waits of a printer at a test's pace.
FAST = Limits(print_wait_ms=300, print_result_ms=1_000, print_store_retry_ms=20, print_drain_ms=200, print_queue_max=3)
#: For outcomes that the test tells itself, and for printers that it brings.
PATIENT = replace(FAST, print_wait_ms=60_000, print_result_ms=60_000)
PATIENCE_S = 60


def slip(text: str = "Спасибо!") -> wire.ReceiptDocument:
    return wire.ReceiptDocument(elements=[wire.ReceiptElement(text=wire.TextLine(text=text))])


async def send(bench: Any, job_id: str, document: wire.ReceiptDocument | None = None, **more: str) -> api.PrintJob:
    async with asyncio.timeout(PATIENCE_S):
        job: api.PrintJob = await bench.devices.print_document("lane-1", job_id, "printer", document or slip(), **more)
        return job


async def test_a_job_is_printed_and_its_outcome_kept(run: Any, printer: Any) -> None:
    async with run(printer("printer")) as bench:
        await bench.online("printer")
        job = await send(bench, "job-1")
        assert job.outcome == CONFIRMED
        assert list(job.printer_statuses) == [device_pb2.PRINTER_STATUS_OK]
        assert job.end_time.ToMicroseconds() >= job.create_time.ToMicroseconds() > 0
        assert bench.paper() == ["job-1 Спасибо!"]
        assert await bench.devices.get_print_job("job-1") == job
        assert bench.metrics.registry.get_sample_value("tillgate_print_jobs_total", {"outcome": "CONFIRMED"}) == 1


async def test_the_same_id_gets_the_same_answer_and_one_slip(run: Any, printer: Any) -> None:
    async with run(printer("printer"), printer("other")) as bench:
        await bench.online("printer")
        jobs = await asyncio.gather(*(send(bench, "job-1") for _ in range(20)))
        jobs.append(await send(bench, "job-1"))
        assert all(job == jobs[0] for job in jobs)
        assert bench.paper() == ["job-1 Спасибо!"]
        with pytest.raises(RequestIdReused):
            await send(bench, "job-1", slip("something else"))
        with pytest.raises(RequestIdReused):
            await bench.devices.print_document("lane-1", "job-1", "other", slip())
        assert bench.paper() == ["job-1 Спасибо!"]


async def test_the_same_id_is_recognised_while_it_is_printed(run: Any, printer: Any) -> None:
    async with run(printer("printer", print="silent"), limits=PATIENT) as bench:
        await bench.online("printer")
        first = asyncio.ensure_future(send(bench, "job-1"))
        await bench.until("printer", lambda device: device.state == api.DEVICE_STATE_BUSY)
        assert (await bench.devices.get_print_job("job-1")).outcome == device_pb2.PRINT_OUTCOME_UNSPECIFIED
        with pytest.raises(RequestIdReused):
            await send(bench, "job-1", slip("something else"))
        second = asyncio.ensure_future(send(bench, "job-1"))
        (await bench.host("printer")).tell("result", job_id="job-1", outcome="UNKNOWN")
        assert (await first).outcome == (await second).outcome == UNKNOWN
        assert len(bench.paper()) == 1


async def test_a_driver_that_dies_while_printing_leaves_unknown_and_no_second_slip(run: Any, printer: Any) -> None:
    async with run(printer("printer", print="die")) as bench:
        await bench.online("printer")
        job = await send(bench, "job-1")
        assert job.outcome == UNKNOWN
        await bench.until("printer", lambda device: device.restarts == 1)
        await bench.online("printer")
        assert (await send(bench, "job-1")).outcome == UNKNOWN
        assert bench.paper() == ["job-1 Спасибо!"]


async def test_a_printer_that_is_away_means_failed_after_a_short_wait(run: Any, printer: Any) -> None:
    async with run(printer("printer", link="closed"), limits=FAST) as bench:
        (await bench.host("printer")).tell("link", is_open=False, detail="refused")
        await bench.until("printer", lambda device: device.problem.reason == "LINK_LOST")
        job = await send(bench, "job-1")
        assert job.outcome == FAILED
        assert "LINK_LOST" in job.detail
        assert "nothing was sent" in job.detail
        assert bench.paper() == []


async def test_a_printer_that_comes_back_in_time_prints(run: Any, printer: Any) -> None:
    async with run(printer("printer", link="closed"), limits=PATIENT) as bench:
        waiting = asyncio.ensure_future(send(bench, "job-1"))
        (await bench.host("printer")).tell("link", is_open=True)
        assert (await waiting).outcome == CONFIRMED


async def test_what_comes_too_late_changes_nothing(run: Any, printer: Any) -> None:
    async with run(printer("printer", print="silent"), limits=FAST) as bench:
        await bench.online("printer")
        assert (await send(bench, "job-1")).outcome == UNKNOWN
        host = await bench.host("printer")
        host.tell("result", job_id="job-1", outcome="CONFIRMED")
        host.tell("status", names=["COVER_OPEN"])
        await bench.until("printer", lambda device: device.problem.reason == "COVER_OPEN")
        assert (await bench.devices.get_print_job("job-1")).outcome == UNKNOWN


async def test_a_full_disk_refuses_a_job_before_anything_is_printed_and_the_id_stays_good(
    run: Any, printer: Any
) -> None:
    async with run(printer("printer")) as bench:
        await bench.online("printer")
        bench.store.full = True
        with pytest.raises(StorageFull):
            await send(bench, "job-1")
        assert bench.paper() == []
        bench.store.full = False
        assert (await send(bench, "job-1")).outcome == CONFIRMED
        assert len(bench.paper()) == 1


async def test_an_outcome_that_cannot_be_stored_is_not_told(run: Any, printer: Any) -> None:
    async with run(printer("printer", print="silent"), limits=PATIENT) as bench:
        await bench.online("printer")
        waiting = asyncio.ensure_future(send(bench, "job-1"))
        await bench.until("printer", lambda device: device.state == api.DEVICE_STATE_BUSY)
        bench.store.full = True
        (await bench.host("printer")).tell("result", job_id="job-1", outcome="CONFIRMED")
        await bench.until("printer", lambda device: device.state == api.DEVICE_STATE_IDLE)
        done, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert not done
        bench.store.full = False
        assert (await waiting).outcome == CONFIRMED


@pytest.mark.parametrize("fault", [JournalLocked, JournalDamaged])
async def test_whatever_keeps_an_outcome_from_being_stored_is_waited_out(
    run: Any, printer: Any, fault: type[TillgateError]
) -> None:
    async with run(printer("printer", print="silent"), limits=PATIENT) as bench:
        await bench.online("printer")
        waiting = asyncio.ensure_future(send(bench, "job-1"))
        await bench.until("printer", lambda device: device.state == api.DEVICE_STATE_BUSY)
        bench.store.faults += [fault("for a moment"), fault("and another one")]
        (await bench.host("printer")).tell("result", job_id="job-1", outcome="CONFIRMED")
        assert (await waiting).outcome == CONFIRMED
        assert (await bench.store.get("job-1")).state == "ENDED"
        assert bench.store.faults == []


async def test_a_store_that_is_locked_at_start_keeps_no_job_without_its_outcome(run: Any, printer: Any) -> None:
    async with run(printer("printer", link="closed"), limits=FAST) as bench:
        await bench.store.begin("job-1", "printer", b"?", b"")
        await bench.devices.stop()
    async with run(printer("printer"), limits=FAST, faults=[JournalLocked("for a moment")]) as bench:
        async with asyncio.timeout(PATIENCE_S):
            await bench.store.finished.wait()
        assert (await bench.devices.get_print_job("job-1")).outcome == FAILED


async def test_a_caller_who_hangs_up_does_not_stop_the_job(run: Any, printer: Any) -> None:
    async with run(printer("printer", link="closed"), limits=PATIENT) as bench:
        waiting = asyncio.ensure_future(send(bench, "job-1"))
        host = await bench.host("printer")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        host.tell("link", is_open=True)
        assert (await send(bench, "job-1")).outcome == CONFIRMED
        assert len(bench.paper()) == 1


async def test_a_full_queue_refuses_before_anything_is_stored(run: Any, printer: Any) -> None:
    async with run(printer("printer", link="closed"), limits=FAST) as bench:
        waiting = [asyncio.ensure_future(send(bench, f"job-{number}")) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(PrinterBusy):
            await send(bench, "one too many")
        with pytest.raises(PrintJobUnknown):
            await bench.devices.get_print_job("one too many")
        again = await send(bench, "job-0")  # Known ids are answered all the same.
        assert again.outcome == FAILED
        await asyncio.gather(*waiting)


async def test_jobs_that_wait_for_the_same_absent_printer_fail_together(run: Any, printer: Any) -> None:
    async with run(printer("printer", link="closed"), limits=Limits(print_wait_ms=2_000)) as bench:
        await bench.host("printer")
        started = time.monotonic()
        jobs = await asyncio.gather(*(send(bench, f"job-{number}") for number in range(3)))
        assert {job.outcome for job in jobs} == {FAILED}
        assert time.monotonic() - started < 4  # One after the other would take six seconds.


async def test_a_claimed_printer_prints_for_its_holder_alone(run: Any, printer: Any) -> None:
    async with run(printer("printer")) as bench:
        await bench.online("printer")
        claim = bench.devices.claim("lane-2", "printer")
        with pytest.raises(DeviceClaimed):
            await send(bench, "job-1")
        with pytest.raises(DeviceClaimed):
            await send(bench, "job-1", claim_token=claim.token)  # The token is lane-2's.
        own = bench.devices.claim("lane-2", "printer", claim.token)
        job = await bench.devices.print_document("lane-2", "job-1", "printer", slip(), own.token)
        assert job.outcome == CONFIRMED


@pytest.mark.parametrize(
    ("element", "path"),
    [
        (wire.ReceiptElement(), "$.document.elements[0]"),
        (wire.ReceiptElement(feed=wire.Feed(lines=11)), "$.document.elements[0].feed.lines"),
        (wire.ReceiptElement(text=wire.TextLine(text="\x1b@")), "$.document.elements[0].text.text"),
        (wire.ReceiptElement(barcode=wire.Barcode(data="1")), "$.document.elements[0].barcode.symbology"),
    ],
)
async def test_a_document_that_cannot_be_printed_is_refused_with_its_path(
    run: Any, printer: Any, element: wire.ReceiptElement, path: str
) -> None:
    async with run(printer("printer")) as bench:
        with pytest.raises(DocumentInvalid) as refused:
            await send(bench, "job-1", wire.ReceiptDocument(elements=[element]))
        assert refused.value.path == path
        with pytest.raises(DocumentInvalid):
            await send(bench, "job-1", wire.ReceiptDocument(elements=[element] * 401))


@pytest.mark.parametrize(
    ("job_id", "device_id", "error"),
    [
        ("job-1", "nobody", DeviceUnknown),
        ("job-1", "scanner", NotAPrinter),
        ("", "printer", BadRequest),
        ("x" * 65, "printer", BadRequest),
        ("a\nb", "printer", BadRequest),
    ],
)
async def test_requests_that_make_no_sense_are_refused(
    run: Any, printer: Any, scanner: Any, job_id: str, device_id: str, error: type[TillgateError]
) -> None:
    async with run(printer("printer"), scanner("scanner")) as bench:
        with pytest.raises(error):
            await bench.devices.print_document("lane-1", job_id, device_id, slip())


async def test_at_shutdown_what_waits_is_not_sent_and_what_prints_is_unknown_and_both_stay_so(
    run: Any, printer: Any
) -> None:
    async with run(printer("printer", print="silent"), limits=Limits(print_drain_ms=100)) as bench:
        printing = asyncio.ensure_future(send(bench, "printing"))
        await bench.until("printer", lambda device: device.state == api.DEVICE_STATE_BUSY)
        await until(lambda: bench.paper() == ["printing Спасибо!"])
        waiting = asyncio.ensure_future(send(bench, "waiting"))
        await asyncio.sleep(0)
        await bench.devices.stop()
        assert (await printing).outcome == UNKNOWN
        with pytest.raises(ShuttingDown):
            await waiting
    async with run(printer("printer")) as bench:
        await bench.online("printer")
        assert (await send(bench, "printing")).outcome == UNKNOWN
        job = await send(bench, "waiting")
        assert job.outcome == FAILED
        assert "before the job was sent" in job.detail
        assert bench.paper() == ["printing Спасибо!"]


async def test_a_disk_that_is_full_at_start_keeps_no_device_from_starting(
    run: Any, printer: Any, tmp_path: Path
) -> None:
    async with run(printer("printer", link="closed"), limits=FAST) as bench:
        await bench.store.begin("job-1", "printer", b"?", b"")
        await bench.devices.stop()
    async with run(printer("printer"), limits=FAST, full=True) as bench:
        await bench.online("printer")
        with pytest.raises(StorageFull):
            await send(bench, "job-1")
        bench.store.full = False
        async with asyncio.timeout(PATIENCE_S):
            await bench.store.finished.wait()
        job = await bench.devices.get_print_job("job-1")
        assert job.outcome == FAILED
        assert "before the job was sent" in job.detail


async def test_after_a_crash_a_job_that_may_have_been_printed_is_unknown(
    run: Any, printer: Any, tmp_path: Path
) -> None:
    async with run(printer("printer", print="silent"), limits=PATIENT) as bench:
        await bench.online("printer")
        printing = asyncio.ensure_future(send(bench, "printing"))
        await bench.until("printer", lambda device: device.state == api.DEVICE_STATE_BUSY)
        waiting = asyncio.ensure_future(send(bench, "waiting"))
        for _ in range(5):  # Turns of the loop; the store answers in the turn it is asked.
            await asyncio.sleep(0)
        assert (await bench.store.get("waiting")).state == "QUEUED"
        shutil.copy(tmp_path / "jobs.db", tmp_path / "as a crash leaves it")
        await bench.devices.stop()
        await asyncio.gather(printing, waiting, return_exceptions=True)
    shutil.move(tmp_path / "as a crash leaves it", tmp_path / "jobs.db")
    slips = len(bench.paper())
    async with run(printer("printer")) as bench:
        await bench.online("printer")
        assert (await send(bench, "printing")).outcome == UNKNOWN
        assert (await send(bench, "waiting")).outcome == FAILED
        assert len(bench.paper()) == slips
