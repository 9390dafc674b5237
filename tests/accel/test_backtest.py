"""A backtest adds up what single prices give, and reads fast only what the strict reader reads the same."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import dice
import pyarrow as pa
import pytest
from backtest_files import typed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tillgate.accel import Compiled, compile_programme
from tillgate.accel.backtest import Lines, Report, report_document, run
from tillgate.accel.kernel import Tally
from tillgate.core import Answer, parse_basket, parse_programme
from tillgate.core.errors import TillgateError

Json = dict[str, Any]
patient = settings(max_examples=50, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


def lines_of(receipts: list[Any]) -> bytes:
    return b"".join(json.dumps(receipt).encode() + b"\n" for receipt in receipts)


def backtest(new: Json, old: Json, data: bytes, workers: int = 1, top: int = 5) -> Report:
    compiled = [compile_programme(parse_programme(programme)) for programme in (new, old)]
    return run(*compiled, Lines(io.BytesIO(data), "test"), workers=workers, top=top)


def net(answer: Answer) -> int:
    return answer.list_minor - answer.discount_minor - answer.redeemed_minor


class Expected:
    """The same sums from answers, as a person would add them up."""

    def __init__(self, new: Json, old: Json, receipts: list[Any]) -> None:
        self.new, self.old = (compile_programme(parse_programme(programme)) for programme in (new, old))
        self.sums: Counter[tuple[Any, ...]] = Counter()
        self.moves: list[tuple[int, int]] = []
        for line, receipt in enumerate(receipts, 1):
            try:
                old_answer = self.price(self.old, receipt)
                self.add(line, receipt["basket"], old_answer, self.price(self.new, receipt))
            except TillgateError:
                self.sums["errors",] += 1

    def price(self, compiled: Compiled, receipt: Any) -> Answer:
        return compiled.price(parse_basket(receipt["basket"], compiled.points_digits), "applied")

    def add(self, line: int, basket: Json, old: Answer, new: Answer) -> None:
        change = net(new) - net(old)
        self.moves.append((change, line))
        parsed = parse_basket(basket, 2)
        week = "{}-W{:02}".format(*parsed.time.isocalendar()) if parsed.time else None
        segments: set[str | None] = {None}
        if parsed.customer:
            segments = set(parsed.customer.segments) or {""}
        figures = Counter({
            "receipts": 1, "list": old.list_minor, "dearer": change > 0, "cheaper": change < 0,
            "dearer_minor": max(change, 0), "cheaper_minor": max(-change, 0),
        })  # fmt: skip
        for side, answer in (("old", old), ("new", new)):
            figures[f"{side} discount"], figures[f"{side} redeemed"] = answer.discount_minor, answer.redeemed_minor
            figures[f"{side} earned"], figures[f"{side} spent"] = answer.points.earned, answer.redeemed_points
            fired = {one.rule for one in answer.applied if one.points != 0} | {one.rule for one in answer.rewards}
            for rule in fired:
                self.sums[side, rule, "fires"] += 1
            for one in answer.applied:
                self.sums[side, one.rule, "amount"] += one.amount_minor or 0
                self.sums[side, one.rule, "points"] += one.points or 0
        groups = [("total", ""), ("store", parsed.store), ("week", week), *(("segment", key) for key in segments)]
        for group in groups:
            for key, value in figures.items():
                self.sums[(*group, key)] += value


def found_sums(report: Report) -> Counter[tuple[Any, ...]]:
    sums: Counter[tuple[Any, ...]] = Counter()
    groups = [("total", "", report.totals)]
    for kind, rows in (("store", report.stores), ("week", report.weeks), ("segment", report.segments)):
        groups += [(kind, row.key, row.sums) for row in rows]  # type: ignore[misc]
    for kind, key, one in groups:
        figures = {
            "receipts": one.receipts, "list": one.list_minor, "dearer": one.dearer, "cheaper": one.cheaper,
            "dearer_minor": one.dearer_minor, "cheaper_minor": one.cheaper_minor,
        }  # fmt: skip
        for name, side in (("old", one.old), ("new", one.new)):
            figures |= {f"{name} discount": side.discount_minor, f"{name} redeemed": side.redeemed_minor}
            figures |= {f"{name} earned": side.earned, f"{name} spent": side.spent}
        sums.update({(kind, key, name): value for name, value in figures.items()})
    for row in report.rules:
        for name, effect in (("old", row.old), ("new", row.new)):
            if effect is not None:
                sums[name, row.id, "fires"] += effect.fires
                sums[name, row.id, "amount"] += effect.amount_minor
                sums[name, row.id, "points"] += effect.points
    sums["errors",] = report.errors
    return sums


def check_same(new: Json, old: Json, receipts: list[Any]) -> Report:
    report, expected = backtest(new, old, lines_of(receipts)), Expected(new, old, receipts)
    assert +found_sums(report) == +expected.sums
    for movers, sign in ((report.dearer, 1), (report.cheaper, -1)):
        greatest = sorted((-sign * change, line) for change, line in expected.moves if sign * change > 0)[:5]
        assert [(-sign * (one.new_minor - one.old_minor), one.line) for one in movers] == greatest
    return report


def fast(new: Json, old: Json, data: bytes) -> Iterator[int]:
    """Lines that the kernel left to the strict reader."""
    compiled = [compile_programme(parse_programme(programme)) for programme in (old, new)]
    for line, _, _ in Tally(*(one.engine for one in compiled), 2, 0).add_lines(data, 1)[1]:
        yield line


def test_adds_up_what_single_prices_give_on_every_throw() -> None:
    """Rules that mostly apply and meet, twenty receipts for each pair of programmes, all read by the kernel itself."""
    for seed in range(1, 41):
        new, old = dice.roubles(seed).programme(), dice.roubles(seed + 5000).programme()
        receipts = [{"id": k, "basket": dice.roubles(seed * 100 + k).basket()} for k in range(20)]
        report = check_same(new, old, receipts)
        assert report.totals.receipts == 20, seed
        assert list(fast(new, old, lines_of(receipts))) == [], seed


@patient
@given(st.randoms(use_true_random=False))
def test_adds_up_what_single_prices_give_for_every_key(random: Random) -> None:
    new, old = (dice.Dice(random, about, False, "RUB").programme() for about in ("accrual", "redemption"))
    thrown = dice.Dice(random, extreme=False, currency="RUB")
    receipts: list[Any] = [{"basket": thrown.basket()} for _ in range(4)]
    check_same(new, old, receipts)
    assert list(fast(new, old, lines_of(receipts))) == []


RICH: Json = {
    "currency": "RUB", "time": "2026-11-20T21:30:00.250+03:00", "store": "Кофейня «У дома»", "channel": "site",
    "coupons": ["SPRING"], "payments": [{"type": "card", "amount": "1.00"}], "redeem": {"points": "12.5"},
    "confirmed_by": ["code", "sms"], "certificates": [{"number": "1", "amount": "0.50"}], "uses": {"n2": {"count": 3}},
    "lines": [
        {"id": "a", "sku": "A", "quantity": "2", "unit_price": "99.90", "categories": ["drinks/coffee/", "food"],
         "brand": "x", "name": "Зёрна \"Утро\"", "tags": ["new", "sale"], "marked": True},
        {"sku": "B", "quantity": 3, "unit_price": "10", "regulated": "vodka", "litres": "0.5",
         "min_unit_price": "5.00", "discountable": False, "regular_price": False},
    ],
    "customer": {
        "id": "гость-1", "tier": "silver", "segments": ["vip", "staff", "vip"], "points": "350", "purchases": "4",
        "turnover": {"all": "12000.00", "month": "1.00"}, "first_purchase": "2020-01-01T00:00:00Z",
        "last_purchase": "2026-11-19T23:30+00:00", "registered": "2026-01-31T10:00:00-05:00", "birthday": "2000-02-29",
        "card_kind": "plastic", "attributes": {"city": "Omsk", "город": "Омск"}, "uses": {"n1": {"count": 1}},
    },
}  # fmt: skip


def test_every_segment_of_a_customer_counts() -> None:
    """Also of one who is in more of them than the kernel reads by itself."""
    segments = [f"s{k}" for k in range(150)]
    receipts: list[Any] = [{"basket": RICH | {"customer": RICH["customer"] | {"segments": segments}}}]
    new, old = (dice.roubles(seed).programme() for seed in (3, 4))
    assert {row.key for row in check_same(new, old, receipts).segments} == set(segments)


def strictly(compiled: Compiled, text: bytes) -> Answer:
    document = json.loads(text)
    if not (isinstance(document, dict) and set(document) in ({"basket"}, {"id", "basket"})):
        raise ValueError("no receipt")
    return compiled.price(parse_basket(document["basket"], compiled.points_digits), "none")


def agrees(texts: list[bytes]) -> int:
    """How many of the lines the kernel took, each with the sums that the strict reader gives."""
    new, old = (compile_programme(parse_programme(dice.roubles(seed).programme())) for seed in (3, 4))
    tally, taken, expected = Tally(old.engine, new.engine, 2, 0), 0, [0, 0, 0]
    for text in texts:
        count, left = tally.add_lines(text, 1)
        if count and not left:
            taken += 1
            answers = strictly(old, text), strictly(new, text)
            for k, one in enumerate((answers[0].list_minor, answers[0].discount_minor, answers[1].discount_minor)):
                expected[k] += one
            total = tally.figures()[0]
            assert [total[6], total[7], total[11]] == expected, text
    return taken


def test_the_kernel_reads_every_key_and_every_way_to_write_it() -> None:
    plain = {"id": "r", "basket": RICH}
    texts = [
        json.dumps(plain).encode(),
        json.dumps(plain, ensure_ascii=False).encode(),
        json.dumps(plain, indent=1).replace("\n", "\r \t").encode(),
        json.dumps({"basket": dict(reversed(RICH.items())), "id": 7}).encode(),
        json.dumps({"basket": RICH | {"customer": None, "time": "2026-11-20 21:30+03:00"}}).encode(),
        json.dumps(
            {"basket": RICH | {"lines": [RICH["lines"][0], RICH["lines"][1] | {"id": "2\U0001f600/"}]}}
        ).encode(),
        json.dumps({"basket": RICH | {"lines": [RICH["lines"][1]] * 500, "redeem": {"max": True}}}).encode(),
    ]
    assert agrees(texts) == len(texts)


def test_the_kernel_leaves_what_is_wrong_or_odd_to_the_strict_reader() -> None:
    line = RICH["lines"][0]
    odd: list[Json] = [
        {"currency": "USD"}, {"lines": []}, {"lines": [line, line]}, {"lines": [line, line | {"id": "1"}] * 2},
        {"lines": [line] * 501}, {"lines": [{"id": "2", **RICH["lines"][1]}, RICH["lines"][1]]}, {"more": 1},
        {"time": "2026-11-20T21:30:00"}, {"time": "2026-02-29T00:00:00Z"}, {"time": "2026-11-20T24:00:00Z"},
        {"redeem": {}}, {"redeem": {"max": True, "points": "1"}}, {"redeem": {"points": "1.234"}},
        {"confirmed_by": ["word"]}, {"coupons": [" "]}, {"coupons": "SPRING"}, {"store": "x" * 201},
        {"customer": {}}, {"customer": RICH["customer"] | {"points": 3}}, {"certificates": [{"number": "1"}]},
        *({"lines": [line | change]} for change in (
            {"quantity": "0"}, {"quantity": "-1"}, {"quantity": "1.2345"}, {"quantity": 1.5}, {"quantity": "1e3"},
            {"quantity": "1000000.001"}, {"unit_price": "1.999"}, {"unit_price": 5}, {"unit_price": "+1"},
            {"unit_price": "99999999999.00"}, {"marked": 1}, {"marked": True, "quantity": "1001"}, {"sku": "\u00a0"},
            {"quantity": "18446744073709552"}, {"unit_price": "99999999999999999"}, {"litres": "18446744073709552"},
            {"min_unit_price": "99999999999999999"}, {"sku": ""}, {"sku": None},
            {"litres": "-1"}, {"categories": ["a", 1]}, {"brand": "\ud800"},
        )),
    ]  # fmt: skip
    for change in odd:
        assert agrees([json.dumps({"basket": RICH | change}).encode()]) == 0, change
    for text in (
        b'{"basket":{}}',
        b"[]",
        b"null",
        b'{"id":"1"}',
        b"{",
        b'{"basket":1',
        b'{"basket":{"currency":"RUB"}} x',
    ):
        assert agrees([text]) == 0, text


def test_the_kernel_takes_no_broken_line_for_a_good_one() -> None:
    """Thousands of small damages: what is taken all the same means what the strict reader says it means."""
    random = Random(20261121)
    good = json.dumps({"id": "r", "basket": RICH}, ensure_ascii=False).encode()
    texts = []
    for _ in range(4000):
        at, size = random.randrange(len(good)), random.choice((0, 1, 1, 2, 5))
        piece = random.choice(
            (b"", b'"', b"\\", b"{", b",", b"0", b"-", b".", b"\xd0", b"\x00", b"u", b" ", b"]", b"e", b"9")
        )
        texts.append(good[:at] + piece + good[at + size :])
        texts.append(good[:at])
    taken = agrees([text for text in texts if b"\n" not in text])
    assert taken > 100


def test_days_and_birthdays_are_those_of_the_strict_reader() -> None:
    """Rules that count days, over moments around midnight, month ends and leap days."""
    conditions: list[Json] = [
        *({"absent_days": {"at_least": k}} for k in range(4)), *({"registered_within": {"days": k}} for k in range(4)),
        *({"age": {"at_least": str(k)}} for k in (17, 18, 19)),
        *({"birthday": {"before": k, "after": j}} for k in range(2) for j in range(2)),
    ]  # fmt: skip
    rules = [{"id": f"r{k}", "give": {"points": str(2**k)}, "when": [one]} for k, one in enumerate(conditions)]
    new: Json = {"format": 1, "id": "p", "revision": 1, "currency": "RUB"}
    new["accrual"] = {"id": "a", "mode": "sum", "children": rules}
    days = ("2026-02-27", "2026-02-28", "2026-03-01", "2028-02-28", "2028-02-29", "2028-03-01", "2027-01-01")
    baskets = [
        {"currency": "RUB", "time": f"{day}T{clock}{offset}", "lines": [{"sku": "A", "quantity": 1, "unit_price": "1"}]}
        for day in days for clock in ("00:10:00", "23:50:00") for offset in ("+03:00", "-05:30", "Z")
    ]  # fmt: skip
    guests = [
        {"id": "c", "birthday": birthday, "last_purchase": f"{last}T22:30:00Z", "registered": f"{last}T03:00:00+05:00"}
        for birthday in ("2008-02-29", "2009-02-28", "2008-03-01", "2008-01-01", "2008-12-31")
        for last in ("2026-02-26", "2028-02-27", "2026-12-31")
    ]
    receipts = [{"basket": basket | {"customer": guest}} for basket in baskets for guest in guests]
    assert list(fast(new, new, lines_of(receipts))) == []
    check_same(new, {"format": 1, "id": "p", "revision": 1, "currency": "RUB"}, receipts)


def test_the_number_of_workers_changes_nothing() -> None:
    new, old = dice.roubles(7).programme(), dice.roubles(5007).programme()
    receipts: list[Any] = [{"id": k, "basket": dice.roubles(k % 500).basket()} for k in range(6000)]
    receipts[10::700] = [{"basket": {}}] * len(receipts[10::700])
    data = lines_of(receipts) * 4
    one = report_document(backtest(new, old, data, 1, 50))
    assert one == report_document(backtest(new, old, data, 5, 50))
    assert one["errors"]["count"] == 36  # type: ignore[index,call-overload]


def columns(*, plain: bool) -> pa.DataType:
    """The documented schema; or texts in dictionaries, turnover and attributes as structs, everything large."""
    text, money = pa.string(), pa.decimal128(18, 2)
    if plain:
        names, text, money = pa.large_list(pa.large_string()), pa.dictionary(pa.int8(), pa.string()), pa.string()
        turnover, attributes = (
            pa.struct([("all", money), ("month", money)]),
            pa.struct([("city", text), ("город", text)]),
        )
    else:
        names, turnover, attributes = pa.list_(text), pa.map_(text, money), pa.map_(text, text)
    flags = [(key, pa.bool_()) for key in ("discountable", "redeemable", "earnable", "regular_price", "marked")]
    count = pa.struct([("count", pa.int32())])
    line = pa.struct([
        *((key, text) for key in ("id", "sku", "brand", "name", "regulated")), ("categories", names), ("tags", names),
        ("quantity", pa.decimal128(13, 3)), ("unit_price", money), ("min_unit_price", money),
        ("litres", pa.decimal128(9, 4)), *flags,
    ])  # fmt: skip
    customer = pa.struct([
        *((key, text) for key in ("id", "tier", "card_kind", "first_purchase", "last_purchase", "registered")),
        ("segments", names), ("points", pa.string()), ("purchases", pa.int16()), ("turnover", turnover),
        ("birthday", text if plain else pa.date32()), ("attributes", attributes), ("uses", pa.map_(pa.string(), count)),
    ])  # fmt: skip
    payment = pa.struct([("type", text), ("amount", money)])
    return pa.struct([
        *((key, text) for key in ("currency", "time", "store", "channel")), ("coupons", names),
        ("payments", pa.list_(payment)), ("redeem", pa.struct([("points", pa.string()), ("max", pa.bool_())])),
        ("confirmed_by", names), ("lines", pa.list_(line)), ("customer", customer), ("uses", pa.map_(text, count)),
        ("certificates", pa.list_(pa.struct([("number", text), ("amount", money)]))),
    ])  # fmt: skip


def test_a_column_of_nothing_but_nulls_is_a_column_that_is_not_there() -> None:
    line = RICH["lines"][1] | {"brand": None, "regulated": None, "litres": None, "tags": []}
    guest = {"id": "1", "tier": None, "points": None, "segments": [], "birthday": None}
    rows = [{"basket": RICH | {"certificates": None, "confirmed_by": None, "uses": None} | change} for change in (
        {"lines": [line], "customer": None, "store": None, "payments": None, "coupons": []},
        {"lines": [line], "customer": guest, "store": None, "payments": None, "coupons": []},
    )]  # fmt: skip
    new, old = (compile_programme(parse_programme(dice.roubles(seed).programme())) for seed in (10, 12))
    for row in rows:
        batch = pa.RecordBatch.from_pylist([row])
        by_rows, by_lines = (Tally(old.engine, new.engine, 2, 0) for _ in range(2))
        assert by_rows.add_rows(batch, 1) == (1, [])
        assert by_lines.add_lines(lines_of([{"basket": strip(row["basket"])}]), 1)[0] == 1
        assert by_rows.figures()[0][:3] == by_lines.figures()[0][:3]


def uncounted(basket: Json) -> Json:
    """Without uses and confirmations, and with those windows of turnover that have a column."""
    customer = basket.get("customer")
    if customer:
        turnover = {
            window: value for window, value in customer.get("turnover", {}).items() if window in ("all", "month")
        }
        customer = customer | {"uses": None, "turnover": turnover}
    return basket | {"certificates": None, "confirmed_by": None, "uses": None, "customer": customer}


@pytest.mark.parametrize("plain", [True, False])
def test_parquet_columns_say_the_same_as_documents(plain: bool) -> None:
    """Every key in every kind of column; the kernel reads all rows itself but those with counted uses."""
    rich = RICH | {"confirmed_by": None, "certificates": None, "uses": None, "redeem": {"points": "12"}}
    rich["customer"] = RICH["customer"] | {"uses": None}
    baskets = [uncounted(dice.roubles(k).basket()) for k in range(200)]
    baskets += [rich, RICH, rich | {"redeem": {"max": True}, "payments": []}, rich | {"customer": None}]
    baskets[7] = baskets[7] | {"currency": "USD"}
    kind = columns(plain=plain)
    whole = pa.array([typed(one, kind) for one in [RICH, RICH, *baskets]], kind)
    # Offsets of their own in the columns, and one around them.
    cut = pa.StructArray.from_arrays([whole.field(k).slice(2) for k in range(kind.num_fields)], fields=list(kind))
    batch = pa.RecordBatch.from_arrays([cut], ["basket"]).slice(3)
    new, old = (compile_programme(parse_programme(dice.roubles(seed).programme())) for seed in (10, 12))
    tally = Tally(old.engine, new.engine, 2, 0)
    count, left = tally.add_rows(batch, 4)
    assert (count, [line for line, _, _ in left]) == (201, [8, 202])
    documents_of = [{"basket": {key: value for key, value in one.items() if value is not None}} for one in baskets]
    del documents_of[201], documents_of[7]
    by_lines = Tally(old.engine, new.engine, 2, 0)
    without_nulls = [strip(document) for document in documents_of[3:]]
    assert by_lines.add_lines(lines_of(without_nulls), 1) == (199, [])
    assert tally.figures() == by_lines.figures()


def strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: strip(inner) for key, inner in value.items() if inner is not None}
    return [strip(inner) for inner in value] if isinstance(value, list) else value
