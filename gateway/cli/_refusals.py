"""What is wrong with documents of commands, for people and for programs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tillgate.core.errors import DocumentRefused, TillgateError

from ._language import Language, say

__all__ = ["error_document", "every", "named", "tell", "told_of", "whole_document"]


def every(error: TillgateError) -> tuple[TillgateError, ...]:
    """It, and what else is wrong with the document."""
    return (error, *error.more) if isinstance(error, DocumentRefused) else (error,)


def error_document(error: TillgateError, language: Language, at: str = "$") -> dict[str, object]:
    """Where, why and in words; with figures where there are some."""
    figures = {key: value for key, value in error.metadata.items() if key != "reason"}
    place = {"path": f"{at}{error.path[1:]}", "reason": error.metadata.get("reason", error.reason)}
    return {**place, "message": message(error, language), **figures}


def whole_document(error: TillgateError, language: Language, at: str = "$") -> dict[str, object]:
    """The same, and `more` where more is wrong."""
    first, *more = (error_document(one, language, at) for one in every(error))
    return {**first, "more": more} if more else first


def message(error: TillgateError, language: Language) -> str:
    """What exactly is wrong."""
    return error.detail if error.text is None else say(error.text, language)


@contextmanager
def named(file: Path, language: Language, *, as_json: bool = False) -> Iterator[None]:
    """What is wrong with a file is told with its name, a line for everything; for programs it leaves as it is."""
    try:
        yield
    except TillgateError as error:
        if as_json:
            raise
        raise click.ClickException(told_of(file, error, language)) from error


def told_of(file: Path, error: TillgateError, language: Language) -> str:
    """A line for everything that is wrong with a file: where, what and which reason."""
    found = (error_document(one, language) for one in every(error))
    return "\n".join(f"{file}: {one['path']}: {one['message']} ({one['reason']})" for one in found)


def tell(error: TillgateError, *, as_json: bool, language: Language) -> None:
    """One error on stderr, with what else is wrong: for people, or one JSON object."""
    if as_json:
        first, *more = map(_row, every(error))
        click.echo(json.dumps({"error": {**first, "more": more} if more else first}, ensure_ascii=False), err=True)
    elif language == "ru":
        detail = f": {error.detail}" if error.text is None and error.detail != error.en else ""
        where = f" — `{error.path}`" if error.path else ""
        click.echo(f"tillgate: {error.reason}: {error.told.ru.rstrip('.')}{detail}{where}", err=True)
    else:
        click.echo(f"tillgate: {error}", err=True)


def _row(error: TillgateError) -> dict[str, object]:
    told = error.told
    return {"path": error.path, "reason": error.reason, "message": error.detail, "ru": told.ru, "en": told.en}
