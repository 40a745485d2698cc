/*
 * What a store of settings is made of: blocks, and records in them. For core/kv.c.
 */
#ifndef OTTER_KV_LOG_H
#define OTTER_KV_LOG_H

#include "core/kv.h"

enum otter_kv_kind {
    OTTER_KV_VALUE = 1,   /* the key has this value */
    OTTER_KV_DELETED = 2, /* the key has none */
    OTTER_KV_COMMIT = 3,  /* the block counts: everything that it replaces is in it */
};

struct otter_kv_record {
    uint8_t kind; /* enum otter_kv_kind */
    uint8_t key_len;
    uint16_t value_len;
    uint16_t hash;           /* of the key */
    uint32_t crc;            /* of key and value */
    const void *key, *value; /* NULL: they are in flash, */
    uint32_t off;            /* after a header at this offset of the partition */
};

/* A block as the log knows it. */
struct otter_kv_block {
    uint32_t off; /* in the partition */
    uint32_t sequence;
    uint32_t base; /* sequence of the oldest block that counts beside it */
};

/* Bytes that a header takes and that every record is a multiple of. */
uint32_t otter_kv_grain(const struct otter_part *part);

/* Bytes that the record takes, header included. */
uint32_t otter_kv_extent(const struct otter_part *part, const struct otter_kv_record *r);

/* A record of what is in memory. OTTER_E_ARGUMENT if the key is none. */
int otter_kv_record_of(struct otter_kv_record *r, enum otter_kv_kind kind, const char *key, const void *value,
                       size_t len);

/* Whether block->off begins a block; tells the rest of *block. */
bool otter_kv_block_read(const struct otter_part *part, struct otter_kv_block *block);

/* Erases it and programs its header. */
int otter_kv_block_begin(const struct otter_part *part, const struct otter_kv_block *block);

/* Whether a record's header is there, `at` bytes into the block. */
bool otter_kv_record_read(const struct otter_part *part, const struct otter_kv_block *block, uint32_t at,
                          struct otter_kv_record *r);

/* Whether its key and value are there as well. */
bool otter_kv_record_is_whole(const struct otter_part *part, const struct otter_kv_record *r);

/* n bytes of key and value, from the at-th on. */
int otter_kv_record_load(const struct otter_part *part, const struct otter_kv_record *r, uint32_t at, void *buf,
                         uint32_t n);

bool otter_kv_same_key(const struct otter_part *part, const struct otter_kv_record *a, const struct otter_kv_record *b);
bool otter_kv_same_value(const struct otter_part *part, const struct otter_kv_record *a,
                         const struct otter_kv_record *b);

/* Programs it `at` bytes into the block, header first, and reads it back: OTTER_E_IO if it is not what was written. */
int otter_kv_record_write(const struct otter_part *part, const struct otter_kv_block *block, uint32_t at,
                          const struct otter_kv_record *r);

#endif
