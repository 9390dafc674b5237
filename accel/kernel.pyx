# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The kernel: prices baskets over the flat tables of one programme.

Integers only. Money in minor units and points as numerators over a common denominator, products in 128 bits; what does
not fit raises OverflowError. Invariants of every result: the lines' nets add up to the total, their discounts to the
discount, nothing is negative, no line goes under its floor, the same input gives the same result. One calculation uses
one workspace, so threads may price with one engine.
"""

cimport cython

include "_structs.pxi"
include "_memory.pxi"
include "_conditions.pxi"
include "_effects.pxi"
include "_units.pxi"
include "_gates.pxi"
include "_reasons.pxi"
include "_groups.pxi"
include "_stages.pxi"
include "_fields.pxi"
include "_goods.pxi"
include "_basket.pxi"
include "_load.pxi"
include "_answer.pxi"
include "_bulk.pxi"
include "_tally_parts.pxi"


cdef int LONG_WORK = 1 << 16   # Lines times rules: about a tenth of a millisecond and up.


@cython.final
cdef class Engine:
    """One programme, ready."""

    cdef CTables tables
    cdef Reader reader
    cdef list pool
    #: What was said of rules for reasons without figures, for list_refused; the explainer fills it.
    cdef readonly dict told
    cdef tuple rule_ids
    cdef object rules
    cdef set telling
    cdef tuple lots
    cdef object confirm
    cdef str currency
    cdef int points_digits

    def __cinit__(self):
        memset(&self.tables, 0, sizeof(CTables))

    def __init__(self, tables):
        load_tables(&self.tables, tables)
        self.reader = Reader(tables)
        self.pool = []
        self.told = {}
        self.rules = tables.sources
        self.rule_ids = tuple(rule.id for rule in tables.sources)
        self.currency = tables.programme.currency
        self.points_digits = tables.programme.points.digits
        self.telling = {
            index for index, rule in enumerate(tables.sources)
            if rule.message is not None or isinstance(rule.give, Gift)
        }
        self.lots = ()
        if any(rule.lot is not None for rule in tables.sources):
            self.lots = tuple([(rule.lot.active_after_days, rule.lot.expires_after_days) if rule.lot else (0, None)
                               for rule in tables.sources])
        redemption = tables.programme.redemption
        self.confirm = redemption.confirm if redemption is not None else None

    def __dealloc__(self):
        release_tables(&self.tables)

    cdef Workspace workspace(self, int lines):
        cdef Workspace found
        cdef int capacity = 16
        try:
            found = self.pool.pop()
        except IndexError:
            found = Workspace()
        if found.work.capacity < lines:
            while capacity < lines:
                capacity *= 2
            if not grow_work(&self.tables, &found.work, capacity):
                release_work(&found.work)
                raise MemoryError("no memory for a calculation")
        start_work(&self.tables, &found.work, lines)
        return found

    cdef Workspace calculated(self, object basket, bint explain_all, bint explain_applied):
        of_type(basket, _Basket)
        if field(basket, BASKET_CURRENCY) != self.currency:
            raise ValueError("the basket is in another currency")
        cdef int lines = len(names(basket, BASKET_LINES))
        if not 0 < lines <= 500:
            raise ValueError("a basket has 1 to 500 lines")
        cdef Workspace space = self.workspace(lines)
        cdef Work *w = &space.work
        w.explain_all, w.explain_applied = explain_all, explain_applied
        self.reader.read(&self.tables, w, basket)
        if not w.error:
            # Short work is done before another thread could make use of the lock, and might wait long to get it back.
            if lines * self.tables.rule_count < LONG_WORK:
                calculate(&self.tables, w)
            else:
                with nogil:
                    calculate(&self.tables, w)
        if w.error == ERROR_MEMORY:
            raise MemoryError("no memory for a calculation")
        if w.error:
            raise OverflowError("a figure of the calculation does not fit into 64 bits")
        return space

    def price(self, basket, str explain):
        """The answer without sentences and, for `full`, what list_refused finds of the rules that gave nothing.

        Raises OverflowError when a figure does not fit, ValueError when the basket is out of the bounds of check_basket.
        """
        cdef Workspace space = self.calculated(basket, explain == "full", explain != "none")
        cdef object answer = build_answer(self, &space.work, basket, explain != "none")
        cdef object refused = list_refused(self, &space.work) if explain == "full" else ([], [])
        self.give_back(space)
        return answer, refused

    def total_minor(self, basket):
        """The total alone: the calculation without an answer made of objects. Raises as `price`."""
        cdef Workspace space = self.calculated(basket, False, False)
        cdef int64_t total = space.work.total
        self.give_back(space)
        return total

    cdef void give_back(self, Workspace space):
        # A workspace that a huge calculation blew up is not kept.
        if space.work.part_capacity <= 65536 and len(self.pool) < 8:
            self.pool.append(space)


include "_tally.pxi"
