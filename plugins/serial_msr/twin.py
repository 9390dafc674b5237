"""A magstripe reader without hardware: cards swiped here come out of a serial port as a reader would send them."""

from threading import Event
from typing import ClassVar

from tillgate.plugins.sdk.twins import PseudoTerminal

__all__ = ["MsrTwin"]

_DRIP_S = 0.02


class MsrTwin:
    """A serial magstripe reader on a pseudo-terminal."""

    commands: ClassVar[tuple[str, ...]] = ("swipe", "fault", "clear")

    def __init__(self, location: str = "", suffix: str = "\r", lrc: bool = False) -> None:
        self._terminal = PseudoTerminal(location)
        self._suffix = suffix
        self._lrc = lrc
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

    def swipe(self, track2: str = "", track1: str = "", track3: str = "") -> bool:
        """Swipe a card with this data, without sentinels. False when the reader is unplugged."""
        written = [self._frame(start, data) for start, data in (("%", track1), (";", track2), ("+", track3)) if data]
        frame = "".join([*written, self._suffix]).encode("ascii")
        if "half_frame" in self._faults:
            frame = frame[: len(frame) // 2]
        if "slow_drip" not in self._faults:
            return self._terminal.write(frame)
        return all(self._drip(byte) for byte in frame)

    def fault(self, name: str) -> None:
        """unplug; half_frame (the end never comes); slow_drip (20 ms a byte); wrong_lrc."""
        if name not in ("unplug", "half_frame", "slow_drip", "wrong_lrc"):
            raise ValueError(f"a magstripe reader has no fault {name!r}")
        self._faults.add(name)
        if name == "unplug":
            self._terminal.unplug()

    def clear(self) -> None:
        """Mend everything; plug it in again."""
        self._faults.clear()
        self._terminal.plug()

    def _frame(self, start: str, data: str) -> str:
        framed = f"{start}{data}?"
        if not self._lrc:
            return framed
        # From the bit tables: track 1 has six data bits counted from a space, the others four from the digit 0.
        base, mask = (0x20, 0x3F) if start == "%" else (0x30, 0x0F)
        column = [0] * 8
        for character in framed:
            for bit in range(8):
                column[bit] ^= ((ord(character) - base) & mask) >> bit & 1
        check = sum(value << bit for bit, value in enumerate(column)) ^ ("wrong_lrc" in self._faults)
        return framed + chr(base + check)

    def _drip(self, byte: int) -> bool:
        self._stopped.wait(_DRIP_S)
        return self._terminal.write(bytes([byte]))
