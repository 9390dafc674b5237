"""Customers come down whole or not at all, agree with the central service, and never lose what happened here."""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tillgate.core.identifiers import identifier_hash
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.replica import IdentifierMatch, Replica, checksum_of
from tillgate.sync.v1.sync_service_pb2 import CardKind, Checkpoint, Customer, CustomerBatch, Event, Store, Welcome

KEY = bytes(range(32))
OPEN = Callable[[], Awaitable[Replica]]


def customer(name: str, version: int = 1, *, points: int = 0, cards: dict[str, bool] | None = None) -> Customer:
    """A customer whose id and greeting are the name; cards by number, blocked or not."""
    message = Customer(version=version)
    message.state.customer_id = name
    message.state.greeting = f"Greeting of {name}"
    message.state.points_available = points
    for number, blocked in (cards or {}).items():
        message.identifiers.add(kind="card", hash=identifier_hash(KEY, "card", number), blocked=blocked)
    return message


def checkpoint(cursor: int, **versions: int) -> Checkpoint:
    """What the central service would say of these customers."""
    total = sum(checksum_of(name, version) for name, version in versions.items())
    return Checkpoint(cursor=cursor, count=len(versions), checksum=total % (1 << 64))


def welcome(key: bytes = KEY) -> Welcome:
    return Welcome(
        store=Store(store_id="msk-01", name="Кафе", time_zone="Europe/Moscow", currency="RUB"),
        identifier_key=key,
        card_kinds=[CardKind(kind="plastic", name_ru="Пластик", name_en="Plastic", pattern="2900########C")],
    )


@pytest.fixture
async def filled(replica: Replica) -> Replica:
    """Two customers by a snapshot."""
    await replica.apply_welcome(welcome())
    first = CustomerBatch(snapshot_begin=True, customers=[customer("anna", 3, points=50, cards={"111": False})])
    last = CustomerBatch(
        customers=[customer("boris", 7, cards={"222": True})], checkpoint=checkpoint(10, anna=3, boris=7)
    )
    assert await replica.apply_customers(first)
    assert replica.customers_cursor == 0
    assert await replica.apply_customers(last)
    return replica


async def test_customers_are_found_by_what_they_show(filled: Replica) -> None:
    assert filled.find("card", "111") == IdentifierMatch("anna", False)
    assert filled.find("card", "222") == IdentifierMatch("boris", True)
    assert filled.find("card", "333") is None
    assert filled.find("phone", "111") is None
    known = filled.customer("anna")
    assert known is not None
    assert (known.state.greeting, known.state.points_available, known.version) == ("Greeting of anna", 50, 3)
    assert (filled.customers_cursor, filled.customers_known) == (10, 2)


async def test_everything_is_there_after_a_start(filled: Replica, open_replica: OPEN) -> None:
    again = await open_replica()
    assert again.find("card", "111") == IdentifierMatch("anna", False)
    known = again.customer("anna")
    assert known is not None
    assert known.state.greeting == "Greeting of anna"
    store = again.store()
    assert store is not None
    assert (store.store_id, store.name, str(store.time_zone), store.currency) == (
        "msk-01", "Кафе", "Europe/Moscow", "RUB",
    )  # fmt: skip
    assert [(kind.kind, kind.name.en) for kind in again.card_kinds()] == [("plastic", "Plastic")]
    assert (again.customers_cursor, again.problems) == (10, ())


async def test_no_name_number_or_key_can_be_read_from_the_files(filled: Replica, journal: Journal) -> None:
    files = b"".join(path.read_bytes() for path in journal.folder.glob("gateway.db*"))
    assert b"anna" in files
    for secret in (b"Greeting", KEY, b"111\0", "Кафе".encode()):
        assert secret not in files
    assert stat.S_IMODE((journal.folder / "replica.key").stat().st_mode) == 0o600


