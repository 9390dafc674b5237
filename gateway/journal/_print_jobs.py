"""Print jobs by the id that a POS made, so that none prints twice and each has an end."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tillgate.core.errors import PrintJobUnknown, RequestIdReused

from ._store import Store
from ._transaction import Transaction, from_us

__all__ = ["PrintJobs", "StoredPrintJob"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPrintJob:
    """A job as the journal knows it. `state` is QUEUED, SENDING or ENDED; `outcome` a PrintOutcome, 0 until the end."""

    job_id: str
    device_id: str
    state: str
    outcome: int
    detail: str
    statuses: tuple[int, ...]
    created: datetime
    ended: datetime | None


SELECT = (
    "SELECT job_id, device_id, state, outcome, detail, statuses, created_us, ended_us, request_hash FROM print_jobs"
)


class PrintJobs:
    """Each step is on disk before the call returns. Ended jobs are kept 35 days and more."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, job_id: str, device_id: str, request_hash: bytes, document: bytes) -> StoredPrintJob:
        """Insert a job, or find it. Raises RequestIdReused where the id stands for something else."""

        def write(transaction: Transaction) -> StoredPrintJob:
            transaction.execute(
                "INSERT INTO print_jobs (job_id, device_id, request_hash, document, state, created_us)"
                " VALUES (?, ?, ?, ?, 'QUEUED', ?) ON CONFLICT (job_id) DO NOTHING",
                (job_id, device_id, request_hash, document, transaction.now_us),
            )
            row = transaction.row(SELECT + " WHERE job_id = ?", (job_id,))
            assert row is not None
            if row[1] != device_id or row[-1] != request_hash:
                raise RequestIdReused("this job_id stands for another document or device", path="$.job_id")
            return _job(row)

        return await self._store.write(write)

    async def sending(self, job_id: str) -> None:
        """The first byte is about to go out: from here on a crash leaves the outcome unknown."""

        def write(transaction: Transaction) -> None:
            transaction.execute(
                "UPDATE print_jobs SET state = 'SENDING' WHERE job_id = ? AND state = 'QUEUED'", (job_id,)
            )
            _must_exist(transaction, job_id)

        await self._store.write(write)

    async def finish(self, job_id: str, outcome: int, detail: str, statuses: tuple[int, ...]) -> None:
        """The end. A job that has ended keeps its first end."""

        def write(transaction: Transaction) -> None:
            transaction.execute(
                "UPDATE print_jobs SET state = 'ENDED', outcome = ?, detail = ?, statuses = ?, ended_us = ?"
                " WHERE job_id = ? AND state <> 'ENDED'",
                (outcome, detail, json.dumps(statuses), transaction.now_us, job_id),
            )
            _must_exist(transaction, job_id)

        await self._store.write(write)

    async def get(self, job_id: str) -> StoredPrintJob | None:
        """The job, or None."""
        row = self._store.row(SELECT + " WHERE job_id = ?", (job_id,))
        return None if row is None else _job(row)

    async def unfinished(self) -> list[StoredPrintJob]:
        """Jobs without an end, oldest first."""
        rows = self._store.rows(SELECT + " WHERE state <> 'ENDED' ORDER BY row")
        return [_job(row) for row in rows]


def _must_exist(transaction: Transaction, job_id: str) -> None:
    if transaction.row("SELECT 1 FROM print_jobs WHERE job_id = ?", (job_id,)) is None:
        raise PrintJobUnknown(f"no print job {job_id!r}", path="$.job_id")


def _job(row: tuple[Any, ...]) -> StoredPrintJob:
    return StoredPrintJob(
        job_id=row[0],
        device_id=row[1],
        state=row[2],
        outcome=row[3],
        detail=row[4],
        statuses=tuple(json.loads(row[5])),
        created=from_us(row[6]),
        ended=None if row[7] is None else from_us(row[7]),
    )
