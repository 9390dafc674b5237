"""The words of a report in both languages, and how they write numbers."""

from tillgate.core.figures import decimal_words, money_sign, money_words
from tillgate.core.numbers import currency_digits
from tillgate.core.programme import Programme
from tillgate.core.text import Text

__all__ = ["WORDS", "Words"]

WORDS = {
    "title": Text("Пересчёт чеков", "Backtest"),
    "new": Text("Новая", "New"),
    "old": Text("Прежняя", "Old"),
    "change": Text("Разница", "Change"),
    "revision": Text("редакция", "revision"),
    "source": Text("Чеки", "Receipts from"),
    "period": Text("Недели", "Weeks"),
    "receipts": Text("Чеков", "Receipts"),
    "touched": Text("Затронуто", "Touched"),
    "touched_long": Text("Затронуто чеков", "Receipts touched"),
    "untouched": Text("без изменений", "unchanged"),
    "dearer": Text("Дороже", "Dearer"),
    "cheaper": Text("Дешевле", "Cheaper"),
    "same_price": Text("Цена та же", "Same price"),
    "list": Text("По ценам без скидок", "List price"),
    "discount": Text("Скидки", "Discount"),
    "redeemed": Text("Оплачено баллами", "Paid by points"),
    "net": Text("Платят гости", "Guests pay"),
    "net_short": Text("К оплате", "To pay"),
    "earned": Text("Баллов начислено", "Points earned"),
    "spent": Text("Баллов списано", "Points spent"),
    "liability": Text("Обязательства по баллам", "Points liability"),
    "liability_hint": Text(
        "начислено минус списано, по стоимости балла", "earned less spent, at what a point is worth"
    ),
    "totals": Text("Итоги", "Totals"),
    "what": Text("Показатель", "Figure"),
    "by_rule": Text("По правилам", "By rule"),
    "by_segment": Text("По сегментам", "By segment"),
    "by_store": Text("По магазинам", "By store"),
    "by_week": Text("По неделям", "By week"),
    "rule": Text("Правило", "Rule"),
    "segment": Text("Сегмент", "Segment"),
    "store": Text("Магазин", "Store"),
    "week": Text("Неделя", "Week"),
    "fires": Text("Сработало", "Fires"),
    "money": Text("Деньги", "Money"),
    "points": Text("Баллы", "Points"),
    "of_points": Text("баллов", "points"),
    "unknown_guest": Text("гость неизвестен", "unknown guest"),
    "no_segment": Text("без сегмента", "in no segment"),
    "no_store": Text("магазин не указан", "no store named"),
    "no_time": Text("без времени", "no time"),
    "absent": Text("нет такого", "not there"),
    "movers_dearer": Text("Сильнее всего подорожали", "Dearer by the most"),
    "movers_cheaper": Text("Сильнее всего подешевели", "Cheaper by the most"),
    "none_dearer": Text("Ни один чек не подорожал.", "No receipt became dearer."),
    "none_cheaper": Text("Ни один чек не подешевел.", "No receipt became cheaper."),
    "receipt": Text("Чек", "Receipt"),
    "time": Text("Время", "Time"),
    "line": Text("строка", "line"),
    "rules_differ": Text("Что изменилось в правилах", "Which rules differ"),
    "errors": Text("Не пересчитано", "Not priced"),
    "errors_none": Text("Пересчитаны все чеки.", "Every receipt was priced."),
    "errors_some": Text(
        "Эти чеки пересчитать нельзя, в итоги они не вошли.", "These receipts cannot be priced and are in no figure."
    ),
    "errors_first": Text("Первые из них", "The first of them"),
    "reason": Text("Причина", "Reason"),
    "discount_by_week": Text("Скидки по неделям", "Discount by week"),
    "change_by_store": Text("На сколько больше платят гости, по магазинам", "How much more guests pay, by store"),
    "change_by_segment": Text("На сколько больше платят гости, по сегментам", "How much more guests pay, by segment"),
    "money_by_rule": Text("Деньги по правилам", "Money by rule"),
    "points_by_rule": Text("Баллы по правилам", "Points by rule"),
    "share": Text("Чеки: дешевле, без изменения цены, дороже", "Receipts: cheaper, same price, dearer"),
    "more_rows": Text("и ещё {}; все есть в --json", "and {} more; --json has them all"),
    "silent_rules": Text("не сработали ни разу: {}", "never fired: {}"),
    "nothing": Text("Нет данных.", "Nothing to show."),
    "central": Text("из центра", "the central service"),
    "segments_overlap": Text(
        "Гость в нескольких сегментах входит в каждый из них.", "A guest in several segments counts in each."
    ),
    "money_in": Text("Деньги в таблицах в {}.", "Money in tables is in {}."),
    "made_by": Text("Отчёт Tillgate; открывается без сети.", "A Tillgate report; it opens without a network."),
}  # fmt: skip


class Words:
    """One language."""

    def __init__(self, language: str, currency: str) -> None:
        self.language = language
        self.currency = currency
        self.digits = currency_digits(currency)
        self.unit = money_sign(currency)

    def __call__(self, key: str) -> str:
        return self.text(WORDS[key])

    def text(self, text: Text) -> str:
        """A text in this language."""
        return text.ru if self.language == "ru" else text.en

    def decimal(self, value: int, digits: int) -> str:
        """`1 234,50` or `1,234.50`."""
        return decimal_words(value, digits, self.language)

    def signed(self, text: str) -> str:
        """With a plus where there is no minus and something but zero."""
        return text if text.startswith("\u2212") or not any("1" <= one <= "9" for one in text) else f"+{text}"

    def count(self, value: int) -> str:
        """A whole number."""
        return self.decimal(value, 0)

    def amount(self, minor: int) -> str:
        """Money without the currency's sign, for columns."""
        return self.decimal(minor, self.digits)

    def money(self, minor: int) -> str:
        """With the currency's sign."""
        return money_words(minor, self.currency, self.language)

    def percent(self, part: int, whole: int) -> str:
        """A share with one digit, in whole numbers throughout."""
        tenths = (part * 2000 + whole) // (2 * whole) if whole else 0
        return f"{self.decimal(tenths, 1)}\u00a0%" if self.language == "ru" else f"{self.decimal(tenths, 1)}%"

    def programme(self, programme: Programme) -> str:
        """Its name, or its id."""
        name = self.text(programme.name) if programme.name is not None else programme.id
        return f"{name}, {self('revision')} {programme.revision}"
