"""Where one ESC/POS command ends and the next begins, after Epson's ESC/POS command reference."""

from msgspec import Struct

__all__ = ["Command", "next_command"]


class Command(Struct, frozen=True):
    """One command: its name, its parameters, and how many bytes it took."""

    name: str
    data: bytes
    length: int


#: Parameter bytes of commands of a fixed length.
_ESC = {
    **dict.fromkeys(b"@2<SLim4", 0),
    **dict.fromkeys(b" !%-3=?AEGJMRTUVadrtuv{", 1),
    **dict.fromkeys(b"$\\cf", 2),
    **dict.fromkeys(b"p", 3),
    **dict.fromkeys(b"W", 8),
}
_FS = {**dict.fromkeys(b".&", 0), **dict.fromkeys(b"!-CW", 1), **dict.fromkeys(b"Sp", 2)}
_GS = {
    **dict.fromkeys(b":", 0),
    **dict.fromkeys(b"!/BEHITabfhrw", 1),
    **dict.fromkeys(b"$LPW\\^", 2),
}
_PREFIXES = {0x1B: ("ESC", _ESC), 0x1C: ("FS", _FS), 0x1D: ("GS", _GS)}
_CONTROLS = {0x0A: "LF", 0x0D: "CR", 0x09: "HT", 0x0C: "FF", 0x18: "CAN"}


def next_command(buffer: bytes | bytearray) -> Command | None:
    """The command at the start of the buffer, or None while it is not complete."""
    if not buffer:
        return None
    first = buffer[0]
    if first in _PREFIXES:
        return _prefixed(bytes(buffer)) if len(buffer) > 1 else None
    if first < 0x20:
        return Command(_CONTROLS.get(first, "unknown"), b"", 1)
    end = next((place for place, byte in enumerate(buffer) if byte < 0x20), len(buffer))
    return Command("text", bytes(buffer[:end]), end)


def _prefixed(buffer: bytes) -> Command | None:
    prefix, lengths = _PREFIXES[buffer[0]]
    name = f"{prefix} {chr(buffer[1])}"
    count = lengths[buffer[1]] if buffer[1] in lengths else _variable_length(name, buffer[2:])
    if count is None or len(buffer) < 2 + count:
        return None
    return Command(name, buffer[2 : 2 + count], 2 + count)


def _variable_length(name: str, rest: bytes) -> int | None:
    """Parameter bytes of a command that says its own length; None while that is not known."""
    if name in ("GS (", "ESC (", "FS ("):
        return 3 + int.from_bytes(rest[1:3], "little") if len(rest) >= 3 else None
    if name == "GS 8":
        return 5 + int.from_bytes(rest[1:5], "little") if len(rest) >= 5 else None
    if name == "GS v":
        return _raster_length(rest)
    if name == "ESC *":
        return _column_image_length(rest)
    if name == "GS k":
        return _barcode_length(rest)
    if name == "GS V":
        return (1 if rest[0] in (0, 1, 48, 49) else 2) if rest else None
    if name == "ESC D":
        return rest.index(0) + 1 if 0 in rest else None
    # An unknown command: its two bytes are dropped, as printers do.
    return 0


def _raster_length(rest: bytes) -> int | None:
    if len(rest) < 6:
        return None
    return 6 + int.from_bytes(rest[2:4], "little") * int.from_bytes(rest[4:6], "little")


def _column_image_length(rest: bytes) -> int | None:
    if len(rest) < 3:
        return None
    return 3 + int.from_bytes(rest[1:3], "little") * (3 if rest[0] in (32, 33) else 1)


def _barcode_length(rest: bytes) -> int | None:
    if not rest:
        return None
    if rest[0] >= 65:
        return 2 + rest[1] if len(rest) >= 2 else None
    return rest.index(0) + 1 if 0 in rest else None
