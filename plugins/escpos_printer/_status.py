"""What is known of a printer, put together from its answers; bits after Epson's ESC/POS command reference."""

from typing import Literal

from tillgate.plugins.sdk import Status

__all__ = ["BLOCKING", "StatusBoard"]

#: With any of these nothing is sent.
BLOCKING = frozenset({Status.PAPER_OUT, Status.COVER_OPEN, Status.CUTTER_ERROR, Status.OFFLINE, Status.NO_ANSWER})
_BY_QUESTION: dict[int, tuple[tuple[int, Status], ...]] = {
    1: ((0x08, Status.OFFLINE),),
    2: ((0x04, Status.COVER_OPEN), (0x20, Status.PAPER_OUT)),
    3: ((0x08, Status.CUTTER_ERROR), (0x20, Status.OFFLINE)),
    4: ((0x0C, Status.PAPER_NEAR_END), (0x60, Status.PAPER_OUT)),
}
_DRAWER_PIN = 0x04
#: By byte of the four of an automatic status.
_AUTOMATIC: tuple[tuple[tuple[int, Status], ...], ...] = (
    ((0x08, Status.OFFLINE), (0x20, Status.COVER_OPEN)),
    ((0x08, Status.CUTTER_ERROR), (0x20, Status.OFFLINE)),
    ((0x03, Status.PAPER_NEAR_END), (0x0C, Status.PAPER_OUT)),
    (),
)
_PAPER: tuple[tuple[int, Status], ...] = ((0x03, Status.PAPER_NEAR_END), (0x0C, Status.PAPER_OUT))


class StatusBoard:
    """The last word on everything."""

    def __init__(self, drawer_sensor: Literal["none", "high_open", "low_open"]) -> None:
        self._drawer_sensor = drawer_sensor
        self._silent = True
        self._mute = False
        self._by_source: dict[int, frozenset[Status]] = {}
        self._drawer_open = False

    def statuses(self) -> tuple[Status, ...]:
        """(OK,) or everything that ails it, in a fixed order; nothing for a printer that never speaks."""
        if self._mute:
            return ()
        if self._silent:
            return (Status.NO_ANSWER,)
        found = set().union(*self._by_source.values())
        if self._drawer_open:
            found.add(Status.DRAWER_OPEN)
        return tuple(sorted(found)) or (Status.OK,)

    def silent(self) -> None:
        """It does not answer: nothing is known any more."""
        self._silent = True
        self._mute = False
        self._by_source.clear()
        self._drawer_open = False

    def mute(self) -> None:
        """It is there, and will never say how it is."""
        self._mute = True

    def answer(self, question: int, value: int) -> None:
        """An answer to DLE EOT."""
        self._silent = False
        self._by_source[question] = _set_bits(value, _BY_QUESTION[question])
        if question == 1:
            self._drawer(value)

    def automatic(self, value: bytes) -> None:
        """Four bytes of automatic status, which speak of all that the four questions ask."""
        self._silent = False
        found = frozenset().union(*(_set_bits(byte, words) for byte, words in zip(value, _AUTOMATIC, strict=True)))
        self._by_source = {0: found}
        self._drawer(value[0])

    def forget_automatic(self) -> None:
        """All has been asked since: what the printer said by itself before is out of date."""
        self._by_source.pop(0, None)

    def paper_status(self, value: int) -> None:
        """An answer to GS r 1: the paper and nothing else."""
        self._silent = False
        paper = {status for _, status in _PAPER}
        self._by_source = {source: found - paper for source, found in self._by_source.items()}
        self._by_source[4] = _set_bits(value, _PAPER)

    def _drawer(self, value: int) -> None:
        is_high = bool(value & _DRAWER_PIN)
        self._drawer_open = self._drawer_sensor == ("high_open" if is_high else "low_open")


def _set_bits(value: int, words: tuple[tuple[int, Status], ...]) -> frozenset[Status]:
    return frozenset(status for bits, status in words if value & bits)
