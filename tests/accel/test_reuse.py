"""One compiled programme prices any baskets in any order: what it keeps between them shows in no answer."""

import random
from typing import Any

import dice
import pytest
from engine_programmes import basket, programme

from tillgate.accel import Compiled, compile_programme
from tillgate.core import Answer, answer_document, parse_basket, parse_programme

Json = dict[str, Any]


def answer(compiled: Compiled, document: Json, explain: Any = "none") -> Answer:
    return compiled.price(parse_basket(document, compiled.points_digits), explain)


@pytest.mark.parametrize("seed", range(1, 41))
def test_a_used_programme_answers_like_a_fresh_one(seed: int) -> None:
    thrown = dice.roubles(seed)
    document = thrown.programme()
    used = compile_programme(parse_programme(document))
    baskets = [thrown.basket() for _ in range(6)]
    for chosen in random.Random(seed).choices(baskets, k=12):
        fresh = compile_programme(parse_programme(document))
        assert answer_document(answer(used, chosen, "full")) == answer_document(answer(fresh, chosen, "full"))
        assert answer(used, chosen) == answer(fresh, chosen)


def test_sentences_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for none, what is kept is what the last receipt needed."""
    monkeypatch.setattr("tillgate.accel._explain.KEPT_MAX", 0)
    thrown = dice.roubles(3)
    document = thrown.programme()
    used = compile_programme(parse_programme(document))
    for _ in range(30):
        chosen = thrown.basket()
        found = answer(used, chosen, "full")
        assert found == answer(compile_programme(parse_programme(document)), chosen, "full")
        assert len(used.engine.told) <= len(found.not_applied)


SPANS: list[Json] = [
    {"weekdays": ["sat"]},
    {"hours": [["22:00", "02:00"]], "weekdays": ["fri"]},
    {"dates": ["11-21"]},
    {"from": "2026-11-21", "to": "2026-11-21"},
    {"from": "2026-11-21T12:00:00+03:00", "to": "2026-11-22T00:30:00+03:00"},
    {"from": "2026-11-21T20:00:00-05:00"},
]


def test_every_day_and_hour_finds_its_rules_whatever_came_before() -> None:
    """Rules that are looked at are those that full explanation, which looks at all, says apply."""
    rules = [{"id": f"r{k}", "give": {"points": "1"}, "active": span} for k, span in enumerate(SPANS)]
    document = {"format": 1, "id": "p", "revision": 1, "currency": "RUB"}
    document["accrual"] = {"id": "all", "mode": "sum", "children": rules}
    compiled = compile_programme(parse_programme(document))
    hours = [f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "45")]
    times = [f"2026-11-{day}T{hour}:00+03:00" for day in (20, 21, 22) for hour in hours]
    random.Random(7).shuffle(times)
    lines = [{"sku": "A", "quantity": "1", "unit_price": "100.00"}]
    applied = set()
    for time in times:
        chosen = {"currency": "RUB", "time": time, "lines": lines}
        found = answer(compiled, chosen, "applied").applied
        assert found == answer(compiled, chosen, "full").applied, time
        applied |= {one.rule for one in found}
    assert applied == {rule["id"] for rule in rules}
    assert answer(compiled, {"currency": "RUB", "lines": lines}, "applied").applied == ()


@pytest.mark.parametrize("time", [None, "2026-11-21T14:05:00+03:00"])
def test_a_rule_that_says_nothing_of_time_is_always_in_force(time: str | None) -> None:
    document = {"format": 1, "id": "p", "revision": 1, "currency": "RUB"}
    rule = {"id": "r", "give": {"percent": "10"}, "active": {}}
    document["discounts"] = {"id": "all", "mode": "sum", "children": [rule]}
    chosen = {"currency": "RUB", "lines": [{"sku": "A", "quantity": "1", "unit_price": "100.00"}]}
    chosen |= {"time": time} if time else {}
    compiled = compile_programme(parse_programme(document))
    assert [answer(compiled, chosen, level).total_minor for level in ("none", "applied", "full")] == [9_000] * 3


def test_the_same_article_may_stand_on_other_shelves() -> None:
    rule = {"id": "r", "give": {"percent": "10"}, "on": {"category": ["drinks"], "brand": ["b"]}}
    document = {"format": 1, "id": "p", "revision": 1, "currency": "RUB"}
    document["discounts"] = {"id": "all", "mode": "sum", "children": [rule]}
    compiled = compile_programme(parse_programme(document))
    line = {"sku": "A", "quantity": "1", "unit_price": "100.00"}
    for categories, brand, discount in (
        (["drinks/tea"], "b", 1_000), (["bread"], "b", 0), (["drinks"], "c", 0), (["bread", "drinks"], "b", 1_000),
        (["drinks/tea"], "b", 1_000),
    ):  # fmt: skip
        chosen = {"currency": "RUB", "lines": [line | {"categories": categories, "brand": brand}]}
        assert answer(compiled, chosen).discount_minor == discount


@pytest.mark.parametrize("number", range(5))
def test_rules_that_cannot_match_change_nothing(number: int) -> None:
    plain, crowded = (compile_programme(parse_programme(programme(40, idle))) for idle in (0, 300))
    assert answer(plain, basket(25, number), "applied") == answer(crowded, basket(25, number), "applied")
