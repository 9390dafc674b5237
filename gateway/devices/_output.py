"""What a driver host writes to its standard output and error: to the log, line by line, and not too much of it."""

import asyncio
from contextlib import suppress

from ._world import World

__all__ = ["HostOutput"]


class HostOutput(asyncio.Protocol):
    """Reading end of a host's output. Lines past the rate are counted, and their number is told."""

    def __init__(self, world: World) -> None:
        self._log = world.log
        self._clock = world.clock
        self._limits = world.limits
        self._rest = b""
        self._allowed = float(self._limits.output_lines_burst)
        self._counted_ms = self._clock.monotonic_ms()
        self._dropped = 0
        self._transport: asyncio.BaseTransport | None = None
        self._closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    async def drain(self, wait_ms: int) -> None:
        """Read to the end, but no longer than this, and close."""
        if self._transport is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_ms / 1_000):
                await self._closed.wait()
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > self._limits.output_line_chars_max:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._line(line)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._rest:
            self._line(self._rest)
            self._rest = b""
        self._tell_dropped()
        self._closed.set()

    def _line(self, line: bytes) -> None:
        text = line[: self._limits.output_line_chars_max].decode("utf-8", "replace").rstrip()
        if not text:
            return
        now_ms = self._clock.monotonic_ms()
        earned = (now_ms - self._counted_ms) * self._limits.output_lines_per_second / 1_000
        self._allowed = min(self._allowed + earned, float(self._limits.output_lines_burst))
        self._counted_ms = now_ms
        if self._allowed < 1:
            self._dropped += 1
            return
        self._allowed -= 1
        self._tell_dropped()
        self._log.info("driver_host_output", line=text)

    def _tell_dropped(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._log.warning("driver_host_output_left_out", lines=dropped)
