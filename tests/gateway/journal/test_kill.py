"""Kill the process in the middle of commits: every answer it gave is there when it starts again."""

import random
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from tillgate.gateway.clock import Clock
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics

ROUNDS = 12

COMMITTER = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal, StoredPurchase
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

async def commit(journal, number):
    def write(transaction):
        stored = StoredPurchase(
            purchase_id=UUID(int=number), request_hash=b"", committed=transaction.now,
            event_number=transaction.append_event(Event()), response=bytes(3000), purchase=b"",
        )
        journal.purchases.add(transaction, stored)
    await journal.write(write)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()

async def main(folder, start):
    journal = Journal.open(folder, SystemClock(), Metrics())
    while True:
        await asyncio.gather(*(commit(journal, start + offset) for offset in range(8)))
        start += 8

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


@pytest.mark.parametrize("seed", [20261121])
async def test_no_answer_is_lost_to_kill_9(tmp_path: Path, clock: Clock, metrics: Metrics, seed: int) -> None:
    chance = random.Random(seed)
    answered: set[int] = set()
    for round_number in range(ROUNDS):
        answered |= run_and_kill(tmp_path, round_number * 1_000_000 + 1, chance.randrange(1, 120))
        journal = Journal.open(tmp_path, clock, metrics)
        rows = journal.rows("SELECT purchase_id, event_number FROM purchases")
        events = journal.outbox.read(0, 1_000_000, 1 << 30)
        await journal.close()
        stored = {UUID(bytes=purchase_id).int: number for purchase_id, number in rows}
        assert answered <= stored.keys(), f"seed {seed}, round {round_number}"
        assert sorted(stored.values()) == [event.seq for event in events] == list(range(1, len(rows) + 1))
    assert len(answered) > ROUNDS


def run_and_kill(folder: Path, start: int, answers: int) -> set[int]:
    """Let it answer so many times, kill it, and return all answers that came out."""
    command = [sys.executable, "-c", COMMITTER, str(folder), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(answers)]
        process.send_signal(signal.SIGKILL)
        # What was still in the pipe was answered too; a line that broke off was not.
        lines += process.stdout.readlines()
    return {int(line) for line in lines if line.endswith("\n")}
