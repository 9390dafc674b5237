"""One gateway's events as the central service gets them, for tests of what becomes of them. Needs Django set up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from central_chain import Chain
from django.db import connection

from tillgate.central.customers.models import Customer
from tillgate.central.ledger import adjust, check_ledger, hold_points
from tillgate.central.ledger.models import Account
from tillgate.central.purchases import Outcome, Source, apply_batch
from tillgate.central.sql import open_sql
from tillgate.sync.v1.sync_service_pb2 import Event

__all__ = ["NOW", "Stream"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Stream:
    """A gateway's events, numbered as it numbers them."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.customer = chain.customers[0]
        self.source = Source(chain.gateway, chain.organisation, chain.store, chain.store_id)
        self.seq = 0

    def event(self) -> Event:
        self.seq += 1
        return Event(epoch=1, seq=self.seq)

    def purchase(
        self, *, customer: str | None = None, earned: int = 0, redeemed: int = 0, hold_id: str = "", total: int = 1_000
    ) -> Event:
        event = self.event()
        event.purchase_committed.hold_id = hold_id
        purchase = event.purchase_committed.purchase
        purchase.purchase_id = str(uuid4())
        purchase.store_id, purchase.lane_id = self.chain.store_id, "lane-1"
        name = self.customer if customer is None else customer
        purchase.customer_id = str(UUID(hex=name)) if name else ""
        purchase.basket.currency = "RUB"
        purchase.basket.lines.add(
            id="1", sku="4600000000017", quantity_milli=2_000, unit_price_minor=550, categories=["drinks/coffee"]
        )
        answer = purchase.answer
        answer.list_minor, answer.discount_minor, answer.total_minor = 1_100, 100, total
        answer.redeemed_points, answer.redeemed_minor = redeemed, redeemed
        answer.points.earned, answer.points.digits = earned, 2
        line = answer.lines.add(id="1", list_minor=1_100, net_minor=1_000, points_earned=earned)
        line.discounts.add(rule_id="rule-1", amount_minor=100)
        purchase.programme_id, purchase.programme_revision = "club", 3
        purchase.committed_time.FromDatetime(NOW + timedelta(minutes=self.seq))
        purchase.utc_offset_minutes = 180
        return event

    def cancel(self, purchase: Event, purchase_id: str = "") -> Event:
        event = self.event()
        event.purchase_cancelled.purchase_id = purchase_id or purchase.purchase_committed.purchase.purchase_id
        event.purchase_cancelled.reason = "wrong goods"
        event.purchase_cancelled.cancelled_time.FromDatetime(NOW + timedelta(hours=1))
        return event

    def released(self, hold_id: str) -> Event:
        event = self.event()
        event.hold_released.hold_id = hold_id
        return event

    def send(self, *events: Event, epoch: int = 1) -> Outcome:
        outcome = apply_batch(open_sql(connection), self.source, epoch, events, NOW)
        assert check_ledger(open_sql(connection)) == []
        return outcome

    def hold(self, hold_id: str, points: int) -> int:
        sql = open_sql(connection)
        with sql.write():
            return hold_points(
                sql, self.chain.organisation, self.chain.gateway, hold_id, str(UUID(hex=self.customer)), points, NOW
            )

    def give(self, points: int) -> None:
        adjust(connection, key=str(uuid4()), customer_id=UUID(hex=self.customer), points=points, programme="", time=NOW)

    def balances(self) -> dict[str, int | None]:
        return dict(Account.objects.filter(customer_id=self.customer).values_list("kind", "balance"))

    def row(self) -> Customer:
        return Customer.objects.get(pk=self.customer)
