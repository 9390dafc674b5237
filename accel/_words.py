"""Figures as people read them, in Russian and in English."""

from tillgate.core.figures import money_sign
from tillgate.core.numbers import PERCENT_DIGITS, format_decimal, format_quantity
from tillgate.core.text import Text

__all__ = ["Words", "count_of", "named"]

_NAMES_MAX = 5
#: A word after 1, after 2 to 4, after 5 and more; in English after 1 and after more.
_COUNTED = {
    "piece": (("товар", "товара", "товаров"), ("piece", "pieces")),
    "day": (("день", "дня", "дней"), ("day", "days")),
    "year": (("год", "года", "лет"), ("year", "years")),
    "point": (("балл", "балла", "баллов"), ("point", "points")),
    "time": (("раз", "раза", "раз"), ("time", "times")),
}


def count_of(number: int, what: str) -> Text:
    """`1 товар`, `2 товара`, `5 товаров`; `1 piece`, `2 pieces`."""
    russian, english = _COUNTED[what]
    rest = abs(number) % 100
    form = 2 if 11 <= rest <= 14 or rest % 10 in (0, 5, 6, 7, 8, 9) else 0 if rest % 10 == 1 else 1
    return Text(f"{number} {russian[form]}", f"{number} {english[abs(number) != 1]}")


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
