/* A receipt as numbers and borrowed texts, and how its texts, figures and times are read.

   Readers of JSON and of Arrow fill it. They take what nearly every receipt looks like and give up on anything else:
   who cannot read fast leaves the receipt to the strict reader of tillgate.core, which knows what is wrong, or that
   nothing is. So whatever is taken here must mean the same there. */
#ifndef TILLGATE_RECEIPT_H
#define TILLGATE_RECEIPT_H

#include <stdint.h>
#include <string.h>

enum { TG_LINES = 500, TG_NAMES = 8192, TG_COUNTS = 256, TG_SCRATCH = 1 << 17, TG_OF_LINE = 200, TG_TEXT = 200 };
enum { TG_NO_DISCOUNT = 1, TG_NO_REDEEM = 2, TG_NO_EARN = 4, TG_SPECIAL_PRICE = 8 };

/* UTF-8, borrowed from the input or from the scratch of the receipt. */
typedef struct {
    const char *at;
    int32_t size;
} tg_text;

/* A part of tg_receipt.names. */
typedef struct {
    int32_t start, count;
} tg_range;

typedef struct {
    tg_text key;
    int64_t value;
} tg_count;

/* `second` is of the epoch; day (1 is 0001-01-01) and minute are local. */
typedef struct {
    int set;
    int32_t offset_s, minute;
    int64_t second, day;
} tg_time;

typedef struct {
    int64_t quantity, price, floor, litres;
    tg_text sku, brand, regulated;
    tg_range categories, tags;
    uint64_t id;
    int has_id, flags, marked;
} tg_line;

typedef struct {
    int n, known, redeem_max, birth_year, birth_month, birth_day;
    tg_text store, channel, customer, tier, card_kind;
    tg_time time, last, registered;
    /* Payments are their types; attributes are key and value in turn. */
    tg_range coupons, payments, confirmed, segments, attributes;
    tg_range turnover, uses, totals; /* Parts of counts. */
    int64_t certificates, redeem_points, points, purchases;
    int name_count, count_count, scratch_used;
    tg_line lines[TG_LINES];
    tg_text names[TG_NAMES];
    tg_count counts[TG_COUNTS];
    char scratch[TG_SCRATCH];
} tg_receipt;

/* What both programmes expect: a currency, its digits, and the fewer digits of their points. */
typedef struct {
    char currency[4];
    int money_digits, points_digits;
} tg_terms;

static const int64_t tg_powers[] = {1, 10, 100, 1000};

static inline uint64_t tg_mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)(a ^ 0x9E3779B97F4A7C15ull) * (b ^ 0xD6E8FEB86659FD93ull);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t tg_hash(const char *at, size_t size) {
    uint64_t found = size, word;
    while (size >= 8) {
        memcpy(&word, at, 8);
        found = tg_mix(found, word);
        at += 8;
        size -= 8;
    }
    word = 0;
    if (size) memcpy(&word, at, size);
    return tg_mix(found, word);
}

static inline int tg_is(tg_text text, const char *word) {
    size_t size = strlen(word);
    return (size_t)text.size == size && !memcmp(text.at, word, size);
}

static inline void tg_start(tg_receipt *r) {
    memset(r, 0, offsetof(tg_receipt, lines));
    r->channel = (tg_text){"till", 4};
}

/* Texts */

static inline int tg_is_utf8(const char *text, size_t size) {
    const unsigned char *p = (const unsigned char *)text, *end = p + size;
    while (p < end) {
        unsigned char c = *p;
        int more;
        if (c < 0x80) {
            p++;
            continue;
        }
        if (c >= 0xC2 && c <= 0xDF) more = 1;
        else if (c >= 0xE0 && c <= 0xEF) more = 2;
        else if (c >= 0xF0 && c <= 0xF4) more = 3;
        else return 0;
        if (end - p <= more) return 0;
        /* No overlong forms, no surrogates, nothing above U+10FFFF. */
        if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F) || (c == 0xF0 && p[1] < 0x90) || (c == 0xF4 && p[1] > 0x8F))
            return 0;
        for (int k = 1; k <= more; k++)
            if ((p[k] & 0xC0) != 0x80) return 0;
        p += more + 1;
    }
    return 1;
}

