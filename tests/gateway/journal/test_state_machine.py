"""Whatever happens in whatever order, the journal holds what a dictionary would."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tillgate.gateway.clock import SystemClock
from tillgate.gateway.journal import Journal, StoredCancellation, StoredPurchase, Transaction
from tillgate.gateway.metrics import Metrics
from tillgate.sync.v1.sync_service_pb2 import Event

IDS = st.integers(min_value=1, max_value=12)


class JournalMachine(RuleBasedStateMachine):
    def __init__(self, vfs: str) -> None:
        super().__init__()
        self.vfs = vfs
        self.loop = asyncio.new_event_loop()
        self.place = Path(tempfile.mkdtemp(prefix="tillgate-journal-"))
        self.starts = 0
        self.folder = self.place / "0"
        self.journal = self.open()
        # The model: answers, closed ids, holds by state, and the stream of events since the epoch began.
        self.answers: dict[int, bytes] = {}
        self.closed: set[int] = set()
        self.holds: dict[str, str] = {}
        self.events: list[str] = []
        self.acknowledged = 0
        self.epoch = 1

    def open(self) -> Journal:
        async def start() -> Journal:
            return Journal.open(self.folder, SystemClock(), Metrics(), vfs=self.vfs)

        return self.loop.run_until_complete(start())

    def run(self, *writes: Any) -> list[Any]:
        async def together() -> list[Any]:
            return list(await asyncio.gather(*(self.journal.write(write) for write in writes)))

        return self.loop.run_until_complete(together())

    @rule(numbers=st.lists(IDS, min_size=1, max_size=6), answer=st.binary(max_size=20))
    def commit_some_at_once(self, numbers: list[int], answer: bytes) -> None:
        """The first of an id makes the purchase; every other gets its answer."""

        def commit(number: int, mine: bytes) -> Any:
            def write(transaction: Transaction) -> bytes:
                found = self.journal.purchases.find(UUID(int=number), transaction)
                if found is not None:
                    return found.response
                event = Event()
                event.hold_released.hold_id = f"purchase {number}"
                stored = StoredPurchase(
                    purchase_id=UUID(int=number),
                    request_hash=b"hash",
                    committed=transaction.now,
                    event_number=transaction.append_event(event),
                    response=mine,
                    purchase=b"",
                )
                self.journal.purchases.add(transaction, stored)
                return mine

            return write

        mine = [answer + bytes([place]) for place in range(len(numbers))]
        results = self.run(*(commit(number, each) for number, each in zip(numbers, mine, strict=True)))
        for number, each, result in zip(numbers, mine, results, strict=True):
            if number not in self.answers:
                self.answers[number] = each
                self.events.append(f"purchase {number}")
            assert result == self.answers[number]

    @rule(number=IDS)
    def close(self, number: int) -> None:
        def write(transaction: Transaction) -> bool:
            if self.journal.purchases.cancellation(UUID(int=number), transaction) is not None:
                return False
            closed = StoredCancellation(
                purchase_id=UUID(int=number), cancelled=transaction.now, reason="x", event_number=None
            )
            self.journal.purchases.cancel(transaction, closed)
            return True

        assert self.run(write) == [number not in self.closed]
        self.closed.add(number)

    @rule(number=IDS, finish=st.sampled_from(["USED", "RELEASED", "OPEN"]))
    def hold(self, number: int, finish: str) -> None:
        hold_id = f"hold {number}"
        if hold_id not in self.holds:
            self.loop.run_until_complete(self.journal.holds.open(hold_id, "c", 1))
            self.holds[hold_id] = "OPEN"
        if finish == "USED":
            used = self.run(lambda transaction: self.journal.holds.use(transaction, hold_id))
            assert used == [self.holds[hold_id] == "OPEN"]
        elif finish == "RELEASED":
            self.loop.run_until_complete(self.journal.holds.release(hold_id))
        if finish != "OPEN" and self.holds[hold_id] == "OPEN":
            self.holds[hold_id] = finish
            if finish == "RELEASED":
                self.events.append(hold_id)

    @rule(number=IDS)
    def refuse(self, number: int) -> None:
        """A write that fails at its end leaves nothing."""

        def write(transaction: Transaction) -> None:
            transaction.append_event(Event())
            transaction.execute("DELETE FROM purchases WHERE purchase_id = ?", (UUID(int=number).bytes,))
            raise KeyError(number)

        try:
            self.run(write)
        except KeyError:
            return
        raise AssertionError("the error did not reach its caller")

    @precondition(lambda self: self.acknowledged < len(self.events))
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        high_water = data.draw(st.integers(min_value=0, max_value=len(self.events)))
        self.loop.run_until_complete(self.journal.outbox.acknowledge(self.epoch, high_water))
        self.acknowledged = max(self.acknowledged, high_water)

    @rule()
    def new_epoch(self) -> None:
        self.epoch += 1
        self.loop.run_until_complete(self.journal.outbox.adopt_epoch(self.epoch))
        self.events, self.acknowledged = self.events[self.acknowledged :], 0

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        """End cleanly, or be killed: then the next start finds the files as they lay in mid-run."""
        self.starts += 1
        folder = self.place / str(self.starts)
        if clean:
            self.loop.run_until_complete(self.journal.close())
        folder.mkdir()
        for name in ("gateway.db", "gateway.db-wal"):
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, folder / name)
        if not clean:
            self.loop.run_until_complete(self.journal.close())
        self.folder = folder
        self.journal = self.open()
        for hold_id in [each for each, state in self.holds.items() if state == "OPEN"]:
            self.holds[hold_id] = "RELEASED"
            self.events.append(hold_id)

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        for number in range(1, 13):
            found = self.journal.purchases.find(UUID(int=number))
            assert (found.response if found else None) == self.answers.get(number)
            assert (self.journal.purchases.cancellation(UUID(int=number)) is not None) == (number in self.closed)
        sent = self.journal.outbox.read(0, 10_000, 1 << 30)
        assert [event.hold_released.hold_id for event in sent] == self.events[self.acknowledged :]
        assert [event.seq for event in sent] == list(range(self.acknowledged + 1, len(self.events) + 1))
        assert {event.epoch for event in sent} <= {self.epoch}
        assert self.journal.outbox.last_seq == len(self.events)
        assert set(self.journal.holds.open_ids()) == {each for each, state in self.holds.items() if state == "OPEN"}

    def teardown(self) -> None:
        self.loop.run_until_complete(self.journal.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.place)


def test_histories(unsynced: str) -> None:
    class Machine(JournalMachine):
        def __init__(self) -> None:
            super().__init__(unsynced)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
