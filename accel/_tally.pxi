# Two prices of many receipts, added up: in all, by store, segment, week and rule, and the receipts that change most.

@cython.final
cdef class Tally:
    """Receipts priced under an old and a new programme of one currency. For one thread at a time."""

    cdef Engine old
    cdef Engine new
    cdef Workspace old_space
    cdef Workspace new_space
    cdef Half halves[2]
    cdef tg_terms terms
    cdef tg_table known
    cdef tg_table goods
    cdef int *goods_starts       # of an article: where its selectors begin, for the old and the new programme, and end
    cdef int goods_room
    cdef int *goods_selectors
    cdef int selectors_used
    cdef int selectors_room
    cdef tg_table groups
    cdef Figures *group_figures
    cdef int group_room
    cdef Figures total
    cdef RuleFigures *rules[2]
    cdef Moves dearer
    cdef Moves cheaper
    cdef Left *left
    cdef int left_count
    cdef int left_room
    cdef tg_receipt *receipt
    cdef char *key
    cdef bint short_of_memory

    def __cinit__(self):
        memset(self.halves, 0, sizeof(self.halves))
        memset(&self.known, 0, sizeof(tg_table))
        memset(&self.goods, 0, sizeof(tg_table))
        memset(&self.groups, 0, sizeof(tg_table))
        memset(&self.total, 0, sizeof(Figures))
        self.receipt = <tg_receipt *>malloc(sizeof(tg_receipt))
        self.key = <char *>malloc(KEY_SIZE)

    def __init__(self, Engine old, Engine new, int money_digits, int top):
        """`money_digits` are the currency's; `top` so many receipts are kept each way."""
        if self.receipt == NULL or self.key == NULL or old.currency != new.currency:
            raise ValueError("two programmes of one currency are expected")
        self.old, self.new = old, new
        self.old_space, self.new_space = Workspace(), Workspace()
        memcpy(self.terms.currency, <const char *>PyUnicode_AsUTF8AndSize(old.currency, NULL), 4)
        self.terms.money_digits = money_digits
        self.terms.points_digits = min(old.points_digits, new.points_digits)
        learn_names(&self.known, old)
        learn_names(&self.known, new)
        for k, engine in enumerate((old, new)):
            fill_half(&self.halves[k], &self.known, engine, self.terms.points_digits)
            self.halves[k].fine = (1, 10, 100)[max(old.points_digits, new.points_digits) - (<Engine>engine).points_digits]
            self.rules[k] = <RuleFigures *>array_of((<Engine>engine).rule_ids, sizeof(RuleFigures))
        self.halves[0].w = &self.old_space.work
        self.halves[1].w = &self.new_space.work
        for moves in range(2):
            self.moves(moves).moves = <Move *>array_of(range(top), sizeof(Move))
            self.moves(moves).room = top

    cdef Moves *moves(self, bint cheaper):
        return &self.cheaper if cheaper else &self.dearer

    def __dealloc__(self):
        for k in range(2):
            release_half(&self.halves[k])
            free(self.rules[k])
        tg_table_free(&self.known)
        tg_table_free(&self.goods)
        tg_table_free(&self.groups)
        free(self.goods_starts); free(self.goods_selectors); free(self.group_figures); free(self.left)
        free(self.dearer.moves); free(self.cheaper.moves); free(self.receipt); free(self.key)

    def add_lines(self, bytes data, int64_t first):
        """Prices one receipt a line, `{"id", "basket"}`. How many, and (line, start, size) of those left to a strict
        reader: nothing was added for them."""
        cdef const char *start = data
        cdef const char *end = start + len(data)
        cdef int64_t count
        self.left_count = 0
        with nogil:
            count = self.price_lines(start, end, first)
        return self.outcome(count)

    cdef int64_t price_lines(self, const char *start, const char *end, int64_t line) noexcept nogil:
        cdef const char *p = start
        cdef const char *stop
        cdef int64_t count = 0
        while p < end and not self.short_of_memory:
            stop = <const char *>memchr(p, c"\n", end - p)
            if stop == NULL:
                stop = end
            if not blank(p, stop):
                count += 1
                if not (tg_read_json(p, stop, &self.terms, self.receipt)
                        and self.price_receipt(line, p - start, stop - p)):
                    self.leave(line, p - start, stop - p)
            p = stop + 1
            line += 1
        return count

    def add_rows(self, batch, int64_t first):
        """The same for the rows of an Arrow record batch with the columns `id` and `basket`."""
        cdef tg_columns columns
        cdef const ArrowArray *rows
        cdef int64_t row
        schema, array = batch.__arrow_c_array__()
        rows = <const ArrowArray *>PyCapsule_GetPointer(array, "arrow_array")
        tg_bind(&columns, <const ArrowSchema *>PyCapsule_GetPointer(schema, "arrow_schema"), rows)
        self.left_count = 0
        with nogil:
            for row in range(rows.length):
                if not (tg_read_arrow(&columns, row, &self.terms, self.receipt)
                        and self.price_receipt(first + row, row, 1)):
                    self.leave(first + row, row, 1)
                if self.short_of_memory:
                    break
        return self.outcome(rows.length)

    cdef tuple outcome(self, int64_t count):
        if self.short_of_memory:
            raise MemoryError("no memory for a calculation")
        return count, [(self.left[k].line, self.left[k].at, self.left[k].size) for k in range(self.left_count)]

    cdef bint price_receipt(self, int64_t line, int64_t at, int64_t size) noexcept nogil:
        """Whether both programmes could price what was read."""
        cdef const tg_receipt *r = self.receipt
        cdef int k
        for k in range(2):
            if not load_receipt(&self.halves[k], &self.known, r, self.key):
                self.short_of_memory = True
                return False
        if self.halves[0].by_name or self.halves[1].by_name:
            for k in range(r.n):
                if not self.select_line(r, k):
                    return False
        for k in range(2):
            if not self.halves[k].w.error:
                calculate(self.halves[k].t, self.halves[k].w)
            if self.halves[k].w.error:
                return False
        self.account_receipt(r, line, at, size)
        return True

    cdef bint select_line(self, const tg_receipt *r, int index) noexcept nogil:
        cdef const tg_line *line = &r.lines[index]
        cdef int number, half, size = self.goods_key(r, line)
        if size < 0:
            return False
        number = tg_table_find(&self.goods, 0, self.key, size)
        if number < 0:
            with gil:
                number = self.learn_article(r, line, size)
            if number < 0:
                return False
        for half in range(2):
            select_goods(self.halves[half].w, index, self.goods_selectors + self.goods_starts[2 * number + half],
                         self.goods_starts[2 * number + half + 1] - self.goods_starts[2 * number + half])
        return True

    cdef int goods_key(self, const tg_receipt *r, const tg_line *line) noexcept nogil:
        """The names of an article, each with its length before it, into the key; its size, or -1 if it is too long."""
        cdef int size = 0, k
        size = put_text(self.key, size, &line.sku)
        size = put_text(self.key, size, &line.brand)
        for k in range(line.categories.start, line.categories.start + line.categories.count):
            size = put_text(self.key, size, &r.names[k])
        size = put_text(self.key, size, NULL)
        for k in range(line.tags.start, line.tags.start + line.tags.count):
            size = put_text(self.key, size, &r.names[k])
        return size

    cdef int learn_article(self, const tg_receipt *r, const tg_line *line, int size) except? -1:
        """The selectors of both programmes that take an article, remembered under the key. Its number."""
        cdef object one = _Line(
            id="1", sku=str_of(&line.sku), quantity_milli=1000, unit_price_minor=0, brand=str_of(&line.brand),
            categories=strs_of(r, &line.categories), tags=strs_of(r, &line.tags))
        cdef Goods old = learn_goods(&self.old.tables, self.old.reader, one)
        cdef Goods new = learn_goods(&self.new.tables, self.new.reader, one)
        cdef int number, need
        if self.goods.bytes_used + self.selectors_used * sizeof(int) > GOODS_BYTES:
            tg_table_free(&self.goods)
            self.selectors_used = 0
        need = self.selectors_used + old.count + new.count
        if need >= self.selectors_room:
            self.goods_selectors = <int *>grown(self.goods_selectors, (2 * need + 1024) * sizeof(int))
            self.selectors_room = 2 * need + 1024
        # Room first: a key in the table has its selectors.
        if 2 * self.goods.count + 3 > self.goods_room:
            self.goods_starts = <int *>grown(self.goods_starts, (4 * self.goods.count + 1024) * sizeof(int))
            self.goods_room = 4 * self.goods.count + 1024
        number = tg_table_add(&self.goods, 0, self.key, size)
        if number < 0:
            raise MemoryError("no memory for a calculation")
        memcpy(self.goods_selectors + self.selectors_used, old.selectors, old.count * sizeof(int))
        memcpy(self.goods_selectors + self.selectors_used + old.count, new.selectors, new.count * sizeof(int))
        self.goods_starts[2 * number] = self.selectors_used
        self.goods_starts[2 * number + 1] = self.selectors_used + old.count
        self.goods_starts[2 * number + 2] = need
        self.selectors_used = need
        return number

    cdef void leave(self, int64_t line, int64_t at, int64_t size) noexcept nogil:
        cdef Left *more
        if self.left_count == self.left_room:
            more = <Left *>realloc(self.left, (2 * self.left_room + 64) * sizeof(Left))
            if more == NULL:
                self.short_of_memory = True
                return
            self.left = more
            self.left_room = 2 * self.left_room + 64
        self.left[self.left_count] = Left(line, at, size)
        self.left_count += 1

    # Adding up

    cdef void account_receipt(self, const tg_receipt *r, int64_t line, int64_t at, int64_t size) noexcept nogil:
        cdef int groups[GROUPS_OF_RECEIPT]
        cdef int count = 2, k, week = tg_iso_week(r.time.day) if r.time.set else 0
        groups[0] = self.group(GROUP_STORE, r.store.at, r.store.size)
        groups[1] = self.group(GROUP_WEEK, <const char *>&week, sizeof(int))
        if not r.known:
            groups[2] = self.group(GROUP_UNKNOWN, NULL, 0)
            count = 3
        elif r.segments.count == 0:
            groups[2] = self.group(GROUP_SEGMENT, NULL, 0)
            count = 3
        for k in range(r.segments.start, r.segments.start + r.segments.count):
            groups[count] = self.group(GROUP_SEGMENT, r.names[k].at, r.names[k].size)
            count += 1
        self.account(self.halves[0].w, self.halves[1].w, groups, count, Move(0, line, at, size))

    cdef int group(self, int kind, const char *name, int size) noexcept nogil:
        """The number of a group, which may be new."""
        cdef Figures *more
        cdef const char *empty = ""
        cdef int number = tg_table_add(&self.groups, kind, name if size else empty, size), room
        if number >= self.group_room:
            room = 2 * number + 64
            more = <Figures *>realloc(self.group_figures, room * sizeof(Figures))
            if more == NULL:
                self.short_of_memory = True
                return -1
            memset(more + self.group_room, 0, (room - self.group_room) * sizeof(Figures))
            self.group_figures = more
            self.group_room = room
        if number < 0:
            self.short_of_memory = True
        return number

    cdef void account(self, const Work *old, const Work *new, const int *groups, int count, Move move) noexcept nogil:
        cdef int64_t figures[FIGURES]
        cdef int k, j
        cdef bint again
        figures[6] = old.list_total
        for k in range(2):
            put_side(figures + 7 + 4 * k, old if k == 0 else new)
        move.change = figures[7] + figures[8] - figures[11] - figures[12]
        figures[0] = 1
        figures[1] = (move.change != 0 or figures[9] * self.halves[0].fine != figures[13] * self.halves[1].fine
                      or figures[10] * self.halves[0].fine != figures[14] * self.halves[1].fine)
        figures[2], figures[3] = move.change > 0, move.change < 0
        figures[4], figures[5] = max(move.change, 0), max(-move.change, 0)
        add_figures(&self.total, figures)
        for k in range(count):
            again = groups[k] < 0
            for j in range(k):
                again |= groups[j] == groups[k]
            if not again:
                add_figures(&self.group_figures[groups[k]], figures)
        account_rules(&self.old.tables, old, self.rules[0], move.line)
        account_rules(&self.new.tables, new, self.rules[1], move.line)
        if move.change > 0:
            note_move(&self.dearer, &move)
        elif move.change < 0:
            note_move(&self.cheaper, &move)

    def add(self, old_basket, new_basket, int64_t line, int64_t at, int64_t size):
        """One receipt as baskets of both programmes. Raises as Engine.price, and has added nothing then."""
        cdef Workspace old = self.old.calculated(old_basket, False, False)
        cdef Workspace new = self.new.calculated(new_basket, False, False)
        cdef int *groups
        cdef int count = 2, week = 0
        time, customer = new_basket.time, new_basket.customer
        if time is not None:
            year, number, _ = time.isocalendar()
            week = year * 100 + number
        segments = tuple(dict.fromkeys(customer.segments)) if customer is not None else ()
        groups = <int *>array_of(range(3 + len(segments)), sizeof(int))
        try:
            groups[0] = self.named_group(GROUP_STORE, new_basket.store)
            groups[1] = self.group(GROUP_WEEK, <const char *>&week, sizeof(int))
            if not segments:
                groups[2] = self.group(GROUP_UNKNOWN if customer is None else GROUP_SEGMENT, NULL, 0)
                count = 3
            for segment in segments:
                groups[count] = self.named_group(GROUP_SEGMENT, segment)
                count += 1
            self.account(&old.work, &new.work, groups, count, Move(0, line, at, size))
        finally:
            free(groups)
        self.old.give_back(old)
        self.new.give_back(new)
        if self.short_of_memory:
            raise MemoryError("no memory for a calculation")

    cdef int named_group(self, int kind, str name):
        cdef bytes text = name.encode(errors="surrogatepass")
        return self.group(kind, text, len(text))

    # What came out

    def fresh(self):
        """(line, start, size) of those receipts among the greatest changes that came since the last call."""
        cdef Moves *moves
        cdef list found = []
        for which in range(2):
            moves = self.moves(which)
            for k in range(moves.count):
                if moves.moves[k].at >= 0:
                    found.append((moves.moves[k].line, moves.moves[k].at, moves.moves[k].size))
                    moves.moves[k].at = -1
        return found

    def greatest(self):
        """The lines of the greatest changes: those that became dearer, those that became cheaper."""
        return tuple([frozenset([self.moves(which).moves[k].line for k in range(self.moves(which).count)])
                      for which in range(2)])

    def figures(self):
        """(total, stores, segments, weeks, rules of the old programme, of the new one), as in backtest._figures."""
        stores, segments, weeks = {}, {}, {}
        for k in range(self.groups.count):
            entry = self.groups.entries[k]
            name = self.groups.bytes[entry.at:entry.at + entry.size]
            if entry.kind == GROUP_WEEK:
                weeks[int.from_bytes(name, "little")] = vector_of(&self.group_figures[k])
            elif entry.kind == GROUP_STORE:
                stores[name.decode(errors="surrogatepass")] = vector_of(&self.group_figures[k])
            else:
                segment = None if entry.kind == GROUP_UNKNOWN else name.decode(errors="surrogatepass")
                segments[segment] = vector_of(&self.group_figures[k])
        rules = [
            {engine.rule_ids[k]: (self.rules[half][k].fires, whole(self.rules[half][k].amount),
                                  whole(self.rules[half][k].points))
             for k in range(len(engine.rule_ids)) if self.rules[half][k].fires}
            for half, engine in ((0, self.old), (1, self.new))
        ]
        return vector_of(&self.total), stores, segments, weeks, rules[0], rules[1]
