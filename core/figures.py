"""Figures as people read them in each of the two languages."""

from .numbers import currency_digits
from .text import Text

__all__ = ["count_of", "decimal_words", "money_frame", "money_sign", "money_words"]

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
SIGNS = {"RUB": "₽", "BYN": "Br", "KZT": "₸", "EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "JPY": "¥"}
#: A word after 1, after 2 to 4, after 5 and more; in English after 1 and after more.
COUNTED = {
    "piece": (("товар", "товара", "товаров"), ("piece", "pieces")),
    "day": (("день", "дня", "дней"), ("day", "days")),
    "year": (("год", "года", "лет"), ("year", "years")),
    "point": (("балл", "балла", "баллов"), ("point", "points")),
    "time": (("раз", "раза", "раз"), ("time", "times")),
}


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


def count_of(number: int, what: str) -> Text:
    """`1 товар`, `2 товара`, `5 товаров`; `1 piece`, `2 pieces`."""
    russian, english = COUNTED[what]
    rest = abs(number) % 100
    form = 2 if 11 <= rest <= 14 or rest % 10 in (0, 5, 6, 7, 8, 9) else 0 if rest % 10 == 1 else 1
    return Text(f"{number} {russian[form]}", f"{number} {english[abs(number) != 1]}")
