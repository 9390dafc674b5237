"""The two gRPC servers of a gateway: one for tills on TCP, one for the technician on a unix socket."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from tillgate.core.errors import SettingsInvalid
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import Settings, host_and_port

from .calls import Calls, Lanes
from .context import LaneIdentity

__all__ = ["MESSAGE_BYTES_MAX", "ApiServers", "Service"]

MESSAGE_BYTES_MAX = 1 << 20  # The largest basket, 500 lines with every field, stays below a third of it.
STOP_GRACE_S = 2.0  # A commit takes milliseconds; the whole daemon has 5 s to end.
LOCAL = LaneIdentity("local", "supervisor")

OPTIONS = (
    ("grpc.so_reuseport", 0),  # Otherwise a second daemon would silently share the port.
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.keepalive_permit_without_calls", 1),
    # A till that loses power closes nothing; its claims on devices must not outlive it by more than 3 s.
    ("grpc.keepalive_time_ms", 1_000),
    ("grpc.keepalive_timeout_ms", 1_000),
    # Clients ping every 20 s to notice a dead box; the server's bound lies well below.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


@dataclass(frozen=True, slots=True)
class Service:
    """A servicer bound to its registration. `local` ones are served on the unix socket alone."""

    name: str
    register: Callable[[grpc.aio.Server], None]
    local: bool = False


class ApiServers:
    """Starts and stops both servers together."""

    def __init__(self, settings: Settings, services: Sequence[Service], lanes: Lanes, metrics: Metrics) -> None:
        self._settings = settings
        self._services = services
        self._stopping = asyncio.Event()
        self._health = health.aio.HealthServicer()
        calls_max = settings.api.concurrent_calls_max
        self._tills = self._server(Calls(lanes, metrics, self._stopping, None), calls_max, local=False)
        self._admin = self._server(Calls(lanes, metrics, self._stopping, LOCAL), calls_max, local=True)
        self.port = 0

    @property
    def stopping(self) -> asyncio.Event:
        """Set when the gateway goes down: streams watch it and end with a last message."""
        return self._stopping

    @property
    def address(self) -> str:
        """Where tills connect."""
        host, _, _ = self._settings.api.listen.rpartition(":")
        return f"{host}:{self.port}"

    def _server(self, calls: Calls, calls_max: int, *, local: bool) -> grpc.aio.Server:
        server = grpc.aio.server(options=OPTIONS, maximum_concurrent_rpcs=calls_max)
        server.add_generic_rpc_handlers((calls,))
        registry = cast("grpc.aio.Server", calls)  # As far as generated code goes.
        names = [reflection.SERVICE_NAME, health.SERVICE_NAME]
        for service in self._services:
            if local or not service.local:
                service.register(registry)
                names.append(service.name)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, registry)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflection.aio.ReflectionServicer(names), registry)
        return server

    async def start(self) -> None:
        """Bind and serve. Raises SettingsInvalid when an address is taken or a certificate does not fit."""
        listen = self._settings.api.listen
        try:
            self.port = self._bind(listen)
        except RuntimeError as error:
            raise SettingsInvalid(
                f"cannot listen on {listen}: is another gateway running?", path="$.api.listen"
            ) from error
        socket = self._settings.admin_socket
        with suppress(FileNotFoundError):  # Left by a killed daemon; the journal's lock proves that none runs.
            socket.unlink()
        self._admin.add_insecure_port(f"unix:{socket}")
        await self._tills.start()
        await self._admin.start()
        for service in ("", *(service.name for service in self._services)):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    def _bind(self, listen: str) -> int:
        api = self._settings.api
        parsed = host_and_port(listen)
        assert parsed is not None, "settings were checked"
        if not api.tls_certificate:
            return self._tills.add_insecure_port(listen)
        try:
            key, chain = (
                self._settings.path(api.tls_key).read_bytes(),
                self._settings.path(api.tls_certificate).read_bytes(),
            )
        except OSError as error:
            raise SettingsInvalid(f"{error.filename}: {error.strerror}", path="$.api.tls_certificate") from error
        return self._tills.add_secure_port(listen, grpc.ssl_server_credentials([(key, chain)]))

    async def stop(self) -> None:
        """Refuse new calls, let running ones end within the grace, then cut."""
        self._stopping.set()
        await self._health.enter_graceful_shutdown()
        await asyncio.gather(self._tills.stop(STOP_GRACE_S), self._admin.stop(STOP_GRACE_S))
        with suppress(FileNotFoundError):
            self._settings.admin_socket.unlink()
