# From the rows of _tables.py to C arrays.

from ._gates import bounds, days_around

cdef void *array_of(object rows, size_t size) except NULL:
    cdef void *found = calloc(len(rows) + 1, size)
    if found == NULL:
        raise MemoryError("no memory for a programme")
    return found


cdef int *ints_of(object values) except NULL:
    cdef int *found = <int *>array_of(values, sizeof(int))
    for k, value in enumerate(values):
        found[k] = value
    return found


cdef int load_tables(CTables *t, object tables) except -1:
    programme = tables.programme
    load_rows(t, tables)
    load_indexes(t, tables)
    t.token_count = tables.token_count
    t.fact_count = tables.fact_count
    t.window_count = len(tables.windows)
    t.discounts, t.accrual, t.rewards_start = tables.discounts, tables.accrual, tables.rewards_start
    t.spread = ("largest_remainder", "running_remainder", "first", "last").index(programme.spread)
    t.points_scale = 10 ** programme.points.digits
    t.currency_unit = 10 ** tables.currency_digits
    t.times_scale = tables.times_scale
    t.points_unit = 10 ** 6 * t.currency_unit * t.times_scale
    t.points_rounding = ("half_up", "half_even", "down", "up").index(programme.points.rounding)
    t.rounds_rules = any(row.what >= WHAT_POINTS_PERCENT and row.rounding != NONE for row in tables.rules)
    t.points_at = ("receipt", "rule", "line").index(programme.points.round_at)
    t.worth = programme.points.worth_minor
    limits = programme.limits
    t.min_unit_price = limits.min_unit_price_minor
    t.discount_share = NONE if limits.discount_share_ppm is None else limits.discount_share_ppm
    t.discount_amount = NONE if limits.discount_minor is None else limits.discount_minor
    t.line_discount_share = NONE if limits.line_discount_share_ppm is None else limits.line_discount_share_ppm
    t.exclude = tables.exclude
    t.confirm_above = NONE
    if programme.redemption is not None:
        load_redemption(t, programme.redemption)
    return 0


cdef int load_redemption(CTables *t, object redemption) except -1:
    t.redeems = 1
    t.max_share = redemption.max_share_ppm
    t.share_of_basket = redemption.share_of_basket
    t.min_points = redemption.min_points
    t.max_points = NONE if redemption.max_points is None else redemption.max_points
    t.step = redemption.step
    t.before_discounts = redemption.before_discounts
    t.as_tender = redemption.as_tender
    t.earn_while_redeeming = redemption.earn_while_redeeming
    t.confirm_above = NONE if redemption.confirm is None else redemption.confirm.above_points
    return 0


cdef int load_rows(CTables *t, object tables) except -1:
    cdef int k
    t.selector_count = len(tables.selectors)
    t.selectors = <CSelector *>array_of(tables.selectors, sizeof(CSelector))
    for k, s in enumerate(tables.selectors):
        t.selectors[k] = CSelector(
            s.clauses, s.price_low, s.price_high, s.regular_only, s.without,
            s.clauses and (s.price_low, s.price_high, s.regular_only, s.without) == (NONE, NONE, False, NONE))
    t.conditions = <CCondition *>array_of(tables.conditions, sizeof(CCondition))
    for k, c in enumerate(tables.conditions):
        t.conditions[k] = CCondition(c.op, c.reason, c.end, c.selector, c.tokens_start, c.tokens_end, c.fact, c.low,
                                     c.high, c.customer)
        if c.op == OP_SCHEDULE:
            t.facts_asked |= FACTS_OF_TIME
        elif c.op == OP_TURNOVER:
            t.windows_asked = 1
        elif c.op in (OP_FACT, OP_EVERY):
            t.facts_asked |= <uint64_t>1 << <int>c.fact
    t.salts = <char *>array_of(tables.salts, 1)
    salts = bytes(tables.salts)
    memcpy(t.salts, <char *>salts, len(salts))
    t.condition_tokens = ints_of(tables.condition_tokens)
    t.schedules = <CSchedule *>array_of(tables.schedules, sizeof(CSchedule))
    for k, s in enumerate(tables.schedules):
        t.schedules[k] = CSchedule(s.weekdays, s.hours_start, s.hours_end, s.dates_start, s.dates_end)
    t.hours = ints_of([minute for span in tables.hours for minute in span])
    t.dates = ints_of(tables.dates)
    t.levels = <int64_t *>array_of(tables.levels * 2, sizeof(int64_t))
    for k, level in enumerate(tables.levels):
        t.levels[2 * k], t.levels[2 * k + 1] = level
    t.rule_count = len(tables.rules)
    t.rules = <CRule *>array_of(tables.rules, sizeof(CRule))
    for k, r in enumerate(tables.rules):
        t.rules[k] = CRule(
            r.what, r.conditions_start, r.conditions_end, r.line_scoped, r.selector, r.exclusive, r.always, r.rounding,
            r.place, r.p0, r.p1, r.p2, r.p3, r.selector_a, r.selector_b, r.levels_start, r.levels_end, r.measure_fact,
            r.measure_selector, r.cap, r.base)
        t.uses_units |= uses_up(r.what)
        t.windows_asked |= r.measure_fact != NONE and r.p1 == OP_TURNOVER
    t.node_count = len(tables.nodes)
    t.nodes = <CNode *>array_of(tables.nodes, sizeof(CNode))
    for k, n in enumerate(tables.nodes):
        t.nodes[k] = CNode(
            n.rule, n.mode, n.by_line, n.most, n.end, n.parent,
            any(uses_up(tables.rules[below.rule].what) for below in tables.nodes[k:n.end] if below.rule != NONE))
    t.gift_rules, t.gift_nodes = ints_of([rule for rule, _ in tables.gifts]), ints_of([n for _, n in tables.gifts])
    t.gift_count = len(tables.gifts)
    exclusives = [k for k, r in enumerate(tables.rules) if r.exclusive]
    t.exclusive_count = len(exclusives)
    t.exclusives = ints_of(exclusives)
    gate_of = {n.rule: k for k, n in enumerate(tables.nodes)}
    rewards_at = len(tables.nodes) - tables.rewards_start
    t.exclusive_gates = ints_of([gate_of.get(k, k + rewards_at) for k in exclusives])
    return 0


