"""Worked figures of returns, one promise each."""

import pytest

from tillgate.core import (
    give_back,
    nothing_returned,
    parse_return_request,
    parse_returned,
    parse_sold,
    remaining,
    sold_document,
)
from tillgate.core._return_facts import apportion
from tillgate.core.answer import LineDiscount, Piece
from tillgate.core.errors import ReturnInvalid, ReturnTooMuch
from tillgate.core.programme import ReturnPolicy
from tillgate.core.returns import (
    LineRequest,
    PointsTaken,
    Return,
    Returned,
    ReturnRequest,
    Sold,
    SoldLine,
    SoldTender,
)


def line(name: str = "1", quantity: int = 3000, **more: object) -> SoldLine:
    """Three units at 3.34 for 10.00: 0.02 off, 7 points earned."""
    figures: dict[str, object] = {
        "list_minor": 1002,
        "discounts": (LineDiscount("r", 2),),
        "points_spent": 0,
        "redeemed_minor": 0,
        "net_minor": 1000,
        "points_earned": 7,
        "tenders": (1000,),
        "pieces": (Piece(2000, 333, 666), Piece(1000, 334, 334)),
    }
    return SoldLine(id=name, quantity_milli=quantity, **(figures | more))  # type: ignore[arg-type]


def sale(*lines: SoldLine, tenders: tuple[SoldTender, ...] = (), as_tender: bool = False, **policy: object) -> Sold:
    lines = lines or (line(),)
    return Sold(
        currency="RUB",
        points_digits=0,
        points_worth_minor=100,
        points_as_tender=as_tender,
        tenders=tenders or (SoldTender("cash", sum(each.net_minor for each in lines)),),
        lines=lines,
        policy=ReturnPolicy(**policy),  # type: ignore[arg-type]
    )


def back(sold: Sold, *quantities: int, **customer: int) -> list[Return]:
    """Returns of the first line, one after the other."""
    returned, results = nothing_returned(sold), []
    for quantity in quantities:
        wanted = LineRequest(line=sold.lines[0].id, quantity_milli=quantity)
        results.append(give_back(sold, returned, ReturnRequest(lines=(wanted,), **customer)))
        returned = results[-1].returned
    return results


def test_units_come_back_at_the_prices_of_the_receipt() -> None:
    results = back(sale(), 1000, 1000, 1000)
    assert [each.net_minor for each in results] == [333, 334, 333]
    assert [each.lines[0].pieces for each in results] == [
        (Piece(1000, 333, 333),),
        (Piece(1000, 334, 334),),
        (Piece(1000, 333, 333),),
    ]
    assert [each.list_minor for each in results] == [334, 334, 334]
    assert [each.points_taken.debt for each in results] == [2, 3, 2]
    assert [each.complete for each in results] == [False, False, True]


def test_two_units_hold_both_prices() -> None:
    first, second = back(sale(), 2000, 1000)
    assert first.lines[0].pieces == (Piece(1000, 333, 333), Piece(1000, 334, 334))
    assert second.lines[0].pieces == (Piece(1000, 333, 333),)


def test_part_of_weighed_goods_comes_back_at_the_printed_price() -> None:
    cheese = line(
        quantity=345,
        list_minor=31016,
        discounts=(),
        net_minor=31016,
        tenders=(31016,),
        pieces=(Piece(345, 89900, 31016),),
    )
    first, second = back(sale(cheese), 100, 245)
    assert (first.net_minor, second.net_minor) == (8990, 22026)
    assert [each.lines[0].fiscal_residual_minor for each in (first, second)] == [0, 0]
    assert first.lines[0].pieces == (Piece(100, 89900, 8990),)
    assert sum(piece.total_minor for piece in second.lines[0].pieces) == 22026
    assert {piece.unit_price_minor for piece in second.lines[0].pieces} == {89900}


def test_a_marked_unit_comes_back_as_itself() -> None:
    pieces = (Piece(1000, 333, 333), Piece(1000, 333, 333), Piece(1000, 334, 334))
    sold = sale(line(marked=True, pieces=pieces))
    named = ReturnRequest(lines=(LineRequest(line="1", pieces=(3,)),))
    first = give_back(sold, nothing_returned(sold), named)
    assert (first.net_minor, first.list_minor) == (334, 334)
    assert first.lines[0].pieces == (Piece(1000, 334, 334),)
    with pytest.raises(ReturnTooMuch) as again:
        give_back(sold, first.returned, named)
    assert again.value.path == "$.lines[0].pieces[0]"
    rest = give_back(sold, first.returned, ReturnRequest(lines=(LineRequest(line="1", quantity_milli=2000),)))
    assert (rest.net_minor, rest.complete) == (666, True)
    assert rest.lines[0].pieces == (Piece(1000, 333, 333), Piece(1000, 333, 333))


