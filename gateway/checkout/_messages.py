"""Between the contracts' messages and the domain's types. Field paths are those of the message."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.accel.wire import (
    CHANNEL_LENGTH_MAX,
    LISTED_MAX,
    PAYMENT_MINOR_MAX,
    ReadBasket,
    read_basket,
    read_quote_request,
)
from tillgate.core import check_basket, check_customer
from tillgate.core.basket import Basket, Customer
from tillgate.core.days import window_start
from tillgate.core.errors import BadRequest, BasketInvalid
from tillgate.core.text import Text
from tillgate.gateway.journal import from_us, to_us
from tillgate.pos.v1.checkout_service_pb2 import QuoteRequest
from tillgate.type.v1 import basket_pb2
from tillgate.type.v1.customer_pb2 import CustomerState
from tillgate.type.v1.text_pb2 import LocalizedText

from ._request import check_text

__all__ = [
    "basket_of",
    "customer_of",
    "greater_uses",
    "localized",
    "read_message",
    "read_quote",
    "time_of",
    "timestamp",
    "uses_of",
]

M = TypeVar("M", bound=Message)
# The domain speaks of documents; its paths end in these where the message says the unit too.
MESSAGE_NAMES = {
    "quantity": "quantity_milli",
    "unit_price": "unit_price_minor",
    "min_unit_price": "min_unit_price_minor",
    "litres": "litres_milli",
    "amount": "amount_minor",
}


def timestamp(time: datetime) -> Timestamp:
    """An aware time as a message."""
    seconds, rest_us = divmod(to_us(time), 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest_us * 1_000)


def time_of(seconds: int, nanos: int, path: str) -> datetime:
    """A message's time in UTC, to the microsecond. Raises BasketInvalid for one outside the years 1 to 9999."""
    try:
        if 0 <= nanos < 1_000_000_000:
            return _moment(seconds, nanos)
    except OverflowError:
        pass  # Before the year 1 or after 9999: as good as no time.
    raise BasketInvalid(Text("это не время", "not a time"), path=path, reason="TIME_INVALID")


def _moment(seconds: int, nanos: int) -> datetime:
    return from_us(seconds * 1_000_000 + nanos // 1_000)


def localized(text: Text) -> LocalizedText:
    """A sentence as a message."""
    return LocalizedText(ru=text.ru, en=text.en)


def read_quote(raw: bytes) -> tuple[ReadBasket, str, int]:
    """A QuoteRequest: basket, customer_id and explain. Raises BadRequest, and BasketInvalid for a NUL in a text."""
    found = read_quote_request(raw)
    if found is None:
        try:
            request = QuoteRequest.FromString(raw)
        except DecodeError as error:
            raise BadRequest("the bytes are no QuoteRequest") from error
        check_text(request)
        found = read_quote_request(_canonical(request))
        assert found is not None, "the library wrote what the reader does not read"
    return found


def read_message(message: basket_pb2.Basket) -> ReadBasket:
    """A basket that came within another message, and that holds no NUL."""
    found = read_basket(_canonical(message))
    assert found is not None, "the library wrote what the reader does not read"
    return found


def _canonical(message: M) -> bytes:
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return known.SerializeToString(deterministic=True)


def basket_of(message: ReadBasket, *, time: datetime, store_id: str, customer: Customer | None, redeem: bool) -> Basket:
    """The domain's basket, checked. `redeem` False leaves out what the guest wants to redeem.

    Raises BasketInvalid with a path such as $.basket.lines[3].unit_price_minor.
    """
    basket = message.basket(time, store_id, customer, redeem)
    if not message.plain:
        _check_lists(message)
        try:
            check_basket(basket)
        except BasketInvalid as error:
            raise error.at(message_path(error.path)) from error
    return basket


def message_path(path: str) -> str:
    """`$.lines[3].unit_price` as `$.basket.lines[3].unit_price_minor`."""
    head, dot, name = path.rpartition(".")
    full = f"{head}{dot}{MESSAGE_NAMES.get(name, name)}"
    return full if full.startswith("$.customer") else "$.basket" + full[1:]


def _check_lists(message: ReadBasket) -> None:
    lists = (
        ("coupons", len(message.coupons)),
        ("payments", len(message.payments)),
        ("certificates", len(message.certificates)),
        ("confirmed_by", len(message.confirmed_by)),
        ("uses", message.uses_listed),
    )
    for name, length in lists:
        if length > LISTED_MAX:
            text = Text(f"можно не больше {LISTED_MAX}", f"at most {LISTED_MAX}")
            raise BasketInvalid(text, path=f"$.basket.{name}", reason="TOO_MANY")
    for index, payment in enumerate(message.payments):
        if not 0 <= payment.amount_minor <= PAYMENT_MINOR_MAX:
            path = f"$.basket.payments[{index}].amount_minor"
            text = Text(
                "сумма не может быть отрицательной или такой большой", "an amount must not be negative or so large"
            )
            raise BasketInvalid(text, path=path, reason="OUT_OF_RANGE")
    if len(message.channel) > CHANNEL_LENGTH_MAX:
        text = Text(f"можно не больше {CHANNEL_LENGTH_MAX} знаков", f"at most {CHANNEL_LENGTH_MAX} characters")
        raise BasketInvalid(text, path="$.basket.channel", reason="TOO_LONG")


def customer_of(state: CustomerState, zone: ZoneInfo, today: date, windows: Iterable[str]) -> Customer:
    """A customer for the calculator, checked. Times are the store's; a balance may be below zero.

    `windows` are those of turnover beside `all`; they end today.
    """

    def local(name: str) -> datetime | None:
        if not state.HasField(name):  # type: ignore[arg-type]  # The names below are its fields.
            return None
        time: Timestamp = getattr(state, name)
        return _moment(time.seconds, time.nanos).astimezone(zone)

    customer = Customer(
        id=state.customer_id,
        tier=state.tier,
        segments=tuple(state.segments),
        points=state.points_available,
        turnover_minor=_turnover(state, today, windows),
        purchases=max(0, state.purchases),
        first_purchase=local("first_purchase_time"),
        last_purchase=local("last_purchase_time"),
        registered=local("registered_time"),
        birthday=_birthday(state.birthday),
        card_kind=state.card_kind,
        attributes=dict(state.attributes),
        uses=dict(state.uses),
    )
    check_customer(customer)
    return customer


def _turnover(state: CustomerState, today: date, windows: Iterable[str]) -> dict[str, int]:
    turnover = {"all": max(0, state.turnover_minor["all"])}
    for window in windows:
        first, last = window_start(window, today).isoformat(), today.isoformat()
        turnover[window] = max(0, sum(each.minor for each in state.recent_turnover if first <= each.day <= last))
    return turnover


def uses_of(state: CustomerState, today: date, windows: Mapping[str, str]) -> dict[str, int]:
    """How often the customer used each rule: in the window of days that ends today where the rule has one."""
    uses = dict(state.uses)
    for rule, window in windows.items():
        first, last = window_start(window, today).isoformat(), today.isoformat()
        days = (each for each in state.recent_uses if each.rule_id == rule and first <= each.day <= last)
        uses[rule] = sum(each.count for each in days)
    return uses


def greater_uses(till: Mapping[str, int], chain: Mapping[str, int], limited: Collection[str]) -> dict[str, int]:
    """How often rules gave something to all customers: of what the till said and what is known here, the greater."""
    known = {rule: max(till.get(rule, 0), chain[rule]) for rule in limited if rule in chain}
    return {**till, **known}


def _birthday(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None  # A birthday we cannot read gives no present, and does not stop the sale.
