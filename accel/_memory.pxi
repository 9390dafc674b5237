# Workspaces: one calculation each, kept in a pool between calculations.

cdef void *room_for(size_t count, size_t size) noexcept nogil:
    return calloc(count if count else 1, size)


cdef bint grow_work(const CTables *t, Work *w, int lines) noexcept nogil:
    """Fresh arrays for so many lines. False when memory is short; the workspace is to be freed then."""
    cdef int k, n = lines
    cdef size_t wide = n if n > t.rule_count + 1 else t.rule_count + 1, levels = KEPT * DEPTH
    release_work(w)
    w.capacity = n
    w.part_capacity = 256
    w.range_capacity = 64
    w.parts = <Part *>malloc(w.part_capacity * sizeof(Part))
    w.ranges = <int *>malloc(w.range_capacity * sizeof(int))
    w.list_minor = <int64_t *>room_for(n, 8)
    w.quantity = <int64_t *>room_for(n, 8)
    w.unit_price = <int64_t *>room_for(n, 8)
    w.floor = <int64_t *>room_for(n, 8)
    w.flags = <uint8_t *>room_for(n, 1)
    w.tokens = <uint8_t *>room_for(t.token_count, 1)
    w.facts = <int64_t *>room_for(t.fact_count, 8)
    w.named = <int *>room_for(t.selector_count, sizeof(int))
    w.selected = <int *>malloc(<size_t>t.selector_count * n * sizeof(int) + 1)
    w.selected_count = <int *>room_for(t.selector_count, sizeof(int))
    w.touched = <int *>room_for(t.selector_count, sizeof(int))
    w.looked_at = <int *>room_for(t.selector_count, sizeof(int))
    w.marked = <int *>room_for(t.token_count, sizeof(int))
    for k in range(DEPTH):
        w.base_at[k] = <int64_t *>room_for(n, 8)
        w.room_at[k] = <int64_t *>room_for(n, 8)
        w.units_at[k] = <int64_t *>room_for(n, 8)
        w.closed_at[k] = <uint8_t *>room_for(n, 1)
    w.used_units = <int64_t *>room_for(n, 8)
    w.used_value = <int64_t *>room_for(n, 8)
    w.used_by = <int64_t *>room_for(n, 8)
    w.own_lines = <int *>room_for(n, sizeof(int))
    w.weights = <i128 *>room_for(wide, 16)
    w.caps = <int64_t *>room_for(wide, 8)
    w.given = <int64_t *>room_for(wide, 8)
    w.rest = <i128 *>room_for(wide, 32)   # Two for each place: see tg_spread.
    w.line_sum = <i128 *>room_for(n, 16)
    w.line_best = <i128 *>room_for(n, 16)
    w.line_winner = <int *>room_for(n, sizeof(int))
    w.line_count = <int64_t *>room_for(n, 8)
    w.scratch_a = <int64_t *>room_for(n, 8)
    w.scratch_b = <int64_t *>room_for(n, 8)
    w.free = <int64_t *>room_for(n, 8)
    w.bought = <int64_t *>room_for(n, 8)
    w.got = <int64_t *>room_for(n, 8)
    w.kept_units = <int64_t *>room_for(levels * n, 8)
    w.marks = <uint8_t *>room_for(n, 1)
    w.candidates = <uint64_t *>room_for(t.words, 8)
    w.hour_gates = <uint64_t *>room_for(t.words, 8)
    w.day_gates = <uint64_t *>room_for(t.words, 8)
    w.hourly = <int *>room_for(t.active_count, sizeof(int))
    w.day_known = NONE            # Days are positive, and INT64_MIN without a time.
    w.reasons = <int *>room_for(t.rule_count, sizeof(int))
    w.needs = <int64_t *>room_for(t.rule_count, 8)
    w.actuals = <int64_t *>room_for(t.rule_count, 8)
    w.whiches = <int *>room_for(t.rule_count, sizeof(int))
    w.alones = <uint8_t *>room_for(t.rule_count, 1)
    w.wants = <int64_t *>room_for(t.rule_count, 8)
    w.gaves = <int64_t *>room_for(t.rule_count, 8)
    w.limited = <int64_t *>room_for(t.rule_count, 8)
    w.kept_points = <int64_t *>room_for(t.rule_count, 8)
    w.rule_order = <int *>room_for(t.rule_count, sizeof(int))
    w.rule_sum = <i128 *>room_for(t.rule_count, 16)
    w.rule_points = <int64_t *>room_for(t.rule_count, 8)
    w.discount = <int64_t *>room_for(n, 8)
    w.redeemed = <int64_t *>room_for(n, 8)
    w.points = <int64_t *>room_for(n, 8)
    w.rewarded = <int *>room_for(t.rule_count, sizeof(int))
    w.gift_left = <int64_t *>room_for(t.gift_count, 8)
    if not complete(w):
        return False
    memset(w.selected_count, 255, t.selector_count * sizeof(int))
    return True


