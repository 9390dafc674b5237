"""Points earned and spent, tiers, certificates, and the pieces of a fiscal receipt."""

import pytest
from priced import Json, basket, line, price, programme

from tillgate.core.errors import ProgrammeInvalid


def test_redemption_answers_bounds_and_ladder_and_spends_what_was_asked() -> None:
    deal = programme(redemption={"max_share": "30"})
    bought = basket(line(price="1000.50"), customer={"id": "c", "points": "5000"}, redeem={"points": "120"})
    answer = price(deal, bought)
    assert (answer.points.redeemable_min, answer.points.redeemable_max) == (0, 300)
    assert answer.points.ladder == (75, 150, 225, 300)
    assert (answer.redeemed_points, answer.redeemed_minor, answer.total_minor) == (120, 12_000, 88_050)


def test_points_as_tender_leave_the_prices_alone() -> None:
    deal = programme(redemption={"max_share": "50", "as": "tender"})
    bought = basket(line(), customer={"id": "c", "points": "500"}, redeem={"max": True})
    answer = price(deal, bought)
    assert (answer.total_minor, answer.tender_minor, answer.redeemed_points) == (10_000, 5000, 50)
    assert answer.lines[0].net_minor == 10_000


def test_an_unknown_customer_spends_nothing() -> None:
    answer = price(programme(redemption={}), basket(line(), redeem={"max": True}))
    assert (answer.redeemed_points, answer.points.redeemable_max) == (0, 0)


def test_points_are_rounded_once_and_shared_over_lines_and_rules() -> None:
    accrual = {
        "id": "acc",
        "mode": "sum",
        "children": [
            {"id": "five", "give": {"points_percent": "5"}},
            {"id": "more", "give": {"points_percent": "1"}, "on": {"sku": ["B"]}},
        ],
    }
    answer = price(programme(accrual=accrual), basket(line("A", "19.90"), line("B", "19.90")))
    assert answer.points.earned == 2  # 0.995 + 0.995 + 0.199
    assert [x.points for x in answer.lines] == [1, 1]
    assert answer.points.by_rule == (("five", 2), ("more", 0))


def test_a_programme_without_tiers_takes_the_tier_the_basket_names() -> None:
    by_tier = programme(
        {"id": "by", "give": {"percent_by": {"tier": {"silver": "3", "gold": "5"}}}},
        {"id": "when", "give": {"percent": "10"}, "when": [{"tier": ["gold", "black"]}]},
    )
    bought = basket(line(price="1000.00"))
    for tier, discount_minor in (("silver", 3_000), ("gold", 14_500), ("black", 10_000), ("base", 0)):
        answer = price(by_tier, bought | {"customer": {"id": "c", "turnover": {"all": "9999999.00"}, "tier": tier}})
        assert answer.discount_minor == discount_minor
        assert answer.tier is None


def test_tier_tells_what_is_missing_after_this_receipt() -> None:
    tiers = {"window": "all", "levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "10000.00"}]}
    answer = price(programme(tiers=tiers), basket(line(price="2800.00"), customer={"id": "c"}))
    assert answer.tier is not None
    assert (answer.tier.id, answer.tier.next, answer.tier.remaining_minor) == ("base", "silver", 720_000)


def test_certificates_pay_and_are_no_discount() -> None:
    answer = price(programme(), basket(line(), certificates=[{"number": "1", "amount": "500.00"}]))
    assert (answer.tender_minor, answer.total_minor, answer.discount_minor) == (10_000, 10_000, 0)


def test_marked_units_stand_alone_on_the_fiscal_receipt() -> None:
    answer = price(programme({"id": "d", "give": {"amount": "0.01"}}), basket(line(quantity="3", marked=True)))
    assert [(p.quantity_milli, p.unit_price_minor) for p in answer.lines[0].pieces] == [
        (1000, 9999),
        (1000, 10_000),
        (1000, 10_000),
    ]


def multiplied(times: str, count: int) -> Json:
    """A programme of 1 % in points, which so many rules would multiply."""
    rules = [{"id": f"times{k}", "give": {"points_times": times}, "when": [{"coupon": "NO"}]} for k in range(count)]
    earn = {"id": "earn", "give": {"points_percent": "1"}}
    return programme(accrual={"id": "acc", "mode": "sequence", "children": [earn, *rules]})


@pytest.mark.parametrize(("times", "most"), [("1.5", 29), ("1.2", 12), ("1.333", 3)])
def test_multipliers_go_together_until_points_become_too_fine(times: str, most: int) -> None:
    """2 ** 29, 5 ** 12 and 1000 ** 3 are at most 10 ** 9."""
    assert price(multiplied(times, most), basket(line())).points.earned == 1
    with pytest.raises(ProgrammeInvalid) as caught:
        price(multiplied(times, most + 1), basket(line()))
    found = caught.value.path, caught.value.metadata["reason"]
    assert found == (f"$.accrual.children[{most + 1}]", "TOO_MANY")


def test_whole_multipliers_are_as_many_as_wanted() -> None:
    assert price(multiplied("2", 100), basket(line())).points.earned == 1
