# From bytes to a basket.

from cpython.unicode cimport PyUnicode_DecodeUTF8, PyUnicode_GET_LENGTH
from tillgate.core import _basket_reader as limits
from tillgate.core.basket import LINES_MAX as _LINES_MAX
from tillgate.core.basket import Basket, Certificate, Line, Payment

#: How many coupons, payments, certificates, confirmations and counts of uses a message may list.
LISTED_MAX = 100
CHANNEL_LENGTH_MAX = 200
PAYMENT_MINOR_MAX = 10**12

cdef object _Basket = Basket, _Line = Line, _Payment = Payment, _Certificate = Certificate
cdef int64_t QUANTITY_MAX = limits.QUANTITY_MILLI_MAX, VALUE_MAX = limits.LINE_VALUE_MINOR_MAX
cdef int64_t MARKED_MAX = limits.MARKED_MILLI_MAX, POINTS_MAX = limits.POINTS_MAX, USES_MAX = limits.USES_MAX
cdef int64_t PAID_MAX = PAYMENT_MINOR_MAX
cdef Py_ssize_t TEXT_MAX = limits.TEXT_MAX, NAMES_MAX = limits.NAMES_MAX, LINES_MAX = _LINES_MAX
cdef Py_ssize_t LIST_MAX = LISTED_MAX, CHANNEL_MAX = CHANNEL_LENGTH_MAX
cdef tuple POSITIONS = tuple([str(position) for position in range(1, _LINES_MAX + 3)])


class _NotCanonical(ValueError):
    """The bytes are not the canonical encoding of anything known here."""


cdef struct Span:
    const uint8_t *at
    const uint8_t *end


cdef inline Span span_of(bytes raw):
    cdef const uint8_t *start = <const uint8_t *>PyBytes_AS_STRING(raw)
    return Span(start, start + PyBytes_GET_SIZE(raw))


cdef inline bint met(Span *s, int tag) noexcept:
    """Whether the next field is this one; if so, past its tag."""
    if tag < 128:
        if s.at < s.end and s.at[0] == tag:
            s.at += 1
            return True
    elif s.end - s.at > 1 and s.at[0] == ((tag & 127) | 128) and s.at[1] == tag >> 7:
        s.at += 2
        return True
    return False


cdef inline int over(Span *s) except -1:
    """Nothing may be left of a message."""
    if s.at != s.end:
        raise _NotCanonical
    return 0


cdef uint64_t varint(Span *s) except? 0xDEADBEEF:
    """Up to 64 bits in groups of seven, no group too many."""
    cdef uint64_t found = 0
    cdef int shift = 0
    cdef uint8_t byte
    while s.at < s.end:
        byte = s.at[0]
        s.at += 1
        if shift == 63 and byte > 1:
            break
        found |= <uint64_t>(byte & 127) << shift
        if byte < 128:
            if byte == 0 and shift:
                break
            return found
        shift += 7
    raise _NotCanonical


cdef inline int64_t number(Span *s, int tag) except? -1:
    cdef uint64_t found
    if not met(s, tag):
        return 0
    found = varint(s)
    if found == 0:
        raise _NotCanonical
    return <int64_t>found


cdef inline int32_t number32(Span *s, int tag) except? -1:
    cdef int64_t found = number(s, tag)
    if found != <int32_t>found:
        raise _NotCanonical
    return <int32_t>found


cdef inline bint bit(Span *s) except -1:
    cdef uint64_t found = varint(s)
    if found > 1:
        raise _NotCanonical
    return found == 1


cdef inline bint truth(Span *s, int tag) except -1:
    cdef int64_t found = number(s, tag)
    if found >> 1:
        raise _NotCanonical
    return found == 1


cdef inline object unless(Span *s, int tag):
    """A flag that is true where it is not set."""
    return bit(s) if met(s, tag) else True


cdef inline Span inner(Span *s) except *:
    """What the length before it takes out of the message."""
    cdef uint64_t length = varint(s)
    cdef Span found
    if length > <uint64_t>(s.end - s.at):
        raise _NotCanonical
    found = Span(s.at, s.at + length)
    s.at = found.end
    return found


