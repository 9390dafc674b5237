"""From a programme document to a Programme, refusing what is wrong by path and reason."""

from ._condition_reader import DEPTH_MAX, Context, read_conditions, read_selector
from ._effect_reader import read_accrual, read_discount, read_prompt, read_reward
from ._reader import Json, Node, decode
from ._return_reader import read_return_policy
from ._rule_reader import read_active, read_holdout, read_uses
from .basket import CONFIRMATIONS
from .errors import ProgrammeInvalid
from .numbers import Rounding, currency_digits
from .programme import (
    ALL_LINES,
    Bundle,
    BuyGet,
    Confirm,
    Every,
    Group,
    KitDeal,
    Limits,
    Lot,
    PointsSettings,
    PointsTimes,
    Programme,
    Redemption,
    Regulated,
    ReturnPolicy,
    Rule,
    TierLevel,
    Tiers,
    UnitPrice,
)

__all__ = ["RULES_MAX", "parse_programme"]

RULES_MAX = 20_000
#: Each one makes the exact sums a thousand times finer.
POINTS_TIMES_MAX = 3
_TOP = (
    "format", "id", "revision", "name", "currency", "rounding", "spread", "points", "tiers", "discounts", "limits",
    "redemption", "accrual", "rewards", "regulated", "returns", "examples",
)  # fmt: skip
_RULE = (
    "id", "name", "active", "stores", "channels", "when", "on", "give", "cap", "uses", "exclusive", "always", "holdout",
    "message", "rounding",
)  # fmt: skip
_BEYOND_MINOR = 2**62  # no turnover is as great


def parse_programme(document: bytes | str | Json) -> Programme:
    """A programme from JSON text or its decoded form.

    Raises ProgrammeInvalid with `path` and, as `metadata["reason"]`, UNKNOWN_KEY, UNSUPPORTED, MISSING, WRONG_TYPE,
    UNKNOWN_VALUE, NUMBER_INVALID, OUT_OF_RANGE, TIME_INVALID, CONTRADICTION, DUPLICATE, EMPTY, TOO_FEW, TOO_MANY,
    TOO_LONG, TOO_DEEP, TOO_LARGE or NOT_JSON.
    """
    if isinstance(document, bytes | str):
        document = decode(document, ProgrammeInvalid)
    node = Node(document, "$", ProgrammeInvalid)
    fields = node.fields(_TOP)
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
    return _Reader(node, node.fields(_TOP)).programme(currency)


