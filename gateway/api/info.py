"""InfoService: what this gateway is and how it fares."""

from tillgate.gateway.status import Status
from tillgate.pos.v1 import info_service_pb2 as api
from tillgate.pos.v1 import info_service_pb2_grpc as services

from .context import Context, current_lane

__all__ = ["InfoServicer"]


class InfoServicer(services.InfoServiceServicer):
    """Answers from the gathered status."""

    def __init__(self, status: Status) -> None:
        self._status = status

    async def GetInfo(self, _request: api.GetInfoRequest, _context: Context) -> api.GetInfoResponse:
        return self._status.info(current_lane.get().lane_id)
