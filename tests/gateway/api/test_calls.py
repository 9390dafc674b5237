"""What every call gets: a lane or a refusal, statuses with details, deadlines on writes, a clean end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import pytest
import structlog
from google.rpc import error_details_pb2 as details
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

from tillgate.core.errors import ALL_ERRORS, BasketInvalid, QuoteStale, SettingsInvalid, StorageFull
from tillgate.core.text import Text
from tillgate.gateway.api.context import Context, LaneIdentity, current_lane
from tillgate.gateway.api.server import ApiServers, Service
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import ApiSettings, Settings
from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services

Stub: TypeAlias = "services.CheckoutServiceAsyncStub"
TOKEN = (("authorization", "Bearer right"),)


class OneLane:
    """Knows one token until it is revoked."""

    revoked = False

    def authenticate(self, token: str) -> LaneIdentity | None:
        return LaneIdentity("till-1", "cashier") if token == "right" and not self.revoked else None


class Checkout(services.CheckoutServiceServicer):
    """Fails as the basket's currency says."""

    def __init__(self) -> None:
        self.waiting, self.left = asyncio.Event(), asyncio.Event()

    async def Identify(self, request: api.IdentifyRequest, context: Context) -> api.IdentifyResponse:
        return api.IdentifyResponse(customer=api.CustomerView(customer_id=current_lane.get().lane_id))

    async def Quote(self, request: api.QuoteRequest, context: Context) -> api.QuoteResponse:
        match request.basket.currency:
            case "PATH":
                raise BasketInvalid(Text("слишком много", "too much"), path="$.basket.lines[3].quantity_milli")
            case "FULL":
                raise StorageFull
            case "STALE":
                raise QuoteStale("dearer", was="1.00", now="2.00")
            case "BUG":
                raise KeyError("secret of the house")
            case "WAIT":
                self.waiting.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.left.set()
        return api.QuoteResponse()

    async def Commit(self, request: api.CommitRequest, context: Context) -> api.CommitResponse:
        return api.CommitResponse(purchase_id=request.purchase_id)

    async def Cancel(self, request: api.CancelRequest, context: Context) -> api.CancelResponse:
        return api.CancelResponse()

    async def GetPurchase(self, request: api.GetPurchaseRequest, context: Context) -> api.GetPurchaseResponse:
        return api.GetPurchaseResponse()


def settings(folder: Path, **api_settings: Any) -> Settings:
    return Settings(gateway_id="g", base=str(folder), data=".", api=ApiSettings(listen="127.0.0.1:0", **api_settings))


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def lanes() -> OneLane:
    return OneLane()


@pytest.fixture
def checkout() -> Checkout:
    return Checkout()


@pytest.fixture
async def servers(tmp_path: Path, lanes: OneLane, metrics: Metrics, checkout: Checkout) -> AsyncIterator[ApiServers]:
    service = Service(
        "tillgate.pos.v1.CheckoutService",
        lambda server: services.add_CheckoutServiceServicer_to_server(checkout, server),
    )
    servers = ApiServers(settings(tmp_path), [service], lanes, metrics)
    await servers.start()
    yield servers
    await servers.stop()


@pytest.fixture
async def channel(servers: ApiServers) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(servers.address) as channel:
        yield channel


@pytest.fixture
async def stub(channel: grpc.aio.Channel) -> Stub:
    return services.CheckoutServiceStub(channel)


def unpack(error: grpc.aio.AioRpcError) -> dict[str, Any]:
    status = rpc_status.from_call(error)
    found: dict[str, Any] = {}
    for packed in status.details:
        for kind in (details.ErrorInfo, details.LocalizedMessage, details.RetryInfo, details.BadRequest):
            message = kind()
            if packed.Unpack(message):
                found[f"{kind.__name__}{getattr(message, 'locale', '')}"] = message
    return found


def quote(currency: str) -> api.QuoteRequest:
    request = api.QuoteRequest()
    request.basket.currency = currency
    return request


