"""A programme flattened: every name a number, every tree an array in document order, with indexes by token."""

from tillgate.core import effects
from tillgate.core.conditions import Among, Combined, Condition, Contains, Identified, Kit, Measure, Selector
from tillgate.core.numbers import Rounding
from tillgate.core.programme import Active, Group, Holdout, Programme, Rule, Uses

from ._codes import FACTS, MODES, Op, Reason, Stage, What
from ._gates import HIGHEST, LOWEST, Gates, bounds
from ._rows import NONE, ConditionRow, NodeRow, RuleRow, ScheduleRow, SelectorRow, Tables

__all__ = ["build_tables"]

ROUNDINGS = {Rounding.HALF_UP: 0, Rounding.HALF_EVEN: 1, Rounding.DOWN: 2, Rounding.UP: 3}
PLACES = {"line": 0, "unit": 1, "basket": 2}
WEIGHTS = {"value": 0, "quantity": 1, "even": 2}
BASES = {"paid": 0, "net": 1, "list": 2}
SETS_MAX = 1_000_000_000
LINE_KINDS = ("sku", "category", "brand", "tag")


def build_tables(programme: Programme) -> Tables:
    """Flatten a programme."""
    return _Builder(programme).build()


class _Builder:
    def __init__(self, programme: Programme) -> None:
        self.tables = Tables(programme)
        self.selector_ids: dict[Selector, int] = {}
        self.tables.gates = Gates(self.selector, self.token)

    def build(self) -> Tables:
        tables, programme = self.tables, self.tables.programme
        if programme.discounts is not None:
            tables.discounts = self.group(programme.discounts, NONE, Stage.DISCOUNT)
        if programme.accrual is not None:
            tables.accrual = self.group(programme.accrual, NONE, Stage.ACCRUAL)
        tables.rewards_start = len(tables.rules)
        for rule in programme.rewards:
            tables.gates.add(len(tables.nodes) + self.rule(rule, Stage.REWARD) - tables.rewards_start, rule)
        if programme.redemption is not None and programme.redemption.exclude is not None:
            tables.exclude = self.selector(programme.redemption.exclude)
        for tier in programme.tiers.levels if programme.tiers else ():
            self.token("tier", tier.id)
        if programme.tiers:
            self.window(programme.tiers.window)
        return tables

    # Names

    def token(self, kind: str, value: str) -> int:
        known = self.tables.tokens.setdefault(kind, {})
        if value not in known:
            known[value] = self.tables.token_count
            self.tables.token_count += 1
        return known[value]

    def window(self, name: str) -> int:
        """Windows are numbered from 0; the kernel adds where they start among the facts."""
        return self.tables.windows.setdefault(name, len(self.tables.windows))

    def selector(self, selector: Selector) -> int:
        if selector in self.selector_ids:
            return self.selector_ids[selector]
        without = self.selector(selector.without) if selector.without is not None else NONE
        index = len(self.tables.selectors)
        clauses = 0
        for bit, kind in enumerate(LINE_KINDS):
            names: tuple[str, ...] = getattr(selector, kind)
            if names:
                clauses |= 1 << bit
            for name in dict.fromkeys(names):
                self.tables.selector_postings.setdefault(self.token(kind, name), []).append((index, 1 << bit))
        low, high = selector.price_at_least_minor, selector.price_at_most_minor
        self.tables.selectors.append(
            SelectorRow(
                clauses,
                NONE if low is None else low,
                NONE if high is None else high,
                selector.regular_price_only,
                without,
            )
        )
        self.selector_ids[selector] = index
        return index

    # The tree

    def group(self, group: Group, parent: int, stage: Stage) -> int:
        nodes, index = self.tables.nodes, len(self.tables.nodes)
        most = NONE if group.most is None else group.most
        nodes.append(NodeRow(NONE, MODES.index(group.mode), group.by_line, most, 0, parent))
        for child in group.children:
            if isinstance(child, Group):
                self.group(child, index, stage)
            else:
                rule = self.rule(child, stage)
                if isinstance(child.give, effects.Gift):
                    self.tables.gifts.append((rule, len(nodes)))
                nodes.append(NodeRow(rule, 0, 0, NONE, len(nodes) + 1, index))
                self.tables.gates.add(len(nodes) - 1, child)
        nodes[index] = nodes[index]._replace(end=len(nodes))
        return index

    def rule(self, rule: Rule, stage: Stage) -> int:
        tables, index = self.tables, len(self.tables.rules)
        start = len(tables.conditions)
        if rule.active is not None:
            self.active(rule.active)
        if rule.stores:
            self.among("store", rule.stores, Reason.OTHER_STORE, customer=False)
        if rule.channels:
            self.among("channel", rule.channels, Reason.OTHER_CHANNEL, customer=False)
        if rule.uses is not None:
            self.uses(rule.id, rule.uses)
        for condition in rule.when:
            self.condition(condition, Reason.CONDITION)
        if rule.holdout is not None:
            self.holdout(rule.holdout)
        scoped = any(row.op == Op.LINE_QUANTITY for row in tables.conditions[start:])
        row = RuleRow(
            what=0,
            conditions_start=start,
            conditions_end=len(tables.conditions),
            line_scoped=scoped,
            selector=self.selector(rule.on),
            exclusive=rule.exclusive,
            always=rule.always,
            rounding=ROUNDINGS[rule.rounding],
            place=0,
            p0=0,
            p1=0,
            p2=0,
            p3=0,
            selector_a=NONE,
            selector_b=NONE,
            levels_start=0,
            levels_end=0,
            measure_fact=NONE,
            measure_selector=NONE,
            cap=NONE if rule.cap_minor is None else rule.cap_minor,
            base=0,
        )
        tables.rules.append(self.effect(row, rule))
        tables.sources.append(rule)
        return index

    # Conditions

    def row(self, op: Op, reason: Reason, **values: int) -> int:
        index = len(self.tables.conditions)
        blank = ConditionRow(op, reason, index + 1, NONE, 0, 0, NONE, LOWEST, HIGHEST, 0)
        self.tables.conditions.append(blank._replace(**values))
        return index

    def uses(self, rule: str, uses: Uses) -> None:
        """Counts of receipts: the customer's, then everybody's. Each is a fact of its own."""
        for most, counts, customer in ((uses.per_customer, self.tables.uses, 1), (uses.total, self.tables.totals, 0)):
            if most is not None:
                fact = self.tables.count_facts
                counts[rule] = fact
                self.tables.count_facts += 1
                self.row(Op.USES, Reason.USES, fact=fact, high=most - 1, customer=customer)

    def holdout(self, holdout: Holdout) -> None:
        tables, start = self.tables, len(self.tables.salts)
        tables.salts += holdout.salt.encode(errors="surrogatepass")
        self.row(Op.HOLDOUT, Reason.HOLDOUT, tokens_start=start, tokens_end=len(tables.salts), low=holdout.ppm)

    def among(self, kind: str, values: tuple[str, ...], reason: Reason, *, customer: bool) -> None:
        start = len(self.tables.condition_tokens)
        self.tables.condition_tokens += [self.token(kind, value) for value in values]
        end = len(self.tables.condition_tokens)
        self.row(Op.TOKENS, reason, tokens_start=start, tokens_end=end, customer=customer)

    def active(self, active: Active) -> None:
        low, high = bounds(active, moments=False)
        if (low, high) != (LOWEST, HIGHEST):
            self.row(Op.FACT, Reason.NOT_ACTIVE, fact=FACTS.index("local_day"), low=low, high=high)
        low, high = bounds(active, moments=True)
        if (low, high) != (LOWEST, HIGHEST):
            self.row(Op.FACT, Reason.NOT_ACTIVE, fact=FACTS.index("epoch_second"), low=low, high=high)
        if not (active.weekdays or active.hours or active.dates):
            return
        tables = self.tables
        if active not in tables.schedule_of:
            tables.schedule_of[active] = len(tables.schedules)
            hours, dates = len(tables.hours), len(tables.dates)
            tables.hours += active.hours
            tables.dates += [year * 10_000 + month * 100 + day for year, month, day in active.dates]
            weekdays = sum(1 << day for day in active.weekdays)
            tables.schedules.append(ScheduleRow(weekdays, hours, len(tables.hours), dates, len(tables.dates)))
        self.row(Op.SCHEDULE, Reason.OUT_OF_SCHEDULE, low=tables.schedule_of[active])

    def condition(self, condition: Condition, combined: Reason) -> None:
        match condition:
            case Combined(mode=mode, children=children):
                index = self.row(Op[mode.upper()], combined)
                for child in children:
                    self.condition(child, combined)
                rows = self.tables.conditions
                rows[index] = rows[index]._replace(end=len(rows))
            case Identified(wanted=wanted):
                reason = Reason.NOT_IDENTIFIED if wanted else Reason.IDENTIFIED
                self.row(Op.IDENTIFIED, reason, low=wanted)
            case Among(kind=kind, values=values):
                customer = kind in ("segment", "tier", "card_kind", "attribute")
                self.among(kind, values, Reason.of_kind(kind), customer=customer)
            case Contains(of=of):
                self.row(Op.CONTAINS, Reason.NO_GOODS, selector=self.selector(of))
            case Kit(parts=parts):
                index = self.row(Op.ALL, Reason.KIT_INCOMPLETE)
                for sku, quantity in parts:
                    one = self.selector(Selector(sku=(sku,)))
                    self.row(Op.QUANTITY, Reason.KIT_INCOMPLETE, selector=one, low=quantity)
                rows = self.tables.conditions
                rows[index] = rows[index]._replace(end=len(rows))
            case Measure():
                self.measure(condition)

    def measure(self, measure: Measure) -> None:
        low = LOWEST if measure.low is None else measure.low
        high = HIGHEST if measure.high is None else measure.high
        match measure.kind:
            case "subtotal":
                op = Op.SUBTOTAL_CURRENT if measure.current else Op.SUBTOTAL_LIST
                self.row(op, Reason.BELOW_AMOUNT, selector=self.selector(measure.of), low=low, high=high)
            case "quantity":
                self.row(Op.QUANTITY, Reason.BELOW_QUANTITY, selector=self.selector(measure.of), low=low, high=high)
            case "line_quantity":
                self.row(Op.LINE_QUANTITY, Reason.BELOW_QUANTITY, low=low, high=high)
            case "turnover":
                fact = self.window(measure.window)
                self.row(Op.TURNOVER, Reason.TURNOVER, fact=fact, low=low, high=high, customer=1)
            case kind:
                op = Op.EVERY if measure.every else Op.FACT
                low = measure.every or low
                self.row(op, Reason.of_kind(kind), fact=FACTS.index(kind), low=low, high=high, customer=1)

    # Effects

    def effect(self, row: RuleRow, rule: Rule) -> RuleRow:
        match rule.give:
            case effects.Percent(ppm=ppm, place=place):
                return row._replace(what=What.PERCENT, p0=ppm, place=PLACES[place])
            case effects.PercentBy() as by:
                return self.levelled(row, by)._replace(what=What.PERCENT_BY, place=PLACES[by.place])
            case effects.Amount(minor=minor, per=per, by=weight, max_units_milli=most):
                what = {"basket": What.AMOUNT_BASKET, "line": What.AMOUNT_LINE, "unit": What.AMOUNT_UNIT}[per]
                return row._replace(what=what, p0=minor, p1=NONE if most is None else most, p2=WEIGHTS[weight])
            case effects.UnitPrice(minor=minor):
                return row._replace(what=What.UNIT_PRICE, p0=minor)
            case effects.Total(minor=minor):
                return row._replace(what=What.TOTAL, p0=minor)
            case effects.RoundDownTo(minor=minor):
                return row._replace(what=What.ROUND_DOWN_TO, p0=minor)
            case effects.Pick(cheapest=cheapest, unit=unit, ppm=ppm, minor=minor):
                return row._replace(what=What.PICK, p0=ppm, p1=minor, p2=cheapest, p3=unit)
            case effects.Every(size=size, ppm=ppm, minor=minor):
                return row._replace(what=What.EVERY, p0=ppm, p1=minor, p2=size, p3=sets(rule, SETS_MAX))
            case effects.FirstNext(first_minor=first, next_minor=further, max_units=most):
                return row._replace(what=What.FIRST_NEXT, p0=first, p1=further, p2=HIGHEST if most is None else most)
            case effects.Bundle(size=size, minor=minor, cheapest=cheapest, times=times):
                times = sets(rule, times)
                return row._replace(what=What.BUNDLE, p0=size, p1=minor, p2=cheapest, place=times)
            case effects.KitDeal() as kit:
                return self.kit(row, kit)._replace(p3=sets(rule, SETS_MAX))
            case effects.BuyGet() as deal:
                flags = deal.cheapest | deal.partial << 1 | deal.spread_over_all << 2
                return row._replace(
                    what=What.BUY_GET,
                    p0=deal.buy,
                    p1=deal.get,
                    p2=deal.ppm,
                    p3=flags,
                    place=sets(rule, deal.times),
                    selector_a=self.selector(deal.buy_of),
                    selector_b=self.selector(deal.get_of),
                )
            case effects.PointsPercent(ppm=ppm):
                row = row._replace(what=What.POINTS_PERCENT, p0=ppm)
            case effects.PointsPercentBy() as by:
                row = self.levelled(row, by)._replace(what=What.POINTS_PERCENT_BY)
            case effects.PointsPer(spend_minor=spend, points=points, per_line=per_line):
                row = row._replace(what=What.POINTS_PER, p0=spend, p1=points, p2=per_line)
            case effects.Points(points=points):
                row = row._replace(what=What.POINTS, p0=points)
            case effects.PointsTimes(times_milli=times):
                row = row._replace(what=What.POINTS_TIMES, p0=times)
            case effects.Gift() as gift:
                own = self.selector(Selector(sku=(gift.sku,)))
                number = len(self.tables.gifts)
                return row._replace(what=What.GIFT, p0=gift.quantity_milli, place=number, selector_a=own)
            case effects.OfferCard() | effects.Prompt() | effects.Coupon():
                return row._replace(what=What.REWARD)
        return self.accrual(row, rule)

    def kit(self, row: RuleRow, kit: effects.KitDeal) -> RuleRow:
        """Parts stand in the table of levels, as (selector, units)."""
        tables, start = self.tables, len(self.tables.levels)
        tables.levels += [(self.selector(Selector(sku=(sku,))), units) for sku, units in kit.parts]
        price = NONE if kit.price_minor is None else kit.price_minor
        end = len(tables.levels)
        return row._replace(what=What.KIT, p0=kit.ppm, p1=kit.minor, p2=price, levels_start=start, levels_end=end)

    def accrual(self, row: RuleRow, rule: Rule) -> RuleRow:
        give = rule.give
        assert isinstance(
            give,
            effects.Accrual,
        )
        rounding = None if isinstance(give, effects.PointsPer | effects.Points) else give.rounding
        return row._replace(
            base=BASES["paid" if isinstance(give, effects.PointsTimes) else give.base],
            cap=NONE if give.cap_points is None else give.cap_points,
            rounding=NONE if rounding is None else ROUNDINGS[rounding],
        )

    def levelled(self, row: RuleRow, by: effects.PercentBy | effects.PointsPercentBy) -> RuleRow:
        tables, start = self.tables, len(self.tables.levels)
        tables.levels += by.levels
        row = row._replace(levels_start=start, levels_end=len(tables.levels))
        match by.measure:
            case "tier":
                return row._replace(measure_fact=FACTS.index("tier"), p1=Op.FACT)
            case "turnover":
                return row._replace(measure_fact=self.window(by.window), p1=Op.TURNOVER)
            case "quantity":
                return row._replace(measure_selector=self.selector(by.of), p1=Op.QUANTITY)
        op = Op.SUBTOTAL_CURRENT if by.current else Op.SUBTOTAL_LIST
        return row._replace(measure_selector=self.selector(by.of), p1=op)


def sets(rule: Rule, times: int) -> int:
    """How many sets of units a rule may take from one receipt."""
    most = rule.uses.per_receipt if rule.uses else None
    return times if most is None else min(times, most)
