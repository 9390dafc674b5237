"""A backtest of a million ten-line receipts, against the same work in a plain loop and against reading the file alone.

The whole command is measured, from its start to its report, in a process of its own: seconds of the clock, seconds of
processor time, and the most memory it held. The loop reads and prices a sample strictly, receipt by receipt, in one
thread. `python tests/perf/bench_backtest.py 100000` takes fewer receipts. The bounds are of the million: pieces of
4 MiB are no small part of less.
"""

import json
import resource
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
#: The command, which leaves what the kernel says of its memory in the file named first. What `wait4` says would not do:
#: that begins with what the process held that started it.
PROGRAM = """
import atexit, pathlib, sys
from tillgate.gateway.cli import main
status = pathlib.Path(sys.argv.pop(1))
atexit.register(lambda: status.write_text(pathlib.Path("/proc/self/status").read_text()))
main()
"""
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
         "against": f"a file of {min(FEWER, receipts // 10):,}", "bound": f"< {GROWTH_BOUND}x" if is_whole else None,
         "holds": most_mb / small_mb < GROWTH_BOUND if is_whole else None},
    ]  # fmt: skip


def run(folder: Path, receipts: Path) -> tuple[float, float, float]:
    """Seconds of the clock and of the processors, and the most megabytes."""
    status = folder / "status"
    command = [sys.executable, "-c", PROGRAM, status, "backtest", "--json", "--programme", folder / "new.json"]
    command += ["--against", folder / "old.json", "--receipts", receipts]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    wall_s, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    (most_kb,) = (int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return wall_s, cpu_s, most_kb / 1024


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
