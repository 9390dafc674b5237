"""The naive evaluator's tree: what a rule gives at its turn, and how groups put rules together."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from oracle_basket import Amounts, Given
from oracle_conditions import Why, why
from oracle_effects import Effects, told
from oracle_numbers import Json, number, ties

CONSUMING = {"every", "buy", "bundle", "kit"}
Told = list[tuple[str, Fraction]]  # rule, quantity of a gift to be handed over
Closed = dict[int, str]  # lines that enough children gave on, and the rule that gave last


@dataclass
class Result:
    """What a part of the tree gives: money or points by line, and gifts that are not in the basket."""

    given: Given = field(default_factory=list)
    told: Told = field(default_factory=list)


def rules_of(node: Json | None) -> list[Json]:
    if node is None:
        return []
    return [node] if "give" in node else [rule for child in node["children"] for rule in rules_of(child)]


def about_lines(condition: Json) -> bool:
    ((key, value),) = condition.items()
    if key in ("all", "any"):
        return any(about_lines(c) for c in value)
    return about_lines(value) if key == "not" else key == "line_quantity"


class Tree(Effects):
    """Groups of rules. `why` remembers for each rule why it gave nothing."""

    only: str | None
    why: dict[str, Why]
    place: dict[str, int]  # Of each rule in the document.
    gave: dict[str, int]  # What each rule gave at its turn, points in whole units.
    beaten: dict[str, str]  # Rules that lost lines, and the first of those that won them.

    def first_of(self, rules: Iterable[str]) -> str:
        return min(rules, key=self.place.__getitem__)

    def reach(self, rule: Json, current: Any, barred: str) -> tuple[list[int], Why | None]:
        """Lines the rule may work on, and why there are none."""
        lines = self.selected(rule.get("on", {}))
        when = rule.get("when", [])
        self.near[rule["id"]] = False
        if no := self.refusal(rule):
            return [], no
        if any(about_lines(c) for c in when):
            lines, no, nearest = self.lines_that_hold(lines, when, current)
            if nearest is not None and no:
                self.near[rule["id"]] = self.nearly_holds(rule, no, current, nearest, [nearest], barred)
        elif no := next((no for c in when if (no := self.fails(c, current, None))), None):
            self.near[rule["id"]] = self.nearly_holds(rule, no, current, None, lines, barred)
        if no := no or self.refused_by_holdout(rule) or (None if lines else why("NO_GOODS")):
            return [], no
        open_lines = [i for i in lines if not barred or self.flags[i][barred]]
        by_law = any(barred in self.barred_by_law[i] for i in lines)
        return open_lines, None if open_lines else why("REGULATED" if by_law else "NO_GOODS")

    def lines_that_hold(
        self, lines: list[int], when: list[Json], current: Any
    ) -> tuple[list[int], Why | None, int | None]:
        """The lines for which all conditions hold; if none, what the line that comes nearest lacks, and which it is."""
        for condition in () if lines else when:
            if about_lines(condition):
                break
            if no := self.fails(condition, current, None):
                return [], no, None
        nearest: tuple[int, Fraction, Why, int | None] = (len(when) + 1, Fraction(0), why("NO_GOODS"), None)
        found = []
        for i in lines:
            refused = next(((k, no) for k, c in enumerate(when) if (no := self.fails(c, current, i))), None)
            if refused is None:
                found.append(i)
                continue
            left, no = len(when) - refused[0], refused[1]
            lacks = abs(Fraction(no[1]) - Fraction(no[2])) if no[0].endswith("_QUANTITY") else Fraction(0)
            if (left, lacks) == nearest[:2]:
                ties.append("nearest")
            if (left, lacks) < nearest[:2]:
                nearest = left, lacks, no, i
        return (found, None, None) if found else ([], *nearest[2:])

    def run(self, node: Json, base: Any, room: Any, closed: Closed) -> Result:
        if "give" in node:
            return self.run_rule(node, base, room, closed)
        return (
            self.run_chain(node, base, room, closed)
            if node["mode"] in ("sum", "sequence")
            else self.choose(node, base, room, closed)
        )

    def run_rule(self, rule: Json, base: Any, room: Any, closed: Closed) -> Result:
        if self.only not in (None, rule["id"]) and not rule.get("always"):
            self.why[rule["id"]] = why("EXCLUSIVE", by=self.only or "")
            return Result()
        self.turn, self.closed = rule["id"], {} if "gift" in rule["give"] else closed
        self.beaten.pop(rule["id"], None)
        if "gift" in rule["give"]:
            return self.run_gift(rule, base, room, closed)
        reach, no = self.reach(rule, base, "earnable" if self.accruing else "discountable")
        mine = [i for i in reach if i not in closed]
        if not mine:
            self.why[rule["id"]] = no or why("MOST", by=self.first_of(closed[i] for i in reach))
            return Result()
        before = self.taken
        if not self.accruing:
            self.wanted[rule["id"]] = self.alone(rule, mine, base)
        found = self.points(rule, mine) if self.accruing else self.discount(rule, mine, base, room)
        self.gave[rule["id"]] = told(sum(found.values()))
        if not any(found.values()):
            self.taken = before
            self.why[rule["id"]] = self.lacks_level(rule["give"], mine, base) or self.nothing(rule, mine, room)
        return Result(self.positive(rule, found))

    @staticmethod
    def positive(rule: Json, found: Amounts) -> Given:
        return [(rule["id"], i, amount) for i, amount in sorted(found.items()) if amount > 0]

    def lacks_level(self, give: Json, mine: list[int], base: Any) -> Why | None:
        """What the measure of a percent lacks to the first level that gives something, or money to the first step."""
        no = None
        if by := give.get("percent_by", give.get("points_percent_by")):
            if not self.level(by, base):
                no = next((no for c in self.levels_as_conditions(by) if (no := self.fails(c, base, None))), None)
        elif "points_per" in give and self.point_units(give["points_per"]["points"]):
            value = [self.bases[give.get("base", "paid")][i] for i in mine]
            money = max(value) if give.get("scope") == "line" else sum(value)
            step = {"at_least": give["points_per"]["spend"]}
            no = self.outside(step, money, self.minor, self.money_text, ("BELOW_AMOUNT", ""))
        self.near[self.turn] = no is not None
        return no

    @staticmethod
    def levels_as_conditions(by: Json) -> list[Json]:
        """For each level that gives something, the nearest first, the condition that the measure reaches it."""
        if "tier" in by:
            names = [tier for tier, percent in by["tier"].items() if number(percent)]
            return [{"tier": names}] if names else []
        measure = next(key for key in ("turnover", "subtotal", "quantity") if key in by)
        more = {"window": by["turnover"]} if measure == "turnover" else {}
        more |= {key: by[key] for key in ("of", "basis") if key in by}
        return [{measure: more | {"at_least": bound}} for bound, percent in by["levels"] if number(percent)]

    def nothing(self, rule: Json, mine: list[int], room: Any) -> Why:
        if no := self.lacks_units(rule["give"], mine):
            return no
        cap = rule["give"].get("cap", rule.get("cap"))
        if cap is not None and number(cap) == 0:
            return why("CAP")
        if self.accruing or any(room[i] for i in mine):
            return why("ZERO")
        return self.lost("FLOOR", self.wanted[rule["id"]])

    def lost(self, reason: str, minor: int) -> Why:
        """Money that a rule would have given, all of it cut."""
        money = self.money_text(minor)
        return why(reason, money, self.money_text(0), money) if minor else why(reason)

    def lacks_units(self, give: Json, mine: list[int]) -> Why | None:
        """What an effect on units is short of: units that earlier rules used up, or units."""
        if "unit" in (give.get("cheapest"), give.get("dearest")):
            if any(self.free_units(i) for i in mine):
                return None
            return self.used_up(mine) if any(self.whole_units(i) for i in mine) else why("NO_GOODS")
        short = self.short(give, mine, self.free_units) if CONSUMING & give.keys() else None
        if short is None:
            return None
        never = self.short(give, mine, self.whole_units)
        self.near[self.turn] = never is not None and self.nearly_has(give, mine, short[1])
        return never[0] if never else self.used_up(short[1])

    def used_up(self, lines: list[int]) -> Why:
        return why("UNITS_USED", by=self.first_of(self.used_by[i] for i in lines if self.used.get(i)))

    def short(self, give: Json, mine: list[int], units: Callable[[int], int]) -> tuple[Why, list[int]] | None:
        """What there is too little of, and the lines that it may be taken from."""

        def below(need: int, lines: list[int], sku: str = "") -> tuple[Why, list[int]] | None:
            actual, reason = sum(map(units, lines)), "KIT_INCOMPLETE" if sku else "BELOW_QUANTITY"
            return (why(reason, str(need), str(actual), str(need - actual), sku=sku), lines) if actual < need else None

        if "kit" in give:
            for sku, need in give["kit"].items():
                if no := below(int(need), [i for i in mine if self.lines[i]["sku"] == sku], sku):
                    return no
            return None
        if "buy" not in give:
            return below(int(give["every"] if "every" in give else give["bundle"]["size"]), mine)
        buy, get = int(give["buy"]["quantity"]), 1 if give.get("partial") else int(give["get"]["quantity"])
        bought = [i for i in mine if self.selects(give["buy"].get("of", {}), i)]
        got = [i for i in mine if self.selects(give["get"].get("of", {}), i)]
        both = [i for i in mine if i in bought or i in got]
        return below(buy + get, both) or below(buy, bought) or below(get, got)

    def run_gift(self, rule: Json, base: Any, room: Any, closed: Closed) -> Result:
        _, no = self.reach(rule, base, "")
        if no:
            self.why[rule["id"]] = no
            return Result()
        found, missing = self.gift(rule, closed, base, room)
        self.wanted[rule["id"]] = self.alone(rule, [i for i in range(self.n) if i not in closed], base)
        self.gave[rule["id"]] = int(sum(found.values()))
        if not any(found.values()) and not missing:
            mine = [i for i in self.selected({"sku": [rule["give"]["gift"]["sku"]]}) if self.flags[i]["discountable"]]
            if found:
                self.why[rule["id"]] = self.nothing(rule, list(found), room)
            else:
                self.why[rule["id"]] = (
                    why("MOST", by=self.first_of(closed[i] for i in mine)) if mine else why("NO_GOODS")
                )
        return Result(self.positive(rule, found), [(rule["id"], missing)] if missing else [])

    def run_chain(self, node: Json, base: Any, room: Any, closed: Closed) -> Result:
        base, room, closed = dict(base), dict(room), dict(closed)
        lowers = node["mode"] == "sequence" and not self.accruing
        by_line = node.get("decide", "line") == "line"
        most = node.get("most")
        givers: dict[int, int] = {}
        whole = Result()
        children = 0
        added: Amounts = {}
        for child in node["children"]:
            if most is not None and not by_line and children >= int(most):
                self.why |= {rule["id"]: why("MOST", by=whole.given[-1][0]) for rule in rules_of(child)}
                continue
            self.earlier = list(whole.given)
            before = dict(self.used), dict(self.used_value)
            found = self.run(child, base, room, closed)
            if not lowers and "children" in child:
                self.revalue(base, *before, added)
            for rule, i, amount in found.given:
                if not self.accruing:
                    room[i] -= amount
                if lowers:
                    base[i] -= amount
                    if rule in self.consuming:
                        self.used_value[i] -= amount
            if found.given:
                children += 1
                for i, last in {i: rule for rule, i, _ in found.given}.items():
                    givers[i] = givers.get(i, 0) + 1
                    if most is not None and by_line and givers[i] >= int(most):
                        closed[i] = last
            whole.given += found.given
            whole.told += found.told
        if lowers:  # Outside the base is as it was; whoever lowers it there lowers the units with it.
            for rule, i, amount in whole.given:
                if rule in self.consuming:
                    self.used_value[i] += amount
        for i, amount in added.items():
            self.used_value[i] -= amount
        return whole

    def revalue(self, base: Any, used: dict[int, int], value: Amounts, added: Amounts) -> None:
        """Units that a group used up on a base of its own are worth their share of this base to its later siblings."""
        for i, count in self.used.items():
            if count > used.get(i, 0):
                left = max(0, base[i] - value.get(i, 0))
                free = self.whole_units(i) - used.get(i, 0)
                worth = value.get(i, 0) + math.floor(Fraction(left) * (count - used.get(i, 0)) / free)
                added[i] = added.get(i, 0) + worth - self.used_value[i]
                self.used_value[i] = worth

    consuming: set[str]

    def choose(self, node: Json, base: Any, room: Any, closed: Closed) -> Result:
        by_line = node.get("decide", "line") == "line"
        most = int(node.get("most", 1))
        results: list[Result] = []
        states = []
        before = self.taken
        for child in node["children"]:
            self.taken = before
            results.append(self.run(child, base, room, closed))
            states.append(self.taken)
        self.taken = before
        kept: set[tuple[int, int]] = set()  # (child, line)
        for scope in [[i] for i in range(self.n)] if by_line else [list(range(self.n))]:
            winners = self.winners(node["mode"], [self.total(found.given, scope) for found in results])[:most]
            kept |= {(k, i) for k in winners for i in scope}
            if winners and not by_line:
                self.taken = states[winners[0]]
        return self.keep(results, kept, room, most)

    @staticmethod
    def total(given: Given, scope: list[int]) -> Any:
        return sum(amount for _, i, amount in given if i in scope)

    @staticmethod
    def winners(mode: str, totals: list[Any]) -> list[int]:
        order = [k for k in range(len(totals)) if totals[k] > 0]
        if mode != "first":
            order.sort(key=lambda k: (-totals[k] if mode == "max" else totals[k], k))
        return order

    def keep(self, results: list[Result], kept: set[tuple[int, int]], room: Any, most: int) -> Result:
        whole = Result()
        left = dict(room)
        tellers = [k for k, found in enumerate(results) if found.told][:most]
        if any(found.given for found in results):
            tellers = []
        won = [(rule, i) for k, found in enumerate(results) for rule, i, _ in found.given if (k, i) in kept]
        for k, found in enumerate(results):
            mine: Given = []
            for rule, i, amount in found.given:
                if (k, i) in kept:
                    amount = amount if self.accruing else min(amount, left[i])
                    if not self.accruing:
                        left[i] -= amount
                if (k, i) in kept and amount:
                    mine.append((rule, i, amount))
                else:
                    self.lose(rule, i, won)
            whole.given += mine
            if mine or k in tellers:
                whole.told += found.told
        stay = {rule for rule, _, _ in whole.given} | {rule for rule, _ in whole.told}
        for found in results:
            losers = {rule for rule, _, _ in found.given} - stay
            self.why |= {rule: why("DISPLACED", by=self.beaten[rule]) for rule in losers}
            # A gift that nobody hands over: for the first that gives money, or that is handed over itself.
            gifts = {rule for rule, _ in found.told} - stay
            self.why |= {rule: why("DISPLACED", by=(whole.given or whole.told)[0][0]) for rule in gifts}
        return whole

    def lose(self, rule: str, line: int, won: list[tuple[str, int]]) -> None:
        """Remembers the first rule of the document that won a line that this one lost; if nobody won it, any line."""
        winners = [other for other, i in won if i == line] or [other for other, _ in won]
        self.beaten[rule] = self.first_of([*winners, self.beaten.get(rule, winners[0])])
