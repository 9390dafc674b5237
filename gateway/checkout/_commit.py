"""Making a sale final, once."""

from collections.abc import Callable
from datetime import UTC
from uuid import UUID

from tillgate.core.errors import HoldClosed, PurchaseCancelled, QuoteStale, RequestIdReused
from tillgate.core.numbers import format_decimal
from tillgate.gateway.clock import Clock
from tillgate.gateway.journal import Journal, StoredPurchase, Transaction, release
from tillgate.gateway.replica import Replica
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest, CommitResponse

from ._central import Central
from ._effects import add_purchase, rules_that_gave
from ._messages import read_message
from ._quote import Priced, Pricing, QuoteId
from ._record import Prepared, Recording, Sale
from ._redeem import Redeeming
from ._request import check_request, check_tenders, request_hash
from ._slip import Language

__all__ = ["Committing"]


class Committing:
    """The steps of a commit: find the stored answer, price, hold points, write, answer."""

    def __init__(
        self,
        journal: Journal,
        replica: Replica,
        central: Central,
        pricing: Pricing,
        clock: Clock,
        language: Language,
        new_id: Callable[[], UUID],
    ) -> None:
        self._journal = journal
        self._replica = replica
        self._pricing = pricing
        self._clock = clock
        self._redeeming = Redeeming(journal, central, new_id)
        self._recording = Recording(replica, central, language)

    async def commit(self, lane_id: str, purchase_id: UUID, request: CommitRequest) -> CommitResponse:
        """The stored answer, or a new one once it is on disk. One at a time for each purchase_id."""
        digest = request_hash(request)
        stored = self._journal.purchases.find(purchase_id)
        if stored is not None:
            return _stored_answer(stored, digest)
        if self._journal.purchases.cancellation(purchase_id) is not None:
            raise PurchaseCancelled("the purchase_id is closed", path="$.purchase_id")
        check_request(request)
        priced = self._price(request)
        check_tenders(request, priced.answer.total_minor - priced.answer.tender_minor)
        sale = Sale(
            purchase_id=purchase_id,
            lane_id=lane_id,
            request=request,
            request_hash=digest,
            priced=priced,
            committed=self._clock.now(),
        )
        # Before anything is held: a sale that cannot be recorded leaves no trace.
        prepared = self._recording.prepare(sale)
        hold_id = await self._redeeming.hold(priced)
        prepared.event.purchase_committed.hold_id = hold_id
        try:
            return await self._write(prepared)
        except BaseException:
            await self._redeeming.release(hold_id)
            raise

    def _price(self, request: CommitRequest) -> Priced:
        """Price as quoted. Raises QuoteStale if that costs something else by now."""
        known = self._pricing.customer(request.customer_id)
        basket = read_message(request.basket)
        if not request.quote_id:
            return self._pricing.price(basket, known, redeem=True, explain="applied")
        quoted = QuoteId.parse(request.quote_id)
        priced = self._pricing.price(basket, known, redeem=quoted.redeem, explain="applied", time=quoted.time)
        differences = quoted.differences(priced.quote_id)
        if "basket" in differences or "price" in differences:
            raise QuoteStale(
                f"changed since the quote: {', '.join(differences)}",
                path="$.quote_id",
                differences=",".join(differences),
                total_minor=str(priced.answer.total_minor),
            )
        return priced

    async def _write(self, prepared: Prepared) -> CommitResponse:
        left_over = frozenset(self._redeeming.to_release)

        def write(transaction: Transaction) -> bytes:
            for hold_id in left_over:
                release(transaction, hold_id)
            return self._record(transaction, prepared)

        answer = await self._journal.write(write)
        self._redeeming.to_release -= left_over
        return CommitResponse.FromString(answer)

    def _record(self, transaction: Transaction, prepared: Prepared) -> bytes:
        """Purchase, event, the customer's new state and the answer, in one transaction."""
        sale = prepared.sale
        if self._journal.purchases.cancellation(sale.purchase_id, transaction) is not None:
            raise PurchaseCancelled("the purchase_id is closed", path="$.purchase_id")
        hold_id = prepared.event.purchase_committed.hold_id
        if hold_id and not self._journal.holds.use(transaction, hold_id):
            raise HoldClosed("the hold is not open any more")
        number = transaction.append_event(prepared.event)
        self._replica.count_uses(transaction, number, rules_that_gave(sale.priced.answer), 1)
        balance = self._change_customer(transaction, sale, number)
        prepared.response.points_balance = balance
        if prepared.balance is not None:
            prepared.balance.right = format_decimal(balance, sale.priced.answer.points.digits)
        answer = prepared.response.SerializeToString(deterministic=True)
        self._journal.purchases.add(
            transaction,
            StoredPurchase(
                purchase_id=sale.purchase_id,
                request_hash=sale.request_hash,
                committed=sale.committed,
                event_number=number,
                response=answer,
                purchase=prepared.purchase,
            ),
        )
        return answer

    def _change_customer(self, transaction: Transaction, sale: Sale, number: int) -> int:
        """The customer's points after the sale; 0 for nobody."""
        known = sale.priced.customer
        if known is None:
            return 0
        state = self._replica.change_customer(
            transaction,
            known.state.customer_id,
            number,
            lambda state: add_purchase(state, sale.priced.answer, sale.committed, sale.priced.time.tzinfo or UTC),
        )
        return 0 if state is None else state.points_available


def _stored_answer(stored: StoredPurchase, digest: bytes) -> CommitResponse:
    if stored.request_hash != digest:
        raise RequestIdReused("this purchase_id was committed with other content", path="$.purchase_id")
    return CommitResponse.FromString(stored.response)
