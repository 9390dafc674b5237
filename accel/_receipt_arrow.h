/* Receipts from an Arrow record batch (the C data interface: https://arrow.apache.org/docs/format/CDataInterface.html).
   0 where the strict reader has to look, as in _receipt_json.h. */
#ifndef TILLGATE_RECEIPT_ARROW_H
#define TILLGATE_RECEIPT_ARROW_H

#include <stddef.h>
#include <stdlib.h>
#include "_receipt.h"

struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

enum { TG_ABSENT, TG_OTHER, TG_TEXT32, TG_TEXT64, TG_DECIMAL, TG_INT, TG_BOOL, TG_DATE, TG_LIST32, TG_LIST64, TG_STRUCT, TG_MAP };

typedef struct {
    int kind, scale, width; /* Of a decimal; bytes of an integer. */
    const struct ArrowSchema *schema;
    const struct ArrowArray *array;
} tg_column;

typedef struct {
    tg_column rows, basket, currency, time, store, channel, coupons, payments, redeem, redeem_points, redeem_max, lines, line,
        customer, others[3];
    tg_column line_id, sku, quantity, price, categories, brand, name, tags, floor, regulated, litres, flags[5];
    tg_column guest, tier, segments, points, turnover, purchases, first, last, registered, birthday, card_kind, attributes,
        guest_uses, coupon, payment, payment_type, payment_amount, category, tag, segment;
} tg_columns;

static inline tg_column tg_column_of(const struct ArrowSchema *schema, const struct ArrowArray *array) {
    static const struct { const char *format; int kind, width; } known[] = {
        {"u", TG_TEXT32, 0}, {"U", TG_TEXT64, 0}, {"c", TG_INT, 1}, {"s", TG_INT, 2}, {"i", TG_INT, 4}, {"l", TG_INT, 8},
        {"b", TG_BOOL, 0}, {"tdD", TG_DATE, 0}, {"+l", TG_LIST32, 0}, {"+L", TG_LIST64, 0}, {"+s", TG_STRUCT, 0},
        {"+m", TG_MAP, 0}, {"n", TG_ABSENT, 0}};
    tg_column column = {TG_OTHER, 0, 0, schema, array};
    const char *format = schema->dictionary ? schema->dictionary->format : schema->format;
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
        if (!strcmp(format, known[k].format)) {
            column.kind = known[k].kind;
            column.width = known[k].width;
        }
    if (!strncmp(format, "d:", 2)) {
        const char *comma = strchr(format, ',');
        column.scale = comma ? atoi(comma + 1) : -1;
        if (comma && !strchr(comma + 1, ',') && column.scale >= 0 && column.scale <= 9) column.kind = TG_DECIMAL;
    }
    /* Texts alone are worth a dictionary. */
    if (schema->dictionary && column.kind != TG_TEXT32 && column.kind != TG_TEXT64) column.kind = TG_OTHER;
    return column;
}

static inline tg_column tg_child(const tg_column *column, const char *name) {
    tg_column none = {TG_ABSENT, 0, 0, NULL, NULL};
    if (column->kind != TG_STRUCT) return none;
    for (int64_t k = 0; k < column->schema->n_children; k++)
        if (!strcmp(column->schema->children[k]->name, name))
            return tg_column_of(column->schema->children[k], column->array->children[k]);
    return none;
}

static inline tg_column tg_items(const tg_column *column) {
    tg_column none = {TG_ABSENT, 0, 0, NULL, NULL};
    if (column->kind != TG_LIST32 && column->kind != TG_LIST64 && column->kind != TG_MAP) return none;
    return tg_column_of(column->schema->children[0], column->array->children[0]);
}

/* `at` counts from the start of the array, its offset apart. */
static inline int tg_is_null(const tg_column *column, int64_t at) {
    if (column->kind == TG_ABSENT) return 1;
    if (!column->array->n_buffers) return 0; /* Of a kind that is not read here. */
    const uint8_t *valid = (const uint8_t *)column->array->buffers[0];
    at += column->array->offset;
    return valid && !(valid[at >> 3] >> (at & 7) & 1);
}

static inline int64_t tg_int_at(const struct ArrowArray *array, int width, int64_t at) {
    at += array->offset;
    switch (width) {
    case 1: return ((const int8_t *)array->buffers[1])[at];
    case 2: return ((const int16_t *)array->buffers[1])[at];
    case 4: return ((const int32_t *)array->buffers[1])[at];
    default: return ((const int64_t *)array->buffers[1])[at];
    }
}

