# What a Tally is made of: names of two programmes in one table, texts of receipts, sums.

cdef enum:  # Kinds of groups in Tally.groups
    GROUP_STORE, GROUP_SEGMENT, GROUP_WEEK, GROUP_UNKNOWN

cdef enum:
    FIGURES = 15
    GROUPS_OF_RECEIPT = 80       # A store, a week, and more segments than the quick readers take

# In the order of tillgate.accel.backtest._figures.Vector.
cdef struct Figures:
    i128 sum[FIGURES]

cdef struct RuleFigures:
    int64_t fires
    int64_t last                 # the receipt that it fired on last
    i128 amount
    i128 points

# A receipt by its place: `at` and `size` in the chunk it came in, -1 when its details are known.
cdef struct Move:
    int64_t change
    int64_t line
    int64_t at
    int64_t size

cdef struct Moves:
    Move *moves
    int count
    int room
    int least                    # the one that goes when a greater one comes

cdef struct Left:
    int64_t line
    int64_t at
    int64_t size


cdef int learn_names(tg_table *known, Engine engine) except -1:
    """Every name that a programme looks for in a basket, by kind."""
    cdef Reader reader = engine.reader
    for kind, names in (
        (NAME_SEGMENT, reader.segment), (NAME_COUPON, reader.coupon), (NAME_PAYMENT, reader.payment),
        (NAME_CARD_KIND, reader.card_kind), (NAME_CHANNEL, reader.channel), (NAME_STORE, reader.store),
        (NAME_ATTRIBUTE, reader.attribute), (NAME_TIER, reader.tier_places), (NAME_WINDOW, reader.windows),
        (NAME_USE, reader.uses), (NAME_TOTAL, reader.totals), (NAME_REGULATED, reader.regulated),
    ):
        for name in names:
            text = name.encode(errors="surrogatepass")
            if tg_table_add(known, kind, text, len(text)) < 0:
                raise MemoryError("no memory for a programme")
    return 0


cdef int fill_half(Half *h, const tg_table *known, Engine engine, int points_digits) except -1:
    cdef Reader reader = engine.reader
    cdef int k, kind
    h.t = &engine.tables
    h.by_name = reader.by_name
    h.points_factor = (1, 10, 100)[engine.points_digits - points_digits]
    h.meaning = <int *>array_of(range(known.count), sizeof(int))
    counts = {kind: {name: FACTS_FIXED + shift + place for name, place in facts.items()} for kind, shift, facts in (
        (NAME_WINDOW, 0, reader.windows), (NAME_USE, reader.window_count, reader.uses),
        (NAME_TOTAL, reader.window_count, reader.totals))}
    kinds = {name: place for place, name in enumerate(reader.regulated)}
    meanings = counts | {
        NAME_SEGMENT: reader.segment, NAME_COUPON: reader.coupon, NAME_PAYMENT: reader.payment,
        NAME_CARD_KIND: reader.card_kind, NAME_CHANNEL: reader.channel, NAME_STORE: reader.store,
        NAME_ATTRIBUTE: reader.attribute, NAME_TIER: reader.tier_places, NAME_REGULATED: kinds,
    }
    for k in range(known.count):
        name = known.bytes[known.entries[k].at:known.entries[k].at + known.entries[k].size]
        h.meaning[k] = meanings[known.entries[k].kind].get(name.decode(errors="surrogatepass"), NONE)
    zeros = [*counts[NAME_WINDOW].values(), *counts[NAME_USE].values()]
    h.zeros_known = len(zeros)
    zeros += counts[NAME_TOTAL].values()
    h.zeros, h.zeros_count = NULL, len(zeros)
    h.zeros = ints_of(zeros)
    fill_tiers(h, reader)
    fill_regulated(h, known, reader)
    confirm = reader.confirm_by.encode()
    memcpy(h.confirm_by, <const char *>confirm, len(confirm) + 1)
    return 0


cdef int fill_tiers(Half *h, Reader reader) except -1:
    h.tier_count, h.tier_includes = len(reader.tier_ids), reader.tier_includes
    h.tier_tokens = ints_of([reader.tier.get(name, NONE) for name in reader.tier_ids])
    h.tier_from = <int64_t *>array_of(reader.tier_from, sizeof(int64_t))
    for k, bound in enumerate(reader.tier_from):
        h.tier_from[k] = bound
    if h.tier_count:
        h.tier_window = FACTS_FIXED + reader.windows[reader.tier_window]
    return 0


