"""What the central service counted in the whole chain, and own sales that it had not heard of."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from tillgate.gateway.journal import Journal, Transaction
from tillgate.gateway.replica import CompiledProgramme, Replica
from tillgate.sync.v1.sync_service_pb2 import Bundle, Event, UseTotals

Open = Callable[[], Awaitable[Replica]]


async def sell(journal: Journal, replica: Replica, *rules: str, more: int = 1) -> None:
    """An event in which these rules gave something, or were taken back."""
    event = Event()
    event.purchase_committed.purchase.purchase_id = "p"

    def write(transaction: Transaction) -> None:
        replica.count_uses(transaction, transaction.append_event(event), rules, more)

    await journal.write(write)


def told(receipts: Mapping[str, int], applied_seq: int) -> UseTotals:
    return UseTotals(receipts=receipts, applied_seq=applied_seq)


@pytest.fixture
async def limiting(replica: Replica, limited_bundle: Callable[[int, str], Bundle]) -> Replica:
    """With a programme that limits `r` and `s`."""
    assert await replica.apply_bundle(limited_bundle(1, "r s"))
    return replica


async def test_own_sales_count_until_the_central_service_counts_them(journal: Journal, limiting: Replica) -> None:
    await sell(journal, limiting, "r", "free")
    assert limiting.use_totals() == {"r": 1}
    await limiting.apply_totals(told({"r": 10, "s": 3}, 0))
    await sell(journal, limiting, "r")
    assert limiting.use_totals() == {"r": 12, "s": 3}
    await limiting.apply_totals(told({"r": 11}, 1))
    assert limiting.use_totals() == {"r": 12}
    await limiting.apply_totals(told({"r": 12}, 2))
    assert limiting.use_totals() == {"r": 12}
    assert journal.rows("SELECT * FROM own_uses") == []


async def test_a_sale_taken_back_gives_its_use_back(journal: Journal, limiting: Replica) -> None:
    await sell(journal, limiting, "r")
    await limiting.apply_totals(told({"r": 5}, 1))
    await sell(journal, limiting, "r", more=-1)
    assert limiting.use_totals() == {"r": 4}
    await limiting.apply_totals(told({}, 1))
    assert limiting.use_totals() == {}


async def test_in_a_new_epoch_events_are_told_by_their_new_numbers(journal: Journal, limiting: Replica) -> None:
    for _ in range(3):
        await sell(journal, limiting, "r")
    await journal.outbox.acknowledge(1, 2)
    await journal.outbox.adopt_epoch(2)
    await limiting.apply_totals(told({"r": 2}, 0))
    assert limiting.use_totals() == {"r": 3}
    await limiting.apply_totals(told({"r": 3}, 1))
    assert limiting.use_totals() == {"r": 3}


async def test_totals_outlive_a_restart(journal: Journal, limiting: Replica, open_replica: Open) -> None:
    await limiting.apply_totals(told({"r": 10}, 0))
    await sell(journal, limiting, "r")
    again = await open_replica()
    assert again.use_totals() == {"r": 11}
    await again.apply_totals(told({"r": 11}, 1))
    assert again.use_totals() == {"r": 11}


async def test_rules_of_the_programme_to_come_count_already(
    journal: Journal, limiting: Replica, limited_bundle: Callable[[int, str], Bundle]
) -> None:
    later = limited_bundle(2, "next")
    later.active_from.FromDatetime(journal.clock.now().replace(year=2027))
    assert await limiting.apply_bundle(later)
    programme: CompiledProgramme | None = limiting.programme()
    assert programme is not None
    assert programme.revision == 1
    await sell(journal, limiting, "r", "next", "free")
    assert limiting.use_totals() == {"r": 1, "next": 1}
