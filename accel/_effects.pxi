# What one rule gives on one basket: amounts for w.lines[0..count) into w.given.

cdef int64_t level_of(const CTables *t, Work *w, const CRule *rule) noexcept nogil:
    """The percent of the greatest bound not above the measure, 0 below the first."""
    cdef int64_t value = measure(t, w, <int>rule.p1, rule.measure_selector, rule.measure_fact), found = 0
    cdef int k
    if value == INT64_MIN:
        return 0
    for k in range(rule.levels_start, rule.levels_end):
        if rule.p1 == OP_FACT:  # Tiers: a level for each, none between.
            if t.levels[2 * k] == value:
                found = t.levels[2 * k + 1]
        elif t.levels[2 * k] <= value:
            found = t.levels[2 * k + 1]
    return found


cdef void spread_by(const CTables *t, Work *w, int count, int64_t amount, int by, const int64_t *base,
                    const int64_t *room) noexcept nogil:
    """Spread over w.lines by value (0), quantity (1) or evenly (2)."""
    cdef int k, line
    for k in range(count):
        line = w.lines[k]
        w.weights[k] = base[line] if by == 0 else (w.quantity[line] if by == 1 else 1)
        w.caps[k] = room[line]
    tg_spread(t.spread, count, amount, w.weights, w.caps, w.given, w.rest, &w.error)


cdef int64_t sum_lines(Work *w, int count, const int64_t *values) noexcept nogil:
    cdef int64_t total = 0
    cdef int k
    for k in range(count):
        total += values[w.lines[k]]
    return total


cdef int64_t per_unit(int64_t base, int64_t units, int64_t ppm, int rounding) noexcept nogil:
    """The percent of each unit rounded by itself, the line's value shared over its units to the minor unit."""
    cdef int64_t small = base // units, dear = base % units
    return (units - dear) * tg_part(small, ppm, rounding) + dear * tg_part(small + 1, ppm, rounding)


