"""Where print jobs are remembered. The journal implements it; what is asked of it stands here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, cast

from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2

from ._problems import timestamp

__all__ = ["PrintJobStore", "StoredPrintJob", "job_message"]


class StoredPrintJob(Protocol):
    """A print job as it stands on disk. `outcome` and `statuses` are the contract's numbers; 0 while it has none."""

    @property
    def job_id(self) -> str: ...
    @property
    def device_id(self) -> str: ...
    @property
    def state(self) -> str:
        """QUEUED, SENDING or ENDED."""

    @property
    def outcome(self) -> int: ...
    @property
    def detail(self) -> str: ...
    @property
    def statuses(self) -> tuple[int, ...]: ...
    @property
    def created(self) -> datetime: ...
    @property
    def ended(self) -> datetime | None: ...


class PrintJobStore(Protocol):
    """Durable memory of print jobs. Every method raises a Fault, mostly StorageFull, when it cannot write."""

    async def begin(self, job_id: str, device_id: str, request_hash: bytes, document: bytes) -> StoredPrintJob:
        """Remember a new job as QUEUED, or give the one that is there. Raises RequestIdReused for another content."""

    async def sending(self, job_id: str) -> None:
        """The first byte goes out after this is on disk."""

    async def finish(self, job_id: str, outcome: int, detail: str, statuses: tuple[int, ...]) -> None:
        """The job ended."""

    async def get(self, job_id: str) -> StoredPrintJob | None:
        """What is known of a job."""

    async def unfinished(self) -> Sequence[StoredPrintJob]:
        """Jobs that an earlier life of the daemon left QUEUED or SENDING."""


def job_message(job: StoredPrintJob) -> api.PrintJob:
    """The job as the API shows it."""
    # The store keeps the contract's own numbers.
    message = api.PrintJob(
        job_id=job.job_id,
        device_id=job.device_id,
        outcome=cast("device_pb2.PrintOutcome.ValueType", job.outcome),
        detail=job.detail,
        printer_statuses=cast("tuple[device_pb2.PrinterStatus.ValueType, ...]", job.statuses),
        create_time=timestamp(job.created),
    )
    if job.ended is not None:
        message.end_time.CopyFrom(timestamp(job.ended))
    return message
