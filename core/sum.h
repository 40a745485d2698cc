/*
 * Checksums as rows, and a stage that sums up what passes through it.
 */
#ifndef OTTER_SUM_H
#define OTTER_SUM_H

#include "core/stream.h"

struct otter_sum {
    uint32_t init;
    uint32_t (*update)(uint32_t state, const uint8_t *data, size_t len);
    uint32_t final_xor;
};

extern const struct otter_sum otter_crc32; /* zlib's and Ethernet's: polynomial 0xEDB88320, reflected */
extern const struct otter_sum otter_fnv1a; /* FNV-1a, 32 bits: basis 0x811C9DC5, prime 0x01000193 */

/* The sum of one buffer. */
uint32_t otter_sum_of(const struct otter_sum *sum, const void *data, size_t len);

/* Passes on what it pulls, unchanged, and sums it up. */
struct otter_sum_stream {
    struct otter_stream stream;
    struct otter_stream *src;
    const struct otter_sum *sum;
    uint32_t state;
    uint32_t count; /* bytes so far */
};

void otter_sum_stream_init(struct otter_sum_stream *s, struct otter_stream *src, const struct otter_sum *sum);
uint32_t otter_sum_stream_value(const struct otter_sum_stream *s);

#endif
