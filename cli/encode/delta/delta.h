/*
 * The encoder of deltas (docs/SPEC.md; its decoder is core/codec/delta.c).
 */
#ifndef CLI_ENCODE_DELTA_H
#define CLI_ENCODE_DELTA_H

#include <stddef.h>
#include <stdint.h>

struct delta_stretch {
    const uint8_t *at;
    size_t size; /* bytes, below 1 << 28 */
};

#define DELTA_UNKNOWN_LOAD UINT32_MAX /* find the load address */

struct delta_options {
    unsigned bits; /* log2 of the decoder's table: 12, 13 or 14 */
    uint32_t load; /* address that both images are linked for, or DELTA_UNKNOWN_LOAD */
};

/* The patch, to be freed by the caller; NULL when memory is short or an image is too large. */
uint8_t *delta_encode(struct delta_stretch base, struct delta_stretch image, struct delta_options options,
                      size_t *patch_size);

/* The address that the image is most likely linked for. */
uint32_t delta_find_load(struct delta_stretch image);

#endif
