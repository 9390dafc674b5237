"""One receipt read strictly and priced into objects: what cannot be read fast, and what is shown one by one."""

from dataclasses import dataclass

from tillgate.accel.compiled import Compiled
from tillgate.core import Answer, Basket, parse_basket
from tillgate.core.errors import BasketInvalid, TillgateError
from tillgate.core.text import Text

from .report import Mover, Problem, RuleChange

__all__ = ["Receipt", "mover_of", "problem_of", "read_receipt"]

Json = object
ID_MAX = 200


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as each programme reads it: they may count points with other digits."""

    id: str
    old: Basket
    new: Basket


def read_receipt(document: Json, old: Compiled, new: Compiled) -> Receipt:
    """From `{"id", "basket"}`. Raises BasketInvalid; paths begin at the basket, as in a basket document."""
    if not isinstance(document, dict):
        raise _invalid("нужен объект с `basket`", "an object with `basket` is expected", "$", "WRONG_TYPE")
    for key in document:
        if key not in ("id", "basket"):
            ru, en = f"ключ `{key}` здесь неизвестен", f"`{key}` is not known here; known: basket, id"
            raise _invalid(ru, en, f"$.{key}", "UNKNOWN_KEY")
    if "basket" not in document:
        raise _invalid("нет `basket`", "`basket` is required", "$.basket", "MISSING")
    name = document.get("id")
    if isinstance(name, bool) or not (name is None or isinstance(name, int | str)):
        raise _invalid("нужна строка или целое число", "an id is a text or a whole number", "$.id", "WRONG_TYPE")
    basket = parse_basket(document["basket"], new.points_digits)
    same = old.points_digits == new.points_digits
    other = basket if same else parse_basket(document["basket"], old.points_digits)
    return Receipt("" if name is None else str(name)[:ID_MAX], other, basket)


def _invalid(ru: str, en: str, path: str, reason: str) -> BasketInvalid:
    return BasketInvalid(Text(ru, en), path=path, reason=reason)


def problem_of(line: int, document: Json, error: TillgateError) -> Problem:
    """What to tell about a receipt that could not be priced."""
    name = document.get("id") if isinstance(document, dict) else None
    reason = error.metadata.get("reason", error.reason)
    shown = str(name)[:ID_MAX] if isinstance(name, int | str) else ""
    message = error.text or Text(error.detail, error.detail)
    return Problem(line, shown, reason, error.path, message)


def mover_of(line: int, receipt: Receipt, old: Answer, new: Answer) -> Mover:
    """A receipt with what differs about it. The answers name what applied."""
    basket = receipt.new
    before, after = given_by_rule(old), given_by_rule(new)
    changes = [
        RuleChange(id=rule, old_minor=was[0], new_minor=now[0], old_points=was[1], new_points=now[1])
        for rule in [*after, *(rule for rule in before if rule not in after)]
        if (was := before.get(rule, (0, 0))) != (now := after.get(rule, (0, 0)))
    ]
    return Mover(
        line=line,
        id=receipt.id,
        store=basket.store,
        time=basket.time.isoformat() if basket.time is not None else "",
        old_minor=net_minor(old),
        new_minor=net_minor(new),
        rules=tuple(changes),
    )


def net_minor(answer: Answer) -> int:
    """What is paid after discounts and points."""
    return answer.list_minor - answer.discount_minor - answer.redeemed_minor


def given_by_rule(answer: Answer) -> dict[str, tuple[int, int]]:
    """Money and points by rule, without those that gave neither."""
    found: dict[str, tuple[int, int]] = {}
    for line in answer.lines:
        for part in line.discounts:
            money, points = found.get(part.rule, (0, 0))
            found[part.rule] = (money + part.amount_minor, points)
    for rule, earned in answer.points.by_rule:
        if earned:
            found[rule] = (found.get(rule, (0, 0))[0], earned)
    return found
