"""Lanes, holds, print jobs, how many were sold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tillgate.core.errors import BadRequest, LaneExists, LaneUnknown, PrintJobUnknown, RequestIdReused
from tillgate.gateway.api.context import LaneIdentity
from tillgate.gateway.journal import Journal, StoredCancellation, Transaction
from tillgate.sync.v1.sync_service_pb2 import Event

PURCHASE = UUID("01234567-89ab-4def-8123-456789abcdef")


async def test_a_lane_s_token_opens_until_it_is_revoked(open_journal: Callable[[], Journal]) -> None:
    journal = open_journal()
    token = await journal.lanes.add("lane-1", "supervisor")
    with pytest.raises(LaneExists):
        await journal.lanes.add("lane-1")
    await journal.close()
    journal = open_journal()
    assert journal.lanes.authenticate(token) == LaneIdentity("lane-1", "supervisor")
    assert journal.lanes.authenticate(token + "x") is None
    assert token.encode() not in (journal.folder / "gateway.db").read_bytes()
    await journal.lanes.revoke("lane-1")
    assert journal.lanes.authenticate(token) is None
    assert journal.lanes.list() == []
    with pytest.raises(LaneUnknown):
        await journal.lanes.revoke("lane-1")
    assert await journal.lanes.add("lane-1") != token
    await journal.close()


@pytest.mark.parametrize(
    ("lane_id", "role", "path"),
    [("", "cashier", "$.lane_id"), ("A b", "cashier", "$.lane_id"), ("a", "boss", "$.role")],
)
async def test_a_lane_has_a_plain_name_and_a_known_role(journal: Journal, lane_id: str, role: str, path: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await journal.lanes.add(lane_id, role)
    assert refused.value.path == path


async def test_a_hold_left_open_by_a_crash_is_released_at_the_next_start(open_journal: Callable[[], Journal]) -> None:
    journal = open_journal()
    await journal.holds.open("used", "c", 5)
    await journal.holds.open("released", "c", 5)
    await journal.holds.open("left", "c", 5)
    assert await journal.write(lambda transaction: journal.holds.use(transaction, "used"))
    await journal.holds.release("released")
    await journal.holds.release("released")
    assert not await journal.write(lambda transaction: journal.holds.use(transaction, "released"))
    await journal.close()
    journal = open_journal()
    events = journal.outbox.read(0, 10, 1 << 20)
    assert [(event.seq, event.hold_released.hold_id) for event in events] == [(1, "released"), (2, "left")]
    assert journal.holds.open_ids() == []
    await journal.close()


async def test_a_print_job_begins_once(journal: Journal, clock: Any) -> None:
    first = await journal.print_jobs.begin("job", "printer", b"hash", b"document")
    assert (first.state, first.outcome, first.created, first.ended) == ("QUEUED", 0, clock.now(), None)
    assert await journal.print_jobs.begin("job", "printer", b"hash", b"document") == first
    for device_id, digest in (("printer", b"other"), ("other", b"hash")):
        with pytest.raises(RequestIdReused):
            await journal.print_jobs.begin("job", device_id, digest, b"document")


async def test_a_print_job_ends_once_and_stays_known(open_journal: Callable[[], Journal], clock: Any) -> None:
    journal = open_journal()
    for job_id in ("queued", "sending", "ended"):
        await journal.print_jobs.begin(job_id, "printer", b"hash", b"document")
    await journal.print_jobs.sending("sending")
    await journal.print_jobs.sending("ended")
    await journal.print_jobs.finish("ended", 1, "fine", (2, 8))
    await journal.print_jobs.finish("ended", 4, "late", ())
    await journal.close()
    journal = open_journal()
    left = [(job.job_id, job.state) for job in await journal.print_jobs.unfinished()]
    assert left == [("queued", "QUEUED"), ("sending", "SENDING")]
    job = await journal.print_jobs.get("ended")
    assert job is not None
    assert (job.state, job.outcome, job.detail, job.statuses, job.ended) == ("ENDED", 1, "fine", (2, 8), clock.now())
    assert await journal.print_jobs.get("other") is None
    with pytest.raises(PrintJobUnknown):
        await journal.print_jobs.finish("other", 1, "", ())
    with pytest.raises(PrintJobUnknown):
        await journal.print_jobs.sending("other")
    await journal.close()


async def cancel(journal: Journal, number: int) -> None:
    def write(transaction: Transaction) -> None:
        closed = StoredCancellation(
            purchase_id=UUID(int=number),
            cancelled=transaction.now,
            reason="",
            event_number=transaction.append_event(Event()),
        )
        journal.purchases.cancel(transaction, closed)

    await journal.write(write)


async def test_sales_of_a_day_are_those_of_that_day_that_stand(journal: Journal, clock: Any, sell: Any) -> None:
    """What is cancelled today and was sold yesterday takes nothing off today's sales."""
    for number in (1, 2, 3):
        await sell(journal, number)
    await cancel(journal, 1)
    yesterday = clock.now()
    clock.move(timedelta(hours=20))
    today = clock.now()
    assert (journal.purchases.count_since(yesterday), journal.purchases.count_since(today)) == (2, 0)
    for number in (4, 5):
        await sell(journal, number)
    await cancel(journal, 2)
    assert (journal.purchases.count_since(yesterday), journal.purchases.count_since(today)) == (3, 2)
    await cancel(journal, 4)
    await cancel(journal, 9)  # An id that was never sold.
    assert (journal.purchases.count_since(yesterday), journal.purchases.count_since(today)) == (2, 1)
