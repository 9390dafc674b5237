"""Worked examples that a programme carries with it: they must hold before it is published."""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from tillgate.core import Answer, Programme, answer_document, parse_basket
from tillgate.core.errors import BasketInvalid, CurrencyMismatch, ProgrammeInvalid
from tillgate.core.refusals import raise_all
from tillgate.core.text import Text

from .compiled import Compiled, compile_programme

__all__ = ["Difference", "ExampleResult", "check_examples", "example_figures", "try_examples"]

Document = dict[str, Any]


class Difference(Struct, frozen=True):
    """A part of the answer that is not as the example expects it. `got` is None where the answer has no such part.

    `key` leads there from `expect`: `total`, `lines[0].net`.
    """

    key: str
    expected: object
    got: object


class ExampleResult(Struct, frozen=True):
    """How one example came out: nothing differs, some parts do, or its basket is refused."""

    differences: tuple[Difference, ...] = ()
    error: BasketInvalid | CurrencyMismatch | None = None


def try_examples(compiled: Compiled) -> tuple[ExampleResult, ...]:
    """Price each example of the programme and compare what its `expect` names.

    `expect` is a part of the answer document: objects may leave keys out, lists stand as they are, figures are equal
    as numbers. Beside it may stand the names of `example_figures`.
    """
    return tuple(_tried(compiled, basket, expect) for basket, expect in compiled.programme.examples)


def _tried(compiled: Compiled, basket: object, expect: Mapping[str, object]) -> ExampleResult:
    try:
        answer = answer_document(compiled.price(parse_basket(basket, compiled.points_digits)))
    except (BasketInvalid, CurrencyMismatch) as error:
        return ExampleResult(error=error)
    return ExampleResult(tuple(_differences(expect, {**answer, **_figures(answer)}, "")))


def example_figures(answer: Answer) -> dict[str, object]:
    """What examples ask for most, under the short names that an `expect` may use, as this answer has it."""
    return _figures(answer_document(answer))


def _figures(answer: Document) -> dict[str, object]:
    return {key: read(answer) for key, read in _FIGURES.items()}


def check_examples(programme: Programme) -> None:
    """Raises ProgrammeInvalid with the path of the first part of an example that differs, the others in `more`."""
    raise_all(
        refused
        for index, result in enumerate(try_examples(compile_programme(programme)))
        for refused in _refusals(result, f"$.examples[{index}]")
    )


def _refusals(result: ExampleResult, path: str) -> Iterator[ProgrammeInvalid]:
    if result.error is not None:
        reason = result.error.metadata.get("reason", result.error.reason)
        inner = result.error.path.removeprefix("$")
        yield ProgrammeInvalid(result.error.text or result.error.told, path=f"{path}.basket{inner}", reason=reason)
    for one in result.differences:
        yield _refusal(one, f"{path}.expect.{one.key}")


def _refusal(one: Difference, path: str) -> ProgrammeInvalid:
    if one.got is None:
        text = Text(f"в ответе нет `{one.key}`", f"the answer has no `{one.key}`")
        return ProgrammeInvalid(text, path=path, reason="UNKNOWN_KEY")
    should, does = (json.dumps(value, ensure_ascii=False) for value in (one.expected, one.got))
    text = Text(f"пример ждёт {should}, а программа даёт {does}", f"the example expects {should}, it is {does}")
    return ProgrammeInvalid(text, path=path, reason="EXAMPLE")


def _differences(expected: object, got: object, key: str) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(got, dict):
        for name, value in expected.items():
            yield from _differences(value, got.get(name), f"{key}.{name}" if key else name)
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, value in enumerate(expected):
            yield from _differences(value, got[index], f"{key}[{index}]")
    elif not _same(expected, got):
        yield Difference(key, expected, got)


def _same(expected: object, got: object) -> bool:
    if isinstance(expected, bool) or not (isinstance(expected, str | int) and isinstance(got, str)):
        return expected == got and type(expected) is type(got)
    try:
        return Decimal(expected) == Decimal(got)
    except InvalidOperation:
        return expected == got


def _of_lines(key: str) -> Callable[[Document], list[str]]:
    return lambda answer: [line[key] for line in answer["lines"]]


def _line_discounts(answer: Document) -> list[str]:
    return [str(sum((Decimal(given["amount"]) for given in line["discounts"]), Decimal(0))) for line in answer["lines"]]


_FIGURES: dict[str, Callable[[Document], object]] = {
    "total": lambda answer: answer["total"],
    "discount": lambda answer: answer["discount"],
    "line_discounts": _line_discounts,
    "line_nets": _of_lines("net"),
    "line_redeemed": _of_lines("redeemed"),
    "redeemed_points": lambda answer: answer["redeemed"]["points"],
    "points_earned": lambda answer: answer["points"]["earned"],
    "redeemable_max": lambda answer: answer["points"]["redeemable"]["max"],
    "offers_card": lambda answer: any("offer_card" in reward for reward in answer["rewards"]),
}
