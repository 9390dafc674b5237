"""Parts of real purchases come back in any order and size, and nothing is left over or lost."""

import json
import os
from collections import Counter
from random import Random
from typing import Any

import dice
import oracle_returns
import pytest

from tillgate.accel import Compiled, compile_programme, repricing
from tillgate.core import (
    Basket,
    give_back,
    nothing_returned,
    parse_basket,
    parse_programme,
    parse_return_request,
    parse_returned,
    parse_sold,
    remaining,
    return_document,
    returned_document,
    sold_document,
    sold_of,
)
from tillgate.core.errors import ReturnTooMuch
from tillgate.core.numbers import format_quantity
from tillgate.core.returns import Facts, LineRequest, Return, Returned, ReturnRequest, Sold, SoldLine, SoldTender

Json = dict[str, Any]
# The suite runs a part of what development runs: raise them to look longer, and elsewhere.
PURCHASES = int(os.environ.get("TILLGATE_RETURNS_PURCHASES", "120"))
FIRST_SEED = int(os.environ.get("TILLGATE_RETURNS_SEED", "1"))
KEPT = ("allow_negative", "within_balance", "pending_only", "withhold_money")


class Purchase:
    """A sale by the calculator itself, with the ways it was paid, by one seed."""

    def __init__(self, seed: int, *, reprice: bool) -> None:
        self.random = Random(seed * 7 + reprice)
        thrown = dice.Dice(Random(seed), extreme=False)
        programme, basket = thrown.programme(), thrown.basket()
        programme["returns"] = {
            "earned": self.random.choice(KEPT),
            "certificates_first": self.random.random() < 0.5,
            "reprice": reprice,
        }
        for line in basket["lines"]:
            if "." not in line["quantity"] and self.random.random() < 0.3:
                line["marked"] = True
        if self.random.random() < 0.3:
            basket["certificates"] = [{"number": str(k), "amount": thrown.money()} for k in range(2)]
        self.compiled: Compiled = compile_programme(parse_programme(programme))
        self.basket: Basket = parse_basket(basket, self.compiled.points_digits)
        answer = self.compiled.price(self.basket, "none")
        tenders = self._tenders(answer.total_minor - answer.tender_minor)
        self.sold: Sold = sold_of(self.basket, answer, self.compiled.programme, tenders)
        self.reprice = repricing(self.compiled, self.basket)

    def _tenders(self, due: int) -> list[SoldTender]:
        cuts = sorted(self.random.randint(0, due) for _ in range(self.random.randint(0, 2)))
        ends = [*cuts, due]
        paid = [end - start for start, end in zip([0, *cuts], ends, strict=True)]
        return [SoldTender(self.random.choice(("cash", "card", "sbp")), minor) for minor in paid if minor]

    def give_back(self, returned: Returned, request: ReturnRequest) -> Return:
        return give_back(self.sold, returned, request, self.reprice)

    def request(self, returned: Returned) -> ReturnRequest:
        """Some of what is left of some lines."""
        wanted = []
        for line, taken in zip(self.sold.lines, returned.pieces, strict=True):
            left = line.quantity_milli - sum(taken)
            if left and self.random.random() < 0.7:
                wanted.append(self._part(line, taken, left))
        balance, pending = self.random.randint(-20, 60), self.random.randint(0, 10)
        return ReturnRequest(lines=tuple(wanted), balance=balance, pending=pending)

    def _part(self, line: SoldLine, taken: tuple[int, ...], left: int) -> LineRequest:
        dice_roll = self.random.random()
        if line.marked and dice_roll < 0.5:
            free = [number for number, gone in enumerate(taken, 1) if not gone]
            some = self.random.sample(free, self.random.randint(1, len(free)))
            return LineRequest(line=line.id, pieces=tuple(some))
        if dice_roll < 0.2:
            return LineRequest(line=line.id)
        if left % 1000 == 0 and (line.marked or (line.quantity_milli % 1000 == 0 and dice_roll < 0.9)):
            return LineRequest(line=line.id, quantity_milli=1000 * self.random.randint(1, left // 1000))
        return LineRequest(line=line.id, quantity_milli=self.random.randint(1, left))


def check_step(purchase: Purchase, before: Returned, result: Return) -> None:
    """One return is consistent in itself, and with the model."""
    sold = purchase.sold
    by_id = {line.id: index for index, line in enumerate(sold.lines)}
    for line in result.lines:
        index = by_id[line.id]
        facts, bought = line.facts, sold.lines[index]
        figures = (facts.list_minor, facts.points_spent, facts.redeemed_minor, facts.net_minor, facts.points_earned)
        assert min(*figures, *facts.discounts, *facts.tenders) >= 0, "nothing is negative"
        off = sum(facts.discounts) + (0 if sold.points_as_tender else facts.redeemed_minor)
        assert facts.list_minor - off == facts.net_minor == sum(facts.tenders)
        check_pieces(bought, line.pieces, before.pieces[index], result.returned.pieces[index])
        assert sum(piece.total_minor for piece in line.pieces) == facts.net_minor - line.fiscal_residual_minor
        assert abs(line.fiscal_residual_minor) <= (0 if whole_units(bought, before.pieces[index], facts) else 1)
    assert sum(line.facts.net_minor for line in result.lines) == result.net_minor
    assert sum(line.facts.list_minor for line in result.lines) == result.list_minor
    by_rule = Counter({each.rule: 0 for each in result.discounts})
    for line in result.lines:
        by_rule.update({each.rule: each.amount_minor for each in line.discounts})
    assert {each.rule: each.amount_minor for each in result.discounts} == by_rule
    by_points = result.redeemed_minor if sold.points_as_tender else 0
    assert result.refund_minor == sum(result.refunds_minor)
    assert result.refund_minor == result.net_minor - by_points - result.repriced_minor - result.points_withheld_minor
    assert min((0, *result.refunds_minor)) == 0
    taken = result.points_taken
    parts = (taken.pending, taken.balance, taken.debt, taken.money, taken.forgiven)
    assert min(parts) >= 0
    assert sum(parts) == sum(line.facts.points_earned for line in result.lines)
    for bought, pieces, left in zip(sold.lines, result.returned.pieces, remaining(sold, result.returned), strict=True):
        check_against_model(sold, bought, pieces, left)


def whole_units(line: SoldLine, before: tuple[int, ...], facts: Facts) -> bool:
    return not (line.quantity_milli % 1000 or sum(before) % 1000 or facts.quantity_milli % 1000) and all(
        milli % 1000 == 0 for milli in before
    )


def check_pieces(line: SoldLine, pieces: Any, before: tuple[int, ...], after: tuple[int, ...]) -> None:
    """Prices are printed ones, and of none comes back more than was sold at it."""
    printed: Counter[int] = Counter()
    for piece in line.pieces:
        printed[piece.unit_price_minor] += piece.quantity_milli
    came: Counter[int] = Counter()
    for piece in pieces:
        assert piece.unit_price_minor in printed
        assert piece.total_minor == (2 * piece.quantity_milli * piece.unit_price_minor + 1000) // 2000
        came[piece.unit_price_minor] += piece.quantity_milli
    assert sum(came.values()) == sum(after) - sum(before) > 0
    for piece, then, now in zip(line.pieces, before, after, strict=True):
        assert 0 <= then <= now <= piece.quantity_milli


def check_against_model(sold: Sold, line: SoldLine, pieces: tuple[int, ...], left: Facts) -> None:
    by_unit = line.marked and line.quantity_milli % 1000 == 0
    printed = sum(piece.total_minor for piece, taken in zip(line.pieces, pieces, strict=True) if taken)
    model = oracle_returns.LineModel(sold, line, sum(pieces), printed if by_unit else None)
    net = line.net_minor - left.net_minor
    assert (net, line.points_spent - left.points_spent) == (model.net, model.points_spent)
    assert line.points_earned - left.points_earned == model.points_earned
    model.check_list(line.list_minor - left.list_minor)
    given = [each.amount_minor - rest for each, rest in zip(line.discounts, left.discounts, strict=True)]
    if not sold.points_as_tender:
        given.append(line.redeemed_minor - left.redeemed_minor)
    model.check_parts(given, line.list_minor - left.list_minor - net)
    model.check_tenders([share - rest for share, rest in zip(line.tenders, left.tenders, strict=True)])


def check_end(purchase: Purchase, results: list[Return]) -> None:
    """All has come back: sums of the returns are what was sold."""
    sold, last = purchase.sold, results[-1]
    assert last.complete
    assert all(not any([*facts.discounts, *facts.tenders, facts.net_minor]) for facts in remaining(sold, last.returned))
    assert sum(result.list_minor for result in results) == sum(line.list_minor for line in sold.lines)
    assert sum(result.net_minor for result in results) == sum(line.net_minor for line in sold.lines)
    assert sum(result.points_back for result in results) == sum(line.points_spent for line in sold.lines)
    earned = sum(line.facts.points_earned for result in results for line in result.lines)
    assert earned == sum(line.points_earned for line in sold.lines)
    assert sum(result.repriced_minor for result in results) == 0
    assert not any(last.returned.withheld_minor)
    if not any(result.points_withheld_minor for result in results):
        for index, tender in enumerate(sold.tenders):
            paid = 0 if tender.type == "points" else tender.amount_minor
            assert sum(result.refunds_minor[index] for result in results) == paid
    sold_by_rule: Counter[str] = Counter()
    for line in sold.lines:
        sold_by_rule.update({each.rule: each.amount_minor for each in line.discounts})
    came: Counter[str] = Counter()
    for result in results:
        came.update({each.rule: each.amount_minor for each in result.discounts})
    assert came == sold_by_rule


def check_refuses_more(purchase: Purchase, returned: Returned) -> None:
    """A thousandth more than is left is refused, with the figure, and nothing has changed."""
    for index, line in enumerate(purchase.sold.lines):
        left = line.quantity_milli - sum(returned.pieces[index])
        with pytest.raises(ReturnTooMuch) as refused:
            purchase.give_back(returned, ReturnRequest(lines=(LineRequest(line=line.id, quantity_milli=left + 1),)))
        assert refused.value.path == "$.lines[0].quantity"
        assert refused.value.metadata["remaining"] == format_quantity(left)


@pytest.mark.parametrize("reprice", [False, True])
def test_any_sequence_of_returns_ends_at_zero(reprice: bool) -> None:
    """Seeds in a row; the seed of a failure is in its message."""
    steps = residuals = withheld = 0
    for seed in range(FIRST_SEED, FIRST_SEED + PURCHASES):
        purchase = Purchase(seed, reprice=reprice)
        returned = nothing_returned(purchase.sold)
        results = []
        try:
            while not results or not results[-1].complete:
                request = purchase.request(returned)
                if len(results) > 5 or not request.lines:
                    request = ReturnRequest()
                results.append(purchase.give_back(returned, request))
                check_step(purchase, returned, results[-1])
                returned = results[-1].returned
                check_refuses_more(purchase, returned)
            check_end(purchase, results)
            with pytest.raises(ReturnTooMuch):
                purchase.give_back(returned, ReturnRequest())
        except AssertionError as error:
            raise AssertionError(f"TILLGATE_RETURNS_SEED={seed}: {error}") from error
        steps += len(results)
        residuals += sum(bool(line.fiscal_residual_minor) for result in results for line in result.lines)
        withheld += any(result.repriced_minor for result in results)
    assert steps > 2 * PURCHASES, "several returns of a purchase are what is tried"
    assert residuals < steps / 10, "prices as printed nearly always add up to the money"
    assert bool(withheld) == reprice


def test_the_order_of_returns_changes_nothing_of_what_is_left() -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + PURCHASES // 3):
        purchase = Purchase(seed, reprice=False)
        returned, requests = nothing_returned(purchase.sold), []
        for _ in range(3):
            request = purchase.request(returned)
            if request.lines:
                requests.append(named_in_full(purchase.sold, returned, request))
                returned = purchase.give_back(returned, requests[-1]).returned
        left = remaining(purchase.sold, returned)
        purchase.random.shuffle(requests)
        other = nothing_returned(purchase.sold)
        for request in requests:
            other = purchase.give_back(other, request).returned
        assert remaining(purchase.sold, other) == left, f"TILLGATE_RETURNS_SEED={seed}"


def named_in_full(sold: Sold, returned: Returned, request: ReturnRequest) -> ReturnRequest:
    """Quantities and units by name, as they mean the same in another order."""
    lines = []
    for wanted in request.lines:
        index = next(k for k, line in enumerate(sold.lines) if line.id == wanted.line)
        after = give_back(sold, returned, ReturnRequest(lines=(wanted,))).returned.pieces[index]
        if sold.lines[index].marked:
            fresh = [k for k, (a, b) in enumerate(zip(after, returned.pieces[index], strict=True), 1) if a != b]
            lines.append(LineRequest(line=wanted.line, pieces=tuple(fresh)))
        else:
            quantity = sum(after) - sum(returned.pieces[index])
            lines.append(LineRequest(line=wanted.line, quantity_milli=quantity))
    return ReturnRequest(lines=tuple(lines), balance=request.balance, pending=request.pending)


def test_what_is_written_is_read_back_and_the_same_every_time() -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + PURCHASES // 3):
        purchase = Purchase(seed, reprice=bool(seed % 2))
        sold = purchase.sold
        assert parse_sold(json.dumps(sold_document(sold))) == sold
        request = purchase.request(nothing_returned(sold))
        first, second = (purchase.give_back(nothing_returned(sold), request) for _ in range(2))
        assert json.dumps(return_document(sold, first)) == json.dumps(return_document(sold, second))
        written = json.dumps(returned_document(sold, first.returned))
        assert parse_returned(written, sold) == first.returned


def test_a_request_document_is_read() -> None:
    read = parse_return_request('{"lines": [{"line": "1", "quantity": "0.5"}, {"line": "2", "pieces": [1, 3]}]}')
    assert read.lines == (LineRequest(line="1", quantity_milli=500), LineRequest(line="2", pieces=(1, 3)))
    assert parse_return_request({"lines": "all", "customer": {"points": "-5", "pending": "2"}}) == ReturnRequest(
        balance=-5, pending=2
    )


PROGRAMME: Json = {
    "format": 1,
    "id": "p",
    "revision": 1,
    "currency": "RUB",
    "returns": {"reprice": True},
    "discounts": {
        "id": "root",
        "mode": "sequence",
        "children": [{"id": "ten", "give": {"percent": "10"}, "when": [{"subtotal": {"at_least": "1000.00"}}]}],
    },
    "redemption": {},
    "accrual": {"id": "points", "mode": "sum", "children": [{"id": "earn", "give": {"points_percent": "10"}}]},
}
BASKET: Json = {
    "currency": "RUB",
    "lines": [{"sku": "A", "quantity": "2", "unit_price": "600.00"}],
    "customer": {"id": "c", "points": "500"},
    "redeem": {"points": "400"},
}


def sold_and_repriced(basket: Json) -> tuple[Sold, Any]:
    compiled = compile_programme(parse_programme(PROGRAMME))
    read = parse_basket(basket)
    return sold_of(read, compiled.price(read), compiled.programme), repricing(compiled, read)


def test_points_that_were_spent_play_no_part_in_pricing_anew() -> None:
    """1080.00 less 400 points. Kept is one of 600.00, for which 540.00 were given: 60.00 are withheld."""
    sold, reprice = sold_and_repriced(BASKET)
    request = ReturnRequest(lines=(LineRequest(line="1", quantity_milli=1000),))
    result = give_back(sold, nothing_returned(sold), request, reprice)
    assert (result.net_minor, result.points_back) == (34_000, 200)
    assert (result.repriced_minor, result.refund_minor) == (6_000, 28_000)


def test_who_is_not_known_has_earned_nothing() -> None:
    known, _ = sold_and_repriced(BASKET | {"redeem": {"points": "0"}})
    unknown, _ = sold_and_repriced(BASKET | {"customer": None})
    assert [line.points_earned for line in known.lines] == [108]
    assert [line.points_earned for line in unknown.lines] == [0]
