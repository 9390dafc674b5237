"""Decimal strings become integers exactly, or are refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillgate.core.numbers import NumberInvalid, Rounding, currency_digits, divide, format_decimal, parse_decimal


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "1.",
        ".5",
        "1e3",
        "1E3",
        "NaN",
        "Infinity",
        "-",
        "--1",
        "1,5",
        "1_000",
        "0x10",
        "٣",
        "1.2.3",
    ],
)
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(NumberInvalid):
        parse_decimal(text, 2)


def test_more_digits_than_allowed_are_refused_even_when_they_are_zeros() -> None:
    with pytest.raises(NumberInvalid, match="more than 2 digits"):
        parse_decimal("1.000", 2)


def test_a_number_that_is_too_long_is_refused_without_being_read() -> None:
    with pytest.raises(NumberInvalid, match="at most"):
        parse_decimal("1" * 10_000, 2)


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_reading_undoes_writing(value: int, digits: int) -> None:
    assert parse_decimal(format_decimal(value, digits), digits) == value


def test_digits_are_filled_up() -> None:
    assert parse_decimal("12.5", 2) == 1250
    assert parse_decimal("-0.05", 2) == -5
    assert format_decimal(-5, 2) == "-0.05"
    assert format_decimal(7, 0) == "7"


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.sampled_from(Rounding))
def test_division_is_within_one_and_rounds_as_named(numerator: int, denominator: int, rounding: Rounding) -> None:
    exact, got = Fraction(numerator, denominator), divide(numerator, denominator, rounding)
    assert divide(-numerator, denominator, rounding) == -got
    if rounding is Rounding.DOWN:
        assert abs(got) <= abs(exact) < abs(got) + 1
    elif rounding is Rounding.UP:
        assert abs(got) - 1 < abs(exact) <= abs(got)
    else:
        assert abs(exact - got) <= Fraction(1, 2)
    if rounding is Rounding.HALF_EVEN:
        assert got == round(exact)


def test_halves_go_away_from_zero_by_default() -> None:
    assert [divide(n, 2) for n in (1, 3, -1, -3, 5)] == [1, 2, -1, -2, 3]


def test_minor_units_follow_the_currency() -> None:
    assert [currency_digits(c) for c in ("RUB", "USD", "JPY", "KWD")] == [2, 2, 0, 3]
