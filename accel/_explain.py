"""Sentences about rules that gave nothing, in Russian and English, from the reasons and figures of the kernel."""

from collections.abc import Iterable
from typing import NamedTuple

from tillgate.core.answer import NotApplied
from tillgate.core.numbers import QUANTITY_DIGITS, format_decimal
from tillgate.core.programme import Percent, Programme, Rule
from tillgate.core.text import Text

from ._codes import Reason

__all__ = ["explain"]

_PLAIN = {
    Reason.NONE: Text("Правило ничего не дало.", "The rule gave nothing."),
    Reason.NOT_ACTIVE: Text("Правило сейчас не действует.", "The rule is not in force now."),
    Reason.OUT_OF_SCHEDULE: Text("В этот день или час правило не действует.", "Not on this day or at this hour."),
    Reason.OTHER_STORE: Text("Правило не для этого магазина.", "The rule is not for this store."),
    Reason.OTHER_CHANNEL: Text("Правило не для этого канала продаж.", "The rule is not for this sales channel."),
    Reason.NOT_IDENTIFIED: Text("Покупатель не назвался.", "The customer is not identified."),
    Reason.IDENTIFIED: Text("Только для покупателей без карты.", "Only for customers without a card."),
    Reason.SEGMENT: Text("Покупатель не входит в нужную группу.", "The customer is not in the segment."),
    Reason.TIER: Text("Правило для другого уровня.", "The rule is for another tier."),
    Reason.COUPON_MISSING: Text("Не предъявлен купон.", "The coupon was not presented."),
    Reason.PAYMENT: Text("Нужен другой способ оплаты.", "Another way of payment is needed."),
    Reason.CARD_KIND: Text("Правило для карт другого вида.", "The rule is for another kind of card."),
    Reason.ATTRIBUTE: Text("Сведения о покупателе не подходят.", "The customer's data do not match."),
    Reason.NO_GOODS: Text("В чеке нет подходящих товаров.", "No goods of the rule in the receipt."),
    Reason.CONDITION: Text("Условие не выполнено.", "The condition does not hold."),
    Reason.BIRTHDAY: Text("До дня рождения далеко.", "It is not near the birthday."),
    Reason.EXCLUSIVE: Text("Действует другое, исключительное правило.", "Another, exclusive rule applies."),
    Reason.DISPLACED: Text("Другое правило выгоднее или важнее.", "Another rule took its place."),
    Reason.MOST: Text("Уже действует наибольшее число правил.", "The most rules of the group apply already."),
    Reason.FLOOR: Text("Цена уже минимальная.", "The price is at its floor."),
    Reason.UNITS_USED: Text("Товар уже участвует в другой акции.", "The goods are used up by another rule."),
    Reason.LIMIT: Text("Достигнут предел скидки.", "The limit of discounts is reached."),
    Reason.ZERO: Text("Скидка или баллы равны нулю.", "The discount or the points are zero."),
    Reason.HOLDOUT: Text("Покупатель в контрольной группе.", "The customer is in the control group."),
    Reason.REDEEMING: Text("При оплате баллами новые не начисляются.", "No points are earned while points are spent."),
}
_FIGURES = {
    Reason.BELOW_AMOUNT: Text(
        "Не хватает {missing}: нужно {need}, есть {actual}.", "{missing} more: {need} needed, {actual} there."
    ),
    Reason.ABOVE_AMOUNT: Text("Сумма {actual} больше {need}.", "{actual} is more than {need}."),
    Reason.BELOW_QUANTITY: Text(
        "Не хватает {missing}: нужно {need}, есть {actual}.", "{missing} more: {need} needed, {actual} there."
    ),
    Reason.ABOVE_QUANTITY: Text("Количество {actual} больше {need}.", "{actual} is more than {need}."),
    Reason.KIT_INCOMPLETE: Text("Набор не полон: не хватает {missing}.", "The kit is not complete: {missing} more."),
    Reason.TURNOVER: Text("Накоплено {actual}, нужно {need}.", "Turnover {actual}, needed {need}."),
    Reason.POINTS: Text("Баллов {actual}, нужно {need}.", "{actual} points, needed {need}."),
    Reason.PURCHASE_NUMBER: Text("Это покупка номер {actual}.", "This is purchase number {actual}."),
    Reason.ABSENT_DAYS: Text("Дней с прошлой покупки: {actual}.", "{actual} days since the last purchase."),
    Reason.REGISTERED: Text("Дней с регистрации: {actual}.", "{actual} days since registration."),
    Reason.USES: Text("Уже использовано: {actual} из {need}.", "Used up: {actual} of {need}."),
    Reason.AGE: Text("Возраст не подходит.", "The age does not match."),
}
_MONEY = (Reason.BELOW_AMOUNT, Reason.ABOVE_AMOUNT, Reason.TURNOVER)
_QUANTITY = (Reason.BELOW_QUANTITY, Reason.ABOVE_QUANTITY, Reason.KIT_INCOMPLETE)
_HINTED = (Reason.BELOW_AMOUNT, Reason.BELOW_QUANTITY, Reason.KIT_INCOMPLETE)
HINTS_MAX = 5


class _Near(NamedTuple):
    """A rule that fails by an amount or a quantity only."""

    share_missing_ppm: int
    position: int
    text: Text


def explain(
    programme: Programme, sources: list[Rule], money_digits: int, refused: Iterable[tuple[int, int, int, int, int, int]]
) -> tuple[tuple[NotApplied, ...], tuple[Text, ...]]:
    """Why each rule gave nothing, and hints: those that fail only by an amount or a quantity, nearest first."""
    entries: list[NotApplied] = []
    near: list[_Near] = []
    for index, code, need, actual, _which, alone in refused:
        rule, reason = sources[index], Reason(code)
        entry = _entry(programme, rule, reason, need, actual, money_digits)
        entries.append(entry)
        if reason in _HINTED and need > actual and alone:
            near.append(_Near((need - actual) * 1_000_000 // need, index, _hint(rule, entry)))
    hints = tuple(hint.text for hint in sorted(near)[:HINTS_MAX])
    return tuple(entries), hints


def _entry(programme: Programme, rule: Rule, reason: Reason, need: int, actual: int, money_digits: int) -> NotApplied:
    if reason not in _FIGURES:
        return NotApplied(rule=rule.id, reason=reason.name, detail=_PLAIN[reason])

    def figure(value: int) -> str:
        if reason in _MONEY:
            return format_decimal(value, money_digits)
        if reason in _QUANTITY:
            return format_decimal(value, QUANTITY_DIGITS).rstrip("0").rstrip(".")
        return format_decimal(value, programme.points.digits) if reason is Reason.POINTS else str(value)

    figures = {
        "need": figure(need),
        "actual": figure(actual),
        "missing": figure(need - actual) if need > actual else "",
    }
    text = _FIGURES[reason]
    detail = Text(text.ru.format(**figures), text.en.format(**figures))
    return NotApplied(rule=rule.id, reason=reason.name, detail=detail, **figures)


def _hint(rule: Rule, entry: NotApplied) -> Text:
    """`120.00 more and 10 % comes off`."""
    if isinstance(rule.give, Percent):
        percent = format_decimal(rule.give.ppm, 4).rstrip("0").rstrip(".")
        return Text(f"Ещё {entry.missing} — и скидка {percent} %.", f"{entry.missing} more and {percent} % comes off.")
    name = rule.name or Text(rule.id, rule.id)
    return Text(f"Ещё {entry.missing} — и сработает «{name.ru}».", f'{entry.missing} more for "{name.en}".')
