"""Gateways without tills on the link to a central service in this process, and its database beside the running loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.replica import Replica
from tillgate.gateway.settings import Settings, UplinkSettings
from tillgate.gateway.uplink import Uplink

__all__ = ["PATIENCE_S", "Link", "database", "linked", "until", "write_token"]

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Link:
    """A gateway's journal, what it holds, its link."""

    journal: Journal
    replica: Replica
    uplink: Uplink


async def database(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Database work of a test beside a running loop, on a connection that ends with it. Needs Django set up."""
    from django.db import connections

    def work() -> Any:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(work)


def write_token(folder: Path, token: str) -> None:
    """Where `linked` looks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "central.token").write_text(token)


@asynccontextmanager
async def linked(
    folder: Path, address: str, gateway_id: str, token: str, *, authority: Path | None = None
) -> AsyncIterator[Link]:
    """A gateway in a folder, and its link until the end. `authority` has signed the central service's certificate."""
    write_token(folder, token)
    uplink_settings = UplinkSettings(
        address=address, ca_certificate=str(authority or ""), retry_first_ms=20, retry_most_ms=500
    )
    settings = Settings(gateway_id=gateway_id, uplink=uplink_settings, base=str(folder))
    clock, metrics = SystemClock(), Metrics()
    journal = Journal.open(folder / "data", clock, metrics)
    replica = await Replica.open(journal)
    uplink = Uplink(settings, journal.outbox, replica, clock, metrics, Random(1))
    stop = asyncio.Event()
    running = asyncio.create_task(uplink.run(stop))
    try:
        yield Link(journal, replica, uplink)
    finally:
        stop.set()
        await running
        await journal.close()


async def until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
    """Wait for something that happens in this loop; how long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < patience_s, "it did not happen"
        await asyncio.sleep(0.02)
    return time.monotonic() - started
