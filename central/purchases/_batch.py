"""The work on one batch inside its transaction: read what it needs, apply event by event in memory, write it all."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from tillgate.central.ledger import Book, LockedCustomer, NewLot, hold_customers, lock_customers, note_changes
from tillgate.central.sql import Sql
from tillgate.core.days import lot_moments
from tillgate.core.errors import BadRequest, CustomerUnknown, PurchaseUnknown, RequestIdReused
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._facts import PurchaseFacts, cancel_facts, customer_hint, hold_id_of, purchase_facts
from ._rows import (
    KnownReceipt,
    Lost,
    cancel_receipts,
    load_lost,
    load_receipts,
    load_stores,
    settle_lost,
    uuids,
    write_receipts,
)
from ._totals import add_totals, uses_of_documents

__all__ = ["Batch"]

QUARANTINE_COLUMNS = (
    "gateway_id",
    "epoch",
    "seq",
    "reason",
    "detail",
    "purchase_id",
    "customer_id",
    "event",
    "received_at",
    "note",
)


@dataclass(slots=True)
class Figures:
    """A customer's purchase figures as they grow; `again` asks for the first and last purchase to be read anew."""

    purchases: int
    turnover_minor: int
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None
    again: bool = False


@dataclass(slots=True)
class Batch:
    """One batch of one gateway, whose row is locked."""

    sql: Sql
    gateway: int
    organisation: int
    store: int
    store_id: str
    epoch: int
    now: datetime
    book: Book = field(init=False)
    customers: dict[str, LockedCustomer] = field(default_factory=dict)
    figures: dict[str, Figures] = field(default_factory=dict)
    receipts: dict[str, KnownReceipt] = field(default_factory=dict)
    #: Customers to note as changed, in the order of their events.
    touched: dict[str, None] = field(default_factory=dict)
    quarantined: list[tuple[sync.Event, str, str]] = field(default_factory=list)
    #: The organisation's stores that purchases name: a gateway may have been moved while they waited.
    stores: dict[str, int] = field(default_factory=dict)
    #: Their time zones, as far as points with days were earned there.
    zones: dict[int, ZoneInfo] = field(default_factory=dict)
    #: Purchases that went to quarantine, by their ids as written, and those of them that were cancelled now.
    lost: dict[str, Lost] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    cancelled: dict[str, KnownReceipt] = field(default_factory=dict)

    def load(self, events: Sequence[sync.Event], others: Collection[str] = ()) -> None:
        """Read, and lock, what the events speak of, and other customers."""
        purchases, cancels, holds, customers = _named(events)
        customers |= set(others)
        self.receipts = load_receipts(self.sql, [*purchases, *cancels])
        old = [self.receipts[purchase] for purchase in uuids(cancels) if purchase in self.receipts]
        self.lost = load_lost(self.sql, self.gateway, cancels)
        others_stores = {event.purchase_committed.purchase.store_id for event in events} - {self.store_id}
        self.stores = {self.store_id: self.store, **load_stores(self.sql, self.organisation, others_stores)}
        undone: list[KnownReceipt | Lost] = [*old, *self.lost.values()]
        holds |= {one.hold_id for one in undone if one.hold_id}
        customers |= {one.customer for one in undone} | hold_customers(self.sql, holds)
        customers.discard("")
        self.customers = lock_customers(self.sql, self.organisation, customers)
        self.figures = {
            name: Figures(row.purchases, row.turnover_minor, row.first_purchase_at, row.last_purchase_at)
            for name, row in self.customers.items()
        }
        self.book = Book(self.sql, self.organisation, self.now)
        self.book.load(self.customers, holds, [f"EARN:{receipt.purchase}" for receipt in old])

    def apply(self, event: sync.Event) -> None:
        """Apply one event or raise a TillgateError, in which case nothing of it took effect."""
        match event.WhichOneof("body"):
            case "purchase_committed":
                self._commit(event)
            case "purchase_cancelled":
                self._cancel(event)
            case "hold_released":
                self._release(event)
            case _:
                raise BadRequest("an event of a kind that is not known here", path="$.body")

    def quarantine(self, event: sync.Event, reason: str, detail: str) -> None:
        """Keep an event that could not be applied."""
        self.quarantined.append((event, reason, detail))
        if event.HasField("purchase_committed"):
            self.lost[event.purchase_committed.purchase.purchase_id] = Lost.of(event)
        lost = self.lost.get(_purchase_of(event))
        self._touch(lost.customer if lost is not None else "")

    def save(self) -> None:
        """Write everything."""
        self.book.save()
        fresh = [receipt for receipt in self.receipts.values() if receipt.seq]
        write_receipts(self.sql, fresh, self.organisation, self.epoch, self.now)
        undone = [one for one in self.cancelled.values() if not one.seq]
        cancel_receipts(self.sql, undone)
        stands = [one.facts for one in fresh if one.facts is not None and one.cancelled_at is None]
        uses = Counter(rule for facts in stands for rule in facts.rules)
        uses.subtract(uses_of_documents(one.document for one in undone))
        add_totals(self.sql, self.organisation, self.gateway, uses)
        self._write_quarantine()
        settle_lost(self.sql, self.gateway, self.settled, self.now)
        self._write_customers()

    def _commit(self, event: sync.Event) -> None:
        facts = purchase_facts(event, self.now)
        store = self.stores.get(facts.store or self.store_id)
        known = self.receipts.get(facts.purchase)
        if known is not None:
            if known.document != facts.document or not self._is_ours(known, store):
                raise RequestIdReused("another purchase has this id", path="$.purchase.purchase_id")
            self._touch(facts.customer)
            return
        if store is None:
            raise BadRequest("no such store of the organisation", path="$.purchase.store_id")
        if facts.customer:
            self._commit_customer(facts, store)
        elif facts.hold_id:
            raise BadRequest("a hold of an unknown guest", path="$.hold_id")
        self.receipts[facts.purchase] = KnownReceipt.fresh(facts, store, self.gateway, event.seq)

    def _commit_customer(self, facts: PurchaseFacts, store: int) -> None:
        if facts.customer not in self.customers:
            raise CustomerUnknown("no such customer", path="$.purchase.customer_id")
        key, at = f"REDEEM:{facts.purchase}", facts.committed_at
        # Before anything is posted: a purchase that cannot be applied changes nothing.
        lots = self._lots(facts, store)
        if facts.redeemed_points:
            self.book.redeem(
                key, facts.hold_id, self.gateway, facts.customer, facts.programme, facts.redeemed_points, at
            )
        elif facts.hold_id:
            self.book.release(facts.hold_id, self.gateway, at)
        if facts.earned_points:
            self.book.earn(f"EARN:{facts.purchase}", facts.customer, facts.programme, lots, at)
        figures = self.figures[facts.customer]
        figures.purchases += 1
        figures.turnover_minor += facts.turnover_minor
        figures.first_purchase_at = min(figures.first_purchase_at or at, at)
        figures.last_purchase_at = max(figures.last_purchase_at or at, at)
        self._touch(facts.customer)

    def _lots(self, facts: PurchaseFacts, store: int) -> list[NewLot]:
        """What was earned, with moments for the days that the store's calendar named."""
        if not facts.lots:
            return [NewLot(facts.earned_points)]
        return [NewLot(lot.points, *lot_moments(lot.active_from, lot.expires, self._zone(store))) for lot in facts.lots]

    def _zone(self, store: int) -> ZoneInfo:
        if store not in self.zones:
            name = self.sql.query("SELECT time_zone FROM stores_store WHERE id = %s", (store,))[0][0]
            self.zones[store] = ZoneInfo(name)
        return self.zones[store]

    def _cancel(self, event: sync.Event) -> None:
        facts = cancel_facts(event, self.now)
        receipt = self.receipts.get(facts.purchase)
        if receipt is None and event.purchase_cancelled.purchase_id in self.lost:
            self._cancel_lost(event.purchase_cancelled.purchase_id, facts.cancelled_at)
            return
        if receipt is None or not self._is_ours(receipt, self.store):
            raise PurchaseUnknown("no such purchase of this store", path="$.purchase_id")
        self._touch(receipt.customer)
        if receipt.cancelled_at is not None:
            return
        if receipt.customer:
            self._cancel_points(receipt, facts.cancelled_at)
        receipt.cancelled_at, receipt.cancel_reason = facts.cancelled_at, facts.reason
        self.cancelled[facts.purchase] = receipt

    def _is_ours(self, receipt: KnownReceipt, store: int | None) -> bool:
        return receipt.gateway == self.gateway or receipt.store == store

    def _cancel_lost(self, purchase: str, at: datetime) -> None:
        """Undo a purchase that is in quarantine: all it did is that its hold stands."""
        lost = self.lost[purchase]
        self.release_lost(lost, at)
        self._touch(lost.customer)
        self.settled.add(purchase)

    def release_lost(self, lost: Lost, at: datetime) -> None:
        """Give back the hold that a purchase in quarantine named, if it is this gateway's and still open."""
        hold = self.book.hold_of(lost.hold_id)
        if lost.hold_id and (hold is None or hold.gateway == self.gateway):
            self.book.release(lost.hold_id, self.gateway, at)
            self._touch(hold.customer if hold is not None else "")

    def _cancel_points(self, receipt: KnownReceipt, at: datetime) -> None:
        book, customer, programme = self.book, receipt.customer, receipt.programme
        # First what comes back, so that less is owed. Only this step may refuse.
        if receipt.redeemed_points:
            key = f"REFUND_REDEEM:{receipt.purchase}"
            book.refund_redeem(key, customer, programme, receipt.redeemed_points, receipt.hold_id, at)
        if receipt.earned_points:
            earned = f"EARN:{receipt.purchase}"
            book.refund_earn(f"REFUND_{earned}", customer, programme, receipt.earned_points, earned, at)
        figures = self.figures[customer]
        figures.purchases = max(0, figures.purchases - 1)
        figures.turnover_minor -= receipt.turnover_minor
        figures.again = True

    def _release(self, event: sync.Event) -> None:
        hold_id = hold_id_of(event.hold_released.hold_id)
        if not hold_id:
            raise BadRequest("empty", path="$.hold_id")
        self.book.release(hold_id, self.gateway, self.now)
        hold = self.book.hold_of(hold_id)
        self._touch(hold.customer if hold is not None else "")

    def _touch(self, customer: str) -> None:
        if customer in self.customers:
            self.touched[customer] = None

    def _write_quarantine(self) -> None:
        sql = self.sql
        sql.insert(
            "purchases_quarantine",
            QUARANTINE_COLUMNS,
            [
                (
                    self.gateway,
                    self.epoch,
                    event.seq,
                    reason,
                    detail.replace("\0", "·"),
                    _purchase_of(event).replace("\0", "·")[:64],
                    sql.uuid(customer_hint(event)),
                    event.SerializeToString(),
                    sql.time(self.now),
                    "",
                )
                for event, reason, detail in self.quarantined
            ],
        )

    def _write_customers(self) -> None:
        sql = self.sql
        names = sorted(self.touched)
        again = [name for name in names if self.figures[name].again]
        for name in again:
            self.figures[name].first_purchase_at = self.figures[name].last_purchase_at = None
        if again:
            for customer, first, last in sql.query(
                "SELECT customer_id, MIN(committed_at), MAX(committed_at) FROM purchases_receipt"
                " WHERE customer_id = ANY(%s::uuid[]) AND cancelled_at IS NULL GROUP BY customer_id",
                (again,),
            ):
                figures = self.figures[sql.hex(customer)]
                figures.first_purchase_at, figures.last_purchase_at = sql.moment(first), sql.moment(last)
        sql.update(
            "customers_customer",
            {
                "id": "uuid",
                "version": "bigint",
                "points_available": "bigint",
                "purchases": "int",
                "turnover_minor": "bigint",
                "first_purchase_at": "timestamptz",
                "last_purchase_at": "timestamptz",
            },
            [
                (
                    sql.uuid(name),
                    self.customers[name].version + 1,
                    self.book.available(name),
                    self.figures[name].purchases,
                    self.figures[name].turnover_minor,
                    sql.time(self.figures[name].first_purchase_at),
                    sql.time(self.figures[name].last_purchase_at),
                )
                for name in names
            ],
        )
        note_changes(sql, names, self.now)


def _named(events: Sequence[sync.Event]) -> tuple[list[str], list[str], set[str], set[str]]:
    """What events name: purchases, cancelled purchases, holds, customers. Bad ids are found when they are applied."""
    purchases, cancels, holds, customers = [], [], set(), set()
    for event in events:
        match event.WhichOneof("body"):
            case "purchase_committed":
                purchases.append(event.purchase_committed.purchase.purchase_id)
                customers.add(customer_hint(event))
                holds.add(event.purchase_committed.hold_id)
            case "purchase_cancelled":
                cancels.append(event.purchase_cancelled.purchase_id)
            case "hold_released":
                holds.add(event.hold_released.hold_id)
    holds = {hold for hold in holds if hold and "\0" not in hold}
    return purchases, cancels, holds, customers


def _purchase_of(event: sync.Event) -> str:
    return event.purchase_committed.purchase.purchase_id or event.purchase_cancelled.purchase_id