cdef inline str word(Span *s):
    """A text, perhaps empty. One with a NUL is for the library's way too: there it is refused by its path."""
    cdef Span found = inner(s)
    if memchr(found.at, 0, found.end - found.at):
        raise _NotCanonical
    return PyUnicode_DecodeUTF8(<const char *>found.at, found.end - found.at, NULL)


cdef inline str text(Span *s, int tag):
    cdef str found
    if not met(s, tag):
        return ""
    found = word(s)
    if not found:
        raise _NotCanonical
    return found


cdef tuple words(Span *s, int tag, Py_ssize_t most):
    """The first of a list of texts, one more than may be."""
    cdef list found
    cdef str item
    if not met(s, tag):
        return ()
    found = [word(s)]
    while met(s, tag):
        item = word(s)
        if len(found) <= most:
            found.append(item)
    return tuple(found)


@cython.final
cdef class ReadBasket:
    """A Basket message, all but what the gateway adds to it.

    `plain`: it keeps every limit of a message and of `check_basket` (the customer's aside). `content`: its encoding
    without the time. Lists hold at most one entry more than they may.
    """

    cdef readonly str currency, channel
    #: Seconds since 1970, None without a time.
    cdef readonly object seconds
    cdef readonly int32_t nanos, utc_offset_minutes
    cdef readonly tuple coupons, payments, certificates, confirmed_by
    #: How many counts of uses are listed; of one rule the last counts.
    cdef readonly Py_ssize_t uses_listed
    cdef readonly bytes content
    cdef readonly bint plain
    cdef tuple lines
    cdef dict uses
    cdef object redeem_points
    cdef bint redeem_max, named

    def basket(self, time, str store, customer, bint redeem):
        """The basket at its moment. `redeem` False leaves out what the guest wants to redeem."""
        return _Basket(
            currency=self.currency, lines=self.lines, time=time, store=store, channel=self.channel,
            coupons=self.coupons, payments=self.payments, redeem_points=self.redeem_points if redeem else None,
            redeem_max=self.redeem_max and redeem, confirmed_by=self.confirmed_by, certificates=self.certificates,
            customer=customer, uses=self.uses)

    cdef int read(self, Span s) except -1:
        cdef const uint8_t *start = s.at
        cdef const uint8_t *time
        cdef Span inside
        self.plain = True
        self.currency = text(&s, 0x0A)
        time = s.at
        if met(&s, 0x12):
            inside = inner(&s)
            self.seconds = number(&inside, 0x08)
            self.nanos = number32(&inside, 0x10)
            over(&inside)
        self.utc_offset_minutes = number32(&s, 0x18)
        self.content = PyBytes_FromStringAndSize(<const char *>s.at, s.end - s.at)
        if s.at > start:
            self.content = PyBytes_FromStringAndSize(<const char *>start, time - start) + self.content
        self.channel = text(&s, 0x22) or "till"
        self.coupons = words(&s, 0x2A, LIST_MAX)
        self.payments = amounts(&s, 0x32, _Payment)
        if met(&s, 0x3A):
            self.read_redeem(inner(&s))
        self.certificates = amounts(&s, 0x42, _Certificate)
        self.read_lines(&s)
        self.confirmed_by = words(&s, 0x52, LIST_MAX)
        self.read_uses(&s)
        over(&s)
        self.plain = self.plain and self.keeps_limits()
        return 0

    cdef int read_redeem(self, Span s) except -1:
        if met(&s, 0x08):
            self.redeem_points = <int64_t>varint(&s)
        elif met(&s, 0x10):
            self.redeem_max = bit(&s)
        return over(&s)

    cdef int read_lines(self, Span *s) except -1:
        cdef list found = []
        cdef object line
        while met(s, 0x4A):
            line = self.read_line(inner(s), len(found))
            if len(found) <= LINES_MAX:
                found.append(line)
        self.lines = tuple(found)
        return 0

    cdef object read_line(self, Span s, Py_ssize_t index):
        cdef str name = text(&s, 0x0A), sku = text(&s, 0x12)
        cdef int64_t quantity = number(&s, 0x18), price = number(&s, 0x20)
        cdef tuple categories = words(&s, 0x2A, NAMES_MAX)
        cdef str brand = text(&s, 0x32)
        cdef tuple tags = words(&s, 0x3A, NAMES_MAX)
        cdef int64_t floor = number(&s, 0x40)
        cdef str regulated = text(&s, 0x4A)
        cdef int64_t litres = number(&s, 0x50)
        cdef object discountable = unless(&s, 0x58), redeemable = unless(&s, 0x60), earnable = unless(&s, 0x68)
        cdef object regular_price = unless(&s, 0x70)
        cdef bint marked = truth(&s, 0x78)
        cdef str shown
        if name:
            self.named = True
        else:
            name = <str>POSITIONS[index]
        shown = text(&s, 0x82)
        over(&s)
        if not (0 < PyUnicode_GET_LENGTH(sku) <= TEXT_MAX and PyUnicode_GET_LENGTH(name) <= TEXT_MAX
                and 0 < quantity <= QUANTITY_MAX and 0 <= price <= VALUE_MAX and 0 <= floor <= VALUE_MAX
                and price <= VALUE_MAX * 1000 // quantity and 0 <= litres <= QUANTITY_MAX
                and not (marked and quantity > MARKED_MAX) and len(categories) <= NAMES_MAX
                and len(tags) <= NAMES_MAX):
            self.plain = False
        return _Line(
            id=name, sku=sku, quantity_milli=quantity, unit_price_minor=price, categories=categories, brand=brand,
            name=shown, tags=tags, min_unit_price_minor=floor, regulated=regulated, litres_milli=litres,
            discountable=discountable, redeemable=redeemable, earnable=earnable, regular_price=regular_price,
            marked=marked)

    cdef int read_uses(self, Span *s) except -1:
        cdef Span inside
        cdef str rule
        cdef int64_t count
        self.uses = {}
        while met(s, 0x5A):
            inside = inner(s)
            rule = text(&inside, 0x0A)
            count = number(&inside, 0x10)
            over(&inside)
            self.uses_listed += 1
            if self.uses_listed <= LIST_MAX:
                self.uses[rule] = count
                if not 0 <= count <= USES_MAX:
                    self.plain = False
        return 0

    cdef bint keeps_limits(self) except -1:
        """The limits that are not of one line."""
        cdef object item
        for item in self.payments:
            if not 0 <= item.amount_minor <= PAID_MAX:
                return False
        for item in self.certificates:
            if not 0 <= item.amount_minor <= VALUE_MAX:
                return False
        if self.redeem_points is not None and not 0 <= self.redeem_points <= POINTS_MAX:
            return False
        if self.named and len({item.id for item in self.lines}) < len(self.lines):
            return False
        return (0 < len(self.lines) <= LINES_MAX and PyUnicode_GET_LENGTH(self.channel) <= CHANNEL_MAX
                and len(self.coupons) <= LIST_MAX and len(self.payments) <= LIST_MAX
                and len(self.certificates) <= LIST_MAX and len(self.confirmed_by) <= LIST_MAX
                and self.uses_listed <= LIST_MAX and len(self.currency) == 3 and self.currency.isascii()
                and self.currency.isupper())


