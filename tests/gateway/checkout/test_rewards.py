"""What a sale gives besides prices, from the programme's document to the till's messages and the slip."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tillgate.pos.v1 import checkout_service_pb2 as api
from tillgate.sync.v1.sync_service_pb2 import UseTotals

PURCHASE = "01234567-89ab-4def-8123-456789abcdef"
TIP = {"to": "receipt", "text": {"ru": "Приходите за чаем!", "en": "Come for tea!"}}
PROGRAMME: dict[str, Any] = {
    "format": 1,
    "id": "chain",
    "revision": 7,
    "currency": "RUB",
    "points": {"worth": "1.00"},
    "discounts": {
        "id": "all",
        "mode": "sum",
        "children": [
            {"id": "tea", "give": {"gift": {"sku": "TEA", "quantity": "2"}}, "message": TIP},
            {"id": "once", "give": {"percent": "10"}, "uses": {"per_customer": {"count": 1}}},
            {"id": "first-hundred", "give": {"percent": "1"}, "uses": {"total": 100}},
        ],
    },
    "redemption": {"confirm": {"above_points": "100", "by": "code"}},
    "accrual": {
        "id": "earn",
        "mode": "sum",
        "children": [
            {"id": "now", "give": {"points": "3"}},
            {
                "id": "later",
                "give": {"points": "20", "active_after_days": 14, "expires_after_days": 30},
                "message": TIP,
            },
        ],
    },
    "rewards": [{"id": "again", "give": {"coupon": {"template": "SPRING", "valid_days": 14}}}],
}


@pytest.fixture
async def real(shop: Any) -> Any:
    """The shop with the calculator in place of the plain programme."""
    await shop.calculate()
    await shop.apply(PROGRAMME)
    return shop


async def test_gifts_coupons_and_messages_reach_the_cashier_and_the_slip(real: Any) -> None:
    response = await real.checkout.commit("lane-1", await real.quoted("boris"))
    gift, tip, later, coupon = response.answer.rewards
    assert (gift.rule_id, gift.gift.sku, gift.gift.quantity_milli) == ("tea", "TEA", 2000)
    assert [(each.rule_id, each.prompt.to) for each in (tip, later)] == [("tea", "receipt"), ("later", "receipt")]
    assert (coupon.coupon.template, coupon.coupon.valid_days, coupon.coupon.valid_until) == ("SPRING", 14, "2026-12-05")
    assert [(prompt.to, prompt.text.ru) for prompt in response.prompts] == [
        ("cashier", "Отдайте подарок: TEA, 2"),
        ("receipt", "Приходите за чаем!"),
        ("receipt", "Приходите за чаем!"),
        ("cashier", "Выдайте купон: SPRING, действует по 05.12.2026"),
    ]
    assert response.prompts[0].text.en == "Hand over the gift: TEA, 2"
    assert response.prompts[3].text.en == "Give the guest a coupon: SPRING, valid until 2026-12-05"
    assert "Приходите за чаем!" in [element.text.text for element in response.slip.elements]


async def test_points_that_come_later_are_no_balance_yet(real: Any) -> None:
    response = await real.checkout.commit("lane-1", await real.quoted("anna"))
    assert response.answer.points.earned == 23
    lots = [(lot.points, lot.active_from, lot.expires) for lot in response.answer.points.lots]
    assert lots == [(3, "", ""), (20, "2026-12-05", "2027-01-04")]
    assert (response.points_balance, real.points("anna")) == (303, 303)
    await real.checkout.cancel(PURCHASE)
    assert real.points("anna") == 300


async def test_points_that_come_later_are_balance_from_their_first_day_to_the_end_of_their_last(real: Any) -> None:
    await real.checkout.commit("lane-1", await real.quoted("anna"))
    zone = real.replica.store().time_zone
    balances = {}
    for day in (datetime(2026, 12, 5, tzinfo=zone), datetime(2027, 1, 5, tzinfo=zone)):
        for moment in (day - timedelta(seconds=1), day):
            real.clock.move(moment - real.clock.now())
            balances[f"{moment:%d.%m. %H:%M:%S}"] = real.points("anna")
            quote = await real.quote(api.QuoteRequest(basket=(await real.quoted()).basket, customer_id="anna"))
            assert quote.answer.points.redeemable_max == real.points("anna")
    assert balances == {"04.12. 23:59:59": 303, "05.12. 00:00:00": 323, "04.01. 23:59:59": 323, "05.01. 00:00:00": 303}


async def test_an_unknown_guest_hears_nothing_of_points(real: Any) -> None:
    response = await real.checkout.commit("lane-1", await real.quoted())
    assert [each.rule_id for each in response.answer.rewards] == ["tea", "tea", "again"]
    assert (response.answer.points.earned, list(response.answer.points.lots)) == (0, [])


async def test_a_rule_is_used_up_by_the_receipts_it_gave_something_in(real: Any) -> None:
    await real.checkout.commit("lane-1", await real.quoted("anna"))
    uses = dict(real.replica.customer("anna").state.uses)
    assert uses == dict.fromkeys(("tea", "once", "first-hundred", "now", "later", "again"), 1)
    request = (await real.quoted("anna")).basket
    request.uses.add(rule_id="first-hundred", count=100)
    answer = (await real.quote(api.QuoteRequest(basket=request, customer_id="anna"))).answer
    missed = {each.rule_id: (each.reason, each.need, each.actual) for each in answer.not_applied}
    assert missed == {"once": ("USES", "1", "1"), "first-hundred": ("USES", "100", "100")}
    await real.checkout.cancel(PURCHASE)
    assert not any(real.replica.customer("anna").state.uses.values())


async def test_a_rule_gives_so_often_in_the_whole_chain(real: Any) -> None:
    async def quoted(till: int) -> tuple[bool, dict[str, str]]:
        """Whether the rule gives, and what the till hears of those that do not."""
        basket = (await real.quoted()).basket
        basket.uses.add(rule_id="first-hundred", count=till)
        answer = (await real.quote(api.QuoteRequest(basket=basket))).answer
        missed = {each.rule_id: each.actual for each in answer.not_applied if each.reason == "USES"}
        return "first-hundred" in [each.rule_id for each in answer.applied], missed

    await real.replica.apply_totals(UseTotals(receipts={"first-hundred": 99, "once": 500}))
    assert await quoted(0) == (True, {})
    assert await quoted(100) == (False, {"first-hundred": "100"})
    # Another store gave the last one: what was quoted is not what it costs now.
    request = await real.quoted()
    await real.replica.apply_totals(UseTotals(receipts={"first-hundred": 100}))
    stale = await real.refused(request)
    assert str(stale).startswith("QUOTE_STALE: changed since the quote: price - ")
    await real.replica.apply_totals(UseTotals(receipts={"first-hundred": 99}))
    await real.checkout.commit("lane-1", await real.quoted())
    assert await quoted(7) == (False, {"first-hundred": "100"})
    await real.checkout.cancel(PURCHASE)
    assert await quoted(7) == (True, {})


async def sold(real: Any, *hours: int) -> list[Any]:
    """Answers of anna's purchases so many hours after the 22nd began; at 47 hours her second one is cancelled."""
    first, answers = datetime(2026, 11, 22, tzinfo=real.replica.store().time_zone), []
    ids = [f"01234567-89ab-4def-8123-{number:012}" for number in range(len(hours))]
    for purchase, hour in zip(ids, hours, strict=True):
        real.clock.move(first + timedelta(hours=hour) - real.clock.now())
        if hour == 47:
            await real.checkout.cancel(ids[1])
        answers.append((await real.checkout.commit("lane-1", await real.quoted("anna", purchase_id=purchase))).answer)
    return answers


