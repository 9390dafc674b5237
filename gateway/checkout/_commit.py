"""Making a sale final, once."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tillgate.core.errors import (
    BadRequest,
    CentralUnavailable,
    CustomerBlocked,
    CustomerUnknown,
    Fault,
    HoldClosed,
    PointsInsufficient,
    PurchaseCancelled,
    QuoteStale,
    RedemptionOffline,
    RequestIdReused,
    TendersMismatch,
    TillgateError,
)
from tillgate.gateway.journal import Journal, StoredPurchase, Transaction, release
from tillgate.gateway.replica import CardKindRule, Replica
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest, CommitResponse
from tillgate.sync.v1.sync_service_pb2 import Event
from tillgate.type.v1.answer_pb2 import Prompt
from tillgate.type.v1.customer_pb2 import CustomerState
from tillgate.type.v1.purchase_pb2 import Purchase

from ._central import Central
from ._effects import add_purchase
from ._messages import answer_message, timestamp
from ._quote import Priced, Pricing, QuoteId
from ._slip import Language, SlipData, slip_of

__all__ = ["Committing", "request_hash"]

TENDERS_MAX = 20
TENDER_TYPE_LENGTH_MAX = 32
FISCAL_LENGTH_MAX = 64
# The central service answers in milliseconds or not at all; a guest is waiting.
HOLD_TIMEOUT_S = 5.0


def request_hash(request: CommitRequest) -> bytes:
    """What makes two requests of one id the same: everything but the id."""
    content = CommitRequest()
    content.CopyFrom(request)
    content.ClearField("purchase_id")
    return hashlib.sha256(content.SerializeToString(deterministic=True)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sale:
    """A request that has been priced and checked."""

    purchase_id: UUID
    lane_id: str
    request: CommitRequest
    request_hash: bytes
    priced: Priced
    hold_id: str


class Committing:
    """The steps of a commit: find the stored answer, price, hold points, write, answer."""

    def __init__(
        self,
        journal: Journal,
        replica: Replica,
        central: Central,
        pricing: Pricing,
        language: Language,
        new_id: Callable[[], UUID],
    ) -> None:
        self._journal = journal
        self._replica = replica
        self._central = central
        self._pricing = pricing
        self._language = language
        self._new_id = new_id
        # Holds whose release the disk refused. The next commit takes them along, and so does the next start.
        self._to_release: set[str] = set()

    async def commit(self, lane_id: str, purchase_id: UUID, request: CommitRequest) -> CommitResponse:
        """The stored answer, or a new one once it is on disk. One at a time for each purchase_id."""
        digest = request_hash(request)
        stored = self._journal.purchases.find(purchase_id)
        if stored is not None:
            return _stored_answer(stored, digest)
        if self._journal.purchases.cancellation(purchase_id) is not None:
            raise PurchaseCancelled("the purchase_id is closed", path="$.purchase_id")
        _check(request)
        priced = self._price(request)
        _check_tenders(request, priced)
        hold_id = await self._hold(priced)
        sale = _Sale(
            purchase_id=purchase_id,
            lane_id=lane_id,
            request=request,
            request_hash=digest,
            priced=priced,
            hold_id=hold_id,
        )
        try:
            return await self._write(sale)
        except BaseException:
            await self._release(hold_id)
            raise

    def _price(self, request: CommitRequest) -> Priced:
        """Price as quoted. Raises QuoteStale if that costs something else by now."""
        known = self._pricing.customer(request.customer_id)
        if not request.quote_id:
            return self._pricing.price(request.basket, known, redeem=True, explain="applied")
        quoted = QuoteId.parse(request.quote_id)
        priced = self._pricing.price(request.basket, known, redeem=quoted.redeem, explain="applied", time=quoted.time)
        differences = quoted.differences(priced.quote_id)
        if "basket" in differences or "price" in differences:
            raise QuoteStale(
                f"changed since the quote: {', '.join(differences)}",
                path="$.quote_id",
                differences=",".join(differences),
                total_minor=str(priced.answer.total_minor),
            )
        return priced

    async def _hold(self, priced: Priced) -> str:
        """Have the central service set the redeemed points aside. An empty id if there are none.

        The intent is on disk before the question goes out: whatever happens then, the hold is used or released.
        """
        points, customer = priced.answer.redeemed_points, priced.customer
        if not points or customer is None:
            return ""
        if customer.state.blocked:
            raise CustomerBlocked("the customer is blocked", path="$.customer_id")
        if not self._central.online:
            raise RedemptionOffline("no connection to the central service", path="$.basket.redeem")
        hold_id = str(self._new_id())
        await self._journal.holds.open(hold_id, customer.state.customer_id, points)
        try:
            async with asyncio.timeout(HOLD_TIMEOUT_S):
                await self._central.hold_points(hold_id, customer.state.customer_id, points)
        except BaseException as error:
            await self._release(hold_id)
            raise _for_the_till(error) from error
        return hold_id

    async def _release(self, hold_id: str) -> None:
        if not hold_id:
            return
        try:
            await asyncio.shield(self._journal.holds.release(hold_id))
        except Fault:
            self._to_release.add(hold_id)

    async def _write(self, sale: _Sale) -> CommitResponse:
        left_over = frozenset(self._to_release)

        def write(transaction: Transaction) -> bytes:
            for hold_id in left_over:
                release(transaction, hold_id)
            return self._record(transaction, sale)

        answer = await self._journal.write(write)
        self._to_release -= left_over
        return CommitResponse.FromString(answer)

    def _record(self, transaction: Transaction, sale: _Sale) -> bytes:
        """Purchase, event, the customer's new state and the answer, in one transaction."""
        if self._journal.purchases.cancellation(sale.purchase_id, transaction) is not None:
            raise PurchaseCancelled("the purchase_id is closed", path="$.purchase_id")
        if sale.hold_id and not self._journal.holds.use(transaction, sale.hold_id):
            raise HoldClosed("the hold is not open any more")
        now = transaction.now
        purchase = self._purchase(sale, now)
        event = Event()
        event.purchase_committed.purchase.CopyFrom(purchase)
        event.purchase_committed.hold_id = sale.hold_id
        number = transaction.append_event(event)
        state = self._change_customer(transaction, sale, number, now)
        answer = self._answer(sale, purchase, state).SerializeToString(deterministic=True)
        self._journal.purchases.add(
            transaction,
            StoredPurchase(
                purchase_id=sale.purchase_id,
                request_hash=sale.request_hash,
                committed=now,
                event_number=number,
                response=answer,
                purchase=purchase.SerializeToString(),
            ),
        )
        return answer

    def _change_customer(
        self, transaction: Transaction, sale: _Sale, number: int, now: datetime
    ) -> CustomerState | None:
        known = sale.priced.customer
        if known is None:
            return None
        return self._replica.change_customer(
            transaction,
            known.state.customer_id,
            number,
            lambda state: add_purchase(state, sale.priced.answer, now),
        )

    def _purchase(self, sale: _Sale, now: datetime) -> Purchase:
        priced, request = sale.priced, sale.request
        offset = priced.time.utcoffset()
        purchase = Purchase(
            purchase_id=str(sale.purchase_id),
            store_id=priced.store_id,
            lane_id=sale.lane_id,
            customer_id=request.customer_id,
            basket=request.basket,
            answer=answer_message(priced.answer),
            tenders=request.tenders,
            committed_time=timestamp(now),
            utc_offset_minutes=0 if offset is None else int(offset.total_seconds()) // 60,
            programme_id=priced.programme.programme_id,
            programme_revision=priced.programme.revision,
            offline=not self._central.online,
        )
        if request.HasField("fiscal_sign"):
            purchase.fiscal_sign.CopyFrom(request.fiscal_sign)
        purchase.basket.time.CopyFrom(timestamp(priced.time))
        purchase.basket.utc_offset_minutes = purchase.utc_offset_minutes
        return purchase

    def _answer(self, sale: _Sale, purchase: Purchase, state: CustomerState | None) -> CommitResponse:
        store = self._replica.store()
        balance = None if state is None else state.points_available
        prompts = _prompts(sale.priced, self._replica.card_kinds())
        slip = slip_of(
            SlipData(
                store_name="" if store is None else store.name,
                local_time=f"{sale.priced.time:%d.%m.%Y %H:%M}",
                lane_id=sale.lane_id,
                basket=purchase.basket,
                answer=sale.priced.answer,
                tenders=purchase.tenders,
                balance=balance,
                messages=[getattr(prompt.text, self._language) for prompt in prompts if prompt.to == "receipt"],
                language=self._language,
            )
        )
        return CommitResponse(
            purchase_id=purchase.purchase_id,
            answer=purchase.answer,
            committed_time=purchase.committed_time,
            points_balance=balance or 0,
            offline=purchase.offline,
            slip=slip,
            prompts=prompts,
        )


