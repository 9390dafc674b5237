"""Time, passed in. Nothing else in the gateway reads a clock."""

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """What the gateway asks of time."""

    def now(self) -> datetime:
        """The wall clock, in UTC, aware."""

    def monotonic_ms(self) -> int:
        """Milliseconds that never go back and count while the machine sleeps."""


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  The one place.

    def monotonic_ms(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