async def test_changes_replace_add_and_remove(filled: Replica) -> None:
    changes = CustomerBatch(
        customers=[customer("anna", 4, points=60, cards={"444": False}), customer("clara", 1)],
        removed_customer_ids=["boris", "nobody"],
        checkpoint=checkpoint(11, anna=4, clara=1),
    )
    assert await filled.apply_customers(changes)
    assert filled.find("card", "111") is None
    assert filled.find("card", "222") is None
    assert filled.find("card", "444") == IdentifierMatch("anna", False)
    assert (filled.customers_cursor, filled.customers_known) == (11, 2)


async def test_a_card_may_change_hands(filled: Replica) -> None:
    moved = [customer("boris", 8, cards={"111": False}), customer("anna", 4)]
    assert await filled.apply_customers(CustomerBatch(customers=moved, checkpoint=checkpoint(11, anna=4, boris=8)))
    assert filled.find("card", "111") == IdentifierMatch("boris", False)


async def test_an_older_state_never_replaces_a_newer_one(filled: Replica) -> None:
    await filled.apply_customers(
        CustomerBatch(customers=[customer("anna", 2, points=1)], checkpoint=checkpoint(11, anna=3, boris=7))
    )
    known = filled.customer("anna")
    assert known is not None
    assert (known.version, known.state.points_available) == (3, 50)


async def test_a_snapshot_forgets_whom_it_does_not_name_once_it_is_complete(filled: Replica) -> None:
    await filled.apply_customers(CustomerBatch(snapshot_begin=True, customers=[customer("stray", 1)]))
    assert filled.customer("boris") is not None
    # It breaks off; the next one does not name the stray, who is not there any more.
    await filled.apply_customers(CustomerBatch(snapshot_begin=True, customers=[customer("anna", 3)]))
    assert await filled.apply_customers(CustomerBatch(checkpoint=checkpoint(20, anna=3)))
    assert [filled.customer(name) is not None for name in ("anna", "boris", "stray")] == [True, False, False]
    assert filled.find("card", "222") is None
    assert filled.customers_cursor == 20


@pytest.mark.parametrize(
    "wrong", [Checkpoint(cursor=11, count=3), checkpoint(11, anna=3, boris=6), checkpoint(11, anna=3)]
)
async def test_a_mismatch_asks_for_a_snapshot_that_then_replaces_everything(filled: Replica, wrong: Checkpoint) -> None:
    assert not await filled.apply_customers(CustomerBatch(checkpoint=wrong))
    assert filled.customers_cursor == 0
    assert [problem.reason for problem in filled.problems] == ["CHECKPOINT_MISMATCH"]
    assert filled.customer("anna") is not None  # Selling goes on with what is held.
    # The central service was restored from a backup: its versions are lower than ours were.
    fresh = CustomerBatch(
        snapshot_begin=True, customers=[customer("anna", 1, points=5)], checkpoint=checkpoint(12, anna=1)
    )
    assert await filled.apply_customers(fresh)
    known = filled.customer("anna")
    assert known is not None
    assert (known.version, known.state.points_available) == (1, 5)
    assert (filled.customers_cursor, filled.problems) == (12, ())


async def local_event(journal: Journal, replica: Replica, name: str, points: int) -> int:
    """Something happens to a customer here; the sequence of its event."""

    def change(state: Any) -> None:
        state.points_available += points

    def write(transaction: Any) -> int:
        number = transaction.append_event(Event())
        assert replica.change_customer(transaction, name, number, change) is not None
        return int(number)

    return await journal.write(write)


async def test_a_state_without_what_happened_here_is_not_taken_over(filled: Replica, journal: Journal) -> None:
    seq = await local_event(journal, filled, "anna", 30)
    stale = customer("anna", 4, points=55, cards={"111": True})
    state = CustomerBatch(customers=[stale], applied_seq=seq - 1, checkpoint=checkpoint(11, anna=4, boris=7))
    assert await filled.apply_customers(state)
    known = filled.customer("anna")
    assert known is not None
    # The version counts for the checksum; the points earned here stay; a card blocked meanwhile is blocked at once.
    assert (known.version, known.state.points_available) == (4, 80)
    assert filled.find("card", "111") == IdentifierMatch("anna", True)
    newer = customer("anna", 5, points=85, cards={"111": False})
    state = CustomerBatch(customers=[newer], applied_seq=seq, checkpoint=checkpoint(12, anna=5, boris=7))
    assert await filled.apply_customers(state)
    known = filled.customer("anna")
    assert known is not None
    assert known.state.points_available == 85


