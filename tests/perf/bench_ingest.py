"""Ingest of events at the central service, against the same rows written by SQL alone, on both databases."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

__all__ = ["rows"]

EVENTS_IN_BATCH = 100
BATCHES = 60
CUSTOMERS = 1_000
LINES = 3
REPEATS = 3
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RATIO_BOUND = 2.0
CPU_BOUND_US = 60.0


def rows() -> list[dict[str, Any]]:
    """Events a second with the ratio of the times, and CPU an event; each database in a process of its own."""
    found = []
    for vendor in ("sqlite", "postgresql"):
        run = subprocess.run([sys.executable, __file__, vendor], check=True, capture_output=True, text=True)
        found += json.loads(run.stdout)
    return found


def measure(vendor: str, url: str, folder: Path, copy: Callable[[str], str]) -> list[dict[str, Any]]:
    """In a fresh process: `copy` makes a database like the first under another name and returns its NAME."""
    from tillgate.central.home import HOME_VARIABLE, create_home

    create_home(folder, database=url)
    os.environ |= {HOME_VARIABLE: str(folder), "DJANGO_SETTINGS_MODULE": "tillgate.central.settings"}
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tillgate.central.sql import open_sql

    call_command("migrate", verbosity=0, interactive=False)
    sys.path.insert(0, str(Path(__file__).parents[1] / "adversity"))
    from central_chain import make_chain

    chain = make_chain(CUSTOMERS)
    # The programme's account exists from the first sale on.
    _ingest(open_sql(connection), chain, [_batch(chain, 0)])
    connection.close()
    batches = [_batch(chain, number) for number in range(1, BATCHES + 1)]
    writes: list[list[tuple[str, tuple[Any, ...]]]] = []
    with _sql_on(copy("recorded")) as sql:
        _ingest(_Recorder(sql, writes), chain, batches)
    ingest_s, raw_s, cpu_s = [], [], []
    for repeat in range(REPEATS):
        with _sql_on(copy(f"ingested{repeat}")) as sql:
            cpu = time.process_time()
            ingest_s.append(_timed(_ingest, sql, chain, batches))
            cpu_s.append(time.process_time() - cpu)
        with _sql_on(copy(f"replayed{repeat}")) as sql:
            raw_s.append(_timed(_replay, sql, writes))
    return _rows(vendor, min(ingest_s), min(raw_s), min(cpu_s))


def _rows(vendor: str, ingest_s: float, raw_s: float, cpu_s: float) -> list[dict[str, Any]]:
    events = EVENTS_IN_BATCH * BATCHES
    ratio, cpu_us = ingest_s / raw_s, cpu_s / events * 1e6
    return [
        {
            "name": f"central ingest, {vendor}, batches of {EVENTS_IN_BATCH}",
            "value": events / ingest_s,
            "unit": "events/s",
            "baseline": events / raw_s,
            "ratio": ratio,
            "bound": RATIO_BOUND if vendor == "postgresql" else None,
            "holds": ratio <= RATIO_BOUND if vendor == "postgresql" else None,
        },
        {
            "name": f"central ingest, {vendor}, processor time",
            "value": cpu_us,
            "unit": "us/event",
            "baseline": None,
            "ratio": None,
            "bound": CPU_BOUND_US if vendor == "postgresql" else None,
            "holds": cpu_us <= CPU_BOUND_US if vendor == "postgresql" else None,
        },
    ]


def _batch(chain: Any, number: int) -> list[Any]:
    """Events as a gateway sends them: three lines, a discount each, points."""
    from tillgate.sync.v1.sync_service_pb2 import Event, EventBatch

    random = Random(number)
    batch = EventBatch()
    for index in range(EVENTS_IN_BATCH):
        event = Event(epoch=1, seq=number * EVENTS_IN_BATCH + index + 1)
        purchase = event.purchase_committed.purchase
        purchase.purchase_id, purchase.store_id, purchase.lane_id = str(uuid4()), chain.store_id, "lane-1"
        purchase.customer_id = str(UUID(hex=random.choice(chain.customers)))
        purchase.basket.currency = "RUB"
        for line in range(LINES):
            purchase.basket.lines.add(
                id=str(line + 1), sku=f"46000000{line:05}", quantity_milli=1_000, unit_price_minor=10_000,
                categories=["drinks/coffee"],
            )  # fmt: skip
            answer = purchase.answer.lines.add(id=str(line + 1), list_minor=10_000, net_minor=9_000, points_earned=90)
            answer.discounts.add(rule_id="rule-1", amount_minor=1_000)
        purchase.answer.list_minor, purchase.answer.discount_minor = 30_000, 3_000
        purchase.answer.total_minor, purchase.answer.points.earned = 27_000, 270
        purchase.programme_id, purchase.programme_revision = "club", 1
        purchase.committed_time.FromDatetime(NOW + timedelta(seconds=event.seq))
        batch.events.append(event)
    # As the server gets them.
    return list(EventBatch.FromString(batch.SerializeToString()).events)


class _Recorder:
    """Notes what is written, for the baseline."""

    def __init__(self, sql: Any, writes: list[list[tuple[str, tuple[Any, ...]]]]) -> None:
        self._sql, self._writes = sql, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sql, name)

    @contextmanager
    def write(self) -> Iterator[None]:
        self._writes.append([])
        with self._sql.write():
            yield

    def insert(self, *arguments: Any) -> None:
        self._writes[-1].append(("insert", arguments))
        self._sql.insert(*arguments)

    def update(self, *arguments: Any) -> None:
        self._writes[-1].append(("update", arguments))
        self._sql.update(*arguments)

    def run(self, *arguments: Any) -> int:
        self._writes[-1].append(("run", arguments))
        return int(self._sql.run(*arguments))


def _ingest(sql: Any, chain: Any, batches: Sequence[Any]) -> None:
    from tillgate.central.purchases import Source, apply_batch

    source = Source(chain.gateway, chain.organisation, chain.store, chain.store_id)
    for batch in batches:
        outcome = apply_batch(sql, source, 1, batch, NOW)
        assert not outcome.quarantined


def _replay(sql: Any, writes: Sequence[Sequence[tuple[str, tuple[Any, ...]]]]) -> None:
    for transaction in writes:
        with sql.write():
            for name, arguments in transaction:
                getattr(sql, name)(*arguments)


def _timed(work: Callable[..., None], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


@contextmanager
def _sql_on(name: str) -> Iterator[Any]:
    from django.db import connection

    from tillgate.central.sql import open_sql

    own = connection.copy()
    own.settings_dict = {**own.settings_dict, "NAME": name}
    try:
        yield open_sql(own)
    finally:
        own.close()


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """A server in a folder, durable as in production; its URL without a database."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[4]))
    runner = ["setpriv", "--pdeathsig", "QUIT"]
    if not os.getuid():
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        runner += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    data = folder / "data"
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*runner, *initdb], check=True, capture_output=True, cwd=folder)
    options = ["--listen_addresses=", f"--unix_socket_directories={folder}"]
    command = [*runner, str(programs / "postgres"), "-D", str(data), *options]
    server = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        for line in server.stderr:
            if "ready to accept connections" in line:
                break
        yield f"postgresql://postgres@/{{}}?host={folder}"
    finally:
        server.terminate()
        server.wait(30)
        server.stderr.close()


def main(vendor: str) -> int:
    """One database's rows, as JSON on standard output."""
    folder = Path(tempfile.mkdtemp(prefix="tg-bench-"))
    try:
        if vendor == "sqlite":
            found = measure(vendor, "sqlite:///central.db", folder, lambda name: _copied_file(folder, name))
        else:
            import psycopg

            server_folder = folder / "server"
            server_folder.mkdir()
            folder.chmod(0o755)
            with _postgres(server_folder) as url, psycopg.connect(url.format("postgres"), autocommit=True) as admin:
                admin.execute("CREATE DATABASE central")

                def copy(name: str) -> str:
                    admin.execute(f"CREATE DATABASE {name} TEMPLATE central".encode())
                    return name

                found = measure(vendor, url.format("central"), folder / "home", copy)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(found))
    return 0


def _copied_file(folder: Path, name: str) -> str:
    shutil.copy(folder / "central.db", folder / f"{name}.db")
    return str(folder / f"{name}.db")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
