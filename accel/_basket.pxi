# From a Basket to the workspace.

cdef int64_t QUANTITY_MAX = 10 ** 9
cdef int64_t LINE_MAX = 10 ** 12
cdef int64_t MARKED_MAX = 1000 * 1000

cdef int64_t whole_days(object earlier, object moment):
    """Days between the calendar dates of two moments, in the offset of the second."""
    return moment.toordinal() - earlier.astimezone(moment.tzinfo).toordinal()


cdef int64_t years_since(object birthday, object day):
    """Full years. Who was born on 29 February turns on 28 February in short years."""
    cdef object reached = in_year(birthday, day.year)
    return day.year - birthday.year - (1 if day < reached else 0)


cdef object in_year(object birthday, int year):
    if birthday.month == 2 and birthday.day == 29 and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return birthday.replace(year=year, day=28)
    return birthday.replace(year=year)


cdef int64_t to_birthday(object birthday, object day):
    """Days to the nearest birthday: positive before it, negative after it."""
    cdef int64_t best = 1000, distance
    cdef int year
    for year in (day.year - 1, day.year, day.year + 1):
        if 1 <= year <= 9999:
            distance = in_year(birthday, year).toordinal() - day.toordinal()
            if (distance if distance > 0 else -distance) < (best if best > 0 else -best):
                best = distance
    return best


