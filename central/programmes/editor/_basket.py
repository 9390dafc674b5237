"""The sample receipt, described."""

from tillgate.core.basket import CONFIRMATIONS

from ._fields import Field, field

__all__ = ["BASKET"]

LINE: tuple[Field, ...] = (
    field("sku", "text", "Артикул", "Article", suggest="skus", required=True),
    field("quantity", "quantity", "Кол-во", "Quantity", required=True),
    field("unit_price", "money", "Цена", "Price", required=True),
    field("categories", "names", "Категории", "Categories", suggest="categories"),
    field("brand", "text", "Бренд", "Brand", suggest="brands", rare=True),
    field("tags", "names", "Метки", "Tags", rare=True),
    field("name", "text", "Название", "Name", quiet=True),
    field("id", "text", "Номер строки", "Line's id", rare=True),
    field("min_unit_price", "money", "Цена не ниже", "Price not below", rare=True),
    field("regulated", "text", "Вид по закону", "Regulated kind", rare=True),
    field("litres", "quantity", "Литров в единице", "Litres of a unit", rare=True),
    field("discountable", "flag", "Скидки можно", "Discounts allowed", rare=True, default="true"),
    field("redeemable", "flag", "Баллы тратить можно", "Points may pay", rare=True, default="true"),
    field("earnable", "flag", "Баллы копить можно", "Points are earned", rare=True, default="true"),
    field("regular_price", "flag", "Обычная цена", "Regular price", rare=True, default="true"),
    field("marked", "flag", "Маркированный товар", "Marked goods", rare=True),
)
CUSTOMER: tuple[Field, ...] = (
    field("id", "text", "Номер", "Id", required=True, quiet=True),
    field("tier", "text", "Уровень", "Tier", suggest="tiers"),
    field("segments", "names", "Сегменты", "Segments", suggest="segments"),
    field("points", "points", "Баллов", "Points"),
    field("turnover", "map", "Накоплено", "Turnover", of="money", suggest="windows"),
    field("purchases", "count", "Покупок раньше", "Purchases before"),
    field("birthday", "day", "День рождения", "Birthday"),
    field("registered", "moment", "Зарегистрирован", "Registered", rare=True),
    field("first_purchase", "moment", "Первая покупка", "First purchase", rare=True),
    field("last_purchase", "moment", "Прошлая покупка", "Last purchase", rare=True),
    field("card_kind", "text", "Вид карты", "Kind of card", suggest="card_kinds", rare=True),
    field("attributes", "map", "Сведения", "Facts", of="text", suggest="attributes", rare=True),
    field("uses", "map", "Правила уже были", "Rules used before", of="used", suggest="rules", rare=True),
)
BASKET: tuple[Field, ...] = (
    field("lines", "list", "Строки", "Lines", required=True, fields=LINE,
          start={"sku": "", "quantity": "1", "unit_price": "100.00"}),
    field("customer", "object", "Покупатель", "Customer", fields=CUSTOMER, start={"id": "guest"}),
    field("coupons", "names", "Купоны", "Coupons"),
    field("redeem", "object", "Потратить баллы", "Spend points", fields=(
        field("", "one_of", "Сколько", "How many", fields=(
            field("points", "points", "баллов", "points", start="100"),
            field("max", "flag", "сколько можно", "as many as may be", start=True))),)),
    field("time", "moment", "Время", "Time"),
    field("store", "text", "Магазин", "Store", suggest="stores"),
    field("channel", "text", "Канал", "Channel", suggest="channels", rare=True),
    field("payments", "list", "Оплата", "Payments", rare=True, start={"type": "card"}, fields=(
        field("type", "text", "Способ", "Way", suggest="payments", required=True),
        field("amount", "money", "Сумма", "Amount"))),
    field("certificates", "list", "Сертификаты", "Certificates", rare=True,
          start={"number": "1", "amount": "100.00"}, fields=(
              field("number", "text", "Номер", "Number", required=True),
              field("amount", "money", "Сумма", "Amount", required=True))),
    field("confirmed_by", "names", "Подтверждено", "Confirmed by", rare=True, options=tuple(CONFIRMATIONS.items())),
    field("uses", "map", "Правила уже сработали всего раз", "Rules used in total", of="used", suggest="rules",
          rare=True),
    field("currency", "text", "Валюта", "Currency", required=True, quiet=True),
)  # fmt: skip
