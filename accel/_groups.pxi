# The tree: rules make parts, groups decide which parts stay.

cdef int next_candidate(const Work *w, int start, int end) noexcept nogil:
    """The next node from `start` on that may give something; `end` when there is none."""
    cdef int word = start >> 6
    cdef uint64_t bits
    if start >= end:
        return end
    bits = w.candidates[word] & (~(<uint64_t>0) << (start & 63))
    while bits == 0:
        word += 1
        if word << 6 >= end:
            return end
        bits = w.candidates[word]
    start = (word << 6) + __builtin_ctzll(bits)
    return start if start < end else end


cdef bint room_for_parts(Work *w, int count) noexcept nogil:
    """Makes sure that so many parts can be appended."""
    cdef Part *grown
    cdef size_t wanted = 2 * <size_t>w.part_capacity
    if w.part_count + count <= w.part_capacity:
        return True
    while wanted < <size_t>(w.part_count + count):
        wanted *= 2
    grown = <Part *>realloc(w.parts, wanted * sizeof(Part))
    if grown == NULL:
        w.error = ERROR_MEMORY
        return False
    w.parts = grown
    w.part_capacity = wanted
    return True


cdef inline void note(Work *w, int rule, int reason, int64_t need, int64_t actual, int which) noexcept nogil:
    """Why a rule gives nothing; `which` condition, part of a kit or other rule it is about."""
    if not w.explain_all:
        return
    w.reasons[rule] = reason
    w.needs[rule] = need
    w.actuals[rule] = actual
    w.whiches[rule] = which
    w.alones[rule] = w.alone


cdef int64_t *kept_at(Work *w, int depth) noexcept nogil:
    """What a group keeps while its children run: used units and their values before them, and those of its winner with
    the rules that used them."""
    return w.kept_units + <size_t>depth * KEPT * w.capacity


cdef int64_t *accrual_base(Work *w, const CRule *rule) noexcept nogil:
    """What points are counted from: after discounts and points, after discounts only, or the list value."""
    return w.base_at[rule.base]


cdef void run_rule(const CTables *t, Work *w, int index, const int64_t *base, const int64_t *room,
                   const uint8_t *closed) noexcept nogil:
    """Appends a part for each line the rule gives something on, or notes why it gives nothing."""
    cdef const CRule *rule = &t.rules[index]
    cdef int count, first = w.part_count
    cdef int64_t *kept = kept_at(w, DEPTH - 1)
    if w.only != NONE and w.only != index and not rule.always:
        note(w, index, REASON_EXCLUSIVE, 0, 0, w.only)
        return
    if uses_up(rule.what):
        memcpy(kept, w.used_units, w.n * sizeof(int64_t))
        memcpy(kept + w.capacity, w.used_value, w.n * sizeof(int64_t))
    w.current = base
    w.at_work = index
    w.wanted = 0
    if rule.what == WHAT_GIFT:
        count = gift_lines(t, w, rule, closed)
    else:
        count = rule_lines(t, w, rule, closed, NO_EARN if w.accruing else NO_DISCOUNT)
    if count > 0:
        if w.accruing:
            count = give_points(t, w, rule, count, accrual_base(w, rule))
        else:
            count = give_discount(t, w, rule, count, base, room)
        if not room_for_parts(w, count):
            return
        append_parts(w, index, count, uses_up(rule.what))
    if w.part_count == first:
        if uses_up(rule.what):  # What gives nothing uses nothing up.
            memcpy(w.used_units, kept, w.n * sizeof(int64_t))
            memcpy(w.used_value, kept + w.capacity, w.n * sizeof(int64_t))
        if count > 0 and w.explain_all:
            find_reason(t, w, rule, count, room)
        if rule.what == WHAT_GIFT and w.gift_left[rule.place] > 0:
            w.reasons[index] = REASON_NONE
        else:
            note(w, index, w.reason, w.need, w.actual, w.which)
    else:
        w.reasons[index] = REASON_NONE
        remember(t, w, index, first)


