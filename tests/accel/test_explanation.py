"""Why a rule gave nothing: in figures, in Russian and in English."""

import re

import dice
import pytest
from explained import BASKET, LINES, priced, refused
from priced import Json

from tillgate.accel import compile_programme
from tillgate.core import parse_basket, parse_programme


@pytest.mark.parametrize(
    ("rule", "reason", "figures", "ru", "en"),
    [
        (
            {"active": {"from": "2026-12-25"}},
            "NOT_ACTIVE",
            ("2026-12-25", "2026-11-21", "34"),
            "Правило начнёт действовать 25.12.2026, через 34 дня.",
            "The rule comes into force on 2026-12-25, in 34 days.",
        ),
        (
            {"active": {"to": "2026-11-10"}},
            "NOT_ACTIVE",
            ("2026-11-10", "2026-11-21", ""),
            "Правило действовало по 10.11.2026.",
            "The rule was in force until 2026-11-10.",
        ),
        (
            {"active": {"from": "2026-11-21T15:00:00+03:00"}},
            "NOT_ACTIVE",
            ("2026-11-21T15:00:00+03:00", "2026-11-21", ""),
            "Правило начнёт действовать 21.11.2026 15:00 UTC+03:00.",
            "The rule comes into force on 2026-11-21T15:00:00+03:00.",
        ),
        (
            {"active": {"weekdays": ["mon"], "hours": [["08:00", "11:00"]]}},
            "OUT_OF_SCHEDULE",
            ("mon, 08:00–11:00", "sat 14:05", ""),
            "Правило действует: пн, 08:00–11:00; сейчас сб 14:05.",
            "The rule works: mon, 08:00–11:00; now it is sat 14:05.",
        ),
        (
            {"stores": ["msk-02"]},
            "OTHER_STORE",
            ("msk-02", "msk-01", ""),
            "Правило для других магазинов: msk-02.",
            "The rule is for other stores: msk-02.",
        ),
        (
            {"when": [{"segment": ["vip", "staff"]}]},
            "SEGMENT",
            ("vip, staff", "", ""),
            "Покупатель не входит в сегмент: vip, staff.",
            "The customer is not in the segment: vip, staff.",
        ),
        (
            {"when": [{"tier": ["silver"]}]},
            "TIER",
            ("silver", "base", ""),
            "Нужен другой уровень: silver.",
            "Another tier is needed: silver.",
        ),
        (
            {"when": [{"coupon": "SPRING"}]},
            "COUPON_MISSING",
            ("SPRING", "", ""),
            "Не предъявлен купон SPRING.",
            "The coupon SPRING was not presented.",
        ),
        (
            {"uses": {"per_customer": {"count": 2}}},
            "USES",
            ("2", "2", ""),
            "Покупатель уже использовал правило 2 раза из 2.",
            "The customer has used it 2 times of 2 already.",
        ),
        (
            {"when": [{"age": {"at_least": 60}}]},
            "AGE",
            ("60", "35", "25"),
            "Возраст 35 лет, нужно 60 лет.",
            "The age is 35 years, 60 years needed.",
        ),
        (
            {"when": [{"birthday": {"before": 3, "after": 3}}]},
            "BIRTHDAY",
            ("3", "9", "6"),
            "До дня рождения 9 дней.",
            "9 days to the birthday.",
        ),
        (
            {"when": [{"purchase_number": {"every": 5}}]},
            "PURCHASE_NUMBER",
            ("15", "13", "2"),
            "Это покупка № 13, нужна № 15.",
            "This is purchase number 13, number 15 is needed.",
        ),
        (
            {"when": [{"absent_days": {"at_least": 30}}]},
            "ABSENT_DAYS",
            ("30", "2", "28"),
            "С прошлой покупки 2 дня, нужно 30 дней.",
            "2 days since the last purchase, 30 days needed.",
        ),
        (
            {"when": [{"registered_within": {"days": 7}}]},
            "REGISTERED",
            ("7", "324", "317"),
            "С регистрации 324 дня: больше, чем 7 дней.",
            "324 days since registration, past 7 days.",
        ),
        (
            {"when": [{"points": {"at_least": "500"}}]},
            "POINTS",
            ("500", "350", "150"),
            "На счёте 350 баллов, нужно 500 баллов: не хватает 150 баллов.",
            "350 points there, 500 points needed: 150 points more.",
        ),
        (
            {"when": [{"subtotal": {"at_most": "500.00"}}]},
            "ABOVE_AMOUNT",
            ("500.00", "880.00", "380.00"),
            "Сумма 880.00 ₽ больше 500.00 ₽: лишние 380.00 ₽.",
            "880.00 is more than 500.00, by 380.00.",
        ),
        (
            {"when": [{"quantity": {"at_most": "3"}}]},
            "ABOVE_QUANTITY",
            ("3", "7", "4"),
            "Количество 7 шт. больше 3 шт.: лишние 4 шт.",
            "7 pcs are more than 3 pcs.",
        ),
        (
            {"on": {"sku": ["Z"]}},
            "NO_GOODS",
            ("", "", ""),
            "В чеке нет подходящих товаров.",
            "No goods of the rule in the receipt.",
        ),
        (
            {"on": {"sku": ["C"]}},
            "NO_GOODS",
            ("", "", ""),
            "Подходящие товары есть, но скидки или баллы на них не действуют.",
            "The goods are there, but closed to discounts or points.",
        ),
        (
            {"on": {"sku": ["T"]}},
            "REGULATED",
            ("", "", ""),
            "На эти товары не разрешает закон.",
            "The law does not allow it for these goods.",
        ),
        (
            {"give": {"kit": {"A": 2, "B": 3}, "price": "250.00"}},
            "KIT_INCOMPLETE",
            ("3", "1", "2"),
            "Набор не полон: «B» — нужно 3 шт., есть 1 шт., не хватает 2 шт.",
            "The kit is not complete: of B 3 pcs needed, 1 pc there, 2 pcs more.",
        ),
    ],
)
def test_a_reason_comes_with_what_is_needed_what_is_there_and_a_sentence(
    rule: Json, reason: str, figures: tuple[str, str, str], ru: str, en: str
) -> None:
    entry = refused(priced({"id": "r", "give": {"percent": "5"}} | rule))
    assert (entry.reason, (entry.need, entry.actual, entry.missing)) == (reason, figures)
    assert (entry.detail.ru, entry.detail.en) == (ru, en)


