"""The server as a process: it says when it is ready, and goes when it is told."""

import asyncio
from typing import Any, Protocol

import grpc
from central_chain import Chain
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc


class Server(Protocol):
    """What conftest.py starts."""

    address: str

    def stop(self) -> tuple[int, str]: ...


async def test_sigterm_says_so_to_gateways_and_ends_in_time(server_process: Server, chain: Chain) -> None:
    async with grpc.aio.insecure_channel(server_process.address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service="tillgate.sync.v1.SyncService"))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        stub: Any = sync_grpc.SyncServiceStub(channel)
        call = stub.Connect(metadata=(("authorization", f"Bearer {chain.token}"),))
        await call.write(sync.ConnectRequest(hello=sync.Hello(gateway_id=chain.gateway_id, epoch=1)))
        assert (await call.read()).HasField("welcome")
        loop = asyncio.get_running_loop()
        started = loop.time()
        ended = loop.run_in_executor(None, server_process.stop)
        kinds = []
        while (message := await call.read()) is not grpc.aio.EOF:
            kinds.append(message.WhichOneof("message"))
        assert kinds[-1] == "ending"
        assert (await ended)[0] == 0
        assert loop.time() - started < 5
