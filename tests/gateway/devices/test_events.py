"""Nothing lost, nothing twice, a gap is an event - and nothing is held without a bound."""

import asyncio
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillgate.core.errors import BadRequest, ClaimLost, DeviceUnknown
from tillgate.gateway.devices import Limits, Subscription
from tillgate.gateway.devices._claims import Claim, Claims
from tillgate.gateway.devices._events import EventLog
from tillgate.gateway.devices._subscription import open_feed
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2

SMALL = Limits(events_held_max=5)


class Desk:
    """Logs, claims and subscriptions of two scanners without any process."""

    def __init__(self, clock: Any, limits: Limits = SMALL) -> None:
        self.clock = clock
        self.limits = limits
        self.claims = Claims(clock, Random(5), limits)
        self.logs = {name: EventLog(name, "epoch", limits) for name in ("one", "two")}
        self.arrivals = 0

    def scan(self, text: str, device_id: str = "one") -> None:
        self.arrivals += 1
        event = api.DeviceEvent(data=device_pb2.DecodedData(text=text))
        lane_id = self.claims.addressee(device_id)
        self.logs[device_id].append(event, lane_id, self.arrivals, self.clock.ms)

    def listen(self, claim: Claim, cursor: api.EventCursor | None = None, *more: Claim) -> Subscription:
        feeds = [open_feed(self.logs[one.device_id], one, cursor, "$") for one in (claim, *more)]
        return Subscription(feeds, self.claims, self.clock, self.limits)


def place(sequence: int, epoch: str = "epoch") -> api.EventCursor:
    return api.EventCursor(boot_epoch=epoch, sequence=sequence)


async def take(subscription: Subscription, count: int) -> list[api.SubscribeResponse]:
    async with asyncio.timeout(5):
        return [await anext(subscription) for _ in range(count)]


def texts(responses: list[api.SubscribeResponse]) -> list[str]:
    return [response.event.data.text for response in responses]


