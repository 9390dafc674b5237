"""Sentences about rules that gave nothing, in Russian and English, from the reasons and figures of the kernel."""

from collections.abc import Callable, Iterable
from datetime import datetime

from tillgate.core.answer import Answer, NotApplied
from tillgate.core.basket import Basket
from tillgate.core.effects import KitDeal, PercentBy, PointsPercentBy
from tillgate.core.figures import count_of
from tillgate.core.numbers import format_quantity
from tillgate.core.programme import Rule
from tillgate.core.text import Text

from ._codes import CONTEXTUAL, Op, Reason
from ._hints import NO_LEVEL, outcome
from ._rows import Tables
from ._schedules import bound_of, moment_of, schedule_of
from ._sentences import BEATEN, CLOSED, FIGURES, NAMES, NO_GOODS, PLAIN
from ._words import Words, named

__all__ = ["Explainer", "Refused"]

HINTS_MAX = 5
#: So many sentences are kept for the next receipt.
KEPT_MAX = 50_000
#: `which` of the kernel: goods that are there but closed, and the first part of a kit.
BARRED, PARTS = -2, -10
HINTED = frozenset((Reason.BELOW_AMOUNT, Reason.BELOW_QUANTITY, Reason.KIT_INCOMPLETE))
#: (rule, reason, need, actual, which, whether nothing else lacks)
Row = tuple[int, int, int, int, int, int]
#: (place among the entries, key to keep the entry by or -1, row)
Refused = tuple[int, int, Row]

_MONEY = (Reason.BELOW_AMOUNT, Reason.ABOVE_AMOUNT, Reason.TURNOVER, Reason.FLOOR, Reason.LIMIT)
_QUANTITY = (Reason.BELOW_QUANTITY, Reason.ABOVE_QUANTITY, Reason.KIT_INCOMPLETE)
_DAYS = (Reason.ABSENT_DAYS, Reason.REGISTERED)


