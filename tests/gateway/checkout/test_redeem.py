"""No customer spends a point twice, and no failure leaves points set aside."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tillgate.core.errors import (
    CentralUnavailable,
    CustomerUnknown,
    GatewayUnknown,
    HoldClosed,
    PointsInsufficient,
    StorageFull,
)


def released(shop: Any) -> list[str]:
    events = shop.journal.outbox.read(0, 1_000, 1 << 30)
    return [event.hold_released.hold_id for event in events if event.HasField("hold_released")]


async def test_points_are_held_then_spent_under_the_same_hold(shop: Any) -> None:
    response = await shop.checkout.commit("lane-1", await shop.quoted("anna", redeem=200))
    assert (response.answer.redeemed_points, response.answer.total_minor) == (200, 70_000)
    assert response.points_balance == 300 - 200 + 7
    ((hold_id, held),) = shop.central.holds.items()
    assert held == ("anna", 200)
    (event,) = shop.journal.outbox.read(0, 10, 1 << 20)
    assert event.purchase_committed.hold_id == hold_id
    assert shop.journal.holds.open_ids() == []


async def test_the_intent_is_on_disk_before_the_question(shop: Any) -> None:
    seen = []

    async def look() -> None:
        seen.extend(shop.journal.holds.open_ids())

    shop.central.before = look
    await shop.checkout.commit("lane-1", await shop.quoted("anna", redeem=200))
    assert seen == list(shop.central.holds)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CentralUnavailable(), "REDEMPTION_OFFLINE"),
        (GatewayUnknown(), "REDEMPTION_OFFLINE"),
        (HoldClosed(), "REDEMPTION_OFFLINE"),
        (TimeoutError(), "REDEMPTION_OFFLINE"),
        (PointsInsufficient(), "POINTS_INSUFFICIENT"),
        (CustomerUnknown(), "CUSTOMER_UNKNOWN"),
    ],
)
async def test_whatever_the_central_service_says_a_hold_that_is_not_used_is_released(
    shop: Any, error: Exception, reason: str
) -> None:
    request = await shop.quoted("anna", redeem=200)
    shop.central.error = error
    assert (await shop.refused(request)).reason == reason
    assert (len(released(shop)), shop.journal.holds.open_ids(), shop.points("anna")) == (1, [], 300)
    shop.central.error = None
    assert (await shop.checkout.commit("lane-1", request)).answer.redeemed_points == 200


async def test_an_error_of_ours_while_asking_releases_too(shop: Any) -> None:
    request = await shop.quoted("anna", redeem=200)
    shop.central.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await shop.checkout.commit("lane-1", request)
    assert (len(released(shop)), shop.journal.holds.open_ids()) == (1, [])


async def test_offline_nothing_is_redeemed_and_the_rest_of_the_sale_can_go_on(shop: Any) -> None:
    request = await shop.quoted("anna", redeem=200)
    shop.central.online = False
    error = await shop.refused(request)
    assert (error.reason, error.retry_after_ms) == ("REDEMPTION_OFFLINE", 5_000)
    assert (shop.events(), shop.central.holds) == ([], {})
    without = await shop.quoted("anna", redeem=200)
    response = await shop.checkout.commit("lane-1", without)
    assert (response.answer.redeemed_points, response.answer.total_minor, response.offline) == (0, 90_000, True)


async def test_a_commit_without_a_quote_that_wants_points_offline_is_refused_too(shop: Any) -> None:
    request = await shop.quoted("anna", redeem=200)
    request.quote_id = ""
    shop.central.online = False
    assert (await shop.refused(request)).reason == "REDEMPTION_OFFLINE"


async def test_a_blocked_customer_earns_and_does_not_spend(shop: Any) -> None:
    response = await shop.checkout.commit("lane-1", await shop.quoted("blocked"))
    assert response.points_balance == 509
    request = await shop.quoted("blocked", redeem=200, purchase_id=str(UUID(int=5)))
    request.quote_id = ""
    request.tenders[0].amount_minor = 70_000
    assert (await shop.refused(request)).reason == "CUSTOMER_BLOCKED"
    assert shop.central.holds == {}


async def test_a_disk_that_fills_between_hold_and_purchase_releases_when_there_is_room(shop: Any) -> None:
    request = await shop.quoted("anna", redeem=200)

    async def fill() -> None:
        shop.disk.full = True

    shop.central.before = fill
    with pytest.raises(StorageFull):
        await shop.checkout.commit("lane-1", request)
    assert (len(shop.central.holds), len(shop.journal.holds.open_ids()), shop.events()) == (1, 1, [])
    shop.disk.full, shop.central.before = False, None
    first = set(shop.central.holds)
    response = await shop.checkout.commit("lane-1", request)
    assert response.answer.redeemed_points == 200
    assert set(released(shop)) == first
    assert shop.journal.holds.open_ids() == []


async def test_a_caller_who_goes_away_while_points_are_held_leaves_a_whole_sale(shop: Any) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        asked.set()
        await answer.wait()

    shop.central.before = wait
    request = await shop.quoted("anna", redeem=200)
    task = asyncio.create_task(shop.checkout.commit("lane-1", request))
    await asked.wait()
    task.cancel()
    retry = asyncio.create_task(shop.checkout.commit("lane-1", request))
    answer.set()
    assert (await retry).answer.redeemed_points == 200
    assert (shop.events(), len(shop.central.holds)) == (["purchase_committed"], 1)


async def test_cancelling_gives_points_spent_back_here(shop: Any) -> None:
    request = await shop.quoted("anna", redeem=200)
    await shop.checkout.commit("lane-1", request)
    await shop.checkout.cancel(request.purchase_id)
    assert shop.points("anna") == 300


async def test_two_lanes_cannot_spend_the_same_points(shop: Any) -> None:
    """Both saw 300; the central service holds them once."""
    left = 300

    class Account:
        async def __call__(self) -> None:
            nonlocal left
            if left < 250:
                raise PointsInsufficient
            left -= 250

    shop.central.before = Account()
    requests = [await shop.quoted("anna", redeem=250, purchase_id=str(UUID(int=number))) for number in (1, 2)]
    results = await asyncio.gather(
        *(shop.checkout.commit("lane-1", request) for request in requests), return_exceptions=True
    )
    assert sum(isinstance(result, PointsInsufficient) for result in results) == 1
    assert shop.points("anna") == 300 - 250 + 6
    assert sorted(shop.events()) == ["hold_released", "purchase_committed"]
