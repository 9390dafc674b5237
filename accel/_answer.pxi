# From the workspace to an Answer.

from tillgate.core.answer import (
    Answer, Applied, Cut, LineAnswer, LineDiscount, Piece, Points, PointsLot, Reward, TierState,
)
from ._codes import CONTEXTUAL
from tillgate.core.effects import Gift, OfferCard, Prompt

cdef object _Cut = Cut, _Answer = Answer, _Applied = Applied
cdef object _Points = Points, _PointsLot = PointsLot, _Reward = Reward, _TierState = TierState


cdef extern from "_made.h":
    ctypedef struct tg_shape:
        pass
    int tg_shape_of(tg_shape *shape, object type, object names) except -1
    object tg_new(const tg_shape *shape)
    void tg_put(object whole, const tg_shape *shape, int field, object value) noexcept

cdef tg_shape LINE_ANSWER, LINE_DISCOUNT, PIECE

tg_shape_of(&LINE_ANSWER, LineAnswer,
            ("id", "list_minor", "discounts", "redeemed_minor", "net_minor", "points", "pieces"))
tg_shape_of(&LINE_DISCOUNT, LineDiscount, ("rule", "amount_minor"))
tg_shape_of(&PIECE, Piece, ("quantity_milli", "unit_price_minor", "total_minor"))


cdef object build_answer(Engine engine, Work *w, object basket, bint applied):
    return _Answer(
        currency=engine.currency, list_minor=w.list_total, discount_minor=w.discount_total,
        redeemed_points=w.redeemed_points, redeemed_minor=w.redeemed_total, tender_minor=w.tender,
        total_minor=w.total, lines=build_lines(engine, w, basket), points=build_points(engine, w, basket),
        tier=build_tier(engine, w, basket), applied=list_applied(engine, w) if applied else (), not_applied=(),
        rewards=list_rewards(engine, w, basket))


cdef tuple build_lines(Engine engine, Work *w, object basket):
    cdef list discounts = list_discounts(engine, w), found = []
    cdef int line = 0
    cdef int64_t net
    cdef object made
    for item in names(basket, BASKET_LINES):
        net = w.list_minor[line] - w.discount[line] - (0 if engine.tables.as_tender else w.redeemed[line])
        made = tg_new(&LINE_ANSWER)
        tg_put(made, &LINE_ANSWER, 0, field(item, LINE_ID))
        tg_put(made, &LINE_ANSWER, 1, w.list_minor[line])
        tg_put(made, &LINE_ANSWER, 2, () if discounts[line] is None else tuple(<list>discounts[line]))
        tg_put(made, &LINE_ANSWER, 3, w.redeemed[line])
        tg_put(made, &LINE_ANSWER, 4, net)
        tg_put(made, &LINE_ANSWER, 5, w.points[line])
        tg_put(made, &LINE_ANSWER, 6, pieces_of(w.quantity[line], net, w.unit_price[line], flag(item, LINE_MARKED)))
        found.append(made)
        line += 1
    return tuple(found)


cdef list list_discounts(Engine engine, Work *w):
    """Of each line a list, or None when nothing came off."""
    cdef list found = [None] * w.n
    cdef int k
    cdef object made
    for k in range(w.discount_parts):
        made = tg_new(&LINE_DISCOUNT)
        tg_put(made, &LINE_DISCOUNT, 0, engine.rule_ids[w.parts[k].rule])
        tg_put(made, &LINE_DISCOUNT, 1, <int64_t>w.parts[k].amount)
        if found[w.parts[k].line] is None:
            found[w.parts[k].line] = [made]
        else:
            (<list>found[w.parts[k].line]).append(made)
    return found


cdef object piece(int64_t quantity, int64_t price, int64_t total):
    cdef object made = tg_new(&PIECE)
    tg_put(made, &PIECE, 0, quantity)
    tg_put(made, &PIECE, 1, price)
    tg_put(made, &PIECE, 2, total)
    return made


