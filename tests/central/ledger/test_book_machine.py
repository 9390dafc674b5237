"""Any order of movements: the ledger against a model of plain dictionaries that knows no SQL, lots by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tillgate.central.ledger import Book, check_ledger, lock_customers
from tillgate.central.ledger.models import Account, Lot
from tillgate.central.sql import Sql, open_sql
from tillgate.core.errors import BadRequest, HoldClosed, PointsInsufficient, RequestIdReused

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FOREVER = 10**6
POINTS = st.integers(1, 60)


class Chain(Protocol):
    """What conftest.py makes."""

    organisation: int
    gateway: int
    customers: tuple[str, ...]


class Model:
    """One customer's points as a child would count them: lots are [expiry day, number, left]."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.debt = 0
        self.holds: dict[str, tuple[str, int, list[tuple[list[int], int]]]] = {}

    @property
    def available(self) -> int:
        return sum(lot[2] for lot in self.lots)

    def spendable(self, day: int) -> int:
        return sum(lot[2] for lot in self.lots if lot[0] > day)

    def credit(self, points: int) -> int:
        """Fill debt; what is left of the points."""
        filled = min(points, self.debt)
        self.debt -= filled
        return points - filled

    def take(self, points: int, lots: list[list[int]]) -> list[tuple[list[int], int]]:
        taken = []
        for lot in sorted(lots):
            part = min(points, lot[2])
            if part:
                lot[2] -= part
                points -= part
                taken.append((lot, part))
        assert points == 0
        return taken

    def give_back(self, points: int, taken: list[tuple[list[int], int]]) -> list[tuple[list[int], int]]:
        """Return points to the lots that last longest; what stays taken."""
        points, left = self.credit(points), []
        for lot, part in sorted(taken, reverse=True):
            returned = min(points, part)
            lot[2] += returned
            points -= returned
            left.append((lot, part - returned))
        assert points == 0
        return left


@contextmanager
def movement(sql: Sql, chain: Chain, now: datetime, holds: list[str], refunds: list[str]) -> Iterator[Book]:
    with sql.write():
        lock_customers(sql, chain.organisation, chain.customers)
        book = Book(sql, chain.organisation, now)
        book.load(chain.customers, holds, refunds)
        yield book
        book.save()
        for customer in book.changed():
            sql.run(
                "UPDATE customers_customer SET points_available = %s WHERE id = %s",
                (book.available(customer), sql.uuid(customer)),
            )


