"""Returns for `tillgate calc`: given back one after the other, as documents or as tables."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tillgate.accel import Compiled, repricing
from tillgate.core import (
    Answer,
    Basket,
    Text,
    answer_document,
    give_back,
    nothing_returned,
    parse_return_request,
    parse_tenders,
    remaining,
    remaining_document,
    return_document,
    sold_document,
    sold_of,
)
from tillgate.core.errors import ReturnInvalid, TillgateError
from tillgate.core.numbers import currency_digits, format_decimal, format_quantity
from tillgate.core.returns import POINTS, Return, Returned, Sold, SoldTender

from ._language import Language, say
from ._refusals import whole_document

__all__ = ["Selling", "answer_returns", "print_return"]

Json = Any
_TITLES = {
    "return": Text("Возврат", "Return"),
    "line": Text("Строка", "Line"),
    "quantity": Text("Кол-во", "Quantity"),
    "list": Text("Цена", "List"),
    "discount": Text("Скидка", "Discount"),
    "by_points": Text("Баллами", "By points"),
    "net": Text("Сумма", "Net"),
    "pieces": Text("Фискально", "Fiscal"),
    "total": Text("Итого", "Total"),
    "refund": Text("Вернуть", "Refund"),
    "repriced": Text("Удержано: оставшееся стоит дороже", "Withheld: what is kept costs more"),
    "released": Text("Отдано из удержанного", "Given back of what was withheld"),
    "points_withheld": Text("Удержано за потраченные баллы", "Withheld for points that were spent"),
    "points_back": Text("Баллов вернуть", "Points back"),
    "points_taken": Text("Баллов снять", "Points taken"),
    "debt": Text("из них в долг", "of them owed"),
    "forgiven": Text("Баллов осталось гостю", "Points left with the guest"),
    "left": Text("Ещё можно вернуть", "May still come back"),
}


class Selling:
    """One sale and what has come back of it."""

    def __init__(self, compiled: Compiled, basket: Basket, answer: Answer, tenders: Sequence[SoldTender]) -> None:
        self.answer = answer
        self.sold: Sold = sold_of(basket, answer, compiled.programme, tenders)
        self.returned: Returned = nothing_returned(self.sold)
        self._reprice = repricing(compiled, basket)

    def give_back(self, document: Json | bytes) -> Return:
        """One more return. Raises ReturnTooMuch, ReturnInvalid; what was before stays then."""
        request = parse_return_request(document, self.sold.points_digits)
        result = give_back(self.sold, self.returned, request, self._reprice)
        self.returned = result.returned
        return result

    def document(self, returns: Sequence[Json]) -> dict[str, object]:
        """The answer, what is kept of the sale, its returns, what may still come back."""
        return {
            "answer": answer_document(self.answer),
            "sold": sold_document(self.sold),
            "returns": list(returns),
            "remaining": remaining_document(self.sold, self.returned),
        }


def answer_returns(
    compiled: Compiled, basket: Basket, answer: Answer, case: dict[str, Json], language: Language
) -> dict[str, object]:
    """A case with `returns`, and perhaps `tenders`. A return that is refused changes nothing; the next ones go on."""
    try:
        tenders = parse_tenders(case.get("tenders", []), answer.currency)
    except ReturnInvalid as error:
        raise error.at(f"$.tenders{error.path[1:]}") from error
    selling = Selling(compiled, basket, answer, tenders)
    if not isinstance(case["returns"], list):
        text = Text("нужен список в квадратных скобках", "a list is expected")
        raise ReturnInvalid(text, path="$.returns", reason="WRONG_TYPE")
    results: list[Json] = []
    for index, request in enumerate(case["returns"]):
        try:
            results.append(return_document(selling.sold, selling.give_back(request)))
        except TillgateError as error:
            results.append({"error": whole_document(error, language, f"$.returns[{index}]")})
    return selling.document(results)


def print_return(console: Console, sold: Sold, result: Return, number: int, language: Language) -> None:
    """One return as a table, then points and money."""
    writer = _Words(sold, language)
    table = Table(title=f"{writer.title('return')} {number}", show_footer=True)
    for key, footer in (
        ("line", writer.title("total")),
        ("quantity", ""),
        ("list", writer.money(result.list_minor)),
        ("discount", writer.money(sum(each.amount_minor for each in result.discounts))),
        ("by_points", writer.money(result.redeemed_minor)),
        ("net", writer.money(result.net_minor)),
        ("pieces", ""),
    ):
        table.add_column(writer.title(key), footer, justify="left" if key in ("line", "pieces") else "right")
    for line in result.lines:
        table.add_row(
            escape(line.id),
            format_quantity(line.facts.quantity_milli),
            writer.money(line.facts.list_minor),
            writer.money(sum(line.facts.discounts)),
            writer.money(line.facts.redeemed_minor),
            writer.money(line.facts.net_minor),
            " + ".join(
                f"{format_quantity(piece.quantity_milli)} x {writer.money(piece.unit_price_minor)}"
                for piece in line.pieces
            ),
        )
    console.print(table)
    for text in writer.sentences(result):
        console.print(text, markup=False)


class _Words:
    """Figures of one sale as people read them."""

    def __init__(self, sold: Sold, language: Language) -> None:
        self.sold = sold
        self.language = language
        self.digits = currency_digits(sold.currency)

    def title(self, key: str) -> str:
        return say(_TITLES[key], self.language)

    def money(self, minor: int) -> str:
        return format_decimal(minor, self.digits)

    def points(self, count: int) -> str:
        return format_decimal(count, self.sold.points_digits)

    def sentences(self, result: Return) -> Iterator[str]:
        taken = result.points_taken
        if result.repriced_minor:
            key = "repriced" if result.repriced_minor > 0 else "released"
            yield f"{self.title(key)}: {self.money(abs(result.repriced_minor))}"
        if taken.money:
            yield f"{self.title('points_withheld')}: {self.money(result.points_withheld_minor)}"
        ways = [
            f"{tender.type}{' ' if tender.number else ''}{tender.number} {self.money(minor)}"
            for tender, minor in zip(self.sold.tenders, result.refunds_minor, strict=True)
            if minor and tender.type != POINTS
        ]
        money = f"{self.title('refund')}: {self.money(result.refund_minor)} {self.sold.currency}"
        yield f"{money} ({', '.join(ways)})" if ways else money
        if result.points_back:
            yield f"{self.title('points_back')}: {self.points(result.points_back)}"
        if gone := taken.pending + taken.balance + taken.debt:
            owed = f", {self.title('debt')} {self.points(taken.debt)}" if taken.debt else ""
            yield f"{self.title('points_taken')}: {self.points(gone)}{owed}"
        if taken.forgiven:
            yield f"{self.title('forgiven')}: {self.points(taken.forgiven)}"
        left = sum(facts.net_minor for facts in remaining(self.sold, result.returned))
        yield f"{self.title('left')}: {self.money(left)} {self.sold.currency}"
