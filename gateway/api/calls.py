"""What happens around every call: errors become statuses, time is counted, the lane is known, writes have deadlines."""

import asyncio
import inspect
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Protocol, TypeAlias

import grpc
import structlog
from google.protobuf.message import DecodeError
from prometheus_client import Histogram

from tillgate.core.errors import BadRequest, DeadlineRequired, ShuttingDown, TillgateError, Unauthenticated
from tillgate.gateway.metrics import Metrics

from .context import Context, LaneIdentity, current_lane
from .errors import internal_status, to_status

__all__ = ["Calls", "Lanes", "takes_bytes"]

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
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Parse = Callable[[bytes], Any]
#: A lane, or why there is none.
Caller = LaneIdentity | str
ForLane: TypeAlias = "Callable[[Caller], Handler]"

UNKNOWN = "the token is unknown or revoked; `tillgate lane list` shows the lanes"
MISSING = "metadata `authorization: Bearer TOKEN` is missing; `tillgate lane add` makes a token"
LANES_KEPT = 64
#: Counted instead of an error's reason when the caller went away or its deadline passed.
CANCELLED = "CANCELLED"


def takes_bytes(behaviour: Behaviour) -> Behaviour:
    """Mark a servicer's method that reads the request and writes the answer by itself: both are bytes."""
    behaviour.takes_bytes = True  # type: ignore[attr-defined]  # The mark that Calls looks for.
    return behaviour


class Lanes(Protocol):
    """Who knows the lanes' tokens."""

    def authenticate(self, token: str) -> LaneIdentity | None:
        """The lane of this token, unless it is unknown or revoked."""


class Calls(grpc.GenericRpcHandler):
    """All methods of a server, each with what happens around it.

    It stands where the generated `add_…_to_server` expects a server, and is the server's one handler. Nothing is
    registered with grpc by name: grpc.aio would look after each of those by itself, at every call.
    `trusted` is the lane of callers that need no token: the unix socket's.
    """

    def __init__(self, lanes: Lanes, metrics: Metrics, stopping: asyncio.Event, trusted: LaneIdentity | None) -> None:
        self._lanes = lanes
        self._metrics = metrics
        self._stopping = stopping
        self._trusted = trusted
        self._handlers: dict[str, ForLane] = {}

    def service(self, details: grpc.HandlerCallDetails) -> "Handler | None":
        """The handler of a method for whoever calls; None for a method we do not have."""
        handler = self._handlers.get(details.method)
        return None if handler is None else handler(self._trusted or self._lane_of(details))

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Generated code brings every method twice; the other time by name."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Take over the methods of a service."""
        for name, handler in handlers.items():
            method = f"/{service}/{name}"
            self._handlers[method] = self._around(method, handler)

    def _around(self, method: str, handler: Handler) -> ForLane:
        if method.startswith(OPEN_SERVICES):
            return lambda _lane: handler
        if handler.unary_unary:
            around = self._answering
        elif handler.unary_stream or handler.stream_stream:
            around = self._streaming
        else:
            raise AssertionError(f"{method}: no method of ours takes a stream and answers once")
        # Made once for each lane, so that a call finds its own by one look-up.
        return lru_cache(LANES_KEPT)(partial(around, method, handler))

    def _answering(self, method: str, handler: Handler, lane: Caller) -> Handler:
        behaviour: Behaviour = handler.unary_unary  # type: ignore[assignment]  # The stub's is of the other grpc.
        parse, serialize = handler.request_deserializer, handler.response_serializer
        if getattr(behaviour, "takes_bytes", False):
            parse = serialize = None
        waits = inspect.iscoroutinefunction(behaviour)
        counted = _Counted(self._metrics.rpc_seconds, method)
        admit, clock = self._admit, time.perf_counter

        async def answer(message: bytes, context: Context) -> Any:
            # Counted before the answer leaves: who has it finds it in the figures.
            started = clock()
            try:
                admit(method, lane, context)
                found = behaviour(message if parse is None else _parsed(parse, message), context)
                if waits:
                    found = await found
            except TillgateError as error:
                counted[error.reason].observe(clock() - started)
                await context.abort_with_status(to_status(error))
            except asyncio.CancelledError:
                counted[CANCELLED].observe(clock() - started)
                raise
            except Exception as error:  # noqa: BLE001  The outermost place: nothing of Python leaves.
                counted["INTERNAL"].observe(clock() - started)
                await self._abort_internal(method, error, context)
            else:
                counted["OK"].observe(clock() - started)
                return found

        return grpc.unary_unary_rpc_method_handler(answer, None, serialize)

    def _streaming(self, method: str, handler: Handler, lane: Caller) -> Handler:
        behaviour: Behaviour = handler.unary_stream or handler.stream_stream  # type: ignore[assignment]

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            try:
                self._admit(method, lane, context)
                async for message in behaviour(request, context):
                    yield message
            except TillgateError as error:
                await context.abort_with_status(to_status(error))
            except Exception as error:  # noqa: BLE001  The outermost place: nothing of Python leaves.
                await self._abort_internal(method, error, context)

        make = grpc.unary_stream_rpc_method_handler if handler.unary_stream else grpc.stream_stream_rpc_method_handler
        return make(stream, handler.request_deserializer, handler.response_serializer)

    def _admit(self, method: str, lane: Caller, context: Context) -> None:
        if self._stopping.is_set():
            raise ShuttingDown
        if not isinstance(lane, LaneIdentity):
            raise Unauthenticated(lane)
        current_lane.set(lane)
        if method in WRITES and context.time_remaining() is None:
            raise DeadlineRequired(f"{method.rpartition('/')[2]} wants a deadline; 10 s is a good one, 30 s for Print")

    def _lane_of(self, details: grpc.HandlerCallDetails) -> Caller:
        for key, value in details.invocation_metadata or ():
            if key == "authorization" and isinstance(value, str) and value[:7].lower() == "bearer ":
                return self._lanes.authenticate(value[7:].strip()) or UNKNOWN
        return MISSING

    async def _abort_internal(self, method: str, error: Exception, context: Context) -> None:
        if isinstance(error, grpc.aio.AbortError):
            raise error
        error_id = secrets.token_hex(4)
        log.error("call_failed", method=method, error_id=error_id, exc_info=error)
        await context.abort_with_status(internal_status(error_id))


def _parsed(parse: Parse, message: bytes) -> Any:
    try:
        return parse(message)
    except DecodeError as error:
        raise BadRequest("the bytes are no message of this method") from error


class _Counted(dict[str, Histogram]):
    """The times of one method by reason: a look-up by labels costs more than counting does."""

    def __init__(self, seconds: Histogram, method: str) -> None:
        self._seconds = seconds
        self._method = method

    def __missing__(self, reason: str) -> Histogram:
        found = self[reason] = self._seconds.labels(self._method, reason)
        return found
