"""Breaks the calculator on purpose, a copy of it, one way at a time: the naive evaluator has to notice every one.

    python tests/accel/mutations.py [NAME …]      all of them, or those named; `--list` tells the names

Each mutation is one edit of the sources in a temporary folder, built there without optimisation, and compared over
seeded throws in a process of its own. Prints a table; exits with 1 when one is not noticed or no longer applies.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Programmes to throw of each kind before a mutation counts as not noticed.
THROWS = int(os.environ.get("TILLGATE_MUTATION_THROWS", "400"))
RUN = """
import importlib.util, sys
sys.path[:0] = [{tests!r}]
import tillgate
where = {accel!r}
start = where + "/__init__.py"
spec = importlib.util.spec_from_file_location("tillgate.accel", start, submodule_search_locations=[where])
tillgate.accel = sys.modules["tillgate.accel"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tillgate.accel)
from tillgate.accel import kernel
assert kernel.__file__.startswith(where), kernel.__file__
import comparing
for about in ("discounts", "redemption", "accrual"):
    comparing.compare_throws(about, {throws}, 2, extreme=False)
"""


@dataclass(frozen=True, slots=True)
class Mutation:
    """`before` stands in `file` and becomes `after`; the first place that it stands at."""

    name: str
    file: str
    before: str
    after: str


WHOLE = Mutation("nothing is broken", "_arith.h", "#ifndef TILLGATE_ARITH_H", "#ifndef TILLGATE_ARITH_H")
MUTATIONS = (
    Mutation("half even rounds halves up", "_arith.h", "r == d - r && (q & 1)", "r == d - r"),
    Mutation("half up rounds halves down", "_arith.h", "return q + (r >= d - r)", "return q + (r > d - r)"),
    Mutation(
        "percents of lines round halves down",
        "_arith.h",
        "(product + 500000) / 1000000",
        "(product + 499999) / 1000000",
    ),
    Mutation(
        "ties of remainders go to the later line",
        "_arith.h",
        "int64_t tie = (rest[at[k]] == bound) & (count > 0);",
        "int64_t tie = (rest[at[k]] == bound) & (k >= n - count);",
    ),
    Mutation(
        "a full line's surplus is lost",
        "_arith.h",
        "left -= freed;\n            total -= weights_out;\n            continue;",
        "left -= freed;\n            total -= weights_out;\n            left = 0;\n            continue;",
    ),
    Mutation(
        "the running remainder forgets the residue",
        "_arith.h",
        "while (left > 0 && !*overflow) {\n        int best = -1;",
        "while (0) {\n        int best = -1;",
    ),
    Mutation(
        "the last lines fill up first", "_arith.h", "int i = last ? n - 1 - k : k;", "int i = last ? k : n - 1 - k;"
    ),
    Mutation("a tie goes to the later child", "_groups.pxi", "return amount > best", "return amount >= best"),
    Mutation(
        "the least wins with nothing",
        "_groups.pxi",
        "return mode == MODE_MIN and amount < best",
        "return mode == MODE_MIN and amount <= best",
    ),
    Mutation(
        "a sequence does not lower the base",
        "_groups.pxi",
        "                if lowers:\n                    base_now[line] -= ",
        "                if lowers and False:\n                    base_now[line] -= ",
    ),
    Mutation("most lets one more give", "_groups.pxi", "if gave[line] >= most:", "if gave[line] > most:"),
    Mutation(
        "several winners may pass the room",
        "_groups.pxi",
        "w.line_count[part.line] -= <int64_t>part.amount",
        "w.line_count[part.line] -= 0",
    ),
    Mutation(
        "floors do not bind discounts",
        "_stages.pxi",
        "room[line] = base[line] - w.floor[line]",
        "room[line] = base[line]",
    ),
    Mutation(
        "points go below the floor",
        "_stages.pxi",
        "net[line] if t.as_tender else net[line] - w.floor[line]",
        "net[line]",
    ),
    Mutation(
        "the limit cuts the first rule first",
        "_stages.pxi",
        "for k in range(w.part_count - 1, -1, -1):\n        line = w.parts[k].line",
        "for k in range(w.part_count):\n        line = w.parts[k].line",
    ),
    Mutation(
        "a share is rounded up",
        "_stages.pxi",
        "most = tg_part(w.list_total, t.discount_share, TG_DOWN)",
        "most = tg_part(w.list_total, t.discount_share, TG_UP)",
    ),
    Mutation("steps of points are not kept", "_stages.pxi", "    most -= most % t.step\n", "    pass\n"),
    Mutation(
        "points that buy nothing are spent",
        "_stages.pxi",
        "w.redeemed_points = min_of(wanted, least) if money > 0 else 0",
        "w.redeemed_points = wanted",
    ),
    Mutation(
        "points are earned on what points paid",
        "_stages.pxi",
        "w.base_at[0][line] = w.base_at[1][line] - w.redeemed[line]",
        "w.base_at[0][line] = w.base_at[1][line]",
    ),
    Mutation(
        "losers use units up",
        "_groups.pxi",
        "memcpy(w.used_units, kept, w.n * sizeof(int64_t))\n            memcpy(w.used_value",
        "memcpy(w.used_value",
    ),
    Mutation(
        "bought units are the cheapest",
        "_units.pxi",
        "k = pick_line(w, count, 1, 0 if spare > 0 else 2, False)",
        "k = pick_line(w, count, 1, 0 if spare > 0 else 2, True)",
    ),
    Mutation(
        "a day's night belongs to the morning",
        "_conditions.pxi",
        "(yesterday and minute < t.hours",
        "(today and minute < t.hours",
    ),
    Mutation("a bound leaves itself out", "_conditions.pxi", "    if value < c.low:", "    if value <= c.low:"),
    Mutation("the control group is larger", "_conditions.pxi", "% 1000000) < c.low", "% 1000000) <= c.low + 300000"),
    Mutation(
        "the gift takes a line too much",
        "_effects.pxi",
        "left -= min_of(left, w.quantity[line])",
        "left -= min_of(left, 1000)",
    ),
    Mutation(
        "hints forget the other parts of a kit",
        "_reasons.pxi",
        "w.alone = w.alone and first == NONE",
        "w.alone = w.alone and True",
    ),
    Mutation(
        "hints forget the other conditions",
        "_conditions.pxi",
        "    w.granted = which\n",
        "    w.granted, k = which, rule.conditions_end\n",
    ),
    Mutation("another rule is named", "_reasons.pxi", "other < rule) else rule", "other > rule) else rule"),
    Mutation(
        "what a cap took is told of floors",
        "_answer.pxi",
        "wanted - cap if cap != NONE and wanted > cap else 0",
        "wanted - cap if cap != NONE and wanted > 2 * cap else 0",
    ),
    Mutation(
        "levels leave their bound out",
        "_effects.pxi",
        "elif t.levels[2 * k] <= value:",
        "elif t.levels[2 * k] < value:",
    ),
)


def build(folder: Path, mutation: Mutation) -> str:
    """The copy with the mutation, built; empty, or why it could not be."""
    accel = folder / "accel"
    shutil.copytree(ROOT / "accel", accel, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    source = accel / mutation.file
    text = source.read_text()
    if mutation.before not in text:
        return "no longer applies"
    source.write_text(text.replace(mutation.before, mutation.after, 1))
    script = (
        "from setuptools import setup, Extension; from Cython.Build import cythonize; "
        "setup(name='m', ext_modules=cythonize([Extension('accel.kernel', ['accel/kernel.pyx'], "
        "extra_compile_args=['-O0', '-w'])], language_level=3))"
    )
    (folder / "setup.py").write_text(script)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if made.returncode == 0 else f"does not build: {made.stderr[-300:]}"


def noticed(folder: Path, throws: int) -> str:
    """What the comparison says about the copy; empty when it says nothing."""
    tests = str(ROOT / "tests/accel")
    code = RUN.format(tests=tests, accel=str(folder / "accel"), throws=throws)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=900)
    seed = re.search(r"basket \d+ of thrown\([^)]*\)", ran.stderr)
    if ran.returncode == 0:
        return ""
    return seed[0] if seed else ran.stderr.strip().splitlines()[-1]


def run(mutation: Mutation, throws: int = THROWS) -> tuple[bool, str]:
    """Whether the mutation was noticed, and how."""
    with tempfile.TemporaryDirectory(prefix="tillgate-mutation-") as name:
        folder = Path(name)
        if failure := build(folder, mutation):
            return False, failure
        found = noticed(folder, throws)
        return bool(found), found or f"not noticed in {throws} programmes of each kind"


def results(names: list[str]) -> Iterator[bool]:
    """First the calculator as it is, which nothing may be noticed of, then each mutation."""
    for mutation in (WHOLE, *MUTATIONS):
        if names and mutation.name not in names:
            continue
        start = time.monotonic()
        caught, how = run(mutation)
        right = caught is (mutation is not WHOLE)
        word = ("caught" if caught else "same") if right else "WRONG"
        print(f"{word:<6} {mutation.name:<45} {time.monotonic() - start:4.0f} s  {how}", flush=True)
        yield right


if __name__ == "__main__":
    if "--list" in sys.argv:
        print(json.dumps([mutation.name for mutation in MUTATIONS], indent=1))
        sys.exit(0)
    sys.exit(0 if all(list(results(sys.argv[1:]))) else 1)
