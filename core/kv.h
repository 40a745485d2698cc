/*
 * Settings: a key-value store in a partition, safe from power cuts, that spreads its wear over all of it.
 *
 * Keys are 1 to OTTER_KV_KEY_MAX printable ASCII characters without blank and '='; values are bytes. What a call that
 * returned 0 has changed stays changed. A call that the power cut, or that failed, has changed its key or not; a reset,
 * all keys or none. Bytes: docs/SPEC.md.
 */
#ifndef OTTER_KV_H
#define OTTER_KV_H

#include "core/part.h"

#define OTTER_KV_KEY_MAX   32   /* characters */
#define OTTER_KV_VALUE_MAX 1024 /* bytes; key and value together have at most about half of an erase block */

/* A place in the log; all zero is its start. */
struct otter_kv_pos {
    uint32_t sequence; /* of the block */
    uint32_t at;       /* bytes from the block's start */
};

struct otter_kv {
    const struct otter_part *part;
    uint32_t sequence, base;     /* of the newest block and of the oldest in the log; 0: nothing was ever written */
    uint32_t head;               /* offset of the newest block */
    uint32_t next;               /* bytes from its start, where the next record goes */
    uint32_t live;               /* bytes of the records that count, or OTTER_KV_UNKNOWN */
    uint32_t largest;            /* bytes of the largest of them, or more */
    struct otter_kv_pos suspect; /* the record that may have been begun by a program that was cut; sequence 0: none */
};

#define OTTER_KV_UNKNOWN UINT32_MAX

/*
 * Finds what is there; writes nothing. OTTER_E_CONFIG if `part` is NULL or has fewer than two erase blocks of 1 KB.
 * Flash that holds something else is an empty store. Errors of the flash's reading count as a record that is not there.
 */
int otter_kv_open(struct otter_kv *kv, const struct otter_part *part);

/* The value's length; OTTER_E_NOT_FOUND; OTTER_E_RANGE if it has more than `size` bytes. */
int otter_kv_get(const struct otter_kv *kv, const char *key, void *value, size_t size);

/*
 * Writes nothing if the key has that value already. OTTER_E_ARGUMENT for a bad key, OTTER_E_RANGE for a long value,
 * OTTER_E_FULL if other keys leave no room. Usually one record; at times it also erases a block and copies what counts
 * of another, up to 15 times in a store that is almost full.
 */
int otter_kv_set(struct otter_kv *kv, const char *key, const void *value, size_t len);

/* 0 also if there is no such key. Never fails for want of room. */
int otter_kv_delete(struct otter_kv *kv, const char *key);

/* Forgets all keys at once. */
int otter_kv_reset(struct otter_kv *kv);

struct otter_kv_item {
    char key[OTTER_KV_KEY_MAX + 1];
    uint32_t value_len;
    struct otter_kv_pos pos; /* where to go on */
};

/*
 * One key after another, in the order of their last change: true while there is one. Begin with *item all zero. Each
 * key is given once as long as nothing is changed meanwhile.
 */
bool otter_kv_next(const struct otter_kv *kv, struct otter_kv_item *item);

#endif