def machine(chain: Chain) -> type[RuleBasedStateMachine]:
    class Movements(RuleBasedStateMachine):
        """Two customers, one gateway, days that pass."""

        numbers = iter(range(10**9))

        @initialize()
        def begin(self) -> None:
            # The database stays the same over all examples: each takes two new customers.
            from tillgate.central.customers.models import Customer

            made = [Customer.objects.create(organisation_id=chain.organisation).id.hex for _ in range(2)]
            self.sql = open_sql(connection)
            self.models = {customer: Model() for customer in made}
            self.names = made
            self.day = 0
            self.earned: dict[str, tuple[str, int, list[int] | None]] = {}
            self.used: dict[str, tuple[str, str, int]] = {}

        @property
        def now(self) -> datetime:
            return START + self.day * DAY

        @contextmanager
        def book(self, holds: tuple[str, ...] = (), refunds: tuple[str, ...] = ()) -> Iterator[Book]:
            part = type("Part", (), {"organisation": chain.organisation, "customers": tuple(self.names)})
            with movement(self.sql, part, self.now, list(holds), list(refunds)) as book:
                yield book

        @rule(days=st.integers(1, 3))
        def pass_days(self, days: int) -> None:
            self.day += days

        @rule(who=st.integers(0, 1), points=POINTS, lasts=st.none() | st.integers(1, 9))
        def earn(self, who: int, points: int, lasts: int | None) -> None:
            customer, number = self.names[who], next(self.numbers)
            expires = None if lasts is None else self.now + lasts * DAY
            with self.book() as book:
                book.earn(f"EARN:{number}", customer, "club", points, self.now, expires_at=expires)
            model = self.models[customer]
            left = model.credit(points)
            lot = [FOREVER if lasts is None else self.day + lasts, number, left] if left else None
            model.lots += [lot] if lot else []
            self.earned[f"EARN:{number}"] = (customer, points, lot)

        @rule(who=st.integers(0, 1), points=POINTS)
        def hold(self, who: int, points: int) -> None:
            customer, hold_id = self.names[who], f"h{next(self.numbers)}"
            model = self.models[customer]
            lots = [lot for lot in model.lots if lot[0] > self.day]
            try:
                with self.book((hold_id,)) as book:
                    book.hold(hold_id, chain.gateway, customer, points, self.now)
            except PointsInsufficient:
                assert model.spendable(self.day) < points
                return
            model.holds[hold_id] = ("held", points, model.take(points, lots))

        def some_hold(self, data: st.DataObject) -> tuple[str, str]:
            holds = [(customer, hold_id) for customer in self.names for hold_id in self.models[customer].holds]
            return data.draw(st.sampled_from(holds))

        @precondition(lambda self: any(model.holds for model in self.models.values()))
        @rule(data=st.data())
        def release(self, data: st.DataObject) -> None:
            customer, hold_id = self.some_hold(data)
            with self.book((hold_id,)) as book:
                book.release(hold_id, chain.gateway, self.now)
            state, points, taken = self.models[customer].holds[hold_id]
            if state == "held":
                left = self.models[customer].give_back(points, taken)
                self.models[customer].holds[hold_id] = ("released", points, left)

        @precondition(lambda self: any(model.holds for model in self.models.values()))
        @rule(data=st.data(), points=POINTS)
        def redeem(self, data: st.DataObject, points: int) -> None:
            customer, hold_id = self.some_hold(data)
            state, held, taken = self.models[customer].holds[hold_id]
            key = f"REDEEM:{next(self.numbers)}"
            try:
                with self.book((hold_id,)) as book:
                    book.redeem(key, hold_id, chain.gateway, customer, "club", points, self.now)
            except HoldClosed:
                assert state != "held"
                return
            except PointsInsufficient:
                assert held < points
                return
            left = self.models[customer].give_back(held - points, taken)
            self.models[customer].holds[hold_id] = ("used", held, left)
            self.used[key] = (customer, hold_id, points)

        @precondition(lambda self: self.used)
        @rule(data=st.data())
        def refund_redeem(self, data: st.DataObject) -> None:
            key = data.draw(st.sampled_from(sorted(self.used)))
            customer, hold_id, points = self.used.pop(key)
            with self.book((hold_id,)) as book:
                book.refund_redeem(f"REFUND_{key}", customer, "club", points, hold_id, self.now)
            state, held, taken = self.models[customer].holds[hold_id]
            left = self.models[customer].give_back(points, taken)
            self.models[customer].holds[hold_id] = (state, held, left)

        @precondition(lambda self: self.earned)
        @rule(data=st.data())
        def refund_earn(self, data: st.DataObject) -> None:
            key = data.draw(st.sampled_from(sorted(self.earned)))
            customer, points, lot = self.earned.pop(key)
            with self.book(refunds=(key,)) as book:
                book.refund_earn(f"REFUND_{key}", customer, "club", points, key, self.now)
            model = self.models[customer]
            taken = min(points, model.available)
            own = min(taken, lot[2]) if lot else 0
            if lot:
                lot[2] -= own
            model.take(taken - own, model.lots)
            model.debt += points - taken

        @rule(who=st.integers(0, 1), points=st.integers(-40, 40).filter(bool))
        def adjust(self, who: int, points: int) -> None:
            customer, number = self.names[who], next(self.numbers)
            model = self.models[customer]
            try:
                with self.book() as book:
                    book.adjust(f"ADJUST:{number}", customer, "club", points, self.now)
            except PointsInsufficient:
                assert model.available < -points
                return
            if points < 0:
                model.take(-points, model.lots)
            elif left := model.credit(points):
                model.lots.append([FOREVER, number, left])

        @precondition(lambda self: any(model.holds for model in self.models.values()))
        @rule(data=st.data(), points=POINTS)
        def hold_again(self, data: st.DataObject, points: int) -> None:
            customer, hold_id = self.some_hold(data)
            state, held, _ = self.models[customer].holds[hold_id]
            try:
                with self.book((hold_id,)) as book:
                    book.hold(hold_id, chain.gateway, customer, points, self.now)
            except HoldClosed:
                assert state != "held"
            except RequestIdReused:
                assert held != points
            else:
                assert (state, held) == ("held", points)

        @rule(points=st.sampled_from([0, -5]))
        def nonsense(self, points: int) -> None:
            try:
                with self.book() as book:
                    book.earn("EARN:never", self.names[0], "club", points, self.now)
            except BadRequest:
                return
            raise AssertionError("accepted")

        @invariant()
        def same_as_the_model(self) -> None:
            for customer, model in self.models.items():
                balances = dict(Account.objects.filter(customer_id=customer).values_list("kind", "balance"))
                held = sum(points for state, points, _ in model.holds.values() if state == "held")
                wanted = {"available": model.available, "held": held, "debt": -model.debt}
                assert (balances or dict.fromkeys(wanted, 0)) == wanted
                lots = list(Lot.objects.filter(customer_id=customer).order_by("id").values_list("remaining", flat=True))
                assert lots == [lot[2] for lot in sorted(model.lots, key=lambda lot: lot[1])]

        def teardown(self) -> None:
            assert check_ledger(self.sql) == []

    return Movements


def test_any_order_of_movements_is_what_the_model_says(chain: Chain) -> None:
    run_state_machine_as_test(
        machine(chain),
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
