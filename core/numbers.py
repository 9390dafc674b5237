"""Decimal strings outside, integers inside: money in minor units, quantity in thousandths, percent in millionths."""

import re
from enum import StrEnum

from .text import Text

__all__ = [
    "MILLION",
    "PERCENT_DIGITS",
    "QUANTITY_DIGITS",
    "NumberInvalid",
    "Rounding",
    "currency_digits",
    "divide",
    "format_decimal",
    "format_quantity",
    "parse_decimal",
]

MILLION = 1_000_000
QUANTITY_DIGITS = 3
#: A percent with four digits after the point is a whole number of millionths.
PERCENT_DIGITS = 4
LENGTH_MAX = 20

# ISO 4217: currencies whose minor unit is not a hundredth.
_WHOLE = tuple("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())  # noqa: SIM905  Shorter to read.
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DIGITS = dict.fromkeys(_WHOLE, 0) | dict.fromkeys(_THOUSANDTHS, 3)
_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)


class NumberInvalid(ValueError):
    """The text is no decimal number of the wanted form; `text` says why."""

    def __init__(self, ru: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(ru, en)


class Rounding(StrEnum):
    """What happens to the part that does not fit. Halves go away from zero unless said otherwise."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


def currency_digits(currency: str) -> int:
    """Digits after the point of a currency's minor unit (ISO 4217)."""
    return _DIGITS.get(currency, 2)


def parse_decimal(text: str, digits: int) -> int:
    """`"12.5"` with two digits is 1250. No exponents, no spaces, no plus, no more digits than told: NumberInvalid."""
    if len(text) > LENGTH_MAX:
        raise NumberInvalid(f"в числе не больше {LENGTH_MAX} знаков", f"a number has at most {LENGTH_MAX} characters")
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise NumberInvalid(f'«{text}» — не число вида "12.50"', f'{text!r} is not a decimal number such as "12.50"')
    sign, whole, fraction = found[1], found[2], found[3] or ""
    if len(fraction) > digits:
        raise NumberInvalid(
            f"у «{text}» больше {digits} знаков после точки", f"{text!r} has more than {digits} digits after the point"
        )
    value = int(whole + fraction.ljust(digits, "0"))
    return -value if sign else value


def format_decimal(value: int, digits: int) -> str:
    """1250 with two digits is `"12.50"`: always all digits, so that the same value is the same text."""
    if digits == 0:
        return str(value)
    whole, fraction = divmod(abs(value), 10**digits)
    return f"{'-' if value < 0 else ''}{whole}.{fraction:0{digits}d}"


def format_quantity(milli: int) -> str:
    """Thousandths as `"2"` or `"0.345"`: no more digits than needed."""
    return format_decimal(milli, QUANTITY_DIGITS).rstrip("0").rstrip(".")


def divide(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The quotient as an integer. `denominator` is positive; a negative numerator rounds as its mirror image."""
    if numerator < 0:
        return -divide(-numerator, denominator, rounding)
    quotient, rest = divmod(numerator, denominator)
    match rounding:
        case Rounding.DOWN:
            up = False
        case Rounding.UP:
            up = rest > 0
        case Rounding.HALF_UP:
            up = 2 * rest >= denominator
        case Rounding.HALF_EVEN:
            up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + up
