"""Where receipts come from: chunks of whole lines, or Arrow batches of Parquet rows, one after the other."""

import gzip
import io
import os
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
    def total(self) -> int | None:
        """How much there is, in the unit of `done`; None if nobody knows."""

    @property
    def done(self) -> int:
        """How much was handed out."""

    def next(self) -> Chunk | None:
        """The next receipts, or None at the end. Raises ReceiptsInvalid."""


class Stream(Protocol):
    """Bytes, as much as one read brings."""

    def read1(self, most: int, /) -> bytes:
        """At the end, nothing."""


class Lines:
    """One receipt a line, from a file, a pipe or a decompressor."""

    def __init__(
        self, stream: Stream, label: str, *, total: int | None = None, raw: IO[bytes] | None = None,
        notes: tuple[Text, ...] = (),
    ) -> None:  # fmt: skip
        """`raw` is the compressed file under the stream, whose position says how much is done."""
        self.label = label
        self.notes = notes
        self.total = total
        self.done = 0
        self._stream = stream
        self._raw = raw
        self._rest = b""
        self._line = 1

    def next(self) -> Chunk | None:
        data = self._whole_lines()
        if not data:
            return None
        first = self._line
        self._line += data.count(b"\n")
        return Chunk(first, data)

    def _whole_lines(self) -> bytes:
        parts, size = [self._rest], len(self._rest)
        self._rest = b""
        while data := self._read():
            parts.append(data)
            size += len(data)
            if size >= CHUNK_BYTES and (cut := data.rfind(b"\n") + 1):
                parts[-1], self._rest = data[:cut], data[cut:]
                break
            if size > LINE_BYTES_MAX + CHUNK_BYTES:
                detail = f"line {self._line} of {self.label} has no end: is it a file of JSON lines?"
                raise ReceiptsInvalid(detail, path=self.label)
        return b"".join(parts)

    def _read(self) -> bytes:
        """What one read of a pipe brings, so that Ctrl-C is heard between two."""
        try:
            data = self._stream.read1(CHUNK_BYTES)
        except (OSError, EOFError, ValueError) as error:
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
