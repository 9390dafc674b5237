"""Rules that others never let come to their turn."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, product

from tillgate.core import effects
from tillgate.core.conditions import ALL_LINES, Combined, Condition, Measure, Selector
from tillgate.core.programme import Group, Programme, Rule, all_rules

from ._finding import Finding, finding
from ._selections import empty, within

__all__ = ["check_order"]

#: A percent that gives something on every line worth a whole unit of the currency.
SURE_PPM = 10_000
WHOLE = 1_000_000
#: So many rules before one are looked at; where more ask for nothing by name, it is taken for one that may give.
NEAR_MAX = 100


def check_order(programme: Programme) -> Iterator[Finding]:
    """Rules below others that take every line they could give on, and rules beside one that excludes them all."""
    exclusive = any(rule.exclusive for rule in all_rules(programme))
    for group, earning in ((programme.discounts, False), (programme.accrual, True)):
        if group is not None:
            yield from _Walk(earning, exclusive).group(group, [])
    yield from _excluded(programme)


#: What a rule asks for first: one of the names of its goods, and a condition.
Need = tuple[tuple[str, str] | None, Condition | None]


class _Earlier:
    """Rules of a group that gave before, and how many of them must stand over a rule to bar it.

    `falls`: what is left of the goods gets less from rule to rule.
    """

    def __init__(self, most: int, *, falls: bool) -> None:
        self.most = most
        self.falls = falls
        self._rules: dict[Need, list[tuple[int, Rule]]] = {}
        self._count = 0

    def add(self, rule: Rule) -> None:
        if self.falls and any(_comes_to_hold(condition) for condition in rule.when):
            return
        self._count += 1
        names = next(iter(_names(rule.on)), None)
        needs: list[tuple[str, str] | None] = [None]
        if names is not None:
            needs = [(names[0], name) for name in names[1]]
        for need in needs:
            self._rules.setdefault((need, rule.when[0] if rule.when else None), []).append((self._count, rule))

    def over(self, rule: Rule) -> list[Rule]:
        """Those that stand before the rule wherever it could give, in their order."""
        goods = [None, *((key, name) for key, names in _names(rule.on) for name in _and_above(key, names[0]))]
        near = (one for need in product(goods, (None, *rule.when)) for one in self._rules.get(need, ()))
        found = {place: one for place, one in islice(near, NEAR_MAX) if _covers(one, rule)}
        return [found[place] for place in sorted(found)]


def _names(on: Selector) -> list[tuple[str, tuple[str, ...]]]:
    """The names that a selector asks for, by key."""
    named = (("sku", on.sku), ("brand", on.brand), ("tag", on.tag), ("category", on.category))
    return [(key, names) for key, names in named if names]


def _and_above(key: str, name: str) -> list[str]:
    """The name, and of a category those above it."""
    steps = name.split("/") if key == "category" else [name]
    return list(accumulate(steps, "{}/{}".format))


def _comes_to_hold(condition: Condition, *, combined: bool = False) -> bool:
    """Whether a condition may fail at first and hold once others have taken something off."""
    if isinstance(condition, Combined):
        return any(_comes_to_hold(child, combined=True) for child in condition.children)
    return isinstance(condition, Measure) and condition.current and (combined or condition.high is not None)


class _Walk:
    """Goes down a tree, with what stands above."""

    def __init__(self, earning: bool, exclusive: bool) -> None:
        self.earning = earning
        self.exclusive = exclusive

    def group(self, group: Group, above: list[_Earlier]) -> Iterator[Finding]:
        falls = not self.earning
        giving, taking = _Earlier(group.most or 1, falls=falls), _Earlier(1, falls=falls)
        # All children of such a group work on the same base.
        better = _Earlier(group.most or 1, falls=False)
        bounded = group.mode == "first" or (group.mode in ("sum", "sequence") and group.most is not None)
        for position, child in enumerate(group.children):
            if isinstance(child, Group):
                yield from self.group(child, [*above, giving, taking])
                continue
            yield from self._rule(child, [*above, giving, taking])
            yield from self._never_best(child, better, group.mode)
            if isinstance(child.give, effects.PointsTimes) and not _multiplied(child, group.children[:position]):
                en = "nothing stands before it to be multiplied"
                yield finding(child.path, "UNREACHABLE", en, "до него в группе нечего умножать")
            if bounded and self._sure(child, group.by_line):
                giving.add(child)
            if _may_be_best(child, group):
                better.add(child)
            if group.mode in ("sum", "sequence") and _takes_all(child):
                taking.add(child)

    def _rule(self, rule: Rule, above: list[_Earlier]) -> Iterator[Finding]:
        if isinstance(rule.give, effects.Gift):
            return  # Handed over also where no line has anything to take off.
        for earlier in above:
            over = [one for one in earlier.over(rule) if self._bars(one, rule)]
            if earlier.most and len(over) >= earlier.most:
                names = ", ".join(f"`{one.id}`" for one in over[: earlier.most])
                en = f"never gives anything: {names} before it takes every line it could give on"
                ru = f"никогда ничего не даст: все его строки раньше забирает {names}"
                yield finding(rule.path, "UNREACHABLE", en, ru)
                return

    def _never_best(self, rule: Rule, better: _Earlier, mode: str) -> Iterator[Finding]:
        if not isinstance(rule.give, effects.Percent) or (mode == "min" and rule.cap_minor is not None):
            return
        over = [one for one in better.over(rule) if self._bars(one, rule) and _no_worse(one, rule, mode)]
        if len(over) >= better.most:
            less, ru_less = ("less", "меньше") if mode == "max" else ("more", "больше")
            en = f"never wins: `{over[0].id}` gives no {less} on the same lines"
            ru = f"никогда не выиграет: `{over[0].id}` даёт на тех же строках не {ru_less}"
            yield finding(rule.path, "UNREACHABLE", en, ru)

    def _bars(self, one: Rule, rule: Rule) -> bool:
        """Exclusive rules may silence the one and leave the other."""
        if self.exclusive and (rule.exclusive or (rule.always and not one.always)):
            return False
        if self.earning:
            return isinstance(
                rule.give, effects.PointsPercent | effects.PointsPercentBy | effects.PointsPer
            ) and rule.give.base == _base(one)
        return not (
            isinstance(rule.give, effects.Gift) and isinstance(one.give, effects.Percent) and one.give.ppm == WHOLE
        )

    def _sure(self, rule: Rule, by_line: bool) -> bool:
        """Whether a rule gives something on every line that has room, or of a basket on any."""
        if (by_line and rule.cap_minor is not None) or rule.cap_minor == 0 or not _always(rule):
            return False
        match rule.give:
            case effects.Percent(ppm=ppm, place=place):
                return ppm >= SURE_PPM and not (by_line and place == "basket")
            case effects.PointsPercent(ppm=ppm, rounding=None, cap_points=None):
                return ppm >= SURE_PPM
            case effects.Amount(minor=minor, per=per):
                return minor > 0 and (per == "line" or (per == "basket" and not by_line))
        return False


def _takes_all(rule: Rule) -> bool:
    return (
        isinstance(rule.give, effects.Percent) and rule.give.ppm == WHOLE and rule.cap_minor is None and _always(rule)
    )


def _base(rule: Rule) -> str:
    return rule.give.base if isinstance(rule.give, effects.PointsPercent) else ""


def _always(rule: Rule) -> bool:
    """Whether nothing but the basket and `when` decides."""
    return rule.active is None and not rule.stores and not rule.channels and rule.uses is None and rule.holdout is None


def _covers(one: Rule, rule: Rule) -> bool:
    """Whether a rule holds, on the same lines at least, whenever the other does."""
    return set(one.when) <= set(rule.when) and within(rule.on, one.on)


def _may_be_best(rule: Rule, group: Group) -> bool:
    """Whether a percent may stand over later ones of a `max`, or by line of a `min`, where nothing given never wins."""
    if not isinstance(rule.give, effects.Percent) or rule.cap_minor is not None or not _always(rule):
        return False
    return group.mode == "max" or (group.mode == "min" and group.by_line and rule.give.ppm >= SURE_PPM)


def _no_worse(one: Rule, rule: Rule, mode: str) -> bool:
    """Whether a percent wins on every line over another percent, or is the earlier of two that give the same."""
    a, b = one.give, rule.give
    assert isinstance(a, effects.Percent)
    assert isinstance(b, effects.Percent)
    wins = a.ppm >= b.ppm if mode == "max" else a.ppm <= b.ppm
    return wins and a.place == b.place == "line" and one.rounding == rule.rounding


def _multiplied(rule: Rule, earlier: Sequence[Group | Rule]) -> bool:
    """Whether something that earns points on the rule's goods stands before it."""
    return any(
        isinstance(one, Group) or not (isinstance(one.give, effects.PointsTimes) or empty(one.on, rule.on))
        for one in earlier
    )


