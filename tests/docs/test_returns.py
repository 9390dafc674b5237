"""What the page about returns shows is what the command answers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tillgate.core import parse_programme
from tillgate.gateway.cli.calc import command

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "returns.md").read_text(encoding="utf-8")
Json = dict[str, Any]


def snippet(name: str) -> Any:
    found = re.search(rf"```json {name}\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"the page has no {name}"
    return json.loads(found[1])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    found = {}
    for name in ("programme", "basket", "return", "tenders"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(snippet(name)), encoding="utf-8")
        found[name] = str(path)
    return found


def give_back(files: dict[str, str], *more: str) -> Json:
    arguments = ["--programme", files["programme"], "--basket", files["basket"], "--return", files["return"], "--json"]
    result = CliRunner().invoke(command, [*arguments, *more])
    assert result.exit_code == 0, result.output
    document: Json = json.loads(result.output)
    return document


def test_the_worked_example_comes_out_as_shown(files: dict[str, str]) -> None:
    shown = snippet("result")
    document = give_back(files)
    assert {key: document["returns"][0][key] for key in shown} == shown
    assert set(document["returns"][0]) - set(shown) == {"remaining", "returned"}, "every other key is shown"
    coffee = document["answer"]["lines"][0]
    assert (document["answer"]["total"], coffee["net"]) == ("1079.32", "823.85")
    assert [piece["unit_price"] for piece in coffee["pieces"]] == ["274.61", "274.62"]


def test_the_tenders_of_the_example_are_those_of_the_sale(files: dict[str, str]) -> None:
    sold = give_back(files, "--tenders", files["tenders"])["sold"]
    assert sold["tenders"] == snippet("tenders")


def test_pricing_anew_withholds_and_gives_back_as_shown(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(snippet("reprice")), encoding="utf-8")
    returns = json.loads(CliRunner().invoke(command, ["--cases", str(cases)]).output)["returns"]
    shown = snippet("refunds")
    assert [{key: each[key] for key in shown[0]} for each in returns] == shown


def test_the_programme_s_key_is_read() -> None:
    policy = json.loads(re.search(r'^\{"returns": .*\}$', PAGE, re.MULTILINE)[0])  # type: ignore[index]
    assert parse_programme(snippet("programme") | policy) == parse_programme(snippet("programme"))
