"""Between machines everything is encrypted: gateway to centre, till to gateway, under an authority of our own."""

import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import trustme
from shop import Shop

from tillgate.gateway.demo._processes import Program, ProgramFailed, program_path, run
from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose links use TLS from end to end."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    shop = Shop(tmp_path)
    shop.seed = json.loads(
        run([program_path("tillgate-central"), "--home", str(shop.home), "init", "--demo", "--days", "0"])
    )
    pair = ["--tls-certificate", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")]
    command = [program_path("tillgate-central"), "--home", str(shop.home), "grpc", "--listen", "127.0.0.1:0", *pair]
    shop.central = Program(command, tmp_path / "central.log")
    address = shop.central.start()["listening"]
    token = tmp_path / "central.token"
    token.touch(mode=0o600)
    token.write_text(shop.seed["gateways"][0]["token"])
    (tmp_path / "tillgate.toml").write_text(
        f'gateway_id = "{shop.seed["gateways"][0]["gateway_id"]}"\ndata = "gateway"\n'
        '[api]\nlisten = "127.0.0.1:0"\ntls_certificate = "cert.pem"\ntls_key = "key.pem"\n'
        '[web]\nlisten = "127.0.0.1:0"\n'
        f'[uplink]\naddress = "{address}"\nca_certificate = "ca.pem"\nretry_first_ms = 50\nretry_most_ms = 200\n'
    )
    shop.gateway = Program(
        [program_path("tillgate"), "run", "--config", str(tmp_path / "tillgate.toml")], tmp_path / "log"
    )
    shop.address = shop.gateway.start()["listening"]
    yield shop
    shop.stop()


def test_programme_and_customers_come_and_a_till_sells_over_tls(shop: Shop) -> None:
    shop.wait_stocked()
    add = [program_path("tillgate"), "lane", "add", "till-1", "--json", "--config", str(shop.folder / "tillgate.toml")]
    metadata = (("authorization", f"Bearer {json.loads(run(add))['token']}"),)
    card = next(one["card"] for one in shop.seed["customers"] if one["card"])
    trusted = grpc.ssl_channel_credentials((shop.folder / "ca.pem").read_bytes())
    with grpc.secure_channel(shop.address, trusted) as channel:
        stub = services.CheckoutServiceStub(channel)
        found = stub.Identify(api.IdentifyRequest(scanned_text=card), metadata=metadata, timeout=10)
    assert found.outcome == api.IdentifyResponse.OUTCOME_FOUND
    with grpc.insecure_channel(shop.address) as channel, pytest.raises(grpc.RpcError):
        services.CheckoutServiceStub(channel).Identify(api.IdentifyRequest(), metadata=metadata, timeout=5)


def test_plain_text_beyond_loopback_is_refused_at_start(shop: Shop, tmp_path: Path) -> None:
    command = [program_path("tillgate-central"), "--home", str(shop.home), "grpc", "--listen", "0.0.0.0:0"]
    with pytest.raises(ProgramFailed, match="loopback"):
        Program(command, tmp_path / "plain.log").start()
