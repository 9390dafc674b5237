"""The gateways' server as a process, and gateways that speak to it."""

import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol

import grpc
import pytest
from central_chain import Chain, make_chain
from ports import steady_address

from tillgate.central.sync.server import ServerSettings, serving
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc


class Home(Protocol):
    """What the conftest of the central's tests makes."""

    @property
    def command(self) -> tuple[str, ...]: ...


@pytest.fixture
def chain(central_home: Home) -> Chain:
    """One store with one gateway, and three customers without points."""
    return make_chain()


class ServerProcess:
    """`tillgate-central grpc`, after a restart on the same port."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.address = steady_address()
        self.start()

    def start(self) -> None:
        command = [*self._home.command, "grpc", "--listen", self.address]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            pytest.fail(f"the server did not start:\n{self._process.communicate()[1]}")
        self.address = json.loads(line)["listening"]

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> tuple[int, str]:
        """As systemd would: exit status and what it wrote to stderr."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> tuple[int, str]:
        if self._process.poll() is None:
            os.kill(self._process.pid, number)
        errors = self._process.communicate(timeout=6)[1]
        return self._process.returncode, errors


@pytest.fixture
def server_process(central_home: Home, chain: Chain) -> Iterator[ServerProcess]:
    """A server of its own on the chain's database."""
    process = ServerProcess(central_home)
    yield process
    status, errors = process.stop()
    assert "Traceback" not in errors, errors
    assert status in (0, -signal.SIGKILL)


@pytest.fixture
async def server(chain: Chain) -> AsyncIterator[str]:
    """The address of a server in this process, on the chain's database."""
    async with serving(ServerSettings(listen="127.0.0.1:0")) as running:
        yield running.address


class RawGateway:
    """A gateway's side of the contract, message by message."""

    def __init__(self, channel: grpc.aio.Channel, gateway_id: str, token: str) -> None:
        self.stub: Any = sync_grpc.SyncServiceStub(channel)
        self.gateway_id = gateway_id
        self.metadata = (("authorization", f"Bearer {token}"),)
        self.call: Any = None

    async def connect(self, **hello: Any) -> sync.Welcome:
        """Say Hello; the Welcome."""
        self.call = self.stub.Connect(metadata=self.metadata)
        fields = {"gateway_id": self.gateway_id, "epoch": 1, "version": "1.2.3", **hello}
        await self.call.write(sync.ConnectRequest(hello=sync.Hello(**fields)))
        answer = await self.call.read()
        assert answer is not grpc.aio.EOF, "the server closed the stream"
        welcome: sync.Welcome = answer.welcome
        return welcome

    async def send(self, *events: sync.Event) -> None:
        await self.call.write(sync.ConnectRequest(batch=sync.EventBatch(events=events)))

    async def read(self, kind: str) -> Any:
        """The next message of a kind; others are passed over."""
        while True:
            answer = await self.call.read()
            assert answer is not grpc.aio.EOF, "the server closed the stream"
            if answer.WhichOneof("message") == kind:
                return getattr(answer, kind)

    async def customers(self) -> tuple[dict[str, sync.Customer], list[str], sync.Checkpoint]:
        """All batches up to the next checkpoint: states by customer, those removed, the checkpoint."""
        states: dict[str, sync.Customer] = {}
        removed: list[str] = []
        while True:
            batch = await self.read("customers")
            states |= {customer.state.customer_id: customer for customer in batch.customers}
            removed += batch.removed_customer_ids
            if batch.HasField("checkpoint"):
                return states, removed, batch.checkpoint

    async def hold(self, hold_id: str, customer_id: str, points: int, epoch: int = 1) -> int:
        request = sync.HoldPointsRequest(
            gateway_id=self.gateway_id, epoch=epoch, hold_id=hold_id, customer_id=customer_id, points=points
        )
        answer = await self.stub.HoldPoints(request, metadata=self.metadata, timeout=5)
        return int(answer.points_available)


@pytest.fixture
def raw_gateway(
    server: str, chain: Chain, raw_gateway_on: Callable[[str, str, str], RawGateway]
) -> Callable[..., RawGateway]:
    """Make gateways, each with a channel of its own."""

    def make(gateway_id: str = chain.gateway_id, token: str = chain.token) -> RawGateway:
        return raw_gateway_on(server, gateway_id, token)

    return make


@pytest.fixture
async def raw_gateway_on() -> AsyncIterator[Callable[[str, str, str], RawGateway]]:
    """The same for a server at any address."""
    channels = []

    def make(address: str, gateway_id: str, token: str) -> RawGateway:
        channel = grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        channels.append(channel)
        return RawGateway(channel, gateway_id, token)

    yield make
    for channel in channels:
        await channel.close()
