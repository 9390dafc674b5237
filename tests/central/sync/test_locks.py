"""A hold and a batch of one gateway take their locks in one order."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from central_chain import Chain, make_chain
from django.db import connection, connections
from gateway_link import PATIENCE_S

from tillgate.central.fleet.models import Gateway
from tillgate.central.ledger import adjust
from tillgate.central.purchases._ingest import lock_gateway
from tillgate.central.sql import Sql, open_sql
from tillgate.central.sync._service import hold
from tillgate.core.errors import EpochUnknown
from tillgate.sync.v1 import sync_service_pb2 as sync

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def chain(postgres_home: object) -> Chain:
    """SQLite has one lock for all."""
    return make_chain()


class Held(threading.Thread):
    """A hold on a connection of its own."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.request = sync.HoldPointsRequest(
            gateway_id=chain.gateway_id, epoch=1, hold_id="h", customer_id=str(UUID(hex=chain.customers[0])), points=60
        )
        self.token = chain.token
        self.outcome: int | Exception | None = None

    def run(self) -> None:
        try:
            self.outcome = hold(open_sql(connection), self.request, self.token, NOW)
        except Exception as error:  # noqa: BLE001  The test looks at it.
            self.outcome = error
        finally:
            connections.close_all()


def wait_for_a_waiter(sql: Sql) -> None:
    """Until a session of this database waits for a lock."""
    question = (
        "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE NOT l.granted AND a.datname = current_database()"
    )
    deadline = time.monotonic() + PATIENCE_S
    while not sql.query(question):
        assert time.monotonic() < deadline, "nobody waits"


@contextmanager
def hold_during_a_batch(chain: Chain) -> Iterator[tuple[Sql, Held]]:
    """A hold that comes when a batch has begun; it ends after the batch has."""
    adjust(connection, key=str(uuid4()), customer_id=UUID(hex=chain.customers[0]), points=100, programme="", time=NOW)
    sql, held = open_sql(connection), Held(chain)
    with sql.write():
        lock_gateway(sql, chain.gateway, 1)
        held.start()
        wait_for_a_waiter(sql)
        yield sql, held
    held.join(PATIENCE_S)


def test_a_hold_waits_for_a_batch_without_a_guest_in_its_hand(chain: Chain) -> None:
    with hold_during_a_batch(chain) as (sql, held):
        question = "SELECT 1 FROM customers_customer WHERE id = %s FOR UPDATE NOWAIT"
        assert sql.query(question, (chain.customers[0],))
    assert held.outcome == 40


def test_a_hold_is_of_the_epoch_that_is_when_it_is_made(chain: Chain) -> None:
    with hold_during_a_batch(chain) as (sql, held):
        sql.run("UPDATE fleet_gateway SET epoch = 2 WHERE id = %s", (chain.gateway,))
    assert isinstance(held.outcome, EpochUnknown)
    assert Gateway.objects.get().epoch == 2


def test_a_new_epoch_waits_for_a_batch_and_for_another_new_epoch(chain: Chain) -> None:
    given: list[int] = []

    def give() -> None:
        try:
            given.append(Gateway.objects.get().give_epoch())
        finally:
            connections.close_all()

    sql, thread = open_sql(connection), threading.Thread(target=give)
    with sql.write():
        lock_gateway(sql, chain.gateway, 1)
        thread.start()
        wait_for_a_waiter(sql)
        sql.run("UPDATE fleet_gateway SET high_water = 5, epoch = 7 WHERE id = %s", (chain.gateway,))
    thread.join(PATIENCE_S)
    assert given == [8]
    assert Gateway.objects.get().high_water == 0
