"""Why a rule gave nothing, what lacks little, what was cut: in figures, in Russian and in English."""

import re
from typing import Any

import dice
import pytest

from tillgate.accel import compile_programme
from tillgate.accel._words import count_of
from tillgate.core import Answer, parse_basket, parse_programme
from tillgate.core.answer import NotApplied

Json = dict[str, Any]
CUSTOMER: Json = {
    "id": "c",
    "points": "350",
    "turnover": {"all": "1200.00"},
    "purchases": 12,
    "birthday": "1990-11-30",
    "registered": "2026-01-01T00:00:00+03:00",
    "last_purchase": "2026-11-19T12:00:00+03:00",
    "card_kind": "plastic",
    "uses": {"r": {"count": 2}},
}
LINES: list[Json] = [
    {"id": "1", "sku": "A", "quantity": "4", "unit_price": "100.00"},
    {"id": "2", "sku": "B", "quantity": "1", "unit_price": "80.00"},
    {"id": "3", "sku": "C", "quantity": "1", "unit_price": "200.00", "discountable": False},
    {"id": "4", "sku": "T", "quantity": "1", "unit_price": "200.00", "regulated": "tobacco"},
]
BASKET: Json = {
    "currency": "RUB",
    "time": "2026-11-21T14:05:00+03:00",
    "store": "msk-01",
    "lines": LINES,
    "customer": CUSTOMER,
}


