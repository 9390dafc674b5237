"""What is said of each reason, in Russian and in English."""

from tillgate.core.text import Text

from ._codes import Reason

__all__ = ["BEATEN", "CLOSED", "FIGURES", "NAMES", "NO_GOODS", "PLAIN"]

PLAIN = {
    Reason.NONE: Text("Правило ничего не дало.", "The rule gave nothing."),
    Reason.NOT_IDENTIFIED: Text("Покупатель не назвался.", "The customer is not identified."),
    Reason.IDENTIFIED: Text("Только для покупателей без карты.", "Only for customers without a card."),
    Reason.CONDITION: Text("Условие не выполнено.", "The condition does not hold."),
    Reason.ZERO: Text("Скидка или баллы равны нулю.", "The discount or the points are zero."),
    Reason.HOLDOUT: Text("Покупатель в контрольной группе.", "The customer is in the control group."),
    Reason.REDEEMING: Text("При оплате баллами новые не начисляются.", "No points are earned while points are spent."),
    Reason.REGULATED: Text("На эти товары не разрешает закон.", "The law does not allow it for these goods."),
    Reason.CAP: Text("Предел правила — ноль.", "The rule's cap is zero."),
}
NO_GOODS = Text("В чеке нет подходящих товаров.", "No goods of the rule in the receipt.")
CLOSED = Text(
    "Подходящие товары есть, но скидки или баллы на них не действуют.",
    "The goods are there, but closed to discounts or points.",
)
#: What must be there, by the names in {need}.
NAMES = {
    Reason.OTHER_STORE: Text("Правило для других магазинов: {need}.", "The rule is for other stores: {need}."),
    Reason.OTHER_CHANNEL: Text("Правило для других каналов продаж: {need}.", "The rule is for other channels: {need}."),
    Reason.SEGMENT: Text("Покупатель не входит в сегмент: {need}.", "The customer is not in the segment: {need}."),
    Reason.TIER: Text("Нужен другой уровень: {need}.", "Another tier is needed: {need}."),
    Reason.COUPON_MISSING: Text("Не предъявлен купон {need}.", "The coupon {need} was not presented."),
    Reason.PAYMENT: Text("Нужен другой способ оплаты: {need}.", "Another way of payment is needed: {need}."),
    Reason.CARD_KIND: Text("Нужна карта другого вида: {need}.", "Another kind of card is needed: {need}."),
    Reason.ATTRIBUTE: Text("О покупателе должно быть известно: {need}.", "The customer's data must say: {need}."),
}
_BELOW = Text("Не хватает {missing}: нужно {need}, есть {actual}.", "{missing} more: {need} needed, {actual} there.")
_ABOVE_AMOUNT = Text("Сумма {actual} больше {need}: лишние {missing}.", "{actual} is more than {need}, by {missing}.")
_ABOVE_QUANTITY = Text("Количество {actual} больше {need}: лишние {missing}.", "{actual} are more than {need}.")
_KIT = Text(
    "Набор не полон: «{sku}» — нужно {need}, есть {actual}, не хватает {missing}.",
    "The kit is not complete: of {sku} {need} needed, {actual} there, {missing} more.",
)
#: Figures below what is needed, above it, and not known.
FIGURES: dict[Reason, tuple[Text, Text, Text]] = {
    Reason.TURNOVER: (
        Text(
            "Накоплено {actual}, нужно {need}: не хватает {missing}.",
            "Turnover {actual}, {need} needed: {missing} more.",
        ),
        Text("Накоплено {actual}: больше, чем {need}.", "Turnover {actual}: more than {need}."),
        Text("Оборот покупателя неизвестен.", "The turnover is not known."),
    ),
    Reason.POINTS: (
        Text(
            "На счёте {actual}, нужно {need}: не хватает {missing}.", "{actual} there, {need} needed: {missing} more."
        ),
        Text("На счёте {actual}: больше, чем {need}.", "{actual}: more than {need}."),
        Text("Баланс неизвестен.", "The balance is not known."),
    ),
    Reason.PURCHASE_NUMBER: (
        Text("Это покупка № {actual}, нужна № {need}.", "This is purchase number {actual}, number {need} is needed."),
        Text("Это уже покупка № {actual}, нужна не позже № {need}.", "This is purchase number {actual}, past {need}."),
        Text("Номер покупки неизвестен.", "The number of the purchase is not known."),
    ),
    Reason.ABSENT_DAYS: (
        Text("С прошлой покупки {actual}, нужно {need}.", "{actual} since the last purchase, {need} needed."),
        Text(
            "С прошлой покупки уже {actual}, нужно не больше {need}.", "{actual} since the last purchase, past {need}."
        ),
        Text("Когда была прошлая покупка, неизвестно.", "The last purchase is not known."),
    ),
    Reason.REGISTERED: (
        Text("С регистрации {actual}, нужно {need}.", "{actual} since registration, {need} needed."),
        Text("С регистрации {actual}: больше, чем {need}.", "{actual} since registration, past {need}."),
        Text("Когда покупатель зарегистрирован, неизвестно.", "The registration is not known."),
    ),
    Reason.AGE: (
        Text("Возраст {actual}, нужно {need}.", "The age is {actual}, {need} needed."),
        Text("Возраст {actual}, нужно не больше {need}.", "The age is {actual}, at most {need} allowed."),
        Text("Возраст неизвестен.", "The age is not known."),
    ),
    Reason.BELOW_AMOUNT: (_BELOW, _BELOW, _BELOW),
    Reason.ABOVE_AMOUNT: (_ABOVE_AMOUNT, _ABOVE_AMOUNT, _ABOVE_AMOUNT),
    Reason.BELOW_QUANTITY: (
        _BELOW,
        _BELOW,
        Text("Товары есть, но не те вместе.", "Goods enough, but not of each kind."),
    ),
    Reason.ABOVE_QUANTITY: (_ABOVE_QUANTITY, _ABOVE_QUANTITY, _ABOVE_QUANTITY),
    Reason.KIT_INCOMPLETE: (_KIT, _KIT, _KIT),
    Reason.FLOOR: (
        Text("Скидка {need} не дана: цена уже минимальная.", "{need} not given: the price is at its floor."),
        Text("Цена уже минимальная.", "The price is at its floor."),
        Text("Цена уже минимальная.", "The price is at its floor."),
    ),
    Reason.LIMIT: (
        Text(
            "Скидка {need} не дана: достигнут предел скидок.",
            "{need} were not given: the limit of discounts is reached.",
        ),
        Text("Достигнут предел скидок.", "The limit of discounts is reached."),
        Text("Достигнут предел скидок.", "The limit of discounts is reached."),
    ),
}
#: For another rule, by its name and without.
BEATEN = {
    Reason.EXCLUSIVE: (
        Text("Действует исключительное правило «{name}».", 'The exclusive rule "{name}" applies.'),
        Text("Действует исключительное правило.", "An exclusive rule applies."),
    ),
    Reason.DISPLACED: (
        Text("Его место заняло правило «{name}».", 'The rule "{name}" took its place.'),
        Text("Другое правило выгоднее или важнее.", "Another rule took its place."),
    ),
    Reason.MOST: (
        Text(
            "Больше правил здесь не действует: место заняло «{name}».",
            'No more rules apply here: "{name}" took the place.',
        ),
        Text("Уже действует наибольшее число правил.", "The most rules of the group apply already."),
    ),
    Reason.UNITS_USED: (
        Text("Товар уже участвует в акции «{name}».", 'The goods are used up by "{name}".'),
        Text("Товар уже участвует в другой акции.", "The goods are used up by another rule."),
    ),
}
