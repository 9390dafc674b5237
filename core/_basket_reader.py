"""From a basket document to a Basket, and the limits that every basket keeps however it was made."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from ._reader import Json, Node, decode
from .basket import CONFIRMATIONS, LINES_MAX, Basket, Certificate, Customer, Line, Payment
from .errors import BasketInvalid
from .numbers import currency_digits
from .refusals import Refusals
from .text import Text

__all__ = ["BASKET_KEYS", "check_basket", "check_customer", "parse_basket"]

T = TypeVar("T")
QUANTITY_MILLI_MAX = 10**9
LINE_VALUE_MINOR_MAX = 10**12
MARKED_MILLI_MAX = 1_000_000
TEXT_MAX = 200
NAMES_MAX = 200
USES_MAX = 10**9
POINTS_MAX = 10**14
_LINE = (
    "id", "sku", "quantity", "unit_price", "categories", "brand", "name", "tags", "min_unit_price", "regulated",
    "litres", "discountable", "redeemable", "earnable", "regular_price", "marked",
)  # fmt: skip
_CUSTOMER = (
    "id", "tier", "segments", "points", "turnover", "purchases", "first_purchase", "last_purchase", "registered",
    "birthday", "card_kind", "attributes", "uses",
)  # fmt: skip
_BASKET = (
    "currency", "time", "store", "channel", "coupons", "payments", "redeem", "confirmed_by", "certificates", "lines",
    "customer", "uses",
)  # fmt: skip

#: What a basket document may hold, and what the objects inside it: by their place.
BASKET_KEYS = {
    "basket": _BASKET,
    "basket.lines": _LINE,
    "basket.customer": _CUSTOMER,
    "basket.payments": ("type", "amount"),
    "basket.certificates": ("number", "amount"),
    "basket.redeem": ("points", "max"),
}


def parse_basket(document: bytes | str | Json, points_digits: int = 0) -> Basket:
    """A basket from JSON text or its decoded form. `points_digits` are those of the programme that will price it.

    Raises BasketInvalid with `path` and a reason as in `parse_programme`, and in `more` what else is wrong: every line
    and every other member is read.
    """
    if isinstance(document, bytes | str):
        document = decode(document, BasketInvalid)
    node, refusals = Node(document, "$", BasketInvalid), Refusals()
    currency = node.need(refusals.fields(node, _BASKET, ("currency", "lines")), "currency").text()
    node.money_digits = currency_digits(currency)
    fields = node.members()

    def part(key: str, read: Callable[[Node], T], otherwise: T) -> T:
        return refusals.member(fields, key, read, otherwise)

    time = part("time", Node.moment, None)
    nothing: tuple[int | None, bool] = (None, False)
    redeem_points, redeem_max = part("redeem", lambda node: _redeem(node, points_digits), nothing)
    basket = Basket(
        currency=currency,
        lines=refusals.read(lambda node: _lines(node.need(fields, "lines"), refusals), node, ()),
        time=time,
        store=part("store", Node.text, ""),
        channel=part("channel", Node.text, "till"),
        coupons=part("coupons", _some_names, ()),
        payments=part("payments", lambda node: tuple(_payment(item) for item in node.items()), ()),
        redeem_points=redeem_points,
        redeem_max=redeem_max,
        confirmed_by=part("confirmed_by", _confirmed, ()),
        certificates=part("certificates", lambda node: tuple(_certificate(item) for item in node.items()), ()),
        customer=part("customer", lambda node: _customer(node, points_digits, time), None),
        uses=part("uses", lambda node: {key: _use(value) for key, value in node.members().items()}, {}),
    )
    refusals.tell()
    check_basket(basket)
    return basket


def _lines(node: Node, refusals: Refusals) -> tuple[Line, ...]:
    read = (
        refusals.read(partial(_line, number=number), item, None)
        for number, item in enumerate(node.items(1, LINES_MAX), 1)
    )
    return tuple(line for line in read if line is not None)


def _some_names(node: Node) -> tuple[str, ...]:
    return node.names(0)


def _redeem(node: Node, points_digits: int) -> tuple[int | None, bool]:
    fields = node.fields(BASKET_KEYS["basket.redeem"])
    if len(fields) != 1:
        node.refuse(
            "CONTRADICTION", "exactly one of `points` and `max` is expected", "нужно ровно одно из `points` и `max`"
        )
    if "max" in fields:
        return None, fields["max"].flag()
    return fields["points"].points(points_digits), False


def _confirmed(node: Node) -> tuple[str, ...]:
    return tuple(item.choice(CONFIRMATIONS) for item in node.items(at_most=len(CONFIRMATIONS)))


def _line(node: Node, number: int) -> Line:
    fields = node.fields(_LINE)
    flags = {
        key: fields[key].flag()
        for key in ("discountable", "redeemable", "earnable", "regular_price", "marked")
        if key in fields
    }
    return Line(
        id=fields["id"].name() if "id" in fields else str(number),
        sku=node.need(fields, "sku").name(),
        quantity_milli=node.need(fields, "quantity").quantity(1, QUANTITY_MILLI_MAX),
        unit_price_minor=node.need(fields, "unit_price").money(),
        categories=fields["categories"].names(0) if "categories" in fields else (),
        brand=fields["brand"].text() if "brand" in fields else "",
        name=fields["name"].text() if "name" in fields else "",
        tags=fields["tags"].names(0) if "tags" in fields else (),
        min_unit_price_minor=fields["min_unit_price"].money() if "min_unit_price" in fields else 0,
        regulated=fields["regulated"].text() if "regulated" in fields else "",
        litres_milli=fields["litres"].quantity() if "litres" in fields else 0,
        **flags,
    )


def _payment(node: Node) -> Payment:
    fields = node.fields(BASKET_KEYS["basket.payments"])
    return Payment(node.need(fields, "type").name(), fields["amount"].money(high=10**15) if "amount" in fields else 0)


def _certificate(node: Node) -> Certificate:
    fields = node.fields(BASKET_KEYS["basket.certificates"])
    return Certificate(node.need(fields, "number").name(), node.need(fields, "amount").money())


def _customer(node: Node, points_digits: int, now: datetime | None) -> Customer | None:
    if node.value is None:
        return None
    fields = node.fields(_CUSTOMER)
    zone = (now.tzinfo if now else None) or UTC
    times: dict[str, datetime] = {
        key: fields[key].day_or_moment(zone)
        for key in ("first_purchase", "last_purchase", "registered")
        if key in fields
    }
    return Customer(
        id=fields["id"].name() if "id" in fields else "",
        tier=fields["tier"].text() if "tier" in fields else "",
        segments=fields["segments"].names(0) if "segments" in fields else (),
        points=fields["points"].points(points_digits, low=-POINTS_MAX) if "points" in fields else 0,
        turnover_minor={key: value.money(high=10**15) for key, value in _members(fields, "turnover").items()},
        purchases=fields["purchases"].count() if "purchases" in fields else 0,
        first_purchase=times.get("first_purchase"),
        last_purchase=times.get("last_purchase"),
        registered=times.get("registered"),
        birthday=fields["birthday"].date() if "birthday" in fields else None,
        card_kind=fields["card_kind"].text() if "card_kind" in fields else "",
        attributes={key: value.text() for key, value in _members(fields, "attributes").items()},
        uses={key: _use(value) for key, value in _members(fields, "uses").items()},
    )


def _members(fields: dict[str, Node], key: str) -> dict[str, Node]:
    return fields[key].members() if key in fields else {}


def _use(node: Node) -> int:
    return node.need(node.fields(("count",)), "count").count()


def check_basket(basket: Basket) -> None:
    """Refuse what no price can be worked out for, wherever the basket came from. Raises BasketInvalid with a path."""
    if len(basket.currency) != 3 or not (basket.currency.isascii() and basket.currency.isupper()):
        _refuse(
            "$.currency",
            "UNKNOWN_VALUE",
            "a currency is three capital letters such as RUB",
            "валюта — три заглавные латинские буквы, например RUB",
        )
    if not 1 <= len(basket.lines) <= LINES_MAX:
        _refuse("$.lines", "OUT_OF_RANGE", f"a basket has 1 to {LINES_MAX} lines", f"в чеке от 1 до {LINES_MAX} строк")
    if basket.time is not None and basket.time.utcoffset() is None:
        _refuse("$.time", "TIME_INVALID", "the time needs its offset from UTC", "у времени должно быть смещение от UTC")
    ids: set[str] = set()
    for index, line in enumerate(basket.lines):
        _check_line(line, f"$.lines[{index}]")
        if line.id in ids:
            _refuse(
                f"$.lines[{index}].id",
                "DUPLICATE",
                f"the line id {line.id!r} is there already",
                f"строка с `id` «{line.id}» уже есть",
            )
        ids.add(line.id)
    for index, certificate in enumerate(basket.certificates):
        if not 0 <= certificate.amount_minor <= LINE_VALUE_MINOR_MAX:
            _refuse(
                f"$.certificates[{index}].amount",
                "OUT_OF_RANGE",
                "an amount must not be negative or so large",
                "сумма не может быть отрицательной или такой большой",
            )
    if basket.redeem_points is not None and not 0 <= basket.redeem_points <= POINTS_MAX:
        _refuse(
            "$.redeem.points",
            "OUT_OF_RANGE",
            "points must not be negative or so many",
            "баллов не может быть меньше нуля или так много",
        )
    _check_uses("$.uses", basket.uses)
    if basket.customer is not None:
        check_customer(basket.customer)


def _check_line(line: Line, path: str) -> None:
    if not line.sku or len(line.sku) > TEXT_MAX:
        _refuse(
            f"{path}.sku",
            "EMPTY" if not line.sku else "TOO_LONG",
            f"a sku has 1 to {TEXT_MAX} characters",
            f"в артикуле от 1 до {TEXT_MAX} знаков",
        )
    if not line.id or len(line.id) > TEXT_MAX:
        _refuse(
            f"{path}.id",
            "EMPTY" if not line.id else "TOO_LONG",
            f"an id has 1 to {TEXT_MAX} characters",
            f"в `id` от 1 до {TEXT_MAX} знаков",
        )
    if not 1 <= line.quantity_milli <= QUANTITY_MILLI_MAX:
        _refuse(
            f"{path}.quantity",
            "OUT_OF_RANGE",
            "a quantity is more than 0 and at most 1,000,000",
            "количество больше 0 и не больше 1 000 000",
        )
    for name, value in (("unit_price", line.unit_price_minor), ("min_unit_price", line.min_unit_price_minor)):
        if not 0 <= value <= LINE_VALUE_MINOR_MAX:
            _refuse(
                f"{path}.{name}",
                "OUT_OF_RANGE",
                "a price must not be negative or so large",
                "цена не может быть отрицательной или такой большой",
            )
    if line.unit_price_minor * line.quantity_milli > LINE_VALUE_MINOR_MAX * 1000:
        _refuse(
            f"{path}.unit_price",
            "OUT_OF_RANGE",
            "the line is worth more than 10^12 minor units",
            "строка дороже 10^12 минимальных единиц валюты",
        )
    if line.marked and line.quantity_milli > MARKED_MILLI_MAX:
        _refuse(
            f"{path}.quantity",
            "OUT_OF_RANGE",
            "a marked line has at most 1,000 units",
            "в строке с маркировкой не больше 1000 единиц",
        )
    if not 0 <= line.litres_milli <= QUANTITY_MILLI_MAX:
        _refuse(
            f"{path}.litres",
            "OUT_OF_RANGE",
            "litres must not be negative or so many",
            "литров не может быть меньше нуля или так много",
        )
    if len(line.categories) > NAMES_MAX or len(line.tags) > NAMES_MAX:
        _refuse(
            path,
            "TOO_MANY",
            f"a line has at most {NAMES_MAX} categories and tags",
            f"у строки не больше {NAMES_MAX} категорий и меток",
        )


def check_customer(customer: Customer) -> None:
    """The part of `check_basket` that is the customer's. Raises BasketInvalid with a path below $.customer."""
    if abs(customer.points) > POINTS_MAX:
        _refuse("$.customer.points", "OUT_OF_RANGE", "that many points cannot be", "столько баллов быть не может")
    for window, turnover in customer.turnover_minor.items():
        if not 0 <= turnover <= 10**15:
            _refuse(
                f"$.customer.turnover.{window}",
                "OUT_OF_RANGE",
                "a turnover must not be negative or so large",
                "оборот не может быть отрицательным или таким большим",
            )
    if not 0 <= customer.purchases <= 10**9:
        _refuse(
            "$.customer.purchases",
            "OUT_OF_RANGE",
            "a number of purchases must not be negative or so large",
            "число покупок не может быть отрицательным или таким большим",
        )
    _check_uses("$.customer.uses", customer.uses)


def _check_uses(path: str, uses: dict[str, int]) -> None:
    for rule, count in uses.items():
        if not 0 <= count <= USES_MAX:
            _refuse(
                f"{path}.{rule}.count",
                "OUT_OF_RANGE",
                "a number of uses must not be negative or so large",
                "число применений не может быть отрицательным или таким большим",
            )


def _refuse(path: str, reason: str, en: str, ru: str) -> None:
    raise BasketInvalid(Text(ru, en), path=path, reason=reason)
