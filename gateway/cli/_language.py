"""The language of commands that speak to people."""

import os
from collections.abc import Sequence
from typing import Literal

import click

from tillgate.core import Text

__all__ = ["Language", "asked_of", "language_option", "say"]

Language = Literal["ru", "en"]
#: The first of them that is set says it, as POSIX has it.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def _of_the_environment() -> Language:
    set_to = next((value for name in VARIABLES if (value := os.environ.get(name))), "")
    return "ru" if set_to.startswith("ru") else "en"


language_option = click.option(
    "--language",
    type=click.Choice(["ru", "en"]),
    default=_of_the_environment,
    help="Default: ru where LANG says so, else en.",
)


def asked_of(arguments: Sequence[str]) -> Language:
    """What a command line asks for, whichever command it is of; else that of the environment."""
    for name, value in zip(arguments, (*arguments[1:], ""), strict=True):
        if name == "--language" or name.startswith("--language="):
            return "ru" if "ru" in (value, name.partition("=")[2]) else "en"
    return _of_the_environment()


def say(text: Text, language: Language) -> str:
    """The sentence in one of its languages."""
    return text.ru if language == "ru" else text.en
