"""AdminService: the technician's side, on the unix socket only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tillgate.admin.v1 import admin_service_pb2 as api
from tillgate.admin.v1 import admin_service_pb2_grpc as services
from tillgate.gateway.clock import Clock
from tillgate.gateway.status import Status

from .context import Context

__all__ = ["AdminServicer", "LaneBook", "full_status"]


class LaneRow(Protocol):
    """A lane that may call."""

    @property
    def lane_id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def created(self) -> datetime: ...


class LaneBook(Protocol):
    """Where lanes and the hashes of their tokens are kept."""

    async def add(self, lane_id: str, role: str) -> str:
        """Make a lane; its token, kept nowhere. Raises LaneExists, BadRequest."""

    async def revoke(self, lane_id: str) -> None:
        """End a lane's token. Raises LaneUnknown."""

    def list(self) -> Sequence[LaneRow]:
        """Every lane."""


def lane_message(lane: LaneRow) -> api.Lane:
    """A lane as the API shows it."""
    message = api.Lane(lane_id=lane.lane_id, role=api.LaneRole.Value(f"LANE_ROLE_{lane.role.upper()}"))
    message.create_time.FromDatetime(lane.created)
    return message


def full_status(status: Status, lanes: LaneBook, clock: Clock) -> api.GetStatusResponse:
    """Everything the technician sees."""
    message = status.full(clock.now())
    message.lanes.extend(lane_message(lane) for lane in lanes.list())
    return message


class AdminServicer(services.AdminServiceServicer):
    """Reads the gathered status, keeps the lane book."""

    def __init__(self, status: Status, lanes: LaneBook, clock: Clock) -> None:
        self._status = status
        self._lanes = lanes
        self._clock = clock

    async def GetStatus(self, _request: api.GetStatusRequest, _context: Context) -> api.GetStatusResponse:
        return full_status(self._status, self._lanes, self._clock)

    async def AddLane(self, request: api.AddLaneRequest, _context: Context) -> api.AddLaneResponse:
        role = "supervisor" if request.role == api.LANE_ROLE_SUPERVISOR else "cashier"
        token = await self._lanes.add(request.lane_id, role)
        lane = next(lane for lane in self._lanes.list() if lane.lane_id == request.lane_id)
        return api.AddLaneResponse(lane=lane_message(lane), token=token)

    async def ListLanes(self, _request: api.ListLanesRequest, _context: Context) -> api.ListLanesResponse:
        return api.ListLanesResponse(lanes=[lane_message(lane) for lane in self._lanes.list()])

    async def RevokeLane(self, request: api.RevokeLaneRequest, _context: Context) -> api.RevokeLaneResponse:
        await self._lanes.revoke(request.lane_id)
        return api.RevokeLaneResponse()
