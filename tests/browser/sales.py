"""Sells in the demonstration's stores, as gateways would have reported it: `python sales.py HOME`."""

import os
import sys
import uuid
from datetime import datetime, timedelta
from random import Random

from tillgate.central.home import HOME_VARIABLE

os.environ[HOME_VARIABLE] = sys.argv[1]
os.environ["DJANGO_SETTINGS_MODULE"] = "tillgate.central.settings"

import django  # Settings first.

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from tillgate.central.customers.models import Customer  # noqa: E402
from tillgate.central.fleet.models import Gateway  # noqa: E402
from tillgate.central.office.demo.goods import GOODS, Goods  # noqa: E402
from tillgate.central.purchases import Source, apply_batch  # noqa: E402
from tillgate.central.sql import open_sql  # noqa: E402
from tillgate.sync.v1 import sync_service_pb2 as sync  # noqa: E402
from tillgate.type.v1 import purchase_pb2 as types  # noqa: E402

RECEIPTS = 40
DAYS = 14


def purchase(random: Random, store_id: str, customer: Customer | None, when: datetime) -> types.Purchase:
    """A few goods, ten percent off coffee, five percent in points."""
    made = types.Purchase(
        purchase_id=str(uuid.UUID(int=random.getrandbits(128), version=4)),
        store_id=store_id,
        lane_id="till-1",
        customer_id=str(customer.pk) if customer else "",
        utc_offset_minutes=180,
        programme_id="romashka",
        programme_revision=1,
    )
    made.committed_time.FromDatetime(when)
    made.basket.currency = "RUB"
    for number, goods in enumerate(random.sample(GOODS, random.randint(1, 6)), start=1):
        add_line(made, str(number), goods, random.randint(1, 3), identified=customer is not None)
    made.answer.total_minor = sum(line.net_minor for line in made.answer.lines)
    made.answer.list_minor = sum(line.list_minor for line in made.answer.lines)
    made.answer.discount_minor = made.answer.list_minor - made.answer.total_minor
    made.answer.points.earned = sum(line.points_earned for line in made.answer.lines)
    made.tenders.add(type="card", amount_minor=made.answer.total_minor)
    return made


def add_line(made: types.Purchase, number: str, goods: Goods, units: int, *, identified: bool) -> None:
    """One line of the basket and of its answer."""
    unit_price_minor = int(goods.unit_price * 100)
    made.basket.lines.add(
        id=number,
        sku=goods.sku,
        quantity_milli=units * 1000,
        unit_price_minor=unit_price_minor,
        categories=goods.categories,
    )
    value = unit_price_minor * units
    off = value // 10 if goods.categories == ("drinks/coffee",) else 0
    net = value - off
    line = made.answer.lines.add(
        id=number, list_minor=value, net_minor=net, points_earned=net // 2000 if identified else 0
    )
    if off:
        line.discounts.add(rule_id="coffee-10", amount_minor=off)


def main() -> None:
    random = Random(7)
    now = timezone.now()
    customers = list(Customer.objects.order_by("phone")[:20])
    moments = sorted(now - timedelta(days=random.uniform(0, DAYS - 1)) for _ in range(RECEIPTS - 3))
    moments += [now - timedelta(minutes=minutes) for minutes in (9, 5, 2)]
    for gateway in Gateway.objects.filter(revoked=False).select_related("store"):
        source = Source(gateway.pk, gateway.store.organisation_id, gateway.store.pk, gateway.store.store_id)
        events = []
        for seq, moment in enumerate(moments, start=1):
            customer = random.choice(customers) if random.random() < 0.7 else None
            event = sync.Event(epoch=gateway.epoch, seq=seq)
            event.recorded_time.FromDatetime(moment)
            event.purchase_committed.purchase.CopyFrom(purchase(random, gateway.store.store_id, customer, moment))
            events.append(event)
        bad = sync.Event(epoch=gateway.epoch, seq=len(events) + 1)
        bad.purchase_committed.purchase.purchase_id = "not-a-uuid"
        outcome = apply_batch(open_sql(connection), source, gateway.epoch, [*events, bad], now)
        print(gateway, outcome)
    first = Gateway.objects.filter(revoked=False).order_by("gateway_id").first()
    assert first is not None
    Gateway.objects.filter(pk=first.pk).update(last_seen_at=now + timedelta(hours=1), queue_rows=0, version="0.1.0")
    Gateway.objects.exclude(pk=first.pk).update(last_seen_at=now - timedelta(hours=3), queue_rows=17, version="0.1.0")


main()