@pytest.mark.parametrize(
    ("policy", "taken", "refund"),
    [
        ("pending_only", PointsTaken(pending=2, forgiven=5), 1000),
        ("within_balance", PointsTaken(pending=2, balance=1, forgiven=4), 1000),
        ("allow_negative", PointsTaken(pending=2, balance=1, debt=4), 1000),
        ("withhold_money", PointsTaken(pending=2, balance=1, money=4), 600),
    ],
)
def test_earned_points_go_as_the_policy_says(policy: str, taken: PointsTaken, refund: int) -> None:
    (result,) = back(sale(earned=policy), 3000, balance=1, pending=2)
    assert (result.points_taken, result.refund_minor) == (taken, refund)
    assert result.refund_minor == 1000 - result.points_withheld_minor


def test_money_for_points_is_never_more_than_the_refund() -> None:
    (result,) = back(sale(line(points_earned=30), earned="withhold_money"), 3000)
    assert result.points_taken == PointsTaken(money=10, forgiven=20)
    assert (result.refund_minor, result.points_withheld_minor) == (0, 1000)


def test_spent_points_come_back_before_earned_ones_go() -> None:
    pieces = (Piece(1000, 166, 166), Piece(2000, 167, 334))
    paid = line(points_spent=5, redeemed_minor=500, net_minor=500, tenders=(500,), pieces=pieces)
    (result,) = back(sale(paid, earned="allow_negative"), 3000)
    assert (result.points_back, result.redeemed_minor) == (5, 500)
    assert result.points_taken == PointsTaken(balance=5, debt=2)
    (owing,) = back(sale(paid, earned="allow_negative"), 3000, balance=-4)
    assert owing.points_taken == PointsTaken(balance=1, debt=6)


def test_points_as_a_tender_come_back_as_points_not_as_money() -> None:
    tenders = (SoldTender("points", 300), SoldTender("card", 700))
    paid = line(points_spent=3, redeemed_minor=300, tenders=(300, 700))
    results = back(sale(paid, tenders=tenders, as_tender=True), 1000, 2000)
    assert [(each.net_minor, each.redeemed_minor, each.refund_minor) for each in results] == [
        (333, 100, 233),
        (667, 200, 467),
    ]
    assert [each.points_back for each in results] == [1, 2]
    assert results[0].refunds_minor == (0, 233)


def test_every_tender_gets_its_share_or_certificates_come_first() -> None:
    tenders = (SoldTender("certificate", 400, "G1"), SoldTender("card", 600))
    paid = line(tenders=(400, 600))
    shared = back(sale(paid, tenders=tenders), 1000, 1000, 1000)
    assert [each.refunds_minor for each in shared] == [(133, 200), (134, 200), (133, 200)]
    first = back(sale(paid, tenders=tenders, certificates_first=True), 1000, 1000, 1000)
    assert [each.refunds_minor for each in first] == [(333, 0), (67, 267), (0, 333)]


def test_kept_goods_that_cost_more_are_paid_from_the_refund_and_the_rest_is_never_below_zero() -> None:
    sold = sale(reprice=True)
    returned, refunds = nothing_returned(sold), []
    kept: list[dict[str, int]] = []

    def price(quantities: dict[str, int]) -> int:
        kept.append(dict(quantities))
        return {2000: 900, 1000: 700}[quantities["1"]]

    for _ in range(3):
        request = ReturnRequest(lines=(LineRequest(line="1", quantity_milli=1000),))
        result = give_back(sold, returned, request, price)  # type: ignore[arg-type]
        returned = result.returned
        refunds.append((result.net_minor, result.repriced_minor, result.refund_minor))
    # Kept were worth 667 and cost 900; then 333 and 700; then nothing, so all that was withheld returns.
    assert refunds == [(333, 233, 100), (334, 134, 200), (333, -367, 700)]
    assert kept == [{"1": 2000}, {"1": 1000}]


def test_what_is_withheld_stops_at_the_refund() -> None:
    sold = sale(reprice=True)
    request = ReturnRequest(lines=(LineRequest(line="1", quantity_milli=1000),))
    result = give_back(sold, nothing_returned(sold), request, lambda _: 5000)
    assert (result.repriced_minor, result.refund_minor) == (333, 0)