cdef void remember(const CTables *t, Work *w, int rule, int first) noexcept nogil:
    """What a rule wanted and gave in its turn, so that what is cut later can be told."""
    cdef int k
    if not w.explain_applied:
        return
    w.limited[rule] = 0
    if w.accruing:
        w.gaves[rule] = points_of_parts(t, w, first, w.part_count)
        w.wants[rule] = w.wanted if w.wanted > w.gaves[rule] else w.gaves[rule]
        return
    w.wants[rule] = w.wanted
    w.gaves[rule] = 0
    for k in range(first, w.part_count):
        w.gaves[rule] += <int64_t>w.parts[k].amount


cdef int64_t points_of_parts(const CTables *t, const Work *w, int first, int end) noexcept nogil:
    """What parts earn together, in whole units. They may be dropped yet, so what does not fit is no error here."""
    cdef i128 total = 0
    cdef int k, lost = 0
    for k in range(first, end):
        total = tg_plus(total, w.parts[k].amount, &lost)
    return INT64_MAX if lost else whole_points(t, total)


cdef void append_parts(Work *w, int rule, int count, int units) noexcept nogil:
    """A part for each of w.lines that has something in w.weights, or for money in w.given."""
    cdef int k
    cdef Part *part = &w.parts[w.part_count]
    for k in range(count):
        part.amount = w.weights[k] if w.accruing else w.given[k]
        part.rule = rule
        part.line = w.lines[k]
        part.keep = 0
        part.units = units
        part += part.amount > 0
    w.part_count = part - w.parts


cdef void run_node(const CTables *t, Work *w, int node, const int64_t *base, const int64_t *room,
                   const uint8_t *closed) noexcept nogil:
    if t.nodes[node].rule != NONE:
        run_rule(t, w, t.nodes[node].rule, base, room, closed)
    elif t.nodes[node].mode in (MODE_SUM, MODE_SEQUENCE):
        run_chain(t, w, node, base, room, closed)
    else:
        run_choice(t, w, node, base, room, closed)


cdef void run_chain(const CTables *t, Work *w, int node, const int64_t *base, const int64_t *room,
                    const uint8_t *closed) noexcept nogil:
    """sum and sequence: each child gets the room that earlier ones left; in a sequence the base is lowered too."""
    cdef const CNode *group = &t.nodes[node]
    cdef bint lowers = group.mode == MODE_SEQUENCE and not w.accruing, bounded = group.most != NONE
    cdef int depth = w.depth, child, k, first, line, start = w.part_count, size = w.n * sizeof(int64_t)
    cdef int64_t *base_now = w.base_at[depth]
    cdef int64_t *room_now = w.room_at[depth]
    cdef uint8_t *closed_now = w.closed_at[depth]
    cdef int64_t *gave = w.units_at[depth]
    cdef int64_t *before = kept_at(w, depth)
    cdef int64_t children = 0
    cdef bint revalues = group.units and not lowers and not w.accruing
    if revalues:
        memset(before + 2 * w.capacity, 0, size)
    if w.accruing:
        base_now = <int64_t *>base
        room_now = <int64_t *>room
    else:
        memcpy(room_now, room, size)
        if lowers:
            memcpy(base_now, base, size)
        else:
            base_now = <int64_t *>base
    if bounded:
        memcpy(closed_now, closed, w.n)
        memset(gave, 0, size)
        w.closing += 1
    else:
        closed_now = <uint8_t *>closed
    w.depth += 1
    child = next_candidate(w, node + 1, group.end)
    while child < group.end and not w.error:
        first = w.part_count
        w.chain_start = start
        if bounded and not group.by_line and children >= group.most:
            if not w.explain_all:
                break
            displace(t, w, child, REASON_MOST, w.parts[w.part_count - 1].rule)
        elif revalues and t.nodes[child].rule == NONE and t.nodes[child].units:
            memcpy(before, w.used_units, size)
            memcpy(before + w.capacity, w.used_value, size)
            run_node(t, w, child, base_now, room_now, closed_now)
            revalue(w, base_now, before)
        else:
            run_node(t, w, child, base_now, room_now, closed_now)
        if not w.accruing:
            for k in range(first, w.part_count):
                line = w.parts[k].line
                room_now[line] -= <int64_t>w.parts[k].amount
                if lowers:
                    base_now[line] -= <int64_t>w.parts[k].amount
                    if w.parts[k].units:
                        w.used_value[line] -= <int64_t>w.parts[k].amount
        if bounded and w.part_count > first:
            children += 1
            if group.by_line:
                close_lines(w, first, group.most, closed_now, gave)
        child = next_candidate(w, t.nodes[child].end, group.end)
    if lowers:
        # Where the base is as it was before the group, so are the units; a sequence around it lowers both by the same.
        for k in range(start, w.part_count):
            if w.parts[k].units:
                w.used_value[w.parts[k].line] += <int64_t>w.parts[k].amount
    if revalues:
        for line in range(w.n):
            w.used_value[line] -= before[2 * w.capacity + line]
    w.depth = depth
    w.closing -= bounded


