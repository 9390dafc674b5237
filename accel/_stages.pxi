# The order of a calculation: list value, discounts, limits, redemption, tender, accrual, rewards.

cdef void find_exclusive(const CTables *t, Work *w, const int64_t *base, const int64_t *room) noexcept nogil:
    """The first exclusive rule, in the document's order, that holds on the untouched basket."""
    cdef int k, index
    w.only = NONE
    for k in range(t.exclusive_count):
        index = t.exclusives[k]
        if next_candidate(w, t.exclusive_gates[k], t.exclusive_gates[k] + 1) == t.exclusive_gates[k] \
                and exclusive_holds(t, w, index, base, room):
            w.only = index
            return


cdef bint exclusive_holds(const CTables *t, Work *w, int index, const int64_t *base, const int64_t *room) noexcept nogil:
    cdef const CRule *rule = &t.rules[index]
    cdef bint gives
    if rule.what == WHAT_REWARD or rule.what >= WHAT_POINTS_PERCENT:
        w.current = base
        return rule_lines(t, w, rule, w.closed_at[DEPTH - 1], 0 if rule.what == WHAT_REWARD else NO_EARN) > 0
    run_rule(t, w, index, base, room, w.closed_at[DEPTH - 1])
    gives = w.part_count > 0
    w.part_count = 0
    if rule.what == WHAT_GIFT:
        gives = gives or w.gift_left[rule.place] > 0
        w.gift_left[rule.place] = 0
    if t.uses_units:
        memset(w.used_units, 0, w.n * sizeof(int64_t))
        memset(w.used_value, 0, w.n * sizeof(int64_t))
    return gives


cdef void limit(Work *w, int rule, int64_t cut) noexcept nogil:
    """The limits take something from what a rule gave."""
    if w.explain_applied:
        w.limited[rule] += cut
    note(w, rule, REASON_LIMIT, w.gaves[rule], 0, NONE)


cdef void cut_lines(const CTables *t, Work *w) noexcept nogil:
    """No line gets more off than its share: what is too much is taken from the discounts given last."""
    cdef int line, k
    cdef int64_t cut
    for line in range(w.n):
        w.line_count[line] = -tg_part(w.list_minor[line], t.line_discount_share, TG_DOWN)
    for k in range(w.part_count):
        w.line_count[w.parts[k].line] += <int64_t>w.parts[k].amount
    for k in range(w.part_count - 1, -1, -1):
        line = w.parts[k].line
        if w.line_count[line] > 0:
            cut = min_of(w.line_count[line], <int64_t>w.parts[k].amount)
            w.parts[k].amount -= cut
            w.line_count[line] -= cut
            limit(w, w.parts[k].rule, cut)


cdef void cut_total(const CTables *t, Work *w, int64_t excess) noexcept nogil:
    """Takes the excess from the rules that gave last, from each in proportion to what it gave on its lines."""
    cdef int end = w.part_count, start, k
    cdef int64_t given, cut
    while excess > 0 and end > 0:
        start = end
        given = 0
        while start > 0 and w.parts[start - 1].rule == w.parts[end - 1].rule:
            start -= 1
            given += <int64_t>w.parts[start].amount
        cut = min_of(given, excess)
        for k in range(start, end):
            w.weights[k - start] = w.parts[k].amount
            w.caps[k - start] = <int64_t>w.parts[k].amount
        tg_spread(TG_LARGEST, end - start, cut, w.weights, w.caps, w.given, w.rest, &w.error)
        for k in range(start, end):
            w.parts[k].amount -= w.given[k - start]
        limit(w, w.parts[start].rule, cut)
        excess -= cut
        end = start


cdef void apply_limits(const CTables *t, Work *w) noexcept nogil:
    cdef int64_t total = 0, most = INT64_MAX
    cdef int k, kept = 0
    if t.line_discount_share == NONE and t.discount_share == NONE and t.discount_amount == NONE:
        return
    if t.line_discount_share != NONE:
        cut_lines(t, w)
    for k in range(w.part_count):
        total += <int64_t>w.parts[k].amount
    if t.discount_share != NONE:
        most = tg_part(w.list_total, t.discount_share, TG_DOWN)
    if t.discount_amount != NONE:
        most = min_of(most, t.discount_amount)
    if total > most:
        cut_total(t, w, total - most)
    for k in range(w.part_count):
        if w.parts[k].amount > 0:
            w.parts[kept] = w.parts[k]
            kept += 1
    w.part_count = kept


