"""One process of one device's driver, from its start to its end."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tillgate.core.errors import FrameInvalid
from tillgate.driver.v1 import driver_pb2
from tillgate.plugins.sdk.frames import Decoder, encode

from ._output import HostOutput
from ._watchdog import Silence
from ._world import World

__all__ = ["NONCE_VARIABLE", "Failure", "Host", "HostCommand", "spawn"]

NONCE_VARIABLE = "TILLGATE_HOST_NONCE"
#: What a host needs of the daemon's environment. The rest (tokens of a service manager, proxies) is not a plugin's.
PASSED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")
#: A dead host's last lines lie in the pipe; something it started may hold the pipe open for ever.
OUTPUT_DRAIN_MS = 200
#: A host that closed its socket is on its way out, and its own exit status says more than that of our signal.
EXIT_WAIT_MS = 1_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a host's life ended; the reason is one of the device problems."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class HostCommand:
    """How hosts are started: the program's arguments before `--plugin`, and the environment to choose from."""

    arguments: Sequence[str]
    environment: Mapping[str, str]

    def chosen_environment(self, nonce: str) -> dict[str, str]:
        kept = {name: self.environment[name] for name in PASSED_VARIABLES if name in self.environment}
        return kept | {NONCE_VARIABLE: nonce}


class Host(asyncio.Protocol):
    """The gateway's end of the socket to a host, and the process behind it.

    `hello` is the host's first frame; `alive` is done with the first word about its link, which it can only give
    when its driver is loaded and started; `ended` is done once, with the reason, at the end of the socket, a frame that
    makes no sense, or a silence.
    """

    process: asyncio.subprocess.Process
    output: HostOutput

    def __init__(self, receive: Callable[[driver_pb2.HostFrame], None], world: World) -> None:
        loop = asyncio.get_running_loop()
        self.hello: asyncio.Future[driver_pb2.Hello] = loop.create_future()
        self.alive: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[Failure] = loop.create_future()
        self._receive = receive
        self._clock = world.clock
        self._limits = world.limits
        self._decoder = Decoder(driver_pb2.HostFrame)
        self._transport: asyncio.Transport | None = None
        self._silence: Silence | None = None
        self._frames = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._decoder.feed(data)
        except FrameInvalid as error:
            self.fail("HOST_PROTOCOL", error.detail)
            return
        for frame in frames:
            self._take(frame)
        self._frames += len(frames)
        if self._frames > self._limits.frames_per_tick_max and self._transport and not self._transport.is_closing():
            self._transport.pause_reading()  # The rest waits in the kernel, then in the host's own bounded queue.

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail("HOST_ENDED", "the driver host closed its socket")

    def send(self, frame: driver_pb2.GatewayFrame) -> bool:
        """Give a frame to the host; False when there is none any more and nothing left us."""
        if self._transport is None or self._transport.is_closing():
            return False
        self._transport.write(encode(frame))
        return True

    def tick(self, now_ms: int) -> None:
        """Look at the silence, and read on what flooded."""
        self._frames = 0
        if self._transport and not self._transport.is_closing():
            self._transport.resume_reading()
        if self._silence is not None and self._silence.too_long(now_ms):
            self.fail("HOST_HUNG", f"no heartbeat for {self._limits.silence_ms} ms")

    def fail(self, reason: str, detail: str) -> None:
        """This life is over."""
        if not self.ended.done():
            self.ended.set_result(Failure(reason, detail))

    async def end(self, *, politely: bool) -> int:
        """Make sure that the process is gone; its exit status. Politely: ask it to stop first."""
        process, limits = self.process, self._limits
        if politely and self.send(driver_pb2.GatewayFrame(stop=driver_pb2.Stop())):
            await _wait(process, limits.stop_wait_ms)
        self.fail("HOST_ENDED", "ended by the gateway")
        closed = self._transport is None or self._transport.is_closing()
        if self._transport is not None:
            self._transport.close()
        if closed:
            await _wait(process, EXIT_WAIT_MS)
        terminate_wait_ms = limits.stop_terminate_wait_ms if politely else limits.terminate_wait_ms
        for sign, wait_ms in ((signal.SIGTERM, terminate_wait_ms), (signal.SIGKILL, None)):
            if process.returncode is None:
                self.signal(sign)
                await _wait(process, wait_ms)
        await self.output.drain(OUTPUT_DRAIN_MS)
        assert process.returncode is not None
        return process.returncode

    def signal(self, sign: signal.Signals) -> None:
        """Send the process a signal, if it still is."""
        with suppress(ProcessLookupError):
            self.process.send_signal(sign)

    def _take(self, frame: driver_pb2.HostFrame) -> None:
        if self.ended.done():
            return
        if not self.hello.done():
            if frame.WhichOneof("frame") == "hello":
                self.hello.set_result(frame.hello)
            else:
                self.fail("HOST_PROTOCOL", "the first frame was no Hello")
            return
        if frame.WhichOneof("frame") == "state_change" and not self.alive.done():
            self.alive.set_result(None)
            self._silence = Silence(self._limits, self._clock.monotonic_ms())
        if self._silence is not None:
            self._silence.heard()
        self._receive(frame)


async def spawn(command: HostCommand, plugin_id: str, nonce: str, host: Host, world: World) -> None:
    """Start a host's process, joined to us by a socket it inherits and a pipe for its output. Raises OSError."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    read_end, write_end = os.pipe()
    readable = os.fdopen(read_end, "rb", buffering=0)
    host.output = HostOutput(world)
    try:
        host.process = await asyncio.create_subprocess_exec(
            *command.arguments,
            *("--plugin", plugin_id, "--fd", str(theirs.fileno())),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=write_end,
            stderr=write_end,
            pass_fds=(theirs.fileno(),),
            env=command.chosen_environment(nonce),
        )
        await loop.connect_read_pipe(lambda: host.output, readable)
    except BaseException:
        ours.close()
        readable.close()
        raise
    finally:
        theirs.close()
        os.close(write_end)
    await loop.create_unix_connection(lambda: host, sock=ours)


async def _wait(process: asyncio.subprocess.Process, wait_ms: int | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(None if wait_ms is None else wait_ms / 1_000):
            await process.wait()