cdef void revalue(Work *w, const int64_t *base, int64_t *before) noexcept nogil:
    """Units that a group used up on a base of its own are worth their share of this base to its later siblings.

    `before`: used units and their values before the group, and what was added to the values since the chain began.
    """
    cdef int64_t *value_before = before + w.capacity
    cdef int64_t *added = before + 2 * w.capacity
    cdef int64_t units, left
    cdef int line
    for line in range(w.n):
        units = w.used_units[line] - before[line]
        if units > 0:
            left = base[line] - value_before[line]
            left = left if left > 0 else 0
            left = value_before[line] + <int64_t>(<i128>left * units // (w.quantity[line] // 1000 - before[line]))
            added[line] += left - w.used_value[line]
            w.used_value[line] = left


cdef void close_lines(Work *w, int first, int64_t most, uint8_t *closed, int64_t *gave) noexcept nogil:
    """Counts a child on each line it gave on, and closes the lines that have enough."""
    cdef int k, line
    for k in range(first, w.part_count):
        line = w.parts[k].line
        if gave[line] >= 0:
            gave[line] = -gave[line] - 1   # Negative: counted for this child.
    for k in range(first, w.part_count):
        line = w.parts[k].line
        if gave[line] < 0:
            gave[line] = -gave[line]
            if gave[line] >= most:
                closed[line] = 1


cdef void displace(const CTables *t, Work *w, int node, int reason, int by) noexcept nogil:
    """Notes a reason for every rule of a subtree, and the rule that it is about."""
    cdef int k
    for k in range(node, t.nodes[node].end):
        if t.nodes[k].rule != NONE:
            note(w, t.nodes[k].rule, reason, 0, 0, by)


cdef bint push_range(Work *w, int start, int end) noexcept nogil:
    cdef int *grown
    if w.range_count + 2 > w.range_capacity:
        grown = <int *>realloc(w.ranges, 2 * <size_t>w.range_capacity * sizeof(int))
        if grown == NULL:
            w.error = ERROR_MEMORY
            return False
        w.ranges = grown
        w.range_capacity *= 2
    w.ranges[w.range_count] = start
    w.ranges[w.range_count + 1] = end
    w.range_count += 2
    return True


cdef void run_choice(const CTables *t, Work *w, int node, const int64_t *base, const int64_t *room,
                     const uint8_t *closed) noexcept nogil:
    """max, min and first: every child on the same base; the winners' parts stay, losers consume nothing."""
    cdef const CNode *group = &t.nodes[node]
    cdef int first_part = w.part_count, first_range = w.range_count, child, start, depth = w.depth
    cdef int64_t most = 1 if group.most == NONE else group.most, winners = 0, k
    cdef int64_t *kept = kept_at(w, depth)
    cdef int64_t *best_used = kept + 2 * w.capacity
    w.depth += 1
    if group.units:
        memcpy(kept, w.used_units, w.n * sizeof(int64_t))
        memcpy(kept + w.capacity, w.used_value, w.n * sizeof(int64_t))
        keep_best(w, best_used)
    child = next_candidate(w, node + 1, group.end)
    while child < group.end and not w.error:
        start = w.part_count
        run_node(t, w, child, base, room, closed)
        if w.part_count > start:
            if not push_range(w, start, w.part_count):
                break
            if group.units and better(w, group, first_range):
                keep_best(w, best_used)
            if group.mode == MODE_FIRST and not group.by_line and w.range_count - first_range >= 2 * most:
                if not w.explain_all:
                    break
        if group.units:
            memcpy(w.used_units, kept, w.n * sizeof(int64_t))
            memcpy(w.used_value, kept + w.capacity, w.n * sizeof(int64_t))
        child = next_candidate(w, t.nodes[child].end, group.end)
    w.depth = depth
    if group.units:
        memcpy(w.used_units, best_used, w.n * sizeof(int64_t))
        memcpy(w.used_value, best_used + w.capacity, w.n * sizeof(int64_t))
        memcpy(w.used_by, best_used + 2 * w.capacity, w.n * sizeof(int64_t))
    if most == 1 and group.by_line:
        find_winners(w, group.mode, first_range)
        keep_winners(w, first_part, first_range)
        winners = most
    while winners < most and winners < (w.range_count - first_range) // 2 and choose(w, group, first_range):
        winners += 1
    if not (most == 1 and group.by_line):
        keep_chosen(w, first_part, first_range, room, winners > 1)
    w.range_count = first_range
    if t.gift_count:
        keep_gifts(t, w, node, first_part, most)


cdef void keep_best(const Work *w, int64_t *best) noexcept nogil:
    """The units used up now are those of the best child so far."""
    memcpy(best, w.used_units, w.n * sizeof(int64_t))
    memcpy(best + w.capacity, w.used_value, w.n * sizeof(int64_t))
    memcpy(best + 2 * w.capacity, w.used_by, w.n * sizeof(int64_t))


cdef void keep_gifts(const CTables *t, Work *w, int node, int first_part, int64_t most) noexcept nogil:
    """Gifts to be handed over stay with a child that won; if no child gave money, with the first `most` that have some."""
    cdef bint paid = w.part_count > first_part, stays = False
    cdef int k, child, last = NONE, by = w.parts[first_part].rule if paid else NONE
    for k in range(t.gift_count):
        if w.gift_left[k] == 0 or not node < t.gift_nodes[k] < t.nodes[node].end:
            continue
        child = t.gift_nodes[k]
        while t.nodes[child].parent != node:
            child = t.nodes[child].parent
        if paid:
            stays = gave_in(t, w, child, first_part)
        elif child != last:
            stays = most > 0
            most -= 1
        last = child
        if not stays:
            w.gift_left[k] = 0
            note(w, t.gift_rules[k], REASON_DISPLACED, 0, 0, by)
        elif by == NONE:
            by = t.gift_rules[k]


cdef bint gave_in(const CTables *t, const Work *w, int node, int first_part) noexcept nogil:
    """Whether a rule of the subtree has a part from `first_part` on."""
    cdef int k, j
    for k in range(node, t.nodes[node].end):
        if t.nodes[k].rule == NONE:
            continue
        for j in range(first_part, w.part_count):
            if w.parts[j].rule == t.nodes[k].rule:
                return True
    return False


cdef i128 range_total(const Work *w, int position) noexcept nogil:
    cdef i128 total = 0
    cdef int k
    for k in range(w.ranges[position], w.ranges[position + 1]):
        total = total + w.parts[k].amount
    return total


cdef bint beats(int mode, i128 amount, i128 best) noexcept nogil:
    """Whether an amount takes the place of the best so far; 0 is nobody. Ties stay with the earlier."""
    if amount == 0:
        return False
    if best == 0:
        return True
    if mode == MODE_MAX:
        return amount > best
    return mode == MODE_MIN and amount < best


cdef bint better(const Work *w, const CNode *group, int first_range) noexcept nogil:
    """Whether the last range beats all before it (for a group that is decided for the basket)."""
    cdef int position
    cdef i128 last = range_total(w, w.range_count - 2)
    for position in range(first_range, w.range_count - 2, 2):
        if not beats(group.mode, last, range_total(w, position)):
            return False
    return True


cdef bint choose(Work *w, const CNode *group, int first_range) noexcept nogil:
    """Marks the parts of the best child not chosen yet, for each line or for the basket. False when nobody is left."""
    cdef int position, k, line
    cdef i128 best = 0, total
    cdef int winner = NONE
    cdef bint found = False
    if not group.by_line:
        for position in range(first_range, w.range_count, 2):
            if w.parts[w.ranges[position]].keep:
                continue
            total = range_total(w, position)
            if beats(group.mode, total, best):
                best = total
                winner = position
        if winner != NONE:
            for k in range(w.ranges[winner], w.ranges[winner + 1]):
                w.parts[k].keep = 1
        return winner != NONE
    find_winners(w, group.mode, first_range)
    for position in range(first_range, w.range_count, 2):
        for k in range(w.ranges[position], w.ranges[position + 1]):
            if not w.parts[k].keep and w.line_winner[w.parts[k].line] == position:
                w.parts[k].keep = 1
                found = True
    return found


cdef void find_winners(Work *w, int mode, int first_range) noexcept nogil:
    """The best child of each line among those not chosen yet, into w.line_winner."""
    cdef int position, k, line, first, end
    for line in range(w.n):
        w.line_best[line] = 0
        w.line_sum[line] = 0
        w.line_winner[line] = NONE
    for position in range(first_range, w.range_count, 2):
        first, end = w.ranges[position], w.ranges[position + 1]
        if w.parts[first].rule == w.parts[end - 1].rule:  # One rule has one part for a line.
            for k in range(first, end):
                line = w.parts[k].line
                if not w.parts[k].keep and beats(mode, w.parts[k].amount, w.line_best[line]):
                    w.line_best[line] = w.parts[k].amount
                    w.line_winner[line] = position
            continue
        for k in range(first, end):
            if not w.parts[k].keep:
                w.line_sum[w.parts[k].line] = w.line_sum[w.parts[k].line] + w.parts[k].amount
        for k in range(first, end):
            line = w.parts[k].line
            if beats(mode, w.line_sum[line], w.line_best[line]):
                w.line_best[line] = w.line_sum[line]
                w.line_winner[line] = position
            w.line_sum[line] = 0


cdef void keep_winners(Work *w, int first_part, int first_range) noexcept nogil:
    """Drops all parts but those of each line's one winner."""
    cdef int position, k, kept = first_part
    if w.explain_all:
        for position in range(first_range, w.range_count, 2):
            for k in range(w.ranges[position], w.ranges[position + 1]):
                w.parts[k].keep = w.line_winner[w.parts[k].line] == position
        name_winners(w, first_part)
    for position in range(first_range, w.range_count, 2):
        for k in range(w.ranges[position], w.ranges[position + 1]):
            if w.line_winner[w.parts[k].line] == position:
                w.parts[k].keep = 0
                w.parts[kept] = w.parts[k]
                kept += 1
            else:
                displaced(w, &w.parts[k], w.own_lines)
    w.part_count = kept


cdef void displaced(Work *w, const Part *part, const int *winners) noexcept nogil:
    """A part was dropped for another rule: that of its line, or of any. Of several the first of the document is told."""
    cdef int line, by = winners[part.line]
    if not w.explain_all:
        return
    if by == NONE:
        for line in range(w.n):
            by = earlier(by, winners[line])
    if w.reasons[part.rule] == REASON_DISPLACED:
        by = earlier(by, w.whiches[part.rule])
    note(w, part.rule, REASON_DISPLACED, 0, 0, by)


cdef void name_winners(Work *w, int first_part) noexcept nogil:
    """The rule whose part stays on each line, into w.own_lines; NONE where none does."""
    cdef int k
    for k in range(w.n):
        w.own_lines[k] = NONE
    for k in range(w.part_count - 1, first_part - 1, -1):
        if w.parts[k].keep:
            w.own_lines[w.parts[k].line] = w.parts[k].rule


cdef void keep_chosen(Work *w, int first_part, int first_range, const int64_t *room, bint clip) noexcept nogil:
    """Drops what was not chosen. Several winners on one base may ask for more than a line has: the later get less."""
    cdef int k, kept = first_part, line
    cdef Part *part
    if w.explain_all:
        name_winners(w, first_part)
    if clip and not w.accruing:
        for line in range(w.n):
            w.line_count[line] = room[line]
    for k in range(first_part, w.part_count):
        part = &w.parts[k]
        if not part.keep:
            displaced(w, part, w.own_lines)
            continue
        if clip and not w.accruing:
            if part.amount > w.line_count[part.line]:
                part.amount = w.line_count[part.line]
            w.line_count[part.line] -= <int64_t>part.amount
            if part.amount == 0:
                displaced(w, part, w.own_lines)
                continue
        part.keep = 0
        w.parts[kept] = part[0]
        kept += 1
    w.part_count = kept
