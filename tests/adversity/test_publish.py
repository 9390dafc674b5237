"""What head office publishes reaches a store that is open, within seconds and without a restart."""

import json
import time

import grpc
from shop import Shop

from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services

ARRIVES_WITHIN_S = 5.0

PUBLISH = """
import json
from django.utils import timezone
from tillgate.central.programmes.models import Programme
from tillgate.central.programmes.publishing import new_draft, publish, published_document
programme = Programme.objects.get()
document = published_document(programme.organisation_id)
document["examples"] = []
document["discounts"] = {"id": "all", "mode": "sum", "children": [{"id": "half", "give": {"percent": "50"}}]}
publish(new_draft(programme, json.dumps(document)), None, timezone.now())
"""

BLOCK = """
from django.db import transaction
from tillgate.central.customers.models import Identifier
row = Identifier.objects.get(value="%s")
row.blocked = True
with transaction.atomic():
    row.save()
    from tillgate.central.customers.changes import touch
    touch(row.customer)
"""


def total(shop: Shop) -> int:
    request = api.QuoteRequest()
    request.basket.currency = "RUB"
    request.basket.lines.add(sku="anything", quantity_milli=1_000, unit_price_minor=100_00)
    with grpc.insecure_channel(shop.address) as channel:
        stub = services.CheckoutServiceStub(channel)
        answer = stub.Quote(request, metadata=(("authorization", f"Bearer {shop.token}"),), timeout=5)
    return answer.answer.total_minor


def test_a_published_revision_prices_the_next_quote(own_shop: Shop) -> None:
    before = own_shop.gateway.pid
    assert total(own_shop) == 100_00
    own_shop.manage("shell", "-v", "0", "-c", PUBLISH)
    started = time.monotonic()
    own_shop.wait(lambda info: info.programme_revision == 2, "revision 2", within_s=ARRIVES_WITHIN_S)
    assert time.monotonic() - started < ARRIVES_WITHIN_S
    assert total(own_shop) == 50_00
    assert own_shop.gateway.pid == before


def test_a_blocked_card_is_refused_at_the_till(own_shop: Shop) -> None:
    card = own_shop.cards[3]
    own_shop.manage("shell", "-v", "0", "-c", BLOCK % card)
    request = api.IdentifyRequest(scanned_text=card)
    with grpc.insecure_channel(own_shop.address) as channel:
        stub = services.CheckoutServiceStub(channel)
        ours = (("authorization", f"Bearer {own_shop.token}"),)

        def blocked(_info: object) -> bool:
            return stub.Identify(request, metadata=ours, timeout=5).outcome == api.IdentifyResponse.OUTCOME_BLOCKED

        began = time.monotonic()
        own_shop.wait(blocked, "the card to be blocked", ARRIVES_WITHIN_S)
    assert time.monotonic() - began < ARRIVES_WITHIN_S


def test_the_gateway_learns_of_every_customer_that_head_office_has(own_shop: Shop) -> None:
    customers = own_shop.query("SELECT count(*) FROM customers_customer")[0][0]
    own_shop.wait(lambda info: info.customers_known == customers, "all customers")
    assert json.loads(own_shop.manage("show_customer", own_shop.cards[0], "--json"))["balance"] >= 0
