/*
 * A chain of chunks, each of which vouches for the next (core/chunks.h).
 */
#ifndef OTTER_CHAIN_H
#define OTTER_CHAIN_H

#include "core/image.h"

/* Goes along a body, in pieces of any size, and judges each chunk when its last byte is there. */
struct otter_chain {
    struct otter_hash_state state; /* of the chunk that is coming */
    uint8_t expected[32];          /* its SHA-256 */
    uint8_t next[32];              /* that of its successor, as far as it has come */
    uint32_t left;                 /* bytes of the body from that chunk on */
    uint16_t chunk_size;
    uint16_t pos; /* bytes of that chunk that have come */
};

void otter_chain_init(struct otter_chain *chain, const struct otter_image *image);

/* Bytes of the chunk that is coming; 0 at the end. */
uint32_t otter_chain_chunk(const struct otter_chain *chain);

/* Takes at most what is left of that chunk, and says how much: OTTER_E_CHECKSUM if the chunk is not the right one. */
int otter_chain_feed(struct otter_chain *chain, const uint8_t *data, size_t len);

#endif
