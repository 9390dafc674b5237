"""How often rules that are limited in total gave something in the chain: from one gateway's sale to another's quote."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from central_chain import Chain
from django.db import connection
from django.utils import timezone
from gateway_link import database, linked, until

from tillgate.central.fleet.models import Gateway, hash_token
from tillgate.central.programmes.models import Programme
from tillgate.central.programmes.publishing import new_draft, publish
from tillgate.central.purchases.models import RuleTotal
from tillgate.central.sql import open_sql
from tillgate.central.sync._totals import READ_EVERY_S, FleetState, TotalsReader
from tillgate.sync.v1 import sync_service_pb2 as sync

Make = Callable[..., Any]


def document(**totals: int) -> str:
    """Rules that give in so many receipts, and one that is free to."""
    rules = [{"id": rule, "give": {"percent": "5"}, "uses": {"total": most}} for rule, most in totals.items()]
    group = {"id": "d", "mode": "sequence", "children": [{"id": "free", "give": {"percent": "1"}}, *rules]}
    return json.dumps({"format": 1, "id": "chain", "revision": 1, "currency": "RUB", "discounts": group})


def published(chain: Chain, text: str) -> None:
    programme, _ = Programme.objects.get_or_create(organisation_id=chain.organisation, code="chain", name="Chain")
    publish(new_draft(programme, text), None, timezone.now())


def sale(chain: Chain, seq: int, *rules: str) -> sync.Event:
    """A stranger's purchase in which these rules gave something."""
    event = sync.Event(epoch=1, seq=seq)
    purchase = event.purchase_committed.purchase
    purchase.purchase_id, purchase.store_id = str(uuid4()), chain.store_id
    for rule in rules:
        purchase.answer.applied.add(rule_id=rule, amount_minor=5)
    return event


def add_gateway(chain: Chain) -> None:
    store = Gateway.objects.get(pk=chain.gateway).store
    Gateway.objects.create(gateway_id="gateway-2", store=store, token_hash=hash_token("tg_2"))


async def test_totals_come_on_connecting_and_when_receipts_change_them(raw_gateway: Make, chain: Chain) -> None:
    await database(published, chain, document(r=10, s=10))
    await database(add_gateway, chain)
    first, second = raw_gateway(), raw_gateway("gateway-2", "tg_2")
    await first.connect()
    assert await first.read("use_totals") == sync.UseTotals()
    sold = sale(chain, 1, "r", "free")
    await first.send(sold, sale(chain, 2, "r", "s"))
    assert await first.read("use_totals") == sync.UseTotals(receipts={"r": 2, "s": 1}, applied_seq=2)
    await second.connect()
    assert await second.read("use_totals") == sync.UseTotals(receipts={"r": 2, "s": 1})
    taken_back = sync.Event(epoch=1, seq=1)
    taken_back.purchase_cancelled.purchase_id = sold.purchase_committed.purchase.purchase_id
    await second.send(taken_back)
    assert await first.read("use_totals") == sync.UseTotals(receipts={"r": 1, "s": 1}, applied_seq=2)
    assert await second.read("use_totals") == sync.UseTotals(receipts={"r": 1, "s": 1}, applied_seq=1)
    await database(published, chain, document(t=1))
    assert await first.read("use_totals") == sync.UseTotals(applied_seq=2)


async def test_a_real_gateway_knows_what_another_sold(
    raw_gateway: Make, server: str, chain: Chain, tmp_path: Path
) -> None:
    await database(published, chain, document(r=10))
    await database(add_gateway, chain)
    async with linked(tmp_path, server, "gateway-2", "tg_2") as link:
        journal, replica = link.journal, link.replica
        other = raw_gateway()
        await other.connect()
        await other.send(sale(chain, 1, "r"), sale(chain, 2, "r"))
        await until(lambda: replica.use_totals() == {"r": 2})
        own = sale(chain, 0, "r")

        def sell(transaction: Any) -> None:
            replica.count_uses(transaction, transaction.append_event(own), ["r"], 1)

        await journal.write(sell)
        assert replica.use_totals() == {"r": 3}
        await until(lambda: not journal.rows("SELECT * FROM own_uses"))
        assert replica.use_totals() == {"r": 3}


def test_totals_are_read_now_and_then_and_at_once_for_other_rules(chain: Chain) -> None:
    now = 100.0
    reader = TotalsReader(lambda: now)
    fleet = {chain.gateway: FleetState(epoch=1, high_water=7, revoked=False)}

    def read(text: str, name: str) -> sync.UseTotals | None:
        bundle = sync.Bundle(sha256=name, programme_json=text.encode())
        return reader.read(open_sql(connection), chain.organisation, [bundle], fleet).told(chain.gateway, 1)

    def count(rule: str, receipts: int) -> None:
        RuleTotal.objects.update_or_create(
            organisation_id=chain.organisation, gateway_id=chain.gateway, rule_id=rule, defaults={"count": receipts}
        )

    count("r", 1)
    count("s", 4)
    assert read(document(r=10), "a") == sync.UseTotals(receipts={"r": 1}, applied_seq=7)
    count("r", 2)
    now += READ_EVERY_S - 0.1
    assert read(document(r=10), "a") == sync.UseTotals(receipts={"r": 1}, applied_seq=7)
    now += 0.1
    assert read(document(r=10), "a") == sync.UseTotals(receipts={"r": 2}, applied_seq=7)
    assert read(document(s=10), "b") == sync.UseTotals(receipts={"s": 4}, applied_seq=7)
    # Nothing is limited: whatever the gateway sells, it hears nothing new.
    assert read(document(), "c") == sync.UseTotals()
    assert read("{", "d") == sync.UseTotals()
    fleet = {}
    assert read(document(r=10), "a") is None, "a gateway that was not there"


def test_totals_of_another_epoch_are_not_told(chain: Chain) -> None:
    fleet = {chain.gateway: FleetState(epoch=2, high_water=7, revoked=False)}
    totals = TotalsReader().read(open_sql(connection), chain.organisation, [], fleet)
    assert totals.told(chain.gateway, 1) is None
    assert totals.told(chain.gateway, 2) == sync.UseTotals()
