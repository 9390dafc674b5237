"""All bound devices of a gateway: what the rest of the daemon sees of them."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random, SystemRandom
from typing import Any

import structlog
from structlog.typing import FilteringBoundLogger

from tillgate.core.errors import BadRequest, ClaimLost, DeviceClaimed, DeviceUnknown, NotAPrinter, ShuttingDown
from tillgate.gateway.clock import Clock
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import DeviceSettings
from tillgate.plugins.sdk import Plugins, find_manifests
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import receipt_document_pb2

from ._binding import bind
from ._claims import Claim, Claims
from ._device import Device, make_device
from ._host import HostCommand
from ._limits import Limits
from ._print_jobs import PrintJobs
from ._print_store import PrintJobStore
from ._printer import Printer
from ._subscription import Subscription, open_feed
from ._supervisor import Starter
from ._world import World

__all__ = ["HOST_ARGUMENTS", "Devices"]

HOST_ARGUMENTS = (sys.executable, "-m", "tillgate.plugins.host")
#: Devices one Subscribe may name; a lane has a handful.
SUBSCRIBED_MAX = 64


class Devices:
    """Starts and stops driver hosts, and gives lanes their devices.

    A device that cannot be run is listed with its problem; the others go on. Everything happens on one event loop.
    """

    def __init__(
        self,
        settings: tuple[DeviceSettings, ...],
        jobs: PrintJobStore,
        clock: Clock,
        metrics: Metrics,
        log: FilteringBoundLogger | None = None,
        *,
        limits: Limits | None = None,
        random: Random | None = None,
        plugins: Callable[[], Plugins] = find_manifests,
        host_arguments: Sequence[str] = HOST_ARGUMENTS,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._settings = settings
        self._world = World(
            clock,
            random or SystemRandom(),
            limits or Limits(),
            metrics,
            log or structlog.get_logger("tillgate.devices"),
        )
        self._clock = clock
        self._plugins = plugins
        self._command = HostCommand(tuple(host_arguments), environment)
        self._store = jobs
        self._jobs = PrintJobs(jobs, self._world)
        self._claims = Claims(clock, self._world.random, self._world.limits)
        self._devices: dict[str, Device] = {}
        self._subscriptions: set[Subscription] = set()
        self._arrivals = count(1)
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._printing: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Settle what an earlier life left, then start every host. Waits for none of them."""
        await self._jobs.recover()
        plugins = await asyncio.to_thread(self._plugins)
        for name, error in plugins.failed:
            self._world.log.error("plugin_unusable", plugin=name, detail=str(error))
        epoch = f"{self._world.random.getrandbits(64):016x}"
        starter = Starter(self._command, asyncio.Semaphore(self._world.limits.first_starts_max))
        for settings in self._settings:
            self._devices[settings.id] = self._make(settings, plugins, epoch, starter)
        for device in self._devices.values():
            self._run(device.supervisor.run())
            if device.printer is not None:
                self._printing.add(self._run(device.printer.run()))
        self._run(self._tick())

    async def stop(self) -> None:
        """End streams, let the jobs that are being printed end, then the hosts. Takes two seconds at most."""
        self.end_streams()
        if self._printing:
            await asyncio.wait(self._printing, timeout=self._world.limits.print_drain_ms / 1_000)
        for printer in self._printers():
            printer.give_up()
        for device in self._devices.values():
            device.supervisor.stop()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def end_streams(self, reason: str = ShuttingDown.reason) -> None:
        """Tell subscribers, watchers and whose slips wait that the gateway goes down. Nothing new is taken after it."""
        self._stopping = True
        for subscription in tuple(self._subscriptions):
            subscription.end(reason)
        for printer in self._printers():
            printer.stop()
        self._notify()

    def list(self) -> Sequence[api.Device]:
        """Every bound device in the order of the settings."""
        return [device.record.message(self._claims.holder(device_id)) for device_id, device in self._devices.items()]

    async def watch(self) -> AsyncGenerator[Sequence[api.Device]]:
        """The whole list now and after every change. Changes that come faster than they are taken are one. Raises
        ShuttingDown at the end."""
        while not self._stopping:
            changed = self._changed
            yield self.list()
            await changed.wait()
        raise ShuttingDown

    def claim(self, lane_id: str, device_id: str, token: str = "") -> Claim:
        """Take a device, or with a token go on holding it. Raises DeviceUnknown, ClaimLost, DeviceClaimed."""
        device = self._device_of(device_id)
        claim = self._claims.claim(device_id, lane_id, token)
        if not token:
            device.events.wake()  # A stream of a claim that was taken over ends.
            self._notify()
        return claim

    def claim_end(self, claim: Claim) -> datetime:
        """When a claim ends if nothing is done for it."""
        return self._clock.now() + timedelta(milliseconds=self._world.limits.claim_ms)

    def release(self, lane_id: str, device_id: str, token: str) -> None:
        """Let a device go. Raises DeviceUnknown, ClaimLost."""
        device = self._device_of(device_id)
        self._claims.release(device_id, lane_id, token)
        device.events.wake()
        self._notify()

    def subscribe(self, lane_id: str, devices: Iterable[api.SubscribedDevice]) -> Subscription:
        """Listen to claimed devices. Raises BadRequest, DeviceUnknown, ClaimLost."""
        if self._stopping:
            raise ShuttingDown
        wanted = list(devices)
        if not 0 < len(wanted) <= SUBSCRIBED_MAX or len({device.device_id for device in wanted}) != len(wanted):
            raise BadRequest(f"name 1 to {SUBSCRIBED_MAX} devices, each once", path="$.start.devices")
        feeds = []
        for index, one in enumerate(wanted):
            log = self._device_of(one.device_id).events
            claim = self._claims.check(one.device_id, lane_id, one.claim_token)
            cursor = one.cursor if one.HasField("cursor") else None
            feeds.append(open_feed(log, claim, cursor, f"$.start.devices[{index}].cursor.sequence"))
        for earlier in tuple(self._subscriptions):
            if earlier.shares_claim(feeds):
                earlier.fail(ClaimLost("a newer stream of the same claim took over"))
        subscription = Subscription(feeds, self._claims, self._clock, self._world.limits)
        self._subscriptions.add(subscription)
        subscription.on_close = lambda: self._subscriptions.discard(subscription)
        return subscription

    async def print_document(
        self,
        lane_id: str,
        job_id: str,
        device_id: str,
        document: receipt_document_pb2.ReceiptDocument,
        claim_token: str = "",
    ) -> api.PrintJob:
        """Print and say what became of it.

        Raises DeviceUnknown, NotAPrinter, DeviceClaimed, BadRequest, DocumentInvalid, RequestIdReused, PrinterBusy,
        StorageFull, ShuttingDown.
        """
        device = self._device_of(device_id)
        if device.printer is None:
            raise NotAPrinter(f"{device_id} does not print", device_id=device_id)
        holder = self._claims.holder(device_id)
        if holder and not self._claims.allows(device_id, lane_id, claim_token):
            raise DeviceClaimed(
                f"{device_id} is claimed by lane {holder}; print with its token", device_id=device_id, claimed_by=holder
            )
        if self._stopping:
            raise ShuttingDown
        return await self._jobs.submit(device.printer, job_id, document)

    async def get_print_job(self, job_id: str) -> api.PrintJob:
        """What became of a job. Raises PrintJobUnknown."""
        return await self._jobs.get(job_id)

    def restart(self, device_id: str) -> None:
        """Start a device's host again though it is paused, quarantined or given up. Raises DeviceUnknown."""
        self._device_of(device_id).supervisor.restart()

    def _printers(self) -> Iterator[Printer]:
        return (device.printer for device in self._devices.values() if device.printer is not None)

    def _device_of(self, device_id: str) -> Device:
        device = self._devices.get(device_id)
        if device is None:
            raise DeviceUnknown(f"no device {device_id!r} is bound", device_id=device_id)
        return device

    def _make(self, settings: DeviceSettings, plugins: Plugins, boot_epoch: str, starter: Starter) -> Device:
        device_id = settings.id
        return make_device(
            bind(settings, plugins),
            boot_epoch,
            starter,
            self._store,
            self._world,
            on_change=self._notify,
            addressee=lambda: self._claims.addressee(device_id),
            arrival=lambda: next(self._arrivals),
        )

    async def _tick(self) -> None:
        """Look at everything that ends by time."""
        retry_ms, limits = 0, self._world.limits
        while not self._stopping:
            now_ms = self._clock.monotonic_ms()
            for device in self._devices.values():
                device.supervisor.tick(now_ms)
                device.events.expire(now_ms)
            if self._claims.expire():
                self._notify()
            if self._jobs.is_behind and now_ms >= retry_ms:
                retry_ms = now_ms + limits.print_store_retry_ms
                self._run(self._jobs.settle())
            await asyncio.sleep(limits.tick_ms / 1_000)

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._world.log.error("device_task_failed", exc_info=error)

    def _notify(self) -> None:
        """Wake the watchers: what they saw is not how it is."""
        self._changed.set()
        self._changed = asyncio.Event()
