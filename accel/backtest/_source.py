"""Where receipts come from: chunks of whole lines, or Arrow batches of Parquet rows, one after the other."""

import gzip
import io
import os
import select
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from tillgate.core.errors import ReceiptsInvalid
from tillgate.core.text import Text

__all__ = ["Chunk", "Lines", "Source", "open_receipts"]

CHUNK_BYTES = 4 << 20
#: No line is longer: 500 lines of goods with all they may say are far below.
LINE_BYTES_MAX = 16 << 20
#: Programs of Windows begin a file with it.
BOM = b"\xef\xbb\xbf"
#: So long a silent pipe is waited for before the caller has its turn.
SILENT_MS = 100


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole receipts. `first` is the number of the first line or row, counted from 1."""

    first: int
    #: Lines of JSON; or else an Arrow RecordBatch.
    data: bytes | Any


class Source(Protocol):
    """Receipts in order. Used by one thread at a time."""

    @property
    def label(self) -> str:
        """What people call it."""

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a reader of the report has to know about these receipts."""

    @property
    def counted(self) -> bool:
        """Whether the receipts say the turnover in windows and the uses of rules that both programmes ask for."""

    @property
    def total(self) -> int | None:
        """How much there is, in the unit of `done`; None if nobody knows."""

    @property
    def done(self) -> int:
        """How much was handed out."""

    def next(self) -> Chunk | None:
        """The next receipts, an empty chunk while none come, None at the end. Raises ReceiptsInvalid."""


class Stream(Protocol):
    """Bytes, as much as one read brings."""

    def read1(self, most: int, /) -> bytes:
        """At the end, nothing."""


class Lines:
    """One receipt a line, from a file, a pipe or a decompressor."""

    def __init__(
        self, stream: Stream, label: str, *, total: int | None = None, raw: IO[bytes] | None = None,
        descriptor: int | None = None, notes: tuple[Text, ...] = (), counted: bool = False,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:  # fmt: skip
        """`raw` is the compressed file under the stream, whose position says how much is done; `descriptor` that of a
        stream that may stay silent."""
        self.label = label
        self.notes = notes
        self.counted = counted
        self._chunk_bytes = chunk_bytes
        self.total = total
        self.done = 0
        self._stream = stream
        self._raw = raw
        self._poll: select.poll | None = None
        if descriptor is not None:
            self._poll = select.poll()
            self._poll.register(descriptor, select.POLLIN)
        self._parts: list[bytes] = []
        self._size = 0
        self._line = 1

    def next(self) -> Chunk | None:
        data = self._whole_lines()
        if data == b"":
            return None
        first = self._line
        if data and first == 1:
            data = data.removeprefix(BOM)
        self._line += data.count(b"\n") if data else 0
        return Chunk(first, data or b"")

    def _whole_lines(self) -> bytes | None:
        """At the end nothing; None while nothing comes."""
        while self._comes():
            data = self._read()
            self._parts.append(data)
            self._size += len(data)
            if not data:
                return self._taken(b"")
            if self._size >= self._chunk_bytes and (cut := data.rfind(b"\n") + 1):
                self._parts[-1] = data[:cut]
                return self._taken(data[cut:])
            if self._size > LINE_BYTES_MAX + CHUNK_BYTES:
                detail = Text(
                    f"{self.label}: строка {self._line} не кончается; это файл с JSON в строках?",
                    f"line {self._line} of {self.label} has no end: is it a file of JSON lines?",
                )
                raise ReceiptsInvalid(detail, path=self.label)
        return None

    def _taken(self, rest: bytes) -> bytes:
        whole = b"".join(self._parts)
        self._parts, self._size = [rest], len(rest)
        return whole

    def _comes(self) -> bool:
        """Whether a read would not wait. A signal just before a read that waits would be heard only after it."""
        return self._poll is None or bool(self._poll.poll(SILENT_MS))

    def _read(self) -> bytes:
        try:
            data = self._stream.read1(self._chunk_bytes)
        except (OSError, EOFError, ValueError, zlib.error) as error:
            detail = Text(f"{self.label} не прочесть: {error}", f"{self.label} cannot be read: {error}")
            raise ReceiptsInvalid(detail, path=self.label) from error
        self.done = self._raw.tell() if self._raw is not None else self.done + len(data)
        return data


@contextmanager
def open_receipts(path: Path) -> Iterator[Source]:
    """A file by what is in it: Parquet, gzip, Zstandard, or plain JSON lines. Raises ReceiptsInvalid."""
    with _opened(path) as raw:
        head = raw.peek(4)[:4]
        if not head:
            detail = Text(
                f"{path} пуст: нужен чек на строку, см. docs/reference/backtest.md",
                f"{path} is empty: one receipt a line is expected, see docs/reference/backtest.md",
            )
            raise ReceiptsInvalid(detail, path=str(path))
        if head == b"PAR1":
            from ._parquet import ParquetRows

            yield ParquetRows(raw, str(path))
            return
        total = os.fstat(raw.fileno()).st_size
        if head == b"\x28\xb5\x2f\xfd":
            from ._parquet import decompressed

            yield Lines(decompressed(raw, str(path)), str(path), total=total, raw=raw)
        elif head[:2] == b"\x1f\x8b":
            with gzip.open(raw) as stream:
                yield Lines(stream, str(path), total=total, raw=raw)
        else:
            yield Lines(raw, str(path), total=total)


def _opened(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        detail = Text(f"{path} не открыть: {error.strerror}", f"{path} cannot be opened: {error.strerror}")
        raise ReceiptsInvalid(detail, path=str(path)) from error
