"""`make bench`: every measurement with the baseline of the same run, as a table and as build/bench.json."""

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

BENCHES = ("bench_engine", "bench_backtest", "bench_rpc", "bench_journal", "bench_ingest", "bench_devices")
RESULT = Path(__file__).parents[2] / "build" / "bench.json"
COLUMNS = ("name", "value", "unit", "baseline", "ratio", "bound", "holds")


def main() -> int:
    """Exit status 0; with --strict 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="end with status 1 when a bound does not hold")
    parser.add_argument("only", nargs="*", choices=[[], *BENCHES], help="these alone")
    arguments = parser.parse_args()
    chosen = arguments.only or BENCHES
    rows: list[dict[str, Any]] = []
    console = Console()
    sys.path.insert(0, str(Path(__file__).parent))
    for name in chosen:
        with console.status(name):
            rows += importlib.import_module(name).rows()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(rows, indent=2) + "\n")
    console.print(_table(rows))
    console.print(f"{RESULT}")
    return int(arguments.strict and any(row["holds"] is False for row in rows))


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(*COLUMNS)
    for row in rows:
        cells = [_cell(row.get(column)) for column in COLUMNS]
        table.add_row(*cells, style=None if row.get("holds") is not False else "red")
    return table


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
