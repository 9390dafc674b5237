"""A rule in plain words: `10 % off on coffee, from 1000.00, Mon–Fri 08:00–11:00`.

Drafts may hold anything: what has no words is `…`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from ._goods import CONDITIONS
from ._say import Say
from ._words_effect import effect_words

__all__ = ["BROKEN", "PART_WORDS", "give_words", "rule_words", "section_words", "selector_words"]

#: What reading an unfinished document may stumble over.
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
DAYS_RU = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LABELS = {found.key: found.label for found in CONDITIONS}
#: Shorter than the forms' labels.
SHORT = {
    "age": ("возраст", "age"),
    "birthday": ("день рождения", "birthday"),
    "card_kind": ("карта", "card"),
    "channel": ("канал", "channel"),
    "contains": ("есть", "with"),
    "coupon": ("купон", "coupon"),
    "kit": ("набор", "kit"),
    "payment": ("оплата", "paid by"),
    "points": ("баллов", "points"),
    "purchase_number": ("покупка", "purchase"),
    "segment": ("сегмент", "segment"),
    "subtotal": ("сумма", "value"),
    "tier": ("уровень", "tier"),
    "turnover": ("накоплено", "turnover"),
}
YES = {
    ("identified", True): ("известный покупатель", "known customer"),
    ("identified", False): ("неизвестный покупатель", "unknown customer"),
    ("first_purchase", True): ("первая покупка", "first purchase"),
    ("first_purchase", False): ("не первая покупка", "not the first purchase"),
}
#: What the chain's own names stand beside.
KNOWN = {
    "payment": {"card": ("картой", "card"), "cash": ("наличными", "cash"), "sbp": ("через СБП", "fast payment")},
    "channel": {"till": ("касса", "till"), "site": ("сайт", "web shop"), "app": ("приложение", "app"),
                "kiosk": ("касса самообслуживания", "self-checkout")},
}  # fmt: skip
CONFIRMATIONS = {
    "code": ("по коду", "by code"),
    "pin": ("по ПИН", "by PIN"),
    "sms": ("по СМС", "by SMS"),
    "biometric": ("по биометрии", "by biometrics"),
    "supervisor": ("со старшим кассиром", "by a supervisor"),
}
#: Conditions whose bounds are amounts.
OF_MONEY = ("subtotal", "turnover")
SIGNS = {"at_least": "≥", "more_than": ">", "at_most": "≤", "less_than": "<"}


def _safe(words: Callable[[], str]) -> str:
    try:
        return words()
    except BROKEN:
        return "…"


def rule_words(rule: Any, say: Say) -> str:
    """What a rule gives, on what, when."""
    if not isinstance(rule, dict):
        return "…"
    parts = [_safe(lambda: _given(rule, say))]
    for key, words in _PARTS:
        if key in rule:
            parts.append(_safe(partial(words, rule[key], say)))
    if "cap" in rule:
        parts.append(_safe(lambda: _cap(rule, say)))
    parts += [text for key, text in say.flags if rule.get(key) is True]
    return ", ".join(part for part in parts if part)


def _given(rule: dict[str, Any], say: Say) -> str:
    given = give_words(rule.get("give"), say)
    goods = selector_words(rule.get("on"), say)
    # `10 % off coffee`, but `buy 2, get 1 free on coffee`.
    on = "" if given.endswith(" off") else say.on
    return " ".join(filter(None, (given, goods and on, goods)))


def give_words(give: Any, say: Say) -> str:
    """The effect, and which goods it exchanges. Fails as reading any unfinished document may."""
    return effect_words(give, say) + _exchanged(give, say)


def _exchanged(give: Any, say: Say) -> str:
    """Which goods are bought and got, or bundled; nothing where it is all of them."""
    parts = [give[key].get("of", {}) for key in ("buy", "get", "bundle") if key in give]
    names = [_selector(part, say) or say("любые", "any") for part in parts]
    return f" ({' → '.join(dict.fromkeys(names))})" if any(parts) else ""


def selector_words(selector: Any, say: Say) -> str:
    """Which goods; nothing for all of them."""
    return _safe(lambda: _selector(selector or {}, say))


def _selector(selector: dict[str, Any], say: Say) -> str:
    parts = [_names(selector[key]) for key in ("category", "brand", "tag") if key in selector]
    if "sku" in selector:
        parts.append(f"{say('арт.', 'art.')} {_names(selector['sku'])}")
    if "unit_price" in selector:
        parts.append(f"{say('цена', 'price')} {_bounds(selector['unit_price'], say.money)}")
    if selector.get("regular_price_only"):
        parts.append(say("по обычной цене", "at the regular price"))
    if "not" in selector:
        parts.append(f"{say('кроме', 'except')} {_selector(selector['not'], say)}")
    if "lines" in selector:
        parts.append(say("все товары", "all goods"))
    return " + ".join(parts)


def _names(value: Any) -> str:
    """One name, or several."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _bounds(value: dict[str, Any], form: Callable[[Any], str]) -> str:
    return " ".join(f"{sign} {form(value[key])}" for key, sign in SIGNS.items() if key in value)


