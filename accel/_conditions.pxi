# Which lines a selector takes, and whether conditions hold.

cdef int find_lines(const CTables *t, Work *w, int selector) noexcept nogil:
    """How many lines the selector takes; they stand in w.selected from selector * capacity on."""
    cdef const CSelector *s = &t.selectors[selector]
    cdef int *out = w.selected + <size_t>selector * w.capacity
    cdef int count = 0, line, k, without = 0, named
    if s.plain:
        return w.named[selector]
    if w.selected_count[selector] != NONE:
        return w.selected_count[selector]
    w.looked_at[w.looked_at_count] = selector
    w.looked_at_count += 1
    named = w.named[selector] if s.clauses else w.n
    if s.without != NONE:
        without = find_lines(t, w, s.without)
        memset(w.marks, 0, w.n)
        for k in range(without):
            w.marks[w.selected[<size_t>s.without * w.capacity + k]] = 1
    for k in range(named):
        line = out[k] if s.clauses else k
        if s.regular_only and w.flags[line] & SPECIAL_PRICE:
            continue
        if s.price_low != NONE and w.unit_price[line] < s.price_low:
            continue
        if s.price_high != NONE and w.unit_price[line] > s.price_high:
            continue
        if without and w.marks[line]:
            continue
        out[count] = line
        count += 1
    w.selected_count[selector] = count
    return count


cdef int64_t total_of(const CTables *t, Work *w, int selector, const int64_t *values) noexcept nogil:
    cdef int k, count = find_lines(t, w, selector)
    cdef const int *lines = w.selected + <size_t>selector * w.capacity
    cdef int64_t total = 0
    for k in range(count):
        total += values[lines[k]]
    return total


cdef int64_t measure(const CTables *t, Work *w, int op, int selector, int fact) noexcept nogil:
    """The figure that a condition or a level is about. INT64_MIN: not known."""
    if op == OP_SUBTOTAL_LIST:
        return total_of(t, w, selector, w.list_minor)
    if op == OP_SUBTOTAL_CURRENT:
        return total_of(t, w, selector, w.current)
    if op == OP_QUANTITY:
        return total_of(t, w, selector, w.quantity)
    if op == OP_TURNOVER:
        return w.facts[FACTS_FIXED + fact]
    if op == OP_USES:
        return w.facts[FACTS_FIXED + t.window_count + fact]
    return w.facts[fact]


cdef bint day_fits(const CTables *t, const CSchedule *s, int64_t day, int64_t date) noexcept nogil:
    """`day` is a proleptic ordinal (1 is a Monday), `date` is year * 10000 + month * 100 + day."""
    cdef int k
    if s.weekdays and not (s.weekdays >> ((day - 1) % 7 + 1)) & 1:
        return False
    if s.dates_start == s.dates_end:
        return True
    for k in range(s.dates_start, s.dates_end):
        if t.dates[k] == date or t.dates[k] == date % 10000:
            return True
    return False


cdef int64_t date_number(int64_t day) noexcept nogil:
    """The ordinal of a day as year * 10000 + month * 100 + day (after Howard Hinnant, days to civil)."""
    cdef int64_t z = day - 1 + 306, era, doe, yoe, doy, mp, month
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return (yoe + era * 400 + (1 if month <= 2 else 0)) * 10000 + month * 100 + doy - (153 * mp + 2) // 5 + 1


cdef bint in_schedule(const CTables *t, Work *w, const CSchedule *s) noexcept nogil:
    cdef int64_t day = w.facts[FACT_LOCAL_DAY], minute = w.facts[FACT_LOCAL_MINUTE]
    cdef bint today, yesterday
    cdef int k
    if day == INT64_MIN:
        return False
    today = day_fits(t, s, day, date_number(day))
    if s.hours_start == s.hours_end:
        return today
    yesterday = day_fits(t, s, day - 1, date_number(day - 1))
    for k in range(s.hours_start, s.hours_end):
        if t.hours[2 * k] < t.hours[2 * k + 1]:
            if today and t.hours[2 * k] <= minute < t.hours[2 * k + 1]:
                return True
        elif (today and minute >= t.hours[2 * k]) or (yesterday and minute < t.hours[2 * k + 1]):
            return True
    return False


cdef bint fails(Work *w, int reason, int64_t need, int64_t actual) noexcept nogil:
    w.reason = reason
    w.need = need
    w.actual = actual
    w.which = NONE
    return False


