"""A stream of bytes cut into frames by a suffix, by a pause, or both."""

from msgspec import Struct

__all__ = ["Framer", "Torn"]

_LINE_ENDS = b"\r\n"


class Torn(Struct, frozen=True):
    """Bytes that make no frame."""

    reason: str
    detail: str


class Framer:
    """Cuts the same bytes into the same frames however they arrive.

    With a suffix, a pause longer than the gap tears the frame; without one, the pause ends it. Line ends around a frame
    are not part of it, so a scanner that sends CR LF where CR was expected works.
    """

    def __init__(self, suffix: bytes, idle_gap_ms: int, length_max: int) -> None:
        self._suffix = suffix
        self._idle_gap_ms = idle_gap_ms
        self._length_max = length_max
        self._buffer = bytearray()
        self._too_long = False
        self._last_byte_ms = 0

    def deadline_ms(self) -> int | None:
        """When the pause is long enough."""
        return self._last_byte_ms + self._idle_gap_ms if self._buffer or self._too_long else None

    def feed(self, data: bytes, now_ms: int) -> list[bytes | Torn]:
        """Frames that these bytes complete."""
        found = self.idle(now_ms)
        if not data:
            return found
        self._last_byte_ms = now_ms
        self._buffer += data
        while self._suffix and (end := self._find_end()) >= 0:
            content = bytes(self._buffer[:end])
            del self._buffer[: end + len(self._suffix)]
            found += self._frame(content)
            self._too_long = False
        return found + self._bound()

    def idle(self, now_ms: int) -> list[bytes | Torn]:
        """The frame that a pause ends, or what it tears."""
        deadline = self.deadline_ms()
        if deadline is None or now_ms < deadline:
            return []
        return self.drop() if self._suffix else self._end()

    def drop(self) -> list[bytes | Torn]:
        """Forget what is incomplete, and say so."""
        count, told = len(self._buffer), self._too_long
        self._buffer.clear()
        self._too_long = False
        if told or not count:
            return []
        return [Torn("FRAME_INCOMPLETE", f"{count} bytes came without an end")]

    def _end(self) -> list[bytes | Torn]:
        content = bytes(self._buffer)
        self._buffer.clear()
        found = self._frame(content)
        self._too_long = False
        return found

    def _find_end(self) -> int:
        if not self._too_long:
            self._skip_line_ends()
        return self._buffer.find(self._suffix)

    def _skip_line_ends(self) -> None:
        while self._buffer and self._buffer[0] in _LINE_ENDS:
            del self._buffer[0]

    def _frame(self, content: bytes) -> list[bytes | Torn]:
        if self._too_long:
            return []
        if len(content) > self._length_max:
            return [self._torn_by_length()]
        content = content.rstrip(_LINE_ENDS)
        return [content] if content else []

    def _bound(self) -> list[bytes | Torn]:
        """Keep no more than a frame may hold, however much comes without an end."""
        if not self._too_long:
            self._skip_line_ends()
        # So many of the last bytes may be the beginning of the suffix.
        spare = max(0, len(self._suffix) - 1)
        found: list[bytes | Torn] = []
        if not self._too_long and len(self._buffer) - spare > self._length_max:
            self._too_long = True
            found.append(self._torn_by_length())
        if self._too_long:
            del self._buffer[: len(self._buffer) - spare]
        return found

    def _torn_by_length(self) -> Torn:
        return Torn("FRAME_TOO_LONG", f"more than {self._length_max} bytes came in one frame")