/* At most TG_TEXT characters. */
static inline int tg_is_short(tg_text text) {
    if (text.size <= TG_TEXT) return 1;
    if (text.size > 4 * TG_TEXT) return 0;
    int count = 0;
    for (int k = 0; k < text.size; k++) count += (text.at[k] & 0xC0) != 0x80;
    return count <= TG_TEXT;
}

/* Something that is surely no space in it; what might be nothing but spaces is left to the strict reader. */
static inline int tg_is_name(tg_text text) {
    for (int k = 0; k < text.size; k++) {
        unsigned char c = (unsigned char)text.at[k];
        if ((c > 0x20 && c < 0x7F) || c == 0xD0 || c == 0xD1) return tg_is_short(text);
    }
    return 0;
}

/* Figures */

/* Digits with at most `digits` of them after a point, as a whole number of the smallest unit. */
static inline int tg_decimal(const char *p, const char *end, int digits, int negative, int64_t *out) {
    int64_t value = 0;
    int sign = 0, whole = 0, rest = -1;
    if (negative && p < end && *p == '-') {
        sign = 1;
        p++;
    }
    if (end - p > 17) return 0;
    for (; p < end; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (digit < 10) {
            value = value * 10 + digit;
            if (rest >= 0) rest++;
            else whole++;
        } else if (*p == '.' && rest < 0) {
            rest = 0;
        } else {
            return 0;
        }
    }
    if (whole == 0 || rest == 0 || rest > digits) return 0;
    int64_t power = tg_powers[digits - (rest > 0 ? rest : 0)];
    if (value > INT64_MAX / power) return 0;
    value *= power;
    *out = sign ? -value : value;
    return 1;
}

static inline int tg_digits(const char *p, int count, int *out) {
    int value = 0;
    for (int k = 0; k < count; k++) {
        unsigned digit = (unsigned)(p[k] - '0');
        if (digit > 9) return 0;
        value = value * 10 + (int)digit;
    }
    *out = value;
    return 1;
}

/* Times */

static inline int tg_is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static inline int64_t tg_ordinal(int year, int month, int day) {
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400 + before[month - 1] + (month > 2 && tg_is_leap(year)) + day;
}

static inline int tg_date(const char *p, int *year, int *month, int *day) {
    static const int most[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!tg_digits(p, 4, year) || p[4] != '-' || !tg_digits(p + 5, 2, month) || p[7] != '-' || !tg_digits(p + 8, 2, day))
        return 0;
    /* Years far away have corners of their own. */
    if (*year < 1900 || *year > 2200 || *month < 1 || *month > 12 || *day < 1) return 0;
    return *day <= most[*month - 1] + (*month == 2 && tg_is_leap(*year));
}

/* 2026-11-21T14:05:00.123+03:00, without seconds or fraction if need be, or with Z. */
static inline int tg_moment(tg_text text, tg_time *out) {
    const char *p = text.at, *end = p + text.size;
    int year, month, day, hour, minute, second = 0, off_hour = 0, off_minute = 0, sign = 1;
    if (end - p < 17 || !tg_date(p, &year, &month, &day) || (p[10] != 'T' && p[10] != ' ')) return 0;
    if (!tg_digits(p + 11, 2, &hour) || p[13] != ':' || !tg_digits(p + 14, 2, &minute)) return 0;
    p += 16;
    if (end - p > 3 && *p == ':') {
        if (!tg_digits(p + 1, 2, &second)) return 0;
        p += 3;
        if (*p == '.') {
            const char *start = ++p;
            while (p < end && *p >= '0' && *p <= '9') p++;
            if (p - start != 3 && p - start != 6) return 0;
        }
    }
    if (end - p == 6 && (*p == '+' || *p == '-') && p[3] == ':') {
        sign = *p == '-' ? -1 : 1;
        if (!tg_digits(p + 1, 2, &off_hour) || !tg_digits(p + 4, 2, &off_minute)) return 0;
    } else if (!(end - p == 1 && *p == 'Z')) {
        return 0;
    }
    if (hour > 23 || minute > 59 || second > 59 || off_hour > 23 || off_minute > 59) return 0;
    out->set = 1;
    out->offset_s = sign * (off_hour * 3600 + off_minute * 60);
    out->minute = hour * 60 + minute;
    out->day = tg_ordinal(year, month, day);
    out->second = (out->day - 719163) * 86400 + hour * 3600 + minute * 60 + second - out->offset_s;
    return 1;
}

