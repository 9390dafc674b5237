"""The language of commands that speak to people."""

import os
from typing import Literal

import click

from tillgate.core import Text

__all__ = ["Language", "language_option", "say"]

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


def say(text: Text, language: Language) -> str:
    """The sentence in one of its languages."""
    return text.ru if language == "ru" else text.en
