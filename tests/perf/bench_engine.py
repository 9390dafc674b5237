"""The calculator alone: how many baskets a second one core prices, and what that is held against.

Run by itself it writes the table and the charts of docs/performance.md.

Inside the clock: a Basket (parsed and checked before) goes in, and the total comes out of a calculation that has every
line's discounts, points and redeemable figures in its workspace ("totals"); or the whole Answer made of objects with
explain none ("answer"). Outside it: parsing documents, compiling the programme, sentences. One thread, seconds of
processor time, rounds of all measurements one after the other, medians.
"""

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "accel"))

import oracle
from engine_baselines import Floor, decision_table
from engine_programmes import basket, programme

from tillgate.accel import Compiled, compile_programme
from tillgate.core import Basket, parse_basket, parse_programme

ROUNDS = 7
ROUND_S = 0.08
BASKETS = 20
IDLE = 1_000
Measure = Callable[[], int]


def rows() -> list[dict[str, Any]]:
    """The rows of the engine, each with its baseline of the same run."""
    with tempfile.TemporaryDirectory() as folder:
        return [*size_rows(Floor(Path(folder)), 10, 20, 150_000), *size_rows(Floor(Path(folder)), 40, 200, 15_000)]


def size_rows(floor: Floor, lines: int, rules: int, bound: int) -> list[dict[str, Any]]:
    compiled, idle = ready(rules), ready(rules, IDLE)
    baskets = read_baskets(lines)
    times = interleaved(
        {
            "total": totals(compiled, baskets),
            "answer": answers(compiled, baskets),
            "floor": floor.measure(lines, rules, 500),
            "idle": totals(idle, baskets),
            "naive": naive(lines, rules, compiled, baskets),
            "zen": decision_table(lines, rules),
        }
    )
    size = f"{lines} lines × {rules} rules"
    rate = 1 / statistics.median(times["total"])
    return [
        row(f"{size}, totals", rate, times, "total", "floor", "bare loop in C")
        | {"bound": f">= {bound:,}/s", "holds": rate >= bound},
        row(f"{size}, answer", 1 / statistics.median(times["answer"]), times, "answer", "floor", "bare loop in C"),
        bounded(row(f"{size}, {IDLE:,} more that cannot match", rate_of(times["idle"]), times, "idle", "total",
                    "without them"), 1 / 1.15, "cost < 1.15×"),
        bounded(row(f"{size}, totals", rate, times, "total", "naive", "naive evaluator"), 300, "ratio >= 300"),
        row(f"{size}, answer", rate_of(times["answer"]), times, "answer", "zen", "zen-engine, table only"),
    ]  # fmt: skip


def bounded(found: dict[str, Any], least: float, bound: str) -> dict[str, Any]:
    return found | {"bound": bound, "holds": found["ratio"] > least}


def row(name: str, rate: float, times: dict[str, list[float]], ours: str, theirs: str, against: str) -> dict[str, Any]:
    """`ratio` is how many times as fast as the baseline, the median of the rounds."""
    ratio = statistics.median(b / a for a, b in zip(times[ours], times[theirs], strict=True))
    return {
        "name": name,
        "value": round(rate),
        "unit": "quotes/s",
        "baseline": f"{rate_of(times[theirs]):,.0f} ({against})",
        "ratio": round(ratio, 3),
        "bound": None,
        "holds": None,
    }


def rate_of(seconds: list[float]) -> float:
    return 1 / statistics.median(seconds)


def interleaved(measures: dict[str, Measure], rounds: int = ROUNDS, round_s: float = ROUND_S) -> dict[str, list[float]]:
    """Seconds for one basket, of each round: a slow moment of the machine hits all alike."""
    gc.collect()
    found: dict[str, list[float]] = {name: [] for name in measures}
    for name, measure in measures.items():
        assert measure() > 0, name
    for _ in range(rounds):
        for name, measure in measures.items():
            count, started = 0, time.process_time()
            while time.process_time() - started < round_s:
                count += measure()
            found[name].append((time.process_time() - started) / count)
    return found


def ready(rules: int, idle: int = 0) -> Compiled:
    return compile_programme(parse_programme(programme(rules, idle)))


def read_baskets(lines: int) -> list[Basket]:
    return [parse_basket(basket(lines, number)) for number in range(BASKETS)]


def totals(compiled: Compiled, baskets: list[Basket]) -> Measure:
    price = compiled.total_minor

    def run() -> int:
        for one in baskets:
            price(one)
        return len(baskets)

    return run


def answers(compiled: Compiled, baskets: list[Basket]) -> Measure:
    price = compiled.price

    def run() -> int:
        for one in baskets:
            price(one, "none")
        return len(baskets)

    return run


def naive(lines: int, rules: int, compiled: Compiled, read: list[Basket]) -> Measure:
    """The naive evaluator of the tests on the same documents. It has to come to the same totals first."""
    document = programme(rules)
    baskets = [basket(lines, number) for number in range(BASKETS)]
    number = iter(range(10**9))
    for k in (0, 1):
        assert oracle.total_minor(document, baskets[k]) == compiled.total_minor(read[k])

    def run() -> int:
        oracle.total_minor(document, baskets[next(number) % BASKETS])
        return 1

    return run


if __name__ == "__main__":
    from engine_page import write_page

    write_page()
