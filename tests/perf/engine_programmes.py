"""The programmes and baskets that the engine is measured on: those of a grocery chain, every rule of them in play.

Of twenty rules eight compete for the best price of a line, four are deals one after the other (off units, two and one
free, by the subtotal, the cheapest), three are amounts by the receipt's subtotal or a coupon, one is by tier, four give
points. More rules are more such twenties with other percents over the same goods. Any ten goods in a row have goods for
every rule.
"""

from typing import Any

Json = dict[str, Any]

GOODS = 200
SET = 20
DAY = "2026-11-21T14:05:00+03:00"


def programme(rules: int = SET, idle: int = 0) -> Json:
    """`rules` in play (a multiple of 20), and `idle` ones that can give nothing on the baskets of this file."""
    sets = range(rules // SET)
    rest = [idle_rule(k) for k in range(idle)]
    points = [idle_rule(k) | {"give": {"points_percent": "3"}} for k in range(idle // 10)]
    rest = rest[len(points) :]
    shelf, deals = rest[::3] + rest[1::3], rest[2::3]
    children = [
        group("shelf", "max", [rule for s in sets for rule in best_price(s)] + shelf),
        group("deals", "sequence", [rule for s in sets for rule in deal(s)] + deals),
        group("receipt", "first", [rule for s in reversed(sets) for rule in off_receipt(s)]) | {"decide": "basket"},
        group("tiers", "sequence", [by_tier(s) for s in sets]),
    ]
    return {
        "format": 1, "id": "chain", "revision": 1, "currency": "RUB",
        "points": {"digits": 0, "worth": "1.00", "rounding": "down"},
        "tiers": {"window": "all", "levels": [{"id": "base", "from": "0"}, {"id": "silver", "from": "10000.00"}]},
        "discounts": group("root", "sequence", children),
        "limits": {"discount_share": "70", "min_unit_price": "0.01"},
        "redemption": {"max_share": "30", "min_points": "50"},
        "accrual": group("accrual", "sum", [rule for s in sets for rule in earning(s)] + points),
    }  # fmt: skip


def group(name: str, mode: str, children: list[Json]) -> Json:
    return {"id": name, "mode": mode, "children": children}


def skus(residue: int, step: int) -> Json:
    return {"sku": [f"sku{g}" for g in range(residue % step, GOODS, step)]}


def best_price(s: int) -> list[Json]:
    vary = [f"{5 + (3 * s + k) % 11}.5" for k in range(8)]
    gives: list[tuple[Json, Json]] = [
        ({"percent": vary[0]}, {"on": {"category": [f"dept{s % 5}"]}}),
        ({"percent": vary[1]}, {"on": {"category": [f"dept{(s + 2) % 5}"]}, "when": [identified()]}),
        ({"percent": vary[2]}, {"on": {"category": [f"dept{s % 5}/shelf{2 * (s % 5)}"]}, "when": [quantity(s)]}),
        ({"percent": vary[3]}, {"on": {"brand": [f"brand{s % 4}"]}}),
        ({"percent": vary[4]}, {"on": {"tag": [f"tag{s % 3}"]}, "active": {"from": "2026-01-01", "to": "2026-12-31"}}),
        ({"percent": vary[5]}, {"on": skus(s, 5)}),
        ({"unit_price": f"{60 + s}.00"}, {"on": skus(s + 3, 10)}),
        ({"percent": vary[6]}, {"on": {"category": [f"dept{(s + 1) % 5}"]}, "when": [{"segment": ["vip", "staff"]}]}),
    ]
    return rules(f"best{s}", gives)


def deal(s: int) -> list[Json]:
    dept = {"category": [f"dept{(s + 3) % 5}"]}
    buy_get = {"buy": {"quantity": 2}, "get": {"quantity": 1, "percent": "100"}}
    levels = [["500.00", "1"], ["2000.00", "1.5"], ["5000.00", "2"]]
    gives: list[tuple[Json, Json]] = [
        ({"amount": "1.50", "per": "unit", "max_units": 3}, {"on": skus(s + 1, 10)}),
        (buy_get, {"on": dept}),
        ({"percent_by": {"subtotal": True, "levels": levels}}, {"on": {"category": [f"dept{(s + 4) % 5}"]}}),
        ({"cheapest": "unit", "percent": "20"}, {"on": {"tag": [f"tag{(s + 1) % 3}"]}}),
    ]
    return rules(f"deal{s}", gives)


def off_receipt(s: int) -> list[Json]:
    return rules(
        f"receipt{s}",
        [
            ({"amount": f"{500 + s}.00"}, {"when": [{"subtotal": {"at_least": f"{90_000 + 1_000 * s}.00"}}]}),
            ({"amount": f"{200 + s}.00"}, {"when": [{"subtotal": {"at_least": f"{1_000 + 2_500 * s}.00"}}]}),
            ({"amount": f"{50 + s}.00"}, {"when": [{"coupon": "SPRING"}]}),
        ],
    )


def by_tier(s: int) -> Json:
    return {"id": f"tier{s}", "give": {"percent_by": {"tier": {"base": "0.5", "silver": f"1.{s % 3}5"}}}}


def earning(s: int) -> list[Json]:
    return rules(
        f"points{s}",
        [
            ({"points_percent": f"{1 + s % 3}"}, {}),
            ({"points_percent": "2.5"}, {"on": {"category": [f"dept{(s + 1) % 5}"]}}),
            ({"points_per": {"spend": "100.00", "points": "1"}}, {"on": {"brand": [f"brand{(s + 1) % 4}"]}}),
            ({"points": f"{20 + s}"}, {"when": [{"subtotal": {"at_least": "500.00", "basis": "current"}}]}),
        ],
    )


def identified() -> Json:
    return {"identified": True}


def quantity(s: int) -> Json:
    return {"quantity": {"at_least": "1", "of": {"category": [f"dept{s % 5}"]}}}


def rules(name: str, gives: list[tuple[Json, Json]]) -> list[Json]:
    return [{"id": f"{name}-{k}", "give": give, **rest} for k, (give, rest) in enumerate(gives)]


def idle_rule(k: int) -> Json:
    """For goods that are not there, and for whom, where or when it is not."""
    kinds: list[Json] = [
        {"on": {"sku": [f"other{k}", f"other{k + 1}"]}},
        {"on": {"category": [f"elsewhere{k % 50}/shelf{k}"]}},
        {"on": {"brand": [f"other{k}"]}},
        {"when": [{"coupon": f"CODE{k}"}]},
        {"on": {"category": [f"dept{k % 5}"]}, "when": [{"segment": [f"segment{k}"]}]},
        {"on": {"category": [f"dept{k % 5}"], "brand": [f"other{k}"]}},
        {"on": {"sku": [f"sku{k % GOODS}"]}, "stores": [f"store{k % 300}"]},
        {"on": {"tag": [f"tag{k % 3}"]}, "active": {"from": "2026-01-01", "to": f"2026-0{1 + k % 9}-28"}},
    ]
    return {"id": f"idle{k}", "give": {"percent": "15"}, **kinds[k % len(kinds)]}


def basket(lines: int, number: int = 0) -> Json:
    """The `number`-th basket of so many different goods (of the same goods again past 200), a customer with a card."""
    order = sorted(range(lines), key=lambda i: (i * 7919 + number * 104_729) % 1_000_003)
    goods = [(number * lines + i) % GOODS for i in order]
    return {
        "currency": "RUB", "time": DAY, "store": "msk-01",
        "lines": [line(k + 1, g, 1 + (g + number) % 4) for k, g in enumerate(goods)],
        "payments": [{"type": "card"}],
        "customer": {"id": "c1", "points": "350", "segments": ["vip"], "turnover": {"all": "12000.00"}},
    }  # fmt: skip


def line(number: int, good: int, quantity: int) -> Json:
    shelf = good % 10
    return {
        "id": str(number), "sku": f"sku{good}", "quantity": str(quantity) if good % 13 else "0.785",
        "unit_price": f"{79 + good * 37 % 400}.{good % 10}9", "categories": [f"dept{shelf // 2}/shelf{shelf}"],
        "brand": f"brand{good % 4}", "tags": [f"tag{good % 3}"],
    }  # fmt: skip
