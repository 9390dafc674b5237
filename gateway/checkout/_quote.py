"""Pricing: the same for a quote and for the commit that follows it, and what may change between the two."""

import hashlib
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from tillgate.accel.wire import ReadBasket, money_of
from tillgate.core.answer import Answer
from tillgate.core.basket import Customer
from tillgate.core.errors import BadRequest, BasketInvalid, CurrencyMismatch, CustomerUnknown, NoProgramme
from tillgate.core.text import Text
from tillgate.gateway.clock import Clock
from tillgate.gateway.journal import from_us, to_us
from tillgate.gateway.replica import CompiledProgramme, KnownCustomer, Replica
from tillgate.type.v1.customer_pb2 import CustomerState

from ._messages import basket_of, customer_of, greater_uses, time_of, uses_of

__all__ = ["OFFLINE_LIMITATION", "Explain", "Priced", "Pricing", "QuoteId"]

Explain = Literal["none", "applied", "full"]
OFFSET_MINUTES_MAX = 14 * 60
QUOTE_VERSION = "1"
HASH_DIGITS = 16
CUSTOMERS_KEPT = 256
PROGRAMMES_KEPT = 4
UTC_ZONE = ZoneInfo("UTC")

OFFLINE_LIMITATION = Text(
    "Нет связи с центром: баллы можно начислить, но не списать.",
    "No connection to the central service: points can be earned, not spent.",
)
BLOCKED_LIMITATION = Text(
    "Карта заблокирована: баллы не списываются.", "The card is blocked: its points cannot be spent."
)


class QuoteId(msgspec.Struct, frozen=True):
    """What a price rests on, each part hashed apart, so that a commit can say which of them changed."""

    basket: str
    customer: str
    programme: str
    price: str
    redeem: bool
    time_us: int

    def __str__(self) -> str:
        redeem = "r" if self.redeem else "n"
        return f"{QUOTE_VERSION}.{self.basket}.{self.customer}.{self.programme}.{self.price}.{redeem}.{self.time_us:x}"

    @property
    def time(self) -> datetime:
        """When the basket was priced, in UTC."""
        return from_us(self.time_us)

    @classmethod
    def parse(cls, text: str) -> "QuoteId":
        """Raises BadRequest for what no Quote answered."""
        parts = text.split(".")
        try:
            version, basket, customer, programme, price, redeem, time_us = parts
            found = cls(basket, customer, programme, price, redeem == "r", int(time_us, 16))
            from_us(found.time_us)
        except (ValueError, OverflowError) as error:
            raise BadRequest("not an id that Quote gave", path="$.quote_id") from error
        if version != QUOTE_VERSION or redeem not in "rn" or len(text) > 200:
            raise BadRequest("not an id that Quote gave", path="$.quote_id")
        return found

    def differences(self, other: "QuoteId") -> list[str]:
        """Names of the parts in which two differ, the price among them only if the money does."""
        names = ("basket", "customer", "programme", "time", "price")
        return [name for name in names if getattr(self, name) != getattr(other, name)]


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """A basket priced, with all that it rests on."""

    quote_id: QuoteId
    answer: Answer
    programme: CompiledProgramme
    customer: KnownCustomer | None
    #: In the store's zone.
    time: datetime
    store_id: str


