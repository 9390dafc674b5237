"""The link to the central service: always trying, never in a till's way."""

import asyncio
import contextlib
from datetime import datetime
from importlib.metadata import version
from random import Random
from uuid import uuid4

import grpc
import structlog
from grpc_health.v1 import health_pb2_grpc

from tillgate.core.errors import CentralUnavailable, EpochUnknown, TillgateError
from tillgate.gateway.clock import Clock
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import Settings
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc

from ._errors import to_error
from ._roles import OutboxReader, ReplicaWriter
from ._session import Identity, Session

__all__ = ["HOLD_WITHIN_S", "Uplink"]

log = structlog.stdlib.get_logger("tillgate.uplink")

#: A guest is waiting.
HOLD_WITHIN_S = 2.0
FAREWELL_S = 0.5

OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
    # Channels would share connections, and with them pauses after failures: the pauses are ours to choose.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
)


class Uplink:
    """The central service as the gateway sees it: online or not, since when, and holds of points.

    `run` keeps the one stream open; everything else may be called at any time.
    """

    def __init__(
        self,
        settings: Settings,
        outbox: OutboxReader,
        replica: ReplicaWriter,
        clock: Clock,
        metrics: Metrics,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._replica = replica
        self._clock = clock
        self._metrics = metrics
        self._random = random or Random()
        self._identity = Identity(settings.gateway_id, str(uuid4()), version("tillgate"))
        self._since = clock.now()
        self._problem = ""
        self._stub: sync_grpc.SyncServiceAsyncStub | None = None
        self._token = ""
        self._set_online(False)

    @property
    def online(self) -> bool:
        """Whether the central service has let us in on a link that lives."""
        return self._stub is not None

    @property
    def since(self) -> datetime:
        """Since when that is so."""
        return self._since

    @property
    def problem(self) -> str:
        """What ended the last connection, or kept it from being; empty while online."""
        return self._problem

    async def hold_points(self, hold_id: str, customer_id: str, points: int) -> int:
        """Set points aside, in 10^-digits; what is available then. Idempotent by hold_id.

        Raises CentralUnavailable (it may have happened or not), PointsInsufficient, HoldClosed, CustomerUnknown,
        CustomerBlocked, RequestIdReused.
        """
        if self._stub is None:
            raise CentralUnavailable("not connected")
        request = sync.HoldPointsRequest(
            gateway_id=self._identity.gateway_id,
            epoch=self._outbox.epoch,
            hold_id=hold_id,
            customer_id=customer_id,
            points=points,
        )
        try:
            answer = await self._stub.HoldPoints(request, timeout=HOLD_WITHIN_S, metadata=self._metadata())
        except grpc.aio.AioRpcError as error:
            raise to_error(error) from error
        except grpc.aio.UsageError as error:
            raise CentralUnavailable("the link has ended") from error
        except asyncio.CancelledError as error:
            # gRPC cancels the calls of a channel that is closed. Only when nobody cancels us is it that.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise CentralUnavailable("the link ended before the answer") from error
        return answer.points_available

    async def run(self, stop: asyncio.Event) -> None:
        """Connect, and connect again after pauses, until told to stop."""
        told = asyncio.create_task(stop.wait())
        try:
            attempt = 0
            while self._settings.uplink.address and not told.done():
                attempt = 0 if await self._attempt(told) else attempt + 1
                await asyncio.wait([told], timeout=self._pause_s(attempt))
            await told
        finally:
            told.cancel()

    def _pause_s(self, attempt: int) -> float:
        """Full jitter: a thousand gateways that lost their central must not come back in one second."""
        uplink = self._settings.uplink
        bound = min(uplink.retry_most_ms, uplink.retry_first_ms * 2 ** min(max(attempt - 1, 0), 20))
        return self._random.uniform(0, bound) / 1000

    async def _attempt(self, told: "asyncio.Task[bool]") -> bool:
        """One connection, until it ends or we are told to stop; whether another one is worth trying soon."""
        link = asyncio.create_task(self._link())
        await asyncio.wait([told, link], return_when=asyncio.FIRST_COMPLETED)
        self._set_online(False)
        if not link.done():
            link.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            return await link
        return False

    async def _link(self) -> bool:
        """Whether the central service let us in, and not to say later that it cannot go on with this journal."""
        try:
            channel = self._open()
        except OSError as error:
            self._fail(f"{error.filename}: {error.strerror}")
            return False
        let_in = False
        stub = sync_grpc.SyncServiceStub(channel)
        try:
            stream = stub.Connect(metadata=self._metadata())
            health = health_pb2_grpc.HealthStub(channel)
            session = Session(stream, health, self._identity, self._outbox, self._replica, self._clock)

            def welcomed() -> None:
                nonlocal let_in
                let_in = True
                self._set_online(True, stub)

            await session.run(welcomed)
        except* grpc.aio.AioRpcError as group:
            refused = _first(group)
            assert isinstance(refused, grpc.aio.AioRpcError)
            self._fail(str(to_error(refused)))
        except* TillgateError as group:
            self._fail(str(_first(group)))
            let_in = let_in and group.subgroup(EpochUnknown) is None
        except* Exception as group:
            # Whatever it is, tills go on and the link is tried again.
            log.exception("uplink_failed")
            self._fail(repr(_first(group)))
        finally:
            self._set_online(False)
            await channel.close(FAREWELL_S)
        return let_in

    def _open(self) -> grpc.aio.Channel:
        uplink, path = self._settings.uplink, self._settings.path
        self._token = path(uplink.token_file).read_text().strip()
        if not uplink.ca_certificate:
            return grpc.aio.insecure_channel(uplink.address, options=OPTIONS)
        credentials = grpc.ssl_channel_credentials(path(uplink.ca_certificate).read_bytes())
        return grpc.aio.secure_channel(uplink.address, credentials, options=OPTIONS)

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._token}"),)

    def _fail(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("uplink_lost", problem=problem)
        self._problem = problem

    def _set_online(self, online: bool, stub: "sync_grpc.SyncServiceAsyncStub | None" = None) -> None:
        if online != self.online:
            self._since = self._clock.now()
            log.info("uplink_online" if online else "uplink_offline")
        if online:
            self._problem = ""
        self._stub = stub
        self._metrics.uplink_online.set(int(online))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
