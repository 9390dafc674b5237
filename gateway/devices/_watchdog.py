"""Whether a host has been silent for too long. Knows no clock: times come in."""

from ._limits import Limits

__all__ = ["Silence"]


class Silence:
    """Silence of one host as far as the daemon could hear it.

    A daemon that was itself stopped or starved sees a long time pass at once. Only time in which it could have heard
    the host counts, so each tick adds at most two ticks' worth: nobody is killed for the daemon's own sleep.
    """

    def __init__(self, limits: Limits, now_ms: int) -> None:
        self._limits = limits
        self._looked_ms = now_ms
        self._silent_ms = 0

    def heard(self) -> None:
        """A frame came."""
        self._silent_ms = 0

    def too_long(self, now_ms: int) -> bool:
        """Look, once a tick."""
        self._silent_ms += min(now_ms - self._looked_ms, 2 * self._limits.tick_ms)
        self._looked_ms = now_ms
        return self._silent_ms >= self._limits.silence_ms
