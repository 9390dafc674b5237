"""Whether conditions can hold together at all."""

from collections.abc import Iterable, Sequence
from math import lcm

from tillgate.core.basket import LINES_MAX
from tillgate.core.conditions import Among, Combined, Condition, Contains, Identified, Kit, Measure, Selector

from ._selections import empty, within

__all__ = ["possible"]

#: So many combinations of alternatives are tried; what has more is taken for possible.
TRIES_MAX = 256
_BASKET = ("subtotal", "quantity", "line_quantity")
_CUSTOMER = ("segment", "tier", "card_kind", "attribute")
#: Of these a basket or a customer has one value at most.
_SINGLE = ("tier", "card_kind", "channel", "attribute")
#: What figures can be at all, where that is known.
_RANGES = {
    "subtotal": (0, LINES_MAX * 10**12),
    "quantity": (0, LINES_MAX * 10**9),
    "line_quantity": (1, 10**9),
    "turnover": (0, 10**15),
    "purchase_number": (1, 10**9 + 1),
    "points": (-(10**14), 10**14),
}
Literal = tuple[Measure | Among | Identified, bool]
Wanted = tuple[Condition, bool]


def possible(conditions: Iterable[Condition]) -> bool:
    """Whether there can be a basket for which all of the conditions hold. True where it cannot be told."""
    return _Search().possible([(condition, True) for condition in conditions], [])


class _Search:
    """Tries the alternatives of `any` one after the other; every one ends in plain conditions, wanted or not."""

    def __init__(self) -> None:
        self.tries = 0

    def possible(self, wanted: list[Wanted], literals: list[Literal]) -> bool:
        wanted, literals = list(wanted), list(literals)
        while wanted:
            condition, holds = wanted.pop()
            alternatives = _alternatives(condition, holds)
            if alternatives is None:
                assert isinstance(condition, Measure | Among | Identified)
                literals.append((condition, holds))
            elif len(alternatives) == 1:
                wanted += alternatives[0]
            else:
                return any(self.possible([*wanted, *one], literals) for one in alternatives)
        self.tries += 1
        return self.tries > TRIES_MAX or _consistent(literals)


def _alternatives(condition: Condition, holds: bool) -> Sequence[Sequence[Wanted]] | None:
    """Ways in which the condition comes to hold, or not to, each a list of what must be; None: it is plain."""
    match condition:
        case Combined(mode="not", children=(child,)):
            return [[(child, not holds)]]
        case Combined(mode=mode, children=children):
            each = [(child, holds) for child in children]
            return [each] if (mode == "all") == holds else [[one] for one in each]
        case Contains(of=of):
            return [[(Measure(kind="quantity", low=1, of=of), holds)]]
        case Kit(parts=parts):
            each = [(Measure(kind="quantity", low=n, of=Selector(sku=(sku,))), holds) for sku, n in parts]
            return [each] if holds else [[one] for one in each]
        case Measure(kind=kind, low=low, high=high) if not holds and kind in _BASKET:
            below = Measure(kind=kind, high=(low or 0) - 1, of=condition.of, current=condition.current)
            above = Measure(kind=kind, low=(high or 0) + 1, of=condition.of, current=condition.current)
            ways = [(way, True) for way, there in ((below, low is not None), (above, high is not None)) if there]
            return [[way] for way in ways]
    return None


def _consistent(literals: list[Literal]) -> bool:
    return (
        _identified_once(literals)
        and _names_meet(literals)
        and _figures_meet([(c, holds) for c, holds in literals if isinstance(c, Measure)])
    )


def _identified_once(literals: list[Literal]) -> bool:
    asked: set[bool] = set()
    for condition, holds in literals:
        match condition:
            case Identified(wanted=wanted):
                asked.add(wanted == holds)
            case Among(kind=kind) if holds and kind in _CUSTOMER:
                asked.add(True)
            case Measure(kind=kind) if holds and kind not in _BASKET:
                asked.add(True)
    return len(asked) < 2


def _names_meet(literals: list[Literal]) -> bool:
    """Names that must be there, against others and against those that must not."""
    wanted: dict[str, list[set[str]]] = {}
    barred: dict[str, set[str]] = {}
    for condition, holds in literals:
        if isinstance(condition, Among):
            about = condition.values[0].partition("=")[0] if condition.kind == "attribute" else ""
            key = f"{condition.kind}:{about}"
            if not holds:
                barred.setdefault(key, set()).update(condition.values)
            elif condition.kind in _SINGLE and key in wanted:
                wanted[key][0] &= set(condition.values)
            else:
                wanted.setdefault(key, []).append(set(condition.values))
    return all(names - barred.get(key, set()) for key, lists in wanted.items() for names in lists)


class _Figure:
    """What must be so of one figure: from `low` to `high`, a multiple of `every`, outside of the `barred` spans."""

    def __init__(self, kind: str) -> None:
        self.low: int | None
        self.high: int | None
        self.low, self.high = _RANGES.get(kind, (None, None))
        self.every = 1
        self.wanted = False
        self.barred: list[Measure] = []

    def add(self, measure: Measure, holds: bool) -> None:
        if not holds:
            self.barred.append(measure)
            return
        self.wanted = True
        self.every = lcm(self.every, measure.every or 1)
        if measure.low is not None:
            self.low = measure.low if self.low is None else max(self.low, measure.low)
        if measure.high is not None:
            self.high = measure.high if self.high is None else min(self.high, measure.high)

    def possible(self) -> bool:
        if not self.wanted:
            return True
        if self.low is not None and self.high is not None:
            first = -(-self.low // self.every) * self.every
            if first > self.high:
                return False
        return not any(self._inside(span) for span in self.barred)

    def _inside(self, span: Measure) -> bool:
        """Whether all that is left lies where it must not."""
        if span.every:
            return self.every % span.every == 0
        low_inside = span.low is None or (self.low is not None and self.low >= span.low)
        return low_inside and (span.high is None or (self.high is not None and self.high <= span.high))


Key = tuple[str, Selector, bool, str]


def _figures_meet(measures: list[tuple[Measure, bool]]) -> bool:
    figures: dict[Key, _Figure] = {}
    for measure, holds in measures:
        key = (measure.kind, measure.of, measure.current, measure.window)
        figures.setdefault(key, _Figure(measure.kind)).add(measure, holds)
    return all(figure.possible() for figure in figures.values()) and not any(
        _too_much(one, figures[one], other, figures[other]) for one in figures for other in figures
    )


def _too_much(inner: Key, part: _Figure, outer: Key, whole: _Figure) -> bool:
    """Whether a part of the basket would have to be more than the whole, or something of no goods."""
    kind, of, current, _ = inner
    if part.low is None or part.low <= 0 or kind not in _BASKET:
        return False
    if empty(of):
        return True
    if whole.high is None or not within(of, outer[1]):
        return False
    if kind == "subtotal" and outer[0] == "quantity":
        return whole.high == 0
    # What is left of a value is no more than it was, and a line holds no more than the basket.
    comparable = outer[0] == ("subtotal" if kind == "subtotal" else "quantity") and current >= outer[2]
    return comparable and whole.high < part.low