cdef tuple pieces_of(int64_t quantity, int64_t net, int64_t own_price, bint marked):
    """Quantity times unit price is exactly the total of each piece; unit prices differ by one minor unit at most.

    A marked unit stands alone. Weighed goods keep their own price if that gives the sum; else the quantity is cut where
    the two prices meet it.
    """
    cdef int64_t units = quantity // 1000, price, dear, cut, at, first
    if quantity % 1000 == 0:
        price, dear = net // units, net % units
        if marked and units > 1:
            return tuple([piece(1000, price + (k >= units - dear), price + (k >= units - dear)) for k in range(units)])
        if dear == 0:
            return (piece(quantity, price, net),)
        return (piece((units - dear) * 1000, price, (units - dear) * price),
                piece(dear * 1000, price + 1, dear * (price + 1)))
    price = net * 1000 // quantity
    for at in (own_price, price, price + 1):
        if (at * quantity + 500) // 1000 == net:
            return (piece(quantity, at, net),)
    cut = net * 1000 - price * quantity
    for dear in range(max(1, cut - 2000), min(quantity - 1, cut + 2000) + 1):
        first = (price * (quantity - dear) + 500) // 1000
        if first + ((price + 1) * dear + 500) // 1000 == net:
            return (piece(quantity - dear, price, first), piece(dear, price + 1, net - first))
    return (piece(quantity, price, net),)


cdef object build_points(Engine engine, Work *w, object basket):
    cdef const CTables *t = &engine.tables
    cdef list by_rule = []
    cdef int k
    for k in range(w.rule_order_count):
        by_rule.append((engine.rule_ids[w.rule_order[k]], w.rule_points[k]))
    return _Points(
        digits=engine.points_digits, earned=w.earned, by_rule=tuple(by_rule), redeemable_min=w.redeemable_min,
        redeemable_max=w.redeemable_max, ladder=ladder_of(t, w) if w.redeemable_max else (),
        lots=lots_of(engine, w, basket.time) if engine.lots and w.earned else (),
        confirm=engine.confirm if confirmation_lacks(t, w) else None)


cdef bint confirmation_lacks(const CTables *t, const Work *w):
    return t.confirm_above != NONE and not w.confirmed and w.redeemable_max > t.confirm_above


cdef tuple lots_of(Engine engine, Work *w, object time):
    """The points by when they may be used, in the order of the rules that earned them first."""
    cdef dict found = {}
    cdef list lots = []
    cdef int k
    if time is None:
        return ()
    for k in range(w.rule_order_count):
        if w.rule_points[k]:
            days = engine.lots[w.rule_order[k]]
            found[days] = found.get(days, 0) + w.rule_points[k]
    today = time.date()
    for (after, usable), points in found.items():
        start = today + timedelta(after)
        end = None if usable is None else start + timedelta(usable)
        lots.append(_PointsLot(points=points, active_from=start if after else None, expires=end))
    return tuple(lots)


