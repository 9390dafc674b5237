"""Whatever ails a device has words for people and a line in the reference."""

from pathlib import Path

import pytest

from tillgate.gateway.devices._problems import PRINTER_PROBLEMS, TEXTS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "device-states.md"


@pytest.mark.parametrize("reason", sorted(TEXTS))
def test_every_problem_has_a_next_step_in_both_languages_and_a_place_in_the_reference(reason: str) -> None:
    russian, english = TEXTS[reason]
    assert any("а" <= letter <= "я" for letter in russian)
    assert english.isascii()
    assert min(len(russian.split(". ")), len(english.split(". "))) >= 2
    assert f"`{reason}`" in REFERENCE.read_text(encoding="utf-8")


def test_every_printer_trouble_has_words() -> None:
    assert set(PRINTER_PROBLEMS.values()) <= set(TEXTS)