static inline int tg_arrow_text(const tg_column *column, int64_t at, tg_text *out) {
    const struct ArrowArray *array = column->array;
    int64_t start, end;
    if (column->schema->dictionary) {
        const char *index = column->schema->format;
        int width = *index == 'c' || *index == 'C' ? 1 : *index == 's' || *index == 'S' ? 2 : *index == 'i' || *index == 'I' ? 4 : 8;
        at = tg_int_at(array, width, at);
        if (*index == 'C') at &= 0xFF;
        if (*index == 'S') at &= 0xFFFF;
        array = array->dictionary;
        if (array->null_count) return 0;
    }
    at += array->offset;
    if (column->kind == TG_TEXT32) {
        start = ((const int32_t *)array->buffers[1])[at];
        end = ((const int32_t *)array->buffers[1])[at + 1];
    } else if (column->kind == TG_TEXT64) {
        start = ((const int64_t *)array->buffers[1])[at];
        end = ((const int64_t *)array->buffers[1])[at + 1];
    } else {
        return 0;
    }
    if (end - start > 1 << 24) return 0;
    *out = (tg_text){(const char *)array->buffers[2] + start, (int32_t)(end - start)};
    if (!out->at) out->at = "";
    unsigned char high = 0;
    for (int32_t k = 0; k < out->size; k++) high |= (unsigned char)out->at[k];
    return !(high & 0x80) || tg_is_utf8(out->at, out->size);
}

static inline void tg_list_at(const tg_column *column, int64_t at, int64_t *start, int64_t *end) {
    at += column->array->offset;
    if (column->kind == TG_LIST64) {
        *start = ((const int64_t *)column->array->buffers[1])[at];
        *end = ((const int64_t *)column->array->buffers[1])[at + 1];
    } else {
        *start = ((const int32_t *)column->array->buffers[1])[at];
        *end = ((const int32_t *)column->array->buffers[1])[at + 1];
    }
}

/* A decimal128 or a text of a decimal, as a whole number of 10^-digits. */
static inline int tg_arrow_decimal(const tg_column *column, int64_t at, int digits, int negative, int64_t *out) {
    tg_text text;
    if (column->kind != TG_DECIMAL)
        return tg_arrow_text(column, at, &text) && tg_decimal(text.at, text.at + text.size, digits, negative, out);
    const uint8_t *data = (const uint8_t *)column->array->buffers[1] + 16 * (at + column->array->offset);
    int64_t low, high;
    memcpy(&low, data, 8);
    memcpy(&high, data + 8, 8);
    if (high != (low < 0 ? -1 : 0) || low > 1000000000000000 || low < -1000000000000000 || (low < 0 && !negative)) return 0;
    for (int scale = column->scale; scale > digits; scale--) {
        if (low % 10) return 0;
        low /= 10;
    }
    for (int scale = column->scale; scale < digits; scale++) low *= 10;
    *out = low;
    return 1;
}

static inline int tg_arrow_number(const tg_column *column, int64_t at, int digits, int64_t *out) {
    if (column->kind != TG_INT) return tg_arrow_decimal(column, at, digits, 0, out);
    *out = tg_int_at(column->array, column->width, at);
    if (*out < 0 || *out > 1000000000) return 0;
    *out *= tg_powers[digits];
    return 1;
}

static inline int tg_arrow_flag(const tg_column *column, int64_t at, int *out) {
    if (column->kind != TG_BOOL) return 0;
    at += column->array->offset;
    *out = ((const uint8_t *)column->array->buffers[1])[at >> 3] >> (at & 7) & 1;
    return 1;
}

static inline int tg_arrow_time(const tg_column *column, int64_t at, tg_time *out) {
    tg_text text;
    return tg_arrow_text(column, at, &text) && tg_moment(text, out);
}

/* A day since 1970 as year, month and day; far away ones are left to the strict reader. */
static inline int tg_arrow_date(const tg_column *column, int64_t at, tg_receipt *r) {
    tg_text text;
    if (column->kind != TG_DATE)
        return tg_arrow_text(column, at, &text) && text.size == 10
               && tg_date(text.at, &r->birth_year, &r->birth_month, &r->birth_day);
    int64_t day = tg_int_at(column->array, 4, at) + 719163;
    if (day < tg_ordinal(1900, 1, 1) || day > tg_ordinal(2200, 12, 31)) return 0;
    int year = tg_year_of(day), month = 12;
    while (tg_ordinal(year, month, 1) > day) month--;
    r->birth_year = year;
    r->birth_month = month;
    r->birth_day = (int)(day - tg_ordinal(year, month, 1)) + 1;
    return 1;
}

