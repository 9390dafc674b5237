"""Documents of returns read: what is wanted back, what was sold, what has come back, a programme's policy."""

from collections.abc import Iterable

from ._reader import Json, Node, decode
from .answer import LineDiscount, Piece
from .basket import LINES_MAX
from .errors import ReturnInvalid
from .numbers import currency_digits
from .programme import ReturnPolicy
from .returns import (
    EARNED_POLICIES,
    POINTS,
    LineRequest,
    Returned,
    ReturnRequest,
    Sold,
    SoldLine,
    SoldTender,
)

__all__ = ["parse_return_request", "parse_returned", "parse_sold", "parse_tenders", "read_return_policy"]

TENDERS_MAX = 100
PIECES_MAX = 1000
RULES_MAX = 20_000
AMOUNT_MAX = 10**15


def _start(document: bytes | str | Json) -> Node:
    if isinstance(document, bytes | str):
        document = decode(document, ReturnInvalid)
    return Node(document, "$", ReturnInvalid)


def read_return_policy(node: Node) -> ReturnPolicy:
    """The key `returns` of a programme or of a sale."""
    fields = node.fields(("earned", "certificates_first", "reprice"))
    return ReturnPolicy(
        earned=fields["earned"].choice(EARNED_POLICIES) if "earned" in fields else "allow_negative",
        certificates_first="certificates_first" in fields and fields["certificates_first"].flag(),
        reprice="reprice" in fields and fields["reprice"].flag(),
    )


# What comes back


def parse_return_request(document: bytes | str | Json, points_digits: int = 0) -> ReturnRequest:
    """What is wanted back. `points_digits` are the programme's.

    Raises ReturnInvalid with `path` and a reason as in `parse_programme`.
    """
    node = _start(document)
    fields = node.fields(("lines", "customer"))
    lines = node.need(fields, "lines")
    customer = fields["customer"].fields(("points", "pending")) if "customer" in fields else {}
    low = -(10**14)
    return ReturnRequest(
        lines=() if lines.value == "all" else tuple(_wanted(item) for item in lines.items(1, LINES_MAX)),
        balance=customer["points"].points(points_digits, low=low) if "points" in customer else 0,
        pending=customer["pending"].points(points_digits) if "pending" in customer else 0,
    )


def _wanted(node: Node) -> LineRequest:
    fields = node.fields(("line", "quantity", "pieces"))
    if "quantity" in fields and "pieces" in fields:
        node.refuse(
            "CONTRADICTION", "one of `quantity` and `pieces` is expected", "нужно одно: `quantity` или `pieces`"
        )
    return LineRequest(
        line=node.need(fields, "line").name(),
        quantity_milli=fields["quantity"].quantity(1) if "quantity" in fields else None,
        pieces=(tuple(item.count(1) for item in fields["pieces"].items(1, PIECES_MAX)) if "pieces" in fields else ()),
    )


# What was sold


def parse_tenders(document: bytes | str | Json, currency: str) -> tuple[SoldTender, ...]:
    """A list of `{"type", "amount", "number"}`. Raises ReturnInvalid."""
    node = _start(document)
    node.money_digits = currency_digits(currency)
    return tuple(_tender(item) for item in node.items(at_most=TENDERS_MAX))


def _tender(node: Node) -> SoldTender:
    fields = node.fields(("type", "amount", "number"))
    return SoldTender(
        node.need(fields, "type").name(),
        node.need(fields, "amount").money(high=AMOUNT_MAX),
        fields["number"].name() if "number" in fields else "",
    )


def parse_sold(document: bytes | str | Json) -> Sold:
    """A sale as `sold_document` writes it, its sums checked. Raises ReturnInvalid."""
    node = _start(document)
    known = ("currency", "points", "returns", "tenders", "lines")
    currency = node.need(node.fields(known), "currency").text()
    node.money_digits = currency_digits(currency)
    fields = node.fields(known)
    settings = node.need(fields, "points").fields(("digits", "worth", "as"))
    digits = settings["digits"].count(0, 2) if "digits" in settings else 0
    as_tender = "as" in settings and settings["as"].choice(("discount", "tender")) == "tender"
    tenders = tuple(_tender(item) for item in node.need(fields, "tenders").items(at_most=TENDERS_MAX))
    lines = node.need(fields, "lines")
    sold = Sold(
        currency=currency,
        points_digits=digits,
        points_worth_minor=node.need(fields, "points").need(settings, "worth").money(),
        points_as_tender=as_tender,
        tenders=tenders,
        lines=tuple(_line(item, digits, len(tenders)) for item in lines.items(1, LINES_MAX)),
        policy=read_return_policy(fields["returns"]) if "returns" in fields else ReturnPolicy(),
    )
    for item, line in zip(lines.items(), sold.lines, strict=True):
        _check_line(item, sold, line)
    _check_sums(fields, sold)
    return sold


