"""tillgate.sync.v1.SyncService: tokens, one session for each gateway, errors as statuses."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import Any, NoReturn

import grpc
from django.db import DatabaseError

from tillgate.central.ledger import hold_points
from tillgate.central.sql import Sql
from tillgate.core.errors import (
    BadRequest,
    CentralUnavailable,
    GatewayUnknown,
    TillgateError,
)
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc

from ._feed import Feed, FleetState
from ._gateways import Known, authenticate, check_epoch, keep_epoch, note_heard, note_hello, read_welcome
from ._session import CREDIT, Parts, Session
from ._status import to_status
from ._totals import Totals
from ._workers import Workers

__all__ = ["SyncServicer"]

log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]

HELLO_WITHIN_S = 10.0
HEARD_EVERY_S = 15.0


class SyncServicer(sync_grpc.SyncServiceServicer):
    """The gateways' service."""

    def __init__(self, workers: Workers, now: Callable[[], datetime], streams_most: int) -> None:
        self._workers = workers
        self._now = now
        self._streams_most = streams_most
        self._sessions: dict[int, Session] = {}
        #: Those that were there when the feed's step began: of one that came since, it has read what was before.
        self._awaiting: set[Session] = set()
        self._stopping = False
        self.feed = Feed(workers, now, self._organisations, self._seen)

    async def Connect(  # type: ignore[override]  # The stubs know only the blocking server.
        self, request_iterator: AsyncIterator[sync.ConnectRequest], context: Context
    ) -> None:
        """The one stream of a gateway."""
        try:
            await self._serve(request_iterator, context)
        except TillgateError as error:
            await context.abort_with_status(to_status(error))
        except DatabaseError:
            await _database_away(context)

    async def HoldPoints(self, request: sync.HoldPointsRequest, context: Context) -> sync.HoldPointsResponse:
        """Set points aside for one purchase."""
        try:
            available = await self._workers.write(hold, request, _token(context), self._now())
        except TillgateError as error:
            await context.abort_with_status(to_status(error))
        except DatabaseError:
            await _database_away(context)
        self.feed.poke()
        return sync.HoldPointsResponse(points_available=available)

    async def note_heard(self) -> None:
        """Show the administrator, again and again, which streams live."""
        while True:
            await asyncio.sleep(HEARD_EVERY_S)
            heard = [session.heard for session in self._sessions.values()]
            try:
                await self._workers.write(note_heard, heard, self._now())
            except Exception:  # What this shows is not worth the server.
                log.exception("the living streams were not noted")

    def end_all(self, reason: str) -> None:
        """Say Ending to every gateway and take no new one."""
        self._stopping = True
        for session in list(self._sessions.values()):
            session.end(reason)

    async def _serve(self, requests: AsyncIterator[sync.ConnectRequest], context: Context) -> None:
        hello = await _hello(requests)
        known = await self._workers.read(authenticate, hello.gateway_id, _token(context))
        check_epoch(known, hello)
        now = self._now()
        await self._workers.write(note_hello, known, hello, now)
        welcome = await self._workers.read(read_welcome, known, CREDIT, now)
        if self._stopping or len(self._sessions) >= self._streams_most:
            raise CentralUnavailable("ending" if self._stopping else "too many gateways at once")
        gateway = known.source.gateway
        before = self._sessions.get(gateway)
        if before is not None:
            # The old link is dead and does not know it yet, or somebody runs a copy: the administrator sees both.
            log.warning("gateway %s came a second time; the stream it had ends", known.gateway_id)
            before.end("REPLACED")
        session = Session(Parts(self._workers, self.feed, self._now), known, hello, context)
        self._sessions[gateway] = session
        try:
            await context.write(sync.ConnectResponse(welcome=welcome))
            self.feed.poke()
            await session.run(requests)
        finally:
            if self._sessions.get(gateway) is session:
                del self._sessions[gateway]

    def _organisations(self) -> set[int]:
        """Whose gateways are there as a step of the feed begins."""
        self._awaiting = set(self._sessions.values())
        return {session.known.source.organisation for session in self._awaiting}

    def _seen(
        self,
        fleet: dict[int, FleetState],
        bundles: dict[int, tuple[sync.Bundle, ...]],
        totals: dict[int, Totals],
    ) -> None:
        for gateway, session in list(self._sessions.items()):
            organisation = session.known.source.organisation
            if session in self._awaiting and organisation in bundles:
                session.see(fleet.get(gateway), bundles[organisation], totals[organisation])


def hold(sql: Sql, request: sync.HoldPointsRequest, token: str, now: datetime) -> int:
    """Set points aside in a transaction of its own; what is available then. Raises TillgateError."""
    known: Known = authenticate(sql, request.gateway_id, token)
    with sql.write():
        keep_epoch(sql, known.source.gateway, request.epoch)
        return hold_points(
            sql,
            known.source.organisation,
            known.source.gateway,
            request.hold_id,
            request.customer_id,
            request.points,
            now,
        )


async def _hello(requests: AsyncIterator[sync.ConnectRequest]) -> sync.Hello:
    try:
        async with asyncio.timeout(HELLO_WITHIN_S):
            first = await anext(aiter(requests))
    except (TimeoutError, StopAsyncIteration):
        raise BadRequest("a stream begins with Hello", path="$.hello") from None
    if not first.HasField("hello"):
        raise BadRequest("a stream begins with Hello", path="$.hello")
    return first.hello


def _token(context: Context) -> str:
    metadata: Iterable[tuple[str, str | bytes]] = context.invocation_metadata() or ()
    for name, value in metadata:
        if name == "authorization" and isinstance(value, str) and value.startswith("Bearer "):
            return value.removeprefix("Bearer ")
    raise GatewayUnknown("no token came with the call")


async def _database_away(context: Context) -> NoReturn:
    log.exception("the database does not answer")
    await context.abort_with_status(to_status(CentralUnavailable("the database does not answer")))
    raise AssertionError("abort does not return")
