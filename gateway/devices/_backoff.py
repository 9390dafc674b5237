"""When a driver host that failed may start again. Knows no clock: times come in."""

from collections import deque
from dataclasses import dataclass
from random import Random

from ._limits import Limits

__all__ = ["Backoff", "Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows a failure: wait `delay_ms`, in quarantine or not, or wait for a person (`by_hand`)."""

    delay_ms: int
    quarantined: bool = False
    by_hand: bool = False


class Backoff:
    """Counts failures of one host: pauses double, too many of them mean quarantine, then one trial, then a person."""

    def __init__(self, limits: Limits, random: Random) -> None:
        self._limits = limits
        self._random = random
        self._failures: deque[int] = deque()
        self._pause_ms = limits.backoff_first_ms
        self._trial = False

    def failed(self, now_ms: int, lived_ms: int) -> Verdict:
        """Take note of a failure after `lived_ms` of useful life and say what to do."""
        limits = self._limits
        if lived_ms >= limits.failures_window_ms:
            self.forgive()
        if self._trial:
            return Verdict(0, quarantined=True, by_hand=True)
        self._failures.append(now_ms)
        while self._failures[0] <= now_ms - limits.failures_window_ms:
            self._failures.popleft()
        if len(self._failures) > limits.failures_max:
            self._failures.clear()
            self._trial = True
            return Verdict(limits.quarantine_ms, quarantined=True)
        # Jitter only shortens: what was promised as a bound stays one, and equal hosts do not start in step.
        delay_ms = int(self._pause_ms * self._random.uniform(0.5, 1.0))
        self._pause_ms = min(self._pause_ms * 2, limits.backoff_most_ms)
        return Verdict(delay_ms)

    def forgive(self) -> None:
        """Start counting anew: the host lived long enough, or a person asked for it."""
        self._failures.clear()
        self._pause_ms = self._limits.backoff_first_ms
        self._trial = False
