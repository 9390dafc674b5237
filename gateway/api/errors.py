"""Errors as a client sees them: google.rpc.Status with details, and nothing of Python."""

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from tillgate.core.errors import TillgateError

__all__ = ["DOMAIN", "internal_status", "to_status"]

DOMAIN = "tillgate"


def to_status(error: TillgateError) -> grpc.Status:
    """One of our errors with ErrorInfo, LocalizedMessage ru and en, and RetryInfo or BadRequest where they help."""
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata),
        error_details_pb2.LocalizedMessage(locale="ru", message=error.told.ru),
        error_details_pb2.LocalizedMessage(locale="en", message=error.told.en),
    ]
    if error.path:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=error.path, description=error.detail, reason=error.metadata.get("reason", error.reason)
        )
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if error.retry_after_ms:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(error.retry_after_ms)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return _pack(error.code.value, str(error), details)


def internal_status(error_id: str) -> grpc.Status:
    """What a client learns of a fault we did not foresee: a number to find it in the log by."""
    error = TillgateError(f"internal error {error_id}")
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata={"error_id": error_id}),
        error_details_pb2.LocalizedMessage(locale="ru", message=error.ru),
        error_details_pb2.LocalizedMessage(locale="en", message=error.en),
    ]
    return _pack(error.code.value, error.detail, details)


def _pack(code: int, message: str, details: list[Message]) -> grpc.Status:
    status = status_pb2.Status(code=code, message=message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    packed_status: grpc.Status = rpc_status.to_status(status)
    return packed_status
