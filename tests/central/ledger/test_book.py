"""Movements one by one: what each does to accounts and lots, and what it refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from central_chain import Chain
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from tillgate.central.customers.models import Change, Customer
from tillgate.central.ledger import Book, NewLot, adjust, check_ledger, hold_points, lock_customers
from tillgate.central.ledger.models import Account, Entry, Hold, Lot, LotUse, Transaction
from tillgate.central.sql import Sql, open_sql
from tillgate.core.errors import (
    BadRequest,
    CustomerBlocked,
    CustomerUnknown,
    HoldClosed,
    PointsInsufficient,
    RequestIdReused,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Till:
    """The ledger as a test drives it: every movement its own transaction, and the books checked after each."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.customer = chain.customers[0]
        self.sql: Sql = open_sql(connection)

    def move(
        self,
        movement: str,
        *arguments: object,
        holds: tuple[str, ...] = (),
        refunds: tuple[str, ...] = (),
        **more: Any,
    ) -> Any:
        with self.sql.write():
            lock_customers(self.sql, self.chain.organisation, self.chain.customers)
            book = Book(self.sql, self.chain.organisation, NOW)
            book.load(self.chain.customers, holds, refunds)
            result = getattr(book, movement)(*arguments, **more)
            book.save()
            for customer in book.changed():
                self.sql.run(
                    "UPDATE customers_customer SET points_available = %s WHERE id = %s",
                    (book.available(customer), self.sql.uuid(customer)),
                )
        assert check_ledger(self.sql) == []
        return result

    def earn(self, key: str, points: int, **more: Any) -> None:
        self.move("earn", f"EARN:{key}", self.customer, "club", [NewLot(points, **more)], NOW)

    def hold(self, hold_id: str, points: int) -> int:
        return int(self.move("hold", hold_id, self.chain.gateway, self.customer, points, NOW, holds=(hold_id,)))

    def balances(self) -> dict[str, int | None]:
        return dict(Account.objects.filter(customer_id=self.customer).values_list("kind", "balance"))

    def lots(self) -> list[int]:
        return list(Lot.objects.order_by("id").values_list("remaining", flat=True))


@pytest.fixture
def till(chain: Chain) -> Till:
    return Till(chain)


def programme_balance(kind: str) -> int:
    return sum(Entry.objects.filter(account__kind=kind).values_list("points", flat=True))


def test_earned_points_are_available_and_owed_by_the_programme(till: Till) -> None:
    till.earn("a", 500)
    assert till.balances() == {"available": 500, "held": 0, "debt": 0}
    assert programme_balance("issued") == -500
    assert till.lots() == [500]


def test_a_programmes_account_stores_no_balance(till: Till) -> None:
    till.earn("a", 500)
    assert list(Account.objects.filter(customer=None).values_list("programme", "kind", "balance")) == [
        ("club", "issued", None)
    ]


def test_points_are_spent_nearest_expiry_first_and_perpetual_last(till: Till) -> None:
    till.earn("perpetual", 100)
    till.earn("late", 100, expires_at=NOW + 30 * DAY)
    till.earn("soon", 100, expires_at=NOW + DAY)
    till.hold("h", 150)
    assert till.lots() == [100, 50, 0]


def test_points_of_one_purchase_lie_in_a_lot_for_each_of_their_times(till: Till) -> None:
    lots = [NewLot(20, NOW + DAY, NOW + 9 * DAY), NewLot(30), NewLot(5, None, NOW + DAY)]
    till.move("earn", "EARN:a", till.customer, "club", lots, NOW)
    assert sorted(Lot.objects.values_list("points", "activates_at", "expires_at")) == [
        (5, None, NOW + DAY),
        (20, NOW + DAY, NOW + 9 * DAY),
        (30, None, None),
    ]
    assert till.balances()["available"] == 55
    with pytest.raises(PointsInsufficient):
        till.hold("h", 36)
    assert till.hold("h", 35) == 20


def test_a_debt_is_filled_from_the_points_that_are_active_first(till: Till) -> None:
    till.earn("a", 40)
    till.hold("h", 40)
    till.move("redeem", "REDEEM:x", "h", till.chain.gateway, till.customer, "club", 40, NOW, holds=("h",))
    till.move("refund_earn", "REFUND_EARN:a", till.customer, "club", 40, "EARN:a", NOW, refunds=("EARN:a",))
    till.move("earn", "EARN:b", till.customer, "club", [NewLot(50, NOW + DAY), NewLot(30)], NOW)
    assert till.balances() == {"available": 40, "held": 0, "debt": 0}
    assert list(Lot.objects.filter(remaining__gt=0).values_list("remaining", "activates_at")) == [(40, NOW + DAY)]


def test_points_taken_back_in_part_are_those_that_wait_first(till: Till) -> None:
    till.earn("other", 100, activates_at=NOW + DAY, expires_at=NOW + 2 * DAY)
    lots = [NewLot(30, None, NOW + DAY), NewLot(20, NOW + 5 * DAY)]
    till.move("earn", "EARN:a", till.customer, "club", lots, NOW)
    till.move("refund_earn", "REFUND_EARN:1", till.customer, "club", 25, "EARN:a", NOW, refunds=("EARN:a",))
    assert till.lots() == [100, 25, 0]
    till.move("refund_earn", "REFUND_EARN:2", till.customer, "club", 25, "EARN:a", NOW, refunds=("EARN:a",))
    assert till.lots() == [100, 0, 0]


