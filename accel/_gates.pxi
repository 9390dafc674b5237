# Which rules are looked at: those whose gates are open. See _gates.py.

cdef int64_t LOWEST_SECOND = INT64_MIN + 1
cdef int64_t HIGHEST_SECOND = INT64_MAX

cdef void find_candidates(const CTables *t, Work *w) noexcept nogil:
    cdef int k, j
    cdef const uint64_t *in_force
    if w.explain_all:
        memset(w.candidates, 255, t.words * sizeof(uint64_t))
        return
    memcpy(w.candidates, t.free_gates, t.words * sizeof(uint64_t))
    for k in range(w.touched_count):
        for j in range(t.selector_gates_start[w.touched[k]], t.selector_gates_start[w.touched[k] + 1]):
            open_gate(w.candidates, t.selector_gates[j])
    for k in range(w.marked_count):
        for j in range(t.token_gates_start[w.marked[k]], t.token_gates_start[w.marked[k] + 1]):
            open_gate(w.candidates, t.token_gates[j])
    if t.active_count:
        in_force = gates_in_force(t, w)
        for k in range(t.words):
            w.candidates[k] &= in_force[k]
    mark_groups(t, w)


cdef void mark_groups(const CTables *t, Work *w) noexcept nogil:
    """The groups around every candidate are candidates too."""
    cdef int node = next_candidate(w, 0, t.node_count), parent
    while node < t.node_count:
        parent = t.nodes[node].parent
        while parent != NONE and not (w.candidates[parent >> 6] >> (parent & 63)) & 1:
            open_gate(w.candidates, parent)
            parent = t.nodes[parent].parent
        node = next_candidate(w, node + 1, t.node_count)


cdef const uint64_t *gates_in_force(const CTables *t, Work *w) noexcept nogil:
    """The gates of rules in force at the basket's time. What a whole day decides is kept until another day comes."""
    cdef int k
    cdef int64_t second = w.facts[FACT_EPOCH_SECOND]
    cdef const CActive *active
    if w.facts[FACT_LOCAL_DAY] != w.day_known:
        know_day(t, w, w.facts[FACT_LOCAL_DAY])
    if w.hourly_count == 0:
        return w.day_gates
    memcpy(w.hour_gates, w.day_gates, t.words * sizeof(uint64_t))
    for k in range(w.hourly_count):
        active = &t.actives[w.hourly[k]]
        if active.second_low > LOWEST_SECOND and second < active.second_low:
            continue
        if active.second_high < HIGHEST_SECOND and second > active.second_high:
            continue
        if active.schedule == NONE or in_schedule(t, w, &t.schedules[active.schedule]):
            open_active(t, w.hour_gates, active)
    return w.hour_gates


cdef void open_active(const CTables *t, uint64_t *gates, const CActive *active) noexcept nogil:
    cdef int k
    for k in range(active.gates_start, active.gates_end):
        open_gate(gates, t.active_gates[k])


cdef void know_day(const CTables *t, Work *w, int64_t day) noexcept nogil:
    """Finds what is in force all day, into w.day_gates, and what depends on the hour, into w.hourly."""
    cdef int k
    cdef const CActive *active
    cdef const CSchedule *schedule
    w.day_known = day
    w.hourly_count = 0
    memcpy(w.day_gates, t.lasting_gates, t.words * sizeof(uint64_t))
    if day == INT64_MIN:
        return
    for k in range(t.active_count):
        active = &t.actives[k]
        if day < active.day_low or day > active.day_high:
            continue
        schedule = NULL if active.schedule == NONE else &t.schedules[active.schedule]
        if schedule != NULL and not day_fits(t, schedule, day, date_number(day)) and (
                schedule.hours_start == schedule.hours_end
                or not day_fits(t, schedule, day - 1, date_number(day - 1))):
            continue
        if active.second_low > LOWEST_SECOND or active.second_high < HIGHEST_SECOND or (
                schedule != NULL and schedule.hours_start != schedule.hours_end):
            w.hourly[w.hourly_count] = k
            w.hourly_count += 1
        else:
            open_active(t, w.day_gates, active)