cdef bint held_out(const CTables *t, const Work *w, const CCondition *c) noexcept nogil:
    """Whether the customer stands in the control group. An unknown one never does."""
    cdef const char *salt = t.salts + c.tokens_start
    if w.customer == NULL:
        return False
    return <int64_t>(tg_salted_hash(salt, c.tokens_end - c.tokens_start, w.customer, w.customer_size) % 1000000) < c.low


cdef bint holds(const CTables *t, Work *w, int index, int line) noexcept nogil:
    """Whether one condition holds, for `line` where it is about lines.

    If not, w.reason, need and actual say why, and w.which the plain condition that failed.
    """
    cdef const CCondition *c = &t.conditions[index]
    if c.op == OP_ALL or c.op == OP_ANY:
        return combined_hold(t, w, index, line)
    if plainly_holds(t, w, index, line) or index == w.granted:
        return True
    w.which = index
    return False


cdef bint combined_hold(const CTables *t, Work *w, int index, int line) noexcept nogil:
    """`all` and `any`. The first that fails is told."""
    cdef const CCondition *c = &t.conditions[index]
    cdef int k = index + 1, reason = 0, which = NONE
    cdef int64_t need = 0, actual = 0
    if c.customer and not w.identified:
        return fails(w, REASON_NOT_IDENTIFIED, 0, 0)
    while k < c.end:
        if holds(t, w, k, line):
            if c.op == OP_ANY:
                return True
        elif c.op == OP_ALL:
            if c.reason != REASON_CONDITION:
                w.reason = c.reason
            return False
        elif reason == 0:
            reason, need, actual, which = w.reason, w.need, w.actual, w.which
        k = t.conditions[k].end
    if c.op == OP_ALL:
        return True
    fails(w, reason, need, actual)
    w.which = which
    return False


cdef bint plainly_holds(const CTables *t, Work *w, int index, int line) noexcept nogil:
    cdef const CCondition *c = &t.conditions[index]
    cdef int k
    cdef int64_t value
    if c.customer and not w.identified:
        return fails(w, REASON_NOT_IDENTIFIED, 0, 0)
    if c.op == OP_NOT:
        return fails(w, REASON_CONDITION, 0, 0) if holds(t, w, index + 1, line) else True
    if c.op == OP_TOKENS:
        for k in range(c.tokens_start, c.tokens_end):
            if w.tokens[t.condition_tokens[k]]:
                return True
        return fails(w, c.reason, 0, 0)
    if c.op == OP_CONTAINS:
        return True if find_lines(t, w, c.selector) else fails(w, c.reason, 0, 0)
    if c.op == OP_IDENTIFIED:
        return True if w.identified == c.low else fails(w, c.reason, 0, 0)
    if c.op == OP_SCHEDULE:
        return True if in_schedule(t, w, &t.schedules[c.low]) else fails(w, c.reason, 0, 0)
    if c.op == OP_HOLDOUT:
        return fails(w, c.reason, 0, 0) if held_out(t, w, c) else True
    value = w.quantity[line] if c.op == OP_LINE_QUANTITY else measure(t, w, c.op, c.selector, c.fact)
    if value == INT64_MIN:
        return fails(w, c.reason, 0, 0)
    if c.op == OP_EVERY:
        return True if value % c.low == 0 else fails(w, c.reason, 0, value)
    if value < c.low:
        return fails(w, c.reason, c.low, value)
    if c.op == OP_USES and value > c.high:
        return fails(w, c.reason, c.high + 1, value)
    if value > c.high:
        # The reasons for too much stand after those for too little.
        return fails(w, c.reason + 1 if c.op in (OP_SUBTOTAL_LIST, OP_SUBTOTAL_CURRENT, OP_QUANTITY, OP_LINE_QUANTITY)
                     and c.reason in (14, 16) else c.reason, c.high, value)
    return True


cdef bint all_hold(const CTables *t, Work *w, const CRule *rule, int line) noexcept nogil:
    cdef int k = rule.conditions_start
    w.alone = True
    while k < rule.conditions_end:
        if not holds(t, w, k, line):
            if w.explain_all:
                w.alone = others_hold(t, w, rule, line)
            return False
        k = t.conditions[k].end
    return True


cdef bint others_hold(const CTables *t, Work *w, const CRule *rule, int line) noexcept nogil:
    """Whether all conditions would hold if the plain one did that was told, so that nothing else lacks."""
    cdef int k = rule.conditions_start, reason = w.reason, which = w.which
    cdef int64_t need = w.need, actual = w.actual
    cdef bint hold = which != NONE
    w.granted = which
    while k < rule.conditions_end and hold:
        hold = holds(t, w, k, line)
        k = t.conditions[k].end
    w.granted = NONE
    fails(w, reason, need, actual)
    w.which = which
    return hold