cdef class Reader:
    """Names of a programme as tokens, and how to read a basket with them."""

    cdef dict sku, category, brand, tag, segment, tier, coupon, payment, card_kind, channel, store, attribute
    cdef dict windows, uses, totals, regulated
    cdef tuple tier_ids, tier_from
    cdef str tier_window
    cdef bint tier_includes, has_attributes
    cdef int window_count

    def __init__(self, tables):
        tokens, programme = tables.tokens, tables.programme
        self.sku, self.category = tokens.get("sku", {}), tokens.get("category", {})
        self.brand, self.tag = tokens.get("brand", {}), tokens.get("tag", {})
        self.segment, self.tier = tokens.get("segment", {}), tokens.get("tier", {})
        self.coupon, self.payment = tokens.get("coupon", {}), tokens.get("payment", {})
        self.card_kind, self.channel = tokens.get("card_kind", {}), tokens.get("channel", {})
        self.store, self.attribute = tokens.get("store", {}), tokens.get("attribute", {})
        self.windows, self.uses, self.totals = tables.windows, tables.uses, tables.totals
        self.window_count = len(tables.windows)
        self.regulated = {}
        for rule in programme.regulated:
            self.regulated.setdefault(rule.kind, []).append(rule)
        tiers = programme.tiers
        self.tier_ids = tuple(level.id for level in tiers.levels) if tiers else ()
        self.tier_from = tuple(level.from_minor for level in tiers.levels) if tiers else ()
        self.tier_window = tiers.window if tiers else ""
        self.tier_includes = tiers.includes_receipt if tiers else False

    cdef int read(self, const CTables *t, Work *w, object basket) except -1:
        cdef object item, value, key
        cdef tuple lines = basket.lines
        cdef int index = 0
        for item in lines:
            self.read_line(t, w, item, index, basket)
            w.flags_seen |= w.flags[index]
            index += 1
        mark(w, self.channel, basket.channel)
        mark(w, self.store, basket.store)
        for value in <tuple>basket.coupons:
            mark(w, self.coupon, value)
        for item in <tuple>basket.payments:
            mark(w, self.payment, item.type)
        for item in <tuple>basket.certificates:
            if not 0 <= item.amount_minor <= LINE_MAX:
                raise ValueError("a certificate is out of bounds")
            w.certificates += <int64_t>item.amount_minor
        w.redeem_max = basket.redeem_max
        value = basket.redeem_points
        w.redeem_points = 0 if value is None else <int64_t>value
        for index in range(t.fact_count):
            w.facts[index] = INT64_MIN
        self.read_time(w, basket.time)
        for key, value in self.totals.items():
            w.facts[FACTS_FIXED + self.window_count + <int>value] = <int64_t>(<dict>basket.uses).get(key, 0)
        if basket.customer is not None:
            self.read_customer(w, basket.customer, basket.time)
        return 0

    cdef int read_line(self, const CTables *t, Work *w, object line, int index, object basket) except -1:
        cdef int64_t quantity = line.quantity_milli, price = line.unit_price_minor
        cdef int64_t floor = line.min_unit_price_minor
        cdef int flags = 0
        cdef object name
        # Divisions below trust these bounds; check_basket tells the caller which one was passed.
        if not (0 < quantity <= QUANTITY_MAX and 0 <= price <= LINE_MAX and 0 <= floor <= LINE_MAX):
            raise ValueError("a line is out of bounds")
        if price > LINE_MAX * 1000 // quantity or (line.marked and quantity > MARKED_MAX):
            raise ValueError("a line is out of bounds")
        w.quantity[index] = quantity
        w.unit_price[index] = price
        w.list_minor[index] = tg_muldiv(price, quantity, 1000, TG_HALF_UP, &w.error)
        if floor < t.min_unit_price:
            floor = t.min_unit_price
        w.floor[index] = tg_muldiv(floor, quantity, 1000, TG_UP, &w.error) if floor else 0
        if not line.discountable:
            flags |= NO_DISCOUNT
        if not line.redeemable:
            flags |= NO_REDEEM
        if not line.earnable:
            flags |= NO_EARN
        if not line.regular_price:
            flags |= SPECIAL_PRICE
        w.flags[index] = flags
        if self.regulated and line.regulated:
            self.regulate(w, line, index, basket.time)
        if self.sku:
            touch(t, w, self.sku, line.sku, index)
        if self.category:
            for name in <tuple>line.categories:
                touch_path(t, w, self.category, name, index)
        if self.brand:
            touch(t, w, self.brand, line.brand, index)
        if self.tag:
            for name in <tuple>line.tags:
                touch(t, w, self.tag, name, index)
        return 0

    cdef int regulate(self, Work *w, object line, int index, object time) except -1:
        """What the law says binds over what the till said."""
        cdef int64_t floor
        for rule in self.regulated.get(line.regulated, ()):
            if rule.start is not None and time is not None and time.date() < rule.start:
                continue
            w.flags[index] |= ((0 if rule.discount else NO_DISCOUNT) | (0 if rule.redeem else NO_REDEEM)
                               | (0 if rule.earn else NO_EARN))
            # Price of a litre times litres of a unit times units: both in thousandths.
            floor = -(-rule.floor_per_litre_minor * line.litres_milli * line.quantity_milli // 1_000_000)
            if floor > w.floor[index]:
                w.floor[index] = floor
        return 0

    cdef int read_time(self, Work *w, object time) except -1:
        if time is not None:
            w.facts[FACT_LOCAL_DAY] = time.toordinal()
            w.facts[FACT_LOCAL_MINUTE] = time.hour * 60 + time.minute
            w.facts[FACT_EPOCH_SECOND] = math_floor(time.timestamp())
        return 0

    cdef int read_customer(self, Work *w, object customer, object time) except -1:
        cdef object value, key
        cdef int index
        cdef dict turnover = customer.turnover_minor, uses = customer.uses
        w.identified = 1
        w.balance = customer.points
        w.facts[FACT_POINTS] = w.balance
        w.facts[FACT_PURCHASE_NUMBER] = <int64_t>customer.purchases + 1
        for value in <tuple>customer.segments:
            mark(w, self.segment, value)
        mark(w, self.card_kind, customer.card_kind)
        if self.attribute:
            for key, value in (<dict>customer.attributes).items():
                mark(w, self.attribute, f"{key}={value}")
        for key, value in self.windows.items():
            w.facts[FACTS_FIXED + <int>value] = <int64_t>turnover.get(key, 0)
        for key, value in self.uses.items():
            w.facts[FACTS_FIXED + self.window_count + <int>value] = <int64_t>uses.get(key, 0)
        if time is not None:
            if customer.last_purchase is not None:
                w.facts[FACT_ABSENT_DAYS] = whole_days(customer.last_purchase, time)
            if customer.registered is not None:
                w.facts[FACT_REGISTERED_DAYS] = whole_days(customer.registered, time)
            if customer.birthday is not None:
                w.facts[FACT_AGE] = years_since(customer.birthday, time.date())
                w.facts[FACT_BIRTHDAY] = to_birthday(customer.birthday, time.date())
        if self.tier_ids:
            index = self.tier_of(w, customer)
            if index >= 0:
                w.facts[FACT_TIER] = index
                mark(w, self.tier, self.tier_ids[index])
        return 0

    cdef int tier_of(self, Work *w, object customer) except -2:
        """The tier named by the customer's record, else by turnover; this receipt counts only if the programme says."""
        cdef int64_t reached = customer.turnover_minor.get(self.tier_window, 0)
        cdef int found = -1, by_turnover = -1, k, line
        if customer.tier in self.tier_ids:
            found = self.tier_ids.index(customer.tier)
        if self.tier_includes:
            for line in range(w.n):
                reached += w.list_minor[line]
        for k in range(len(self.tier_from)):
            if <int64_t>self.tier_from[k] <= reached:
                by_turnover = k
        if found == -1 or (self.tier_includes and by_turnover > found):
            found = by_turnover
        return found


cdef inline void mark(Work *w, dict known, object name):
    cdef object found = known.get(name)
    cdef int token
    if found is not None:
        token = found
        if not w.tokens[token]:
            w.tokens[token] = 1
            w.marked[w.marked_count] = token
            w.marked_count += 1


cdef inline void touch(const CTables *t, Work *w, dict known, object name, int line):
    cdef object token = known.get(name)
    if token is not None:
        touch_token(t, w, <int>token, line)


cdef void touch_path(const CTables *t, Work *w, dict known, str path, int line):
    """A category and everything above it."""
    cdef object token
    cdef Py_ssize_t slash
    path = path.rstrip("/")
    while True:
        token = known.get(path)
        if token is not None:
            touch_token(t, w, <int>token, line)
        slash = path.rfind("/")
        if slash < 0:
            return
        path = path[:slash]


cdef void touch_token(const CTables *t, Work *w, int token, int line) noexcept nogil:
    cdef int k, selector, slot
    for k in range(t.selector_postings_start[token], t.selector_postings_start[token + 1]):
        selector = t.selector_postings[k].target
        slot = w.slot[selector]
        if slot == NONE:
            slot = w.slot[selector] = w.slots
            w.touched[w.slots] = selector
            w.slots += 1
            memset(w.clause_bits + <size_t>slot * w.capacity, 0, w.n)
        w.clause_bits[<size_t>slot * w.capacity + line] |= t.selector_postings[k].bit
