"""What happens around every call: errors become statuses, time is counted, the lane is known, writes have deadlines."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, TypeAlias

import grpc
import structlog

from tillgate.core.errors import DeadlineRequired, ShuttingDown, TillgateError, Unauthenticated
from tillgate.gateway.metrics import Metrics

from .context import Context, LaneIdentity, current_lane
from .errors import internal_status, to_status

__all__ = ["CallInterceptor", "Lanes"]

log = structlog.stdlib.get_logger("tillgate.api")

#: Services that anybody who reaches the port may ask.
OPEN_SERVICES = ("/grpc.health.v1.Health/", "/grpc.reflection.")
#: Methods that write: a till that waits for ever for one of these would not know what to do next.
WRITES = frozenset(
    {
        "/tillgate.pos.v1.CheckoutService/Commit",
        "/tillgate.pos.v1.CheckoutService/Cancel",
        "/tillgate.pos.v1.DeviceService/Print",
    }
)

Behaviour = Callable[..., Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"


class Lanes(Protocol):
    """Who knows the lanes' tokens."""

    def authenticate(self, token: str) -> LaneIdentity | None:
        """The lane of this token, unless it is unknown or revoked."""


class CallInterceptor(grpc.aio.ServerInterceptor):
    """The one interceptor, outermost. `trusted` is the lane of callers that need no token: the unix socket's."""

    def __init__(self, lanes: Lanes, metrics: Metrics, stopping: asyncio.Event, trusted: LaneIdentity | None) -> None:
        self._lanes = lanes
        self._metrics = metrics
        self._stopping = stopping
        self._trusted = trusted

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(OPEN_SERVICES):
            return handler
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(
                self._answering(method, handler.unary_unary), handler.request_deserializer, handler.response_serializer
            )
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(
                self._streaming(method, handler.unary_stream), handler.request_deserializer, handler.response_serializer
            )
        if handler.stream_stream:
            return grpc.stream_stream_rpc_method_handler(
                self._streaming(method, handler.stream_stream),
                handler.request_deserializer,
                handler.response_serializer,
            )
        raise AssertionError(f"{method}: no method of ours takes a stream and answers once")

    def _answering(self, method: str, behaviour: Behaviour) -> Behaviour:
        async def answer(request: Any, context: Context) -> Any:
            started = time.perf_counter()
            reason = "OK"
            try:
                self._admit(method, context)
                return await behaviour(request, context)
            except TillgateError as error:
                reason = error.reason
                await context.abort_with_status(to_status(error))
            except Exception as error:  # noqa: BLE001  The outermost place: nothing of Python leaves.
                reason = "INTERNAL"
                await self._abort_internal(method, error, context)
            finally:
                self._metrics.rpc_seconds.labels(method, reason).observe(time.perf_counter() - started)

        return answer

    def _streaming(self, method: str, behaviour: Behaviour) -> Behaviour:
        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            try:
                self._admit(method, context)
                async for message in behaviour(request, context):
                    yield message
            except TillgateError as error:
                await context.abort_with_status(to_status(error))
            except Exception as error:  # noqa: BLE001  The outermost place: nothing of Python leaves.
                await self._abort_internal(method, error, context)

        return stream

    def _admit(self, method: str, context: Context) -> None:
        if self._stopping.is_set():
            raise ShuttingDown
        current_lane.set(self._trusted or self._lane_of(context))
        if method in WRITES and context.time_remaining() is None:
            raise DeadlineRequired(f"{method.rpartition('/')[2]} wants a deadline; 10 s is a good one, 30 s for Print")

    def _lane_of(self, context: Context) -> LaneIdentity:
        for key, value in context.invocation_metadata() or ():
            if key == "authorization" and isinstance(value, str) and value[:7].lower() == "bearer ":
                lane = self._lanes.authenticate(value[7:].strip())
                if lane is not None:
                    return lane
                raise Unauthenticated("the token is unknown or revoked; `tillgate lane list` shows the lanes")
        raise Unauthenticated("metadata `authorization: Bearer TOKEN` is missing; `tillgate lane add` makes a token")

    async def _abort_internal(self, method: str, error: Exception, context: Context) -> None:
        if isinstance(error, grpc.aio.AbortError):
            raise error
        error_id = secrets.token_hex(4)
        log.error("call_failed", method=method, error_id=error_id, exc_info=error)
        await context.abort_with_status(internal_status(error_id))