cdef tuple ladder_of(const CTables *t, Work *w):
    """A quarter, a half, three quarters and all, and what makes the total a whole amount of the currency."""
    cdef int64_t kopecks, points
    cdef set found = set()
    cdef int quarter
    for quarter in range(1, 5):
        points = <int64_t>(<i128>w.redeemable_max * quarter // 4)
        found.add(points - points % t.step)
    kopecks = (w.total + (0 if t.as_tender else w.redeemed_total)) % t.currency_unit
    if kopecks and t.worth:
        points = tg_muldiv(kopecks, t.points_scale, t.worth, TG_UP, &w.error)
        if points % t.step == 0 and tg_muldiv(points, t.worth, t.points_scale, TG_DOWN, &w.error) == kopecks:
            found.add(points)
    return tuple([p for p in sorted(found) if 0 < p and w.redeemable_min <= p <= w.redeemable_max])


cdef object build_tier(Engine engine, Work *w, object basket):
    """The tier of this receipt and what is missing to the next one after it."""
    cdef Reader reader = engine.reader
    cdef int64_t index = w.facts[FACT_TIER], reached
    if not reader.tier_window or basket.customer is None:
        return None
    if index == INT64_MIN:
        index = -1
    here = reader.tier_ids[index] if index >= 0 else ""
    if index + 1 >= len(reader.tier_ids):
        return _TierState(here, "", 0)
    reached = basket.customer.turnover_minor.get(reader.tier_window, 0) + w.total
    missing = reader.tier_from[index + 1] - reached
    return _TierState(here, reader.tier_ids[index + 1], missing if missing > 0 else 0)


cdef tuple list_cuts(Engine engine, Work *w, int rule, int64_t kept, bint points):
    """Why a rule gave less than it would have: what it wanted less the cuts is what it kept, of money or of points."""
    cdef int64_t wanted = w.wants[rule], gave = w.gaves[rule], cap = engine.tables.rules[rule].cap
    cdef int64_t over = wanted - cap if cap != NONE and wanted > cap else 0
    if wanted == kept:
        return ()
    return tuple([
        _Cut(reason, None, amount) if points else _Cut(reason, amount) for reason, amount in (
            ("CAP", over), ("FLOOR", wanted - over - gave), ("DISPLACED", gave - w.limited[rule] - kept),
            ("LIMIT", w.limited[rule]))
        if amount > 0])


cdef tuple list_applied(Engine engine, Work *w):
    """Rules that gave money, then rules that gave points, in the order in which they worked."""
    cdef list found = []
    cdef int k = 0, rule
    cdef int64_t total
    while k < w.discount_parts:
        rule, total = w.parts[k].rule, 0
        while k < w.discount_parts and w.parts[k].rule == rule:
            total += <int64_t>w.parts[k].amount
            k += 1
        found.append(_Applied(engine.rule_ids[rule], total, None, list_cuts(engine, w, rule, total, False)))
    for k in range(w.rule_order_count):
        rule = w.rule_order[k]
        cuts = list_cuts(engine, w, rule, w.kept_points[rule], True)
        found.append(_Applied(engine.rule_ids[rule], None, w.rule_points[k], cuts))
    return tuple(found)


cdef tuple list_rewards(Engine engine, Work *w, object basket):
    """What is given besides money and points, by rule in the order of the document, then each rule's message."""
    cdef list found = []
    cdef int k
    if not engine.telling:
        return tuple([reward_of(engine.rules[w.rewarded[k]], basket) for k in range(w.rewarded_count)])
    gave, left = givers(w), {engine.tables.gift_rules[k]: w.gift_left[k] for k in range(engine.tables.gift_count)}
    for index in sorted(gave.union(engine.telling)):
        rule = engine.rules[index]
        told = left.get(index, 0)
        if told:
            found.append(_Reward(rule=rule.id, gift_sku=rule.give.sku, gift_quantity_milli=told))
        elif index not in gave:
            continue
        elif index >= engine.tables.rewards_start:
            found.append(reward_of(rule, basket))
        if rule.message is not None:
            found.append(_Reward(rule=rule.id, prompt_to=rule.message.to, prompt_text=rule.message.text))
    return tuple(found)


cdef object reward_of(object rule, object basket):
    cdef object give = rule.give
    if isinstance(give, OfferCard):
        return _Reward(rule=rule.id, offer_card_kind=give.kind)
    if isinstance(give, Prompt):
        return _Reward(rule=rule.id, prompt_to=give.to, prompt_text=give.text)
    until = None
    if give.valid_days is not None and basket.time is not None:
        until = basket.time.date() + timedelta(give.valid_days)
    return _Reward(rule=rule.id, coupon_template=give.template, coupon_valid_days=give.valid_days,
                   coupon_valid_until=until)


cdef set givers(Work *w):
    """Rules that gave money, points or a reward."""
    cdef int k
    cdef set found = {w.parts[k].rule for k in range(w.discount_parts)}
    found |= {w.rule_order[k] for k in range(w.rule_order_count) if w.rule_points[k]}
    found |= {w.rewarded[k] for k in range(w.rewarded_count)}
    return found


cdef uint64_t CONTEXTUAL_REASONS = sum([1 << int(reason) for reason in CONTEXTUAL])


cdef tuple list_refused(Engine engine, Work *w):
    """For every rule that gave nothing, in the order of the document, what was said of it before; and what is to be said.

    The second are (place among the first, key for Engine.told or -1, (rule, reason, need, actual, which, alone)).
    """
    cdef int k
    cdef int64_t key
    cdef list said = [], asked = []
    cdef dict told = engine.told
    cdef object found
    cdef set gave = {w.parts[k].rule for k in range(w.part_count)}
    gave |= {w.rewarded[k] for k in range(w.rewarded_count)}
    gave |= {engine.tables.gift_rules[k] for k in range(engine.tables.gift_count) if w.gift_left[k]}
    for k in range(engine.tables.rule_count):
        if k in gave:
            continue
        key = NONE
        found = None
        if w.needs[k] == 0 and w.actuals[k] == 0 and not CONTEXTUAL_REASONS >> w.reasons[k] & 1:
            key = ((<int64_t>k * 64 + w.reasons[k]) << 32) + w.whiches[k] + (1 << 30)
            found = told.get(key)
        if found is None:
            row = k, w.reasons[k], w.needs[k], w.actuals[k], w.whiches[k], w.alones[k]
            asked.append((len(said), key, row))
        said.append(found)
    return said, asked