def test_what_is_not_known_is_said_so() -> None:
    basket = BASKET | {"customer": {"id": "c"}}
    entry = refused(priced({"id": "r", "give": {"percent": "5"}, "when": [{"age": {"at_least": 18}}]}, basket=basket))
    assert (entry.reason, entry.need, entry.detail.ru) == ("AGE", "", "Возраст неизвестен.")


def test_the_tier_of_the_basket_is_told_where_the_programme_has_none() -> None:
    basket = BASKET | {"customer": {"id": "c", "tier": "gold"}}
    answer = priced({"id": "r", "give": {"percent": "5"}, "when": [{"tier": ["silver"]}]}, basket=basket, tiers=None)
    assert (refused(answer).need, refused(answer).actual) == ("silver", "gold")


def test_a_rule_of_some_hours_says_that_the_time_is_not_known() -> None:
    basket = {key: value for key, value in BASKET.items() if key != "time"}
    rule = {"id": "r", "give": {"percent": "5"}, "active": {"hours": [["08:00", "11:00"]]}}
    entry = refused(priced(rule, basket=basket))
    assert (entry.reason, entry.actual) == ("OUT_OF_SCHEDULE", "")
    assert entry.detail.ru == "Правило действует: 08:00–11:00; время чека неизвестно."


def test_a_kit_that_a_condition_asks_for_names_what_it_lacks() -> None:
    rule = {"id": "r", "give": {"percent": "5"}, "when": [{"kit": {"A": "2", "B": "2"}}]}
    entry = refused(priced(rule))
    assert (entry.reason, entry.sku, entry.missing) == ("KIT_INCOMPLETE", "B", "1")


def test_who_won_is_named() -> None:
    name = {"ru": "Кофе", "en": "Coffee"}
    answer = priced(
        {"id": "big", "name": name, "give": {"percent": "10"}}, {"id": "r", "give": {"percent": "5"}}, mode="max"
    )
    entry = refused(answer)
    assert (entry.reason, entry.by) == ("DISPLACED", "big")
    assert entry.detail.ru == "Его место заняло правило «Кофе»."
    answer = priced({"id": "only", "give": {"percent": "10"}, "exclusive": True}, {"id": "r", "give": {"percent": "5"}})
    assert (refused(answer).reason, refused(answer).by) == ("EXCLUSIVE", "only")


BIG: Json = {"id": "big", "name": {"ru": "Кофе", "en": "Coffee"}}


