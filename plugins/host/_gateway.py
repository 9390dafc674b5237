"""The host's end of the socket to the gateway: frames in, frames out, and what happens when the gateway is slow."""

import selectors
import socket
from collections import deque
from collections.abc import Callable

from tillgate.driver.v1.driver_pb2 import ErrorEvent, GatewayFrame, HostFrame
from tillgate.plugins.sdk.frames import Decoder, encode

__all__ = ["Gateway"]

#: Events that wait for a gateway that does not read. Past this they are counted, and the count is told.
_OUT_BYTES_MAX = 1 << 20
_READ_BYTES = 65_536
_DROPPABLE = ("data_event", "error_event", "heartbeat", "status_report")


class Gateway:
    """The socket, non-blocking."""

    def __init__(
        self,
        connection: socket.socket,
        selector: selectors.BaseSelector,
        received: Callable[[GatewayFrame], None],
        ended: Callable[[], None],
    ) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        self._selector = selector
        self._received = received
        self._ended = ended
        self._decoder = Decoder(GatewayFrame)
        self._out: deque[bytes] = deque()
        self._out_bytes = 0
        self._dropped = 0
        self._selector.register(self._socket, selectors.EVENT_READ, self._ready)

    @property
    def waiting(self) -> bool:
        """Whether frames wait for the gateway to read."""
        return bool(self._out)

    def send(self, frame: HostFrame) -> None:
        """Queue a frame. Data that overflows the queue is dropped and told of as QUEUE_OVERFLOW; results never are."""
        data = encode(frame)
        # Until the gap is told of, nothing goes behind it: the telling stands where the gap is.
        overflows = self._dropped or self._out_bytes + len(data) > _OUT_BYTES_MAX
        if overflows and frame.WhichOneof("frame") in _DROPPABLE:
            self._dropped += frame.WhichOneof("frame") != "heartbeat"
            return
        self._append(data)
        self._write()

    def flush(self, wait_s: float) -> None:
        """Give the gateway this long to read what waits, before the end."""
        self._socket.settimeout(wait_s)
        try:
            while self._out:
                self._socket.sendall(self._out.popleft())
        except OSError:
            self._out.clear()

    def _append(self, data: bytes) -> None:
        self._out.append(data)
        self._out_bytes += len(data)

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._write()
        if events & selectors.EVENT_READ:
            self._read()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._ended()
            return
        for frame in self._decoder.feed(data):
            self._received(frame)

    def _write(self) -> None:
        try:
            while self._out:
                count = self._socket.send(self._out[0])
                self._out_bytes -= count
                if count == len(self._out[0]):
                    self._out.popleft()
                else:
                    self._out[0] = self._out[0][count:]
        except BlockingIOError:
            pass
        except OSError:
            self._ended()
            return
        if self._dropped and self._out_bytes < _OUT_BYTES_MAX // 2:
            detail = f"the gateway did not read: {self._dropped} events were dropped"
            self._dropped = 0
            self.send(HostFrame(error_event=ErrorEvent(reason="QUEUE_OVERFLOW", detail=detail)))
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        self._selector.modify(self._socket, wanted, self._ready)