cdef int redeemable_lines(const CTables *t, Work *w, const int64_t *net) noexcept nogil:
    """Lines that points may pay, into w.lines, with their value as weight and their room as cap."""
    cdef int line, count = 0, k = 0, excluded = 0
    cdef const int *out = NULL
    cdef int64_t room
    if t.exclude != NONE:
        excluded = find_lines(t, w, t.exclude)
        out = w.selected + <size_t>t.exclude * w.capacity
    w.lines = w.own_lines
    for line in range(w.n):
        while k < excluded and out[k] < line:
            k += 1
        if w.flags[line] & NO_REDEEM or (k < excluded and out[k] == line):
            continue
        room = net[line] if t.as_tender else net[line] - w.floor[line]
        w.own_lines[count] = line
        w.weights[count] = net[line]
        w.caps[count] = room if room > 0 else 0
        count += 1
    return count


cdef int64_t points_of(const CTables *t, Work *w, int64_t minor, int rounding) noexcept nogil:
    return tg_muldiv(minor, t.points_scale, t.worth, rounding, &w.error)


cdef void redeem(const CTables *t, Work *w, const int64_t *net) noexcept nogil:
    """How many points may be spent, and the spending of those asked for."""
    cdef int count = redeemable_lines(t, w, net), k
    cdef int64_t eligible = 0, room = 0, share = 0, most, least, wanted, money
    for k in range(count):
        eligible += net[w.lines[k]]
        room += w.caps[k]
    if t.share_of_basket:
        for k in range(w.n):
            share += net[k]
    else:
        share = eligible
    most = points_of(t, w, min_of(tg_part(share, t.max_share, TG_DOWN), room), TG_DOWN)
    most = min_of(most, w.balance if w.balance > 0 else 0)
    if t.max_points != NONE:
        most = min_of(most, t.max_points)
    most -= most % t.step
    least = (t.min_points + t.step - 1) // t.step * t.step
    if most < least:
        most = 0
    w.redeemable_max = most
    w.redeemable_min = least if most > 0 else 0
    wanted = most if w.redeem_max else min_of(w.redeem_points, most)
    if t.confirm_above != NONE and not w.confirmed:
        wanted = min_of(wanted, t.confirm_above)
    wanted -= wanted % t.step
    if wanted < least or wanted <= 0:
        return
    money = tg_muldiv(wanted, t.worth, t.points_scale, TG_DOWN, &w.error)
    # Points that buy no minor unit stay with the guest.
    least = points_of(t, w, money, TG_UP)
    least = (least + t.step - 1) // t.step * t.step
    w.redeemed_points = min_of(wanted, least) if money > 0 else 0
    w.redeemed_total = money - tg_spread(t.spread, count, money, w.weights, w.caps, w.given, w.rest, &w.error)
    for k in range(count):
        w.redeemed[w.lines[k]] = w.given[k]


cdef int end_of_rule(const Work *w, int start) noexcept nogil:
    """Where the parts of the rule end whose first part stands at `start`."""
    cdef int end = start
    while end < w.part_count and w.parts[end].rule == w.parts[start].rule:
        end += 1
    return end


cdef void remember_kept(const CTables *t, Work *w) noexcept nogil:
    """What stayed with each rule that earned, before anything is rounded."""
    cdef int start = w.discount_parts, end
    while start < w.part_count and w.explain_applied:
        end = end_of_rule(w, start)
        w.kept_points[w.parts[start].rule] = points_of_parts(t, w, start, end)
        start = end


cdef void round_rules(const CTables *t, Work *w) noexcept nogil:
    """Rules that round by themselves become whole points, shared over their lines."""
    cdef int start = w.discount_parts, end, k, rounding
    cdef int64_t whole
    cdef i128 total
    if t.points_at != 1 and not t.rounds_rules:
        return
    while start < w.part_count:
        rounding = t.rules[w.parts[start].rule].rounding
        end = end_of_rule(w, start)
        total = 0
        for k in range(start, end):
            total = tg_plus(total, w.parts[k].amount, &w.error)
        if t.points_at == 1 and rounding == NONE:
            rounding = t.points_rounding
        if rounding != NONE:
            whole = tg_small(tg_divide(total, t.points_unit, rounding), &w.error)
            for k in range(start, end):
                w.weights[k - start] = w.parts[k].amount
                w.caps[k - start] = whole
            tg_spread(TG_LARGEST, end - start, whole, w.weights, w.caps, w.given, w.rest, &w.error)
            for k in range(start, end):
                w.parts[k].amount = tg_product(w.given[k - start], t.points_unit)
        start = end


cdef void share_points(Work *w, int count, const i128 *raw, int64_t *into) noexcept nogil:
    """w.earned over lines or rules by what each of them earned exactly."""
    cdef int k
    for k in range(count):
        w.caps[k] = w.earned
    tg_spread(TG_LARGEST, count, w.earned, raw, w.caps, into, w.rest, &w.error)


