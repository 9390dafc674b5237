"""DeviceService over gRPC as a till sees it: claims, streams that go on from a cursor, slips, and a clean end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tillgate.gateway.api.context import LaneIdentity
from tillgate.gateway.api.devices import DeviceServicer
from tillgate.gateway.api.server import ApiServers, Service
from tillgate.gateway.settings import ApiSettings, Settings
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.pos.v1 import device_service_pb2_grpc as services
from tillgate.type.v1 import device_pb2
from tillgate.type.v1 import receipt_document_pb2 as wire

PATIENCE_S = 60


class Lanes:
    """A token is its lane's name."""

    def authenticate(self, token: str) -> LaneIdentity | None:
        return LaneIdentity(token, "cashier") if token.startswith("till-") else None


class Till:
    """A POS of one lane on a connection of its own."""

    def __init__(self, address: str, lane: str) -> None:
        # Channels in one process share connections unless told otherwise; tills do not.
        self.channel = grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self.stub = services.DeviceServiceStub(self.channel)
        self.metadata = (("authorization", f"Bearer {lane}"),)

    async def claim(self, device_id: str, token: str = "") -> str:
        request = api.ClaimRequest(device_id=device_id, claim_token=token)
        answer = await self.stub.Claim(request, metadata=self.metadata)
        return answer.claim_token

    async def subscribe(self, device_id: str, token: str, cursor: api.EventCursor | None = None) -> Any:
        call = self.stub.Subscribe(metadata=self.metadata)
        device = api.SubscribedDevice(device_id=device_id, claim_token=token, cursor=cursor)
        await call.write(api.SubscribeRequest(start=api.SubscribeStart(devices=[device])))
        return call

    async def print(self, job_id: str, text: str, token: str = "") -> api.PrintJob:
        document = wire.ReceiptDocument(elements=[wire.ReceiptElement(text=wire.TextLine(text=text))])
        request = api.PrintRequest(job_id=job_id, device_id="printer", document=document, claim_token=token)
        return (await self.stub.Print(request, metadata=self.metadata, timeout=PATIENCE_S)).job


@asynccontextmanager
async def serving(bench: Any, folder: Path) -> AsyncIterator[ApiServers]:
    settings = Settings(gateway_id="g", base=str(folder), data=".", api=ApiSettings(listen="127.0.0.1:0"))
    service = Service(
        "tillgate.pos.v1.DeviceService",
        lambda server: services.add_DeviceServiceServicer_to_server(DeviceServicer(bench.devices), server),
    )
    servers = ApiServers(settings, [service], Lanes(), bench.metrics)
    await servers.start()
    try:
        yield servers
    finally:
        bench.devices.end_streams()
        await servers.stop()


async def reason(call: Any) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(raised.value)
    assert any(detail.Unpack(info) for detail in status.details)
    return str(info.reason)


async def read(call: Any, count: int) -> list[api.SubscribeResponse]:
    async with asyncio.timeout(PATIENCE_S):
        return [await call.read() for _ in range(count)]


async def test_a_scan_reaches_the_lane_that_holds_the_scanner_with_its_times(
    run: Any, scanner: Any, tmp_path: Path
) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        till = Till(servers.address, "till-1")
        token = await till.claim("scanner")
        call = await till.subscribe("scanner", token)
        await read(call, 1)
        (await bench.host("scanner")).tell("data", text="4600051000057")
        [response] = await read(call, 1)
        event = response.event
        assert (event.device_id, event.data.text, event.cursor.sequence) == ("scanner", "4600051000057", 1)
        times = event.times
        assert times.read_time.ToNanoseconds() <= times.decoded_time.ToNanoseconds()
        assert times.decoded_time.ToNanoseconds() <= times.received_time.ToNanoseconds()
        [device] = (await till.stub.ListDevices(api.ListDevicesRequest(), metadata=till.metadata)).devices
        assert device.claimed_by == "till-1"
        assert device.last_event_time == times.received_time
        await till.channel.close()


