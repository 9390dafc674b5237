# Why a rule that holds and has goods gives nothing. Asked for explanations only.

cdef int64_t count_units(Work *w, int count, int wanted, bint free) noexcept nogil:
    """Whole units of those of w.lines that are marked `wanted`: all, or those that no rule used up."""
    cdef int64_t units = 0
    cdef int k, line
    for k in range(count):
        line = w.lines[k]
        if w.marks[k] & wanted:
            units += free_units(w, line) if free else (w.quantity[line] // 1000 if w.quantity[line] % 1000 == 0 else 0)
    return units


cdef bint below(Work *w, int reason, int64_t need, int64_t units) noexcept nogil:
    """Whether there are fewer units than needed; the figures are told then."""
    return not fails(w, reason, need * 1000, units * 1000) if units < need else False


cdef int earlier(int rule, int other) noexcept nogil:
    """Of two rules the one that stands first in the document; NONE is no rule."""
    return other if rule == NONE or (other != NONE and other < rule) else rule


cdef int closer_of(const Work *w, int line) noexcept nogil:
    """The rule that gave last on a line; of a line that its group closed, the one that took the last place on it."""
    cdef int k
    for k in range(w.part_count - 1, -1, -1):
        if w.parts[k].line == line:
            return w.parts[k].rule
    return NONE


cdef int user_of(const Work *w, int count, int wanted) noexcept nogil:
    """The first rule of the document that used up units of those of w.lines that are marked `wanted`."""
    cdef int k, found = NONE
    for k in range(count):
        if w.marks[k] & wanted and w.used_units[w.lines[k]] > 0:
            found = earlier(found, <int>w.used_by[w.lines[k]])
    return found


cdef int short_of(const CTables *t, Work *w, const CRule *rule, int count, bint free) noexcept nogil:
    """Which marks the lines bear of whose units an effect has fewer than one set; 0 when it has one."""
    if rule.what == WHAT_KIT:
        return short_of_kit(t, w, rule, count, free)
    if rule.what == WHAT_BUY_GET:
        return short_of_deal(t, w, rule, count, free)
    memset(w.marks, 1, count)
    return below(w, REASON_BELOW_QUANTITY, rule.p2 if rule.what == WHAT_EVERY else rule.p0, count_units(w, count, 1, free))


cdef int short_of_kit(const CTables *t, Work *w, const CRule *rule, int count, bint free) noexcept nogil:
    """The first part that is not there is told; nothing else lacks if all others are. Its lines stay marked."""
    cdef int part, first = NONE
    for part in range(rule.levels_end - 1, rule.levels_start - 1, -1):
        mark_part(t, w, rule, part, count)
        if below(w, REASON_KIT_INCOMPLETE, t.levels[2 * part + 1], count_units(w, count, 1, free)):
            w.alone = w.alone and first == NONE
            w.which = PARTS - (part - rule.levels_start)
            first = part
    if first == NONE:
        return 0
    mark_part(t, w, rule, first, count)
    return 1


cdef void mark_part(const CTables *t, Work *w, const CRule *rule, int part, int count) noexcept nogil:
    memset(w.marks, 0, count)
    mark_lines(t, w, count, <int>t.levels[2 * part], 1)


cdef int short_of_deal(const CTables *t, Work *w, const CRule *rule, int count, bint free) noexcept nogil:
    """Of what either side takes, then of each side. Nothing else lacks if what is told is enough for both sides."""
    cdef int64_t get = 1 if (rule.p3 >> 1) & 1 else rule.p1, both, buyable, gettable, lacks
    memset(w.marks, 0, count)
    mark_lines(t, w, count, rule.selector_a, 1)
    mark_lines(t, w, count, rule.selector_b, 2)
    both, buyable, gettable = count_units(w, count, 3, free), count_units(w, count, 1, free), count_units(w, count, 2, free)
    lacks = (rule.p0 - buyable if buyable < rule.p0 else 0) + (get - gettable if gettable < get else 0)
    if below(w, REASON_BELOW_QUANTITY, rule.p0 + get, both):
        w.alone = w.alone and lacks <= rule.p0 + get - both
        return 3
    if below(w, REASON_BELOW_QUANTITY, rule.p0, buyable):
        w.alone = w.alone and lacks <= rule.p0 - buyable
        return 1
    return 2 if below(w, REASON_BELOW_QUANTITY, get, gettable) else 0


cdef bint below_levels(const CTables *t, Work *w, const CRule *rule) noexcept nogil:
    """Whether the measure of a percent stands below a level that gives something, and on none; the first is told."""
    cdef int64_t value = measure(t, w, <int>rule.p1, rule.measure_selector, rule.measure_fact)
    cdef int k, reason = REASON_BELOW_AMOUNT
    if level_of(t, w, rule):
        return False
    for k in range(rule.levels_start, rule.levels_end):
        if t.levels[2 * k + 1] == 0:
            continue
        if not w.identified and rule.p1 in (OP_FACT, OP_TURNOVER):
            return not fails(w, REASON_NOT_IDENTIFIED, 0, 0)
        if rule.p1 == OP_FACT:
            return not fails(w, REASON_TIER, 0, 0)
        if t.levels[2 * k] > value:
            if rule.p1 in (OP_TURNOVER, OP_QUANTITY):
                reason = REASON_TURNOVER if rule.p1 == OP_TURNOVER else REASON_BELOW_QUANTITY
            return not fails(w, reason, t.levels[2 * k], value)
    return False


cdef bint below_step(const CTables *t, Work *w, const CRule *rule, int count) noexcept nogil:
    """Whether points for every so much money lack money for the first step, of a line that of the dearest."""
    cdef const int64_t *base = accrual_base(w, rule)
    cdef int64_t most = 0
    cdef int k
    if rule.p1 == 0:
        return False
    for k in range(count):
        most = max(most, base[w.lines[k]])
    if not rule.p2:
        most = sum_lines(w, count, base)
    return not fails(w, REASON_BELOW_AMOUNT, rule.p0, most) if most < rule.p0 else False


cdef void find_reason(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *room) noexcept nogil:
    """The first that fits: too little for its first level or step, too few units, units used up by earlier rules, a cap
    of 0, no room, nothing comes out."""
    cdef int short, by
    if rule.what in (WHAT_PERCENT_BY, WHAT_POINTS_PERCENT_BY) and below_levels(t, w, rule):
        return
    if rule.what == WHAT_POINTS_PER and below_step(t, w, rule, count):
        return
    if rule.what == WHAT_PICK and rule.p3:
        memset(w.marks, 1, count)
        if count_units(w, count, 1, True) == 0:
            fails(w, REASON_UNITS_USED if count_units(w, count, 1, False) else REASON_NO_GOODS, 0, 0)
            w.which = user_of(w, count, 1)
            return
    if uses_up(rule.what):
        short = short_of(t, w, rule, count, True)
        if short:
            by = user_of(w, count, short)
            if not short_of(t, w, rule, count, False):
                fails(w, REASON_UNITS_USED, 0, 0)
                w.which = by
            elif by != NONE:
                w.alone = False   # Some of the units that are there are used up: more lack than are told.
            return
    if rule.cap == 0:
        fails(w, REASON_CAP, 0, 0)
    elif not w.accruing and sum_lines(w, count, room) == 0:
        fails(w, REASON_FLOOR, w.wanted, 0)
    else:
        fails(w, REASON_ZERO, 0, 0)
