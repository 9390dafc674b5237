"""Programmes and baskets by chance, as JSON documents: small alphabets, awkward figures."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

# Hypothesis likes the ends of a range, so what is to be rare is asked of its middle.

Json = dict[str, Any]

SKUS = ["A", "B", "C", "D"]
CATEGORIES = ["food", "food/sweets", "drinks", "drinks/coffee", "drinks/coffee/beans"]
BRANDS = ["x", "y"]
TAGS = ["new", "sale"]
SEGMENTS = ["vip", "staff"]
TIERS = ["base", "silver", "gold"]
TIMES = [
    "2026-11-20T12:00:00+03:00",
    "2026-11-21T00:30:00+03:00",
    "2026-11-22T23:15:00+03:00",
    "2027-02-28T08:00:00+03:00",
    "2028-02-29T10:59:59+03:00",
    "2026-12-31T23:59:59+00:00",
]


def some(values: list[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


@cache
def money(high: int = 60_000, low: int = 0) -> st.SearchStrategy[str]:
    plain = st.integers(low, high)
    round_figures = st.sampled_from([k for k in (1, 99, 100, 333, 1000, 9999, 10_000, 33_333) if low <= k <= high])
    return st.one_of(plain, round_figures).map(lambda k: f"{k // 100}.{k % 100:02d}")


@cache
def percent(high: int = 1_000_000) -> st.SearchStrategy[str]:
    awkward = st.sampled_from(["5", "10", "12.5", "33.3333", "50", "66.6667", "100", "0.0001", "0"])
    return st.one_of(awkward, st.integers(0, high).map(lambda k: f"{k // 10_000}.{k % 10_000:04d}"))


@cache
def quantity() -> st.SearchStrategy[str]:
    pieces = st.integers(1, 12).map(str)
    halves = st.sampled_from(["0.5", "1.5", "2.250", "0.125", "0.001"])
    return st.one_of(pieces, pieces, halves, st.integers(1, 9000).map(lambda k: f"{k // 1000}.{k % 1000:03d}"))


@cache
def bounds(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    keys = st.sampled_from(["at_least", "at_least", "more_than", "at_most", "less_than"])
    return st.tuples(keys, values).map(lambda pair: dict([pair]))


def without_contradiction(low: str, high: str) -> Json:
    first, second = sorted((low, high), key=float)
    return {"at_least": first, "at_most": second}


@cache
@st.composite
def selectors(draw: st.DrawFn, depth: int = 0) -> Json:
    found: Json = {}
    for key, values in (("sku", SKUS), ("category", CATEGORIES), ("brand", BRANDS), ("tag", TAGS)):
        if draw(st.integers(0, 3)) == 1:
            found[key] = draw(some(values))
    if draw(st.integers(0, 6)) == 1:
        found["unit_price"] = without_contradiction(draw(money()), draw(money()))
    if draw(st.integers(0, 8)) == 1:
        found["regular_price_only"] = True
    if depth < 1 and draw(st.integers(0, 6)) == 1:
        found["not"] = draw(selectors(depth + 1))
    return found


@cache
def leaves(line_scoped: bool) -> st.SearchStrategy[Json]:
    subtotal = st.tuples(bounds(money(100_000)), st.sampled_from(["list", "current"]), selectors())
    counts = st.integers(0, 40)
    found = [
        subtotal.map(lambda t: {"subtotal": t[0] | {"basis": t[1], "of": t[2]}}),
        st.tuples(bounds(quantity()), selectors()).map(lambda t: {"quantity": t[0] | {"of": t[1]}}),
        selectors().map(lambda s: {"contains": s}),
        st.dictionaries(st.sampled_from(SKUS), quantity(), min_size=1, max_size=2).map(lambda d: {"kit": d}),
        st.booleans().map(lambda b: {"identified": b}),
        some(SEGMENTS).map(lambda v: {"segment": v}),
        some(TIERS).map(lambda v: {"tier": v}),
        st.sampled_from(["SPRING", "AUTUMN"]).map(lambda v: {"coupon": v}),
        some(["card", "cash"]).map(lambda v: {"payment": v}),
        some(["till", "site"]).map(lambda v: {"channel": v}),
        some(["plastic", "virtual"]).map(lambda v: {"card_kind": v}),
        st.sampled_from([{"name": "city", "equals": "Omsk"}, {"name": "city", "in": ["Omsk", "Tomsk"]}]).map(
            lambda v: {"attribute": v}
        ),
        bounds(counts.map(str)).map(lambda b: {"points": b}),
        bounds(money(2_000_000)).map(lambda b: {"turnover": b | {"window": "all"}}),
        st.one_of(
            st.integers(1, 6).map(lambda k: {"equals": k}),
            st.integers(1, 4).map(lambda k: {"every": k}),
            bounds(counts),
        ).map(lambda v: {"purchase_number": v}),
        st.booleans().map(lambda b: {"first_purchase": b}),
        bounds(counts).map(lambda b: {"absent_days": b}),
        st.integers(0, 60).map(lambda d: {"returned_within": {"days": d}}),
        st.integers(0, 400).map(lambda d: {"registered_within": {"days": d}}),
        bounds(counts).map(lambda b: {"age": b}),
        st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda t: {"birthday": {"before": t[0], "after": t[1]}}),
    ]
    if line_scoped:
        found.append(bounds(quantity()).map(lambda b: {"line_quantity": b}))
    return st.one_of(found).filter(possible)


def possible(condition: Json) -> bool:
    """Nothing is less than zero: publishing refuses bounds that leave nothing."""
    ((_, value),) = condition.items()
    return not (isinstance(value, dict) and "less_than" in value and float(value["less_than"]) <= 0)


@cache
def conditions() -> st.SearchStrategy[Json]:
    def combine(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
        lists = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            lists.map(lambda v: {"any": v}), lists.map(lambda v: {"all": v}), inner.map(lambda v: {"not": v})
        )

    return st.recursive(leaves(True), combine, max_leaves=4)


@cache
def levels(values: st.SearchStrategy[str], high: int) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.tuples(values, percent(high)), min_size=1, max_size=4, unique_by=lambda t: float(t[0])).map(
        lambda rows: [list(row) for row in sorted(rows, key=lambda r: float(r[0]))]
    )


@cache
def by_levels(high: int) -> st.SearchStrategy[Json]:
    return st.one_of(
        st.dictionaries(st.sampled_from(TIERS), percent(high), min_size=1).map(lambda d: {"tier": d}),
        levels(money(2_000_000), high).map(lambda v: {"turnover": "all", "levels": v}),
        st.tuples(levels(money(100_000), high), st.sampled_from(["list", "current"])).map(
            lambda t: {"subtotal": True, "levels": t[0], "basis": t[1]}
        ),
        st.tuples(levels(quantity(), high), selectors()).map(lambda t: {"quantity": True, "levels": t[0], "of": t[1]}),
    )


ROUNDINGS = ["half_up", "half_even", "down", "up"]


@cache
@st.composite
def discounts(draw: st.DrawFn, units: bool) -> Json:
    off: Json = draw(st.one_of(percent().map(lambda v: {"percent": v}), money(5000).map(lambda v: {"amount": v})))
    kinds = ["percent", "percent", "percent_by", "basket", "line", "unit", "price", "total", "pick", "next", "round"]
    kind = draw(st.sampled_from([*kinds, "every", "buy", "buy", "bundle", "kit"] if units else kinds))
    if kind == "percent":
        found: Json = {"percent": draw(percent()), "round": draw(st.sampled_from(["line", "unit", "basket"]))}
    elif kind == "percent_by":
        found = {"percent_by": draw(by_levels(1_000_000))}
    elif kind == "basket":
        found = {"amount": draw(money()), "by": draw(st.sampled_from(["value", "quantity", "even"]))}
    elif kind == "line":
        found = {"amount": draw(money(10_000)), "per": "line"}
    elif kind == "unit":
        found = {"amount": draw(money(10_000)), "per": "unit"}
        if draw(st.booleans()):
            found["max_units"] = draw(st.integers(1, 5))
    elif kind == "price":
        return {"unit_price": draw(money(20_000))}
    elif kind == "total":
        return {"total": draw(money())}
    elif kind == "round":
        return {"round_down_to": draw(st.sampled_from(["0.10", "1.00", "7.77", "100.00"]))}
    elif kind == "next":
        found = {"amount_first": draw(money(5000)), "amount_next": draw(money(5000))}
        return found | ({"max_units": draw(st.integers(1, 5))} if draw(st.booleans()) else {})
    elif kind == "pick":
        found = {draw(st.sampled_from(["cheapest", "dearest"])): draw(st.sampled_from(["unit", "line"]))} | off
    elif kind == "bundle":
        bundle = {"size": draw(st.integers(1, 4)), "price": draw(money()), "times": draw(st.integers(1, 3))}
        return {"bundle": bundle | {"pick": draw(st.sampled_from(["cheapest", "dearest"]))}}
    elif kind == "kit":
        kit = draw(st.dictionaries(st.sampled_from(SKUS), st.integers(1, 2), min_size=1, max_size=2))
        return {"kit": kit} | draw(st.one_of(st.just(off), money().map(lambda v: {"price": v})))
    elif kind == "every":
        found = {"every": draw(st.integers(1, 4))} | off
    else:
        found = {
            "buy": {"quantity": draw(st.integers(1, 3)), "of": draw(selectors())},
            "get": {
                "quantity": draw(st.integers(1, 3)),
                "of": draw(selectors()),
                "percent": draw(percent()),
                "pick": draw(st.sampled_from(["cheapest", "dearest"])),
            },
            "times": draw(st.integers(1, 4)),
            "partial": draw(st.booleans()),
            "place": draw(st.sampled_from(["got", "all"])),
        }
    if draw(st.integers(0, 3)) == 1:
        found["rounding"] = draw(st.sampled_from(ROUNDINGS))
    return found


@cache
@st.composite
def accruals(draw: st.DrawFn, digits: int) -> Json:
    points = st.integers(0, 300).map(str)
    kind = draw(st.sampled_from(["percent", "percent", "by", "per", "flat"]))
    if kind == "flat":
        return {"points": draw(points)}
    if kind == "per":
        found: Json = {
            "points_per": {"spend": draw(money(20_000, 1)), "points": draw(points)},
            "scope": draw(st.sampled_from(["basket", "line"])),
        }
    else:
        found = (
            {"points_percent": draw(percent(2_000_000))}
            if kind == "percent"
            else {"points_percent_by": draw(by_levels(2_000_000))}
        )
        if draw(st.integers(0, 3)) == 1:
            found["rounding"] = draw(st.sampled_from(ROUNDINGS))
    found["base"] = draw(st.sampled_from(["paid", "net", "list"]))
    if draw(st.integers(0, 3)) == 1:
        found["cap"] = draw(points)
    return found


ACTIVES: list[Json] = [
    {"from": "2026-11-21", "to": "2027-06-01"},
    {"from": "2026-11-20T12:00:00+03:00", "to": "2026-11-22T20:15:00+00:00"},
    {"weekdays": ["fri", "sun"]},
    {"weekdays": ["fri"], "hours": [["22:00", "02:00"]]},
    {"hours": [["08:00", "11:00"], ["23:00", "24:00"]]},
    {"dates": ["12-31", "2028-02-29", "11-20"]},
]


class Ids:
    def __init__(self) -> None:
        self.count = 0
        self.multipliers = 0

    def next(self) -> str:
        self.count += 1
        return f"n{self.count}"


@st.composite
def rules(draw: st.DrawFn, stage: str, ids: Ids, digits: int, units: bool) -> Json:
    rule: Json = {"id": ids.next()}
    if stage == "discounts":
        rule["give"] = draw(discounts(units))
        if draw(st.integers(0, 4)) == 1:
            rule["cap"] = draw(money(5000))
    elif stage == "accrual":
        rule["give"] = draw(accruals(digits))
    else:
        rule["give"] = {"offer_card": {"kind": "plastic"}}
    if draw(st.integers(0, 3)) == 1:
        rule["on"] = draw(selectors())
    if draw(st.integers(0, 3)) == 1:
        rule["when"] = draw(st.lists(conditions(), min_size=1, max_size=2))
    if draw(st.integers(0, 7)) == 1:
        rule["active"] = draw(st.sampled_from(ACTIVES))
    if draw(st.integers(0, 9)) == 1:
        rule["stores"] = draw(some(["s1", "s2"]))
    if draw(st.integers(0, 9)) == 1:
        rule["uses"] = {"per_customer": {"count": draw(st.integers(1, 3))}}
    special = draw(st.integers(0, 30))
    if special == 11:
        rule["exclusive"] = True
    elif special in (12, 13):
        rule["always"] = True
    return rule


@st.composite
def groups(draw: st.DrawFn, stage: str, ids: Ids, digits: int, depth: int = 0, units: bool = True) -> Json:
    mode = draw(st.sampled_from(["sum", "sequence", "max", "min", "first"]))
    group: Json = {"id": ids.next(), "mode": mode, "decide": draw(st.sampled_from(["line", "basket"]))}
    if draw(st.integers(0, 3)) == 1:
        group["most"] = draw(st.integers(1, 2))
    chooses = (group["decide"] == "line" and mode != "sequence") or (
        mode not in ("sum", "sequence") and group.get("most", 1) > 1
    )
    children = []
    for _ in range(draw(st.integers(1, 4))):
        if depth < 2 and draw(st.integers(0, 3)) == 1:
            children.append(draw(groups(stage, ids, digits, depth + 1, units and not chooses)))
        else:
            children.append(draw(rules(stage, ids, digits, units and not chooses)))
            if stage == "accrual" and mode == "sequence" and ids.multipliers < 3 and draw(st.booleans()):
                ids.multipliers += 1
                times = draw(st.sampled_from(["1", "1.5", "2", "3.333"]))
                children[-1]["give"] = {"points_times": times}
    group["children"] = children
    return group


@cache
@st.composite
def redemptions(draw: st.DrawFn) -> Json:
    found: Json = {"max_share": draw(percent())}
    for key, values in (
        ("share_of", ["eligible", "basket"]),
        ("order", ["after_discounts", "before_discounts"]),
        ("as", ["discount", "tender"]),
        ("step", ["1", "10"]),
        ("min_points", ["0", "5", "33"]),
        ("max_points", ["50", "400"]),
        ("earn_while_redeeming", [True, False]),
    ):
        if draw(st.booleans()):
            found[key] = draw(st.sampled_from(values))
    if found.get("as") == "tender":
        found.pop("order", None)
    if draw(st.integers(0, 2)) == 1:
        found["exclude"] = draw(selectors())
    return found


@st.composite
def programmes(draw: st.DrawFn) -> Json:
    ids, digits = Ids(), draw(st.sampled_from([0, 0, 1, 2]))
    found: Json = {
        "format": 1,
        "id": "p",
        "revision": 1,
        "currency": "RUB",
        "points": {
            "digits": digits,
            "worth": draw(st.sampled_from(["1.00", "0.10", "0.50", "3.33"])),
            "rounding": draw(st.sampled_from(ROUNDINGS)),
            "round_at": draw(st.sampled_from(["receipt", "receipt", "rule", "line"])),
        },
        "tiers": {
            "window": "all",
            "includes_receipt": draw(st.booleans()),
            "levels": [
                {"id": "base", "from": "0"},
                {"id": "silver", "from": "1000.00"},
                {"id": "gold", "from": "9000.00"},
            ],
        },
    }
    if draw(st.integers(0, 3)) == 1:
        found["rounding"] = draw(st.sampled_from(ROUNDINGS))
    if draw(st.integers(0, 2)) == 1:
        found["spread"] = draw(st.sampled_from(["running_remainder", "first", "last"]))
    if draw(st.integers(0, 9)) != 1:
        found["discounts"] = draw(groups("discounts", ids, digits))
    if draw(st.booleans()):
        found["accrual"] = draw(groups("accrual", ids, digits))
    if draw(st.booleans()):
        found["redemption"] = draw(redemptions())
    if draw(st.integers(0, 3)) == 1:
        found["limits"] = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "discount_share": percent(),
                    "line_discount_share": percent(),
                    "discount_amount": money(),
                    "min_unit_price": money(500),
                },
            )
        )
    if draw(st.integers(0, 3)) == 1:
        found["regulated"] = [
            {"kind": "tobacco", "discount": False, "earn": False},
            {"kind": "vodka", "floor_per_litre": "818.00", "from": "2026-11-21", "redeem": False},
        ]
    found["rewards"] = [draw(rules("rewards", ids, digits, False)) for _ in range(draw(st.integers(0, 2)))]
    return found


@cache
@st.composite
def lines(draw: st.DrawFn, number: int) -> Json:
    line: Json = {
        "id": str(number),
        "sku": draw(st.sampled_from(SKUS)),
        "quantity": draw(quantity()),
        "unit_price": draw(money(50_000)),
    }
    if draw(st.booleans()):
        line["categories"] = draw(some(CATEGORIES))
    if draw(st.integers(0, 2)) == 1:
        line["brand"] = draw(st.sampled_from(BRANDS))
    if draw(st.integers(0, 2)) == 1:
        line["tags"] = draw(some(TAGS))
    if draw(st.integers(0, 4)) == 1:
        line["min_unit_price"] = draw(money(50_000))
    for flag in ("discountable", "redeemable", "earnable", "regular_price"):
        if draw(st.integers(0, 7)) == 1:
            line[flag] = False
    if draw(st.integers(0, 5)) == 1:
        line |= {"regulated": draw(st.sampled_from(["tobacco", "vodka", "milk"])), "litres": "0.5"}
    return line


@cache
@st.composite
def baskets(draw: st.DrawFn, most_lines: int = 5) -> Json:
    found: Json = {
        "currency": "RUB",
        "lines": [draw(lines(k)) for k in range(1, draw(st.integers(1, most_lines)) + 1)],
    }
    if draw(st.integers(0, 9)) != 1:
        found["time"] = draw(st.sampled_from(TIMES))
    for key, values in (
        ("store", st.sampled_from(["s1", "s3"])),
        ("channel", st.sampled_from(["till", "site"])),
        ("coupons", some(["SPRING", "WINTER"])),
        ("payments", st.just([{"type": "card", "amount": "1.00"}])),
        ("certificates", money().map(lambda v: [{"number": "1", "amount": v}])),
        ("redeem", st.one_of(st.just({"max": True}), st.integers(0, 2000).map(lambda k: {"points": str(k)}))),
    ):
        if draw(st.integers(0, 2)) == 1:
            found[key] = draw(values)
    if draw(st.integers(0, 3)) != 1:
        found["customer"] = draw(
            st.fixed_dictionaries(
                {"id": st.just("c1")},
                optional={
                    "tier": st.sampled_from([*TIERS, "lost"]),
                    "segments": some(SEGMENTS),
                    "points": st.integers(-5, 3000).map(str),
                    "turnover": money(1_500_000).map(lambda v: {"all": v}),
                    "purchases": st.integers(0, 8),
                    "last_purchase": st.sampled_from(["2026-11-19T23:30:00+00:00", "2026-11-01T10:00:00+03:00"]),
                    "registered": st.sampled_from(["2026-01-31T10:00:00+03:00", "2026-11-20T10:00:00+03:00"]),
                    "birthday": st.sampled_from(["1990-11-21", "2000-02-29", "1996-12-31", "2010-01-01"]),
                    "card_kind": st.sampled_from(["plastic", "virtual"]),
                    "attributes": st.just({"city": "Omsk"}),
                    "uses": st.just({f"n{k}": {"count": 1} for k in range(1, 12)}),
                },
            )
        )
    return found
