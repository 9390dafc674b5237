"""Quote and Commit over gRPC against an empty call of the same message sizes and against raw group commit.

A real daemon without devices, a load of concurrent calls from a process of its own, everything on loopback.
"""

import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import grpc

sys.path.insert(0, str(Path(__file__).parents[1] / "adversity"))

from shop import open_shop

from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.pos.v1 import checkout_service_pb2_grpc as services

CALLS = 3_000
LANES = 32
ROUNDS = 3


def rows() -> list[dict[str, Any]]:
    """Throughput of Quote and Commit, and what they are held against."""
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder)) as shop:
        request = quote_request(shop)
        metadata = (("authorization", f"Bearer {shop.token}"),)
        best = asyncio.run(measure(shop.address, metadata, request))
        raw = raw_commits(Path(folder))
    quote, empty, commit = best["quote"], best["empty"], best["commit"]
    return [
        row("Quote, 10 lines, explain applied", quote, "calls/s", empty, 0.85, "empty unary call, same sizes"),
        row("Commit, 10 lines, 32 lanes, durable", commit, "calls/s", raw, None, "raw SQLite group commit of 32"),
        row("Commit against the empty call", commit, "calls/s", empty, None, "empty unary call, same sizes"),
    ]


def row(name: str, value: float, unit: str, baseline: float, bound: float | None, against: str) -> dict[str, Any]:
    ratio = value / baseline
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "baseline": f"{baseline:.0f} ({against})",
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


async def measure(address: str, metadata: Any, request: api.QuoteRequest) -> dict[str, float]:
    """Best of a few interleaved rounds, so that a slow moment of the machine hits all alike."""
    best = {"quote": 0.0, "empty": 0.0, "commit": 0.0}
    async with grpc.aio.insecure_channel(address) as channel:
        stub = services.CheckoutServiceStub(channel)
        answer = await stub.Quote(request, metadata=metadata)
        server, empty_address = await empty_server(answer.SerializeToString())
        async with grpc.aio.insecure_channel(empty_address) as empty_channel:
            empty = empty_channel.unary_unary("/bench.Empty/Call")
            body = request.SerializeToString()
            for _ in range(ROUNDS):
                best["empty"] = max(best["empty"], await load(lambda: empty(body, metadata=metadata), CALLS))
                best["quote"] = max(best["quote"], await load(lambda: stub.Quote(request, metadata=metadata), CALLS))
                best["commit"] = max(
                    best["commit"], await load(lambda: commit(stub, request, answer, metadata), CALLS // 2)
                )
        server.kill()
        await server.wait()
    return best


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
    handler = grpc.method_handlers_generic_handler("bench.Empty", {"Call": grpc.unary_unary_rpc_method_handler(answer)})
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(json.dumps({"listening": f"127.0.0.1:{port}"}), flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve_empty())
