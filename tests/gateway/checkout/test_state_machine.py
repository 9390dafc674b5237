"""Whatever tills, the central service and the disk do in whatever order: no sale twice, no point lost or made."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tillgate.core.errors import CentralUnavailable, PointsInsufficient, StorageFull, TillgateError
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest

NUMBERS = st.integers(min_value=1, max_value=5)
POINTS_AT_FIRST = 300


class SaleMachine(RuleBasedStateMachine):
    def __init__(self, new_shop: Callable[[Path], Awaitable[Any]]) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.new_shop = new_shop
        self.place = Path(tempfile.mkdtemp(prefix="tillgate-sale-"))
        self.starts = self.attempts = 0
        self.shop = self.wait(new_shop(self.place / "0"))
        # The model: requests and answers of committed sales, closed ids, and what the central service held.
        self.sales: dict[int, tuple[CommitRequest, bytes]] = {}
        self.closed: set[int] = set()
        self.held: set[str] = set()

    def wait(self, work: Awaitable[Any]) -> Any:
        async def finish() -> Any:
            return await work

        return self.loop.run_until_complete(finish())

    def commit(self, request: CommitRequest) -> bytes | str:
        """The answer as bytes, or the reason of the refusal."""
        try:
            answer = self.wait(self.shop.checkout.commit("lane-1", request))
        except TillgateError as error:
            return error.reason
        finally:
            self.held |= self.shop.central.holds.keys()
        return bytes(answer.SerializeToString(deterministic=True))

    @rule(number=NUMBERS, redeem=st.sampled_from([0, 0, 100, 250]), same=st.booleans())
    def sell(self, number: int, redeem: int, same: bool) -> None:
        """A new sale, or an id that was used before, with the same content or another."""
        if number in self.sales and same:
            request, answer = self.sales[number]
            assert self.commit(request) == answer
            return
        request = self.wait(self.shop.quoted("anna", redeem=redeem, purchase_id=str(UUID(int=number))))
        self.attempts += 1
        request.fiscal_sign.sign = str(self.attempts)
        result = self.commit(request)
        if number in self.sales:
            assert result == "REQUEST_ID_REUSED"
        elif number in self.closed:
            assert result == "PURCHASE_CANCELLED"
        elif self.shop.disk.full:
            assert result == "STORAGE_FULL"
        elif isinstance(result, bytes):
            self.sales[number] = (request, result)
        else:
            assert self.shop.central.error is not None
            assert result in ("REDEMPTION_OFFLINE", "POINTS_INSUFFICIENT")

    @rule(numbers=st.lists(NUMBERS, min_size=2, max_size=4, unique=True))
    @precondition(lambda self: not self.shop.disk.full)
    def sell_at_once(self, numbers: list[int]) -> None:
        """Several lanes, and each of them twice."""
        new = [number for number in numbers if number not in self.sales and number not in self.closed]
        requests = [self.wait(self.shop.quoted("anna", purchase_id=str(UUID(int=number)))) for number in new]
        for request in requests:
            request.quote_id = ""

        async def together() -> list[Any]:
            return list(
                await asyncio.gather(*(self.shop.checkout.commit("lane", each) for each in [*requests, *requests]))
            )

        answers = self.wait(together())
        for number, request, first, second in zip(new, requests, answers[: len(new)], answers[len(new) :], strict=True):
            assert first == second
            self.sales[number] = (request, first.SerializeToString(deterministic=True))

    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        cancelling = self.shop.checkout.cancel(str(UUID(int=number)))
        if self.shop.disk.full and number not in self.closed:
            with pytest.raises(StorageFull):
                self.wait(cancelling)
        else:
            self.wait(cancelling)
            self.closed.add(number)

    @rule(online=st.booleans(), error=st.sampled_from([None, CentralUnavailable(), PointsInsufficient()]))
    def change_the_central_service(self, online: bool, error: Exception | None) -> None:
        self.shop.central.online, self.shop.central.error = online, error

    @rule(full=st.booleans())
    def change_the_disk(self, full: bool) -> None:
        self.shop.disk.full = full

    @rule()
    def kill(self) -> None:
        """The next start finds the files as they lay in the middle of work."""
        self.shop.disk.full = False
        self.starts += 1
        folder = self.place / str(self.starts)
        shutil.copytree(self.place / str(self.starts - 1), folder, ignore=shutil.ignore_patterns("*-shm", "lock"))
        self.wait(self.shop.journal.close())
        self.shop = self.wait(self.new_shop(folder))

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        counted = [number for number in self.sales if number not in self.closed]
        moved = 0
        events = self.shop.journal.outbox.read(0, 10_000, 1 << 30)
        committed = {
            event.purchase_committed.purchase.purchase_id: event.purchase_committed
            for event in events
            if event.HasField("purchase_committed")
        }
        assert len(committed) == self.shop.events().count("purchase_committed")
        assert committed.keys() == {str(UUID(int=number)) for number in self.sales}
        for number in counted:
            answer = committed[str(UUID(int=number))].purchase.answer
            moved += answer.points.earned - answer.redeemed_points
        assert self.shop.points("anna") == POINTS_AT_FIRST + moved
        used = {each.hold_id for each in committed.values() if each.hold_id}
        assert used == {each.hold_id for each in committed.values() if each.purchase.answer.redeemed_points}
        released = [event.hold_released.hold_id for event in events if event.HasField("hold_released")]
        assert len(released) == len(set(released))
        assert not used & set(released)
        # What the central service set aside is spent, given back, or waits on disk to be given back.
        assert self.held <= used | set(released) | set(self.shop.journal.holds.open_ids())
        assert [event.seq for event in events] == list(range(1, len(events) + 1))

    def teardown(self) -> None:
        self.shop.disk.full = False
        self.wait(self.shop.checkout.close())
        self.wait(self.shop.journal.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.place)


def test_sales(new_shop: Callable[[Path], Awaitable[Any]]) -> None:
    class Machine(SaleMachine):
        def __init__(self) -> None:
            super().__init__(new_shop)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
