"""Worked examples that a programme carries with it: they must hold before it is published."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from tillgate.core import Answer, Programme, answer_document, parse_basket
from tillgate.core.errors import BasketInvalid, ProgrammeInvalid

from .compiled import Compiled, compile_programme

__all__ = ["check_examples"]

Figure = str | bool | list[str]


def check_examples(programme: Programme) -> None:
    """Price each example of the programme and compare what its `expect` names.

    `expect` may name total, discount, line_discounts, line_nets, line_redeemed, redeemed_points, points_earned,
    redeemable_max and offers_card. Raises ProgrammeInvalid with the path of the figure that differs.
    """
    compiled = compile_programme(programme)
    for index, (basket, expect) in enumerate(programme.examples):
        path = f"$.examples[{index}]"
        answer = _priced(compiled, basket, path)
        for key, wanted in expect.items():
            _compare(answer, key, wanted, f"{path}.expect.{key}")


def _priced(compiled: Compiled, basket: object, path: str) -> Answer:
    try:
        return compiled.price(parse_basket(basket, compiled.points_digits), "none")
    except BasketInvalid as error:
        inner = error.path.removeprefix("$")
        reason = error.metadata.get("reason", "")
        raise ProgrammeInvalid(error.detail, path=f"{path}.basket{inner}", reason=reason) from error


def _compare(answer: Answer, key: str, wanted: object, path: str) -> None:
    if key not in _FIGURES:
        raise ProgrammeInvalid(f"`{key}` is not known; known: {', '.join(_FIGURES)}", path=path, reason="UNKNOWN_KEY")
    got = _FIGURES[key](answer)
    if not _same(wanted, got):
        raise ProgrammeInvalid(f"the example expects {wanted}, the programme gives {got}", path=path, reason="EXAMPLE")


def _same(wanted: object, got: Figure) -> bool:
    if isinstance(got, bool) or isinstance(wanted, bool):
        return wanted is got
    if isinstance(got, list):
        return isinstance(wanted, list) and len(wanted) == len(got) and all(map(_same, wanted, got))
    try:
        return isinstance(wanted, str | int) and Decimal(wanted) == Decimal(got)
    except InvalidOperation:
        return False


def _text(*keys: str) -> Callable[[Answer], Figure]:
    def read(answer: Answer) -> Figure:
        found: object = answer_document(answer)
        for key in keys:
            assert isinstance(found, dict)
            found = found[key]
        assert isinstance(found, str)
        return found

    return read


def _line_texts(key: str) -> Callable[[Answer], Figure]:
    def read(answer: Answer) -> Figure:
        lines = answer_document(answer)["lines"]
        assert isinstance(lines, list)
        return [line[key] for line in lines]

    return read


def _line_discounts(answer: Answer) -> Figure:
    lines = answer_document(answer)["lines"]
    assert isinstance(lines, list)
    return [str(sum((Decimal(d["amount"]) for d in line["discounts"]), Decimal(0))) for line in lines]


def _offers_card(answer: Answer) -> Figure:
    return any(reward.offer_card_kind for reward in answer.rewards)


_FIGURES: dict[str, Callable[[Answer], Figure]] = {
    "total": _text("total"),
    "discount": _text("discount"),
    "line_discounts": _line_discounts,
    "line_nets": _line_texts("net"),
    "line_redeemed": _line_texts("redeemed"),
    "redeemed_points": _text("redeemed", "points"),
    "points_earned": _text("points", "earned"),
    "redeemable_max": _text("points", "redeemable", "max"),
    "offers_card": _offers_card,
}
