"""How many receipts of the whole chain each rule gave something in, counted as batches come."""

from dataclasses import replace

import pytest
from central_chain import Chain
from django.db import connection
from event_stream import Stream

from tillgate.central.fleet.models import Gateway
from tillgate.central.purchases import read_totals
from tillgate.central.purchases.models import ReceiptRule, RuleTotal
from tillgate.central.sql import open_sql
from tillgate.sync.v1.sync_service_pb2 import Event


def bought(stream: Stream, *rules: str, customer: str | None = None) -> Event:
    """A purchase in which these rules took money off."""
    event = stream.purchase(customer=customer)
    for rule in rules:
        event.purchase_committed.purchase.answer.applied.add(rule_id=rule, amount_minor=100)
    return event


def totals(chain: Chain) -> dict[str, int]:
    rules = set(RuleTotal.objects.values_list("rule_id", flat=True))
    return read_totals(open_sql(connection), chain.organisation, rules)


def test_receipts_of_everybody_count(stream: Stream) -> None:
    stream.send(bought(stream, "r"), bought(stream, "r", "s", customer=""))
    stream.send(bought(stream, "r", "r", customer=stream.chain.customers[1]))
    assert totals(stream.chain) == {"r": 3, "s": 1}
    assert read_totals(open_sql(connection), stream.chain.organisation, {"s"}) == {"s": 1}
    assert read_totals(open_sql(connection), stream.chain.organisation + 1, {"s"}) == {}
    assert ReceiptRule.objects.count() == 2


def test_cancelled_purchases_give_uses_back_once(stream: Stream) -> None:
    first, second = bought(stream, "r", customer=""), bought(stream, "r")
    stream.send(first, second, stream.cancel(second))
    assert totals(stream.chain) == {"r": 1}
    stream.send(stream.cancel(first), stream.cancel(first))
    assert totals(stream.chain) == {}


def test_a_purchase_that_comes_again_or_cannot_be_applied_is_no_use(stream: Stream) -> None:
    event = bought(stream, "r", customer="")
    stream.send(event)
    again, wrong = stream.event(), bought(stream, "r", customer="")
    again.purchase_committed.CopyFrom(event.purchase_committed)
    wrong.purchase_committed.purchase.store_id = "elsewhere"
    assert [seq for seq, _ in stream.send(again, wrong).quarantined] == [wrong.seq]
    assert totals(stream.chain) == {"r": 1}


def test_many_rules_of_one_batch_count(stream: Stream) -> None:
    names = [f"rule-{number}" for number in range(450)]
    stream.send(bought(stream, *names), bought(stream, *names[:250]))
    assert totals(stream.chain) == {name: 2 if at < 250 else 1 for at, name in enumerate(names)}


@pytest.fixture
def other(stream: Stream) -> Stream:
    """Another gateway of the same store."""
    store = Gateway.objects.get(pk=stream.chain.gateway).store
    gateway = Gateway.objects.create(gateway_id="gateway-2", store=store, token_hash="")
    return Stream(replace(stream.chain, gateway=gateway.pk))


def test_a_gateway_may_take_back_what_another_sold(stream: Stream, other: Stream) -> None:
    sold = bought(stream, "r")
    stream.send(sold, bought(stream, "r"))
    other.send(bought(other, "r"))
    assert totals(stream.chain) == {"r": 3}
    other.send(other.cancel(sold), other.event())
    assert totals(stream.chain) == {"r": 2}
