"""The typed surface of the calculator."""

from typing import Literal

from msgspec.structs import replace

from tillgate.core import check_basket
from tillgate.core.answer import Answer
from tillgate.core.basket import Basket
from tillgate.core.errors import BasketInvalid, CurrencyMismatch, TillgateError
from tillgate.core.programme import Programme
from tillgate.core.text import Text
from tillgate.core.uses import limited_in_total
from tillgate.core.windows import turnover_windows, use_windows

from ._explain import Explainer
from ._tables import build_tables
from .kernel import Engine

__all__ = ["Compiled", "Explain", "compile_programme"]

TOO_LARGE = Text(
    "число в расчёте не помещается в 64 двоичных разряда", "a figure of the calculation does not fit into 64 bits"
)
Explain = Literal["none", "applied", "full"]


class Compiled:
    """A programme ready to price baskets. Pricing changes nothing that can be seen, so threads may share one."""

    def __init__(self, programme: Programme) -> None:
        tables = build_tables(programme)
        self.programme = programme
        self.programme_id = programme.id
        self.revision = programme.revision
        self.currency = programme.currency
        self.points_digits = programme.points.digits
        self.points_worth_minor = programme.points.worth_minor
        #: Rules whose uses by a customer count in a window of days, and the window.
        self.use_windows = {rule: window for rule, window in use_windows(programme).items() if window != "all"}
        #: Windows of days in which the turnover of a customer counts.
        self.turnover_windows = tuple(sorted(turnover_windows(programme)))
        self.limited_in_total = limited_in_total(programme)
        self.engine = Engine(tables)
        self._explainer = Explainer(tables, self.engine.told)

    def price(self, basket: Basket, explain: Explain = "full") -> Answer:
        """What the basket costs, earns and may spend. The same basket gives the same answer.

        `none` leaves `applied`, `not_applied` and `hints` empty, `applied` fills the first, `full` all of them.
        Raises CurrencyMismatch, or BasketInvalid when the basket does not keep the limits of `check_basket` or a figure
        does not fit into the engine's integers.
        """
        try:
            answer, refused = self.engine.price(basket, explain)
        except (OverflowError, ValueError) as error:
            raise self._refusal(basket, error) from error
        if explain != "full":
            return answer
        not_applied, hints = self._explainer.explain(basket, answer, *refused)
        return replace(answer, not_applied=not_applied, hints=hints)

    def total_minor(self, basket: Basket) -> int:
        """What the basket costs, without the rest of the answer: for work in bulk. Raises as `price`."""
        try:
            return self.engine.total_minor(basket)
        except (OverflowError, ValueError) as error:
            raise self._refusal(basket, error) from error

    def _refusal(self, basket: Basket, error: Exception) -> TillgateError:
        """What is wrong with a basket that the engine refused."""
        if basket.currency != self.currency:
            text = Text(
                f"чек в {basket.currency}, программа в {self.currency}",
                f"the basket is in {basket.currency}, the programme in {self.currency}",
            )
            return CurrencyMismatch(text, path="$.currency")
        if isinstance(error, OverflowError):
            return BasketInvalid(TOO_LARGE, path="$", reason="OVERFLOW")
        check_basket(basket)
        return BasketInvalid(Text("число вне допустимых границ", str(error)), path="$", reason="OUT_OF_RANGE")


def compile_programme(programme: Programme) -> Compiled:
    """Compile once, price many times. A programme that was parsed compiles."""
    return Compiled(programme)