class _Reader:
    """One document being read: remembers ids and how many rules there are."""

    def __init__(self, node: Node, fields: dict[str, Node]) -> None:
        self.node = node
        self.fields = fields
        self.ids: dict[str, str] = {}
        self.rules = 0
        self.points_times = 0
        self.rounding = fields["rounding"].rounding() if "rounding" in fields else Rounding.HALF_UP
        self.points = (
            _points(fields["points"]) if "points" in fields else PointsSettings(worth_minor=10**node.money_digits)
        )
        self.tiers = _tiers(fields["tiers"]) if "tiers" in fields else None
        levels = tuple(level.id for level in self.tiers.levels) if self.tiers else None
        self.context = Context(self.points.digits, levels)

    def programme(self, currency: str) -> Programme:
        fields = self.fields
        return Programme(
            id=self.node.need(fields, "id").name(),
            revision=self.node.need(fields, "revision").count(0, 2**53),
            currency=currency,
            name=fields["name"].both_languages() if "name" in fields else None,
            rounding=self.rounding,
            spread=_spread(fields["spread"]) if "spread" in fields else "largest_remainder",
            points=self.points,
            discounts=self._group(fields["discounts"], "discount", 0) if "discounts" in fields else None,
            limits=_limits(fields["limits"]) if "limits" in fields else Limits(),
            redemption=_redemption(fields["redemption"], self.context) if "redemption" in fields else None,
            accrual=self._group(fields["accrual"], "accrual", 0) if "accrual" in fields else None,
            rewards=self._rewards(),
            regulated=_regulated(fields["regulated"]) if "regulated" in fields else (),
            returns=read_return_policy(fields["returns"]) if "returns" in fields else ReturnPolicy(),
            examples=_examples(fields["examples"]) if "examples" in fields else (),
            tiers=self.tiers or self._tiers_named(),  # last: all names are read
        )

    def _tiers_named(self) -> Tiers | None:
        levels = tuple(TierLevel(name, _BEYOND_MINOR) for name in self.context.tiers)
        return Tiers(window="", includes_receipt=False, levels=levels) if levels else None

    def _rewards(self) -> tuple[Rule, ...]:
        if "rewards" not in self.fields:
            return ()
        return tuple(
            self._rule(item, "reward", in_line=False) for item in self.fields["rewards"].items(at_most=RULES_MAX)
        )

    def _id(self, node: Node) -> str:
        found = node.name()
        if found in self.ids:
            node.refuse(
                "DUPLICATE",
                f"the id {found!r} is taken at {self.ids[found]}",
                f"`id` «{found}» уже занят: {self.ids[found]}",
            )
        self.ids[found] = node.path
        return found

    def _group(self, node: Node, stage: str, depth: int, in_line: bool = False) -> Group:
        if depth >= DEPTH_MAX:
            node.refuse(
                "TOO_DEEP", f"groups are nested deeper than {DEPTH_MAX}", f"группы вложены глубже {DEPTH_MAX} уровней"
            )
        fields = node.fields(("id", "mode", "decide", "most", "children"))
        mode = node.need(fields, "mode").choice(("sum", "sequence", "max", "min", "first"))
        by_line = "decide" not in fields or fields["decide"].choice(("line", "basket")) == "line"
        chooses_lines = by_line and (mode != "sequence")
        children = node.need(fields, "children")
        return Group(
            id=self._id(node.need(fields, "id")),
            mode=mode,
            path=node.path,
            by_line=by_line,
            most=fields["most"].count(1) if "most" in fields else None,
            children=tuple(
                self._child(item, stage, depth + 1, in_line or chooses_lines, mode)
                for item in children.items(at_most=RULES_MAX)
            ),
        )

    def _child(self, node: Node, stage: str, depth: int, in_line: bool, mode: str) -> Group | Rule:
        if isinstance(node.value, dict) and "give" not in node.value and "children" in node.value:
            return self._group(node, stage, depth, in_line)
        rule = self._rule(node, stage, in_line)
        if isinstance(rule.give, PointsTimes):
            self._check_times(node, mode)
        return rule

    def _check_times(self, node: Node, mode: str) -> None:
        self.points_times += 1
        if mode != "sequence":
            node.refuse(
                "CONTRADICTION",
                "`points_times` multiplies earlier siblings: it stands in a sequence",
                "`points_times` умножает то, что дали соседи выше: ему место в группе `sequence`",
            )
        if self.points_times > POINTS_TIMES_MAX:
            node.refuse(
                "TOO_MANY",
                f"a programme has at most {POINTS_TIMES_MAX} rules with `points_times`",
                f"правил с `points_times` в программе не больше {POINTS_TIMES_MAX}",
            )

    def _rule(self, node: Node, stage: str, in_line: bool) -> Rule:
        self.rules += 1
        if self.rules > RULES_MAX:
            node.refuse(
                "TOO_MANY", f"a programme has at most {RULES_MAX} rules", f"правил в программе не больше {RULES_MAX}"
            )
        fields = node.fields(_RULE)
        give = node.need(fields, "give")
        own = fields["rounding"].rounding() if "rounding" in fields else None
        lot: Lot | None = None
        rounding: Rounding | None = None
        if stage == "discount":
            effect, rounding = read_discount(give, self.context)
        elif stage == "accrual":
            effect, lot = read_accrual(give, self.context, own, fields.get("cap"))
        else:
            effect = read_reward(give, self.context)
            if "cap" in fields:
                fields["cap"].refuse(
                    "CONTRADICTION",
                    "a cap goes with money or points, not with rewards",
                    "`cap` бывает у скидок и баллов, но не у наград",
                )
        # What units cost at a set price is rounded like every line's value, unless the rule says otherwise.
        usual = Rounding.HALF_UP if isinstance(effect, UnitPrice) else self.rounding
        if in_line and isinstance(effect, BuyGet | Every | Bundle | KitDeal):
            give.refuse(
                "CONTRADICTION",
                "a rule that uses units up needs `decide: basket` or a sequence around it",
                "правилу, которое расходует единицы товара, нужна группа с `decide: basket` или `sequence`",
            )
        if "exclusive" in fields and "always" in fields and fields["exclusive"].flag() and fields["always"].flag():
            fields["always"].refuse(
                "CONTRADICTION", "an exclusive rule cannot be `always`", "исключительное правило не может быть `always`"
            )
        name = self._id(node.need(fields, "id"))
        return Rule(
            id=name,
            give=effect,
            path=node.path,
            name=fields["name"].both_languages() if "name" in fields else None,
            active=read_active(fields["active"]) if "active" in fields else None,
            stores=fields["stores"].one_or_more() if "stores" in fields else (),
            channels=fields["channels"].one_or_more() if "channels" in fields else (),
            when=read_conditions(fields["when"], self.context) if "when" in fields else (),
            on=read_selector(fields["on"]) if "on" in fields else ALL_LINES,
            cap_minor=fields["cap"].money() if "cap" in fields and stage == "discount" else None,
            rounding=rounding or own or usual,
            uses=read_uses(fields["uses"]) if "uses" in fields else None,
            holdout=read_holdout(fields["holdout"], name) if "holdout" in fields else None,
            message=read_prompt(fields["message"]) if "message" in fields else None,
            lot=lot,
            exclusive="exclusive" in fields and fields["exclusive"].flag(),
            always="always" in fields and fields["always"].flag(),
        )


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

    as_tender, first = chosen("as", "discount", "tender"), chosen("order", "after_discounts", "before_discounts")
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
