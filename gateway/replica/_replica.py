"""The replica: reads for the till, writes for the uplink."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Collection
from datetime import UTC
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tillgate.core.errors import BadRequest, TillgateError
from tillgate.core.identifiers import CardPattern, identifier_hash
from tillgate.core.text import Text
from tillgate.gateway.journal import Journal, Transaction
from tillgate.sync.v1.sync_service_pb2 import Bundle, CustomerBatch, UseTotals, Welcome
from tillgate.type.v1.customer_pb2 import CustomerState

from ._bundles import Bundles, compile_bundle, compile_document, store_bundle, stored_bundles
from ._customers import SELECT_CHANNEL, Channel, apply_batch, change_state, forget_all, read_channel
from ._points import settle_points
from ._totals import SELECT_TOTALS, count_own, take_totals
from ._types import (
    CardKindRule,
    Compile,
    CompiledProgramme,
    IdentifierMatch,
    KnownCustomer,
    ReplicaProblem,
    StoreInfo,
)
from ._vault import Random, Unreadable, Vault

__all__ = ["Replica"]

UTC_ZONE = ZoneInfo("UTC")


class Replica:
    """Customers, programme and store as far as they are known here. Lies in the journal's file, so that a purchase
    and its effect on a customer are one transaction. Every write may raise what Journal.write raises."""

    def __init__(self, journal: Journal, vault: Vault, compile_programme: Compile) -> None:
        self._journal = journal
        self._vault = vault
        self._compile = compile_programme
        self._bundles = Bundles()
        self._identifier_key = b""
        self._store: StoreInfo | None = None
        self._card_kinds: tuple[CardKindRule, ...] = ()
        self._problems: dict[str, ReplicaProblem] = {}

    @classmethod
    async def open(
        cls, journal: Journal, compile_programme: Compile = compile_document, random: Random = os.urandom
    ) -> "Replica":
        """Load what is held. A key that was lost or changed costs the customers, which come down again."""
        replica = cls(journal, Vault.open(journal.folder, random), compile_programme)
        await journal.write(replica._settle)
        replica._load_welcome()
        replica._load_bundles()
        return replica

    # Reads for the till

    def find(self, kind: str, value: str) -> IdentifierMatch | None:
        """Whose identifier this is. `value` is normalised; it goes no further than a keyed hash."""
        if not self._identifier_key:
            return None
        row = self._journal.row(
            "SELECT customer_id, blocked FROM identifiers WHERE hash = ?",
            (identifier_hash(self._identifier_key, kind, value),),
        )
        return None if row is None else IdentifierMatch(row[0], bool(row[1]))

    def customer(self, customer_id: str, *, greeting: bool = True) -> KnownCustomer | None:
        """A customer as of now, with the greeting where it is wanted and can be read."""
        row = self._journal.row("SELECT state, version, greeting FROM customers WHERE customer_id = ?", (customer_id,))
        if row is None:
            return None
        state = CustomerState.FromString(row[0])
        settle_points(state, self._journal.clock.now())
        if greeting:
            # One that cannot be read costs a name on a screen, not a sale.
            with contextlib.suppress(Unreadable):
                state.greeting = self._vault.unseal(row[2], customer_id).decode()
        return KnownCustomer(state, row[1])

    def programme(self) -> CompiledProgramme | None:
        """The programme in force, or None before the first came."""
        bundles = self._bundles
        loaded = bundles.current if bundles.next is None else bundles.at(self._journal.clock.now())
        return None if loaded is None else loaded.programme

    def use_totals(self) -> dict[str, int]:
        """In how many receipts of the chain rules gave something, as far as it is known here; missing: none."""
        return dict(self._journal.rows(SELECT_TOTALS))

    def store(self) -> StoreInfo | None:
        """This gateway's store, or None before the first Welcome."""
        return self._store

    def card_kinds(self) -> tuple[CardKindRule, ...]:
        """Kinds of loyalty cards."""
        return self._card_kinds

    @property
    def problems(self) -> tuple[ReplicaProblem, ...]:
        """What came down last and was not taken over."""
        return tuple(self._problems.values())

    @property
    def customers_known(self) -> int:
        """How many customers are held."""
        row = self._journal.row("SELECT count(*) FROM customers")
        assert row is not None
        return int(row[0])

    # For the uplink

    @property
    def bundle_sha256(self) -> str:
        """SHA-256 of the newest bundle held, hex; empty if none."""
        newest = self._bundles.newest
        return "" if newest is None else newest.sha256

    @property
    def customers_cursor(self) -> int:
        """Where the customers' channel was left; 0 asks for a snapshot."""
        return self._channel().cursor

    async def apply_welcome(self, welcome: Welcome) -> None:
        """Take over store, card kinds and the identifiers' key. With another key all hashes are void, so the
        customers go and the cursor becomes 0."""
        if len(welcome.identifier_key) != 32:
            raise BadRequest("identifier_key must have 32 bytes", path="$.identifier_key")
        kept = Welcome(
            store=welcome.store, identifier_key=welcome.identifier_key, card_kinds=welcome.card_kinds
        ).SerializeToString(deterministic=True)
        changed_key = bool(self._identifier_key) and self._identifier_key != welcome.identifier_key
        if kept == self._stored_welcome():
            return
        sealed = self._vault.seal(kept, "welcome")

        def write(transaction: Transaction) -> None:
            if changed_key:
                forget_all(transaction)
            transaction.execute("UPDATE replica SET welcome = ?", (sealed,))

        await self._journal.write(write)
        self._use_welcome(Welcome.FromString(kept))

    async def apply_bundle(self, bundle: Bundle) -> bool:
        """Compile, store and use a bundle from its time on. False: it is no good, the one in use stays, and
        `problems` says why."""
        now = self._journal.clock.now()
        active_from = bundle.active_from.ToDatetime(UTC) if bundle.HasField("active_from") else now
        try:
            # In a thread: thousands of rules take a while, and tills wait for the loop.
            loaded = await asyncio.to_thread(compile_bundle, bundle, self._compile, active_from)
        except TillgateError as error:
            self._note("programme", error.reason, f"revision {bundle.revision}: {error}")
            return False
        if not self._bundles.holds(loaded):
            await self._journal.write(lambda transaction: store_bundle(transaction, bundle, active_from, now))
            self._bundles.add(loaded, now)
        self._problems.pop("programme", None)
        return True

    async def apply_customers(self, batch: CustomerBatch) -> bool:
        """Take customers over. False: what is held does not agree with the central service; the cursor is 0 now."""
        agrees = await self._journal.write(lambda transaction: apply_batch(transaction, batch, self._vault))
        if agrees:
            self._problems.pop("customers", None)
        else:
            self._note("customers", "CHECKPOINT_MISMATCH", "count or checksum differ; a snapshot is asked for")
        return agrees

    async def apply_totals(self, totals: UseTotals) -> None:
        """Take over how often rules gave something in the chain."""
        await self._journal.write(lambda transaction: take_totals(transaction, totals))

    # For the checkout

    def count_uses(self, transaction: Transaction, event_number: int, rules: Collection[str], more: int) -> None:
        """The effect of a local event on the chain's totals, in the transaction of that event: 1 for a purchase in
        which the rules gave something, -1 for one taken back."""
        count_own(transaction, event_number, self._bundles.limited_in_total.intersection(rules), more)

    def change_customer(
        self, transaction: Transaction, customer_id: str, event_number: int, change: Callable[[CustomerState], None]
    ) -> CustomerState | None:
        """The effect of a local event on a customer, in the transaction of that event; the state after it."""

        def settled(state: CustomerState) -> None:
            settle_points(state, transaction.now)
            change(state)

        return change_state(transaction, customer_id, event_number, settled)

    def _channel(self) -> Channel:
        row = self._journal.row(SELECT_CHANNEL)
        assert row is not None
        return read_channel((row[0], row[1], row[2], row[3], row[4]))

    def _settle(self, transaction: Transaction) -> None:
        row = transaction.row("SELECT key_check FROM replica")
        assert row is not None
        if row[0] != self._vault.check:
            forget_all(transaction)
            transaction.execute("UPDATE replica SET welcome = NULL, key_check = ?", (self._vault.check,))

    def _stored_welcome(self) -> bytes | None:
        row = self._journal.row("SELECT welcome FROM replica")
        if row is None or row[0] is None:
            return None
        with contextlib.suppress(Unreadable):
            return self._vault.unseal(row[0], "welcome")
        return None

    def _load_welcome(self) -> None:
        stored = self._stored_welcome()
        if stored is not None:
            self._use_welcome(Welcome.FromString(stored))

    def _use_welcome(self, welcome: Welcome) -> None:
        self._problems.pop("welcome", None)
        store = welcome.store
        try:
            zone = ZoneInfo(store.time_zone)
        # OSError: a folder of the database, such as "Europe".
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = UTC_ZONE
            self._note("welcome", "TIME_ZONE_UNKNOWN", f"{store.time_zone!r}; times are taken as UTC")
        self._store = StoreInfo(store.store_id, store.name, zone, store.currency)
        self._identifier_key = welcome.identifier_key
        kinds = []
        for kind in welcome.card_kinds:
            try:
                pattern = CardPattern.parse(kind.pattern)
            except TillgateError as error:
                self._note("welcome", error.reason, f"card kind {kind.kind!r}: {error}")
            else:
                kinds.append(CardKindRule(kind.kind, Text(kind.name_ru, kind.name_en), pattern))
        self._card_kinds = tuple(kinds)

    def _load_bundles(self) -> None:
        """The current one, or the one before it where this program cannot compile the current one any more."""
        now = self._journal.clock.now()
        slots = stored_bundles(self._journal.rows("SELECT slot, active_from_us, body FROM bundles"))
        for names in (("current", "previous"), ("next",)):
            for slot in names:
                if slot not in slots:
                    continue
                try:
                    self._bundles.add(compile_bundle(slots[slot][0], self._compile, slots[slot][1]), now)
                    break
                except TillgateError as error:
                    self._note("programme", error.reason, f"{slot} bundle: {error}")

    def _note(self, subject: str, reason: str, detail: str) -> None:
        self._problems[subject] = ReplicaProblem(reason, detail, self._journal.clock.now())
