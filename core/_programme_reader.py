"""From a programme document to a Programme, refusing what is wrong by path and reason."""

from collections.abc import Callable
from typing import TypeVar

from ._condition_reader import Context, read_selector
from ._reader import Json, Node, decode
from ._return_reader import read_return_policy
from ._tree_reader import TreeReader
from .basket import CONFIRMATIONS
from .errors import ProgrammeInvalid
from .numbers import Rounding, currency_digits
from .programme import Confirm, Limits, PointsSettings, Programme, Redemption, Regulated, ReturnPolicy, TierLevel, Tiers
from .refusals import Refusals

__all__ = ["parse_programme"]

T = TypeVar("T")
_TOP = (
    "format", "id", "revision", "name", "currency", "rounding", "spread", "points", "tiers", "discounts", "limits",
    "redemption", "accrual", "rewards", "regulated", "returns", "examples",
)  # fmt: skip
_BEYOND_MINOR = 2**62  # no turnover is as great


def parse_programme(document: bytes | str | Json) -> Programme:
    """A programme from JSON text or its decoded form.

    Raises ProgrammeInvalid with `path` and, as `metadata["reason"]`, UNKNOWN_KEY, UNSUPPORTED, MISSING, WRONG_TYPE,
    UNKNOWN_VALUE, NUMBER_INVALID, OUT_OF_RANGE, TIME_INVALID, CONTRADICTION, DUPLICATE, EMPTY, TOO_FEW, TOO_MANY,
    TOO_LONG, TOO_DEEP, TOO_LARGE or NOT_JSON. What else is wrong stands in its `more`: once the currency is known,
    every part of the document is read, and of a rule every key.
    """
    if isinstance(document, bytes | str):
        document = decode(document, ProgrammeInvalid)
    node, refusals = Node(document, "$", ProgrammeInvalid), Refusals()
    fields = refusals.fields(node, _TOP, ("format", "currency"))
    if node.need(fields, "format").count() != 1:
        fields["format"].refuse("UNSUPPORTED", "only format 1 is known", "известен только формат 1")
    currency = node.need(fields, "currency").text()
    if len(currency) != 3 or not (currency.isascii() and currency.isupper()):
        fields["currency"].refuse(
            "UNKNOWN_VALUE",
            "a currency is three capital letters such as RUB",
            "валюта — три заглавные латинские буквы, например RUB",
        )
    node.money_digits = currency_digits(currency)
    return _Reader(node, refusals).programme(currency)


class _Reader:
    """One document being read."""

    def __init__(self, node: Node, refusals: Refusals) -> None:
        self.node = node
        self.fields = node.members()
        self.refusals = refusals
        self.rounding = self._part("rounding", Node.rounding, Rounding.HALF_UP)
        usual = PointsSettings(worth_minor=10**node.money_digits)
        # Where they are refused, no number of points shall be refused for its digits.
        self.points = self._part("points", _points, PointsSettings(digits=2)) if "points" in self.fields else usual
        self.tiers = self._part("tiers", _tiers, None)
        levels = tuple(level.id for level in self.tiers.levels) if self.tiers else None
        self.context = Context(self.points.digits, levels)
        self.tree = TreeReader(self.context, self.rounding, self.refusals)

    def _part(self, key: str, read: Callable[[Node], T], otherwise: T) -> T:
        """A member of the document."""
        return self.refusals.member(self.fields, key, read, otherwise)

    def programme(self, currency: str) -> Programme:
        fields, read = self.fields, self.refusals.read
        found = Programme(
            id=read(lambda node: node.need(fields, "id").name(), self.node, ""),
            revision=read(lambda node: node.need(fields, "revision").count(0, 2**53), self.node, 0),
            currency=currency,
            name=self._part("name", Node.both_languages, None),
            rounding=self.rounding,
            spread=self._part("spread", _spread, "largest_remainder"),
            points=self.points,
            discounts=self._part("discounts", lambda node: self.tree.group(node, "discount"), None),
            limits=self._part("limits", _limits, Limits()),
            redemption=self._part("redemption", lambda node: _redemption(node, self.context), None),
            accrual=self._part("accrual", lambda node: self.tree.group(node, "accrual"), None),
            rewards=self._part("rewards", self.tree.rewards, ()),
            regulated=self._part("regulated", _regulated, ()),
            returns=self._part("returns", read_return_policy, ReturnPolicy()),
            examples=self._part("examples", _examples, ()),
            tiers=self.tiers or self._tiers_named(),  # last: all names are read
        )
        self.refusals.tell()
        return found

    def _tiers_named(self) -> Tiers | None:
        levels = tuple(TierLevel(name, _BEYOND_MINOR) for name in self.context.tiers)
        return Tiers(window="", includes_receipt=False, levels=levels) if levels else None


def _spread(node: Node) -> str:
    return node.choice(("largest_remainder", "running_remainder", "first", "last"))


