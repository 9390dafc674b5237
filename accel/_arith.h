/* Integer arithmetic of the calculator: products in 128 bits, rounding named, overflow reported, nothing else. */
#ifndef TILLGATE_ARITH_H
#define TILLGATE_ARITH_H

#include <stdint.h>
#include <stdlib.h>

typedef __int128 tg_i128;

enum { TG_HALF_UP = 0, TG_HALF_EVEN = 1, TG_DOWN = 2, TG_UP = 3 };
enum { TG_LARGEST = 0, TG_RUNNING = 1, TG_FIRST = 2, TG_LAST = 3 };

/* n / d for n >= 0, d > 0. */
static inline tg_i128 tg_divide(tg_i128 n, tg_i128 d, int rounding) {
    tg_i128 q, r;
    if (n <= INT64_MAX && d <= INT64_MAX) {
        q = (int64_t)n / (int64_t)d;
        r = (int64_t)n % (int64_t)d;
    } else {
        q = n / d;
        r = n % d;
    }
    switch (rounding) {
    case TG_HALF_UP: return q + (r >= d - r);
    case TG_HALF_EVEN: return q + (r > d - r || (r == d - r && (q & 1)));
    case TG_UP: return q + (r > 0);
    default: return q;
    }
}

/* a * b / d for a, b >= 0; *overflow is set when the result does not fit. */
static inline int64_t tg_muldiv(int64_t a, int64_t b, int64_t d, int rounding, int *overflow) {
    tg_i128 found = tg_divide((tg_i128)a * b, d, rounding);
    if (found > INT64_MAX) {
        *overflow = 1;
        return 0;
    }
    return (int64_t)found;
}

/* base * ppm / 10^6 for ppm <= 10^6, so that the result is at most the base. */
static inline int64_t tg_part(int64_t base, int64_t ppm, int rounding) {
    if (base > INT64_MAX / 1000000 - 1) {
        int overflow = 0;
        return tg_muldiv(base, ppm, 1000000, rounding, &overflow);
    }
    int64_t product = base * ppm;
    if (rounding == TG_HALF_UP) return (product + 500000) / 1000000;
    int64_t whole = product / 1000000, rest = product % 1000000;
    if (rounding == TG_DOWN) return whole;
    if (rounding == TG_UP) return whole + (rest > 0);
    return whole + (rest > 500000 || (rest == 500000 && (whole & 1)));
}

/* Two figures of 64 bits always fit. */
static inline tg_i128 tg_product(int64_t a, int64_t b) {
    return (tg_i128)a * b;
}

static inline tg_i128 tg_times(tg_i128 a, tg_i128 b, int *overflow) {
    tg_i128 found;
    if (__builtin_mul_overflow(a, b, &found)) {
        *overflow = 1;
        return 0;
    }
    return found;
}

static inline tg_i128 tg_plus(tg_i128 a, tg_i128 b, int *overflow) {
    tg_i128 found;
    if (__builtin_add_overflow(a, b, &found)) {
        *overflow = 1;
        return 0;
    }
    return found;
}

static inline int64_t tg_small(tg_i128 value, int *overflow) {
    if (value > INT64_MAX) {
        *overflow = 1;
        return 0;
    }
    return (int64_t)value;
}

/* Adds 1 to the `count` largest remainders, ties to the earlier. `rest` is consumed. */
static inline void tg_leftover(int n, int64_t count, tg_i128 *rest, int64_t *out) {
    while (count-- > 0) {
        int best = -1;
        for (int i = 0; i < n; i++)
            if (rest[i] >= 0 && (best < 0 || rest[i] > rest[best])) best = i;
        out[best] += 1;
        rest[best] = -1;
    }
}

/* The k-th largest of values[0..n), 1 <= k <= n; the values are reordered. */
static inline int64_t tg_kth_largest(int64_t *values, int n, int64_t k) {
    int low = 0, high = n - 1, target = (int)k - 1;
    while (low < high) {
        int64_t pivot = values[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (values[i] > pivot) i++;
            while (values[j] < pivot) j--;
            if (i <= j) {
                int64_t kept = values[i];
                values[i++] = values[j];
                values[j--] = kept;
            }
        }
        if (target <= j) high = j;
        else if (target >= i) low = i;
        else break;
    }
    return values[target];
}

