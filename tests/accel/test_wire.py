"""The compiled codec says of any bytes what the protobuf library says, and writes the bytes that it writes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from wire_oracle import (
    INTEGERS,
    WORDS,
    answer_message,
    basket_of,
    fields_of,
    fields_set,
    messages,
    paths_of,
    with_field,
)

from tillgate.accel.wire import (
    LISTED_MAX,
    money_of,
    read_basket,
    read_quote_request,
    write_answer,
    write_quote_response,
)
from tillgate.core import check_basket
from tillgate.core.answer import (
    Answer,
    Applied,
    Cut,
    LineAnswer,
    LineDiscount,
    NotApplied,
    Piece,
    Points,
    PointsLot,
    Reward,
    TierState,
)
from tillgate.core.errors import BasketInvalid
from tillgate.core.programme import Confirm
from tillgate.core.text import Text
from tillgate.pos.v1.checkout_service_pb2 import QuoteRequest, QuoteResponse
from tillgate.type.v1 import answer_pb2
from tillgate.type.v1.basket_pb2 import Basket, BasketLine, Certificate, Payment, RuleUses

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BASKETS = messages(Basket)


def canonical(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))


def timeless(message: Basket) -> bytes:
    rest = Basket()
    rest.CopyFrom(message)
    rest.ClearField("time")
    rest.ClearField("utc_offset_minutes")
    return canonical(rest)


def check_read(raw: bytes, message: Basket) -> None:
    """What is read from the bytes is the message."""
    found = read_basket(raw)
    assert found is not None
    for redeem in (True, False):
        assert found.basket(NOON, "store", None, redeem) == basket_of(message, NOON, redeem=redeem)
    assert found.seconds == (message.time.seconds if message.HasField("time") else None)
    assert (found.nanos, found.utc_offset_minutes) == (message.time.nanos, message.utc_offset_minutes)
    assert found.content == timeless(message)
    assert found.uses_listed == len(message.uses)


@given(BASKETS)
def test_every_basket_that_the_library_writes_is_read(message: Basket) -> None:
    check_read(canonical(message), message)


@pytest.mark.parametrize("path", list(paths_of(QuoteRequest.DESCRIPTOR)), ids=".".join)
def test_every_field_of_a_request_is_read(path: tuple[str, ...]) -> None:
    """Fails for a field that is new in the contract until the reader knows it."""
    request = with_field(QuoteRequest, path)
    found = read_quote_request(canonical(request))
    assert found is not None
    assert found[0].basket(NOON, "store", None, True) == basket_of(request.basket, NOON)


@given(messages(QuoteRequest))
def test_a_request_is_read_whole(request: QuoteRequest) -> None:
    found = read_quote_request(canonical(request))
    assert found is not None
    assert found[0].content == timeless(request.basket)
    assert found[1:] == (request.customer_id, request.explain)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """Bytes of baskets, not left as they were: cut, bent, twice, out of order, with strange fields among them."""
    raw = bytearray(canonical(draw(BASKETS)))
    for _ in range(draw(st.integers(1, 3))):
        start, end = sorted((draw(st.integers(0, len(raw))), draw(st.integers(0, len(raw)))))
        match draw(st.integers(0, 4)):
            case 0:
                del raw[start:end]
            case 1:
                raw[end:end] = raw[start:end]
            case 2:
                raw[start:start] = draw(st.binary(max_size=4))
            case 3:
                raw += canonical(draw(BASKETS))
            case 4 if raw:
                raw[start % len(raw)] = draw(st.integers(0, 255))
    return bytes(raw)


@given(st.one_of(spoilt(), st.binary(max_size=60)))
def test_bytes_are_read_only_if_the_library_would_have_written_them(raw: bytes) -> None:
    if read_basket(raw) is None:
        return
    message = Basket.FromString(raw)
    message.DiscardUnknownFields()  # type: ignore[no-untyped-call]
    assert canonical(message) == raw
    check_read(raw, message)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x0a\x00",  # a default written out
        b"\x0a\x03RUB\x0a\x03USD",  # twice
        b"\x22\x01k\x0a\x03RUB",  # out of order
        b"\x0a\x83\x00RUB",  # a group of bits too many
        b"\x0a\x03\xff\xfe\xfd",  # not UTF-8
        b"\x0a\x03\xed\xa0\x80",  # a surrogate
        b"\x0a\x03R\0B",
        b"\x0a\x04RUB",  # cut
        b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",  # more than 64 bits
        b"\x18\xff\xff\xff\xff\x0f",  # an int32 not carried to 64 bits
        b"\x3a\x04\x08\x01\x10\x01",  # both of a oneof
        b"\x4a\x02\x78\x02",  # a flag that is neither
        b"\xf8\x07\x01",  # unknown
        b"\x0d\x01\x02\x03\x04",  # of another type
    ],
)
def test_what_is_not_canonical_is_left_to_the_library(raw: bytes) -> None:
    assert read_basket(raw) is None


LIMITS: list[tuple[str, Any]] = [
    *((name, value) for name in ("sku", "id") for value in ("", "x" * 200, "x" * 201, "ё" * 200)),
    *(("quantity_milli", value) for value in (0, 1, 10**9, 10**9 + 1, -1)),
    *((name, value) for name in ("unit_price_minor", "min_unit_price_minor") for value in (-1, 0, 10**12, 10**12 + 1)),
    *(("litres_milli", value) for value in (-1, 10**9, 10**9 + 1)),
    *((name, ["c"] * count) for name in ("categories", "tags") for count in (200, 201, 300)),
    ("marked", True),
]


def keeps_limits(message: Basket) -> bool:
    if max(map(len, (message.coupons, message.payments, message.certificates, message.confirmed_by))) > LISTED_MAX:
        return False
    if len(message.uses) > LISTED_MAX or len(message.channel) > 200:
        return False
    if not all(0 <= payment.amount_minor <= 10**12 for payment in message.payments):
        return False
    try:
        check_basket(basket_of(message, NOON))
    except BasketInvalid:
        return False
    return True


@given(st.lists(st.lists(st.sampled_from(LIMITS), max_size=3), min_size=1, max_size=3))
def test_a_basket_is_plain_if_no_line_is_past_a_limit(changes: list[list[tuple[str, Any]]]) -> None:
    message = Basket(currency="RUB")
    for change in changes:
        line = message.lines.add(sku="a", quantity_milli=2_000_000, unit_price_minor=5 * 10**8)
        for name, value in change:
            line.ClearField(name)  # type: ignore[arg-type]
            line.MergeFrom(BasketLine(**{name: value}))
    found = read_basket(canonical(message))
    assert found is not None
    assert found.plain == keeps_limits(message)


@pytest.mark.parametrize(
    "more",
    [
        Basket(lines=[BasketLine(sku="b", quantity_milli=1)] * 500),
        Basket(lines=[BasketLine(sku="b", quantity_milli=1)] * 2_000),
        Basket(lines=[BasketLine(id="1", sku="b", quantity_milli=1)]),
        Basket(lines=[BasketLine(id="3", sku="b", quantity_milli=1), BasketLine(sku="b", quantity_milli=1)]),
        *(Basket(**{name: ["x"] * count}) for name in ("coupons", "confirmed_by") for count in (100, 101, 1_000)),
        *(Basket(payments=[Payment(amount_minor=minor)]) for minor in (-1, 0, 10**12, 10**12 + 1)),
        *(Basket(certificates=[Certificate(amount_minor=minor)]) for minor in (-1, 0, 10**12, 10**12 + 1)),
        *(Basket(payments=[Payment(type="card")] * count) for count in (100, 101)),
        *(Basket(certificates=[Certificate(number="card")] * count) for count in (100, 101)),
        *(Basket(uses=[RuleUses(rule_id="r", count=number)]) for number in (-1, 0, 10**9, 10**9 + 1)),
        *(Basket(uses=[RuleUses(rule_id=str(rule)) for rule in range(count)]) for count in (100, 101)),
        *(Basket(channel="c" * length) for length in (200, 201)),
        *(Basket(currency=currency) for currency in ("rub", "RU", "RUBL", "РУБ")),
    ],
    ids=lambda more: more.SerializeToString()[:20],
)
def test_a_basket_is_plain_if_it_is_past_no_limit(more: Basket) -> None:
    message = Basket(currency="RUB", lines=[BasketLine(sku="a", quantity_milli=1000)])
    message.MergeFrom(more)
    found = read_basket(canonical(message))
    assert found is not None
    assert found.plain == keeps_limits(message)


@pytest.mark.parametrize("points", [-1, 0, 10**14, 10**14 + 1])
def test_points_to_redeem_have_their_limits(points: int) -> None:
    message = Basket(currency="RUB", lines=[BasketLine(sku="a", quantity_milli=1000)])
    message.redeem.points = points
    found = read_basket(canonical(message))
    assert found is not None
    assert found.plain == keeps_limits(message)


NUMBERS = INTEGERS[63]
TEXTS = st.builds(Text, WORDS, WORDS)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))


def few(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=3).map(tuple)


LINES = st.builds(
    LineAnswer,
    id=WORDS,
    list_minor=NUMBERS,
    discounts=few(st.builds(LineDiscount, WORDS, NUMBERS)),
    redeemed_minor=NUMBERS,
    net_minor=NUMBERS,
    points=NUMBERS,
    pieces=few(st.builds(Piece, NUMBERS, NUMBERS, NUMBERS)),
)
POINTS = st.builds(
    Points,
    digits=INTEGERS[32],
    earned=NUMBERS,
    by_rule=few(st.tuples(WORDS, NUMBERS)),
    redeemable_min=NUMBERS,
    redeemable_max=NUMBERS,
    ladder=few(NUMBERS),
    lots=few(st.builds(PointsLot, points=NUMBERS, active_from=DAYS, expires=DAYS)),
    confirm=st.none() | st.builds(Confirm, NUMBERS, WORDS),
)
REWARDS = st.one_of(
    st.builds(Reward, rule=WORDS, offer_card_kind=WORDS),
    st.builds(Reward, rule=WORDS, prompt_to=WORDS, prompt_text=TEXTS),
    st.builds(
        Reward,
        rule=WORDS,
        coupon_template=WORDS,
        coupon_valid_days=st.none() | INTEGERS[32],
        coupon_valid_until=DAYS,
    ),
    st.builds(Reward, rule=WORDS, gift_sku=WORDS, gift_quantity_milli=NUMBERS),
)
APPLIED = st.builds(Applied, WORDS, NUMBERS, st.none(), few(st.builds(Cut, WORDS, NUMBERS))) | st.builds(
    Applied, WORDS, st.none(), NUMBERS, few(st.builds(Cut, WORDS, st.none(), NUMBERS))
)
MISSED = st.builds(
    NotApplied, rule=WORDS, reason=WORDS, detail=TEXTS, need=WORDS, actual=WORDS, missing=WORDS, by=WORDS, sku=WORDS
)
ANSWERS = st.builds(
    Answer,
    currency=st.just("RUB"),
    list_minor=NUMBERS,
    discount_minor=NUMBERS,
    redeemed_points=NUMBERS,
    redeemed_minor=NUMBERS,
    tender_minor=NUMBERS,
    total_minor=NUMBERS,
    lines=few(LINES),
    points=POINTS,
    tier=st.none() | st.builds(TierState, WORDS, WORDS, NUMBERS),
    applied=few(APPLIED),
    not_applied=few(MISSED),
    rewards=few(REWARDS),
    hints=few(TEXTS),
)


@given(ANSWERS)
def test_an_answer_is_written_as_the_library_writes_it(answer: Answer) -> None:
    assert write_answer(answer) == canonical(answer_message(answer))


def full_answer() -> Answer:
    """One that has everything, each figure another."""
    text, day = Text("а", "b"), date(2026, 12, 5)
    return Answer(
        currency="RUB",
        list_minor=1,
        discount_minor=2,
        redeemed_points=3,
        redeemed_minor=4,
        tender_minor=5,
        total_minor=6,
        lines=(
            LineAnswer(
                id="1",
                list_minor=7,
                discounts=(LineDiscount("r", 8),),
                redeemed_minor=9,
                net_minor=10,
                points=11,
                pieces=(Piece(12, 13, 14),),
            ),
        ),
        points=Points(
            digits=2,
            earned=15,
            by_rule=(("r", 16),),
            redeemable_min=17,
            redeemable_max=18,
            ladder=(19,),
            lots=(PointsLot(points=20, active_from=day, expires=day),),
            confirm=Confirm(21, "code"),
        ),
        tier=TierState("silver", "gold", 22),
        applied=(Applied("r", 23, None, (Cut("CAP", 25),)), Applied("s", None, 24, (Cut("CAP", None, 26),))),
        not_applied=(
            NotApplied(rule="n", reason="ZERO", detail=text, need="1", actual="2", missing="3", by="m", sku="k"),
        ),
        rewards=(
            Reward(rule="p", prompt_to="cashier", prompt_text=text),
            Reward(rule="o", offer_card_kind="plastic"),
            Reward(rule="c", coupon_template="T", coupon_valid_days=14, coupon_valid_until=day),
            Reward(rule="g", gift_sku="G", gift_quantity_milli=1000),
        ),
        hints=(text,),
    )


def test_every_field_of_an_answer_is_written() -> None:
    """Fails for a field that is new in the contract until the writer knows it."""
    written = answer_pb2.Answer.FromString(write_answer(full_answer()))
    assert set(fields_set(written)) == set(fields_of(answer_pb2.Answer.DESCRIPTOR))


def variants(thing: Any) -> list[tuple[str, Any]]:
    """The thing with one figure or text of it changed, for each of them, however deep."""
    match thing:
        case None | True | False | 0 | "":
            return []
        case int():
            return [("", thing + 1)]
        case str():
            return [("", thing + "x")]
        case date():
            return [("", thing.replace(day=6))]
        case tuple():
            return [
                (f"[{index}]{path}", (*thing[:index], changed, *thing[index + 1 :]))
                for index, item in enumerate(thing)
                for path, changed in variants(item)
            ]
        case Struct():
            return [
                (f".{name}{path}", replace(thing, **{name: changed}))
                for name in thing.__struct_fields__
                for path, changed in variants(getattr(thing, name))
            ]
    raise AssertionError(type(thing))


def test_everything_of_the_type_reaches_the_message() -> None:
    answer = full_answer()
    changed = dict(variants(answer))
    assert changed.pop(".currency") != answer
    assert [path for path, other in changed.items() if write_answer(other) == write_answer(answer)] == []
    for other in changed.values():
        assert write_answer(other) == canonical(answer_message(other))


@given(ANSWERS, WORDS, st.booleans(), few(TEXTS), NUMBERS.map(lambda value: value // 2_000_000), WORDS, NUMBERS)
def test_a_response_is_written_as_the_library_writes_it(
    answer: Answer, quote_id: str, offline: bool, texts: tuple[Text, ...], time_us: int, programme_id: str, number: int
) -> None:
    response = QuoteResponse(
        quote_id=quote_id,
        answer=answer_message(answer),
        offline=offline,
        programme_id=programme_id,
        programme_revision=number,
    )
    for text in texts:
        response.limitations.add(ru=text.ru, en=text.en)
    response.priced_time.seconds, rest_us = divmod(time_us, 1_000_000)
    response.priced_time.nanos = rest_us * 1_000
    written = write_quote_response(quote_id, answer, offline, texts, time_us, programme_id, number)
    assert written == canonical(response)


def test_every_field_of_a_response_is_written() -> None:
    text = Text("а", "b")
    written = QuoteResponse.FromString(write_quote_response("q", full_answer(), True, (text,), 1_000_001, "chain", 7))
    assert set(fields_set(written)) == set(fields_of(QuoteResponse.DESCRIPTOR))


@given(ANSWERS)
def test_the_money_of_an_answer_is_all_its_money(answer: Answer) -> None:
    figures = [answer.total_minor, answer.tender_minor, answer.redeemed_points, answer.points.earned]
    for line in answer.lines:
        figures += (line.net_minor, line.redeemed_minor, line.points)
    assert money_of(answer) == ",".join(map(str, figures)).encode()


@pytest.mark.parametrize("wrong", [None, {}, ("x",), object()])
def test_what_is_no_answer_is_refused(wrong: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        write_answer(wrong)
    with pytest.raises((TypeError, AttributeError)):
        write_answer(replace(full_answer(), lines=(wrong,)))
    with pytest.raises((TypeError, AttributeError)):
        write_answer(replace(full_answer(), points=wrong))


@pytest.mark.parametrize("name", ["lines", "applied", "not_applied", "rewards", "hints"])
def test_a_list_where_a_tuple_belongs_is_refused(name: str) -> None:
    answer = full_answer()
    with pytest.raises(TypeError):
        write_answer(replace(answer, **{name: list(getattr(answer, name))}))
