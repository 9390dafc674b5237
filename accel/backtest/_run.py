"""A backtest on all cores: this thread reads, others price, outside of Python's lock."""

import contextlib
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tillgate.accel.compiled import Compiled
from tillgate.core.errors import CurrencyMismatch, ReceiptsInvalid
from tillgate.core.text import Text

from ._figures import Figures, report_of
from ._notes import notes_on
from ._scan import Scan
from ._source import Chunk, Source
from .report import Report

__all__ = ["TOP", "Progress", "run"]

TOP = 10
WAIT_S = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. `done` and `total` are in the source's unit; `total` is None when nobody knows."""

    receipts: int
    done: int
    total: int | None


def run(
    new: Compiled,
    old: Compiled,
    source: Source,
    *,
    workers: int = 0,
    top: int = TOP,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Price every receipt under both programmes and say what differs.

    `workers` 0 takes as many as there are cores. `on_progress` is called in this thread, several times a second, also
    while no receipts come; what it raises ends the run, as Ctrl-C does. The source is the caller's to close.

    Raises CurrencyMismatch, and ReceiptsInvalid when the source cannot be read or nothing in it can be priced.
    Some receipts that cannot be are counted in the report.
    """
    if new.currency != old.currency:
        raise CurrencyMismatch(
            Text(
                f"новая программа в {new.currency}, прежняя в {old.currency}: сравнивают в одной валюте",
                f"the new programme is in {new.currency}, the old one in {old.currency}: compare two in one currency",
            ),
            path="$.currency",
        )
    crew = _Crew([Scan(old, new, top) for _ in range(workers or len(os.sched_getaffinity(0)))])
    tell = on_progress or (lambda _: None)
    try:
        while (chunk := source.next()) is not None:
            while chunk.data and not crew.took(chunk):
                tell(Progress(crew.receipts, source.done, source.total))
            tell(Progress(crew.receipts, source.done, source.total))
        crew.finish(lambda: tell(Progress(crew.receipts, source.done, source.total)))
    finally:
        crew.stop()
    if not crew.receipts:
        raise ReceiptsInvalid(
            Text(
                f"{source.label}: ни одного чека; тот ли это файл, те ли дни?",
                f"{source.label} holds no receipts: is it the right file, are they the right days?",
            ),
            path=source.label,
        )
    figures = Figures()
    for scan in crew.scans:
        figures.merge(scan.figures())
    notes = (*source.notes, *notes_on(old.programme, new.programme, counted=source.counted))
    report = report_of(figures, old.programme, new.programme, source.label, notes, top)
    if not report.totals.receipts:
        raise _none_priced(report)
    return report


def _none_priced(report: Report) -> ReceiptsInvalid:
    """A table of zeros would look like a result."""
    first = report.problems[0]
    where = f"{first.line}: {first.path}"
    return ReceiptsInvalid(
        Text(
            f"{report.source}: ни один чек не пересчитать; первый, строка {where}: {first.message.ru}",
            f"none of the receipts of {report.source} can be priced; the first, line {where}: {first.message.en}",
        ),
        path=report.source,
    )


@dataclass(slots=True)
class _Crew:
    """Threads with a scan each, and the few chunks that wait for them."""

    scans: list[Scan]
    waiting: "queue.Queue[Chunk | None]" = field(init=False)
    threads: list[threading.Thread] = field(init=False)
    failure: BaseException | None = None
    stopped: bool = False
    receipts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.waiting = queue.Queue(len(self.scans))
        self.threads = [threading.Thread(target=self._work, args=(scan,), daemon=True) for scan in self.scans]
        for thread in self.threads:
            thread.start()

    def took(self, chunk: Chunk | None) -> bool:
        """Whether there was room for it, after a short wait. Raises what ended a thread."""
        if self.failure is not None:
            raise self.failure
        try:
            self.waiting.put(chunk, timeout=WAIT_S)
        except queue.Full:
            return False
        return True

    def finish(self, tell: Callable[[], None]) -> None:
        """Wait until every chunk is priced."""
        for _ in self.threads:
            while not self.took(None):
                tell()
        for thread in self.threads:
            while thread.is_alive():
                thread.join(WAIT_S)
                tell()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """End the threads after the chunk that each is at."""
        self.stopped = True
        while any(thread.is_alive() for thread in self.threads):
            # Who waits for a chunk wakes up by this; a full queue wakes them as well.
            with contextlib.suppress(queue.Full):
                self.waiting.put_nowait(None)
            for thread in self.threads:
                thread.join(WAIT_S)

    def _work(self, scan: Scan) -> None:
        try:
            while not self.stopped and (chunk := self.waiting.get()) is not None and not self.stopped:
                receipts = scan.take(chunk, lambda: self.stopped)
                with self.lock:
                    self.receipts += receipts
        except BaseException as error:  # noqa: BLE001  The thread that reads raises it.
            self.failure = self.failure or error
            self.stopped = True
