"""The dice reach every key and every value that the documents have: the readers themselves say which there are."""

import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from dice import Dice
from oracle_numbers import Json

from tillgate.core import parse_basket, parse_programme
from tillgate.core.errors import BasketInvalid, ProgrammeInvalid

PROGRAMMES = 1200
NEVER = "zzzzzzzzzzzz"
#: What prices nothing, or is looked at elsewhere.
ELSEWHERE = {"returns"}


def walk(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from walk(value[key], (*path, key))


def kind_of(path: tuple[Any, ...], name: str) -> str:
    """A place as a kind of place: nesting and names of one's own do not count."""
    text = ".".join("" if isinstance(step, int) else str(step) for step in path)
    text = re.sub(r"(children\.\.)+", "children..", text)
    text = re.sub(r"((any|all)\.\.|not\.)+", "&.", text)
    own = "turnover|attributes|uses" if name == "basket" else "kit|tier"
    return re.sub(rf"({own})\.[^.]+", r"\1.*", text)


def named(path: tuple[Any, ...]) -> str:
    """The last step that is a name."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def plain(value: str) -> str:
    """`rolling_days:30` is `rolling_days:N`."""
    return re.sub(r":\d+$", ":N", value)


def known_at(document: Json, path: tuple[Any, ...], read: Callable[[Json], Any]) -> frozenset[str]:
    """What the reader says it knows at a place, when it is asked with something that it does not know."""
    spoilt = json.loads(json.dumps(document))
    at = spoilt
    for step in path[:-1]:
        at = at[step]
    if not path:
        spoilt[NEVER] = 0
    elif isinstance(at[path[-1]], dict):
        at[path[-1]][NEVER] = 0
    else:
        at[path[-1]] = NEVER
    try:
        read(spoilt)
    except (BasketInvalid, ProgrammeInvalid) as error:
        found = re.search(r"known: ([^-]+?)( - |$)", str(error))
        return frozenset(found[1].split(", ")) if found else frozenset()
    return frozenset()


class Reached:
    """Keys and values by the set that the reader knows at their place."""

    def __init__(self) -> None:
        self.asked: dict[tuple[str, str], frozenset[str]] = {}
        self.seen: dict[tuple[str, frozenset[str]], set[str]] = {}

    def add(self, name: str, document: Json, read: Callable[[Json], Any]) -> None:
        for path, value in walk(document):
            if not isinstance(value, dict | str) or "examples" in path:
                continue
            place = f"{name} {type(value).__name__}", kind_of(path, name)
            if place not in self.asked:
                self.asked[place] = known_at(document, path, read)
            known = self.asked[place]
            if known:
                label = name if isinstance(value, dict) else f"{name} {named(path)}"
                self.seen.setdefault((label, known), set()).update(value if isinstance(value, dict) else [plain(value)])

    def missing(self) -> dict[str, list[str]]:
        return {
            f"{name}: {', '.join(sorted(known))[:60]}": sorted(known - seen - ELSEWHERE)
            for (name, known), seen in self.seen.items()
            if known - seen - ELSEWHERE
        }


def test_every_key_and_every_value_is_thrown() -> None:
    reached = Reached()
    for seed in range(PROGRAMMES):
        dice = Dice(Random(seed), ("discounts", "accrual", "redemption", "rewards")[seed % 4])
        reached.add("programme", dice.programme(), parse_programme)
        basket = dice.basket()
        reached.add("basket", basket, lambda document, digits=dice.digits: parse_basket(document, digits))
    assert reached.missing() == {}
    assert len(reached.seen) > 40, "the readers tell what they know"


def test_extremes_are_thrown() -> None:
    quantities, prices, currencies, lines = set(), set(), set(), 0
    for seed in range(400):
        dice = Dice(Random(seed), extreme=seed % 2 == 0)
        currencies.add(dice.programme()["currency"])
        basket = dice.basket()
        quantities |= {line["quantity"] for line in basket["lines"]}
        prices |= {int(line["unit_price"].replace(".", "")) for line in basket["lines"]}
        lines = max(lines, len(basket["lines"]))
    assert {"1000000", "0.001", "999999.999"} <= quantities
    assert currencies == {"RUB", "JPY", "KWD"}
    assert max(prices) > 10**11
    assert min(prices) <= 1
