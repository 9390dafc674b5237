"""One rule by itself: conditions that cannot meet, goods that cannot be."""

from collections.abc import Iterator

from tillgate.core.conditions import ALL_LINES, Among, Condition, Contains, Identified, Kit, Measure, Selector
from tillgate.core.effects import Bundle, BuyGet, Every, KitDeal, PercentBy, PointsPercentBy
from tillgate.core.programme import Limits, Rule, Tiers

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
    by_key = _ground(rule)
    ground = [condition for conditions in by_key.values() for condition in conditions]
    clashes = list(_conditions(rule, by_key, ground))
    yield from clashes
    if clashes:
        return
    yield from _levels(rule, [*ground, *rule.when], tiers)
    if rule.holdout is not None and not possible([*ground, *rule.when, Identified(wanted=True)]):
        en, ru = "holds nobody out: `when` wants unknown customers", "никого не исключает: `when` ждёт неизвестных"
        yield finding(f"{rule.path}.holdout.percent", "CONTRADICTION", en, ru)


def _ground(rule: Rule) -> dict[str, list[Condition]]:
    """What a rule demands outside of `when`, by its keys."""
    known = rule.uses is not None and rule.uses.per_customer is not None
    return {
        "on": [Contains(rule.on)],
        "channels": [Among("channel", rule.channels)] if rule.channels else [],
        "uses": [Identified(wanted=True)] if known else [],
        "give": list(_units(rule)),
    }


def _units(rule: Rule) -> Iterator[Condition]:
    """So many units an effect needs to give anything."""
    match rule.give:
        case Bundle(size=size) | Every(size=size):
            yield Measure(kind="quantity", low=size * 1000, of=rule.on)
        case KitDeal(parts=parts):
            yield Kit(tuple((sku, count * 1000) for sku, count in parts))
        case BuyGet(buy=buy, get=get, partial=partial):
            least = 1 if partial else get
            bought, got = (rule.on if of == ALL_LINES else of for of in (rule.give.buy_of, rule.give.get_of))
            if bought == got:
                yield Measure(kind="quantity", low=(buy + least) * 1000, of=bought)
            else:
                yield Measure(kind="quantity", low=buy * 1000, of=bought)
                yield Measure(kind="quantity", low=least * 1000, of=got)


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


def _conditions(rule: Rule, by_key: dict[str, list[Condition]], ground: list[Condition]) -> Iterator[Finding]:
    """The first condition that cannot hold, with what it cannot hold beside."""
    if possible([*ground, *rule.when]):
        return
    for index, condition in enumerate(rule.when):
        path = f"{rule.path}.when[{index}]"
        if not possible([condition]):
            yield finding(path, "CONTRADICTION", "this never holds", "это условие никогда не выполнится")
            return
        if not possible([*ground, condition]):
            key = next((key for key, demands in by_key.items() if not possible([*demands, condition])), "on")
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
