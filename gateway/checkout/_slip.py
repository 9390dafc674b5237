"""The slip that tells a guest what was bought, saved and earned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tillgate.core.answer import Answer
from tillgate.core.numbers import currency_digits, format_decimal, format_quantity
from tillgate.type.v1.basket_pb2 import Basket
from tillgate.type.v1.purchase_pb2 import Tender
from tillgate.type.v1.receipt_document_pb2 import ALIGN_CENTER, Columns, ReceiptDocument

__all__ = ["Language", "SlipData", "write_slip"]

Language = Literal["ru", "en"]
# A document holds 400 elements and 16 KiB of text: two elements and at most 130 bytes a line leave room for the rest.
LINES_MAX = 100
NAME_LENGTH_MAX = 24
MESSAGES_MAX = 5
MESSAGE_LENGTH_MAX = 100

WORDS = {
    "ru": {
        "sum": "Сумма", "discount": "Скидка", "points_paid": "Оплачено баллами", "total": "ИТОГО",
        "earned": "Начислено баллов", "redeemed": "Списано баллов", "balance": "Баллов на счёте",
        "line_discount": "  скидка", "more": "… ещё позиций",
    },
    "en": {
        "sum": "Subtotal", "discount": "Discount", "points_paid": "Paid with points", "total": "TOTAL",
        "earned": "Points earned", "redeemed": "Points spent", "balance": "Points balance",
        "line_discount": "  discount", "more": "… more lines",
    },
}  # fmt: skip
TENDERS = {
    "ru": {"cash": "Наличными", "card": "Картой", "sbp": "СБП"},
    "en": {"cash": "Cash", "card": "Card", "sbp": "SBP"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipData:
    """What a slip shows, but for the balance."""

    store_name: str
    local_time: str
    lane_id: str
    basket: Basket
    answer: Answer
    tenders: Iterable[Tender]
    identified: bool
    messages: Sequence[str]
    language: Language


class _Writer:
    def __init__(self, document: ReceiptDocument, currency: str) -> None:
        self.document = document
        self._digits = currency_digits(currency)

    def title(self, text: str) -> None:
        line = self.document.elements.add().text
        line.text, line.align, line.bold = _clean(text), ALIGN_CENTER, True

    def centred(self, text: str) -> None:
        line = self.document.elements.add().text
        line.text, line.align = _clean(text), ALIGN_CENTER

    def pair(self, left: str, right: str, *, bold: bool = False) -> Columns:
        columns = self.document.elements.add().columns
        columns.left, columns.right = _clean(left), _clean(right)
        if bold:
            columns.bold = True
        return columns

    def rule(self) -> None:
        self.document.elements.add().rule.SetInParent()

    def end(self) -> None:
        self.document.elements.add().feed.lines = 2
        self.document.elements.add().cut.partial = True

    def money(self, minor: int) -> str:
        return format_decimal(minor, self._digits)


def write_slip(document: ReceiptDocument, data: SlipData) -> Columns | None:
    """Fill the document, in one language. Returns the element for the balance, which is known only once the sale is
    recorded; None if nobody was identified."""
    words = WORDS[data.language]
    writer = _Writer(document, data.basket.currency)
    if data.store_name:
        writer.title(data.store_name)
    writer.pair(data.local_time, data.lane_id)
    writer.rule()
    _goods(writer, data, words)
    writer.rule()
    _totals(writer, data, words)
    balance = None
    if data.identified:
        writer.rule()
        balance = _points(writer, data, words)
    for message in data.messages[:MESSAGES_MAX]:
        writer.centred(message[:MESSAGE_LENGTH_MAX])
    writer.end()
    return balance


def _goods(writer: _Writer, data: SlipData, words: dict[str, str]) -> None:
    for line, priced in zip(data.basket.lines[:LINES_MAX], data.answer.lines, strict=False):
        quantity = format_quantity(line.quantity_milli)
        name = line.name or line.sku
        left = f"{name[:NAME_LENGTH_MAX]} {quantity} x {writer.money(line.unit_price_minor)}"
        writer.pair(left, writer.money(priced.list_minor))
        discount = sum(each.amount_minor for each in priced.discounts)
        if discount:
            writer.pair(words["line_discount"], writer.money(-discount))
    left_out = len(data.basket.lines) - LINES_MAX
    if left_out > 0:
        writer.pair(words["more"], str(left_out))


def _totals(writer: _Writer, data: SlipData, words: dict[str, str]) -> None:
    answer = data.answer
    if answer.list_minor != answer.total_minor:
        writer.pair(words["sum"], writer.money(answer.list_minor))
    if answer.discount_minor:
        writer.pair(words["discount"], writer.money(-answer.discount_minor))
    if answer.redeemed_minor:
        writer.pair(words["points_paid"], writer.money(-answer.redeemed_minor))
    writer.pair(words["total"], writer.money(answer.total_minor), bold=True)
    for tender in data.tenders:
        writer.pair(TENDERS[data.language].get(tender.type, tender.type), writer.money(tender.amount_minor))


def _points(writer: _Writer, data: SlipData, words: dict[str, str]) -> Columns:
    points = data.answer.points
    writer.pair(words["earned"], format_decimal(points.earned, points.digits))
    if data.answer.redeemed_points:
        writer.pair(words["redeemed"], format_decimal(data.answer.redeemed_points, points.digits))
    return writer.pair(words["balance"], "", bold=True)


def _clean(text: str) -> str:
    """A control character would reach the printer as a command."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)