def _line(node: Node, digits: int, tenders: int) -> SoldLine:
    fields = node.fields(
        ("id", "sku", "quantity", "list", "discounts", "redeemed", "net", "points", "tenders", "pieces", "marked")
    )
    redeemed = fields["redeemed"].fields(("points", "amount")) if "redeemed" in fields else {}
    return SoldLine(
        id=node.need(fields, "id").name(),
        sku=fields["sku"].text() if "sku" in fields else "",
        quantity_milli=node.need(fields, "quantity").quantity(1),
        list_minor=node.need(fields, "list").money(),
        discounts=tuple(_discount(item) for item in fields["discounts"].items(at_most=RULES_MAX))
        if "discounts" in fields
        else (),
        points_spent=redeemed["points"].points(digits) if "points" in redeemed else 0,
        redeemed_minor=redeemed["amount"].money() if "amount" in redeemed else 0,
        net_minor=node.need(fields, "net").money(),
        points_earned=fields["points"].points(digits) if "points" in fields else 0,
        tenders=tuple(item.money() for item in node.need(fields, "tenders").items(tenders, tenders)),
        pieces=tuple(_piece(item) for item in node.need(fields, "pieces").items(1, PIECES_MAX)),
        marked="marked" in fields and fields["marked"].flag(),
    )


def _discount(node: Node) -> LineDiscount:
    fields = node.fields(("rule", "amount"))
    return LineDiscount(node.need(fields, "rule").name(), node.need(fields, "amount").money())


def _piece(node: Node) -> Piece:
    fields = node.fields(("quantity", "unit_price", "total"))
    return Piece(
        node.need(fields, "quantity").quantity(1),
        node.need(fields, "unit_price").money(),
        node.need(fields, "total").money(),
    )


def _check_line(node: Node, sold: Sold, line: SoldLine) -> None:
    off = sum(each.amount_minor for each in line.discounts) + (0 if sold.points_as_tender else line.redeemed_minor)
    quantity = sum(piece.quantity_milli for piece in line.pieces)
    total = sum(piece.total_minor for piece in line.pieces)
    prices = [piece.unit_price_minor for piece in line.pieces]
    units = line.marked and line.quantity_milli % 1000 == 0
    if line.list_minor - off != line.net_minor or sum(line.tenders) != line.net_minor:
        _contradicts(node, "list, discounts, points, net and tenders", "цена, скидки, баллы, сумма и оплаты")
    if quantity != line.quantity_milli or total != line.net_minor or max(prices) - min(prices) > 1:
        _contradicts(node, "pieces", "фискальные части")
    if units and any(piece.quantity_milli != 1000 for piece in line.pieces):
        _contradicts(node, "pieces of a marked line", "единицы маркированной строки")
    if not units and (len(line.pieces) > 2 or prices != sorted(prices)):
        _contradicts(node, "pieces", "фискальные части")
    if units and line.list_minor * 1000 % line.quantity_milli:
        _contradicts(node, "list and quantity", "цена и количество")


def _check_sums(fields: dict[str, Node], sold: Sold) -> None:
    for index, tender in enumerate(sold.tenders):
        shares = [line.tenders[index] for line in sold.lines]
        points = [line.redeemed_minor for line in sold.lines]
        if sum(shares) != tender.amount_minor:
            _contradicts(fields["tenders"], "tenders and their shares", "оплаты и их доли")
        if tender.type == POINTS and not (sold.points_as_tender and shares == points):
            _contradicts(fields["tenders"], "the tender of points", "оплата баллами")
    if len({line.id for line in sold.lines}) < len(sold.lines):
        fields["lines"].refuse("DUPLICATE", "two lines have one id", "у двух строк один `id`")


def _contradicts(node: Node, en: str, ru: str) -> None:
    node.refuse("CONTRADICTION", f"{en} do not agree", f"не сходятся: {ru}")


# What has come back


def parse_returned(document: bytes | str | Json, sold: Sold) -> Returned:
    """How far the sale has been returned, as `returned_document` writes it. Raises ReturnInvalid."""
    node = _start(document)
    node.money_digits = currency_digits(sold.currency)
    fields = node.fields(("pieces", "withheld"))
    count = len(sold.lines)
    return Returned(
        tuple(
            _taken(item, line)
            for item, line in zip(node.need(fields, "pieces").items(count, count), sold.lines, strict=True)
        ),
        tuple(_withheld(node.need(fields, "withheld").items(len(sold.tenders), len(sold.tenders)), sold)),
    )


def _taken(node: Node, line: SoldLine) -> tuple[int, ...]:
    count = len(line.pieces)
    return tuple(
        item.quantity(0, piece.quantity_milli)
        for item, piece in zip(node.items(count, count), line.pieces, strict=True)
    )


def _withheld(items: Iterable[Node], sold: Sold) -> list[int]:
    return [item.money(high=tender.amount_minor) for item, tender in zip(items, sold.tenders, strict=True)]
