"""Rules that others never let come to their turn."""

from collections.abc import Iterator

from tillgate.core.programme import (
    ALL_LINES,
    Amount,
    Gift,
    Group,
    OfferCard,
    Percent,
    Points,
    PointsPer,
    PointsPercent,
    PointsPercentBy,
    PointsTimes,
    Programme,
    Prompt,
    Rule,
    all_rules,
)

from ._finding import Finding, finding
from ._selections import within

__all__ = ["check_order"]

#: A percent that gives something on every line worth a whole unit of the currency.
SURE_PPM = 10_000
WHOLE = 1_000_000


def check_order(programme: Programme) -> Iterator[Finding]:
    """Rules below others that take every line they could give on, and rules beside one that excludes them all."""
    exclusive = any(rule.exclusive for rule in all_rules(programme))
    for group, earning in ((programme.discounts, False), (programme.accrual, True)):
        if group is not None:
            yield from _Walk(earning, exclusive).group(group, [])
    yield from _excluded(programme)


class _Earlier:
    """Rules of a group that gave before, and how many of them must stand over a rule to bar it."""

    def __init__(self, most: int, by_line: bool) -> None:
        self.most = most
        self.by_line = by_line
        self.by_sku: dict[str, list[Rule]] = {}
        self.broad: list[Rule] = []

    def add(self, rule: Rule) -> None:
        for sku in rule.on.sku:
            self.by_sku.setdefault(sku, []).append(rule)
        if not rule.on.sku:
            self.broad.append(rule)

    def over(self, rule: Rule) -> list[Rule]:
        """Those that stand before the rule wherever it could give."""
        near = self.by_sku.get(rule.on.sku[0], []) if rule.on.sku else []
        return [one for one in (*self.broad, *near) if _covers(one, rule)]


class _Walk:
    """Goes down a tree, with what stands above."""

    def __init__(self, earning: bool, exclusive: bool) -> None:
        self.earning = earning
        self.exclusive = exclusive

    def group(self, group: Group, above: list[_Earlier]) -> Iterator[Finding]:
        giving = _Earlier(group.most or 1, group.by_line)
        better = _Earlier(group.most or 1, group.by_line)
        taking = _Earlier(1, by_line=False)
        bounded = group.mode == "first" or (group.mode in ("sum", "sequence") and group.most is not None)
        for position, child in enumerate(group.children):
            if isinstance(child, Group):
                yield from self.group(child, [*above, giving, taking])
                continue
            yield from self._rule(child, [*above, giving, taking])
            yield from self._never_best(child, better)
            if isinstance(child.give, PointsTimes) and position == 0:
                en = "nothing stands before it to be multiplied"
                yield finding(child.path, "UNREACHABLE", en, "до него в группе нечего умножать")
            if bounded and self._sure(child, group.by_line):
                giving.add(child)
            if group.mode == "max" and isinstance(child.give, Percent) and child.cap_minor is None and _always(child):
                better.add(child)
            if group.mode in ("sum", "sequence") and _takes_all(child):
                taking.add(child)

    def _rule(self, rule: Rule, above: list[_Earlier]) -> Iterator[Finding]:
        if isinstance(rule.give, Gift):
            return  # Handed over also where no line has anything to take off.
        for earlier in above:
            over = [one for one in earlier.over(rule) if self._bars(one, rule)]
            if earlier.most and len(over) >= earlier.most:
                names = ", ".join(f"`{one.id}`" for one in over[: earlier.most])
                en = f"never gives anything: {names} before it takes every line it could give on"
                ru = f"никогда ничего не даст: все его строки раньше забирает {names}"
                yield finding(rule.path, "UNREACHABLE", en, ru)
                return

    def _never_best(self, rule: Rule, better: _Earlier) -> Iterator[Finding]:
        if not isinstance(rule.give, Percent):
            return
        over = [one for one in better.over(rule) if self._bars(one, rule) and _no_less(one, rule)]
        if len(over) >= better.most:
            en = f"never wins: `{over[0].id}` gives no less on the same lines"
            ru = f"никогда не выиграет: `{over[0].id}` даёт на тех же строках не меньше"
            yield finding(rule.path, "UNREACHABLE", en, ru)

    def _bars(self, one: Rule, rule: Rule) -> bool:
        """Exclusive rules may silence the one and leave the other."""
        if self.exclusive and (rule.exclusive or (rule.always and not one.always)):
            return False
        if self.earning:
            return isinstance(rule.give, PointsPercent | PointsPercentBy | PointsPer) and rule.give.base == _base(one)
        return not (isinstance(rule.give, Gift) and isinstance(one.give, Percent) and one.give.ppm == WHOLE)

    def _sure(self, rule: Rule, by_line: bool) -> bool:
        """Whether a rule gives something on every line that has room."""
        if rule.cap_minor is not None or not _always(rule):
            return False
        match rule.give:
            case Percent(ppm=ppm, place=place):
                return ppm >= SURE_PPM and not (by_line and place == "basket")
            case PointsPercent(ppm=ppm, rounding=None, cap_points=None):
                return ppm >= SURE_PPM
            case Amount(minor=minor, per=per):
                return minor > 0 and (per == "line" or (per == "basket" and not by_line))
        return False


def _takes_all(rule: Rule) -> bool:
    return isinstance(rule.give, Percent) and rule.give.ppm == WHOLE and rule.cap_minor is None and _always(rule)


def _base(rule: Rule) -> str:
    return rule.give.base if isinstance(rule.give, PointsPercent) else ""


def _always(rule: Rule) -> bool:
    """Whether nothing but the basket and `when` decides."""
    return rule.active is None and not rule.stores and not rule.channels and rule.uses is None and rule.holdout is None


def _covers(one: Rule, rule: Rule) -> bool:
    """Whether a rule holds, on the same lines at least, whenever the other does."""
    return set(one.when) <= set(rule.when) and within(rule.on, one.on)


def _no_less(one: Rule, rule: Rule) -> bool:
    """Whether a percent gives on every line at least what another percent gives."""
    a, b = one.give, rule.give
    assert isinstance(a, Percent)
    assert isinstance(b, Percent)
    return a.ppm >= b.ppm and a.place == b.place == "line" and one.rounding == rule.rounding


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
        yield from (_beside(rule, winner) for rule in beside if not _lives_on(rule, winner, beside))
        return


def _excludes_all(rule: Rule) -> bool:
    if not _always(rule) or rule.when or rule.on != ALL_LINES:
        return False
    match rule.give:
        case Percent(ppm=ppm) | PointsPercent(ppm=ppm):
            return ppm >= SURE_PPM and rule.cap_minor is None
        case Amount(minor=minor, per=per):
            return minor > 0 and per != "unit" and rule.cap_minor is None
        case Points() | OfferCard() | Prompt():
            return True
    return False


def _lives_on(rule: Rule, winner: Rule, beside: list[Rule]) -> bool:
    earlier = rule.exclusive and beside.index(rule) < beside.index(winner)
    return rule is winner or rule.always or earlier or isinstance(rule.give, Gift)


def _beside(rule: Rule, winner: Rule) -> Finding:
    en = f"never gives anything: `{winner.id}` is exclusive and always applies"
    return finding(
        rule.path, "UNREACHABLE", en, f"никогда ничего не даст: `{winner.id}` исключительное и действует всегда"
    )
