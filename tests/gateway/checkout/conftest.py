"""A checkout on a real journal and replica, with a programme small enough to reckon in one's head."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import apsw
import pytest

from tillgate.core.answer import Answer, Applied, LineAnswer, LineDiscount, Piece, Points, Reward
from tillgate.core.basket import Basket
from tillgate.core.errors import TillgateError
from tillgate.core.identifiers import identifier_hash
from tillgate.core.text import Text
from tillgate.gateway.checkout import Checkout
from tillgate.gateway.journal import Journal
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.replica import CompiledProgramme, Replica, checksum_of
from tillgate.pos.v1.checkout_service_pb2 import CommitRequest, QuoteRequest, QuoteResponse
from tillgate.sync.v1.sync_service_pb2 import Bundle, CardKind, Checkpoint, Customer, CustomerBatch, Store, Welcome
from tillgate.type.v1 import basket_pb2

Json = dict[str, Any]
KEY = bytes(range(32))
PURCHASE = "01234567-89ab-4def-8123-456789abcdef"


@dataclass(slots=True)
class ManualClock:
    """Stands still until it is moved."""

    time: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    boot_ms: int = 1_000

    def now(self) -> datetime:
        return self.time

    def monotonic_ms(self) -> int:
        return self.boot_ms

    def move(self, by: timedelta) -> None:
        self.time += by
        self.boot_ms += int(by.total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class PlainProgramme:
    """So many percent off, a point for each hundred roubles, points pay up to half, a card for those without one.

    `seen` keeps the baskets it was asked to price.
    """

    percent: int
    revision: int
    seen: list[Basket]
    programme_id: str = "chain"
    currency: str = "RUB"
    points_digits: int = 0
    points_worth_minor: int = 100
    use_windows: Mapping[str, str] = field(default_factory=dict)
    turnover_windows: tuple[str, ...] = ()
    limited_in_total: frozenset[str] = frozenset()

    def price(self, basket: Basket, explain: Literal["none", "applied", "full"] = "full") -> Answer:
        self.seen.append(basket)
        lists = [line.unit_price_minor * line.quantity_milli // 1000 for line in basket.lines]
        discounts = [value * self.percent // 100 for value in lists]
        balance = basket.customer.points if basket.customer else 0
        most = min(balance, sum(lists) // 200)
        points = most if basket.redeem_max else min(most, basket.redeem_points or 0)
        nets = [value - discount for value, discount in zip(lists, discounts, strict=True)]
        nets[0] -= points * 100
        earned = sum(nets) // 10_000 if basket.customer else 0
        rewards = (
            (Reward(rule="thanks", prompt_to="receipt", prompt_text=Text("Спасибо!", "Thank you!")),)
            if basket.customer
            else (Reward(rule="card", offer_card_kind="plastic"),)
        )
        return Answer(
            currency="RUB",
            list_minor=sum(lists),
            discount_minor=sum(discounts),
            redeemed_points=points,
            redeemed_minor=points * 100,
            tender_minor=0,
            total_minor=sum(nets),
            lines=tuple(
                LineAnswer(
                    id=line.id,
                    list_minor=value,
                    discounts=(LineDiscount("off", discount),) if discount else (),
                    redeemed_minor=points * 100 if index == 0 else 0,
                    net_minor=net,
                    points=earned if index == 0 else 0,
                    pieces=(Piece(line.quantity_milli, net * 1000 // line.quantity_milli, net),),
                )
                for index, (line, value, discount, net) in enumerate(
                    zip(basket.lines, lists, discounts, nets, strict=True)
                )
            ),
            points=Points(earned=earned, redeemable_max=most, ladder=(most,) if most else ()),
            tier=None,
            applied=(Applied("off", amount_minor=sum(discounts)),) if sum(discounts) else (),
            not_applied=(),
            rewards=rewards,
        )


@dataclass(slots=True)
class TestCentral:
    """The central service, as its answers: holds by id, or the error it gives. `before` runs while it is asked."""

    __test__ = False

    since: datetime
    online: bool = True
    error: BaseException | None = None
    holds: dict[str, tuple[str, int]] = field(default_factory=dict)
    before: Callable[[], Any] | None = None

    async def hold_points(self, hold_id: str, customer_id: str, points: int) -> int:
        if self.before is not None:
            await self.before()
        if self.error is not None:
            raise self.error
        self.holds[hold_id] = (customer_id, points)
        return 0


class FullDisk(apsw.VFS):
    """The machine's file system until `full` is set."""

    def __init__(self) -> None:
        self.full = False
        super().__init__("checkout-disk", base="")

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> apsw.VFSFile:
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: FullDisk, name: "str | apsw.URIFilename | None", flags: list[int]) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self.disk.full:
            raise apsw.FullError("no space")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        pass  # That answers are durable is for the journal's tests; here a sync would only take time.