cdef bint uses_up(int what) noexcept nogil:
    """Whether an effect uses up the units it works on."""
    return what == WHAT_EVERY or what == WHAT_BUY_GET or what == WHAT_BUNDLE or what == WHAT_KIT


cdef int load_indexes(CTables *t, object tables) except -1:
    cdef int token, total = 0
    postings = tables.selector_postings
    t.selector_postings_start = <int *>array_of(range(tables.token_count + 1), sizeof(int))
    t.selector_postings = <CPosting *>array_of([p for found in postings.values() for p in found], sizeof(CPosting))
    for token in range(tables.token_count):
        t.selector_postings_start[token] = total
        for selector, bit in postings.get(token, ()):
            t.selector_postings[total] = CPosting(selector, bit)
            total += 1
    t.selector_postings_start[tables.token_count] = total
    load_gates(t, tables)
    return 0


cdef int load_gates(CTables *t, object tables) except -1:
    cdef int k, gate, start = 0
    gates = tables.gates
    t.identified_token = tables.tokens.get("identified", {}).get("", NONE)
    t.gate_count = len(tables.nodes) + len(tables.rules) - tables.rewards_start
    t.words = t.gate_count // 64 + 1
    free_gates, keyed = gates.settle()
    selectors = [keyed.get(("selector", k), ()) for k in range(len(tables.selectors))]
    tokens = [keyed.get(("token", k), ()) for k in range(tables.token_count)]
    t.selector_gates_start = starts_of(selectors)
    t.selector_gates = ints_of([gate for found in selectors for gate in found])
    t.token_gates_start = starts_of(tokens)
    t.token_gates = ints_of([gate for found in tokens for gate in found])
    t.free_gates = <uint64_t *>array_of(range(t.words), sizeof(uint64_t))
    t.lasting_gates = <uint64_t *>array_of(range(t.words), sizeof(uint64_t))
    for gate in free_gates:
        open_gate(t.free_gates, gate)
    for gate in gates.always_active:
        open_gate(t.lasting_gates, gate)
    t.active_count = len(gates.by_active)
    t.actives = <CActive *>array_of(gates.by_active, sizeof(CActive))
    t.active_gates = ints_of([gate for found in gates.by_active.values() for gate in found])
    for k, (active, found) in enumerate(gates.by_active.items()):
        (low, high), (first, last) = days_around(active), bounds(active, moments=True)
        t.actives[k] = CActive(low, high, first, last, tables.schedule_of.get(active, NONE), start, start + len(found))
        start += len(found)
    return 0


cdef inline void open_gate(uint64_t *gates, int gate) noexcept nogil:
    gates[gate >> 6] |= <uint64_t>1 << (gate & 63)


cdef int *starts_of(object lists) except NULL:
    starts, total = [0], 0
    for found in lists:
        total += len(found)
        starts.append(total)
    return ints_of(starts)


cdef void release_tables(CTables *t) noexcept:
    free(t.selectors); free(t.conditions); free(t.condition_tokens); free(t.schedules); free(t.hours); free(t.dates)
    free(t.levels); free(t.rules); free(t.nodes); free(t.selector_postings); free(t.selector_postings_start)
    free(t.selector_gates); free(t.selector_gates_start); free(t.token_gates); free(t.token_gates_start)
    free(t.free_gates); free(t.lasting_gates); free(t.actives); free(t.active_gates); free(t.exclusives)
    free(t.exclusive_gates); free(t.salts); free(t.gift_rules); free(t.gift_nodes)
