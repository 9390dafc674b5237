"""A document that is wrong is refused with the path of the field and a stable reason."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillgate.core import check_basket, parse_basket, parse_programme
from tillgate.core.basket import Basket, Line
from tillgate.core.conditions import Measure
from tillgate.core.errors import BasketInvalid, ProgrammeInvalid, TillgateError
from tillgate.core.programme import Group, Rule

Json = dict[str, Any]

PROGRAMME: Json = {
    "format": 1,
    "id": "chain",
    "revision": 12,
    "name": {"ru": "Сеть", "en": "Chain"},
    "currency": "RUB",
    "points": {"digits": 0, "worth": "1.00", "rounding": "down"},
    "tiers": {"window": "all", "levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "10000.00"}]},
    "discounts": {
        "id": "root",
        "mode": "max",
        "decide": "line",
        "children": [
            {"id": "x10", "give": {"percent": "10"}, "on": {"category": ["drinks/"]}},
            {"id": "big", "give": {"amount": "100.00"}, "when": [{"subtotal": {"at_least": "1000.00"}}]},
        ],
    },
    "redemption": {"max_share": "30"},
    "accrual": {"id": "points", "mode": "sum", "children": [{"id": "earn", "give": {"points_percent": "5"}}]},
    "rewards": [{"id": "card", "when": [{"identified": False}], "give": {"offer_card": {"kind": "plastic"}}}],
}
BASKET: Json = {
    "currency": "RUB",
    "time": "2026-11-21T14:05:00+03:00",
    "lines": [{"sku": "A", "quantity": "2", "unit_price": "1000.00"}],
    "customer": {"id": "c1", "points": "350"},
}


def changed(document: Json, path: str, value: Any) -> Json:
    """The document with one place replaced, or a key added."""
    found = copy.deepcopy(document)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = found
    for step in steps:
        place = place[step]
    place[last] = value
    return found


def test_a_good_programme_is_read() -> None:
    programme = parse_programme(json.dumps(PROGRAMME))
    assert (programme.id, programme.revision, programme.currency) == ("chain", 12, "RUB")
    assert isinstance(programme.discounts, Group)
    first, second = programme.discounts.children
    assert isinstance(first, Rule)
    assert isinstance(second, Rule)
    assert first.on.category == ("drinks",)
    assert second.when == (Measure(kind="subtotal", low=100_000),)
    assert second.path == "$.discounts.children[1]"


RULE = "discounts/children/0/"


@pytest.mark.parametrize(
    ("place", "value", "path", "reason"),
    [
        ("colour", "red", "$.colour", "UNKNOWN_KEY"),
        ("format", 2, "$.format", "UNSUPPORTED"),
        ("currency", "rub", "$.currency", "UNKNOWN_VALUE"),
        ("currency", 643, "$.currency", "WRONG_TYPE"),
        ("revision", -1, "$.revision", "OUT_OF_RANGE"),
        ("discounts/mode", "best", "$.discounts.mode", "UNKNOWN_VALUE"),
        ("discounts/children/1/id", "x10", "$.discounts.children[1].id", "DUPLICATE"),
        ("discounts/children/1/id", "root", "$.discounts.children[1].id", "DUPLICATE"),
        ("discounts/most", 0, "$.discounts.most", "OUT_OF_RANGE"),
        (RULE + "give", {"percent": 10}, "$.discounts.children[0].give.percent", "WRONG_TYPE"),
        (RULE + "give", {"percent": "10.00001"}, "$.discounts.children[0].give.percent", "NUMBER_INVALID"),
        (RULE + "give", {"percent": "NaN"}, "$.discounts.children[0].give.percent", "NUMBER_INVALID"),
        (RULE + "give", {"percent": "1e1"}, "$.discounts.children[0].give.percent", "NUMBER_INVALID"),
        (RULE + "give", {"percent": "101"}, "$.discounts.children[0].give.percent", "OUT_OF_RANGE"),
        (RULE + "give", {"amount": "-1"}, "$.discounts.children[0].give.amount", "OUT_OF_RANGE"),
        (RULE + "give", {"amount": "1.005"}, "$.discounts.children[0].give.amount", "NUMBER_INVALID"),
        (RULE + "give", {}, "$.discounts.children[0].give", "MISSING"),
        (RULE + "give", {"percent": "1", "per": "unit"}, "$.discounts.children[0].give.per", "CONTRADICTION"),
        (RULE + "give", {"gift": {}}, "$.discounts.children[0].give.gift.sku", "MISSING"),
        (
            RULE + "give",
            {"gift": {"sku": "G", "quantity": "0"}},
            "$.discounts.children[0].give.gift.quantity",
            "OUT_OF_RANGE",
        ),
        (RULE + "give", {"points": "1"}, "$.discounts.children[0].give.points", "UNKNOWN_KEY"),
        (RULE + "give", {"every": 3, "percent": "5"}, "$.discounts.children[0].give", "CONTRADICTION"),
        (RULE + "give", {"percent_by": {"tier": {}}}, "$.discounts.children[0].give.percent_by.tier", "EMPTY"),
        (RULE + "name", "", "$.discounts.children[0].name", "EMPTY"),
        (RULE + "message", {"text": {"ru": "", "en": ""}}, "$.discounts.children[0].message.text", "EMPTY"),
        (RULE + "give", {"kit": {"": 1}, "price": "1.00"}, "$.discounts.children[0].give.kit.", "EMPTY"),
        (RULE + "when", [{"kit": {"": "1"}}], "$.discounts.children[0].when[0].kit.", "EMPTY"),
        (RULE + "holdout", {"percent": "101"}, "$.discounts.children[0].holdout.percent", "OUT_OF_RANGE"),
        (RULE + "holdout", {"salt": "s"}, "$.discounts.children[0].holdout.percent", "MISSING"),
        (RULE + "message", {"to": "all", "text": "x"}, "$.discounts.children[0].message.to", "UNKNOWN_VALUE"),
        (RULE + "message", {"to": "cashier"}, "$.discounts.children[0].message.text", "MISSING"),
        (RULE + "uses", {}, "$.discounts.children[0].uses", "EMPTY"),
        (RULE + "uses", {"per_receipt": 0}, "$.discounts.children[0].uses.per_receipt", "OUT_OF_RANGE"),
        (RULE + "uses", {"total": 0}, "$.discounts.children[0].uses.total", "OUT_OF_RANGE"),
        (
            RULE + "uses",
            {"per_customer": {"window": "day"}},
            "$.discounts.children[0].uses.per_customer.count",
            "MISSING",
        ),
        (
            RULE + "uses",
            {"per_customer": {"count": 1, "window": "hour"}},
            "$.discounts.children[0].uses.per_customer.window",
            "UNKNOWN_VALUE",
        ),
        (
            RULE + "uses",
            {"per_customer": {"count": 1, "window": "rolling_days:0"}},
            "$.discounts.children[0].uses.per_customer.window",
            "OUT_OF_RANGE",
        ),
        (
            RULE + "when",
            [{"turnover": {"at_least": "1.00", "window": "quarter"}}],
            "$.discounts.children[0].when[0].turnover.window",
            "UNKNOWN_VALUE",
        ),
        ("tiers/window", "rolling_days:401", "$.tiers.window", "OUT_OF_RANGE"),
        (RULE + "on", {"sku": []}, "$.discounts.children[0].on.sku", "TOO_FEW"),
        (RULE + "on", {"sku": [""]}, "$.discounts.children[0].on.sku[0]", "EMPTY"),
        (RULE + "on", {"colour": ["red"]}, "$.discounts.children[0].on.colour", "UNKNOWN_KEY"),
        (RULE + "when", [{"tier": ["gold"]}], "$.discounts.children[0].when[0].tier[0]", "UNKNOWN_VALUE"),
        (RULE + "when", [{"identified": True, "points": {}}], "$.discounts.children[0].when[0]", "CONTRADICTION"),
        (RULE + "when", [{"subtotal": {}}], "$.discounts.children[0].when[0].subtotal", "EMPTY"),
        (
            RULE + "when",
            [{"quantity": {"at_least": "5", "less_than": "5"}}],
            "$.discounts.children[0].when[0].quantity",
            "CONTRADICTION",
        ),
        (
            RULE + "active",
            {"hours": [["25:00", "26:00"]]},
            "$.discounts.children[0].active.hours[0][0]",
            "TIME_INVALID",
        ),
        (
            RULE + "active",
            {"hours": [["٠٨:00", "11:00"]]},
            "$.discounts.children[0].active.hours[0][0]",
            "TIME_INVALID",
        ),
        (RULE + "active", {"hours": [["08:00", "08:00"]]}, "$.discounts.children[0].active.hours[0]", "CONTRADICTION"),
        (RULE + "active", {"dates": ["02-30"]}, "$.discounts.children[0].active.dates[0]", "TIME_INVALID"),
        (
            RULE + "active",
            {"from": "2026-02-01", "to": "2026-01-01"},
            "$.discounts.children[0].active.to",
            "CONTRADICTION",
        ),
        (
            RULE + "active",
            {"from": "2026-02-01T10:00:00+03:00", "to": "2026-02-01T07:00:00+00:00"},
            "$.discounts.children[0].active.to",
            "CONTRADICTION",
        ),
        ("tiers/levels/1/from", "0", "$.tiers.levels[1].from", "CONTRADICTION"),
        ("tiers/levels/1/id", "base", "$.tiers.levels[1].id", "DUPLICATE"),
        ("points/digits", 3, "$.points.digits", "OUT_OF_RANGE"),
        ("points/worth", "0.00", "$.points.worth", "OUT_OF_RANGE"),
        ("redemption", {"max_points": "5", "min_points": "6"}, "$.redemption.max_points", "CONTRADICTION"),
        ("redemption", {"as": "tender", "order": "before_discounts"}, "$.redemption.order", "CONTRADICTION"),
        ("redemption", {"confirm": {}}, "$.redemption.confirm.by", "MISSING"),
        ("redemption", {"confirm": {"by": "oath"}}, "$.redemption.confirm.by", "UNKNOWN_VALUE"),
        ("rewards/0/give", {"coupon": {}}, "$.rewards[0].give.coupon.template", "MISSING"),
        (
            "rewards/0/give",
            {"coupon": {"template": "T", "valid_days": 0}},
            "$.rewards[0].give.coupon.valid_days",
            "OUT_OF_RANGE",
        ),
        ("accrual/children/0/give", {"points_times": "2"}, "$.accrual.children[0]", "CONTRADICTION"),
        ("accrual/children/0/give", {"points_times": "0.5"}, "$.accrual.children[0].give.points_times", "OUT_OF_RANGE"),
        (
            "accrual/children/0/give",
            {"points": "1", "expires_after_days": 0},
            "$.accrual.children[0].give.expires_after_days",
            "OUT_OF_RANGE",
        ),
        ("accrual/children/0/cap", "5.00", "$.accrual.children[0].cap", "NUMBER_INVALID"),
        ("rewards/0/cap", "5.00", "$.rewards[0].cap", "CONTRADICTION"),
        (
            "accrual/children/0",
            {"id": "e", "give": {"points": "1", "cap": "5"}, "cap": "5"},
            "$.accrual.children[0].cap",
            "CONTRADICTION",
        ),
    ],
)
def test_a_wrong_programme_names_the_field(place: str, value: Any, path: str, reason: str) -> None:
    with pytest.raises(ProgrammeInvalid) as caught:
        parse_programme(changed(PROGRAMME, place, value))
    assert (caught.value.path, caught.value.metadata["reason"]) == (path, reason)


@pytest.mark.parametrize(
    ("key", "value", "bounds"),
    [
        ("limits", {"discount_share": "101"}, "from 0 to 100"),
        ("limits", {"discount_amount": "99999999999999.99"}, "from 0 to 10000000000000"),
        ("redemption", {"step": "0"}, "from 1 to 100000000000000"),
    ],
)
def test_bounds_are_told_without_idle_zeros(key: str, value: Any, bounds: str) -> None:
    with pytest.raises(ProgrammeInvalid, match=f"{bounds} - at"):
        parse_programme(changed(PROGRAMME, key, value))


@pytest.mark.parametrize("key", ["format", "id", "revision", "currency"])
def test_what_a_programme_needs_is_missed(key: str) -> None:
    document = {k: v for k, v in PROGRAMME.items() if k != key}
    with pytest.raises(ProgrammeInvalid) as caught:
        parse_programme(document)
    assert (caught.value.path, caught.value.metadata["reason"]) == (f"$.{key}", "MISSING")


def test_every_rule_that_is_wrong_is_told_at_once() -> None:
    rules = [
        {"id": "a", "give": {"percent": "101"}, "when": [{"subtotal": {}}], "stores": []},
        {"id": "b", "give": {"percent": "10"}},
        {"id": "b", "give": {"amount": "1.005"}},
        {"id": "g", "mode": "best", "children": [{"id": "c", "give": {"percnt": "1"}}]},
    ]
    document = changed(PROGRAMME, "discounts/children", rules) | {"limits": {"discount_share": "x"}, "revision": -1}
    document["colour"] = "red"
    document["rewards"] = [{"id": "card", "give": {}}, {"id": "card2", "give": {"offer_card": {}}}]
    refused = refusal(parse_programme, document)
    assert isinstance(refused, ProgrammeInvalid)
    found = [(one.path.replace("discounts.children", "d"), one.metadata["reason"]) for one in (refused, *refused.more)]
    assert found == [
        ("$.colour", "UNKNOWN_KEY"),
        ("$.revision", "OUT_OF_RANGE"),
        ("$.d[0].give.percent", "OUT_OF_RANGE"),
        ("$.d[0].stores", "TOO_FEW"),
        ("$.d[0].when[0].subtotal", "EMPTY"),
        ("$.d[2].give.amount", "NUMBER_INVALID"),
        ("$.d[2].id", "DUPLICATE"),
        ("$.d[3].mode", "UNKNOWN_VALUE"),
        ("$.d[3].children[0].give.percnt", "UNKNOWN_KEY"),
        ("$.limits.discount_share", "NUMBER_INVALID"),
        ("$.rewards[0].give", "MISSING"),
        ("$.rewards[1].give.offer_card.kind", "MISSING"),
    ]


def test_what_follows_from_another_error_is_not_told() -> None:
    points = {"digits": 3}
    tiers = {"levels": [{"id": "base", "from": "x"}]}
    document = changed(PROGRAMME, "accrual/children/0/give", {"points": "1.25"}) | {"points": points, "tiers": tiers}
    document["discounts"]["children"][0]["when"] = [{"tier": ["silver"]}]
    refused = refusal(parse_programme, document)
    assert isinstance(refused, ProgrammeInvalid)
    assert [one.path for one in (refused, *refused.more)] == ["$.points.digits", "$.tiers.levels[0].from"]


def test_so_many_errors_are_told_and_no_more() -> None:
    def nested(depth: int) -> list[Json]:
        rules: list[Json] = [{"id": f"r{depth}-{number}", "give": {"percent": "x"}} for number in range(30)]
        return rules if depth == 0 else [*rules, {"id": f"g{depth}", "mode": "sum", "children": nested(depth - 1)}]

    refused = refusal(parse_programme, changed(PROGRAMME, "discounts/children", nested(5)))
    assert isinstance(refused, ProgrammeInvalid)
    assert len({one.path for one in (refused, *refused.more)}) == 50


def test_a_group_without_children_is_told_what_lacks() -> None:
    refused = refusal(parse_programme, changed(PROGRAMME, RULE[:-1], {"id": "g", "mode": "sum"}))
    assert refused is not None
    assert refused.path == "$.discounts.children[0].children"


def test_groups_nested_too_deep_are_refused() -> None:
    group: Json = {"id": "g0", "mode": "sum", "children": []}
    for level in range(1, 18):
        group = {"id": f"g{level}", "mode": "sum", "children": [group]}
    with pytest.raises(ProgrammeInvalid) as caught:
        parse_programme(changed(PROGRAMME, "discounts", group))
    assert caught.value.metadata["reason"] == "TOO_DEEP"


def test_a_rule_that_uses_units_up_may_stand_in_a_basket_group() -> None:
    group = {
        "id": "root",
        "mode": "max",
        "decide": "basket",
        "children": [{"id": "e", "give": {"every": 3, "percent": "5"}}],
    }
    assert parse_programme(changed(PROGRAMME, "discounts", group)).discounts is not None


def test_a_good_basket_is_read_and_unnamed_lines_are_numbered() -> None:
    basket = parse_basket(json.dumps(BASKET))
    assert [line.id for line in basket.lines] == ["1"]
    assert (basket.lines[0].quantity_milli, basket.lines[0].unit_price_minor) == (2000, 100_000)
    assert basket.customer is not None
    assert basket.customer.points == 350


@pytest.mark.parametrize(
    ("place", "value", "path", "reason"),
    [
        ("colour", 1, "$.colour", "UNKNOWN_KEY"),
        ("lines", [], "$.lines", "TOO_FEW"),
        ("lines", [BASKET["lines"][0]] * 501, "$.lines", "TOO_MANY"),
        ("lines/0/unit_price", "-1.00", "$.lines[0].unit_price", "OUT_OF_RANGE"),
        ("lines/0/unit_price", "1.001", "$.lines[0].unit_price", "NUMBER_INVALID"),
        ("lines/0/unit_price", 12.5, "$.lines[0].unit_price", "WRONG_TYPE"),
        ("lines/0/quantity", "0", "$.lines[0].quantity", "OUT_OF_RANGE"),
        ("lines/0/quantity", "1000001", "$.lines[0].quantity", "OUT_OF_RANGE"),
        ("lines/0/quantity", "0.0001", "$.lines[0].quantity", "NUMBER_INVALID"),
        ("lines/0/sku", "", "$.lines[0].sku", "EMPTY"),
        ("lines/0/marked", "yes", "$.lines[0].marked", "WRONG_TYPE"),
        ("time", "2026-11-21T14:05:00", "$.time", "TIME_INVALID"),
        ("time", "yesterday", "$.time", "TIME_INVALID"),
        ("currency", "RUBLE", "$.currency", "UNKNOWN_VALUE"),
        ("redeem", {"points": "1", "max": True}, "$.redeem", "CONTRADICTION"),
        ("customer/points", "1.5", "$.customer.points", "NUMBER_INVALID"),
        ("customer/birthday", "1990-02-30", "$.customer.birthday", "TIME_INVALID"),
    ],
)
def test_a_wrong_basket_names_the_field(place: str, value: Any, path: str, reason: str) -> None:
    with pytest.raises(BasketInvalid) as caught:
        parse_basket(changed(BASKET, place, value))
    assert (caught.value.path, caught.value.metadata["reason"]) == (path, reason)


def test_every_line_that_is_wrong_is_told_at_once() -> None:
    lines = [{"sku": "A"}, BASKET["lines"][0], {"sku": "B", "quantity": "0", "unit_price": "1.00"}]
    refused = refusal(parse_basket, BASKET | {"lines": lines, "customer": {"points": "x"}, "time": "now", "tim": ""})
    assert isinstance(refused, BasketInvalid)
    assert [one.path for one in (refused, *refused.more)] == [
        "$.tim",
        "$.time",
        "$.lines[0].quantity",
        "$.lines[2].quantity",
        "$.customer.points",
    ]


@pytest.mark.parametrize(
    ("parse", "document", "path"),
    [
        (parse_programme, {"fromat": 1, "currency": "RUB"}, "$.fromat"),
        (parse_programme, {"format": 1}, "$.currency"),
        (parse_basket, {"curency": "RUB", "lines": []}, "$.curency"),
        (parse_basket, {"lines": BASKET["lines"]}, "$.currency"),
        (parse_basket, {"currency": "RUB"}, "$.lines"),
    ],
)
def test_what_lacks_or_is_written_wrong_is_told_first(
    parse: Callable[[Json], object], document: Json, path: str
) -> None:
    refused = refusal(parse, document)
    assert refused is not None
    assert refused.path == path


def test_a_customer_may_be_known_by_facts_alone() -> None:
    basket = parse_basket(BASKET | {"customer": {"tier": "silver"}})
    assert basket.customer is not None
    assert (basket.customer.id, basket.customer.tier) == ("", "silver")


def test_a_line_worth_too_much_is_refused() -> None:
    line = {"sku": "A", "quantity": "1000000", "unit_price": "10000.01"}
    with pytest.raises(BasketInvalid) as caught:
        parse_basket({"currency": "RUB", "lines": [line]})
    assert caught.value.path == "$.lines[0].unit_price"


def test_limits_hold_for_baskets_that_were_never_documents() -> None:
    line = Line(id="1", sku="A", quantity_milli=1000, unit_price_minor=100)
    check_basket(Basket(currency="RUB", lines=(line,)))
    with pytest.raises(BasketInvalid) as caught:
        check_basket(Basket(currency="RUB", lines=(line, line)))
    assert (caught.value.path, caught.value.metadata["reason"]) == ("$.lines[1].id", "DUPLICATE")
    with pytest.raises(BasketInvalid) as caught:
        check_basket(Basket(currency="RUB", lines=()))
    assert caught.value.path == "$.lines"


@pytest.mark.parametrize("text", ["", "{", "[1,2", "nul", '{"a":NaN}', b"\xff\xfe"])
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    for parse in (parse_programme, parse_basket):
        with pytest.raises(TillgateError) as caught:
            parse(text)
        assert caught.value.metadata["reason"] == "NOT_JSON"


@pytest.mark.parametrize(
    ("parse", "text", "path"),
    [
        (parse_programme, '{"format": 1, "currency": "RUB", "id": "a", "id": "b"}', "$.id"),
        (
            parse_programme,
            json.dumps(PROGRAMME).replace('"id": "x10",', '"id": "x10", "when": [], "stores": "a", "when": [],'),
            "$.discounts.children[0].when",
        ),
        (parse_basket, json.dumps(BASKET).replace('"sku": "A"', '"sku": "A", "quantity": "5"'), "$.lines[0].quantity"),
    ],
)
def test_a_key_that_stands_twice_is_refused_and_no_value_lost(
    parse: Callable[[str], object], text: str, path: str
) -> None:
    with pytest.raises(TillgateError) as caught:
        parse(text)
    assert (caught.value.path, caught.value.metadata["reason"]) == (path, "DUPLICATE")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(node: Any, prefix: str = "") -> list[str]:
    """Every place of a document, as `changed` takes it."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = []
    for step, value in steps:
        found += [f"{prefix}{step}", *places(value, f"{prefix}{step}/")]
    return found


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(places(PROGRAMME)), st.sampled_from(places(BASKET)), JSON)
def test_no_value_anywhere_gives_anything_but_a_refusal(in_programme: str, in_basket: str, value: Any) -> None:
    for parse, document, place in ((parse_programme, PROGRAMME, in_programme), (parse_basket, BASKET, in_basket)):
        refused = refusal(parse, changed(document, place, value))
        assert refused is None or refused.path.startswith("$")
        assert refused is None or refused.metadata["reason"].isupper()
        assert refused is None or said_in_both(refused)


