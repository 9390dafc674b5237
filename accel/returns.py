"""Kept goods priced anew, for programmes whose returns ask for it."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from tillgate.core.basket import Basket

from .compiled import Compiled

__all__ = ["repricing"]


def repricing(compiled: Compiled, basket: Basket) -> Callable[[Mapping[str, int]], int]:
    """The price of a part of a sale, in the circumstances of the sale: its time, customer, coupons and payments.

    The function takes the quantities that are kept, in thousandths by line id, and gives minor units. Points that were
    spent are left out: they come back in proportion, and both sides of the comparison are before points.
    """

    def price(kept_milli: Mapping[str, int]) -> int:
        lines = tuple(
            replace(line, quantity_milli=kept_milli[line.id]) for line in basket.lines if line.id in kept_milli
        )
        return compiled.total_minor(replace(basket, lines=lines, redeem_points=None, redeem_max=False))

    return price
