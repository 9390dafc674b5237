"""Worked examples that a programme carries with it: they must hold before it is published."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from tillgate.core import Answer, Programme, answer_document, parse_basket
from tillgate.core.errors import BasketInvalid, CurrencyMismatch, ProgrammeInvalid

from .compiled import Compiled, compile_programme

__all__ = ["Difference", "ExampleResult", "check_examples", "example_figures", "try_examples"]

Figure = str | bool | list[str]


class Difference(Struct, frozen=True):
    """A figure that is not as the example expects it. `got` is None where no figure has that name."""

    key: str
    expected: object
    got: Figure | None


class ExampleResult(Struct, frozen=True):
    """How one example came out: nothing differs, some figures do, or its basket is refused."""

    differences: tuple[Difference, ...] = ()
    error: BasketInvalid | CurrencyMismatch | None = None


def try_examples(compiled: Compiled) -> tuple[ExampleResult, ...]:
    """Price each example of the programme and compare what its `expect` names.

    `expect` may name total, discount, line_discounts, line_nets, line_redeemed, redeemed_points, points_earned,
    redeemable_max and offers_card.
    """
    return tuple(_tried(compiled, basket, expect) for basket, expect in compiled.programme.examples)


def _tried(compiled: Compiled, basket: object, expect: Mapping[str, object]) -> ExampleResult:
    try:
        answer = compiled.price(parse_basket(basket, compiled.points_digits), "none")
    except (BasketInvalid, CurrencyMismatch) as error:
        return ExampleResult(error=error)
    figures = {key: _FIGURES[key](answer) for key in expect if key in _FIGURES}
    compared = (Difference(key, wanted, figures.get(key)) for key, wanted in expect.items())
    return ExampleResult(tuple(one for one in compared if one.got is None or not _same(one.expected, one.got)))


def example_figures(answer: Answer) -> dict[str, Figure]:
    """Every figure that an `expect` may name, as this answer has it."""
    return {key: read(answer) for key, read in _FIGURES.items()}


def check_examples(programme: Programme) -> None:
    """Raises ProgrammeInvalid with the path of the first figure of an example that differs."""
    for index, result in enumerate(try_examples(compile_programme(programme))):
        path = f"$.examples[{index}]"
        if result.error is not None:
            reason = result.error.metadata.get("reason", "")
            inner = result.error.path.removeprefix("$")
            raise ProgrammeInvalid(result.error.detail, path=f"{path}.basket{inner}", reason=reason)
        for one in result.differences:
            _refuse(one, f"{path}.expect.{one.key}")


def _refuse(one: Difference, path: str) -> None:
    if one.got is None:
        detail = f"`{one.key}` is not known; known: {', '.join(_FIGURES)}"
        raise ProgrammeInvalid(detail, path=path, reason="UNKNOWN_KEY")
    detail = f"the example expects {one.expected}, the programme gives {one.got}"
    raise ProgrammeInvalid(detail, path=path, reason="EXAMPLE")


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