async def test_the_rule_holds_across_a_change_of_epoch(filled: Replica, journal: Journal) -> None:
    await local_event(journal, filled, "boris", 1)
    await journal.outbox.acknowledge(1, 1)
    await local_event(journal, filled, "anna", 30)
    await journal.outbox.adopt_epoch(2)  # The event of anna is number 1 now.
    for applied, expected in ((0, 80), (1, 55)):
        batch = CustomerBatch(customers=[customer("anna", 4, points=55)], applied_seq=applied)
        await filled.apply_customers(batch)
        known = filled.customer("anna")
        assert known is not None
        assert known.state.points_available == expected


async def test_another_identifier_key_voids_the_customers(filled: Replica) -> None:
    await filled.apply_welcome(welcome(bytes(32)))
    assert (filled.customers_cursor, filled.customers_known) == (0, 0)
    assert filled.find("card", "111") is None


async def test_a_lost_key_file_costs_a_snapshot_and_nothing_else(
    filled: Replica, journal: Journal, open_replica: OPEN
) -> None:
    (journal.folder / "replica.key").unlink()
    again = await open_replica()
    assert (again.customers_cursor, again.customers_known, again.store()) == (0, 0, None)
    await again.apply_welcome(welcome())
    batch = CustomerBatch(snapshot_begin=True, customers=[customer("anna", 3)], checkpoint=checkpoint(10, anna=3))
    assert await again.apply_customers(batch)


@pytest.mark.parametrize("zone", ["Nowhere/Else", "", "../etc/passwd", "Europe", "A" * 1_000])
async def test_a_card_kind_or_time_zone_that_makes_no_sense_is_left_out_and_shown(replica: Replica, zone: str) -> None:
    odd = welcome()
    odd.store.time_zone = zone
    odd.card_kinds.add(kind="odd", pattern="((")
    await replica.apply_welcome(odd)
    store = replica.store()
    assert store is not None
    assert str(store.time_zone) == "UTC"
    assert [kind.kind for kind in replica.card_kinds()] == ["plastic"]
    assert len(replica.problems) == 1


async def test_nothing_is_known_before_the_first_welcome(replica: Replica) -> None:
    assert (replica.find("card", "111"), replica.store(), replica.customers_cursor) == (None, None, 0)
    assert (replica.bundle_sha256, replica.programme()) == ("", None)


NAMES = st.sampled_from(["a", "b", "c", "d"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.tuples(
            st.booleans(),
            st.lists(st.tuples(NAMES, st.integers(1, 9)), max_size=4, unique_by=lambda pair: pair[0]),
            st.lists(NAMES, max_size=2),
        ),
        max_size=8,
    )
)
def test_count_and_checksum_are_those_of_the_customers_held(
    tmp_path_factory: pytest.TempPathFactory,
    unsynced: str,
    batches: list[tuple[bool, list[tuple[str, int]], list[str]]],
) -> None:
    """Kept by differences, they equal what a look at every customer gives."""

    async def run() -> None:
        journal = Journal.open(tmp_path_factory.mktemp("replica"), SystemClock(), Metrics(), vfs=unsynced)
        replica = await Replica.open(journal)
        for begins, customers, removed in batches:
            batch = CustomerBatch(
                snapshot_begin=begins,
                customers=[customer(name, version) for name, version in customers],
                removed_customer_ids=removed,
            )
            await replica.apply_customers(batch)
        held = dict(journal.rows("SELECT customer_id, version FROM customers"))
        count, checksum = journal.rows("SELECT count, checksum FROM replica")[0]
        assert count == len(held)
        assert int.from_bytes(checksum) == sum(checksum_of(*pair) for pair in held.items()) % (1 << 64)
        await journal.close()

    asyncio.run(run())
