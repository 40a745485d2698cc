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

#include "core/chain.h"
#include "core/package.h"

/* For struct otter_format. */
int otter_chunks_arrive(struct otter_arrival *arrival, const uint8_t *data, size_t len);

/* Gives the data of the chunks, from a buffer of its own in which each was judged. NULL if mem is too small. */
struct otter_source *otter_chunk_source(const struct otter_package *pkg, const struct otter_image *image,
                                        struct otter_mem *mem);

#endif