def conditions_words(when: Any, say: Say) -> str:
    """All that must hold."""
    return _safe(lambda: ", ".join(_condition(item, say) for item in when))


def _condition(condition: dict[str, Any], say: Say) -> str:
    ((key, value),) = condition.items()
    if key in ("any", "all"):
        between = say(" или ", " or ") if key == "any" else say(" и ", " and ")
        return f"({between.join(_condition(item, say) for item in value)})"
    if key == "not":
        return f"{say('не', 'not')} ({_condition(value, say)})"
    if key in ("subtotal", "quantity") and "at_least" in value and len(set(value) - {"basis", "of"}) == 1:
        goods = _selector(value.get("of") or {}, say)
        amount = say.money(value["at_least"]) if key == "subtotal" else _pieces(value["at_least"], say)
        basis = _basis(value, say)
        return " ".join(filter(None, (say("от", "from"), amount, goods and f"{say.on} {goods}", basis)))
    if isinstance(value, bool):
        return say(*YES[key, value])
    if key in SHORT:
        return f"{say(*SHORT[key])} {_value(key, value, say)}"
    label = say(LABELS[key]) if key in LABELS else key
    label = label[:1].lower() + label[1:]
    if isinstance(value, dict) and set(value) == {"days"}:
        return f"{label} {say.days(value['days'])}"
    return f"{label}: {_value(key, value, say)}"


def _pieces(count: Any, say: Say) -> str:
    return f"{say.number(count)} {say('шт.', 'pc' if str(count) == '1' else 'pcs')}"


def _value(key: str, value: Any, say: Say) -> str:
    if key in KNOWN and isinstance(value, list | str):
        names = [value] if isinstance(value, str) else value
        return _names([say(*KNOWN[key][name]) if name in KNOWN[key] else name for name in names])
    if not isinstance(value, dict):
        return _names(value)
    if key == "contains":
        return _selector(value, say) or say("любой товар", "any goods")
    if key == "kit":
        return " + ".join(f"{sku} × {count}" for sku, count in value.items())
    if key == "attribute":
        wanted = value.get("equals", value.get("in"))
        return f"{value['name']} = {_names(wanted)}"
    if key == "birthday":
        before, after = value.get("before", 0), value.get("after", 0)
        return say(f"за {before} дн. до и {after} после", f"{say.days(before)} before to {after} after")
    rest = {name: item for name, item in value.items() if name not in (*SIGNS, "of", "window", "basis")}
    more = [say.keys[name](item) if name in say.keys else f"{name} {item}" for name, item in rest.items()]
    within = say.window(value["window"]) if "window" in value else ""
    goods = _selector(value.get("of") or {}, say)
    return " ".join(
        filter(
            None,
            (
                _bounds(value, say.money if key in OF_MONEY else say.number),
                *more,
                within,
                goods and f"{say.on} {goods}",
                _basis(value, say),
            ),
        )
    )


def _basis(value: dict[str, Any], say: Say) -> str:
    return say("после предыдущих правил", "after earlier rules") if value.get("basis") == "current" else ""


def active_words(active: Any, say: Say) -> str:
    """The schedule."""
    return _safe(lambda: _active(active, say))


def _active(active: dict[str, Any], say: Say) -> str:
    parts = []
    if "weekdays" in active:
        parts.append(_weekdays(active["weekdays"], DAYS_RU if say.language == "ru" else DAYS_EN))
    if "hours" in active:
        parts.append(", ".join(f"{start}–{end}" for start, end in active["hours"]))
    if "dates" in active:
        parts.append(", ".join(active["dates"]))
    for key, ru, en in (("from", "с", "since"), ("to", "по", "until")):
        if key in active:
            parts.append(f"{say(ru, en)} {active[key]}")
    return " ".join(parts)


def _weekdays(days: list[Any], names: tuple[str, ...]) -> str:
    numbers = sorted({WEEKDAYS.index(day) if day in WEEKDAYS else int(day) - 1 for day in days})
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}" for run in runs)


