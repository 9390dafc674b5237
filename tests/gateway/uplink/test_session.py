"""The link's own manners, against a central that a test scripts: real gRPC, every message seen."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest

from tillgate.core.errors import CentralUnavailable
from tillgate.gateway.settings import Settings, UplinkSettings
from tillgate.sync.v1 import sync_service_pb2 as sync


async def test_hello_says_who_comes(link_to: Any, until: Any, stay: Any) -> None:
    async with link_to(stay) as link:
        await until(lambda: link.uplink.online)
        assert link.metrics.registry.get_sample_value("tillgate_uplink_online") == 1
        assert len(link.replica.welcomes) == 1
    await until(lambda: bool(link.central.hellos))
    hello = link.central.hellos[0]
    assert (hello.gateway_id, hello.epoch, hello.bundle_sha256, hello.customers_cursor) == ("gateway-1", 1, "ab", 7)
    assert hello.journal_id == "0123456789abcdef"
    assert hello.boot_id
    assert hello.version
    assert hello.HasField("clock")
    assert not link.uplink.online
    assert link.metrics.registry.get_sample_value("tillgate_uplink_online") == 0


async def test_batches_keep_their_limits_and_go_on_after_what_is_durable(link_to: Any, until: Any) -> None:
    seen: list[list[int]] = []

    async def script(peer: Any) -> None:
        await peer.welcome(high_water=3)
        while True:
            seen.append(await peer.batch())
            await peer.send(ack=sync.Ack(epoch=1, high_water=seen[-1][-1]))

    async with link_to(script) as link:
        link.outbox.add(1_203)
        await until(lambda: link.outbox.acknowledged == 1_203)
        assert [(batch[0], len(batch)) for batch in seen] == [(4, 500), (504, 500), (1_004, 200)]
        seen.clear()
        link.outbox.add(12, size=60_000)
        await until(lambda: link.outbox.acknowledged == 1_215)
        assert [len(batch) for batch in seen] == [4, 4, 4]
        seen.clear()
        link.outbox.add(1)
        link.outbox.add(1, size=3_000_000)
        link.outbox.add(1)
        await until(lambda: link.outbox.acknowledged == 1_218)
        assert seen == [[1_216], [1_217], [1_218]]


async def test_no_more_is_on_the_way_than_the_credit(link_to: Any) -> None:
    go_on = asyncio.Event()
    seen: list[int] = []

    async def script(peer: Any) -> None:
        await peer.welcome(credit=10)
        seen.extend(await peer.batch())
        # Nothing comes while nothing is acknowledged.
        further = asyncio.ensure_future(peer.batch())
        done, _ = await asyncio.wait([further], timeout=0.5)
        assert not done
        await peer.send(ack=sync.Ack(epoch=1, high_water=4))
        seen.extend(await further)
        go_on.set()
        await asyncio.Event().wait()

    async with link_to(script) as link:
        link.outbox.add(100)
        async with asyncio.timeout(10):
            await go_on.wait()
        assert seen == list(range(1, 15))


async def test_a_nak_is_answered_from_what_was_expected(link_to: Any, until: Any) -> None:
    seen: list[list[int]] = []

    async def script(peer: Any) -> None:
        await peer.welcome()
        seen.append(await peer.batch())
        await peer.send(nak=sync.Nak(expected=3))
        seen.append(await peer.batch())
        await peer.send(ack=sync.Ack(epoch=1, high_water=5))
        await asyncio.Event().wait()

    async with link_to(script) as link:
        link.outbox.add(5)
        await until(lambda: link.outbox.acknowledged == 5)
        assert seen == [[1, 2, 3, 4, 5], [3, 4, 5]]


async def test_events_that_come_one_by_one_share_a_batch(link_to: Any, until: Any) -> None:
    seen: list[list[int]] = []

    async def script(peer: Any) -> None:
        await peer.welcome()
        while True:
            seen.append(await peer.batch())
            await peer.send(ack=sync.Ack(epoch=1, high_water=seen[-1][-1]))

    async with link_to(script) as link:
        await until(lambda: link.uplink.online)
        await asyncio.sleep(0)
        for _ in range(20):
            link.outbox.add(1)
            await asyncio.sleep(0)
        await until(lambda: link.outbox.acknowledged == 20)
        assert len(seen) <= 2


async def test_what_was_not_acknowledged_is_sent_again(link_to: Any, until: Any) -> None:
    seen: list[list[int]] = []

    async def swallow(peer: Any) -> None:
        await peer.welcome()
        seen.append(await peer.batch())
        await peer.send(ending=sync.Ending(reason="SHUTTING_DOWN"))

    async def take(peer: Any) -> None:
        await peer.welcome(high_water=2)
        seen.append(await peer.batch())
        quarantined = sync.Quarantined(seq=4, reason="BAD_REQUEST")
        await peer.send(ack=sync.Ack(epoch=1, high_water=5, quarantined=[quarantined]))
        await asyncio.Event().wait()

    async with link_to(swallow, take) as link:
        link.outbox.add(5)
        await until(lambda: link.outbox.acknowledged == 5)
        assert seen == [[1, 2, 3, 4, 5], [3, 4, 5]]
        assert link.outbox.quarantined == [(4, "BAD_REQUEST")]


async def test_a_new_epoch_is_adopted_before_anything_is_sent(link_to: Any, until: Any) -> None:
    seen: list[list[int]] = []

    async def script(peer: Any) -> None:
        await peer.welcome(epoch=4)
        seen.append(await peer.batch())
        await peer.send(ack=sync.Ack(epoch=4, high_water=3))
        await asyncio.Event().wait()

    async with link_to(script) as link:
        link.outbox.add(3)
        await until(lambda: link.outbox.acknowledged == 3)
        assert link.outbox.epoch == 4
        assert seen == [[1, 2, 3]]


async def test_customers_that_do_not_agree_are_asked_for_again(link_to: Any, until: Any, stay: Any) -> None:
    async def script(peer: Any) -> None:
        await peer.welcome()
        await peer.send(customers=sync.CustomerBatch(checkpoint=sync.Checkpoint(cursor=9)))
        await asyncio.Event().wait()

    async with link_to(script, stay) as link:
        link.replica.agrees = False
        await until(lambda: len(link.replica.welcomes) == 2)
    await until(lambda: len(link.central.hellos) == 2)
    assert [hello.customers_cursor for hello in link.central.hellos] == [7, 0]


async def test_programmes_are_handed_over_in_order(link_to: Any, until: Any) -> None:
    async def script(peer: Any) -> None:
        await peer.welcome()
        for name in ("one", "two"):
            await peer.send(bundle=sync.Bundle(sha256=name))
        await asyncio.Event().wait()

    async with link_to(script) as link:
        await until(lambda: link.replica.bundles == ["one", "two"])


async def test_totals_of_uses_are_handed_over_and_what_is_unknown_is_passed_by(link_to: Any, until: Any) -> None:
    async def script(peer: Any) -> None:
        await peer.welcome()
        await peer.send()
        for receipts in ({"r": 1}, {"r": 2, "s": 1}):
            await peer.send(use_totals=sync.UseTotals(receipts=receipts))
        await asyncio.Event().wait()

    async with link_to(script) as link:
        await until(lambda: link.replica.totals == [{"r": 1}, {"r": 2, "s": 1}])
        assert link.uplink.online


@pytest.mark.parametrize("kind", ["first word", "central is ahead", "closed", "aborted"])
async def test_a_central_that_misbehaves_is_left_and_tried_again(
    kind: str, link_to: Any, until: Any, stay: Any
) -> None:
    async def misbehave(peer: Any) -> None:
        match kind:
            case "first word":
                await peer.send(ack=sync.Ack())
            case "central is ahead":
                await peer.welcome(high_water=99)
                await asyncio.Event().wait()
            case "closed":
                await peer.welcome()
            case "aborted":
                await peer.context.abort(grpc.StatusCode.INTERNAL, "oh")

    async with link_to(misbehave, misbehave, stay) as link:
        await until(lambda: len(link.central.hellos) == 2 and link.uplink.online)
        with pytest.raises(CentralUnavailable, match="not implemented"):
            await link.uplink.hold_points("h", "c", 1)


async def test_without_an_address_the_gateway_works_alone(tmp_path: Path, make_uplink: Any) -> None:
    settings = Settings(gateway_id="gateway-1", base=str(tmp_path))
    uplink = make_uplink(settings)
    stop = asyncio.Event()
    running = asyncio.create_task(uplink.run(stop))
    await asyncio.sleep(0)
    assert not uplink.online
    stop.set()
    await running


async def test_a_missing_token_is_said_and_waited_for(
    tmp_path: Path, link_to: Any, until: Any, stay: Any, make_uplink: Any
) -> None:
    async with link_to(stay) as link:
        await until(lambda: link.uplink.online)
    await asyncio.to_thread((tmp_path / "central.token").unlink)
    uplink = make_uplink(
        Settings(gateway_id="g", uplink=UplinkSettings(address="127.0.0.1:1", retry_first_ms=10), base=str(tmp_path))
    )
    stop = asyncio.Event()
    running = asyncio.create_task(uplink.run(stop))
    await until(lambda: "central.token" in uplink.problem)
    stop.set()
    await running
