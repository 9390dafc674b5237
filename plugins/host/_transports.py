"""How bytes travel to a device: a serial port or a TCP connection. Nothing here ever blocks."""

import errno
import fcntl
import os
import select
import socket
import struct
import termios
from contextlib import suppress
from threading import Thread
from typing import Any, Protocol, TypeAlias

import serial

from tillgate.core.errors import SettingsInvalid
from tillgate.driver.v1 import driver_pb2

__all__ = ["LinkLost", "SerialTransport", "TcpTransport", "Transport", "make_transport"]

#: A family and what connect takes.
Address: TypeAlias = tuple[socket.AddressFamily, Any]

_READ_BYTES = 65_536
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 2), (socket.TCP_KEEPCNT, 3))
#: Bytes that a dead printer does not acknowledge for so long end the connection.
_TCP_USER_TIMEOUT_MS = 10_000


class LinkLost(Exception):
    """The device is not there, or not any more. The text says why."""


class Transport(Protocol):
    """One way to one device. Opened, lost and opened again many times in its life."""

    def begin(self) -> bool:
        """Start opening. True when it is open at once; otherwise finish says. Raises LinkLost."""

    def finish(self) -> bool:
        """Whether it is open by now. Raises LinkLost when it cannot be."""

    def fileno(self) -> int:
        """For the selector."""

    def read(self) -> bytes:
        """What has come; called when the selector says so. Raises LinkLost."""

    def write(self, data: bytes) -> int:
        """Send what goes now; the number of bytes taken. Raises LinkLost."""

    def unsent_bytes(self) -> int:
        """Bytes that the kernel took and the line, or the peer's acknowledgement, has not."""

    def close(self) -> None:
        """Let go. Never raises."""


def make_transport(message: driver_pb2.Transport) -> Transport:
    """The transport that Start names. Raises SettingsInvalid."""
    if message.WhichOneof("transport") == "serial":
        return SerialTransport(message.serial)
    if message.WhichOneof("transport") == "tcp":
        return TcpTransport(message.tcp.host, message.tcp.port)
    raise SettingsInvalid("no transport is given", path="$.transport")


class SerialTransport:
    """A serial port, opened exclusively."""

    def __init__(self, message: driver_pb2.SerialTransport) -> None:
        self._message = message
        self._port: serial.Serial | None = None

    def begin(self) -> bool:
        message = self._message
        try:
            self._port = serial.Serial(
                message.port,
                message.baud_rate or 9_600,
                message.data_bits or 8,
                message.parity or "N",
                message.stop_bits or 1,
                timeout=0,
                exclusive=True,
            )
        except (OSError, ValueError, termios.error) as error:
            raise LinkLost(_why(error, message.port)) from error
        return True

    def finish(self) -> bool:
        return self._port is not None

    def fileno(self) -> int:
        assert self._port is not None
        return int(self._port.fileno())

    def read(self) -> bytes:
        try:
            data = os.read(self.fileno(), _READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise LinkLost(_why(error, self._message.port)) from error
        if not data and self._hung_up():
            raise LinkLost(f"{self._message.port} was unplugged")
        return data

    def write(self, data: bytes) -> int:
        try:
            return os.write(self.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise LinkLost(_why(error, self._message.port)) from error

    def unsent_bytes(self) -> int:
        return _queued(self.fileno())

    def close(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            # A full output queue of a device that is gone would hold the close for 30 s.
            with suppress(OSError, termios.error):
                termios.tcflush(port.fileno(), termios.TCOFLUSH)
            port.close()

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        gone = select.POLLHUP | select.POLLERR | select.POLLNVAL
        return any(events & (gone | select.POLLIN) for _, events in poll.poll(0))


class Resolver:
    """A host's address, looked up beside the loop: asking a name server may take seconds."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._found: Address | None = None
        self._thread: Thread | None = None

    def address(self) -> Address | None:
        """The address; None while it is not known. A name is asked for, and known at a later call."""
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
        if self._found is None and self._thread is None:
            with suppress(OSError):
                self._found = self._look_up(socket.AI_NUMERICHOST)
                return self._found
            self._thread = Thread(target=self._ask, name="resolver", daemon=True)
            self._thread.start()
        return self._found

    def forget(self) -> None:
        """The address did not answer: the name may stand for another by now."""
        self._found = None

    def _ask(self) -> None:
        with suppress(OSError):
            self._found = self._look_up(0)

    def _look_up(self, flags: int) -> Address:
        family, _, _, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM, flags=flags)[0]
        return family, address


class TcpTransport:
    """A TCP connection, with keep-alive so that a dead peer is noticed."""

    def __init__(self, host: str, port: int) -> None:
        self._resolver = Resolver(host, port)
        self._name = f"{host}:{port}"
        self._socket: socket.socket | None = None
        self._open = False

    def begin(self) -> bool:
        found = self._resolver.address()
        if found is None:
            raise LinkLost(f"{self._name}: no address is known for this name")
        family, address = found
        try:
            self._socket = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _TCP_USER_TIMEOUT_MS)
            for option, value in _KEEPALIVE:
                self._socket.setsockopt(socket.IPPROTO_TCP, option, value)
            result = self._socket.connect_ex(address)
        except OSError as error:
            raise LinkLost(_why(error, self._name)) from error
        if result not in (0, errno.EINPROGRESS):
            raise LinkLost(f"{self._name}: {os.strerror(result)}")
        self._open = result == 0
        return self._open

    def finish(self) -> bool:
        assert self._socket is not None
        if not self._open and select.select([], [self._socket], [], 0)[1]:
            result = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if result:
                raise LinkLost(f"{self._name}: {os.strerror(result)}")
            self._open = True
        return self._open

    def fileno(self) -> int:
        assert self._socket is not None
        return self._socket.fileno()

    def read(self) -> bytes:
        assert self._socket is not None
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise LinkLost(_why(error, self._name)) from error
        if not data:
            raise LinkLost(f"{self._name} closed the connection")
        return data

    def write(self, data: bytes) -> int:
        assert self._socket is not None
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise LinkLost(_why(error, self._name)) from error

    def unsent_bytes(self) -> int:
        return _queued(self.fileno())

    def close(self) -> None:
        held, self._socket = self._socket, None
        if not self._open:
            self._resolver.forget()
        self._open = False
        if held is not None:
            held.close()


def _queued(descriptor: int) -> int:
    """TIOCOUTQ, which for a socket is SIOCOUTQ: bytes not acknowledged yet."""
    try:
        return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)))[0])
    except OSError:
        return 0


def _why(error: Exception, place: str) -> str:
    number = getattr(error, "errno", None)
    return f"{place}: {os.strerror(number) if number else error}"