async def test_uses_of_a_window_count_from_its_first_day(real: Any) -> None:
    uses = {"per_customer": {"count": 2, "window": "rolling_days:2"}}
    rule = {"id": "daily", "give": {"percent": "10"}, "uses": uses}
    discounts = {"id": "all", "mode": "sum", "children": [rule]}
    await real.apply(PROGRAMME | {"revision": 8, "discounts": discounts})
    answers = await sold(real, 10, 23, 24, 47, 48, 71)
    gave = ["daily" in [each.rule_id for each in answer.applied] for answer in answers]
    # Two on the 22nd; on the 23rd none until one is cancelled; on the 24th those of the 22nd are over.
    assert gave == [True, True, False, True, True, False]


async def test_turnover_of_a_window_is_added_up_from_its_first_day(real: Any) -> None:
    """Anna spent 50.00 on the 20th elsewhere; sales here count at once, until they are cancelled or over."""
    levels = [["50.00", "1"], ["1000.00", "2"], ["2000.00", "3"]]
    children = [
        {"id": "lately", "give": {"percent_by": {"turnover": "rolling_days:3", "levels": levels}}},
        {"id": "today", "when": [{"turnover": {"window": "day", "at_least": "0.01"}}], "give": {"percent": "5"}},
    ]
    discounts = {"id": "all", "mode": "sum", "children": children}
    tiers = {"window": "week", "levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "1500.00"}]}
    await real.apply(PROGRAMME | {"revision": 8, "discounts": discounts, "tiers": tiers})
    answers = await sold(real, 10, 23, 24, 47, 48, 96)
    gave = [(1000 - answer.total_minor // 100, answer.tier.id) for answer in answers]
    # Sunday the 22nd: 50.00 gives 1 %, then 1040.00 gives 2 % and today 5 %. Monday begins a week: 1920.00, of which
    # 930.00 are cancelled, then 1970.00. Tuesday: 2900.00, 1910.00 of them in the week. Thursday: 970.00.
    assert gave == [(10, "base"), (70, "base"), (20, "base"), (70, "base"), (30, "silver"), (10, "silver")]


async def test_a_sale_counts_on_the_day_on_which_it_is_committed(real: Any) -> None:
    """As the central service counts it, also where the price was quoted before midnight; and is given back there."""
    uses = {"per_customer": {"count": 1, "window": "day"}}
    discounts = {"id": "all", "mode": "sum", "children": [{"id": "daily", "give": {"percent": "10"}, "uses": uses}]}
    await real.apply(PROGRAMME | {"revision": 8, "discounts": discounts})
    midnight = datetime(2026, 11, 23, tzinfo=real.replica.store().time_zone)
    real.clock.move(midnight - timedelta(seconds=20) - real.clock.now())
    request = await real.quoted("anna")
    real.clock.move(timedelta(seconds=40))
    assert (await real.checkout.commit("lane-1", request)).answer.discount_minor == 10_000

    def days() -> tuple[set[str], set[str]]:
        state = real.replica.customer("anna").state
        return {each.day for each in state.recent_uses}, {each.day for each in state.recent_turnover}

    assert days() == ({"2026-11-23"}, {"2026-11-20", "2026-11-23"})
    await real.checkout.cancel(PURCHASE)
    assert days() == (set(), {"2026-11-20"})


async def test_many_points_want_a_confirmation(real: Any) -> None:
    basket = (await real.quoted("anna", redeem=250)).basket
    answer = (await real.quote(api.QuoteRequest(basket=basket, customer_id="anna"))).answer
    assert (answer.redeemed_points, answer.points.redeemable_max) == (100, 300)
    assert (answer.points.confirm.above_points, answer.points.confirm.by) == (100, "code")
    basket.confirmed_by.append("code")
    answer = (await real.quote(api.QuoteRequest(basket=basket, customer_id="anna"))).answer
    assert (answer.redeemed_points, answer.points.HasField("confirm")) == (250, False)