def _rules(group: Group) -> Iterator[Rule]:
    for child in group.children:
        if isinstance(child, Group):
            yield from _rules(child)
        else:
            yield child


def _excluded(programme: Programme) -> Iterator[Finding]:
    """Rules beside an exclusive one that always gives: of the same part, or of any if it is a reward."""
    parts = [
        list(_rules(programme.discounts)) if programme.discounts is not None else [],
        list(_rules(programme.accrual)) if programme.accrual is not None else [],
        list(programme.rewards),
    ]
    for index, part in enumerate(parts):
        winner = next((rule for rule in part if rule.exclusive and _excludes_all(rule)), None)
        if winner is None:
            continue
        beside = [rule for rules in parts for rule in rules] if index == 2 else part
        place = beside.index(winner)
        yield from (
            _beside(rule, winner)
            for position, rule in enumerate(beside)
            if position != place
            and not (rule.always or isinstance(rule.give, effects.Gift) or (rule.exclusive and position < place))
        )
        return


def _excludes_all(rule: Rule) -> bool:
    if not _always(rule) or rule.when or rule.on != ALL_LINES or rule.cap_minor == 0:
        return False
    match rule.give:
        case effects.Percent(ppm=ppm) | effects.PointsPercent(ppm=ppm):
            return ppm >= SURE_PPM
        case effects.Amount(minor=minor, per=per):
            return minor > 0 and per != "unit"
        case effects.Points() | effects.OfferCard() | effects.Prompt():
            return True
    return False


def _beside(rule: Rule, winner: Rule) -> Finding:
    en = f"never gives anything: `{winner.id}` is exclusive and always applies"
    return finding(
        rule.path, "UNREACHABLE", en, f"никогда ничего не даст: `{winner.id}` исключительное и действует всегда"
    )
