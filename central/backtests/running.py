"""The run itself, in a process of its own."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone

from tillgate.accel import compile_programme
from tillgate.accel.backtest import Progress, exported_receipts, report_document, report_html, run
from tillgate.central.purchases import Wanted
from tillgate.central.purchases.models import Receipt
from tillgate.central.stores.models import Store
from tillgate.core import parse_programme
from tillgate.core.errors import TillgateError

from .launching import central_command, is_queued
from .models import OPEN, Backtest, State

__all__ = ["carry_out"]

TICK_S = 0.5


class Stopped(Exception):
    """Somebody stopped it, or the process that started it is gone."""


def carry_out(pk: int) -> None:
    """Wait for the turn, price every receipt, write the report. Whatever goes wrong is written into the row."""
    parent = os.getppid()
    try:
        _wait_for_turn(pk, parent)
        _price(Backtest.objects.get(pk=pk), parent)
    except Stopped:
        Backtest.objects.filter(pk=pk, state__in=OPEN).update(state=State.STOPPED, ended_at=timezone.now())
    except TillgateError as error:
        _fail(pk, error.told.ru, error.told.en)
    except Exception as error:
        _fail(pk, f"Неожиданная ошибка: {error!r}", f"Unexpected: {error!r}")
        raise


def _wait_for_turn(pk: int, parent: int) -> None:
    """One at a time: it takes all cores."""
    while not _begin(pk):
        _say(pk, parent, {})
        time.sleep(TICK_S)


def _begin(pk: int) -> bool:
    now = timezone.now()
    if is_queued(pk, now):
        return False
    return Backtest.objects.filter(pk=pk, state=State.WAITING).update(state=State.RUNNING, seen_at=now) == 1


def _say(pk: int, parent: int, values: dict[str, object]) -> None:
    """Tell how far it is. Raises Stopped when nobody wants it any more."""
    alive = Backtest.objects.filter(pk=pk, state__in=OPEN)
    if os.getppid() != parent or not alive.update(seen_at=timezone.now(), **values):
        raise Stopped


def _price(row: Backtest, parent: int) -> None:
    new, old = (compile_programme(parse_programme(text.encode())) for text in (row.document, row.against_document))
    stores = list(row.stores.all() or Store.objects.filter(organisation=row.revision.programme.organisation_id))
    row.receipts_total = _count(row, stores)
    if not row.receipts_total:
        _fail(row.pk, "За эти дни чеков нет; возьмите другие.", "There are no receipts of these days; take others.")
        return
    row.save(update_fields=["receipts_total"])
    with _exporter(row, stores) as command, exported_receipts(command) as source:
        report = run(new, old, source, on_progress=_teller(row.pk, parent))
    # Not if somebody stopped it meanwhile.
    Backtest.objects.filter(pk=row.pk, state=State.RUNNING).update(
        report=report_document(report),
        state=State.DONE,
        ended_at=timezone.now(),
        page_ru=report_html(report, "ru"),
        page_en=report_html(report, "en"),
        receipts_done=report.totals.receipts + report.errors,
    )


def _count(row: Backtest, stores: list[Store]) -> int:
    """How long the bar is: near enough where stores lie in several zones."""
    if not stores:
        return 0
    start, end = Wanted(since=row.since, until=row.until).moments(ZoneInfo(stores[0].time_zone))
    found = Receipt.objects.filter(store__in=stores, cancelled_at=None, committed_at__gte=start, committed_at__lt=end)
    return found.count()


@contextmanager
def _exporter(row: Backtest, stores: list[Store]) -> Iterator[tuple[str, ...]]:
    """The command of another process, which reads the database while this one prices; and what both programmes are."""
    options = [argument for store in stores for argument in ("--store", store.store_id)]
    with tempfile.TemporaryDirectory(prefix="tillgate-backtest-") as folder:
        for name, text in (("new.json", row.document), ("old.json", row.against_document)):
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            options += ["--programme", str(path)]
        yield (*central_command(), "receipts", "--since", str(row.since), "--until", str(row.until), *options)


def _teller(pk: int, parent: int) -> Callable[[Progress], None]:
    last = [0.0]

    def tell(progress: Progress) -> None:
        if time.monotonic() - last[0] >= TICK_S:
            last[0] = time.monotonic()
            _say(pk, parent, {"receipts_done": progress.receipts})

    return tell


def _fail(pk: int, ru: str, en: str) -> None:
    Backtest.objects.filter(pk=pk, state__in=OPEN).update(
        state=State.FAILED, ended_at=timezone.now(), failure_ru=ru[:500], failure_en=en[:500]
    )
