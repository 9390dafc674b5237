"""Keeping a device's link up: open, notice its loss at once, open again with a pause that grows."""

import selectors
from collections.abc import Callable
from typing import Protocol

from tillgate.driver.v1 import driver_pb2

from ._clock import Clock
from ._transports import LinkLost, Transport

__all__ = ["Link", "LinkOwner"]

_RETRY_FIRST_MS = 100
_RETRY_MOST_MS = 1_000
_CONNECT_MS = 3_000
#: How often to look whether the last bytes have left.
_DRAIN_LOOK_MS = 10
_OUT_BYTES_MAX = 1 << 20


class LinkOwner(Protocol):
    """What happens to a link."""

    def link_opened(self) -> None:
        """It stands."""

    def link_lost(self, unsent_bytes: int) -> None:
        """It is gone; so many bytes had not been handed to the kernel, and surely went nowhere."""

    def link_data(self, data: bytes) -> None:
        """Bytes came."""

    def link_drained(self) -> None:
        """All bytes given to it have left."""


class Link:
    """A transport that is opened again and again, and the bytes waiting to leave by it."""

    def __init__(
        self,
        transport: Transport,
        owner: LinkOwner,
        selector: selectors.BaseSelector,
        clock: Clock,
        tell: Callable[["driver_pb2.LinkState.ValueType", str], None],
    ) -> None:
        self._transport = transport
        self._owner = owner
        self._selector = selector
        self._clock = clock
        self._tell = tell
        self._state: driver_pb2.LinkState.ValueType = driver_pb2.LINK_STATE_UNSPECIFIED
        self._out = bytearray()
        self._draining = False
        self._retry_ms = _RETRY_FIRST_MS
        self._next_ms: int | None = 0
        self._connecting_until_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether bytes can go."""
        return self._state == driver_pb2.LINK_STATE_OPEN

    def deadline_ms(self) -> int | None:
        """When tick has something to do."""
        return self._next_ms

    def tick(self) -> None:
        """Do what is due: a retry, a connect that takes too long, a look whether bytes have left."""
        now = self._clock.monotonic_ms()
        if self._next_ms is None or now < self._next_ms:
            return
        if self.is_open:
            self._look_for_drain()
        elif self._connecting_until_ms is not None:
            self._lose("no answer to the connection attempt")
        else:
            self._open()

    def send(self, data: bytes) -> None:
        """Queue bytes; the owner learns when they have left. Dropped when the link is down: the owner knows that."""
        if not self.is_open:
            return
        if len(self._out) + len(data) > _OUT_BYTES_MAX:
            raise OverflowError(f"more than {_OUT_BYTES_MAX} bytes wait for the device")
        self._out += data
        self._draining = True
        self._write()

    def reopen(self, detail: str) -> None:
        """Drop the link, and what waits to leave by it, and open it again."""
        if self.is_open:
            self._lose(detail)

    def close(self) -> int:
        """Let go for good; the number of bytes that surely never left."""
        unsent = len(self._out)
        if self._state != driver_pb2.LINK_STATE_UNSPECIFIED:
            self._unregister()
        self._transport.close()
        return unsent

    def _open(self) -> None:
        if self._state == driver_pb2.LINK_STATE_UNSPECIFIED:
            self._change(driver_pb2.LINK_STATE_OPENING, "")
        try:
            if self._transport.begin():
                self._opened()
                return
        except LinkLost as error:
            self._lose(str(error))
            return
        self._connecting_until_ms = self._next_ms = self._clock.monotonic_ms() + _CONNECT_MS
        self._selector.register(self._transport.fileno(), selectors.EVENT_WRITE, self._connect_ready)

    def _connect_ready(self, _: int) -> None:
        try:
            if self._transport.finish():
                self._selector.unregister(self._transport.fileno())
                self._opened()
        except LinkLost as error:
            self._lose(str(error))

    def _opened(self) -> None:
        self._connecting_until_ms = self._next_ms = None
        self._retry_ms = _RETRY_FIRST_MS
        self._selector.register(self._transport.fileno(), selectors.EVENT_READ, self._ready)
        self._change(driver_pb2.LINK_STATE_OPEN, "")
        self._owner.link_opened()

    def _ready(self, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                data = self._transport.read()
                if data:
                    self._owner.link_data(data)
        except LinkLost as error:
            self._lose(str(error))
            return
        if events & selectors.EVENT_WRITE and self.is_open:
            self._write()

    def _write(self) -> None:
        try:
            while self._out:
                count = self._transport.write(bytes(self._out[:65_536]))
                if not count:
                    break
                del self._out[:count]
        except LinkLost as error:
            self._lose(str(error))
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        self._selector.modify(self._transport.fileno(), wanted, self._ready)
        if not self._out and self._next_ms is None:
            self._next_ms = self._clock.monotonic_ms()

    def _look_for_drain(self) -> None:
        self._next_ms = None
        if self._out or not self._draining:
            return
        if self._transport.unsent_bytes():
            self._next_ms = self._clock.monotonic_ms() + _DRAIN_LOOK_MS
            return
        self._draining = False
        self._owner.link_drained()

    def _lose(self, detail: str) -> None:
        was_open = self.is_open
        unsent = len(self._out)
        self._unregister()
        self._transport.close()
        self._out.clear()
        self._draining = False
        self._connecting_until_ms = None
        self._next_ms = self._clock.monotonic_ms() + self._retry_ms
        self._retry_ms = min(self._retry_ms * 2, _RETRY_MOST_MS)
        self._change(driver_pb2.LINK_STATE_LOST, detail)
        if was_open:
            self._owner.link_lost(unsent)

    def _unregister(self) -> None:
        mine = [key.fd for key in self._selector.get_map().values() if key.data in (self._ready, self._connect_ready)]
        for descriptor in mine:
            self._selector.unregister(descriptor)

    def _change(self, state: "driver_pb2.LinkState.ValueType", detail: str) -> None:
        # Said once: neither every retry nor its reason again.
        if state != self._state:
            self._state = state
            self._tell(state, detail)
