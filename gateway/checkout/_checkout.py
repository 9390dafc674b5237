"""The use cases of a sale."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from tillgate.accel.wire import write_quote_response
from tillgate.core.errors import BadRequest, PurchaseTooOld, PurchaseUnknown, ShuttingDown
from tillgate.gateway.clock import Clock
from tillgate.gateway.journal import Journal, StoredCancellation, Transaction
from tillgate.gateway.replica import Replica
from tillgate.pos.v1.checkout_service_pb2 import (
    EXPLAIN_APPLIED,
    EXPLAIN_FULL,
    EXPLAIN_NONE,
    EXPLAIN_UNSPECIFIED,
    CommitRequest,
    CommitResponse,
    GetPurchaseResponse,
    IdentifyRequest,
    IdentifyResponse,
)
from tillgate.sync.v1.sync_service_pb2 import Event
from tillgate.type.v1.purchase_pb2 import Purchase

from ._central import Central
from ._commit import Committing
from ._effects import take_purchase_back, told_rules_that_gave
from ._identify import Identification
from ._messages import read_quote
from ._quote import BLOCKED_LIMITATION, OFFLINE_LIMITATION, Explain, Pricing
from ._slip import Language

__all__ = ["Checkout"]

T = TypeVar("T")
CANCEL_WITHIN = timedelta(hours=24)
REASON_LENGTH_MAX = 200
EXPLAIN: dict[int, Explain] = {
    EXPLAIN_UNSPECIFIED: "full",
    EXPLAIN_NONE: "none",
    EXPLAIN_APPLIED: "applied",
    EXPLAIN_FULL: "full",
}


class Checkout:
    """Identify, quote, commit, cancel, look up. `language` is that of the slip.

    Writes may raise StorageFull, JournalDamaged and ShuttingDown besides what each method names. A write that has
    begun is carried to its end even if its caller goes away, so that nothing is left half done.
    """

    def __init__(
        self,
        journal: Journal,
        replica: Replica,
        central: Central,
        clock: Clock,
        language: Language = "ru",
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        self._journal = journal
        self._replica = replica
        self._central = central
        self._identification = Identification(replica, central, clock)
        self._pricing = Pricing(replica, clock)
        self._committing = Committing(journal, replica, central, self._pricing, clock, language, new_id)
        self._running: dict[UUID, asyncio.Task[Any]] = {}
        self._closed = False

    async def identify(self, lane_id: str, request: IdentifyRequest) -> IdentifyResponse:
        """Find a customer. Raises TooManyTries, IdentifierInvalid, BadRequest."""
        return self._identification.identify(lane_id, request)

    def quote(self, request: bytes) -> bytes:
        """Price a basket: a QuoteRequest gives a QuoteResponse, both encoded. A till asks for that with every article.

        Raises CustomerUnknown, NoProgramme, CurrencyMismatch, BasketInvalid, BadRequest.
        """
        basket, customer_id, explain = read_quote(request)
        if explain not in EXPLAIN:
            raise BadRequest("not a value of Explain", path="$.explain")
        known = self._pricing.customer(customer_id)
        blocked = known is not None and known.state.blocked
        online = self._central.online
        priced = self._pricing.price(basket, known, redeem=online and not blocked, explain=EXPLAIN[explain])
        limitations = (OFFLINE_LIMITATION,) * (not online) + (BLOCKED_LIMITATION,) * blocked
        quote_id, programme = priced.quote_id, priced.programme
        return write_quote_response(
            str(quote_id),
            priced.answer,
            not online,
            limitations,
            quote_id.time_us,
            programme.programme_id,
            programme.revision,
        )

    async def commit(self, lane_id: str, request: CommitRequest) -> CommitResponse:
        """Make a sale final; the same request again gets the same answer.

        Raises RequestIdReused, PurchaseCancelled, CustomerUnknown, NoProgramme, CurrencyMismatch, BasketInvalid,
        QuoteStale, TendersMismatch, CustomerBlocked, RedemptionOffline, PointsInsufficient, BadRequest.
        """
        purchase_id = parse_purchase_id(request.purchase_id)
        return await self._alone(purchase_id, lambda: self._committing.commit(lane_id, purchase_id, request))

    async def cancel(self, purchase_id: str, reason: str = "") -> datetime:
        """Void a sale, or close an id that was never committed; when that happened. Idempotent.

        Raises PurchaseTooOld after 24 hours, BadRequest.
        """
        parsed = parse_purchase_id(purchase_id)
        if len(reason) > REASON_LENGTH_MAX:
            raise BadRequest(f"at most {REASON_LENGTH_MAX} characters", path="$.reason")
        if "\0" in reason:
            raise BadRequest("a NUL in it", path="$.reason")
        return await self._alone(
            parsed, lambda: self._journal.write(lambda transaction: self._cancel(transaction, parsed, reason))
        )

    async def get_purchase(self, purchase_id: str) -> GetPurchaseResponse:
        """What became of an id. Raises PurchaseUnknown, BadRequest."""
        parsed = parse_purchase_id(purchase_id)
        stored = self._journal.purchases.find(parsed)
        closed = self._journal.purchases.cancellation(parsed)
        if stored is None and closed is None:
            raise PurchaseUnknown("no purchase of this id", path="$.purchase_id")
        purchase = Purchase(purchase_id=str(parsed)) if stored is None else Purchase.FromString(stored.purchase)
        number = (closed.event_number if closed else None) or (stored.event_number if stored else 0)
        return GetPurchaseResponse(
            state=GetPurchaseResponse.STATE_CANCELLED if closed else GetPurchaseResponse.STATE_COMMITTED,
            purchase=purchase,
            acknowledged=self._journal.outbox.is_acknowledged(number),
        )

    async def close(self) -> None:
        """Refuse new writes and wait for those that have begun."""
        self._closed = True
        while self._running:
            await asyncio.wait(self._running.values())

    async def _alone(self, purchase_id: UUID, action: Callable[[], Awaitable[T]]) -> T:
        """Run it when nothing else runs for this id, to its end whatever becomes of the caller."""
        while (running := self._running.get(purchase_id)) is not None:
            await asyncio.wait({running})
        if self._closed:
            raise ShuttingDown("the gateway is going down")

        async def run() -> T:
            try:
                return await action()
            finally:
                del self._running[purchase_id]

        task = self._running[purchase_id] = asyncio.create_task(run())
        return await asyncio.shield(task)

    def _cancel(self, transaction: Transaction, purchase_id: UUID, reason: str) -> datetime:
        closed = self._journal.purchases.cancellation(purchase_id, transaction)
        if closed is not None:
            return closed.cancelled
        now = transaction.now
        stored = self._journal.purchases.find(purchase_id, transaction)
        number = None
        if stored is not None:
            if now - stored.committed > CANCEL_WITHIN:
                raise PurchaseTooOld("committed more than 24 hours ago", path="$.purchase_id")
            number = self._take_back(transaction, Purchase.FromString(stored.purchase), reason, now)
        self._journal.purchases.cancel(
            transaction,
            StoredCancellation(purchase_id=purchase_id, cancelled=now, reason=reason, event_number=number),
        )
        return now

    def _take_back(self, transaction: Transaction, purchase: Purchase, reason: str, now: datetime) -> int:
        event = Event()
        event.purchase_cancelled.purchase_id = purchase.purchase_id
        event.purchase_cancelled.reason = reason
        event.purchase_cancelled.cancelled_time.FromDatetime(now)
        number = transaction.append_event(event)
        self._replica.count_uses(transaction, number, told_rules_that_gave(purchase), -1)
        if purchase.customer_id:
            store = self._replica.store()
            zone = UTC if store is None else store.time_zone
            self._replica.change_customer(
                transaction, purchase.customer_id, number, lambda state: take_purchase_back(state, purchase, now, zone)
            )
        return number


def parse_purchase_id(text: str) -> UUID:
    """A UUID in its usual form. Raises BadRequest."""
    try:
        found = UUID(text)
    except ValueError as error:
        raise BadRequest("a UUID is wanted", path="$.purchase_id") from error
    if str(found) != text.lower():
        raise BadRequest("a UUID in the form 8-4-4-4-12 is wanted", path="$.purchase_id")
    return found
