"""Magnetic tracks as readers send them, ISO/IEC 7811 and 7813: sentinels, character sets, LRC."""

import re

from msgspec import Struct

from tillgate.plugins.sdk import Problem

__all__ = ["Track", "lrc", "parse_swipe"]

#: Characters between the sentinels that fit on the stripe: of all, start, end and LRC take three.
_DATA_MAX = {1: 76, 2: 37, 3: 104}
_DATA = {1: re.compile(r"[ -$&->@-_]*"), 2: re.compile(r"[0-9:<=>]*"), 3: re.compile(r"[0-9:<=>]*")}
_STARTS = "%;+#!"
_END = "?"
_UNREADABLE = "E"


class Track(Struct, frozen=True):
    """A track that was read well."""

    number: int
    #: Between the sentinels.
    data: str


def lrc(number: int, framed: str) -> str:
    """The check character of a track from start to end sentinel: the data bits of every character, XORed."""
    base = 0x20 if number == 1 else 0x30
    value = 0
    for character in framed:
        value ^= ord(character) - base
    return chr(base + (value & (0x3F if number == 1 else 0x0F)))


def parse_swipe(text: str, *, with_lrc: bool) -> tuple[list[Track], list[Problem]]:
    """The tracks of one swipe and what is wrong with the others. No problem holds any of the data."""
    tracks: list[Track] = []
    problems: list[Problem] = []
    seen: set[int] = set()
    place = 0
    while place < len(text):
        if text[place] in "\r\n":
            place += 1
            continue
        number = _number(text[place], seen)
        end = text.find(_END, place)
        if not number or end < 0:
            problems.append(Problem("TRACK_MALFORMED", f"{len(text) - place} characters are no track"))
            break
        seen.add(number)
        framed = text[place : end + 1]
        after = end + 1 + with_lrc
        outcome = _track(number, framed, text[end + 1 : after] if with_lrc else None)
        (tracks if isinstance(outcome, Track) else problems).append(outcome)  # type: ignore[arg-type]
        place = after
    return tracks, problems


def _number(start: str, seen: set[int]) -> int:
    """Which track a start sentinel begins; 0 for none. Track 3 begins with ; like track 2, or by habit with + # !."""
    if start == "%" and 1 not in seen:
        return 1
    if start == ";" and 2 not in seen and 3 not in seen:
        return 2
    return 3 if start in _STARTS[1:] and 3 not in seen else 0


def _track(number: int, framed: str, check: str | None) -> Track | Problem:
    data = framed[1:-1]
    if data == _UNREADABLE:
        return Problem("TRACK_UNREADABLE", f"the reader could not read track {number}")
    if not _DATA[number].fullmatch(data) or len(data) > _DATA_MAX[number]:
        return Problem("TRACK_MALFORMED", f"what came as track {number} does not fit on track {number}")
    if check is not None and check != lrc(number, framed):
        return Problem("LRC_MISMATCH", f"the check character of track {number} is wrong")
    return Track(number, data)
