"""A receipt printer without hardware: it listens on a TCP port, answers as a printer does, and keeps what it prints."""

import select
import socket
from contextlib import suppress
from threading import Condition, Thread
from typing import ClassVar

from ._paper import Printer

__all__ = ["PrinterTwin"]

_READ_BYTES = 4_096
_SLOW_BYTES = 16
_SLOW_S = 0.02
#: Where the connection breaks under the fault cut_off: so many bytes into the slip, which begins with ESC @.
_CUT_OFF_AFTER_BYTES = 12
_SLIP_START = b"\x1b@"
_MECHANICAL = ("paper_near_end", "paper_out", "cover_open", "cutter_error", "no_answer", "no_confirmation")


class PrinterTwin:
    """An ESC/POS printer on TCP. One connection at a time; others wait, as with printers."""

    commands: ClassVar[tuple[str, ...]] = ("text", "slips", "fault", "clear")

    def __init__(self, location: str = "127.0.0.1:0", columns: int = 42) -> None:
        host, _, port = (location or "127.0.0.1:0").rpartition(":")
        self._address = (host, int(port))
        self._printer = Printer(columns)
        self._changed = Condition()
        self._faults: set[str] = set()
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._wake: socket.socket | None = None
        self._thread: Thread | None = None

    @property
    def location(self) -> str:
        """host:port; the port stays the same when it is unplugged and plugged in again."""
        return f"{self._address[0]}:{self._address[1]}"

    @property
    def text(self) -> str:
        """Everything on the roll."""
        with self._changed:
            return self._printer.text

    @property
    def slips(self) -> list[str]:
        """What was cut off, oldest first."""
        with self._changed:
            return list(self._printer.slips)

    def wait_slips(self, count: int, wait_s: float) -> list[str]:
        """The slips, once there are so many. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._printer.slips) >= count, wait_s):
                raise TimeoutError(f"{len(self._printer.slips)} slips instead of {count}")
            return list(self._printer.slips)

    def start(self) -> None:
        """Switch it on."""
        self._listen()
        self._wake, woken = socket.socketpair()
        self._thread = Thread(target=self._run, args=(woken,), name="printer-twin", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Switch it off."""
        if self._thread is None or self._wake is None:
            return
        self._wake.close()
        self._thread.join()
        self._wake = self._thread = None
        self._hang_up(listener_too=True)

    def fault(self, name: str) -> None:
        """unplug; paper_near_end; paper_out; cover_open; cutter_error; no_answer; no_confirmation (it prints and does
        not say so); cut_off (the connection breaks within the next slip); slow (800 bytes a second)."""
        with self._changed:
            if name in _MECHANICAL:
                self._say(self._printer.change(name, on=True))
            elif name in ("unplug", "slow", "cut_off"):
                self._faults.add(name)
            else:
                raise ValueError(f"a printer has no fault {name!r}")
            if name == "unplug":
                self._printer.switch_off()
                self._hang_up(listener_too=True)
        self._look_again()

    def clear(self) -> None:
        """Mend everything; what was held for lack of paper is printed."""
        with self._changed:
            self._faults.clear()
            if self._listener is None:
                self._listen()
            for name in _MECHANICAL:
                self._say(self._printer.change(name, on=False))
            self._changed.notify_all()
        self._look_again()

    def _listen(self) -> None:
        self._listener = socket.create_server(self._address, reuse_port=False)
        self._address = self._listener.getsockname()[:2]

    def _look_again(self) -> None:
        if self._wake is not None:
            self._wake.send(b".")

    def _run(self, woken: socket.socket) -> None:
        with woken:
            while True:
                with self._changed:
                    watched = self._connection or self._listener
                    pause_s = _SLOW_S if "slow" in self._faults else 0.0
                ready = _readable([woken, *([watched] if watched else [])])
                if woken in ready and not woken.recv(_READ_BYTES):
                    return
                with self._changed:
                    if watched in ready and watched is (self._connection or self._listener):
                        self._serve()
                        self._changed.notify_all()
                if pause_s:
                    select.select([], [], [], pause_s)

    def _serve(self) -> None:
        if self._connection is None:
            assert self._listener is not None
            self._connection = self._listener.accept()[0]
            return
        try:
            data = self._connection.recv(_SLOW_BYTES if "slow" in self._faults else _READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        if "cut_off" in self._faults and _SLIP_START in data:
            self._faults.discard("cut_off")
            self._printer.receive(data[: data.index(_SLIP_START) + _CUT_OFF_AFTER_BYTES])
            self._printer.switch_off()
            self._hang_up()
            return
        self._say(self._printer.receive(data))

    def _say(self, answers: bytes) -> None:
        if self._connection is not None and answers:
            try:
                self._connection.sendall(answers)
            except OSError:
                self._hang_up()

    def _hang_up(self, *, listener_too: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)
        if listener_too and self._listener is not None:
            listener, self._listener = self._listener, None
            _close(listener)


def _close(open_socket: socket.socket) -> None:
    # Closing alone leaves it alive for as long as the other thread waits on it.
    with suppress(OSError):
        open_socket.shutdown(socket.SHUT_RDWR)
    open_socket.close()


def _readable(sockets: list[socket.socket]) -> list[socket.socket]:
    try:
        return select.select(sockets, [], [])[0]
    except (OSError, ValueError):
        # Unplugged between the look and the wait.
        return []