/* What to do with a value that may be null: nothing then. */
#define TG_IF(column, at, read) do { if (!tg_is_null(&(column), (at)) && !(read)) return 0; } while (0)
#define TG_MUST(column, at, read) do { if (tg_is_null(&(column), (at)) || !(read)) return 0; } while (0)

static inline int tg_arrow_short(const tg_column *column, int64_t at, tg_text *out) {
    return tg_arrow_text(column, at, out) && tg_is_short(*out);
}

static inline int tg_arrow_name(const tg_column *column, int64_t at, tg_text *out) {
    return tg_arrow_text(column, at, out) && tg_is_name(*out);
}

static int tg_arrow_names(const tg_column *list, const tg_column *item, int64_t at, tg_receipt *r, tg_range *range, int most) {
    int64_t start, end;
    tg_text text;
    if (list->kind != TG_LIST32 && list->kind != TG_LIST64) return 0;
    range->start = r->name_count;
    tg_list_at(list, at, &start, &end);
    if (end - start > most) return 0;
    for (; start < end; start++) {
        TG_MUST(*item, start, tg_arrow_name(item, start, &text));
        if (!tg_add_name(r, range, text)) return 0;
    }
    return 1;
}

/* Pairs of a map, or the members of a struct: `value` is told each key and where its value stands. */
typedef int (*tg_pair)(const tg_column *, int64_t, tg_text, const tg_terms *, tg_receipt *);

static int tg_arrow_pairs(const tg_column *column, int64_t at, tg_pair value, const tg_terms *terms, tg_receipt *r) {
    if (column->kind == TG_STRUCT) {
        at += column->array->offset;
        for (int64_t k = 0; k < column->schema->n_children; k++) {
            tg_column child = tg_column_of(column->schema->children[k], column->array->children[k]);
            const char *name = column->schema->children[k]->name;
            TG_IF(child, at, value(&child, at, (tg_text){name, (int32_t)strlen(name)}, terms, r));
        }
        return 1;
    }
    if (column->kind != TG_MAP) return 0;
    tg_column entries = tg_items(column);
    tg_column keys = tg_column_of(entries.schema->children[0], entries.array->children[0]);
    tg_column values = tg_column_of(entries.schema->children[1], entries.array->children[1]);
    int64_t start, end;
    tg_text key;
    tg_list_at(column, at, &start, &end);
    for (; start < end; start++) {
        int64_t entry = start + entries.array->offset;
        TG_MUST(keys, entry, tg_arrow_text(&keys, entry, &key));
        TG_IF(values, entry, value(&values, entry, key, terms, r));
    }
    return 1;
}

static int tg_arrow_turnover(const tg_column *column, int64_t at, tg_text key, const tg_terms *terms, tg_receipt *r) {
    int64_t value;
    return tg_arrow_decimal(column, at, terms->money_digits, 0, &value) && value <= 1000000000000000
           && tg_add_count(r, &r->turnover, key, value);
}

static int tg_arrow_attribute(const tg_column *column, int64_t at, tg_text key, const tg_terms *terms, tg_receipt *r) {
    tg_text value;
    (void)terms;
    for (int k = 0; k < r->attributes.count; k += 2) {
        tg_text other = r->names[r->attributes.start + k];
        if (other.size == key.size && !memcmp(other.at, key.at, key.size)) return 0;
    }
    return tg_arrow_short(column, at, &value) && tg_add_name(r, &r->attributes, key) && tg_add_name(r, &r->attributes, value);
}

