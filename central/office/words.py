"""Figures as people read them, in the language of the page."""

from django.utils.formats import number_format
from django.utils.translation import get_language

from tillgate.core.numbers import currency_digits

__all__ = ["money", "points", "quantity"]

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
SIGNS = {"RUB": "₽", "BYN": "Br", "KZT": "₸", "EUR": "€", "USD": "$", "GBP": "£"}


def money(minor: int, currency: str) -> str:
    """`123456` kopecks are `1 234,56 ₽` in Russian and `₽1,234.56` in English."""
    amount = _fixed(abs(minor), currency_digits(currency))
    sign = MINUS if minor < 0 else ""
    name = SIGNS.get(currency, currency)
    if get_language() == "en":
        gap = NO_BREAK_SPACE if name == currency else ""
        return f"{sign}{name}{gap}{amount}"
    return f"{sign}{amount}{NO_BREAK_SPACE}{name}"


def points(amount: int, digits: int = 0, *, signed: bool = False) -> str:
    """Points in 10^-digits; `signed` shows a plus as well."""
    sign = MINUS if amount < 0 else "+" if signed and amount > 0 else ""
    return f"{sign}{_fixed(abs(amount), digits)}"


def quantity(milli: int) -> str:
    """Thousandths without the zeros that say nothing: `1500` is `1,5`."""
    whole, rest = divmod(milli, 1000)
    digits = len(str(rest).zfill(3).rstrip("0")) if rest else 0
    return _fixed(whole * 10**digits + rest // 10 ** (3 - digits), digits)


def _fixed(value: int, digits: int) -> str:
    whole, fraction = divmod(value, 10**digits)
    text = f"{whole}.{fraction:0{digits}}" if digits else str(whole)
    return number_format(text, decimal_pos=digits, use_l10n=True, force_grouping=True)
