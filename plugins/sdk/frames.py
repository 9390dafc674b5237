"""Frames between the gateway and a driver host: a 4-byte big-endian length, then one protobuf message."""

from typing import Generic, TypeVar

from google.protobuf.message import DecodeError, Message

from tillgate.core.errors import FrameInvalid

__all__ = ["FRAME_BYTES_MAX", "Decoder", "encode"]

FRAME_BYTES_MAX = 1 << 20
_LENGTH_BYTES = 4

M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    """The message with its length in front. Raises FrameInvalid past 1 MiB."""
    body = message.SerializeToString()
    if len(body) > FRAME_BYTES_MAX:
        raise FrameInvalid(f"a frame of {len(body)} bytes is longer than {FRAME_BYTES_MAX}")
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


class Decoder(Generic[M]):
    """Bytes in any pieces become messages of one class.

    A wrong length or a body that is not such a message raises FrameInvalid. After that the stream has no meaning any
    more: close it. Every further call raises again.
    """

    def __init__(self, message_class: type[M]) -> None:
        self._message_class = message_class
        self._buffer = bytearray()
        self._broken = ""

    @property
    def pending_bytes(self) -> int:
        """Bytes of a frame that is not complete yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[M]:
        """The messages that these bytes complete."""
        if self._broken:
            raise FrameInvalid(self._broken)
        self._buffer += data
        messages = []
        while len(self._buffer) >= _LENGTH_BYTES:
            length = int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
            if not 0 < length <= FRAME_BYTES_MAX:
                self._fail(f"a frame claims {length} bytes; allowed are 1 to {FRAME_BYTES_MAX}")
            if len(self._buffer) < _LENGTH_BYTES + length:
                break
            messages.append(self._parse(bytes(self._buffer[_LENGTH_BYTES : _LENGTH_BYTES + length])))
            del self._buffer[: _LENGTH_BYTES + length]
        return messages

    def _parse(self, body: bytes) -> M:
        message = self._message_class()
        try:
            message.ParseFromString(body)
        except DecodeError:
            self._fail(f"{len(body)} bytes are not a {self._message_class.DESCRIPTOR.name}")
        return message

    def _fail(self, detail: str) -> None:
        self._broken = detail
        self._buffer.clear()
        raise FrameInvalid(detail)
