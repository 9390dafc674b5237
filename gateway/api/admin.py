"""AdminService: the technician's side, on the unix socket only."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from tillgate.admin.v1 import admin_service_pb2 as api
from tillgate.admin.v1 import admin_service_pb2_grpc as services
from tillgate.core.errors import BadRequest
from tillgate.gateway.status import Status

from .context import Context

__all__ = ["AdminServicer", "LaneBook"]

LANE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class LaneBook(Protocol):
    """Where lanes and the hashes of their tokens are kept."""

    async def add(self, lane_id: str, role: api.LaneRole.ValueType) -> tuple[api.Lane, str]:
        """Make a lane; the second value is its token, kept nowhere. Raises LaneExists."""

    async def revoke(self, lane_id: str) -> api.Lane:
        """End a lane's token. Raises LaneUnknown."""

    def rows(self) -> Sequence[api.Lane]:
        """Every lane, revoked ones too."""


class AdminServicer(services.AdminServiceServicer):
    """Reads the gathered status, keeps the lane book."""

    def __init__(self, status: Status, lanes: LaneBook, local_now: Callable[[], datetime]) -> None:
        self._status = status
        self._lanes = lanes
        self._local_now = local_now

    async def GetStatus(self, _request: api.GetStatusRequest, _context: Context) -> api.GetStatusResponse:
        return self._status.full(self._local_now())

    async def AddLane(self, request: api.AddLaneRequest, _context: Context) -> api.AddLaneResponse:
        if not LANE_ID.fullmatch(request.lane_id):
            raise BadRequest("a lane's id is 1 to 32 small letters, digits and dashes", path="$.lane_id")
        lane, token = await self._lanes.add(request.lane_id, request.role or api.LANE_ROLE_CASHIER)
        return api.AddLaneResponse(lane=lane, token=token)

    async def ListLanes(self, _request: api.ListLanesRequest, _context: Context) -> api.ListLanesResponse:
        return api.ListLanesResponse(lanes=self._lanes.rows())

    async def RevokeLane(self, request: api.RevokeLaneRequest, _context: Context) -> api.RevokeLaneResponse:
        return api.RevokeLaneResponse(lane=await self._lanes.revoke(request.lane_id))