cdef tuple amounts(Span *s, int tag, object make):
    """Payments or certificates: a text and an amount."""
    cdef list found
    cdef Span inside
    cdef str name
    cdef int64_t amount
    if s.at == s.end or s.at[0] != tag:
        return ()
    found = []
    while met(s, tag):
        inside = inner(s)
        name = text(&inside, 0x0A)
        amount = number(&inside, 0x10)
        over(&inside)
        if len(found) <= LIST_MAX:
            found.append(make(name, amount))
    return tuple(found)


def read_basket(bytes raw):
    """A Basket message; None unless its encoding is the canonical one."""
    cdef ReadBasket found = ReadBasket()
    try:
        found.read(span_of(raw))
    except (_NotCanonical, UnicodeDecodeError):
        return None
    return found


def read_quote_request(bytes raw):
    """A QuoteRequest message as (basket, customer_id, explain); None unless its encoding is the canonical one."""
    cdef Span s = span_of(raw)
    cdef ReadBasket found = ReadBasket()
    cdef Span basket = Span(s.at, s.at)
    try:
        if met(&s, 0x0A):
            basket = inner(&s)
        found.read(basket)
        customer_id = text(&s, 0x12)
        explain = number32(&s, 0x18)
        over(&s)
    except (_NotCanonical, UnicodeDecodeError):
        return None
    return found, customer_id, explain