def _stores(value: Any, say: Say) -> str:
    return f"{say('магазины', 'stores')} {_names(value)}"


def _channels(value: Any, say: Say) -> str:
    return f"{say('каналы', 'channels')} {_names(value)}"


def _cap(rule: dict[str, Any], say: Say) -> str:
    of_points = any(key.startswith("points") for key in rule["give"])
    return f"{say('не более', 'at most')} {(say.number if of_points else say.money)(rule['cap'])}"


def _uses(value: dict[str, Any], say: Say) -> str:
    parts = [f"{value[key]} × {say(ru, en)}" for key, ru, en in
             (("per_receipt", "за чек", "per receipt"), ("total", "всего", "in total")) if key in value]  # fmt: skip
    if "per_customer" in value:
        window = value["per_customer"].get("window", "all")
        within = "" if window == "all" else f" {say.window(window)}"
        parts.append(f"{value['per_customer']['count']} × {say('на покупателя', 'per customer')}{within}")
    return ", ".join(parts)


def _holdout(value: dict[str, Any], say: Say) -> str:
    return f"{say('контрольная группа', 'control group')} {say.number(value['percent'])} %"


def _message(value: dict[str, Any], say: Say) -> str:
    return say.quoted(value["text"])


_PARTS: tuple[tuple[str, Callable[[Any, Say], str]], ...] = (
    ("when", conditions_words),
    ("active", active_words),
    ("stores", _stores),
    ("channels", _channels),
    ("uses", _uses),
    ("holdout", _holdout),
    ("message", _message),
)


def _levels(value: list[dict[str, Any]], say: Say) -> str:
    return ", ".join(f"{level['id']} {say('от', 'from')} {say.money(level['from'])}" for level in value)


def _confirm(value: dict[str, Any], say: Say) -> str:
    by = CONFIRMATIONS.get(value["by"], (value["by"], value["by"]))
    above = say.number(value["above_points"])
    return say(f"больше {above} — {by[0]}", f"over {above} {by[1]}")


#: Parts of rules, then of settings.
PART_WORDS: dict[str, Callable[[Any, Say], str]] = {
    **dict(_PARTS),
    "levels": _levels,
    "confirm": _confirm,
}


def section_words(key: str, section: Any, say: Say) -> str:
    """A settings section in short; empty when it is not there."""
    return "" if section is None else _safe(lambda: _SECTIONS[key](section, say))


def _points(section: dict[str, Any], say: Say) -> str:
    return f"{say('балл', 'a point')} = {say.money(section.get('worth', '1'))}"


def _tiers(section: dict[str, Any], say: Say) -> str:
    return _levels(section["levels"], say)


def _limits(section: dict[str, Any], say: Say) -> str:
    signs = {"discount_share": " %", "line_discount_share": say(" % строки", " % of a line"),
             "min_unit_price": say(" за единицу", " a unit")}  # fmt: skip
    forms = {"discount_amount": say.money, "min_unit_price": say.money}
    return ", ".join(f"{forms.get(name, say.number)(value)}{signs.get(name, '')}" for name, value in section.items())


def _redemption(section: dict[str, Any], say: Say) -> str:
    share = f"{say('до', 'up to')} {say.number(section.get('max_share', '100'))} %"
    if "confirm" not in section:
        return share
    return f"{share}, {_confirm(section['confirm'], say)}"


def _returns(section: dict[str, Any], say: Say) -> str:
    earned = {
        "within_balance": say("баллы снимаются, сколько есть", "points are taken as far as there are any"),
        "pending_only": say("снимаются только неактивные баллы", "only points not active yet are taken"),
        "withhold_money": say("за недостающие баллы — деньги", "missing points are taken in money"),
    }
    told = [earned.get(section.get("earned", ""), say("баллы снимаются, долг возможен", "points are taken, even owed"))]
    if section.get("certificates_first"):
        told.append(say("сначала сертификаты", "certificates first"))
    if section.get("reprice"):
        told.append(say("оставшееся пересчитывается", "what is kept is priced anew"))
    return ", ".join(told)


_SECTIONS: dict[str, Callable[[Any, Say], str]] = {
    "general": lambda section, _: str(section["currency"]),
    "points": _points,
    "tiers": _tiers,
    "limits": _limits,
    "redemption": _redemption,
    "regulated": lambda section, _: ", ".join(str(item["kind"]) for item in section),
    "returns": _returns,
}
