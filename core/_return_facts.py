"""What a part of a sold line comes to, and at which printed prices. Integers only.

Each figure depends on how much has come back so far, never on the steps in which it came: the whole is cut at rounded
shares, `round(whole x returned / sold)`, and a return is the difference of two cuts. So every sequence ends at the
whole.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from .answer import Piece
from .numbers import divide
from .returns import CERTIFICATE, POINTS, Facts, Sold, SoldLine

__all__ = ["apportion", "choose_pieces", "facts_of", "fiscal_pieces"]

#: Weighed goods: so far around the exact cut between two prices a cut is looked for whose rounded parts add up.
CUT_MILLI_MAX = 2000


def apportion(total: int, whole: Sequence[int]) -> tuple[int, ...]:
    """`total`, at most the sum of `whole`, over parts in proportion to them.

    Webster's method: of a larger total no part gets less, none gets more than its whole, and the whole total gives
    each its whole. Equal claims: the earlier part.
    """
    everything = sum(whole)
    if everything == 0:
        return (0,) * len(whole)
    shares = [divide(part * total, everything) for part in whole]
    for _ in range(total - sum(shares)):
        shares[max(range(len(whole)), key=lambda k: (Fraction(whole[k], 2 * shares[k] + 1), -k))] += 1
    for _ in range(sum(shares) - total):
        given = [k for k in range(len(whole)) if shares[k]]
        shares[min(given, key=lambda k: (Fraction(whole[k], 2 * shares[k] - 1), -k))] -= 1
    return tuple(shares)


def facts_of(sold: Sold, line: SoldLine, pieces: Sequence[int]) -> Facts:
    """What comes to so many thousandths of each of the line's pieces."""
    quantity, whole = sum(pieces), line.quantity_milli
    off_whole = line.list_minor - line.net_minor
    if by_unit(line):
        net = sum(piece.total_minor for piece, taken in zip(line.pieces, pieces, strict=True) if taken)
        off = line.list_minor * quantity // whole - net
    else:
        net = divide(line.net_minor * quantity, whole)
        # Halves down where the net's go up: of whole units, list prices come out as they were printed.
        off = -((whole - 2 * off_whole * quantity) // (2 * whole))
    parts = [each.amount_minor for each in line.discounts]
    if not sold.points_as_tender:
        parts.append(line.redeemed_minor)
    shares = apportion(off, parts)
    tenders = _tenders(sold, line, net)
    paid_by_points = sum(share for share, tender in zip(tenders, sold.tenders, strict=True) if tender.type == POINTS)
    return Facts(
        quantity_milli=quantity,
        list_minor=net + off,
        discounts=shares[: len(line.discounts)],
        points_spent=divide(line.points_spent * quantity, whole),
        redeemed_minor=paid_by_points if sold.points_as_tender else shares[-1],
        net_minor=net,
        points_earned=divide(line.points_earned * quantity, whole),
        tenders=tenders,
    )


def by_unit(line: SoldLine) -> bool:
    """Each unit stands alone on the receipt and comes back as itself."""
    return line.marked and line.quantity_milli % 1000 == 0


def _tenders(sold: Sold, line: SoldLine, net: int) -> tuple[int, ...]:
    if not sold.policy.certificates_first:
        return apportion(net, line.tenders)
    first = [tender.type == CERTIFICATE for tender in sold.tenders]
    certificates = [share if is_first else 0 for share, is_first in zip(line.tenders, first, strict=True)]
    others = [0 if is_first else share for share, is_first in zip(line.tenders, first, strict=True)]
    early = min(net, sum(certificates))
    return tuple(map(sum, zip(apportion(early, certificates), apportion(net - early, others), strict=True)))


def choose_pieces(line: SoldLine, taken: Sequence[int], quantity: int) -> tuple[int, ...]:
    """How much of each printed piece has come back once `quantity` more of the line has.

    Of whole units as many of the dearer price as the money of the return holds.
    """
    before = sum(taken)
    cut = divide(line.net_minor * (before + quantity), line.quantity_milli)
    left = [piece.quantity_milli - gone for piece, gone in zip(line.pieces, taken, strict=True)]
    if by_unit(line):
        gone = sum(piece.total_minor for piece, milli in zip(line.pieces, taken, strict=True) if milli)
        return _choose_units(line, taken, quantity // 1000, cut - gone)
    if len(left) == 1:
        return (before + quantity,)
    money = cut - divide(line.net_minor * before, line.quantity_milli)
    low, high = max(0, quantity - left[0]), min(quantity, left[1])
    cheap, dear = (piece.unit_price_minor for piece in line.pieces)
    middle = min(max(1000 * money - cheap * quantity, low), high)
    for candidate in _outwards(middle, low, high):
        if divide(cheap * (quantity - candidate), 1000) + divide(dear * candidate, 1000) == money:
            middle = candidate
            break
    return (taken[0] + quantity - middle, taken[1] + middle)


def _outwards(middle: int, low: int, high: int) -> Iterator[int]:
    """Whole numbers between two bounds, the nearest to the middle first."""
    yield middle
    for step in range(1, CUT_MILLI_MAX + 1):
        if middle - step >= low:
            yield middle - step
        if middle + step <= high:
            yield middle + step


def _choose_units(line: SoldLine, taken: Sequence[int], units: int, money: int) -> tuple[int, ...]:
    """Marked units in the order of the receipt, so many of the dearer price as the money needs and are left."""
    cheapest = min(piece.unit_price_minor for piece in line.pieces)
    left = [index for index, gone in enumerate(taken) if not gone]
    dear = [index for index in left if line.pieces[index].unit_price_minor > cheapest]
    cheap = [index for index in left if line.pieces[index].unit_price_minor == cheapest]
    wanted = min(max(money - cheapest * units, units - len(cheap)), len(dear), units)
    chosen = {*dear[:wanted], *cheap[: units - wanted]}
    return tuple(1000 if index in chosen else gone for index, gone in enumerate(taken))


def fiscal_pieces(line: SoldLine, before: Sequence[int], after: Sequence[int], money: int) -> tuple[Piece, ...]:
    """What came back by printed price. Weighed goods are cut once more where that makes the rounded parts add up."""
    pieces = [
        Piece(now - then, sold.unit_price_minor, divide(sold.unit_price_minor * (now - then), 1000))
        for sold, then, now in zip(line.pieces, before, after, strict=True)
        if now > then
    ]
    missing = money - sum(piece.total_minor for piece in pieces)
    if missing:
        for index, piece in enumerate(pieces):
            parts = _cut(piece, piece.total_minor + missing)
            if parts:
                return (*pieces[:index], *parts, *pieces[index + 1 :])
    return tuple(pieces)


def _cut(piece: Piece, total: int) -> tuple[Piece, ...]:
    """The piece as two of the same price whose rounded totals add up to `total`; nothing if there is no such cut."""
    price = piece.unit_price_minor
    for milli in range(1, min(piece.quantity_milli, 1001)):
        first, second = divide(price * milli, 1000), divide(price * (piece.quantity_milli - milli), 1000)
        if first + second == total:
            return Piece(milli, price, first), Piece(piece.quantity_milli - milli, price, second)
    return ()
