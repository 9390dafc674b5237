"""How the server listens: with TLS or on loopback alone, and to so many gateways at once."""

from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
from central_chain import Chain
from gateway_link import linked, until

from tillgate.central.sync.server import ServerSettings, serving
from tillgate.core.errors import SettingsInvalid
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


async def test_a_gateway_comes_by_tls(chain: Chain, tmp_path: Path) -> None:
    authority, certificate, key = certificates(tmp_path)
    settings = ServerSettings(listen="0.0.0.0:0", certificate=certificate, key=key)
    async with serving(settings) as running:
        address = f"localhost:{running.address.rpartition(':')[2]}"
        async with linked(tmp_path, address, chain.gateway_id, chain.token, authority=authority) as link:
            await until(lambda: link.uplink.online)


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
