"""`tillgate backtest`: what a marketer sees, and what they are told when something is wrong."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tillgate.gateway.cli._main import group

Json = dict[str, Any]
TILLGATE = (sys.executable, "-c", "from tillgate.gateway.cli import main; main()")
PROGRAMME: Json = {
    "format": 1,
    "id": "p",
    "revision": 1,
    "currency": "RUB",
    "discounts": {"id": "d", "mode": "max", "children": [{"id": "ten", "give": {"percent": "10"}}]},
    "accrual": {"id": "a", "mode": "sum", "children": [{"id": "earn", "give": {"points_percent": "5"}}]},
}
LINE: Json = {"sku": "A", "quantity": "1", "unit_price": "100.00"}
BASKET: Json = {"currency": "RUB", "time": "2026-11-22T23:30:00+03:00", "store": "s1", "lines": [LINE]}


def twenty() -> Json:
    return PROGRAMME | {
        "revision": 2,
        "discounts": {"id": "d", "mode": "max", "children": [{"id": "twenty", "give": {"percent": "20"}}]},
    }


def files(folder: Path, *receipts: Json, new: Json | None = None) -> list[str]:
    """The options for these receipts."""
    (folder / "old.json").write_text(json.dumps(PROGRAMME))
    (folder / "new.json").write_text(json.dumps(new or twenty()))
    (folder / "receipts.jsonl").write_text("".join(json.dumps(receipt) + "\n" for receipt in receipts))
    return [
        "backtest", "--programme", f"{folder}/new.json", "--against", f"{folder}/old.json",
        "--receipts", f"{folder}/receipts.jsonl",
    ]  # fmt: skip


def document(*arguments: str) -> Json:
    done = CliRunner().invoke(group, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    found: Json = json.loads(done.stdout)
    return found


def test_says_what_a_new_programme_would_change(tmp_path: Path) -> None:
    vip = BASKET | {"store": "s2", "customer": {"id": "c", "segments": ["vip", "old"]}}
    report = document(*files(tmp_path, {"id": "one", "basket": BASKET}, {"id": 2, "basket": vip}))
    totals = report["totals"]
    assert (totals["receipts"], totals["touched"]) == (2, 2)
    assert totals["cheaper"] == {"receipts": 2, "amount": "20.00"}
    assert totals["dearer"] == {"receipts": 0, "amount": "0.00"}
    assert totals["discount"] == {"old": "20.00", "new": "40.00", "change": "20.00"}
    assert totals["earned"] == {"old": "8", "new": "8", "change": "0"}
    assert totals["liability"]["new"] == "8.00"
    assert [(row["key"], row["receipts"]) for row in report["stores"]] == [("s1", 1), ("s2", 1)]
    assert [(row["key"], row["receipts"]) for row in report["segments"]] == [("old", 1), ("vip", 1), (None, 1)]
    assert [row["key"] for row in report["weeks"]] == ["2026-W47"], "Sunday night at the store, Monday nowhere yet"
    rules = {row["id"]: (row["old"], row["new"]) for row in report["rules"]}
    assert rules["ten"] == ({"receipts": 2, "amount": "20.00", "points": "0"}, None)
    assert rules["twenty"] == (None, {"receipts": 2, "amount": "40.00", "points": "0"})
    assert [(one["id"], one["line"], one["change"]) for one in report["cheaper"]] == [
        ("one", 1, "-10.00"),
        ("2", 2, "-10.00"),
    ]
    assert [rule["rule"] for rule in report["cheaper"][0]["rules"]] == ["twenty", "ten"]
    assert "mechanical effect only" in report["notes"][0]["en"]


def test_counts_what_cannot_be_priced_and_names_the_first(tmp_path: Path) -> None:
    bad = BASKET | {"lines": [LINE | {"quantity": "0"}]}
    arguments = files(
        tmp_path, {"basket": BASKET}, {"id": "bad", "basket": bad}, {"basket": BASKET | {"currency": "USD"}}
    )
    with (tmp_path / "receipts.jsonl").open("a") as file:
        file.write('\n{"basket": \n[]\n{"basket": {}, "answer": 1}\n')
    report = document(*arguments)
    assert report["totals"]["receipts"] == 1
    told = [(one["line"], one["reason"], one["path"]) for one in report["errors"]["first"]]
    assert told == [
        (2, "OUT_OF_RANGE", "$.lines[0].quantity"),
        (3, "CURRENCY_MISMATCH", "$.currency"),
        (5, "NOT_JSON", "$"),
        (6, "WRONG_TYPE", "$"),
        (7, "UNKNOWN_KEY", "$.answer"),
    ]
    assert report["errors"]["first"][0]["id"] == "bad"
    assert report["errors"]["count"] == 5


def test_names_with_brackets_are_no_markup_and_rules_go_by_their_names(tmp_path: Path) -> None:
    guest = {"id": "c", "segments": ["[/x]segment"]}
    new = twenty()
    new["discounts"]["children"][0] |= {"id": "[/b]rule", "name": {"ru": "Двадцать", "en": "Twenty"}}
    receipts = {"id": "[/i]receipt", "basket": BASKET | {"store": "[red]store", "customer": guest}}
    done = CliRunner().invoke(group, [*files(tmp_path, receipts, new=new), "--language", "ru"])
    assert done.exit_code == 0, done.output
    for words in ("Двадцать", "[/b]rule", "[/i]receipt", "[red]store", "[/x]segment"):
        assert words in done.output


def test_the_sample_can_be_tried_at_once(tmp_path: Path) -> None:
    """In a pipe there is no progress bar; the page needs nothing from elsewhere."""
    made = CliRunner().invoke(group, ["backtest", "--sample", str(tmp_path / "sample")])
    command = made.stdout.strip().split()
    done = subprocess.run([*TILLGATE, *command[1:], "--language", "ru"],
                          capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Затронуто чеков" in done.stdout
    page = (tmp_path / "sample" / "report.html").read_text(encoding="utf-8")
    assert "механический эффект" in page
    assert re.findall(r"(?:https?:)?//|<script|<link|@import|url\(", page) == []
    assert page.count("<svg") >= 4


@pytest.mark.parametrize("kind", ["gz", "zst", "parquet"])
def test_reads_compressed_lines_and_parquet_as_well(tmp_path: Path, kind: str) -> None:
    receipts = [{"id": f"r{k}", "basket": BASKET | {"lines": [LINE | {"quantity": str(k)}]}} for k in range(1, 50)]
    arguments = files(tmp_path, *receipts)
    plain = document(*arguments)
    text = (tmp_path / "receipts.jsonl").read_bytes()
    other = tmp_path / f"receipts.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(receipts), other)
    else:
        other.write_bytes(gzip.compress(text) if kind == "gz" else pa.compress(text, "zstd", asbytes=True))
    found = document(*arguments[:-1], str(other))
    assert found.pop("source") == str(other)
    plain.pop("source")
    assert found == plain


def told(*arguments: str) -> str:
    """What is said on standard error by a run that fails."""
    done = subprocess.run(
        [*TILLGATE, *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode in (1, 2), done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def test_errors_name_the_next_step(tmp_path: Path) -> None:
    arguments = files(tmp_path, {"basket": BASKET}, new=PROGRAMME | {"currency": "USD"})
    assert "compare two in one currency" in told(*arguments)
    arguments = files(tmp_path)
    assert "one receipt a line is expected" in told(*arguments)
    floats = tmp_path / "floats.parquet"
    pq.write_table(pa.Table.from_pylist([{"basket": BASKET | {"lines": [LINE | {"quantity": 1.5}]}}]), floats)
    assert "column basket.lines.quantity" in told(*arguments[:-1], str(floats))
    pq.write_table(pa.Table.from_pylist([{"basket": BASKET | {"lines": [LINE | {"colour": "red"}]}}]), floats)
    assert "column basket.lines.colour" in told(*arguments[:-1], str(floats))
    floats.write_bytes(b"PAR1 and nothing")
    assert "no Parquet file" in told(*arguments[:-1], str(floats))
    assert "cannot be opened" in told(*arguments[:-1], str(tmp_path / "none"))
    assert "go with --receipts central" in told(*arguments, "--store", "s1")
    assert "--sample" in told("backtest")


def test_nothing_is_worked_out_that_cannot_be_written(tmp_path: Path) -> None:
    arguments = files(tmp_path, {"basket": BASKET})
    assert "there is no folder" in told(*arguments, "--html", str(tmp_path / "none" / "report.html"))
    (tmp_path / "file").write_text("")
    assert "cannot be written" in told("backtest", "--sample", str(tmp_path / "file" / "sample"))


def test_zeros_are_no_report_and_errors_are_in_the_language_asked_for(tmp_path: Path) -> None:
    arguments = [*files(tmp_path, {"basket": BASKET | {"lines": []}}), "--language", "ru"]
    assert "ни один чек не пересчитать; первый, строка 1: $.lines" in told(*arguments)
    (tmp_path / "receipts.jsonl").write_text("")
    assert "пуст" in told(*arguments)
    (tmp_path / "new.json").write_text("{")
    assert "это не JSON" in told(*arguments)


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    """Also while it waits for receipts that do not come: its input stays open."""
    arguments = files(tmp_path, {"basket": BASKET})
    # As from a terminal: what a shell starts in the background is told to ignore SIGINT, and hands that on.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + TILLGATE[2]
    command = [*TILLGATE[:2], heard, *arguments[:-1], "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0) as run:
        assert run.stdin is not None
        assert run.stderr is not None
        run.stdin.write(b'{"basket": \n' * 100_000)
        run.stdin.flush()
        os.kill(run.pid, signal.SIGINT)
        assert run.wait(60) in (130, -signal.SIGINT)
        assert b"Traceback" not in run.stderr.read()
