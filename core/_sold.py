"""From a priced basket and how it was paid to the facts that returns work with."""

from collections.abc import Sequence

from .answer import Answer, LineAnswer
from .basket import Basket, Line
from .errors import ReturnInvalid, TendersMismatch
from .numbers import currency_digits, format_decimal
from .programme import Programme
from .returns import CERTIFICATE, POINTS, Sold, SoldLine, SoldTender
from .text import Text

__all__ = ["sold_of"]

CASH = "cash"


def sold_of(basket: Basket, answer: Answer, programme: Programme, tenders: Sequence[SoldTender] = ()) -> Sold:
    """What was sold: the answer's lines with their shares of points and of every tender.

    `tenders` are what the till took; points and the basket's certificates are added to them. Without any the till took
    cash. What nobody could earn or spend, because the customer is unknown, is left out.

    Raises TendersMismatch when they do not add up to what was to pay, ReturnInvalid for a tender of points.
    """
    as_tender = programme.redemption is not None and programme.redemption.as_tender
    paid = _tenders(basket, answer, as_tender, tenders)
    known = basket.customer is not None
    spent = _spread(answer.redeemed_points, [line.redeemed_minor for line in answer.lines])
    return Sold(
        currency=answer.currency,
        points_digits=answer.points.digits,
        points_worth_minor=programme.points.worth_minor,
        points_as_tender=as_tender,
        tenders=paid,
        lines=tuple(
            _line(line, priced, points, shares, known)
            for line, priced, points, shares in zip(
                basket.lines, answer.lines, spent, _shares(paid, answer.lines), strict=True
            )
        ),
        policy=programme.returns,
    )


def _line(line: Line, priced: LineAnswer, points: int, shares: tuple[int, ...], known: bool) -> SoldLine:
    return SoldLine(
        id=line.id,
        sku=line.sku,
        quantity_milli=line.quantity_milli,
        list_minor=priced.list_minor,
        discounts=priced.discounts,
        points_spent=points,
        redeemed_minor=priced.redeemed_minor,
        net_minor=priced.net_minor,
        points_earned=priced.points if known else 0,
        tenders=shares,
        pieces=priced.pieces,
        marked=line.marked,
    )


def _tenders(basket: Basket, answer: Answer, as_tender: bool, tenders: Sequence[SoldTender]) -> tuple[SoldTender, ...]:
    """Points, certificates as far as each is used, then what the till took."""
    found = []
    if as_tender and answer.redeemed_minor:
        found.append(SoldTender(POINTS, answer.redeemed_minor))
    left = answer.tender_minor - sum(tender.amount_minor for tender in found)
    for certificate in basket.certificates:
        used = min(certificate.amount_minor, left)
        left -= used
        if used:
            found.append(SoldTender(CERTIFICATE, used, certificate.number))
    due = answer.total_minor - answer.tender_minor
    for index, tender in enumerate(tenders):
        if tender.type == POINTS:
            text = Text("баллы берутся из чека, а не из оплат", "points are known from the sale, not from its tenders")
            raise ReturnInvalid(text, path=f"$.tenders[{index}].type", reason="CONTRADICTION")
    if sum(tender.amount_minor for tender in tenders) != due and tenders:
        digits = currency_digits(answer.currency)
        text = Text(f"нужно {format_decimal(due, digits)}", f"they must add up to {format_decimal(due, digits)}")
        raise TendersMismatch(text, path="$.tenders")
    if due and not tenders:
        found.append(SoldTender(CASH, due))
    return (*found, *tenders)


def _shares(tenders: Sequence[SoldTender], lines: Sequence[LineAnswer]) -> list[tuple[int, ...]]:
    """By line its shares of the tenders. Points paid where the answer says; the others by what is left to pay."""
    left = [line.net_minor for line in lines]
    columns = []
    for tender in tenders:
        if tender.type == POINTS:
            column = [line.redeemed_minor for line in lines]
        else:
            column = _spread(tender.amount_minor, left)
        left = [rest - share for rest, share in zip(left, column, strict=True)]
        columns.append(column)
    return [tuple(column[index] for column in columns) for index in range(len(lines))]


def _spread(total: int, weights: Sequence[int]) -> list[int]:
    """Exact shares rounded down, the leftover units to the largest remainders, ties to the earlier line."""
    everything = sum(weights)
    if everything == 0:
        return [0] * len(weights)
    shares = [total * weight // everything for weight in weights]
    order = sorted(range(len(weights)), key=lambda k: (-(total * weights[k] % everything), k))
    for index in order[: total - sum(shares)]:
        shares[index] += 1
    return shares
