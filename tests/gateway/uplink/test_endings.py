"""How a link ends, how soon another one is tried, and what becomes of a question that was on the way."""

import asyncio
from typing import Any

import grpc
import pytest

from tillgate.core.errors import CentralUnavailable
from tillgate.sync.v1 import sync_service_pb2 as sync


@pytest.mark.parametrize("expected", [2, 7])
async def test_a_central_that_wants_what_is_not_held_is_left_and_told_of_after_growing_pauses(
    expected: int, link_to: Any, until: Any, make_dice: Any
) -> None:
    """It was restored from a copy that is older than its acknowledgements."""
    batches = 0

    async def script(peer: Any) -> None:
        nonlocal batches
        await peer.welcome(high_water=2)
        while True:
            await peer.batch()
            batches += 1
            await peer.send(nak=sync.Nak(expected=expected))

    dice = make_dice()
    async with link_to(script, random=dice) as link:
        link.outbox.add(5)
        link.outbox.acknowledged = 3
        await until(lambda: len(dice.bounds) >= 4)
        assert batches <= len(dice.bounds) + 1
        await until(lambda: "EPOCH_UNKNOWN" in link.uplink.problem)
        assert f"event {expected}" in link.uplink.problem
    assert dice.bounds[:4] == [10, 20, 40, 50]


async def test_pauses_grow_until_the_central_lets_us_in_again(
    link_to: Any, until: Any, stay: Any, make_dice: Any
) -> None:
    async def refuse(peer: Any) -> None:
        await peer.context.abort(grpc.StatusCode.UNAVAILABLE, "not now")

    async def let_in(peer: Any) -> None:
        await peer.welcome()

    dice = make_dice()
    async with link_to(refuse, refuse, let_in, refuse, let_in, stay, random=dice):
        await until(lambda: len(dice.bounds) == 5)
    assert dice.bounds[:5] == [10, 20, 10, 10, 10]


async def test_a_link_that_ends_while_points_are_asked_for_is_the_central_s_absence(link_to: Any, until: Any) -> None:
    end = asyncio.Event()

    async def script(peer: Any) -> None:
        await peer.welcome()
        await end.wait()

    async with link_to(script) as link:
        link.central.silent = True
        await until(lambda: link.uplink.online)
        asking = asyncio.create_task(link.uplink.hold_points("h", "c", 1))
        await link.central.asked.wait()
        end.set()
        with pytest.raises(CentralUnavailable, match="link ended"):
            await asking


async def test_whoever_asks_for_points_may_be_cancelled(link_to: Any, until: Any, stay: Any) -> None:
    async with link_to(stay) as link:
        link.central.silent = True
        await until(lambda: link.uplink.online)
        asking = asyncio.create_task(link.uplink.hold_points("h", "c", 1))
        await link.central.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.uplink.hold_points("h", "c", 1)


async def test_a_channel_that_was_closed_is_the_central_s_absence(link_to: Any, until: Any, stay: Any) -> None:
    """The end of a link may overtake a question that has found it alive."""
    async with link_to(stay) as link:
        await until(lambda: link.uplink.online)
        stub = link.uplink._stub
    link.uplink._stub = stub
    with pytest.raises(CentralUnavailable, match="has ended"):
        await link.uplink.hold_points("h", "c", 1)
