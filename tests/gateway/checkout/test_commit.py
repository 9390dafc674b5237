"""A sale becomes final once: with one answer, one event, one effect, however often and however badly it is asked."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tillgate.core.errors import PurchaseCancelled, PurchaseTooOld, PurchaseUnknown, ShuttingDown, StorageFull
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest, GetPurchaseResponse
from tillgate.type.v1.basket_pb2 import Basket

PURCHASE = "01234567-89ab-4def-8123-456789abcdef"
OTHER = "11111111-89ab-4def-8123-456789abcdef"


async def test_a_commit_answers_records_and_moves_the_points(shop: Any) -> None:
    request = await shop.quoted("anna")
    request.fiscal_sign.sign = "1234567890"
    response = await shop.checkout.commit("lane-1", request)
    assert (response.purchase_id, response.answer.total_minor, response.points_balance) == (PURCHASE, 90_000, 309)
    assert [(prompt.to, prompt.text.ru) for prompt in response.prompts] == [("receipt", "Спасибо!")]
    assert not response.offline
    (event,) = shop.journal.outbox.read(0, 10, 1 << 20)
    purchase = event.purchase_committed.purchase
    assert (event.seq, event.purchase_committed.hold_id, purchase.purchase_id) == (1, "", PURCHASE)
    assert (purchase.store_id, purchase.lane_id, purchase.customer_id) == ("msk-01", "lane-1", "anna")
    assert (purchase.utc_offset_minutes, purchase.programme_id, purchase.programme_revision) == (180, "chain", 1)
    assert purchase.fiscal_sign.sign == "1234567890"
    assert purchase.basket.HasField("time")
    assert purchase.answer == response.answer
    assert purchase.committed_time == response.committed_time


async def test_the_customer_is_changed_here_at_once(shop: Any) -> None:
    await shop.checkout.commit("lane-1", await shop.quoted("anna"))
    state = shop.replica.customer("anna").state
    assert (state.points_available, state.purchases, dict(state.uses)) == (309, 1, {"off": 1, "thanks": 1})
    assert dict(state.turnover_minor) == {"all": 90_000}
    assert [(each.day, each.minor) for each in state.recent_turnover] == [("2026-11-20", 5_000), ("2026-11-21", 90_000)]
    assert state.first_purchase_time == state.last_purchase_time
    assert state.last_purchase_time.ToDatetime() == shop.clock.now().replace(tzinfo=None)


async def test_a_sale_to_nobody_is_a_sale(shop: Any) -> None:
    response = await shop.checkout.commit("lane-1", await shop.quoted())
    assert (response.points_balance, response.answer.points.earned) == (0, 0)
    assert [(prompt.to, prompt.text.en) for prompt in response.prompts] == [
        ("cashier", "Offer the guest a card: Plastic")
    ]


async def test_a_sale_without_a_quote_takes_the_price_of_now(shop: Any) -> None:
    request = await shop.quoted()
    request.quote_id = ""
    request.basket.ClearField("time")
    assert (await shop.checkout.commit("lane-1", request)).answer.total_minor == 90_000


async def test_the_same_request_gets_the_same_answer_whatever_happened_between(shop: Any) -> None:
    request = await shop.quoted("anna")
    first = await shop.checkout.commit("lane-1", request)
    await shop.publish(50, 2)
    shop.clock.move(timedelta(days=30))
    shop.central.online = False
    again = CommitRequest()
    again.CopyFrom(request)
    again.purchase_id = PURCHASE.upper()
    second = await shop.checkout.commit("lane-2", again)
    assert second.SerializeToString(deterministic=True) == first.SerializeToString(deterministic=True)
    assert (shop.events(), shop.points("anna")) == (["purchase_committed"], 309)


async def test_the_same_id_with_other_content_is_refused(shop: Any) -> None:
    request = await shop.quoted("anna")
    await shop.checkout.commit("lane-1", request)
    request.tenders[0].type = "card"
    assert (await shop.refused(request)).reason == "REQUEST_ID_REUSED"
    assert shop.events() == ["purchase_committed"]


async def test_a_hundred_at_once_make_one_purchase_and_get_one_answer(shop: Any) -> None:
    request = await shop.quoted("anna")
    answers = await asyncio.gather(*(shop.checkout.commit("lane-1", request) for _ in range(100)))
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert (shop.events(), shop.points("anna")) == (["purchase_committed"], 309)


async def test_many_different_sales_at_once_all_count(shop: Any) -> None:
    requests = [await shop.quoted("anna", purchase_id=str(UUID(int=number))) for number in range(1, 51)]
    for request in requests:
        request.quote_id = ""
    answers = await asyncio.gather(*(shop.checkout.commit("lane-1", request) for request in requests))
    assert sorted(answer.points_balance for answer in answers) == list(range(309, 300 + 50 * 9 + 1, 9))
    assert shop.points("anna") == 300 + 50 * 9
    assert len(shop.events()) == 50


async def test_a_caller_who_goes_away_does_not_stop_a_sale(shop: Any) -> None:
    request = await shop.quoted("anna")
    task = asyncio.create_task(shop.checkout.commit("lane-1", request))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await shop.checkout.commit("lane-1", request)).points_balance == 309
    assert shop.events() == ["purchase_committed"]


@pytest.mark.parametrize(
    "text", ["", "1", "{01234567-89ab-4def-8123-456789abcdef}", "0123456789ab4def8123456789abcdef"]
)
async def test_an_id_that_is_no_uuid_is_refused(shop: Any, text: str) -> None:
    request = await shop.quoted()
    request.purchase_id = text
    error = await shop.refused(request)
    assert (error.reason, error.path) == ("BAD_REQUEST", "$.purchase_id")


def other_goods(shop: Any, request: CommitRequest) -> Any:
    request.basket.lines[0].unit_price_minor = 200_000


async def other_programme(shop: Any, request: CommitRequest) -> None:
    await shop.publish(20, 2)


def other_customer(shop: Any, request: CommitRequest) -> Any:
    request.customer_id = "boris"


def other_coupon_of_the_same_price(shop: Any, request: CommitRequest) -> Any:
    request.basket.coupons.append("NEW")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (other_goods, {"basket", "price"}),
        (other_programme, {"programme", "price"}),
        (other_customer, {"basket", "customer"}),
        (other_coupon_of_the_same_price, {"basket"}),
    ],
)
async def test_what_costs_something_else_by_now_is_stale_and_says_what_changed(
    shop: Any, change: Callable[..., Any], named: set[str]
) -> None:
    request = await shop.quoted("anna")
    changing = change(shop, request)
    if changing is not None:
        await changing
    error = await shop.refused(request)
    assert error.reason == "QUOTE_STALE"
    assert set(error.metadata["differences"].split(",")) == named
    assert shop.events() == []


async def test_a_change_that_costs_nothing_does_not_stop_a_sale(shop: Any) -> None:
    first, second = await shop.quoted("anna"), await shop.quoted("anna", purchase_id=OTHER)
    await shop.checkout.commit("lane-1", first)  # Points and turnover are others now; the price is not.
    await shop.publish(10, 2)
    response = await shop.checkout.commit("lane-2", second)
    assert (response.answer.total_minor, response.points_balance) == (90_000, 318)
    assert shop.journal.outbox.read(1, 1, 1)[0].purchase_committed.purchase.programme_revision == 2


async def test_a_quote_holds_its_time_where_the_commit_names_none(shop: Any) -> None:
    request = await shop.quoted()
    request.basket.ClearField("time")
    quoted_time = shop.clock.now()
    shop.clock.move(timedelta(minutes=5))
    await shop.checkout.commit("lane-1", request)
    assert shop.seen[-1].time == quoted_time


@pytest.mark.parametrize(
    "text", ["x", "1.2.3.4.5.r", "2.a.b.c.d.r.1", "1.a.b.c.d.q.1", "1.a.b.c.d.r.zz", "1.a.b.c.d.r." + "f" * 30]
)
async def test_a_quote_id_that_nobody_gave_is_a_bad_request(shop: Any, text: str) -> None:
    request = await shop.quoted()
    request.quote_id = text
    assert (await shop.refused(request)).path == "$.quote_id"


async def test_tenders_add_up(shop: Any) -> None:
    request = await shop.quoted()
    request.tenders[0].amount_minor -= 1
    error = await shop.refused(request)
    assert (error.reason, error.path) == ("TENDERS_MISMATCH", "$.tenders")
    assert error.metadata == {"given_minor": "89999", "total_minor": "90000"}
    request.tenders.add(type="card", amount_minor=1)
    await shop.checkout.commit("lane-1", request)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda request: request.tenders.add(type="", amount_minor=1), "$.tenders[1].type"),
        (lambda request: request.tenders.add(type="cash", amount_minor=-1), "$.tenders[1].amount_minor"),
        (lambda request: request.tenders.extend([request.tenders[0]] * 20), "$.tenders"),
        (lambda request: setattr(request.fiscal_sign, "sign", "1" * 65), "$.fiscal_sign.sign"),
        (lambda request: setattr(request.basket.lines[0], "sku", ""), "$.basket.lines[0].sku"),
    ],
)
async def test_bad_fields_are_named(shop: Any, change: Callable[[CommitRequest], object], path: str) -> None:
    request = await shop.quoted()
    change(request)
    assert (await shop.refused(request)).path == path
    assert shop.events() == []


async def test_without_programme_or_customer_nothing_is_sold(
    bare_shop: Any, make_basket: Callable[..., Basket]
) -> None:
    request = CommitRequest(purchase_id=PURCHASE, basket=make_basket())
    assert (await bare_shop.refused(request)).reason == "NO_PROGRAMME"
    request.customer_id = "anna"
    assert (await bare_shop.refused(request)).reason == "CUSTOMER_UNKNOWN"


async def test_offline_a_sale_goes_on_and_earns(shop: Any) -> None:
    shop.central.online = False
    response = await shop.checkout.commit("lane-1", await shop.quoted("anna"))
    assert (response.offline, response.points_balance) == (True, 309)
    assert shop.journal.outbox.read(0, 1, 1)[0].purchase_committed.purchase.offline


async def test_a_full_disk_refuses_the_sale_whole_and_takes_it_when_there_is_room(shop: Any) -> None:
    request = await shop.quoted("anna")
    shop.disk.full = True
    with pytest.raises(StorageFull):
        await shop.checkout.commit("lane-1", request)
    assert (shop.points("anna"), shop.events()) == (300, [])
    shop.disk.full = False
    assert (await shop.checkout.commit("lane-1", request)).points_balance == 309


async def test_cancelling_takes_everything_back_once(shop: Any) -> None:
    await shop.checkout.commit("lane-1", await shop.quoted("anna"))
    when = await shop.checkout.cancel(PURCHASE, "guest changed her mind")
    shop.clock.move(timedelta(hours=30))
    assert await shop.checkout.cancel(PURCHASE) == when
    state = shop.replica.customer("anna").state
    assert (state.points_available, state.purchases, state.uses["off"]) == (300, 0, 0)
    assert dict(state.turnover_minor) == {"all": 0}
    assert [(each.day, each.minor) for each in state.recent_turnover] == [("2026-11-20", 5_000)]
    assert shop.events() == ["purchase_committed", "purchase_cancelled"]
    cancelled = shop.journal.outbox.read(1, 1, 1)[0].purchase_cancelled
    assert (cancelled.purchase_id, cancelled.reason) == (PURCHASE, "guest changed her mind")


async def test_a_late_retry_of_a_cancelled_sale_gets_its_answer_and_no_effect(shop: Any) -> None:
    request = await shop.quoted("anna")
    first = await shop.checkout.commit("lane-1", request)
    await shop.checkout.cancel(PURCHASE)
    assert await shop.checkout.commit("lane-1", request) == first
    assert shop.points("anna") == 300


async def test_cancelling_what_never_came_closes_its_id_for_good(shop: Any) -> None:
    request = await shop.quoted("anna")
    await shop.checkout.cancel(PURCHASE)
    assert (await shop.refused(request)).reason == PurchaseCancelled.reason
    assert shop.events() == []


async def test_a_cancellation_waits_for_a_commit_that_has_begun(shop: Any) -> None:
    request = await shop.quoted("anna")
    await asyncio.gather(shop.checkout.commit("lane-1", request), shop.checkout.cancel(PURCHASE))
    assert (shop.points("anna"), shop.events()) == (300, ["purchase_committed", "purchase_cancelled"])


async def test_after_a_day_it_is_too_late_to_cancel(shop: Any) -> None:
    await shop.checkout.commit("lane-1", await shop.quoted("anna"))
    shop.clock.move(timedelta(hours=24, seconds=1))
    with pytest.raises(PurchaseTooOld):
        await shop.checkout.cancel(PURCHASE)
    assert shop.events() == ["purchase_committed"]


async def test_what_became_of_a_purchase_can_be_asked(shop: Any) -> None:
    with pytest.raises(PurchaseUnknown):
        await shop.checkout.get_purchase(PURCHASE)
    response = await shop.checkout.commit("lane-1", await shop.quoted("anna"))
    found = await shop.checkout.get_purchase(PURCHASE)
    assert (found.state, found.purchase.answer, found.acknowledged) == (
        GetPurchaseResponse.STATE_COMMITTED, response.answer, False,
    )  # fmt: skip
    await shop.journal.outbox.acknowledge(1, 1)
    assert (await shop.checkout.get_purchase(PURCHASE)).acknowledged
    await shop.checkout.cancel(PURCHASE)
    found = await shop.checkout.get_purchase(PURCHASE)
    assert (found.state, found.acknowledged) == (GetPurchaseResponse.STATE_CANCELLED, False)
    await shop.checkout.cancel(OTHER)
    closed = await shop.checkout.get_purchase(OTHER)
    assert (closed.state, closed.purchase.purchase_id) == (GetPurchaseResponse.STATE_CANCELLED, OTHER)


async def test_going_down_finishes_what_has_begun_and_begins_nothing(shop: Any) -> None:
    request = await shop.quoted("anna")
    task = asyncio.create_task(shop.checkout.commit("lane-1", request))
    await asyncio.sleep(0)
    await shop.checkout.close()
    assert (await task).points_balance == 309
    with pytest.raises(ShuttingDown):
        await shop.checkout.cancel(OTHER)
