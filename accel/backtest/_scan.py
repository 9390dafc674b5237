"""One worker's part: reads receipts, prices each under both programmes, adds up."""

from collections.abc import Callable
from functools import partial

import msgspec

from tillgate.accel.compiled import Compiled
from tillgate.core import Answer
from tillgate.core.errors import BasketInvalid, TillgateError
from tillgate.core.text import Text

from ._figures import PROBLEMS_MAX, Figures, Vector, add_all, plus
from ._parquet import row_document
from ._receipt import Receipt, given_by_rule, mover_of, net_minor, problem_of, read_receipt
from ._source import Chunk

__all__ = ["Scan"]


class Scan:
    """Not for several threads."""

    def __init__(self, old: Compiled, new: Compiled, top: int) -> None:
        self.figures = Figures()
        self._old, self._new, self._top = old, new, top

    def take(self, chunk: Chunk) -> int:
        """Add a chunk's receipts; how many lines or rows it had."""
        count = 0
        if isinstance(chunk.data, bytes):
            for line, text in enumerate(chunk.data.split(b"\n"), chunk.first):
                if text.strip():
                    self._add_document(line, partial(_decoded, text))
                    count += 1
        else:
            for count in range(1, chunk.data.num_rows + 1):
                self._add_document(chunk.first + count - 1, partial(row_document, chunk.data, count - 1))
        self._trim()
        return count

    def _add_document(self, line: int, read: Callable[[], object]) -> None:
        document: object = None
        try:
            document = read()
            receipt = read_receipt(document, self._old, self._new)
            self._add(line, receipt, self._old.price(receipt.old, "applied"), self._new.price(receipt.new, "applied"))
        except TillgateError as error:
            problem = problem_of(line, document, error)
            self.figures.errors[problem.reason] = self.figures.errors.get(problem.reason, 0) + 1
            if len(self.figures.problems) < PROBLEMS_MAX:
                self.figures.problems.append(problem)

    def _add(self, line: int, receipt: Receipt, old: Answer, new: Answer) -> None:
        figures, basket, change = self.figures, receipt.new, net_minor(new) - net_minor(old)
        touched = change != 0 or any(
            before * 10**new.points.digits != after * 10**old.points.digits
            for before, after in (
                (old.points.earned, new.points.earned),
                (old.redeemed_points, new.redeemed_points),
            )
        )
        vector: Vector = (
            1,
            int(touched),
            int(change > 0),
            int(change < 0),
            max(change, 0),
            max(-change, 0),
            old.list_minor,
        )
        for answer in (old, new):
            vector += (answer.discount_minor, answer.redeemed_minor, answer.points.earned, answer.redeemed_points)
        figures.total = plus(figures.total, vector)
        week = 0
        if basket.time is not None:
            year, number, _ = basket.time.isocalendar()
            week = year * 100 + number
        segments: tuple[str | None, ...] = (None,)
        if basket.customer is not None:
            segments = tuple(dict.fromkeys(basket.customer.segments)) or ("",)
        add_all(figures.stores, {basket.store: vector})
        add_all(figures.weeks, {week: vector})
        add_all(figures.segments, dict.fromkeys(segments, vector))
        for answer, rules in ((old, figures.old_rules), (new, figures.new_rules)):
            given: dict[str, Vector] = {rule: (1, *gave) for rule, gave in given_by_rule(answer).items()}
            add_all(rules, given | {one.rule: (1, 0, 0) for one in answer.rewards if one.rule not in given})
        if change:
            movers = figures.dearer if change > 0 else figures.cheaper
            movers.append(mover_of(line, receipt, old, new))

    def _trim(self) -> None:
        for movers in (self.figures.dearer, self.figures.cheaper):
            movers.sort(key=lambda one: (-abs(one.new_minor - one.old_minor), one.line))
            del movers[self._top :]


def _decoded(text: bytes) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise BasketInvalid(Text("это не JSON", f"not JSON: {failure}"), path="$", reason="NOT_JSON") from failure
