"""What rules give, described."""

from typing import Any

from tillgate.core.text import Text

from ._fields import Field, Kind, field, kind
from ._goods import BASIS, of_goods

__all__ = ["ACCRUALS", "DISCOUNTS", "MESSAGE", "REWARDS", "ROUNDING"]

ROUNDINGS = (
    ("half_up", Text("половины вверх", "halves up")),
    ("half_even", Text("половины к чётному", "halves to even")),
    ("down", Text("вниз", "down")),
    ("up", Text("вверх", "up")),
)
ROUNDING = field("rounding", "choice", "Округление", "Rounding", options=ROUNDINGS, rare=True)
WHERE_ROUNDED = field(
    "round", "choice", "Где округлять", "Rounded", rare=True, default="line",
    options=(("line", Text("по строке", "per line")), ("unit", Text("по единице", "per unit")),
             ("basket", Text("по чеку", "per receipt"))),
)  # fmt: skip
PICK = field(
    "pick", "choice", "Какие из подходящих", "Which of them", default="cheapest", rare=True,
    options=(("cheapest", Text("самые дешёвые", "the cheapest")), ("dearest", Text("самые дорогие", "the dearest"))),
)  # fmt: skip
TIMES = field("times", "count", "Не более раз за чек", "At most times a receipt", rare=True)
MAX_UNITS = field("max_units", "count", "Не более единиц в строке", "At most units of a line", rare=True)
RECIPIENTS = (
    ("cashier", Text("кассиру", "to the cashier")), ("customer", Text("покупателю", "to the customer")),
    ("receipt", Text("в чек", "on the receipt")),
)  # fmt: skip
PERCENT = field("percent", "percent", "Процент", "Percent", required=True, start="10")
AMOUNT = field("amount", "money", "Сумма", "Amount", required=True, start="10.00")
PERCENT_OR_AMOUNT = field("", "one_of", "Скидка", "Discount", fields=(PERCENT, AMOUNT))
MESSAGE: tuple[Field, ...] = (
    field("to", "choice", "Кому", "To", options=RECIPIENTS, default="cashier"),
    field("text", "both", "Текст", "Text", required=True),
)


def _levels(of: str) -> Field:
    return field("levels", "pairs", "От и процент", "From and percent", of=of, required=True)


def _measures(key: str, ru: str, en: str) -> Field:
    by_tier = field("tier", "map", "Уровень и процент", "Tier and percent", of="percent", suggest="tiers")
    window = field("turnover", "window", "За период", "Within", required=True)
    basis = field("basis", "choice", "Считать", "Counted", options=BASIS, default="list", rare=True)
    return field(key, "variants", ru, en, required=True, kinds=(
        kind("tier", "по уровню покупателя", "by the customer's tier", {"tier": {}}, by_tier),
        kind("turnover", "по накопленным покупкам", "by turnover",
             {"turnover": "all", "levels": [["1000.00", "3"]]}, window, _levels("money")),
        kind("subtotal", "по сумме чека", "by the receipt's value",
             {"subtotal": True, "levels": [["1000.00", "3"]]},
             field("subtotal", "const", "", "", start=True), _levels("money"), of_goods(), basis),
        kind("quantity", "по количеству", "by quantity", {"quantity": True, "levels": [["3", "3"]]},
             field("quantity", "const", "", "", start=True), _levels("quantity"), of_goods()),
    ))  # fmt: skip


def _pick(key: str, ru: str, en: str) -> Kind:
    what = (("unit", Text("единица", "unit")), ("line", Text("строка", "line")))
    chosen = field(key, "choice", "Что", "What", options=what, required=True)
    return kind(key, ru, en, {key: "unit", "percent": "50"}, chosen, PERCENT_OR_AMOUNT, ROUNDING)


