"""Payment cards, told from the shop's own by what stands on their tracks: nothing of one may leave the driver."""

import re
from enum import IntEnum

__all__ = ["MASK", "PaymentCard", "payment_card"]

#: What is given instead of a number. Its length tells nothing either.
MASK = "*" * 16

#: First and last leading digits, and the lengths of account numbers, from the schemes' public issuer ranges.
_SCHEMES = (
    ("2200", "2204", range(16, 20)),  # Mir.
    ("2221", "2720", range(16, 17)),  # Mastercard.
    ("300", "305", range(14, 20)),  # Diners Club.
    ("34", "34", range(15, 16)),  # American Express.
    ("3528", "3589", range(16, 20)),  # JCB.
    ("36", "36", range(14, 20)),  # Diners Club.
    ("37", "37", range(15, 16)),  # American Express.
    ("38", "39", range(14, 20)),  # Diners Club.
    ("4", "4", range(13, 20)),  # Visa.
    ("50", "50", range(12, 20)),  # Maestro.
    ("51", "55", range(16, 17)),  # Mastercard.
    ("56", "69", range(12, 20)),  # Maestro, Discover, UnionPay, RuPay.
    ("81", "82", range(16, 20)),  # UnionPay, RuPay.
    ("8600", "8600", range(16, 17)),  # Uzcard.
    ("9112", "9112", range(16, 17)),  # Belkart.
    ("9792", "9792", range(16, 17)),  # Troy.
    ("9860", "9860", range(16, 17)),  # Humo.
)
#: Shorter numbers without a date are a shop's: one in ten of them would have the right check digit by chance.
_UNDATED_DIGITS_MIN = 15
#: A run of digits, grouped by spaces or not, and behind a separator the expiry date and service code of ISO/IEC 7813.
_RUN = re.compile(
    r"(?<!\d)(?P<digits>\d(?: ?\d){11,20})(?!\d)"
    r"(?P<dated>(?:[=D]|\^[^^?]*\^)\d\d(?:0[1-9]|1[0-2])(?P<service>[1-9]\d\d)?)?"
)


class PaymentCard(IntEnum):
    """How sure it is."""

    NO = 0
    #: A number that could be one, without an expiry date.
    PERHAPS = 1
    YES = 2


def payment_card(swipe: str) -> PaymentCard:
    """Whether a swipe, whole or damaged, is of a payment card.

    Sure is a scheme's number with its expiry date and either a right check digit or a service code: one misread digit
    must not let the others out.
    """
    return max((_judge(match) for match in _RUN.finditer(swipe)), default=PaymentCard.NO)


def _judge(match: re.Match[str]) -> PaymentCard:
    digits = match["digits"].replace(" ", "")
    # On track 3 two digits of format code stand before the number.
    for number in (digits, digits[2:]):
        if not _in_a_scheme(number):
            continue
        if match["dated"] and (match["service"] or _luhn_is_right(number)):
            return PaymentCard.YES
        if len(number) >= _UNDATED_DIGITS_MIN and _luhn_is_right(number):
            return PaymentCard.PERHAPS
    return PaymentCard.NO


def _in_a_scheme(number: str) -> bool:
    return any(first <= number[: len(first)] <= last and len(number) in lengths for first, last, lengths in _SCHEMES)


def _luhn_is_right(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: from the right every second digit doubled, its digits summed."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
