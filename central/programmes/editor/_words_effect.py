"""What a rule gives, in plain words."""

from collections.abc import Callable
from typing import Any

from ._say import Say

__all__ = ["effect_words"]

Effect = dict[str, Any]


def effect_words(give: Any, say: Say) -> str:
    """`10 % off`. Fails as reading any unfinished document may."""
    for key, words in _WORDS.items():
        if key in give:
            return words(give, say) + _days(give, say)
    return ", ".join(give) or "…"


def _days(give: Effect, say: Say) -> str:
    """When points may be used."""
    found = ""
    if "active_after_days" in give:
        found += f", {say('через', 'after')} {say.days(give['active_after_days'])}"
    if "expires_after_days" in give:
        found += f", {say('сгорают через', 'for')} {say.days(give['expires_after_days'])}"
    return found


def _off(give: Effect, say: Say) -> str:
    if "percent" in give:
        return say("скидка", "") + f" {say.number(give['percent'])} %" + say("", " off")
    return say("скидка", "") + f" {say.money(give['amount'])}" + say("", " off")


def _percent(give: Effect, say: Say) -> str:
    return _off(give, say).strip()


def _amount(give: Effect, say: Say) -> str:
    each = {"unit": say(" с единицы", " each unit"), "line": say(" со строки", " each line")}
    most = f" (≤ {give['max_units']})" if "max_units" in give else ""
    return _off(give, say).strip() + each.get(give.get("per", ""), "") + most


def _levels(value: dict[str, Any], say: Say) -> str:
    if "tier" in value:
        return ", ".join(f"{tier} {say.number(percent)} %" for tier, percent in value["tier"].items())
    form = say.number if "quantity" in value else say.money
    levels = ", ".join(
        f"{say('от', 'from')} {form(bound)} — {say.number(percent)} %" for bound, percent in value["levels"]
    )
    return f"{_measure(value, say)} {levels}"


def _measure(value: dict[str, Any], say: Say) -> str:
    """What the levels are of."""
    if "turnover" in value:
        return f"{say('накоплено', 'turnover')} {say.window(value['turnover'])}"
    return say("сумма", "value") if "subtotal" in value else say("количество", "quantity")


def _percent_by(give: Effect, say: Say) -> str:
    return f"{say('скидка', 'off')}: {_levels(give['percent_by'], say)}"


def _pick(key: str, unit: tuple[str, str], line: tuple[str, str]) -> Callable[[Effect, Say], str]:
    return lambda give, say: f"{_off(give, say).strip()} {say(*(line if give[key] == 'line' else unit))}"


def _every(give: Effect, say: Say) -> str:
    units = give["every"]
    return f"{_off(give, say).strip()} {say(f'за каждые {units} шт.', f'every {units}')}"


def _bundle(give: Effect, say: Say) -> str:
    bundle = give["bundle"]
    return f"{say('любые', 'any')} {bundle['size']} {say('за', 'for')} {say.money(bundle['price'])}"


def _kit(give: Effect, say: Say) -> str:
    kit = " + ".join(f"{sku} × {count}" for sku, count in give["kit"].items())
    benefit = f"{say('за', 'for')} {say.money(give['price'])}" if "price" in give else _off(give, say).strip()
    return f"{say('набор', 'kit')} {kit} {benefit}"


def _buy(give: Effect, say: Say) -> str:
    get = give["get"]
    percent = str(get.get("percent", "100"))
    free = say("бесплатно", "free") if percent in ("100", "100.0000") else f"−{say.number(percent)} %"
    return f"{say('купи', 'buy')} {give['buy']['quantity']}, {say('получи', 'get')} {get['quantity']} {free}"


def _first(give: Effect, say: Say) -> str:
    first, following = say.money(give["amount_first"]), say.money(give["amount_next"])
    return say(f"−{first} с первой, −{following} со следующих", f"−{first} the first, −{following} each next")


def _gift(give: Effect, say: Say) -> str:
    gift = give["gift"]
    return f"{say('подарок', 'gift')} {gift['sku']} × {gift.get('quantity', '1')}"


def _points_per(give: Effect, say: Say) -> str:
    step = give["points_per"]
    return f"{say.count(step['points'], 'point')} {say('за каждые', 'for every')} {say.money(step['spend'])}"


def _prompt(give: Effect, say: Say) -> str:
    return say.quoted(give["prompt"]["text"])


def _coupon(give: Effect, say: Say) -> str:
    days = f", {say.days(give['coupon']['valid_days'])}" if "valid_days" in give["coupon"] else ""
    return f"{say('купон', 'coupon')} {give['coupon']['template']}{days}"


#: In the order of the readers: the first key found names the effect.
_WORDS: dict[str, Callable[[Effect, Say], str]] = {
    "percent_by": _percent_by,
    "cheapest": _pick(
        "cheapest", ("на самый дешёвый", "the cheapest"), ("на самую дешёвую строку", "the cheapest line")
    ),
    "dearest": _pick("dearest", ("на самый дорогой", "the dearest"), ("на самую дорогую строку", "the dearest line")),
    "every": _every,
    "bundle": _bundle,
    "kit": _kit,
    "buy": _buy,
    "amount_first": _first,
    "unit_price": lambda give, say: f"{say('по', 'at')} {say.money(give['unit_price'])}",
    "total": lambda give, say: f"{say('все за', 'all for')} {say.money(give['total'])}",
    "round_down_to": lambda give, say: (
        f"{say('округлить вниз до', 'round down to')} {say.money(give['round_down_to'])}"
    ),
    "gift": _gift,
    "percent": _percent,
    "amount": _amount,
    "points_percent": lambda give, say: f"{say.number(give['points_percent'])} % {say('баллами', 'in points')}",
    "points_percent_by": lambda give, say: f"{say('баллы', 'points')}: {_levels(give['points_percent_by'], say)}",
    "points_per": _points_per,
    "points": lambda give, say: say.count(give["points"], "point"),
    "points_times": lambda give, say: f"{say('баллы', 'points')} × {say.number(give['points_times'])}",
    "offer_card": lambda give, say: f"{say('предложить карту', 'offer a card')} ({give['offer_card']['kind']})",
    "prompt": _prompt,
    "coupon": _coupon,
}