def priced(*children: Json, basket: Json = BASKET, mode: str = "sequence", **more: Any) -> Answer:
    document = {
        "format": 1,
        "id": "p",
        "revision": 1,
        "currency": "RUB",
        "tiers": {"levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "10000.00"}]},
        "regulated": [{"kind": "tobacco", "discount": False}],
        "discounts": {"id": "root", "mode": mode, "decide": "basket", "children": list(children)},
    }
    compiled = compile_programme(parse_programme(document | more))
    return compiled.price(parse_basket(basket, compiled.points_digits))


def refused(answer: Answer, rule: str = "r") -> NotApplied:
    return next(entry for entry in answer.not_applied if entry.rule == rule)


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
            "Правило действовало до 10.11.2026.",
            "The rule was in force until 2026-11-10.",
        ),
        (
            {"active": {"from": "2026-11-21T15:00:00+03:00"}},
            "NOT_ACTIVE",
            ("2026-11-21T15:00:00+03:00", "2026-11-21", ""),
            "Правило начнёт действовать 21.11.2026 15:00.",
            "The rule comes into force on 2026-11-21T15:00:00+03:00.",
        ),
        (
            {"active": {"weekdays": ["mon"], "hours": [["08:00", "11:00"]]}},
            "OUT_OF_SCHEDULE",
            ("mon, 08:00–11:00", "sat 14:05", ""),
            "Правило действует: пн, 08:00–11:00.",
            "The rule works: mon, 08:00–11:00.",
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
            "The kit is not complete: of B 3 pcs needed, 1 pcs there, 2 pcs more.",
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


def test_line_winners_are_named_line_by_line() -> None:
    rules = [
        {"id": "a", "give": {"percent": "10"}, "on": {"sku": ["A"]}},
        {"id": "b", "give": {"percent": "20"}, "on": {"sku": ["B"]}},
        {"id": "r", "give": {"percent": "5"}, "on": {"sku": ["B"]}},
    ]
    group = {"id": "g", "mode": "max", "decide": "line", "children": rules}
    assert refused(priced(group)).by == "b"


@pytest.mark.parametrize(
    ("rule", "more", "gave", "cuts"),
    [
        ({"give": {"percent": "50"}, "cap": "30.00", "on": {"sku": ["A"]}}, {}, 3000, [("CAP", 17000)]),
        (
            {"give": {"amount": "500.00"}, "on": {"sku": ["B"]}},
            {"limits": {"min_unit_price": "30.00"}},
            5000,
            [("FLOOR", 45000)],
        ),
        ({"give": {"percent": "50"}}, {"limits": {"discount_amount": "100.00"}}, 10000, [("LIMIT", 14000)]),
        (
            {"give": {"percent": "50"}, "cap": "200.00"},
            {"limits": {"line_discount_share": "10"}},
            4800,
            [("CAP", 4000), ("LIMIT", 15200)],
        ),
        ({"give": {"percent": "5"}}, {}, 2400, []),
    ],
)
def test_what_was_cut_is_told(rule: Json, more: Json, gave: int, cuts: list[tuple[str, int]]) -> None:
    (entry,) = priced({"id": "r"} | rule, **more).applied
    assert (entry.amount_minor, [(cut.reason, cut.amount_minor) for cut in entry.cuts]) == (gave, cuts)


def test_lines_that_another_rule_won_are_told_as_cut() -> None:
    rules = [
        {"id": "a", "give": {"percent": "10"}},
        {"id": "b", "give": {"percent": "20"}, "on": {"sku": ["A"]}},
    ]
    answer = priced({"id": "g", "mode": "max", "decide": "line", "children": rules})
    cuts = {entry.rule: [(cut.reason, cut.amount_minor) for cut in entry.cuts] for entry in answer.applied}
    assert cuts == {"a": [("DISPLACED", 4000)], "b": []}


def test_a_rule_that_the_limits_take_away_tells_what_it_wanted() -> None:
    first = {"id": "first", "give": {"amount": "100.00"}}
    answer = priced(first, {"id": "r", "give": {"amount": "50.00"}}, limits={"discount_amount": "100.00"})
    entry = refused(answer)
    assert (entry.reason, entry.need) == ("LIMIT", "50.00")
    assert entry.detail.ru == "Скидка 50.00 ₽ не дана: достигнут предел скидок."


MORE: list[tuple[Json, str, str]] = [
    ({"percent": "10"}, "скидка 10 %", "10 % comes off"),
    ({"amount": "50.00"}, "скидка 50.00 ₽", "50.00 comes off"),
    ({"unit_price": "9.00"}, "цена 9.00 ₽ за единицу", "each costs 9.00"),
    ({"total": "500.00"}, "всё вместе за 500.00 ₽", "all together cost 500.00"),
    ({"cheapest": "unit", "percent": "100"}, "самый дешёвый товар бесплатно", "the cheapest is free"),
    ({"every": 3, "percent": "10"}, "скидка 10 % на каждый из 3", "10 % comes off each of 3"),
    ({"buy": {"quantity": 2}, "get": {"quantity": 1}}, "один бесплатно", "one is free"),
    ({"buy": {"quantity": 2}, "get": {"quantity": 2, "percent": "50"}}, "скидка 50 % на 2 товара", "50 % comes off 2"),
    ({"bundle": {"size": 3, "price": "250.00"}}, "3 за 250.00 ₽", "3 cost 250.00"),
    ({"kit": {"A": 1, "B": 1}, "price": "99.00"}, "набор за 99.00 ₽", "the kit costs 99.00"),
    ({"gift": {"sku": "G"}}, "подарок: G", "a gift: G"),
]


@pytest.mark.parametrize(("give", "ru", "en"), MORE)
def test_a_hint_says_what_lacks_and_what_it_brings(give: Json, ru: str, en: str) -> None:
    answer = priced({"id": "r", "give": give, "when": [{"subtotal": {"at_least": "1000.00"}}]})
    assert [(hint.ru, hint.en) for hint in answer.hints] == [(f"Ещё 120.00 ₽ — и {ru}.", f"120.00 more and {en}.")]


def test_points_and_cards_are_hinted_too() -> None:
    when = [{"subtotal": {"at_least": "1000.00"}}]
    accrual = {"id": "acc", "mode": "sum", "children": [{"id": "p", "give": {"points": "51"}, "when": when}]}
    rewards = [{"id": "c", "give": {"offer_card": {"kind": "plastic"}}, "when": when}]
    answer = priced(accrual=accrual, rewards=rewards)
    assert [hint.ru for hint in answer.hints] == ["Ещё 120.00 ₽ — и 51 балл.", "Ещё 120.00 ₽ — и можно оформить карту."]


def test_hints_come_nearest_first_and_only_where_nothing_else_lacks() -> None:
    answer = priced(
        {"id": "far", "give": {"percent": "10"}, "when": [{"subtotal": {"at_least": "2000.00"}}]},
        {"id": "near", "give": {"buy": {"quantity": 4}, "get": {"quantity": 1}}, "on": {"sku": ["A"]}},
        {"id": "vip", "give": {"percent": "9"}, "when": [{"subtotal": {"at_least": "900.00"}}, {"segment": ["vip"]}]},
    )
    assert [hint.ru for hint in answer.hints] == [
        "Ещё 1 товар — и один бесплатно.",
        "Ещё 1120.00 ₽ — и скидка 10 %.",
    ]


@pytest.mark.parametrize(
    ("count", "word"),
    [(1, "товар"), (2, "товара"), (5, "товаров"), (11, "товаров"), (14, "товаров"), (21, "товар"), (112, "товаров")],
)
def test_words_follow_numbers(count: int, word: str) -> None:
    assert count_of(count, "piece").ru == f"{count} {word}"


def test_every_refusal_is_said_in_both_languages_and_cuts_add_up() -> None:
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
            assert all(cut.amount_minor > 0 for cut in applied.cuts), seed
            assert len({cut.reason for cut in applied.cuts}) == len(applied.cuts), seed
    assert len(reasons) > 15
