"""Text for a printer's code page: every character that goes out is one the page has, one byte each."""

import unicodedata

__all__ = ["fit"]

#: Neither CP866 nor CP1251 has a rouble sign; CP866 has no quotation marks of Russian and no dashes.
_INSTEAD = {
    "₽": "руб.",
    "€": "EUR",
    "«": '"',
    "»": '"',
    "„": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "—": "-",
    "–": "-",
    "‑": "-",
    "−": "-",
    "…": "...",
    "×": "x",
    "•": "*",
    "≥": ">=",
    "≤": "<=",
    "ё": "е",
    "Ё": "Е",
}
#: Spaces that printers show as a box or a letter, and characters that have no place on paper.
_SPACES = dict.fromkeys(map(ord, "\t\u00a0\u2007\u2009\u200a\u202f"), " ")
_NOTHING = dict.fromkeys([*map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), *range(9), *range(10, 32), 127])


def fit(text: str, encoding: str) -> str:
    """The text in characters of the encoding: as it is, else by a usual substitute, else without accents, else ?."""
    plain = text.translate(_SPACES).translate(_NOTHING)
    if _has(plain, encoding):
        return plain
    return "".join(_substitute(character, encoding) for character in plain)


def _has(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _substitute(character: str, encoding: str) -> str:
    if _has(character, encoding):
        return character
    for instead in (_INSTEAD.get(character, ""), unicodedata.normalize("NFKD", character)):
        kept = "".join(part for part in instead if _has(part, encoding) and not unicodedata.combining(part))
        if kept:
            return kept
    return "?"
