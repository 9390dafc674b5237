"""Selectors and conditions, described."""

from tillgate.core.text import Text

from ._fields import Field, Kind, field, kind

__all__ = ["CONDITIONS", "SELECTOR", "bounds", "of_goods"]

BASIS = (
    ("list", Text("до скидок", "before discounts")),
    ("current", Text("после предыдущих правил", "after earlier rules")),
)

SELECTOR: tuple[Field, ...] = (
    field("category", "names", "Категории", "Categories", ("Вместе со всем, что внутри.", "With everything below."),
          suggest="categories"),
    field("sku", "names", "Артикулы", "Articles", suggest="skus"),
    field("brand", "names", "Бренды", "Brands", suggest="brands", rare=True),
    field("tag", "names", "Метки", "Tags", rare=True),
    field("unit_price", "object", "Цена за единицу", "Unit price", rare=True, fields=(
        field("at_least", "money", "не меньше", "at least"),
        field("at_most", "money", "не больше", "at most"),
    )),
    field("regular_price_only", "flag", "Только по обычной цене", "At the regular price only", rare=True),
    field("not", "selector", "Кроме", "Except", rare=True),
    field("lines", "choice", "Все товары", "All goods", only=("lines", ("all",)),
          options=(("all", Text("все", "all")),)),
)  # fmt: skip


def bounds(of: str) -> Field:
    """`at_least`, `more_than`, `at_most`, `less_than` of the object that it is in."""
    return field("", "bounds", "Сколько", "How much", of=of)


def of_goods(key: str = "of") -> Field:
    """Which goods are meant."""
    return field(key, "selector", "Каких товаров", "Of which goods")


def _days(key: str, ru: str, en: str) -> Kind:
    days = field("days", "count", "дней", "days", required=True)
    return kind(key, ru, en, {key: {"days": 30}}, field(key, "object", ru, en, fields=(days,)))


def _bounded(key: str, ru: str, en: str, of: str, start: object, *more: Field) -> Kind:
    inner = field(key, "object", ru, en, fields=(bounds(of), *more))
    return kind(key, ru, en, {key: start}, inner)


def _names(key: str, ru: str, en: str, suggest: str, start: list[str]) -> Kind:
    return kind(key, ru, en, {key: start}, field(key, "names", ru, en, suggest=suggest, required=True))


def _yes(key: str, ru: str, en: str) -> Kind:
    return kind(key, ru, en, {key: True}, field(key, "yes", ru, en, required=True))


#: By what a marketer asks for most. A combination holds conditions of its own.
CONDITIONS: tuple[Kind, ...] = (
    _bounded("subtotal", "Сумма товаров", "Value of goods", "money", {"at_least": "1000.00"}, of_goods(),
             field("basis", "choice", "Считать", "Counted", options=BASIS, default="list", rare=True)),
    _bounded("quantity", "Количество товаров", "Quantity of goods", "quantity", {"at_least": "2"}, of_goods()),
    _bounded("line_quantity", "Количество в строке", "Quantity of a line", "quantity", {"at_least": "2"}),
    kind("contains", "В чеке есть товар", "The receipt has goods", {"contains": {}},
         field("contains", "selector", "Товар", "Goods", required=True)),
    kind("kit", "В чеке есть набор", "The receipt has a kit", {"kit": {"": "1"}},
         field("kit", "map", "Артикул и количество", "Article and quantity", of="quantity", suggest="skus",
               required=True)),
    _yes("identified", "Покупатель известен", "The customer is known"),
    _names("segment", "Сегмент покупателя", "Customer's segment", "segments", []),
    _names("tier", "Уровень покупателя", "Customer's tier", "tiers", []),
    _names("card_kind", "Вид карты", "Kind of card", "card_kinds", []),
    kind("coupon", "Купон", "Coupon", {"coupon": ""}, field("coupon", "names", "Код", "Code", of="one", required=True)),
    _names("payment", "Способ оплаты", "Way to pay", "payments", ["card"]),
    _names("channel", "Канал продаж", "Sales channel", "channels", ["till"]),
    kind("birthday", "День рождения рядом", "Near the birthday", {"birthday": {"before": 3, "after": 3}},
         field("birthday", "object", "День рождения", "Birthday", fields=(
             field("before", "count", "дней до", "days before"), field("after", "count", "дней после", "days after")))),
    _bounded("age", "Возраст, лет", "Age, years", "count", {"at_least": 18}),
    _yes("first_purchase", "Первая покупка", "First purchase"),
    kind("purchase_number", "Номер покупки", "Number of the purchase", {"purchase_number": {"every": 5}},
         field("purchase_number", "object", "Номер покупки", "Number of the purchase", fields=(
             field("equals", "count", "равен", "equals"), field("every", "count", "каждая", "every"),
             bounds("count")))),
    _bounded("absent_days", "Дней с прошлой покупки", "Days since the last purchase", "count", {"at_least": 60}),
    _days("returned_within", "С прошлой покупки не больше", "Returned within"),
    _days("registered_within", "С регистрации не больше", "Registered within"),
    _bounded("turnover", "Накоплено покупок", "Turnover", "money", {"at_least": "10000.00", "window": "all"},
             field("window", "window", "За период", "Within", required=True)),
    _bounded("points", "Баллов на счёте", "Points on the account", "points", {"at_least": "100"}),
    kind("attribute", "Сведение о покупателе", "A fact about the customer",
         {"attribute": {"name": "", "equals": ""}},
         field("attribute", "object", "Сведение", "Fact", fields=(
             field("name", "text", "Название", "Name", required=True, suggest="attributes"),
             field("", "one_of", "Значение", "Value", fields=(
                 field("equals", "text", "равно", "equals", start=""),
                 field("in", "names", "одно из", "one of", start=[])))))),
    kind("any", "Хотя бы одно из", "Any of", {"any": [{"identified": True}]},
         field("any", "conditions", "Хотя бы одно", "Any of", required=True)),
    kind("all", "Все вместе", "All of", {"all": [{"identified": True}]},
         field("all", "conditions", "Все", "All of", required=True)),
    kind("not", "Неверно, что", "Not", {"not": {"identified": True}},
         field("not", "condition", "Неверно, что", "Not", required=True)),
)  # fmt: skip