def said_in_both(error: TillgateError) -> bool:
    """A sentence of its own in Russian and another in English."""
    text = error.text
    assert text is not None, error
    assert error.detail == text.en
    return bool(re.search("[а-яё]", text.ru)) and not re.search("[а-яё]", re.sub("`.*?`|'.*?'", "", text.en))


@pytest.mark.parametrize(
    ("parse", "document", "known"),
    [
        (parse_programme, changed(PROGRAMME, "discount", {}), "discounts"),
        (parse_programme, changed(PROGRAMME, RULE + "when", [{"sub_total": {"at_least": "1"}}]), "subtotal"),
        (parse_programme, changed(PROGRAMME, RULE + "give", {"pcent": "5"}), "percent"),
        (parse_programme, changed(PROGRAMME, "discounts/mode", "maximum"), "max"),
        (parse_basket, changed(BASKET, "lines/0/unitprice", "1.00"), "unit_price"),
    ],
)
def test_a_slip_of_the_pen_is_told_what_it_may_have_meant(
    parse: Callable[[Json], object], document: Json, known: str
) -> None:
    refused = refusal(parse, document)
    assert refused is not None
    assert refused.text is not None
    assert f"did you mean `{known}`?" in refused.text.en
    assert f"может быть, `{known}`?" in refused.text.ru


def test_what_is_not_json_is_shown_where_it_ends() -> None:
    refused = refusal(parse_programme, '{"format": 1,\n "имя": ,}')
    assert refused is not None
    assert refused.text is not None
    assert refused.text.ru == "это не JSON: строка 2, знак 9"


def refusal(parse: Callable[[Json], object], document: Json) -> TillgateError | None:
    try:
        parse(document)
    except TillgateError as refused:
        return refused
    return None
