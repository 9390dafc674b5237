# The tables of a programme and the workspace of one calculation, as C structs.

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

cdef extern from * nogil:
    int __builtin_ctzll(unsigned long long value)

cdef extern from "_arith.h" nogil:
    # Cython takes this for a long long; it is 128 bits wide in C, so it must never become a Python object.
    ctypedef long long i128 "tg_i128"
    int TG_HALF_UP
    int TG_DOWN
    int TG_UP
    int TG_LARGEST
    i128 tg_divide(i128 n, i128 d, int rounding)
    int64_t tg_muldiv(int64_t a, int64_t b, int64_t d, int rounding, int *overflow)
    int64_t tg_part(int64_t base, int64_t ppm, int rounding)
    i128 tg_product(int64_t a, int64_t b)
    i128 tg_times(i128 a, i128 b, int *overflow)
    i128 tg_plus(i128 a, i128 b, int *overflow)
    int64_t tg_small(i128 value, int *overflow)
    int64_t tg_spread(int mode, int n, int64_t amount, const i128 *weight, const int64_t *cap, int64_t *out,
                      i128 *rest, int *overflow)

cdef extern from "_sha256.h" nogil:
    uint64_t tg_salted_hash(const char *salt, size_t salt_size, const char *name, size_t name_size)

cdef enum:
    NONE = -1
    DEPTH = 20
    KEPT = 5                      # arrays of each depth in Work.kept_units
    ERROR_OVERFLOW = 1
    ERROR_MEMORY = 2
    NO_DISCOUNT = 1
    NO_REDEEM = 2
    NO_EARN = 4
    SPECIAL_PRICE = 8
    BY_LAW = 4                    # bars that the law put there stand so many bits further once more
    BARRED = -2                   # `which` of goods that are there, but closed to discounts or points
    PARTS = -10                   # `which` of a kit's first part; further ones follow below

cdef enum:  # Op
    OP_ALL, OP_ANY, OP_NOT, OP_TOKENS, OP_SUBTOTAL_LIST, OP_SUBTOTAL_CURRENT, OP_QUANTITY, OP_LINE_QUANTITY
    OP_CONTAINS, OP_IDENTIFIED, OP_FACT, OP_EVERY, OP_TURNOVER, OP_USES, OP_SCHEDULE
    OP_HOLDOUT

cdef enum:  # What
    WHAT_REWARD, WHAT_PERCENT, WHAT_PERCENT_BY, WHAT_AMOUNT_BASKET, WHAT_AMOUNT_LINE, WHAT_AMOUNT_UNIT
    WHAT_UNIT_PRICE, WHAT_TOTAL, WHAT_ROUND_DOWN_TO, WHAT_PICK, WHAT_EVERY, WHAT_FIRST_NEXT, WHAT_BUY_GET
    WHAT_BUNDLE, WHAT_KIT, WHAT_GIFT
    WHAT_POINTS_PERCENT, WHAT_POINTS_PERCENT_BY, WHAT_POINTS_PER, WHAT_POINTS
    WHAT_POINTS_TIMES

cdef enum:  # Reason, those that the kernel names by itself
    REASON_NONE = 0
    REASON_NOT_IDENTIFIED = 5
    REASON_TIER = 8
    REASON_NO_GOODS = 13
    REASON_BELOW_AMOUNT = 14
    REASON_BELOW_QUANTITY = 16
    REASON_KIT_INCOMPLETE = 18
    REASON_TURNOVER = 19
    REASON_CONDITION = 27
    REASON_EXCLUSIVE = 28
    REASON_DISPLACED = 29
    REASON_MOST = 30
    REASON_FLOOR = 31
    REASON_UNITS_USED = 32
    REASON_LIMIT = 33
    REASON_ZERO = 34
    REASON_REDEEMING = 35
    REASON_HOLDOUT = 36
    REASON_CAP = 37
    REASON_REGULATED = 38

