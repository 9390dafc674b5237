"""The composition root: builds the parts in order and stops them in reverse. Start reading here."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

import structlog

from tillgate.accel import compile_programme
from tillgate.admin.v1 import admin_service_pb2_grpc as admin_services
from tillgate.core import parse_programme
from tillgate.core.errors import SettingsInvalid
from tillgate.gateway.api.admin import AdminServicer
from tillgate.gateway.api.checkout import CheckoutServicer
from tillgate.gateway.api.devices import DeviceServicer
from tillgate.gateway.api.info import InfoServicer
from tillgate.gateway.api.server import ApiServers, Service
from tillgate.gateway.checkout import Checkout
from tillgate.gateway.clock import Clock, SystemClock
from tillgate.gateway.devices import Devices
from tillgate.gateway.journal import Journal
from tillgate.gateway.log import configure
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.replica import CompiledProgramme, Replica
from tillgate.gateway.settings import Settings
from tillgate.gateway.status import Status
from tillgate.gateway.uplink import Uplink
from tillgate.gateway.web import WebServer
from tillgate.pos.v1 import checkout_service_pb2_grpc as checkout_services
from tillgate.pos.v1 import device_service_pb2_grpc as device_services
from tillgate.pos.v1 import info_service_pb2_grpc as info_services

__all__ = ["Gateway", "running", "serve"]

log = structlog.stdlib.get_logger("tillgate.daemon")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that serves. `address` is for tills, `web` for the technician's browser."""

    address: str
    web: str
    journal: Journal
    replica: Replica
    devices: Devices


async def serve(settings: Settings, ready: Callable[[str], object]) -> int:
    """Run until SIGTERM or SIGINT; the process's exit status. Calls `ready` with one JSON line of addresses."""
    configure(settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings, SystemClock()) as gateway:
        ready(json.dumps({"listening": gateway.address, "web": gateway.web}))
        log.info("gateway_ready", gateway_id=settings.gateway_id, listening=gateway.address)
        await stop.wait()
        log.info("gateway_stopping")
    return 0


@asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncIterator[Gateway]:
    """All parts, from the disk outwards; leaving stops them from the outside inwards."""
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        _make_data_folder(settings)
        journal = Journal.open(settings.data_folder, clock, metrics)
        stack.push_async_callback(journal.close)
        replica = await Replica.open(journal, _compile)
        uplink = Uplink(settings, journal.outbox, replica, clock, metrics)
        await stack.enter_async_context(_connected(uplink))
        devices = Devices(settings.devices, journal.print_jobs, clock, metrics)
        await devices.start()
        stack.push_async_callback(devices.stop)
        checkout = Checkout(journal, replica, uplink, clock, language=settings.language)
        stack.push_async_callback(checkout.close)
        status = Status(
            version=version("tillgate"),
            settings=settings,
            journal=journal,
            replica=replica,
            link=uplink,
            devices=devices,
            started=clock.now(),
        )
        servers = ApiServers(settings, _services(checkout, devices, status, journal, clock), journal.lanes, metrics)
        await servers.start()
        stack.push_async_callback(servers.stop)
        stack.callback(devices.end_streams)
        web = WebServer(settings.web.listen, status, journal.lanes, metrics, clock)
        await web.start()
        stack.push_async_callback(web.stop)
        yield Gateway(servers.address, web.address, journal, replica, devices)


def _services(
    checkout: Checkout, devices: Devices, status: Status, journal: Journal, clock: Clock
) -> tuple[Service, ...]:
    pos, admin = "tillgate.pos.v1", "tillgate.admin.v1"
    return (
        Service(
            f"{pos}.CheckoutService",
            lambda server: checkout_services.add_CheckoutServiceServicer_to_server(CheckoutServicer(checkout), server),
        ),
        Service(
            f"{pos}.DeviceService",
            lambda server: device_services.add_DeviceServiceServicer_to_server(DeviceServicer(devices), server),
        ),
        Service(
            f"{pos}.InfoService",
            lambda server: info_services.add_InfoServiceServicer_to_server(InfoServicer(status), server),
        ),
        Service(
            f"{admin}.AdminService",
            lambda server: admin_services.add_AdminServiceServicer_to_server(
                AdminServicer(status, journal.lanes, clock), server
            ),
            local=True,
        ),
    )


def _make_data_folder(settings: Settings) -> None:
    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsInvalid(f"{settings.data_folder}: {error.strerror}", path="$.data") from error


def _compile(document: bytes) -> CompiledProgramme:
    return compile_programme(parse_programme(document))


@asynccontextmanager
async def _connected(uplink: Uplink) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(uplink.run(stop))
    task.add_done_callback(_tell_failure)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task])


def _tell_failure(task: asyncio.Task[None]) -> None:
    """The till goes on without its link; that the link is gone must not stay unsaid until the end."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("uplink_failed", exc_info=error)
