"""`tillgate calc`: price a basket under a programme, or a file of cases."""

import codecs
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import click
import msgspec
from rich.console import Console

from tillgate.accel import Compiled, Explain, check_examples, compile_programme
from tillgate.core import Text, answer_document, parse_basket, parse_programme, parse_tenders, return_document
from tillgate.core.checks import check_programme
from tillgate.core.errors import BasketInvalid, ProgrammeInvalid, TillgateError

from ._answer_table import print_answer
from ._language import Language, language_option
from ._refusals import error_document, every, named, told_of, whole_document
from ._returns import Selling, answer_returns, print_return

__all__ = ["command"]

#: Programmes of a file of cases that stay compiled: cases of one programme mostly stand together.
PROGRAMMES_KEPT = 64
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("calc")
@click.option("--programme", type=_FILE, help="The programme document.")
@click.option("--basket", type=_FILE, help="The basket document.")
@click.option("--return", "returns", type=_FILE, multiple=True, help="A return; again for the next one.")
@click.option("--tenders", type=_FILE, help="How the purchase was paid, for returns: a list. Default: cash.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the answer document, all documents of the returns, or what --check found.",
)
@click.option("--check", is_flag=True, help="Look for contradictions and run the programme's examples.")
@click.option("--cases", type=click.File("rb"), help="A file of cases, one JSON object a line.")
@click.option("--explain", type=click.Choice(("none", "applied", "full")), default="full", show_default=True)
@language_option
def command(
    programme: Path | None,
    basket: Path | None,
    returns: tuple[Path, ...],
    tenders: Path | None,
    as_json: bool,
    check: bool,
    cases: IO[bytes] | None,
    explain: Explain,
    language: Language,
) -> None:
    """Price a basket under a programme, give parts of the purchase back, or check the programme as publishing does.

    With --cases, read `{"id", "programme", "basket"}` a line and write `{"id", "answer"}` or `{"id", "error"}` a
    line, in order. A case with `returns`, a list, and perhaps `tenders` gets `sold`, `returns` and `remaining` too.

    Exit status: 0 priced, or all cases have their line, those with errors too; nothing wrong found with --check. 1 a
    document is refused, or --check found something. 2 wrong usage.
    """
    if cases is not None:
        if programme or basket or returns or tenders or check:
            raise click.UsageError("--cases brings its own programmes, baskets and returns")
        for row in answer_cases(cases, explain, language):
            click.echo(row)
        return
    if check and programme is not None and basket is None:
        _check(programme, language, as_json=as_json)
        return
    if programme is None or basket is None or check:
        raise click.UsageError("give --programme and --basket, --programme and --check, or --cases")
    if tenders and not returns:
        raise click.UsageError("--tenders goes with --return")
    with named(programme, language, as_json=as_json):
        compiled = compile_programme(parse_programme(programme.read_bytes()))
    with named(basket, language, as_json=as_json):
        read = parse_basket(basket.read_bytes(), compiled.points_digits)
        answer = compiled.price(read, explain)
    if not as_json:
        print_answer(Console(), answer, compiled.programme, language)
    elif not returns:
        click.echo(json.dumps(answer_document(answer), ensure_ascii=False, indent=2))
    if not returns:
        return
    with named(tenders or basket, language, as_json=as_json):
        paid = parse_tenders(tenders.read_bytes(), answer.currency) if tenders else ()
        selling = Selling(compiled, read, answer, paid)
    give_all_back(selling, returns, as_json, language)


def give_all_back(selling: Selling, returns: tuple[Path, ...], as_json: bool, language: Language) -> None:
    """One return after the other; the first that is refused ends it."""
    documents = []
    for number, file in enumerate(returns, 1):
        with named(file, language, as_json=as_json):
            result = selling.give_back(file.read_bytes())
        documents.append(return_document(selling.sold, result))
        if not as_json:
            print_return(Console(), selling.sold, result, number, language)
    if as_json:
        click.echo(json.dumps(selling.document(documents), ensure_ascii=False, indent=2))


def _check(source: Path, language: Language, *, as_json: bool) -> None:
    """Everything that publishing would refuse, a line or an object each."""
    found: list[dict[str, object]] = []
    lines, holding = "", 0
    try:
        programme = parse_programme(source.read_bytes())
        check_programme(programme)
        check_examples(programme)
        holding = len(programme.examples)
        words = "противоречий нет; примеров сошлось" if language == "ru" else "no contradictions; examples that hold"
        lines = f"{source}: {words}: {holding}"
    except ProgrammeInvalid as error:
        found = [error_document(one, language) for one in every(error)]
        lines = told_of(source, error, language)
    document = {"found": found, "examples": holding}
    click.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else lines)
    if found:
        raise SystemExit(1)


def answer_cases(cases: Iterable[bytes], explain: Explain, language: Language = "en") -> Iterator[str]:
    """One line of JSON for each case. A programme that repeats is compiled once."""
    kept: dict[bytes, Compiled] = {}
    for number, text in enumerate(cases, 1):
        if text.strip():
            yield json.dumps(_answer_case(text, number, kept, explain, language), ensure_ascii=False)


def _answer_case(
    text: bytes, number: int, kept: dict[bytes, Compiled], explain: Explain, language: Language
) -> dict[str, object]:
    case: dict[str, object] = {}
    try:
        case = _case(text, number)
        if not {"programme", "basket"} <= case.keys():
            words = Text(
                f"в строке {number} нужны `programme` и `basket`", f"line {number} needs `programme` and `basket`"
            )
            raise BasketInvalid(words, path="$", reason="MISSING")
        compiled = _compiled(case["programme"], kept)
        basket = parse_basket(case["basket"], compiled.points_digits)
        answer = compiled.price(basket, explain)
        if "returns" in case:
            return {"id": case.get("id")} | answer_returns(compiled, basket, answer, case, language)
        return {"id": case.get("id"), "answer": answer_document(answer)}
    except TillgateError as error:
        return {"id": case.get("id"), "error": whole_document(error, language)}


def _compiled(programme: object, kept: dict[bytes, Compiled]) -> Compiled:
    key = msgspec.json.encode(programme)
    if key not in kept:
        found = compile_programme(parse_programme(programme))
        if len(kept) == PROGRAMMES_KEPT:
            del kept[next(iter(kept))]
        kept[key] = found
    return kept[key]


def _case(text: bytes, number: int) -> dict[str, object]:
    try:
        case = msgspec.json.decode(text.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        words = Text(f"строка {number} — не JSON", f"line {number} is not JSON: {error}")
        raise BasketInvalid(words, path="$", reason="NOT_JSON") from error
    if not isinstance(case, dict):
        words = Text(f"в строке {number} нет объекта", f"line {number} is not an object")
        raise BasketInvalid(words, path="$", reason="WRONG_TYPE")
    return case


if __name__ == "__main__":
    command()
