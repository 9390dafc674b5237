"""However a till's library encodes a request, it means what the protobuf library says it means."""

from datetime import UTC, datetime

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from wire_oracle import basket_of, messages

from tillgate.accel.wire import ReadBasket
from tillgate.core.errors import BadRequest, BasketInvalid
from tillgate.gateway.checkout._messages import read_message, read_quote
from tillgate.pos.v1.checkout_service_pb2 import QuoteRequest

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
REQUESTS = messages(QuoteRequest)
#: A field that is in no contract, and one of a number that is, of another type.
STRANGE = (b"", b"\xf8\x07\x01", b"\xfa\x07\x02ab", b"\x0d\x01\x02\x03\x04")


def same(found: ReadBasket, other: ReadBasket) -> bool:
    one, two = (each.basket(NOON, "", None, True) for each in (found, other))
    return one == two and found.content == other.content and found.seconds == other.seconds


@given(st.lists(st.tuples(REQUESTS, st.sampled_from(STRANGE)), min_size=1, max_size=3))
def test_fields_may_come_twice_in_any_order_and_with_strangers_among_them(
    parts: list[tuple[QuoteRequest, bytes]],
) -> None:
    raw = b"".join(part.SerializeToString() + strange for part, strange in parts)
    meant = QuoteRequest.FromString(raw)
    basket, customer_id, explain = read_quote(raw)
    assert (customer_id, explain) == (meant.customer_id, meant.explain)
    assert basket.basket(NOON, "store", None, True) == basket_of(meant.basket, NOON)
    assert same(basket, read_message(meant.basket))


@given(st.binary(max_size=40) | st.tuples(REQUESTS, st.binary(max_size=6)).map(lambda pair: canonical(*pair)))
def test_any_bytes_are_a_request_or_are_refused(raw: bytes) -> None:
    try:
        meant = QuoteRequest.FromString(raw)
    except DecodeError:
        with pytest.raises(BadRequest):
            read_quote(raw)
        return
    try:
        basket, _, _ = read_quote(raw)
    except (BasketInvalid, BadRequest):
        assert b"\0" in raw
        return
    assert basket.basket(NOON, "store", None, True) == basket_of(meant.basket, NOON)


def canonical(request: QuoteRequest, more: bytes) -> bytes:
    return bytes(request.SerializeToString(deterministic=True)) + more


def test_a_default_written_out_is_a_default() -> None:
    """Some libraries write every field they were given."""
    plain, _, _ = read_quote(b"\x0a\x0d\x0a\x03RUB\x4a\x06\x12\x01a\x18\xe8\x07")
    chatty, customer_id, explain = read_quote(
        b"\x0a\x11\x0a\x03RUB\x22\x00\x4a\x08\x12\x01a\x18\xe8\x07\x78\x00\x12\x00\x18\x00"
    )
    assert same(plain, chatty)
    assert (customer_id, explain) == ("", 0)
