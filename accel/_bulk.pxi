# Receipts priced in bulk under two programmes, without a Python object for any of them.

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport uint32_t
from libc.string cimport memchr, strncmp

cdef extern from "_receipt.h" nogil:
    enum: TG_LINES
    ctypedef struct tg_text:
        const char *at
        int32_t size
    ctypedef struct tg_range:
        int32_t start
        int32_t count
    ctypedef struct tg_count:
        tg_text key
        int64_t value
    ctypedef struct tg_time:
        int set
        int32_t offset_s
        int32_t minute
        int64_t second
        int64_t day
    ctypedef struct tg_line:
        int64_t quantity
        int64_t price
        int64_t floor
        int64_t litres
        tg_text sku
        tg_text brand
        tg_text regulated
        tg_range categories
        tg_range tags
        int flags
    ctypedef struct tg_receipt:
        int n
        int known
        int redeem_max
        int birth_year
        tg_text store
        tg_text channel
        tg_text customer
        tg_text tier
        tg_text card_kind
        tg_time time
        tg_time last
        tg_time registered
        tg_range coupons
        tg_range payments
        tg_range confirmed
        tg_range segments
        tg_range attributes
        tg_range turnover
        tg_range uses
        tg_range totals
        int64_t certificates
        int64_t redeem_points
        int64_t points
        int64_t purchases
        tg_line *lines
        tg_text *names
        tg_count *counts
    ctypedef struct tg_terms:
        char currency[4]
        int money_digits
        int points_digits
    int64_t tg_day_there(const tg_time *moment, int offset_s)
    int64_t tg_age(const tg_receipt *r)
    int64_t tg_to_birthday(const tg_receipt *r)
    int tg_iso_week(int64_t day)

cdef extern from "_table.h" nogil:
    ctypedef struct tg_entry:
        size_t at
        uint32_t size
        uint32_t kind
    ctypedef struct tg_table:
        int count
        tg_entry *entries
        char *bytes
        size_t bytes_used
    int tg_table_find(const tg_table *t, int kind, const char *at, size_t size)
    int tg_table_add(tg_table *t, int kind, const char *at, size_t size)
    void tg_table_free(tg_table *t)

cdef extern from "_receipt_json.h" nogil:
    int tg_read_json(const char *line, const char *end, const tg_terms *terms, tg_receipt *r)

cdef extern from "_receipt_arrow.h" nogil:
    ctypedef struct ArrowSchema "struct ArrowSchema":
        pass
    ctypedef struct ArrowArray "struct ArrowArray":
        int64_t length
    ctypedef struct tg_columns:
        pass
    void tg_bind(tg_columns *c, const ArrowSchema *schema, const ArrowArray *array)
    int tg_read_arrow(const tg_columns *c, int64_t row, const tg_terms *terms, tg_receipt *r)

cdef enum:  # Kinds of names that programmes know
    NAME_SEGMENT, NAME_COUPON, NAME_PAYMENT, NAME_CARD_KIND, NAME_CHANNEL, NAME_STORE, NAME_ATTRIBUTE, NAME_TIER
    NAME_WINDOW, NAME_USE, NAME_TOTAL, NAME_REGULATED

cdef enum:
    KEY_SIZE = 1 << 16           # Of the names of one article, or of one attribute
    GOODS_BYTES = 1 << 25        # Of articles remembered; then all of them are forgotten

cdef struct CRegulated:
    int kind
    int flags
    int64_t start_day            # INT64_MIN: always
    int64_t floor_per_litre

# One of the two programmes, with what the receipts' names mean to it.
cdef struct Half:
    const CTables *t
    Work *w
    int *meaning                 # by number of a name: its token, place among the tiers, fact or kind of goods
    CRegulated *regulated
    int regulated_count
    int64_t *tier_from
    int *tier_tokens
    int tier_count
    int tier_window              # the fact with the turnover that tiers look at
    int tier_includes
    int by_name
    int *zeros                   # facts that are 0 unless told: of a known customer, then of everyone
    int zeros_known
    int zeros_count
    int64_t points_factor        # units of points in one of the receipt's
    int64_t fine                 # units of the finer of the two programmes in one of this
    char confirm_by[16]


cdef void mark_number(const Half *h, int number) noexcept nogil:
    if number >= 0 and h.meaning[number] >= 0:
        mark_token(h.w, h.meaning[number])


cdef void mark_text(const Half *h, const tg_table *known, int kind, const tg_text *text) noexcept nogil:
    mark_number(h, tg_table_find(known, kind, text.at, text.size))


cdef void mark_names(const Half *h, const tg_table *known, int kind, const tg_receipt *r,
                     const tg_range *some) noexcept nogil:
    cdef int k
    for k in range(some.start, some.start + some.count):
        mark_text(h, known, kind, &r.names[k])


cdef void load_counts(const Half *h, const tg_table *known, int kind, const tg_receipt *r,
                      const tg_range *some) noexcept nogil:
    cdef int k, number
    for k in range(some.start, some.start + some.count):
        number = tg_table_find(known, kind, r.counts[k].key.at, r.counts[k].key.size)
        if number >= 0 and h.meaning[number] >= 0:
            h.w.facts[h.meaning[number]] = r.counts[k].value


