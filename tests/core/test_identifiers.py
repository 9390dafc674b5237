"""Phones, cards and barcodes as people and readers give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillgate.core.errors import IdentifierInvalid, SettingsInvalid
from tillgate.core.identifiers import (
    CardPattern,
    identifier_hash,
    is_ean13,
    looks_like_bank_card,
    luhn_valid,
    mask,
    normalise_phone,
)


@pytest.mark.parametrize(
    "text",
    ["+79161234567", "8 (916) 123-45-67", "79161234567", "9161234567", "+7 916 123 45 67", "8.916.123.45.67"],
)
def test_a_russian_number_has_one_form(text: str) -> None:
    assert normalise_phone(text) == "+79161234567"


def test_numbers_of_other_countries_keep_their_code() -> None:
    assert normalise_phone("+1 212 555 0100") == "+12125550100"
    assert normalise_phone("8 029 123-45-67", "BY") == "+375291234567"
    assert normalise_phone("+375 (29) 123-45-67") == "+375291234567"


@pytest.mark.parametrize("text", ["", "+", "12345", "+7916123456", "8916123456789", "abc", "+0123456789", "1" * 300])
def test_what_is_no_phone_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(IdentifierInvalid) as caught:
        normalise_phone(text)
    assert not text or text not in str(caught.value)


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(IdentifierInvalid, match="numbering plan"):
        normalise_phone("9161234567", "XX")


def test_ean13_check_digits() -> None:
    assert is_ean13("4006381333931")
    assert not is_ean13("4006381333932")
    assert not is_ean13("400638133393")
    assert not is_ean13("40063813339a1")


@given(st.text("0123456789", min_size=12, max_size=12))
def test_exactly_one_check_digit_fits_an_ean13(body: str) -> None:
    assert sum(is_ean13(body + digit) for digit in "0123456789") == 1


@given(st.text("0123456789", min_size=1, max_size=18))
def test_exactly_one_check_digit_fits_luhn(body: str) -> None:
    assert sum(luhn_valid(body + digit) for digit in "0123456789") == 1


def test_luhn_of_the_standard_example() -> None:
    assert luhn_valid("79927398713")
    assert not luhn_valid("79927398710")
    assert not luhn_valid("7992739871x")


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        ";5555555555554444=25121010000000",
        "%B378282246310005^NAME^2512",
        "2200123456789019",
    ],
)
def test_payment_cards_are_seen(text: str) -> None:
    assert looks_like_bank_card(text)


@pytest.mark.parametrize("text", ["4111111111111112", "2900000000018", "4006381333931", "79161234567", "", "hello"])
def test_loyalty_cards_and_goods_are_not_taken_for_payment_cards(text: str) -> None:
    assert not looks_like_bank_card(text)


def test_a_card_pattern_tells_kinds_apart() -> None:
    plain = CardPattern.parse("2900########C")
    assert plain.matches("290000000001" + ean_check("290000000001"))
    assert sum(plain.matches("290000000001" + digit) for digit in "0123456789") == 1
    assert not plain.matches("290100000001" + ean_check("290100000001"))
    assert not plain.matches("29000000000")
    assert not plain.matches("2900000000012345")
    assert not plain.matches("29000000000x8")
    assert CardPattern.parse("77####L").matches("770001" + luhn_check("770001"))
    assert sum(CardPattern.parse("77####L").matches("770001" + digit) for digit in "0123456789") == 1
    assert CardPattern.parse("77*").matches("7712345")
    assert not CardPattern.parse("77*").matches("7")


def ean_check(body: str) -> str:
    return next(digit for digit in "0123456789" if is_ean13(body + digit))


def luhn_check(body: str) -> str:
    return next(digit for digit in "0123456789" if luhn_valid(body + digit))


@pytest.mark.parametrize("text", ["", "####", "29C0", "29x", "*", "29C*", "2" * 41])
def test_a_pattern_that_tells_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingsInvalid):
        CardPattern.parse(text)


def test_a_hash_depends_on_key_kind_and_value() -> None:
    key, other = b"k" * 32, b"o" * 32
    found = {
        identifier_hash(key, "phone", "+79161234567"),
        identifier_hash(other, "phone", "+79161234567"),
        identifier_hash(key, "card", "+79161234567"),
        identifier_hash(key, "phone", "+79161234568"),
    }
    assert len(found) == 4
    assert all(len(digest) == 32 for digest in found)
    with pytest.raises(IdentifierInvalid):
        identifier_hash(key, "ph\0one", "1")


def test_masks_show_two_characters_at_most() -> None:
    assert mask("+79161234567") == "**********67"
    assert mask("12345") == "*****"
