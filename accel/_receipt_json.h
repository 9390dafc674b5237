/* A receipt from one line of JSON. 0 where the strict reader has to look. */
#ifndef TILLGATE_RECEIPT_JSON_H
#define TILLGATE_RECEIPT_JSON_H

#include <stddef.h>
#include "_receipt.h"

typedef struct {
    const char *p, *end;
    tg_receipt *r;
    const tg_terms *terms;
} tg_json;

#define TG_NEED(condition) do { if (!(condition)) return 0; } while (0)

static inline void tg_space(tg_json *j) {
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r')) j->p++;
}

static inline int tg_take(tg_json *j, char c) {
    tg_space(j);
    TG_NEED(j->p < j->end && *j->p == c);
    j->p++;
    return 1;
}

/* 1: another member; 0: the end was taken; -1: neither. */
static inline int tg_member(tg_json *j, char close, int *first) {
    tg_space(j);
    if (j->p >= j->end) return -1;
    if (*j->p == close) {
        j->p++;
        return 0;
    }
    if (!*first) {
        if (*j->p != ',') return -1;
        j->p++;
        tg_space(j);
        if (j->p >= j->end || *j->p == close) return -1;
    }
    *first = 0;
    return 1;
}

static inline int tg_hex(const char *p, unsigned *out) {
    unsigned value = 0;
    for (int k = 0; k < 4; k++) {
        unsigned char c = (unsigned char)p[k];
        unsigned digit = c - '0';
        if (digit > 9) {
            digit = (c | 0x20) - 'a' + 10;
            if (digit < 10 || digit > 15) return 0;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return 1;
}

static inline char *tg_encode(char *out, unsigned code) {
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xF0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    return out;
}

/* A text with escapes, from its start; it goes to the scratch. */
static int tg_escaped(tg_json *j, const char *start, tg_text *text) {
    static const char named[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char *from = j->r->scratch + j->r->scratch_used, *out = from, *most = j->r->scratch + TG_SCRATCH - 4;
    const char *p = start;
    for (;;) {
        TG_NEED(p < j->end && out < most);
        unsigned char c = (unsigned char)*p++;
        if (c == '"') break;
        TG_NEED(c >= 0x20);
        if (c != '\\') {
            *out++ = (char)c;
            continue;
        }
        TG_NEED(p < j->end);
        c = (unsigned char)*p++;
        if (c != 'u') {
            int k = 0;
            while (named[k] && named[k] != (char)c) k += 2;
            TG_NEED(named[k]);
            *out++ = named[k + 1];
            continue;
        }
        unsigned code, low;
        TG_NEED(j->end - p >= 4 && tg_hex(p, &code));
        p += 4;
        if (code >= 0xD800 && code < 0xE000) {
            TG_NEED(code < 0xDC00 && j->end - p >= 6 && p[0] == '\\' && p[1] == 'u' && tg_hex(p + 2, &low));
            TG_NEED(low >= 0xDC00 && low < 0xE000);
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        }
        out = tg_encode(out, code);
    }
    j->p = p;
    j->r->scratch_used += (int)(out - from);
    *text = (tg_text){from, (int32_t)(out - from)};
    return tg_is_utf8(from, (size_t)(out - from));
}

/* Any text. */
static inline int tg_string(tg_json *j, tg_text *text) {
    TG_NEED(tg_take(j, '"'));
    const char *start = j->p, *p = start, *end = j->end;
    unsigned char high = 0;
    for (;; p++) {
        TG_NEED(p < end);
        unsigned char c = (unsigned char)*p;
        if (c == '"') break;
        if (c == '\\') return tg_escaped(j, start, text);
        TG_NEED(c >= 0x20);
        high |= c;
    }
    TG_NEED(p - start < 1 << 24);
    *text = (tg_text){start, (int32_t)(p - start)};
    j->p = p + 1;
    return !(high & 0x80) || tg_is_utf8(start, (size_t)(p - start));
}

static inline int tg_short(tg_json *j, tg_text *text) { return tg_string(j, text) && tg_is_short(*text); }

static inline int tg_name(tg_json *j, tg_text *text) { return tg_string(j, text) && tg_is_name(*text); }

static inline int tg_key(tg_json *j, tg_text *key) { return tg_string(j, key) && tg_take(j, ':'); }

/* A list of names into the receipt. */
static inline int tg_names(tg_json *j, tg_range *range, int most) {
    tg_text text;
    int first = 1, more;
    range->start = j->r->name_count;
    range->count = 0;
    TG_NEED(tg_take(j, '['));
    while ((more = tg_member(j, ']', &first)) > 0)
        TG_NEED(tg_name(j, &text) && range->count < most && tg_add_name(j->r, range, text));
    return more == 0;
}

static inline int tg_flag(tg_json *j, int *out) {
    tg_space(j);
    if (j->end - j->p >= 4 && !memcmp(j->p, "true", 4)) {
        j->p += 4;
        *out = 1;
        return 1;
    }
    TG_NEED(j->end - j->p >= 5 && !memcmp(j->p, "false", 5));
    j->p += 5;
    *out = 0;
    return 1;
}

static inline int tg_json_decimal(tg_json *j, int digits, int negative, int64_t *out) {
    TG_NEED(tg_take(j, '"'));
    const char *start = j->p;
    while (j->p < j->end && *j->p != '"' && j->p - start < 24) j->p++;
    TG_NEED(j->p < j->end && *j->p == '"');
    return tg_decimal(start, j->p++, digits, negative, out);
}

static inline int tg_money(tg_json *j, int64_t *out, int64_t most) {
    return tg_json_decimal(j, j->terms->money_digits, 0, out) && *out <= most;
}

/* A whole number without a sign. */
static inline int tg_integer(tg_json *j, int64_t *out) {
    tg_space(j);
    const char *start = j->p;
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9') j->p++;
    TG_NEED(j->p > start && j->p - start < 16 && !(*start == '0' && j->p - start > 1));
    TG_NEED(j->p < j->end && *j->p != '.' && (*j->p | 0x20) != 'e');
    return tg_decimal(start, j->p, 0, 0, out);
}

static inline int tg_number(tg_json *j, int digits, int64_t *out) {
    tg_space(j);
    if (j->p < j->end && *j->p == '"') return tg_json_decimal(j, digits, 0, out);
    TG_NEED(tg_integer(j, out) && *out <= 1000000000);
    *out *= tg_powers[digits];
    return 1;
}

static inline int tg_when(tg_json *j, tg_time *out) {
    tg_text text;
    return tg_string(j, &text) && tg_moment(text, out);
}

/* Each key once: whoever repeats one leaves it to the strict reader to say which counts. */
#define TG_ONCE(bit) do { if (seen >> (bit) & 1) return 0; seen |= (uint32_t)1 << (bit); } while (0)

static int tg_json_line(tg_json *j, tg_line *line) {
    uint32_t seen = 0;
    int first = 1, more, set;
    tg_text key, text;
    memset(line, 0, sizeof(*line));
    TG_NEED(tg_take(j, '{'));
    while ((more = tg_member(j, '}', &first)) > 0) {
        TG_NEED(tg_key(j, &key));
        if (tg_is(key, "sku")) {
            TG_ONCE(0);
            TG_NEED(tg_name(j, &line->sku));
        } else if (tg_is(key, "quantity")) {
            TG_ONCE(1);
            TG_NEED(tg_number(j, 3, &line->quantity));
        } else if (tg_is(key, "unit_price")) {
            TG_ONCE(2);
            TG_NEED(tg_money(j, &line->price, 1000000000000));
        } else if (tg_is(key, "categories")) {
            TG_ONCE(3);
            TG_NEED(tg_names(j, &line->categories, TG_OF_LINE));
        } else if (tg_is(key, "id")) {
            TG_ONCE(4);
            TG_NEED(tg_name(j, &text));
            line->id = tg_hash(text.at, text.size);
            line->has_id = 1;
        } else if (tg_is(key, "brand")) {
            TG_ONCE(5);
            TG_NEED(tg_short(j, &line->brand));
        } else if (tg_is(key, "name")) {
            TG_ONCE(6);
            TG_NEED(tg_short(j, &text));
        } else if (tg_is(key, "tags")) {
            TG_ONCE(7);
            TG_NEED(tg_names(j, &line->tags, TG_OF_LINE));
        } else if (tg_is(key, "min_unit_price")) {
            TG_ONCE(8);
            TG_NEED(tg_money(j, &line->floor, 1000000000000));
        } else if (tg_is(key, "regulated")) {
            TG_ONCE(9);
            TG_NEED(tg_short(j, &line->regulated));
        } else if (tg_is(key, "litres")) {
            TG_ONCE(10);
            TG_NEED(tg_number(j, 3, &line->litres));
        } else {
            static const struct { const char *key; int flag; } flags[] = {
                {"discountable", TG_NO_DISCOUNT}, {"redeemable", TG_NO_REDEEM}, {"earnable", TG_NO_EARN},
                {"regular_price", TG_SPECIAL_PRICE}, {"marked", 0}};
            int k = 0;
            while (k < 5 && !tg_is(key, flags[k].key)) k++;
            TG_NEED(k < 5);
            TG_ONCE(11 + k);
            TG_NEED(tg_flag(j, &set));
            if (k == 4) line->marked = set;
            else if (!set) line->flags |= flags[k].flag;
        }
    }
    return more == 0 && (seen & 7) == 7 && tg_line_holds(line);
}

static int tg_json_lines(tg_json *j) {
    int first = 1, more;
    TG_NEED(tg_take(j, '['));
    while ((more = tg_member(j, ']', &first)) > 0) {
        TG_NEED(j->r->n < TG_LINES && tg_json_line(j, &j->r->lines[j->r->n]));
        j->r->n++;
    }
    return more == 0 && j->r->n > 0;
}

/* {"key": "money"} or {"rule": {"count": 1}}. */
static int tg_json_counts(tg_json *j, tg_range *range, int money) {
    int first = 1, more;
    range->start = j->r->count_count;
    TG_NEED(tg_take(j, '{'));
    while ((more = tg_member(j, '}', &first)) > 0) {
        tg_text key, inner;
        int64_t value;
        TG_NEED(tg_key(j, &key));
        if (money) {
            TG_NEED(tg_money(j, &value, 1000000000000000));
        } else {
            TG_NEED(tg_take(j, '{') && tg_key(j, &inner) && tg_is(inner, "count") && tg_number(j, 0, &value));
            TG_NEED(tg_take(j, '}') && value <= 1000000000);
        }
        TG_NEED(tg_add_count(j->r, range, key, value));
    }
    return more == 0;
}

static int tg_json_attributes(tg_json *j) {
    tg_range *range = &j->r->attributes;
    int first = 1, more;
    range->start = j->r->name_count;
    TG_NEED(tg_take(j, '{'));
    while ((more = tg_member(j, '}', &first)) > 0) {
        tg_text key, value;
        TG_NEED(tg_key(j, &key));
        for (int k = 0; k < range->count; k += 2) {
            tg_text other = j->r->names[range->start + k];
            TG_NEED(other.size != key.size || memcmp(other.at, key.at, key.size));
        }
        TG_NEED(tg_short(j, &value) && tg_add_name(j->r, range, key) && tg_add_name(j->r, range, value));
    }
    return more == 0;
}

static int tg_json_customer(tg_json *j) {
    tg_receipt *r = j->r;
    uint32_t seen = 0;
    int first = 1, more;
    tg_text key, text;
    tg_time time;
    tg_space(j);
    if (j->end - j->p >= 4 && !memcmp(j->p, "null", 4)) {
        j->p += 4;
        return 1;
    }
    r->known = 1;
    TG_NEED(tg_take(j, '{'));
    while ((more = tg_member(j, '}', &first)) > 0) {
        TG_NEED(tg_key(j, &key));
        if (tg_is(key, "id")) {
            TG_ONCE(0);
            TG_NEED(tg_name(j, &r->customer));
        } else if (tg_is(key, "tier")) {
            TG_ONCE(1);
            TG_NEED(tg_short(j, &r->tier));
        } else if (tg_is(key, "segments")) {
            TG_ONCE(2);
            TG_NEED(tg_names(j, &r->segments, 64));
        } else if (tg_is(key, "points")) {
            TG_ONCE(3);
            TG_NEED(tg_json_decimal(j, j->terms->points_digits, 1, &r->points));
            TG_NEED(r->points <= 1000000000000 && r->points >= -1000000000000);
        } else if (tg_is(key, "turnover")) {
            TG_ONCE(4);
            TG_NEED(tg_json_counts(j, &r->turnover, 1));
        } else if (tg_is(key, "purchases")) {
            TG_ONCE(5);
            TG_NEED(tg_number(j, 0, &r->purchases) && r->purchases <= 1000000000);
        } else if (tg_is(key, "first_purchase")) {
            TG_ONCE(6);
            TG_NEED(tg_when(j, &time));
        } else if (tg_is(key, "last_purchase")) {
            TG_ONCE(7);
            TG_NEED(tg_when(j, &r->last));
        } else if (tg_is(key, "registered")) {
            TG_ONCE(8);
            TG_NEED(tg_when(j, &r->registered));
        } else if (tg_is(key, "birthday")) {
            TG_ONCE(9);
            TG_NEED(tg_string(j, &text) && text.size == 10);
            TG_NEED(tg_date(text.at, &r->birth_year, &r->birth_month, &r->birth_day));
        } else if (tg_is(key, "card_kind")) {
            TG_ONCE(10);
            TG_NEED(tg_short(j, &r->card_kind));
        } else if (tg_is(key, "attributes")) {
            TG_ONCE(11);
            TG_NEED(tg_json_attributes(j));
        } else {
            TG_NEED(tg_is(key, "uses"));
            TG_ONCE(12);
            TG_NEED(tg_json_counts(j, &r->uses, 0));
        }
    }
    return more == 0 && seen & 1;
}

/* Lists of {"type", "amount"} and of {"number", "amount"}: the amounts of the second count. */
static int tg_json_payments(tg_json *j, const char *name, tg_range *range, int64_t *sum) {
    int outer = 1, more;
    range->start = j->r->name_count;
    TG_NEED(tg_take(j, '['));
    while ((more = tg_member(j, ']', &outer)) > 0) {
        uint32_t seen = 0;
        int inner = 1, next;
        tg_text key, text = {0};
        int64_t amount = 0;
        TG_NEED(tg_take(j, '{'));
        while ((next = tg_member(j, '}', &inner)) > 0) {
            TG_NEED(tg_key(j, &key));
            if (tg_is(key, "amount")) {
                TG_ONCE(0);
                TG_NEED(tg_money(j, &amount, 1000000000000));
            } else {
                TG_NEED(tg_is(key, name));
                TG_ONCE(1);
                TG_NEED(tg_name(j, &text));
            }
        }
        TG_NEED(next == 0 && seen >> 1 && (!sum || seen & 1) && tg_add_name(j->r, range, text));
        if (sum) {
            *sum += amount;
            TG_NEED(*sum < INT64_MAX / 2);
        }
    }
    return more == 0;
}

static int tg_json_redeem(tg_json *j) {
    tg_text key;
    TG_NEED(tg_take(j, '{') && tg_key(j, &key));
    if (tg_is(key, "max")) {
        TG_NEED(tg_flag(j, &j->r->redeem_max));
    } else {
        TG_NEED(tg_is(key, "points") && tg_json_decimal(j, j->terms->points_digits, 0, &j->r->redeem_points));
        TG_NEED(j->r->redeem_points <= 1000000000000);
    }
    return tg_take(j, '}');
}

static int tg_json_confirmed(tg_json *j) {
    static const char *known[] = {"code", "pin", "sms", "biometric", "supervisor"};
    TG_NEED(tg_names(j, &j->r->confirmed, 5));
    for (int k = 0; k < j->r->confirmed.count; k++) {
        int which = 0;
        while (which < 5 && !tg_is(j->r->names[j->r->confirmed.start + k], known[which])) which++;
        TG_NEED(which < 5);
    }
    return 1;
}

static int tg_json_basket(tg_json *j) {
    tg_receipt *r = j->r;
    uint32_t seen = 0;
    int first = 1, more;
    tg_text key, text;
    tg_range numbers = {0};
    TG_NEED(tg_take(j, '{'));
    while ((more = tg_member(j, '}', &first)) > 0) {
        TG_NEED(tg_key(j, &key));
        if (tg_is(key, "currency")) {
            TG_ONCE(0);
            TG_NEED(tg_string(j, &text) && tg_is(text, j->terms->currency));
        } else if (tg_is(key, "lines")) {
            TG_ONCE(1);
            TG_NEED(tg_json_lines(j));
        } else if (tg_is(key, "time")) {
            TG_ONCE(2);
            TG_NEED(tg_when(j, &r->time));
        } else if (tg_is(key, "store")) {
            TG_ONCE(3);
            TG_NEED(tg_short(j, &r->store));
        } else if (tg_is(key, "channel")) {
            TG_ONCE(4);
            TG_NEED(tg_short(j, &r->channel));
        } else if (tg_is(key, "customer")) {
            TG_ONCE(5);
            TG_NEED(tg_json_customer(j));
        } else if (tg_is(key, "coupons")) {
            TG_ONCE(6);
            TG_NEED(tg_names(j, &r->coupons, TG_OF_LINE));
        } else if (tg_is(key, "payments")) {
            TG_ONCE(7);
            TG_NEED(tg_json_payments(j, "type", &r->payments, NULL));
        } else if (tg_is(key, "certificates")) {
            TG_ONCE(8);
            TG_NEED(tg_json_payments(j, "number", &numbers, &r->certificates));
        } else if (tg_is(key, "redeem")) {
            TG_ONCE(9);
            TG_NEED(tg_json_redeem(j));
        } else if (tg_is(key, "confirmed_by")) {
            TG_ONCE(10);
            TG_NEED(tg_json_confirmed(j));
        } else {
            TG_NEED(tg_is(key, "uses"));
            TG_ONCE(11);
            TG_NEED(tg_json_counts(j, &r->totals, 0));
        }
    }
    return more == 0 && (seen & 3) == 3 && tg_ids_differ(r);
}

/* {"id", "basket"} from one line without its end. */
static int tg_read_json(const char *line, const char *end, const tg_terms *terms, tg_receipt *r) {
    tg_json json = {line, end, r, terms}, *j = &json;
    uint32_t seen = 0;
    int first = 1, more;
    tg_text key, text;
    int64_t number;
    tg_start(r);
    TG_NEED(tg_take(j, '{'));
    while ((more = tg_member(j, '}', &first)) > 0) {
        TG_NEED(tg_key(j, &key));
        if (tg_is(key, "basket")) {
            TG_ONCE(0);
            TG_NEED(tg_json_basket(j));
        } else {
            TG_NEED(tg_is(key, "id"));
            TG_ONCE(1);
            tg_space(j);
            if (j->end - j->p >= 4 && !memcmp(j->p, "null", 4)) j->p += 4;
            else TG_NEED(j->p < j->end && (*j->p == '"' ? tg_string(j, &text) : tg_integer(j, &number)));
        }
    }
    tg_space(j);
    return more == 0 && j->p == j->end && seen & 1;
}

#endif
