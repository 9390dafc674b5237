"""Figures as people read them."""

import pytest

from tillgate.core.figures import decimal_words, money_words


@pytest.mark.parametrize(
    ("minor", "currency", "ru", "en"),
    [
        (123_456_789, "RUB", "1\u00a0234\u00a0567,89\u00a0₽", "₽1,234,567.89"),
        (-5, "RUB", "\u22120,05\u00a0₽", "\u2212₽0.05"),
        (1_000, "JPY", "1\u00a0000\u00a0¥", "¥1,000"),
        (1_000, "KRW", "1\u00a0000\u00a0KRW", "KRW\u00a01,000"),
        (1_000, "KWD", "1,000\u00a0KWD", "KWD\u00a01.000"),
    ],
)
def test_money_is_written_with_its_sign_where_the_language_has_it(minor: int, currency: str, ru: str, en: str) -> None:
    assert (money_words(minor, currency, "ru"), money_words(minor, currency, "en")) == (ru, en)


def test_no_digit_is_lost() -> None:
    assert decimal_words(10**18 + 7, 2, "en") == "10,000,000,000,000,000.07"
    assert decimal_words(-1, 3, "ru") == "\u22120,001"
    assert decimal_words(0, 0, "ru") == "0"
