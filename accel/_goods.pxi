# Which selectors take a line by the names on it, worked out once for each article.

cdef int GOODS_INTS_MAX = 1 << 22   # 16 MB of remembered selections; then all of them are forgotten.


@cython.final
cdef class Goods:
    """One article, and the selectors whose every named clause it meets."""

    cdef tuple categories, tags
    cdef str brand
    cdef int *selectors
    cdef int count

    def __dealloc__(self):
        free(self.selectors)

    cdef bint same(self, object line):
        """Whether a line with this sku has the other names too."""
        cdef object categories = field(line, LINE_CATEGORIES), tags = field(line, LINE_TAGS)
        cdef object brand = field(line, LINE_BRAND)
        return ((self.categories is categories or self.categories == categories)
                and (self.brand is brand or self.brand == brand) and (self.tags is tags or self.tags == tags))


cdef Goods learn_goods(const CTables *t, Reader reader, object line):
    cdef Goods goods = Goods()
    cdef uint8_t *bits
    cdef int k, token, selector, count = 0
    cdef list tokens = tokens_of(reader, line)
    goods.categories, goods.tags = names(line, LINE_CATEGORIES), names(line, LINE_TAGS)
    goods.brand = text(line, LINE_BRAND)
    bits = <uint8_t *>calloc(t.selector_count + 1, 1)
    goods.selectors = <int *>malloc((t.selector_count + 1) * sizeof(int))
    if bits == NULL or goods.selectors == NULL:
        free(bits)
        raise MemoryError("no memory for a calculation")
    for token in tokens:
        for k in range(t.selector_postings_start[token], t.selector_postings_start[token + 1]):
            bits[t.selector_postings[k].target] |= t.selector_postings[k].bit
    for selector in range(t.selector_count):
        if bits[selector] and bits[selector] == t.selectors[selector].clauses:
            goods.selectors[count] = selector
            count += 1
    free(bits)
    goods.count = count
    goods.selectors = <int *>grown(goods.selectors, (count + 1) * sizeof(int))
    return goods


cdef void select_goods(Work *w, int index, const int *selectors, int count) noexcept nogil:
    """Puts a line into the selections of the selectors that take it by name."""
    cdef int k, selector
    for k in range(count):
        selector = selectors[k]
        if w.named[selector] == 0:
            w.touched[w.touched_count] = selector
            w.touched_count += 1
        w.selected[<size_t>selector * w.capacity + w.named[selector]] = index
        w.named[selector] += 1


cdef list tokens_of(Reader reader, object line):
    """The tokens of the programme that are on a line. A category names everything above it too."""
    cdef list found = [reader.sku.get(text(line, LINE_SKU)), reader.brand.get(text(line, LINE_BRAND))]
    cdef str path
    for tag in names(line, LINE_TAGS):
        found.append(reader.tag.get(tag))
    for category in names(line, LINE_CATEGORIES):
        path = category.rstrip("/")
        while path:
            found.append(reader.category.get(path))
            path = path.rpartition("/")[0]
    return [token for token in found if token is not None]
