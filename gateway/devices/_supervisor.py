"""Keeps one device's driver host running: starts it, watches it, pauses after failures, and gives up in the end."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from signal import SIGKILL

from tillgate.driver.v1 import driver_pb2
from tillgate.pos.v1 import device_service_pb2 as api

from ._backoff import Backoff
from ._binding import CONTRACTS
from ._host import Failure, Host, HostCommand, spawn
from ._record import Record
from ._world import World

__all__ = ["Starter", "Supervisor"]

#: Failures that another start would only repeat.
INCOMPATIBLE = "HOST_INCOMPATIBLE"
REFUSED = "HOST_REFUSED"
#: A host's exit status (EX_CONFIG) for a plugin or settings that it cannot run.
EXIT_REFUSED = 78


@dataclass(frozen=True, slots=True)
class Starter:
    """How hosts are started; `first_starts` is shared by all devices."""

    command: HostCommand
    first_starts: asyncio.Semaphore


class Supervisor:
    """One device's host over all its lives. `receive` gets its frames, `ended` is told of every end of a life."""

    def __init__(
        self,
        record: Record,
        starter: Starter,
        receive: Callable[[driver_pb2.HostFrame], None],
        ended: Callable[[Failure], None],
        world: World,
    ) -> None:
        self._record = record
        self._starter = starter
        self._started = False
        self._receive = receive
        self._ended = ended
        self._world = world
        self._clock = world.clock
        self._limits = world.limits
        self._log = world.log
        self._backoff = Backoff(world.limits, world.random)
        self._host: Host | None = None
        self._dying: Host | None = None
        self._last_words = ""
        self._stopping = asyncio.Event()
        self._by_hand = asyncio.Event()

    async def run(self) -> None:
        """Lives until `stop`. Returns early only when there is nothing to start."""
        if self._record.binding.problem:
            return
        while not self._stopping.is_set():
            began_ms = self._clock.monotonic_ms()
            failure = await self._live()
            if self._stopping.is_set():
                break
            self._log.warning("driver_host_failed", reason=failure.reason, detail=failure.detail)
            await self._pause(failure, self._clock.monotonic_ms() - began_ms)
            if not self._stopping.is_set():
                self._record.restarts += 1
                self._world.metrics.host_restarts.labels(self._record.binding.device_id).inc()
        self._record.host(api.HOST_STATE_STOPPED)

    def send(self, frame: driver_pb2.GatewayFrame) -> bool:
        """Give the host a frame; False when there is no host and nothing left us."""
        return self._host is not None and self._host.send(frame)

    def tick(self, now_ms: int) -> None:
        """Once a tick."""
        if self._host is not None:
            self._host.tick(now_ms)

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()
        self._by_hand.set()
        if self._host is not None:
            self._host.fail("HOST_ENDED", "the gateway goes down")
        if self._dying is not None:
            self._dying.signal(SIGKILL)

    def restart(self) -> None:
        """A person asks for a new start, whatever happened before."""
        self._backoff.forgive()
        self._by_hand.set()

    async def _live(self) -> Failure:
        """One life of a host, from its start to the end of its process."""
        record = self._record
        host = Host(self._take, self._world)
        self._last_words = ""
        record.host(api.HOST_STATE_STARTING)
        async with AsyncExitStack() as stack:
            if not self._started:
                await stack.enter_async_context(self._starter.first_starts)
                self._started = True
            if self._stopping.is_set():
                return Failure("HOST_ENDED", "the gateway goes down")
            try:
                await self._start(host)
            except OSError as error:
                return Failure("HOST_ENDED", f"the driver host could not be started: {error}")
        failure = await host.ended
        self._host, self._dying = None, None if self._stopping.is_set() else host
        # Whoever waits for this device learns it now, not when the process is buried.
        record.host(api.HOST_STATE_BACKOFF, reason=failure.reason, detail=failure.detail)
        self._ended(failure)
        status = await host.end(politely=self._stopping.is_set())
        self._dying = None
        if status == EXIT_REFUSED:
            return Failure(REFUSED, self._last_words or "the driver host refused to start; the log says why")
        return Failure(failure.reason, f"{failure.detail} (exit status {status})")

    async def _start(self, host: Host) -> None:
        """The process, and what is said until its driver stands. Raises OSError when there is no process."""
        nonce = f"{self._world.random.getrandbits(128):032x}"
        await spawn(self._starter.command, self._record.binding.plugin_id, nonce, host, self._world)
        self._host = host
        self._record.host(api.HOST_STATE_STARTING, pid=host.process.pid)
        if self._stopping.is_set():  # While the process was made.
            host.fail("HOST_ENDED", "the gateway goes down")
        else:
            await self._greet(host, nonce)

    async def _greet(self, host: Host, nonce: str) -> None:
        """Hello, Start, first sign of life. What is wrong ends the host."""
        waits: tuple[asyncio.Future[driver_pb2.Hello] | asyncio.Future[None], ...] = (host.hello, host.alive)
        deadline_ms = self._clock.monotonic_ms() + self._limits.start_timeout_ms
        for wait in waits:
            remaining_s = max(deadline_ms - self._clock.monotonic_ms(), 0) / 1_000
            await asyncio.wait({wait, host.ended}, timeout=remaining_s, return_when=asyncio.FIRST_COMPLETED)
            if host.ended.done():
                return
            if not wait.done():
                host.fail("HOST_START_TIMEOUT", f"not started within {self._limits.start_timeout_ms} ms")
                return
            if wait is host.hello and not self._accept(host, nonce):
                return

    def _take(self, frame: driver_pb2.HostFrame) -> None:
        """A frame after the hello."""
        if frame.WhichOneof("frame") == "error_event":
            self._last_words = f"{frame.error_event.reason}: {frame.error_event.detail}"
        if self._host is not None and self._host.alive.done() and self._record.host_state == api.HOST_STATE_STARTING:
            pid = self._host.process.pid
            self._record.host(api.HOST_STATE_READY, pid=pid)
            self._log.info("driver_host_ready", pid=pid)
        self._receive(frame)

    def _accept(self, host: Host, nonce: str) -> bool:
        """Check the hello and answer it."""
        binding, hello = self._record.binding, host.hello.result()
        if hello.nonce != nonce or hello.plugin_id != binding.plugin_id:
            host.fail("HOST_PROTOCOL", "the hello is not from the host that was started")
            return False
        version = max(set(hello.contract_versions) & set(CONTRACTS), default=None)
        if version is None:
            theirs = ", ".join(map(str, hello.contract_versions)) or "none"
            host.fail(INCOMPATIBLE, f"the host speaks contract {theirs}; the gateway {', '.join(map(str, CONTRACTS))}")
            return False
        return host.send(
            driver_pb2.GatewayFrame(
                start=driver_pb2.Start(
                    contract_version=version,
                    device_id=binding.device_id,
                    driver=binding.driver,
                    transport=binding.transport,
                    settings_json=binding.settings_json,
                )
            )
        )

    async def _pause(self, failure: Failure, lived_ms: int) -> None:
        """Wait as long as the failures so far ask for, or until a person does not want to."""
        self._by_hand.clear()
        if failure.reason in (INCOMPATIBLE, REFUSED):
            state = api.HOST_STATE_INCOMPATIBLE if failure.reason == INCOMPATIBLE else api.HOST_STATE_STOPPED
            self._record.host(state, reason=failure.reason, detail=failure.detail)
            await self._by_hand.wait()
            return
        verdict = self._backoff.failed(self._clock.monotonic_ms(), lived_ms)
        if verdict.quarantined:
            reason = "HOST_GIVEN_UP" if verdict.by_hand else "HOST_QUARANTINED"
            self._log.error("driver_host_quarantined", detail=failure.detail, by_hand=verdict.by_hand)
            self._record.host(api.HOST_STATE_QUARANTINED, reason=reason, detail=f"{failure.reason}: {failure.detail}")
        else:
            self._record.host(api.HOST_STATE_BACKOFF, reason=failure.reason, detail=failure.detail)
        await self._wait_by_hand(None if verdict.by_hand else verdict.delay_ms)

    async def _wait_by_hand(self, delay_ms: int | None) -> None:
        timeout = asyncio.timeout(None if delay_ms is None else delay_ms / 1_000)
        try:
            async with timeout:
                await self._by_hand.wait()
        except TimeoutError:
            return
