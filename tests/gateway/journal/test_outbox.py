"""Events leave in order, without gaps, once for each epoch, and stay until they are acknowledged."""

import asyncio
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tillgate.core.errors import EpochUnknown
from tillgate.gateway.journal import Journal, OutboxIdentity
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event, Quarantined


async def add(journal: Journal, *holds: str) -> None:
    """An event for each name."""
    for hold_id in holds:
        event = Event()
        event.hold_released.hold_id = hold_id
        await journal.write(lambda transaction, event=event: transaction.append_event(event))  # type: ignore[misc]


def sent(journal: Journal, after_seq: int = 0) -> list[tuple[int, int, str]]:
    events = journal.outbox.read(after_seq, 500, 256 * 1024)
    return [(event.epoch, event.seq, event.hold_released.hold_id) for event in events]


async def test_a_fresh_outbox_is_empty(journal: Journal) -> None:
    assert journal.outbox.identity == OutboxIdentity(epoch=1, last_seq=0, first_unacked=0)
    assert (journal.outbox.rows, journal.outbox.oldest_time, sent(journal)) == (0, None, [])


async def test_acknowledged_events_go_and_the_rest_keep_their_numbers(journal: Journal, clock: Any) -> None:
    await add(journal, "a", "b")
    clock.move(timedelta(minutes=1))
    await add(journal, "c")
    await journal.outbox.acknowledge(1, 2)
    assert journal.outbox.identity == OutboxIdentity(epoch=1, last_seq=3, first_unacked=3)
    assert sent(journal) == [(1, 3, "c")]
    assert journal.outbox.oldest_time == clock.now()
    assert journal.outbox.is_acknowledged(2)
    assert not journal.outbox.is_acknowledged(3)
    await journal.outbox.acknowledge(1, 1)  # Late, and of no effect.
    assert sent(journal) == [(1, 3, "c")]


async def test_numbers_go_on_after_everything_was_acknowledged_and_after_a_start(
    open_journal: Callable[[], Journal],
) -> None:
    journal = open_journal()
    await add(journal, "a", "b")
    await journal.outbox.acknowledge(1, 2)
    await journal.close()
    journal = open_journal()
    await add(journal, "c")
    assert sent(journal) == [(1, 3, "c")]
    await journal.close()


async def test_a_new_epoch_starts_at_one_with_what_is_not_acknowledged(journal: Journal) -> None:
    await add(journal, "a", "b", "c")
    await journal.outbox.acknowledge(1, 1)
    await journal.outbox.adopt_epoch(2)
    assert journal.outbox.identity == OutboxIdentity(epoch=2, last_seq=2, first_unacked=1)
    assert sent(journal) == [(2, 1, "b"), (2, 2, "c")]
    await journal.outbox.acknowledge(1, 3)  # Of the epoch before: it says nothing of this one.
    assert journal.outbox.rows == 2
    await journal.outbox.acknowledge(2, 1)
    await add(journal, "d")
    assert sent(journal) == [(2, 2, "c"), (2, 3, "d")]
    await journal.outbox.adopt_epoch(2)
    assert journal.outbox.identity == OutboxIdentity(epoch=2, last_seq=3, first_unacked=2)


async def test_a_central_service_that_has_more_than_was_written_here_is_not_believed(journal: Journal) -> None:
    await add(journal, "a")
    with pytest.raises(EpochUnknown):
        await journal.outbox.acknowledge(1, 2)
    assert journal.outbox.rows == 1


async def test_poison_is_kept_for_people_and_blocks_nothing(journal: Journal) -> None:
    await add(journal, "a", "b", "c")
    await journal.outbox.acknowledge(1, 2, [Quarantined(seq=2, reason="CUSTOMER_UNKNOWN")])
    (kept,) = journal.outbox.quarantine()
    assert (kept.reason, kept.event.seq, kept.event.hold_released.hold_id) == ("CUSTOMER_UNKNOWN", 2, "b")
    assert sent(journal) == [(1, 3, "c")]


async def test_a_batch_keeps_its_bounds_but_never_starves(journal: Journal) -> None:
    await add(journal, *(f"{number:0>100}" for number in range(20)))
    one = journal.outbox.read(0, 1, 1 << 20)[0].ByteSize() + 4
    assert [event.seq for event in journal.outbox.read(0, 7, 1 << 20)] == list(range(1, 8))
    assert len(journal.outbox.read(0, 500, 3 * one)) == 3
    assert [event.seq for event in journal.outbox.read(5, 500, 1)] == [6]


async def test_an_event_larger_than_a_batch_goes_alone_and_holds_no_memory_before_its_turn(journal: Journal) -> None:
    await add(journal, "a", "b", "c" * 300_000, "d" * 300_000, "e", "f")
    tracemalloc.start()
    batches, after = [], 0
    while events := journal.outbox.read(after, 500, 256 * 1024):
        batches.append([event.seq for event in events])
        after = events[-1].seq
    events = []
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    events = journal.outbox.read(0, 500, 256 * 1024)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert batches == [[1, 2], [3], [4], [5, 6]]
    assert peak < 100_000


async def test_waiting_ends_with_a_change(journal: Journal) -> None:
    waiting = asyncio.ensure_future(journal.outbox.wait_changed())
    await journal.write(lambda transaction: transaction.now)
    assert not waiting.done()
    await add(journal, "a")
    await asyncio.wait_for(waiting, 5)


async def test_the_queue_is_measured(journal: Journal, metrics: Metrics, clock: Any) -> None:
    await add(journal, "a", "b")
    clock.move(timedelta(seconds=90))
    assert metrics.registry.get_sample_value("tillgate_queue_rows") == 2
    assert metrics.registry.get_sample_value("tillgate_queue_age_seconds") == 90
    await journal.outbox.acknowledge(1, 2)
    assert metrics.registry.get_sample_value("tillgate_queue_rows") == 0
    assert metrics.registry.get_sample_value("tillgate_queue_age_seconds") == 0
