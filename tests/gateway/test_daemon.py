"""The composition root: a part that fails is told of, and the rest goes on."""

import asyncio
from typing import Any

import structlog

from tillgate.gateway.daemon import _connected


class BrokenLink:
    """Dies of something nobody foresaw."""

    def __init__(self) -> None:
        self.ran = asyncio.Event()

    async def run(self, _stop: asyncio.Event) -> None:
        self.ran.set()
        raise KeyError("unforeseen")


async def test_a_link_that_dies_unforeseen_is_told_at_once_and_disturbs_nothing() -> None:
    link: Any = BrokenLink()
    with structlog.testing.capture_logs() as logs:
        async with _connected(link):
            await link.ran.wait()
            await asyncio.sleep(0)
            assert [row["event"] for row in logs] == ["uplink_failed"]
    assert len(logs) == 1
