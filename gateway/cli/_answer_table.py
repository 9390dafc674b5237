"""An answer of the calculator for people: the lines as a table, then rule by rule."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tillgate.core import Answer, Text
from tillgate.core.answer import Applied, Cut
from tillgate.core.basket import CONFIRMATIONS
from tillgate.core.numbers import currency_digits, format_decimal
from tillgate.core.programme import Programme, all_rules
from tillgate.core.rewards import say_reward

from ._language import Language, say

__all__ = ["print_answer"]

_TITLES = {
    "line": Text("Строка", "Line"),
    "list": Text("Цена", "List"),
    "discount": Text("Скидка", "Discount"),
    "points_spent": Text("Баллами", "By points"),
    "net": Text("К оплате", "Net"),
    "points": Text("Баллы", "Points"),
    "total": Text("Итого", "Total"),
    "applied": Text("Сработало", "Applied"),
    "not_applied": Text("Не сработало", "Did not apply"),
    "redeemable": Text("Можно списать баллов", "Points that may be spent"),
    "tender": Text("Из них не деньгами", "Of it not in money"),
    "tier": Text("Уровень", "Tier"),
    "to_tier": Text("до уровня", "to"),
    "reward": Text("Сообщить", "To tell"),
    "lot": Text("Баллы", "Points"),
    "from": Text("с {}", "from {}"),
    "until": Text("по {}", "until {}"),
    "confirm": Text("больше {} — после подтверждения: {}", "more than {} only after confirmation: {}"),
    "CAP": Text("предел правила", "its cap"),
    "FLOOR": Text("минимальные цены", "floors of prices"),
    "DISPLACED": Text("другие правила", "other rules"),
    "LIMIT": Text("предел скидок", "the limit of discounts"),
    "less": Text("меньше на", "less by"),
}


class _Teller:
    """Words in one language, figures of one answer, names of the programme's rules."""

    def __init__(self, answer: Answer, programme: Programme, language: Language) -> None:
        self.digits = currency_digits(answer.currency)
        self.points_digits = answer.points.digits
        self.language = language
        self.names = {rule.id: rule.name for rule in all_rules(programme) if rule.name is not None}

    def say(self, text: Text) -> str:
        return say(text, self.language)

    def title(self, key: str) -> str:
        return self.say(_TITLES[key])

    def rule(self, rule: str) -> str:
        """Its name, where it has one, and its id, by which the document is searched."""
        name = self.names.get(rule)
        return rule if name is None else f"{self.say(name)} [{rule}]"

    def money(self, minor: int) -> str:
        return format_decimal(minor, self.digits)

    def points(self, count: int) -> str:
        return format_decimal(count, self.points_digits)


def print_answer(console: Console, answer: Answer, programme: Programme, language: Language) -> None:
    """The lines as a table, then what applied and what did not, what to do, what lacks little."""
    teller = _Teller(answer, programme, language)
    console.print(_table(answer, teller))
    for row in _rows(answer, teller):
        # Whole lines: a terminal breaks them, a file is searched for them.
        console.print(row, markup=False, highlight=False, soft_wrap=True)


def _table(answer: Answer, teller: _Teller) -> Table:
    money, points = teller.money, teller.points
    table = Table(show_footer=True)
    table.add_column(teller.title("line"), teller.title("total"))
    for key, footer in (
        ("list", money(answer.list_minor)),
        ("discount", money(answer.discount_minor)),
        ("points_spent", money(answer.redeemed_minor)),
        ("net", f"{money(answer.total_minor)} {answer.currency}"),
        ("points", points(answer.points.earned)),
    ):
        table.add_column(teller.title(key), footer, justify="right")
    for line in answer.lines:
        off = sum(part.amount_minor for part in line.discounts)
        figures = (line.list_minor, off, line.redeemed_minor, line.net_minor)
        table.add_row(escape(line.id), *map(money, figures), points(line.points))
    return table


def _rows(answer: Answer, teller: _Teller) -> Iterator[str]:
    title = teller.title
    if answer.tender_minor:
        yield f"{title('tender')}: {teller.money(answer.tender_minor)}"
    for entry in answer.applied:
        yield f"{title('applied')}: {teller.rule(entry.rule)} {_gave(entry, teller)}"
    for refused in answer.not_applied:
        yield f"{title('not_applied')}: {teller.rule(refused.rule)} — {teller.say(refused.detail)}"
    for hint in answer.hints:
        yield f"→ {teller.say(hint)}"
    for reward in answer.rewards:
        yield f"{title('reward')}: {teller.rule(reward.rule)} — {teller.say(say_reward(reward))}"
    for lot in answer.points.lots:
        days = [title(key).format(day) for key, day in (("from", lot.active_from), ("until", lot.expires)) if day]
        yield " ".join([f"{title('lot')}: {teller.points(lot.points)}", *days])
    if answer.points.redeemable_max:
        ladder = " · ".join(teller.points(step) for step in answer.points.ladder)
        most = teller.points(answer.points.redeemable_max)
        yield f"{title('redeemable')}: {most}" + (f" ({ladder})" if ladder else "")
    if (confirm := answer.points.confirm) is not None:
        yield title("confirm").format(teller.points(confirm.above_points), teller.say(CONFIRMATIONS[confirm.by]))
    if answer.tier is not None and answer.tier.next:
        remaining = teller.money(answer.tier.remaining_minor)
        yield f"{title('tier')}: {answer.tier.id or '—'}, {title('to_tier')} {answer.tier.next} {remaining}"


def _gave(entry: Applied, teller: _Teller) -> str:
    less = teller.title("less")
    cuts = "; ".join(f"{less} {_figure(cut, teller)}: {teller.title(cut.reason)}" for cut in entry.cuts)
    return ("+" if entry.amount_minor is None else "") + _figure(entry, teller) + (f" ({cuts})" if cuts else "")


def _figure(one: Applied | Cut, teller: _Teller) -> str:
    """Money, or points."""
    return teller.points(one.points or 0) if one.amount_minor is None else teller.money(one.amount_minor)
