"""The demo is a promise: the whole chain sells, with the centre and without."""

import json
import subprocess
from pathlib import Path

import pytest

from tillgate.gateway.demo._processes import program_path


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program_path("tillgate"), "demo", *arguments], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def story() -> dict[str, dict[str, object]]:
    run = demo("--once", "--json")
    assert run.returncode == 0, run.stderr
    told: dict[str, dict[str, object]] = json.loads(run.stdout)
    return told


def test_a_scanned_sale_is_priced_paid_and_printed(story: dict[str, dict[str, object]]) -> None:
    assert list(story) == ["scan", "identify", "quote", "commit", "print", "central", "offline"]
    assert story["identify"]["outcome"] == "OUTCOME_FOUND"
    for figure in ("total_minor", "lines", "applied"):
        assert story["quote"]["answer"][figure] == story["commit"]["answer"][figure]  # type: ignore[index]
    assert story["print"]["outcome"] == "CONFIRMED"
    total = int(story["commit"]["answer"]["total_minor"])  # type: ignore[index]
    assert f"{total // 100:d}" in str(story["print"]["text"]).replace(" ", "").replace(" ", "")


def test_the_centre_shows_the_balance_that_the_till_was_told(story: dict[str, dict[str, object]]) -> None:
    assert story["central"]["balance"] == int(str(story["commit"]["points_balance"]))
    assert int(str(story["central"]["events"])) > 1000, "months of receipts and this one"


def test_a_sale_without_the_centre_is_queued_and_drained(story: dict[str, dict[str, object]]) -> None:
    offline = story["offline"]
    assert offline["queued"] == offline["drained"] == 1
    assert offline["gateway_balance"] == offline["central_balance"]
    assert offline["events"] == int(str(story["central"]["events"])) + 1


def test_the_story_is_told_with_the_slip(tmp_path: Path) -> None:
    run = demo("--once", "--folder", str(tmp_path / "demo"), "--language", "en")
    assert run.returncode == 0, run.stderr
    for words in ("To pay", "CONFIRMED", "Balance: gateway = centre", "Points balance"):
        assert words in run.stdout


def test_somebody_elses_folder_stays_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    run = demo("--once", "--folder", str(tmp_path))
    assert run.returncode == 1
    assert "not empty" in run.stderr
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_demo_that_runs_keeps_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    first = subprocess.Popen(
        [program_path("tillgate"), "demo", "--folder", str(folder), "--once"], stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdout.readline()
    second = demo("--once", "--folder", str(folder))
    assert second.returncode == 1
    assert "a demo runs in" in second.stderr
    assert first.wait(120) == 0
    first.stdout.close()
