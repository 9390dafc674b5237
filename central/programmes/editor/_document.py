"""The programme's own members, its groups and its rules, described."""

from tillgate.core.basket import CONFIRMATIONS
from tillgate.core.text import Text

from ._effects import ACCRUALS, DISCOUNTS, MESSAGE, REWARDS, ROUNDING, ROUNDINGS
from ._fields import Field, field
from ._goods import SELECTOR

__all__ = ["GROUP", "MODES", "RULE_BY_STAGE", "SECTIONS", "SELECTOR", "TREE"]

MODES = (
    ("max", Text("самое выгодное", "the best one")), ("sum", Text("всё вместе", "all together")),
    ("sequence", Text("по очереди", "in turn")), ("first", Text("первое подошедшее", "the first that gives")),
    ("min", Text("наименьшее", "the least one")),
)  # fmt: skip
GROUP: tuple[Field, ...] = (
    field("mode", "choice", "Что действует", "What applies", options=MODES, required=True),
    field("decide", "choice", "Решать", "Decided", default="line", options=(
        ("line", Text("по каждой строке", "for each line")), ("basket", Text("по всему чеку", "for the receipt")))),
    field("most", "count", "Не более правил", "At most rules", rare=True),
    field("id", "text", "Код", "Code", ("Стоит в чеках и отчётах.", "Stands in receipts and reports."), required=True,
          quiet=True),
    field("children", "hidden", "", ""),
)  # fmt: skip

ACTIVE: tuple[Field, ...] = (
    field("from", "day", "С", "From", ("С начала этого дня.", "From the beginning of the day.")),
    field("to", "day", "По", "To", ("До конца этого дня.", "To the end of the day.")),
    field("weekdays", "weekdays", "Дни недели", "Weekdays"),
    field("hours", "hours", "Часы", "Hours", ("По времени магазина.", "By the store's time.")),
    field("dates", "dates", "Числа", "Dates", ("12-31 — каждый год.", "12-31 is every year."), rare=True),
)  # fmt: skip
USES: tuple[Field, ...] = (
    field("per_receipt", "count", "За чек", "Per receipt"),
    field("per_customer", "object", "На покупателя", "Per customer", fields=(
        field("count", "count", "раз", "times", required=True),
        field("window", "window", "за период", "within", default="all"))),
    field("total", "count", "Всего", "In total"),
)  # fmt: skip
HOLDOUT: tuple[Field, ...] = (
    field("percent", "percent", "Доля, %", "Share, %", required=True),
    field("salt", "text", "Имя группы", "Name of the group",
          ("У правил с одним именем группа общая. По умолчанию имя — код правила.",
           "Rules that name the same group leave out the same customers. The rule's code unless named."), rare=True),
)  # fmt: skip


def _rule(effects: Field, *more: Field) -> tuple[Field, ...]:
    return (
        field("name", "both", "Название", "Name",
              ("Видно здесь, в подсказках и в отчётах.", "Shown here, in hints and in reports.")),
        effects,
        field("on", "selector", "На какие товары", "On which goods"),
        field("when", "conditions", "При каких условиях", "On what conditions"),
        field("active", "object", "Когда действует", "Schedule", fields=ACTIVE),
        field("stores", "names", "Магазины", "Stores", suggest="stores", rare=True),
        field("channels", "names", "Каналы продаж", "Sales channels", suggest="channels", rare=True),
        *more,
        field("uses", "object", "Сколько раз", "How often", fields=USES, rare=True),
        field("message", "object", "Сообщение", "Message", fields=MESSAGE, rare=True),
        field("holdout", "object", "Контрольная группа", "Control group", fields=HOLDOUT, rare=True,
              hint=("Эта доля покупателей правила не получает: видно, что оно даёт.",
                    "This share of customers never gets it, so that its effect can be seen.")),
        field("exclusive", "flag", "Отменяет все остальные правила", "Excludes every other rule", rare=True),
        ROUNDING,
        field("always", "flag", "Действует и рядом с исключительным", "Applies beside an exclusive one", rare=True),
        field("id", "text", "Код", "Code", ("Стоит в чеках и отчётах.", "Stands in receipts and reports."),
              required=True, quiet=True),
    )  # fmt: skip


GIVES = ("Что даёт", "What it gives")
RULE_BY_STAGE: dict[str, tuple[Field, ...]] = {
    "discounts": _rule(
        field("give", "variants", *GIVES, kinds=DISCOUNTS, required=True),
        field("cap", "money", "Не более за чек", "At most for the receipt", rare=True),
    ),
    "accrual": _rule(
        field("give", "variants", *GIVES, kinds=ACCRUALS, required=True),
        field("cap", "points", "Не более баллов за чек", "At most points for the receipt", rare=True),
    ),
    "rewards": _rule(field("give", "variants", *GIVES, kinds=REWARDS, required=True)),
}

