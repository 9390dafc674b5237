"""The daemon as a whole: one for a folder, a clean end, a full disk, many lanes at once."""

import json
import resource
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from shop import Shop, Till, reason

from tillgate.gateway.demo._processes import Program, program_path
from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services

CLIENTS = 100
STOP_WITHIN_S = 5.0

ALONE = """\
gateway_id = "alone"
data = "data"
[api]
listen = "127.0.0.1:0"
[web]
listen = "127.0.0.1:0"
"""


def tillgate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program_path("tillgate"), *arguments], capture_output=True, text=True, timeout=60)


def test_a_second_daemon_on_the_same_journal_refuses_to_start(shop: Shop) -> None:
    second = tillgate("run", "--config", str(shop.folder / "tillgate.toml"))
    assert second.returncode == 1
    assert "JOURNAL_LOCKED" in second.stderr
    assert "Traceback" not in second.stderr
    assert shop.info().gateway_id


def test_sigterm_ends_it_cleanly_and_soon(tmp_path: Path) -> None:
    config = tmp_path / "tillgate.toml"
    config.write_text(ALONE)
    program = Program([program_path("tillgate"), "run", "--config", str(config)], tmp_path / "log")
    program.start()
    started = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - started < STOP_WITHIN_S
    assert not (tmp_path / "data" / "admin.sock").exists()


def test_a_wrong_settings_file_is_refused_by_path_before_anything_starts(tmp_path: Path) -> None:
    config = tmp_path / "tillgate.toml"
    config.write_text(ALONE + "[uplink]\nretry_first_ms = -1\n")
    run = tillgate("run", "--config", str(config))
    assert run.returncode == 1
    assert "$.uplink.retry_first_ms" in run.stderr
    assert not (tmp_path / "data").exists()


def test_lanes_come_and_go(shop: Shop) -> None:
    config = ("--config", str(shop.folder / "tillgate.toml"))
    added = tillgate("lane", "add", "till-9", "--json", *config)
    token = json.loads(added.stdout)["token"]
    assert "till-9 │ кассир" in " ".join(tillgate("lane", "list", "--language", "ru", *config).stdout.split())
    again = tillgate("lane", "add", "till-9", *config)
    assert again.returncode == 1
    assert "LANE_EXISTS" in again.stderr
    request = api.IdentifyRequest(card_number=shop.cards[0])
    with grpc.insecure_channel(shop.address) as channel:
        stub = services.CheckoutServiceStub(channel)
        metadata = (("authorization", f"Bearer {token}"),)
        assert stub.Identify(request, metadata=metadata, timeout=5).outcome == api.IdentifyResponse.OUTCOME_FOUND
        assert "её ключ больше не действует" in tillgate("lane", "revoke", "till-9", "--language", "ru", *config).stdout
        with pytest.raises(grpc.RpcError) as refused:
            stub.Identify(request, metadata=metadata, timeout=5)
    assert reason(refused.value) == "UNAUTHENTICATED"


def test_the_status_is_told_in_the_language_of_the_reader(shop: Shop) -> None:
    shop.wait_drained()
    info = shop.info()
    for language, words in (
        (
            "ru",
            ("Центр: на связи с ", "в очереди 0", f"Программа: {info.programme_id}, редакция 1; покупателей известно"),
        ),
        ("en", ("Centre: online since ", "queue 0", f"Programme: {info.programme_id} revision 1; customers known")),
    ):
        told = tillgate("status", "--language", language, "--config", str(shop.folder / "tillgate.toml"))
        assert told.returncode == 0, told.stderr
        assert [word for word in words if word not in " ".join(told.stdout.split())] == []


def test_a_hundred_clients_at_once_each_get_their_own_answer(shop: Shop) -> None:
    before = len(shop.query("SELECT 1 FROM purchases_receipt"))
    tills = [Till(shop, seed=number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda till: till.run(threading.Event(), redeem=False, sales_max=3), tills))
    answered = Counter(purchase_id for till in tills for purchase_id in till.committed)
    assert len(answered) >= CLIENTS * 2
    assert set(answered.values()) == {1}
    shop.wait_drained()
    assert len(shop.query("SELECT 1 FROM purchases_receipt")) == before + len(answered)
    shop.manage("check_ledger")


def test_a_hundred_clients_with_one_purchase_id_make_one_purchase(shop: Shop) -> None:
    request = api.CommitRequest(purchase_id="5a0b6c1e-93b2-4a5c-8c7e-0c6f0a4f9b11")
    request.basket.currency = "RUB"
    request.basket.lines.add(sku="x", quantity_milli=1_000, unit_price_minor=100)
    with grpc.insecure_channel(shop.address) as channel:
        stub = services.CheckoutServiceStub(channel)
        metadata = (("authorization", f"Bearer {shop.token}"),)
        quote = stub.Quote(api.QuoteRequest(basket=request.basket), metadata=metadata, timeout=5)
        request.basket.time.CopyFrom(quote.priced_time)
        request.tenders.add(type="cash", amount_minor=quote.answer.total_minor)

        def commit(_number: int) -> bytes:
            answer: bytes = stub.Commit(request, metadata=metadata, timeout=30).SerializeToString(deterministic=True)
            return answer

        with ThreadPoolExecutor(CLIENTS) as pool:
            assert len(set(pool.map(commit, range(CLIENTS)))) == 1


def test_a_full_disk_refuses_sales_clearly_and_recovers(own_shop: Shop) -> None:
    """The limit on file size makes the kernel refuse the daemon's writes, as a full disk does."""
    Till(own_shop, seed=1).run(threading.Event(), redeem=False, sales_max=3)
    pid = own_shop.gateway.pid
    used = sum(path.stat().st_size for path in (own_shop.folder / "gateway").glob("gateway.db*"))
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (min(4096, used), hard))
    seen = refused_commit(own_shop)
    assert seen == "STORAGE_FULL"
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    till = Till(own_shop, seed=2)
    till.run(threading.Event(), redeem=False, sales_max=3)
    assert till.committed
    own_shop.wait_drained()
    own_shop.manage("check_ledger")


def refused_commit(shop: Shop) -> str:
    request = api.CommitRequest(purchase_id="0f0b6c1e-93b2-4a5c-8c7e-0c6f0a4f9b11")
    request.basket.currency = "RUB"
    request.basket.lines.add(sku="x", quantity_milli=1_000, unit_price_minor=100)
    with grpc.insecure_channel(shop.address) as channel:
        stub = services.CheckoutServiceStub(channel)
        metadata = (("authorization", f"Bearer {shop.token}"),)
        quote = stub.Quote(api.QuoteRequest(basket=request.basket), metadata=metadata, timeout=5)
        request.basket.time.CopyFrom(quote.priced_time)
        request.tenders.add(type="cash", amount_minor=quote.answer.total_minor)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Commit(request, metadata=metadata, timeout=10)
    return reason(refused.value)