/* The day of a moment in the offset of another one. */
static inline int64_t tg_day_there(const tg_time *moment, int offset_s) {
    int64_t local = moment->second + offset_s;
    return 719163 + (local >= 0 ? local / 86400 : -((86399 - local) / 86400));
}

/* Year * 100 + ISO week of a day. */
static inline int tg_iso_week(int64_t day) {
    int64_t thursday = day - (day + 6) % 7 + 3;
    int year = (int)(thursday * 400 / 146097) + 1;
    while (tg_ordinal(year, 1, 1) > thursday) year--;
    while (tg_ordinal(year + 1, 1, 1) <= thursday) year++;
    return year * 100 + (int)((thursday - tg_ordinal(year, 1, 1)) / 7) + 1;
}

/* The birthday in a year: who was born on 29 February celebrates on the 28th in short years. */
static inline int64_t tg_birthday_in(const tg_receipt *r, int year) {
    int day = r->birth_month == 2 && r->birth_day == 29 && !tg_is_leap(year) ? 28 : r->birth_day;
    return tg_ordinal(year, r->birth_month, day);
}

static inline int tg_year_of(int64_t day) {
    int year = (int)((day - 1) * 400 / 146097) + 1;
    while (tg_ordinal(year, 1, 1) > day) year--;
    while (tg_ordinal(year + 1, 1, 1) <= day) year++;
    return year;
}

static inline int64_t tg_age(const tg_receipt *r) {
    int year = tg_year_of(r->time.day);
    return year - r->birth_year - (r->time.day < tg_birthday_in(r, year));
}

/* Days to the nearest birthday: positive before it, negative after it. */
static inline int64_t tg_to_birthday(const tg_receipt *r) {
    int here = tg_year_of(r->time.day);
    int64_t best = 1000;
    for (int year = here - 1; year <= here + 1; year++) {
        int64_t distance = tg_birthday_in(r, year) - r->time.day;
        if ((distance > 0 ? distance : -distance) < (best > 0 ? best : -best)) best = distance;
    }
    return best;
}

/* What holds between the parts of a receipt, whoever filled it. */

static inline int tg_line_holds(const tg_line *line) {
    if (line->quantity < 1 || line->quantity > 1000000000 || line->price > 1000000000000 || line->floor > 1000000000000)
        return 0;
    if (line->price > 1000000000000000 / line->quantity || line->litres > 1000000000) return 0;
    return !(line->marked && line->quantity > 1000000);
}

/* Whether the lines' ids differ; a line without one is called by its number. */
static inline int tg_ids_differ(tg_receipt *r) {
    uint64_t seen[2048];
    int any = 0, mask = r->n <= 24 ? 63 : 2047;
    for (int k = 0; k < r->n; k++) any |= r->lines[k].has_id;
    if (!any) return 1;
    memset(seen, 0, (mask + 1) * sizeof(uint64_t));
    for (int k = 0; k < r->n; k++) {
        if (!r->lines[k].has_id) {
            char digits[4];
            int size = 0, number = k + 1;
            if (number > 99) digits[size++] = (char)('0' + number / 100);
            if (number > 9) digits[size++] = (char)('0' + number / 10 % 10);
            digits[size++] = (char)('0' + number % 10);
            r->lines[k].id = tg_hash(digits, size);
        }
        uint64_t id = r->lines[k].id | 1;
        int at = (int)(id >> 20) & mask;
        while (seen[at]) {
            if (seen[at] == id) return 0;
            at = (at + 1) & mask;
        }
        seen[at] = id;
    }
    return 1;
}

static inline int tg_add_name(tg_receipt *r, tg_range *range, tg_text text) {
    if (r->name_count >= TG_NAMES) return 0;
    r->names[r->name_count++] = text;
    range->count++;
    return 1;
}

static inline int tg_add_count(tg_receipt *r, tg_range *range, tg_text key, int64_t value) {
    for (int k = 0; k < range->count; k++) {
        tg_text other = r->counts[range->start + k].key;
        if (other.size == key.size && !memcmp(other.at, key.at, key.size)) return 0;
    }
    if (r->count_count >= TG_COUNTS) return 0;
    r->counts[r->count_count++] = (tg_count){key, value};
    range->count++;
    return 1;
}

#endif
