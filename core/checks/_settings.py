"""Settings of a programme that contradict each other."""

from collections.abc import Iterator

from tillgate.core.conditions import ALL_LINES
from tillgate.core.programme import Group, Programme, Redemption, Regulated

from ._finding import Finding, finding
from ._selections import empty, within

__all__ = ["check_settings"]


def check_settings(programme: Programme) -> Iterator[Finding]:
    """Limits that leave no discount, redemption that never happens, laws told twice."""
    limits = programme.limits
    if programme.discounts is not None and _rules(programme.discounts):
        for key, value in (
            ("discount_share", limits.discount_share_ppm),
            ("discount_amount", limits.discount_minor),
            ("line_discount_share", limits.line_discount_share_ppm),
        ):
            if value == 0:
                en, ru = "no discount is left by this", "при таком пределе не останется ни одной скидки"
                yield finding(f"$.limits.{key}", "GIVES_NOTHING", en, ru)
    if programme.redemption is not None:
        yield from _redemption(programme.redemption)
    yield from _regulated(programme.regulated)


def _rules(group: Group) -> bool:
    return any(not isinstance(child, Group) or _rules(child) for child in group.children)


def _redemption(redemption: Redemption) -> Iterator[Finding]:
    step, most = redemption.step, redemption.max_points
    least = -(-max(redemption.min_points, 1) // step) * step
    if redemption.max_share_ppm == 0:
        yield finding(
            "$.redemption.max_share", "GIVES_NOTHING", "no points can be spent", "так баллами ничего не оплатить"
        )
    elif most is not None and most // step * step < least:
        key = "step" if most < step else "max_points"
        en = "no whole number of steps lies between `min_points` and `max_points`"
        ru = "между `min_points` и `max_points` нет ни одного целого шага"
        yield finding(f"$.redemption.{key}", "CONTRADICTION", en, ru)
    if redemption.exclude is not None:
        if within(ALL_LINES, redemption.exclude):
            en, ru = "no goods are left that points may pay", "не остаётся товаров, которые можно оплатить баллами"
            yield finding("$.redemption.exclude", "GIVES_NOTHING", en, ru)
        elif empty(redemption.exclude):
            en, ru = "no goods match this", "таких товаров быть не может"
            yield finding("$.redemption.exclude", "CONTRADICTION", en, ru)


def _regulated(regulated: tuple[Regulated, ...]) -> Iterator[Finding]:
    seen: set[tuple[str, object]] = set()
    for index, law in enumerate(regulated):
        if (law.kind, law.start) in seen:
            en = f"{law.kind!r} is told already for the same `from`"
            yield finding(f"$.regulated[{index}].kind", "DUPLICATE", en, f"«{law.kind}» с той же датой `from` уже есть")
        seen.add((law.kind, law.start))