class Explainer:
    """Explains the refusals of one programme. Sentences that come again are made once."""

    def __init__(self, tables: Tables, told: dict[int, NotApplied]) -> None:
        programme = tables.programme
        self._tables = tables
        self._rules = tables.sources
        self._words = Words(programme.currency, tables.currency_digits, programme.points.digits)
        self._names = {token: value for known in tables.tokens.values() for value, token in known.items()}
        skus = set(tables.tokens.get("sku", {}).values())
        self._skus = {
            selector: self._names[token] for token in skus for selector, _ in tables.selector_postings.get(token, ())
        }
        #: By refusal, and where a name of the receipt is said by that too.
        self._kept: dict[tuple[int | str, ...], NotApplied] = {}
        #: By rule and the level it would reach.
        self._outcomes: dict[tuple[int, int], Text] = {}
        self._told = told

    def explain(
        self, basket: Basket, answer: Answer, entries: list[NotApplied | None], refused: Iterable[Refused]
    ) -> tuple[tuple[NotApplied, ...], tuple[Text, ...]]:
        """Why each rule gave nothing, and hints: those that fail only by an amount or a quantity, nearest first.

        `entries` are those that were made before, with gaps for those that `refused` is about.
        """
        kept, near, names = self._kept, [], dict[int, Text]()
        for known in (kept, self._told):
            if len(known) > KEPT_MAX:
                known.clear()
        for place, lasting, row in refused:
            entry = kept.get(row)
            if entry is None:
                entry = self._made(row, basket, answer, names)
            entries[place] = entry
            if lasting >= 0:
                self._told[lasting] = entry
            if row[5] and row[1] in HINTED and row[2] > row[3]:
                near.append(((row[2] - row[3]) * 1_000_000 // row[2], row, entry.sku))
        hints = [self._hint(row, sku) for _, row, sku in sorted(near)[:HINTS_MAX]]
        return tuple(entry for entry in entries if entry), tuple(hints)

    def _made(self, row: Row, basket: Basket, answer: Answer, names: dict[int, Text]) -> NotApplied:
        """An entry not made before, or one that says a name of the receipt; `names` keeps those names by reason."""
        index, code, need, actual, which, _ = row
        actual_name = _ACTUAL_NAMES.get(code)
        if actual_name is not None and code not in names:
            names[code] = actual_name(basket, answer)
        there = names.get(code, _NOTHING)
        key = row if actual_name is None else (*row, there.en)
        entry = self._kept.get(key)
        if entry is None:
            entry = self._kept[key] = self._entry(self._rules[index], Reason(code), need, actual, which, there)
        return entry

    def _entry(self, rule: Rule, reason: Reason, need: int, actual: int, which: int, there: Text) -> NotApplied:
        if reason in PLAIN:
            return NotApplied(rule=rule.id, reason=reason.name, detail=PLAIN[reason])
        if reason in BEATEN:
            return self._beaten(rule, reason, which)
        if reason in FIGURES:
            return self._figures(rule, reason, need, actual, which)
        if reason in NAMES:
            names = self._wanted(rule, reason, which)
            text = NAMES[reason]
            detail = Text(text.ru.format(need=named(names)), text.en.format(need=named(names)))
            return NotApplied(rule=rule.id, reason=reason.name, detail=detail, need=", ".join(names), actual=there.en)
        special: dict[Reason, Callable[[], NotApplied]] = {
            Reason.NO_GOODS: lambda: self._plain(rule, reason, CLOSED if which == BARRED else NO_GOODS),
            Reason.NOT_ACTIVE: lambda: self._not_active(rule, need, actual, there),
            Reason.OUT_OF_SCHEDULE: lambda: self._out_of_schedule(rule, there),
            Reason.USES: lambda: self._uses(rule, need, actual, which),
            Reason.BIRTHDAY: lambda: self._birthday(rule, need, actual),
        }
        return special[reason]()

    @staticmethod
    def _plain(rule: Rule, reason: Reason, text: Text) -> NotApplied:
        return NotApplied(rule=rule.id, reason=reason.name, detail=text)

    # Figures

    def _figures(self, rule: Rule, reason: Reason, need: int, actual: int, which: int) -> NotApplied:
        below, above, unknown = FIGURES[reason]
        if reason is Reason.PURCHASE_NUMBER and which >= 0 and self._tables.conditions[which].op == Op.EVERY:
            every = self._tables.conditions[which].low
            need = actual + every - actual % every
        if need == actual:
            return self._plain(rule, reason, unknown)
        text, missing = (below, need - actual) if need > actual else (above, actual - need)
        said, plain = self._teller(reason)
        sku = self._sku(rule, which) if reason is Reason.KIT_INCOMPLETE else ""
        words = {"need": said(need), "actual": said(actual), "missing": said(missing)}
        return NotApplied(
            rule=rule.id,
            reason=reason.name,
            detail=Text(
                _ended(text.ru.format(sku=sku, **{key: word.ru for key, word in words.items()})),
                text.en.format(sku=sku, **{key: word.en for key, word in words.items()}),
            ),
            need=plain(need),
            actual=plain(actual),
            missing=plain(missing),
            sku=sku,
        )

    def _teller(self, reason: Reason) -> tuple[Callable[[int], Text], Callable[[int], str]]:
        """How a figure is said to people, and how it stands in the document."""
        words = self._words
        if reason in _MONEY:
            return words.money, words.plain_money
        if reason in _QUANTITY:
            return words.quantity, format_quantity
        if reason is Reason.POINTS:
            return words.points, words.plain_points
        if reason in _DAYS:
            return lambda days: count_of(days, "day"), str
        if reason is Reason.AGE:
            return lambda years: count_of(years, "year"), str
        return lambda number: Text(str(number), str(number)), str

    def _sku(self, rule: Rule, which: int) -> str:
        """What a kit lacks: a part of the rule's own kit, or what a condition asks for."""
        if which <= PARTS and isinstance(rule.give, KitDeal):
            return rule.give.parts[PARTS - which][0]
        return self._skus.get(self._tables.conditions[which].selector, "") if which >= 0 else ""

    def _wanted(self, rule: Rule, reason: Reason, which: int) -> tuple[str, ...]:
        """The names one of which must be there."""
        if which < 0 and isinstance(rule.give, PercentBy | PointsPercentBy) and reason is Reason.TIER:
            tiers = self._tables.programme.tiers
            return tuple(tiers.levels[place].id for place, ppm in rule.give.levels if ppm and tiers is not None)
        if which < 0:
            return rule.stores if reason is Reason.OTHER_STORE else rule.channels
        row = self._tables.conditions[which]
        return tuple(self._names[token] for token in self._tables.condition_tokens[row.tokens_start : row.tokens_end])

    def _uses(self, rule: Rule, need: int, actual: int, which: int) -> NotApplied:
        of_customer = which >= 0 and self._tables.conditions[which].customer
        times = count_of(actual, "time")
        ru, en = "Правило уже сработало", "It was used"
        if of_customer:
            ru, en = "Покупатель уже использовал правило", "The customer has used it"
        detail = Text(f"{ru} {times.ru} из {need}.", f"{en} {times.en} of {need} already.")
        return NotApplied(rule=rule.id, reason=Reason.USES.name, detail=detail, need=str(need), actual=str(actual))

    # Time

    def _not_active(self, rule: Rule, need: int, actual: int, there: Text) -> NotApplied:
        active = rule.active
        assert active is not None
        reason = Reason.NOT_ACTIVE
        bound = active.start if need > actual else active.end
        if need == actual or bound is None:
            return self._plain(rule, reason, Text("Время чека неизвестно.", "The time of the receipt is not known."))
        at = bound_of(bound)
        if need < actual:
            last = "до" if isinstance(bound, datetime) else "по"
            text = Text(f"Правило действовало {last} {at.ru}.", f"The rule was in force until {at.en}.")
            return NotApplied(rule=rule.id, reason=reason.name, detail=text, need=at.en, actual=there.en)
        days = str(need - actual) if not isinstance(bound, datetime) else ""
        wait = count_of(need - actual, "day")
        ru, en = (f", через {wait.ru}", f", in {wait.en}") if days else ("", "")
        text = Text(f"Правило начнёт действовать {at.ru}{ru}.", f"The rule comes into force on {at.en}{en}.")
        return NotApplied(rule=rule.id, reason=reason.name, detail=text, need=at.en, actual=there.en, missing=days)

    def _out_of_schedule(self, rule: Rule, there: Text) -> NotApplied:
        assert rule.active is not None
        reason, when = Reason.OUT_OF_SCHEDULE, schedule_of(rule.active)
        now = Text(f"сейчас {there.ru}", f"now it is {there.en}") if there.en else _UNTIMED
        text = Text(f"Правило действует: {when.ru}; {now.ru}.", f"The rule works: {when.en}; {now.en}.")
        return NotApplied(rule=rule.id, reason=reason.name, detail=text, need=when.en, actual=there.en)

    def _birthday(self, rule: Rule, need: int, actual: int) -> NotApplied:
        reason = Reason.BIRTHDAY
        if need == actual:
            return self._plain(rule, reason, Text("День рождения неизвестен.", "The birthday is not known."))
        if actual > need:
            days = count_of(actual, "day")
            text = Text(f"До дня рождения {days.ru}.", f"{days.en} to the birthday.")
        else:
            days = count_of(-actual, "day")
            text = Text(f"После дня рождения прошло {days.ru}.", f"{days.en} past the birthday.")
        missing = str(abs(need - actual))
        return NotApplied(
            rule=rule.id, reason=reason.name, detail=text, need=str(need), actual=str(actual), missing=missing
        )

    # Other rules

    def _beaten(self, rule: Rule, reason: Reason, which: int) -> NotApplied:
        text, unnamed = BEATEN[reason]
        if which < 0:
            return self._plain(rule, reason, unnamed)
        other = self._rules[which]
        name = other.name or Text(other.id, other.id)
        detail = Text(text.ru.format(name=name.ru), text.en.format(name=name.en))
        return NotApplied(rule=rule.id, reason=reason.name, detail=detail, by=other.id)

    def _hint(self, row: Row, sku: str) -> Text:
        """`120.00 more and 10 % comes off`."""
        rule, reason, need, actual, which, _ = row
        words, missing = self._words, need - actual
        level = need if which < 0 else NO_LEVEL
        then = self._outcomes.get((rule, level))
        if then is None:
            then = self._outcomes[rule, level] = outcome(self._rules[rule], level, words)
        if reason == Reason.BELOW_AMOUNT:
            money = words.money(missing)
            ru, en = money.ru, f"{money.en} more"
        elif reason == Reason.KIT_INCOMPLETE:
            ru, en = f"{words.quantity(missing).ru} «{sku}»", f"{format_quantity(missing)} more of {sku}"
        else:
            ru, en = words.goods(missing).ru, f"{format_quantity(missing)} more"
        return Text(f"Ещё {ru} — и {then.ru}.", f"{en} and {then.en}.")


def _ended(sentence: str) -> str:
    """An abbreviation at the end of a sentence brings its full stop along."""
    return sentence[:-1] if sentence.endswith("..") else sentence


def _same(name: str) -> Text:
    return Text(name, name)


def _of_customer(basket: Basket, name: str) -> str:
    return getattr(basket.customer, name, "")


_NOTHING = _same("")
_UNTIMED = Text("время чека неизвестно", "the time of the receipt is not known")
#: What the receipt has where a rule wants another name, by reason.
_ACTUAL_NAMES: dict[int, Callable[[Basket, Answer], Text]] = {
    Reason.OTHER_STORE: lambda basket, _: _same(basket.store),
    Reason.OTHER_CHANNEL: lambda basket, _: _same(basket.channel),
    Reason.TIER: lambda basket, answer: _same(answer.tier.id if answer.tier else _of_customer(basket, "tier")),
    Reason.CARD_KIND: lambda basket, _: _same(_of_customer(basket, "card_kind")),
    Reason.NOT_ACTIVE: lambda basket, _: _same(basket.time.date().isoformat()) if basket.time is not None else _NOTHING,
    Reason.OUT_OF_SCHEDULE: lambda basket, _: moment_of(basket.time) if basket.time is not None else _NOTHING,
}
assert set(_ACTUAL_NAMES) == set(CONTEXTUAL), "the kernel keeps sentences for all other reasons"
