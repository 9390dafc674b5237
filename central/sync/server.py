"""The gRPC server process for gateways: one loop, no fork, database work in threads."""

import asyncio
import contextlib
import ipaddress
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import grpc
from django.utils import timezone
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from tillgate.core.errors import SettingsInvalid
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc

from ._service import SyncServicer
from ._workers import Workers

__all__ = ["Running", "ServerSettings", "run", "serve", "serving"]

log = logging.getLogger(__name__)

SERVICE = "tillgate.sync.v1.SyncService"
#: Of the 5 s in which a process has to end, what is left to calls under way.
FAREWELL_S = 3.0

#: A gateway that is gone without a word is noticed within half a minute; a gateway notices us by health checks.
OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.so_reuseport", 0),
    # A batch is 256 KiB, but an event that is larger by itself comes alone; gateways receive as much.
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 15_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where and how to serve. Plain text is for loopback addresses; elsewhere give certificate and key (PEM)."""

    listen: str
    certificate: Path | None = None
    key: Path | None = None
    streams_most: int = 2_000


def run(listen: str) -> int:
    """Serve until SIGTERM or SIGINT; the exit status. Prints one JSON line with the address when ready."""
    return serve(ServerSettings(listen=listen))


def serve(settings: ServerSettings, now: Callable[[], datetime] = timezone.now) -> int:
    """Serve until SIGTERM or SIGINT; the exit status. Raises SettingsInvalid."""
    return asyncio.run(_serve(settings, now))


async def _serve(settings: ServerSettings, now: Callable[[], datetime]) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with serving(settings, now) as running:
        sys.stdout.write(json.dumps({"listening": running.address}) + "\n")
        sys.stdout.flush()
        told = asyncio.create_task(stopping.wait())
        done, _ = await asyncio.wait([told, *running.background], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
    if told in done:
        return 0
    # A part that must run for ever ended: whoever supervises this process starts it anew.
    log.error("ended by a failure: %s", [task.exception() for task in running.background if not task.cancelled()])
    return 1


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens. `background` runs as long as it does."""

    address: str
    background: tuple["asyncio.Task[None]", ...]


@asynccontextmanager
async def serving(settings: ServerSettings, now: Callable[[], datetime] = timezone.now) -> AsyncIterator[Running]:
    """Serve in this loop; leaving says Ending to all gateways and waits for what runs, 4 s at most."""
    _check(settings)
    workers = Workers()
    servicer = SyncServicer(workers, now, settings.streams_most)
    health = health_aio.HealthServicer()
    # Beside the streams there are holds and health checks.
    server = grpc.aio.server(options=OPTIONS, maximum_concurrent_rpcs=settings.streams_most + 200)
    sync_grpc.add_SyncServiceServicer_to_server(servicer, server)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    port = _bind(server, settings)
    background = (asyncio.create_task(servicer.feed.run()), asyncio.create_task(servicer.note_heard()))
    await server.start()
    await _set_health(health, health_pb2.HealthCheckResponse.SERVING)
    try:
        yield Running(f"{settings.listen.rpartition(':')[0]}:{port}", background)
    finally:
        await _set_health(health, health_pb2.HealthCheckResponse.NOT_SERVING)
        servicer.end_all("SHUTTING_DOWN")
        await server.stop(FAREWELL_S)
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await workers.close()


async def _set_health(
    health: health_aio.HealthServicer, status: "health_pb2.HealthCheckResponse.ServingStatus"
) -> None:
    for name in ("", SERVICE):
        await health.set(name, status)


def _bind(server: grpc.aio.Server, settings: ServerSettings) -> int:
    try:
        if settings.certificate is None or settings.key is None:
            port = server.add_insecure_port(settings.listen)
        else:
            pair = (settings.key.read_bytes(), settings.certificate.read_bytes())
            port = server.add_secure_port(settings.listen, grpc.ssl_server_credentials([pair]))
    except (OSError, RuntimeError) as error:
        raise SettingsInvalid(f"cannot listen on {settings.listen}: {error}") from error
    return port


def _check(settings: ServerSettings) -> None:
    host, colon, port = settings.listen.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise SettingsInvalid(f"{settings.listen!r} is not host:port")
    if (settings.certificate is None) != (settings.key is None):
        raise SettingsInvalid("certificate and key belong together")
    if settings.certificate is None and not _is_loopback(host.strip("[]")):
        raise SettingsInvalid("plain text is for loopback addresses; give a certificate and its key")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
