"""What is priced: lines, payments, a customer. Integers inside: minor units, thousandths, 10^-digits points."""

from datetime import date, datetime

from msgspec import Struct

from .text import Text

__all__ = ["CONFIRMATIONS", "LINES_MAX", "Basket", "Certificate", "Customer", "Line", "Payment"]

LINES_MAX = 500
#: How a customer may prove who they are before many points are spent, and what people call it.
CONFIRMATIONS = {
    "code": Text("код", "code"),
    "pin": Text("ПИН", "PIN"),
    "sms": Text("СМС", "SMS"),
    "biometric": Text("биометрия", "biometrics"),
    "supervisor": Text("старший кассир", "supervisor"),
}


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """One kind of goods at one price."""

    id: str
    sku: str
    quantity_milli: int
    unit_price_minor: int
    categories: tuple[str, ...] = ()
    brand: str = ""
    #: What the slip calls it. It changes nothing about the price.
    name: str = ""
    tags: tuple[str, ...] = ()
    min_unit_price_minor: int = 0
    regulated: str = ""
    litres_milli: int = 0
    discountable: bool = True
    redeemable: bool = True
    earnable: bool = True
    regular_price: bool = True
    marked: bool = False


class Payment(Struct, frozen=True, gc=False):
    """How the guest means to pay."""

    type: str
    amount_minor: int


class Certificate(Struct, frozen=True, gc=False):
    """A gift certificate presented for the basket."""

    number: str
    amount_minor: int


class Customer(Struct, frozen=True, kw_only=True):
    """A customer as far as a calculation needs one.

    `id` is empty for one who is known by nothing but these facts. `turnover_minor` is by window: all, year, month;
    `uses` by rule, each counted in the rule's own window.
    """

    id: str
    tier: str = ""
    segments: tuple[str, ...] = ()
    points: int = 0
    turnover_minor: dict[str, int] = {}
    purchases: int = 0
    first_purchase: datetime | None = None
    last_purchase: datetime | None = None
    registered: datetime | None = None
    birthday: date | None = None
    card_kind: str = ""
    attributes: dict[str, str] = {}
    uses: dict[str, int] = {}


class Basket(Struct, frozen=True, kw_only=True):
    """One sale to price. `time` carries the store's UTC offset; `redeem_points` None means nobody asked to redeem."""

    currency: str
    lines: tuple[Line, ...]
    time: datetime | None = None
    store: str = ""
    channel: str = "till"
    coupons: tuple[str, ...] = ()
    payments: tuple[Payment, ...] = ()
    redeem_points: int | None = None
    redeem_max: bool = False
    #: Those of CONFIRMATIONS that happened.
    confirmed_by: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    customer: Customer | None = None
    #: In how many receipts each rule gave something, all customers together.
    uses: dict[str, int] = {}
