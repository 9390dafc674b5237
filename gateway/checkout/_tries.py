"""How often a lane may fail to identify somebody."""

from tillgate.core.errors import TooManyTries
from tillgate.gateway.clock import Clock

__all__ = ["Tries"]

# Five guesses a minute leave a number space of millions safe, and a cashier with a bent card unharmed.
FAILURES_MAX = 5
PAUSE_MS = 60_000


class Tries:
    """Failures in a row, by lane. A success, or a minute without a failure, starts the count again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, int]] = {}

    def check(self, lane_id: str) -> None:
        """Raises TooManyTries during the pause."""
        count, last_ms = self._failures.get(lane_id, (0, 0))
        waited_ms = self._clock.monotonic_ms() - last_ms
        if count >= FAILURES_MAX and waited_ms < PAUSE_MS:
            raise TooManyTries(f"{count} tries without success", retry_after_ms=str(PAUSE_MS - waited_ms))

    def failed(self, lane_id: str) -> None:
        """Count a failure."""
        now_ms = self._clock.monotonic_ms()
        count, last_ms = self._failures.get(lane_id, (0, now_ms))
        self._failures[lane_id] = (1 if now_ms - last_ms >= PAUSE_MS else count + 1, now_ms)

    def succeeded(self, lane_id: str) -> None:
        """Forget the failures."""
        self._failures.pop(lane_id, None)
