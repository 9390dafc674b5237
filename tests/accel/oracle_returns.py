"""What returns should come to, in exact fractions, with no look at how the product works it out.

The model is told the sale as it was sold and which part of each line has come back; it knows nothing of steps.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from tillgate.core.returns import Sold, SoldLine

HALF = Fraction(1, 2)
#: More minor units than this are checked by their bounds, not handed out one by one.
HANDED_OUT_MAX = 400


def rounded(exact: Fraction) -> int:
    """Halves up; nothing here is negative."""
    return floor(exact + HALF)


class LineModel:
    """One line, of which a share has come back."""

    def __init__(self, sold: Sold, line: SoldLine, returned_milli: int, net: int | None = None) -> None:
        share = Fraction(returned_milli, line.quantity_milli)
        self.net = rounded(line.net_minor * share) if net is None else net
        self.points_spent = rounded(line.points_spent * share)
        self.points_earned = rounded(line.points_earned * share)
        self.list_exact = line.list_minor * share
        self.parts = [each.amount_minor for each in line.discounts]
        if not sold.points_as_tender:
            self.parts.append(line.redeemed_minor)
        self.shares = list(line.tenders)
        self.certificates = [tender.type == "certificate" for tender in sold.tenders]
        self.first = sold.policy.certificates_first

    def check_list(self, list_minor: int) -> None:
        """Whole units cost what was printed; a part of weighed goods is at most one minor unit off."""
        if self.list_exact.denominator == 1:
            assert list_minor == self.list_exact
        assert abs(list_minor - self.list_exact) <= 1

    def check_parts(self, given: Sequence[int], off: int) -> None:
        """What rules and points took off, in proportion to what each gave."""
        check_shares(given, self.parts, off)

    def check_tenders(self, given: Sequence[int]) -> None:
        """What each tender paid, in proportion; certificates first where the sale says so."""
        if not self.first:
            check_shares(given, self.shares, self.net)
            return
        paid = [share for share, early in zip(self.shares, self.certificates, strict=True) if early]
        later = [share for share, early in zip(self.shares, self.certificates, strict=True) if not early]
        early_given = [one for one, early in zip(given, self.certificates, strict=True) if early]
        later_given = [one for one, early in zip(given, self.certificates, strict=True) if not early]
        check_shares(early_given, paid, min(self.net, sum(paid)))
        check_shares(later_given, later, max(0, self.net - sum(paid)))


def check_shares(given: Sequence[int], whole: Sequence[int], total: int) -> None:
    """`given` adds up to the total and is nowhere far from its exact share; small totals are dealt out and compared."""
    assert sum(given) == total
    assert all(0 <= one <= most for one, most in zip(given, whole, strict=True))
    if sum(whole):
        for one, most in zip(given, whole, strict=True):
            assert abs(one - Fraction(most * total, sum(whole))) < max(1, Fraction(len(whole), 2))
    if total <= HANDED_OUT_MAX:
        assert list(given) == dealt(whole, total)


def dealt(whole: Sequence[int], total: int) -> list[int]:
    """One minor unit after the other to whoever is furthest behind its share, the earlier of equals."""
    given = [0] * len(whole)
    for _ in range(total):
        claims = [Fraction(most) / (Fraction(one) + HALF) for most, one in zip(whole, given, strict=True)]
        given[claims.index(max(claims))] += 1
    return given