/* Adds 1 to those `count` of the places `at[0..n)` that have the largest remainders, ties to the earlier in `at`. */
static inline void tg_leftover_few(int n, int64_t count, const int64_t *at, const int64_t *rest, int64_t *out, int64_t *scratch) {
    for (int k = 0; k < n; k++) scratch[k] = rest[at[k]];
    int64_t bound = tg_kth_largest(scratch, n, count);
    for (int k = 0; k < n; k++) count -= rest[at[k]] > bound;
    for (int k = 0; k < n; k++) {
        int64_t tie = (rest[at[k]] == bound) & (count > 0);
        out[at[k]] += (rest[at[k]] > bound) | tie;
        count -= tie;
    }
}

/* Adds 1 to the `count` largest remainders, ties to the earlier; negative ones are out of the game. Remainders are below
   `total`, and `inverse` is 2^64 / total or little less. They are counted by 64th (few: 16th) parts of the total; only the part that
   the last of them falls into is looked at closer. `scratch` is of 2n. */
static inline void tg_leftover_quick(
    int n, int64_t count, const int64_t *rest, uint64_t inverse, int64_t *out, int64_t *scratch) {
    if (count <= 0) return;
    int32_t many[64];
    int parts = n > 24 ? 64 : 16, shift = n > 24 ? 58 : 60;
    for (int k = 0; k < parts; k++) many[k] = 0;
    for (int i = 0; i < n; i++) {
        int64_t part = rest[i] < 0 ? -1 : (int64_t)(((uint64_t)rest[i] * inverse) >> shift);
        scratch[i] = part;
        if (part >= 0) many[part]++;
    }
    int last = parts - 1;
    while (count > many[last]) count -= many[last--];
    int few = 0;
    for (int i = 0; i < n; i++) {
        out[i] += scratch[i] > last;
        if (scratch[i] == last) scratch[n + few++] = i;
    }
    if (count == few)
        for (int k = 0; k < few; k++) out[scratch[n + k]] += 1;
    else
        tg_leftover_few(few, count, scratch + n, rest, out, scratch);
}

/* tg_spread_largest in 64 bits, for amounts and weights whose products fit: nearly all of them. `rest` is of 3n. */
static inline int64_t tg_spread_quick(
    int n, int64_t amount, int64_t total, const tg_i128 *weight, const int64_t *cap, int64_t *out, int64_t *rest) {
    int64_t left = amount;
    for (int i = 0; i < n; i++) {
        rest[i] = (weight[i] > 0 && cap[i] > 0) ? 0 : -1;
        if (rest[i] < 0 && weight[i] > 0) total -= (int64_t)weight[i];
    }
    while (left > 0 && total > 0) {
        int64_t given = 0, freed = 0, weights_out = 0;
        uint64_t inverse = UINT64_MAX / (uint64_t)total; /* Division by multiplication; at most two too low. */
        for (int i = 0; i < n; i++) {
            if (rest[i] < 0) continue;
            uint64_t product = (uint64_t)left * (uint64_t)weight[i];
            int64_t share = (int64_t)(((unsigned __int128)product * inverse) >> 64);
            int64_t over = (int64_t)(product - (uint64_t)share * (uint64_t)total);
            while (over >= total) {
                over -= total;
                share += 1;
            }
            out[i] = share;
            rest[i] = over;
            given += share;
            /* More than the cap, or exactly the cap and a fraction. */
            if (share > cap[i] || (share == cap[i] && over > 0)) {
                rest[i] = -2;
                freed += cap[i];
                weights_out += (int64_t)weight[i];
            }
        }
        if (weights_out) {
            for (int i = 0; i < n; i++) {
                if (rest[i] == -2) {
                    out[i] = cap[i];
                    rest[i] = -1;
                } else if (rest[i] >= 0) {
                    out[i] = 0;
                }
            }
            left -= freed;
            total -= weights_out;
            continue;
        }
        tg_leftover_quick(n, left - given, rest, inverse, out, rest + n);
        left = 0;
    }
    return left;
}

/* Exact shares by weight under caps. A place whose share would pass its cap gets the cap, and the rest is shared anew:
   the order in which places fill up does not matter, because all of a round are found before any is given. */
