"""What goes down to the gateways, read once for all of them.

Every half second, or sooner when an ingest pokes it, one step numbers new changes and then reads everything else from
a single snapshot of the database: the changed customers, how far each gateway's events are applied, the programmes.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError

from tillgate.central.sql import Sql
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._bundles import BundleCache
from ._mirror import Mirror, assign_sequence, changed_since, position
from ._states import read_customers, read_page
from ._totals import FleetState, Totals, TotalsReader
from ._windows import WindowCache
from ._workers import Workers

__all__ = ["Feed", "FleetState", "Page", "Request"]

log = logging.getLogger(__name__)

STEP_S = 0.5
#: An ingest asks for a step at once; many ingests share one.
POKED_S = 0.05
CUSTOMERS_IN_BATCH = 500


@dataclass(slots=True, eq=False)
class Request:
    """A gateway at a cursor that waits for what comes after. `whole` wants the checkpoint even if nothing does."""

    organisation: int
    gateway: int
    cursor: int
    whole: bool
    answer: asyncio.Future[list[sync.CustomerBatch]]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a snapshot. `position` is where changes have to be read from once the snapshot is complete."""

    customers: list[sync.Customer]
    applied_seq: int
    position: int


@dataclass(slots=True)
class Step:
    """What one step brought."""

    position: int = 0
    answers: list[tuple[Request, list[sync.CustomerBatch] | None]] = field(default_factory=list)
    fleet: dict[int, FleetState] = field(default_factory=dict)
    bundles: dict[int, tuple[sync.Bundle, ...]] = field(default_factory=dict)
    totals: dict[int, Totals] = field(default_factory=dict)


