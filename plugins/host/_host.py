"""One loop that serves one device: the gateway's socket on one side, the device's link on the other."""

import os
import selectors
import socket
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.core.errors import DocumentInvalid, TillgateError
from tillgate.driver.v1 import driver_pb2
from tillgate.driver.v1.driver_pb2 import GatewayFrame, HostFrame
from tillgate.plugins.sdk import (
    FoundPlugin,
    JobEnded,
    Outcome,
    Output,
    PrinterDriver,
    Problem,
    Read,
    Reopen,
    Send,
    StatusChanged,
)
from tillgate.type.v1.device_pb2 import DecodedData

from ._clock import Clock
from ._confine import confine_reach, renew_cpu_burst, resident_bytes
from ._gateway import Gateway
from ._link import Link
from ._plugin import LoadedPlugin, load_plugin
from ._transports import make_transport

__all__ = ["EXIT_DRIVER_FAILED", "EXIT_OK", "EXIT_REFUSED", "Host"]

EXIT_OK = 0
#: EX_SOFTWARE: the driver raised.
EXIT_DRIVER_FAILED = 70
#: EX_CONFIG: Start asks for what this plugin cannot do; trying again will not help.
EXIT_REFUSED = 78

HEARTBEAT_MS = 500
JOBS_MAX = 16
_LAST_WORDS_S = 1.0