static int tg_arrow_line(const tg_columns *c, int64_t at, const tg_terms *terms, tg_receipt *r, tg_line *line) {
    static const int flags[] = {TG_NO_DISCOUNT, TG_NO_REDEEM, TG_NO_EARN, TG_SPECIAL_PRICE, 0};
    const int64_t most = 1000000000000;
    tg_text text;
    memset(line, 0, sizeof(*line));
    at += c->line.array->offset;
    TG_MUST(c->sku, at, tg_arrow_name(&c->sku, at, &line->sku));
    TG_MUST(c->quantity, at, tg_arrow_number(&c->quantity, at, 3, &line->quantity));
    TG_MUST(c->price, at, tg_arrow_decimal(&c->price, at, terms->money_digits, 0, &line->price) && line->price <= most);
    TG_IF(c->floor, at, tg_arrow_decimal(&c->floor, at, terms->money_digits, 0, &line->floor) && line->floor <= most);
    TG_IF(c->litres, at, tg_arrow_number(&c->litres, at, 3, &line->litres));
    TG_IF(c->brand, at, tg_arrow_short(&c->brand, at, &line->brand));
    TG_IF(c->name, at, tg_arrow_short(&c->name, at, &text));
    TG_IF(c->regulated, at, tg_arrow_short(&c->regulated, at, &line->regulated));
    TG_IF(c->categories, at, tg_arrow_names(&c->categories, &c->category, at, r, &line->categories, TG_OF_LINE));
    TG_IF(c->tags, at, tg_arrow_names(&c->tags, &c->tag, at, r, &line->tags, TG_OF_LINE));
    if (!tg_is_null(&c->line_id, at)) {
        if (!tg_arrow_name(&c->line_id, at, &text)) return 0;
        line->id = tg_hash(text.at, text.size);
        line->has_id = 1;
    }
    for (int k = 0; k < 5; k++) {
        int set = k < 4;
        TG_IF(c->flags[k], at, tg_arrow_flag(&c->flags[k], at, &set));
        if (k == 4) line->marked = set;
        else if (!set) line->flags |= flags[k];
    }
    return tg_line_holds(line);
}

static int tg_arrow_customer(const tg_columns *c, int64_t at, const tg_terms *terms, tg_receipt *r) {
    const int64_t most = 1000000000000;
    tg_time time;
    if (c->customer.kind != TG_STRUCT) return 0;
    at += c->customer.array->offset;
    r->known = 1;
    TG_MUST(c->guest, at, tg_arrow_name(&c->guest, at, &r->customer));
    TG_IF(c->tier, at, tg_arrow_short(&c->tier, at, &r->tier));
    TG_IF(c->segments, at, tg_arrow_names(&c->segments, &c->segment, at, r, &r->segments, 64));
    TG_IF(c->points, at, tg_arrow_decimal(&c->points, at, terms->points_digits, 1, &r->points));
    if (r->points > most || r->points < -most) return 0;
    r->turnover.start = r->count_count;
    TG_IF(c->turnover, at, tg_arrow_pairs(&c->turnover, at, tg_arrow_turnover, terms, r));
    TG_IF(c->purchases, at, tg_arrow_number(&c->purchases, at, 0, &r->purchases) && r->purchases <= 1000000000);
    TG_IF(c->first, at, tg_arrow_time(&c->first, at, &time));
    TG_IF(c->last, at, tg_arrow_time(&c->last, at, &r->last));
    TG_IF(c->registered, at, tg_arrow_time(&c->registered, at, &r->registered));
    TG_IF(c->birthday, at, tg_arrow_date(&c->birthday, at, r));
    TG_IF(c->card_kind, at, tg_arrow_short(&c->card_kind, at, &r->card_kind));
    r->attributes.start = r->name_count;
    TG_IF(c->attributes, at, tg_arrow_pairs(&c->attributes, at, tg_arrow_attribute, terms, r));
    return tg_is_null(&c->guest_uses, at);
}

static int tg_arrow_payments(const tg_columns *c, int64_t at, const tg_terms *terms, tg_receipt *r) {
    const int64_t most = 1000000000000;
    int64_t start, end, amount;
    tg_text type;
    if (c->payment.kind != TG_STRUCT) return 0;
    r->payments.start = r->name_count;
    tg_list_at(&c->payments, at, &start, &end);
    for (; start < end; start++) {
        if (tg_is_null(&c->payment, start)) return 0;
        int64_t inner = start + c->payment.array->offset;
        TG_MUST(c->payment_type, inner, tg_arrow_name(&c->payment_type, inner, &type));
        TG_IF(c->payment_amount, inner,
              tg_arrow_decimal(&c->payment_amount, inner, terms->money_digits, 0, &amount) && amount <= most);
        if (!tg_add_name(r, &r->payments, type)) return 0;
    }
    return 1;
}

static int tg_arrow_redeem(const tg_columns *c, int64_t at, const tg_terms *terms, tg_receipt *r) {
    if (c->redeem.kind != TG_STRUCT) return 0;
    at += c->redeem.array->offset;
    if (tg_is_null(&c->redeem_max, at) == tg_is_null(&c->redeem_points, at)) return 0;
    TG_IF(c->redeem_max, at, tg_arrow_flag(&c->redeem_max, at, &r->redeem_max));
    TG_IF(c->redeem_points, at, tg_arrow_decimal(&c->redeem_points, at, terms->points_digits, 0, &r->redeem_points));
    return r->redeem_points <= 1000000000000;
}

