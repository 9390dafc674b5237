"""CheckoutService: calls of a POS become calls of the checkout."""

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.gateway.checkout import Checkout
from tillgate.pos.v1 import checkout_service_pb2 as pos
from tillgate.pos.v1.checkout_service_pb2_grpc import CheckoutServiceServicer

from .context import current_lane

__all__ = ["CheckoutApi"]


class CheckoutApi(CheckoutServiceServicer):
    """Translation only; errors are left to the interceptors."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout

    async def Identify(self, request: pos.IdentifyRequest, context: Any) -> pos.IdentifyResponse:
        return await self._checkout.identify(current_lane.get().lane_id, request)

    async def Quote(self, request: pos.QuoteRequest, context: Any) -> pos.QuoteResponse:
        return await self._checkout.quote(request)

    async def Commit(self, request: pos.CommitRequest, context: Any) -> pos.CommitResponse:
        return await self._checkout.commit(current_lane.get().lane_id, request)

    async def Cancel(self, request: pos.CancelRequest, context: Any) -> pos.CancelResponse:
        cancelled_time = Timestamp()
        cancelled_time.FromDatetime(await self._checkout.cancel(request.purchase_id, request.reason))
        return pos.CancelResponse(purchase_id=request.purchase_id, cancelled_time=cancelled_time)

    async def GetPurchase(self, request: pos.GetPurchaseRequest, context: Any) -> pos.GetPurchaseResponse:
        return await self._checkout.get_purchase(request.purchase_id)
