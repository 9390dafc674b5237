/* Byte strings of several kinds as small numbers, counted from 0 in the order in which they came. */
#ifndef TILLGATE_TABLE_H
#define TILLGATE_TABLE_H

#include <stdlib.h>
#include "_receipt.h"

typedef struct {
    uint64_t hash;
    size_t at;
    uint32_t size, kind;
} tg_entry;

typedef struct {
    int count, room; /* Entries, and slots: a power of two. */
    int *slots;      /* Numbers + 1; 0: free. */
    tg_entry *entries;
    char *bytes;
    size_t bytes_used, bytes_room;
} tg_table;

static inline void tg_table_free(tg_table *t) {
    free(t->slots);
    free(t->entries);
    free(t->bytes);
    memset(t, 0, sizeof(*t));
}

static inline int tg_table_find(const tg_table *t, int kind, const char *at, size_t size) {
    if (!t->count) return -1;
    uint64_t hash = tg_hash(at, size) + (uint64_t)kind * 0x9E3779B97F4A7C15ull;
    for (int slot = (int)(hash >> 32) & (t->room - 1); t->slots[slot]; slot = (slot + 1) & (t->room - 1)) {
        const tg_entry *found = &t->entries[t->slots[slot] - 1];
        if (found->hash == hash && found->size == size && (int)found->kind == kind
            && (!size || !memcmp(t->bytes + found->at, at, size)))
            return t->slots[slot] - 1;
    }
    return -1;
}

static inline void tg_table_place(tg_table *t, int number) {
    int slot = (int)(t->entries[number].hash >> 32) & (t->room - 1);
    while (t->slots[slot]) slot = (slot + 1) & (t->room - 1);
    t->slots[slot] = number + 1;
}

static int tg_table_grow(tg_table *t, size_t size) {
    if (2 * (t->count + 1) > t->room) {
        int room = t->room ? 2 * t->room : 64;
        int *slots = (int *)calloc((size_t)room, sizeof(int));
        tg_entry *entries = (tg_entry *)realloc(t->entries, (size_t)room / 2 * sizeof(tg_entry));
        if (entries) t->entries = entries;
        if (!slots || !entries) {
            free(slots);
            return 0;
        }
        free(t->slots);
        t->slots = slots;
        t->room = room;
        for (int k = 0; k < t->count; k++) tg_table_place(t, k);
    }
    if (t->bytes_used + size > t->bytes_room) {
        size_t room = 2 * (t->bytes_used + size) + 1024;
        char *bytes = (char *)realloc(t->bytes, room);
        if (!bytes) return 0;
        t->bytes = bytes;
        t->bytes_room = room;
    }
    return 1;
}

/* Its number, old or new; -1 when memory is short. */
static inline int tg_table_add(tg_table *t, int kind, const char *at, size_t size) {
    int number = tg_table_find(t, kind, at, size);
    if (number >= 0) return number;
    if (!tg_table_grow(t, size)) return -1;
    number = t->count++;
    tg_entry *entry = &t->entries[number];
    entry->hash = tg_hash(at, size) + (uint64_t)kind * 0x9E3779B97F4A7C15ull;
    entry->at = t->bytes_used;
    entry->size = (uint32_t)size;
    entry->kind = (uint32_t)kind;
    if (size) memcpy(t->bytes + t->bytes_used, at, size);
    t->bytes_used += size;
    tg_table_place(t, number);
    return number;
}

#endif
