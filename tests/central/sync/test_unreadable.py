"""What cannot be read, or sent, of one customer or one organisation is nobody else's trouble."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from central_chain import Chain
from django.db import connection
from django.utils import timezone
from gateway_link import PATIENCE_S, database

from tillgate.central.customers.changes import touch
from tillgate.central.customers.models import Change, Customer
from tillgate.central.fleet.models import Gateway, hash_token
from tillgate.central.sql import open_sql
from tillgate.central.stores.models import Organisation, Store
from tillgate.central.sync._feed import Feed
from tillgate.central.sync._workers import Workers
from tillgate.central.sync.server import ServerSettings, serving

Make = Callable[..., Any]


@pytest.fixture
def chain(sqlite_home: object) -> Chain:
    """PostgreSQL keeps no such text, so this is SQLite's."""
    from central_chain import make_chain

    return make_chain()


async def test_half_a_surrogate_pair_stays_at_home(
    raw_gateway: Make, chain: Chain, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil() -> None:
        customer = Customer.objects.get(pk=chain.customers[0])
        customer.attributes = json.loads('{"city": "\\ud83d", "\\ud83d": "x", "shop": "Main", "size": 4}')
        customer.segments = json.loads('["vip", "\\ud83d"]')
        customer.save()
        touch(customer)
        Customer.objects.filter(pk=chain.customers[1]).update(attributes=[1], segments=5)

    await database(spoil)
    gateway = raw_gateway()
    await gateway.connect()
    states, _, checkpoint = await gateway.customers()
    assert checkpoint.count == len(states) == 3
    by_name = {name.replace("-", ""): customer.state for name, customer in states.items()}
    state = by_name[chain.customers[0]]
    assert (dict(state.attributes), list(state.segments)) == ({"shop": "Main", "size": "4"}, ["vip"])
    assert not by_name[chain.customers[1]].segments
    assert f"customer {state.customer_id} has a segment" in caplog.text


async def test_an_organisation_that_cannot_be_read_stops_no_other(
    chain: Chain, caplog: pytest.LogCaptureFixture, raw_gateway_on: Make
) -> None:
    def add_another() -> None:
        other = Organisation.objects.create(name="Other")
        store = Store.objects.create(organisation=other, store_id="store-2", name="Store 2")
        Gateway.objects.create(gateway_id="gateway-2", store=store, token_hash=hash_token("tg_2"))
        Change.objects.create(customer_id=Customer.objects.create(organisation=other, first_name="Eva").pk)

    def change_other() -> None:
        touch(Customer.objects.get(first_name="Eva"))

    def write(card_kind: str | bytes) -> None:
        sql = open_sql(connection)
        sql.run("UPDATE customers_customer SET card_kind = %s WHERE id = %s", (card_kind, chain.customers[0]))
        sql.insert(
            "customers_change",
            ("customer_id", "removed", "created_at"),
            [(chain.customers[0], False, sql.time(timezone.now()))],
        )

    await database(add_another)
    async with serving(ServerSettings(listen="127.0.0.1:0")) as running:
        broken = raw_gateway_on(running.address, chain.gateway_id, chain.token)
        whole = raw_gateway_on(running.address, "gateway-2", "tg_2")
        await broken.connect()
        await whole.connect()
        assert len((await broken.customers())[0]) == 3
        assert len((await whole.customers())[0]) == 1
        # A value that no code of ours writes: SQLite keeps bytes in a column of text.
        await database(write, b"\xff")
        for _ in range(3):
            await database(change_other)
            async with asyncio.timeout(PATIENCE_S):
                assert len((await whole.customers())[0]) == 1
        assert caplog.text.count("cannot be read, trying again") == 1
        assert not any(task.done() for task in running.background)
        await database(write, "plastic")
        async with asyncio.timeout(PATIENCE_S):
            states = (await broken.customers())[0]
        assert [one.state.card_kind for one in states.values()] == ["plastic"]


async def test_the_feed_outlives_whatever_happens_to_it(chain: Chain, caplog: pytest.LogCaptureFixture) -> None:
    failures = [RuntimeError("first"), RuntimeError("second")]
    seen = asyncio.Event()

    def organisations() -> set[int]:
        if failures:
            raise failures.pop()
        return {chain.organisation}

    workers = Workers()
    feed = Feed(workers, timezone.now, organisations, lambda *_: seen.set())
    running = asyncio.create_task(feed.run())
    async with asyncio.timeout(PATIENCE_S):
        await seen.wait()
    assert caplog.text.count("a step failed, trying again") == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await workers.close()
