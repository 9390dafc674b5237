"""Months of invented receipts, priced by the chain's programme and taken in as those of gateways that were replaced."""

import uuid
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import connection

from tillgate.accel import Compiled, compile_programme
from tillgate.accel.wire import write_answer
from tillgate.central.customers.models import Customer
from tillgate.central.fleet.models import Gateway, hash_token, new_token
from tillgate.central.purchases import Source, apply_batch
from tillgate.central.sql import open_sql
from tillgate.central.stores.models import Store
from tillgate.core import basket, parse_programme
from tillgate.sync.v1.sync_service_pb2 import Event
from tillgate.type.v1.answer_pb2 import Answer
from tillgate.type.v1.purchase_pb2 import Purchase

from .goods import GOODS

__all__ = ["sell"]

RECEIPTS_A_DAY = 14
BATCH = 100
#: People come for coffee in the morning and for bread in the evening.
HOURS = (8, 8, 9, 9, 10, 11, 12, 13, 13, 14, 15, 16, 17, 18, 18, 19, 19, 20, 20, 21)
IDENTIFIED_SHARE = 0.6
PAYMENTS = ("card", "card", "card", "sbp", "cash")


def sell(store: Store, document: str, days: int, now: datetime) -> int:
    """Fill the days before today. A store that has such receipts already gets no more. How many were made."""
    if not days:
        return 0
    values = {"store": store, "token_hash": hash_token(new_token())}
    gateway, made = Gateway.objects.get_or_create(gateway_id=f"gw-{store.store_id}-before", defaults=values)
    if not made:
        return 0
    events = _Events(store, compile_programme(parse_programme(document.encode())), now).of(days)
    source = Source(gateway.pk, store.organisation_id, store.pk, store.store_id)
    for start in range(0, len(events), BATCH):
        apply_batch(open_sql(connection), source, gateway.epoch, events[start : start + BATCH], now)
    Gateway.objects.filter(pk=gateway.pk).update(revoked=True, last_seen_at=now - timedelta(days=1))
    return len(events)


class _Events:
    """The same for the same store and day, whatever database."""

    def __init__(self, store: Store, programme: Compiled, now: datetime) -> None:
        self.store, self.programme = store, programme
        self.zone = ZoneInfo(store.time_zone)
        self.midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        self.random = Random(store.store_id)
        self.customers = list(Customer.objects.filter(organisation=store.organisation_id).order_by("pk"))

    def of(self, days: int) -> list[Event]:
        times = sorted(
            self.midnight - timedelta(days=day) + timedelta(hours=self.random.choice(HOURS), seconds=self.second())
            for day in range(1, days + 1)
            for _ in range(self.random.randrange(RECEIPTS_A_DAY // 2, RECEIPTS_A_DAY * 3 // 2))
        )
        return [self.event(number, time) for number, time in enumerate(times, start=1)]

    def second(self) -> int:
        return self.random.randrange(3600)

    def event(self, number: int, time: datetime) -> Event:
        event = Event(epoch=1, seq=number)
        purchase = event.purchase_committed.purchase
        purchase.purchase_id = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        purchase.store_id, purchase.lane_id = self.store.store_id, "1"
        purchase.programme_id = self.programme.programme_id
        purchase.programme_revision = self.programme.revision
        purchase.committed_time.FromDatetime(time)
        offset = time.utcoffset()
        purchase.utc_offset_minutes = 0 if offset is None else int(offset / timedelta(minutes=1))
        self.fill(purchase, time)
        return event

    def fill(self, purchase: Purchase, time: datetime) -> None:
        """Goods, a customer or none, the answer, the money."""
        customer = self.customer(time)
        lines = tuple(self.lines(purchase))
        sold = basket.Basket(
            currency=self.programme.currency, time=time, store=self.store.store_id, lines=lines, customer=customer
        )
        answer = self.programme.price(sold, "applied")
        purchase.customer_id = customer.id if customer else ""
        purchase.answer.CopyFrom(Answer.FromString(write_answer(answer)))
        purchase.basket.currency = self.programme.currency
        payment = self.random.choice(PAYMENTS)
        purchase.basket.payments.add(type=payment, amount_minor=answer.total_minor)
        purchase.tenders.add(type=payment, amount_minor=answer.total_minor)

    def customer(self, time: datetime) -> basket.Customer | None:
        row = self.random.choice(self.customers) if self.customers else None
        known = self.random.random() < IDENTIFIED_SHARE
        if row is None or not known or (row.registered_at and row.registered_at > time):
            return None
        return basket.Customer(id=str(row.pk), tier=row.tier, segments=tuple(row.segments), card_kind=row.card_kind)

    def lines(self, purchase: Purchase) -> list[basket.Line]:
        chosen = self.random.sample(GOODS, self.random.choice((1, 1, 2, 2, 3, 4, 6, 8)))
        found = []
        for number, goods in enumerate(chosen, start=1):
            weighed = goods.categories == ("fruit",)
            milli = self.random.randrange(300, 2200, 5) if weighed else 1000 * self.random.choice((1, 1, 1, 2, 3))
            price = int(goods.unit_price * 100)
            purchase.basket.lines.add(
                id=str(number), sku=goods.sku, name=goods.name.ru, quantity_milli=milli, unit_price_minor=price,
                categories=goods.categories,
            )  # fmt: skip
            found.append(
                basket.Line(
                    id=str(number), sku=goods.sku, quantity_milli=milli, unit_price_minor=price,
                    categories=goods.categories,
                )
            )  # fmt: skip
        return found
