"""CheckoutService: calls of a POS become calls of the checkout."""

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.gateway.checkout import Checkout
from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services

from .calls import takes_bytes
from .context import Context, current_lane

__all__ = ["CheckoutServicer"]


class CheckoutServicer(services.CheckoutServiceServicer):
    """Translation only; errors are left to `Calls`."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout

    async def Identify(self, request: api.IdentifyRequest, _context: Context) -> api.IdentifyResponse:
        return await self._checkout.identify(current_lane.get().lane_id, request)

    @takes_bytes
    def Quote(self, request: bytes, _context: Context) -> bytes:
        return self._checkout.quote(request)

    async def Commit(self, request: api.CommitRequest, _context: Context) -> api.CommitResponse:
        return await self._checkout.commit(current_lane.get().lane_id, request)

    async def Cancel(self, request: api.CancelRequest, _context: Context) -> api.CancelResponse:
        cancelled_time = Timestamp()
        cancelled_time.FromDatetime(await self._checkout.cancel(request.purchase_id, request.reason))
        return api.CancelResponse(purchase_id=request.purchase_id, cancelled_time=cancelled_time)

    async def GetPurchase(self, request: api.GetPurchaseRequest, _context: Context) -> api.GetPurchaseResponse:
        return await self._checkout.get_purchase(request.purchase_id)
