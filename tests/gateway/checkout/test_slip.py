"""The slip tells the guest what was bought, saved, spent and earned, and any printer can take it."""

from collections.abc import Callable
from typing import Any

import pytest

from tillgate.core import receipt
from tillgate.gateway.checkout import Checkout
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest, QuoteRequest
from tillgate.type.v1 import receipt_document_pb2 as messages
from tillgate.type.v1.basket_pb2 import Basket


def document(message: messages.ReceiptDocument) -> receipt.ReceiptDocument:
    """The message in the domain's types, which know the limits and can draw it."""
    elements: list[receipt.Element] = []
    for element in message.elements:
        match element.WhichOneof("element"):
            case "text":
                align = receipt.Align.CENTER if element.text.align == messages.ALIGN_CENTER else receipt.Align.LEFT
                elements.append(receipt.TextLine(element.text.text, align))
            case "columns":
                elements.append(receipt.Columns(element.columns.left, element.columns.right))
            case "rule":
                elements.append(receipt.Rule())
            case "feed":
                elements.append(receipt.Feed(element.feed.lines))
            case "cut":
                elements.append(receipt.Cut(element.cut.partial))
            case other:
                raise AssertionError(other)
    return receipt.ReceiptDocument(tuple(elements))


RUSSIAN = """\
               Кафе «Заря»
21.11.2026 15:00                    lane-1
------------------------------------------
sku-1 1 x 1000.00                  1000.00
  скидка                           -100.00
------------------------------------------
Сумма                              1000.00
Скидка                             -100.00
Оплачено баллами                   -200.00
ИТОГО                               700.00
Наличными                           700.00
------------------------------------------
Начислено баллов                         7
Списано баллов                         200
Баллов на счёте                        107
                 Спасибо!


- - - - - - - - - - - - - - - - - - - - -
"""


async def test_the_slip_in_russian(shop: Any) -> None:
    response = await shop.checkout.commit("lane-1", await shop.quoted("anna", redeem=200))
    assert receipt.render_text(document(response.slip)) == RUSSIAN


async def test_the_slip_in_english_and_for_nobody(shop: Any) -> None:
    shop.checkout = Checkout(shop.journal, shop.replica, shop.central, shop.clock, language="en")
    response = await shop.checkout.commit("lane-1", await shop.quoted())
    text = receipt.render_text(document(response.slip))
    assert "TOTAL                               900.00\nCash                                900.00\n" in text
    assert "Points" not in text


@pytest.mark.parametrize("count", [1, 100, 101, 500])
async def test_any_basket_makes_a_slip_that_can_be_printed(
    shop: Any, make_basket: Callable[..., Basket], count: int
) -> None:
    basket = make_basket(*([100_000_000_000] * count))
    for index, line in enumerate(basket.lines):
        line.sku = f"{index}\n{'Ж😀' * 90}"
    total = (await shop.quote(QuoteRequest(basket=basket, customer_id="anna"))).answer.total_minor
    request = CommitRequest(purchase_id="01234567-89ab-4def-8123-456789abcdef", basket=basket, customer_id="anna")
    for _ in range(19):
        request.tenders.add(type="😀" * 32, amount_minor=0)
    request.tenders.add(type="card", amount_minor=total)
    slip = document((await shop.checkout.commit("lane-1", request)).slip)
    receipt.check_document(slip)
    assert ("… ещё позиций" in receipt.render_text(slip)) == (count > 100)
