"""One printer's queue: a job at a time, each sent at most once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tillgate.core.errors import Fault, ShuttingDown, TillgateError
from tillgate.driver.v1 import driver_pb2
from tillgate.type.v1 import device_pb2, receipt_document_pb2

from ._print_store import PrintJobStore
from ._record import Record
from ._world import World

__all__ = ["Job", "Printer"]


@dataclass(slots=True, eq=False)
class Job:
    """A job that has not ended. `done` fires when its outcome is on disk."""

    job_id: str
    device_id: str
    request_hash: bytes
    document: receipt_document_pb2.ReceiptDocument
    queued_ms: int
    done: asyncio.Future[None]

    def settle(self, error: Exception | None = None) -> None:
        """Answer whoever waits."""
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
            self.done.exception()  # Nobody may be waiting any more, and that is no fault.


class Printer:
    """Takes jobs in order, waits for the device a while, sends, and stores what became of it."""

    def __init__(
        self,
        record: Record,
        send: Callable[[driver_pb2.GatewayFrame], bool],
        store: PrintJobStore,
        world: World,
    ) -> None:
        self.record = record
        self._send = send
        self._store = store
        self._world = world
        self._limits = world.limits
        self._metrics = world.metrics
        self._log = world.log
        self._waiting: deque[Job] = deque()
        self._came = asyncio.Event()
        self._current: Job | None = None
        self._result: asyncio.Future[driver_pb2.JobResult] | None = None
        self._away_since_ms: int | None = None
        self._stopping = False

    def add(self, job: Job) -> None:
        """Queue a job that the store knows."""
        self._waiting.append(job)
        self._came.set()

    async def run(self) -> None:
        """Print until `stop`."""
        while not self._stopping:
            while self._waiting and not self._stopping:
                await self._print(self._waiting.popleft())
            self._came.clear()
            if not self._stopping:
                await self._came.wait()
        for job in self._waiting:
            job.settle(ShuttingDown(f"job {job.job_id} was not sent"))

    def stop(self) -> None:
        """Take no further job. What is being printed may end; what waits was not sent, and the next start says so."""
        self._stopping = True
        self._came.set()

    def give_up(self) -> None:
        """Wait no longer for the job that is being printed."""
        self._conclude(device_pb2.PRINT_OUTCOME_UNKNOWN, "the gateway went down while it was printed")

    def result(self, result: driver_pb2.JobResult) -> None:
        """The host told an outcome."""
        if self._current is None or self._result is None or self._current.job_id != result.job_id:
            self._log.warning("late_print_result", job_id=result.job_id, outcome=result.outcome)
        elif not self._result.done():
            self._result.set_result(result)

    def host_ended(self, detail: str) -> None:
        """The host is gone: whatever it was printing may lie on the counter or not."""
        self._conclude(device_pb2.PRINT_OUTCOME_UNKNOWN, f"the driver ended while it was printed: {detail}")

    def _conclude(self, outcome: "device_pb2.PrintOutcome.ValueType", detail: str) -> None:
        if self._current is not None and self._result is not None and not self._result.done():
            self._result.set_result(driver_pb2.JobResult(job_id=self._current.job_id, outcome=outcome, detail=detail))

    async def _print(self, job: Job) -> None:
        try:
            result = await self._outcome(job)
            await self._store_outcome(job, result)
        except TillgateError as error:
            # Nothing of it was sent, and it stays queued: the same id may come again.
            job.settle(error)
        except Exception as error:  # noqa: BLE001  A fault of ours in one job must not silence the printer.
            self._log.error("print_job_fault", job_id=job.job_id, exc_info=error)
            job.settle(error)
        else:
            outcome = device_pb2.PrintOutcome.Name(result.outcome).removeprefix("PRINT_OUTCOME_")
            self._metrics.print_jobs.labels(outcome).inc()
            job.settle()

    async def _outcome(self, job: Job) -> driver_pb2.JobResult:
        """Send the job when the device can be talked to, and wait for what became of it."""
        if not await self._online(job):
            problem = self.record.problem
            return _failed(job, f"the printer is off line{f': {problem.reason}' if problem else ''}; nothing was sent")
        await self._store.sending(job.job_id)
        self._current, self._result = job, asyncio.get_running_loop().create_future()
        frame = driver_pb2.GatewayFrame(print_job=driver_pb2.PrintJob(job_id=job.job_id, document=job.document))
        try:
            if not self._send(frame):
                return _failed(job, "the driver ended before the job; nothing was sent")
            self.record.printing(True)
            if not await _within(asyncio.shield(self._result), self._limits.print_result_ms):
                self._conclude(device_pb2.PRINT_OUTCOME_UNKNOWN, "the driver did not say what became of it")
            return _checked(self._result.result())
        finally:
            self._current = self._result = None
            self.record.printing(False)

    async def _online(self, job: Job) -> bool:
        """Wait for the printer, counted from when the job came or the printer went: a queue fails all at once."""
        now_ms = self._world.clock.monotonic_ms()
        if self.record.online.is_set() or self._away_since_ms is None:
            self._away_since_ms = now_ms
        waited_ms = now_ms - max(job.queued_ms, self._away_since_ms)
        return await _within(self.record.online.wait(), max(self._limits.print_wait_ms - waited_ms, 0))

    async def _store_outcome(self, job: Job, result: driver_pb2.JobResult) -> None:
        """Nobody is told an outcome that is not on disk, so whatever keeps the store from writing is waited out."""
        while True:
            try:
                await self._store.finish(job.job_id, result.outcome, result.detail, tuple(result.statuses))
            except Fault:
                if self._stopping:
                    raise  # The next start finds that the job was sent, and that nobody knows what became of it.
                await asyncio.sleep(self._limits.print_store_retry_ms / 1_000)
            else:
                return


def _failed(job: Job, detail: str) -> driver_pb2.JobResult:
    return driver_pb2.JobResult(job_id=job.job_id, outcome=device_pb2.PRINT_OUTCOME_FAILED, detail=detail)


def _checked(result: driver_pb2.JobResult) -> driver_pb2.JobResult:
    """An outcome the contract does not know is no knowledge."""
    known = device_pb2.PrintOutcome.values()
    if result.outcome == device_pb2.PRINT_OUTCOME_UNSPECIFIED or result.outcome not in known:
        result.outcome = device_pb2.PRINT_OUTCOME_UNKNOWN
    return result


async def _within(waiting: Awaitable[object], wait_ms: int) -> bool:
    try:
        async with asyncio.timeout(wait_ms / 1_000):
            await waiting
    except TimeoutError:
        return False
    return True