class Feed:
    """The one reader. `seen` is called in the loop after each step."""

    def __init__(
        self,
        workers: Workers,
        now: Callable[[], datetime],
        organisations: Callable[[], set[int]],
        seen: Callable[[dict[int, FleetState], dict[int, tuple[sync.Bundle, ...]], dict[int, Totals]], None],
    ) -> None:
        self._workers = workers
        self._now = now
        self._organisations = organisations
        self._seen = seen
        self._waiting: set[Request] = set()
        self._poked = asyncio.Event()
        self._mirrors: dict[int, Mirror] = {}
        self._mirrored = 0
        self._bundles = BundleCache()
        self._windows = WindowCache()
        self._totals = TotalsReader()
        #: Organisations that could not be read the last time.
        self._failing: set[int] = set()

    def poke(self) -> None:
        """Something was committed that gateways wait for."""
        self._poked.set()

    async def customers_after(
        self, organisation: int, gateway: int, cursor: int, *, whole: bool = False
    ) -> list[sync.CustomerBatch]:
        """Wait for changes after a cursor. The last batch has a checkpoint. Empty: the cursor is none of ours."""
        future: asyncio.Future[list[sync.CustomerBatch]] = asyncio.get_running_loop().create_future()
        request = Request(organisation, gateway, cursor, whole, future)
        self._waiting.add(request)
        if whole:
            self.poke()
        try:
            return await future
        finally:
            self._waiting.discard(request)

    async def page(self, organisation: int, gateway: int, after: str) -> Page:
        """The next part of a snapshot."""
        return await self._workers.read(self._page, organisation, gateway, after)

    def _page(self, sql: Sql, organisation: int, gateway: int, after: str) -> Page:
        now = self._now()
        with sql.snapshot():
            found = sql.query("SELECT high_water FROM fleet_gateway WHERE id = %s", (gateway,))
            windows = self._windows.read(self._bundles.read(sql, organisation, now))
            customers = read_page(sql, organisation, after, CUSTOMERS_IN_BATCH, now, windows)
            return Page(customers, found[0][0] if found else 0, position(sql))

    def _read(self, sql: Sql, organisation: int, customers: list[str]) -> list[sync.Customer]:
        now = self._now()
        windows = self._windows.read(self._bundles.read(sql, organisation, now))
        return read_customers(sql, organisation, customers, now, windows)

    async def run(self) -> None:
        """Step until cancelled, whatever happens. A database that is away is waited for."""
        away = False
        while True:
            waiting = list(self._waiting)
            try:
                await self._workers.write(assign_sequence)
                step = await self._workers.read(self._step, waiting, self._organisations())
                self._deliver(step)
            except DatabaseError as error:
                if not away:
                    log.error("the database does not answer, trying again: %s", error)
                away = True
                # What was followed half-way is read anew.
                self._mirrors.clear()
            except Exception:
                if not away:
                    log.exception("a step failed, trying again")
                away = True
                self._mirrors.clear()
            else:
                away = False
            try:
                async with asyncio.timeout(STEP_S):
                    await self._poked.wait()
                await asyncio.sleep(POKED_S)
            except TimeoutError:
                pass
            self._poked.clear()

    def _deliver(self, step: Step) -> None:
        for request, batches in step.answers:
            if not request.answer.done():
                request.answer.set_result(batches or [])
        self._seen(step.fleet, step.bundles, step.totals)

    def _step(self, sql: Sql, waiting: list[Request], organisations: set[int]) -> Step:
        """In a reader's thread; only one runs at a time."""
        step = Step()
        with sql.snapshot():
            step.position = position(sql)
            step.fleet = {
                gateway: FleetState(epoch, high_water, bool(revoked))
                for gateway, epoch, high_water, revoked in sql.query(
                    "SELECT id, epoch, high_water, revoked FROM fleet_gateway"
                )
            }
            changed = changed_since(sql, self._mirrored)
            for number in organisations | set(self._mirrors) | {request.organisation for request in waiting}:
                own = [request for request in waiting if request.organisation == number]
                self._step_of(sql, step, number, own, changed)
            self._mirrored = step.position
        return step

    def _step_of(self, sql: Sql, step: Step, organisation: int, waiting: list[Request], changed: list[str]) -> None:
        """One organisation's part. What fails in it is its own: its gateways wait, the others' do not."""
        try:
            bundles = self._bundles.read(sql, organisation, self._now())
            step.totals[organisation] = self._totals.read(sql, organisation, bundles, step.fleet)
            step.bundles[organisation] = bundles
            self._follow(sql, organisation, changed)
            step.answers += self._answers(sql, step, waiting)
        except DatabaseError:
            raise
        except Exception:
            if organisation not in self._failing:
                log.exception("organisation %s cannot be read, trying again", organisation)
            self._failing.add(organisation)
            # What was followed half-way is read anew.
            self._mirrors.pop(organisation, None)
        else:
            self._failing.discard(organisation)

    def _follow(self, sql: Sql, organisation: int, changed: list[str]) -> None:
        if organisation not in self._mirrors:
            mirror = Mirror(organisation)
            mirror.load(sql)
            self._mirrors[organisation] = mirror
        elif changed:
            self._mirrors[organisation].follow(sql, changed)

    def _answers(
        self, sql: Sql, step: Step, waiting: list[Request]
    ) -> Iterable[tuple[Request, list[sync.CustomerBatch] | None]]:
        """Requests at the same cursor of an organisation share what is read."""
        groups: dict[tuple[int, int], list[Request]] = defaultdict(list)
        for request in waiting:
            groups[request.organisation, request.cursor].append(request)
        for (organisation, cursor), requests in groups.items():
            if cursor > step.position:
                yield from ((request, None) for request in requests)
                continue
            whole = any(request.whole for request in requests)
            if whole:
                self._mirrors[organisation].verify(sql)
            changed = changed_since(sql, cursor)
            if not changed and not whole:
                continue
            batches = self._batches(sql, organisation, changed, step.position)
            for request in requests:
                state = step.fleet.get(request.gateway)
                if (changed or request.whole) and state is not None:
                    yield request, [_for_gateway(batch, state.high_water) for batch in batches]

    def _batches(self, sql: Sql, organisation: int, changed: list[str], cursor: int) -> list[sync.CustomerBatch]:
        customers = self._read(sql, organisation, changed) if changed else []
        batches = [
            sync.CustomerBatch(customers=customers[start : start + CUSTOMERS_IN_BATCH])
            for start in range(0, max(1, len(customers)), CUSTOMERS_IN_BATCH)
        ]
        found = {customer.state.customer_id.replace("-", "") for customer in customers}
        batches[-1].removed_customer_ids.extend(_gone(sql, [name for name in changed if name not in found]))
        batches[-1].checkpoint.CopyFrom(self._mirrors[organisation].checkpoint(cursor))
        return batches


def _gone(sql: Sql, customers: list[str]) -> list[str]:
    """Those that exist nowhere any more, as they go over the wire; another organisation's are none of ours."""
    if not customers:
        return []
    elsewhere = {
        sql.hex(row[0])
        for row in sql.query("SELECT id FROM customers_customer WHERE id = ANY(%s::uuid[])", (customers,))
    }
    return [_dashed(customer) for customer in customers if customer not in elsewhere]


def _dashed(name: str) -> str:
    return "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))


def _for_gateway(batch: sync.CustomerBatch, applied_seq: int) -> sync.CustomerBatch:
    own = sync.CustomerBatch()
    own.CopyFrom(batch)
    own.applied_seq = applied_seq
    return own
