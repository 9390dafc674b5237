"""Rules that use units up, where a unit would be used by several."""

from collections.abc import Iterator

from tillgate.core.effects import Bundle, BuyGet, Every, KitDeal
from tillgate.core.programme import Group, Programme

from ._finding import Finding, finding

__all__ = ["check_units"]


def check_units(programme: Programme) -> Iterator[Finding]:
    """Winners all work on the same goods, so of several each would count the units that another used up."""
    if programme.discounts is not None:
        yield from _below(programme.discounts, several=False)


def _below(group: Group, *, several: bool) -> Iterator[Finding]:
    several = several or (group.mode in ("max", "min", "first") and (group.most or 1) > 1)
    for child in group.children:
        if isinstance(child, Group):
            yield from _below(child, several=several)
        elif several and isinstance(child.give, BuyGet | Every | Bundle | KitDeal):
            en = "a rule that uses units up may not stand below a group with several winners: a unit would count twice"
            ru = (
                "правилу, которое расходует единицы товара, не место под группой с несколькими победителями: "
                "единица посчиталась бы дважды"
            )
            yield finding(f"{child.path}.give", "CONTRADICTION", en, ru)