cdef int fill_regulated(Half *h, const tg_table *known, Reader reader) except -1:
    cdef int k = 0
    rules = [(name, rule) for name, found in reader.regulated.items() for rule in found]
    h.regulated = <CRegulated *>array_of(rules, sizeof(CRegulated))
    h.regulated_count = len(rules)
    for name, rule in rules:
        text = name.encode(errors="surrogatepass")
        h.regulated[k].kind = tg_table_find(known, NAME_REGULATED, text, len(text))
        h.regulated[k].flags = law_flags(rule)
        h.regulated[k].start_day = INT64_MIN if rule.start is None else rule.start.toordinal()
        h.regulated[k].floor_per_litre = rule.floor_per_litre_minor
        k += 1
    return 0


cdef void release_half(Half *h) noexcept:
    free(h.meaning); free(h.zeros); free(h.tier_from); free(h.tier_tokens); free(h.regulated)


cdef void *grown(void *array, size_t size) except NULL:
    """The array with more room; what it was stays valid when there is none."""
    cdef void *found = realloc(array, size)
    if found == NULL:
        raise MemoryError("no memory for a calculation")
    return found


cdef int put_text(char *key, int size, const tg_text *text) noexcept nogil:
    """A text behind its length; NULL is none. -1 when there is no room, and then for good."""
    cdef int32_t length = -1 if text == NULL else text.size
    if size < 0 or size + 4 + (length if length > 0 else 0) > KEY_SIZE:
        return -1
    memcpy(key + size, &length, 4)
    if length > 0:
        memcpy(key + size + 4, text.at, length)
        size += length
    return size + 4


cdef str str_of(const tg_text *text):
    return text.at[:text.size].decode("utf-8") if text.size else ""


cdef tuple strs_of(const tg_receipt *r, const tg_range *some):
    return tuple([str_of(&r.names[k]) for k in range(some.start, some.start + some.count)])


cdef bint blank(const char *p, const char *end) noexcept nogil:
    while p < end and (p[0] == c" " or p[0] == c"\r" or p[0] == c"\t"):
        p += 1
    return p == end


cdef void put_side(int64_t *figures, const Work *w) noexcept nogil:
    figures[0] = w.discount_total
    figures[1] = w.redeemed_total
    figures[2] = w.earned
    figures[3] = w.redeemed_points


cdef void add_figures(Figures *into, const int64_t *figures) noexcept nogil:
    cdef int k
    for k in range(FIGURES):
        into.sum[k] += figures[k]


cdef tuple vector_of(const Figures *figures):
    return tuple([whole(figures.sum[k]) for k in range(FIGURES)])


cdef void fire(RuleFigures *rule, int64_t line) noexcept nogil:
    if rule.last != line:
        rule.last = line
        rule.fires += 1


cdef void account_rules(const CTables *t, const Work *w, RuleFigures *rules, int64_t line) noexcept nogil:
    """Every rule that gave money, points, a reward or a gift to hand over."""
    cdef int k
    cdef RuleFigures *rule
    for k in range(w.discount_parts):
        rule = &rules[w.parts[k].rule]
        rule.amount += w.parts[k].amount
        fire(rule, line)
    for k in range(w.rule_order_count):
        if w.rule_points[k]:
            rule = &rules[w.rule_order[k]]
            rule.points += w.rule_points[k]
            fire(rule, line)
    for k in range(w.rewarded_count):
        fire(&rules[w.rewarded[k]], line)
    for k in range(t.gift_count):
        if w.gift_left[k]:
            fire(&rules[t.gift_rules[k]], line)


cdef bint less_of(const Move *one, const Move *other) noexcept nogil:
    cdef int64_t a = one.change if one.change > 0 else -one.change, b = other.change if other.change > 0 else -other.change
    return a < b or (a == b and one.line > other.line)


cdef void note_move(Moves *m, const Move *move) noexcept nogil:
    cdef int k
    if m.count < m.room:
        m.moves[m.count] = move[0]
        m.count += 1
        if m.count < m.room:
            return
    elif m.room and less_of(&m.moves[m.least], move):
        m.moves[m.least] = move[0]
    else:
        return
    m.least = 0
    for k in range(1, m.count):
        if less_of(&m.moves[k], &m.moves[m.least]):
            m.least = k


cdef object whole(i128 value):
    cdef bint negative = value < 0
    if negative:
        value = -value
    found = (<object><uint64_t>(value >> 64) << 64) | <uint64_t>(value & <i128><uint64_t>-1)
    return -found if negative else found
