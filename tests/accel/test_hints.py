"""What a little more would bring, in Russian and in English."""

import pytest
from explained import BASKET, LINES, accrual, priced
from priced import Json

from tillgate.core.figures import count_of

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


THOUSAND: Json = {"subtotal": {"at_least": "1000.00"}}
VIP: Json = {"segment": "vip"}
DEAL: Json = {"buy": {"quantity": 2, "of": {"sku": "A"}}, "get": {"quantity": 1, "of": {"sku": "Z"}}}


@pytest.mark.parametrize(
    ("rule", "hinted"),
    [
        ({"when": [THOUSAND]}, True),
        ({"when": [THOUSAND, VIP]}, False),
        ({"when": [VIP, THOUSAND]}, False),
        ({"when": [{"all": [THOUSAND, VIP]}]}, False),
        ({"when": [{"all": [THOUSAND, {"quantity": {"at_least": 9}}]}]}, False),
        ({"when": [{"all": [THOUSAND, {"quantity": {"at_least": 7}}]}]}, True),
        ({"when": [{"any": [THOUSAND, VIP]}]}, True),
        ({"when": [{"kit": {"A": 1, "Z": 1}}]}, True),
        ({"when": [{"kit": {"Y": 1, "Z": 1}}]}, False),
        ({"when": [THOUSAND], "holdout": {"percent": "100"}}, False),
        ({"when": [THOUSAND], "on": {"sku": "Z"}}, False),
        ({"when": [THOUSAND], "on": {"sku": "C"}}, False),
        ({"when": [THOUSAND], "on": {"sku": ["A", "C"]}}, True),
        ({"when": [{"line_quantity": {"at_least": 2}}], "on": {"sku": "B"}}, True),
        ({"when": [{"line_quantity": {"at_least": 2}}], "on": {"sku": "C"}}, False),
        ({"when": [{"line_quantity": {"at_least": 2}}, VIP], "on": {"sku": "B"}}, False),
        ({"give": {"kit": {"A": 1, "B": 2}, "price": "1.00"}}, True),
        ({"give": {"kit": {"Y": 1, "Z": 1}, "price": "1.00"}}, False),
        ({"give": DEAL}, True),
        ({"give": DEAL | {"get": {"quantity": 1, "of": {"sku": "A"}}}, "on": {"sku": "A"}}, None),
        ({"give": DEAL | {"buy": {"quantity": 2, "of": {"sku": ["B", "Z"]}}}}, True),
        ({"give": {"buy": {"quantity": 2, "of": {"sku": "Z"}}, "get": {"quantity": 1, "of": {"sku": "A"}}}}, True),
        ({"give": {"buy": {"quantity": 4, "of": {"sku": "Z"}}, "get": {"quantity": 1, "of": {"sku": "A"}}}}, False),
        ({"give": DEAL | {"buy": {"quantity": 5, "of": {"sku": ["A", "Z"]}}}}, True),
    ],
)
def test_a_hint_is_true(rule: Json, hinted: bool | None) -> None:
    """Whoever does what it says gets what it promises. None: the rule gives something as it is."""
    answer = priced({"id": "r", "give": {"percent": "5"}} | rule)
    assert [bool(answer.hints), bool(answer.applied)] == [bool(hinted), hinted is None], answer.not_applied


def test_lines_that_a_rule_leaves_out_take_no_hint_away() -> None:
    when = [{"line_quantity": {"at_most": most}} for most in (1, 2)]
    some = {"id": "r", "give": {"bundle": {"size": 2, "price": "1.00"}}, "when": when}
    for lines in (LINES[:2], LINES[1::-1]):
        assert [hint.en for hint in priced(some, basket=BASKET | {"lines": lines}).hints] == ["1 more and 2 cost 1.00."]


def test_used_units_are_nothing_that_a_hint_may_count_on() -> None:
    used = {"id": "used", "give": {"every": 2, "percent": "1"}, "uses": {"per_receipt": 1}, "on": {"sku": "A"}}
    more = {"id": "r", "give": {"every": 5, "percent": "1"}, "on": {"sku": "A"}}
    assert [hint.en for hint in priced(more).hints] == ["1 more and 1 % comes off each of 5."]
    assert priced(used, more).hints == ()


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
    ("times", "ru"), [("2", "в 2 раза"), ("5", "в 5 раз"), ("1.5", "в 1.5 раза"), ("21", "в 21 раз")]
)
def test_points_that_are_multiplied_are_hinted_in_words(times: str, ru: str) -> None:
    when = [{"subtotal": {"at_least": "1000.00"}}]
    some = accrual("sequence", {"points": "1"}, {"points_times": times})
    some["children"][1]["when"] = when
    answer = priced({"id": "d", "give": {"percent": "1"}}, accrual=some)
    assert [hint.ru for hint in answer.hints] == [f"Ещё 120.00 ₽ — и баллов {ru} больше."]


@pytest.mark.parametrize(
    ("count", "word"),
    [(1, "товар"), (2, "товара"), (5, "товаров"), (11, "товаров"), (14, "товаров"), (21, "товар"), (112, "товаров")],
)
def test_words_follow_numbers(count: int, word: str) -> None:
    assert count_of(count, "piece").ru == f"{count} {word}"