async def test_errors_lost_events_and_repeats_of_a_driver_are_events_too(
    run: Any, scanner: Any, tmp_path: Path
) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        till = Till(servers.address, "till-1")
        call = await till.subscribe("scanner", await till.claim("scanner"))
        await read(call, 1)
        host = await bench.host("scanner")
        host.tell("error", reason="BAD_CHECK_DIGIT")
        host.tell("data", text="a")
        host.tell("repeat", text="a")
        host.tell("data", text="b", skip=2)
        host.tell("data", text="x" * 20_000)
        host.tell("data", text="4276 **** **** 0018", bank_card=True, raw="4276000000000018")
        responses = await read(call, 6)
        found = [
            response.event.data.text if response.event.HasField("data") else response.event.error.reason
            for response in responses
        ]
        assert found == [
            "BAD_CHECK_DIGIT",
            "a",
            "EVENTS_LOST",
            "b",
            "EVENT_TOO_LARGE",
            "4276 **** **** 0018",
        ]
        assert responses[-1].event.data.raw == b""
        os.kill(host.pid, signal.SIGKILL)
        [offline] = await read(call, 1)
        assert offline.event.error.reason == "DEVICE_OFFLINE"
        await till.channel.close()


async def test_a_till_that_was_cut_off_goes_on_from_its_cursor_without_loss_or_repeat(
    run: Any, scanner: Any, tmp_path: Path
) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        host = await bench.host("scanner")
        till = Till(servers.address, "till-1")
        token = await till.claim("scanner")
        call = await till.subscribe("scanner", token)
        [ready] = await read(call, 1)
        cursor = ready.ready.places[0].cursor
        seen: list[str] = []
        for round_number in range(5):
            host.tell("many", count=20, prefix=f"{round_number}-")
            for response in await read(call, 7):
                seen.append(response.event.data.text)
                cursor = response.event.cursor
            await call.write(
                api.SubscribeRequest(acknowledge=api.SubscribeAcknowledge(device_id="scanner", cursor=cursor))
            )
            await till.channel.close()  # In the middle of things.
            till = Till(servers.address, "till-1")
            call = await till.subscribe("scanner", token, cursor)
            await read(call, 1)
            for response in await read(call, 13):
                assert response.WhichOneof("message") == "event"
                seen.append(response.event.data.text)
                cursor = response.event.cursor
        assert seen == [f"{round_number}-{number}" for round_number in range(5) for number in range(20)]
        await till.channel.close()


async def test_a_dead_tills_claim_ends_and_the_next_lane_gets_the_device(
    run: Any, scanner: Any, tmp_path: Path
) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        dead, next_till = Till(servers.address, "till-1"), Till(servers.address, "till-2")
        call = await dead.subscribe("scanner", await dead.claim("scanner"))
        await read(call, 1)
        assert await reason(next_till.claim("scanner")) == "DEVICE_CLAIMED"
        await dead.channel.close()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await bench.until("scanner", lambda device: not device.claimed_by)
        assert 2.5 < loop.time() - began < 5
        token = await next_till.claim("scanner")
        assert await next_till.claim("scanner", token) == token
        await next_till.channel.close()


async def test_the_claim_of_a_till_that_dies_while_it_reads_nothing_ends_too(
    run: Any, scanner: Any, tmp_path: Path
) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        till = Till(servers.address, "till-1")
        call = await till.subscribe("scanner", await till.claim("scanner"))
        await read(call, 1)
        host = await bench.host("scanner")
        for number in range(2_000):  # Until the gateway itself waits for the connection.
            host.tell("data", text=str(number), raw="r" * 400)
        host.tell("link", is_open=False, detail="the last word")
        await bench.until("scanner", lambda device: device.problem.detail == "the last word")
        await till.channel.close()
        await bench.until("scanner", lambda device: not device.claimed_by)
        next_till = Till(servers.address, "till-2")
        assert await next_till.claim("scanner")
        await next_till.channel.close()


async def test_claims_and_subscriptions_that_do_not_hold_are_refused(run: Any, scanner: Any, tmp_path: Path) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        till = Till(servers.address, "till-1")
        assert await reason(till.claim("nobody")) == "DEVICE_UNKNOWN"
        assert await reason(till.claim("scanner", "0" * 32)) == "CLAIM_LOST"
        call = await till.subscribe("scanner", "0" * 32)
        assert await reason(call.read()) == "CLAIM_LOST"
        call = await till.subscribe("nobody", "")
        assert await reason(call.read()) == "DEVICE_UNKNOWN"
        call = till.stub.Subscribe(metadata=till.metadata)
        await call.write(api.SubscribeRequest(acknowledge=api.SubscribeAcknowledge(device_id="scanner")))
        assert await reason(call.read()) == "BAD_REQUEST"
        call = await till.subscribe("scanner", await till.claim("scanner"))
        [ready] = await read(call, 1)
        ahead = ready.ready.places[0].cursor
        ahead.sequence += 1
        acknowledge = api.SubscribeAcknowledge(device_id="scanner", cursor=ahead)
        await call.write(api.SubscribeRequest(acknowledge=acknowledge))
        assert await reason(call.read()) == "BAD_REQUEST"
        await till.channel.close()


