"""House rules that no linter knows. The checker is tried on small bad samples first."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_MAX = 500
FUNCTION_LINES_MAX = 70
BARE = re.compile(r"^\s*(?:from|import) (core|accel|plugins|gateway|central|protos)\b", re.MULTILINE)
MARKERS = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
SKIPS = re.compile(r"pytest\.(?:skip|importorskip|xfail|mark\.skip\w*|mark\.xfail)\b")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def complaints(text: str, *, test: bool = False) -> Iterator[str]:
    """What is wrong with one source."""
    if text.count("\n") > LINES_MAX:
        yield f"more than {LINES_MAX} lines"
    if found := BARE.search(text):
        yield f"imports {found[1]} past the namespace: write tillgate.{found[1]}"
    if MARKERS.search(text):
        yield "a left-over marker"
    if test and SKIPS.search(text):
        yield "a skip"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{node.name} has {length} lines"
            if test and node.name.startswith("test_") and not _checks(node):
                yield f"{node.name} checks nothing"


def _checks(function: ast.AST) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert | ast.Raise | ast.With | ast.AsyncWith):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if re.match(r"(assert|check|expect|run_state_machine|call_command)", name.lstrip("_")):
                return True
    return False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n" * 501, "lines"),
        ("from core import money\n", "tillgate.core"),
        (f"# {'TO'}{'DO'} later\n", "marker"),
        (f"import pytest\npytest.{'skip'}('no')\n", "skip"),
        ("def long():\n" + "    x = 1\n" * 70, "long has 71 lines"),
        ("def test_nothing():\n    x = 1\n", "checks nothing"),
    ],
)
def test_the_checker_sees(text: str, expected: str) -> None:
    assert any(expected in complaint for complaint in complaints(text, test=True))


@pytest.mark.parametrize("file", tracked("*.py"), ids=lambda path: str(path.relative_to(ROOT)))
def test_house_rules_hold(file: Path) -> None:
    if "/migrations/" in str(file):
        return
    text = file.read_text(encoding="utf-8")
    assert list(complaints(text, test=file.is_relative_to(ROOT / "tests"))) == []


def test_no_generated_file_is_kept() -> None:
    kept = [
        path for path in tracked() if re.search(r"_pb2(_grpc)?\.pyi?$|\.(so|mo|pyc)$|egg-info|node_modules", str(path))
    ]
    kept += tracked("accel/*.c")
    assert kept == []


def test_every_package_says_what_lives_there() -> None:
    for file in tracked("*/__init__.py"):
        if "/migrations/" in str(file) or "/management/" in str(file):
            continue
        assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), file
