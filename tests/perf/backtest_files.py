"""Files of many ten-line receipts, made in seconds from a stock of lines and guests."""

import itertools
import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["programmes", "typed", "write_lines", "write_parquet"]

Json = dict[str, Any]
LINES = 10
STOCK = 5_000
STORES = 50
ROWS_IN_GROUP = 50_000
FIRST = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=3)))
CATEGORIES = [f"goods/{group}/{kind}" for group in "abcdefgh" for kind in range(10)]


def programmes() -> tuple[Json, Json]:
    """Twenty rules each, of which some apply: by goods, by basket, by guest; points earned and spent."""
    old: Json = {
        "format": 1, "id": "chain", "revision": 1, "currency": "RUB", "points": {"digits": 0, "worth": "1.00"},
        "tiers": {"levels": [{"id": "base", "from": "0"}, {"id": "gold", "from": "50000.00"}]},
        "discounts": {"id": "root", "mode": "sequence", "children": [
            {"id": "goods", "mode": "max", "decide": "line", "children": [
                *({"id": f"category-{k}", "give": {"percent": str(3 + k)}, "on": {"category": [f"goods/{group}"]}}
                  for k, group in enumerate("abcdef")),
                *({"id": f"sku-{k}", "give": {"percent": "15"}, "on": {"sku": [f"46{k * 10:08}", f"46{k * 7:08}"]}}
                  for k in range(6)),
            ]},
            {"id": "evening", "give": {"percent": "2"}, "active": {"hours": [["20:00", "22:00"]]}},
            {"id": "vip", "give": {"percent": "3"}, "when": [{"segment": ["vip"]}]},
            {"id": "gold", "give": {"percent": "1"}, "when": [{"tier": ["gold"]}]},
            {"id": "large", "give": {"amount": "200.00"}, "when": [{"subtotal": {"at_least": "9000.00"}}]},
        ]},
        "redemption": {"max_share": "30"},
        "accrual": {"id": "accrual", "mode": "sum", "children": [
            {"id": "five", "give": {"points_percent": "5"}, "when": [{"identified": True}]},
            {"id": "more", "give": {"points_percent": "2"}, "on": {"category": ["goods/h"]}},
            {"id": "welcome", "give": {"points": "50"}, "when": [{"first_purchase": True}]},
        ]},
        "rewards": [{"id": "card", "give": {"offer_card": {"kind": "plastic"}},
                     "when": [{"identified": False}, {"subtotal": {"at_least": "3000.00"}}]}],
    }  # fmt: skip
    new: Json = json.loads(json.dumps(old)) | {"revision": 2}
    for child in new["discounts"]["children"][0]["children"][:6:2]:
        child["give"]["percent"] = "12"
    new["discounts"]["children"][1]["give"]["percent"] = "5"
    new["accrual"]["children"][0]["give"]["points_percent"] = "4"
    return new, old


def lines(random: Random) -> list[Json]:
    return [
        {
            "sku": f"46{random.randrange(20_000):08}",
            "quantity": random.choice(("1", "1", "1", "2", "3", "0.754")),
            "unit_price": f"{random.randrange(20, 900)}.{random.choice(('00', '90', '99'))}",
            "categories": [random.choice(CATEGORIES)],
            "brand": f"brand-{random.randrange(300)}",
        }
        for _ in range(STOCK)
    ]


def guests(random: Random) -> list[Json | None]:
    return [
        None
        if random.random() < 0.3
        else {
            "id": f"c-{k}",
            "segments": random.choice((["vip"], ["staff", "near"], [])),
            "points": str(random.randrange(2000)),
            "turnover": {"all": f"{random.randrange(90_000)}.00"},
            "purchases": random.randrange(60),
            "birthday": f"19{random.randrange(50, 99)}-05-17",
        }
        for k in range(STOCK)
    ]


def moments(random: Random, count: int) -> list[str]:
    return [(FIRST + timedelta(minutes=random.randrange(320 * 840))).isoformat() for _ in range(count)]


def write_lines(path: Path, count: int) -> None:
    """`count` receipts as JSON lines."""
    random = Random(20261121)
    stock = [json.dumps(line) for line in lines(random)]
    stock_of_guests = [json.dumps(guest) for guest in guests(random)]
    times = itertools.cycle(moments(random, 9_973))
    with path.open("w") as file:
        for number in range(count):
            sold = ", ".join(random.choices(stock, k=LINES))
            redeem = ', "redeem": {"max": true}' if number % 7 == 0 else ""
            file.write(
                f'{{"id": "r{number}", "basket": {{"currency": "RUB", "time": "{next(times)}", '
                f'"store": "store-{random.randrange(STORES)}", "lines": [{sold}], '
                f'"customer": {random.choice(stock_of_guests)}{redeem}}}}}\n'
            )


def write_parquet(path: Path, count: int) -> None:
    """`count` receipts as rows."""
    random = Random(20261121)
    money, whole = pa.decimal128(18, 2), pa.decimal128(18, 0)
    line = pa.struct([
        ("sku", pa.string()), ("quantity", pa.decimal128(13, 3)), ("unit_price", money),
        ("categories", pa.list_(pa.string())), ("brand", pa.string()),
    ])  # fmt: skip
    guest = pa.struct([
        ("id", pa.string()), ("segments", pa.list_(pa.string())), ("points", whole),
        ("turnover", pa.map_(pa.string(), money)), ("purchases", pa.int32()), ("birthday", pa.date32()),
    ])  # fmt: skip
    stock = _column(lines(random), line)
    stock_of_guests = _column(guests(random), guest)
    times, redeem = pa.array(moments(random, 9_973)), _column([{"max": True}, None], pa.struct([("max", pa.bool_())]))
    stores = pa.array([f"store-{k}" for k in range(STORES)])
    writer = None
    for start in range(0, count, ROWS_IN_GROUP):
        rows = min(ROWS_IN_GROUP, count - start)
        sold = stock.take(pa.array(random.choices(range(STOCK), k=rows * LINES)))
        parts = {
            "currency": pa.array(["RUB"] * rows),
            "time": times.take(pa.array(random.choices(range(9_973), k=rows))),
            "store": stores.take(pa.array(random.choices(range(STORES), k=rows))),
            "lines": pa.ListArray.from_arrays(pa.array(range(0, rows * LINES + 1, LINES), pa.int32()), sold),
            "customer": stock_of_guests.take(pa.array(random.choices(range(STOCK), k=rows))),
            "redeem": redeem.take(pa.array([0 if number % 7 == 0 else 1 for number in range(rows)])),
        }
        basket = pa.StructArray.from_arrays(list(parts.values()), list(parts))
        table = pa.table({"id": pa.array([f"r{start + k}" for k in range(rows)]), "basket": basket})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=ROWS_IN_GROUP)
    assert writer is not None
    writer.close()


def _column(documents: list[Any], kind: pa.DataType) -> pa.Array:
    """Documents with decimal strings as a column of numbers."""
    return pa.array([typed(document, kind) for document in documents], kind)


def typed(value: Any, kind: pa.DataType) -> Any:
    """A document's value as pyarrow wants it for a column."""
    if value is None:
        return None
    if pa.types.is_struct(kind):
        return {field.name: typed(value.get(field.name), field.type) for field in kind}
    if pa.types.is_map(kind):
        return [(key, typed(inner, kind.item_type)) for key, inner in value.items()]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [typed(inner, kind.value_type) for inner in value]
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return int(value) if pa.types.is_integer(kind) else value