async def test_a_newer_stream_of_the_same_claim_takes_over_and_a_release_ends_it(
    run: Any, scanner: Any, tmp_path: Path
) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        till = Till(servers.address, "till-1")
        token = await till.claim("scanner")
        older = await till.subscribe("scanner", token)
        await read(older, 1)
        newer = await till.subscribe("scanner", token)
        await read(newer, 1)
        assert await reason(older.read()) == "CLAIM_LOST"
        (await bench.host("scanner")).tell("data", text="once")
        [response] = await read(newer, 1)
        assert response.event.data.text == "once"
        request = api.ReleaseRequest(device_id="scanner", claim_token=token)
        await till.stub.Release(request, metadata=till.metadata)
        assert await reason(newer.read()) == "CLAIM_LOST"
        assert await reason(till.stub.Release(request, metadata=till.metadata)) == "CLAIM_LOST"
        await till.channel.close()


async def test_a_slip_is_printed_and_looked_up(run: Any, printer: Any, tmp_path: Path) -> None:
    async with run(printer("printer")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("printer")
        till = Till(servers.address, "till-1")
        job = await till.print("job-1", "Итого 10,00")
        assert job.outcome == device_pb2.PRINT_OUTCOME_CONFIRMED
        answer = await till.stub.GetPrintJob(api.GetPrintJobRequest(job_id="job-1"), metadata=till.metadata)
        assert answer.job == job
        assert bench.paper() == ["job-1 Итого 10,00"]
        assert await reason(till.print("job-1", "Итого 11,00")) == "REQUEST_ID_REUSED"
        unknown = till.stub.GetPrintJob(api.GetPrintJobRequest(job_id="job-2"), metadata=till.metadata)
        assert await reason(unknown) == "PRINT_JOB_UNKNOWN"
        await till.channel.close()


async def test_a_watcher_sees_a_claim_come_and_go(run: Any, scanner: Any, tmp_path: Path) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        till = Till(servers.address, "till-1")
        watch: Any = till.stub.WatchDevices(api.WatchDevicesRequest(), metadata=till.metadata)
        async with asyncio.timeout(PATIENCE_S):
            assert [device.claimed_by for device in (await watch.read()).devices] == [""]
            token = await till.claim("scanner")
            assert [device.claimed_by for device in (await watch.read()).devices] == ["till-1"]
            await till.stub.Release(api.ReleaseRequest(device_id="scanner", claim_token=token), metadata=till.metadata)
            assert [device.claimed_by for device in (await watch.read()).devices] == [""]
        await till.channel.close()


async def test_streams_end_with_a_last_message_when_the_gateway_goes_down(
    run: Any, scanner: Any, tmp_path: Path
) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        till = Till(servers.address, "till-1")
        call = await till.subscribe("scanner", await till.claim("scanner"))
        await read(call, 1)
        watch: Any = till.stub.WatchDevices(api.WatchDevicesRequest(), metadata=till.metadata)
        await watch.read()
        bench.devices.end_streams()
        [ending] = await read(call, 1)
        assert ending.ending.reason == "SHUTTING_DOWN"
        assert await call.read() == grpc.aio.EOF
        assert await reason(_drain(watch)) == "SHUTTING_DOWN"
        await till.channel.close()


async def _drain(call: Any) -> None:
    while await call.read() != grpc.aio.EOF:
        pass


async def test_a_slow_till_costs_no_memory_and_finds_a_gap(run: Any, scanner: Any, tmp_path: Path) -> None:
    async with run(scanner("scanner")) as bench, serving(bench, tmp_path) as servers:
        await bench.online("scanner")
        till = Till(servers.address, "till-1")
        call = await till.subscribe("scanner", await till.claim("scanner"))
        await read(call, 1)
        host = await bench.host("scanner")
        total = 3_000
        raw = "r" * 400  # Past what the connection's own buffers take in for a till that does not read.
        for number in range(total):
            host.tell("data", text=str(number), raw=raw)
        host.tell("link", is_open=False, detail="the last word")
        await bench.until("scanner", lambda device: device.problem.detail == "the last word")
        numbers, missing = 0, 0
        while True:
            [response] = await read(call, 1)
            if response.HasField("gap"):
                missing += response.gap.before.sequence - response.gap.after.sequence - 1
            elif response.event.HasField("error"):
                break
            else:
                numbers += 1
        assert missing > 0
        assert numbers + missing == total
        await till.channel.close()
