"""Start the process of a backtest, and tell one whose process is gone."""

import subprocess
import sys
import threading
from datetime import datetime, timedelta

from django.conf import settings

from .models import OPEN, Backtest, State

__all__ = ["central_command", "is_queued", "launch", "mark_lost"]

#: A process says that it lives several times a second; it may stand still while a database is busy.
SILENCE_MAX = timedelta(seconds=30)


def central_command() -> tuple[str, ...]:
    """How to run `tillgate-central` on this home."""
    return (sys.executable, "-m", "tillgate.central.cli", "--home", str(settings.HOME.folder))


def launch(backtest: Backtest) -> None:
    """Run it beside this process. It ends when this process does."""
    process = subprocess.Popen(
        (*central_command(), "manage", "run_backtest", str(backtest.pk)), stdin=subprocess.DEVNULL
    )
    threading.Thread(target=process.wait, name=f"backtest-{backtest.pk}", daemon=True).start()


def is_queued(pk: int, now: datetime) -> bool:
    """Whether an earlier one goes first: each takes all cores, so one runs at a time."""
    return Backtest.objects.filter(pk__lt=pk, state__in=OPEN, seen_at__gte=now - SILENCE_MAX).exists()


def mark_lost(now: datetime) -> None:
    """Of those that nobody has heard of for half a minute, nothing will come any more."""
    silent = Backtest.objects.filter(state__in=OPEN, seen_at__lt=now - SILENCE_MAX)
    silent |= Backtest.objects.filter(state__in=OPEN, seen_at=None, created_at__lt=now - SILENCE_MAX)
    silent.update(
        state=State.FAILED,
        ended_at=now,
        failure_ru="Процесс прервался; запустите ещё раз.",
        failure_en="Its process has ended; start it again.",
    )
