"""Real gateways' links to a real server, on networks and machines that fail: nothing lost, nothing doubled."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
from central_chain import Chain
from django.db import connection
from gateway_link import Link, database, linked, until, write_token
from proxy import Proxy

from tillgate.central.customers.models import Customer
from tillgate.central.fleet.models import Gateway, hash_token
from tillgate.central.ledger import adjust, check_ledger
from tillgate.central.purchases.models import Quarantine, Receipt
from tillgate.central.sql import open_sql
from tillgate.core.errors import CentralUnavailable, CustomerUnknown, HoldClosed, PointsInsufficient
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

GATEWAYS = 20
EVENTS = 30
KILLS = 4


class Server(Protocol):
    """What conftest.py starts."""

    address: str

    def start(self) -> None: ...
    def kill(self) -> None: ...


def add_gateways(chain: Chain, count: int) -> list[tuple[str, str]]:
    store = Gateway.objects.get(pk=chain.gateway).store
    made = [(f"till-{number}", f"tg_{number}") for number in range(count)]
    for name, token in made:
        Gateway.objects.create(gateway_id=name, store=store, token_hash=hash_token(token))
    return made


def sale(chain: Chain, random: Random) -> Event:
    event = Event()
    purchase = event.purchase_committed.purchase
    purchase.purchase_id, purchase.store_id = str(uuid4()), chain.store_id
    purchase.customer_id = str(UUID(hex=random.choice(chain.customers)))
    purchase.answer.points.earned = 1
    purchase.answer.total_minor = 100
    purchase.committed_time.FromDatetime(SystemClock().now())
    return event


async def sell(link: Link, event: Event) -> None:
    """As a commit does: the event and its effect on the customer in one transaction."""
    customer_id = event.purchase_committed.purchase.customer_id

    def earn(state: Any) -> None:
        state.points_available += 1

    def write(transaction: Any) -> None:
        number = transaction.append_event(event)
        link.replica.change_customer(transaction, customer_id, number, earn)

    await link.journal.write(write)


def all_points() -> dict[str, int]:
    return {str(pk): points for pk, points in Customer.objects.values_list("pk", "points_available")}


async def agree(links: list[Link], expected: int) -> None:
    """Everything arrived once, the books are in order, and every gateway holds what the central holds."""
    await until(lambda: all(link.journal.outbox.rows == 0 for link in links))
    assert await database(Receipt.objects.count) == expected
    assert await database(Quarantine.objects.count) == 0
    assert await database(lambda: check_ledger(open_sql(connection))) == []
    points = await database(all_points)
    assert sum(points.values()) == expected

    def held(link: Link) -> dict[str, int]:
        found = {name: link.replica.customer(name) for name in points}
        return {name: known.state.points_available for name, known in found.items() if known is not None}

    await until(lambda: all(held(link) == points for link in links))


async def test_twenty_gateways_at_once_over_links_that_break(server: str, chain: Chain, tmp_path: Path) -> None:
    names = await database(add_gateways, chain, GATEWAYS)
    random = Random(20)
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(Proxy(server, Random(7)))
        proxy.delay_s = 0.01
        links = [
            await stack.enter_async_context(linked(tmp_path / name, proxy.address, name, token))
            for name, token in names
        ]
        await until(lambda: all(link.replica.customers_cursor for link in links))

        async def till(link: Link) -> None:
            for _ in range(EVENTS):
                await sell(link, sale(chain, random))
                await asyncio.sleep(random.uniform(0, 0.1))

        async def vandal() -> None:
            for _ in range(8):
                await asyncio.sleep(random.uniform(0.1, 0.5))
                proxy.cut_after(random.randint(1, 4_000))

        await asyncio.gather(vandal(), *(till(link) for link in links))
        await agree(links, GATEWAYS * EVENTS)
        assert proxy.connections > GATEWAYS


async def test_the_server_may_be_killed_at_any_moment(server_process: Server, chain: Chain, tmp_path: Path) -> None:
    names = await database(add_gateways, chain, 4)
    random = Random(4)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        links = [
            await stack.enter_async_context(linked(tmp_path / name, server_process.address, name, token))
            for name, token in names
        ]
        await until(lambda: all(link.replica.customers_cursor for link in links))
        sold = 0
        for _ in range(KILLS):
            for link in links:
                for _ in range(60):
                    await sell(link, sale(chain, random))
                    sold += 1
            await asyncio.sleep(random.uniform(0, 0.3))
            await loop.run_in_executor(None, server_process.kill)
            await loop.run_in_executor(None, server_process.start)
        await agree(links, sold)


async def test_a_link_that_died_in_silence_is_noticed_within_ten_seconds(
    server: str, chain: Chain, tmp_path: Path
) -> None:
    async with Proxy(server) as proxy, linked(tmp_path, proxy.address, chain.gateway_id, chain.token) as link:
        await until(lambda: link.uplink.online)
        before = link.uplink.since
        proxy.freeze()
        with pytest.raises(CentralUnavailable):
            async with asyncio.timeout(2.5):
                await link.uplink.hold_points("h", str(UUID(hex=chain.customers[0])), 1)
        assert await until(lambda: not link.uplink.online, 12) < 10
        assert link.uplink.since > before
        assert link.uplink.problem
        await sell(link, sale(chain, Random(1)))
        proxy.cut()
        proxy.thaw()
        await agree([link], 1)
        assert link.uplink.online
        assert not link.uplink.problem


async def test_holds_through_the_link(server: str, chain: Chain, tmp_path: Path) -> None:
    customer = str(UUID(hex=chain.customers[0]))

    def give() -> None:
        adjust(connection, key="1", customer_id=UUID(customer), points=100, programme="", time=SystemClock().now())

    await database(give)
    async with linked(tmp_path, server, chain.gateway_id, chain.token) as link:
        await until(lambda: link.uplink.online)
        assert await link.uplink.hold_points("h", customer, 60) == 40
        with pytest.raises(PointsInsufficient):
            await link.uplink.hold_points("i", customer, 41)
        with pytest.raises(CustomerUnknown):
            await link.uplink.hold_points("i", str(uuid4()), 1)
        await link.journal.holds.open("h", customer, 60)
        await link.journal.holds.release("h")
        await until(lambda: link.journal.outbox.rows == 0)
        with pytest.raises(HoldClosed):
            await link.uplink.hold_points("h", customer, 60)
        known: Callable[[], Any] = lambda: link.replica.customer(customer)  # noqa: E731
        await until(lambda: known().state.points_available == 100)


async def test_a_gateway_without_a_central_is_simply_offline(tmp_path: Path) -> None:
    async with linked(tmp_path, "127.0.0.1:1", "gateway-1", "tg_x") as link:
        await until(lambda: bool(link.uplink.problem))
        assert not link.uplink.online
        with pytest.raises(CentralUnavailable):
            await link.uplink.hold_points("h", "c", 1)


async def test_a_gateway_with_a_wrong_token_keeps_trying_and_says_why(
    server: str, chain: Chain, tmp_path: Path
) -> None:
    async with linked(tmp_path, server, chain.gateway_id, "tg_wrong") as link:
        await until(lambda: "GATEWAY_UNKNOWN" in link.uplink.problem)
        write_token(tmp_path, chain.token)
        await until(lambda: link.uplink.online)


async def test_a_gateway_takes_the_epoch_it_was_given_anew(server: str, chain: Chain, tmp_path: Path) -> None:
    async with linked(tmp_path, server, chain.gateway_id, chain.token) as link:
        for _ in range(3):
            await sell(link, sale(chain, Random(1)))
        await agree([link], 3)
    await database(lambda: Gateway.objects.filter(pk=chain.gateway).update(epoch=2, high_water=0))
    async with linked(tmp_path, server, chain.gateway_id, chain.token) as link:
        await sell(link, sale(chain, Random(2)))
        await agree([link], 4)
        assert (link.journal.outbox.epoch, link.journal.outbox.last_seq) == (2, 1)


async def test_a_journal_that_was_replaced_sells_on_and_delivers_after_a_new_epoch(
    server: str, chain: Chain, tmp_path: Path
) -> None:
    async with linked(tmp_path / "old", server, chain.gateway_id, chain.token) as link:
        await sell(link, sale(chain, Random(1)))
        await agree([link], 1)
    new = Journal.open(tmp_path / "new" / "data", SystemClock(), Metrics())
    for _ in range(3):
        await new.write(lambda transaction: transaction.append_event(sale(chain, Random(2))))
    await new.close()
    async with linked(tmp_path / "new", server, chain.gateway_id, chain.token) as link:
        await until(lambda: "EPOCH_UNKNOWN" in link.uplink.problem)
        assert await database(Receipt.objects.count) == 1
        await database(lambda: Gateway.objects.get().give_epoch())
        await agree([link], 4)
        assert (link.journal.outbox.epoch, link.journal.outbox.last_seq) == (2, 3)
        given = await database(Gateway.objects.get)
        assert (given.epoch, given.high_water) == (2, 3)


async def test_the_central_may_end_the_stream_at_any_time(server: str, chain: Chain, tmp_path: Path) -> None:
    async with linked(tmp_path / "a", server, chain.gateway_id, chain.token) as link:
        await until(lambda: link.uplink.online)
        since = link.uplink.since
        await database(lambda: Gateway.objects.filter(pk=chain.gateway).update(revoked=True))
        await until(lambda: not link.uplink.online)
        await database(lambda: Gateway.objects.filter(pk=chain.gateway).update(revoked=False))
        await until(lambda: link.uplink.online)
        assert link.uplink.since > since
        await sell(link, sale(chain, Random(2)))
        await agree([link], 1)
