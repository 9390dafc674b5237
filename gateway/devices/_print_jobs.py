"""Print jobs of all printers: one job_id, one print, whatever is asked again and whatever stopped in between."""

import asyncio
import hashlib

from tillgate.core.errors import BadRequest, Fault, PrinterBusy, PrintJobUnknown, RequestIdReused, StorageFull
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2, receipt_document_pb2

from ._documents import check_document
from ._print_store import PrintJobStore, StoredPrintJob, job_message
from ._printer import Job, Printer
from ._world import World

__all__ = ["JOB_ID_CHARS_MAX", "PrintJobs"]

JOB_ID_CHARS_MAX = 64

NEVER_SENT = "the gateway was restarted before the job was sent; nothing was printed"
CUT_OFF = "the gateway was restarted while the job was being printed"


class PrintJobs:
    """Joins what is asked twice, remembers what ended."""

    def __init__(self, store: PrintJobStore, world: World) -> None:
        self._store = store
        self._clock = world.clock
        self._limits = world.limits
        self._log = world.log
        self._running: dict[str, Job] = {}
        self._cut_off: dict[str, StoredPrintJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def recover(self) -> None:
        """Give jobs of an earlier life of the daemon their outcome: not sent, or nobody knows."""
        self._cut_off = {job.job_id: job for job in await self._store.unfinished()}
        await self.settle()

    @property
    def is_behind(self) -> bool:
        """Whether a store that could not write left jobs without their outcome; `settle` tries again."""
        return bool(self._cut_off)

    async def settle(self) -> None:
        """Store the outcomes of jobs of an earlier life."""
        for job_id, job in list(self._cut_off.items()):
            sent = job.state == "SENDING"
            outcome = device_pb2.PRINT_OUTCOME_UNKNOWN if sent else device_pb2.PRINT_OUTCOME_FAILED
            try:
                await self._store.finish(job_id, outcome, CUT_OFF if sent else NEVER_SENT, ())
            except Fault:
                return  # Until then whoever asks for it is told that it cannot be stored.
            # A store that takes long to refuse is asked again meanwhile, and both may get through.
            if self._cut_off.pop(job_id, None) is not None:
                self._log.warning("print_job_cut_off", job_id=job_id, device=job.device_id, sent=sent)

    async def submit(
        self, printer: Printer, job_id: str, document: receipt_document_pb2.ReceiptDocument
    ) -> api.PrintJob:
        """Print, or join the same job under way, or give what became of it.

        Raises BadRequest, DocumentInvalid, RequestIdReused, PrinterBusy, StorageFull, ShuttingDown.
        """
        if not 0 < len(job_id) <= JOB_ID_CHARS_MAX or not job_id.isprintable():
            raise BadRequest(f"a job_id has 1 to {JOB_ID_CHARS_MAX} printable characters", path="$.job_id")
        check_document(document)
        device_id = printer.record.binding.device_id
        content = document.SerializeToString(deterministic=True)
        request_hash = hashlib.sha256(device_id.encode() + b"\0" + content).digest()
        if job_id in self._cut_off:
            raise StorageFull("the job's outcome cannot be stored")
        job = self._running.get(job_id)
        if job is None:
            has_room = self._count(device_id) < self._limits.print_queue_max
            done = asyncio.get_running_loop().create_future()
            job = Job(job_id, device_id, request_hash, document, self._clock.monotonic_ms(), done)
            self._running[job_id] = job
            job.done.add_done_callback(lambda _: self._running.pop(job_id, None))
            self._begin(printer, job, content, has_room)
        elif job.request_hash != request_hash:
            raise RequestIdReused(f"job {job_id} is another document or for another printer", path="$.job_id")
        # The caller may hang up; the job goes on.
        await asyncio.shield(job.done)
        return await self.get(job_id)

    async def get(self, job_id: str) -> api.PrintJob:
        """What is known of a job. Raises PrintJobUnknown."""
        stored = await self._store.get(job_id)
        if stored is None:
            raise PrintJobUnknown(f"no print job {job_id!r} is known here", job_id=job_id)
        return job_message(stored)

    def _begin(self, printer: Printer, job: Job, content: bytes, has_room: bool) -> None:
        task = asyncio.create_task(self._queue(printer, job, content, has_room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _queue(self, printer: Printer, job: Job, content: bytes, has_room: bool) -> None:
        """Store the job and give it to its printer, unless it ended before."""
        try:
            # Without room nothing is stored, so that the same id may come again; a known id is answered all the same.
            if not has_room and await self._store.get(job.job_id) is None:
                raise PrinterBusy(f"{job.device_id}: the queue is full", device_id=job.device_id)
            stored = await self._store.begin(job.job_id, job.device_id, job.request_hash, content)
        except Exception as error:  # noqa: BLE001  It is raised where the job is waited for.
            job.settle(error)
            return
        if stored.state == "QUEUED":
            printer.add(job)
        else:
            job.settle()

    def _count(self, device_id: str) -> int:
        return sum(job.device_id == device_id for job in self._running.values())
