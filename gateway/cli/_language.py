"""The option --language of commands that speak to people."""

import os

import click

__all__ = ["language_option"]

language_option = click.option(
    "--language",
    type=click.Choice(["ru", "en"]),
    default=lambda: "ru" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("ru") else "en",
    help="Default: ru where LANG says so, else en.",
)