cdef void sum_points(const CTables *t, Work *w) noexcept nogil:
    """Exact sums by line into w.line_sum and by rule into w.rule_sum, the rules into w.rule_order."""
    cdef int k = w.discount_parts, rule
    cdef i128 total
    cdef Part *part
    memset(w.line_sum, 0, w.n * sizeof(i128))
    while k < w.part_count:
        rule, total = w.parts[k].rule, 0
        while k < w.part_count and w.parts[k].rule == rule:
            part = &w.parts[k]
            w.line_sum[part.line] = tg_plus(w.line_sum[part.line], part.amount, &w.error)
            total = tg_plus(total, part.amount, &w.error)
            k += 1
        w.rule_order[w.rule_order_count] = rule
        w.rule_sum[w.rule_order_count] = total
        w.rule_order_count += 1


cdef void earn(const CTables *t, Work *w) noexcept nogil:
    """Sums exactly, rounds once where the programme says, spreads over the lines and the rules that earned."""
    cdef int line
    cdef i128 total = 0
    if w.redeemed_points > 0 and not t.earn_while_redeeming:
        displace(t, w, t.accrual, REASON_REDEEMING, NONE)
        return
    w.accruing = 1
    run_node(t, w, t.accrual, w.base_at[0], NULL, w.closed_at[DEPTH - 1])
    w.accruing = 0
    remember_kept(t, w)
    round_rules(t, w)
    sum_points(t, w)
    for line in range(w.n):
        total = tg_plus(total, w.line_sum[line], &w.error)
    if t.points_at == 2:
        for line in range(w.n):
            w.points[line] = tg_small(tg_divide(w.line_sum[line], t.points_unit, t.points_rounding), &w.error)
            w.earned = tg_small(tg_plus(w.earned, w.points[line], &w.error), &w.error)
    else:
        w.earned = tg_small(tg_divide(total, t.points_unit, t.points_rounding), &w.error)
        share_points(w, w.n, w.line_sum, w.points)
    share_points(w, w.rule_order_count, w.rule_sum, w.rule_points)


cdef void reward(const CTables *t, Work *w) noexcept nogil:
    cdef int index, gate = next_candidate(w, t.node_count, t.gate_count)
    cdef const CRule *rule
    while gate < t.gate_count:
        index = gate - t.node_count + t.rewards_start
        rule = &t.rules[index]
        w.current = w.base_at[0]
        if w.only != NONE and w.only != index and not rule.always:
            note(w, index, REASON_EXCLUSIVE, 0, 0, w.only)
        elif rule_lines(t, w, rule, w.closed_at[DEPTH - 1], 0) > 0:
            w.rewarded[w.rewarded_count] = index
            w.rewarded_count += 1
            w.reasons[index] = REASON_NONE
        else:
            note(w, index, w.reason, w.need, w.actual, w.which)
        gate = next_candidate(w, gate + 1, t.gate_count)


cdef void calculate(const CTables *t, Work *w) noexcept nogil:
    """Everything after the basket has been read into the workspace."""
    cdef int line, k
    cdef int64_t *base = w.base_at[DEPTH - 1]
    cdef int64_t *room = w.room_at[DEPTH - 1]
    find_candidates(t, w)
    memset(w.closed_at[DEPTH - 1], 0, w.n)
    for line in range(w.n):
        w.list_total += w.list_minor[line]
        base[line] = w.list_minor[line]
    if t.redeems and t.before_discounts:
        redeem(t, w, base)
        if not t.as_tender:
            for line in range(w.n):
                base[line] -= w.redeemed[line]
    for line in range(w.n):
        room[line] = base[line] - w.floor[line]
        if room[line] < 0 or w.flags[line] & NO_DISCOUNT:
            room[line] = 0
    find_exclusive(t, w, base, room)
    if t.discounts != NONE:
        run_node(t, w, t.discounts, base, room, w.closed_at[DEPTH - 1])
    apply_limits(t, w)
    w.discount_parts = w.part_count
    for k in range(w.part_count):
        w.discount[w.parts[k].line] += <int64_t>w.parts[k].amount
        w.discount_total += <int64_t>w.parts[k].amount
    for line in range(w.n):
        w.base_at[1][line] = w.list_minor[line] - w.discount[line]
        w.base_at[2][line] = w.list_minor[line]
    if t.redeems and not t.before_discounts:
        redeem(t, w, w.base_at[1])
    for line in range(w.n):
        w.base_at[0][line] = w.base_at[1][line] - w.redeemed[line]
    w.total = w.list_total - w.discount_total
    if t.as_tender:
        w.tender = w.redeemed_total
    else:
        w.total -= w.redeemed_total
    w.tender += min_of(w.certificates, w.total - w.tender)
    if t.accrual != NONE:
        earn(t, w)
    reward(t, w)
