"""Any order of movements, drawn from a seed: the ledger against a model of plain lists that knows no SQL."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from central_chain import Chain
from django.db import connection

from tillgate.central.ledger import Book, NewLot, check_ledger, lock_customers
from tillgate.central.ledger.models import Account, Lot
from tillgate.central.sql import Sql, open_sql
from tillgate.core.errors import HoldClosed, PointsInsufficient, RequestIdReused

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FOREVER = 10**6
#: Movements of one walk.
STEPS = 500


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


class Walk:
    """Two customers, one gateway, days that pass."""

    def __init__(self, chain: Chain, random: Random) -> None:
        self.chain = chain
        self.random = random
        self.sql = open_sql(connection)
        self.models = {customer: Model() for customer in chain.customers[:2]}
        self.number = 0
        self.day = 0
        self.earned: dict[str, tuple[str, int, list[int] | None]] = {}
        self.used: dict[str, tuple[str, str, int]] = {}
        #: How often each branch was walked: a walk that never owes points proves little.
        self.seen: Counter[str] = Counter()

    @property
    def now(self) -> datetime:
        return START + self.day * DAY

    def step(self) -> None:
        moves = [self.pass_days, self.earn, self.earn, self.hold, self.hold, self.release, self.redeem, self.redeem]
        moves += [self.refund_redeem, self.refund_earn, self.refund_earn, self.adjust, self.hold_again]
        self.random.choice(moves)()
        self.compare()

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def points(self) -> int:
        return self.random.randint(1, 60)

    def who(self) -> str:
        return self.random.choice(list(self.models))

    def some_hold(self) -> tuple[str, str] | None:
        """Mostly one that is open."""
        holds = [(name, hold_id) for name, model in self.models.items() for hold_id in model.holds]
        opened = [(name, hold_id) for name, hold_id in holds if self.models[name].holds[hold_id][0] == "held"]
        choices = opened if opened and self.random.random() < 0.8 else holds
        return self.random.choice(choices) if choices else None

    @contextmanager
    def book(self, holds: tuple[str, ...] = (), refunds: tuple[str, ...] = ()) -> Iterator[Book]:
        with movement(self.sql, self.chain, self.now, list(holds), list(refunds)) as book:
            yield book

    def pass_days(self) -> None:
        self.day += self.random.randint(1, 2)

    def earn(self) -> None:
        customer, number, points = self.who(), self.next_number(), self.points()
        lasts = self.random.choice([None, *range(1, 9)])
        expires = None if lasts is None else self.now + lasts * DAY
        with self.book() as book:
            book.earn(f"EARN:{number}", customer, "club", [NewLot(points, None, expires)], self.now)
        model = self.models[customer]
        left = model.credit(points)
        self.seen["debt filled"] += left < points
        lot = [FOREVER if lasts is None else self.day + lasts, number, left] if left else None
        model.lots += [lot] if lot else []
        self.earned[f"EARN:{number}"] = (customer, points, lot)

    def hold(self) -> None:
        customer, hold_id, points = self.who(), f"h{self.next_number()}", self.points()
        model = self.models[customer]
        lots = [lot for lot in model.lots if lot[0] > self.day]
        try:
            with self.book((hold_id,)) as book:
                book.hold(hold_id, self.chain.gateway, customer, points, self.now)
        except PointsInsufficient:
            assert model.spendable(self.day) < points
            self.seen["expired points refused"] += model.available >= points
            return
        taken = model.take(points, lots)
        self.seen["held from several lots"] += len(taken) > 1
        model.holds[hold_id] = ("held", points, taken)

    def release(self) -> None:
        if (found := self.some_hold()) is None:
            return
        customer, hold_id = found
        with self.book((hold_id,)) as book:
            book.release(hold_id, self.chain.gateway, self.now)
        state, points, taken = self.models[customer].holds[hold_id]
        if state == "held":
            left = self.models[customer].give_back(points, taken)
            self.models[customer].holds[hold_id] = ("released", points, left)

    def redeem(self) -> None:
        if (found := self.some_hold()) is None:
            return
        customer, hold_id = found
        state, held, taken = self.models[customer].holds[hold_id]
        key, points = f"REDEEM:{self.next_number()}", self.random.randint(1, held + 3)
        try:
            with self.book((hold_id,)) as book:
                book.redeem(key, hold_id, self.chain.gateway, customer, "club", points, self.now)
        except HoldClosed:
            assert state != "held"
            return
        except PointsInsufficient:
            assert held < points
            return
        self.seen["part of a hold redeemed"] += points < held
        left = self.models[customer].give_back(held - points, taken)
        self.models[customer].holds[hold_id] = ("used", held, left)
        self.used[key] = (customer, hold_id, points)

    def refund_redeem(self) -> None:
        if not self.used:
            return
        key = self.random.choice(sorted(self.used))
        customer, hold_id, points = self.used.pop(key)
        with self.book((hold_id,)) as book:
            book.refund_redeem(f"REFUND_{key}", customer, "club", points, hold_id, self.now)
        state, held, taken = self.models[customer].holds[hold_id]
        self.seen["redeemed points returned"] += 1
        self.models[customer].holds[hold_id] = (state, held, self.models[customer].give_back(points, taken))

    def refund_earn(self) -> None:
        if not self.earned:
            return
        key = self.random.choice(sorted(self.earned))
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
        self.seen["points owed"] += taken < points
        self.seen["taken from other lots"] += own < taken

    def adjust(self) -> None:
        customer, number = self.who(), self.next_number()
        points = self.points() * self.random.choice([1, -1])
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

    def hold_again(self) -> None:
        if (found := self.some_hold()) is None:
            return
        customer, hold_id = found
        state, held, _ = self.models[customer].holds[hold_id]
        points = held + self.random.choice([0, 0, 1])
        try:
            with self.book((hold_id,)) as book:
                book.hold(hold_id, self.chain.gateway, customer, points, self.now)
        except HoldClosed:
            assert state != "held"
        except RequestIdReused:
            assert held != points
        else:
            assert (state, held) == ("held", points)

    def compare(self) -> None:
        for customer, model in self.models.items():
            balances = dict(Account.objects.filter(customer_id=customer).values_list("kind", "balance"))
            held = sum(points for state, points, _ in model.holds.values() if state == "held")
            wanted = {"available": model.available, "held": held, "debt": -model.debt}
            assert (balances or dict.fromkeys(wanted, 0)) == wanted
            lots = list(Lot.objects.filter(customer_id=customer).order_by("id").values_list("remaining", flat=True))
            assert lots == [lot[2] for lot in sorted(model.lots, key=lambda lot: lot[1])]


BRANCHES = (
    "debt filled",
    "expired points refused",
    "held from several lots",
    "part of a hold redeemed",
    "points owed",
    "redeemed points returned",
    "taken from other lots",
)


@pytest.mark.parametrize("seed", [3, 5])
def test_any_order_of_movements_is_what_the_model_says(chain: Chain, seed: int) -> None:
    walk = Walk(chain, Random(seed))
    for _ in range(STEPS):
        walk.step()
    assert check_ledger(walk.sql) == []
    assert all(walk.seen[branch] for branch in BRANCHES), walk.seen