def _stored_answer(stored: StoredPurchase, digest: bytes) -> CommitResponse:
    if stored.request_hash != digest:
        raise RequestIdReused("this purchase_id was committed with other content", path="$.purchase_id")
    return CommitResponse.FromString(stored.response)


def _check(request: CommitRequest) -> None:
    if len(request.tenders) > TENDERS_MAX:
        raise BadRequest(f"at most {TENDERS_MAX}", path="$.tenders")
    for index, tender in enumerate(request.tenders):
        if not 1 <= len(tender.type) <= TENDER_TYPE_LENGTH_MAX or not tender.type.isprintable():
            raise BadRequest(f"1 to {TENDER_TYPE_LENGTH_MAX} printable characters", path=f"$.tenders[{index}].type")
        if tender.amount_minor < 0:
            raise BadRequest("money taken is not negative", path=f"$.tenders[{index}].amount_minor")
    for name in ("drive_number", "document_number", "sign"):
        if len(getattr(request.fiscal_sign, name)) > FISCAL_LENGTH_MAX:
            raise BadRequest(f"at most {FISCAL_LENGTH_MAX} characters", path=f"$.fiscal_sign.{name}")


def _check_tenders(request: CommitRequest, priced: Priced) -> None:
    given, wanted = sum(tender.amount_minor for tender in request.tenders), priced.answer.total_minor
    if given != wanted:
        raise TendersMismatch(
            f"tenders add up to {given}, the total is {wanted}",
            path="$.tenders",
            given_minor=str(given),
            total_minor=str(wanted),
        )


def _for_the_till(error: BaseException) -> BaseException:
    """What failed between us and the central service is its absence to a till; what it refused is the till's."""
    if isinstance(error, PointsInsufficient | CustomerUnknown | CustomerBlocked):
        return error
    if isinstance(error, TillgateError | TimeoutError):
        reason = error.reason if isinstance(error, TillgateError) else CentralUnavailable.reason
        return RedemptionOffline("the central service did not hold the points", path="$.basket.redeem", cause=reason)
    return error


def _prompts(priced: Priced, kinds: tuple[CardKindRule, ...]) -> list[Prompt]:
    prompts = []
    for reward in priced.answer.rewards:
        prompt = Prompt()
        if reward.prompt_text is not None:
            prompt.to = reward.prompt_to
            prompt.text.ru, prompt.text.en = reward.prompt_text.ru, reward.prompt_text.en
        else:
            name = next((kind.name for kind in kinds if kind.kind == reward.offer_card_kind), None)
            prompt.to = "cashier"
            prompt.text.ru = f"Предложите гостю карту: {name.ru if name else reward.offer_card_kind}"
            prompt.text.en = f"Offer the guest a card: {name.en if name else reward.offer_card_kind}"
        prompts.append(prompt)
    return prompts
