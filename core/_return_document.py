"""Sales and returns as JSON documents: decimal strings, fixed order of keys."""

from collections.abc import Iterable

from ._returning import remaining
from .answer import LineDiscount, Piece
from .numbers import currency_digits, format_decimal, format_quantity
from .returns import POINTS, Facts, LineReturn, Return, Returned, Sold, SoldLine

__all__ = ["remaining_document", "return_document", "returned_document", "sold_document"]

Document = dict[str, object]


class _Writer:
    """Figures of one sale as texts."""

    def __init__(self, sold: Sold) -> None:
        self.sold = sold
        self.digits = currency_digits(sold.currency)

    def money(self, minor: int) -> str:
        return format_decimal(minor, self.digits)

    def points(self, count: int) -> str:
        return format_decimal(count, self.sold.points_digits)

    def discounts(self, discounts: Iterable[LineDiscount]) -> list[Document]:
        return [{"rule": each.rule, "amount": self.money(each.amount_minor)} for each in discounts]

    def redeemed(self, points: int, minor: int) -> Document:
        return {"points": self.points(points), "amount": self.money(minor)}

    def pieces(self, pieces: Iterable[Piece]) -> list[Document]:
        return [
            {
                "quantity": format_quantity(piece.quantity_milli),
                "unit_price": self.money(piece.unit_price_minor),
                "total": self.money(piece.total_minor),
            }
            for piece in pieces
        ]

    def tenders(self, amounts: Iterable[int], *, without_points: bool = False) -> list[Document]:
        found: list[Document] = []
        for tender, minor in zip(self.sold.tenders, amounts, strict=True):
            if not (without_points and tender.type == POINTS):
                number = {"number": tender.number} if tender.number else {}
                found.append({"type": tender.type, **number, "amount": self.money(minor)})
        return found

    def sold_line(self, line: SoldLine) -> Document:
        return {
            "id": line.id,
            "sku": line.sku,
            "quantity": format_quantity(line.quantity_milli),
            "list": self.money(line.list_minor),
            "discounts": self.discounts(line.discounts),
            "redeemed": self.redeemed(line.points_spent, line.redeemed_minor),
            "net": self.money(line.net_minor),
            "points": self.points(line.points_earned),
            "tenders": [self.money(share) for share in line.tenders],
            "pieces": self.pieces(line.pieces),
            "marked": line.marked,
        }

    def facts(self, line: str, facts: Facts, discounts: Iterable[LineDiscount]) -> Document:
        return {
            "line": line,
            "quantity": format_quantity(facts.quantity_milli),
            "list": self.money(facts.list_minor),
            "discounts": self.discounts(discounts),
            "redeemed": self.redeemed(facts.points_spent, facts.redeemed_minor),
            "net": self.money(facts.net_minor),
            "points": self.points(facts.points_earned),
            "tenders": [self.money(share) for share in facts.tenders],
        }

    def returned_line(self, line: LineReturn) -> Document:
        found = self.facts(line.id, line.facts, line.discounts) | {"pieces": self.pieces(line.pieces)}
        if line.fiscal_residual_minor:
            found["fiscal_residual"] = self.money(line.fiscal_residual_minor)
        return found


def sold_document(sold: Sold) -> Document:
    """What is kept with a purchase for its returns."""
    writer = _Writer(sold)
    return {
        "currency": sold.currency,
        "points": {
            "digits": sold.points_digits,
            "worth": writer.money(sold.points_worth_minor),
            "as": "tender" if sold.points_as_tender else "discount",
        },
        "returns": {
            "earned": sold.policy.earned,
            "certificates_first": sold.policy.certificates_first,
            "reprice": sold.policy.reprice,
        },
        "tenders": writer.tenders(tender.amount_minor for tender in sold.tenders),
        "lines": [writer.sold_line(line) for line in sold.lines],
    }


def returned_document(sold: Sold, returned: Returned) -> Document:
    """How far a purchase has come back: all that the next return needs besides the sale."""
    writer = _Writer(sold)
    return {
        "pieces": [[format_quantity(milli) for milli in line] for line in returned.pieces],
        "withheld": [writer.money(minor) for minor in returned.withheld_minor],
    }


def remaining_document(sold: Sold, returned: Returned) -> Document:
    """What may still come back, in all and by line."""
    writer = _Writer(sold)
    left = remaining(sold, returned)
    lines = []
    for line, facts in zip(sold.lines, left, strict=True):
        by_rule = [
            LineDiscount(d.rule, minor) for d, minor in zip(line.discounts, facts.discounts, strict=True) if minor
        ]
        lines.append(writer.facts(line.id, facts, by_rule))
    return {
        "net": writer.money(sum(facts.net_minor for facts in left)),
        "points_spent": writer.points(sum(facts.points_spent for facts in left)),
        "points_earned": writer.points(sum(facts.points_earned for facts in left)),
        "withheld": writer.money(sum(returned.withheld_minor)),
        "tenders": writer.tenders([sum(column) for column in zip(*(facts.tenders for facts in left), strict=True)]),
        "lines": lines,
    }


def return_document(sold: Sold, result: Return) -> Document:
    """One return: what comes back by line, the points, the money, what is left."""
    writer = _Writer(sold)
    taken = result.points_taken
    return {
        "lines": [writer.returned_line(line) for line in result.lines],
        "list": writer.money(result.list_minor),
        "discounts": writer.discounts(result.discounts),
        "redeemed": writer.redeemed(result.points_back, result.redeemed_minor),
        "net": writer.money(result.net_minor),
        "points": {
            "back": writer.points(result.points_back),
            "taken": writer.points(taken.pending + taken.balance + taken.debt),
            "pending": writer.points(taken.pending),
            "balance": writer.points(taken.balance),
            "debt": writer.points(taken.debt),
            "money": writer.points(taken.money),
            "forgiven": writer.points(taken.forgiven),
        },
        "withheld": {
            "repriced": writer.money(result.repriced_minor),
            "points": writer.money(result.points_withheld_minor),
        },
        "refund": writer.money(result.refund_minor),
        "tenders": writer.tenders(result.refunds_minor, without_points=True),
        "complete": result.complete,
        "remaining": remaining_document(sold, result.returned),
        "returned": returned_document(sold, result.returned),
    }
