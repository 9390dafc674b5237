"""A scanner without hardware: what is typed here comes out of a serial port as a scanner would send it."""

from threading import Event
from typing import ClassVar

from tillgate.plugins.sdk.twins import PseudoTerminal

__all__ = ["ScannerTwin"]

_DRIP_S = 0.02
_NOISE = bytes(range(128, 160))


class ScannerTwin:
    """A serial scanner on a pseudo-terminal."""

    commands: ClassVar[tuple[str, ...]] = ("type", "fault", "clear")

    def __init__(self, location: str = "", prefix: str = "", suffix: str = "\r", encoding: str = "utf-8") -> None:
        self._terminal = PseudoTerminal(location)
        self._prefix = prefix
        self._suffix = suffix
        self._encoding = encoding
        self._faults: set[str] = set()
        self._stopped = Event()

    @property
    def location(self) -> str:
        """The serial port's path."""
        return self._terminal.location

    def start(self) -> None:
        """Plug it in."""
        self._stopped.clear()
        self._terminal.plug()

    def stop(self) -> None:
        """Unplug it."""
        self._stopped.set()
        self._terminal.unplug()

    def type(self, text: str, aim: str = "") -> bool:
        """Scan a code, with its AIM identifier if given. False when the scanner is unplugged."""
        label = f"{aim}{text}".encode(self._encoding)
        frame = self._prefix.encode("latin-1") + label + self._suffix.encode("latin-1")
        if "half_frame" in self._faults:
            frame = frame[: len(frame) // 2]
        if "noise" in self._faults:
            frame = _NOISE + frame
        if "slow_drip" not in self._faults:
            return self._terminal.write(frame)
        return all(self._drip(byte) for byte in frame)

    def fault(self, name: str) -> None:
        """unplug; half_frame (the end never comes); slow_drip (20 ms a byte); noise (bytes of no encoding in front)."""
        if name not in ("unplug", "half_frame", "slow_drip", "noise"):
            raise ValueError(f"a scanner has no fault {name!r}")
        self._faults.add(name)
        if name == "unplug":
            self._terminal.unplug()

    def clear(self) -> None:
        """Mend everything; plug it in again."""
        self._faults.clear()
        self._terminal.plug()

    def _drip(self, byte: int) -> bool:
        self._stopped.wait(_DRIP_S)
        return self._terminal.write(bytes([byte]))
