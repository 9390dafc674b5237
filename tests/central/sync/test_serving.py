"""How the server listens: with TLS or on loopback alone, and to so many gateways at once."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
import trustme
from central_chain import Chain

from tillgate.central.sync.server import ServerSettings, serving
from tillgate.core.errors import SettingsInvalid
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.replica import Replica
from tillgate.gateway.settings import Settings, UplinkSettings
from tillgate.gateway.uplink import Uplink
from tillgate.sync.v1 import sync_service_pb2 as sync
from tillgate.sync.v1 import sync_service_pb2_grpc as sync_grpc


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Authority, certificate, key."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(paths[0])
    issued.cert_chain_pems[0].write_to_path(paths[1])
    issued.private_key_pem.write_to_path(paths[2])
    return paths


def write_token(folder: Path, chain: Chain) -> None:
    (folder / "central.token").write_text(chain.token)


async def test_a_gateway_comes_by_tls(chain: Chain, tmp_path: Path) -> None:
    authority, certificate, key = certificates(tmp_path)
    write_token(tmp_path, chain)
    settings = ServerSettings(listen="0.0.0.0:0", certificate=certificate, key=key)
    async with serving(settings) as running:
        port = running.address.rpartition(":")[2]
        link = UplinkSettings(address=f"localhost:{port}", ca_certificate=str(authority), retry_first_ms=10)
        clock, metrics = SystemClock(), Metrics()
        journal = Journal.open(tmp_path / "data", clock, metrics)
        replica = await Replica.open(journal)
        whole = Settings(gateway_id=chain.gateway_id, uplink=link, base=str(tmp_path))
        uplink = Uplink(whole, journal.outbox, replica, clock, metrics, Random(1))
        stop = asyncio.Event()
        task = asyncio.create_task(uplink.run(stop))
        deadline = asyncio.get_running_loop().time() + 10
        while not uplink.online:
            assert asyncio.get_running_loop().time() < deadline, uplink.problem
            await asyncio.sleep(0.02)
        stop.set()
        await task
        await journal.close()


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "example.org:7430", "localhost", ":1", "127.0.0.1:x"])
async def test_plain_text_is_for_loopback(listen: str) -> None:
    with pytest.raises(SettingsInvalid):
        async with serving(ServerSettings(listen=listen)):
            raise AssertionError(listen)


async def test_a_taken_port_is_said(chain: Chain) -> None:
    async with serving(ServerSettings(listen="127.0.0.1:0")) as first:
        with pytest.raises(SettingsInvalid, match="cannot listen"):
            async with serving(ServerSettings(listen=first.address)):
                raise AssertionError(first.address)


async def test_more_streams_than_allowed_are_told_to_come_later(chain: Chain) -> None:
    async with (
        serving(ServerSettings(listen="127.0.0.1:0", streams_most=0)) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        stub: Any = sync_grpc.SyncServiceStub(channel)
        call = stub.Connect(metadata=(("authorization", f"Bearer {chain.token}"),))
        await call.write(sync.ConnectRequest(hello=sync.Hello(gateway_id=chain.gateway_id, epoch=1)))
        with pytest.raises(grpc.aio.AioRpcError, match="too many gateways") as refused:
            await call.read()
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
