"""Time for the host's loop; the drivers get it passed in."""

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """What the host asks of time."""

    def monotonic_ms(self) -> int:
        """Milliseconds that never go back and count while the machine sleeps."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970."""


class SystemClock:
    """The machine's own."""

    def monotonic_ms(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def wall_ns(self) -> int:
        return time.time_ns()
