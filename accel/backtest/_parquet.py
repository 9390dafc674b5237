"""Receipts in Parquet, whose columns are the document's keys, and what else needs pyarrow."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from tillgate.core import BASKET_KEYS
from tillgate.core.errors import ReceiptsInvalid
from tillgate.core.text import Text

from ._source import Chunk, Stream

__all__ = ["ParquetRows", "decompressed", "row_document"]

ROWS_IN_BATCH = 2048


def _arrow(label: str, kind: str) -> Any:
    try:
        import pyarrow as pa
    except ImportError as error:
        detail = Text(
            f"{label}: {kind} читает pyarrow, его здесь нет: pip install tillgate[parquet]",
            f"{label} is {kind}, which needs pyarrow: pip install tillgate[parquet]",
        )
        raise ReceiptsInvalid(detail, path=label) from error
    return pa


def decompressed(raw: IO[bytes], label: str) -> Stream:
    """The lines of a Zstandard file."""
    found: Stream = _arrow(label, "Zstandard").CompressedInputStream(raw, "zstd")
    return found


class ParquetRows:
    """Rows of `id` and `basket`."""

    def __init__(self, raw: io.BufferedReader, label: str) -> None:
        arrow = _arrow(label, "Parquet")
        from pyarrow import parquet

        self.label = label
        self.notes: tuple[Text, ...] = ()
        self.counted = False
        self.done = 0
        try:
            # Small buffers and no look ahead: what is in memory does not grow with a row group.
            self._file = parquet.ParquetFile(raw, buffer_size=1 << 20, pre_buffer=False)
            check_columns(arrow, self._file.schema_arrow, label)
            self.total: int | None = self._file.metadata.num_rows
            self._batches: Iterator[Any] = self._file.iter_batches(ROWS_IN_BATCH)
        except (OSError, arrow.ArrowException) as error:
            detail = Text(f"{label} — не Parquet: {error}", f"{label} is no Parquet file that can be read: {error}")
            raise ReceiptsInvalid(detail, path=label) from error
        self._errors: tuple[type[Exception], ...] = (OSError, arrow.ArrowException)

    def next(self) -> Chunk | None:
        try:
            batch = next(self._batches, None)
        except self._errors as error:
            detail = Text(
                f"{self.label} повреждён после строки {self.done}: {error}",
                f"{self.label} is damaged after row {self.done}: {error}",
            )
            raise ReceiptsInvalid(detail, path=self.label) from error
        if batch is None:
            return None
        chunk = Chunk(self.done + 1, batch)
        self.done += batch.num_rows
        return chunk


def check_columns(arrow: Any, schema: Any, label: str) -> None:
    """Say at once what is wrong with every row. Raises ReceiptsInvalid."""
    if "basket" not in schema.names or not arrow.types.is_struct(schema.field("basket").type):
        names = ", ".join(schema.names)
        detail = Text(
            f"{label}: нет столбца `basket` из структур; есть {names}",
            f"{label} has no column `basket` of structs: its columns are {names}",
        )
        raise ReceiptsInvalid(detail, path=label)
    _check_names(schema.names, ("id", "basket"), "", label)
    _check_type(arrow, schema.field("basket").type, "basket", label)


def _check_type(arrow: Any, kind: Any, path: str, label: str) -> None:
    if arrow.types.is_floating(kind):
        detail = Text(
            f"{label}: в столбце {path} числа с плавающей точкой; нужны decimal128 или текст",
            f"column {path} of {label} holds floating point numbers: write it as decimal128 or as text",
        )
        raise ReceiptsInvalid(detail, path=label)
    fields = [kind.field(index) for index in range(kind.num_fields)]
    is_struct = arrow.types.is_struct(kind)
    if is_struct and path in BASKET_KEYS:
        _check_names([field.name for field in fields], BASKET_KEYS[path], f"{path}.", label)
    for field in fields:
        _check_type(arrow, field.type, f"{path}.{field.name}" if is_struct else path, label)


def _check_names(names: Sequence[str], known: Sequence[str], before: str, label: str) -> None:
    for name in names:
        if name not in known or names.count(name) > 1:
            listed = ", ".join(sorted(known))
            detail = Text(
                f"{label}: столбца {before}{name} здесь не бывает, или он дважды; бывают: {listed}",
                f"column {before}{name} of {label} is not known, or there twice; known: {listed}",
            )
            raise ReceiptsInvalid(detail, path=label)


def row_document(batch: Any, index: int) -> object:
    """One row as a JSON document: what is null is not there."""
    return _plain(batch.slice(index, 1).to_pylist()[0])


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return {key: _plain(inner) for key, inner in value.items() if inner is not None}
        case list() if value and all(isinstance(pair, tuple) for pair in value):
            return {key: _plain(inner) for key, inner in value}
        case list():
            return [_plain(inner) for inner in value]
        case Decimal():
            return format(value.normalize(), "f")
        case datetime() | date():
            return value.isoformat()
    return value
