# Effects that take units together: buy and get, bundles, kits.

cdef int pick_line(Work *w, int count, int wanted, int spared, bint cheapest) noexcept nogil:
    """The position with the cheapest or dearest free unit among those marked `wanted` and not `spared`; ties: earlier."""
    cdef int k, best = NONE
    cdef i128 a, b
    for k in range(count):
        if w.free[k] <= 0 or not w.marks[k] & wanted or w.marks[k] & spared:
            continue
        if best != NONE:
            a = <i128>w.scratch_b[k] * w.scratch_a[best]
            b = <i128>w.scratch_b[best] * w.scratch_a[k]
            if (a >= b) if cheapest else (a <= b):
                continue
        best = k
    return best


cdef int64_t take(Work *w, int count, int wanted, bint cheapest, int64_t units, int64_t *into) noexcept nogil:
    """Takes so many free units; returns how many could not be had."""
    cdef int k
    cdef int64_t found
    while units > 0:
        k = pick_line(w, count, wanted, 0, cheapest)
        if k == NONE:
            return units
        found = min_of(units, w.free[k])
        w.free[k] -= found
        into[k] += found
        units -= found
    return 0


cdef int64_t take_many(Work *w, int count, const CRule *rule, bint cheapest, int64_t times) noexcept nogil:
    """Takes as many applications at once as the best two lines allow; 0 when one does not fit into them."""
    cdef int bought = pick_line(w, count, 1, 0, False), got = pick_line(w, count, 2, 0, cheapest)
    cdef int64_t fitting
    if bought == NONE or got == NONE:
        return 0
    if bought == got:
        fitting = w.free[bought] // (rule.p0 + rule.p1)
    else:
        fitting = min_of(w.free[bought] // rule.p0, w.free[got] // rule.p1)
    fitting = min_of(fitting, times)
    w.free[bought] -= fitting * rule.p0
    w.bought[bought] += fitting * rule.p0
    w.free[got] -= fitting * rule.p1
    w.got[got] += fitting * rule.p1
    return fitting


cdef int64_t free_marked(Work *w, int count, int marks) noexcept nogil:
    """Free units of lines that have exactly these marks."""
    cdef int k
    cdef int64_t total = 0
    for k in range(count):
        total += w.free[k] if w.marks[k] == marks else 0
    return total


cdef bint take_once(Work *w, int count, const CRule *rule, bint cheapest, bint partial) noexcept nogil:
    """One application, if there is enough for it.

    The bought units are the dearest that leave enough to get: what may be got is bought only as far as it can be spared.
    """
    cdef int64_t both = free_marked(w, count, 3), buyable = free_marked(w, count, 1) + both, found
    cdef int64_t gettable = free_marked(w, count, 2) + both, buy = rule.p0, get, spare
    cdef int k
    get = min_of(rule.p1, min_of(gettable, buyable + gettable - both - buy))
    if buyable < buy or get < 1 or (get < rule.p1 and not partial):
        return False
    spare = gettable - get
    while buy > 0:
        k = pick_line(w, count, 1, 0 if spare > 0 else 2, False)
        found = min_of(buy, w.free[k])
        if w.marks[k] & 2:
            found = min_of(found, spare)
            spare -= found
        w.free[k] -= found
        w.bought[k] += found
        buy -= found
    take(w, count, 2, cheapest, get, w.got)
    return True


cdef void mark_lines(const CTables *t, Work *w, int count, int selector, int bit) noexcept nogil:
    cdef int k, j = 0, found = find_lines(t, w, selector)
    cdef const int *lines = w.selected + <size_t>selector * w.capacity
    for k in range(count):
        while j < found and lines[j] < w.lines[k]:
            j += 1
        if j < found and lines[j] == w.lines[k]:
            w.marks[k] |= bit


cdef int give_buy_get(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *base,
                      const int64_t *room) noexcept nogil:
    """The bought units are the dearest, the got ones the cheapest or dearest of the rest; all of them are used up."""
    cdef bint cheapest = rule.p3 & 1, partial = (rule.p3 >> 1) & 1, over_all = (rule.p3 >> 2) & 1
    cdef int64_t times = rule.place, many, bought, got, total = 0
    cdef int k, line
    find_lines(t, w, rule.selector_a)
    find_lines(t, w, rule.selector_b)
    memset(w.marks, 0, count)
    mark_lines(t, w, count, rule.selector_a, 1)
    mark_lines(t, w, count, rule.selector_b, 2)
    for k in range(count):
        line = w.lines[k]
        w.free[k] = w.scratch_a[k] = free_units(w, line)
        w.scratch_b[k] = free_value(w, line, base)
        w.bought[k] = w.got[k] = w.given[k] = 0
    while times > 0:
        many = take_many(w, count, rule, cheapest, times)
        if many == 0:
            if not take_once(w, count, rule, cheapest, partial):
                break
            many = 1
        times -= many
    for k in range(count):
        line = w.lines[k]
        if w.bought[k] + w.got[k] == 0:
            w.weights[k] = 0
            w.caps[k] = 0
            continue
        bought = tg_muldiv(w.scratch_b[k], w.bought[k], w.scratch_a[k], TG_DOWN, &w.error)
        got = tg_muldiv(w.scratch_b[k], w.got[k], w.scratch_a[k], TG_DOWN, &w.error)
        w.given[k] = tg_part(got, rule.p2, rule.rounding)
        w.wanted += w.given[k]
        w.given[k] = min_of(w.given[k], room[line])
        total += w.given[k]
        w.weights[k] = bought + got
        w.caps[k] = room[line]
        use_up(w, line, w.bought[k] + w.got[k], bought + got)
    if over_all and total > 0:
        tg_spread(t.spread, count, total, w.weights, w.caps, w.given, w.rest, &w.error)
    return count


cdef void free_all(Work *w, int count, const int64_t *base) noexcept nogil:
    """Every free unit may be taken."""
    cdef int k
    for k in range(count):
        w.free[k] = w.scratch_a[k] = free_units(w, w.lines[k])
        w.scratch_b[k] = free_value(w, w.lines[k], base)
        w.bought[k] = w.got[k] = w.given[k] = 0
        w.marks[k] = 1


cdef int64_t value_of(Work *w, int k, int64_t units) noexcept nogil:
    """What so many of a line's free units are worth: their share, rounded down."""
    return tg_muldiv(w.scratch_b[k], units, w.scratch_a[k], TG_DOWN, &w.error) if units else 0


cdef int64_t taken_value(Work *w, int count, const int64_t *units) noexcept nogil:
    cdef int k
    cdef int64_t total = 0
    for k in range(count):
        total += value_of(w, k, units[k])
    return total


cdef void settle(const CTables *t, Work *w, int count, int64_t amount, const int64_t *room) noexcept nogil:
    """Spreads an amount over the units in w.bought by their value, and uses them up."""
    cdef int k
    for k in range(count):
        w.weights[k] = value_of(w, k, w.bought[k])
        w.caps[k] = room[w.lines[k]]
        use_up(w, w.lines[k], w.bought[k], <int64_t>w.weights[k])
    w.wanted = amount
    tg_spread(t.spread, count, amount, w.weights, w.caps, w.given, w.rest, &w.error)


cdef void give_bundle(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *base,
                      const int64_t *room) noexcept nogil:
    """Bundles one after the other, until one is not complete or would cost no less than its units."""
    cdef int64_t times = rule.place, many, value, total = 0
    cdef int k, best
    free_all(w, count, base)
    while times > 0 and not w.error:
        best = pick_line(w, count, 1, 0, rule.p2 != 0)
        if best == NONE:
            break
        many = min_of(w.free[best] // rule.p0, times)
        if many > 0:
            value = value_of(w, best, rule.p0)
            if value <= rule.p1:
                break
            w.free[best] -= many * rule.p0
            w.bought[best] += many * rule.p0
        else:
            many = 1
            memset(w.got, 0, count * sizeof(int64_t))
            if take(w, count, 1, rule.p2 != 0, rule.p0, w.got) > 0:
                break
            value = taken_value(w, count, w.got)
            if value <= rule.p1:
                break
            for k in range(count):
                w.bought[k] += w.got[k]
        total += many * (value - rule.p1)
        times -= many
    if total > 0:
        settle(t, w, count, total, room)


cdef void give_kit(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *base,
                   const int64_t *room) noexcept nogil:
    """As many whole kits as the free units make, of the dearest of each sku."""
    cdef int64_t kits = INT64_MAX, units, total, value
    cdef int k, part
    free_all(w, count, base)
    for part in range(rule.levels_start, rule.levels_end):
        memset(w.marks, 0, count)
        mark_lines(t, w, count, <int>t.levels[2 * part], 1)
        units = 0
        for k in range(count):
            units += w.free[k] if w.marks[k] else 0
        kits = min_of(kits, units // t.levels[2 * part + 1])
        if kits == 0:
            return
    kits = min_of(kits, rule.p3)
    for part in range(rule.levels_start, rule.levels_end):
        memset(w.marks, 0, count)
        mark_lines(t, w, count, <int>t.levels[2 * part], 1)
        take(w, count, 1, False, kits * t.levels[2 * part + 1], w.bought)
    total = taken_value(w, count, w.bought)
    if rule.p2 != NONE:
        total -= tg_small(tg_times(kits, rule.p2, &w.error), &w.error)
    elif rule.p0 == 0:
        total = min_of(total, tg_small(tg_times(kits, rule.p1, &w.error), &w.error))
    if rule.p2 != NONE or rule.p0 == 0:
        if total > 0:
            settle(t, w, count, total, room)
        return
    for k in range(count):
        value = value_of(w, k, w.bought[k])
        w.given[k] = tg_part(value, rule.p0, rule.rounding)
        w.wanted += w.given[k]
        w.given[k] = min_of(w.given[k], room[w.lines[k]])
        use_up(w, w.lines[k], w.bought[k], value)