def _points(node: Node) -> PointsSettings:
    fields = node.fields(("digits", "worth", "rounding", "round_at"))
    return PointsSettings(
        digits=fields["digits"].count(0, 2) if "digits" in fields else 0,
        worth_minor=fields["worth"].money(low=1) if "worth" in fields else 10**node.money_digits,
        rounding=fields["rounding"].rounding() if "rounding" in fields else Rounding.DOWN,
        round_at=fields["round_at"].choice(("receipt", "rule", "line")) if "round_at" in fields else "receipt",
    )


def _tiers(node: Node) -> Tiers:
    fields = node.fields(("window", "includes_receipt", "levels"))
    levels: list[TierLevel] = []
    for item in node.need(fields, "levels").items(1, 50):
        level = item.fields(("id", "from"))
        found = TierLevel(item.need(level, "id").name(), item.need(level, "from").money(high=10**15))
        if found.id in [earlier.id for earlier in levels]:
            level["id"].refuse("DUPLICATE", f"the tier {found.id!r} is there already", f"уровень «{found.id}» уже есть")
        if levels and found.from_minor <= levels[-1].from_minor:
            level["from"].refuse("CONTRADICTION", "levels must rise", "уровни должны возрастать")
        levels.append(found)
    return Tiers(
        window=fields["window"].window() if "window" in fields else "all",
        includes_receipt="includes_receipt" in fields and fields["includes_receipt"].flag(),
        levels=tuple(levels),
    )


def _limits(node: Node) -> Limits:
    fields = node.fields(("discount_share", "discount_amount", "line_discount_share", "min_unit_price"))
    return Limits(
        discount_share_ppm=fields["discount_share"].percent() if "discount_share" in fields else None,
        discount_minor=fields["discount_amount"].money(high=10**15) if "discount_amount" in fields else None,
        line_discount_share_ppm=fields["line_discount_share"].percent() if "line_discount_share" in fields else None,
        min_unit_price_minor=fields["min_unit_price"].money() if "min_unit_price" in fields else 0,
    )


def _redemption(node: Node, context: Context) -> Redemption:
    fields = node.fields(
        (
            "max_share", "share_of", "min_points", "max_points", "step", "order", "exclude", "as",
            "earn_while_redeeming", "confirm",
        )
    )  # fmt: skip

    def points(key: str, low: int = 0) -> int | None:
        return fields[key].points(context.points_digits, low) if key in fields else None

    def chosen(key: str, usual: str, other: str) -> bool:
        return key in fields and fields[key].choice((usual, other)) == other

    as_tender, first = (chosen("as", "discount", "tender"), chosen("order", "after_discounts", "before_discounts"))
    if as_tender and first:
        fields["order"].refuse(
            "CONTRADICTION",
            "a tender pays what discounts left: it does not come before them",
            "баллы как оплата идут после скидок, а не до них",
        )
    least, most = points("min_points") or 0, points("max_points")
    if most is not None and least > most:
        fields["max_points"].refuse("CONTRADICTION", "less than `min_points`", "меньше, чем `min_points`")
    return Redemption(
        max_share_ppm=fields["max_share"].percent() if "max_share" in fields else 1_000_000,
        share_of_basket=chosen("share_of", "eligible", "basket"),
        min_points=least,
        max_points=most,
        step=points("step", 1) or 1,
        before_discounts=first,
        as_tender=as_tender,
        exclude=read_selector(fields["exclude"]) if "exclude" in fields else None,
        earn_while_redeeming="earn_while_redeeming" not in fields or fields["earn_while_redeeming"].flag(),
        confirm=_confirm(fields["confirm"], context) if "confirm" in fields else None,
    )


def _confirm(node: Node, context: Context) -> Confirm:
    fields = node.fields(("above_points", "by"))
    above = fields["above_points"].points(context.points_digits) if "above_points" in fields else 0
    return Confirm(above, node.need(fields, "by").choice(CONFIRMATIONS))


def _regulated(node: Node) -> tuple[Regulated, ...]:
    found: list[Regulated] = []
    for item in node.items(at_most=1000):
        fields = item.fields(("kind", "discount", "redeem", "earn", "floor_per_litre", "from"))
        flags = {key: fields[key].flag() for key in ("discount", "redeem", "earn") if key in fields}
        found.append(
            Regulated(
                kind=item.need(fields, "kind").name(),
                floor_per_litre_minor=fields["floor_per_litre"].money() if "floor_per_litre" in fields else 0,
                start=fields["from"].date() if "from" in fields else None,
                **flags,
            )
        )
    return tuple(found)


def _examples(node: Node) -> tuple[tuple[Json, dict[str, Json]], ...]:
    found = []
    for item in node.items(at_most=1000):
        fields = item.fields(("name", "basket", "expect"))
        basket = item.need(fields, "basket").value
        expect = item.need(fields, "expect").members()
        found.append((basket, {key: value.value for key, value in expect.items()}))
    return tuple(found)
