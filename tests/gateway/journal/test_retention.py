"""What is forgotten, and when: by how long the gateway has run, whatever the wall clock says."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw
import pytest

from tillgate.gateway.clock import Clock
from tillgate.gateway.journal import Journal
from tillgate.gateway.journal._schema import STEPS
from tillgate.gateway.metrics import Metrics


@pytest.fixture
def sell(sell: Any) -> Callable[[Journal, int], Awaitable[None]]:
    """A purchase with its event, and another id closed."""
    return lambda journal, number: sell(journal, number, closed=number + 1_000)


async def let_look(journal: Journal) -> None:
    """The writer looks for old rows after a group; the second write waits until it has."""
    for _ in range(2):
        await journal.write(lambda transaction: transaction.now)


def known(journal: Journal, number: int) -> tuple[bool, bool]:
    """Whether the purchase is there, and whether the closed id is."""
    return (
        journal.purchases.find(UUID(int=number)) is not None,
        journal.purchases.cancellation(UUID(int=number + 1_000)) is not None,
    )


async def test_answers_are_kept_thirty_five_days_and_then_only_until_acknowledged(
    journal: Journal, clock: Any, sell: Any
) -> None:
    await journal.print_jobs.begin("job", "printer", b"hash", b"document")
    await journal.print_jobs.finish("job", 1, "", ())
    await journal.holds.open("hold", "anna", 5)
    await journal.holds.release("hold")
    await sell(journal, 1)
    await let_look(journal)
    clock.move(timedelta(hours=1))
    await sell(journal, 2)
    await journal.print_jobs.begin("open", "printer", b"hash", b"document")
    await journal.holds.open("open", "anna", 5)
    clock.move(timedelta(days=34, hours=23))
    await let_look(journal)
    assert known(journal, 1) == (True, True)
    assert await journal.print_jobs.get("job") is not None
    clock.move(timedelta(hours=3))
    await let_look(journal)
    assert known(journal, 1) == (True, False)  # The central service does not have the purchase yet.
    assert await journal.print_jobs.get("job") is None
    assert journal.row("SELECT count(*) FROM holds") == (1,)
    await journal.outbox.acknowledge(1, 3)
    clock.move(timedelta(hours=1))
    await let_look(journal)
    assert (known(journal, 1), known(journal, 2)) == ((False, False), (True, True))


async def test_a_wall_clock_that_jumps_makes_nothing_forgotten(journal: Journal, clock: Any, sell: Any) -> None:
    await sell(journal, 1)
    await sell(journal, 2)
    await journal.outbox.acknowledge(1, 2)
    for jump in (timedelta(days=3_650), timedelta(days=-7_300), timedelta(days=3_650)):
        clock.time += jump
        clock.boot_ms += 3_600_000
        await let_look(journal)
    assert (known(journal, 1), known(journal, 2)) == ((True, True), (True, True))


async def test_rows_of_the_future_and_of_1970_go_in_their_turn(journal: Journal, clock: Any, sell: Any) -> None:
    """More of them than a slice has, in front of all others."""
    usual = clock.time
    for shift, numbers in ((timedelta(days=3_650), range(1, 230)), (timedelta(days=-20_000), range(230, 240))):
        clock.time = usual + shift
        for number in numbers:
            await sell(journal, number)
    clock.time = usual
    clock.move(timedelta(hours=1))
    await let_look(journal)
    await sell(journal, 240)
    await journal.outbox.acknowledge(1, journal.outbox.last_seq)
    clock.move(timedelta(days=35))
    await let_look(journal)
    # The first one was there when the gateway looked for the first time.
    assert journal.row("SELECT count(*), min(row) FROM purchases") == (239, 2)
    clock.move(timedelta(hours=1))
    await let_look(journal)
    await let_look(journal)
    assert journal.rows("SELECT row FROM purchases") == journal.rows("SELECT row FROM cancellations") == [(240,)]


async def test_numbers_of_rows_never_come_again(journal: Journal, clock: Any, sell: Any) -> None:
    """Else what is new would be taken for what was there under its number long ago."""
    for number in range(1, 6):
        await sell(journal, number)
    await journal.outbox.acknowledge(1, 5)
    for day in range(40):
        clock.move(timedelta(days=1))
        await let_look(journal)
        if day == 37:
            assert journal.row("SELECT count(*) FROM purchases") == (1,)
            await sell(journal, 6)
            await sell(journal, 7)
            await journal.outbox.acknowledge(1, 7)
    assert (known(journal, 5), known(journal, 6), known(journal, 7)) == (
        (False, False),
        (True, True),
        (True, True),
    )


async def test_only_the_time_that_the_gateway_runs_counts_and_a_start_goes_on_counting(
    open_journal: Callable[[], Journal], clock: Any, sell: Any
) -> None:
    journal = open_journal()
    await sell(journal, 1)
    await sell(journal, 2)
    await journal.outbox.acknowledge(1, 2)
    for _ in range(3):
        clock.move(timedelta(days=17, hours=13))
        await let_look(journal)
        there = known(journal, 1)
        await journal.close()
        clock.move(timedelta(days=100))
        clock.boot_ms = 5_000
        journal = open_journal()
        await let_look(journal)
        assert known(journal, 1) == there
    assert there == (False, False)
    await journal.close()


async def test_a_file_of_the_first_schema_is_taken_over_with_all_that_is_in_it(
    tmp_path: Path, clock: Clock, metrics: Metrics, first_schema: Callable[[Path], None]
) -> None:
    first_schema(tmp_path / "gateway.db")
    journal = Journal.open(tmp_path, clock, metrics)
    assert (journal.outbox.epoch, journal.outbox.last_seq, journal.outbox.first_unacked) == (3, 6, 4)
    assert len(journal.outbox.journal_id) == 32
    await let_look(journal)
    await journal.close()
    connection = apsw.Connection(str(tmp_path / "gateway.db"))
    assert connection.pragma("user_version") == len(STEPS)
    assert connection.execute("SELECT hour FROM retention").get == 0
    connection.close()


async def test_each_file_has_an_id_of_its_own_and_keeps_it(
    open_journal: Callable[[], Journal], tmp_path: Path, clock: Clock, metrics: Metrics
) -> None:
    journal, other = open_journal(), Journal.open(tmp_path / "other", clock, metrics)
    journal_id = journal.outbox.journal_id
    assert len(journal_id) == 32
    assert journal_id != other.outbox.journal_id
    await journal.close()
    await other.close()
    journal = open_journal()
    assert journal.outbox.journal_id == journal_id
    await journal.outbox.adopt_epoch(2)
    assert journal.outbox.journal_id == journal_id
    await journal.close()
