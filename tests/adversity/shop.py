"""A central service and a gateway without devices, as programs that can be killed, and a till that does not give up."""

import json
import random
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from ports import steady_address

from tillgate.gateway.demo._chain import catalogue
from tillgate.gateway.demo._processes import Program, program_path, run
from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services
from tillgate.pos.v1 import info_service_pb2 as info_api
from tillgate.pos.v1 import info_service_pb2_grpc as info_services

SETTINGS = """\
gateway_id = "{gateway_id}"
data = "gateway"
[api]
listen = "{api}"
[web]
listen = "127.0.0.1:0"
[uplink]
address = "{central}"
retry_first_ms = 50
retry_most_ms = 200
"""
KEEPALIVE = (("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200))


class Shop:
    """Head office's gRPC server and one store's gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "central"
        self.seed: dict[str, Any] = {}
        self.goods: list[dict[str, Any]] = []
        self.cards: list[str] = []
        self._central_address = steady_address()
        self.address = steady_address()
        self.token = ""
        self.central = self._central()
        self.gateway = self._gateway()

    def start(self) -> None:
        init = [program_path("tillgate-central"), "--home", str(self.home), "init", "--demo", "--days", "0"]
        self.seed = json.loads(run(init))
        self.cards = [customer["card"] for customer in self.seed["customers"] if customer["card"]]
        self.goods = list(catalogue(self.seed).values())
        self.start_central()
        (self.folder / "central.token").write_text(self.seed["gateways"][0]["token"])
        (self.folder / "central.token").chmod(0o600)
        self.start_gateway()
        add = [
            program_path("tillgate"),
            "lane",
            "add",
            "till-1",
            "--json",
            "--config",
            str(self.folder / "tillgate.toml"),
        ]
        self.token = json.loads(run(add))["token"]

    def start_central(self) -> None:
        self.central = self._central()
        self._central_address = self.central.start()["listening"]

    def start_gateway(self) -> None:
        text = SETTINGS.format(
            gateway_id=self.seed["gateways"][0]["gateway_id"], api=self.address, central=self._central_address
        )
        (self.folder / "tillgate.toml").write_text(text)
        self.gateway = self._gateway()
        self.address = self.gateway.start()["listening"]

    def stop(self) -> None:
        self.gateway.stop()
        self.central.stop()

    def restart(self, *, gateway: bool, central: bool) -> None:
        """Kill and start again; both at once when both are to go."""
        for wanted, program in ((gateway, self.gateway), (central, self.central)):
            if wanted:
                program.kill()
        with ThreadPoolExecutor() as pool:
            work = [pool.submit(self.start_gateway)] if gateway else []
            work += [pool.submit(self.start_central)] if central else []
            for one in work:
                one.result()

    def info(self) -> info_api.GetInfoResponse:
        with grpc.insecure_channel(f"unix:{self.folder}/gateway/admin.sock") as channel:
            return info_services.InfoServiceStub(channel).GetInfo(info_api.GetInfoRequest(), timeout=10)

    def wait(self, condition: Any, what: str, within_s: float = 60) -> None:
        pause = threading.Event()
        for _ in range(int(within_s / 0.05)):
            if condition(self.info()):
                return
            pause.wait(0.05)
        raise AssertionError(f"waited {within_s} s for {what}: {self.info()}")

    def wait_stocked(self) -> None:
        self.wait(lambda info: info.programme_revision and info.customers_known >= len(self.seed["customers"]), "stock")

    def wait_drained(self) -> None:
        self.wait(lambda info: info.online and not info.queue_length, "the queue to drain")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the central's database."""
        connection = apsw.Connection(str(self.home / "central.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return list(connection.execute(statement))
        finally:
            connection.close()

    def manage(self, *arguments: str) -> str:
        return run([program_path("tillgate-central"), "--home", str(self.home), "manage", *arguments])

    def _central(self) -> Program:
        command = [
            program_path("tillgate-central"),
            "--home",
            str(self.home),
            "grpc",
            "--listen",
            self._central_address,
        ]
        return Program(command, self.folder / "central.log")

    def _gateway(self) -> Program:
        command = [program_path("tillgate"), "run", "--config", str(self.folder / "tillgate.toml")]
        return Program(command, self.folder / "gateway.log")


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """A shop that sells; stopped at the end whatever happens."""
    shop = Shop(folder)
    try:
        shop.start()
        shop.wait_stocked()
        yield shop
    finally:
        shop.stop()


def reason(error: grpc.RpcError) -> str:
    """The stable reason of a refusal, or the code's name where there is none."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        found = error_details_pb2.ErrorInfo()
        if detail.Unpack(found):
            return str(found.reason)
    return str(error.code().name)


@dataclass
class Till:
    """Sells on and on, and repeats each call until it is answered. What it was answered it keeps."""

    shop: Shop
    seed: int
    committed: dict[str, api.CommitResponse] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    customers: dict[str, str] = field(default_factory=dict)

    def run(self, stop: threading.Event, *, redeem: bool = True, sales_max: int = 1_000_000) -> None:
        """Sell until told to stop, and finish the sale at hand."""
        draw = random.Random(self.seed)
        metadata = (("authorization", f"Bearer {self.shop.token}"),)
        with grpc.insecure_channel(self.shop.address, options=KEEPALIVE) as channel:
            stub = services.CheckoutServiceStub(channel)
            while not stop.is_set() and len(self.committed) + len(self.cancelled) < sales_max:
                self._sell(stub, metadata, draw, redeem=redeem)

    def _sell(self, stub: Any, metadata: Any, draw: random.Random, *, redeem: bool) -> None:
        card = draw.choice(self.shop.cards[:20])
        found = until_answered(stub.Identify, api.IdentifyRequest(scanned_text=card), metadata)
        request = api.CommitRequest(purchase_id=str(uuid.UUID(int=draw.getrandbits(128), version=4)))
        request.customer_id = found.customer.customer_id
        self._fill(request, draw, redeem=redeem)
        quote = until_answered(
            stub.Quote, api.QuoteRequest(basket=request.basket, customer_id=request.customer_id), metadata
        )
        request.basket.time.CopyFrom(quote.priced_time)
        request.tenders.add(type="cash", amount_minor=quote.answer.total_minor)
        try:
            answer = until_answered(stub.Commit, request, metadata)
        except grpc.RpcError as error:
            # What the guest may redeem changed meanwhile: this sale is given up for good.
            if reason(error) not in REFUSALS:
                raise
            until_answered(stub.Cancel, api.CancelRequest(purchase_id=request.purchase_id, reason="refused"), metadata)
            self.cancelled.add(request.purchase_id)
            return
        self.committed[request.purchase_id] = answer
        self.customers[request.purchase_id] = request.customer_id
        if draw.random() < 0.1:
            until_answered(stub.Cancel, api.CancelRequest(purchase_id=request.purchase_id, reason="voided"), metadata)
            self.cancelled.add(request.purchase_id)

    def _fill(self, request: api.CommitRequest, draw: random.Random, *, redeem: bool) -> None:
        request.basket.currency = "RUB"
        for item in draw.sample(self.shop.goods, k=draw.randint(1, 4)):
            request.basket.lines.add(
                sku=item["sku"],
                quantity_milli=1000 * draw.randint(1, 3),
                unit_price_minor=item["price_minor"],
                categories=item["categories"],
            )
        if redeem and draw.random() < 0.3:
            request.basket.redeem.max = True


REFUSALS = {"TENDERS_MISMATCH", "QUOTE_STALE", "REDEMPTION_OFFLINE", "POINTS_INSUFFICIENT", "CENTRAL_UNAVAILABLE"}
AGAIN = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}


def until_answered(call: Any, request: Any, metadata: Any) -> Any:
    """Repeat while there is no answer of the gateway's: that is what a till does after a cut."""
    pause = threading.Event()
    for _ in range(2_000):
        try:
            return call(request, metadata=metadata, timeout=5)
        except grpc.RpcError as error:
            if error.code() not in AGAIN or reason(error) in REFUSALS:
                raise
            pause.wait(0.02)
    raise AssertionError(f"no answer to {request}")