@dataclass(slots=True)
class Shop:
    """All parts of a sale, and short words for what tests do with them."""

    checkout: Checkout
    journal: Journal
    replica: Replica
    central: TestCentral
    clock: ManualClock
    disk: FullDisk
    seen: list[Basket]

    async def publish(self, percent: int, revision: int) -> None:
        """The plain programme, with so many percent."""
        await self.apply({"id": "chain", "percent": percent, "revision": revision})

    async def apply(self, document: Json) -> None:
        """A programme as the central service sends it."""
        text = json.dumps(document).encode()
        sha256 = hashlib.sha256(text).hexdigest()
        bundle = Bundle(sha256=sha256, programme_id=document["id"], revision=document["revision"], programme_json=text)
        assert await self.replica.apply_bundle(bundle), self.replica.problems

    async def calculate(self) -> None:
        """Put the calculator in place of the plain programme; what is published next is a document for it."""
        self.replica = await Replica.open(self.journal)
        self.checkout = Checkout(self.journal, self.replica, self.central, self.clock)

    def points(self, customer_id: str) -> int:
        known = self.replica.customer(customer_id)
        assert known is not None
        return known.state.points_available

    def events(self) -> list[str]:
        """Kinds of the events in the outbox."""
        found: list[str] = []
        for event in self.journal.outbox.read(0, 1_000, 1 << 30):
            kind = event.WhichOneof("body")
            assert kind is not None
            found.append(kind)
        return found

    async def quote(self, request: QuoteRequest) -> QuoteResponse:
        """As a POS has it: both messages travel as bytes."""
        return QuoteResponse.FromString(self.checkout.quote(request.SerializeToString()))

    async def quoted(self, customer_id: str = "", redeem: int = 0, purchase_id: str = PURCHASE) -> CommitRequest:
        """A commit of a basket of 1000.00, as a POS makes it from a quote."""
        wanted = basket(redeem=redeem)
        quote = await self.quote(QuoteRequest(basket=wanted, customer_id=customer_id))
        request = CommitRequest(
            purchase_id=purchase_id, quote_id=quote.quote_id, basket=wanted, customer_id=customer_id
        )
        request.basket.time.CopyFrom(quote.priced_time)
        request.tenders.add(type="cash", amount_minor=quote.answer.total_minor)
        return request

    async def refused(self, request: CommitRequest) -> TillgateError:
        """The error that a commit ends with."""
        with pytest.raises(TillgateError) as refused:
            await self.checkout.commit("lane-1", request)
        return refused.value


def basket(*prices: int, redeem: int = 0) -> basket_pb2.Basket:
    """One unit of goods for each price."""
    lines = [
        basket_pb2.BasketLine(sku=f"sku-{index}", quantity_milli=1000, unit_price_minor=price)
        for index, price in enumerate(prices or (100_000,), start=1)
    ]
    message = basket_pb2.Basket(currency="RUB", lines=lines)
    if redeem:
        message.redeem.points = redeem
    return message


def _customers() -> CustomerBatch:
    batch = CustomerBatch(snapshot_begin=True)
    for name, points, blocked in (("anna", 300, False), ("boris", 0, False), ("blocked", 500, True)):
        customer = Customer(version=1)
        customer.state.customer_id, customer.state.greeting = name, name.title()
        customer.state.points_available, customer.state.blocked = points, blocked
        customer.state.recent_turnover.add(day="2026-11-20", minor=5_000)
        for kind, value in (("card", f"{name}1"), ("phone", f"+7916000000{len(name)}")):
            customer.identifiers.add(kind=kind, hash=identifier_hash(KEY, kind, value))
        batch.customers.append(customer)
    stolen = batch.customers[0].identifiers.add(kind="card", blocked=True)
    stolen.hash = identifier_hash(KEY, "card", "anna2")
    total = sum(checksum_of(each.state.customer_id, 1) for each in batch.customers) % (1 << 64)
    batch.checkpoint.CopyFrom(Checkpoint(cursor=1, count=3, checksum=total))
    return batch


WELCOME = Welcome(
    store=Store(store_id="msk-01", name="Кафе «Заря»", time_zone="Europe/Moscow", currency="RUB"),
    identifier_key=KEY,
    card_kinds=[
        CardKind(kind="plastic", name_ru="Пластиковая", name_en="Plastic", pattern="2900########C"),
        CardKind(kind="bank-like", name_ru="Партнёр", name_en="Partner", pattern="4000###########L"),
    ],
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def open_shop(folder: Path, clock: ManualClock, central: TestCentral, disk: FullDisk) -> Shop:
    """All parts on the journal of a folder."""
    journal = Journal.open(folder, clock, Metrics(), vfs="checkout-disk")
    seen: list[Basket] = []

    def compile_plain(document: bytes) -> CompiledProgramme:
        fields = json.loads(document)
        return PlainProgramme(fields["percent"], fields["revision"], seen)

    replica = await Replica.open(journal, compile_plain)
    checkout = Checkout(journal, replica, central, clock)
    return Shop(checkout, journal, replica, central, clock, disk, seen)


async def fill_shop(shop: Shop) -> None:
    """A programme that takes 10 % off, and three customers: anna with 300 points, boris, and one blocked."""
    await shop.replica.apply_welcome(WELCOME)
    await shop.publish(10, 1)
    assert await shop.replica.apply_customers(_customers())


@pytest.fixture
def disk() -> Iterator[FullDisk]:
    vfs = FullDisk()
    yield vfs
    vfs.unregister()


@pytest.fixture
async def bare_shop(tmp_path: Path, clock: ManualClock, disk: FullDisk) -> AsyncIterator[Shop]:
    """As after unpacking: no programme, no customers."""
    shop = await open_shop(tmp_path / "data", clock, TestCentral(since=clock.now()), disk)
    yield shop
    await shop.checkout.close()
    await shop.journal.close()


@pytest.fixture
def new_shop(disk: FullDisk) -> Callable[[Path], Awaitable[Shop]]:
    """Open a filled shop in a folder; what the folder holds already stays."""

    async def start(folder: Path) -> Shop:
        clock = ManualClock()
        shop = await open_shop(folder, clock, TestCentral(since=clock.now()), disk)
        if shop.replica.programme() is None:
            await fill_shop(shop)
        return shop

    return start


@pytest.fixture
async def shop(bare_shop: Shop) -> Shop:
    await fill_shop(bare_shop)
    return bare_shop


@pytest.fixture
def make_basket() -> Callable[..., basket_pb2.Basket]:
    return basket
