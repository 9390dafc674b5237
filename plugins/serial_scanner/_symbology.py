"""Which kind of barcode a text is: by its AIM identifier (ISO/IEC 15424), else by its digits."""

import re
from typing import Literal

__all__ = ["CheckPolicy", "check_digit_is_right", "classify", "split_aim", "wrong_check_digit"]

CheckPolicy = Literal["known", "strict", "off"]

_AIM = re.compile(r"\]([A-Za-z])([0-9A-Za-z])")
_BY_IDENTIFIER = {
    "]E1": "EAN_ADDON",
    "]E2": "EAN_ADDON",
    "]E3": "EAN13_S",
    "]E4": "EAN8",
    "]C1": "EAN128",
    "]d2": "GS1DATAMATRIX",
    "]Q3": "GS1QR",
}
_BY_LETTER = {
    "A": "CODE39",
    "C": "CODE128",
    "F": "CODABAR",
    "G": "CODE93",
    "I": "ITF",
    "L": "PDF417",
    "Q": "QR",
    "U": "MAXICODE",
    "d": "DATAMATRIX",
    "e": "GS1DATABAR",
    "z": "AZTEC",
}
_BY_DIGITS = {8: "EAN8", 12: "UPCA", 13: "EAN13"}
_CHECKED_LENGTHS = {"EAN13": (13,), "EAN8": (8,), "UPCA": (12,), "EAN13_S": (15, 18)}


def split_aim(text: str) -> tuple[str, str]:
    """The AIM identifier, or nothing, and the rest."""
    match = _AIM.match(text)
    return (match.group(), text[match.end() :]) if match else ("", text)


def check_digit_is_right(digits: str) -> bool:
    """GS1's modulo 10: from the right, weights 1, 3, 1, 3 …; GS1 General Specifications 7.9."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


def classify(aim: str, label: str) -> str:
    """UnifiedPOS's name of the symbology; UNKNOWN when neither identifier nor digits tell."""
    if aim == "]E0":
        return _BY_DIGITS.get(len(label), "EAN13")
    if aim:
        return _BY_IDENTIFIER.get(aim) or _BY_LETTER.get(aim[1], "OTHER")
    if _is_digits(label) and len(label) in _BY_DIGITS and check_digit_is_right(label):
        return _BY_DIGITS[len(label)]
    return "UNKNOWN"


def wrong_check_digit(kind: str, label: str, policy: CheckPolicy) -> str:
    """What is wrong with the check digit or with the length it supposes; empty when nothing is."""
    if policy == "off":
        return ""
    if kind in _CHECKED_LENGTHS:
        if not _is_digits(label) or len(label) not in _CHECKED_LENGTHS[kind]:
            return f"{kind} cannot be {len(label)} characters like these"
        checked = label[:13] if kind == "EAN13_S" else label
        return "" if check_digit_is_right(checked) else f"the check digit of this {kind} is wrong"
    if policy == "strict" and kind == "UNKNOWN" and _is_digits(label) and len(label) in _BY_DIGITS:
        return f"the check digit of these {len(label)} digits is wrong"
    return ""


def _is_digits(label: str) -> bool:
    return label.isascii() and label.isdigit()