cdef bint complete(const Work *w) noexcept nogil:
    """Whether every array could be had."""
    cdef int k
    for k in range(DEPTH):
        if w.base_at[k] == NULL or w.room_at[k] == NULL or w.units_at[k] == NULL or w.closed_at[k] == NULL:
            return False
    return not (
        w.parts == NULL or w.ranges == NULL or w.list_minor == NULL or w.quantity == NULL or w.unit_price == NULL
        or w.floor == NULL or w.flags == NULL or w.tokens == NULL or w.facts == NULL or w.named == NULL
        or w.selected == NULL or w.selected_count == NULL or w.touched == NULL
        or w.looked_at == NULL or w.marked == NULL
        or w.used_units == NULL or w.used_value == NULL or w.used_by == NULL or w.own_lines == NULL or w.weights == NULL or w.caps == NULL
        or w.given == NULL or w.rest == NULL or w.line_sum == NULL or w.line_best == NULL or w.line_winner == NULL
        or w.line_count == NULL or w.scratch_a == NULL or w.scratch_b == NULL or w.free == NULL or w.bought == NULL
        or w.got == NULL
        or w.kept_units == NULL or w.marks == NULL or w.candidates == NULL or w.hour_gates == NULL
        or w.day_gates == NULL or w.hourly == NULL or w.reasons == NULL or w.needs == NULL
        or w.actuals == NULL or w.whiches == NULL or w.alones == NULL or w.wants == NULL or w.gaves == NULL
        or w.limited == NULL or w.kept_points == NULL or w.rule_order == NULL or w.rule_sum == NULL or w.rule_points == NULL
        or w.discount == NULL or w.redeemed == NULL or w.points == NULL or w.rewarded == NULL or w.gift_left == NULL
    )


cdef void release_work(Work *w) noexcept nogil:
    cdef int k
    free(w.parts); free(w.ranges); free(w.list_minor); free(w.quantity); free(w.unit_price); free(w.floor)
    free(w.flags); free(w.tokens); free(w.facts); free(w.named); free(w.selected)
    free(w.selected_count); free(w.touched); free(w.looked_at); free(w.marked); free(w.used_units); free(w.used_value)
    free(w.used_by); free(w.own_lines); free(w.weights)
    free(w.caps); free(w.given); free(w.rest); free(w.line_sum); free(w.line_best); free(w.line_winner)
    free(w.line_count); free(w.scratch_a); free(w.scratch_b); free(w.free); free(w.bought); free(w.got)
    free(w.kept_units); free(w.marks); free(w.candidates)
    free(w.hour_gates); free(w.day_gates); free(w.hourly)
    free(w.reasons); free(w.needs); free(w.actuals); free(w.whiches); free(w.alones); free(w.wants); free(w.gaves)
    free(w.limited); free(w.kept_points); free(w.rule_order); free(w.rule_sum); free(w.rule_points)
    free(w.discount); free(w.redeemed); free(w.points); free(w.rewarded); free(w.gift_left)
    for k in range(DEPTH):
        free(w.base_at[k]); free(w.room_at[k]); free(w.units_at[k]); free(w.closed_at[k])
    memset(w, 0, sizeof(Work))


cdef void start_work(const CTables *t, Work *w, int lines) noexcept nogil:
    """Forget the last calculation: only what it touched, so that rules which cannot match cost nothing."""
    cdef int k
    for k in range(w.touched_count):
        w.named[w.touched[k]] = 0
    for k in range(w.looked_at_count):
        w.selected_count[w.looked_at[k]] = NONE
    for k in range(w.marked_count):
        w.tokens[w.marked[k]] = 0
    w.looked_at_count = 0
    w.marked_count = 0
    w.n = lines
    w.error = 0
    w.identified = 0
    w.balance = 0
    w.redeem_max = 0
    w.redeem_points = 0
    w.confirmed = 0
    w.customer = NULL
    w.customer_size = 0
    w.certificates = 0
    w.touched_count = 0
    w.depth = 0
    w.part_count = 0
    w.range_count = 0
    w.only = NONE
    w.accruing = 0
    w.flags_seen = 0
    w.closing = 0
    w.discount_parts = 0
    w.list_total = 0
    w.discount_total = 0
    w.redeemed_points = 0
    w.redeemed_total = 0
    w.redeemable_min = 0
    w.redeemable_max = 0
    w.tender = 0
    w.total = 0
    w.earned = 0
    w.rewarded_count = 0
    w.rule_order_count = 0
    w.reason = w.need = w.actual = 0
    w.which = w.granted = NONE
    if t.gift_count:
        memset(w.gift_left, 0, t.gift_count * sizeof(int64_t))
    memset(w.discount, 0, lines * sizeof(int64_t))
    memset(w.redeemed, 0, lines * sizeof(int64_t))
    memset(w.points, 0, lines * sizeof(int64_t))
    memset(w.used_units, 0, lines * sizeof(int64_t))
    memset(w.used_value, 0, lines * sizeof(int64_t))


@cython.final
cdef class Workspace:
    """Owns a Work."""

    cdef Work work

    def __dealloc__(self):
        release_work(&self.work)
