"""The same sale with the calculator itself, from the document that the central service sends."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tillgate.core.errors import CurrencyMismatch
from tillgate.gateway.api.checkout import CheckoutServicer
from tillgate.gateway.api.context import LaneIdentity, current_lane
from tillgate.gateway.checkout import Checkout
from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.type.v1.basket_pb2 import Basket

PURCHASE = "01234567-89ab-4def-8123-456789abcdef"
HAPPY_HOUR = {"id": "evening", "active": {"hours": [["19:00", "21:00"]]}, "give": {"percent": "50"}}
PROGRAMME = {
    "format": 1,
    "id": "chain",
    "revision": 7,
    "name": {"ru": "Сеть", "en": "Chain"},
    "currency": "RUB",
    "points": {"digits": 0, "worth": "1.00"},
    "discounts": {"id": "all", "mode": "max", "children": [{"id": "ten", "give": {"percent": "10"}}, HAPPY_HOUR]},
    "redemption": {"max_share": "30"},
    "accrual": {"id": "earn", "mode": "sum", "children": [{"id": "five", "give": {"points_percent": "5"}}]},
    "rewards": [{"id": "offer", "when": [{"identified": False}], "give": {"offer_card": {"kind": "plastic"}}}],
}


@pytest.fixture
async def real(shop: Any) -> Checkout:
    """The shop with the calculator in place of the plain programme."""
    await shop.calculate()
    await shop.apply(PROGRAMME)
    return shop.checkout  # type: ignore[no-any-return]


async def test_a_sale_by_the_calculator(shop: Any, real: Checkout) -> None:
    response = await real.commit("lane-1", await shop.quoted("anna", redeem=200))
    answer = response.answer
    assert (answer.list_minor, answer.discount_minor, answer.redeemed_minor, answer.total_minor) == (
        100_000, 10_000, 20_000, 70_000,
    )  # fmt: skip
    assert [(discount.rule_id, discount.amount_minor) for discount in answer.lines[0].discounts] == [("ten", 10_000)]
    assert (answer.points.earned, response.points_balance) == (35, 300 - 200 + 35)
    piece = answer.lines[0].pieces[0]
    assert piece.quantity_milli * piece.unit_price_minor == piece.total_minor * 1000 == 70_000_000


async def test_nobody_is_promised_points(shop: Any, real: Checkout) -> None:
    """The calculator reckons what the basket would earn; without an account nothing of it is said or recorded."""
    request = await shop.quoted()
    quote = await shop.quote(api.QuoteRequest(basket=request.basket))
    response = await real.commit("lane-1", request)
    (event,) = shop.journal.outbox.read(0, 10, 1 << 20)
    recorded = event.purchase_committed.purchase.answer
    for answer in (quote.answer, response.answer, recorded):
        assert (answer.points.earned, list(answer.points.by_rule)) == (0, [])
        assert [line.points_earned for line in answer.lines] == [0]
        assert [applied.rule_id for applied in answer.applied] == ["ten"]
    assert "Начислено" not in str(response.slip)
    identified = await shop.quote(api.QuoteRequest(basket=request.basket, customer_id="boris"))
    assert (identified.answer.points.earned, identified.answer.lines[0].points_earned) == (45, 45)


async def test_a_quote_explains_as_much_as_is_asked(
    shop: Any, real: Checkout, make_basket: Callable[..., Basket]
) -> None:
    quotes = {
        explain: (await shop.quote(api.QuoteRequest(basket=make_basket(), explain=explain))).answer
        for explain in (api.EXPLAIN_UNSPECIFIED, api.EXPLAIN_NONE, api.EXPLAIN_APPLIED, api.EXPLAIN_FULL)
    }
    assert quotes[api.EXPLAIN_UNSPECIFIED] == quotes[api.EXPLAIN_FULL]
    assert [len(quotes[explain].not_applied) > 0 for explain in quotes] == [True, False, False, True]
    assert [len(quotes[explain].applied) > 0 for explain in quotes] == [True, False, True, True]
    missed = {each.rule_id: each for each in quotes[api.EXPLAIN_FULL].not_applied}
    assert missed["evening"].reason == "OUT_OF_SCHEDULE"
    assert missed["evening"].detail.ru
    assert missed["evening"].detail.en


async def test_rules_by_the_hour_go_by_the_store_s_clock(
    shop: Any, real: Checkout, make_basket: Callable[..., Basket]
) -> None:
    """19:30 in Moscow is 16:30 UTC."""
    shop.clock.time = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    answer = (await shop.quote(api.QuoteRequest(basket=make_basket()))).answer
    assert answer.discount_minor == 50_000


async def test_a_quote_from_before_the_hour_is_stale_after_it_only_if_the_till_gives_the_new_time(
    shop: Any, real: Checkout
) -> None:
    shop.clock.time = datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
    request = await shop.quoted()
    shop.clock.time = datetime(2026, 11, 21, 16, 0, 1, tzinfo=UTC)
    request.basket.time.FromDatetime(shop.clock.time)
    error = await shop.refused(request)
    assert (error.reason, error.metadata["differences"]) == ("QUOTE_STALE", "time,price")
    assert error.metadata["total_minor"] == "50000"
    request.basket.ClearField("time")
    assert (await real.commit("lane-1", request)).answer.total_minor == 90_000


async def test_the_calls_of_a_pos(shop: Any, real: Checkout, make_basket: Callable[..., Basket]) -> None:
    """The servicer passes on the lane, and everything comes back as the contract says."""
    servicer: Any = CheckoutServicer(real)
    current_lane.set(LaneIdentity("lane-7", "cashier"))

    async def call(method: Callable[..., Awaitable[Any]], request: Any) -> Any:
        return await method(request, None)

    found = await call(servicer.Identify, api.IdentifyRequest(scanned_text="anna1"))
    wanted = api.QuoteRequest(basket=make_basket(), customer_id=found.customer.customer_id)
    quote = api.QuoteResponse.FromString(servicer.Quote(wanted.SerializeToString(), None))
    commit = api.CommitRequest(
        purchase_id=PURCHASE, quote_id=quote.quote_id, basket=make_basket(), customer_id=found.customer.customer_id
    )
    commit.tenders.add(type="card", amount_minor=quote.answer.total_minor)
    committed = await call(servicer.Commit, commit)
    known = await call(servicer.GetPurchase, api.GetPurchaseRequest(purchase_id=PURCHASE))
    assert (known.purchase.lane_id, known.purchase.answer) == ("lane-7", committed.answer)
    cancelled = await call(servicer.Cancel, api.CancelRequest(purchase_id=PURCHASE, reason="test"))
    assert (cancelled.purchase_id, cancelled.cancelled_time.ToDatetime(UTC)) == (PURCHASE, shop.clock.now())
    dollars = api.QuoteRequest(basket=Basket(currency="USD", lines=make_basket().lines))
    with pytest.raises(CurrencyMismatch):
        servicer.Quote(dollars.SerializeToString(), None)


async def test_money_is_taken_for_what_certificates_leave(shop: Any, real: Checkout) -> None:
    request = await shop.quoted()
    request.quote_id = ""
    request.basket.certificates.add(number="N", amount_minor=10_000)
    assert (await shop.refused(request)).reason == "TENDERS_MISMATCH"
    request.tenders[0].amount_minor = 90_000 - 10_000
    answer = (await real.commit("lane-1", request)).answer
    assert (answer.total_minor, answer.tender_minor) == (90_000, 10_000)
