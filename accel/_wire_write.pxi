# From an answer to bytes, last byte first: what a message is long is known when its length is to be written.

from tillgate.core.answer import (
    Answer, Applied, LineAnswer, LineDiscount, NotApplied, Piece, Points, PointsLot, Reward, TierState,
)
from tillgate.core.programme import Confirm
from tillgate.core.text import Text

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL

cdef extern from "_fields.h":
    Py_ssize_t tg_offset(object type, const char *name) except -1
    PyObject *tg_field(PyObject *whole, Py_ssize_t offset) noexcept nogil

cdef object _LineAnswer = LineAnswer, _LineDiscount = LineDiscount, _Piece = Piece
cdef Py_ssize_t ANSWER_LINE_ID = tg_offset(LineAnswer, "id")
cdef Py_ssize_t ANSWER_LINE_LIST = tg_offset(LineAnswer, "list_minor")
cdef Py_ssize_t ANSWER_LINE_DISCOUNTS = tg_offset(LineAnswer, "discounts")
cdef Py_ssize_t ANSWER_LINE_REDEEMED = tg_offset(LineAnswer, "redeemed_minor")
cdef Py_ssize_t ANSWER_LINE_NET = tg_offset(LineAnswer, "net_minor")
cdef Py_ssize_t ANSWER_LINE_POINTS = tg_offset(LineAnswer, "points")
cdef Py_ssize_t ANSWER_LINE_PIECES = tg_offset(LineAnswer, "pieces")
cdef Py_ssize_t DISCOUNT_RULE = tg_offset(LineDiscount, "rule")
cdef Py_ssize_t DISCOUNT_AMOUNT = tg_offset(LineDiscount, "amount_minor")
cdef Py_ssize_t PIECE_QUANTITY = tg_offset(Piece, "quantity_milli")
cdef Py_ssize_t PIECE_PRICE = tg_offset(Piece, "unit_price_minor")
cdef Py_ssize_t PIECE_TOTAL = tg_offset(Piece, "total_minor")


@cython.final
cdef class Pen:
    """Bytes that grow to the front."""

    cdef uint8_t *start
    cdef uint8_t *end
    cdef uint8_t *at

    def __cinit__(self):
        self.start = <uint8_t *>malloc(4096)
        if self.start == NULL:
            raise MemoryError
        self.end = self.at = self.start + 4096

    def __dealloc__(self):
        free(self.start)

    cdef inline Py_ssize_t length(self) noexcept:
        return self.end - self.at

    cdef int room(self, Py_ssize_t wanted) except -1:
        if self.at - self.start >= wanted:
            return 0
        cdef Py_ssize_t used = self.end - self.at, size = 2 * (self.end - self.start) + wanted
        cdef uint8_t *grown = <uint8_t *>malloc(size)
        if grown == NULL:
            raise MemoryError
        memcpy(grown + size - used, self.at, used)
        free(self.start)
        self.start, self.end = grown, grown + size
        self.at = self.end - used
        return 0

    cdef int varint(self, uint64_t value) except -1:
        cdef int size = 1
        cdef uint64_t rest = value >> 7
        cdef uint8_t *at
        self.room(10)
        while rest:
            size += 1
            rest >>= 7
        self.at -= size
        at = self.at
        while value > 127:
            at[0] = <uint8_t>(value & 127) | 128
            at += 1
            value >>= 7
        at[0] = <uint8_t>value
        return 0

    cdef inline int number(self, int tag, int64_t value) except -1:
        if value:
            self.varint(<uint64_t>value)
            self.varint(tag)
        return 0

    cdef int word(self, int tag, str text) except -1:
        cdef Py_ssize_t size
        cdef const char *encoded = PyUnicode_AsUTF8AndSize(text, &size)
        self.room(size)
        self.at -= size
        memcpy(self.at, encoded, size)
        return self.close(tag, self.length() - size)

    cdef inline int text(self, int tag, str text) except -1:
        return self.word(tag, text) if text else 0

    cdef int figure(self, int64_t value) except -1:
        """Decimal digits, and a comma before what follows."""
        cdef uint64_t rest = <uint64_t>value if value >= 0 else 0 - <uint64_t>value
        self.room(21)
        if self.at < self.end:
            self.at -= 1
            self.at[0] = b","
        while True:
            self.at -= 1
            self.at[0] = <uint8_t>(48 + rest % 10)
            rest //= 10
            if not rest:
                break
        if value < 0:
            self.at -= 1
            self.at[0] = b"-"
        return 0

    cdef int close(self, int tag, Py_ssize_t before) except -1:
        """Length and tag of what was written since the length was `before`."""
        self.varint(self.length() - before)
        return self.varint(tag)

    cdef bytes written(self):
        return PyBytes_FromStringAndSize(<const char *>self.at, self.length())


