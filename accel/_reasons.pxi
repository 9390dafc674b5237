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


cdef bint short_of(const CTables *t, Work *w, const CRule *rule, int count, bint free) noexcept nogil:
    """Whether an effect on units has fewer than one set of them."""
    cdef int k, part
    cdef int64_t get = 1 if (rule.p3 >> 1) & 1 else rule.p1
    if rule.what == WHAT_KIT:
        for part in range(rule.levels_start, rule.levels_end):
            memset(w.marks, 0, count)
            mark_lines(t, w, count, <int>t.levels[2 * part], 1)
            if below(w, REASON_KIT_INCOMPLETE, t.levels[2 * part + 1], count_units(w, count, 1, free)):
                w.which = PARTS - (part - rule.levels_start)
                return True
        return False
    if rule.what == WHAT_BUY_GET:
        memset(w.marks, 0, count)
        mark_lines(t, w, count, rule.selector_a, 1)
        mark_lines(t, w, count, rule.selector_b, 2)
        return (below(w, REASON_BELOW_QUANTITY, rule.p0 + get, count_units(w, count, 3, free))
                or below(w, REASON_BELOW_QUANTITY, rule.p0, count_units(w, count, 1, free))
                or below(w, REASON_BELOW_QUANTITY, get, count_units(w, count, 2, free)))
    memset(w.marks, 1, count)
    return below(w, REASON_BELOW_QUANTITY, rule.p2 if rule.what == WHAT_EVERY else rule.p0, count_units(w, count, 1, free))


cdef void find_reason(const CTables *t, Work *w, const CRule *rule, int count, const int64_t *room) noexcept nogil:
    """The first that fits: too few units, units used up by earlier rules, a cap of 0, no room, nothing comes out."""
    if rule.what == WHAT_PICK and rule.p3:
        memset(w.marks, 1, count)
        if count_units(w, count, 1, True) == 0:
            fails(w, REASON_UNITS_USED if count_units(w, count, 1, False) else REASON_NO_GOODS, 0, 0)
            return
    if uses_up(rule.what) and short_of(t, w, rule, count, True):
        if not short_of(t, w, rule, count, False):
            fails(w, REASON_UNITS_USED, 0, 0)
        return
    if not w.accruing and rule.cap == 0:
        fails(w, REASON_CAP, w.wanted, 0)
    elif not w.accruing and sum_lines(w, count, room) == 0:
        fails(w, REASON_FLOOR, w.wanted, 0)
    else:
        fails(w, REASON_ZERO, 0, 0)