static int tg_read_arrow(const tg_columns *c, int64_t row, const tg_terms *terms, tg_receipt *r) {
    int64_t at = row + c->rows.array->offset, start, end;
    tg_text currency;
    tg_start(r);
    if (c->basket.kind != TG_STRUCT || tg_is_null(&c->basket, at)) return 0;
    at += c->basket.array->offset;
    TG_MUST(c->currency, at, tg_arrow_text(&c->currency, at, &currency) && tg_is(currency, terms->currency));
    for (int k = 0; k < 3; k++)
        if (!tg_is_null(&c->others[k], at)) return 0;
    TG_IF(c->time, at, tg_arrow_time(&c->time, at, &r->time));
    TG_IF(c->store, at, tg_arrow_short(&c->store, at, &r->store));
    TG_IF(c->channel, at, tg_arrow_short(&c->channel, at, &r->channel));
    TG_IF(c->coupons, at, tg_arrow_names(&c->coupons, &c->coupon, at, r, &r->coupons, TG_OF_LINE));
    TG_IF(c->payments, at, tg_arrow_payments(c, at, terms, r));
    TG_IF(c->redeem, at, tg_arrow_redeem(c, at, terms, r));
    TG_IF(c->customer, at, tg_arrow_customer(c, at, terms, r));
    if (c->line.kind != TG_STRUCT || tg_is_null(&c->lines, at)) return 0;
    tg_list_at(&c->lines, at, &start, &end);
    if (end - start < 1 || end - start > TG_LINES) return 0;
    for (; start < end; start++)
        if (tg_is_null(&c->line, start) || !tg_arrow_line(c, start, terms, r, &r->lines[r->n++])) return 0;
    return tg_ids_differ(r);
}

/* Finds the columns by their names; whoever is not there is absent. */
static void tg_bind(tg_columns *c, const struct ArrowSchema *schema, const struct ArrowArray *array) {
    static const char *flags[] = {"discountable", "redeemable", "earnable", "regular_price", "marked"};
    c->rows = tg_column_of(schema, array);
    c->basket = tg_child(&c->rows, "basket");
#define TG_BIND(field, parent, name) c->field = tg_child(&c->parent, name)
    TG_BIND(currency, basket, "currency"); TG_BIND(time, basket, "time"); TG_BIND(store, basket, "store");
    TG_BIND(channel, basket, "channel"); TG_BIND(coupons, basket, "coupons"); TG_BIND(payments, basket, "payments");
    TG_BIND(redeem, basket, "redeem"); TG_BIND(lines, basket, "lines"); TG_BIND(customer, basket, "customer");
    TG_BIND(others[0], basket, "certificates"); TG_BIND(others[1], basket, "confirmed_by");
    TG_BIND(others[2], basket, "uses");
    TG_BIND(redeem_points, redeem, "points"); TG_BIND(redeem_max, redeem, "max");
    c->line = tg_items(&c->lines);
    c->coupon = tg_items(&c->coupons);
    c->payment = tg_items(&c->payments);
    TG_BIND(payment_type, payment, "type"); TG_BIND(payment_amount, payment, "amount");
    TG_BIND(line_id, line, "id"); TG_BIND(sku, line, "sku"); TG_BIND(quantity, line, "quantity");
    TG_BIND(price, line, "unit_price"); TG_BIND(categories, line, "categories"); TG_BIND(brand, line, "brand");
    TG_BIND(name, line, "name"); TG_BIND(tags, line, "tags"); TG_BIND(floor, line, "min_unit_price");
    TG_BIND(regulated, line, "regulated"); TG_BIND(litres, line, "litres");
    for (int k = 0; k < 5; k++) TG_BIND(flags[k], line, flags[k]);
    c->category = tg_items(&c->categories);
    c->tag = tg_items(&c->tags);
    TG_BIND(guest, customer, "id"); TG_BIND(tier, customer, "tier"); TG_BIND(segments, customer, "segments");
    TG_BIND(points, customer, "points"); TG_BIND(turnover, customer, "turnover");
    TG_BIND(purchases, customer, "purchases"); TG_BIND(first, customer, "first_purchase");
    TG_BIND(last, customer, "last_purchase"); TG_BIND(registered, customer, "registered");
    TG_BIND(birthday, customer, "birthday"); TG_BIND(card_kind, customer, "card_kind");
    TG_BIND(attributes, customer, "attributes"); TG_BIND(guest_uses, customer, "uses");
    c->segment = tg_items(&c->segments);
#undef TG_BIND
}

#endif