def test_too_much_is_refused_with_what_is_left_in_both_languages() -> None:
    sold = sale()
    before = back(sold, 2000)[0].returned
    with pytest.raises(ReturnTooMuch) as refused:
        give_back(sold, before, ReturnRequest(lines=(LineRequest(line="1", quantity_milli=1500),)))
    assert refused.value.metadata == {"remaining": "1"}
    assert refused.value.told.ru == "Столько вернуть нельзя: осталось 1."
    assert refused.value.told.en == "So much cannot be returned: 1 left."
    with pytest.raises(ReturnTooMuch) as nothing_left:
        give_back(sold, give_back(sold, before, ReturnRequest()).returned, ReturnRequest())
    assert nothing_left.value.told.ru == "Столько вернуть нельзя: всё уже возвращено."
    assert [facts.quantity_milli for facts in remaining(sold, before)] == [1000]


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        ({"lines": []}, "$.lines", "TOO_FEW"),
        ({}, "$.lines", "MISSING"),
        ({"lines": [{"line": "9"}]}, "$.lines[0].line", "UNKNOWN_VALUE"),
        ({"lines": [{"line": "1"}, {"line": "1"}]}, "$.lines[1].line", "DUPLICATE"),
        ({"lines": [{"line": "1", "quantity": "0"}]}, "$.lines[0].quantity", "OUT_OF_RANGE"),
        ({"lines": [{"line": "1", "quantity": "1", "pieces": [1]}]}, "$.lines[0]", "CONTRADICTION"),
        ({"lines": [{"line": "1", "pieces": [1]}]}, "$.lines[0].pieces", "CONTRADICTION"),
        ({"lines": [{"line": "2", "pieces": [4]}]}, "$.lines[0].pieces[0]", "OUT_OF_RANGE"),
        ({"lines": [{"line": "2", "quantity": "1.5"}]}, "$.lines[0].quantity", "OUT_OF_RANGE"),
        ({"lines": "all", "amount": "5.00"}, "$.amount", "UNKNOWN_KEY"),
        ({"lines": "all", "customer": {"points": 5}}, "$.customer.points", "WRONG_TYPE"),
    ],
)
def test_a_wrong_request_is_refused_with_the_place(document: object, path: str, reason: str) -> None:
    units = (Piece(1000, 333, 333), Piece(1000, 333, 333), Piece(1000, 334, 334))
    sold = sale(line(), line("2", marked=True, pieces=units))
    with pytest.raises(ReturnInvalid) as refused:
        give_back(sold, nothing_returned(sold), parse_return_request(document))
    assert (refused.value.path, refused.value.metadata["reason"]) == (path, reason)
    assert refused.value.told.ru.startswith("В возврате ошибка: ")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("list", "10.03"),
        ("net", "9.99"),
        ("quantity", "4"),
        ("tenders", ["9.99"]),
        ("pieces", [{"quantity": "3", "unit_price": "3.33", "total": "9.99"}]),
        ("marked", True),
        ("redeemed", {"points": "1", "amount": "1.00"}),
    ],
)
def test_a_sale_whose_figures_do_not_agree_is_refused(key: str, value: object) -> None:
    document = sold_document(sale())
    document["lines"] = [document["lines"][0] | {key: value}]  # type: ignore[index]
    with pytest.raises(ReturnInvalid) as refused:
        parse_sold(document)
    assert refused.value.metadata["reason"] == "CONTRADICTION"


def test_more_than_was_sold_cannot_have_come_back() -> None:
    sold = sale()
    assert parse_returned({"pieces": [["1", "0"]], "withheld": ["0.00"]}, sold) == Returned(((1000, 0),), (0,))
    with pytest.raises(ReturnInvalid) as refused:
        parse_returned({"pieces": [["1", "2"]], "withheld": ["0.00"]}, sold)
    assert refused.value.path == "$.pieces[0][1]"


def test_shares_never_shrink_as_the_total_grows() -> None:
    """Largest remainders would: 6, 6, 2 of 10 seats are 4, 4, 2 and of 11 they are 5, 5, 1."""
    whole = (60, 60, 20, 7)
    before = (0,) * len(whole)
    for total in range(sum(whole) + 1):
        shares = apportion(total, whole)
        assert sum(shares) == total
        assert all(now >= then for now, then in zip(shares, before, strict=True))
        before = shares
    assert before == whole
