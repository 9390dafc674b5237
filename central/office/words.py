"""Figures as people read them, in the language of the page."""

from django.utils.translation import get_language

from tillgate.core.figures import decimal_words, money_words

__all__ = ["money", "points", "quantity"]


def money(minor: int, currency: str) -> str:
    """`123456` kopecks are `1 234,56 ₽` in Russian and `₽1,234.56` in English."""
    return money_words(minor, currency, _language())


def points(amount: int, digits: int = 0, *, signed: bool = False) -> str:
    """Points in 10^-digits; `signed` shows a plus as well."""
    return ("+" if signed and amount > 0 else "") + decimal_words(amount, digits, _language())


def quantity(milli: int) -> str:
    """Thousandths without the zeros that say nothing: `1500` is `1,5`."""
    whole, rest = divmod(milli, 1000)
    digits = len(str(rest).zfill(3).rstrip("0")) if rest else 0
    return decimal_words(whole * 10**digits + rest // 10 ** (3 - digits), digits, _language())


def _language() -> str:
    return "en" if get_language() == "en" else "ru"
