"""Who is this? Never more than a till may see."""

from datetime import timedelta
from typing import Any

import pytest

from tillgate.core.errors import BadRequest, IdentifierInvalid, TooManyTries
from tillgate.pos.v1.checkout_service_pb2 import IdentifyRequest, IdentifyResponse

UNKNOWN = IdentifyRequest(card_number="4607001234567")


@pytest.mark.parametrize(
    "request_message",
    [
        IdentifyRequest(scanned_text=" anna1\r"),
        IdentifyRequest(card_number="anna 1"),
        IdentifyRequest(phone="8 (916) 000-00-04"),
        IdentifyRequest(phone="+7 916 000 00 04"),
    ],
)
async def test_a_customer_is_found_by_card_and_by_phone(shop: Any, request_message: IdentifyRequest) -> None:
    response = await shop.checkout.identify("lane-1", request_message)
    assert response.outcome == IdentifyResponse.OUTCOME_FOUND
    view = response.customer
    assert (view.customer_id, view.greeting, view.points_available) == ("anna", "Anna", 300)
    assert (response.offline, response.known_time.ToDatetime()) == (False, shop.clock.now().replace(tzinfo=None))


async def test_a_blocked_card_says_nothing_more_and_a_blocked_customer_may_still_collect(shop: Any) -> None:
    for text, customer_id in (("anna2", ""), ("blocked1", "blocked")):
        response = await shop.checkout.identify("lane-1", IdentifyRequest(scanned_text=text))
        assert response.outcome == IdentifyResponse.OUTCOME_BLOCKED
        assert response.customer.customer_id == customer_id


async def test_sixty_scanned_misses_in_a_row_are_no_shop_floor(shop: Any) -> None:
    miss = IdentifyRequest(scanned_text="4607001234567")
    for _ in range(60):
        await shop.checkout.identify("lane-1", miss)
    with pytest.raises(TooManyTries):
        await shop.checkout.identify("lane-1", miss)


async def test_an_unknown_number_that_could_be_a_card_says_which(shop: Any) -> None:
    response = await shop.checkout.identify("lane-1", IdentifyRequest(scanned_text="2900000000018"))
    assert response.outcome == IdentifyResponse.OUTCOME_UNKNOWN
    assert [(kind.kind, kind.name.ru) for kind in response.card_kinds] == [("plastic", "Пластиковая")]
    response = await shop.checkout.identify("lane-1", UNKNOWN)
    assert (response.outcome, list(response.card_kinds)) == (IdentifyResponse.OUTCOME_UNKNOWN, [])


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "4111111111111111", ";4111111111111111=29125010000?"])
async def test_a_payment_card_is_told_apart(shop: Any, text: str) -> None:
    response = await shop.checkout.identify("lane-1", IdentifyRequest(scanned_text=text))
    assert response.outcome == IdentifyResponse.OUTCOME_BANK_CARD
    assert not response.HasField("customer")


async def test_a_card_of_ours_may_look_like_a_bank_s(shop: Any) -> None:
    response = await shop.checkout.identify("lane-1", IdentifyRequest(scanned_text="4000000000000002"))
    assert response.outcome == IdentifyResponse.OUTCOME_UNKNOWN
    assert [kind.kind for kind in response.card_kinds] == ["bank-like"]


@pytest.mark.parametrize(
    "request_message",
    [
        IdentifyRequest(phone="12"),
        IdentifyRequest(phone=""),
        IdentifyRequest(card_number="№ 5"),
        IdentifyRequest(card_number=" "),
        IdentifyRequest(scanned_text=""),
        IdentifyRequest(scanned_text="a\x00b"),
        IdentifyRequest(scanned_text="9" * 201),
    ],
)
async def test_what_is_no_identifier_is_refused_without_repeating_it(
    shop: Any, request_message: IdentifyRequest
) -> None:
    with pytest.raises(IdentifierInvalid) as refused:
        await shop.checkout.identify("lane-1", request_message)
    assert "9999" not in str(refused.value)


async def test_an_empty_request_is_bad(shop: Any) -> None:
    with pytest.raises(BadRequest):
        await shop.checkout.identify("lane-1", IdentifyRequest())


async def test_five_failures_in_a_row_bring_a_pause_for_that_lane(shop: Any) -> None:
    found = IdentifyRequest(card_number="anna1")
    for _ in range(4):
        await shop.checkout.identify("lane-1", UNKNOWN)
    with pytest.raises(IdentifierInvalid):
        await shop.checkout.identify("lane-1", IdentifyRequest(phone="1"))
    with pytest.raises(TooManyTries) as paused:
        await shop.checkout.identify("lane-1", found)
    assert paused.value.retry_after_ms == 60_000
    scanned = await shop.checkout.identify("lane-1", IdentifyRequest(scanned_text="nobody's"))
    assert scanned.outcome == IdentifyResponse.OUTCOME_UNKNOWN
    assert (await shop.checkout.identify("lane-2", found)).outcome == IdentifyResponse.OUTCOME_FOUND
    shop.clock.move(timedelta(seconds=59))
    with pytest.raises(TooManyTries):
        await shop.checkout.identify("lane-1", found)
    shop.clock.move(timedelta(seconds=1))
    assert (await shop.checkout.identify("lane-1", found)).outcome == IdentifyResponse.OUTCOME_FOUND


async def test_a_success_or_a_quiet_minute_starts_the_count_again(shop: Any) -> None:
    for between in (0, 1):
        for _ in range(4):
            await shop.checkout.identify("lane-1", UNKNOWN)
        if between == 0:
            await shop.checkout.identify("lane-1", IdentifyRequest(scanned_text="anna1"))
        else:
            shop.clock.move(timedelta(minutes=1))
    for _ in range(2):
        response = await shop.checkout.identify("lane-1", UNKNOWN)
        assert response.outcome == IdentifyResponse.OUTCOME_UNKNOWN


async def test_offline_the_answer_says_how_new_it_is(shop: Any) -> None:
    shop.central.online, shop.central.since = False, shop.clock.now()
    shop.clock.move(timedelta(hours=3))
    response = await shop.checkout.identify("lane-1", IdentifyRequest(scanned_text="anna1"))
    assert response.offline
    assert response.known_time.ToDatetime() == shop.central.since.replace(tzinfo=None)


async def test_before_anything_came_down_everybody_is_unknown(bare_shop: Any) -> None:
    response = await bare_shop.checkout.identify("lane-1", IdentifyRequest(phone="+79160000004"))
    assert response.outcome == IdentifyResponse.OUTCOME_UNKNOWN