cdef inline object field(object whole, Py_ssize_t offset):
    return <object>tg_field(<PyObject *>whole, offset)


cdef int expect(object thing, object kind) except -1:
    if type(thing) is not kind:
        raise TypeError(f"{kind.__name__} is expected, not {type(thing).__name__}")
    return 0


cdef int write_answer_fields(Pen pen, object answer) except -1:
    cdef Py_ssize_t before
    cdef object item
    write_texts(pen, 0x6A, answer.hints)
    for item in reversed(<tuple?>answer.rewards):
        before = pen.length()
        write_reward(pen, item)
        pen.close(0x62, before)
    for item in reversed(<tuple?>answer.not_applied):
        before = pen.length()
        write_not_applied(pen, item)
        pen.close(0x5A, before)
    for item in reversed(<tuple?>answer.applied):
        before = pen.length()
        write_applied(pen, item)
        pen.close(0x52, before)
    if answer.tier is not None:
        before = pen.length()
        pen.number(0x18, answer.tier.remaining_minor)
        pen.text(0x12, answer.tier.next)
        pen.text(0x0A, answer.tier.id)
        pen.close(0x4A, before)
    before = pen.length()
    write_points(pen, answer.points)
    pen.close(0x42, before)
    write_lines(pen, answer.lines)
    pen.number(0x30, answer.total_minor)
    pen.number(0x28, answer.tender_minor)
    pen.number(0x20, answer.redeemed_minor)
    pen.number(0x18, answer.redeemed_points)
    pen.number(0x10, answer.discount_minor)
    return pen.number(0x08, answer.list_minor)


cdef int write_lines(Pen pen, tuple lines) except -1:
    cdef object line, item
    cdef Py_ssize_t before, within
    for line in reversed(lines):
        expect(line, _LineAnswer)
        before = pen.length()
        for item in reversed(<tuple?>field(line, ANSWER_LINE_PIECES)):
            expect(item, _Piece)
            within = pen.length()
            pen.number(0x18, field(item, PIECE_TOTAL))
            pen.number(0x10, field(item, PIECE_PRICE))
            pen.number(0x08, field(item, PIECE_QUANTITY))
            pen.close(0x3A, within)
        pen.number(0x30, field(line, ANSWER_LINE_POINTS))
        pen.number(0x28, field(line, ANSWER_LINE_NET))
        pen.number(0x20, field(line, ANSWER_LINE_REDEEMED))
        for item in reversed(<tuple?>field(line, ANSWER_LINE_DISCOUNTS)):
            expect(item, _LineDiscount)
            within = pen.length()
            pen.number(0x10, field(item, DISCOUNT_AMOUNT))
            pen.text(0x0A, field(item, DISCOUNT_RULE))
            pen.close(0x1A, within)
        pen.number(0x10, field(line, ANSWER_LINE_LIST))
        pen.text(0x0A, field(line, ANSWER_LINE_ID))
        pen.close(0x3A, before)
    return 0


cdef int write_points(Pen pen, object points) except -1:
    cdef Py_ssize_t before
    cdef object item
    if points.confirm is not None:
        before = pen.length()
        pen.text(0x12, points.confirm.by)
        pen.number(0x08, points.confirm.above_points)
        pen.close(0x42, before)
    for item in reversed(<tuple?>points.lots):
        before = pen.length()
        pen.text(0x1A, day(item.expires))
        pen.text(0x12, day(item.active_from))
        pen.number(0x08, item.points)
        pen.close(0x3A, before)
    pen.number(0x30, points.digits)
    if points.ladder:
        before = pen.length()
        for item in reversed(<tuple?>points.ladder):
            pen.varint(<uint64_t><int64_t>item)
        pen.close(0x2A, before)
    pen.number(0x20, points.redeemable_max)
    pen.number(0x18, points.redeemable_min)
    for item in reversed(<tuple?>points.by_rule):
        before = pen.length()
        pen.number(0x10, item[1])
        pen.text(0x0A, item[0])
        pen.close(0x12, before)
    return pen.number(0x08, points.earned)


