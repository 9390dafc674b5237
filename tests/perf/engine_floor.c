/* The floor under the engine's figures: percents and thresholds on arrays that are ready, in 64-bit integers.

   Written by hand, unlike the C in accel/, which the build makes of the .pyx there. No names, no tree, no overflow checks,
   no residues, no remainders by size: what is left is the multiplying and the dividing that any calculator of such rules
   does. Compiled by engine_baselines.py. */
#include <stdint.h>

enum { PERCENT_BEST, PERCENT_NEXT, AMOUNT, POINTS };

typedef struct {
    int64_t kind, ppm, amount, at_least;
} rule_t;

/* What one basket costs. `takes` says for each rule, line by line, whether it takes the line; `net`, `best` and `points`
   are room for as many figures as there are lines. */
static int64_t one(int lines, int rules, const int64_t *list, const rule_t *rule, const uint8_t *takes, int64_t *net,
                   int64_t *best, int64_t *points) {
    int64_t total = 0;
    for (int i = 0; i < lines; i++) {
        net[i] = list[i];
        best[i] = points[i] = 0;
    }
    for (int r = 0; r < rules; r++) {
        const uint8_t *on = takes + (int64_t)r * lines;
        int64_t subtotal = 0;
        for (int i = 0; i < lines; i++) subtotal += on[i] ? net[i] : 0;
        if (subtotal < rule[r].at_least || subtotal == 0) continue;
        for (int i = 0; i < lines; i++) {
            if (!on[i]) continue;
            int64_t part = rule[r].kind == AMOUNT ? rule[r].amount * net[i] / subtotal
                                                  : (net[i] * rule[r].ppm + 500000) / 1000000;
            if (part > net[i]) part = net[i];
            switch (rule[r].kind) {
            case PERCENT_BEST: best[i] = part > best[i] ? part : best[i]; break;
            case POINTS: points[i] += part; break;
            default: net[i] -= part;
            }
        }
    }
    for (int i = 0; i < lines; i++) total += net[i] - (best[i] < net[i] ? best[i] : net[i]) + (points[i] & 1);
    return total;
}

/* Prices `times` baskets, the prices a little different each time. */
int64_t floor_run(int times, int lines, int rules, const int64_t *list, const rule_t *rule, const uint8_t *takes) {
    int64_t now[500], net[500], best[500], points[500], sum = 0;
    for (int t = 0; t < times; t++) {
        for (int i = 0; i < lines; i++) now[i] = list[i] + (t & 63);
        sum += one(lines, rules, now, rule, takes, net, best, points);
    }
    return sum;
}