static inline int64_t tg_spread_largest(
    int n, int64_t amount, const tg_i128 *weight, const int64_t *cap, int64_t *out, tg_i128 *rest, int *overflow) {
    int64_t left = amount;
    tg_i128 all = 0;
    for (int i = 0; i < n; i++)
        if (weight[i] > 0) all = tg_plus(all, weight[i], overflow);
    if (all < INT64_MAX && amount <= INT64_MAX / ((int64_t)all + 1))
        return tg_spread_quick(n, amount, (int64_t)all, weight, cap, out, (int64_t *)rest);
    for (int i = 0; i < n; i++) rest[i] = (weight[i] > 0 && cap[i] > 0) ? 0 : -1; /* -1: out of the game */
    while (left > 0) {
        tg_i128 total = 0, over = 0;
        for (int i = 0; i < n; i++)
            if (rest[i] >= 0) total = tg_plus(total, weight[i], overflow);
        if (total == 0 || *overflow) break;
        for (int i = 0; i < n; i++)
            if (rest[i] >= 0 && tg_times(left, weight[i], overflow) > tg_times(cap[i], total, overflow)) {
                rest[i] = 1;
                over = 1;
            }
        if (*overflow) break;
        if (over) {
            for (int i = 0; i < n; i++)
                if (rest[i] == 1) {
                    out[i] = cap[i];
                    left -= cap[i];
                    rest[i] = -1;
                }
            continue;
        }
        int64_t given = 0;
        for (int i = 0; i < n; i++)
            if (rest[i] >= 0) {
                tg_i128 product = left * weight[i];
                out[i] = (int64_t)tg_divide(product, total, TG_DOWN);
                rest[i] = product - out[i] * total;
                given += out[i];
            }
        tg_leftover(n, left - given, rest, out);
        left = 0;
    }
    return left;
}

/* 1C's way: each place takes its rounded share of what is left, the residue goes to the heaviest with room. */
static inline int64_t tg_spread_running(
    int n, int64_t amount, const tg_i128 *weight, const int64_t *cap, int64_t *out, int *overflow) {
    tg_i128 total = 0;
    int64_t left = amount;
    for (int i = 0; i < n; i++) total = tg_plus(total, weight[i], overflow);
    for (int i = 0; i < n && left > 0 && total > 0 && !*overflow; i++) {
        tg_i128 share = tg_divide(tg_times(left, weight[i], overflow), total, TG_HALF_UP);
        if (share > cap[i]) share = cap[i];
        if (share > left) share = left;
        out[i] = (int64_t)share;
        left -= out[i];
        total -= weight[i];
    }
    while (left > 0 && !*overflow) {
        int best = -1;
        for (int i = 0; i < n; i++)
            if (weight[i] > 0 && cap[i] > out[i] && (best < 0 || weight[i] > weight[best])) best = i;
        if (best < 0) break;
        int64_t more = cap[best] - out[best] < left ? cap[best] - out[best] : left;
        out[best] += more;
        left -= more;
    }
    return left;
}

static inline int64_t tg_spread_ends(int n, int64_t amount, const tg_i128 *weight, const int64_t *cap, int64_t *out, int last) {
    int64_t left = amount;
    for (int k = 0; k < n && left > 0; k++) {
        int i = last ? n - 1 - k : k;
        if (weight[i] <= 0) continue;
        out[i] = cap[i] < left ? cap[i] : left;
        left -= out[i];
    }
    return left;
}

/* Spreads `amount` over n places and returns what nobody could take. 0 <= out[i] <= cap[i], their sum is
   amount - returned. `rest` is scratch of 2n. */
static inline int64_t tg_spread(
    int mode, int n, int64_t amount, const tg_i128 *weight, const int64_t *cap, int64_t *out, tg_i128 *rest, int *overflow) {
    for (int i = 0; i < n; i++) out[i] = 0;
    switch (mode) {
    case TG_RUNNING: return tg_spread_running(n, amount, weight, cap, out, overflow);
    case TG_FIRST: return tg_spread_ends(n, amount, weight, cap, out, 0);
    case TG_LAST: return tg_spread_ends(n, amount, weight, cap, out, 1);
    default: return tg_spread_largest(n, amount, weight, cap, out, rest, overflow);
    }
}

#endif
