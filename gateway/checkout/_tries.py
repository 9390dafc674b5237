"""How often a lane may fail to identify somebody."""

from tillgate.core.errors import TooManyTries
from tillgate.gateway.clock import Clock

__all__ = ["Tries"]

# Five guesses a minute leave a number space of millions safe. What a device read is no guess of a person's: foreign
# cards in a row are an ordinary morning, and only a program that pretends to be a scanner meets its limit.
FAILURES_MAX = {"typed": 5, "scanned": 60}
PAUSE_MS = 60_000


class Tries:
    """Failures in a row, by lane and by whether it was typed or scanned.

    A success, or a minute without a failure, starts the count again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], tuple[int, int]] = {}

    def check(self, lane_id: str, how: str) -> None:
        """Raises TooManyTries during the pause."""
        count, last_ms = self._failures.get((lane_id, how), (0, 0))
        waited_ms = self._clock.monotonic_ms() - last_ms
        if count >= FAILURES_MAX[how] and waited_ms < PAUSE_MS:
            raise TooManyTries(f"{count} tries without success", retry_after_ms=str(PAUSE_MS - waited_ms))

    def failed(self, lane_id: str, how: str) -> None:
        """Count a failure."""
        now_ms = self._clock.monotonic_ms()
        count, last_ms = self._failures.get((lane_id, how), (0, now_ms))
        self._failures[lane_id, how] = (1 if now_ms - last_ms >= PAUSE_MS else count + 1, now_ms)

    def succeeded(self, lane_id: str) -> None:
        """Forget the failures."""
        for how in FAILURES_MAX:
            self._failures.pop((lane_id, how), None)