GENERAL: tuple[Field, ...] = (
    field("name", "both", "Название", "Name"),
    field("id", "text", "Код", "Code", required=True, quiet=True),
    field("currency", "text", "Валюта", "Currency", required=True),
    field("rounding", "choice", "Округление скидок", "Rounding of discounts", options=ROUNDINGS, default="half_up"),
    field("spread", "choice", "Сумму делить по строкам", "An amount is spread over lines", rare=True,
          default="largest_remainder", options=(
              ("largest_remainder", Text("копейки — наибольшим остаткам", "leftovers to the largest remainders")),
              ("running_remainder", Text("нарастающим остатком", "by the running remainder")),
              ("first", Text("сначала первым строкам", "first lines first")),
              ("last", Text("сначала последним строкам", "last lines first")))),
)  # fmt: skip
POINTS: tuple[Field, ...] = (
    field("worth", "money", "Балл стоит", "A point is worth"),
    field("digits", "count", "Знаков после запятой", "Decimals", ("Как у организации.", "As the organisation has."),
          default="0"),
    ROUNDING,
    field("round_at", "choice", "Где округлять", "Rounded", rare=True, default="receipt", options=(
        ("receipt", Text("по чеку", "per receipt")), ("rule", Text("по правилу", "per rule")),
        ("line", Text("по строке", "per line")))),
)  # fmt: skip
TIERS: tuple[Field, ...] = (
    field("window", "window", "Оборот за период", "Turnover within", required=True),
    field("includes_receipt", "flag", "Считать и этот чек", "This receipt counts too"),
    field("levels", "list", "Уровни", "Levels", required=True, start={"id": "", "from": "0"}, fields=(
        field("id", "text", "Код", "Code", required=True),
        field("from", "money", "От", "From", required=True))),
)  # fmt: skip
LIMITS: tuple[Field, ...] = (
    field("discount_share", "percent", "Скидка не более, % чека", "Discount at most, % of the receipt"),
    field("discount_amount", "money", "Скидка не более за чек", "Discount at most for the receipt"),
    field("line_discount_share", "percent", "Скидка не более, % строки", "Discount at most, % of a line"),
    field("min_unit_price", "money", "Цена не ниже", "Price not below"),
)
REDEMPTION: tuple[Field, ...] = (
    field("max_share", "percent", "Баллами не более, %", "At most by points, %", default="100"),
    field("share_of", "choice", "Процент от", "Percent of", rare=True, default="eligible", options=(
        ("eligible", Text("подходящих товаров", "eligible goods")), ("basket", Text("всего чека", "the receipt")))),
    field("min_points", "points", "Не меньше баллов", "At least points"),
    field("max_points", "points", "Не больше баллов", "At most points"),
    field("step", "points", "Шаг", "Step", rare=True),
    field("exclude", "selector", "Кроме товаров", "Except goods", rare=True),
    field("earn_while_redeeming", "flag", "Начислять, когда тратят", "Earn while spending", rare=True, default="true"),
    field("order", "choice", "Когда", "When", rare=True, default="after_discounts", options=(
        ("after_discounts", Text("после скидок", "after discounts")),
        ("before_discounts", Text("до скидок", "before discounts")))),
    field("as", "choice", "Баллы — это", "Points are", rare=True, default="discount", options=(
        ("discount", Text("скидка", "a discount")), ("tender", Text("оплата", "a payment")))),
    field("confirm", "object", "Подтверждение", "Confirmation", rare=True, fields=(
        field("above_points", "points", "Свыше баллов", "Above points", required=True),
        field("by", "choice", "Чем", "By", required=True, options=tuple(CONFIRMATIONS.items())))),
)  # fmt: skip
REGULATED: tuple[Field, ...] = (
    field("kind", "text", "Вид", "Kind", required=True),
    field("discount", "flag", "Скидки можно", "Discounts allowed", default="true"),
    field("redeem", "flag", "Баллы тратить можно", "Points may pay", default="true"),
    field("earn", "flag", "Баллы копить можно", "Points are earned", default="true"),
    field("floor_per_litre", "money", "Не дешевле за литр", "Floor per litre"),
    field("from", "day", "С", "From"),
)
RETURNS: tuple[Field, ...] = (
    field("earned", "choice", "Начисленные баллы", "Earned points", default="allow_negative", options=(
        ("allow_negative", Text("снять, недостающие — в долг", "taken back, what is missing is owed")),
        ("within_balance", Text("снять, сколько есть", "taken back as far as there are any")),
        ("pending_only", Text("снять только ещё не активные", "taken back only while not active")),
        ("withhold_money", Text("снять, за недостающие удержать деньги", "taken back, or their worth in money")))),
    field("certificates_first", "flag", "Сначала сертификаты", "Certificates first", default="false"),
    field("reprice", "flag", "Пересчитать оставшееся", "Price what is kept anew", default="false"),
)  # fmt: skip

#: The programme's members besides its tree: `general` stands for the document itself.
SECTIONS: tuple[Field, ...] = (
    field("general", "object", "Общее", "General", fields=GENERAL),
    field("points", "object", "Баллы", "Points", fields=POINTS),
    field("tiers", "object", "Уровни", "Tiers", fields=TIERS,
          start={"window": "all", "levels": [{"id": "base", "from": "0"}]}),
    field("limits", "object", "Пределы скидок", "Limits of discounts", fields=LIMITS),
    field("redemption", "object", "Оплата баллами", "Paying with points", fields=REDEMPTION,
          start={"max_share": "30"}),
    field("regulated", "list", "Что говорит закон", "What the law says", fields=REGULATED,
          start={"kind": "tobacco", "discount": False, "redeem": False, "earn": False}),
    field("returns", "object", "Возвраты", "Returns", fields=RETURNS, start={"earned": "allow_negative"}),
)  # fmt: skip
#: What stands in the document beside the sections.
TREE = ("discounts", "accrual", "rewards")