@pytest.mark.parametrize(
    ("first", "rule", "group"),
    [
        ({"give": {"percent": "10"}}, {}, {"most": 1}),
        ({"give": {"percent": "10"}, "on": {"sku": ["A"]}}, {"on": {"sku": ["A"]}}, {"most": 1, "decide": "line"}),
        ({"give": {"percent": "10"}}, {"give": {"gift": {"sku": "A"}}}, {"most": 1, "decide": "line"}),
    ],
)
def test_who_took_the_last_place_is_named(first: Json, rule: Json, group: Json) -> None:
    rules = [BIG | first, {"id": "r", "give": {"percent": "5"}} | rule]
    entry = refused(priced({"id": "g", "mode": "sum", "decide": "basket", "children": rules} | group))
    assert (entry.reason, entry.by) == ("MOST", "big")
    assert entry.detail.ru == "Больше правил здесь не действует: место заняло «Кофе»."
    assert entry.detail.en == 'No more rules apply here: "Coffee" took the place.'


@pytest.mark.parametrize(
    "give",
    [
        {"every": 4, "percent": "10"},
        {"buy": {"quantity": 3, "of": {"sku": ["A"]}}, "get": {"quantity": 1, "of": {"sku": ["A"]}}},
        {"bundle": {"size": 4, "price": "1.00"}},
        {"kit": {"A": 4, "B": 1}, "price": "1.00"},
    ],
)
def test_who_used_the_units_up_is_named(give: Json) -> None:
    """The first of those that used units which the rule lacks. What used other goods up is none of them."""
    users = [
        {"id": "other", "give": {"every": 1, "percent": "1"}, "on": {"sku": ["B"]}},
        BIG | {"give": {"every": 2, "percent": "1"}, "uses": {"per_receipt": 1}, "on": {"sku": ["A"]}},
        {"id": "next", "give": {"every": 1, "percent": "1"}, "on": {"sku": ["A"]}},
    ]
    goods = ["A", "B"] if "kit" in give else ["A"]
    entry = refused(priced(*users, {"id": "r", "give": give, "on": {"sku": goods}}))
    assert (entry.reason, entry.by) == ("UNITS_USED", "big")
    assert entry.detail.ru == "Товар уже участвует в акции «Кофе»."


def test_who_used_the_cheapest_unit_up_is_named() -> None:
    user = BIG | {"give": {"every": 1, "percent": "1"}}
    entry = refused(priced(user, {"id": "r", "give": {"cheapest": "unit", "percent": "50"}, "on": {"sku": ["A"]}}))
    assert (entry.reason, entry.by) == ("UNITS_USED", "big")


def test_who_is_named_does_not_depend_on_the_order_of_lines() -> None:
    rules = [
        {"id": "b", "give": {"percent": "10"}, "on": {"sku": ["B"]}},
        {"id": "a", "give": {"percent": "10"}, "on": {"sku": ["A"]}},
        {"id": "r", "give": {"percent": "5"}, "on": {"sku": ["A", "B"]}},
    ]
    for group in ({"mode": "max"}, {"mode": "sum", "most": 1}, {"mode": "first"}):
        for lines in (LINES, LINES[::-1]):
            answer = priced({"id": "g", "children": rules} | group, basket=BASKET | {"lines": lines})
            assert refused(answer).by == "b", group


def test_line_winners_are_named_line_by_line() -> None:
    rules = [
        {"id": "a", "give": {"percent": "10"}, "on": {"sku": ["A"]}},
        {"id": "b", "give": {"percent": "20"}, "on": {"sku": ["B"]}},
        {"id": "r", "give": {"percent": "5"}, "on": {"sku": ["B"]}},
    ]
    group = {"id": "g", "mode": "max", "decide": "line", "children": rules}
    assert refused(priced(group)).by == "b"


def test_every_refusal_is_said_in_both_languages_and_cuts_are_told_once() -> None:
    """Programmes and baskets by chance. What stands in a sentence stands in the figures."""
    reasons = set()
    for seed in range(1, 400):
        thrown = dice.roubles(seed)
        compiled = compile_programme(parse_programme(thrown.programme()))
        basket = parse_basket(thrown.basket(), compiled.points_digits)
        answer = compiled.price(basket)
        assert answer == compiled.price(basket), "what is remembered says the same"
        for entry in answer.not_applied:
            reasons.add(entry.reason)
            assert re.search("[а-яё]", entry.detail.ru), seed
            ours = re.sub('"[^"]*"', "", entry.detail.en)  # Names are the marketer's.
            assert not re.search("[а-яё{]", ours), seed
            assert entry.reason != "NONE", f"seed {seed}: {entry.rule}"
            assert all(figure in entry.detail.en for figure in (entry.missing,) if entry.reason == "BELOW_AMOUNT"), seed
        for applied in answer.applied:
            figures = [cut.amount_minor if applied.points is None else cut.points for cut in applied.cuts]
            assert all(figure is not None and figure > 0 for figure in figures), seed
            assert len({cut.reason for cut in applied.cuts}) == len(applied.cuts), seed
    assert len(reasons) > 15
