"""A price, as often as asked, with no effect."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.core.errors import BadRequest, BasketInvalid, CurrencyMismatch, CustomerUnknown, NoProgramme
from tillgate.pos.v1.checkout_service_pb2 import QuoteRequest
from tillgate.type.v1.basket_pb2 import Basket, Certificate, Payment


async def test_a_quote_prices_and_changes_nothing(shop: Any, make_basket: Callable[..., Basket]) -> None:
    request = QuoteRequest(basket=make_basket(100_000, 50_000), customer_id="anna")
    quotes = [await shop.quote(request) for _ in range(3)]
    assert quotes[0] == quotes[1] == quotes[2]
    answer = quotes[0].answer
    assert (answer.list_minor, answer.discount_minor, answer.total_minor) == (150_000, 15_000, 135_000)
    assert [(line.id, line.net_minor) for line in answer.lines] == [("1", 90_000), ("2", 45_000)]
    assert (answer.points.earned, answer.points.redeemable_max, list(answer.points.redeemable_ladder)) == (
        13,
        300,
        [300],
    )
    assert (quotes[0].offline, list(quotes[0].limitations)) == (False, [])
    assert (quotes[0].programme_id, quotes[0].programme_revision) == ("chain", 1)
    assert (shop.points("anna"), shop.events()) == (300, [])


async def test_the_store_s_clock_and_name_go_into_the_price(shop: Any, make_basket: Callable[..., Basket]) -> None:
    shop.clock.time = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    quote = await shop.quote(QuoteRequest(basket=make_basket()))
    assert quote.priced_time.ToDatetime(UTC) == shop.clock.time
    priced = shop.seen[-1]
    assert (priced.time.isoformat(), priced.store, priced.channel) == ("2026-11-22T01:30:00+03:00", "msk-01", "till")
    given = make_basket()
    given.time.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    await shop.quote(QuoteRequest(basket=given))
    assert shop.seen[-1].time.isoformat() == "2026-01-01T03:00:00+03:00"


async def test_everything_of_a_basket_reaches_the_calculator(shop: Any, make_basket: Callable[..., Basket]) -> None:
    given = make_basket()
    line = given.lines[0]
    line.id, line.brand, line.regulated, line.litres_milli = "L", "B", "vodka", 500
    line.categories.extend(["a/b", "c"])
    line.tags.append("t")
    line.min_unit_price_minor, line.marked, line.discountable, line.earnable = 5, True, False, True
    given.channel = "kiosk"
    given.coupons.append("SPRING")
    given.payments.append(Payment(type="card", amount_minor=7))
    given.certificates.append(Certificate(number="N", amount_minor=8))
    given.redeem.max = True
    await shop.quote(QuoteRequest(basket=given, customer_id="anna"))
    priced = shop.seen[-1]
    got = priced.lines[0]
    assert (got.id, got.brand, got.regulated, got.litres_milli) == ("L", "B", "vodka", 500)
    assert (got.categories, got.tags, got.min_unit_price_minor) == (("a/b", "c"), ("t",), 5)
    assert (got.marked, got.discountable, got.earnable, got.redeemable, got.regular_price) == (
        True, False, True, True, True,
    )  # fmt: skip
    assert (priced.channel, priced.coupons, priced.redeem_max, priced.redeem_points) == (
        "kiosk",
        ("SPRING",),
        True,
        None,
    )
    assert (priced.payments[0].type, priced.payments[0].amount_minor) == ("card", 7)
    assert (priced.certificates[0].number, priced.certificates[0].amount_minor) == ("N", 8)
    assert (priced.customer.id, priced.customer.points, priced.customer.turnover_minor) == (
        "anna",
        300,
        {"all": 0},
    )


def broken(make: Callable[..., Basket], change: Callable[[Basket], object]) -> Basket:
    basket = make(100, 200)
    change(basket)
    return basket


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda basket: basket.ClearField("lines"), "$.basket.lines"),
        (lambda basket: basket.lines.extend([basket.lines[0]] * 499), "$.basket.lines"),
        (lambda basket: setattr(basket.lines[1], "sku", ""), "$.basket.lines[1].sku"),
        (lambda basket: setattr(basket.lines[1], "id", "1"), "$.basket.lines[1].id"),
        (lambda basket: setattr(basket.lines[1], "quantity_milli", 0), "$.basket.lines[1].quantity_milli"),
        (lambda basket: setattr(basket.lines[1], "quantity_milli", -5), "$.basket.lines[1].quantity_milli"),
        (lambda basket: setattr(basket.lines[1], "unit_price_minor", -1), "$.basket.lines[1].unit_price_minor"),
        (lambda basket: setattr(basket.lines[0], "min_unit_price_minor", -1), "$.basket.lines[0].min_unit_price_minor"),
        (lambda basket: setattr(basket.lines[0], "litres_milli", -1), "$.basket.lines[0].litres_milli"),
        (lambda basket: setattr(basket.redeem, "points", -1), "$.basket.redeem.points"),
        (lambda basket: basket.payments.add(type="card", amount_minor=-1), "$.basket.payments[0].amount_minor"),
        (lambda basket: basket.certificates.add(amount_minor=-1), "$.basket.certificates[0].amount_minor"),
        (lambda basket: basket.coupons.extend(["c"] * 101), "$.basket.coupons"),
        (lambda basket: basket.time.CopyFrom(Timestamp(seconds=1 << 60)), "$.basket.time"),
        (lambda basket: basket.time.CopyFrom(Timestamp(seconds=253402300799)), "$.basket.time"),
        (lambda basket: setattr(basket, "utc_offset_minutes", 2_000), "$.basket.utc_offset_minutes"),
    ],
)
async def test_a_basket_out_of_its_limits_is_refused_by_the_path_of_the_field(
    shop: Any, make_basket: Callable[..., Basket], change: Callable[[Basket], object], path: str
) -> None:
    with pytest.raises(BasketInvalid) as refused:
        await shop.quote(QuoteRequest(basket=broken(make_basket, change)))
    assert refused.value.path == path


async def test_what_is_missing_is_said_in_order(bare_shop: Any, shop: Any, make_basket: Callable[..., Basket]) -> None:
    with pytest.raises(CustomerUnknown):
        await shop.quote(QuoteRequest(basket=make_basket(), customer_id="nobody"))
    dollars = make_basket()
    dollars.currency = "USD"
    with pytest.raises(CurrencyMismatch) as refused:
        await shop.quote(QuoteRequest(basket=dollars))
    assert refused.value.path == "$.basket.currency"
    with pytest.raises(BadRequest) as unknown:
        await shop.quote(QuoteRequest(basket=make_basket(), explain=9))  # type: ignore[arg-type]
    assert unknown.value.path == "$.explain"


async def test_without_a_programme_there_is_no_price(bare_shop: Any, make_basket: Callable[..., Basket]) -> None:
    with pytest.raises(NoProgramme):
        await bare_shop.quote(QuoteRequest(basket=make_basket()))


async def test_offline_nothing_can_be_redeemed_and_the_answer_says_so(
    shop: Any, make_basket: Callable[..., Basket]
) -> None:
    shop.central.online = False
    quote = await shop.quote(QuoteRequest(basket=make_basket(redeem=100), customer_id="anna"))
    points = quote.answer.points
    assert (quote.answer.redeemed_points, points.redeemable_max, list(points.redeemable_ladder)) == (0, 0, [])
    assert (quote.answer.total_minor, points.earned, quote.offline) == (90_000, 9, True)
    assert [bool(text.ru and text.en) for text in quote.limitations] == [True]


async def test_a_blocked_customer_s_points_are_not_offered(shop: Any, make_basket: Callable[..., Basket]) -> None:
    quote = await shop.quote(QuoteRequest(basket=make_basket(redeem=100), customer_id="blocked"))
    assert (quote.answer.redeemed_points, quote.answer.points.redeemable_max) == (0, 0)
    assert len(quote.limitations) == 1


async def test_the_id_changes_with_whatever_the_price_rests_on(shop: Any, make_basket: Callable[..., Basket]) -> None:
    async def quote_id(basket: Basket, customer_id: str = "") -> str:
        return str((await shop.quote(QuoteRequest(basket=basket, customer_id=customer_id))).quote_id)

    seen = {await quote_id(make_basket()), await quote_id(make_basket(1)), await quote_id(make_basket(), "anna")}
    await shop.publish(10, 2)
    seen.add(await quote_id(make_basket()))
    shop.clock.move(timedelta(milliseconds=1))
    seen.add(await quote_id(make_basket()))
    assert len(seen) == 5