def test_expired_and_inactive_points_are_not_spent(till: Till) -> None:
    till.earn("expired", 100, expires_at=NOW)
    till.earn("tomorrow", 100, activates_at=NOW + DAY)
    till.earn("good", 30)
    with pytest.raises(PointsInsufficient):
        till.hold("h", 31)
    till.hold("h", 30)
    assert till.lots() == [100, 100, 0]


def test_a_hold_moves_points_and_the_same_hold_again_changes_nothing(till: Till) -> None:
    till.earn("a", 500)
    assert till.hold("h", 200) == 300
    assert till.hold("h", 200) == 300
    assert till.balances() == {"available": 300, "held": 200, "debt": 0}


@pytest.mark.parametrize("other", ["points", "customer", "gateway"])
def test_a_holds_id_is_for_one_hold(till: Till, other: str) -> None:
    till.earn("a", 500)
    till.hold("h", 200)
    gateway = till.chain.gateway + (other == "gateway")
    customer = till.chain.customers[1] if other == "customer" else till.customer
    points = 201 if other == "points" else 200
    with pytest.raises(RequestIdReused):
        till.move("hold", "h", gateway, customer, points, NOW, holds=("h",))


def test_a_released_hold_returns_points_to_their_lots(till: Till) -> None:
    till.earn("soon", 100, expires_at=NOW + DAY)
    till.earn("perpetual", 100)
    till.hold("h", 150)
    till.move("release", "h", till.chain.gateway, NOW, holds=("h",))
    assert till.lots() == [100, 100]
    assert till.balances() == {"available": 200, "held": 0, "debt": 0}
    till.move("release", "h", till.chain.gateway, NOW, holds=("h",))
    assert till.balances()["available"] == 200


def test_only_the_gateway_of_a_hold_releases_it(till: Till) -> None:
    till.earn("a", 100)
    till.hold("h", 50)
    with pytest.raises(BadRequest):
        till.move("release", "h", till.chain.gateway + 1, NOW, holds=("h",))
    assert till.balances()["held"] == 50


def test_a_hold_that_comes_after_its_release_is_refused(till: Till) -> None:
    till.earn("a", 100)
    till.move("release", "h", till.chain.gateway, NOW, holds=("h",))
    with pytest.raises(HoldClosed):
        till.hold("h", 50)
    assert till.balances()["available"] == 100


def test_redeeming_less_than_held_returns_the_rest(till: Till) -> None:
    till.earn("soon", 100, expires_at=NOW + DAY)
    till.earn("perpetual", 100)
    till.hold("h", 150)
    till.move("redeem", "REDEEM:p", "h", till.chain.gateway, till.customer, "club", 60, NOW, holds=("h",))
    assert till.balances() == {"available": 140, "held": 0, "debt": 0}
    assert till.lots() == [40, 100], "what expires first is what was spent"
    assert programme_balance("redeemed") == 60
    with pytest.raises(HoldClosed):
        till.move("redeem", "REDEEM:q", "h", till.chain.gateway, till.customer, "club", 60, NOW, holds=("h",))


def test_a_refund_gives_redeemed_points_back_to_their_own_lots(till: Till) -> None:
    till.earn("soon", 100, expires_at=NOW + DAY)
    till.earn("perpetual", 100)
    till.hold("h", 150)
    till.hold("other", 30)
    till.move("redeem", "REDEEM:p", "h", till.chain.gateway, till.customer, "club", 120, NOW, holds=("h",))
    assert till.lots() == [0, 50]
    till.move("refund_redeem", "REFUND_REDEEM:p", till.customer, "club", 120, "h", NOW, holds=("h",))
    assert till.lots() == [100, 70], "the other hold's 30 stay out of the perpetual lot"
    assert programme_balance("redeemed") == 0


def test_earned_points_are_taken_back_from_their_own_lot(till: Till) -> None:
    till.earn("old", 100, expires_at=NOW + DAY)
    till.earn("p", 50)
    till.move("refund_earn", "REFUND_EARN:p", till.customer, "club", 50, "EARN:p", NOW, refunds=("EARN:p",))
    assert till.lots() == [100, 0]
    assert programme_balance("issued") == -100


def test_earned_points_that_are_gone_are_owed_and_the_next_credits_fill_it(till: Till) -> None:
    till.earn("p", 100)
    till.hold("h", 80)
    till.move("redeem", "REDEEM:q", "h", till.chain.gateway, till.customer, "club", 80, NOW, holds=("h",))
    till.move("refund_earn", "REFUND_EARN:p", till.customer, "club", 100, "EARN:p", NOW, refunds=("EARN:p",))
    assert till.balances() == {"available": 0, "held": 0, "debt": -80}
    till.earn("next", 50)
    assert till.balances() == {"available": 0, "held": 0, "debt": -30}
    till.move("refund_redeem", "REFUND_REDEEM:q", till.customer, "club", 80, "h", NOW, holds=("h",))
    assert till.balances() == {"available": 50, "held": 0, "debt": 0}