cdef enum:  # Positions among the facts
    FACT_LOCAL_DAY, FACT_LOCAL_MINUTE, FACT_EPOCH_SECOND, FACT_POINTS, FACT_PURCHASE_NUMBER, FACT_ABSENT_DAYS
    FACT_REGISTERED_DAYS, FACT_AGE, FACT_BIRTHDAY, FACT_TIER, FACTS_FIXED

cdef enum:
    FACTS_OF_TIME = 1 << FACT_LOCAL_DAY | 1 << FACT_LOCAL_MINUTE | 1 << FACT_EPOCH_SECOND
    FACTS_OF_DAYS = 1 << FACT_ABSENT_DAYS | 1 << FACT_REGISTERED_DAYS | 1 << FACT_AGE | 1 << FACT_BIRTHDAY

cdef enum:  # Group modes
    MODE_SUM, MODE_SEQUENCE, MODE_MAX, MODE_MIN, MODE_FIRST

cdef struct CSelector:
    int clauses
    int64_t price_low
    int64_t price_high
    int regular_only
    int without
    int plain                     # names alone decide, and there are some

cdef struct CCondition:
    int op
    int reason
    int end
    int selector
    int tokens_start
    int tokens_end
    int fact
    int64_t low
    int64_t high
    int customer

cdef struct CSchedule:
    int weekdays
    int hours_start
    int hours_end
    int dates_start
    int dates_end

cdef struct CRule:
    int what
    int conditions_start
    int conditions_end
    int line_scoped
    int selector
    int exclusive
    int always
    int rounding
    int place
    int64_t p0
    int64_t p1
    int64_t p2
    int64_t p3
    int selector_a
    int selector_b
    int levels_start
    int levels_end
    int measure_fact
    int measure_selector
    int64_t cap
    int base

cdef struct CNode:
    int rule
    int mode
    int by_line
    int64_t most
    int end
    int parent
    int units                     # something at or below it uses units up

cdef struct CPosting:
    int target
    int bit

# When rules are in force: local days that can matter, moments, and a schedule or NONE. The gates of those rules.
cdef struct CActive:
    int64_t day_low
    int64_t day_high
    int64_t second_low
    int64_t second_high
    int schedule
    int gates_start
    int gates_end

# What one rule took off, or earns on, one line. Amounts of points are numerators over Tables.points_unit.
cdef struct Part:
    i128 amount
    int32_t rule
    int32_t line
    int32_t keep
    int32_t units

cdef struct CTables:
    CSelector *selectors
    int selector_count
    CCondition *conditions
    int *condition_tokens
    CSchedule *schedules
    int *hours
    int *dates
    int64_t *levels
    CRule *rules
    int rule_count
    int rewards_start
    CNode *nodes
    int node_count
    int discounts
    int accrual
    int token_count
    int fact_count
    int window_count
    uint64_t facts_asked          # a bit for each of the fixed facts that some condition or level is about
    int windows_asked
    CPosting *selector_postings   # by token
    int *selector_postings_start
    int identified_token          # what known customers are indexed by, or NONE
    int gate_count                # a gate for each node, then for each reward: see _gates.py
    int *selector_gates
    int *selector_gates_start
    int *token_gates
    int *token_gates_start
    CActive *actives
    int *active_gates
    int active_count
    uint64_t *free_gates          # of rules that need nothing
    uint64_t *lasting_gates       # of rules that are always in force
    int words
    char *salts                   # of control groups; conditions name their parts
    int *gift_rules
    int *gift_nodes
    int gift_count
    int *exclusives
    int *exclusive_gates
    int exclusive_count
    int uses_units
    int spread
    int64_t min_unit_price
    int64_t discount_share        # -1: none
    int64_t discount_amount
    int64_t line_discount_share
    int redeems
    int64_t max_share
    int share_of_basket
    int64_t min_points
    int64_t max_points
    int64_t step
    int before_discounts
    int as_tender
    int exclude
    int earn_while_redeeming
    int64_t confirm_above         # -1: none
    int64_t worth
    int64_t points_scale          # 10^digits
    int64_t currency_unit         # minor units of a whole one
    int64_t times_scale           # denominators of all that multiply points, so that products stay whole
    int64_t points_unit           # denominator of amounts of points: 10^6 * currency_unit * times_scale
    int points_rounding
    int points_at                 # 0 receipt, 1 rule, 2 line
    int rounds_rules              # some rule rounds its points by itself

