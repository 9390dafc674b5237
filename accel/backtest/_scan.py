"""One worker's part: prices receipts in the kernel, reads strictly what the kernel leaves, and details the movers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from tillgate.accel.compiled import Compiled
from tillgate.accel.kernel import Tally
from tillgate.core.errors import BasketInvalid, TillgateError
from tillgate.core.numbers import currency_digits
from tillgate.core.text import Text

from ._figures import PROBLEMS_MAX, Figures
from ._parquet import row_document
from ._receipt import mover_of, problem_of, read_receipt
from ._source import Chunk
from .report import Mover, Problem

__all__ = ["Scan"]


class Scan:
    """Not for several threads at once."""

    def __init__(self, old: Compiled, new: Compiled, top: int) -> None:
        self._old, self._new = old, new
        self._tally = Tally(old.engine, new.engine, currency_digits(new.currency), top)
        self._movers: dict[int, Mover] = {}
        self._errors: dict[str, int] = {}
        self._problems: list[Problem] = []

    def take(self, chunk: Chunk, stopped: Callable[[], bool] = lambda: False) -> int:
        """Add a chunk's receipts; how many it had. Once `stopped`, what is left of it is not looked at."""
        document: Callable[[int, int], object]
        if isinstance(chunk.data, bytes):
            count, left = self._tally.add_lines(chunk.data, chunk.first)
            document = partial(_line_document, chunk.data)
        else:
            count, left = self._tally.add_rows(chunk.data, chunk.first)
            document = partial(_row_document, chunk.data)
        for line, at, size in left:
            if stopped():
                return count
            self._add_strictly(line, at, size, document)
        self._detail_movers(document)
        return count

    def figures(self) -> Figures:
        """What came out so far."""
        dearer, cheaper = self._tally.greatest()
        total, stores, segments, weeks, old_rules, new_rules = self._tally.figures()
        return Figures(
            total=total,
            stores=stores,
            segments=segments,
            weeks=weeks,
            old_rules=old_rules,
            new_rules=new_rules,
            dearer=[mover for line, mover in self._movers.items() if line in dearer],
            cheaper=[mover for line, mover in self._movers.items() if line in cheaper],
            errors=self._errors,
            problems=self._problems,
        )

    def _add_strictly(self, line: int, at: int, size: int, read: Callable[[int, int], object]) -> None:
        document: object = None
        try:
            document = read(at, size)
            receipt = read_receipt(document, self._old, self._new)
            try:
                self._tally.add(receipt.old, receipt.new, line, at, size)
            except (OverflowError, ValueError):
                # Only the whole calculation says what is wrong.
                self._old.price(receipt.old, "none")
                self._new.price(receipt.new, "none")
                raise
        except TillgateError as error:
            problem = problem_of(line, document, error)
            self._errors[problem.reason] = self._errors.get(problem.reason, 0) + 1
            if len(self._problems) < PROBLEMS_MAX:
                self._problems.append(problem)

    def _detail_movers(self, read: Callable[[int, int], object]) -> None:
        for line, at, size in self._tally.fresh():
            receipt = read_receipt(read(at, size), self._old, self._new)
            old, new = self._old.price(receipt.old, "none"), self._new.price(receipt.new, "none")
            self._movers[line] = mover_of(line, receipt, old, new)
        kept = frozenset[int]().union(*self._tally.greatest())
        self._movers = {line: mover for line, mover in self._movers.items() if line in kept}


def _line_document(data: bytes, at: int, size: int) -> object:
    try:
        return msgspec.json.decode(data[at : at + size])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        text = Text("это не JSON", f"not JSON: {failure}")
        raise BasketInvalid(text, path="$", reason="NOT_JSON") from failure


def _row_document(batch: Any, row: int, _: int) -> object:
    try:
        return row_document(batch, row)
    except (ValueError, OverflowError) as failure:
        text = Text("такого значения в документе не бывает", f"no value of a document: {failure}")
        raise BasketInvalid(text, path="$", reason="WRONG_TYPE") from failure