def test_the_same_movement_happens_once(till: Till) -> None:
    till.earn("a", 100)
    with pytest.raises(DatabaseError):
        till.earn("a", 100)
    till.sql = open_sql(connection)
    assert till.balances()["available"] == 100


@pytest.mark.parametrize("points", [0, -1, 10**15 + 1])
def test_only_sensible_amounts_move(till: Till, points: int) -> None:
    with pytest.raises(BadRequest):
        till.earn("a", points)
    with pytest.raises(BadRequest):
        till.hold("h", points)
    assert not Transaction.objects.exists()


def test_an_adjustment_shows_on_the_customer_and_reaches_the_gateways(till: Till) -> None:
    customer = Customer.objects.get(pk=till.customer)
    changes = Change.objects.count()
    with transaction.atomic():
        assert adjust(connection, key="1", customer_id=customer.pk, points=700, programme="club", time=NOW) == 700
    assert adjust(connection, key="2", customer_id=customer.pk, points=-200, programme="club", time=NOW) == 500
    again = Customer.objects.get(pk=customer.pk)
    assert (again.points_available, again.version) == (500, customer.version + 2)
    assert Change.objects.count() == changes + 2
    assert check_ledger(till.sql) == []


def test_an_adjustment_is_refused_when_it_cannot_be(till: Till) -> None:
    customer = Customer.objects.get(pk=till.customer).pk
    adjust(connection, key="1", customer_id=customer, points=100, programme="club", time=NOW)
    with pytest.raises(RequestIdReused):
        adjust(connection, key="1", customer_id=customer, points=100, programme="club", time=NOW)
    with pytest.raises(PointsInsufficient):
        adjust(connection, key="2", customer_id=customer, points=-101, programme="club", time=NOW)
    with pytest.raises(CustomerUnknown):
        adjust(connection, key="3", customer_id=UUID(int=0), points=1, programme="", time=NOW)
    assert till.balances()["available"] == 100


def test_hold_points_says_why_it_refuses(till: Till) -> None:
    sql, chain = till.sql, till.chain

    def ask(hold_id: str, customer: str, points: int) -> int:
        with sql.write():
            return hold_points(sql, chain.organisation, chain.gateway, hold_id, customer, points, NOW)

    adjust(connection, key="1", customer_id=Customer.objects.get(pk=till.customer).pk, points=9, programme="", time=NOW)
    with pytest.raises(BadRequest):
        ask("", till.customer, 1)
    with pytest.raises(BadRequest):
        ask("h", "nobody", 1)
    with pytest.raises(CustomerUnknown):
        ask("h", "0" * 32, 1)
    with pytest.raises(PointsInsufficient):
        ask("h", till.customer, 10)
    Customer.objects.filter(pk=till.customer).update(blocked=True)
    with pytest.raises(CustomerBlocked):
        ask("h", till.customer, 1)
    Customer.objects.filter(pk=till.customer).update(blocked=False)
    assert ask("h", till.customer, 4) == 5
    assert Customer.objects.get(pk=till.customer).points_available == 5
    assert check_ledger(sql) == []


@pytest.mark.parametrize("model", [Transaction, Entry, LotUse])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_history(till: Till, model: type[Model], verb: str) -> None:
    till.earn("a", 100)
    till.hold("h", 10)
    with pytest.raises(DatabaseError, match="append-only"):
        till.sql.run(verb.format(model._meta.db_table))


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("INSERT INTO ledger_entry (transaction_id, account_id, points) SELECT MIN(t.id), MIN(a.id), 1"
         " FROM ledger_transaction t, ledger_account a", "each transaction sums to zero"),
        ("UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'available'",
         "a customer's balance is the sum of its entries"),
        ("UPDATE customers_customer SET points_available = 1 WHERE points_available = 0",
         "a customer shows its available points"),
        ("UPDATE ledger_lot SET remaining = remaining - 1", "open lots add up to available points"),
        ("UPDATE ledger_lot SET remaining = remaining - 1", "a lot's rest is its points and its uses"),
        ("UPDATE ledger_hold SET state = 'released'", "open holds add up to held points"),
    ],
)  # fmt: skip
def test_the_check_finds_damage(till: Till, damage: str, rule: str) -> None:
    till.earn("a", 100)
    till.hold("h", 10)
    call_command("check_ledger", verbosity=0)
    till.sql = open_sql(connection)
    till.sql.run(damage)
    assert rule in {violation.rule for violation in check_ledger(till.sql)}
    with pytest.raises(CommandError, match="not in order"):
        call_command("check_ledger", verbosity=0)


def test_a_database_refuses_an_overdrawn_account(till: Till) -> None:
    till.earn("a", 100)
    with pytest.raises(DatabaseError):
        till.sql.run("UPDATE ledger_account SET balance = -1 WHERE kind = 'available'")
    assert Hold.objects.count() == 0
