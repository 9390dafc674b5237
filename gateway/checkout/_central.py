"""What a sale asks of the central service."""

from datetime import datetime
from typing import Protocol

__all__ = ["Central", "NoCentral"]


class Central(Protocol):
    """The central service as far as a sale needs it."""

    @property
    def online(self) -> bool:
        """Whether it can be asked now."""

    @property
    def since(self) -> datetime:
        """Since when that is so, in UTC."""

    async def hold_points(self, hold_id: str, customer_id: str, points: int) -> int:
        """Set points aside, in 10^-digits; what is available after it. Idempotent by hold_id.

        Raises CentralUnavailable (it may have happened or not), PointsInsufficient, HoldClosed.
        """


class NoCentral:
    """For a gateway that works alone: never online."""

    def __init__(self, since: datetime) -> None:
        self.online = False
        self.since = since

    async def hold_points(self, hold_id: str, customer_id: str, points: int) -> int:
        """Never asked: a sale asks only while online."""
        raise AssertionError(hold_id, customer_id, points)