class Host:
    """The process's work from Hello to its end."""

    def __init__(self, plugin: FoundPlugin, nonce: str, connection: socket.socket, clock: Clock) -> None:
        self._plugin = plugin
        self._nonce = nonce
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._gateway = Gateway(connection, self._selector, self._received, self._gateway_gone)
        self._loaded: LoadedPlugin | None = None
        self._link: Link | None = None
        self._jobs: deque[driver_pb2.PrintJob] = deque()
        self._job_id = ""
        self._events = 0
        self._beats = 0
        self._next_beat_ms = 0
        self._read_ns = 0
        self._exit: int | None = None

    def run(self) -> int:
        """Work until Stop, the gateway's end or a failure; the exit status."""
        try:
            self._greet()
            while self._exit is None:
                for key, events in self._selector.select(self._pause_s()):
                    if self._exit is None:
                        key.data(events)
                if self._exit is None:
                    self._tick()
        except TillgateError as error:
            self._problem(error.reason, str(error))
            self._exit = EXIT_REFUSED
        except Exception as error:  # noqa: BLE001  The end of the process; the gateway is told and starts another.
            self._tell_failure(error)
            self._exit = EXIT_DRIVER_FAILED
        self._gateway.flush(_LAST_WORDS_S)
        return self._exit

    # The gateway's side.

    def _greet(self) -> None:
        manifest = self._plugin.manifest
        self._gateway.send(
            HostFrame(
                hello=driver_pb2.Hello(
                    plugin_id=manifest.id,
                    plugin_version=manifest.version,
                    contract_versions=manifest.contract_versions,
                    nonce=self._nonce,
                    pid=os.getpid(),
                )
            )
        )

    def _received(self, frame: GatewayFrame) -> None:
        kind = frame.WhichOneof("frame")
        if kind == "start":
            self._start(frame.start)
        elif kind == "print_job":
            self._take_job(frame.print_job)
        elif kind == "check_health":
            self._check_health(frame.check_health.request_number)
        elif kind == "stop":
            self._stop()

    def _gateway_gone(self) -> None:
        self._exit = EXIT_OK

    def _start(self, start: driver_pb2.Start) -> None:
        if self._loaded is not None:
            self._problem("FRAME_INVALID", "Start came twice")
            return
        try:
            transport = make_transport(start.transport)
            confine_reach(start.transport, self._plugin.manifest.permissions)
            self._loaded = load_plugin(self._plugin, start)
        except TillgateError as error:
            self._problem(error.reason, str(error))
            self._exit = EXIT_REFUSED
            return
        self._link = Link(transport, self, self._selector, self._clock, self._tell_link)

    def _take_job(self, job: driver_pb2.PrintJob) -> None:
        if self._printer() is None:
            self._end_unprinted(job.job_id, "this device does not print")
        elif len(self._jobs) >= JOBS_MAX:
            self._problem("QUEUE_OVERFLOW", f"{JOBS_MAX} jobs wait for the printer")
            self._end_unprinted(job.job_id, "too many jobs wait for the printer; nothing was printed")
        else:
            self._jobs.append(job)
            self._next_job()

    def _check_health(self, request_number: int) -> None:
        report = self._loaded.health() if self._loaded else None
        is_open = self._link is not None and self._link.is_open
        detail = (report.detail if report else "the link stands") if is_open else "the device is not connected"
        self._gateway.send(
            HostFrame(
                health=driver_pb2.Health(
                    request_number=request_number,
                    healthy=is_open and (report is None or report.healthy),
                    detail=detail,
                    figures=report.figures if report else {},
                )
            )
        )

    def _stop(self) -> None:
        for job in self._jobs:
            self._end_unprinted(job.job_id, "the gateway stopped the device; nothing was printed")
        self._jobs.clear()
        if self._link is not None:
            unsent = self._link.close()
            self.link_lost(unsent)
        self._exit = EXIT_OK

    # The device's side.

    def link_opened(self) -> None:
        """The link stands."""
        self._deliver(lambda driver, now: driver.opened(now))

    def link_lost(self, unsent_bytes: int) -> None:
        """The link is gone."""
        self._deliver(lambda driver, now: driver.lost(unsent_bytes, now))

    def link_data(self, data: bytes) -> None:
        """Bytes came."""
        self._read_ns = self._clock.wall_ns()
        self._deliver(lambda driver, now: driver.feed(data, now))

    def link_drained(self) -> None:
        """Everything that was to be sent has left."""
        printer = self._printer()
        if printer is not None:
            self._deliver(lambda _, now: printer.sent(now))

    def _deliver(self, call: Callable[[Any, int], list[Output]]) -> None:
        if self._loaded is not None:
            self._take(call(self._loaded.driver, self._clock.monotonic_ms()))

    def _take(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send(data):
                    assert self._link is not None
                    self._link.send(data)
                case Read():
                    self._event(output)
                case Problem(reason, detail):
                    self._problem(reason, detail)
                case StatusChanged(statuses):
                    self._gateway.send(HostFrame(status_report=driver_pb2.StatusReport(statuses=_numbers(statuses))))
                case JobEnded():
                    self._job_ended(output)
                case Reopen(detail):
                    assert self._link is not None
                    self._link.reopen(detail)

    def _event(self, read: Read) -> None:
        self._events += 1
        event = driver_pb2.DataEvent(
            number=self._events,
            data=DecodedData(
                text=read.text, type=read.type, raw=read.raw, fields=read.fields, bank_card=read.bank_card
            ),
            read_time=_timestamp(self._read_ns),
            decoded_time=_timestamp(self._clock.wall_ns()),
        )
        self._gateway.send(HostFrame(data_event=event))

    def _job_ended(self, ended: JobEnded) -> None:
        self._job_id = ""
        result = driver_pb2.JobResult(
            job_id=ended.job_id,
            outcome=cast("Any", int(ended.outcome)),
            detail=ended.detail,
            statuses=_numbers(ended.statuses),
        )
        self._gateway.send(HostFrame(job_result=result))

    def _next_job(self) -> None:
        printer = self._printer()
        if printer is None or not self._jobs or self._job_id:
            return
        # Here and not above: a scanner's process has no use for it, and it takes 3 MB.
        from tillgate.plugins.sdk.receipts import receipt_from_proto

        while self._jobs and not self._job_id:
            job = self._jobs.popleft()
            self._job_id = job.job_id
            try:
                document = receipt_from_proto(job.document)
                self._take(printer.print_document(job.job_id, document, self._clock.monotonic_ms()))
            except DocumentInvalid as error:
                self._job_ended(JobEnded(job.job_id, Outcome.FAILED, str(error), ()))

    def _end_unprinted(self, job_id: str, detail: str) -> None:
        result = driver_pb2.JobResult(job_id=job_id, outcome=cast("Any", int(Outcome.FAILED)), detail=detail)
        self._gateway.send(HostFrame(job_result=result))

    def _printer(self) -> PrinterDriver | None:
        driver = self._loaded.driver if self._loaded else None
        return cast("PrinterDriver", driver) if hasattr(driver, "print_document") else None

    # Time.

    def _pause_s(self) -> float:
        deadlines = [self._next_beat_ms]
        if self._link is not None:
            deadlines += [each for each in (self._link.deadline_ms(), self._driver_deadline_ms()) if each is not None]
        return max(0, min(deadlines) - self._clock.monotonic_ms()) / 1_000

    def _driver_deadline_ms(self) -> int | None:
        return self._loaded.driver.deadline_ms() if self._loaded else None

    def _tick(self) -> None:
        now = self._clock.monotonic_ms()
        if now >= self._next_beat_ms:
            self._beat(now)
        if self._link is not None:
            self._link.tick()
        deadline = self._driver_deadline_ms()
        if deadline is not None and now >= deadline:
            self._deliver(lambda driver, now: driver.idle(now))
        self._next_job()

    def _beat(self, now: int) -> None:
        self._next_beat_ms = now + HEARTBEAT_MS
        renew_cpu_burst(self._plugin.manifest.limits.cpu_burst_s)
        # A gateway that reads nothing is not helped by more to read.
        if not self._gateway.waiting:
            self._beats += 1
            beat = driver_pb2.Heartbeat(number=self._beats, rss_bytes=resident_bytes())
            self._gateway.send(HostFrame(heartbeat=beat))

    # Words to the gateway.

    def _tell_link(self, state: "driver_pb2.LinkState.ValueType", detail: str) -> None:
        self._gateway.send(HostFrame(state_change=driver_pb2.StateChange(link=state, detail=detail)))

    def _problem(self, reason: str, detail: str) -> None:
        self._gateway.send(HostFrame(error_event=driver_pb2.ErrorEvent(reason=reason, detail=detail)))

    def _tell_failure(self, error: Exception) -> None:
        # Where and what kind, without the text: it may quote what a customer's card said.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119
        self._problem("DRIVER_FAILED", f"{type(error).__name__} at {where} in {frame.name}")


def _timestamp(nanoseconds: int) -> Timestamp:
    return Timestamp(seconds=nanoseconds // 1_000_000_000, nanos=nanoseconds % 1_000_000_000)


def _numbers(statuses: tuple[int, ...]) -> list[Any]:
    return [int(status) for status in statuses]
