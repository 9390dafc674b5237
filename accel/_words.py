"""Figures as people read them, in Russian and in English."""

from tillgate.core.figures import count_of, money_sign
from tillgate.core.numbers import PERCENT_DIGITS, format_decimal, format_quantity
from tillgate.core.text import Text

__all__ = ["Words", "named"]

_NAMES_MAX = 5


def named(names: tuple[str, ...]) -> str:
    """The first few of some names."""
    return ", ".join(names[:_NAMES_MAX]) + (", …" if len(names) > _NAMES_MAX else "")


class Words:
    """Figures of one programme: its currency, its points."""

    def __init__(self, currency: str, money_digits: int, points_digits: int) -> None:
        self.sign = money_sign(currency)
        self.money_digits = money_digits
        self.points_digits = points_digits

    def plain_money(self, minor: int) -> str:
        return format_decimal(minor, self.money_digits)

    def money(self, minor: int) -> Text:
        plain = self.plain_money(minor)
        return Text(f"{plain} {self.sign}", plain)

    def plain_points(self, points: int) -> str:
        return format_decimal(points, self.points_digits)

    def points(self, points: int) -> Text:
        if self.points_digits == 0:
            return count_of(points, "point")
        plain = self.plain_points(points)
        return Text(f"{plain} балла", f"{plain} points")

    def quantity(self, milli: int) -> Text:
        """`2 шт.`; a part of a unit may be a weight or a length, so it has no word."""
        plain = format_quantity(milli)
        if milli % 1000:
            return Text(plain, plain)
        return Text(f"{plain} шт.", f"{plain} pc" if milli == 1000 else f"{plain} pcs")

    def goods(self, milli: int) -> Text:
        """`2 товара`."""
        return count_of(milli // 1000, "piece") if milli % 1000 == 0 else self.quantity(milli)

    def times(self, milli: int) -> Text:
        """`5 раз`, `1.5 раза`."""
        plain = format_quantity(milli)
        return count_of(milli // 1000, "time") if milli % 1000 == 0 else Text(f"{plain} раза", f"{plain} times")

    def percent(self, ppm: int) -> str:
        return f"{format_decimal(ppm, PERCENT_DIGITS).rstrip('0').rstrip('.')} %"
