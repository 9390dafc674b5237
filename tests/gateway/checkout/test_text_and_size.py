"""What the central service could not take is refused here, with its path, before anything is written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from tillgate.core.errors import BadRequest, BasketInvalid
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest, QuoteRequest
from tillgate.type.v1.basket_pb2 import Basket

EVENT_BYTES_MAX = 8 * 1024 * 1024
PURCHASE = "01234567-89ab-4def-8123-456789abcdef"


def texts(kind: Descriptor, path: str = "$") -> Iterator[str]:
    """Paths of all texts that a message may hold, with the first of each list."""
    for field in kind.fields:
        name = f"{path}.{field.name}" + ("[0]" if field.is_repeated else "")
        if field.message_type is not None:
            yield from texts(field.message_type, name)
        elif field.type == field.TYPE_STRING:
            yield name


def put(message: Message, path: str, text: str) -> None:
    """Set the text of a path; what leads to it is made."""
    place: Any = message
    *steps, last = path.removeprefix("$.").split(".")
    for step in steps:
        inner = getattr(place, step.removesuffix("[0]"))
        if step.endswith("[0]") and not inner:
            inner.add()
        place = inner[0] if step.endswith("[0]") else inner
    if last.endswith("[0]"):
        getattr(place, last.removesuffix("[0]")).insert(0, text)
    else:
        setattr(place, last, text)


@pytest.mark.parametrize("path", list(texts(CommitRequest.DESCRIPTOR)))
async def test_a_nul_in_any_text_of_a_commit_is_refused(shop: Any, path: str) -> None:
    request = await shop.quoted("anna", redeem=100)
    put(request, path, "a\0b")
    error = await shop.refused(request)
    assert error.path == path
    assert isinstance(error, BasketInvalid if path.startswith("$.basket") else BadRequest)
    assert (shop.events(), shop.central.holds, shop.journal.holds.open_ids()) == ([], {}, [])


def test_the_texts_of_a_commit_are_these() -> None:
    """The test above is made from the contract; this one shows that it reaches what it should."""
    assert {
        "$.customer_id",
        "$.basket.coupons[0]",
        "$.basket.lines[0].id",
        "$.basket.lines[0].brand",
        "$.basket.lines[0].categories[0]",
        "$.basket.payments[0].type",
        "$.tenders[0].type",
        "$.fiscal_sign.sign",
    } < set(texts(CommitRequest.DESCRIPTOR))


async def test_a_quote_refuses_what_its_commit_would(shop: Any, make_basket: Callable[..., Basket]) -> None:
    basket = make_basket(100, 200)
    basket.lines[1].tags.extend(["good", "b\0d"])
    with pytest.raises(BasketInvalid) as refused:
        await shop.quote(QuoteRequest(basket=basket))
    assert refused.value.path == "$.basket.lines[1].tags[1]"


async def test_a_zero_that_is_no_text_is_no_nul(shop: Any, make_basket: Callable[..., Basket]) -> None:
    basket = make_basket()
    basket.lines[0].discountable = False
    request = QuoteRequest(basket=basket)
    assert b"\0" in request.SerializeToString()
    assert (await shop.quote(request)).answer.list_minor == 100_000


async def test_a_reason_with_a_nul_is_refused(shop: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        await shop.checkout.cancel(PURCHASE, "a\0b")
    assert refused.value.path == "$.reason"
    await shop.checkout.commit("lane-1", await shop.quoted())


async def test_a_sale_too_large_for_an_event_leaves_no_trace(shop: Any) -> None:
    request = await shop.quoted("anna", redeem=100)
    request.quote_id = ""
    request.basket.lines[0].name = "x" * EVENT_BYTES_MAX
    error = await shop.refused(request)
    assert (error.reason, error.path) == ("BASKET_INVALID", "$.basket")
    assert str(EVENT_BYTES_MAX) in error.detail
    assert (shop.events(), shop.central.holds) == ([], {})
    assert shop.journal.row("SELECT (SELECT count(*) FROM holds) + (SELECT count(*) FROM purchases)") == (0,)
    # The same id is free for a smaller one, up to the limit.
    request.basket.lines[0].name = "x" * (EVENT_BYTES_MAX - 2_000)
    await shop.checkout.commit("lane-1", request)
    (event,) = shop.journal.outbox.read(0, 10, 1 << 10)
    assert EVENT_BYTES_MAX - 2_000 < event.ByteSize() <= EVENT_BYTES_MAX
