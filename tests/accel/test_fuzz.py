"""Whatever is sent, only the documented errors come back. `fuzzing.py` looks longer."""

import os

from fuzzing import once

SEEDS = int(os.environ.get("TILLGATE_FUZZ_SEEDS", "1500"))
FIRST_SEED = int(os.environ.get("TILLGATE_FUZZ_SEED", "1"))
DOCUMENTED = frozenset(
    ("answer", "CURRENCY", "UNKNOWN_KEY", "UNSUPPORTED", "MISSING", "WRONG_TYPE", "UNKNOWN_VALUE", "NUMBER_INVALID",
     "OUT_OF_RANGE", "TIME_INVALID", "CONTRADICTION", "DUPLICATE", "EMPTY", "TOO_FEW", "TOO_MANY", "TOO_LONG",
     "TOO_DEEP", "TOO_LARGE", "NOT_JSON", "OVERFLOW")
)  # fmt: skip


def test_only_documented_errors_come_out() -> None:
    came = set()
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        try:
            came.add(once(seed))
        except Exception as error:
            error.add_note(f"TILLGATE_FUZZ_SEED={seed} TILLGATE_FUZZ_SEEDS=1")
            raise
    assert came <= DOCUMENTED
    assert len(came) > 10, "what is sent comes far enough to be refused in many ways"