cdef bint load_receipt(const Half *h, const tg_table *known, const tg_receipt *r, char *key) noexcept nogil:
    """What Reader.read does with a Basket, from numbers. False when memory is short."""
    cdef const CTables *t = h.t
    cdef Work *w = h.w
    cdef int k, capacity = 16
    if w.capacity < r.n:
        while capacity < r.n:
            capacity *= 2
        if not grow_work(t, w, capacity):
            release_work(w)
            return False
    start_work(t, w, r.n)
    w.explain_all = w.explain_applied = 0
    for k in range(r.n):
        load_line(h, known, r, k)
    mark_text(h, known, NAME_CHANNEL, &r.channel)
    mark_text(h, known, NAME_STORE, &r.store)
    mark_names(h, known, NAME_COUPON, r, &r.coupons)
    mark_names(h, known, NAME_PAYMENT, r, &r.payments)
    w.certificates = r.certificates
    w.redeem_max = r.redeem_max
    w.redeem_points = r.redeem_points * h.points_factor
    for k in range(r.confirmed.start, r.confirmed.start + r.confirmed.count):
        if r.names[k].size and not strncmp(h.confirm_by, r.names[k].at, r.names[k].size):
            w.confirmed |= h.confirm_by[r.names[k].size] == 0
    for k in range(t.fact_count):
        w.facts[k] = INT64_MIN
    for k in range(0 if r.known else h.zeros_known, h.zeros_count):
        w.facts[h.zeros[k]] = 0
    if r.time.set:
        w.facts[FACT_LOCAL_DAY] = r.time.day
        w.facts[FACT_LOCAL_MINUTE] = r.time.minute
        w.facts[FACT_EPOCH_SECOND] = r.time.second
    load_counts(h, known, NAME_TOTAL, r, &r.totals)
    if r.known:
        load_customer(h, known, r, key)
    return True


cdef void load_line(const Half *h, const tg_table *known, const tg_receipt *r, int index) noexcept nogil:
    cdef const tg_line *line = &r.lines[index]
    cdef Work *w = h.w
    cdef int64_t floor = max(line.floor, h.t.min_unit_price)
    cdef int kind, k
    w.quantity[index] = line.quantity
    w.unit_price[index] = line.price
    w.list_minor[index] = tg_muldiv(line.price, line.quantity, 1000, TG_HALF_UP, &w.error)
    w.floor[index] = tg_muldiv(floor, line.quantity, 1000, TG_UP, &w.error) if floor else 0
    w.flags[index] = line.flags
    if h.regulated_count and line.regulated.size:
        kind = tg_table_find(known, NAME_REGULATED, line.regulated.at, line.regulated.size)
        for k in range(h.regulated_count):
            if kind >= 0 and h.regulated[k].kind == kind:
                load_regulated(h, r, index, &h.regulated[k])
    w.flags_seen |= w.flags[index]


cdef void load_regulated(const Half *h, const tg_receipt *r, int index, const CRegulated *rule) noexcept nogil:
    cdef i128 floor
    if r.time.set and r.time.day < rule.start_day:
        return
    h.w.flags[index] |= rule.flags
    floor = tg_divide(tg_times(rule.floor_per_litre, r.lines[index].litres, &h.w.error), 1000, TG_UP)
    floor = tg_divide(tg_times(floor, r.lines[index].quantity, &h.w.error), 1000, TG_UP)
    if floor > h.w.floor[index]:
        h.w.floor[index] = tg_small(floor, &h.w.error)


cdef void load_customer(const Half *h, const tg_table *known, const tg_receipt *r, char *key) noexcept nogil:
    cdef Work *w = h.w
    cdef int k
    w.identified = 1
    if h.t.identified_token != NONE:
        mark_token(w, h.t.identified_token)
    w.customer = r.customer.at
    w.customer_size = r.customer.size
    w.balance = r.points * h.points_factor
    w.facts[FACT_POINTS] = w.balance
    w.facts[FACT_PURCHASE_NUMBER] = r.purchases + 1
    mark_names(h, known, NAME_SEGMENT, r, &r.segments)
    mark_text(h, known, NAME_CARD_KIND, &r.card_kind)
    for k in range(r.attributes.start, r.attributes.start + r.attributes.count, 2):
        mark_attribute(h, known, &r.names[k], &r.names[k + 1], key)
    load_counts(h, known, NAME_WINDOW, r, &r.turnover)
    load_counts(h, known, NAME_USE, r, &r.uses)
    if r.time.set:
        if r.last.set:
            w.facts[FACT_ABSENT_DAYS] = r.time.day - tg_day_there(&r.last, r.time.offset_s)
        if r.registered.set:
            w.facts[FACT_REGISTERED_DAYS] = r.time.day - tg_day_there(&r.registered, r.time.offset_s)
        if r.birth_year:
            w.facts[FACT_AGE] = tg_age(r)
            w.facts[FACT_BIRTHDAY] = tg_to_birthday(r)
    if h.tier_count:
        load_tier(h, known, r)


cdef void mark_attribute(const Half *h, const tg_table *known, const tg_text *name, const tg_text *value,
                         char *key) noexcept nogil:
    if name.size + value.size + 1 > KEY_SIZE:
        return
    memcpy(key, name.at, name.size)
    key[name.size] = b"="
    memcpy(key + name.size + 1, value.at, value.size)
    mark_number(h, tg_table_find(known, NAME_ATTRIBUTE, key, name.size + 1 + value.size))


cdef void load_tier(const Half *h, const tg_table *known, const tg_receipt *r) noexcept nogil:
    """As Reader.read_tier: the tier named, else by turnover; this receipt counts only if the programme says."""
    cdef Work *w = h.w
    cdef int number = tg_table_find(known, NAME_TIER, r.tier.at, r.tier.size), k
    cdef int found = h.meaning[number] if number >= 0 else -1
    cdef int64_t reached = w.facts[h.tier_window]
    if h.tier_includes:
        for k in range(w.n):
            reached += w.list_minor[k]
    if found == -1 or h.tier_includes:
        for k in range(h.tier_count):
            if h.tier_from[k] <= reached and k > found:
                found = k
    if found >= 0:
        w.facts[FACT_TIER] = found
        if h.tier_tokens[found] >= 0:
            mark_token(w, h.tier_tokens[found])
