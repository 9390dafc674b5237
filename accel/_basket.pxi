# From a Basket to the workspace.

from cpython.datetime cimport PyDateTime_Check, datetime_hour, datetime_minute, import_datetime
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from datetime import UTC, datetime, timedelta

import_datetime()

cdef object EPOCH = datetime(1970, 1, 1, tzinfo=UTC), SECOND = timedelta(seconds=1)
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
    cdef dict tier_places
    cdef str tier_window
    cdef str confirm_by
    cdef bint tier_includes, has_attributes, holds_out
    cdef int window_count
    cdef bint by_name
    cdef dict goods
    cdef int goods_ints

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
        self.by_name = any(kind in tokens for kind in ("sku", "category", "brand", "tag"))
        self.goods = {}
        self.goods_ints = 0
        self.holds_out = bool(tables.salts)
        confirm = programme.redemption.confirm if programme.redemption else None
        self.confirm_by = confirm.by if confirm else ""
        self.regulated = {}
        for rule in programme.regulated:
            self.regulated.setdefault(rule.kind, []).append(rule)
        tiers = programme.tiers
        self.tier_ids = tuple(level.id for level in tiers.levels) if tiers else ()
        self.tier_from = tuple(level.from_minor for level in tiers.levels) if tiers else ()
        self.tier_places = {name: place for place, name in enumerate(self.tier_ids)}
        self.tier_window = tiers.window if tiers else ""
        self.tier_includes = tiers.includes_receipt if tiers else False

    cdef int read(self, const CTables *t, Work *w, object basket) except -1:
        cdef object item, key, value, time = field(basket, BASKET_TIME), customer = field(basket, BASKET_CUSTOMER)
        cdef int index = 0
        for item in names(basket, BASKET_LINES):
            self.read_line(t, w, item, index, time)
            w.flags_seen |= w.flags[index]
            index += 1
        mark(w, self.channel, field(basket, BASKET_CHANNEL))
        mark(w, self.store, field(basket, BASKET_STORE))
        for value in names(basket, BASKET_COUPONS):
            mark(w, self.coupon, value)
        for item in names(basket, BASKET_PAYMENTS):
            of_type(item, _Payment)
            mark(w, self.payment, field(item, PAYMENT_TYPE))
        for item in names(basket, BASKET_CERTIFICATES):
            of_type(item, _Certificate)
            if not 0 <= number(item, CERTIFICATE_AMOUNT) <= LINE_MAX:
                raise ValueError("a certificate is out of bounds")
            w.certificates += number(item, CERTIFICATE_AMOUNT)
        w.redeem_max = flag(basket, BASKET_REDEEM_MAX)
        if self.confirm_by:
            w.confirmed = self.confirm_by in <tuple>basket.confirmed_by
        value = field(basket, BASKET_REDEEM_POINTS)
        w.redeem_points = 0 if value is None else <int64_t>value
        for index in range(t.fact_count):
            w.facts[index] = INT64_MIN
        if time is not None and t.facts_asked & FACTS_OF_TIME:
            self.read_time(t, w, time)
        if self.totals:
            self.read_counts(w, self.totals, members(basket, BASKET_USES))
        if customer is not None:
            of_type(customer, _Customer)
            self.read_customer(t, w, customer, time)
        return 0

    cdef int read_counts(self, Work *w, dict known, dict counts) except -1:
        for key, value in known.items():
            w.facts[FACTS_FIXED + self.window_count + <int>value] = <int64_t>counts.get(key, 0)
        return 0

    cdef int read_line(self, const CTables *t, Work *w, object line, int index, object time) except -1:
        of_type(line, _Line)
        cdef int64_t quantity = number(line, LINE_QUANTITY), price = number(line, LINE_PRICE)
        cdef int64_t floor = number(line, LINE_FLOOR)
        # Divisions below trust these bounds; check_basket tells the caller which one was passed.
        if not (0 < quantity <= QUANTITY_MAX and 0 <= price <= LINE_MAX and 0 <= floor <= LINE_MAX):
            raise ValueError("a line is out of bounds")
        if price > LINE_MAX * 1000 // quantity or (quantity > MARKED_MAX and flag(line, LINE_MARKED)):
            raise ValueError("a line is out of bounds")
        w.quantity[index] = quantity
        w.unit_price[index] = price
        w.list_minor[index] = tg_muldiv(price, quantity, 1000, TG_HALF_UP, &w.error)
        if floor < t.min_unit_price:
            floor = t.min_unit_price
        w.floor[index] = tg_muldiv(floor, quantity, 1000, TG_UP, &w.error) if floor else 0
        w.flags[index] = ((0 if flag(line, LINE_DISCOUNTABLE) else NO_DISCOUNT)
                          | (0 if flag(line, LINE_REDEEMABLE) else NO_REDEEM)
                          | (0 if flag(line, LINE_EARNABLE) else NO_EARN)
                          | (0 if flag(line, LINE_REGULAR_PRICE) else SPECIAL_PRICE))
        if self.regulated:
            self.regulate(w, line, index, time)
        if self.by_name:
            self.select(t, w, line, index)
        return 0

    cdef int select(self, const CTables *t, Work *w, object line, int index) except -1:
        """Puts the line into the selections of all selectors that take it by name."""
        cdef str sku = text(line, LINE_SKU)
        cdef object known = self.goods.get(sku)
        cdef Goods goods
        if known is None or not (<Goods>known).same(line):
            known = learn_goods(t, self, line)
            self.goods_ints += (<Goods>known).count + 64
            if self.goods_ints > GOODS_INTS_MAX:
                self.goods_ints = 0
                self.goods = {}
            self.goods[sku] = known
        goods = <Goods>known
        select_goods(w, index, goods.selectors, goods.count)
        return 0

    cdef int regulate(self, Work *w, object line, int index, object time) except -1:
        """What the law says binds over what the till said."""
        cdef int64_t floor
        for rule in self.regulated.get(field(line, LINE_REGULATED), ()):
            if rule.start is not None and time is not None and time.date() < rule.start:
                continue
            w.flags[index] |= law_flags(rule)
            # The floor of one unit is whole by itself: no bottle of several goes under it.
            unit = -(-rule.floor_per_litre_minor * line.litres_milli // 1000)
            floor = -(-unit * line.quantity_milli // 1000)
            if floor > w.floor[index]:
                w.floor[index] = floor
        return 0

    cdef int read_time(self, const CTables *t, Work *w, object time) except -1:
        if not PyDateTime_Check(time):
            raise TypeError("a time is expected")
        w.facts[FACT_LOCAL_DAY] = time.toordinal()
        w.facts[FACT_LOCAL_MINUTE] = datetime_hour(time) * 60 + datetime_minute(time)
        if t.facts_asked >> FACT_EPOCH_SECOND & 1:
            w.facts[FACT_EPOCH_SECOND] = <int64_t>((time - EPOCH) // SECOND)
        return 0

    cdef int read_customer(self, const CTables *t, Work *w, object customer, object time) except -1:
        cdef object value, key
        cdef dict turnover = members(customer, CUSTOMER_TURNOVER)
        w.identified = 1
        if t.identified_token != NONE:
            mark_token(w, t.identified_token)
        if self.holds_out:
            w.customer = PyUnicode_AsUTF8AndSize(customer.id, &w.customer_size)
        w.balance = number(customer, CUSTOMER_POINTS)
        w.facts[FACT_POINTS] = w.balance
        w.facts[FACT_PURCHASE_NUMBER] = number(customer, CUSTOMER_PURCHASES) + 1
        for value in names(customer, CUSTOMER_SEGMENTS):
            mark(w, self.segment, value)
        mark(w, self.card_kind, field(customer, CUSTOMER_CARD_KIND))
        if self.attribute:
            for key, value in members(customer, CUSTOMER_ATTRIBUTES).items():
                mark(w, self.attribute, f"{key}={value}")
        if t.windows_asked:
            for key, value in self.windows.items():
                w.facts[FACTS_FIXED + <int>value] = <int64_t>turnover.get(key, 0)
        if self.uses:
            self.read_counts(w, self.uses, members(customer, CUSTOMER_USES))
        if time is not None and t.facts_asked & FACTS_OF_DAYS:
            self.read_days(w, customer, time)
        if self.tier_ids:
            self.read_tier(w, field(customer, CUSTOMER_TIER), turnover)
        return 0

    cdef int read_days(self, Work *w, object customer, object time) except -1:
        """How long ago things happened to the customer, in calendar days of the moment's offset."""
        cdef object last = field(customer, CUSTOMER_LAST), registered = field(customer, CUSTOMER_REGISTERED)
        cdef object birthday = field(customer, CUSTOMER_BIRTHDAY)
        if last is not None:
            w.facts[FACT_ABSENT_DAYS] = whole_days(last, time)
        if registered is not None:
            w.facts[FACT_REGISTERED_DAYS] = whole_days(registered, time)
        if birthday is not None:
            w.facts[FACT_AGE] = years_since(birthday, time.date())
            w.facts[FACT_BIRTHDAY] = to_birthday(birthday, time.date())
        return 0

    cdef int read_tier(self, Work *w, object named, dict turnover) except -1:
        """The tier named by the customer's record, else by turnover; this receipt counts only if the programme says."""
        cdef int64_t reached = 0
        cdef int found = self.tier_places.get(named, -1), by_turnover = -1, k
        if found == -1 or self.tier_includes:
            reached = turnover.get(self.tier_window, 0)
            if self.tier_includes:
                for k in range(w.n):
                    reached += w.list_minor[k]
            for k in range(len(self.tier_from)):
                if <int64_t>self.tier_from[k] <= reached:
                    by_turnover = k
            if by_turnover > found:
                found = by_turnover
        if found >= 0:
            w.facts[FACT_TIER] = found
            mark(w, self.tier, self.tier_ids[found])
        return 0


cdef int law_flags(object rule):
    """What is not allowed with goods of a kind."""
    cdef int bars = (0 if rule.discount else NO_DISCOUNT) | (0 if rule.redeem else NO_REDEEM)
    bars |= 0 if rule.earn else NO_EARN
    return bars | bars << BY_LAW


cdef inline void mark(Work *w, dict known, object name):
    if not known:
        return
    cdef object token = known.get(name)
    if token is not None:
        mark_token(w, <int>token)


cdef inline void mark_token(Work *w, int token) noexcept nogil:
    if not w.tokens[token]:
        w.tokens[token] = 1
        w.marked[w.marked_count] = token
        w.marked_count += 1
