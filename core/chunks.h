/*
 * A body in chunks, each of which vouches for the next.
 *
 *     | SHA-256 of chunk 2 | data |  | SHA-256 of chunk 3 | data |  ...  | data |
 *       chunk 1: chunk_size bytes      chunk 2                            the last: no hash
 *
 * The manifest has the first chunk's hash; a hash is over the whole chunk. So any chunk can be judged as soon as those
 * before it are there, and no byte is passed on before it was judged.
 */
#ifndef OTTER_CHUNKS_H
#define OTTER_CHUNKS_H

#include "core/package.h"

/* Walks a chain that lies in memory chunk by chunk: for who receives one, or makes sure of what flash holds. */
struct otter_chain {
    uint8_t expected[32]; /* SHA-256 of the next chunk */
    uint32_t left;        /* bytes of the body from the next chunk on */
    uint16_t chunk_size;
};

void otter_chain_init(struct otter_chain *chain, const struct otter_image *image);

/* Bytes of the next chunk; 0 at the end. */
uint32_t otter_chain_next_size(const struct otter_chain *chain);

/* Judges the next chunk, of that size, and steps past it; OTTER_E_CHECKSUM leaves the chain where it is. */
int otter_chain_step(struct otter_chain *chain, const uint8_t *chunk);

/* Gives the data of the chunks, from a buffer of its own in which each was judged. NULL if mem is too small. */
struct otter_source *otter_chunk_source(const struct otter_package *pkg, const struct otter_image *image,
                                        struct otter_mem *mem);

#endif
