"""Figures as people read them in each of the two languages."""

from .numbers import currency_digits

__all__ = ["decimal_words", "money_frame", "money_sign", "money_words"]

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
SIGNS = {"RUB": "₽", "BYN": "Br", "KZT": "₸", "EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "JPY": "¥"}


def decimal_words(value: int, digits: int, language: str) -> str:
    """123450 with two digits is `1 234,50` in Russian and `1,234.50` in English."""
    gap, point = (",", ".") if language == "en" else (NO_BREAK_SPACE, ",")
    whole, fraction = divmod(abs(value), 10**digits)
    tail = f"{point}{fraction:0{digits}d}" if digits else ""
    return (MINUS if value < 0 else "") + f"{whole:,}".replace(",", gap) + tail


def money_sign(currency: str) -> str:
    """`₽`, or the code where there is no sign."""
    return SIGNS.get(currency, currency)


def money_frame(currency: str, language: str) -> tuple[str, str]:
    """What stands before an amount and what behind it."""
    sign = money_sign(currency)
    if language == "en":
        return (f"{sign}{NO_BREAK_SPACE}" if sign == currency else sign), ""
    return "", f"{NO_BREAK_SPACE}{sign}"


def money_words(minor: int, currency: str, language: str) -> str:
    """123456 kopecks are `1 234,56 ₽` in Russian and `₽1,234.56` in English."""
    before, after = money_frame(currency, language)
    amount = decimal_words(abs(minor), currency_digits(currency), language)
    return f"{MINUS if minor < 0 else ''}{before}{amount}{after}"
