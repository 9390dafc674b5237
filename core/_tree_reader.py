"""Groups and rules of a programme document."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ._condition_reader import DEPTH_MAX, Context, read_conditions, read_selector
from ._effect_reader import read_accrual, read_discount, read_prompt, read_reward
from ._reader import Node
from ._rule_reader import read_active, read_holdout, read_uses
from .conditions import ALL_LINES
from .effects import Bundle, BuyGet, Effect, Every, KitDeal, Percent, PointsTimes, UnitPrice
from .numbers import Rounding
from .programme import Group, Lot, Rule
from .refusals import Refusals

__all__ = ["TreeReader"]

T = TypeVar("T")
RULES_MAX = 20_000
#: So many times finer than points without multipliers may exact points become by all of them together.
POINTS_FINER_MAX = 10**9
_GROUP = ("id", "mode", "decide", "most", "children")
_RULE = (
    "id", "name", "active", "stores", "channels", "when", "on", "give", "cap", "uses", "exclusive", "always", "holdout",
    "message", "rounding",
)  # fmt: skip
_MODES = ("sum", "sequence", "max", "min", "first")


class _Given(NamedTuple):
    """What a rule gives, and what goes with it."""

    effect: Effect
    rounding: Rounding
    lot: Lot | None = None


_NOTHING = _Given(Percent(0), Rounding.HALF_UP)


class _Around(NamedTuple):
    """Where in the tree a rule or a group stands. `picks_lines`: below a group that finds the winner line by line."""

    stage: str
    depth: int = 0
    picks_lines: bool = False
    mode: str = ""


class TreeReader:
    """The rules of one document being read: remembers ids and how many rules there are."""

    def __init__(self, context: Context, rounding: Rounding, refusals: Refusals) -> None:
        self.context = context
        self.rounding = rounding
        self.refusals = refusals
        self.ids: dict[str, str] = {}
        self.rules = 0
        self.points_finer = 1

    def group(self, node: Node, stage: str) -> Group:
        """The discounts, or the points earned, of a programme."""
        return self._group(node, _Around(stage))

    def rewards(self, node: Node) -> tuple[Rule, ...]:
        """What is given after everything."""
        around = _Around("reward")
        read = (
            self.refusals.read(lambda n: self._rule(n, around), item, None) for item in node.items(at_most=RULES_MAX)
        )
        return tuple(rule for rule in read if rule is not None)

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

    def _group(self, node: Node, around: _Around) -> Group:
        if around.depth >= DEPTH_MAX:
            node.refuse(
                "TOO_DEEP", f"groups are nested deeper than {DEPTH_MAX}", f"группы вложены глубже {DEPTH_MAX} уровней"
            )
        fields, read = node.fields(_GROUP), self.refusals.read
        # In a sequence everything may stand: what is refused of its children is their own.
        mode = read(lambda node: node.need(fields, "mode").choice(_MODES), node, "sequence")
        by_line = self._part(fields, "decide", lambda node: node.choice(("line", "basket")), "line") == "line"
        name = read(lambda node: self._id(node.need(fields, "id")), node, "")
        most = self._part(fields, "most", lambda node: node.count(1), None)
        picks_lines = around.picks_lines or (by_line and mode != "sequence")
        inside = _Around(around.stage, around.depth + 1, picks_lines, mode)
        items = node.need(fields, "children").items(at_most=RULES_MAX)
        children = tuple(read(lambda node: self._child(node, inside), item, None) for item in items)
        return Group(
            id=name,
            mode=mode,
            path=node.path,
            by_line=by_line,
            most=most,
            children=tuple(child for child in children if child is not None),
        )

    def _part(self, fields: dict[str, Node], key: str, read: Callable[[Node], T], otherwise: T) -> T:
        return self.refusals.member(fields, key, read, otherwise)

    def _child(self, node: Node, around: _Around) -> Group | Rule:
        if isinstance(node.value, dict) and "give" not in node.value and node.value.keys() & {"children", "mode"}:
            return self._group(node, around)
        return self._rule(node, around)

    def _rule(self, node: Node, around: _Around) -> Rule:
        self.rules += 1
        if self.rules > RULES_MAX:
            node.refuse(
                "TOO_MANY", f"a programme has at most {RULES_MAX} rules", f"правил в программе не больше {RULES_MAX}"
            )
        fields = node.fields(_RULE)
        given = self.refusals.read(lambda node: self._given(node, fields, around), node, _NOTHING)
        name = self.refusals.read(lambda node: self._id(node.need(fields, "id")), node, "")
        capped = around.stage == "discount"

        def part(key: str, read: Callable[[Node], T], otherwise: T) -> T:
            return self._part(fields, key, read, otherwise)

        return Rule(
            id=name,
            give=given.effect,
            path=node.path,
            name=part("name", Node.both_languages, None),
            active=part("active", read_active, None),
            stores=part("stores", Node.one_or_more, ()),
            channels=part("channels", Node.one_or_more, ()),
            when=part("when", lambda node: read_conditions(node, self.context), ()),
            on=part("on", read_selector, ALL_LINES),
            cap_minor=part("cap", Node.money, None) if capped else None,
            rounding=given.rounding,
            uses=part("uses", read_uses, None),
            holdout=part("holdout", lambda node: read_holdout(node, name), None),
            message=part("message", read_prompt, None),
            lot=given.lot,
            exclusive=part("exclusive", Node.flag, False),
            always=part("always", Node.flag, False),
        )

    def _given(self, node: Node, fields: dict[str, Node], around: _Around) -> _Given:
        give = node.need(fields, "give")
        own = self._part(fields, "rounding", Node.rounding, None)
        if around.stage == "accrual":
            effect, lot = read_accrual(give, self.context, own, fields.get("cap"))
            if isinstance(effect, PointsTimes):
                self._check_times(node, effect, around.mode)
            return _Given(effect, own or self.rounding, lot)
        if around.stage == "reward":
            if "cap" in fields:
                fields["cap"].refuse(
                    "CONTRADICTION",
                    "a cap goes with money or points, not with rewards",
                    "`cap` бывает у скидок и баллов, но не у наград",
                )
            return _Given(read_reward(give, self.context), own or self.rounding)
        effect, rounding = read_discount(give, self.context)
        if around.picks_lines and isinstance(effect, BuyGet | Every | Bundle | KitDeal):
            give.refuse(
                "CONTRADICTION",
                "a rule that uses units up needs a group that decides for the whole receipt (`decide: basket`)"
                " or applies in turn (`mode: sequence`)",
                "правилу, которое расходует единицы товара, нужна группа, которая решает по всему чеку"
                " (`decide: basket`) или действует по очереди (`mode: sequence`)",
            )
        # What units cost at a set price is rounded like every line's value, unless the rule says otherwise.
        usual = Rounding.HALF_UP if isinstance(effect, UnitPrice) else self.rounding
        return _Given(effect, rounding or own or usual)

    def _check_times(self, node: Node, times: PointsTimes, mode: str) -> None:
        self.points_finer *= times.denominator
        if mode != "sequence":
            node.refuse(
                "CONTRADICTION",
                "what multiplies points (`points_times`) needs rules before it in a group that applies in turn"
                " (`mode: sequence`)",
                "умножение баллов (`points_times`) — для того, что дали правила выше: ему нужна группа «по очереди»"
                " (`mode: sequence`)",
            )
        if self.points_finer > POINTS_FINER_MAX:
            node.refuse(
                "TOO_MANY",
                "too many `points_times` with digits after the point in one programme",
                "слишком много дробных `points_times` в одной программе",
            )
