"""What a sale is recorded as: the purchase, its event, the answer with the slip."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tillgate.accel.wire import write_answer
from tillgate.core.errors import BasketInvalid
from tillgate.core.rewards import say_reward
from tillgate.core.text import Text
from tillgate.gateway.replica import CardKindRule, Replica
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest, CommitResponse
from tillgate.sync.v1.sync_service_pb2 import Event
from tillgate.type.v1.answer_pb2 import Answer as AnswerMessage
from tillgate.type.v1.answer_pb2 import Prompt
from tillgate.type.v1.purchase_pb2 import Purchase
from tillgate.type.v1.receipt_document_pb2 import Columns

from ._central import Central
from ._messages import localized, timestamp
from ._quote import Priced
from ._slip import Language, SlipData, write_slip

__all__ = ["EVENT_BYTES_MAX", "Prepared", "Recording", "Sale"]

#: The central service takes messages of four times that. Larger than a batch (256 KiB), an event travels alone.
EVENT_BYTES_MAX = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A request that has been priced and checked."""

    purchase_id: UUID
    lane_id: str
    request: CommitRequest
    request_hash: bytes
    priced: Priced
    committed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a sale will be written as. Made before the writer's turn, which is everybody's. Open are the balance and,
    until points have been set aside, the event's hold."""

    sale: Sale
    purchase: bytes
    event: Event
    response: CommitResponse
    balance: Columns | None


class Recording:
    """Turns a sale into messages."""

    def __init__(self, replica: Replica, central: Central, language: Language) -> None:
        self._replica = replica
        self._central = central
        self._language = language

    def prepare(self, sale: Sale) -> Prepared:
        """All but the balance and the hold. Raises BasketInvalid if it is more than an event may be."""
        purchase = self._purchase(sale)
        event = Event()
        event.purchase_committed.purchase.CopyFrom(purchase)
        if (size := event.ByteSize()) > EVENT_BYTES_MAX:
            raise BasketInvalid(
                Text(
                    f"запись о покупке — {size} байт, а можно {EVENT_BYTES_MAX}: меньше строк, короче названия",
                    f"the sale takes {size} bytes to record, {EVENT_BYTES_MAX} are allowed: fewer lines, shorter names",
                ),
                path="$.basket",
                reason="TOO_LONG",
            )
        prompts = prompts_of(sale.priced, self._replica.card_kinds())
        response = CommitResponse(
            purchase_id=purchase.purchase_id,
            answer=purchase.answer,
            committed_time=purchase.committed_time,
            offline=purchase.offline,
            prompts=prompts,
        )
        store = self._replica.store()
        data = SlipData(
            store_name="" if store is None else store.name,
            local_time=f"{sale.priced.time:%d.%m.%Y %H:%M}",
            lane_id=sale.lane_id,
            basket=purchase.basket,
            answer=sale.priced.answer,
            tenders=purchase.tenders,
            identified=sale.priced.customer is not None,
            messages=[getattr(prompt.text, self._language) for prompt in prompts if prompt.to == "receipt"],
            language=self._language,
        )
        return Prepared(
            sale=sale,
            purchase=purchase.SerializeToString(),
            event=event,
            response=response,
            balance=write_slip(response.slip, data),
        )

    def _purchase(self, sale: Sale) -> Purchase:
        priced, request = sale.priced, sale.request
        offset = priced.time.utcoffset()
        purchase = Purchase(
            purchase_id=str(sale.purchase_id),
            store_id=priced.store_id,
            lane_id=sale.lane_id,
            customer_id=request.customer_id,
            basket=request.basket,
            answer=AnswerMessage.FromString(write_answer(priced.answer)),
            tenders=request.tenders,
            committed_time=timestamp(sale.committed),
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


def prompts_of(priced: Priced, kinds: tuple[CardKindRule, ...]) -> list[Prompt]:
    """What people should be told after the sale."""
    names = {kind.kind: kind.name for kind in kinds}
    prompts = []
    for reward in priced.answer.rewards:
        text = say_reward(reward, names.get(reward.offer_card_kind))
        prompts.append(Prompt(to=reward.prompt_to or "cashier", text=localized(text)))
    return prompts