#: The order is that of the readers: the first key found names the effect.
DISCOUNTS: tuple[Kind, ...] = (
    kind("percent_by", "Процент по уровню или сумме", "Percent by tier or amount",
         {"percent_by": {"subtotal": True, "levels": [["1000.00", "5"]]}},
         _measures("percent_by", "От чего зависит", "Depends on"), WHERE_ROUNDED, ROUNDING),
    _pick("cheapest", "Скидка на самый дешёвый", "Off the cheapest"),
    _pick("dearest", "Скидка на самый дорогой", "Off the dearest"),
    kind("every", "Скидка за каждые N штук", "Off every N units", {"every": 3, "percent": "10"},
         field("every", "count", "Штук в группе", "Units in a group", required=True), PERCENT_OR_AMOUNT, ROUNDING,
         hint=("Только полные группы. Сумма снимается с каждой единицы.",
               "Complete groups only. An amount is off each unit.")),
    kind("bundle", "Любые N за цену", "Any N for a price", {"bundle": {"size": 3, "price": "250.00"}},
         field("bundle", "object", "Набор", "Bundle", required=True, fields=(
             field("size", "count", "Штук", "Units", required=True),
             field("price", "money", "Цена за все", "Price together", required=True), PICK, TIMES))),
    kind("kit", "Набор из разных товаров", "A kit of goods", {"kit": {"": 1}, "price": "450.00"},
         field("kit", "map", "Артикул и количество", "Article and quantity", of="count", suggest="skus", required=True),
         field("", "one_of", "Выгода", "Benefit", fields=(
             field("price", "money", "Цена набора", "Price of the kit", start="450.00"), PERCENT, AMOUNT)), ROUNDING),
    kind("buy", "Купи N — получи M", "Buy N, get M", {"buy": {"quantity": 2}, "get": {"quantity": 1, "percent": "100"}},
         field("buy", "object", "Купить", "Buy", required=True, fields=(
             field("quantity", "count", "Штук", "Units", required=True), of_goods())),
         field("get", "object", "Получить", "Get", required=True, fields=(
             field("quantity", "count", "Штук", "Units", required=True),
             field("percent", "percent", "Скидка на них, %", "Percent off them", default="100"), of_goods(), PICK)),
         TIMES,
         field("partial", "flag", "И часть подарков", "Part of the set too", rare=True),
         field("place", "choice", "Где показать скидку", "Where the discount stands", rare=True, default="got",
               options=(
             ("got", Text("на полученных", "on what is got")), ("all", Text("на всех участвующих", "on all of them")))),
         ROUNDING),
    kind("amount_first", "Сумма с первой и со следующих", "Amount off the first and each next",
         {"amount_first": "10.00", "amount_next": "5.00"},
         field("amount_first", "money", "С первой единицы", "Off the first unit", required=True),
         field("amount_next", "money", "С каждой следующей", "Off each next", required=True), MAX_UNITS),
    kind("unit_price", "Цена за единицу", "A price for each unit", {"unit_price": "99.00"},
         field("unit_price", "money", "Цена", "Price", ("Не повышает цену.", "Never raises a price."), required=True),
         ROUNDING),
    kind("total", "Цена за все вместе", "A price for all together", {"total": "500.00"},
         field("total", "money", "Цена", "Price", ("Не повышает цену.", "Never raises a price."), required=True)),
    kind("round_down_to", "Без копеек", "Round the total down", {"round_down_to": "1.00"},
         field("round_down_to", "money", "Округлить вниз до", "Down to a multiple of", required=True)),
    kind("gift", "Подарок", "A gift", {"gift": {"sku": "", "quantity": "1"}},
         field("gift", "object", "Подарок", "Gift", required=True, fields=(
             field("sku", "text", "Артикул", "Article", required=True, suggest="skus"),
             field("quantity", "quantity", "Количество", "Quantity", default="1"))),
         hint=("Если подарка нет в чеке, касса о нём напомнит.", "The till reminds of one that is not there.")),
    kind("percent", "Процент", "Percent", {"percent": "10"}, PERCENT, WHERE_ROUNDED, ROUNDING),
    kind("amount", "Сумма", "Amount", {"amount": "100.00"}, AMOUNT,
         field("per", "choice", "За что", "For each", default="basket", options=(
             ("basket", Text("чек", "receipt")), ("line", Text("строку", "line")), ("unit", Text("единицу", "unit")))),
         field("by", "choice", "Делить по строкам", "Spread over lines", rare=True, default="value",
               only=("per", ("", "basket")), options=(
                   ("value", Text("по стоимости", "by value")), ("quantity", Text("по количеству", "by quantity")),
                   ("even", Text("поровну", "evenly")))),
         field("max_units", "count", "Не более единиц в строке", "At most units of a line", only=("per", ("unit",))),
         ROUNDING),
)  # fmt: skip

