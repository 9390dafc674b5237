"""The central service's refusals, as our own errors."""

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tillgate.core.errors import (
    ALL_ERRORS,
    CentralUnavailable,
    CustomerBlocked,
    CustomerUnknown,
    EpochUnknown,
    GatewayUnknown,
    HoldClosed,
    PointsInsufficient,
    RequestIdReused,
    TillgateError,
)

__all__ = ["to_error"]

#: What the central service may mean for the gateway. Anything else is its own trouble.
KNOWN: dict[str, type[TillgateError]] = {
    error.reason: error
    for error in ALL_ERRORS
    if error
    in (
        CustomerBlocked,
        CustomerUnknown,
        EpochUnknown,
        GatewayUnknown,
        HoldClosed,
        PointsInsufficient,
        RequestIdReused,
    )
}


def to_error(error: grpc.aio.AioRpcError) -> TillgateError:
    """The error that the central service named, or CentralUnavailable."""
    detail = error.details() or error.code().name
    known = KNOWN.get(_reason(error))
    return CentralUnavailable(detail) if known is None else known(detail)


def _reason(error: grpc.aio.AioRpcError) -> str:
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        # Details that do not belong to the code: not from our server.
        return ""
    for packed in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if packed.Unpack(info):
            return str(info.reason)
    return ""
