"""Returning a part of a purchase: what comes back, at which prices, and what is withheld."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ._return_facts import apportion, by_unit, choose_pieces, facts_of, fiscal_pieces
from .answer import LineDiscount
from .errors import ReturnInvalid, ReturnTooMuch
from .numbers import format_quantity
from .returns import (
    CERTIFICATE,
    POINTS,
    Facts,
    LineRequest,
    LineReturn,
    PointsTaken,
    Return,
    Returned,
    ReturnRequest,
    Sold,
    SoldLine,
)
from .text import Text

__all__ = ["Reprice", "give_back", "nothing_returned", "remaining"]

#: The quantities of the goods that are kept, in thousandths by line id -> what they would have cost, points aside.
Reprice = Callable[[Mapping[str, int]], int]


def nothing_returned(sold: Sold) -> Returned:
    """The state before the first return."""
    return Returned(tuple((0,) * len(line.pieces) for line in sold.lines), (0,) * len(sold.tenders))


def remaining(sold: Sold, returned: Returned) -> tuple[Facts, ...]:
    """What of each line is still there to come back; zeros once everything has."""
    return tuple(
        _difference(facts_of(sold, line, [piece.quantity_milli for piece in line.pieces]), facts_of(sold, line, taken))
        for line, taken in zip(sold.lines, returned.pieces, strict=True)
    )


def give_back(sold: Sold, returned: Returned, request: ReturnRequest, reprice: Reprice | None = None) -> Return:
    """One return of a purchase of which `returned` has come back before; `result.returned` is the state after it.

    Pure: doing it once is the caller's care. `reprice` is needed when the sale's policy says so.

    Raises ReturnTooMuch with `metadata["remaining"]`, ReturnInvalid when the request does not fit the sale.
    """
    after = _pieces_after(sold, returned, request)
    lines = tuple(
        _line(sold, line, before, now)
        for line, before, now in zip(sold.lines, returned.pieces, after, strict=True)
        if before != now
    )
    money = [
        0 if tender.type == POINTS else sum(line.facts.tenders[index] for line in lines)
        for index, tender in enumerate(sold.tenders)
    ]
    withheld = _withhold_repriced(sold, returned.withheld_minor, after, money, reprice)
    money = [paid - more for paid, more in zip(money, withheld, strict=True)]
    points_back = sum(line.facts.points_spent for line in lines)
    taken, by_points = _take_points(sold, request, points_back, sum(line.facts.points_earned for line in lines), money)
    refunds = tuple(paid - more for paid, more in zip(money, by_points, strict=True))
    return Return(
        lines=lines,
        list_minor=sum(line.facts.list_minor for line in lines),
        discounts=_by_rule(lines),
        redeemed_minor=sum(line.facts.redeemed_minor for line in lines),
        net_minor=sum(line.facts.net_minor for line in lines),
        points_back=points_back,
        points_taken=taken,
        repriced_minor=sum(withheld),
        points_withheld_minor=sum(by_points),
        refund_minor=sum(refunds),
        refunds_minor=refunds,
        returned=Returned(after, tuple(map(sum, zip(returned.withheld_minor, withheld, strict=True)))),
        complete=all(sum(now) == line.quantity_milli for line, now in zip(sold.lines, after, strict=True)),
    )


# Which units


def _pieces_after(sold: Sold, returned: Returned, request: ReturnRequest) -> tuple[tuple[int, ...], ...]:
    after = list(returned.pieces)
    numbers = {line.id: index for index, line in enumerate(sold.lines)}
    seen: set[str] = set()
    for place, wanted in enumerate(request.lines or _everything(sold, returned)):
        path = f"$.lines[{place}]"
        if wanted.line not in numbers:
            en, ru = f"the sale has no line {wanted.line!r}", f"в чеке нет строки «{wanted.line}»"
            raise _invalid(f"{path}.line", "UNKNOWN_VALUE", en, ru)
        if wanted.line in seen:
            en, ru = f"the line {wanted.line!r} is there already", f"строка «{wanted.line}» уже есть"
            raise _invalid(f"{path}.line", "DUPLICATE", en, ru)
        seen.add(wanted.line)
        index = numbers[wanted.line]
        after[index] = _take_from(sold.lines[index], after[index], wanted, path)
    return tuple(after)


def _everything(sold: Sold, returned: Returned) -> list[LineRequest]:
    left = [
        LineRequest(line=line.id)
        for line, taken in zip(sold.lines, returned.pieces, strict=True)
        if sum(taken) < line.quantity_milli
    ]
    if not left:
        raise _too_much("$.lines", 0)
    return left


def _take_from(line: SoldLine, taken: tuple[int, ...], wanted: LineRequest, path: str) -> tuple[int, ...]:
    left = line.quantity_milli - sum(taken)
    if wanted.pieces:
        return _take_named(line, taken, wanted, path)
    quantity = left if wanted.quantity_milli is None else wanted.quantity_milli
    if quantity > left or left == 0:
        raise _too_much(f"{path}.quantity", left)
    if quantity <= 0:
        en, ru = "a quantity is more than 0", "количество должно быть больше 0"
        raise _invalid(f"{path}.quantity", "OUT_OF_RANGE", en, ru)
    if by_unit(line) and quantity % 1000:
        en, ru = "marked goods come back by whole units", "маркированный товар возвращают целыми единицами"
        raise _invalid(f"{path}.quantity", "OUT_OF_RANGE", en, ru)
    return choose_pieces(line, taken, quantity)


def _take_named(line: SoldLine, taken: tuple[int, ...], wanted: LineRequest, path: str) -> tuple[int, ...]:
    if not by_unit(line):
        en, ru = "only the units of a marked line have numbers", "номера есть только у единиц маркированной строки"
        raise _invalid(f"{path}.pieces", "CONTRADICTION", en, ru)
    after = list(taken)
    for place, number in enumerate(wanted.pieces):
        if not 1 <= number <= len(after):
            en, ru = f"the line has units 1 to {len(after)}", f"в строке единицы с 1 по {len(after)}"
            raise _invalid(f"{path}.pieces[{place}]", "OUT_OF_RANGE", en, ru)
        if after[number - 1]:
            raise _too_much(f"{path}.pieces[{place}]", 0)
        after[number - 1] = 1000
    return tuple(after)


def _too_much(path: str, left_milli: int) -> ReturnTooMuch:
    left = format_quantity(left_milli)
    text = (
        Text(f"осталось {left}", f"{left} left") if left_milli else Text("всё уже возвращено", "all came back before")
    )
    return ReturnTooMuch(text, path=path, remaining=left)


def _invalid(path: str, reason: str, en: str, ru: str) -> ReturnInvalid:
    return ReturnInvalid(Text(ru, en), path=path, reason=reason)


# What it comes to


def _line(sold: Sold, line: SoldLine, before: Sequence[int], after: Sequence[int]) -> LineReturn:
    facts = _difference(facts_of(sold, line, after), facts_of(sold, line, before))
    pieces = fiscal_pieces(line, before, after, facts.net_minor)
    return LineReturn(
        id=line.id,
        facts=facts,
        discounts=tuple(
            LineDiscount(each.rule, minor) for each, minor in zip(line.discounts, facts.discounts, strict=True) if minor
        ),
        pieces=pieces,
        fiscal_residual_minor=facts.net_minor - sum(piece.total_minor for piece in pieces),
    )


def _difference(now: Facts, before: Facts) -> Facts:
    return Facts(
        quantity_milli=now.quantity_milli - before.quantity_milli,
        list_minor=now.list_minor - before.list_minor,
        discounts=_less(now.discounts, before.discounts),
        points_spent=now.points_spent - before.points_spent,
        redeemed_minor=now.redeemed_minor - before.redeemed_minor,
        net_minor=now.net_minor - before.net_minor,
        points_earned=now.points_earned - before.points_earned,
        tenders=_less(now.tenders, before.tenders),
    )


def _less(now: Iterable[int], before: Iterable[int]) -> tuple[int, ...]:
    return tuple(one - other for one, other in zip(now, before, strict=True))


def _by_rule(lines: Iterable[LineReturn]) -> tuple[LineDiscount, ...]:
    totals: Counter[str] = Counter()
    for line in lines:
        for each in line.discounts:
            totals[each.rule] += each.amount_minor
    return tuple(LineDiscount(rule, minor) for rule, minor in totals.items())


# What is withheld


def _withhold_repriced(
    sold: Sold,
    withheld: Sequence[int],
    after: Sequence[Sequence[int]],
    money: Sequence[int],
    reprice: Reprice | None,
) -> tuple[int, ...]:
    """By tender what is withheld now, or below zero what is given back, because the kept goods would cost more."""
    if not sold.policy.reprice:
        return (0,) * len(money)
    if reprice is None:
        raise ValueError("the sale's policy wants kept goods priced anew")
    kept_milli: dict[str, int] = {}
    kept_minor = 0
    for line, taken in zip(sold.lines, after, strict=True):
        gone = facts_of(sold, line, taken)
        kept_minor += line.list_minor - sum(each.amount_minor for each in line.discounts)
        kept_minor -= gone.list_minor - sum(gone.discounts)
        if line.quantity_milli > gone.quantity_milli:
            kept_milli[line.id] = line.quantity_milli - gone.quantity_milli
    more = max(0, (reprice(kept_milli) if kept_milli else 0) - kept_minor) - sum(withheld)
    if more < 0:
        return tuple(-minor for minor in apportion(-more, withheld))
    return _take_money(sold, min(more, sum(money)), money)


def _take_money(sold: Sold, minor: int, money: Sequence[int]) -> tuple[int, ...]:
    """`minor`, at most all of it, out of what goes back to each tender; certificates last."""
    late = [tender.type == CERTIFICATE for tender in sold.tenders]
    certificates = [paid if is_late else 0 for paid, is_late in zip(money, late, strict=True)]
    others = [0 if is_late else paid for paid, is_late in zip(money, late, strict=True)]
    early = min(minor, sum(others))
    return tuple(map(sum, zip(apportion(early, others), apportion(minor - early, certificates), strict=True)))


def _take_points(
    sold: Sold, request: ReturnRequest, back: int, earned: int, money: Sequence[int]
) -> tuple[PointsTaken, tuple[int, ...]]:
    """Where earned points are taken from, and by tender the money that stands for those that are gone.

    Spent points come back first, so that they may fill what is taken.
    """
    policy = sold.policy.earned
    pending = min(earned, request.pending)
    balance = 0 if policy == "pending_only" else min(earned - pending, max(0, request.balance + back))
    gone = earned - pending - balance
    if policy == "allow_negative":
        return PointsTaken(pending=pending, balance=balance, debt=gone), (0,) * len(money)
    if policy != "withhold_money":
        return PointsTaken(pending=pending, balance=balance, forgiven=gone), (0,) * len(money)
    scale = 10**sold.points_digits
    worth = gone * sold.points_worth_minor // scale
    withheld = min(worth, sum(money))
    paid = gone if withheld == worth else withheld * scale // sold.points_worth_minor
    taken = PointsTaken(pending=pending, balance=balance, money=paid, forgiven=gone - paid)
    return taken, _take_money(sold, withheld, money)