BASE = field(
    "base", "choice", "С какой суммы", "Of which sum", default="paid", rare=True,
    options=(("paid", Text("оплачено деньгами", "paid in money")), ("net", Text("после скидок", "after discounts")),
             ("list", Text("до скидок", "before discounts"))),
)  # fmt: skip
EARNED = (
    BASE,
    field("cap", "points", "Не более баллов", "At most points", rare=True),
    ROUNDING,
    field("active_after_days", "count", "Можно тратить через, дней", "May be spent after, days", rare=True),
    field("expires_after_days", "count", "Сгорают через, дней", "Expire after, days", rare=True),
)


def _points_kind(key: str, ru: str, en: str, start: Any, *fields: Field, hint: tuple[str, str] | None = None) -> Kind:
    return kind(key, ru, en, start, *fields, *EARNED, hint=hint)


ACCRUALS: tuple[Kind, ...] = (
    _points_kind("points_percent", "Процент баллами", "Percent in points", {"points_percent": "5"},
                 field("points_percent", "percent", "Процент", "Percent", required=True)),
    _points_kind("points_percent_by", "Процент баллами по уровню или сумме", "Percent in points by tier or amount",
                 {"points_percent_by": {"subtotal": True, "levels": [["1000.00", "5"]]}},
                 _measures("points_percent_by", "От чего зависит", "Depends on")),
    _points_kind("points_per", "Баллы за каждую сумму", "Points for every sum",
                 {"points_per": {"spend": "100.00", "points": "1"}},
                 field("points_per", "object", "Баллы", "Points", required=True, fields=(
                     field("spend", "money", "За каждые", "For every", required=True),
                     field("points", "points", "Баллов", "Points", required=True))),
                 field("scope", "choice", "Считать", "Counted", default="basket", rare=True, options=(
                     ("basket", Text("по чеку", "of the receipt")), ("line", Text("по строке", "of each line"))))),
    _points_kind("points", "Баллы за покупку", "Points for the purchase", {"points": "100"},
                 field("points", "points", "Баллов", "Points", required=True)),
    _points_kind("points_times", "Умножить баллы", "Multiply points", {"points_times": "2"},
                 field("points_times", "quantity", "Во сколько раз", "Times", required=True),
                 hint=("Умножает то, что дали правила выше в той же группе «по очереди».",
                       "Multiplies what rules above it gave, in a group that works in turn.")),
)  # fmt: skip

REWARDS: tuple[Kind, ...] = (
    kind("offer_card", "Предложить карту", "Offer a card", {"offer_card": {"kind": "plastic"}},
         field("offer_card", "object", "Карта", "Card", required=True, fields=(
             field("kind", "text", "Вид", "Kind", required=True, suggest="card_kinds"),))),
    kind("prompt", "Подсказка", "A prompt", {"prompt": {"to": "cashier", "text": {"ru": "", "en": ""}}},
         field("prompt", "object", "Подсказка", "Prompt", required=True, fields=MESSAGE)),
    kind("coupon", "Выдать купон", "Issue a coupon", {"coupon": {"template": "", "valid_days": 14}},
         field("coupon", "object", "Купон", "Coupon", required=True, fields=(
             field("template", "text", "Шаблон", "Template", required=True),
             field("valid_days", "count", "Действует дней", "Valid for days")))),
)  # fmt: skip
