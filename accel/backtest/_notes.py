"""What two programmes ask that receipts cannot, or may not, tell: said wherever their backtest is shown."""

from collections.abc import Iterable

from tillgate.core.programme import Programme, Rule, all_rules
from tillgate.core.text import Text
from tillgate.core.windows import rules_by_turnover, turnover_windows, use_windows

__all__ = ["notes_on"]

NAMES_MAX = 8
WINDOWS = {
    "day": Text("день", "day"),
    "week": Text("неделя", "week"),
    "month": Text("месяц", "month"),
    "year": Text("год", "year"),
}


def notes_on(old: Programme, new: Programme, *, counted: bool) -> tuple[Text, ...]:
    """In the order of their weight. `counted`: the source counted uses and turnover for these two programmes."""
    notes = (_limited(old, new), _windows_of_uses(old, new) if counted else _windows_of_turnover(old, new))
    return tuple(note for note in (*notes, _tiers(old, new)) if note is not None)


def _limited(old: Programme, new: Programme) -> Text | None:
    rules = [
        rule
        for rule in _rules(new, old)
        if rule.uses is not None and (rule.uses.per_customer is not None or rule.uses.total is not None)
    ]
    if not rules:
        return None
    names = _named(rules)
    return Text(
        f"Правила с ограничением числа применений: {names.ru}. Сколько раз ими уже пользовались, взято из чеков: что "
        "программа дала бы в предыдущих чеках, в счёт не идёт. Правило, которого тогда не было, сработало бы в "
        "магазине реже, чем здесь.",
        f"Rules with a limit of uses: {names.en}. How often they had been used is what the receipts say: what a "
        "programme would have given on earlier receipts does not count. In a store, a rule that did not exist then "
        "would give less often than here.",
    )


def _windows_of_uses(old: Programme, new: Programme) -> Text | None:
    """A receipt has one count of a rule."""
    before, after = use_windows(old), use_windows(new)
    differ = {rule for rule, window in after.items() if before.get(rule, window) != window}
    rules = [rule for rule in all_rules(new) if rule.id in differ]
    if not rules:
        return None
    names = _named(rules)
    return Text(
        f"Применения этих правил две программы считают за разные периоды: {names.ru}. Здесь для обеих взят период "
        "новой.",
        f"The two programmes count uses of these rules in different windows: {names.en}. Here both get that of the "
        "new one.",
    )


def _windows_of_turnover(old: Programme, new: Programme) -> Text | None:
    windows = [_window(one) for one in sorted(turnover_windows(old) | turnover_windows(new))]
    if not windows:
        return None
    said = Text(", ".join(one.ru for one in windows), ", ".join(one.en for one in windows))
    asking = {rule.id for programme in (old, new) for rule in rules_by_turnover(programme)}
    names = _named(rule for rule in _rules(new, old) if rule.id in asking)
    by = Text(f" Его спрашивают: {names.ru}.", f" Asked for by: {names.en}.") if names.ru else Text("", "")
    return Text(
        f"Оборот гостя за период ({said.ru}) взят из чеков; где чек его не называет, он считается нулевым.{by.ru}",
        f"A guest's turnover in a window ({said.en}) is what the receipts say; what one does not name counts as "
        f"nothing.{by.en}",
    )


def _tiers(old: Programme, new: Programme) -> Text | None:
    """Names alone, without a window, are whatever the receipts say."""
    if not (old.tiers and new.tiers and old.tiers.window and new.tiers.window) or old.tiers == new.tiers:
        return None
    return Text(
        "Уровни у двух программ разные. Гость, чей уровень назван в чеке, остаётся на нём; по обороту распределяются "
        "только остальные.",
        "The tiers of the two programmes differ. A guest whose receipt names a tier keeps it; only the others are "
        "placed by turnover.",
    )


def _rules(*programmes: Programme) -> list[Rule]:
    """Each id once, as the first of the programmes has it."""
    found: dict[str, Rule] = {}
    for programme in programmes:
        for rule in all_rules(programme):
            found.setdefault(rule.id, rule)
    return list(found.values())


def _window(name: str) -> Text:
    days = name.removeprefix("rolling_days:")
    return WINDOWS.get(name) or Text(f"{days} дн.", f"{days} days")


def _named(rules: Iterable[Rule]) -> Text:
    names = [rule.name or Text(rule.id, rule.id) for rule in rules]
    more = len(names) - NAMES_MAX
    ru = ", ".join(f"«{name.ru}»" for name in names[:NAMES_MAX])
    en = ", ".join(f"“{name.en}”" for name in names[:NAMES_MAX])
    return Text(ru, en) if more <= 0 else Text(f"{ru} и ещё {more}", f"{en} and {more} more")