cdef void give_percent(const CTables *t, Work *w, const CRule *rule, int count, int64_t ppm, const int64_t *base,
                       const int64_t *room) noexcept nogil:
    cdef int k, line
    cdef int64_t amount, total = 0
    if rule.place == 2:
        total = w.wanted = tg_part(sum_lines(w, count, base), ppm, rule.rounding)
        spread_by(t, w, count, total if rule.cap == NONE or total < rule.cap else rule.cap, 0, base, room)
        return
    for k in range(count):
        line = w.lines[k]
        if rule.place == 1 and w.quantity[line] % 1000 == 0:
            amount = per_unit(base[line], w.quantity[line] // 1000, ppm, rule.rounding)
        else:
            amount = tg_part(base[line], ppm, rule.rounding)
        w.given[k] = amount if amount < room[line] else room[line]
        w.wanted += amount
        total += w.given[k]
    if rule.cap != NONE and total > rule.cap:
        spread_by(t, w, count, rule.cap, 0, base, room)


cdef int64_t free_units(Work *w, int line) noexcept nogil:
    """Whole units that no rule has used up. Weighed goods have none."""
    return w.quantity[line] // 1000 - w.used_units[line] if w.quantity[line] % 1000 == 0 else 0


cdef int64_t free_value(Work *w, int line, const int64_t *base) noexcept nogil:
    cdef int64_t value = base[line] - w.used_value[line]
    return value if value > 0 else 0


cdef int best_line(Work *w, int count, bint cheapest, const int64_t *units, const int64_t *value) noexcept nogil:
    """The position of the line with the cheapest or dearest unit of those that have units, or NONE."""
    cdef int k, best = NONE
    cdef i128 a, b
    for k in range(count):
        if units[k] <= 0:
            continue
        if best == NONE:
            best = k
            continue
        a = <i128>value[k] * units[best]
        b = <i128>value[best] * units[k]
        if (a < b) if cheapest else (a > b):
            best = k
    return best


cdef void give_pick(Work *w, const CRule *rule, int count, const int64_t *base, const int64_t *room) noexcept nogil:
    cdef int k, best
    cdef int64_t value
    for k in range(count):
        w.given[k] = 0
        if rule.p3:
            w.scratch_a[k] = free_units(w, w.lines[k])
            w.scratch_b[k] = free_value(w, w.lines[k], base)
        else:
            w.scratch_a[k] = 1
            w.scratch_b[k] = base[w.lines[k]]
        if w.scratch_b[k] == 0:
            w.scratch_a[k] = 0
    best = best_line(w, count, rule.p2 != 0, w.scratch_a, w.scratch_b)
    if best == NONE:
        return
    value = w.scratch_b[best] // w.scratch_a[best]
    w.wanted = tg_part(value, rule.p0, rule.rounding) if rule.p0 else min_of(rule.p1, value)
    w.given[best] = min_of(w.wanted, room[w.lines[best]])


cdef int64_t min_of(int64_t a, int64_t b) noexcept nogil:
    return a if a < b else b


cdef void use_up(Work *w, int line, int64_t units, int64_t value) noexcept nogil:
    if w.used_units[line] == 0:
        w.used_by[line] = w.at_work
    w.used_units[line] += units
    w.used_value[line] += value


cdef void give_every(Work *w, const CRule *rule, int count, const int64_t *base, const int64_t *room) noexcept nogil:
    """Complete groups, the cheapest units first: the order of the lines does not matter."""
    cdef int64_t left = 0, units, value
    cdef int k, best
    for k in range(count):
        w.given[k] = 0
        w.scratch_a[k] = free_units(w, w.lines[k])
        w.scratch_b[k] = free_value(w, w.lines[k], base)
        left += w.scratch_a[k]
    left = min_of(left // rule.p2, rule.p3) * rule.p2
    while left > 0:
        best = best_line(w, count, True, w.scratch_a, w.scratch_b)
        units = min_of(w.scratch_a[best], left)
        value = tg_muldiv(w.scratch_b[best], units, w.scratch_a[best], TG_DOWN, &w.error)
        if rule.p0:
            w.given[best] = tg_part(value, rule.p0, rule.rounding)
        else:
            w.given[best] = min_of(value, rule.p1 * units)
        w.wanted += w.given[best]
        w.given[best] = min_of(w.given[best], room[w.lines[best]])
        use_up(w, w.lines[best], units, value)
        w.scratch_a[best] = 0
        left -= units


cdef int gift_lines(const CTables *t, Work *w, const CRule *rule, const uint8_t *closed) noexcept nogil:
    """Lines that the gift may be taken from, into w.lines, and what of it the basket lacks, into w.gift_left.

    NONE when the rule does not hold. The rule's own selection must take something, but says nothing about the gift.
    """
    cdef int held = rule_lines(t, w, rule, w.closed_at[DEPTH - 1], 0), count = 0, k, line, found
    cdef const int *chosen
    cdef int64_t left = rule.p0, lacking = rule.p0
    cdef int by = NONE
    cdef bint full = False
    w.gift_left[rule.place] = 0
    if held <= 0:
        return NONE
    found = find_lines(t, w, rule.selector_a)
    chosen = w.selected + <size_t>rule.selector_a * w.capacity
    w.lines = w.own_lines
    for k in range(found):
        line = chosen[k]
        lacking -= min_of(lacking, w.quantity[line])
        if left == 0 or w.flags[line] & NO_DISCOUNT:
            continue
        if closed[line]:
            full = True
            if w.explain_all:
                by = earlier(by, closer_of(w, line))
            continue
        w.own_lines[count] = line
        left -= min_of(left, w.quantity[line])
        count += 1
    w.gift_left[rule.place] = lacking
    if count == 0:
        fails(w, REASON_MOST if full else REASON_NO_GOODS, 0, 0)
        w.which = by
    return count


cdef void give_gift(Work *w, const CRule *rule, int count, const int64_t *base, const int64_t *room) noexcept nogil:
    """All that a line of the gift has; of a part of a line no more than the part is worth."""
    cdef int64_t left = rule.p0, amount
    cdef int k, line
    for k in range(count):
        line = w.lines[k]
        w.given[k] = room[line]
        amount = base[line]
        if left < w.quantity[line]:
            amount = tg_muldiv(base[line], left, w.quantity[line], TG_DOWN, &w.error)
            w.given[k] = min_of(room[line], amount)
        w.wanted += amount
        left -= min_of(left, w.quantity[line])


cdef int64_t per_quantity(Work *w, int line, int64_t each, int64_t most, int rounding) noexcept nogil:
    """`each` for every unit of a line, in proportion for weighed goods."""
    cdef int64_t quantity = w.quantity[line]
    if most != NONE and quantity > most:
        quantity = most
    return tg_muldiv(each, quantity, 1000, rounding, &w.error)


cdef void give_amounts(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *base,
                       const int64_t *room) noexcept nogil:
    """Effects that are worked out line by line."""
    cdef int k, line
    cdef int64_t amount, units
    for k in range(count):
        line = w.lines[k]
        if rule.what == WHAT_AMOUNT_LINE:
            amount = rule.p0
        elif rule.what == WHAT_AMOUNT_UNIT:
            amount = per_quantity(w, line, rule.p0, rule.p1, rule.rounding)
        elif rule.what == WHAT_UNIT_PRICE:
            amount = base[line] - per_quantity(w, line, rule.p0, NONE, rule.rounding)
        else:
            units = min_of(w.quantity[line] // 1000, rule.p2)
            amount = rule.p0 + rule.p1 * (units - 1) if units > 0 else 0
        if amount > 0:
            w.wanted = tg_small(tg_plus(w.wanted, amount, &w.error), &w.error)
        if amount > room[line]:
            amount = room[line]
        w.given[k] = amount if amount > 0 else 0


cdef void cap_given(const CTables *t, Work *w, const CRule *rule, int count) noexcept nogil:
    """More than the cap becomes the cap, shared as the amounts were."""
    cdef int k
    cdef int64_t total = 0
    for k in range(count):
        total += w.given[k]
    if rule.cap == NONE or total <= rule.cap:
        return
    for k in range(count):
        w.weights[k] = w.given[k]
        w.caps[k] = w.given[k]
    tg_spread(t.spread, count, rule.cap, w.weights, w.caps, w.given, w.rest, &w.error)


cdef int give_discount(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *base,
                       const int64_t *room) noexcept nogil:
    """Fills w.given for w.lines; returns how many lines there are then."""
    cdef int64_t amount, total
    if rule.what == WHAT_PERCENT:
        give_percent(t, w, rule, count, rule.p0, base, room)
    elif rule.what == WHAT_PERCENT_BY:
        give_percent(t, w, rule, count, level_of(t, w, rule), base, room)
    elif rule.what in (WHAT_AMOUNT_BASKET, WHAT_TOTAL, WHAT_ROUND_DOWN_TO):
        if rule.what == WHAT_AMOUNT_BASKET:
            amount = rule.p0
        elif rule.what == WHAT_TOTAL:
            total = sum_lines(w, count, base)
            amount = total - rule.p0 if total > rule.p0 else 0
        else:
            amount = total_of(t, w, rule.selector, base) % rule.p0
        w.wanted = amount
        if rule.cap != NONE and amount > rule.cap:
            amount = rule.cap
        spread_by(t, w, count, amount, <int>rule.p2 if rule.what == WHAT_AMOUNT_BASKET else 0, base, room)
    else:
        if rule.what == WHAT_PICK:
            give_pick(w, rule, count, base, room)
        elif rule.what == WHAT_EVERY:
            give_every(w, rule, count, base, room)
        elif rule.what == WHAT_BUY_GET:
            count = give_buy_get(t, w, rule, count, base, room)
        elif rule.what == WHAT_GIFT:
            give_gift(w, rule, count, base, room)
        elif rule.what == WHAT_BUNDLE:
            give_bundle(t, w, rule, count, base, room)
        elif rule.what == WHAT_KIT:
            give_kit(t, w, rule, count, base, room)
        else:
            give_amounts(t, w, rule, count, base, room)
        cap_given(t, w, rule, count)
    return count


cdef int give_points(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *base) noexcept nogil:
    """Points as numerators over t.points_unit, into w.weights, for w.lines."""
    cdef int k
    cdef int64_t steps, ppm = rule.p0
    cdef i128 each, total = 0
    if rule.what == WHAT_POINTS_TIMES:
        multiply_points(w, rule, count)
    elif rule.what == WHAT_POINTS_PER and rule.p2:
        for k in range(count):
            w.weights[k] = tg_times(tg_product(base[w.lines[k]] // rule.p0, rule.p1), t.points_unit, &w.error)
    elif rule.what in (WHAT_POINTS_PER, WHAT_POINTS):
        steps = sum_lines(w, count, base) // rule.p0 if rule.what == WHAT_POINTS_PER else 1
        steps = tg_small(tg_product(steps, rule.p1 if rule.what == WHAT_POINTS_PER else rule.p0), &w.error)
        spread_points(w, count, steps, base)
        for k in range(count):
            w.weights[k] = tg_product(w.given[k], t.points_unit)
    else:
        if rule.what == WHAT_POINTS_PERCENT_BY:
            ppm = level_of(t, w, rule)
        each = tg_product(ppm, t.points_scale * t.times_scale)
        for k in range(count):
            if each <= INT64_MAX:
                w.weights[k] = tg_product(base[w.lines[k]], <int64_t>each)
            else:
                w.weights[k] = tg_times(each, base[w.lines[k]], &w.error)
    if rule.cap == NONE:
        return count
    for k in range(count):
        total = tg_plus(total, w.weights[k], &w.error)
    if total > tg_times(rule.cap, t.points_unit, &w.error):
        w.wanted = whole_points(t, total)
        for k in range(count):
            w.caps[k] = rule.cap
        tg_spread(TG_LARGEST, count, rule.cap, w.weights, w.caps, w.given, w.rest, &w.error)
        for k in range(count):
            w.weights[k] = tg_product(w.given[k], t.points_unit)
    return count


cdef int64_t whole_points(const CTables *t, i128 exact) noexcept nogil:
    """Points for an explanation: whole units, rounded down; no more than 64 bits tell, for nothing else depends on it."""
    cdef i128 whole = tg_divide(exact, t.points_unit, TG_DOWN)
    return <int64_t>whole if whole < INT64_MAX else INT64_MAX


cdef void multiply_points(Work *w, const CRule *rule, int count) noexcept nogil:
    """What is to be added so that the points of earlier siblings become so many times as many."""
    cdef int k, line
    for line in range(w.n):
        w.line_sum[line] = 0
    for k in range(w.chain_start, w.part_count):
        line = w.parts[k].line
        w.line_sum[line] = tg_plus(w.line_sum[line], w.parts[k].amount, &w.error)
    for k in range(count):
        w.weights[k] = tg_times(w.line_sum[w.lines[k]], rule.p0 - 1000, &w.error)
        w.weights[k] = tg_divide(w.weights[k], 1000, TG_DOWN)  # Exact: see times_scale.


cdef void spread_points(Work *w, int count, int64_t points, const int64_t *base) noexcept nogil:
    """Whole units of points over w.lines by value, evenly when there is no value."""
    cdef int k
    cdef bint even = sum_lines(w, count, base) == 0
    for k in range(count):
        w.weights[k] = 1 if even else base[w.lines[k]]
        w.caps[k] = points
    tg_spread(TG_LARGEST, count, points, w.weights, w.caps, w.given, w.rest, &w.error)
