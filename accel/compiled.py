"""The typed surface of the calculator."""

from typing import Literal

from tillgate.core.answer import Answer
from tillgate.core.basket import Basket
from tillgate.core.programme import Programme

__all__ = ["Compiled", "Explain", "compile_programme"]

Explain = Literal["none", "applied", "full"]


class Compiled:
    """A programme ready to price baskets. Pricing changes nothing in it, so threads may share one."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.programme_id = programme.id
        self.revision = programme.revision
        self.currency = programme.currency
        self.points_digits = programme.points.digits
        self.points_worth_minor = programme.points.worth_minor

    def price(self, basket: Basket, explain: Explain = "full") -> Answer:
        """What the basket costs, earns and may spend.

        Raises CurrencyMismatch when the basket is in another currency, BasketInvalid when it cannot be priced.
        """
        raise NotImplementedError


def compile_programme(programme: Programme) -> Compiled:
    """Compile once, price many times. Raises ProgrammeInvalid."""
    return Compiled(programme)