async def test_first_the_subscription_stands_then_events_come_in_order_of_arrival(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    desk.scan("before anybody listened")
    one, two = desk.claims.claim("one", "lane"), desk.claims.claim("two", "lane")
    subscription = desk.listen(one, None, two)
    for text, device_id in (("a", "one"), ("b", "two"), ("c", "two"), ("d", "one")):
        desk.scan(text, device_id)
    ready, *events = await take(subscription, 5)
    assert {stand.device_id: stand.cursor.sequence for stand in ready.ready.places} == {"one": 1, "two": 0}
    assert texts(events) == ["a", "b", "c", "d"]
    assert [event.event.cursor.sequence for event in events] == [2, 1, 2, 3]


async def test_a_waiting_subscriber_is_woken_by_the_event(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    subscription = desk.listen(desk.claims.claim("one", "lane"))
    await take(subscription, 1)
    waiting = asyncio.ensure_future(take(subscription, 1))
    await asyncio.sleep(0)
    desk.scan("late")
    assert texts(await waiting) == ["late"]


async def test_after_a_reconnect_it_goes_on_from_the_cursor(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    claim = desk.claims.claim("one", "lane")
    first = desk.listen(claim)
    for text in "abc":
        desk.scan(text)
    _, *events = await take(first, 3)
    first.close()
    again = desk.listen(claim, events[0].event.cursor)
    assert texts((await take(again, 3))[1:]) == ["b", "c"]


async def test_what_fell_out_of_the_ring_is_told_as_a_gap(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    claim = desk.claims.claim("one", "lane")
    subscription = desk.listen(claim)
    for number in range(1, 9):
        desk.scan(str(number))
    _, gap, *events = await take(subscription, 7)
    assert (gap.gap.after.sequence, gap.gap.before.sequence) == (0, 4)
    assert texts(events) == ["4", "5", "6", "7", "8"]
    assert len(desk.logs["one"]) == 5


async def test_a_cursor_of_an_earlier_daemon_gets_a_gap_and_all_that_is_held(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    desk.scan("while the till was away")
    claim = desk.claims.claim("one", "lane")
    _, gap, event = await take(desk.listen(claim, place(900, "earlier")), 3)
    assert (gap.gap.after, gap.gap.before) == (place(900, "earlier"), place(1))
    assert event.event.data.text == "while the till was away"


async def test_events_of_another_lane_are_not_for_this_one(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    start = place(0)
    theirs = desk.claims.claim("one", "lane-1")
    desk.scan("theirs")
    desk.claims.release("one", "lane-1", theirs.token)
    ours = desk.claims.claim("one", "lane-2")
    desk.scan("ours")
    assert texts((await take(desk.listen(ours, start), 2))[1:]) == ["ours"]


async def test_old_events_are_stale_and_older_ones_are_forgotten(manual_clock: Any) -> None:
    desk = Desk(manual_clock, Limits())
    claim = desk.claims.claim("one", "lane")
    desk.claims.opened(claim)
    subscription = desk.listen(claim)
    desk.scan("old")
    manual_clock.ms += Limits().event_fresh_ms + 1
    desk.scan("new")
    _, old, new = await take(subscription, 3)
    assert (old.event.stale, new.event.stale) == (True, False)
    manual_clock.ms += Limits().events_kept_ms
    desk.logs["one"].expire(manual_clock.ms)
    assert len(desk.logs["one"]) == 0
    _, gap = await take(desk.listen(claim, place(0)), 2)
    assert (gap.gap.after.sequence, gap.gap.before.sequence) == (0, 3)


async def test_what_was_acknowledged_is_no_longer_held(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    claim = desk.claims.claim("one", "lane")
    subscription = desk.listen(claim)
    for text in "abc":
        desk.scan(text)
    await take(subscription, 4)
    subscription.acknowledge("one", place(2))
    subscription.acknowledge("one", place(1))  # Late; nothing comes back.
    subscription.acknowledge("one", place(3, "earlier"))  # Of another life; means nothing here.
    assert len(desk.logs["one"]) == 1
    subscription.close()
    assert texts((await take(desk.listen(claim, place(2)), 2))[1:]) == ["c"]
    _, gap, event = await take(desk.listen(claim, place(0)), 3)
    assert (gap.gap.after.sequence, gap.gap.before.sequence) == (0, 3)
    assert event.event.data.text == "c"


async def test_an_acknowledgement_keeps_what_is_for_another_lane(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    first = desk.claims.claim("one", "lane-1")
    desk.scan("for lane 1")
    manual_clock.ms += 10_000
    second = desk.claims.claim("one", "lane-2")
    subscription = desk.listen(second)
    desk.scan("for lane 2")
    await take(subscription, 2)
    subscription.acknowledge("one", place(2))
    subscription.close()
    manual_clock.ms += 10_000
    assert not desk.claims.holds(first)
    back = desk.claims.claim("one", "lane-1")
    assert texts((await take(desk.listen(back, place(0)), 2))[1:]) == ["for lane 1"]


async def test_wrong_cursors_and_acknowledgements_are_refused(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    claim = desk.claims.claim("one", "lane")
    with pytest.raises(BadRequest):
        desk.listen(claim, place(1))
    subscription = desk.listen(claim)
    desk.scan("not given yet")
    with pytest.raises(BadRequest):
        subscription.acknowledge("one", place(1))
    with pytest.raises(DeviceUnknown):
        subscription.acknowledge("two", place(0))


async def test_a_stream_ends_when_its_claim_does(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    claim = desk.claims.claim("one", "lane")
    subscription = desk.listen(claim)
    await take(subscription, 1)
    waiting = asyncio.ensure_future(take(subscription, 1))
    await asyncio.sleep(0)
    desk.claims.release("one", "lane", claim.token)
    desk.logs["one"].wake()
    with pytest.raises(ClaimLost):
        await waiting


async def test_at_shutdown_what_is_held_comes_first_then_the_last_message(manual_clock: Any) -> None:
    desk = Desk(manual_clock)
    subscription = desk.listen(desk.claims.claim("one", "lane"))
    desk.scan("last")
    subscription.end("SHUTTING_DOWN")
    _, event, ending = await take(subscription, 3)
    assert event.event.data.text == "last"
    assert ending.ending.reason == "SHUTTING_DOWN"
    with pytest.raises(StopAsyncIteration):
        await anext(subscription)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["scan", "scan", "scan", "take", "ack", "reconnect", "age"]), max_size=60),
    st.integers(1, 8),
)
def test_any_way_of_listening_gives_every_event_once_or_names_it_in_a_gap(steps: list[str], held_max: int) -> None:
    asyncio.run(_check_listening(steps, held_max))


async def _check_listening(steps: list[str], held_max: int) -> None:
    class Clock:
        ms = 0

        def monotonic_ms(self) -> int:
            return self.ms

        def now(self) -> Any:
            return datetime(2026, 3, 1, tzinfo=UTC)

    clock = Clock()
    desk = Desk(clock, Limits(events_held_max=held_max, events_kept_ms=1_000))
    claim = desk.claims.claim("one", "lane")
    subscription = desk.listen(claim)
    await take(subscription, 1)
    keeper = desk.listen(desk.claims.claim("two", "lane"))  # The other device keeps quiet.
    seen: list[int] = []
    missing: set[int] = set()
    cursor, scanned = place(0), 0

    async def read_one() -> None:
        nonlocal cursor
        reading = asyncio.ensure_future(anext(subscription))
        for _ in range(3):
            await asyncio.sleep(0)
        if not reading.done():
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            return
        response = reading.result()
        if response.HasField("gap"):
            missing.update(range(response.gap.after.sequence + 1, response.gap.before.sequence))
            cursor = place(response.gap.before.sequence - 1)
        elif response.HasField("event"):
            assert response.event.data.text == str(response.event.cursor.sequence)
            seen.append(response.event.cursor.sequence)
            cursor = response.event.cursor

    for step in (*steps, *["take"] * (len(steps) + 5)):
        if step == "scan":
            scanned += 1
            desk.scan(str(scanned))
        elif step == "take":
            await read_one()
        elif step == "ack":
            subscription.acknowledge("one", cursor)
        elif step == "age":
            clock.ms += 600
            desk.logs["one"].expire(clock.ms)
        else:
            subscription.close()
            subscription = desk.listen(desk.claims.check("one", "lane", claim.token), cursor)
        assert len(desk.logs["one"]) <= held_max
    keeper.close()
    assert seen == sorted(set(seen)), "an event came twice or out of order"
    assert set(seen) | missing == set(range(1, scanned + 1)), "an event is neither given nor named as lost"
    assert not set(seen) & missing
