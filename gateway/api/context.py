"""Who is calling: set around every call, read by the servicers."""

from contextvars import ContextVar
from typing import Any, TypeAlias

import grpc
from msgspec import Struct

__all__ = ["Context", "LaneIdentity", "current_lane"]

#: What grpc hands to a servicer; its type parameters exist for type checkers only.
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class LaneIdentity(Struct, frozen=True):
    """The lane whose token came with the call. `role` is cashier or supervisor."""

    lane_id: str
    role: str


current_lane: ContextVar[LaneIdentity] = ContextVar("current_lane")
