"""What a guest shows or says: phone numbers, card numbers, barcodes. Checking, one form for each, hashing, masking."""

import hashlib
import hmac
import re

from msgspec import Struct

from .errors import IdentifierInvalid, SettingsInvalid

__all__ = [
    "CardPattern",
    "identifier_hash",
    "is_ean13",
    "looks_like_bank_card",
    "luhn_valid",
    "mask",
    "normalise_phone",
]

IDENTIFIER_LENGTH_MAX = 200
_PHONE_FILLERS = re.compile(r"[\s()\-.\u00a0\u2010-\u2015/]+")
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_PAYMENT_CARD = re.compile(
    r"4[0-9]{12}|3[47][0-9]{13}|3[0689][0-9]{12,17}|(?:220[0-4]|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)"
    r"[0-9]{12,15}|(?:35|4[0-9]|5[0-9]|6[0-9])[0-9]{14,17}"
)
# Calling code, trunk prefix and digits of the national number, by region (ITU-T E.164 and the national plans).
_REGIONS = {
    "RU": ("7", "8", 10),
    "KZ": ("7", "8", 10),
    "BY": ("375", "80", 9),
    "AM": ("374", "0", 8),
    "KG": ("996", "0", 9),
    "UZ": ("998", "0", 9),
}


def normalise_phone(text: str, default_region: str = "RU") -> str:
    """The number in E.164, `+79161234567`, from how people write it: `8 (916) 123-45-67`, `9161234567`.

    A number with a plus is taken as international, of 8 to 15 digits. Raises IdentifierInvalid, whose message does not
    hold the number.
    """
    if len(text) > IDENTIFIER_LENGTH_MAX:
        raise IdentifierInvalid("too long for a phone number")
    bare = _PHONE_FILLERS.sub("", text)
    international = bare.startswith("+")
    digits = bare[1:] if international else bare
    if not _DIGITS.fullmatch(digits):
        raise IdentifierInvalid("a phone number holds digits only")
    if default_region not in _REGIONS:
        raise IdentifierInvalid(f"no numbering plan for the region {default_region!r}")
    if not international:
        return "+" + _national(digits, *_REGIONS[default_region])
    if not 8 <= len(digits) <= 15 or digits.startswith("0"):
        raise IdentifierInvalid("an international number has 8 to 15 digits")
    if digits.startswith("7") and len(digits) != 11:
        raise IdentifierInvalid("a number of +7 has eleven digits")
    return "+" + digits


def _national(digits: str, code: str, trunk: str, length: int) -> str:
    if len(digits) == length:
        return code + digits
    for prefix in (code, trunk):
        if digits.startswith(prefix) and len(digits) - len(prefix) == length:
            return code + digits.removeprefix(prefix)
    raise IdentifierInvalid("not a phone number of this country")


def is_ean13(text: str) -> bool:
    """Thirteen digits whose last one is right (GS1 General Specifications, 7.9)."""
    return len(text) == 13 and _gs1_valid(text)


def _gs1_valid(number: str) -> bool:
    """The check digit of EAN-13, EAN-8, UPC and ITF-14: weights 1 and 3 from the right."""
    if not _DIGITS.fullmatch(number):
        return False
    return sum(int(character) * (3 if place % 2 else 1) for place, character in enumerate(reversed(number))) % 10 == 0


def luhn_valid(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B. Anything but digits is not valid."""
    if len(digits) < 2 or not _DIGITS.fullmatch(digits):
        return False
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def looks_like_bank_card(text: str) -> bool:
    """Whether this may be a payment card's number: a payment scheme's prefix and length, and Luhn right.

    Spaces and dashes between groups, a magnetic track's start sentinels and everything after its separator do not
    hide it. Prefixes: ISO/IEC 7812 ranges of Visa, Mastercard, Mir, American Express, Diners, JCB, Maestro, UnionPay.
    """
    bare = re.split(r"[=^?]", text.strip().lstrip("%;Bb"), maxsplit=1)[0]
    bare = bare.replace(" ", "").replace("-", "")
    return _PAYMENT_CARD.fullmatch(bare) is not None and luhn_valid(bare)


class CardPattern(Struct, frozen=True):
    """What numbers of one kind of card look like: `#` any digit, digits for themselves, a check digit at the end.

    `C` is the check digit of EAN-13 and its kin, `L` that of Luhn. `2900########C` is a card of thirteen digits that
    starts with 2900. A trailing `*` lets any digits follow.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "CardPattern":
        """Raises SettingsInvalid for a pattern that could match nothing, or everything."""
        body = text.removesuffix("*")
        if not body or len(text) > 40 or re.fullmatch(r"[0-9#]*[CL]?", body, re.ASCII) is None:
            raise SettingsInvalid("a card pattern holds digits, # for any digit, C or L for a check digit at the end")
        if body[-1] in "CL" and text.endswith("*"):
            raise SettingsInvalid("a check digit is the last character of a card pattern")
        if not any(c.isdigit() for c in body):
            raise SettingsInvalid("a card pattern starts with digits that tell the kind of card")
        return cls(text)

    def matches(self, number: str) -> bool:
        """Whether the number is of this kind. Only whole numbers of digits match."""
        body = self.text.removesuffix("*")
        if not _DIGITS.fullmatch(number) or len(number) < len(body):
            return False
        if len(number) > len(body) and not self.text.endswith("*"):
            return False
        if not all(p in ("#", "C", "L", c) for p, c in zip(body, number, strict=False)):
            return False
        if body.endswith("L"):
            return luhn_valid(number)
        return not body.endswith("C") or _gs1_valid(number)


def identifier_hash(key: bytes, kind: str, value: str) -> bytes:
    """HMAC-SHA-256 over kind, a zero byte and the value: what is stored in place of an identifier."""
    if "\0" in kind:
        raise IdentifierInvalid("a kind of identifier holds no zero byte")
    return hmac.new(key, f"{kind}\0{value}".encode(), hashlib.sha256).digest()


def mask(text: str) -> str:
    """The text with all but the last two characters of a long enough one hidden, for logs."""
    return "*" * (len(text) - 2) + text[-2:] if len(text) >= 6 else "*" * len(text)
