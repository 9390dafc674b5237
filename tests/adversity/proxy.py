"""A TCP proxy that stands between two real peers and does to their bytes what networks do."""

import asyncio
from contextlib import suppress
from random import Random

__all__ = ["Proxy"]

CHUNK = 16 * 1024


class Proxy:
    """Forwards every connection to a target, until told to cut, freeze, refuse or slow down.

    Use as `async with Proxy("127.0.0.1:7430") as proxy: connect(proxy.address)`. The target may change between
    connections, as the address of a restarted server does.
    """

    def __init__(self, target: str, random: Random | None = None) -> None:
        self.target = target
        #: Seconds by which each chunk is late, at most; drawn anew for each.
        self.delay_s = 0.0
        #: Connections made so far.
        self.connections = 0
        self._random = random or Random(0)
        self._refusing = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._links: set[asyncio.Task[None]] = set()
        self._budget: int | None = None

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._link, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._links, return_exceptions=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every connection, in the middle of whatever it carries."""
        for link in self._links:
            link.cancel()

    def cut_after(self, bytes_count: int) -> None:
        """Break every connection once so many more bytes have passed, wherever in a message that is."""
        self._budget = bytes_count

    def freeze(self) -> None:
        """Swallow all bytes both ways without closing anything: a cable pulled behind a switch."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let bytes through again."""
        self._flowing.set()

    def refuse(self, refusing: bool = True) -> None:
        """Close new connections at once, or accept them again."""
        self._refusing = refusing

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._carry(reader, writer)
        finally:
            self._links.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            return
        host, _, port = self.target.rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        ways = [
            asyncio.create_task(self._copy(reader, far_writer)),
            asyncio.create_task(self._copy(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._flowing.wait()
            if self.delay_s:
                await asyncio.sleep(self._random.uniform(0, self.delay_s))
            if self._budget is not None:
                if len(data) >= self._budget:
                    writer.write(data[: self._budget])
                    self._budget = None
                    self.cut()
                    return
                self._budget -= len(data)
            writer.write(data)
            await writer.drain()
