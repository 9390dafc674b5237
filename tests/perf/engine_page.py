"""Writes what bench_engine measures into docs/performance.md, and the three charts beside it."""

import platform
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_engine import Measure, answers, interleaved, read_baskets, ready, rows, totals
from engine_baselines import Floor
from engine_charts import Chart

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "performance"
PAGE = DOCS / "performance.md"
ROUNDS, ROUND_S = 5, 0.05
LINES = [1, 5, 10, 20, 40, 80, 160, 320, 500]
RULES = [20, 40, 80, 120, 160, 200, 300, 400]
IDLE = [0, 250, 500, 1_000, 2_000, 5_000, 10_000, 19_000]


def write_page() -> None:
    found = rows()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        floor = Floor(Path(folder))
        for name, chart in (("lines", by_lines(floor)), ("rules", by_rules(floor)), ("idle", by_idle())):
            (FOLDER / f"{name}.svg").write_text(chart.svg(), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    text = re.sub(r"(?s)(<!-- table -->\n).*(<!-- end -->)", lambda found_: found_[1] + table(found) + found_[2], text)
    PAGE.write_text(text, encoding="utf-8")
    print(table(found))


def table(found: list[dict[str, Any]]) -> str:
    lines = [
        f"One core of {processor()}, Python {platform.python_version()}.",
        "",
        "| work | a second | baseline, a second | times as fast | bound | holds |",
        "|---|---:|---|---:|---|---|",
    ]
    for row in found:
        holds = {True: "yes", False: "**no**", None: ""}[row["holds"]]
        ratio = f"{row['ratio']:,.0f}" if row["ratio"] >= 20 else f"{row['ratio']:.2f}"
        cells = (row["name"], f"{row['value']:,}", row["baseline"], ratio, row["bound"] or "", holds)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def processor() -> str:
    found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1] if found else platform.machine()


def by_lines(floor: Floor) -> Chart:
    compiled = ready(20)
    measures: dict[str, dict[int, Measure]] = {"answer": {}, "totals": {}, "bare loop in C": {}}
    for n in LINES:
        baskets = read_baskets(n)
        measures["answer"][n] = answers(compiled, baskets)
        measures["totals"][n] = totals(compiled, baskets)
        measures["bare loop in C"][n] = floor.measure(n, 20, 200)
    return Chart("µs for a basket, by its lines (20 rules in play)", "lines", LINES, measured(measures))


def by_rules(floor: Floor) -> Chart:
    baskets = read_baskets(40)
    measures: dict[str, dict[int, Measure]] = {"answer": {}, "totals": {}, "bare loop in C": {}}
    for n in RULES:
        compiled = ready(n)
        measures["answer"][n] = answers(compiled, baskets)
        measures["totals"][n] = totals(compiled, baskets)
        measures["bare loop in C"][n] = floor.measure(40, n, 50)
    return Chart("µs for a basket of 40 lines, by rules in play", "rules in play", RULES, measured(measures))


def by_idle() -> Chart:
    baskets = read_baskets(10)
    programmes = {n: ready(20, n) for n in IDLE}
    kinds: dict[str, Callable[[Any, Any], Measure]] = {"answer": answers, "totals": totals}
    measures = {name: {n: kind(programmes[n], baskets) for n in IDLE} for name, kind in kinds.items()}
    title = "µs for a basket of 10 lines and 20 rules in play, by further rules that cannot match"
    return Chart(title, "rules that cannot match", IDLE, measured(measures))


def measured(measures: dict[str, dict[int, Measure]]) -> dict[str, list[float]]:
    """The best of the rounds, in microseconds."""
    flat = {f"{name} {n}": measure for name, line in measures.items() for n, measure in line.items()}
    times = interleaved(flat, ROUNDS, ROUND_S)
    return {name: [min(times[f"{name} {n}"]) * 1e6 for n in line] for name, line in measures.items()}
