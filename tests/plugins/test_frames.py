"""Frames: any split gives the same messages, and nonsense is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillgate.core.errors import FrameInvalid
from tillgate.driver.v1.driver_pb2 import ErrorEvent, Heartbeat, HostFrame
from tillgate.plugins.sdk.frames import FRAME_BYTES_MAX, Decoder, encode

FRAMES = st.lists(
    st.one_of(
        st.integers(1, 10**6).map(lambda number: HostFrame(heartbeat=Heartbeat(number=number))),
        st.text(max_size=40).map(lambda text: HostFrame(error_event=ErrorEvent(reason="X", detail=text))),
    ),
    max_size=8,
)


@given(FRAMES, st.data())
def test_any_split_gives_the_same_messages(frames: list[HostFrame], data: st.DataObject) -> None:
    stream = b"".join(map(encode, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    decoder = Decoder(HostFrame)
    received = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += decoder.feed(stream[start:end])
    assert received == frames
    assert decoder.pending_bytes == 0


@pytest.mark.parametrize("length", [0, FRAME_BYTES_MAX + 1, 0xFFFFFFFF])
def test_a_wrong_length_is_refused_and_the_stream_stays_refused(length: int) -> None:
    decoder = Decoder(HostFrame)
    with pytest.raises(FrameInvalid, match="claims"):
        decoder.feed(length.to_bytes(4, "big"))
    with pytest.raises(FrameInvalid):
        decoder.feed(encode(HostFrame(heartbeat=Heartbeat(number=1))))


def test_a_body_that_is_no_message_is_refused() -> None:
    with pytest.raises(FrameInvalid, match="not a HostFrame"):
        Decoder(HostFrame).feed(b"\x00\x00\x00\x02\x0a\xff")


def test_a_message_of_more_than_a_mebibyte_is_not_sent() -> None:
    with pytest.raises(FrameInvalid):
        encode(HostFrame(error_event=ErrorEvent(detail="x" * FRAME_BYTES_MAX)))
