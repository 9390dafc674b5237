"""What the engine is held against: a bare integer loop in C, and a decision table of zen-engine."""

import ctypes
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zen
from engine_programmes import SET, Json, basket

SOURCE = Path(__file__).with_name("engine_floor.c")
PERCENT_BEST, PERCENT_NEXT, AMOUNT, POINTS = range(4)
#: Of a set of twenty rules: what each does, and every how many goods it takes (as in engine_programmes.py).
KINDS = [PERCENT_BEST] * 8 + [PERCENT_NEXT] * 4 + [AMOUNT] * 3 + [PERCENT_NEXT] + [POINTS] * 4
EVERY = [5, 5, 10, 4, 3, 5, 10, 5, 10, 5, 5, 3, 1, 1, 1, 1, 1, 5, 4, 1]


class Floor:
    """The loop of engine_floor.c, compiled with the system's compiler as the engine is: -O3 for any machine."""

    def __init__(self, folder: Path) -> None:
        library = folder / "engine_floor.so"
        command = ["cc", "-O3", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
        subprocess.run(command, check=True)
        self.run = ctypes.CDLL(str(library)).floor_run
        self.run.restype = ctypes.c_int64

    def measure(self, lines: int, rules: int, times: int) -> Callable[[], int]:
        """Prices so many baskets each time it is called; returns how many."""
        values = [7_990 + 3_700 * i % 40_000 for i in range(lines)]
        prices = (ctypes.c_int64 * lines)(*values)
        rows = [row for k in range(rules) for row in (KINDS[k % SET], 10_000 + 5_000 * (k % 9), 5_000 + k, 1_000)]
        table = (ctypes.c_int64 * len(rows))(*rows)
        takes = (ctypes.c_uint8 * (lines * rules))(
            *((i + k) % EVERY[k % SET] == 0 for k in range(rules) for i in range(lines))
        )

        def run() -> int:
            assert self.run(times, lines, rules, prices, table, takes) >= 0
            return times

        return run


def decision_table(lines: int, rules: int) -> Callable[[], int]:
    """One evaluation of a table with so many rows for every line of a basket; returns 1.

    Each row asks for a department or a brand, and a subtotal; all that match are collected. No money is added up.
    """
    rows = [
        {
            "_id": str(k),
            "department": f'"dept{k % 5}"' if k % 2 else "",
            "brand": "" if k % 2 else f'"brand{k % 4}"',
            "subtotal": f">= {100 + k}",
            "rule": f'"rule{k}"',
            "percent": f"{5 + k % 11}",
        }
        for k in range(rules)
    ]
    inputs, outputs = ("department", "brand", "subtotal"), ("rule", "percent")
    content = {
        "hitPolicy": "collect", "executionMode": "loop", "inputField": "lines", "passThrough": False, "rules": rows,
        "inputs": [{"id": name, "name": name, "field": name} for name in inputs],
        "outputs": [{"id": name, "name": name, "field": name} for name in outputs],
    }  # fmt: skip
    nodes = [node("in", "inputNode", {}), node("table", "decisionTableNode", content), node("out", "outputNode", {})]
    edges = [
        {"id": a + b, "sourceId": a, "targetId": b, "type": "edge"} for a, b in (("in", "table"), ("table", "out"))
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    context = {"lines": [seen(line) for line in basket(lines)["lines"]]}

    def run() -> int:
        found = decision.evaluate(context)["result"]
        assert len(found) == lines
        assert all(found)
        return 1

    return run


def node(name: str, kind: str, content: Json) -> Json:
    return {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}, "content": content}


def seen(line: Json) -> dict[str, Any]:
    return {"department": line["categories"][0].split("/")[0], "brand": line["brand"], "subtotal": 5_000}
