"""What a printer says, taken apart: one stream carries answers of four kinds, told apart by fixed bits.

0xx1xx10                  an answer to DLE EOT
0xx1xx00 and 3 × 0xx0xxxx automatic status back (ASB)
0xx0xxxx                  an answer to GS r
37 22 … 00                the word that a process id was reached (GS ( H)
5F … 00                   an answer to GS I
11, 13                    XON, XOFF
"""

from typing import TypeAlias

from msgspec import Struct

__all__ = ["AutomaticStatus", "Done", "RealTimeStatus", "Replies", "Reply", "TransmittedStatus"]

_XON_XOFF = (0x11, 0x13)
_BLOCK_STARTS = (0x37, 0x5F)
_BLOCK_BYTES_MAX = 80
_PROCESS_ID = b"\x37\x22"


class RealTimeStatus(Struct, frozen=True):
    """The answer to DLE EOT n."""

    value: int


class AutomaticStatus(Struct, frozen=True):
    """Four bytes of ASB."""

    value: bytes


class TransmittedStatus(Struct, frozen=True):
    """The answer to GS r."""

    value: int


class Done(Struct, frozen=True):
    """Everything before this process id is on paper."""

    process_id: bytes


Reply: TypeAlias = RealTimeStatus | AutomaticStatus | TransmittedStatus | Done


class Replies:
    """Bytes in any pieces become replies. What fits nowhere is skipped."""

    def __init__(self) -> None:
        self._held = bytearray()

    def clear(self) -> None:
        """Forget half a reply."""
        self._held.clear()

    def feed(self, data: bytes) -> list[Reply]:
        """Replies that these bytes complete."""
        replies: list[Reply] = []
        for byte in data:
            replies += self._byte(byte)
        return replies

    def _byte(self, byte: int) -> list[Reply]:
        if self._held and self._held[0] in _BLOCK_STARTS:
            return self._in_block(byte)
        if self._held and byte & 0x90 == 0:
            self._held.append(byte)
            return self._whole_automatic_status()
        # Half an automatic status followed by something else is lost; what follows counts.
        self._held.clear()
        return self._first(byte)

    def _first(self, byte: int) -> list[Reply]:
        if byte in _BLOCK_STARTS or byte & 0x93 == 0x10:
            self._held.append(byte)
        elif byte in _XON_XOFF:
            return []
        elif byte & 0x93 == 0x12:
            return [RealTimeStatus(byte)]
        elif byte & 0x90 == 0:
            return [TransmittedStatus(byte)]
        return []

    def _whole_automatic_status(self) -> list[Reply]:
        if len(self._held) < 4:
            return []
        status = AutomaticStatus(bytes(self._held))
        self._held.clear()
        return [status]

    def _in_block(self, byte: int) -> list[Reply]:
        if byte:
            self._held.append(byte)
            if len(self._held) > _BLOCK_BYTES_MAX:
                self._held.clear()
            return []
        block = bytes(self._held)
        self._held.clear()
        return [Done(block[2:])] if block.startswith(_PROCESS_ID) else []
