"""One programme and one basket: what the calculator and the naive evaluator answer, and what must hold of both."""

import json
import os
from fractions import Fraction
from random import Random

from dice import rule_ids, thrown
from oracle import Oracle
from oracle_numbers import Json, number, ties

from tillgate.accel import Compiled, Explain, compile_programme
from tillgate.core import answer_document, parse_basket, parse_programme
from tillgate.core.errors import BasketInvalid

# The suite runs a part of what development runs: raise them to look longer, and elsewhere.
TIMES = int(os.environ.get("TILLGATE_NAIVE_TIMES", "1"))
FIRST_SEED = int(os.environ.get("TILLGATE_NAIVE_SEED", "1"))


MEASURED = frozenset(
    ("BELOW_AMOUNT", "ABOVE_AMOUNT", "BELOW_QUANTITY", "ABOVE_QUANTITY", "KIT_INCOMPLETE", "TURNOVER", "POINTS",
     "PURCHASE_NUMBER", "ABSENT_DAYS", "REGISTERED", "AGE", "USES", "FLOOR", "LIMIT")
)  # fmt: skip


def compiled_of(programme: Json) -> Compiled:
    return compile_programme(parse_programme(programme))


def answered(compiled: Compiled, basket: Json, explain: Explain = "full") -> Json:
    """The answer document without the sentences, whose wording nobody computes; of hints what lacks is left."""
    answer = answer_document(compiled.price(parse_basket(basket, compiled.points_digits), explain))
    found: Json = json.loads(json.dumps(answer))
    found["hints"] = [hint["en"].split(" and ")[0] for hint in found["hints"]]
    found["not_applied"] = [reason_of(entry) for entry in found["not_applied"]]
    return found


def reason_of(entry: Json) -> Json:
    """Without the sentence, and with figures of those reasons only whose figures are a measure against a bound."""
    assert entry["detail"].keys() == {"ru", "en"}
    keys = ("need", "actual", "missing") if entry["reason"] in MEASURED else ()
    return {key: entry[key] for key in ("rule", "reason", *keys, "by", "sku") if key in entry}


def compare(compiled: Compiled, programme: Json, basket: Json, random: Random, overflow: bool = False) -> int | None:
    """Asserts that both agree byte for byte and that the invariants hold. Returns how many rules gave something.

    With `overflow` the calculator may say that a figure does not fit; None then, for nothing was compared.
    """
    naive = Oracle(programme, basket)
    ties.clear()
    expected = naive.evaluate()
    tied = bool(ties)
    if overflow and overflows(compiled, basket):
        return None
    found = answered(compiled, basket)
    assert json.dumps(found) == json.dumps(expected)
    check_sums(found, basket, naive)
    told = [entry["rule"] for key in ("applied", "not_applied", "rewards") for entry in found[key]]
    assert set(told) == set(rule_ids(programme)), "every rule is told of"
    if random.randrange(3) == 0:
        check_again(compiled, basket, found, naive.unit)
    if not tied and random.randrange(2) == 0:
        check_turned(compiled, basket, found, random)
    return len(found["applied"]) + len(found["rewards"])


def overflows(compiled: Compiled, basket: Json) -> bool:
    """Whether the calculator says that a figure does not fit."""
    try:
        compiled.total_minor(parse_basket(basket, compiled.points_digits))
    except BasketInvalid as error:
        return error.metadata["reason"] == "OVERFLOW"
    return False


def check_sums(found: Json, basket: Json, naive: Oracle) -> None:
    """The invariants that hold for every basket."""
    lines = found["lines"]
    assert sum(number(x["net"]) for x in lines) == number(found["total"])
    assert sum(number(d["amount"]) for x in lines for d in x["discounts"]) == number(found["discount"])
    assert sum(number(x["redeemed"]) for x in lines) == number(found["redeemed"]["amount"])
    assert sum(number(x["points"]) for x in lines) == number(found["points"]["earned"])
    assert sum(map(number, found["points"]["by_rule"].values())) == number(found["points"]["earned"])
    lots = found["points"].get("lots")
    assert lots is None or sum(number(x["points"]) for x in lots) == number(found["points"]["earned"])
    assert 0 <= number(found["tender"]) <= number(found["total"]) <= number(found["list"])
    redeemable = found["points"]["redeemable"]
    assert 0 <= number(redeemable["min"]) <= number(redeemable["max"])
    assert number(found["redeemed"]["points"]) <= number(redeemable["max"])
    amounts = [entry["amount"] for entry in found["applied"] if "amount" in entry]
    assert sum(map(number, amounts)) == number(found["discount"])
    for i, (line, source) in enumerate(zip(lines, basket["lines"], strict=True)):
        check_line(line, source, Fraction(naive.floor[i], naive.unit), naive.unit)


def check_line(line: Json, source: Json, floor: Fraction, unit: int) -> None:
    net = number(line["net"])
    assert all(number(d["amount"]) > 0 for d in line["discounts"])
    assert min(net, number(line["points"]), number(line["redeemed"])) >= 0
    assert net >= min(floor, number(line["list"])), "no line goes under its floor"
    pieces = [tuple(number(piece[key]) for key in ("quantity", "unit_price", "total")) for piece in line["pieces"]]
    assert sum(total for _, _, total in pieces) == net
    assert sum(quantity for quantity, _, _ in pieces) == number(source["quantity"])
    prices = [price for _, price, _ in pieces]
    assert max(prices) - min(prices) <= Fraction(1, unit)
    for quantity, price, total in pieces:
        assert (quantity * price * unit + Fraction(1, 2)) // 1 == total * unit


def check_again(compiled: Compiled, basket: Json, found: Json, unit: int) -> None:
    """The same bytes once more, and at every level of explanation."""
    assert answered(compiled, basket) == found
    brief = answered(compiled, basket, "none")
    assert brief == found | {"applied": [], "not_applied": [], "hints": []}
    assert answered(compiled, basket, "applied") == found | {"not_applied": [], "hints": []}
    total = compiled.total_minor(parse_basket(basket, compiled.points_digits))
    assert total == sum(number(line["net"]) for line in brief["lines"]) * unit


def check_turned(compiled: Compiled, basket: Json, found: Json, random: Random) -> None:
    """Where nothing is tied, the order of the lines changes the order of the lines."""
    order = random.sample(range(len(found["lines"])), len(found["lines"]))
    named = [line | {"id": answer["id"]} for line, answer in zip(basket["lines"], found["lines"], strict=True)]
    turned = answered(compiled, basket | {"lines": [named[k] for k in order]})
    assert turned == found | {"lines": [found["lines"][k] for k in order]}


def compare_throws(about: str, programmes: int, baskets: int, extreme: bool | None = None) -> int:
    """Seeds in a row; the seed of a failure is told. Returns how many pairs were compared."""
    gave = compared = 0
    for seed in range(FIRST_SEED, FIRST_SEED + programmes * TIMES):
        programme, bought = thrown(seed, baskets, about, extreme)
        random = Random(seed)
        compiled = compiled_of(programme)
        for position, basket in enumerate(bought):
            try:
                found = compare(compiled, programme, basket, random, overflow=extreme is not False)
            except AssertionError as error:
                error.add_note(f"basket {position} of thrown({seed}, {baskets}, {about!r}, {extreme})")
                error.add_note(f"once more: TILLGATE_NAIVE_SEED={seed}")
                raise
            compared += found is not None
            gave += found or 0
    assert gave > programmes * TIMES * baskets, "rules that give something are what is compared"
    return compared
