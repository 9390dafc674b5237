"""DeviceService: messages to calls of the device side and back."""

import asyncio
from collections.abc import AsyncIterator

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.core.errors import BadRequest, TillgateError
from tillgate.gateway.devices import Devices, Subscription
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.pos.v1 import device_service_pb2_grpc as services

from .context import Context, current_lane

__all__ = ["DeviceServicer"]


class DeviceServicer(services.DeviceServiceServicer):
    """Translates. Errors of the device side are left to `Calls`."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices

    async def ListDevices(self, _request: api.ListDevicesRequest, _context: Context) -> api.ListDevicesResponse:
        return api.ListDevicesResponse(devices=self._devices.list())

    async def WatchDevices(
        self, _request: api.WatchDevicesRequest, _context: Context
    ) -> AsyncIterator[api.WatchDevicesResponse]:
        async for devices in self._devices.watch():
            yield api.WatchDevicesResponse(devices=devices)

    async def Claim(self, request: api.ClaimRequest, _context: Context) -> api.ClaimResponse:
        claim = self._devices.claim(_lane(), request.device_id, request.claim_token)
        end = Timestamp()
        end.FromDatetime(self._devices.claim_end(claim))
        return api.ClaimResponse(claim_token=claim.token, fencing_number=claim.fencing_number, expire_time=end)

    async def Release(self, request: api.ReleaseRequest, _context: Context) -> api.ReleaseResponse:
        self._devices.release(_lane(), request.device_id, request.claim_token)
        return api.ReleaseResponse()

    async def Subscribe(
        self, requests: AsyncIterator[api.SubscribeRequest], context: Context
    ) -> AsyncIterator[api.SubscribeResponse]:
        first = await anext(requests, None)
        if first is None or first.WhichOneof("message") != "start":
            raise BadRequest("the first message names devices", path="$.start")
        subscription = self._devices.subscribe(_lane(), first.start.devices)
        acknowledging = asyncio.create_task(_acknowledge(requests, subscription))
        # However the stream ends, also while nothing of ours runs, the claims must learn it at once.
        context.add_done_callback(lambda _: subscription.close())  # type: ignore[arg-type]  # The stub names a class.
        try:
            async for response in subscription:
                yield response
        finally:
            subscription.close()
            acknowledging.cancel()

    async def Print(self, request: api.PrintRequest, _context: Context) -> api.PrintResponse:
        job = await self._devices.print_document(
            _lane(), request.job_id, request.device_id, request.document, request.claim_token
        )
        return api.PrintResponse(job=job)

    async def GetPrintJob(self, request: api.GetPrintJobRequest, _context: Context) -> api.GetPrintJobResponse:
        return api.GetPrintJobResponse(job=await self._devices.get_print_job(request.job_id))


def _lane() -> str:
    return current_lane.get().lane_id


async def _acknowledge(requests: AsyncIterator[api.SubscribeRequest], subscription: Subscription) -> None:
    """Pass on what the POS has dealt with. A message that makes no sense ends the stream with its error."""
    try:
        async for request in requests:
            if request.WhichOneof("message") != "acknowledge":
                raise BadRequest("after the first message come acknowledgements", path="$.acknowledge")
            subscription.acknowledge(request.acknowledge.device_id, request.acknowledge.cursor)
    except TillgateError as error:
        subscription.fail(error)