async def failure(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value


async def test_the_lane_of_the_token_reaches_the_servicer(stub: Stub) -> None:
    answer = await stub.Identify(api.IdentifyRequest(), metadata=TOKEN)
    assert answer.customer.customer_id == "till-1"


@pytest.mark.parametrize("metadata", [(), (("authorization", "Bearer wrong"),), (("authorization", "Basic right"),)])
async def test_without_a_token_of_ours_nothing_is_answered(stub: Stub, metadata: Any) -> None:
    error = await failure(stub.Identify(api.IdentifyRequest(), metadata=metadata))
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert unpack(error)["ErrorInfo"].reason == "UNAUTHENTICATED"


async def test_a_revoked_token_opens_nothing_from_the_next_call_on(stub: Stub, lanes: OneLane) -> None:
    await stub.Identify(api.IdentifyRequest(), metadata=TOKEN)
    lanes.revoked = True
    error = await failure(stub.Identify(api.IdentifyRequest(), metadata=TOKEN))
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert "revoked" in str(error.details())


async def test_the_unix_socket_needs_no_token_and_has_its_own_lane(servers: ApiServers, tmp_path: Path) -> None:
    async with grpc.aio.insecure_channel(f"unix:{tmp_path}/admin.sock") as channel:
        answer = await services.CheckoutServiceStub(channel).Identify(api.IdentifyRequest())
    assert answer.customer.customer_id == "local"


async def test_a_bad_field_is_named(stub: Stub) -> None:
    error = await failure(stub.Quote(quote("PATH"), metadata=TOKEN))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    found = unpack(error)
    assert found["ErrorInfo"].domain == "tillgate"
    assert found["BadRequest"].field_violations[0].field == "$.basket.lines[3].quantity_milli"
    assert found["LocalizedMessageru"].message == "В чеке неверные данные: слишком много."
    assert found["LocalizedMessageen"].message == "The receipt holds invalid data: too much."


async def test_an_error_tells_the_cashier_in_both_languages_and_when_to_try_again(
    stub: Stub,
) -> None:
    error = await failure(stub.Quote(quote("FULL"), metadata=TOKEN))
    found = unpack(error)
    assert found["LocalizedMessageru"].message == StorageFull.ru
    assert found["LocalizedMessageen"].message == StorageFull.en
    assert found["RetryInfo"].retry_delay.seconds == 5


async def test_figures_behind_an_error_travel_as_metadata(stub: Stub) -> None:
    error = await failure(stub.Quote(quote("STALE"), metadata=TOKEN))
    assert error.code() is grpc.StatusCode.ABORTED
    assert dict(unpack(error)["ErrorInfo"].metadata) == {"was": "1.00", "now": "2.00"}


async def test_a_fault_of_ours_shows_a_number_and_nothing_of_python(stub: Stub) -> None:
    with structlog.testing.capture_logs() as logs:
        error = await failure(stub.Quote(quote("BUG"), metadata=TOKEN))
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "KeyError" not in str(error.details())
    assert "secret" not in str(error.trailing_metadata())
    assert unpack(error)["ErrorInfo"].metadata["error_id"] == logs[0]["error_id"]


async def test_a_write_without_a_deadline_is_refused(stub: Stub) -> None:
    error = await failure(stub.Commit(api.CommitRequest(purchase_id="x"), metadata=TOKEN))
    assert unpack(error)["ErrorInfo"].reason == "DEADLINE_REQUIRED"
    answer = await stub.Commit(api.CommitRequest(purchase_id="x"), metadata=TOKEN, timeout=5)
    assert answer.purchase_id == "x"


async def test_a_message_over_the_limit_is_refused_and_the_next_call_works(
    stub: Stub,
) -> None:
    error = await failure(stub.Quote(quote("x" * (1 << 20)), metadata=TOKEN))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await stub.Quote(quote("RUB"), metadata=TOKEN) == api.QuoteResponse()


async def test_bytes_that_are_no_message_do_not_stop_the_server(channel: grpc.aio.Channel, stub: Stub) -> None:
    for method in ("Quote", "Identify"):
        raw = channel.unary_unary(f"/tillgate.pos.v1.CheckoutService/{method}")
        error = await failure(raw(b"\xff\xff\xff\xff garbage", metadata=TOKEN))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert unpack(error)["ErrorInfo"].reason == "BAD_REQUEST"
    assert await stub.Quote(quote("RUB"), metadata=TOKEN) == api.QuoteResponse()


async def test_bytes_of_a_stranger_are_not_even_read(channel: grpc.aio.Channel) -> None:
    error = await failure(channel.unary_unary("/tillgate.pos.v1.CheckoutService/Quote")(b"\xff\xff\xff\xff garbage"))
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_method_we_do_not_have_is_said_to_be_missing(channel: grpc.aio.Channel) -> None:
    error = await failure(channel.unary_unary("/tillgate.pos.v1.CheckoutService/Gamble")(b"", metadata=TOKEN))
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_calls_are_counted_by_method_and_reason(stub: Stub, metrics: Metrics) -> None:
    await stub.Quote(quote("RUB"), metadata=TOKEN)
    await failure(stub.Quote(quote("FULL"), metadata=TOKEN))
    await failure(stub.Quote(quote("BUG"), metadata=TOKEN))
    await failure(stub.Quote(quote("RUB")))
    method = "/tillgate.pos.v1.CheckoutService/Quote"
    for reason in ("OK", "STORAGE_FULL", "INTERNAL", "UNAUTHENTICATED"):
        assert (
            metrics.registry.get_sample_value("tillgate_rpc_seconds_count", {"method": method, "reason": reason}) == 1
        )


async def test_a_call_that_its_caller_gave_up_is_not_counted_as_answered(
    stub: Stub, metrics: Metrics, checkout: Checkout
) -> None:
    call = stub.Quote(quote("WAIT"), metadata=TOKEN)
    await checkout.waiting.wait()
    call.cancel()
    await checkout.left.wait()
    with pytest.raises(asyncio.CancelledError):
        await call
    labels = {"method": "/tillgate.pos.v1.CheckoutService/Quote"}
    found = {
        reason: metrics.registry.get_sample_value("tillgate_rpc_seconds_count", labels | {"reason": reason})
        for reason in ("OK", "CANCELLED")
    }
    assert found == {"OK": None, "CANCELLED": 1}


async def test_health_and_reflection_answer_without_a_token(servers: ApiServers, channel: grpc.aio.Channel) -> None:
    health = await health_pb2_grpc.HealthStub(channel).Check(
        health_pb2.HealthCheckRequest(service="tillgate.pos.v1.CheckoutService")
    )
    assert health.status == health_pb2.HealthCheckResponse.SERVING

    def reflect() -> list[str]:
        with grpc.insecure_channel(servers.address) as blocking:
            return list(ProtoReflectionDescriptorDatabase(blocking).get_services())

    names = await asyncio.to_thread(reflect)
    assert "tillgate.pos.v1.CheckoutService" in names


async def test_a_second_server_on_the_same_port_is_refused(servers: ApiServers, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    second = ApiServers(
        Settings(gateway_id="g", base=str(tmp_path / "second"), data=".", api=ApiSettings(listen=servers.address)),
        [],
        OneLane(),
        Metrics(),
    )
    with pytest.raises(SettingsInvalid, match="another gateway"):
        await second.start()
    await second.stop()


def test_every_error_has_its_own_reason_and_both_languages() -> None:
    leaves = [error for error in ALL_ERRORS if error.reason not in ("FAULT", "INTERNAL", "REFUSED")]
    assert len({error.reason for error in leaves}) == len(leaves)
    for error in ALL_ERRORS:
        assert error.ru != error.en
        assert any("а" <= letter <= "я" for letter in error.ru.lower())
