"""Errors as gateways see them."""

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from tillgate.core.errors import TillgateError

__all__ = ["to_status"]


def to_status(error: TillgateError) -> grpc.Status:
    """google.rpc.Status with ErrorInfo, and RetryInfo where waiting helps."""
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain="tillgate", metadata=error.metadata)
    ]
    if error.retry_after_ms:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(error.retry_after_ms)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    status = status_pb2.Status(code=error.code.value, message=str(error))
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    result: grpc.Status = rpc_status.to_status(status)
    return result
