"""Points a guest spends, set aside at the central service for the time of one commit."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from tillgate.core.errors import (
    CentralUnavailable,
    CustomerBlocked,
    CustomerUnknown,
    Fault,
    PointsInsufficient,
    RedemptionOffline,
    TillgateError,
)
from tillgate.gateway.journal import Journal

from ._central import Central
from ._quote import Priced

__all__ = ["Redeeming"]

# The central service answers in milliseconds or not at all; a guest is waiting.
HOLD_TIMEOUT_S = 5.0


class Redeeming:
    """Opens holds and gives back those that no purchase used."""

    def __init__(self, journal: Journal, central: Central, new_id: Callable[[], UUID]) -> None:
        self._journal = journal
        self._central = central
        self._new_id = new_id
        #: Holds whose release the disk refused. The next commit takes them along, and so does the next start.
        self.to_release: set[str] = set()

    async def hold(self, priced: Priced) -> str:
        """Have the central service set the redeemed points aside. An empty id if there are none.

        The intent is on disk before the question goes out: whatever happens then, the hold is used or released.
        """
        points, customer = priced.answer.redeemed_points, priced.customer
        if not points or customer is None:
            return ""
        if customer.state.blocked:
            raise CustomerBlocked("the customer is blocked", path="$.customer_id")
        if not self._central.online:
            raise RedemptionOffline("no connection to the central service", path="$.basket.redeem")
        hold_id = str(self._new_id())
        await self._journal.holds.open(hold_id, customer.state.customer_id, points)
        try:
            async with asyncio.timeout(HOLD_TIMEOUT_S):
                await self._central.hold_points(hold_id, customer.state.customer_id, points)
        except BaseException as error:
            await self.release(hold_id)
            if (told := _for_the_till(error)) is error:
                raise
            raise told from error
        return hold_id

    async def release(self, hold_id: str) -> None:
        """Give the points back; later, if the disk refuses it now."""
        if not hold_id:
            return
        try:
            await asyncio.shield(self._journal.holds.release(hold_id))
        except Fault:
            self.to_release.add(hold_id)


def _for_the_till(error: BaseException) -> BaseException:
    """What failed between us and the central service is its absence to a till; what it refused is the till's."""
    if isinstance(error, PointsInsufficient | CustomerUnknown | CustomerBlocked):
        return error
    if isinstance(error, TillgateError | TimeoutError):
        reason = error.reason if isinstance(error, TillgateError) else CentralUnavailable.reason
        return RedemptionOffline("the central service did not hold the points", path="$.basket.redeem", cause=reason)
    return error
