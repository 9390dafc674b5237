"""A printer's inside, from the printer's point of view: bytes come in, answers go out, and text appears on paper.

Written from the command reference and not from the driver, so that a wrong byte shows on the paper.
"""

from collections.abc import Callable

from ._commands import Command, next_command

__all__ = ["CODE_PAGES", "Printer"]

CODE_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    46: "cp1251",
}
_HELD = frozenset({"cover_open", "paper_out", "cutter_error"})
_REAL_TIME_LENGTHS = {0x04: 3, 0x05: 3}


class Printer:
    """One printer. `columns` characters of font A fit on a line."""

    def __init__(self, columns: int = 42, code_pages: dict[int, str] | None = None) -> None:
        self._columns = columns
        self._code_pages = code_pages or CODE_PAGES
        self.faults: set[str] = set()
        self.slips: list[str] = []
        self.drawer_pulses = 0
        self._lines: list[str] = []
        self._buffer = bytearray()
        self._real_time = bytearray()
        self._automatic = 0
        self._qr = b""
        self._reset()

    @property
    def text(self) -> str:
        """The whole roll, cut or not."""
        return "".join([*self.slips, *(f"{line}\n" for line in self._lines)])

    def receive(self, data: bytes) -> bytes:
        """Take bytes; the bytes it answers."""
        answers = bytearray()
        for byte in data:
            answers += self._take(byte)
        return self._said(bytes(answers) + self._work())

    def change(self, fault: str, *, on: bool) -> bytes:
        """Something breaks or is mended; what the printer says of itself then, and of what it had held."""
        before = self._status()
        (self.faults.add if on else self.faults.discard)(fault)
        told = self._status() if self._automatic and self._status() != before else b""
        return self._said(told + self._work())

    def switch_off(self) -> None:
        """Forget what was not printed yet."""
        self._buffer.clear()
        self._real_time.clear()
        self._automatic = 0
        self._reset()

    # Real-time commands are obeyed as they arrive, whatever they stand in.

    def _take(self, byte: int) -> bytes:
        self._real_time.append(byte)
        if self._real_time[0] != 0x10:
            self._buffer += self._real_time
            self._real_time.clear()
            return b""
        if len(self._real_time) == 1:
            return b""
        length = _REAL_TIME_LENGTHS.get(self._real_time[1], 0)
        if not length:
            self._buffer += self._real_time
            self._real_time.clear()
        if not length or len(self._real_time) < length:
            return b""
        question = self._real_time[2] if self._real_time[1] == 0x04 else 0
        self._real_time.clear()
        return self._real_time_status(question) if 1 <= question <= 4 else b""

    def _real_time_status(self, question: int) -> bytes:
        faults = self.faults
        value = 0x12
        if question == 1:
            value |= 0x04 | (0x08 if faults & _HELD else 0)
        elif question == 2:
            value |= (0x04 if "cover_open" in faults else 0) | (0x20 if "paper_out" in faults else 0)
            value |= 0x40 if "cutter_error" in faults else 0
        elif question == 3:
            value |= 0x08 if "cutter_error" in faults else 0
        else:
            value |= (0x0C if faults & {"paper_near_end", "paper_out"} else 0) | (0x60 if "paper_out" in faults else 0)
        return bytes([value])

    def _status(self) -> bytes:
        faults = self.faults
        first = 0x14 | (0x08 if faults & _HELD else 0) | (0x20 if "cover_open" in faults else 0)
        second = 0x08 if "cutter_error" in faults else 0
        return bytes([first, second, self._paper_sensor(), 0])

    def _paper_sensor(self) -> int:
        near = 0x03 if self.faults & {"paper_near_end", "paper_out"} else 0
        return near | (0x0C if "paper_out" in self.faults else 0)

    def _said(self, answers: bytes) -> bytes:
        return b"" if "no_answer" in self.faults else answers

    # The rest waits in the buffer until the printer can go on.

    def _work(self) -> bytes:
        answers = bytearray()
        while not self.faults & _HELD:
            command = next_command(self._buffer)
            if command is None:
                break
            del self._buffer[: command.length]
            answers += self._obey(command)
        return bytes(answers)

    def _obey(self, command: Command) -> bytes:
        action: Callable[[bytes], bytes | None] | None = {
            "text": self._print,
            "LF": self._line_feed,
            "ESC @": lambda _: self._reset(),
            "ESC t": self._choose_code_page,
            "ESC a": self._set_align,
            "ESC !": lambda data: self._set_size(data[0] & 0x20),
            "GS !": lambda data: self._set_size(data[0] >> 4),
            "ESC d": self._feed,
            "ESC p": self._open_drawer,
            "GS a": self._set_automatic,
            "GS r": self._transmit_status,
            "GS (": self._extended,
            "GS k": self._barcode,
            "GS V": self._cut,
            "ESC i": self._cut,
            "ESC m": self._cut,
        }.get(command.name)
        return (action(command.data) if action else None) or b""

    def _reset(self) -> None:
        self._encoding = self._code_pages.get(0, "cp437")
        self._align = 0
        self._wide = False
        self._line = ""
        self._used = 0

    def _choose_code_page(self, data: bytes) -> None:
        # A number it does not know leaves the page as it was; so do printers.
        self._encoding = self._code_pages.get(data[0], self._encoding)

    def _set_align(self, data: bytes) -> None:
        self._align = data[0] & 3

    def _set_size(self, wide: int) -> None:
        self._wide = bool(wide)

    def _print(self, data: bytes) -> None:
        for character in data.decode(self._encoding, errors="replace"):
            width = 2 if self._wide else 1
            if self._used + width > self._columns:
                self._line_feed(b"")
            self._line += character
            self._used += width

    def _line_feed(self, _: bytes) -> None:
        room = self._columns - self._used
        pad = {1: room // 2, 2: room}.get(self._align, 0)
        self._lines.append((" " * pad + self._line).rstrip())
        self._line, self._used = "", 0

    def _feed(self, data: bytes) -> None:
        for _ in range(data[0]):
            self._line_feed(b"")

    def _open_drawer(self, _: bytes) -> None:
        self.drawer_pulses += 1

    def _set_automatic(self, data: bytes) -> bytes:
        self._automatic = data[0]
        return self._status() if self._automatic else b""

    def _transmit_status(self, data: bytes) -> bytes:
        if "no_confirmation" in self.faults:
            return b""
        return bytes([self._paper_sensor() if data[0] in (1, 49) else 0])

    def _extended(self, data: bytes) -> bytes:
        kind, parameters = data[:1], data[3:]
        if kind == b"H" and parameters[:2] == b"00" and "no_confirmation" not in self.faults:
            return b"\x37\x22" + parameters[2:6] + b"\x00"
        if kind == b"k" and parameters[:3] == b"1P0":
            self._qr = parameters[3:]
        if kind == b"k" and parameters[:3] == b"1Q0":
            self._code("QR", self._qr.decode("utf-8", errors="replace"))
        return b""

    def _barcode(self, data: bytes) -> None:
        kind, content = data[0], data[2:] if data[0] >= 65 else data[1:].rstrip(b"\0")
        name = {65: "UPCA", 67: "EAN13", 2: "EAN13", 68: "EAN8", 3: "EAN8", 69: "CODE39", 4: "CODE39", 73: "CODE128"}
        text = _code128_text(content) if kind == 73 else content.decode("latin-1")
        self._code(name.get(kind, f"BARCODE {kind}"), text)

    def _code(self, name: str, text: str) -> None:
        if self._line:
            self._line_feed(b"")
        for character in f"[{name} {text}]":
            if self._used == self._columns:
                self._line_feed(b"")
            self._line += character
            self._used += 1
        self._line_feed(b"")

    def _cut(self, _: bytes) -> None:
        if self._line:
            self._line_feed(b"")
        self.slips.append("".join(f"{line}\n" for line in self._lines))
        self._lines.clear()


def _code128_text(content: bytes) -> str:
    """Code sets A and B stand for themselves, set C for two digits a byte."""
    text = ""
    code_set = b"{B"
    place = 0
    while place < len(content):
        pair = content[place : place + 2]
        if pair in (b"{A", b"{B", b"{C"):
            code_set = pair
            place += 2
        elif code_set == b"{C":
            text += f"{content[place]:02d}"
            place += 1
        elif pair == b"{{":
            text += "{"
            place += 2
        else:
            text += chr(content[place])
            place += 1
    return text
