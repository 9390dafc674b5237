"""Quote and Commit over gRPC against an empty call of the same message sizes and against raw group commit.

A real daemon without devices, a load of concurrent calls from a process of its own, everything on loopback. Both kinds
of call send and take the same bytes: what a client does with messages is not the gateway's work. The machine's other
work comes and goes, so the kinds take turns many times, and ratios are medians of turns that followed each other.
"""

import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import grpc

sys.path.insert(0, str(Path(__file__).parents[1] / "adversity"))

from shop import open_shop

from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services

CALLS = 1_000
LANES = 32
ROUNDS = 11


def rows() -> list[dict[str, Any]]:
    """Throughput of Quote and Commit, and what they are held against."""
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder)) as shop:
        shop.wait_stocked()
        metadata = (("authorization", f"Bearer {shop.token}"),)
        rates = asyncio.run(measure(shop.address, metadata, quote_request(shop)))
        rates["raw"] = [raw_commits(Path(folder))] * ROUNDS
    empty, raw = ("empty", "empty unary call, same sizes"), ("raw", "raw SQLite group commit of 32")
    return [
        row("Quote, 10 lines, explain applied", rates, "quote", empty, 0.85),
        row("Commit, 10 lines, 32 lanes, durable", rates, "commit", raw, None),
        row("Commit against the empty call", rates, "commit", empty, None),
    ]


def row(
    name: str, rates: dict[str, list[float]], kind: str, baseline: tuple[str, str], bound: float | None
) -> dict[str, Any]:
    against, words = baseline
    ratio = median(rate / other for rate, other in zip(rates[kind], rates[against], strict=True))
    return {
        "name": name,
        "value": round(median(rates[kind]), 1),
        "unit": "calls/s",
        "baseline": f"{median(rates[against]):.0f} ({words})",
        "ratio": round(ratio, 3),
        "bound": None if bound is None else f"ratio >= {bound}",
        "holds": None if bound is None else ratio >= bound,
    }


def quote_request(shop: Any) -> api.QuoteRequest:
    request = api.QuoteRequest(explain=api.EXPLAIN_APPLIED)
    request.basket.currency = "RUB"
    for item in (shop.goods * 10)[:10]:
        request.basket.lines.add(
            sku=item["sku"], quantity_milli=2_000, unit_price_minor=item["price_minor"], categories=item["categories"]
        )
    return request


async def measure(address: str, metadata: Any, request: api.QuoteRequest) -> dict[str, list[float]]:
    """Calls a second of each kind, turn by turn."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = services.CheckoutServiceStub(channel)
        answer = await stub.Quote(request, metadata=metadata)
        server, empty_address = await empty_server(answer.SerializeToString())
        async with grpc.aio.insecure_channel(empty_address) as empty_channel:
            empty, quote = (
                one.unary_unary("/tillgate.pos.v1.CheckoutService/Quote") for one in (empty_channel, channel)
            )
            body = request.SerializeToString()
            kinds: dict[str, Callable[[], Awaitable[Any]]] = {
                "empty": lambda: empty(body, metadata=metadata),
                "quote": lambda: quote(body, metadata=metadata),
                "commit": lambda: commit(stub, request, answer, metadata),
            }
            rates: dict[str, list[float]] = {kind: [] for kind in kinds}
            for _ in range(ROUNDS + 1):
                for kind, call in kinds.items():
                    rates[kind].append(await load(call, CALLS if kind != "commit" else CALLS // 4))
        server.kill()
        await server.wait()
    return {kind: turns[1:] for kind, turns in rates.items()}  # The first warms up.


async def commit(stub: Any, request: api.QuoteRequest, answer: api.QuoteResponse, metadata: Any) -> Any:
    message = api.CommitRequest(purchase_id=str(uuid.uuid4()), basket=request.basket)
    message.tenders.add(type="cash", amount_minor=answer.answer.total_minor)
    return await stub.Commit(message, metadata=metadata, timeout=30)


async def load(call: Callable[[], Awaitable[Any]], calls: int) -> float:
    """Calls a second with LANES of them under way."""
    left = iter(range(calls))

    async def lane() -> None:
        for _ in left:
            await call()

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(LANES)))
    return calls / (time.perf_counter() - started)


async def empty_server(response: bytes) -> tuple[asyncio.subprocess.Process, str]:
    """A process with a grpc.aio server whose one method answers these bytes at once."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(response)
    process.stdin.write_eof()
    return process, json.loads(await process.stdout.readline())["listening"]


def raw_commits(folder: Path) -> float:
    """Rows a second that SQLite alone makes durable in groups of 32, as large as a purchase's rows are."""
    connection = apsw.Connection(str(folder / "raw.db"))
    setup = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id BLOB UNIQUE, a BLOB, b BLOB)"
    connection.execute(setup).fetchall()
    body, started, groups = b"x" * 2_000, time.perf_counter(), 60
    for _ in range(groups):
        with connection:
            for _ in range(LANES):
                connection.execute("INSERT INTO t VALUES (?, ?, ?)", (uuid.uuid4().bytes, body, body))
    elapsed = time.perf_counter() - started
    connection.close()
    return groups * LANES / elapsed


async def serve_empty() -> None:
    """What `empty_server` starts."""
    response = sys.stdin.buffer.read()

    async def answer(_request: bytes, _context: Any) -> bytes:
        return response

    server = grpc.aio.server()
    handler = grpc.method_handlers_generic_handler(
        "tillgate.pos.v1.CheckoutService", {"Quote": grpc.unary_unary_rpc_method_handler(answer)}
    )
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(json.dumps({"listening": f"127.0.0.1:{port}"}), flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve_empty())
