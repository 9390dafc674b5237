"""Logs never carry a phone or a card number."""

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tillgate.gateway.log import configure, mask_numbers


def masked(**event: object) -> dict[str, object]:
    return dict(mask_numbers(logging.getLogger(), "info", dict(event)))


@pytest.mark.parametrize(
    "text", ["+79161234567", "8 (916) 123-45-67", "call 89161234567 now", "4111 1111 1111 1111", ";2900000012345678?"]
)
def test_long_numbers_are_masked_wherever_they_stand(text: str) -> None:
    row = masked(event=text, nested={"list": [text]}, raw=text.encode())
    assert "1234" not in json.dumps(row)
    assert "1111" not in json.dumps(row)


@given(st.text(alphabet="0123456789", min_size=8, max_size=30))
def test_no_run_of_eight_digits_survives(digits: str) -> None:
    assert str(masked(event=f"read {digits} here")["event"]).count("*") == len(digits) - 2


def test_ids_of_operations_stay_readable() -> None:
    purchase_id = "12345678-1234-4234-8234-123456789012"
    assert masked(event="purchase_committed", purchase_id=purchase_id)["purchase_id"] == purchase_id


def test_libraries_go_through_the_same_pipeline(capsys: pytest.CaptureFixture[str]) -> None:
    saved = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        configure("info")
        logging.getLogger("some.library").warning("failed for %s", "+79161234567")
        structlog.stdlib.get_logger("tillgate").info("customer_found", phone="+79161234567")
        rows = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        logging.getLogger().handlers[:], logging.getLogger().level = saved
        structlog.reset_defaults()
    assert [row["level"] for row in rows] == ["warning", "info"]
    assert "9161234" not in json.dumps(rows)
