"""The naive evaluator's arithmetic: decimals in and out, rounding, sharing."""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

Json = dict[str, Any]
Number = int | Fraction

#: Where the order of the lines decided, in the evaluation at work.
ties: list[str] = []


@cache
def number(text: str | int) -> Fraction:
    return Fraction(text)


def decimal(value: int, digits: int) -> str:
    """1250 with two digits is 12.50."""
    sign, value = "-" if value < 0 else "", abs(value)
    return sign + (f"{value // 10**digits}.{value % 10**digits:0{digits}d}" if digits else str(value))


def trimmed(value: Number, digits: int = 3) -> str:
    """A quantity without idle zeros."""
    text = decimal(int(value * 10**digits), digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Number, mode: str) -> int:
    whole = math.floor(value)
    rest = value - whole
    if mode == "down":
        return whole
    if mode == "up":
        return whole + (1 if rest else 0)
    if rest * 2 == 1:
        return whole + (1 if mode == "half_up" or whole % 2 else 0)
    return whole + (1 if rest * 2 > 1 else 0)


def spread(amount: int, weights: Sequence[Number], caps: Sequence[Number], how: str = "largest_remainder") -> list[int]:
    """Whole units of `amount` by weight, nobody above its cap."""
    if how != "largest_remainder" and amount > 0 and sum(weight > 0 for weight in weights) > 1:
        ties.append(how)
    if how in ("first", "last"):
        return in_order(amount, weights, caps, how)
    return running(amount, weights, caps) if how == "running_remainder" else largest(amount, weights, caps)


def in_order(amount: int, weights: Sequence[Number], caps: Sequence[Number], how: str) -> list[int]:
    shares = [0] * len(weights)
    order = range(len(weights))
    for i in order if how == "first" else reversed(order):
        if weights[i] > 0:
            shares[i] = min(amount, int(caps[i]))
            amount -= shares[i]
    return shares


def running(amount: int, weights: Sequence[Number], caps: Sequence[Number]) -> list[int]:
    shares = [0] * len(weights)
    rest = sum(weights)
    for i, weight in enumerate(weights):
        if amount == 0 or rest == 0:
            break
        shares[i] = min(rounded(amount * weight / Fraction(rest), "half_up"), int(caps[i]), amount)
        amount -= shares[i]
        rest -= weight
    for i in sorted(range(len(weights)), key=lambda i: -weights[i]):
        more = min(amount, int(caps[i]) - shares[i]) if weights[i] > 0 else 0
        shares[i] += more
        amount -= more
    return shares


def largest(amount: int, weights: Sequence[Number], caps: Sequence[Number]) -> list[int]:
    shares = [0] * len(weights)
    active = [i for i in range(len(weights)) if weights[i] > 0 and caps[i] > 0]
    while amount > 0 and active:
        total = Fraction(sum(weights[i] for i in active))
        exact = {i: amount * weights[i] / total for i in active}
        full = [i for i in active if exact[i] > caps[i]]
        if full:
            for i in full:
                shares[i] = int(caps[i])
                amount -= shares[i]
            active = [i for i in active if i not in full]
            continue
        for i in active:
            shares[i] = math.floor(exact[i])
        odd = amount - sum(shares[i] for i in active)
        order = sorted(active, key=lambda i: (shares[i] - exact[i], i))
        if 0 < odd < len(order) and exact[order[odd - 1]] % 1 == exact[order[odd]] % 1:
            ties.append("remainders")
        for i in order[:odd]:
            shares[i] += 1
        amount = 0
    return shares