cdef struct Work:
    int n
    int capacity
    int error
    int explain_all
    int explain_applied
    # The basket
    int64_t *list_minor
    int64_t *quantity
    int64_t *unit_price
    int64_t *floor
    uint8_t *flags
    uint8_t *tokens
    int64_t *facts
    int identified
    const char *customer          # its id, for control groups; borrowed from the basket
    Py_ssize_t customer_size
    int64_t balance
    int redeem_max
    int64_t redeem_points
    int confirmed
    int64_t certificates
    # Selections: which lines each selector takes, found when first asked for
    int *named                    # how many lines each selector takes by their names
    int *selected                 # selector * capacity + position
    int *selected_count           # of selectors that look at more than names. NONE: not found yet
    int *touched                  # selectors that take a line by name
    int touched_count
    int *looked_at                # selectors whose lines were found, for the next calculation to forget
    int looked_at_count
    int *marked                   # tokens of the basket and the customer
    int marked_count
    # The state of the discounts
    int depth
    int64_t *base_at[DEPTH]
    int64_t *room_at[DEPTH]
    uint8_t *closed_at[DEPTH]
    int64_t *units_at[DEPTH]
    int64_t *used_units
    int64_t *used_value
    int64_t *used_by              # of lines with used units: the rule that used some first
    const int *lines              # lines of the rule at work: a selection, or own_lines
    int *own_lines
    int flags_seen                # flags that any line has
    int closing                   # how many groups around may close lines
    i128 *weights
    int64_t *caps
    int64_t *given
    i128 *rest
    i128 *line_sum
    i128 *line_best
    int *line_winner
    int64_t *line_count
    int64_t *scratch_a
    int64_t *scratch_b
    int64_t *free
    int64_t *bought
    int64_t *got
    int64_t *kept_units           # by depth: see kept_at
    uint8_t *marks
    Part *parts
    int part_count
    int part_capacity
    int *ranges
    int range_count
    int range_capacity
    uint64_t *candidates          # open gates, and the groups around them
    uint64_t *day_gates           # of what is in force all the day known, lasting ones among them
    uint64_t *hour_gates
    int64_t day_known
    int *hourly                   # what else may be in force on that day
    int hourly_count
    const int64_t *current
    int only                      # the exclusive rule that holds, or NONE
    int accruing
    int at_work                   # the rule whose turn it is
    int chain_start               # first part of the sequence at work
    int reason
    int64_t need
    int64_t actual
    int which
    int alone
    int granted                   # the condition that is taken to hold while others are looked at, or NONE
    int64_t wanted                # what the rule at work would give without cap and floors
    # Results
    int *reasons
    int64_t *needs
    int64_t *actuals
    int *whiches                  # what a reason is about: a condition, a part of a kit, another rule; or NONE
    uint8_t *alones               # nothing but the reason keeps the rule from giving
    int64_t *wants                # of rules that gave: before cap and room; after them; what limits took
    int64_t *gaves                # (points: exact sums in whole units, rounded down)
    int64_t *limited
    int64_t *kept_points          # of rules that earned: what no other rule of their group took from them
    int *rule_order               # rules that earned, in the order of the document
    int rule_order_count
    i128 *rule_sum
    int64_t *rule_points
    int64_t *discount
    int64_t *redeemed
    int64_t *points
    int discount_parts
    int64_t list_total
    int64_t discount_total
    int64_t redeemed_points
    int64_t redeemed_total
    int64_t redeemable_min
    int64_t redeemable_max
    int64_t tender
    int64_t total
    int64_t earned
    int64_t *gift_left            # of each gift: what is to be handed over
    int rewarded_count
    int *rewarded
