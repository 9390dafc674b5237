"""A small invented chain to try `tillgate backtest` on: two programmes and ten weeks of receipts."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

__all__ = ["write_sample"]

Json = dict[str, Any]

RECEIPTS = 20_000
STORES = {"lesnaya": 5, "vokzal": 4, "naberezhnaya": 2}
SEGMENTS = ["morning", "family", "students"]
GOODS = [
    ("coffee-beans", "drinks/coffee", 89_900, 3), ("espresso", "drinks/coffee", 14_900, 9),
    ("cappuccino", "drinks/coffee", 21_900, 12), ("tea-black", "drinks/tea", 12_900, 5),
    ("juice", "drinks/juice", 15_900, 4), ("croissant", "bakery/sweet", 11_900, 8),
    ("rye-bread", "bakery/bread", 7_900, 6), ("cheesecake", "bakery/sweet", 29_900, 3),
    ("sandwich", "kitchen", 24_900, 6), ("soup", "kitchen", 27_900, 4),
]  # fmt: skip
FIRST_DAY = datetime(2026, 9, 14, tzinfo=timezone(timedelta(hours=3)))


def write_sample(folder: Path) -> str:
    """Write the files, the same ones every time; the command to try them with."""
    folder.mkdir(parents=True, exist_ok=True)
    old, new = programmes()
    for name, document in (("old.json", old), ("new.json", new)):
        folder.joinpath(name).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    random = Random(20261121)
    with folder.joinpath("receipts.jsonl").open("w", encoding="utf-8") as file:
        for number in range(1, RECEIPTS + 1):
            file.write(json.dumps(receipt(random, number), ensure_ascii=False) + "\n")
    return (
        f"tillgate backtest --programme {folder}/new.json --against {folder}/old.json"
        f" --receipts {folder}/receipts.jsonl --html {folder}/report.html"
    )


def programmes() -> tuple[Json, Json]:
    """The old one gives a little on everything, the new one more on coffee and pastry and less on the rest."""
    old: Json = {
        "format": 1, "id": "club", "revision": 7, "currency": "RUB",
        "name": {"ru": "Клуб", "en": "Club"},
        "points": {"digits": 0, "worth": "1.00"},
        "discounts": {"id": "discounts", "mode": "max", "decide": "line", "children": [
            {"id": "club-3", "name": {"ru": "Клубная скидка 3 %", "en": "Club discount 3%"},
             "give": {"percent": "3"}, "when": [{"identified": True}]},
            {"id": "morning-coffee", "name": {"ru": "Утренний кофе", "en": "Morning coffee"},
             "give": {"percent": "10"}, "on": {"category": ["drinks/coffee"]},
             "active": {"hours": [["07:00", "10:00"]]}},
        ]},
        "accrual": {"id": "accrual", "mode": "sum", "children": [
            {"id": "points-5", "name": {"ru": "Баллы 5 %", "en": "Points 5%"}, "give": {"points_percent": "5"}}]},
        "redemption": {"max_share": "30"},
    }  # fmt: skip
    new = old | {"revision": 8, "discounts": {"id": "discounts", "mode": "max", "decide": "line", "children": [
        {"id": "morning-coffee", "name": {"ru": "Утренний кофе", "en": "Morning coffee"},
         "give": {"percent": "15"}, "on": {"category": ["drinks/coffee"]}, "active": {"hours": [["07:00", "11:00"]]}},
        {"id": "pastry", "name": {"ru": "Выпечка к кофе", "en": "Pastry with coffee"}, "give": {"percent": "20"},
         "on": {"category": ["bakery/sweet"]}, "when": [{"contains": {"category": ["drinks/coffee"]}}]},
        {"id": "students-7", "name": {"ru": "Студентам 7 %", "en": "Students 7%"}, "give": {"percent": "7"},
         "when": [{"segment": ["students"]}]},
    ]}}  # fmt: skip
    return old, new


def receipt(random: Random, number: int) -> Json:
    """One receipt; most guests are known."""
    time = FIRST_DAY + timedelta(days=random.randrange(70), minutes=random.randrange(7 * 60, 22 * 60))
    chosen = random.choices(GOODS, weights=[weight for *_, weight in GOODS], k=random.choice((1, 2, 2, 3, 4, 6)))
    lines = [
        {
            "sku": sku,
            "quantity": str(random.choice((1, 1, 1, 2, 3))),
            "unit_price": f"{price // 100}.{price % 100:02d}",
            "categories": [category],
        }
        for sku, category, price, _ in dict.fromkeys(chosen)
    ]
    basket: Json = {
        "currency": "RUB",
        "time": time.isoformat(),
        "store": random.choices(list(STORES), weights=list(STORES.values()))[0],
        "lines": lines,
    }
    if random.random() < 0.7:
        guest = random.randrange(3000)
        basket["customer"] = {"id": f"guest-{guest}", "points": str(guest % 400)}
        if guest % 4:
            basket["customer"]["segments"] = [SEGMENTS[guest % 3]]
        if random.random() < 0.2:
            basket["redeem"] = {"max": True}
    return {"id": f"r-{number:06d}", "basket": basket}
