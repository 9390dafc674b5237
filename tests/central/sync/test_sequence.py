"""Changes are read in the order in which they became visible: no reader ever skips one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from random import Random

import pytest
from central_chain import Chain
from django.db import connection, connections

from tillgate.central.ledger import note_changes
from tillgate.central.sql import Sql, open_sql
from tillgate.central.sync._mirror import Mirror, assign_sequence, changed_since, position
from tillgate.gateway.clock import SystemClock

WRITERS = 6
CHANGES = 40


@contextmanager
def another_connection() -> Iterator[Sql]:
    own = connection.copy()
    try:
        yield open_sql(own)
    finally:
        own.close()


def note(sql: Sql, customer: str) -> None:
    note_changes(sql, [customer], SystemClock().now())


def read_by_seq(sql: Sql, cursor: int) -> list[tuple[int, str]]:
    rows = sql.query("SELECT seq, customer_id FROM customers_change WHERE seq > %s ORDER BY seq", (cursor,))
    return [(seq, sql.hex(customer)) for seq, customer in rows]


def read_by_id(sql: Sql, cursor: int) -> list[tuple[int, str]]:
    rows = sql.query("SELECT id, customer_id FROM customers_change WHERE id > %s ORDER BY id", (cursor,))
    return [(number, sql.hex(customer)) for number, customer in rows]


def two_writers(read: Callable[[Sql, int], list[tuple[int, str]]], chain: Chain) -> set[str]:
    """The first writer commits last; a reader looks in between and afterwards. What it has seen."""
    first, second, _ = chain.customers
    seen: set[str] = set()
    with ExitStack() as stack:
        reader, slow, quick = (stack.enter_context(another_connection()) for _ in range(3))
        assign_sequence(reader)
        cursor = max((number for number, _ in read(reader, 0)), default=0)
        with slow.write():
            note(slow, first)
            with quick.write():
                note(quick, second)
            assign_sequence(reader)
            between = read(reader, cursor)
            seen |= {customer for _, customer in between}
            cursor = between[-1][0]
        assign_sequence(reader)
        seen |= {customer for _, customer in read(reader, cursor)}
    return seen & {first, second}


@pytest.fixture
def postgres_chain(request: pytest.FixtureRequest) -> Chain:
    request.getfixturevalue("postgres_home")
    from central_chain import make_chain

    return make_chain()


def test_a_change_that_commits_late_is_not_skipped(postgres_chain: Chain) -> None:
    assert two_writers(read_by_seq, postgres_chain) == set(postgres_chain.customers[:2])


def test_an_autoincrement_would_skip_it(postgres_chain: Chain) -> None:
    """The test above can fail: this is what it guards against."""
    assert two_writers(read_by_id, postgres_chain) == {postgres_chain.customers[1]}


def test_many_writers_and_a_reader_that_never_rests(chain: Chain) -> None:
    done = threading.Event()
    start = threading.Barrier(WRITERS + 1)
    failures: list[BaseException] = []

    def writer(number: int) -> None:
        random = Random(number)
        try:
            sql = open_sql(connections["default"])
            start.wait()
            for _ in range(CHANGES):
                with sql.write():
                    for _ in range(random.randint(1, 3)):
                        note(sql, random.choice(chain.customers))
        except BaseException as error:  # noqa: BLE001  A thread's failure is the test's.
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    sql = open_sql(connection)
    cursor, seen = 0, 0
    start.wait()
    while not done.is_set():
        if not any(thread.is_alive() for thread in threads):
            done.set()
        assign_sequence(sql)
        rows = read_by_seq(sql, cursor)
        assert [number for number, _ in rows] == list(range(cursor + 1, cursor + 1 + len(rows))), "without a hole"
        seen += len(rows)
        cursor += len(rows)
    assert failures == []
    assert seen == sql.query("SELECT COUNT(*) FROM customers_change")[0][0]
    assert position(sql) == seen


def test_two_sequencers_do_not_give_a_number_twice(chain: Chain) -> None:
    sql = open_sql(connection)
    with sql.write():
        for _ in range(50):
            note(sql, chain.customers[0])
    start = threading.Barrier(3)
    given: list[int] = []

    def sequencer() -> None:
        try:
            own = open_sql(connections["default"])
            start.wait()
            given.append(assign_sequence(own))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sequencer) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(given) == position(sql) == 53


def test_the_mirror_follows_what_it_was_told_and_finds_what_it_was_not(chain: Chain) -> None:
    sql = open_sql(connection)
    mirror = Mirror(chain.organisation)
    mirror.load(sql)
    before = mirror.checkpoint(0)
    sql.run("UPDATE customers_customer SET version = version + 1 WHERE id = %s", (sql.uuid(chain.customers[0]),))
    note(sql, chain.customers[0])
    mirror.follow(sql, changed_since(sql, 10**6))
    assert mirror.checkpoint(0).checksum != before.checksum
    anew = Mirror(chain.organisation)
    anew.load(sql)
    assert mirror.checkpoint(0) == anew.checkpoint(0)
    sql.run("DELETE FROM customers_customer WHERE id = %s", (sql.uuid(chain.customers[1]),))
    mirror.verify(sql)
    assert mirror.checkpoint(0).count == 2
