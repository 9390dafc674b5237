"""The customers of this store: snapshot and changes from the central service, and what happens here meanwhile."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tillgate.gateway.journal import Transaction
from tillgate.sync.v1.sync_service_pb2 import Checkpoint, Customer, CustomerBatch
from tillgate.type.v1.customer_pb2 import CustomerState

from ._vault import Vault

__all__ = ["SELECT_CHANNEL", "Channel", "apply_batch", "change_state", "checksum_of", "forget_all", "read_channel"]

CHECKSUM_MODULUS = 1 << 64


@dataclass(slots=True)
class Channel:
    """Where the customers' channel stands. `snapshot_generation` is None unless a snapshot is coming in."""

    cursor: int
    generation: int
    snapshot_generation: int | None
    count: int
    checksum: int


def checksum_of(customer_id: str, version: int) -> int:
    """One customer's part of the checkpoint's checksum, as sync_service.proto defines it."""
    return int.from_bytes(hashlib.sha256(f"{customer_id}:{version}".encode()).digest()[:8])


def read_channel(row: tuple[int, int, int | None, int, bytes]) -> Channel:
    """From the row of `replica`."""
    return Channel(*row[:4], int.from_bytes(row[4]))


SELECT_CHANNEL = "SELECT customers_cursor, generation, snapshot_generation, count, checksum FROM replica"


def apply_batch(transaction: Transaction, batch: CustomerBatch, vault: Vault) -> bool:
    """Take a batch over. False: count or checksum do not agree, and the cursor is 0 to ask for a snapshot again."""
    row = transaction.row(SELECT_CHANNEL)
    identity = transaction.row("SELECT base FROM identity")
    assert row is not None
    assert identity is not None
    channel = read_channel((row[0], row[1], row[2], row[3], row[4]))
    if batch.snapshot_begin:
        # Above a snapshot that broke off: what only that one brought must not count as brought by this one.
        channel.snapshot_generation = max(channel.generation, channel.snapshot_generation or 0) + 1
        channel.cursor = 0
    applied_number = identity[0] + batch.applied_seq
    for customer in batch.customers:
        _take_over(transaction, channel, customer, applied_number, vault)
    for customer_id in batch.removed_customer_ids:
        _remove(transaction, channel, customer_id)
    agrees = not batch.HasField("checkpoint") or _reach(transaction, channel, batch.checkpoint)
    transaction.execute(
        "UPDATE replica SET customers_cursor = ?, generation = ?, snapshot_generation = ?, count = ?, checksum = ?",
        (
            channel.cursor,
            channel.generation,
            channel.snapshot_generation,
            channel.count,
            channel.checksum.to_bytes(8),
        ),
    )
    return agrees


def change_state(
    transaction: Transaction, customer_id: str, event_number: int, change: Callable[[CustomerState], None]
) -> CustomerState | None:
    """Apply the effect of a local event to a customer; the state after it, or None if the customer is not held.

    From now on a state of the central service is taken over only if it includes that event.
    """
    row = transaction.row("SELECT state FROM customers WHERE customer_id = ?", (customer_id,))
    if row is None:
        return None
    state = CustomerState.FromString(row[0])
    change(state)
    transaction.execute(
        "UPDATE customers SET state = ?, event_number = ? WHERE customer_id = ?",
        (state.SerializeToString(), event_number, customer_id),
    )
    return state


def forget_all(transaction: Transaction) -> None:
    """Start over: no customer, cursor 0."""
    transaction.execute("DELETE FROM customers")
    transaction.execute(
        "UPDATE replica SET customers_cursor = 0, snapshot_generation = NULL, count = 0, checksum = zeroblob(8)"
    )


def _take_over(
    transaction: Transaction, channel: Channel, customer: Customer, applied_number: int, vault: Vault
) -> None:
    customer_id = customer.state.customer_id
    live = channel.snapshot_generation or channel.generation
    row = transaction.row("SELECT version, event_number FROM customers WHERE customer_id = ?", (customer_id,))
    if row is not None and row[0] > customer.version:
        transaction.execute("UPDATE customers SET generation = ? WHERE customer_id = ?", (live, customer_id))
        return
    _count(channel, customer_id, None if row is None else row[0], customer.version)
    if row is not None and row[1] > applied_number:
        transaction.execute(
            "UPDATE customers SET version = ?, generation = ? WHERE customer_id = ?",
            (customer.version, live, customer_id),
        )
    else:
        _put(transaction, customer, live, vault)
    _put_identifiers(transaction, customer)


def _put(transaction: Transaction, customer: Customer, generation: int, vault: Vault) -> None:
    state = CustomerState()
    state.CopyFrom(customer.state)
    greeting = vault.seal(state.greeting.encode(), state.customer_id)
    state.ClearField("greeting")
    transaction.execute(
        "INSERT INTO customers (customer_id, version, generation, event_number, greeting, state)"
        " VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT (customer_id) DO UPDATE SET version = excluded.version,"
        " generation = excluded.generation, greeting = excluded.greeting, state = excluded.state",
        (state.customer_id, customer.version, generation, greeting, state.SerializeToString()),
    )


def _put_identifiers(transaction: Transaction, customer: Customer) -> None:
    customer_id = customer.state.customer_id
    transaction.execute("DELETE FROM identifiers WHERE customer_id = ?", (customer_id,))
    for identifier in customer.identifiers:
        # Also from another customer: a card may have changed hands.
        transaction.execute(
            "INSERT OR REPLACE INTO identifiers (hash, customer_id, blocked) VALUES (?, ?, ?)",
            (identifier.hash, customer_id, int(identifier.blocked)),
        )


def _remove(transaction: Transaction, channel: Channel, customer_id: str) -> None:
    row = transaction.row("SELECT version FROM customers WHERE customer_id = ?", (customer_id,))
    if row is not None:
        transaction.execute("DELETE FROM customers WHERE customer_id = ?", (customer_id,))
        _count(channel, customer_id, row[0], None)


def _count(channel: Channel, customer_id: str, before: int | None, after: int | None) -> None:
    channel.count += (after is not None) - (before is not None)
    taken = 0 if before is None else checksum_of(customer_id, before)
    given = 0 if after is None else checksum_of(customer_id, after)
    channel.checksum = (channel.checksum - taken + given) % CHECKSUM_MODULUS


def _reach(transaction: Transaction, channel: Channel, checkpoint: Checkpoint) -> bool:
    if channel.snapshot_generation is not None:
        transaction.execute("DELETE FROM customers WHERE generation < ?", (channel.snapshot_generation,))
        channel.generation, channel.snapshot_generation = channel.snapshot_generation, None
        held = transaction.rows("SELECT customer_id, version FROM customers")
        channel.count, channel.checksum = len(held), _total(held)
    agrees = (channel.count, channel.checksum) == (checkpoint.count, checkpoint.checksum)
    channel.cursor = checkpoint.cursor if agrees else 0
    if not agrees:
        # Nothing held is to be trusted above what the next snapshot brings, not even a higher version.
        transaction.execute("UPDATE customers SET version = 0")
    return agrees


def _total(held: Iterable[tuple[str, int]]) -> int:
    return sum(checksum_of(customer_id, version) for customer_id, version in held) % CHECKSUM_MODULUS