cdef int write_applied(Pen pen, object applied) except -1:
    cdef Py_ssize_t before
    for cut in reversed(<tuple?>applied.cuts):
        before = pen.length()
        pen.number(0x18, cut.points or 0)
        pen.number(0x10, cut.amount_minor or 0)
        pen.text(0x0A, cut.reason)
        pen.close(0x22, before)
    # Of the two, the one it gave is there even when it is 0.
    if applied.points is not None:
        pen.varint(<uint64_t><int64_t>applied.points)
        pen.varint(0x18)
    else:
        pen.varint(<uint64_t><int64_t>(applied.amount_minor or 0))
        pen.varint(0x10)
    return pen.text(0x0A, applied.rule)


cdef int write_not_applied(Pen pen, object missed) except -1:
    pen.text(0x42, missed.sku)
    pen.text(0x3A, missed.by)
    pen.text(0x32, missed.missing)
    pen.text(0x2A, missed.actual)
    pen.text(0x22, missed.need)
    write_texts(pen, 0x1A, (missed.detail,))
    pen.text(0x12, missed.reason)
    return pen.text(0x0A, missed.rule)


cdef int write_reward(Pen pen, object reward) except -1:
    cdef Py_ssize_t before = pen.length()
    if reward.prompt_text is not None:
        write_texts(pen, 0x12, (reward.prompt_text,))
        pen.text(0x0A, reward.prompt_to)
        pen.close(0x12, before)
    elif reward.coupon_template:
        pen.text(0x1A, day(reward.coupon_valid_until))
        pen.number(0x10, reward.coupon_valid_days or 0)
        pen.text(0x0A, reward.coupon_template)
        pen.close(0x22, before)
    elif reward.gift_sku:
        pen.number(0x10, reward.gift_quantity_milli)
        pen.text(0x0A, reward.gift_sku)
        pen.close(0x2A, before)
    else:
        pen.text(0x0A, reward.offer_card_kind)
        pen.close(0x1A, before)
    return pen.text(0x0A, reward.rule)


cdef int write_texts(Pen pen, int tag, tuple texts) except -1:
    cdef Py_ssize_t before
    for item in reversed(texts):
        before = pen.length()
        pen.text(0x12, item.en)
        pen.text(0x0A, item.ru)
        pen.close(tag, before)
    return 0


cdef inline str day(object date):
    return "" if date is None else date.isoformat()


def write_answer(answer):
    """An Answer message in the canonical encoding."""
    cdef Pen pen = Pen()
    write_answer_fields(pen, answer)
    return pen.written()


def write_quote_response(str quote_id, answer, bint offline, tuple limitations, int64_t time_us, str programme_id,
                         int64_t programme_revision):
    """A QuoteResponse message in the canonical encoding. `time_us` are microseconds since 1970."""
    cdef Pen pen = Pen()
    cdef Py_ssize_t before = 0
    cdef int64_t rest_us = time_us % 1_000_000
    if rest_us < 0:
        rest_us += 1_000_000
    pen.number(0x38, programme_revision)
    pen.text(0x32, programme_id)
    before = pen.length()
    pen.number(0x10, rest_us * 1000)
    pen.number(0x08, (time_us - rest_us) // 1_000_000)
    pen.close(0x2A, before)
    write_texts(pen, 0x22, limitations)
    pen.number(0x18, offline)
    before = pen.length()
    write_answer_fields(pen, answer)
    pen.close(0x12, before)
    pen.text(0x0A, quote_id)
    return pen.written()


def money_of(answer):
    """What the guest would notice: money and points, not explanations or what else might be redeemed.

    Decimal figures with commas between: the answer's, then those of each line.
    """
    cdef Pen pen = Pen()
    for line in reversed(<tuple?>answer.lines):
        expect(line, _LineAnswer)
        pen.figure(field(line, ANSWER_LINE_POINTS))
        pen.figure(field(line, ANSWER_LINE_REDEEMED))
        pen.figure(field(line, ANSWER_LINE_NET))
    pen.figure(answer.points.earned)
    pen.figure(answer.redeemed_points)
    pen.figure(answer.tender_minor)
    pen.figure(answer.total_minor)
    return pen.written()
