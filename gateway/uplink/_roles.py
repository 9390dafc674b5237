"""What the uplink needs of the rest of the gateway."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from tillgate.sync.v1 import sync_service_pb2 as sync

__all__ = ["OutboxReader", "ReplicaWriter"]


class OutboxReader(Protocol):
    """The events on their way up. Sequences are those of the epoch, from 1."""

    @property
    def journal_id(self) -> str:
        """Made with the journal's file."""

    @property
    def epoch(self) -> int: ...
    @property
    def last_seq(self) -> int: ...
    @property
    def first_unacked(self) -> int: ...

    def read(self, after_seq: int, rows_max: int, bytes_max: int) -> Sequence[sync.Event]:
        """Events after a sequence, in order."""

    async def acknowledge(self, epoch: int, high_water: int, quarantined: Iterable[sync.Quarantined] = ()) -> None:
        """Forget events up to high_water. Raises EpochUnknown when it never wrote that many."""

    async def adopt_epoch(self, epoch: int) -> None:
        """Number what is not acknowledged anew, from 1."""

    async def wait_changed(self) -> None:
        """Until events were added after this call began."""


class ReplicaWriter(Protocol):
    """What came down."""

    @property
    def bundle_sha256(self) -> str: ...
    @property
    def customers_cursor(self) -> int: ...

    async def apply_welcome(self, welcome: sync.Welcome) -> None:
        """Take over the store, card kinds, the identifiers' key."""

    async def apply_bundle(self, bundle: sync.Bundle) -> bool:
        """Take over a programme. False: it is no good."""

    async def apply_customers(self, batch: sync.CustomerBatch) -> bool:
        """Take customers over. False: what is held does not agree, and a snapshot is wanted."""

    async def apply_totals(self, totals: sync.UseTotals) -> None:
        """Take over how often rules gave something in the chain."""