cdef bint about_lines(const CTables *t, int index) noexcept nogil:
    """Whether a condition, or one that it combines, looks at single lines."""
    cdef int k
    for k in range(index, t.conditions[index].end):
        if t.conditions[k].op == OP_LINE_QUANTITY:
            return True
    return False


cdef void nearest_line(const CTables *t, Work *w, const CRule *rule, const int *lines, int count,
                       const uint8_t *closed, int barred) noexcept nogil:
    """Why a rule about single lines holds for none of them: of the line that passes most conditions, then lacks least."""
    cdef int k, i, furthest = NONE, line = 0, reason = REASON_NO_GOODS, which = NONE
    cdef int64_t lacks, least = 0, need = 0, actual = 0
    w.alone = False
    k = rule.conditions_start
    while count == 0 and k < rule.conditions_end and not about_lines(t, k):
        if not holds(t, w, k, 0):
            return
        k = t.conditions[k].end
    for i in range(count):
        k = rule.conditions_start
        while k < rule.conditions_end and holds(t, w, k, lines[i]):
            k = t.conditions[k].end
        lacks = 0
        if w.reason in (REASON_BELOW_QUANTITY, REASON_BELOW_QUANTITY + 1):
            lacks = w.need - w.actual if w.need > w.actual else w.actual - w.need
        if k > furthest or (k == furthest and lacks < least):
            furthest, least, line, reason, which = k, lacks, lines[i], w.reason, w.which
            need, actual = w.need, w.actual
    fails(w, reason, need, actual)
    w.which = which
    if count:
        w.alone = others_hold(t, w, rule, line) and some_open(w, &line, 1, closed, barred)


cdef bint some_open(const Work *w, const int *lines, int count, const uint8_t *closed, int barred) noexcept nogil:
    """Whether a rule may work on one of the lines."""
    cdef int k
    for k in range(count):
        if not w.flags[lines[k]] & barred and not closed[lines[k]]:
            return True
    return False


cdef int rule_lines(const CTables *t, Work *w, const CRule *rule, const uint8_t *closed, int barred) noexcept nogil:
    """The lines a rule may work on, into w.lines: selected, not closed, without a barring flag, conditions held.

    NONE when the conditions do not hold at all; w.reason tells then, and also when there are no lines.
    """
    cdef int count = 0, k, line, selected
    cdef const int *chosen
    cdef bint any_held = not rule.line_scoped
    if not rule.line_scoped and not all_hold(t, w, rule, 0):
        if w.explain_all and w.alone:
            selected = find_lines(t, w, rule.selector)
            w.alone = some_open(w, w.selected + <size_t>rule.selector * w.capacity, selected, closed, barred)
        return NONE
    selected = find_lines(t, w, rule.selector)
    chosen = w.selected + <size_t>rule.selector * w.capacity
    if not (rule.line_scoped or w.flags_seen & barred or w.closing):
        w.lines = chosen
        if selected == 0:
            no_goods(t, w, rule, chosen, 0, barred)
        return selected
    w.lines = w.own_lines
    for k in range(selected):
        line = chosen[k]
        if rule.line_scoped:
            if not all_hold(t, w, rule, line):
                continue
            any_held = True
        if w.flags[line] & barred or closed[line]:
            continue
        w.own_lines[count] = line
        count += 1
    if not any_held:
        if w.explain_all:
            nearest_line(t, w, rule, chosen, selected, closed, barred)
        return NONE
    w.alone = True                # Whatever lines lack that failed.
    if count == 0:
        no_goods(t, w, rule, chosen, selected, barred)
    return count


cdef void no_goods(const CTables *t, Work *w, const CRule *rule, const int *lines, int count, int barred) noexcept nogil:
    """No line may be worked on: none is selected, others gave on them already, or they are barred, maybe by law."""
    cdef int k, reason = REASON_NO_GOODS, which = NONE
    if not w.explain_all:
        return
    for k in range(count):
        if rule.line_scoped and not all_hold(t, w, rule, lines[k]):
            continue
        if not w.flags[lines[k]] & barred:
            which = earlier(which if reason == REASON_MOST else NONE, closer_of(w, lines[k]))
            reason = REASON_MOST
        elif reason != REASON_MOST:
            which = BARRED
            if w.flags[lines[k]] & barred << BY_LAW:
                reason = REASON_REGULATED
    fails(w, reason, 0, 0)
    w.which = which
