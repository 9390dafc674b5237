"""One rule by itself: conditions that cannot meet, goods that cannot be."""

from collections.abc import Iterator

from tillgate.core.programme import (
    ALL_LINES,
    Among,
    BuyGet,
    Condition,
    Contains,
    Identified,
    KitDeal,
    Limits,
    Measure,
    PercentBy,
    PointsPercentBy,
    Rule,
    Selector,
    Tiers,
)

from ._amounts import check_amounts
from ._finding import Finding, finding
from ._possible import possible
from ._selections import empty
from ._time import check_active

__all__ = ["check_rule"]


def check_rule(rule: Rule, limits: Limits, tiers: Tiers | None) -> Iterator[Finding]:
    """Everything about one rule that makes it give nothing whatever the basket."""
    yield from check_amounts(rule, limits)
    if rule.active is not None:
        yield from check_active(rule.active, rule.path)
    goods = list(_goods(rule))
    yield from goods
    if goods:
        return
    ground = _ground(rule)
    conditions = list(_conditions(rule, ground))
    yield from conditions
    if not conditions:
        yield from _levels(rule, [*ground, *rule.when], tiers)


def _ground(rule: Rule) -> list[Condition]:
    """What a rule demands outside of `when`."""
    found: list[Condition] = [Contains(rule.on)]
    if rule.channels:
        found.append(Among("channel", rule.channels))
    if rule.uses is not None and rule.uses.per_customer is not None:
        found.append(Identified(wanted=True))
    return found


def _goods(rule: Rule) -> Iterator[Finding]:
    """Selectors of the effect that take nothing of what `on` takes."""
    chosen: list[tuple[str, tuple[Selector, ...]]] = [("on", (rule.on,))]
    match rule.give:
        case BuyGet(buy_of=bought, get_of=got):
            chosen += [("give.buy.of", (rule.on, bought)), ("give.get.of", (rule.on, got))]
        case KitDeal(parts=parts):
            chosen += [(f"give.kit.{sku}", (rule.on, Selector(sku=(sku,)))) for sku, _ in parts]
    for key, selectors in chosen:
        if empty(*selectors):
            with_on = "" if key == "on" or rule.on == ALL_LINES else " of what `on` takes"
            of_on = "" if not with_on else " из того, что берёт `on`"
            en, ru = f"no goods{with_on} match this", f"таких товаров{of_on} быть не может"
            yield finding(f"{rule.path}.{key}", "CONTRADICTION", en, ru)
            return


def _conditions(rule: Rule, ground: list[Condition]) -> Iterator[Finding]:
    """The first condition that cannot hold, with what it cannot hold beside."""
    if possible([*ground, *rule.when]):
        return
    for index, condition in enumerate(rule.when):
        path = f"{rule.path}.when[{index}]"
        if not possible([condition]):
            yield finding(path, "CONTRADICTION", "this never holds", "это условие никогда не выполнится")
            return
        if not possible([*ground, condition]):
            key = _clash(rule, condition)
            en, ru = f"this never holds beside `{key}`", f"это условие никогда не выполнится вместе с `{key}`"
            yield finding(path, "CONTRADICTION", en, ru)
            return
        if not possible([*ground, *rule.when[: index + 1]]):
            others = [k for k in range(index) if not possible([*ground, rule.when[k], condition])]
            with_what = f"when[{others[0]}]" if others else "those before it"
            ru_what = f"`when[{others[0]}]`" if others else "предыдущими"
            en = f"this never holds together with {f'`{with_what}`' if others else with_what}"
            yield finding(path, "CONTRADICTION", en, f"это условие никогда не выполнится вместе с {ru_what}")
            return


def _clash(rule: Rule, condition: Condition) -> str:
    """Which of the rule's own keys a condition contradicts."""
    if not possible([Contains(rule.on), condition]):
        return "on"
    return "channels" if rule.channels and not possible([Among("channel", rule.channels), condition]) else "uses"


def _levels(rule: Rule, conditions: list[Condition], tiers: Tiers | None) -> Iterator[Finding]:
    """Levels of a percent that the rule's conditions never let come about."""
    give = rule.give
    if not isinstance(give, PercentBy | PointsPercentBy):
        return
    key = f"{rule.path}.give.{'percent_by' if isinstance(give, PercentBy) else 'points_percent_by'}"
    for index, (bound, _) in enumerate(give.levels):
        if give.measure == "tier":
            assert tiers is not None
            name = tiers.levels[bound].id
            level: Condition = Among("tier", (name,))
            path = f"{key}.tier.{name}"
        else:
            above = give.levels[index + 1][0] - 1 if index + 1 < len(give.levels) else None
            level = Measure(
                kind=give.measure, low=bound, high=above, of=give.of, current=give.current, window=give.window
            )
            path = f"{key}.levels[{index}]"
        if not possible([*conditions, level]):
            yield finding(
                path, "UNREACHABLE", "`when` never lets this level be reached", "`when` не пускает на этот уровень"
            )