class Pricing:
    """Has no effect; the same arguments at the same state give the same answer."""

    def __init__(self, replica: Replica, clock: Clock) -> None:
        self._replica = replica
        self._clock = clock

    def customer(self, customer_id: str) -> KnownCustomer | None:
        """Whom a basket is priced for; None for an empty id. Raises CustomerUnknown."""
        if not customer_id:
            return None
        known = self._replica.customer(customer_id, greeting=False)
        if known is None:
            raise CustomerUnknown("no customer of this id is held here", path="$.customer_id")
        return known

    def price(
        self,
        basket: ReadBasket,
        known: KnownCustomer | None,
        *,
        redeem: bool,
        explain: Explain,
        time: datetime | None = None,
    ) -> Priced:
        """Price a basket at its own time, else at `time`, else now.

        `redeem` False keeps points out, whatever the guest wants, and the answer then offers none. Without a
        customer the answer promises none either. Raises NoProgramme, CurrencyMismatch, BasketInvalid.
        """
        programme = self._programme(basket.currency)
        store = self._replica.store()
        zone, store_id = (None, "") if store is None else (store.time_zone, store.store_id)
        when = self._time(basket, time, zone)
        customer, customer_id, customer_hash = (
            _calculated(known, zone or UTC_ZONE, when.date(), programme) if known else (None, "", "")
        )
        priced = basket_of(basket, time=when, store_id=store_id, customer=customer, redeem=redeem)
        if programme.limited_in_total:
            uses = greater_uses(priced.uses, self._replica.use_totals(), programme.limited_in_total)
            priced = msgspec.structs.replace(priced, uses=uses)
        answer = programme.price(priced, explain)
        if not redeem:
            answer = _without_redemption(answer)
        if known is None and answer.points.earned:
            answer = _without_earning(answer)
        quote_id = QuoteId(
            # The goods and whose they are. The time has its own place.
            _hash(basket.content + b"\0" + customer_id.encode()),
            customer_hash,
            _hash_programme(programme.programme_id, programme.revision),
            _hash(money_of(answer)),
            redeem,
            to_us(when),
        )
        return Priced(
            quote_id=quote_id, answer=answer, programme=programme, customer=known, time=when, store_id=store_id
        )

    def _programme(self, currency: str) -> CompiledProgramme:
        programme = self._replica.programme()
        if programme is None:
            raise NoProgramme
        if currency != programme.currency:
            raise CurrencyMismatch(
                f"the programme is in {programme.currency}", path="$.basket.currency", expected=programme.currency
            )
        return programme

    def _time(self, basket: ReadBasket, otherwise: datetime | None, zone: ZoneInfo | None) -> datetime:
        """The moment in the store's zone: rules go by the store's clock. Before the store is known, by the till's."""
        offset = basket.utc_offset_minutes
        if abs(offset) > OFFSET_MINUTES_MAX:
            path = "$.basket.utc_offset_minutes"
            raise BasketInvalid(
                Text("смещение не больше 14 часов", "an offset is at most 14 hours"), path=path, reason="OUT_OF_RANGE"
            )
        given = None if basket.seconds is None else time_of(basket.seconds, basket.nanos, "$.basket.time")
        moment = given or otherwise or self._clock.now()
        try:
            return moment.astimezone(zone or timezone(timedelta(minutes=offset)))
        except OverflowError as error:
            text = Text("это не время", "not a time of ours")
            raise BasketInvalid(text, path="$.basket.time", reason="TIME_INVALID") from error


def _without_redemption(answer: Answer) -> Answer:
    points = msgspec.structs.replace(answer.points, redeemable_min=0, redeemable_max=0, ladder=(), confirm=None)
    return msgspec.structs.replace(answer, points=points)


def _without_earning(answer: Answer) -> Answer:
    """The calculator says what a basket is worth in points; without an account there is nobody to promise them to."""
    earning = {rule for rule, _ in answer.points.by_rule}
    return msgspec.structs.replace(
        answer,
        points=msgspec.structs.replace(answer.points, earned=0, by_rule=(), lots=()),
        rewards=tuple(reward for reward in answer.rewards if reward.rule not in earning),
        lines=tuple(msgspec.structs.replace(line, points=0) if line.points else line for line in answer.lines),
        applied=tuple(applied for applied in answer.applied if applied.points is None),
    )


def _calculated(
    known: KnownCustomer, zone: ZoneInfo, today: date, programme: CompiledProgramme
) -> tuple[Customer, str, str]:
    """The customer for the calculator, their id and the hash of their state."""
    state = known.state.SerializeToString(deterministic=True)
    customer, name, state_hash = _calculated_state(state, zone, today, programme.turnover_windows)
    if programme.use_windows:
        customer = msgspec.structs.replace(customer, uses=uses_of(known.state, today, programme.use_windows))
    return customer, name, state_hash


@lru_cache(CUSTOMERS_KEPT)
def _calculated_state(state: bytes, zone: ZoneInfo, today: date, windows: tuple[str, ...]) -> tuple[Customer, str, str]:
    # A sale is quoted many times for one guest, and nothing of this changes meanwhile.
    customer = customer_of(CustomerState.FromString(state), zone, today, windows)
    return customer, customer.id, _hash(state)


@lru_cache(PROGRAMMES_KEPT)
def _hash_programme(programme_id: str, revision: int) -> str:
    return _hash(f"{programme_id}\0{revision}".encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:HASH_DIGITS]
