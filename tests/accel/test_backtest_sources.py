"""Where a backtest's receipts come from, when that goes wrong; and what a report says that receipts cannot know."""

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tillgate.accel import compile_programme
from tillgate.accel.backtest import Lines, Report, exported_receipts, open_receipts, run
from tillgate.accel.backtest._source import Chunk
from tillgate.core import parse_programme
from tillgate.core.errors import ReceiptsInvalid

Json = dict[str, Any]
RECEIPT: Json = {"basket": {"currency": "RUB", "lines": [{"sku": "A", "quantity": "1", "unit_price": "100.00"}]}}
LINE = json.dumps(RECEIPT).encode() + b"\n"


def programme(*rules: Json, **more: Any) -> Json:
    children = [{"give": {"percent": "10"}, **rule} for rule in rules] or [{"id": "r", "give": {"percent": "10"}}]
    group = {"id": "d", "mode": "sequence", "children": children}
    return {"format": 1, "id": "p", "revision": 1, "currency": "RUB", "discounts": group, **more}


def backtest(new: Json, old: Json, source: Any) -> Report:
    return run(*(compile_programme(parse_programme(one)) for one in (new, old)), source, workers=1)


def notes(new: Json, old: Json, *, counted: bool = False) -> list[str]:
    return [note.en for note in backtest(new, old, Lines(io.BytesIO(LINE), "test", counted=counted)).notes]


def exporter(script: str) -> list[str]:
    return [sys.executable, "-c", f"import os, sys\n{script}"]


def test_an_exporter_that_says_much_is_not_waited_for_in_vain() -> None:
    script = f"sys.stderr.write('x' * (1 << 20)); sys.stderr.flush(); sys.stdout.write({LINE.decode()!r} * 3)"
    with exported_receipts(exporter(script)) as source:
        assert backtest(programme(), programme(), source).totals.receipts == 3


def test_an_exporter_that_never_ends_its_line_is_ended() -> None:
    script = "try:\n while True: os.write(1, b'x' * (1 << 20))\nexcept BrokenPipeError: pass"
    with (
        pytest.raises(ReceiptsInvalid, match="line 1 of central has no end"),
        exported_receipts(exporter(script)) as source,
    ):
        backtest(programme(), programme(), source)


def test_what_an_exporter_fails_of_is_told_in_both_languages() -> None:
    script = "sys.stderr.write('Traceback\\nError: no such store: moon\\n'); sys.exit(1)"
    with pytest.raises(ReceiptsInvalid) as caught, exported_receipts(exporter(script)) as source:
        backtest(programme(), programme(), source)
    assert caught.value.text is not None
    assert "центр не отдал чеки: no such store: moon" in caught.value.text.ru
    assert "cannot be had: no such store: moon" in caught.value.text.en


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(LINE * 10_000, mtime=0))
    data[len(data) // 2] ^= 0xFF
    path = tmp_path / "receipts.gz"
    path.write_bytes(data)
    with pytest.raises(ReceiptsInvalid, match="cannot be read"), open_receipts(path) as source:
        backtest(programme(), programme(), source)


def test_a_file_from_windows_is_read_from_its_first_line() -> None:
    data = b"\xef\xbb\xbf" + LINE.replace(b"\n", b"\r\n") * 2
    report = backtest(programme(), programme(), Lines(io.BytesIO(data), "test"))
    assert (report.totals.receipts, report.errors) == (2, 0)


class Rows:
    """One Arrow batch."""

    label, notes, counted, total, done = "rows", (), False, None, 0

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch: pa.RecordBatch | None = batch

    def next(self) -> Chunk | None:
        batch, self.batch = self.batch, None
        return None if batch is None else Chunk(1, batch)


def test_a_row_with_bytes_that_are_no_text_is_one_that_cannot_be_priced() -> None:
    good = pa.array(["RUB", "RUB"])
    bad = pa.Array.from_buffers(pa.string(), 2, [None, *pa.array([b"RUB", b"\xff\xff\xff"]).buffers()[1:]])
    assert good.type == bad.type
    lines = pa.array([RECEIPT["basket"]["lines"]] * 2)
    batch = pa.RecordBatch.from_arrays([pa.StructArray.from_arrays([bad, lines], ["currency", "lines"])], ["basket"])
    report = backtest(programme(), programme(), Rows(batch))
    assert (report.totals.receipts, report.errors_by_reason) == (1, {"WRONG_TYPE": 1})


LIMITED: Json = {"id": "once", "name": {"ru": "Один раз", "en": "Once"}, "uses": {"per_customer": {"count": 1}}}


def test_rules_with_a_limit_of_uses_are_named() -> None:
    total = {"id": "first-100", "uses": {"total": 100}}
    (note,) = notes(programme(LIMITED, total), programme())
    assert note.startswith("Rules with a limit of uses: “Once”, “first-100”.")
    assert notes(programme({"id": "r", "uses": {"per_receipt": 1}}), programme()) == []


def test_a_rule_that_two_programmes_count_differently_is_named() -> None:
    weekly = LIMITED | {"uses": {"per_customer": {"count": 1, "window": "week"}}}
    assert "different windows: “Once”" in notes(programme(weekly), programme(LIMITED), counted=True)[1]
    assert len(notes(programme(weekly), programme(LIMITED))) == 1


def test_windows_of_turnover_that_a_file_may_lack_are_named() -> None:
    rule = {"id": "big", "when": [{"any": [{"turnover": {"window": "month", "at_least": "1.00"}}]}]}
    tiers = {"window": "rolling_days:90", "levels": [{"id": "base", "from": "0"}]}
    (note,) = notes(
        programme(rule, tiers=tiers),
        programme({"id": "all", "when": [{"turnover": {"window": "all", "at_least": "1.00"}}]}),
    )
    assert "(month, 90 days)" in note
    assert note.endswith("Asked for by: “big”.")
    assert notes(programme(rule, tiers=tiers), programme(), counted=True) == []


def test_other_tiers_are_told_of() -> None:
    old, new = ({"levels": [{"id": "a", "from": "0"}, {"id": "b", "from": much}]} for much in ("10.00", "20.00"))
    (note,) = notes(programme(tiers=new), programme(tiers=old))
    assert note.startswith("The tiers of the two programmes differ.")
    assert notes(programme(tiers=new), programme(tiers=new)) == []
    assert notes(programme({"id": "r", "when": [{"tier": ["gold"]}]}), programme(tiers=old)) == []
