"""Documents that nobody should send: any bytes, any JSON, valid documents with something wrong in them.

    python tests/accel/fuzzing.py SECONDS [SEED]    as long as you like; the suite runs a second of it

Only the documented errors may come out, whatever goes in.
"""

import json
import sys
import time
from copy import deepcopy
from random import Random
from typing import Any

from dice import Dice
from oracle_numbers import Json

from tillgate.accel import compile_programme
from tillgate.core import answer_document, parse_basket, parse_programme
from tillgate.core.checks import find_contradictions
from tillgate.core.errors import BasketInvalid, CurrencyMismatch, ProgrammeInvalid

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, -(2**63), 2**64, "", " ", "0", "-0", "1e5", "NaN", "Infinity", "1" * 21, "١",
    "999999999999.99", "0.001", "0.0000001", "\x00", "\ud800", "𝔘", "x" * 300, [], [[]], {}, {"": ""}, "2026-02-30",
    "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "24:00", "02-29", "half_up",
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a value."""
    keys: Any = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


def spoil(document: Any, random: Random) -> None:
    """Puts something wrong in one place."""
    container, key = random.choice(places(document))
    how = random.randrange(12)
    if how > 5:  # Of the same type, so that it comes further than the first look.
        like = [junk for junk in JUNK if type(junk) is type(container[key])]
        container[key] = deepcopy(random.choice(like or JUNK))
    elif how == 0:
        container[key] = deepcopy(random.choice(JUNK))
    elif how == 1:
        other, from_key = random.choice(places(document))
        container[key] = json.loads(json.dumps(other[from_key]))
    elif how == 2 and isinstance(container, dict):
        container[str(random.choice(JUNK))] = container.pop(key)
    elif how == 3:
        del container[key]
    elif how == 4 and isinstance(container, list):
        container *= random.choice((0, 2, 40))
    else:
        for _ in range(random.choice((1, 20))):
            container[key] = random.choice(([container[key]], {"not": container[key]}, {"any": [container[key]]}))


def price(programme: Any, basket: Any) -> str:
    """What becomes of the two: `answer`, or the documented error."""
    try:
        parsed = parse_programme(programme)
        find_contradictions(parsed)
        compiled = compile_programme(parsed)
        read = parse_basket(basket, compiled.points_digits)
        for level in ("none", "full"):
            answer = compiled.price(read, level)  # type: ignore[arg-type]
        json.dumps(answer_document(answer))
    except (ProgrammeInvalid, BasketInvalid) as error:
        return error.metadata["reason"] if error.path.startswith("$") else f"path {error.path!r}"
    except CurrencyMismatch:
        return "CURRENCY"
    return "answer"


def once(seed: int) -> str:
    """One seed: bytes of chance, JSON of chance, or documents with something wrong in them."""
    random = Random(seed)
    dice = Dice(random)
    programme: Json = deepcopy(dice.programme())
    basket: Json = deepcopy(dice.basket())
    kind = random.randrange(8)
    if kind == 0:
        text = bytearray(json.dumps(programme if random.randrange(2) else basket).encode())
        for _ in range(random.randint(1, 10)):
            text[random.randrange(len(text))] = random.randrange(256)
        return price(bytes(text), basket) if random.randrange(2) else price(programme, bytes(text))
    if kind == 1:
        return price(random.choice(JUNK), random.choice(JUNK))
    for _ in range(random.choice((1, 1, 2, 5))):
        spoil(programme if kind < 5 else basket, random)
    return price(programme, basket)


def main(seconds: float, seed: int) -> dict[str, int]:
    """How often what came out."""
    found: dict[str, int] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            outcome = once(seed)
        except BaseException:
            print(f"seed {seed}", file=sys.stderr)
            raise
        found[outcome] = found.get(outcome, 0) + 1
        seed += 1
    return found


if __name__ == "__main__":
    counts = main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(sum(counts.values()), "documents:", dict(sorted(counts.items(), key=lambda pair: -pair[1])))
