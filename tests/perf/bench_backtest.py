"""A backtest of a million ten-line receipts, against the same work in a plain loop and against reading the file alone.

The whole command is measured, from its start to its report, in a process of its own: seconds of the clock, seconds of
processor time, and the most memory it held. The loop reads and prices a sample strictly, receipt by receipt, in one
thread. `python tests/perf/bench_backtest.py 100000` takes fewer receipts.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

from backtest_files import programmes, write_lines, write_parquet

from tillgate.accel import compile_programme
from tillgate.core import parse_basket, parse_programme

RECEIPTS = 1_000_000
FEWER = 100_000
SAMPLE = 3_000
ROUNDS = 3
BOUND_S = 20.0
GROWTH_BOUND = 1.25
COMMAND = (sys.executable, "-c", "from tillgate.gateway.cli import main; main()", "backtest", "--json")
CHUNK_BYTES = 4 << 20


def rows(receipts: int = RECEIPTS) -> list[dict[str, Any]]:
    """For JSON lines and for Parquet: the time, the cost of a receipt, and how memory grows with the file."""
    found = []
    with tempfile.TemporaryDirectory(prefix="tg-bench-") as name:
        folder = Path(name)
        new, old = programmes()
        (folder / "new.json").write_text(json.dumps(new))
        (folder / "old.json").write_text(json.dumps(old))
        write_lines(folder / "sample", SAMPLE)
        loop_us = statistics.median(loop(folder) for _ in range(ROUNDS))
        for kind, write, read in (("JSON lines", write_lines, read_lines), ("Parquet", write_parquet, read_parquet)):
            found += measure(folder, kind, write, read, receipts, loop_us)
    return found


def measure(
    folder: Path,
    kind: str,
    write: Callable[[Path, int], None],
    read: Callable[[Path], None],
    receipts: int,
    loop_us: float,
) -> list[dict[str, Any]]:
    few, many = folder / "few", folder / "many"
    write(few, min(FEWER, receipts // 10))
    write(many, receipts)
    small, runs = run(folder, few), [run(folder, many) for _ in range(ROUNDS)]
    started = time.perf_counter()
    read(many)
    reading_s = time.perf_counter() - started
    many.unlink()
    wall_s = statistics.median(one[0] for one in runs)
    cpu_us = statistics.median(one[1] for one in runs) / receipts * 1e6
    most_mb, small_mb = max(one[2] for one in runs), small[2]
    name, is_whole = f"backtest, {receipts:,} receipts of ten lines, {kind}", receipts == RECEIPTS
    return [
        {"name": name, "value": wall_s, "unit": "s", "baseline": reading_s, "ratio": wall_s / reading_s,
         "against": "reading the file alone", "bound": f"< {BOUND_S:.0f} s on two cores" if is_whole else None,
         "holds": wall_s < BOUND_S if is_whole else None},
        {"name": f"{name}, processor time", "value": cpu_us, "unit": "us/receipt", "baseline": loop_us,
         "ratio": loop_us / cpu_us, "against": "parse_basket and Compiled.price in a loop", "bound": None,
         "holds": None},
        {"name": f"{name}, memory", "value": most_mb, "unit": "MB", "baseline": small_mb, "ratio": most_mb / small_mb,
         "against": f"a file of {min(FEWER, receipts // 10):,}", "bound": f"< {GROWTH_BOUND}x",
         "holds": most_mb / small_mb < GROWTH_BOUND},
    ]  # fmt: skip


def run(folder: Path, receipts: Path) -> tuple[float, float, float]:
    """Seconds of the clock and of the processors, and the most megabytes."""
    names = ["--programme", folder / "new.json", "--against", folder / "old.json", "--receipts", receipts]
    started = time.perf_counter()
    most_kb = 0
    with subprocess.Popen([*COMMAND, *map(str, names)], stdout=subprocess.DEVNULL) as process:
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
        while not ended:
            # Not ru_maxrss: that begins with what this process held.
            text = Path(f"/proc/{process.pid}/status").read_text()
            most_kb = max(most_kb, *(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")), 0)
            time.sleep(0.02)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return wall_s, used.ru_utime + used.ru_stime, most_kb / 1024


def loop(folder: Path) -> float:
    """Microseconds of processor time for a receipt read and priced twice, one by one."""
    new, old = (compile_programme(parse_programme((folder / name).read_bytes())) for name in ("new.json", "old.json"))
    texts = (folder / "sample").read_bytes().splitlines()
    started = time.process_time()
    for text in texts:
        basket = parse_basket(json.loads(text)["basket"], new.points_digits)
        old.price(basket, "none")
        new.price(basket, "none")
    return (time.process_time() - started) / len(texts) * 1e6


def read_lines(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(CHUNK_BYTES):
            pass


def read_parquet(path: Path) -> None:
    for _ in pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False).iter_batches(2048):
        pass


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rows(int(sys.argv[1]) if len(sys.argv) > 1 else RECEIPTS), indent=2) + "\n")
